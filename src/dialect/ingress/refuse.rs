//! What nginx refuses: one bad location, and no later change of any Ingress takes effect.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use super::{
    Settings,
    annotation::{
        Effect, Finding, unknown_variable,
        snippet::{Around, Place, Snippet},
    },
    server::{Location, Server, Taken},
};
use crate::resource::Key;

/// Why nginx refuses the whole configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The Ingress at fault.
    pub ingress: Option<Key>,
    /// The host.
    pub host: Option<String>,
    /// What nginx says, in our words.
    pub message: String,
    /// What to do.
    pub cure: String,
}

/// The Ingresses that were there before the first one at fault: the configuration that nginx goes on with.
pub(super) fn before(taken: Vec<Arc<Taken>>, faults: &[Refusal]) -> Vec<Arc<Taken>> {
    let age = |taken: &Taken| taken.ingress.created.unwrap_or(i64::MAX);
    let named =
        |taken: &&Arc<Taken>| faults.iter().any(|one| one.ingress.as_ref() == Some(&taken.ingress.key));
    let first = taken.iter().filter(named).map(|taken| age(taken)).min();
    // A fault of nobody's is one of all.
    let Some(first) = first else { return Vec::new() };
    taken.into_iter().filter(|taken| age(taken) < first).collect()
}

/// All that is certain.
pub(super) fn all(servers: &[Server], taken: &[Arc<Taken>], settings: &Settings) -> Vec<Refusal> {
    let mut all = Vec::new();
    for server in servers {
        if server.from_to_www && server.host.starts_with('*') {
            let asks = server.locations.iter().filter_map(|one| one.taken.as_ref());
            let first = asks
                .filter(|one| one.annotations.redirects.from_to_www)
                .min_by_key(|one| one.ingress.created);
            all.push(Refusal {
                ingress: first.map(|one| one.ingress.key.clone()),
                host: Some(server.host.to_string()),
                message: format!(
                    "from-to-www-redirect makes the server name `www.{}`, which is none",
                    server.host
                ),
                cure: "take from-to-www-redirect from the Ingress of the wildcard".to_owned(),
            });
        }
        if server.client_error.is_some() {
            continue;
        }
        let mut seen: HashMap<(bool, &str), &Location> = HashMap::new();
        for location in &server.locations {
            let ingress = location.taken.as_ref().map(|taken| taken.ingress.key.clone());
            let host = Some(server.host.to_string());
            // The path stands between blanks in the configuration of the releases that are most used.
            if location.path.contains([' ', '\t', '\n', ';', '{', '}']) && !server.regex {
                all.push(Refusal {
                    ingress,
                    host,
                    message: format!(
                        "path `{}` holds a character that ends a word of nginx's configuration",
                        location.path
                    ),
                    cure: "take it out of the path, or write it percent-encoded".to_owned(),
                });
                continue;
            }
            if !settings.security.allow_snippets
                && let Some((annotation, name)) = unknown(location)
            {
                all.push(Refusal {
                    ingress: ingress.clone(),
                    host: host.clone(),
                    message: format!("{annotation} names the variable `${name}`, which nginx does not know"),
                    cure: "correct the value".to_owned(),
                });
            }
            let key = (location.exact, location.path.as_str());
            if let Some(other) = (!server.regex).then(|| seen.insert(key, location)).flatten() {
                let both = [other, location].into_iter().filter_map(|one| one.taken.as_ref());
                let youngest = both.max_by_key(|one| one.ingress.created.unwrap_or(i64::MAX));
                all.push(Refusal {
                    ingress: youngest.map(|one| one.ingress.key.clone()),
                    host,
                    message: format!(
                        "location `{}` stands twice: as a path with, and as one without, its final slash",
                        location.path
                    ),
                    cure: "keep one of the two paths".to_owned(),
                });
            }
        }
    }
    // A server without its client certificates has no locations, and a denied location has nothing in it.
    let written: HashSet<&Key> = servers
        .iter()
        .filter(|server| server.client_error.is_none())
        .flat_map(|server| &server.locations)
        .filter_map(|location| location.taken.as_ref())
        .filter(|taken| taken.annotations.denied.is_none())
        .map(|taken| &taken.ingress.key)
        .collect();
    let server_snippet = |key: &Key| servers.iter().any(|server| server.snippet.as_ref().is_some_and(|it| it.1 == *key));
    for one in taken {
        let key = &one.ingress.key;
        // What never gets into the configuration does no harm: a canary's, and that of one whose paths others have.
        let counts = |finding: &Finding| {
            if finding.key.ends_with("/server-snippet") { server_snippet(key) } else { written.contains(key) }
        };
        let stops = one.annotations.findings.iter().filter(|it| it.effect == Effect::StopsConfiguration && counts(it));
        all.extend(stops.map(|finding| Refusal {
            ingress: Some(one.ingress.key.clone()),
            host: None,
            message: format!("{}: {}", finding.key, finding.message),
            cure: "correct the value".to_owned(),
        }));
    }
    snippets(servers, settings, &mut all);
    all
}

