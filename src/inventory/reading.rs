//! How a controller really reads each rule of an Ingress, beside what the Ingress specification says of it.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use super::facts::IngressFacts;
use crate::{
    dialect::ingress::{Compiled, Location, PathKind, Served, Server, Taken},
    resource::Key,
};

/// One path of an Ingress, read twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathReading {
    /// The rule's host; empty for every host.
    pub host: Arc<str>,
    /// The path, as written.
    pub path: String,
    /// The type, as written.
    pub path_type: String,
    /// The field: `spec.rules[0].http.paths[1]`.
    pub field: String,
    /// What stands in nginx's configuration, in its order: `location = /a`, `location /a/`, `location ~* "^/a"`. Empty
    /// when this Ingress has no location for the path.
    pub locations: Vec<String>,
    /// What these locations take, in words.
    pub reads: String,
    /// What the Ingress specification says that it takes.
    pub specification: String,
    /// Whether both say the same.
    pub agree: bool,
    /// The Ingress that has the path in its place.
    pub lost_to: Option<Key>,
    /// Other Ingresses of the same host, whose paths are merged with these.
    pub beside: Vec<Key>,
    /// What the whole host has from other Ingresses: regular expressions, server-level annotations.
    pub notes: Vec<String>,
}

/// Every path of an Ingress, in the order of its rules. Empty where the Ingress can not be read.
pub fn readings(compiled: &Compiled, facts: &IngressFacts) -> Vec<PathReading> {
    let Some(judged) = compiled.ingresses.get(&facts.key) else { return Vec::new() };
    let taken = match &judged.served {
        Served::Nginx(taken) => Some(taken),
        Served::Dropped(_) | Served::Plain(_) | Served::Left(_) | Served::Broken(_) => None,
    };
    // A host may have thousands of locations.
    let own = taken.map(|taken| locations(compiled, taken)).unwrap_or_default();
    facts
        .paths
        .iter()
        .map(|path| {
            let kind = kind(&path.path_type);
            let written = if path.path.is_empty() { "/" } else { &*path.path };
            let specification = specified(kind, written);
            let mut reading = PathReading {
                host: Arc::clone(&path.host),
                path: path.path.to_string(),
                path_type: path.path_type.to_string(),
                field: path.field.clone(),
                locations: Vec::new(),
                reads: String::new(),
                agree: false,
                lost_to: None,
                beside: Vec::new(),
                notes: Vec::new(),
                specification,
            };
            match (&judged.served, taken) {
                (_, Some(taken)) => nginx(compiled, taken, &own, kind, written, &mut reading),
                (Served::Dropped(findings), _) => {
                    let why =
                        findings.iter().find(|one| one.effect == crate::dialect::ingress::Effect::Dropped);
                    let why = why.map(|one| format!(": {}", one.message)).unwrap_or_default();
                    reading.reads = format!("nothing: the controller leaves the Ingress out{why}");
                }
                (Served::Plain(_), _) => {
                    reading.reads = reading.specification.clone();
                    reading.agree = true;
                    let who = judged.claim.controller.as_deref().unwrap_or("its controller");
                    reading.notes.push(format!(
                        "read by the specification: what {who} does beyond it is not known here"
                    ));
                }
                (Served::Left(_), _) => {
                    let why = judged.claim.why.as_deref().unwrap_or("no controller takes the Ingress");
                    reading.reads = format!("nothing: {why}");
                }
                (Served::Broken(error), _) => reading.reads = format!("nothing: {error}"),
                (Served::Nginx(_), None) => {}
            }
            reading
        })
        .collect()
}

fn kind(written: &str) -> PathKind {
    match written {
        "Exact" => PathKind::Exact,
        "ImplementationSpecific" => PathKind::ImplementationSpecific,
        _ => PathKind::Prefix,
    }
}

fn specified(kind: PathKind, path: &str) -> String {
    match kind {
        PathKind::Exact => format!("the path {path} and no other"),
        PathKind::Prefix if path == "/" => "every path".to_owned(),
        PathKind::Prefix => {
            let front = path.trim_end_matches('/');
            format!("{front} and what is below {front}/, by whole segments")
        }
        PathKind::ImplementationSpecific => "what the controller likes".to_owned(),
    }
}

/// The locations of an Ingress, by the field of their path.
type Own<'c> = HashMap<String, Vec<&'c Location>>;

