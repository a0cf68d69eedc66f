//! Idle connections of one worker, the one used last first.

use std::{
    cell::RefCell,
    future::poll_fn,
    io,
    mem::MaybeUninit,
    net::SocketAddr,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use socket2::SockRef;
use tokio::net::TcpStream;

use super::{Connection, Stream, h2c::Connections};
use crate::proxy::hash::Map;

/// Most idle connections kept to one endpoint.
const PER_ENDPOINT: usize = 256;

/// Open connections of one worker for one purpose.
#[derive(Default)]
pub(in crate::proxy) struct Pools {
    pub(in crate::proxy) http1: Pool,
    pub(in crate::proxy) h2c: Connections,
}

/// Where a connection leads, and how it was made.
type Made = (SocketAddr, u64);

/// Idle connections by endpoint and how they were made.
#[derive(Default)]
pub(in crate::proxy) struct Pool {
    idle: RefCell<Map<Made, Vec<(Instant, Connection)>>>,
}

impl Pool {
    /// Takes a connection that is still silent and open; `sure`: by the system's word, not by what it reported last.
    pub(super) fn take(&self, address: SocketAddr, way: u64, sure: bool) -> Option<Connection> {
        let mut idle = self.idle.borrow_mut();
        let waiting = idle.get_mut(&(address, way))?;
        while let Some((_, mut connection)) = waiting.pop() {
            let asks = sure || connection.suspect;
            if is_quiet(&mut connection) && (!asks || has_nothing(&connection)) {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection for the next request. What it holds beyond its answer makes it useless; a stream is over.
    pub(in crate::proxy) fn put(&self, mut connection: Connection, now: Instant) {
        if !connection.input.is_empty() || matches!(connection.stream, Stream::H2(_)) {
            return;
        }
        connection.input.release();
        connection.reused = true;
        let mut idle = self.idle.borrow_mut();
        let waiting = idle.entry((connection.address, connection.way)).or_default();
        if waiting.len() < PER_ENDPOINT {
            waiting.push((now, connection));
        }
    }

    /// Closes what was idle too long or died.
    pub(in crate::proxy) fn sweep(&self, now: Instant, longest: Duration) {
        self.idle.borrow_mut().retain(|_, waiting| {
            waiting.retain_mut(|(since, connection)| {
                now.saturating_duration_since(*since) < longest && is_quiet(connection)
            });
            !waiting.is_empty()
        });
    }
}

/// The system has neither bytes nor an end of the stream.
fn has_nothing(connection: &Connection) -> bool {
    match &connection.stream {
        Stream::Tcp(socket) => is_silent(socket),
        Stream::Tls(stream) => is_silent(stream.get_ref().0),
        Stream::H2(_) => true,
        #[cfg(test)]
        Stream::Memory(_) => true,
    }
}

fn is_silent(socket: &TcpStream) -> bool {
    let peeked = SockRef::from(socket).peek(&mut [MaybeUninit::uninit()]);
    peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

/// Nothing came and the stream did not end. Costs no system call unless the socket reported something.
fn is_quiet(connection: &mut Connection) -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    let Connection { stream, input, .. } = connection;
    let quiet = tokio::task::coop::unconstrained(poll_fn(|cx| input.poll_fill(cx, stream)));
    let mut quiet = std::pin::pin!(quiet);
    matches!(quiet.as_mut().poll(&mut cx), Poll::Pending)
}
