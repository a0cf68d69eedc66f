//! The near misses of an explanation: what matched too but lost, and what failed in one thing only.

use std::{cmp::Reverse, collections::BTreeSet};

use super::{
    Asked, Miss, NearMiss, Precedence,
    precedence::{in_precedence, of_locations, precedence, text},
    read,
};
use crate::routing::{
    Candidate, Field, FieldMatch, Found, Host, HostPattern, HostPolicy, Listener, Port, Request, Unmet,
    ValueMatch, VirtualHost,
};

/// The most that are told.
const MOST: usize = 10;
/// Kept while looking: far more than are told, as one match may stand under several hostnames.
const KEPT: usize = MOST * 16;

/// How far a candidate was from taking the request; less is nearer. The number counts within its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Distance {
    /// It matched and lost.
    Lost,
    /// A method, header, query parameter or cookie.
    Condition,
    /// The path; by the bytes in common.
    Path(Reverse<usize>),
    /// The hostname; by the bytes in common.
    Host(Reverse<usize>),
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
            let (kind, failed) = failed(listener, &near, winner, host, request);
            let id = &near.candidate.rule.id;
            told.push(NearMiss {
                what: name(near.candidate),
                route: Some((*id.route).clone()),
                rule: Some(id.index),
                kind,
                failed,
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
    let mut all = Nearest::default();
    for virtual_host in listener.hosts.iter().map(AsRef::as_ref) {
        if !virtual_host.pattern.takes(host) {
            let distance = Distance::Host(Reverse(likeness(&virtual_host.pattern, host)));
            // A lookup costs more than a look at the name: only those that would be kept are asked.
            if all.takes(distance)
                && let Some(candidate) = virtual_host.find(&path, request)
            {
                all.push(Near { distance, host: virtual_host, candidate });
            }
            continue;
        }
        // A server of every other host is no near miss of a host that has one.
        let other = winner.is_some_and(|(won, _)| won.pattern != virtual_host.pattern);
        if other && listener.host_policy == HostPolicy::BestOnly && virtual_host.pattern == HostPattern::Any {
            continue;
        }
        for candidate in virtual_host.iter().map(AsRef::as_ref) {
            let is_winner = winner
                .is_some_and(|(host, won)| std::ptr::eq(host, virtual_host) && std::ptr::eq(won, candidate));
            if !is_winner && let Some(distance) = distance(candidate, &path, request, &all) {
                all.push(Near { distance, host: virtual_host, candidate });
            }
        }
    }
    let mut seen = BTreeSet::new();
    if let Some((_, won)) = winner {
        seen.insert((&won.rank.route, won.rank.rule, won.rank.matched));
    }
    let mut once = Vec::new();
    for near in all.sorted() {
        let rank = &near.candidate.rank;
        if seen.insert((&rank.route, rank.rule, rank.matched)) && once.len() < MOST {
            once.push(near);
        }
    }
    once
}

/// The nearest of many, without keeping the many.
#[derive(Default)]
struct Nearest<'t> {
    kept: Vec<Near<'t>>,
    /// What is not nearer than this needs no look.
    worst: Option<Distance>,
}

impl<'t> Nearest<'t> {
    fn takes(&self, distance: Distance) -> bool {
        self.worst.is_none_or(|worst| distance <= worst)
    }

    fn push(&mut self, near: Near<'t>) {
        self.kept.push(near);
        if self.kept.len() >= 4 * KEPT {
            self.prune();
        }
    }

    fn prune(&mut self) {
        if self.kept.len() > KEPT {
            let (_, worst, _) = self.kept.select_nth_unstable_by(KEPT - 1, order);
            self.worst = Some(worst.distance);
            self.kept.truncate(KEPT);
        }
    }

    fn sorted(mut self) -> Vec<Near<'t>> {
        self.prune();
        self.kept.sort_by(order);
        self.kept
    }
}

fn order(a: &Near<'_>, b: &Near<'_>) -> std::cmp::Ordering {
    let precedence = || in_precedence((a.host, a.candidate), (b.host, b.candidate));
    a.distance.cmp(&b.distance).then_with(precedence)
}

/// Of a candidate whose host is right. None when more than one thing failed, or when enough are nearer.
fn distance(
    candidate: &Candidate,
    path: &str,
    request: &Asked<'_>,
    nearest: &Nearest<'_>,
) -> Option<Distance> {
    if !candidate.path.takes(path) {
        let distance = Distance::Path(Reverse(common(text(&candidate.path).bytes(), path.bytes())));
        return (nearest.takes(distance) && candidate.conditions.met(request)).then_some(distance);
    }
    let mut unmet = candidate.conditions.unmet(request);
    match (unmet.next(), unmet.next()) {
        (None, _) => Some(Distance::Lost),
        (Some(_), None) => Some(Distance::Condition),
        (Some(_), Some(_)) => None,
    }
}

