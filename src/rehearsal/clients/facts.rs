//! What a face shows of clients, by hostname: who is where, what came in the last seconds, and how the rest at the old
//! side shrinks. From counts and the time alone; a host of which nothing is heard costs nothing.

use std::{
    borrow::Cow,
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use super::census::{Census, SideCount};
use crate::routing::Side;

/// Over how much of the time before what is called recent is counted.
pub const RECENT: Duration = Duration::from_secs(10);
/// How far back the history goes.
pub const HISTORY: Duration = Duration::from_mins(10);
/// A half-life is told from so many requests at least.
const ENOUGH: f64 = 8.0;

/// All hostnames, at a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// The moment, on our clock, from the start of the clients. All times of facts are on it.
    pub at: Duration,
    /// All hosts together; its hostname is empty.
    pub all: Arc<HostFacts>,
    /// By hostname as it is switched: `*.shop.example` for all under it. Only those at both sides have clients.
    pub hosts: Arc<[Arc<HostFacts>]>,
}

/// One hostname.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HostFacts {
    /// The hostname, lower-case.
    pub hostname: Arc<str>,
    /// Which share of all requests goes to it, 0 to 1.
    pub share: f64,
    /// Counts since the start: the population by kind with its open connections, requests of both sides.
    pub census: Census,
    /// What came in the last [`RECENT`].
    pub recent: Recent,
    /// Who still uses the old side.
    pub rest: Rest,
    /// Seconds in which something came, oldest first, as far back as [`HISTORY`].
    pub history: Arc<[Tick]>,
}

/// What came in the last seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recent {
    /// How many seconds these are; fewer than [`RECENT`] at the start.
    pub seconds: f64,
    /// Requests at the old side.
    pub old: SideCount,
    /// Requests at the new side.
    pub new: SideCount,
    /// Requests that went to neither.
    pub lost: SideCount,
}

/// What is left at the old side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rest {
    /// Requests a second at the old side.
    pub per_second: f64,
    /// In which time that becomes half of it, as it does now; none when it does not shrink, or too little came to tell.
    pub half_life: Option<Duration>,
    /// When a request was last seen at the old side; none: never.
    pub last_seen: Option<Duration>,
    /// Connections open to the old side.
    pub connections: usize,
    /// By kind, those with requests or connections there.
    pub kinds: Box<[KindRest]>,
}

/// Clients of a kind that are still at the old side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KindRest {
    /// `browser`
    pub name: Cow<'static, str>,
    /// Requests a second at the old side.
    pub per_second: f64,
    /// Those of them that went over a connection that was open before; all others have an old answer of DNS.
    pub kept_per_second: f64,
    /// Clients whose last request went there.
    pub clients: usize,
    /// Connections open to it.
    pub connections: usize,
}

/// What came in one step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tick {
    /// Its end.
    pub at: Duration,
    /// At the old side.
    pub old: Brief,
    /// At the new side.
    pub new: Brief,
    /// Connections open at its end, to the old side and to the new one.
    pub open: [usize; 2],
}

/// Requests at a side in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Brief {
    /// All.
    pub requests: u32,
    /// Without any answer.
    pub failed: u32,
    /// Answered with 4xx.
    pub client_errors: u32,
    /// Answered with 5xx.
    pub server_errors: u32,
}

/// Follows the counts, step by step.
#[derive(Debug, Default)]
pub(super) struct Follower {
    all: Followed,
    hosts: BTreeMap<Arc<str>, Followed>,
}

#[derive(Debug, Default)]
struct Followed {
    before: Census,
    /// What came lately.
    recent: VecDeque<Step>,
    history: VecDeque<Tick>,
    facts: Arc<HostFacts>,
}

#[derive(Debug)]
struct Step {
    at: Duration,
    came: Census,
}

impl Facts {
    /// Those of a hostname; none when no client asks for it.
    pub fn of(&self, hostname: &str) -> Option<&HostFacts> {
        let at = self.hosts.binary_search_by(|host| (*host.hostname).cmp(hostname)).ok()?;
        self.hosts.get(at).map(AsRef::as_ref)
    }
}

impl Tick {
    /// Share of requests that went to the new side, 0 to 1; none without requests.
    pub fn new_share(&self) -> Option<f64> {
        let all = self.old.requests + self.new.requests;
        (all > 0).then(|| f64::from(self.new.requests) / f64::from(all))
    }
}

impl Brief {
    fn of(count: &SideCount) -> Self {
        let short = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            requests: short(count.requests),
            failed: short(count.failed),
            client_errors: short(count.client_errors),
            server_errors: short(count.server_errors),
        }
    }
}

