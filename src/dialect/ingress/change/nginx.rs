//! ingress-nginx's part: from the Ingresses that it takes to upstreams, servers, rules and hosts, step by step. Each step
//! makes again what the one before has touched, and touches the next only with what came out otherwise.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use imbl::{OrdMap, OrdSet};

use super::{
    claims::{Claims, Turn},
    hosts::{Brought, Hosts},
    index::{Index, Product, Source},
};
use crate::{
    dialect::{
        ingress::{
            Settings,
            certificate::Secrets,
            refuse::{self, Faults, Refusal},
            rule::Context,
            server::{self, Around, Built, Servers, Taken},
            table::{self, Named},
            upstream::{Name, Services, Upstream, Upstreams},
        },
        spread,
    },
    resource::Key,
    routing::HostPattern,
    world::World,
};

/// What things are made with.
pub(super) struct With<'w> {
    pub(super) world: &'w World,
    pub(super) settings: &'w Settings,
    pub(super) services: Services<'w>,
    pub(super) secrets: Secrets<'w>,
}

impl<'w> With<'w> {
    pub(super) fn new(world: &'w World, settings: &'w Settings) -> Self {
        let (services, secrets) = (Services::new(world, settings), Secrets::new(world));
        Self { world, settings, services, secrets }
    }
}

/// What has to be made again.
#[derive(Default)]
pub(super) struct Touched {
    /// Servers with all that is in them.
    pub(super) hosts: BTreeSet<Arc<str>>,
    /// Rules of servers that stay as they are otherwise.
    rules: BTreeSet<Arc<str>>,
    /// Upstreams.
    pub(super) upstreams: BTreeSet<Name>,
    /// Upstreams that may have other clients stay.
    sticky: BTreeSet<Name>,
    /// Canaries.
    pub(super) canaries: BTreeSet<Turn>,
}

/// Everything that ingress-nginx makes of the Ingresses that it takes.
#[derive(Clone, Debug, Default)]
pub(super) struct Nginx {
    pub(super) claims: Claims,
    /// Upstreams that no canary has joined yet.
    pub(super) bare: OrdMap<Name, Arc<Upstream>>,
    pub(super) upstreams: Upstreams,
    pub(super) built: OrdMap<Arc<str>, Arc<Built>>,
    pub(super) servers: Servers,
    pub(super) hosts: Hosts,
    /// Names for which a server has a certificate.
    secured: OrdSet<(HostPattern, Arc<str>)>,
    /// What nginx refuses of servers.
    faults: OrdMap<Arc<str>, Arc<Faults>>,
    /// Variables that snippets of a server set, for all servers.
    variables: OrdSet<(Arc<str>, Arc<str>)>,
}

/// A server with its rules, what they are made of, and what nginx refuses of it. Nothing at all: it is gone.
#[derive(Default)]
struct Rules {
    brought: Option<Brought>,
    sources: Vec<Source>,
    faults: Faults,
}

/// An Ingress before and after.
pub(super) type Moved = (Option<Arc<Taken>>, Option<Arc<Taken>>);

impl Nginx {
    /// From these Ingresses alone.
    pub(super) fn of(taken: impl IntoIterator<Item = Arc<Taken>>, with: &mut With<'_>) -> Self {
        let mut nginx = Self::default();
        let moved: Vec<Moved> = taken.into_iter().map(|taken| (None, Some(taken))).collect();
        nginx.change(&moved, &BTreeSet::new(), with, &mut Index::default());
        nginx
    }

