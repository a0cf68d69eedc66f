//! Hosts, and who has them.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use super::{
    Finder, Sample, Trap,
    scene::{Draft, Scene, annotation, host, kind, spots, told},
};
use crate::{
    dialect::ingress::{
        PathKind, Server,
        annotation::known::{KNOWN, Scope},
    },
    resource::{Key, Kind, Severity},
};

pub(super) const TRAPS: &[Trap] = &[
    Trap::new(
        "M12",
        "trap-m12",
        Severity::Warning,
        "a wildcard host is one label",
        wildcard,
        "name the hosts that clients use, or see that the new route may take deeper names",
    )
    .at_most(1),
    Trap::new(
        "M13",
        "trap-m13",
        Severity::Warning,
        "a rule without a host is for unknown hosts only",
        hostless,
        "give the route the hostnames that it is meant for",
    ),
    Trap::new(
        "M14",
        "trap-m14",
        Severity::Warning,
        "two Ingresses claim one path",
        claimed_twice,
        "keep one of them; or say who wins in the new routes, whose age is another",
    ),
    Trap::new(
        "M15",
        "trap-m15",
        Severity::Warning,
        "an annotation of one Ingress holds for the whole host",
        whole_host,
        "write it for every route of the host, or at the listener, if the others shall keep it",
    ),
    Trap::new(
        "M16",
        "trap-m16",
        Severity::Warning,
        "a host is shared by namespaces",
        namespaces,
        "let the listener's `allowedRoutes` take both namespaces, or give each its own hostname",
    ),
    Trap::new(
        "M17",
        "trap-m17",
        Severity::Warning,
        "what no path takes goes to a default backend",
        default_backend,
        "add a last rule, PathPrefix `/`, that leads to this Service",
    )
    .at_most(1),
    Trap::new(
        "M18",
        "trap-m18",
        Severity::Info,
        "port 443 serves a host without tls",
        fake_certificate,
        "if clients use https here, add an HTTPS listener with a certificate for the host",
    )
    .at_most(1),
    Trap::new(
        "M19",
        "trap-m19",
        Severity::Warning,
        "nobody stands behind a path",
        nobody,
        "create the Service, or take the path out before the move",
    ),
];

fn wildcard(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for server in scene.servers() {
        let Some(parent) = server.host.strip_prefix("*.") else { continue };
        let Some(spot) = spots(server).next() else { continue };
        finder.add(Some(&server.host), || {
            let request = Sample { host: format!("a.b.{parent}"), ..spot.plain() };
            let found = scene.ask(&request);
            if spot.took(&found) {
                return None;
            }
            let message = format!(
                "`{}` takes one label: `{}` answers {}; in Gateway API it takes any number of labels, so the route would \
                 serve this host",
                server.host,
                request.host,
                told(&found),
            );
            Some(Draft::new(spot.key(), message).field("spec.rules").shown(request))
        });
    }
}

fn hostless(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let Some(server) = scene.servers().find(|server| server.is_catch_all()) else { return };
    let others: Vec<&Server> = scene.servers().filter(|other| !other.is_catch_all()).take(8).collect();
    for spot in spots(server) {
        finder.add(Some(&server.host), || {
            let path = if server.regex { spot.sample() } else { spot.path.path.clone() };
            // A host that is known has no part in it.
            let missed = others.iter().find_map(|other| {
                let own = spots(other).next()?;
                let request = Sample { host: host(other), ..own.request(path.clone()) };
                let found = scene.ask(&request);
                (found.status == Some(404)).then_some((other, request))
            });
            if let Some((other, request)) = missed {
                let message = format!(
                    "a rule without a host takes only hosts that no Ingress names: {} answers 404 for `{path}`; an \
                     HTTPRoute without hostnames takes it for {} too",
                    other.host, other.host,
                );
                return Some(Draft::new(spot.key(), message).field(spot.field()).shown(request));
            }
            let request = spot.plain();
            let found = scene.ask(&request);
            let message = format!(
                "every host that no Ingress names, `{}` for one, goes to {}; an HTTPRoute without hostnames needs a \
                 listener without one, and takes the paths that other routes leave over on their hosts too",
                request.host,
                told(&found),
            );
            spot.took(&found).then(|| {
                Draft::new(spot.key(), message).field(spot.field()).shown(request).severity(Severity::Info)
            })
        });
    }
}

