//! Which Ingresses a server and an upstream are made of, in the controller's order.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use imbl::{OrdMap, OrdSet};

use super::nginx::Touched;
use crate::dialect::ingress::{
    object::Ingress,
    server::{Taken, host_of},
    upstream::{self, Name},
};

/// The place of an Ingress in the controller's order: the oldest first, of one age the greater `namespace/name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::dialect::ingress) struct Turn(i64, Reverse<Arc<str>>);

impl Turn {
    pub(in crate::dialect::ingress) fn of(ingress: &Ingress) -> Self {
        let created = ingress.created.map_or(i64::MAX, |time| time.div_euclid(1_000_000));
        Self(created, Reverse(ingress.key.path().into()))
    }
}

/// Rules of an Ingress that belong to one host. None at all: the Ingress has only a default backend.
#[derive(Clone, Debug)]
pub(in crate::dialect::ingress) struct Claim {
    pub(in crate::dialect::ingress) taken: Arc<Taken>,
    /// Positions in its `rules`.
    pub(in crate::dialect::ingress) rules: Arc<[usize]>,
}

/// Paths of an Ingress that lead to one upstream: positions of rule and path.
#[derive(Clone, Debug)]
pub(super) struct Use {
    pub(super) taken: Arc<Taken>,
    pub(super) paths: Arc<[(usize, usize)]>,
}

/// What an upstream is to an Ingress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// Its default backend.
    Default,
    /// The backend of a path.
    Path,
    /// The same, with a cookie that makes clients stay.
    Sticky,
}

/// All Ingresses that the controller takes.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims {
    order: OrdMap<Turn, Arc<Taken>>,
    hosts: OrdMap<(Arc<str>, Turn), Claim>,
    uses: OrdMap<(Name, Role, Turn), Use>,
    /// Hosts that only canaries name: no server is made for them.
    orphans: OrdSet<Arc<str>>,
    /// How many are no canaries.
    mains: usize,
}

impl Claims {
    /// Adds an Ingress or takes it out; what it names is touched.
    pub(super) fn change(&mut self, taken: &Arc<Taken>, is_new: bool, touched: &mut Touched) {
        let turn = Turn::of(&taken.ingress);
        let is_canary = taken.annotations.canary.is_some();
        if is_new {
            self.order.insert(turn.clone(), Arc::clone(taken));
            self.mains += usize::from(!is_canary);
        } else {
            self.order.remove(&turn);
            self.mains -= usize::from(!is_canary);
        }
        if is_canary {
            touched.canaries.insert(turn.clone());
        }
        for (host, rules) in hosts(&taken.ingress) {
            let at = (Arc::clone(&host), turn.clone());
            touched.hosts.insert(host);
            if is_new {
                self.hosts.insert(at, Claim { taken: Arc::clone(taken), rules: rules.into() });
            } else {
                self.hosts.remove(&at);
            }
        }
        for ((name, role), paths) in uses(taken) {
            let at = (Arc::clone(&name), role, turn.clone());
            touched.upstreams.insert(name);
            if is_new {
                self.uses.insert(at, Use { taken: Arc::clone(taken), paths: paths.into() });
            } else {
                self.uses.remove(&at);
            }
        }
    }

    /// Notes whether a host has a server; gives whether it had or has claims without one.
    pub(super) fn settle(&mut self, host: &Arc<str>) -> bool {
        let is_orphan = **host != *"_" && !self.has_server(host) && self.of(host).next().is_some();
        if is_orphan {
            self.orphans.insert(Arc::clone(host));
            return true;
        }
        self.orphans.remove(host).is_some()
    }

    /// Whether somebody makes a server of this host.
    pub(super) fn has_server(&self, host: &str) -> bool {
        *host == *"_" || self.of(host).any(|claim| claim.taken.annotations.canary.is_none())
    }

    /// Who names a host, in order.
    pub(super) fn of(&self, host: &str) -> impl Iterator<Item = &Claim> {
        let host: Arc<str> = host.into();
        let from = (Arc::clone(&host), Turn(i64::MIN, Reverse("".into())));
        // `Reverse`: of the least age the greatest name goes first, and there is no greatest; ages are not so small.
        let all = self.hosts.range(from..).take_while(move |((other, _), _)| *other == host);
        all.map(|(_, claim)| claim)
    }