impl Follower {
    /// Takes the counts of a moment: all of them, and by hostname with its share. Hosts that are not given are gone.
    pub(super) fn follow<'c>(
        &mut self,
        at: Duration,
        all: &Census,
        hosts: impl Iterator<Item = (&'c Arc<str>, f64, &'c Census)>,
    ) -> Facts {
        self.all.follow(at, &Arc::default(), 1.0, all);
        let mut before = std::mem::take(&mut self.hosts);
        for (hostname, share, census) in hosts {
            let mut host = before.remove(hostname).unwrap_or_default();
            host.follow(at, hostname, share, census);
            self.hosts.insert(Arc::clone(hostname), host);
        }
        let hosts = self.hosts.values().map(|host| Arc::clone(&host.facts)).collect();
        Facts { at, all: Arc::clone(&self.all.facts), hosts }
    }
}

impl Followed {
    fn follow(&mut self, at: Duration, hostname: &Arc<str>, share: f64, census: &Census) {
        let same = *census == self.before && self.facts.share == share && self.facts.hostname == *hostname;
        if same && self.recent.is_empty() {
            return;
        }
        let came = census.since(&self.before);
        if came.requests() > 0 {
            self.history.push_back(Tick {
                at,
                old: Brief::of(&came.old),
                new: Brief::of(&came.new),
                open: [Side::Old, Side::New].map(|side| census.connections_to(side)),
            });
            self.recent.push_back(Step { at, came });
        }
        while self.history.front().is_some_and(|tick| at.saturating_sub(tick.at) >= HISTORY) {
            self.history.pop_front();
        }
        while self.recent.front().is_some_and(|step| at.saturating_sub(step.at) >= RECENT) {
            self.recent.pop_front();
        }
        self.before.clone_from(census);
        let mut lately = Census::alike(census);
        for step in &self.recent {
            lately.add(&step.came);
        }
        let seconds = at.min(RECENT).as_secs_f64();
        let rest = rest(census, &lately, seconds, half_life(at, self.history.make_contiguous()));
        self.facts = Arc::new(HostFacts {
            hostname: Arc::clone(hostname),
            share,
            census: census.clone(),
            recent: Recent { seconds, old: lately.old, new: lately.new, lost: lately.lost },
            rest,
            history: self.history.iter().copied().collect(),
        });
    }
}

fn rest(census: &Census, lately: &Census, seconds: f64, half_life: Option<Duration>) -> Rest {
    let per_second = |count: u64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
    let kinds = census.kinds.iter().zip(&lately.kinds).filter_map(|(kind, lately)| {
        let [connections, _] = kind.connections;
        let ([requests, _], [kept, _]) = (lately.requests, lately.kept);
        (requests > 0 || connections > 0).then(|| KindRest {
            name: kind.name.clone(),
            per_second: per_second(requests),
            kept_per_second: per_second(kept),
            clients: kind.at.first().copied().unwrap_or(0),
            connections,
        })
    });
    Rest {
        per_second: per_second(lately.old.requests),
        half_life,
        last_seen: census.last_old(),
        connections: census.connections_to(Side::Old),
        kinds: kinds.collect(),
    }
}

/// How long the old side's share takes to become half of what it is, as it shrinks now: two pieces of time that are equally
/// long are compared, the shortest ones in which it is no chance.
fn half_life(at: Duration, history: &[Tick]) -> Option<Duration> {
    let sum = |from: Duration, until: Duration| {
        let within = history.iter().rev().skip_while(|tick| tick.at > until);
        within.take_while(|tick| tick.at > from).fold((0.0, 0.0), |(old, all), tick| {
            let requests = f64::from(tick.old.requests);
            (old + requests, all + requests + f64::from(tick.new.requests))
        })
    };
    for seconds in [2, 4, 8, 16, 32, 64, 128, 256_u64] {
        let length = Duration::from_secs(seconds);
        let Some(from) = at.checked_sub(2 * length) else { break };
        let middle = at.saturating_sub(length);
        let ((before, all_before), (after, all_after)) = (sum(from, middle), sum(middle, at));
        if before < ENOUGH || all_after < ENOUGH {
            continue;
        }
        // What the second piece would have had of the old side without shrinking.
        let expected = before / all_before * all_after;
        if expected - after > 2.0 * (expected + after).sqrt() {
            // Where nothing came, half a request might have.
            let times = (expected / after.max(0.5)).ln();
            return Some(length.mul_f64(std::f64::consts::LN_2 / times));
        }
    }
    None
}

#[cfg(test)]
mod tests;