    /// Takes in Ingresses and other objects that changed; whether what is served is another now.
    pub(super) fn change(
        &mut self,
        moved: &[Moved],
        objects: &BTreeSet<Key>,
        with: &mut With<'_>,
        index: &mut Index,
    ) -> bool {
        let mut touched = Touched::default();
        touched.hosts.extend((!self.built.contains_key("_")).then(|| "_".into()));
        for object in objects {
            for product in index.of(Source::Object(object.clone())) {
                match product {
                    Product::Upstream(name) => drop(touched.upstreams.insert(Arc::clone(name))),
                    Product::Server(host) => {
                        touched.hosts.insert(Arc::clone(host));
                        touched.rules.insert(Arc::clone(host));
                    }
                    Product::Ingress(_) | Product::Plain(_) | Product::Canary(_) => {}
                }
            }
        }
        let were_canaries = self.claims.all_are_canaries();
        self.claim(moved, &mut touched);
        if were_canaries != self.claims.all_are_canaries() {
            let all = self.claims.iter().filter(|(_, taken)| taken.annotations.canary.is_some());
            touched.canaries.extend(all.map(|(turn, _)| turn.clone()));
        }
        self.settle(&mut touched, index);
        let bases = self.bases(&mut touched, with, index);
        self.build(&mut touched, &bases, with, index);
        let bare = self.bare(bases, &touched);
        let joined = self.join(std::mem::take(&mut touched.canaries), bare, index);
        for product in joined.into_iter().flat_map(|name| index.of(Source::Upstream(name))) {
            if let Product::Server(host) = product {
                touched.rules.insert(Arc::clone(host));
            }
        }
        self.bring(touched.rules, with, index)
    }

    /// Puts Ingresses in their places and takes them out of the old ones.
    fn claim(&mut self, moved: &[Moved], touched: &mut Touched) {
        for (was, is) in moved {
            for (taken, is_new) in was.iter().map(|it| (it, false)).chain(is.iter().map(|it| (it, true))) {
                self.claims.change(taken, is_new, touched);
            }
        }
    }

    fn refuse(&mut self, host: &Arc<str>, faults: Faults) {
        if let Some(old) = self.faults.remove(host) {
            for name in &old.sets {
                self.variables.remove(&(Arc::clone(name), Arc::clone(host)));
            }
        }
        for name in &faults.sets {
            self.variables.insert((Arc::clone(name), Arc::clone(host)));
        }
        if !faults.is_empty() {
            self.faults.insert(Arc::clone(host), Arc::new(faults));
        }
    }

    /// Finds the hosts that have a server now and had none, or the other way round: who goes by that is touched.
    fn settle(&mut self, touched: &mut Touched, index: &Index) {
        let hosts: Vec<Arc<str>> = touched.hosts.iter().cloned().collect();
        for host in hosts {
            if self.claims.settle(&host) {
                touched.hosts.insert("_".into());
            }
            if self.claims.has_server(&host) == self.built.contains_key(&host) {
                continue;
            }
            self.restick(&host, touched);
            for product in index.of(Source::Host(host)) {
                if let Product::Server(other) = product {
                    touched.hosts.insert(Arc::clone(other));
                    touched.rules.insert(Arc::clone(other));
                }
            }
        }
    }

    /// What the touched upstreams are by themselves.
    fn bases(
        &self,
        touched: &mut Touched,
        with: &mut With<'_>,
        index: &mut Index,
    ) -> BTreeMap<Name, Option<Upstream>> {
        let mut bases = BTreeMap::new();
        for name in &touched.upstreams {
            let base = self.base(name, with);
            index.set(
                &Product::Upstream(Arc::clone(name)),
                with.services.asked().into_iter().map(Source::Object).collect(),
            );
            let is_canary = |upstream: &Upstream| upstream.canary.is_some();
            let was = self.bare.get(name).map(|upstream| is_canary(upstream));
            if was != base.as_ref().map(is_canary) {
                // Its paths become locations, or stop being some.
                touched.hosts.extend(self.claims.hosts_of(name));
            }
            bases.insert(Arc::clone(name), base);
        }
        bases
    }

