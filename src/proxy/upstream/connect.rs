//! Connections to endpoints: idle ones, and new ones within the time allowed.

use std::{io, net::SocketAddr};

use socket2::SockRef;
use tokio::net::TcpStream;

use super::{Connection, Open, Pools, Stream, Way};
use crate::proxy::{UpstreamProtocol, accept::keepalive, buffer::Buffer, worker::Worker};

/// No connection could be made.
#[derive(Debug)]
pub(in crate::proxy) struct Failed(pub(in crate::proxy) io::Error);

/// A connection that is open already. `sure`: that it is still open is asked of the system, which costs a call.
pub(in crate::proxy) fn idle(
    pools: &Pools,
    way: &Way,
    address: SocketAddr,
    sure: bool,
) -> Option<Connection> {
    match way.protocol {
        UpstreamProtocol::Http1 => pools.http1.take(address, way.id(), sure),
        UpstreamProtocol::H2c => {
            let stream = pools.h2c.stream(address, way)?;
            Some(connection(Stream::H2(Box::new(stream)), address, way, true, None))
        }
    }
}

/// A new connection to an endpoint, within the time given or the usual one.
pub(in crate::proxy) async fn fresh(
    worker: &Worker,
    pools: &Pools,
    way: &Way,
    address: SocketAddr,
    within: Option<std::time::Duration>,
) -> Result<Connection, Failed> {
    let connect = async {
        let socket = TcpStream::connect(address).await?;
        // A socket that is gone already says so on the first write.
        let _ = socket.set_nodelay(true);
        let _ = SockRef::from(&socket).set_tcp_keepalive(&keepalive());
        let open = Open::new(&worker.counters);
        Ok(match (way.protocol, &way.secure) {
            (UpstreamProtocol::Http1, None) => {
                connection(Stream::Tcp(socket), address, way, false, Some(open))
            }
            (UpstreamProtocol::Http1, Some(secure)) => {
                let stream = Stream::Tls(Box::new(secure.begin(socket).await?));
                connection(stream, address, way, false, Some(open))
            }
            (UpstreamProtocol::H2c, secure) => {
                let stream = match secure {
                    None => pools.h2c.begin(address, way, socket, open).await?,
                    Some(secure) => pools.h2c.begin(address, way, secure.begin(socket).await?, open).await?,
                };
                connection(Stream::H2(Box::new(stream)), address, way, false, None)
            }
        })
    };
    tokio::time::timeout(within.unwrap_or(worker.options.connect_timeout), connect)
        .await
        .map_err(|_| Failed(io::ErrorKind::TimedOut.into()))?
        .map_err(Failed)
}

fn connection(
    stream: Stream,
    address: SocketAddr,
    way: &Way,
    reused: bool,
    open: Option<Open>,
) -> Connection {
    let (input, way) = (Buffer::default(), way.id());
    Connection { stream, input, address, way, reused, suspect: false, _open: open }
}
