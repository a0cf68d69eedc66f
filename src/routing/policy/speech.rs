//! How the proxy says requests of its own.

/// How a request of the proxy's own is said: a question, a copy, the one for a page. nginx keeps connections only where
/// it is told to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speech {
    /// HTTP/1.1, and the connection serves others afterwards.
    #[default]
    Lasting,
    /// HTTP/1.1 with `Connection: close`.
    Single,
    /// HTTP/1.0 with `Connection: close`. It knows no chunks: a body of unknown length is said in HTTP/1.1.
    Old,
}
