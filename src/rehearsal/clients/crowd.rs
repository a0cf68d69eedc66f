//! All clients of all hosts, each with its kind, and the counts of what they do. No socket: what is opened and closed is
//! told by who does it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use super::{
    census::{Census, Outcome},
    client::{Client, Kept, Plan},
    facts::{Facts, Follower},
    mix::ClientMix,
    requests::{Requests, Site},
};
use crate::routing::Side;

/// One client.
#[derive(Debug)]
struct Member<C> {
    client: Client<Open<C>>,
    kind: usize,
    at: Option<Side>,
}

/// A connection, and whose side it is.
#[derive(Debug)]
pub(super) struct Open<C> {
    pub(super) connection: C,
    pub(super) side: Option<Side>,
}

/// Who sends: a site's client.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    pub(super) site: Site,
    member: usize,
    pub(super) kind: usize,
    /// Of the site's clients when it was chosen: another generation is another crowd.
    born: u64,
}

/// The clients of one site.
#[derive(Debug)]
struct Crew<C> {
    members: Vec<Member<C>>,
    census: Census,
    born: u64,
    /// The name that it is switched under.
    hostname: Arc<str>,
    /// Of all requests, those that go here.
    share: f64,
}

/// Everybody.
#[derive(Debug)]
pub(super) struct Crowd<C> {
    mix: ClientMix,
    sites: HashMap<Site, Crew<C>>,
    total: Census,
    born: u64,
    /// Share of requests by host.
    shares: Arc<[(Arc<str>, f64)]>,
}

/// Others that are tried when a client is busy.
const OTHERS: usize = 8;

impl<C> Crowd<C> {
    pub(super) fn new(mix: ClientMix) -> Self {
        let total = Census::new(mix.kinds().map(|kind| (kind, 0)));
        Self { mix, sites: HashMap::new(), total, born: 0, shares: Arc::default() }
    }

    /// Deals so many clients to the sites by their requests, at least one to each. A site whose clients are as before keeps
    /// them; those of others are gone, with their connections.
    pub(super) fn deal(&mut self, requests: &Requests, clients: usize) {
        let by_site = requests.by_site();
        let all = by_site.iter().sum::<usize>().max(1) as f64;
        let count = |asks: usize| ((clients as f64 * asks as f64 / all).round() as usize).max(1);
        let wanted: Vec<usize> = by_site.into_iter().map(count).collect();
        let mut kinds: Vec<usize> = Vec::new();
        for (kind, count) in self.mix.spread(wanted.iter().sum()).into_iter().enumerate() {
            kinds.extend(std::iter::repeat_n(kind, count));
        }
        // The same at every start.
        fastrand::Rng::with_seed(11).shuffle(&mut kinds);
        let mut before = std::mem::take(&mut self.sites);
        let mut dealt = kinds.into_iter();
        for ((name, count), (asks, hostname)) in
            requests.sites.iter().zip(wanted).zip(requests.by_site().into_iter().zip(&requests.hostnames))
        {
            let kinds: Vec<usize> = dealt.by_ref().take(count).collect();
            let same =
                |crew: &Crew<C>| crew.members.iter().map(|member| member.kind).eq(kinds.iter().copied());
            let mut crew = before.remove(name).filter(same).unwrap_or_else(|| {
                self.born += 1;
                let of_kind = |kind| kinds.iter().filter(|other| **other == kind).count();
                let counts = self.mix.kinds().enumerate().map(|(nth, kind)| (kind, of_kind(nth)));
                let member = |kind: &usize| Member { client: Client::default(), kind: *kind, at: None };
                Crew {
                    members: kinds.iter().map(member).collect(),
                    census: Census::new(counts),
                    born: self.born,
                    hostname: Arc::clone(hostname),
                    share: 0.0,
                }
            });
            crew.share = asks as f64 / all;
            crew.hostname = Arc::clone(hostname);
            self.sites.insert(name.clone(), crew);
        }
        let mut shares: BTreeMap<Arc<str>, f64> = BTreeMap::new();
        for (site, asks) in requests.sites.iter().zip(requests.by_site()) {
            *shares.entry(Arc::clone(&site.host)).or_default() += asks as f64 / all;
        }
        self.shares = shares.into_iter().collect();
        self.recount();
    }

    /// Which share of requests goes to which host.
    pub(super) fn shares(&self) -> Arc<[(Arc<str>, f64)]> {
        Arc::clone(&self.shares)
    }

    /// Counts of who is where are those of the sites that there are; what happened stays.
    fn recount(&mut self) {
        for (nth, kind) in self.total.kinds.iter_mut().enumerate() {
            (kind.clients, kind.at, kind.connections) = (0, [0; 2], [0; 2]);
            for counted in self.sites.values().filter_map(|crew| crew.census.kinds.get(nth)) {
                kind.clients += counted.clients;
                for (sum, part) in kind.at.iter_mut().zip(counted.at) {
                    *sum += part;
                }
                for (sum, part) in kind.connections.iter_mut().zip(counted.connections) {
                    *sum += part;
                }
            }
        }
    }

