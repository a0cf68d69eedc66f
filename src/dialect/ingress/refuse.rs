//! What nginx refuses: one bad location, and no later change of any Ingress takes effect.

use std::{collections::HashMap, sync::Arc};

use super::{
    Settings,
    annotation::{Effect, Finding, unknown_variable},
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

/// What nginx refuses of a server, as far as it is certain.
pub(super) fn of_server(server: &Server, settings: &Settings) -> Vec<Refusal> {
    let mut all = Vec::new();
    if server.from_to_www && server.host.starts_with('*') {
        let asks = server.locations.iter().filter_map(|one| one.taken.as_ref());
        let first =
            asks.filter(|one| one.annotations.redirects.from_to_www).min_by_key(|one| one.ingress.created);
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
    all
}

/// What nginx refuses because of an Ingress, on whatever host.
pub(super) fn of_ingress(taken: &Taken) -> Vec<Refusal> {
    let stops = taken.annotations.findings.iter().filter(|it| it.effect == Effect::StopsConfiguration);
    let refusal = |finding: &Finding| Refusal {
        ingress: Some(taken.ingress.key.clone()),
        host: None,
        message: format!("{}: {}", finding.key, finding.message),
        cure: "correct the value".to_owned(),
    };
    stops.map(refusal).collect()
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
