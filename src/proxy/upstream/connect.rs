//! New connections to endpoints, within the time allowed.

use std::{io, net::SocketAddr};

use tokio::net::TcpStream;

use super::{Connection, Open};
use crate::proxy::{buffer::Buffer, worker::Worker};

/// No connection could be made.
#[derive(Debug)]
pub(in crate::proxy) struct Failed(pub(in crate::proxy) io::Error);

/// A new connection to an endpoint.
pub(in crate::proxy) async fn fresh(worker: &Worker, address: SocketAddr) -> Result<Connection, Failed> {
    let stream = tokio::time::timeout(worker.options.connect_timeout, TcpStream::connect(address))
        .await
        .map_err(|_| Failed(io::ErrorKind::TimedOut.into()))?
        .map_err(Failed)?;
    // A socket that is gone already says so on the first write.
    let _ = stream.set_nodelay(true);
    Ok(Connection {
        stream,
        input: Buffer::default(),
        address,
        reused: false,
        _open: Open::new(&worker.counters),
    })
}
