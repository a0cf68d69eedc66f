//! Who is where: clients and connections by kind and side, requests by side. Kept as things happen, so that a look at it
//! costs no more than there are kinds.

use std::{borrow::Cow, time::Duration};

use serde::{Deserialize, Serialize};

use super::{kind::Kind, times::Times};
use crate::routing::Side;

/// The counts of one host, or of all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Census {
    /// By kind, in the order of the mix.
    pub kinds: Vec<KindCount>,
    /// Requests at the old side.
    pub old: SideCount,
    /// Requests at the new side.
    pub new: SideCount,
    /// Requests that went to neither, or for which DNS gave nothing.
    pub lost: SideCount,
    /// Questions to DNS.
    pub lookups: u64,
    /// Why the last request failed, and where.
    pub last_failure: Option<String>,
}

/// Clients of a kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KindCount {
    /// `browser`
    pub name: Cow<'static, str>,
    /// All of the kind.
    pub clients: usize,
    /// Those whose last request went to the old side, and to the new one. The rest has not sent any.
    pub at: [usize; 2],
    /// Open connections to the old side, and to the new one.
    pub connections: [usize; 2],
    /// Requests to the old side, and to the new one.
    pub requests: [u64; 2],
    /// Those of them over a connection that was open before: DNS was not asked, nor its answer believed.
    pub kept: [u64; 2],
    /// When one was last seen at the old side, from the start of the clients.
    pub last_old: Option<Duration>,
}

/// Requests at one side, since the start or in a piece of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SideCount {
    /// Requests that were tried.
    pub requests: u64,
    /// Those that got no answer: not connected, cut off, too late.
    pub failed: u64,
    /// Those answered with 4xx.
    pub client_errors: u64,
    /// Those answered with 5xx.
    pub server_errors: u64,
    /// How long answers took.
    pub times: Times,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An answer with this status.
    Status(u16, Duration),
    /// None.
    Failed,
}

impl Census {
    /// Nobody has done anything.
    pub fn new<'k>(kinds: impl Iterator<Item = (&'k Kind, usize)>) -> Self {
        let count = |(kind, clients): (&Kind, usize)| KindCount {
            name: kind.name.clone(),
            clients,
            ..KindCount::default()
        };
        Self { kinds: kinds.map(count).collect(), ..Self::default() }
    }

    /// Nobody, of the same kinds.
    pub(super) fn alike(other: &Self) -> Self {
        let kind = |kind: &KindCount| KindCount { name: kind.name.clone(), ..KindCount::default() };
        Self { kinds: other.kinds.iter().map(kind).collect(), ..Self::default() }
    }

    /// Requests that came since then, of the same clients; who is where is not told.
    pub(super) fn since(&self, before: &Self) -> Self {
        let mut since = Self::alike(self);
        let none = KindCount::default();
        for (nth, (kind, now)) in since.kinds.iter_mut().zip(&self.kinds).enumerate() {
            let then = before.kinds.get(nth).unwrap_or(&none);
            kind.requests = less(now.requests, then.requests);
            kind.kept = less(now.kept, then.kept);
        }
        since.old = self.old.since(&before.old);
        since.new = self.new.since(&before.new);
        since.lost = self.lost.since(&before.lost);
        since
    }

    /// Requests of all.
    pub fn requests(&self) -> u64 {
        self.old.requests + self.new.requests + self.lost.requests
    }

    /// Adds the counts of other clients, of the same mix.
    pub fn add(&mut self, other: &Self) {
        for (kind, more) in self.kinds.iter_mut().zip(&other.kinds) {
            kind.clients += more.clients;
            for (sum, part) in kind.at.iter_mut().zip(more.at) {
                *sum += part;
            }
            for (sum, part) in kind.connections.iter_mut().zip(more.connections) {
                *sum += part;
            }
            for (sum, part) in kind.requests.iter_mut().zip(more.requests) {
                *sum += part;
            }
            for (sum, part) in kind.kept.iter_mut().zip(more.kept) {
                *sum += part;
            }
            kind.last_old = kind.last_old.max(more.last_old);
        }
        self.old.add(&other.old);
        self.new.add(&other.new);
        self.lost.add(&other.lost);
        self.lookups += other.lookups;
        if other.last_failure.is_some() {
            self.last_failure.clone_from(&other.last_failure);
        }
    }

    /// A client goes from a side, if it was at one, to a side, if it is one of ours.
    pub fn went(&mut self, kind: usize, from: Option<Side>, to: Option<Side>, now: Duration) {
        let Some(kind) = self.kinds.get_mut(kind) else { return };
        if let Some(from) = from {
            let count = of(&mut kind.at, from);
            *count = count.saturating_sub(1);
        }
        if let Some(to) = to {
            *of(&mut kind.at, to) += 1;
        }
        if to == Some(Side::Old) {
            kind.last_old = Some(now);
        }
    }

    /// A connection was opened.
    pub fn opened(&mut self, kind: usize, side: Option<Side>) {
        if let (Some(kind), Some(side)) = (self.kinds.get_mut(kind), side) {
            *of(&mut kind.connections, side) += 1;
        }
    }

    /// A connection was closed.
    pub fn closed(&mut self, kind: usize, side: Option<Side>) {
        if let (Some(kind), Some(side)) = (self.kinds.get_mut(kind), side) {
            let count = of(&mut kind.connections, side);
            *count = count.saturating_sub(1);
        }
    }

    /// A request of a kind is over; `kept` when it went over a connection that was open before.
    pub fn over(&mut self, kind: usize, side: Option<Side>, kept: bool, outcome: Outcome) {
        if let (Some(kind), Some(side)) = (self.kinds.get_mut(kind), side) {
            *of(&mut kind.requests, side) += 1;
            *of(&mut kind.kept, side) += u64::from(kept);
        }
        let count = match side {
            Some(Side::Old) => &mut self.old,
            Some(Side::New) => &mut self.new,
            None => &mut self.lost,
        };
        count.requests += 1;
        match outcome {
            Outcome::Failed => count.failed += 1,
            Outcome::Status(status, took) => {
                count.client_errors += u64::from((400..500).contains(&status));
                count.server_errors += u64::from(status >= 500);
                count.times.add(took);
            }
        }
    }

    /// Clients at a side.
    pub fn clients_at(&self, side: Side) -> usize {
        self.kinds.iter().map(|kind| of_ref(&kind.at, side)).sum()
    }

    /// Open connections to a side.
    pub fn connections_to(&self, side: Side) -> usize {
        self.kinds.iter().map(|kind| of_ref(&kind.connections, side)).sum()
    }

    /// When anybody was last seen at the old side, from the start of the clients.
    pub fn last_old(&self) -> Option<Duration> {
        self.kinds.iter().filter_map(|kind| kind.last_old).max()
    }
}

