//! Executes a Table: HTTP/1.1, HTTP/2 and TLS on real sockets, to clients and to backends. Knows [`crate::routing`] and nothing of Kubernetes.
//!
//! Each worker is a thread with its own runtime, sockets (SO_REUSEPORT), connections to backends and counters; what they
//! share is the [`Snapshot`], looked at once per request. HTTP/1.1 is read and written by a codec of our own on both sides;
//! hyper speaks HTTP/2, whose streams come the same way as HTTP/1.1 requests.
//!
//! Who answers: a backend; or the proxy with 404 (no listener, no rule), 421 (the TLS name chose another listener), 500
//! (the rule or backend is broken), 503 (no endpoint), 502 (the endpoint refuses, breaks off, or says what is not valid),
//! 504 (a timeout), 3xx (redirects), 204 (CORS preflight); 400, 408, 414, 417, 431 and 501 (CONNECT) for what can not be
//! read as a request, with the connection closed. An answer that broke off or came too late after its head is counted as
//! 502 or 504 of the proxy; a client that left before the head as 499.
//!
//! A rule's policy may ask another service first (500 when that gives no answer), ask the client for a certificate (400,
//! 403, or 421 when the name in the handshake did not ask for it), and have another backend answer in place of an error.
//!
//! A client that closes its sending side while it waits may still read, which RFC 9112, 9.6 leaves open and TCP can not
//! tell: it gets its answer if that begins within 5 s (nginx and Envoy end at once, hyper waits for ever). Paths are
//! matched and forwarded byte for byte unless the listener's policy says otherwise: `/admin/../x` is under `/admin`,
//! `/%61dmin` is not. A request meets a pooled connection that has ended only by a race; it is sent again when it is
//! idempotent, or when the connection took no byte of it.
//!
//! A rule's policy is asked in nginx's order: 413, a question across origins, what the rule returns, https, 503 without an
//! endpoint, limits (counted over all workers), access, an answer in a backend's place; its pages and headers are on answers of the proxy too.
//!
//! Header edits, CORS headers and `Date` apply to answers of the proxy too; edits of headers that frame a message or
//! speak of the connection are passed over. Limits: heads 64 KiB and 100 lines, targets 16 KiB, trailers 16 KiB, 16,384
//! connections and 256 copies (mirrors) per worker, 64 KiB of a body kept for retries, 10 s for a TLS handshake. A
//! client, or a stream of HTTP/2, that stalls within a message is left after four times the idle timeout, at most 2 min.
//! A backend has the time that the rule's timeouts say; without them it is waited for as long as the client waits.

mod accept;
mod admin;
mod answer;
mod balance;
mod beside;
mod buffer;
mod connection;
mod counters;
mod decide;
mod dress;
mod edits;
mod entry;
mod executor;
mod facts;
mod guard;
mod h2;
mod hash;
mod http1;
mod identity;
mod limits;
mod metrics;
mod mirror;
mod names;
mod passed;
mod request;
mod response;
mod retry;
mod tap;
mod target;
mod tls;
mod upstream;
mod variables;
mod worker;

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc as std_mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::sync::mpsc;

pub use self::admin::{Annex, Answering, Asked};
pub use self::identity::Authorities;
pub use self::names::{Named, Names};
pub use self::tap::{Batch, Head, Record, Tail, Watching};

use self::{counters::Counters, tap::Taps, worker::Command};
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
    /// Listeners that take their certificates by name, whatever `certificates` says of them.
    pub names: imbl::HashMap<ListenerId, Arc<Names>>,
}

/// Backend ▸ where it answers. A backend that is absent or has no endpoint answers 503.
pub type Upstreams = imbl::HashMap<Arc<BackendId>, Arc<Upstream>>;

/// Listener ▸ its certificates.
pub type Certificates = imbl::HashMap<ListenerId, Arc<[Arc<rustls::sign::CertifiedKey>]>>;

/// Where one backend answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upstream {
    /// What is spoken to it.
    pub protocol: UpstreamProtocol,
    /// Ready endpoints.
    pub endpoints: Vec<SocketAddr>,
    /// They speak no TLS, whatever rules say: the stand-ins of a rehearsal, which nobody's authority vouches for.
    pub plain: bool,
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

/// What the workers, the admin port and the owner share.
struct Shared {
    published: Arc<ArcSwap<Snapshot>>,
    counters: Vec<Arc<Counters>>,
    swaps: AtomicU64,
}

impl Shared {
    fn metrics(&self) -> String {
        metrics::render(&self.counters, self.swaps.load(Ordering::Relaxed))
    }
}

/// A running proxy. Dropping it stops it at once.
pub struct Proxy {
    shared: Arc<Shared>,
    taps: Arc<Taps>,
    workers: Vec<Handle>,
    admins: Mutex<Vec<admin::Admin>>,
}

