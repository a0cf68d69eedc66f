//! Listening sockets, one per worker and port, and the loop that accepts.

#[cfg(target_os = "linux")]
use std::os::{
    linux::net::SocketAddrExt as _,
    unix::{self, net::UnixListener},
};
use std::{
    io,
    net::{SocketAddr, TcpListener},
    rc::Rc,
    time::Duration,
};

use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};
use tokio::net::TcpStream;

use super::{
    connection,
    entry::{Entry, Link},
    worker::{MAX_CONNECTIONS, Worker},
};

/// Connections that wait to be accepted, per socket.
const BACKLOG: i32 = 1024;

/// Sockets on one address, one for each worker.
pub(super) fn listen(address: SocketAddr, count: usize) -> io::Result<(SocketAddr, Vec<TcpListener>)> {
    // With port 0 another program may take the port found between the two steps; then another is looked for.
    let tries = if address.port() == 0 { 16 } else { 1 };
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..tries {
        let wanted = match address.port() {
            0 => socket(address, false)?.local_addr()?.as_socket().unwrap_or(address),
            _ => address,
        };
        match claim(wanted, count.max(1)) {
            Ok(sockets) => return Ok((wanted, sockets)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn claim(address: SocketAddr, count: usize) -> io::Result<Vec<TcpListener>> {
    let _held = hold(address)?;
    // Alone first: with SO_REUSEPORT a port that another process of this user holds would be shared with it.
    drop(socket(address, false)?);
    (0..count).map(|_| socket(address, true).map(TcpListener::from)).collect()
}

/// Keeps others of us from the same address for this moment: two that both looked alone would go on to share it.
#[cfg(target_os = "linux")]
fn hold(address: SocketAddr) -> io::Result<UnixListener> {
    UnixListener::bind_addr(&unix::net::SocketAddr::from_abstract_name(format!("cutover/{address}"))?)
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "as on Linux")]
fn hold(_: SocketAddr) -> io::Result<()> {
    Ok(())
}

fn socket(address: SocketAddr, shared: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if shared {
        socket.set_reuse_port(true)?;
    }
    socket.set_nonblocking(true)?;
    // The connections that are accepted inherit it.
    socket.set_tcp_keepalive(&keepalive())?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket)
}

/// Finds out within two minutes that a silent peer is no more: nothing else would end a tunnel to it.
pub(super) fn keepalive() -> TcpKeepalive {
    TcpKeepalive::new()
        .with_time(Duration::from_mins(1))
        .with_interval(Duration::from_secs(15))
        .with_retries(4)
}

/// Accepts until the entry closes; then takes what waits in the queue, so that nobody is reset.
pub(super) async fn run(worker: Rc<Worker>, entry: Rc<Entry>, listener: tokio::net::TcpListener) {
    let mut pause = SHORTEST;
    loop {
        while worker.connections() >= MAX_CONNECTIONS && !entry.is_closing() {
            tokio::select! {
                () = worker.left.notified() => {}
                () = entry.closed() => {}
            }
        }
        let accepted = tokio::select! {
            biased;
            () = entry.closed() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, client)) => {
                pause = SHORTEST;
                begin(&worker, &entry, stream, client);
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(port = entry.key.port, %error, "accepting fails");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST);
            }
        }
    }
    while let Some(Ok((stream, client))) = at_once(listener.accept()).await {
        begin(&worker, &entry, stream, client);
    }
    drop(listener);
    entry.end_accepting();
}

const SHORTEST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_millis(100);

/// Errors that say something about the connection that would have been accepted, not about the socket.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::Interrupted
    )
}

async fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        done = future => Some(done),
        () = std::future::ready(()) => None,
    }
}

fn begin(worker: &Rc<Worker>, entry: &Rc<Entry>, stream: TcpStream, client: SocketAddr) {
    // A client that is gone already shows on the first read.
    let _ = stream.set_nodelay(true);
    let link = Rc::new(Link::new(Rc::clone(entry), client));
    let registered = worker.register(Rc::clone(&link));
    let worker = Rc::clone(worker);
    tokio::task::spawn_local(async move {
        let _registered = registered;
        connection::begin(worker, link, stream).await;
    });
}

#[cfg(test)]
mod tests {
    use std::{sync::Barrier, thread};

    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn of_many_that_want_one_port_at_one_moment_one_gets_it() {
        for round in 0..50 {
            let (address, free) = listen(([127, 0, 0, 77], 0).into(), 1).unwrap();
            drop(free);
            let (start, held) = (Barrier::new(4), Barrier::new(4));
            let got: usize = thread::scope(|scope| {
                let one = || {
                    start.wait();
                    let got = listen(address, 2);
                    held.wait();
                    usize::from(got.is_ok())
                };
                let all: Vec<_> = (0..4).map(|_| scope.spawn(one)).collect();
                all.into_iter().map(|one| one.join().unwrap()).sum()
            });
            assert_eq!(got, 1, "round {round}");
        }
    }

    #[test]
    fn a_port_that_is_shared_by_others_is_in_use_for_us() {
        let (address, sockets) = listen(SocketAddr::from(([127, 0, 0, 1], 0)), 2).unwrap();
        assert_eq!(sockets.len(), 2);
        assert_eq!(listen(address, 1).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(sockets);
        listen(address, 2).expect("free again");
    }
}
