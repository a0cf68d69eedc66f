//! One client towards one host: what it believes, which connections it has, and what it does next. No socket, no clock.
//!
//! Times are on the clock of the clients, which may run faster than ours.

use std::{net::IpAddr, time::Duration};

use super::kind::Kind;

/// A client. `C` is a connection.
#[derive(Debug)]
pub struct Client<C> {
    entry: Option<Entry>,
    /// DNS was asked before.
    has_asked: bool,
    /// Connections that nobody uses now, the one that rests longest first.
    idle: Vec<Kept<C>>,
    /// Connections in use, or about to be opened.
    busy: usize,
}

/// What DNS said.
#[derive(Clone, Copy, Debug)]
struct Entry {
    address: IpAddr,
    /// None: for ever.
    until: Option<Duration>,
}

/// A connection and what it has done.
#[derive(Debug)]
pub struct Kept<C> {
    /// The connection.
    pub connection: C,
    /// Where it leads.
    pub address: IpAddr,
    /// Since when it is open.
    pub opened: Duration,
    /// When it was last used.
    last: Duration,
    /// Requests sent by it.
    requests: u32,
}

/// What a client does to send a request.
#[derive(Debug)]
pub enum Plan<C> {
    /// Uses this connection.
    Use(Kept<C>),
    /// Opens one to this address, without asking.
    Connect(IpAddr),
    /// Asks DNS, then opens one.
    Ask,
    /// All its connections are in use: it does not send.
    Busy,
}

impl<C> Default for Client<C> {
    fn default() -> Self {
        Self { entry: None, has_asked: false, idle: Vec::new(), busy: 0 }
    }
}

impl<C> Client<C> {
    /// How a request is sent now. Unless [`Plan::Busy`], [`Client::done`] has to follow.
    pub fn plan(&mut self, kind: &Kind, now: Duration) -> Plan<C> {
        let open = self.idle.len() + self.busy;
        if open >= kind.pool.max(1) {
            if self.idle.is_empty() {
                return Plan::Busy;
            }
            self.busy += 1;
            return Plan::Use(self.idle.remove(0));
        }
        self.busy += 1;
        match self.believed(now) {
            Some(address) => Plan::Connect(address),
            None => Plan::Ask,
        }
    }

    /// What it would connect to without asking.
    pub fn believed(&self, now: Duration) -> Option<IpAddr> {
        let entry = self.entry.filter(|entry| entry.until.is_none_or(|until| now < until));
        entry.map(|entry| entry.address)
    }

    /// DNS said so. Of the first answer only the part `left`, 0 to 1, is believed: clients did not all begin with us, and
    /// caches that were filled together would be empty together.
    pub fn told(&mut self, kind: &Kind, address: IpAddr, ttl: Duration, left: f64, now: Duration) {
        let part = if std::mem::replace(&mut self.has_asked, true) { 1.0 } else { left };
        let lifetime = kind.caching.lifetime(ttl).map(|lifetime| lifetime.mul_f64(part));
        let until = lifetime.map(|lifetime| now.saturating_add(lifetime));
        self.entry = Some(Entry { address, until });
    }

    /// Forgets what DNS said: it is asked before the next connection.
    pub fn forget(&mut self) {
        self.entry = None;
    }

    /// A request is over. The connection comes back, unless it is used up; then it is given to be closed.
    pub fn done(&mut self, kind: &Kind, connection: Option<Kept<C>>, now: Duration) -> Option<Kept<C>> {
        self.busy = self.busy.saturating_sub(1);
        let mut connection = connection?;
        connection.requests = connection.requests.saturating_add(1);
        connection.last = now;
        if !connection.is_usable(kind, now) {
            return Some(connection);
        }
        self.idle.push(connection);
        None
    }

    /// Takes out what may not be used any more; to be called before [`Client::plan`] and from time to time.
    pub fn expired(&mut self, kind: &Kind, now: Duration) -> Vec<Kept<C>> {
        if self.idle.iter().all(|kept| kept.is_usable(kind, now)) {
            return Vec::new();
        }
        self.idle.extract_if(.., |kept| !kept.is_usable(kind, now)).collect()
    }

    /// Whether it has a connection that rests.
    pub fn rests(&self) -> bool {
        !self.idle.is_empty()
    }
}

impl<C> Kept<C> {
    /// A new connection.
    pub fn new(connection: C, address: IpAddr, now: Duration) -> Self {
        Self { connection, address, opened: now, last: now, requests: 0 }
    }

    fn is_usable(&self, kind: &Kind, now: Duration) -> bool {
        kind.keep.is_some_and(|keep| keep.allows(self.opened, self.last, self.requests, now))
    }
}

#[cfg(test)]
mod tests;
