//! Canaries and sticky sessions.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{
    Finder, Sample, Trap,
    scene::{Draft, Scene, Spot, annotation, spots, told},
};
use crate::{
    dialect::ingress::{
        BackendSpec, Taken, Upstream,
        annotation::{
            Canary, CanaryBehavior,
            known::{KNOWN, Scope},
        },
    },
    resource::{Key, Severity},
};

pub(super) const TRAPS: &[Trap] = &[
    Trap::new(
        "B9",
        "trap-b9",
        Severity::Warning,
        "a canary asks the header, then the cookie, then the weight",
        precedence,
        "write a rule for each: header `always`, header `never`, cookie `always`, cookie `never`, and the weights last",
    ),
    Trap::new(
        "B10",
        "trap-b10",
        Severity::Warning,
        "canary-weight-total",
        total,
        "weights of Gateway API have no total: write both Services with their shares",
    ),
    Trap::new(
        "B11",
        "trap-b11",
        Severity::Warning,
        "a canary that is not what it looks like",
        ineffective,
        "take out what has no effect; write the route as the old side really behaves, or as it was meant",
    ),
    Trap::new(
        "B12",
        "trap-b12",
        Severity::Warning,
        "who is sticky stays, whatever the canary's weight says",
        sticky_canary,
        "weights of Gateway API are drawn for each request: a share of 10 is 10 of all requests, not of new sessions",
    ),
    Trap::new(
        "B13",
        "trap-b13",
        Severity::Warning,
        "sticky sessions begin anew at the move",
        sticky,
        "move when few sessions are open; use the route's sessionPersistence (experimental) or a policy",
    ),
];

/// A canary, and the main path that it joined.
type Joined<'s> = (&'s Taken, &'s Canary, Option<(Spot<'s>, &'s Upstream)>);

/// All canaries.
fn joined<'s>(scene: &Scene<'s>) -> Vec<Joined<'s>> {
    let mut mains: HashMap<(&str, &str), Spot<'s>> = HashMap::new();
    for server in scene.servers() {
        for spot in spots(server) {
            if scene.upstream(spot.location).is_some_and(|upstream| !upstream.alternatives.is_empty()) {
                mains.insert((&server.host, &spot.path.path), spot);
            }
        }
    }
    let mut all = Vec::new();
    for taken in scene.taken() {
        let Some(canary) = &taken.annotations.canary else { continue };
        let namespace = &taken.ingress.key.namespace;
        let main = taken.ingress.rules.iter().find_map(|rule| {
            let host = if rule.host.is_empty() { "_" } else { rule.host.as_str() };
            rule.paths.iter().flatten().find_map(|path| {
                let spot = mains.get(&(host, path.path.as_str()))?;
                let upstream = scene.upstream(spot.location)?;
                let BackendSpec::Service { name, port } = &path.backend else { return None };
                let own = format!("{namespace}-{name}-{port}");
                upstream.alternatives.iter().any(|other| **other == *own).then_some((*spot, upstream))
            })
        });
        all.push((&**taken, canary, main));
    }
    all
}

fn precedence(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for (taken, canary, main) in joined(scene) {
        let Some((spot, _)) = main else { continue };
        let key = &taken.ingress.key;
        finder.add(Some(&spot.server.host), || {
            let mut request = spot.plain();
            let (name, value) = match (&canary.header, &canary.cookie) {
                (Some(header), _) => {
                    request.headers.push((header.clone(), "something-else".to_owned()));
                    ("canary-by-header", format!("{header}: something-else"))
                }
                (None, Some(cookie)) => {
                    request.headers.push(("Cookie".to_owned(), format!("{cookie}=something-else")));
                    ("canary-by-cookie", format!("{cookie}=something-else"))
                }
                (None, None) => return None,
            };
            let found = scene.ask(&request);
            let shares: Vec<String> = found
                .backends
                .iter()
                .map(|one| format!("{} {:.0} %", one.backend.name, one.share * 100.0))
                .collect();
            let by = match (&canary.header_value, &canary.header_pattern) {
                (Some(value), _) => format!("only the value `{value}` is sent to the canary"),
                (None, Some(pattern)) => {
                    format!("a value in which `{pattern}` is found anywhere is sent to the canary (PCRE, not whole)")
                }
                (None, None) => "only `always` and `never` decide".to_owned(),
            };
            (!shares.is_empty()).then(|| {
                let message = format!(
                    "`{value}` decides nothing and falls through to what is next ({}); {by}; a single match of an HTTPRoute \
                     says less",
                    shares.join(", "),
                );
                Draft::new(key, message).field(annotation(&scene.settings, name)).shown(request)
            })
        });
    }
}

