//! Idle connections of one worker, the one used last first.

use std::{
    cell::RefCell,
    collections::HashMap,
    future::poll_fn,
    net::SocketAddr,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use super::{Connection, Stream, h2c::Connections};

/// Most idle connections kept to one endpoint.
const PER_ENDPOINT: usize = 256;

/// Open connections of one worker for one purpose.
#[derive(Default)]
pub(in crate::proxy) struct Pools {
    pub(in crate::proxy) http1: Pool,
    pub(in crate::proxy) h2c: Connections,
}

/// Idle connections by endpoint.
#[derive(Default)]
pub(in crate::proxy) struct Pool {
    idle: RefCell<HashMap<SocketAddr, Vec<(Instant, Connection)>>>,
}

impl Pool {
    /// Takes a connection that is still silent and open.
    pub(in crate::proxy) fn take(&self, address: SocketAddr) -> Option<Connection> {
        let mut idle = self.idle.borrow_mut();
        let waiting = idle.get_mut(&address)?;
        while let Some((_, mut connection)) = waiting.pop() {
            if is_quiet(&mut connection) {
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
        let waiting = idle.entry(connection.address).or_default();
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

/// Nothing came and the stream did not end. Costs no system call unless the socket reported something.
fn is_quiet(connection: &mut Connection) -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    let Connection { stream, input, .. } = connection;
    let quiet = tokio::task::coop::unconstrained(poll_fn(|cx| input.poll_fill(cx, stream)));
    let mut quiet = std::pin::pin!(quiet);
    matches!(quiet.as_mut().poll(&mut cx), Poll::Pending)
}