impl SideCount {
    /// Adds what happened elsewhere, or in another piece of time.
    pub fn add(&mut self, other: &Self) {
        let Self { requests, failed, client_errors, server_errors, times } = other;
        self.requests += requests;
        self.failed += failed;
        self.client_errors += client_errors;
        self.server_errors += server_errors;
        self.times.merge(times);
    }

    /// Share of its requests; none without any.
    pub fn share(&self, of: u64) -> Option<f64> {
        (self.requests > 0).then(|| of as f64 / self.requests as f64)
    }

    /// What came since then.
    pub fn since(&self, before: &Self) -> Self {
        let Self { requests, failed, client_errors, server_errors, times } = self;
        Self {
            requests: requests.saturating_sub(before.requests),
            failed: failed.saturating_sub(before.failed),
            client_errors: client_errors.saturating_sub(before.client_errors),
            server_errors: server_errors.saturating_sub(before.server_errors),
            times: times.since(&before.times),
        }
    }
}

fn less([old, new]: [u64; 2], [old_before, new_before]: [u64; 2]) -> [u64; 2] {
    [old.saturating_sub(old_before), new.saturating_sub(new_before)]
}

fn of<T>([old, new]: &mut [T; 2], side: Side) -> &mut T {
    match side {
        Side::Old => old,
        Side::New => new,
    }
}

fn of_ref<T: Copy>([old, new]: &[T; 2], side: Side) -> T {
    match side {
        Side::Old => *old,
        Side::New => *new,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::clients::kind::KINDS;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_client_is_counted_where_it_went_last_and_a_connection_where_it_is_open() {
        let mut census = Census::new(KINDS.iter().zip([2, 1, 0, 0, 0]));
        census.went(0, None, Some(Side::Old), MS);
        census.went(1, None, Some(Side::Old), 2 * MS);
        census.opened(1, Some(Side::Old));
        census.went(0, Some(Side::Old), Some(Side::New), 3 * MS);
        census.opened(0, Some(Side::New));
        census.opened(0, None);
        assert_eq!((census.clients_at(Side::Old), census.clients_at(Side::New)), (1, 1));
        assert_eq!((census.connections_to(Side::Old), census.connections_to(Side::New)), (1, 1));
        assert_eq!(census.last_old(), Some(2 * MS));
        assert_eq!(census.kinds[0].last_old, Some(MS), "one of this kind left at 3 ms, and was seen at 1 ms");
        census.closed(1, Some(Side::Old));
        census.closed(1, Some(Side::Old));
        assert_eq!(census.connections_to(Side::Old), 0, "never below nothing");
        census.went(1, Some(Side::Old), None, 4 * MS);
        assert_eq!(census.clients_at(Side::Old), 0, "it went elsewhere");
    }

    #[test]
    fn requests_are_counted_by_side_and_by_what_became_of_them() {
        let mut census = Census::new(KINDS.iter().map(|kind| (kind, 1)));
        let side = Some(Side::New);
        for outcome in [
            Outcome::Status(200, MS),
            Outcome::Status(404, MS),
            Outcome::Status(499, MS),
            Outcome::Status(500, MS),
            Outcome::Status(599, MS),
            Outcome::Failed,
        ] {
            census.over(0, side, false, outcome);
        }
        census.over(0, None, false, Outcome::Failed);
        census.over(1, side, true, Outcome::Failed);
        let SideCount { requests, failed, client_errors, server_errors, times } = census.new.clone();
        assert_eq!((requests, failed, client_errors, server_errors), (7, 2, 2, 2));
        assert_eq!((census.kinds[0].requests, census.kinds[0].kept), ([0, 6], [0, 0]));
        assert_eq!((census.kinds[1].requests, census.kinds[1].kept), ([0, 1], [0, 1]));
        assert!(times.quantile(1.0).unwrap() >= MS);
        assert_eq!((census.lost.requests, census.old.requests), (1, 0));
        assert_eq!(census.new.since(&census.new).requests, 0);
    }
}
