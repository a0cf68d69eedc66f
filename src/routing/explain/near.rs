//! The near misses of an explanation: what matched too but lost, and what failed in one thing only.

use std::{cmp::Ordering, collections::BTreeSet};

use super::{Asked, NearMiss, read};
use crate::routing::{
    Candidate, Found, Host, Listener, PathMatch, Port, Request, Unmet, ValueMatch, VirtualHost,
};

/// The most that are told.
const MOST: usize = 10;

/// How far a candidate was from taking the request; less is nearer. The number counts within its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Distance {
    /// It matched and lost.
    Lost,
    /// A method, header, query parameter or cookie.
    Condition,
    /// The path; by the bytes in common.
    Path(std::cmp::Reverse<usize>),
    /// The hostname; by the bytes in common.
    Host(std::cmp::Reverse<usize>),
}

struct Near<'t> {
    distance: Distance,
    host: &'t VirtualHost,
    candidate: &'t Candidate,
}

/// `ports` are all that were asked for, `port` the one of them that answers.
pub(super) fn misses(
    ports: &[&Port],
    port: &Port,
    found: Found<'_>,
    host: Host<'_>,
    request: &Asked<'_>,
) -> Vec<NearMiss> {
    let (listener, winner) = match found {
        Found::Match { listener, host, candidate } => (Some(listener), Some((host, candidate))),
        Found::NoRule(listener) => (Some(listener), None),
        Found::NoListener => (None, None),
    };
    let mut told = Vec::new();
    if let Some(listener) = listener {
        for near in nearest(listener, winner, host, request) {
            told.push(NearMiss {
                what: name(near.candidate),
                route: Some((*near.candidate.rule.id.route).clone()),
                failed: failed(&near, winner, request),
            });
        }
    }
    told.extend(listeners(ports, port, listener, host));
    told.truncate(MOST);
    told
}

/// Candidates of the listener that failed at most once, the nearest first; a rule's match is there once.
fn nearest<'t>(
    listener: &'t Listener,
    winner: Option<(&VirtualHost, &Candidate)>,
    host: Host<'_>,
    request: &Asked<'_>,
) -> Vec<Near<'t>> {
    let path = read(listener, request.path());
    let mut all: Vec<Near<'t>> = Vec::new();
    for virtual_host in listener.hosts.iter() {
        for candidate in virtual_host.iter() {
            let is_winner = winner.is_some_and(|(host, won)| {
                std::ptr::eq(host, &raw const **virtual_host) && std::ptr::eq(won, &raw const **candidate)
            });
            if is_winner {
                continue;
            }
            if let Some(distance) = distance(virtual_host, candidate, host, &path, request) {
                all.push(Near { distance, host: virtual_host, candidate });
            }
        }
    }
    let order = |a: &Near<'_>, b: &Near<'_>| {
        a.distance.cmp(&b.distance).then_with(|| in_precedence((a.host, a.candidate), (b.host, b.candidate)))
    };
    // Far more than are told, as one match may stand under several hostnames.
    if all.len() > MOST * 16 {
        all.select_nth_unstable_by(MOST * 16, order);
        all.truncate(MOST * 16);
    }
    all.sort_by(order);
    let mut seen = BTreeSet::new();
    if let Some((_, won)) = winner {
        seen.insert((&won.rank.route, won.rank.rule, won.rank.matched));
    }
    let mut once = Vec::new();
    for near in all {
        let rank = &near.candidate.rank;
        if seen.insert((&rank.route, rank.rule, rank.matched)) && once.len() < MOST {
            once.push(near);
        }
    }
    once
}

/// None when more than one thing failed.
fn distance(
    virtual_host: &VirtualHost,
    candidate: &Candidate,
    host: Host<'_>,
    path: &str,
    request: &Asked<'_>,
) -> Option<Distance> {
    let of_host = virtual_host.pattern.takes(host);
    let of_path = candidate.path.takes(path);
    let mut unmet = candidate.conditions.unmet(request);
    match (of_host, of_path, unmet.next(), unmet.next()) {
        (true, true, None, _) => Some(Distance::Lost),
        (true, true, Some(_), None) => Some(Distance::Condition),
        (true, false, None, _) => {
            Some(Distance::Path(std::cmp::Reverse(common(text(&candidate.path).bytes(), path.bytes()))))
        }
        (false, true, None, _) => {
            let wanted = virtual_host.pattern.to_string();
            let start = common(wanted.bytes(), host.0.bytes());
            let end = common(wanted.bytes().rev(), host.0.bytes().rev());
            Some(Distance::Host(std::cmp::Reverse(start.max(end))))
        }
        (true, true, Some(_), Some(_)) | (true | false, false, _, _) | (false, true, Some(_), _) => None,
    }
}

fn common(a: impl Iterator<Item = u8>, b: impl Iterator<Item = u8>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}

/// What failed, or by what it lost.
fn failed(near: &Near<'_>, winner: Option<(&VirtualHost, &Candidate)>, request: &Asked<'_>) -> String {
    match near.distance {
        Distance::Lost => lost(near, winner),
        Distance::Condition => near
            .candidate
            .conditions
            .unmet(request)
            .next()
            .map(|unmet| condition(unmet, request))
            .unwrap_or_default(),
        Distance::Path(_) => format!("path: wants {}", near.candidate.path),
        Distance::Host(_) => format!("host: wants {}", near.host.pattern),
    }
}

