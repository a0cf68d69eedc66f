//! What nginx refuses: one bad location, and no later change of any Ingress takes effect.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use super::{
    Settings,
    annotation::{
        Effect, Finding,
        snippet::{Around, Misplaced, Place, Snippet},
        unknown_variable,
    },
    change::Claim,
    server::{Location, Server, Taken},
};
use crate::resource::Key;

/// Why nginx refuses the whole configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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

/// What nginx refuses of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Faults {
    pub(super) all: Vec<Fault>,
    /// Variables that the snippets of the server set: they are known on all servers then.
    pub(super) sets: BTreeSet<Arc<str>>,
}

/// Something that nginx refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) refusal: Refusal,
    /// Only if no snippet of any server sets this variable.
    pub(super) variable: Option<Arc<str>>,
}

impl Faults {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty() && self.sets.is_empty()
    }
}

/// What nginx refuses of a server and of the Ingresses in it (`claims`: all that name it), as far as it is certain.
pub(super) fn of_server(server: &Server, claims: &[Claim], settings: &Settings) -> Faults {
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
    // Without its client certificates it has no locations.
    if server.client_error.is_none() {
        of_locations(server, settings, &mut all);
    }
    of_values(server, claims, &mut all);
    let all = all.into_iter().map(|refusal| Fault { refusal, variable: None }).collect();
    let mut faults = Faults { all, sets: BTreeSet::new() };
    of_snippets(server, settings, &mut faults);
    faults
}

fn of_locations(server: &Server, settings: &Settings, all: &mut Vec<Refusal>) {
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

/// Values that nginx does not take. What never gets into the configuration does no harm: that of a canary, of an Ingress
/// whose paths others have, of a denied location.
fn of_values(server: &Server, claims: &[Claim], all: &mut Vec<Refusal>) {
    let is_snippet = |finding: &Finding| finding.key.ends_with("/server-snippet");
    let refusal = |taken: &Taken, finding: &Finding| Refusal {
        ingress: Some(taken.ingress.key.clone()),
        host: None,
        message: format!("{}: {}", finding.key, finding.message),
        cure: "correct the value".to_owned(),
    };
    let stops =
        |taken: &&Taken| taken.annotations.findings.iter().any(|it| it.effect == Effect::StopsConfiguration);
    let mut seen: HashSet<&Key> = HashSet::new();
    let written = server.locations.iter().filter_map(|location| location.taken.as_deref());
    let written = written.filter(|taken| server.client_error.is_none() && taken.annotations.denied.is_none());
    for taken in written.filter(stops).filter(|taken| seen.insert(&taken.ingress.key)) {
        let findings = taken.annotations.findings.iter();
        let findings = findings.filter(|it| it.effect == Effect::StopsConfiguration && !is_snippet(it));
        all.extend(findings.map(|finding| refusal(taken, finding)));
    }
    let Some((_, key)) = &server.snippet else { return };
    if let Some(taken) = claims.iter().map(|claim| &*claim.taken).find(|taken| taken.ingress.key == *key) {
        let findings = taken.annotations.findings.iter();
        let findings = findings.filter(|it| it.effect == Effect::StopsConfiguration && is_snippet(it));
        all.extend(findings.map(|finding| refusal(taken, finding)));
    }
}

/// What nginx refuses of snippets for the place that they stand in.
fn of_snippets(server: &Server, settings: &Settings, faults: &mut Faults) {
    let of_settings = &settings.snippets;
    let own = server.snippet.as_ref().map(|(snippet, _)| snippet);
    let mut texts: HashSet<&str> = HashSet::new();
    let of_locations = server.locations.iter().filter_map(|one| one.taken.as_ref());
    let of_locations = of_locations.filter_map(|one| one.annotations.snippets.configuration.as_ref());
    let given: Vec<&Snippet> =
        own.into_iter().chain(of_locations).filter(|it| texts.insert(&it.text)).collect();
    faults.sets = given.iter().flat_map(|snippet| snippet.sets()).map(Into::into).collect();
    let of_all = [&of_settings.http, &of_settings.server, &of_settings.location];
    if given.is_empty() && of_all.iter().all(|it| it.is_none()) || server.client_error.is_some() {
        return;
    }
    let known: HashSet<String> = of_all.into_iter().flatten().flat_map(Snippet::sets).collect();
    let mut say = |key: Option<&Key>, host: Option<&str>, name: &str, found: Vec<Misplaced>| {
        let found =
            found.into_iter().filter(|it| !it.variable.as_ref().is_some_and(|name| known.contains(name)));
        faults.all.extend(found.map(|Misplaced { line, why, variable }| Fault {
            refusal: Refusal {
                ingress: key.cloned(),
                host: host.map(str::to_owned),
                message: format!("{name}, line {line}: {why}"),
                cure: "correct the snippet".to_owned(),
            },
            variable: variable.map(Into::into),
        }));
    };
    let http2 = settings.tls.http2;
    let none = HashSet::new();
    let paths = server.locations.iter().filter(|_| !server.regex);
    let locations = paths.map(|one| (one.exact, one.path.as_str())).collect();
    let both: Vec<&Snippet> = own.into_iter().chain(&of_settings.server).collect();
    let found = Snippet::misplaced(&both, Place::Server, &Around { locations: &locations, http2 });
    say(server.snippet.as_ref().map(|(_, key)| key), Some(&server.host), "server-snippet", found);
    let mut looked: HashSet<&Key> = HashSet::new();
    let written = server.locations.iter().filter_map(|location| location.taken.as_deref());
    for taken in written.filter(|taken| taken.annotations.denied.is_none()) {
        let Some(snippet) = &taken.annotations.snippets.configuration else { continue };
        if looked.insert(&taken.ingress.key) {
            let both: Vec<&Snippet> = std::iter::once(snippet).chain(&of_settings.location).collect();
            let found = Snippet::misplaced(&both, Place::Location, &Around { locations: &none, http2 });
            say(Some(&taken.ingress.key), None, "configuration-snippet", found);
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