fn locations<'c>(compiled: &'c Compiled, taken: &Taken) -> Own<'c> {
    let key = &taken.ingress.key;
    let mut own = Own::new();
    let hosts: BTreeSet<&str> = taken.ingress.rules.iter().map(|rule| rule.host.as_str()).collect();
    let hosts = hosts.into_iter().map(|host| if host.is_empty() { "_" } else { host });
    for server in hosts.filter_map(|host| compiled.server(host)) {
        for location in &server.locations {
            let is_own = location.taken.as_ref().is_some_and(|other| other.ingress.key == *key);
            if let Some((rule, at)) = location.place.filter(|_| is_own) {
                own.entry(format!("spec.rules[{rule}].http.paths[{at}]")).or_default().push(location);
            }
        }
    }
    own
}

fn nginx(
    compiled: &Compiled,
    taken: &Arc<Taken>,
    own: &Own<'_>,
    kind: PathKind,
    path: &str,
    reading: &mut PathReading,
) {
    let host = if reading.host.is_empty() { "_" } else { &*reading.host };
    let canary = taken.annotations.canary.is_some();
    let Some(server) = compiled.server(host) else {
        "nothing: no server has this host".clone_into(&mut reading.reads);
        return;
    };
    let mine: &[&Location] = own.get(&reading.field).map_or(&[], Vec::as_slice);
    reading.locations = mine.iter().map(|location| text(server, location)).collect();
    reading.beside = server.ingresses.iter().filter(|key| **key != taken.ingress.key).cloned().collect();
    if canary {
        "a share of the requests of the main Ingress's path, and no location of its own"
            .clone_into(&mut reading.reads);
    } else if mine.is_empty() {
        let exact = kind == PathKind::Exact;
        let other =
            server.locations.iter().find(|one| one.ingress_path == path && (one.exact == exact || !exact));
        reading.lost_to = other.and_then(|one| one.taken.as_ref()).map(|other| other.ingress.key.clone());
        reading.reads = match &reading.lost_to {
            Some(key) if *key != taken.ingress.key => format!("nothing: {} has this path", key.path()),
            Some(_) => "nothing: the Ingress has this path twice, and the first counts".to_owned(),
            None => "nothing: its backend can not be used".to_owned(),
        };
    } else if server.regex {
        reading.reads = format!("every path that begins as the expression {path} says, whatever its case");
        let asks = server.locations.iter().find(|one| one.asks_regex()).and_then(|one| one.taken.as_ref());
        if let Some(other) = asks {
            reading.notes.push(format!(
                "the host matches by regular expressions because of {}; the longest text is tried first",
                other.ingress.key.path()
            ));
        }
    } else {
        reading.reads = match kind {
            PathKind::Exact => specified(PathKind::Exact, path),
            PathKind::Prefix | PathKind::ImplementationSpecific if path != "/" && path.ends_with('/') => {
                format!("what begins with {path}; {} is redirected to it (301)", path.trim_end_matches('/'))
            }
            PathKind::Prefix | PathKind::ImplementationSpecific => specified(PathKind::Prefix, path),
        };
        if kind == PathKind::Exact && path.len() > 1 && path.ends_with('/') {
            // nginx's own redirect is for prefixes, and the specification's Exact has none.
            reading.notes.push(format!("{} may be redirected to it (301)", path.trim_end_matches('/')));
        }
        reading.agree = reading.reads == reading.specification;
    }
    notes(server, taken, reading);
}

fn notes(server: &Server, taken: &Taken, reading: &mut PathReading) {
    if let Some((_, key)) = server.snippet.as_ref().filter(|(_, key)| *key != taken.ingress.key) {
        reading.notes.push(format!("the server-snippet of {} holds for the whole host", key.path()));
    }
    if server.client.is_some() && taken.annotations.client_certificate.is_none() {
        reading.notes.push("another Ingress of the host asks for client certificates".to_owned());
    }
    if server.certificate.is_some() && taken.ingress.tls.is_empty() {
        reading
            .notes
            .push("another Ingress of the host has tls, so http is redirected to https here too".to_owned());
    }
}

/// As it stands in nginx's configuration.
fn text(server: &Server, location: &Location) -> String {
    if server.regex {
        format!("location ~* \"^{}\"", location.path)
    } else if location.exact {
        format!("location = {}", location.path)
    } else {
        format!("location {}", location.path)
    }
}