fn condition(unmet: Unmet<'_>, request: &Asked<'_>) -> String {
    match unmet {
        Unmet::Method(wanted) => format!("method: wants {wanted}"),
        Unmet::Field(field) => {
            let wanted = match &field.value {
                ValueMatch::Exact(value) => value.to_string(),
                ValueMatch::Pattern(written, _) => format!("~ {written}"),
            };
            let has = field.value_in(request);
            let has = has.as_deref().unwrap_or("none");
            format!("{} {}: wants {wanted}, has {has}", field.field, field.name)
        }
    }
}

fn lost(near: &Near<'_>, winner: Option<(&VirtualHost, &Candidate)>) -> String {
    match winner {
        Some(won) => precedence(won, (near.host, near.candidate)),
        // `HostPolicy::BestOnly`: what only a wider host would have taken is left.
        None => "host more specific: no other host is asked".to_owned(),
    }
}

/// The rule by which the first goes before the second, both having matched.
pub(super) fn precedence(won: (&VirtualHost, &Candidate), lost: (&VirtualHost, &Candidate)) -> String {
    if won.0.pattern != lost.0.pattern {
        return format!("host more specific: {} goes before {}", won.0.pattern, lost.0.pattern);
    }
    let (a, b) = (&won.1.path, &lost.1.path);
    if kind(a) != kind(b) {
        let rule = match a {
            PathMatch::Exact(_) => "exact path",
            PathMatch::Pattern(_) => "regular expression",
            PathMatch::Prefix(_) | PathMatch::RawPrefix(_) => "path by segments",
        };
        return format!("{rule}: {a} goes before {b}");
    }
    if text(a).len() != text(b).len() {
        return format!("longer path: {a} goes before {b}");
    }
    let (a, b) = (&won.1.rank, &lost.1.rank);
    if a.method != b.method {
        return "method match: a match of the method goes first".to_owned();
    }
    if a.headers != b.headers {
        return format!("more headers: {} go before {}", a.headers.0, b.headers.0);
    }
    if a.queries != b.queries {
        return format!("more query parameters: {} go before {}", a.queries.0, b.queries.0);
    }
    if a.created != b.created {
        return format!("older route: {} was created before {}", a.route, b.route);
    }
    if a.route != b.route {
        return format!("name of the route: {} goes before {}", a.route, b.route);
    }
    if a.rule != b.rule {
        return format!("earlier rule: rule {} goes before rule {}", a.rule + 1, b.rule + 1);
    }
    if a.matched != b.matched {
        return format!("earlier match: match {} goes before match {}", a.matched + 1, b.matched + 1);
    }
    "the same match".to_owned()
}

/// The order in which two that match are taken.
fn in_precedence(a: (&VirtualHost, &Candidate), b: (&VirtualHost, &Candidate)) -> Ordering {
    a.0.pattern
        .by_specificity(&b.0.pattern)
        .then_with(|| kind(&a.1.path).cmp(&kind(&b.1.path)))
        .then_with(|| text(&b.1.path).len().cmp(&text(&a.1.path).len()))
        .then_with(|| a.1.rank.cmp(&b.1.rank))
        .then_with(|| a.0.pattern.cmp(&b.0.pattern))
        .then_with(|| text(&a.1.path).cmp(text(&b.1.path)))
}

fn kind(path: &PathMatch) -> u8 {
    match path {
        PathMatch::Exact(_) => 0,
        PathMatch::Pattern(_) => 1,
        PathMatch::Prefix(_) => 2,
        PathMatch::RawPrefix(_) => 3,
    }
}

fn text(path: &PathMatch) -> &str {
    match path {
        PathMatch::Exact(text) | PathMatch::Prefix(text) | PathMatch::RawPrefix(text) => text,
        PathMatch::Pattern(pattern) => &pattern.written,
    }
}

/// `PathPrefix /api, header x-api-version = v2`
pub(super) fn wanted(candidate: &Candidate) -> String {
    let conditions = candidate.conditions.to_string();
    if conditions.is_empty() {
        candidate.path.to_string()
    } else {
        format!("{}, {conditions}", candidate.path)
    }
}

/// `shop/web rule 2 match 1`, both counted from 1, as people count.
fn name(candidate: &Candidate) -> String {
    let id = &candidate.rule.id;
    format!("{} rule {} match {}", id.route, id.index + 1, candidate.match_index + 1)
}

/// The listeners that were passed over, on the port that answers and on those of other Gateways.
fn listeners(ports: &[&Port], port: &Port, taken: Option<&Listener>, host: Host<'_>) -> Vec<NearMiss> {
    let mut near = Vec::new();
    for other in ports {
        for listener in &other.listeners {
            if taken.is_some_and(|taken| taken.id == listener.id) {
                continue;
            }
            let failed = match (listener.hostname.takes(host), taken) {
                (false, _) => format!("host: wants {}", listener.hostname),
                (true, Some(taken)) if taken.hostname.by_specificity(&listener.hostname).is_lt() => format!(
                    "hostname more specific: {} of {} goes before {}",
                    taken.hostname, taken.id.name, listener.hostname
                ),
                (true, Some(taken)) => {
                    format!("{} answers first: ask with this Gateway", taken.id.port.entry)
                }
                (true, None) => continue,
            };
            let wanted = listener.hostname.to_string();
            let end = common(wanted.bytes().rev(), host.0.bytes().rev());
            let start = common(wanted.bytes(), host.0.bytes());
            let far = !listener.hostname.takes(host);
            let key = (far, std::cmp::Reverse(start.max(end)), other.key != port.key, listener.id.clone());
            let what = format!("{} listener {}", other.key.entry, listener.id.name);
            near.push((key, NearMiss { what, route: None, failed }));
        }
    }
    near.sort_by(|a, b| a.0.cmp(&b.0));
    near.into_iter().map(|(_, miss)| miss).collect()
}
