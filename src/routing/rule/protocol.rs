//! What is spoken to a backend.

use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

/// What is spoken to a backend.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum BackendProtocol {
    /// HTTP/1.1
    #[default]
    Http1,
    /// HTTP/2 without TLS, as gRPC wants it. As nginx says it: the host is a header, and there is no `:authority`.
    H2c,
    /// HTTP/1.1 over TLS.
    Https(Arc<BackendTls>),
    /// HTTP/2 over TLS, said as [`BackendProtocol::H2c`].
    Grpcs(Arc<BackendTls>),
    /// HTTP/1.1; over TLS for requests that came over TLS.
    AsAsked(Arc<BackendTls>),
}

impl BackendProtocol {
    /// The TLS of a connection, for a request that came over TLS or not.
    pub fn tls(&self, encrypted: bool) -> Option<&Arc<BackendTls>> {
        match self {
            Self::Https(tls) | Self::Grpcs(tls) => Some(tls),
            Self::AsAsked(tls) => Some(tls).filter(|_| encrypted),
            Self::Http1 | Self::H2c => None,
        }
    }

    /// Whether it is HTTP/2.
    pub fn is_h2(&self) -> bool {
        match self {
            Self::H2c | Self::Grpcs(_) => true,
            Self::Http1 | Self::Https(_) | Self::AsAsked(_) => false,
        }
    }
}

/// How a backend is spoken to over TLS (nginx `proxy_ssl_*`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BackendTls {
    /// The name that a verified certificate must have, and that is sent.
    pub name: Arc<str>,
    /// The name is sent (SNI).
    pub sends_name: bool,
    /// Authorities that must have signed its certificate, PEM; none: any certificate is taken.
    pub authorities: Option<Pem>,
    /// Certificate and key that are shown when it asks.
    pub client: Option<(Pem, Pem)>,
    /// TLS 1.2 is spoken.
    pub v12: bool,
    /// TLS 1.3 is spoken.
    pub v13: bool,
}

impl Default for BackendTls {
    fn default() -> Self {
        let name = "upstream_balancer".into();
        Self { name, sends_name: false, authorities: None, client: None, v12: true, v13: true }
    }
}

impl BackendTls {
    /// Tells connections apart that were made in different ways; never 0.
    pub fn id(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish().max(1)
    }
}

/// Certificates or keys as PEM. Never printed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Pem(pub Arc<[u8]>);

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pem({} bytes)", self.0.len())
    }
}