    /// A client of a site that has a hand free, and what it does. None when all that were tried are busy.
    pub(super) fn choose(
        &mut self,
        site: &Site,
        random: &mut fastrand::Rng,
        now: Duration,
    ) -> Option<(Sender, Plan<Open<C>>)> {
        let count = self.sites.get(site)?.members.len();
        for _ in 0..OTHERS.min(count) {
            let member = random.usize(..count);
            let born = self.sites.get(site)?.born;
            let kind = self.sites.get(site)?.members.get(member)?.kind;
            let sender = Sender { site: site.clone(), member, kind, born };
            let expired = self.with(&sender, |member, kind| member.client.expired(kind, now))?;
            for kept in expired {
                self.closed(&sender, kept.connection.side);
            }
            match self.with(&sender, |member, kind| member.client.plan(kind, now))? {
                Plan::Busy => {}
                plan => return Some((sender, plan)),
            }
        }
        None
    }

    /// Closes what rested too long.
    pub(super) fn sweep(&mut self, now: Duration) {
        let kinds: Vec<_> = self.mix.kinds().cloned().collect();
        for crew in self.sites.values_mut() {
            for member in crew.members.iter_mut().filter(|member| member.client.rests()) {
                let Some(kind) = kinds.get(member.kind) else { continue };
                for kept in member.client.expired(kind, now) {
                    crew.census.closed(member.kind, kept.connection.side);
                    self.total.closed(member.kind, kept.connection.side);
                }
            }
        }
    }

    /// Does something with a client, unless its site's clients are others by now.
    pub(super) fn client<T>(
        &mut self,
        sender: &Sender,
        act: impl FnOnce(&mut Client<Open<C>>, &super::kind::Kind) -> T,
    ) -> Option<T> {
        self.with(sender, |member, kind| act(&mut member.client, kind))
    }

    fn with<T>(
        &mut self,
        sender: &Sender,
        act: impl FnOnce(&mut Member<C>, &super::kind::Kind) -> T,
    ) -> Option<T> {
        let crew = self.sites.get_mut(&sender.site).filter(|crew| crew.born == sender.born)?;
        let kind = self.mix.kinds().nth(sender.kind)?;
        crew.members.get_mut(sender.member).map(|member| act(member, kind))
    }

    /// A client's request goes to a side now.
    pub(super) fn goes(&mut self, sender: &Sender, side: Option<Side>, now: Duration) {
        if let Some(from) = self.with(sender, |member, _| std::mem::replace(&mut member.at, side)) {
            self.count(sender, |census| census.went(sender.kind, from, side, now));
        }
    }

    /// A connection was opened.
    pub(super) fn opened(&mut self, sender: &Sender, side: Option<Side>) {
        self.count(sender, |census| census.opened(sender.kind, side));
    }

    /// A connection was closed.
    pub(super) fn closed(&mut self, sender: &Sender, side: Option<Side>) {
        self.count(sender, |census| census.closed(sender.kind, side));
    }

    /// DNS was asked.
    pub(super) fn asked(&mut self, sender: &Sender) {
        self.count(sender, |census| census.lookups += 1);
    }

    /// A request is over: its connection goes back, or is closed.
    pub(super) fn over(
        &mut self,
        sender: &Sender,
        side: Option<Side>,
        kept: bool,
        outcome: Result<Outcome, String>,
        connection: Option<Kept<Open<C>>>,
        now: Duration,
    ) {
        let used_up = self.with(sender, |member, kind| member.client.done(kind, connection, now)).flatten();
        if let Some(used_up) = used_up {
            self.closed(sender, used_up.connection.side);
        }
        match outcome {
            Ok(outcome) => self.count(sender, |census| census.over(sender.kind, side, kept, outcome)),
            Err(why) => self.count(sender, |census| {
                census.over(sender.kind, side, kept, Outcome::Failed);
                census.last_failure = Some(why.clone());
            }),
        }
    }

    fn count(&mut self, sender: &Sender, mut act: impl FnMut(&mut Census)) {
        if let Some(crew) = self.sites.get_mut(&sender.site).filter(|crew| crew.born == sender.born) {
            act(&mut crew.census);
            act(&mut self.total);
        }
    }

    /// Everybody's counts.
    pub(super) fn census(&self) -> &Census {
        &self.total
    }

    /// Follows the counts of each hostname, by the name it is switched under.
    pub(super) fn follow(&self, follower: &mut Follower, at: Duration) -> Facts {
        let mut hosts: BTreeMap<&Arc<str>, (f64, Cow<'_, Census>)> = BTreeMap::new();
        for crew in self.sites.values() {
            hosts
                .entry(&crew.hostname)
                .and_modify(|(share, census)| {
                    *share += crew.share;
                    census.to_mut().add(&crew.census);
                })
                .or_insert((crew.share, Cow::Borrowed(&crew.census)));
        }
        let hosts = hosts.iter().map(|(hostname, (share, census))| (*hostname, *share, &**census));
        follower.follow(at, &self.total, hosts)
    }

    /// Those of one host, whatever its ports.
    #[cfg(test)]
    pub(super) fn of_host(&self, host: &str) -> Option<Census> {
        let of_host = self.sites.iter().filter(|(site, _)| *site.host == *host).map(|(_, crew)| &crew.census);
        of_host.fold(None, |sum: Option<Census>, census| match sum {
            None => Some(census.clone()),
            Some(mut sum) => {
                sum.add(census);
                Some(sum)
            }
        })
    }
}

#[cfg(test)]
mod tests;