fn total(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let name = format!("{}/canary-weight-total", scene.settings.flags.annotations_prefix);
    for (taken, canary, main) in joined(scene) {
        let Some(written) = taken.ingress.annotations.get(&name) else { continue };
        let Some((spot, _)) = main else { continue };
        finder.add(Some(&spot.server.host), || {
            let request = spot.plain();
            let found = scene.ask(&request);
            let ignored = written.trim() != canary.total.to_string();
            let counts = if ignored { "less than 100, so 100 counts" } else { "it counts" };
            let share = found.backends.get(1).map_or(0.0, |one| one.share * 100.0);
            let message = format!(
                "the total `{written}`: {counts}; {} of {} is {share:.1} % of requests",
                canary.weight, canary.total
            );
            let field = annotation(&scene.settings, "canary-weight-total");
            Some(Draft::new(&taken.ingress.key, message).field(field).shown(request))
        });
    }
}

/// Annotations that count on a canary's Ingress.
const OF_CANARIES: &[&str] = &[
    "load-balance",
    "upstream-hash-by",
    "upstream-hash-by-subset",
    "upstream-hash-by-subset-size",
    "affinity",
    "affinity-mode",
    "affinity-canary-behavior",
    "service-upstream",
];

fn ineffective(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    swallowed(scene, finder);
    let prefix = &scene.settings.flags.annotations_prefix;
    let shared = sharing(scene);
    for (taken, _, main) in joined(scene) {
        let key = &taken.ingress.key;
        let host = taken.ingress.rules.first().map_or("_", |rule| rule.host.as_str());
        let field = || annotation(&scene.settings, "canary");
        let Some((spot, upstream)) = main else {
            let host = if host.is_empty() { "_" } else { host };
            if let Some(spot) = scene.spot_of(key) {
                finder.add(Some(&spot.server.host), || own_path(scene, spot));
                continue;
            }
            finder.tell(
                Some(&host.into()),
                Draft::new(
                    key,
                    format!(
                        "no main Ingress has this host with the same path and path type, so the canary joins nothing and \
                         {host} gets no request of it",
                    ),
                )
                .field(field()),
            );
            continue;
        };
        let own = |name: &str| upstream.alternatives.iter().position(|other| **other == *name);
        let place =
            taken.ingress.rules.iter().flat_map(|rule| rule.paths.iter().flatten()).find_map(|path| {
                let BackendSpec::Service { name, port } = &path.backend else { return None };
                own(&format!("{}-{name}-{port}", key.namespace))
            });
        if place.is_some_and(|place| place > 0) {
            finder.add(Some(&spot.server.host), || {
                let request = spot.plain();
                let message = format!(
                    "{} canaries share the path {}, and only the first that was merged works: this one gets nothing ({})",
                    upstream.alternatives.len(),
                    spot.path.path,
                    told(&scene.ask(&request)),
                );
                Some(Draft::new(key, message).field(field()).shown(request))
            });
        }
        let dead: Vec<&str> = KNOWN
            .iter()
            .filter(|known| !known.name.starts_with("canary") && !OF_CANARIES.contains(&known.name))
            .filter(|known| matches!(known.scope, Scope::Location | Scope::Server | Scope::Backend))
            .filter(|known| taken.ingress.annotations.contains_key(&format!("{prefix}/{}", known.name)))
            .map(|known| known.name)
            .collect();
        if let Some(first) = dead.first() {
            finder.add(Some(&spot.server.host), || {
                let request = spot.plain();
                let message = format!(
                    "{} on a canary {} no effect: requests that reach it are treated as {} says",
                    dead.join(", "),
                    if dead.len() == 1 { "has" } else { "have" },
                    spot.key().path(),
                );
                Some(Draft::new(key, message).field(annotation(&scene.settings, first)).shown(request))
            });
        }
        // Weights belong to the Service: other hosts that lead to it share the canary.
        let others = shared.get(&*upstream.name).into_iter().flatten();
        if let Some(other) = others.copied().find(|other| other.server.host != spot.server.host) {
            finder.add(Some(&spot.server.host), || {
                let request = other.plain();
                let found = scene.ask(&request);
                (found.backends.len() > 1).then(|| {
                    let message = format!(
                        "{} has no canary of its own, and gets this one: both hosts lead to {}, port {}",
                        other.server.host, upstream.service, upstream.port,
                    );
                    Draft::new(key, message).field(field()).shown(request)
                })
            });
        }
    }
}

