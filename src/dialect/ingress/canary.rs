//! Canaries: each joins the upstreams of the paths that it shares with others.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    annotation::CanaryBehavior,
    object::PathKind,
    server::{Spot, Taken, host_of},
    upstream::{self, DEFAULT, Name, Upstream},
};

/// One backend of a canary, which looks for a main one on a host: at one path, or at all.
pub(super) struct Join<'t> {
    pub(super) name: Name,
    pub(super) host: Arc<str>,
    path: Option<(&'t str, bool)>,
}

/// What a canary tries to join, in its order.
pub(super) fn joins(taken: &Taken) -> Vec<Join<'_>> {
    let ingress = &taken.ingress;
    let name = |backend| upstream::name(&ingress.key.namespace, backend);
    let mut all = Vec::new();
    if let Some(name) = ingress.default_backend.as_ref().and_then(name) {
        all.push(Join { name, host: "_".into(), path: None });
    }
    for rule in &ingress.rules {
        let host = host_of(&rule.host);
        for path in rule.paths.iter().flatten() {
            let Some(name) = name(&path.backend) else { continue };
            let path = Some((path.path.as_str(), path.kind == PathKind::Exact));
            all.push(Join { name, host: Arc::clone(&host), path });
        }
    }
    all
}

impl Join<'_> {
    /// The upstreams that it may join, each as often as the host has it.
    pub(super) fn mains<'s>(&self, spots: &'s [Spot]) -> impl Iterator<Item = &'s Name> {
        let here =
            |spot: &&Spot| self.path.is_none_or(|(path, exact)| spot.path == path && spot.exact == exact);
        spots.iter().filter(here).map(|spot| &spot.upstream).filter(|name| ***name != *DEFAULT)
    }

    /// Joins. When it finds nothing to join the upstream goes, and nobody ever hears of it. `pool` holds all upstreams
    /// that this and other canaries may join, and their own.
    pub(super) fn run(&self, taken: &Taken, spots: &[Spot], pool: &mut BTreeMap<Name, Upstream>) {
        if !pool.contains_key(&self.name) {
            return;
        }
        // Where the host has the upstream itself, nothing behind that place is looked at.
        let own = spots.iter().position(|spot| spot.upstream == self.name);
        let mut merged = false;
        for main in self.mains(spots.get(..own.unwrap_or(spots.len())).unwrap_or_default()) {
            if pool.get(main).is_some_and(|main| main.canary.is_none()) {
                merged = true;
                add(pool, taken, main, &self.name);
            }
        }
        if !merged && own.is_none() {
            pool.remove(&self.name);
        }
    }
}

fn add(pool: &mut BTreeMap<Name, Upstream>, taken: &Taken, main: &Name, name: &Name) {
    let Some(main) = pool.get_mut(main) else { return };
    if main.alternatives.contains(name) {
        return;
    }
    main.alternatives.push(Arc::clone(name));
    let (affinity, sticky, locations) = (main.affinity.clone(), main.sticky, main.cookie_locations.clone());
    if taken.annotations.affinity.canary != CanaryBehavior::Legacy
        && let Some(canary) = pool.get_mut(name)
    {
        canary.affinity = affinity;
        canary.sticky = sticky;
        canary.cookie_locations = locations;
    }
}
