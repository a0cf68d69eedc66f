//! Connections to backends: made, kept for the next request, and checked before they are used again.

mod connect;
mod h2c;
mod pipe;
mod pool;
mod secure;
mod stream;

use std::{
    cell::Cell,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering::Relaxed},
};

pub(super) use connect::{Failed, fresh, idle};
pub(super) use h2c::trailers;
pub(super) use pool::Pools;
pub(super) use secure::Way;
pub(super) use stream::Stream;

#[cfg(test)]
use super::UpstreamProtocol;
use super::{buffer::Buffer, counters::Counters};

/// What carries requests to an endpoint: a connection, or a stream of one.
pub(super) struct Connection {
    pub(super) stream: Stream,
    /// What came and is not consumed.
    pub(super) input: Buffer,
    pub(super) address: SocketAddr,
    /// How it was made: [`Way::id`].
    way: u64,
    /// Served a request before: it may have died since.
    pub(super) reused: bool,
    /// Its last answer had no body by the rules, and some backends send one all the same, a little later.
    pub(super) suspect: bool,
    /// None for a stream: its connection is counted.
    _open: Option<Open>,
}

#[cfg(test)]
impl Connection {
    /// A wire of a test.
    pub(super) fn in_memory(wire: tokio::io::DuplexStream, address: SocketAddr) -> Self {
        let (stream, input) = (Stream::Memory(wire), Buffer::default());
        Self { stream, input, address, way: 0, reused: true, suspect: false, _open: None }
    }
}

/// Counts an open connection while it lives.
struct Open(Arc<Counters>);

impl Open {
    fn new(counters: &Arc<Counters>) -> Self {
        counters.upstream_connections.fetch_add(1, Relaxed);
        Self(Arc::clone(counters))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.upstream_connections.fetch_sub(1, Relaxed);
    }
}

/// Where a backend answers, and whose turn it is.
#[derive(Debug)]
pub(super) struct Endpoints {
    pub(super) way: Way,
    addresses: Box<[SocketAddr]>,
    turn: Cell<usize>,
}

impl Endpoints {
    pub(super) fn new(way: impl Into<Way>, addresses: &[SocketAddr]) -> Self {
        let turn = Cell::new(if addresses.is_empty() { 0 } else { fastrand::usize(..addresses.len()) });
        Self { way: way.into(), addresses: addresses.into(), turn }
    }

    /// All of them.
    pub(super) fn all(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The next endpoint in turn, another than those that failed if there is one. None when there are no endpoints.
    pub(super) fn next(&self, failed: &[SocketAddr]) -> Option<SocketAddr> {
        let count = self.addresses.len();
        let turn = self.turn.get();
        if count == 0 {
            return None;
        }
        let in_turn = |step: usize| self.addresses.get((turn + step) % count).map(|address| (step, *address));
        let (step, address) = (0..count)
            .filter_map(in_turn)
            .find(|(_, address)| !failed.contains(address))
            .or_else(|| in_turn(0))?;
        self.turn.set((turn + step + 1) % count);
        Some(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_take_turns_and_failed_ones_are_passed_over() {
        let [a, b, c] = [1, 2, 3].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let endpoints = Endpoints::new(UpstreamProtocol::Http1, &[a, b, c]);
        endpoints.turn.set(0);
        let turns: Vec<_> = (0..4).filter_map(|_| endpoints.next(&[])).collect();
        assert_eq!(turns, [a, b, c, a]);
        assert_eq!(endpoints.next(&[b]), Some(c), "b failed");
        assert!(endpoints.next(&[a, b, c]).is_some(), "when all failed one is tried again");
        assert_eq!(Endpoints::new(UpstreamProtocol::Http1, &[]).next(&[]), None);
    }
}
