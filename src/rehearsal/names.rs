//! The names of a rehearsal: the DNS server, where each hostname is on its journey, and what follows from the files.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use jiff::Timestamp;

use super::{
    DnsOptions, NameView, NamesView, Notice, Sides, Switch, Switched, Unswitched, Which, holder, record,
    sited::{Site, Sited},
};
use crate::{
    dns::{self, Counts, Hostname, Record, Share},
    resource::Problem,
    source::Edit,
    switch::{Done, Event, Journey, Pointing, Waves},
};

/// All names, and who answers for them.
pub(super) struct Names {
    server: dns::Server,
    ttl: u32,
    sited: Sited,
    /// Those that are gone too: when they come back they are where they were.
    known: BTreeMap<Hostname, Known>,
    view: Arc<[NameView]>,
}

/// What is kept of a hostname whatever the files say.
struct Known {
    journey: Arc<Journey>,
    counts: Arc<Counts>,
    /// Answers name both sides.
    alternates: bool,
}

/// A hostname whose journey would go on.
type Next = (Hostname, Arc<Journey>, Done);

/// An order that can be made: what would become of each hostname. Nothing was done yet.
pub(super) struct Ordered {
    nexts: Vec<Next>,
    /// Those that are left, and why.
    left: Vec<Switched>,
}

