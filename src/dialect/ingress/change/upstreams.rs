//! Upstreams: what the first Ingress says of them, who makes clients stay, and the canaries that join.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Nginx, With,
    claims::{Role, Turn, Use},
    index::{Index, Product, Source},
};
use crate::{
    dialect::ingress::{
        annotation::Affinity,
        canary::joins,
        object::BackendSpec,
        server::{Taken, host_of},
        upstream::{self, Name, Upstream},
    },
    resource::{Key, Kind},
};

impl Nginx {
    /// An upstream as the Ingress that counts has it: the last with this default backend, else the first with a path
    /// that leads to it.
    pub(super) fn base(&self, name: &Name, with: &mut With<'_>) -> Option<Upstream> {
        let taken = |one: &Use| Arc::clone(&one.taken);
        let default = self.claims.uses(name, Role::Default).next_back().map(taken);
        if let Some(taken) = default {
            return of(name, &taken, taken.ingress.default_backend.as_ref()?, with);
        }
        let first = self.claims.uses(name, Role::Path).next()?;
        let (rule, path) = *first.paths.first()?;
        let backend = &first.taken.ingress.rules.get(rule)?.paths.as_ref()?.get(path)?.backend;
        of(name, &first.taken, backend, with)
    }

    /// Whose answers set the cookie of an upstream, over all hosts; nothing of it counts for a canary.
    pub(super) fn stick(&self, upstream: &mut Upstream) {
        (upstream.affinity, upstream.sticky) = (Affinity::default(), false);
        upstream.cookie_locations = Vec::new();
        if upstream.canary.is_some() {
            return;
        }
        for Use { taken, paths } in self.claims.uses(&upstream.name, Role::Sticky) {
            let affinity = &taken.annotations.affinity;
            for (rule, path) in paths.iter().copied() {
                let Some(rule) = taken.ingress.rules.get(rule) else { continue };
                let Some(path) = rule.paths.iter().flatten().nth(path) else { continue };
                if !upstream.sticky {
                    upstream.sticky = true;
                    upstream.affinity.mode = affinity.mode;
                }
                upstream.affinity.cookie.clone_from(&affinity.cookie);
                let host = host_of(&rule.host);
                let known = if self.built.contains_key(&host) { &*host } else { "_" };
                let aliases = self.built.get(known).into_iter().flat_map(|built| &built.server.aliases);
                for name in [known].into_iter().chain(aliases.map(String::as_str)) {
                    upstream.cookie_locations.push((name.to_owned(), path.path.clone()));
                }
            }
        }
    }

    /// Lets those canaries join that are touched, or meet what is; gives the upstreams that are others now.
    pub(super) fn join(
        &mut self,
        mut canaries: BTreeSet<Turn>,
        bare: BTreeSet<Name>,
        index: &mut Index,
    ) -> BTreeSet<Name> {
        let mut names = BTreeSet::new();
        let mut new: Vec<Name> = bare.into_iter().collect();
        let mut waiting: Vec<Turn> = canaries.iter().cloned().collect();
        // Whoever shares an upstream with one that joins anew joins anew too.
        while !waiting.is_empty() || !new.is_empty() {
            for turn in std::mem::take(&mut waiting) {
                let product = Product::Canary(turn.clone());
                let upstreams = index.sources(&product).iter().filter_map(|source| match source {
                    Source::Upstream(name) => Some(Arc::clone(name)),
                    Source::Object(_) | Source::Host(_) | Source::Certificate(_) => None,
                });
                new.extend(upstreams);
                let sources = self.claims.get(&turn).map(|taken| self.meets(taken)).unwrap_or_default();
                new.extend(sources.iter().filter_map(|source| match source {
                    Source::Upstream(name) => Some(Arc::clone(name)),
                    Source::Object(_) | Source::Host(_) | Source::Certificate(_) => None,
                }));
                index.set(&product, sources);
            }
            for name in std::mem::take(&mut new) {
                if !names.insert(Arc::clone(&name)) {
                    continue;
                }
                for product in index.of(Source::Upstream(name)) {
                    let Product::Canary(turn) = product else { continue };
                    if canaries.insert(turn.clone()) {
                        waiting.push(turn.clone());
                    }
                }
            }
        }
        let mut pool: BTreeMap<Name, Upstream> = BTreeMap::new();
        let bare = |name: &Name| Some((Arc::clone(name), (**self.bare.get(name)?).clone()));
        pool.extend(names.iter().filter_map(bare));
        if !self.claims.all_are_canaries() {
            let taken = canaries.iter().filter_map(|turn| self.claims.get(turn));
            for taken in taken.filter(|taken| taken.annotations.canary.is_some()) {
                for join in joins(taken) {
                    if let Some(built) = self.built.get(&join.host) {
                        join.run(taken, &built.spots, &mut pool);
                    }
                }
            }
        }
        names.retain(|name| match (pool.remove(name), self.upstreams.0.get(name)) {
            (None, None) => false,
            (Some(new), Some(old)) if **old == new => false,
            (Some(new), _) => {
                self.upstreams.0.insert(Arc::clone(name), Arc::new(new));
                true
            }
            (None, Some(_)) => {
                self.upstreams.0.remove(name);
                true
            }
        });
        names
    }

    /// What a canary looks at.
    fn meets(&self, taken: &Taken) -> Vec<Source> {
        let mut sources = Vec::new();
        if taken.annotations.canary.is_none() {
            return sources;
        }
        for join in joins(taken) {
            let spots = self.built.get(&join.host).map(|built| &*built.spots).unwrap_or_default();
            sources.extend(join.mains(spots).map(|name| Source::Upstream(Arc::clone(name))));
            sources.push(Source::Host(join.host));
            sources.push(Source::Upstream(join.name));
        }
        sources
    }
}

fn of(name: &Name, taken: &Taken, backend: &BackendSpec, with: &mut With<'_>) -> Option<Upstream> {
    let Taken { ingress, annotations } = taken;
    let BackendSpec::Service { name: service, port } = backend else { return None };
    let namespace = &ingress.key.namespace;
    debug_assert_eq!(upstream::name(namespace, backend).as_ref(), Some(name), "an upstream of another name");
    let service = Key::new(Kind::Service, Arc::clone(namespace), service.as_str());
    let (id, alive) = with.services.resolve(&service, port);
    Some(Upstream {
        name: Arc::clone(name),
        service,
        port: port.clone(),
        id,
        alive,
        canary: annotations.canary.clone(),
        affinity: Affinity::default(),
        sticky: false,
        cookie_locations: Vec::new(),
        hash: annotations.upstream_hash.clone(),
        balance: annotations.load_balance.or(with.settings.load_balance),
        alternatives: Vec::new(),
    })
}