fn common(a: impl Iterator<Item = u8>, b: impl Iterator<Item = u8>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}

/// The bytes that a hostname and a host have in common, from the start or from the end.
fn likeness(pattern: &HostPattern, host: Host<'_>) -> usize {
    let (front, name) = match pattern {
        HostPattern::Exact(name) => ("", &**name),
        HostPattern::Under(name) | HostPattern::OneLabel(name) => ("*.", &**name),
        HostPattern::Any => ("", "*"),
    };
    let start = common(front.bytes().chain(name.bytes()), host.0.bytes());
    let end = common(name.bytes().rev().chain(front.bytes().rev()), host.0.bytes().rev());
    start.max(end)
}

/// What failed, or by what it lost.
fn failed(
    listener: &Listener,
    near: &Near<'_>,
    winner: Option<(&VirtualHost, &Candidate)>,
    host: Host<'_>,
    request: &Asked<'_>,
) -> (Miss, String) {
    match (near.distance, winner) {
        (Distance::Lost, Some(won)) => {
            let lost = (near.host, near.candidate);
            let (by, words) = match listener.host_policy {
                HostPolicy::Cascade => precedence(won, lost),
                HostPolicy::BestOnly => of_locations(won, lost),
            };
            (Miss::Lost(by), words)
        }
        // `HostPolicy::BestOnly`: what only a wider host would have taken is left.
        (Distance::Lost, None) => {
            (Miss::Lost(Precedence::OneHost), "host more specific: no other host is asked".to_owned())
        }
        (Distance::Condition, _) => match near.candidate.conditions.unmet(request).next() {
            Some(Unmet::Method(wanted)) => {
                (Miss::Method, format!("method is {}, wants {wanted}", request.method()))
            }
            Some(Unmet::Field(field)) => (Miss::of(field.field), value(field, request)),
            Some(Unmet::Test(test)) => (Miss::Header, format!("the request wants {test}")),
            None => (Miss::Path, String::new()),
        },
        (Distance::Path(_), _) => {
            (Miss::Path, format!("path is {}, wants {}", request.path(), near.candidate.path))
        }
        (Distance::Host(_), _) => (Miss::Host, format!("host is {}, wants {}", host.0, near.host.pattern)),
    }
}

impl Miss {
    fn of(field: Field) -> Self {
        match field {
            Field::Header => Self::Header,
            Field::Query => Self::Query,
            Field::Cookie => Self::Cookie,
        }
    }
}

/// `header x-api-version is v1, wants v2`
fn value(field: &FieldMatch, request: &Asked<'_>) -> String {
    let wanted = match &field.value {
        ValueMatch::Exact(value) => value.to_string(),
        ValueMatch::Pattern(written, _) => format!("~ {written}"),
    };
    match field.value_in(request) {
        Some(has) if has.is_empty() => format!("{} {} is empty, wants {wanted}", field.field, field.name),
        Some(has) => format!("{} {} is {has}, wants {wanted}", field.field, field.name),
        None => format!("{} {} is missing, wants {wanted}", field.field, field.name),
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
    let word = if &*id.route.kind == "Ingress" { "path" } else { "match" };
    format!("{} rule {} {word} {}", id.route, id.index + 1, candidate.match_index + 1)
}

/// The listeners that were passed over, on the port that answers and on those of other Gateways.
fn listeners(ports: &[&Port], port: &Port, taken: Option<&Listener>, host: Host<'_>) -> Vec<NearMiss> {
    let mut near = Vec::new();
    for other in ports {
        for listener in &other.listeners {
            if taken.is_some_and(|taken| taken.id == listener.id) {
                continue;
            }
            let (kind, failed) = match (listener.hostname.takes(host), taken) {
                (false, _) => (Miss::Listener, format!("host is {}, wants {}", host.0, listener.hostname)),
                (true, Some(taken)) if taken.hostname.by_specificity(&listener.hostname).is_lt() => (
                    Miss::Lost(Precedence::Listener),
                    format!(
                        "hostname more specific: {} of {} goes before {}",
                        taken.hostname, taken.id.name, listener.hostname
                    ),
                ),
                (true, Some(taken)) => (
                    Miss::Lost(Precedence::Gateway),
                    format!("{} answers first: ask with this Gateway", taken.id.port.entry),
                ),
                (true, None) => continue,
            };
            let far = !listener.hostname.takes(host);
            let alike = Reverse(likeness(&listener.hostname, host));
            let key = (far, alike, other.key != port.key, listener.id.clone());
            let what = format!("{} listener {}", other.key.entry, listener.id.name);
            near.push((key, NearMiss { what, route: None, rule: None, kind, failed }));
        }
    }
    near.sort_by(|a, b| a.0.cmp(&b.0));
    near.into_iter().map(|(_, miss)| miss).collect()
}