/// A path whose Service is that of an older canary: the controller gives it no location.
fn swallowed(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let canaries: HashSet<&str> = scene
        .compiled
        .upstreams
        .iter()
        .filter(|upstream| upstream.canary.is_some())
        .map(|upstream| &*upstream.name)
        .collect();
    if canaries.is_empty() {
        return;
    }
    for taken in scene.taken().filter(|taken| taken.annotations.canary.is_none()) {
        let key = &taken.ingress.key;
        for (at, rule) in taken.ingress.rules.iter().enumerate() {
            for (n, path) in rule.paths.iter().flatten().enumerate() {
                let BackendSpec::Service { name, port } = &path.backend else { continue };
                if !canaries.contains(&*format!("{}-{name}-{port}", key.namespace)) {
                    continue;
                }
                let host: Arc<str> =
                    if rule.host.is_empty() { "_".into() } else { rule.host.as_str().into() };
                finder.add(Some(&host), || {
                    let request = Sample {
                        method: "GET",
                        scheme: if taken.ingress.tls.is_empty() { "http" } else { "https" },
                        host: match &*rule.host {
                            "" => "any.example".to_owned(),
                            host => host.replace('*', "any"),
                        },
                        path: path.path.clone(),
                        headers: Vec::new(),
                    };
                    let message = format!(
                        "an older canary names Service {}/{name}, port {port}, so the controller takes this path for a canary's \
                         and serves it not: `{}` answers {}",
                        key.namespace,
                        request.path,
                        told(&scene.ask(&request)),
                    );
                    let field = format!("spec.rules[{at}].http.paths[{n}].backend");
                    Some(Draft::new(key, message).field(field).shown(request).severity(Severity::Error))
                });
            }
        }
    }
}

/// A canary whose Service another Ingress names too: for the controller it is none.
fn own_path(scene: &Scene<'_>, spot: Spot<'_>) -> Option<Draft> {
    let request = spot.plain();
    let found = scene.ask(&request);
    let upstream = scene.upstream(spot.location).filter(|_| spot.took(&found))?;
    let message = format!(
        "an Ingress that is no canary names {}, port {}, too, so this one is none either: it takes `{}` alone ({}), whatever \
         its weight",
        upstream.service,
        upstream.port,
        request.path,
        told(&found),
    );
    Some(Draft::new(spot.key(), message).field(annotation(&scene.settings, "canary")).shown(request))
}

/// Of each upstream a path on two hosts, where it has two.
fn sharing<'s>(scene: &Scene<'s>) -> HashMap<&'s str, Vec<Spot<'s>>> {
    let mut all: HashMap<&str, Vec<Spot<'_>>> = HashMap::new();
    for server in scene.servers() {
        for spot in spots(server) {
            let known = all.entry(&spot.location.upstream).or_default();
            if known.len() < 2 && known.iter().all(|other| other.server.host != server.host) {
                known.push(spot);
            }
        }
    }
    all
}

fn sticky_canary(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for (taken, canary, main) in joined(scene) {
        let Some((spot, upstream)) = main.filter(|(_, upstream)| upstream.sticky) else { continue };
        finder.add(Some(&spot.server.host), || {
            let request = spot.plain();
            let cookie = upstream.affinity.cookie.as_ref()?;
            let own = match taken.annotations.affinity.canary {
                CanaryBehavior::Sticky => "the canary keeps whom it once got",
                CanaryBehavior::Legacy => "the canary gives no cookie, but who holds the main one stays",
            };
            let message = format!(
                "the cookie `{}` goes before the weight {} of {}: {own}",
                cookie.name, canary.weight, canary.total
            );
            let field = annotation(&scene.settings, "canary-weight");
            Some(Draft::new(&taken.ingress.key, message).field(field).shown(request))
        });
    }
}

fn sticky(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for taken in scene.taken().filter(|taken| taken.annotations.canary.is_none()) {
        let Some(cookie) = &taken.annotations.affinity.cookie else { continue };
        let key: &Key = &taken.ingress.key;
        let Some(spot) = scene.spot_of(key) else { continue };
        finder.add(Some(&spot.server.host), || {
            let request = spot.plain();
            let found = scene.ask(&request);
            let upstream = scene.upstream(spot.location).filter(|_| spot.took(&found))?;
            let message = format!(
                "the cookie `{}` names an endpoint of {} in a form that only this controller reads: at the move every client \
                 is balanced anew",
                cookie.name, upstream.service,
            );
            Some(Draft::new(key, message).field(annotation(&scene.settings, "affinity")).shown(request))
        });
    }
}