impl Names {
    /// Starts the server.
    ///
    /// # Errors
    /// An address that can not be bound, with who has it; a forwarder that is the server itself.
    pub(super) fn start(options: &DnsOptions) -> Result<Self, Problem> {
        if options.forward == Some(options.address) {
            let message = format!("DNS would forward to itself: {}", options.address);
            return Err(Problem::error("dns-address", message).fix("forward to another server"));
        }
        let server = dns::Server::start(dns::Options {
            address: options.address,
            forward: options.forward,
            random: fastrand::Rng::with_seed(options.seed),
        })
        .map_err(|error| not_bound(&error))?;
        Ok(Self {
            server,
            ttl: options.ttl,
            sited: Sited::default(),
            known: BTreeMap::new(),
            view: Arc::default(),
        })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Who is asked for other names.
    pub(super) fn forward(&self) -> Option<SocketAddr> {
        self.server.forward()
    }

    /// A hostname to ask for.
    pub(super) fn example(&self) -> Option<String> {
        let plain = self.sited.hosts.iter().filter(|(hostname, _)| !hostname.is_wildcard());
        // One that both sides have can be switched.
        let best = plain.clone().find(|(_, site)| site.old.served && site.new.served);
        let exact = best.or_else(|| plain.clone().next()).map(|(hostname, _)| hostname.to_string());
        exact.or_else(|| self.sited.hosts.keys().next().map(|hostname| format!("app.{}", hostname.apex())))
    }

    /// For who only reads.
    pub(super) fn reader(&self) -> dns::Reader {
        self.server.reader()
    }

    /// The hostname under which a host is switched, when both sides have it: its own, or one with a star.
    pub(super) fn at_both(&self, host: &str) -> Option<Arc<str>> {
        let named = |name: &str| self.sited.hosts.get_key_value(&name.parse::<Hostname>().ok()?);
        let mut above = host.match_indices('.').map(|(at, _)| format!("*{}", &host[at..]));
        let (hostname, site) = named(host).or_else(|| above.find_map(|name| named(&name)))?;
        (site.old.served && site.new.served).then(|| hostname.to_string().into())
    }

    /// Has answers about these hostnames name both sides, and about no others.
    pub(super) fn alternate(&mut self, which: impl Fn(&str) -> bool, at: Timestamp) {
        let mut changed = Vec::new();
        for (hostname, known) in &mut self.known {
            let alternates = which(&hostname.to_string());
            if std::mem::replace(&mut known.alternates, alternates) != alternates
                && let Some(site) = self.sited.hosts.get(hostname)
            {
                changed.push((hostname, record(site, known)));
            }
        }
        if !changed.is_empty() {
            self.server.publish(self.server.zones().with(changed, at));
            self.look();
        }
    }

    /// Questions since the start.
    pub(super) fn asked(&self) -> u64 {
        self.server.reader().totals().asked
    }

    /// Takes in which hostnames there are now, and where.
    pub(super) fn follow(&mut self, sited: Sited, at: Timestamp) {
        if sited == self.sited && self.server.zones().version() > 0 {
            return;
        }
        for (hostname, site) in &sited.hosts {
            if !self.known.contains_key(hostname) {
                // What is at the new side alone can not begin at the old one.
                let pointing = if site.old.served { Pointing::OLD } else { Pointing::NEW };
                let journey = Arc::new(Journey::new(pointing, self.ttl, Waves::default(), at));
                self.known
                    .insert(hostname.clone(), Known { journey, counts: Arc::default(), alternates: false });
            }
        }
        self.sited = sited;
        let records =
            self.sited.hosts.iter().filter_map(|(hostname, site)| {
                Some((hostname.clone(), record(site, self.known.get(hostname)?)))
            });
        self.server.publish(self.server.zones().next(&records.collect(), at));
        self.look();
    }

    /// What is wrong with the hostnames.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let strange = self.sited.strange.iter().map(|name| {
            Problem::warning("dns-hostname", format!("`{name}` is no DNS name and has no zone"))
                .fix("give it labels of 1 to 63 of a-z, 0-9 and inner `-`")
        });
        strange.collect()
    }

    /// Does what is ordered to all hostnames that are meant, in one step; or to none of them.
    ///
    /// # Errors
    /// Why, for each hostname that is in the way.
    #[cfg(test)]
    pub(super) fn switch(&mut self, order: &Switch, at: Timestamp) -> Result<Vec<Switched>, Vec<Unswitched>> {
        let ordered = self.ordered(order, at)?;
        Ok(self.make(ordered, at))
    }

    /// What an order would do; it does nothing yet.
    ///
    /// # Errors
    /// Why, for each hostname that is in the way.
    pub(super) fn ordered(&self, order: &Switch, at: Timestamp) -> Result<Ordered, Vec<Unswitched>> {
        let (mut nexts, mut left, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        let all: Vec<Hostname>;
        let wanted = match &order.which {
            Which::All => {
                all = self.sited.hosts.keys().cloned().collect();
                &all
            }
            Which::These(these) => these,
        };
        for hostname in wanted {
            match self.next(hostname, order, at) {
                Ok(next) => nexts.push(next),
                // Who said `all` meant those that can.
                Err(refused) if order.which == Which::All => {
                    if let Some(known) = self.known.get(hostname) {
                        left.push(Switched {
                            hostname: hostname.clone(),
                            done: Err(refused.message),
                            journey: Arc::clone(&known.journey),
                        });
                    }
                }
                Err(refused) => wrong.push(refused),
            }
        }
        if wrong.is_empty() { Ok(Ordered { nexts, left }) } else { Err(wrong) }
    }

    /// The edit that an order is, for the journal.
    pub(super) fn edit(&self, ordered: &Ordered) -> Edit {
        record::edit_of(
            ordered.nexts.iter().filter_map(|(hostname, next, _)| {
                Some((hostname, &*self.known.get(hostname)?.journey, &**next))
            }),
        )
    }

    /// Makes an order come true.
    pub(super) fn make(&mut self, ordered: Ordered, at: Timestamp) -> Vec<Switched> {
        let Ordered { nexts, left: mut told } = ordered;
        for (hostname, journey, done) in nexts {
            if let Some(known) = self.known.get_mut(&hostname) {
                known.journey = Arc::clone(&journey);
            }
            told.push(Switched { hostname, done: Ok(done), journey });
        }
        let changed = told.iter().filter(|one| !matches!(one.done, Ok(Done::Already) | Err(_)));
        let records: Vec<_> = changed
            .filter_map(|one| {
                let site = self.sited.hosts.get(&one.hostname)?;
                Some((&one.hostname, record(site, self.known.get(&one.hostname)?)))
            })
            .collect();
        if !records.is_empty() {
            self.server.publish(self.server.zones().with(records, at));
            self.look();
        }
        told.sort_by(|a, b| a.hostname.cmp(&b.hostname));
        told
    }

    fn next(&self, hostname: &Hostname, order: &Switch, at: Timestamp) -> Result<Next, Unswitched> {
        let refused = |message: String, fix: &str| Unswitched {
            hostname: hostname.clone(),
            message,
            fix: fix.to_owned(),
        };
        let (Some(site), Some(known)) = (self.sited.hosts.get(hostname), self.known.get(hostname)) else {
            return Err(refused(
                "no Ingress and no route has this hostname".to_owned(),
                "`cutover switch` without a hostname lists all",
            ));
        };
        let (journey, done) =
            known.journey.apply(order.event, at).map_err(|why| refused(why.to_string(), ""))?;
        if let Done::Pointed { to, .. } = done {
            let missing = [
                (to != Pointing::OLD && !site.new.served).then_some(("new", "old", &site.new)),
                (to != Pointing::NEW && !site.old.served).then_some(("old", "new", &site.old)),
            ];
            for (side, other, place) in missing.into_iter().flatten() {
                if place.addresses.is_empty() {
                    let message = format!("the {side} side has no address at all");
                    return Err(refused(message, "give it a listener that is served"));
                }
                if !order.force {
                    return Err(refused(
                        format!("only the {other} side serves it; at the {side} side it would not be found"),
                        "add it there, or use --force",
                    ));
                }
            }
        }
        Ok((hostname.clone(), Arc::new(journey), done))
    }

    /// What a face shows.
    pub(super) fn view(&self) -> NamesView {
        let zones = self.server.zones();
        NamesView {
            address: self.address(),
            forward: self.forward(),
            version: zones.version(),
            changed: zones.changed(),
            names: Arc::clone(&self.view),
            totals: self.server.reader().totals(),
        }
    }

    fn look(&mut self) {
        let one = |(hostname, site): (&Hostname, &Site)| {
            let known = self.known.get(hostname)?;
            Some(NameView {
                hostname: hostname.clone(),
                journey: Arc::clone(&known.journey),
                sides: Sides { old: site.old.served, new: site.new.served },
                old: site.old.addresses.clone(),
                new: site.new.addresses.clone(),
                alternates: known.alternates,
                counts: Arc::clone(&known.counts),
            })
        };
        self.view = self.sited.hosts.iter().filter_map(one).collect();
    }
}