    /// Builds servers.
    fn build(
        &mut self,
        touched: &mut Touched,
        bases: &BTreeMap<Name, Option<Upstream>>,
        with: &mut With<'_>,
        index: &mut Index,
    ) {
        for host in std::mem::take(&mut touched.hosts) {
            let claims = self.claims.server(&host);
            let (all, bare) = (&self.claims, &self.bare);
            let mut around = Around {
                has_server: &|name| all.has_server(name),
                is_canary: &|name| {
                    let upstream = match bases.get(name) {
                        Some(base) => base.as_ref(),
                        None => bare.get(name).map(|upstream| &**upstream),
                    };
                    upstream.is_some_and(|upstream| upstream.canary.is_some())
                },
                secrets: &mut with.secrets,
            };
            let new = server::build(&host, &claims, &mut around);
            let old = self.built.get(&host).cloned();
            if old.as_deref() == new.as_ref() {
                continue;
            }
            touched.rules.insert(Arc::clone(&host));
            self.secure(&host, [old.as_deref(), new.as_ref()], touched, index);
            let aliases = |built: Option<&Built>| built.map(|built| built.server.aliases.clone());
            let others = aliases(old.as_deref()) != aliases(new.as_ref());
            for product in index.of(Source::Host(Arc::clone(&host))) {
                if let Product::Canary(turn) = product {
                    touched.canaries.insert(turn.clone());
                }
            }
            if let Some(new) = new {
                self.servers.0.insert(Arc::clone(&host), Arc::clone(&new.server));
                self.built.insert(Arc::clone(&host), Arc::new(new));
            } else {
                self.servers.0.remove(&host);
                self.built.remove(&host);
            }
            if others {
                self.restick(&host, touched);
            }
        }
    }

    /// Notes the names for which the server of a host has a certificate; who goes by that is touched.
    fn secure(&mut self, host: &Arc<str>, built: [Option<&Built>; 2], touched: &mut Touched, index: &Index) {
        let [was, is] =
            built.map(|built| built.map(|built| table::secured(&built.server)).unwrap_or_default());
        for pattern in was.symmetric_difference(&is) {
            let place = (pattern.clone(), Arc::clone(host));
            if is.contains(pattern) {
                self.secured.insert(place);
            } else {
                self.secured.remove(&place);
            }
            for product in index.of(Source::Certificate(pattern.clone())) {
                if let Product::Server(other) = product {
                    touched.rules.insert(Arc::clone(other));
                }
            }
        }
    }

    fn is_secured(&self, pattern: &HostPattern) -> bool {
        let from = (pattern.clone(), Arc::from(""));
        self.secured.range(from..).next().is_some_and(|(other, _)| other == pattern)
    }

    /// Clients of a host stay under other names now.
    fn restick(&self, host: &str, touched: &mut Touched) {
        for claim in self.claims.server(host) {
            touched.sticky.extend(Claims::sticky(&claim));
        }
    }

    /// Makes clients stay; gives the upstreams that came out otherwise.
    fn bare(&mut self, bases: BTreeMap<Name, Option<Upstream>>, touched: &Touched) -> BTreeSet<Name> {
        let mut changed = BTreeSet::new();
        let again = touched.sticky.iter().filter(|name| !bases.contains_key(*name));
        let again: Vec<_> =
            again.map(|name| (Arc::clone(name), self.bare.get(name).map(|it| (**it).clone()))).collect();
        for (name, base) in bases.into_iter().chain(again) {
            let new = base.map(|mut upstream| {
                self.stick(&mut upstream);
                upstream
            });
            if self.bare.get(&name).map(|upstream| &**upstream) == new.as_ref() {
                continue;
            }
            match new {
                Some(new) => drop(self.bare.insert(Arc::clone(&name), Arc::new(new))),
                None => drop(self.bare.remove(&name)),
            }
            changed.insert(name);
        }
        changed
    }