struct Handle {
    commands: mpsc::UnboundedSender<Command>,
    thread: JoinHandle<()>,
}

impl Proxy {
    /// Starts the worker threads; nothing is bound yet.
    ///
    /// # Errors
    /// When a thread or its runtime can not be made.
    pub fn start(options: Options) -> io::Result<Self> {
        let count = options.workers.max(1);
        let counters: Vec<_> = (0..count).map(|_| Arc::new(Counters::default())).collect();
        let published = Arc::new(ArcSwap::from_pointee(Snapshot::default()));
        let shared = Arc::new(Shared { published, counters, swaps: AtomicU64::new(0) });
        // Without tickets every session is a new one: slower, but right.
        let ticketer = rustls::crypto::ring::Ticketer::new().ok();
        let taps = Taps::new(count);
        let guards = Arc::new(guard::Guards::default());
        let mut workers = Vec::with_capacity(count);
        for (at, counters) in shared.counters.iter().enumerate() {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let (commands, orders) = mpsc::unbounded_channel();
            let (options, counters) = (options.clone(), Arc::clone(counters));
            let (published, ticketer) = (Arc::clone(&shared.published), ticketer.clone());
            let tap = taps.of(at);
            let guards = Arc::clone(&guards);
            let thread =
                std::thread::Builder::new().name(format!("cutover-proxy-{at}")).spawn(move || {
                    worker::run(
                        &runtime,
                        worker::Worker::new(options, published, counters, tap, ticketer, guards),
                        orders,
                    );
                })?;
            workers.push(Handle { commands, thread });
        }
        Ok(Self { shared, taps, workers, admins: Mutex::default() })
    }

    /// Listens for a port of the Table. With port 0 the system chooses; the address bound is returned.
    /// A key that is bound already is moved to the new address: the old socket is closed, its connections end with the
    /// answers under way.
    ///
    /// # Errors
    /// `AddrInUse` also when another process of ours holds it with SO_REUSEPORT; `PermissionDenied`; any other of bind.
    pub fn bind(&self, key: PortKey, address: SocketAddr) -> io::Result<SocketAddr> {
        let (bound, sockets) = accept::listen(address, self.workers.len())?;
        for (worker, socket) in self.workers.iter().zip(sockets) {
            worker
                .commands
                .send(Command::Bind(key.clone(), socket))
                .map_err(|_| io::Error::other("a worker thread has ended"))?;
        }
        Ok(bound)
    }

    /// Stops listening for a port; requests under way are finished. When it returns, the sockets are closed.
    pub fn unbind(&self, key: &PortKey) {
        let (done, closed) = std_mpsc::sync_channel(self.workers.len());
        for worker in &self.workers {
            // A worker that has ended has no socket left.
            let _ = worker.commands.send(Command::Unbind(key.clone(), done.clone()));
        }
        drop(done);
        while closed.recv().is_ok() {}
    }

    /// Replaces what is executed. Requests under way keep what they began with.
    pub fn publish(&self, snapshot: Snapshot) {
        self.shared.published.store(Arc::new(snapshot));
        self.shared.swaps.fetch_add(1, Ordering::Relaxed);
    }

    /// Requests as they end, for who wants to watch.
    pub fn tail(&self) -> Tail {
        Tail { taps: Arc::clone(&self.taps) }
    }

    /// All counters as Prometheus text, format 0.0.4.
    pub fn metrics(&self) -> String {
        self.shared.metrics()
    }

    /// Serves `GET /metrics` (and `/healthz`) until the proxy ends.
    ///
    /// # Errors
    /// Those of bind.
    pub fn serve_admin(&self, address: SocketAddr) -> io::Result<SocketAddr> {
        self.serve_admin_with(address, None)
    }

    /// The same, with what the owner serves besides.
    ///
    /// # Errors
    /// Those of bind.
    pub fn serve_admin_with(
        &self,
        address: SocketAddr,
        annex: Option<Arc<dyn Annex>>,
    ) -> io::Result<SocketAddr> {
        let (bound, admin) = admin::serve(Arc::clone(&self.shared), address, annex)?;
        self.admins.lock().unwrap_or_else(PoisonError::into_inner).push(admin);
        Ok(bound)
    }

    /// Stops accepting, lets requests under way finish for at most `grace`, then ends. Blocks.
    /// The admin port answers until all is over.
    pub fn shutdown(mut self, grace: Duration) {
        self.stop(grace);
    }

    fn stop(&mut self, grace: Duration) {
        for worker in &self.workers {
            // A worker that has ended needs no order.
            let _ = worker.commands.send(Command::Stop(grace));
        }
        for worker in self.workers.drain(..) {
            if worker.thread.join().is_err() {
                tracing::error!("a worker thread panicked");
            }
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop(Duration::ZERO);
    }
}