impl Ordered {
    /// What it does, in one line.
    pub(super) fn summary(&self, event: Event) -> String {
        let changed: Vec<_> = self
            .nexts
            .iter()
            .filter(|(.., done)| *done != Done::Already)
            .map(|(name, journey, _)| (name, &**journey))
            .collect();
        record::summary(event, &changed)
    }
}

/// What is to be told of a hostname that was switched; nothing when it stayed.
pub(super) fn notice(switched: &Switched, at: Timestamp) -> Option<Notice> {
    let hostname = switched.hostname.to_string();
    match switched.done {
        Ok(Done::Pointed { to, moved_by, .. }) => Some(Notice::Switched { hostname, to, at, moved_by }),
        Ok(Done::Ttl { from, to, settled }) => Some(Notice::Note(format!(
            "TTL of {hostname}: {to} s, before {from} s; it counts from {settled} on"
        ))),
        Ok(Done::Marked | Done::Already) | Err(_) => None,
    }
}

impl Switch {
    /// Points there.
    pub fn point(which: Which, to: Pointing) -> Self {
        Self { which, event: Event::Point(to), force: false }
    }
}

fn record(site: &Site, known: &Known) -> Arc<Record> {
    let percent = if known.alternates { 50 } else { known.journey.pointing().percent() };
    Arc::new(Record {
        ttl: known.journey.ttl().seconds().min(Record::MAX_TTL),
        share: Share::new(percent).unwrap_or_default(),
        old: site.old.addresses.clone(),
        new: site.new.addresses.clone(),
        counts: Arc::clone(&known.counts),
    })
}

/// Why there is no DNS, with who has the port, and what would help.
fn not_bound(error: &dns::BindError) -> Problem {
    let dns::BindError { address, protocol, source } = error;
    let port = address.port();
    let (why, fix) = match source.kind() {
        std::io::ErrorKind::AddrInUse => {
            let over = if *protocol == "UDP" { holder::Over::Udp } else { holder::Over::Tcp };
            let held = holder::of(&[*address], over).into_iter().find_map(|(_, name)| name);
            let by = held.map(|name| format!(" by {name}")).unwrap_or_default();
            (
                format!("it is in use{by}"),
                "stop that program, give another port, or port 0 to have one chosen".to_owned(),
            )
        }
        std::io::ErrorKind::PermissionDenied if port < 1024 => (
            "this user may not listen below port 1024".to_owned(),
            format!(
                "give a higher one (`--dns {}:1053`), or `sudo setcap cap_net_bind_service=+ep` on this program",
                address.ip()
            ),
        ),
        std::io::ErrorKind::AddrNotAvailable => (
            "no interface of this machine has that address".to_owned(),
            "give one that `ip address` shows".to_owned(),
        ),
        _ => (source.to_string(), "give another address, or port 0 to have a port chosen".to_owned()),
    };
    Problem::error("dns-address", format!("DNS address {address} can not be bound over {protocol}: {why}"))
        .fix(fix)
}

#[cfg(test)]
mod tests;