    /// Compiles the rules of servers and puts them into the hosts; whether they came out otherwise.
    fn bring(&mut self, servers: BTreeSet<Arc<str>>, with: &With<'_>, index: &mut Index) -> bool {
        let context = |upstreams| {
            let entry = crate::dialect::ingress::entry();
            let mut context = Context::new(with.world, with.settings, upstreams, entry);
            // What it asked for itself belongs to everybody.
            drop(context.services.asked());
            context
        };
        self.hosts.unread.get_or_insert_with(|| Arc::new(context(&self.upstreams).plain()));
        let servers: Vec<Arc<str>> = servers.into_iter().collect();
        let compiled = spread(&servers, |servers| {
            let mut context = context(&self.upstreams);
            servers.iter().map(|host| Some(self.compile(self.built.get(host)?, &mut context))).collect()
        });
        let mut moved: BTreeSet<HostPattern> = BTreeSet::new();
        for (host, compiled) in servers.iter().zip(compiled) {
            let Rules { brought, sources, faults } = compiled.unwrap_or_default();
            self.refuse(host, faults);
            self.hosts.bring(host, brought, &mut moved);
            index.set(&Product::Server(Arc::clone(host)), sources);
        }
        for pattern in &moved {
            self.hosts.settle(pattern);
        }
        !moved.is_empty()
    }

    /// Compiles the rules of a server.
    fn compile(&self, built: &Built, context: &mut Context<'_, '_>) -> Rules {
        let server = &*built.server;
        let claims = if server.snippet.is_some() { self.claims.server(&server.host) } else { Vec::new() };
        let faults = refuse::of_server(server, &claims, context.settings);
        let (names, expressions) = table::named(context, server, &|name| self.is_secured(name));
        let mut sources: Vec<Source> = context.services.asked().into_iter().map(Source::Object).collect();
        sources.extend(built.secrets.iter().cloned().map(Source::Object));
        sources.extend(built.wanted.iter().map(|name| Source::Host(name.as_str().into())));
        for name in server.locations.iter().map(|location| &location.upstream) {
            let canary = self.upstreams.get(name).and_then(|upstream| upstream.alternatives.first());
            sources.extend([Some(name), canary].into_iter().flatten().cloned().map(Source::Upstream));
        }
        let securing = names.iter().flat_map(|named| table::securing(&named.pattern));
        sources.extend(securing.map(Source::Certificate));
        let mut www = None;
        if server.from_to_www {
            let other = server.other();
            let is_free = !self.built.contains_key(other.as_str());
            let pattern = HostPattern::parse_one_label(&other).ok().filter(|_| is_free);
            www = pattern.map(|pattern| Named {
                pattern,
                made: Arc::new(table::to_www(context, &server.host)),
                certificate: server.certificate.clone().filter(|_| server.certified.contains(&other)),
                client: None,
            });
            sources.push(Source::Host(other.into()));
        }
        Rules { brought: Some(Brought { names, www, expressions }), sources, faults }
    }

    /// Why nginx refuses the configuration.
    pub(super) fn refused(&self) -> Vec<Refusal> {
        let sets = |name: &Arc<str>| {
            let from = (Arc::clone(name), Arc::from(""));
            self.variables.range(from..).next().is_some_and(|(other, _)| other == name)
        };
        let all = self.faults.values().flat_map(|faults| &faults.all);
        let all = all.filter(|fault| !fault.variable.as_ref().is_some_and(sets)).map(|fault| &fault.refusal);
        // An Ingress of several hosts stands in each of them.
        let mut seen: HashSet<&Refusal> = HashSet::new();
        all.filter(|refusal| seen.insert(refusal)).cloned().collect()
    }

    /// What nginx goes on with from the start: without the Ingress at fault and all that came after it.
    pub(super) fn before_refusal(&self, with: &mut With<'_>) -> Option<Self> {
        let mut taken: Vec<Arc<Taken>> = self.claims.iter().map(|(_, taken)| Arc::clone(taken)).collect();
        let mut faults = self.refused();
        let mut before = None;
        while !faults.is_empty() {
            taken = refuse::before(taken, &faults);
            let nginx = Self::of(taken.iter().cloned(), with);
            faults = nginx.refused();
            before = Some(nginx);
        }
        before
    }
}
