//! HTTP/2 from clients: over TLS by ALPN, in the clear with prior knowledge.

mod prefixed;

use std::rc::Rc;

use tokio::io::{AsyncRead, AsyncWrite};

pub(super) use prefixed::Prefixed;

use super::{entry::Link, worker::Worker};

/// Serves a connection that speaks HTTP/2.
pub(super) async fn serve<S>(worker: Rc<Worker>, link: Rc<Link>, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let _ = (worker, link, stream);
}