/// What nginx refuses of snippets for the place that they stand in.
fn snippets(servers: &[Server], settings: &Settings, all: &mut Vec<Refusal>) {
    let of_settings = &settings.snippets;
    let given = servers.iter().flat_map(|server| {
        let own = server.snippet.as_ref().map(|(snippet, _)| snippet);
        let of_locations = server.locations.iter().filter_map(|one| one.taken.as_ref());
        own.into_iter().chain(of_locations.filter_map(|one| one.annotations.snippets.configuration.as_ref()))
    });
    let of_all = [&of_settings.http, &of_settings.server, &of_settings.location].into_iter().flatten();
    let mut texts: HashSet<&str> = HashSet::new();
    let variables: BTreeSet<String> =
        given.chain(of_all).filter(|it| texts.insert(&it.text)).flat_map(Snippet::sets).collect();
    if texts.is_empty() {
        return;
    }
    let none = HashSet::new();
    let http2 = settings.tls.http2;
    let mut looked: HashSet<(&Key, &str)> = HashSet::new();
    let mut say = |key: Option<&Key>, host: &str, name: &str, faults: Vec<(u32, String)>| {
        all.extend(faults.into_iter().map(|(line, why)| Refusal {
            ingress: key.cloned(),
            host: Some(host.to_owned()),
            message: format!("{name}, line {line}: {why}"),
            cure: "correct the snippet".to_owned(),
        }));
    };
    for server in servers.iter().filter(|server| server.client_error.is_none()) {
        let paths = server.locations.iter().filter(|_| !server.regex);
        let locations = paths.map(|one| (one.exact, one.path.as_str())).collect();
        let around = Around { variables: &variables, locations: &locations, http2 };
        let own = server.snippet.as_ref();
        let both: Vec<&Snippet> = own.map(|(snippet, _)| snippet).into_iter().chain(&of_settings.server).collect();
        let faults = Snippet::misplaced(&both, Place::Server, &around);
        say(own.map(|(_, key)| key), &server.host, "server-snippet", faults);
        for location in &server.locations {
            let Some(taken) = location.taken.as_ref().filter(|it| it.annotations.denied.is_none()) else { continue };
            let Some(snippet) = &taken.annotations.snippets.configuration else { continue };
            if !looked.insert((&taken.ingress.key, &snippet.text)) {
                continue;
            }
            let both: Vec<&Snippet> = std::iter::once(snippet).chain(&of_settings.location).collect();
            let around = Around { variables: &variables, locations: &none, http2 };
            let faults = Snippet::misplaced(&both, Place::Location, &around);
            say(Some(&taken.ingress.key), &server.host, "configuration-snippet", faults);
        }
    }
}

/// An annotation of a location with a variable that nginx does not know; snippets may make others known.
fn unknown(location: &Location) -> Option<(&'static str, &str)> {
    let annotations = &location.taken.as_ref()?.annotations;
    if annotations.denied.is_some() {
        return None;
    }
    let target = location.target().filter(|_| location.rewrites());
    let headers = &annotations.headers;
    let prefix = headers.x_forwarded_prefix.as_deref().filter(|_| location.rewrites());
    let values = [
        ("rewrite-target", target),
        ("x-forwarded-prefix", prefix),
        ("upstream-vhost", headers.upstream_vhost.as_deref()),
    ];
    values.into_iter().find_map(|(name, value)| Some((name, unknown_variable(value?)?)))
}