fn claimed_twice(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    type Claim<'k> = (Option<i64>, &'k Key, (usize, usize));
    let mut claims: BTreeMap<(&str, &str, PathKind), Vec<Claim<'_>>> = BTreeMap::new();
    for taken in scene.taken().filter(|taken| taken.annotations.canary.is_none()) {
        for (at, rule) in taken.ingress.rules.iter().enumerate() {
            for (n, path) in rule.paths.iter().flatten().enumerate() {
                let kind = if path.kind == PathKind::Exact { PathKind::Exact } else { PathKind::Prefix };
                let claims = claims.entry((&rule.host, &path.path, kind)).or_default();
                claims.push((taken.ingress.created, &taken.ingress.key, (at, n)));
            }
        }
    }
    let servers: HashMap<&str, &Server> = scene.servers().map(|server| (&*server.host, server)).collect();
    for ((name, path, path_kind), claims) in claims {
        let mut keys: Vec<&Key> = claims.iter().map(|(_, key, _)| *key).collect();
        keys.dedup();
        let Some(server) = servers.get(if name.is_empty() { "_" } else { name }).filter(|_| keys.len() > 1)
        else {
            continue;
        };
        for (_, loser, place) in &claims {
            finder.add(Some(&server.host), || {
                // Found by its place: a location keeps that of its winner.
                let location = server.locations.iter().find(|one| {
                    one.ingress_path == path && one.place.is_some() && (one.exact == (path_kind == PathKind::Exact) || !one.exact)
                })?;
                let winner = &location.taken.as_ref()?.ingress.key;
                if winner == *loser {
                    return None;
                }
                let spot = spots(server).find(|spot| spot.key() == winner && spot.path.path == path)?;
                let request = spot.plain();
                let found = scene.ask(&request);
                if !spot.took(&found) {
                    return None;
                }
                let age = |claim: &&(Option<i64>, &Key, (usize, usize))| (claim.0.unwrap_or(i64::MAX), claim.1.path());
                let first = claims.iter().min_by_key(age)?.1;
                let same_age = claims.iter().all(|claim| claim.0 == claims.first().and_then(|one| one.0));
                let why = if same_age { "of one age the last name wins" } else { "the oldest wins" };
                let message = format!(
                    "{} {path} is written here and in {}, which has it ({why}); this one gets nothing. Gateway API takes \
                     the oldest route, and of one age the first name: {} by these dates, but new routes have new dates",
                    kind(path_kind),
                    winner.path(),
                    first.path(),
                );
                let field = format!("spec.rules[{}].http.paths[{}].path", place.0, place.1);
                Some(Draft::new(loser, message).field(field).shown(request))
            });
        }
    }
}

/// Annotations of a server that have no trap of their own.
const SERVER: &[&str] = &[
    "server-alias",
    "server-snippet",
    "app-root",
    "from-to-www-redirect",
    "ssl-ciphers",
    "ssl-prefer-server-ciphers",
];

fn whole_host(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let prefix = &scene.settings.flags.annotations_prefix;
    for server in scene.servers().filter(|server| server.ingresses.len() > 1) {
        let ingresses: Vec<_> = server.ingresses.iter().filter_map(|key| scene.facts(key)).collect();
        for known in KNOWN.iter().filter(|known| known.scope == Scope::Server && SERVER.contains(&known.name))
        {
            let key = format!("{prefix}/{}", known.name);
            let mut having = ingresses.iter().filter_map(|facts| {
                let value = facts.annotation(&key)?.value.clone()?;
                (!value.is_empty()).then_some((*facts, value))
            });
            let Some((owner, value)) = having.next() else { continue };
            let late: Vec<_> = having.filter(|(_, other)| *other != value).map(|(facts, _)| facts).collect();
            let others: Vec<_> = ingresses
                .iter()
                .filter(|facts| facts.key != owner.key && facts.annotation(&key).is_none())
                .collect();
            for facts in late {
                finder.add(Some(&server.host), || {
                    let message = format!(
                        "`{}` of {} came first and holds for all of {}; the value here is passed over",
                        known.name,
                        owner.key.path(),
                        server.host,
                    );
                    let spot = spots(server).find(|spot| spot.key() == &facts.key);
                    let draft =
                        Draft::new(&facts.key, message).field(annotation(&scene.settings, known.name));
                    Some(match spot {
                        Some(spot) => draft.shown(spot.plain()),
                        None => draft,
                    })
                });
            }
            let Some(other) = others.first() else { continue };
            finder.add(Some(&server.host), || {
                let spot = spots(server).find(|spot| spot.key() == &other.key)?;
                let mut request = spot.plain();
                if let Some(alias) = server.aliases.first().filter(|_| known.name == "server-alias") {
                    request.host = alias.replace('*', "any");
                }
                if known.name == "app-root" {
                    "/".clone_into(&mut request.path);
                }
                let message = format!(
                    "`{}` holds for the whole host: the paths of {} and {} more Ingresses have it too ({} answers {}); a \
                     filter or policy of Gateway API holds for its own route",
                    known.name,
                    other.key.path(),
                    others.len() - 1,
                    request.path,
                    told(&scene.ask(&request)),
                );
                let field = annotation(&scene.settings, known.name);
                Some(Draft::new(&owner.key, message).field(field).shown(request))
            });
        }
    }
}