    /// All that the server of a host is made of, in order. The catch-all has what nobody else has, too.
    pub(super) fn server(&self, host: &str) -> Vec<Claim> {
        if *host != *"_" || self.orphans.is_empty() {
            return self.of(host).cloned().collect();
        }
        let mut all: BTreeMap<Turn, Claim> = BTreeMap::new();
        for claim in self.of(host).chain(self.orphans.iter().flat_map(|orphan| self.of(orphan))) {
            let known = all.entry(Turn::of(&claim.taken.ingress));
            known
                .and_modify(|known| {
                    let mut rules: Vec<usize> = known.rules.iter().chain(&*claim.rules).copied().collect();
                    rules.sort_unstable();
                    known.rules = rules.into();
                })
                .or_insert_with(|| claim.clone());
        }
        all.into_values().collect()
    }

    /// Who uses an upstream so, in order.
    pub(super) fn uses(&self, name: &Name, role: Role) -> impl DoubleEndedIterator<Item = &Use> {
        let from = (Arc::clone(name), role, Turn(i64::MIN, Reverse("".into())));
        let to = (Arc::clone(name), role, Turn(i64::MAX, Reverse("".into())));
        self.uses.range(from..=to).map(|(_, one)| one)
    }

    /// The hosts with paths that lead to an upstream, and the catch-all, which has those of hosts without a server.
    pub(super) fn hosts_of(&self, name: &Name) -> BTreeSet<Arc<str>> {
        let mut hosts = BTreeSet::from(["_".into()]);
        for Use { taken, paths } in self.uses(name, Role::Path) {
            let rules = paths.iter().filter_map(|(rule, _)| taken.ingress.rules.get(*rule));
            hosts.extend(rules.map(|rule| host_of(&rule.host)));
        }
        hosts
    }

    /// The upstreams of a claim whose clients are made to stay.
    pub(super) fn sticky(claim: &Claim) -> impl Iterator<Item = Name> {
        let Taken { ingress, annotations } = &*claim.taken;
        let rules = claim.rules.iter().filter(|_| annotations.affinity.cookie.is_some());
        let paths = rules.filter_map(|at| ingress.rules.get(*at)?.paths.as_ref()).flatten();
        paths.filter_map(|path| upstream::name(&ingress.key.namespace, &path.backend))
    }

    /// An Ingress by its place.
    pub(super) fn get(&self, turn: &Turn) -> Option<&Arc<Taken>> {
        self.order.get(turn)
    }

    /// All, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Turn, &Arc<Taken>)> {
        self.order.iter()
    }

    /// Whether there are but canaries: then none of them joins anything.
    pub(super) fn all_are_canaries(&self) -> bool {
        self.mains == 0
    }
}

/// The hosts of an Ingress, each with its rules.
fn hosts(ingress: &Ingress) -> BTreeMap<Arc<str>, Vec<usize>> {
    let mut hosts: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
    for (at, rule) in ingress.rules.iter().enumerate() {
        hosts.entry(host_of(&rule.host)).or_default().push(at);
    }
    if ingress.rules.is_empty() && ingress.default_backend.is_some() {
        hosts.insert("_".into(), Vec::new());
    }
    hosts
}

/// The upstreams of an Ingress, each with its paths.
fn uses(taken: &Taken) -> BTreeMap<(Name, Role), Vec<(usize, usize)>> {
    let Taken { ingress, annotations } = taken;
    let mut uses: BTreeMap<(Name, Role), Vec<(usize, usize)>> = BTreeMap::new();
    let name = |backend| upstream::name(&ingress.key.namespace, backend);
    if let Some(name) = ingress.default_backend.as_ref().and_then(name) {
        uses.insert((name, Role::Default), Vec::new());
    }
    for (at, rule) in ingress.rules.iter().enumerate() {
        for (n, path) in rule.paths.iter().flatten().enumerate() {
            let Some(name) = name(&path.backend) else { continue };
            if annotations.affinity.cookie.is_some() {
                uses.entry((Arc::clone(&name), Role::Sticky)).or_default().push((at, n));
            }
            uses.entry((name, Role::Path)).or_default().push((at, n));
        }
    }
    uses
}
