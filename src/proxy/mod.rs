//! Executes a Table: HTTP/1.1, HTTP/2 and TLS on real sockets. Knows [`crate::routing`] and nothing of Kubernetes.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use crate::routing::{BackendId, ListenerId, PortKey, Table};

/// What the workers execute, as one value: a swap of it drops no request.
#[derive(Clone, Default)]
pub struct Snapshot {
    /// Rules.
    pub table: Arc<Table>,
    /// Addresses behind each backend.
    pub upstreams: Upstreams,
    /// Certificates of each TLS listener, the first is for clients that name no host.
    pub certificates: Certificates,
}

/// Backend ▸ where it answers. A backend that is absent or has no endpoint answers 503.
pub type Upstreams = imbl::HashMap<Arc<BackendId>, Arc<Upstream>>;

/// Listener ▸ its certificates.
pub type Certificates = imbl::HashMap<ListenerId, Arc<[Arc<rustls::sign::CertifiedKey>]>>;

/// Where one backend answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// What is spoken to it.
    pub protocol: UpstreamProtocol,
    /// Ready endpoints.
    pub endpoints: Vec<SocketAddr>,
}

/// What is spoken to a backend: `appProtocol` of the Service's port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpstreamProtocol {
    /// HTTP/1.1 (also for `kubernetes.io/ws`).
    #[default]
    Http1,
    /// `kubernetes.io/h2c`
    H2c,
}

/// How a proxy is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Threads; each has its own sockets (SO_REUSEPORT), pools and counters.
    pub workers: usize,
    /// Time for a client to send a request's head.
    pub head_timeout: Duration,
    /// Time for an endpoint to accept a connection.
    pub connect_timeout: Duration,
    /// How long an idle connection is kept.
    pub idle_timeout: Duration,
}

/// A running proxy. Dropping it stops it at once.
pub struct Proxy {}

impl Proxy {
    /// Starts the worker threads; nothing is bound yet.
    ///
    /// # Errors
    /// When a thread or its runtime can not be made.
    pub fn start(options: Options) -> io::Result<Self> {
        let _ = options;
        unimplemented!()
    }

    /// Listens for a port of the Table. With port 0 the system chooses; the address bound is returned.
    ///
    /// # Errors
    /// `AddrInUse` also when another process of ours holds it with SO_REUSEPORT; `PermissionDenied`; any other of bind.
    pub fn bind(&self, key: PortKey, address: SocketAddr) -> io::Result<SocketAddr> {
        let _ = (key, address);
        unimplemented!()
    }

    /// Stops listening for a port; requests under way are finished.
    pub fn unbind(&self, key: &PortKey) {
        let _ = key;
    }

    /// Replaces what is executed. Requests under way keep what they began with.
    pub fn publish(&self, snapshot: Snapshot) {
        let _ = snapshot;
    }

    /// All counters as Prometheus text, format 0.0.4.
    pub fn metrics(&self) -> String {
        unimplemented!()
    }

    /// Serves `GET /metrics` (and `/healthz`).
    ///
    /// # Errors
    /// Those of bind.
    pub fn serve_admin(&self, address: SocketAddr) -> io::Result<SocketAddr> {
        let _ = address;
        unimplemented!()
    }

    /// Stops accepting, lets requests under way finish for at most `grace`, then ends. Blocks.
    pub fn shutdown(self, grace: Duration) {
        let _ = grace;
    }
}
