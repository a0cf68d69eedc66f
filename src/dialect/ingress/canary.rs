//! Canaries: each joins the upstreams of the paths that it shares with others.

use std::sync::Arc;

use super::{
    annotation::CanaryBehavior,
    object::PathKind,
    server::{Builder, Taken},
    upstream::{self, DEFAULT, Name},
};

/// Joins all canaries; one that finds nothing to join goes, and nobody ever hears of it.
pub(super) fn merge(builder: &mut Builder<'_>, all: &[Arc<Taken>]) {
    let canaries: Vec<_> = all.iter().filter(|taken| taken.annotations.canary.is_some()).collect();
    if canaries.len() == all.len() {
        return;
    }
    for taken in canaries {
        let ingress = &taken.ingress;
        if let Some(backend) = &ingress.default_backend
            && let Some(name) = upstream::name(&ingress.key.namespace, backend)
        {
            join(builder, taken, &name, "_", None);
        }
        for rule in &ingress.rules {
            let host = if rule.host.is_empty() { "_" } else { &rule.host };
            for path in rule.paths.iter().flatten() {
                if let Some(name) = upstream::name(&ingress.key.namespace, &path.backend) {
                    join(builder, taken, &name, host, Some((&path.path, path.kind == PathKind::Exact)));
                }
            }
        }
    }
}

/// Joins one upstream to those of a host's locations, of one path or of all.
fn join(builder: &mut Builder<'_>, taken: &Taken, name: &Name, host: &str, path: Option<(&str, bool)>) {
    if builder.upstreams.get(name).is_none() {
        return;
    }
    let Some(server) = builder.servers.get(host) else { return };
    let mut merged = false;
    let mut is_primary = false;
    let primaries: Vec<(Name, bool)> = server
        .locations
        .iter()
        .map(|location| {
            let same = path.is_none_or(|(text, exact)| location.path == text && location.exact == exact);
            (Arc::clone(&location.upstream), same)
        })
        .collect();
    for (primary, same) in primaries {
        if builder.upstreams.get(&primary).is_none() {
            continue;
        }
        is_primary = primary == *name;
        if is_primary {
            break;
        }
        let open = builder.upstreams.get(&primary).is_some_and(|it| it.canary.is_none());
        if same && open && *primary != *DEFAULT {
            merged = true;
            add(builder, taken, &primary, name);
        }
    }
    if !merged && !is_primary {
        builder.upstreams.0.remove(name);
    }
}

fn add(builder: &mut Builder<'_>, taken: &Taken, primary: &Name, name: &Name) {
    let Some(main) = builder.upstreams.get_mut(primary) else { return };
    if main.alternatives.contains(name) {
        return;
    }
    main.alternatives.push(Arc::clone(name));
    let (affinity, sticky, locations) = (main.affinity.clone(), main.sticky, main.cookie_locations.clone());
    if taken.annotations.affinity.canary != CanaryBehavior::Legacy
        && let Some(canary) = builder.upstreams.get_mut(name)
    {
        canary.affinity = affinity;
        canary.sticky = sticky;
        canary.cookie_locations = locations;
    }
}