fn namespaces(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for server in scene.servers().filter(|server| !server.is_catch_all() && server.ingresses.len() > 1) {
        let Some(first) = server.ingresses.first() else { continue };
        let mut seen: HashSet<&Arc<str>> = HashSet::from([&first.namespace]);
        for key in &server.ingresses {
            if !seen.insert(&key.namespace) {
                continue;
            }
            finder.add(Some(&server.host), || {
                let spot = spots(server).find(|spot| spot.key() == key)?;
                let request = spot.plain();
                spot.took(&scene.ask(&request)).then(|| {
                    let message = format!(
                        "namespace {} serves `{}` of a host that {} has too; a Gateway takes routes of its own namespace \
                         only, unless `allowedRoutes` says more",
                        key.namespace,
                        request.path,
                        first.path(),
                    );
                    Draft::new(key, message).field("spec.rules").shown(request)
                })
            });
        }
    }
}

fn default_backend(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for server in scene.servers().filter(|server| !server.is_catch_all()) {
        let Some(spot) = spots(server).next() else { continue };
        let at_root = server.locations.iter().any(|location| location.path == "/" && !location.is_default);
        if at_root {
            continue;
        }
        finder.add(Some(&server.host), || {
            let request = spot.request("/no-path-is-written-so");
            let found = scene.ask(&request);
            let backend = found.backends.first()?;
            let message = format!(
                "`{}` is of no path, and goes to Service {}/{}; a gateway answers 404 itself",
                request.path, backend.backend.namespace, backend.backend.name,
            );
            Some(Draft::new(spot.key(), message).field("spec.defaultBackend").shown(request))
        });
    }
}

fn fake_certificate(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for server in scene.servers().filter(|server| !server.is_catch_all() && server.certificate.is_none()) {
        let Some(spot) = spots(server).next() else { continue };
        finder.add(Some(&server.host), || {
            let request = Sample { scheme: "https", ..spot.plain() };
            let found = scene.ask(&request);
            spot.took(&found).then(|| {
                let message = format!(
                    "no Ingress of {} has tls, and https is answered all the same, with the controller's made-up \
                     certificate ({}); a Gateway has no listener for it",
                    server.host,
                    told(&found),
                );
                Draft::new(spot.key(), message).field("spec.tls").shown(request)
            })
        });
    }
}

fn nobody(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for server in scene.servers() {
        for spot in spots(server) {
            let Some(upstream) = scene.upstream(spot.location).filter(|upstream| !upstream.alive) else {
                continue;
            };
            // Without any Service the input says nothing of this one.
            let silent = scene.is_silent(&Kind::Service, &spot.key().namespace);
            if upstream.id.is_none() && silent {
                continue;
            }
            finder.add(Some(&server.host), || {
                let request = spot.plain();
                let found = scene.ask(&request);
                if !spot.took(&found) {
                    return None;
                }
                let (what, new) = match &upstream.id {
                    None => ("does not exist, or has no such port", "500, and ResolvedRefs is False"),
                    Some(_) => ("has no endpoint that is ready", "503 as well"),
                };
                let message = format!("{} {what}: nginx answers 503, Gateway API {new}", upstream.service);
                Some(
                    Draft::new(spot.key(), message).field(format!("{}.backend", spot.entry())).shown(request),
                )
            });
        }
    }
}
