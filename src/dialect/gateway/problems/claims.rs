//! Matches that are claimed twice: who wins, and why; and rules that nothing can reach.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::Found;
use crate::{
    dialect::gateway::{Compiled, fault::Fault},
    resource::{Key, Kind, Severity},
    routing::{Candidate, HostPattern, Listener, PathMatch, Rule, RuleId},
};

/// A match that another takes away, in some place.
struct Taken<'t> {
    loser: &'t Arc<Candidate>,
    winner: &'t Arc<Candidate>,
    listener: &'t Listener,
    host: &'t HostPattern,
}

/// Where the matches of one rule stand, and how many of these places are taken.
#[derive(Default)]
struct Places {
    all: usize,
    taken: usize,
}

pub(super) fn all(compiled: &Compiled, found: &mut Found<'_>) {
    let mut taken: Vec<Taken<'_>> = Vec::new();
    let mut places: HashMap<*const Rule, Places> = HashMap::new();
    let listeners = compiled.table.ports.values().flat_map(|port| &port.listeners);
    for listener in listeners {
        for host in listener.hosts.iter() {
            for candidate in host.iter() {
                places.entry(Arc::as_ptr(&candidate.rule)).or_default().all += 1;
            }
            let before = taken.len();
            let mut add = |loser, winner| taken.push(Taken { loser, winner, listener, host: &host.pattern });
            let everything = host.patterns.iter().find(|candidate| takes_all(candidate));
            for bucket in host.exact.values() {
                repeated(bucket.iter(), &mut add);
            }
            if let Some(winner) = everything {
                let later = host.patterns.iter().skip_while(|one| !Arc::ptr_eq(one, winner)).skip(1);
                for loser in later.chain(host.prefix.values().flat_map(|bucket| bucket.iter())) {
                    add(loser, winner);
                }
            } else {
                repeated(host.patterns.iter(), &mut add);
                for bucket in host.prefix.values() {
                    repeated(bucket.iter(), &mut add);
                }
            }
            for taken in taken.iter().skip(before) {
                places.entry(Arc::as_ptr(&taken.loser.rule)).or_default().taken += 1;
            }
        }
    }
    tell(&taken, &places, found);
}

/// Pairs of matches that want the same; candidates come in order of precedence.
fn repeated<'t>(
    candidates: impl ExactSizeIterator<Item = &'t Arc<Candidate>>,
    add: &mut impl FnMut(&'t Arc<Candidate>, &'t Arc<Candidate>),
) {
    if candidates.len() < 2 {
        return;
    }
    let mut first: HashMap<String, &Arc<Candidate>> = HashMap::new();
    for candidate in candidates {
        match first.entry(wants(candidate)) {
            std::collections::hash_map::Entry::Vacant(place) => drop(place.insert(candidate)),
            std::collections::hash_map::Entry::Occupied(place) => add(candidate, place.get()),
        }
    }
}

/// Path and conditions in a form that is the same for the same wishes, whatever their order.
fn wants(candidate: &Candidate) -> String {
    let conditions = &candidate.conditions;
    let mut fields: Vec<String> = conditions.fields.iter().map(ToString::to_string).collect();
    fields.sort_unstable();
    let method = conditions.method.as_deref().unwrap_or_default();
    format!("{}\n{method}\n{}", candidate.path, fields.join("\n"))
}

/// A pattern before all others that takes whatever comes: only exact paths go first.
fn takes_all(candidate: &Candidate) -> bool {
    let free = candidate.conditions.method.is_none() && candidate.conditions.fields.is_empty();
    let any = match &candidate.path {
        PathMatch::Pattern(pattern) => matches!(&*pattern.written, ".*" | "/.*" | "^/.*" | "^.*$" | "^/.*$"),
        PathMatch::Exact(_) | PathMatch::Prefix(_) | PathMatch::RawPrefix(_) => false,
    };
    free && any
}

fn tell(taken: &[Taken<'_>], places: &HashMap<*const Rule, Places>, found: &mut Found<'_>) {
    // One problem for a pair of matches, however many listeners and hosts they meet on.
    let mut pairs: BTreeMap<(&RuleId, u32, &RuleId), (&Taken<'_>, usize)> = BTreeMap::new();
    let mut rules: BTreeMap<&RuleId, (bool, &Taken<'_>)> = BTreeMap::new();
    for one in taken {
        let (loser, winner) = (&one.loser.rule, &one.winner.rule);
        let own = loser.id.route == winner.id.route || takes_all(one.winner);
        if !own {
            let pair = (&loser.id, one.loser.match_index, &winner.id);
            pairs.entry(pair).or_insert((one, 0)).1 += 1;
        }
        let whole = places.get(&Arc::as_ptr(loser)).is_some_and(|places| places.all == places.taken);
        if whole {
            rules.entry(&loser.id).or_insert((false, one)).0 |= own;
        }
    }
    for (one, count) in pairs.values() {
        let (loser, winner) = (&one.loser.rule.id, &one.winner.rule.id);
        let more = if *count > 1 { format!(" and {} more places", count - 1) } else { String::new() };
        let message = format!(
            "rule {}: {} and rule {} of {} want the same ({}) for host {} on listener {} of {}{more}: {} wins, {}",
            loser.index + 1,
            loser.route,
            winner.index + 1,
            winner.route,
            shown(one.loser),
            one.host,
            one.listener.id.name,
            one.listener.id.port.entry,
            winner.route,
            why(one.winner, one.loser)
        );
        let fault = Fault::note(Severity::Warning, "same-match", message)
            .cure("give them different hostnames, paths or conditions, or make them one route")
            .at(format!("spec.rules[{}].matches[{}]", loser.index, one.loser.match_index));
        found.add(&route_key(loser), &fault);
    }
    for (loser, (own, one)) in rules {
        if !own {
            continue;
        }
        let winner = &one.winner.rule.id;
        let of = if winner.route == loser.route { String::new() } else { format!(" of {}", winner.route) };
        let message = format!(
            "rule {} can never be reached: rule {}{of} takes all that it wants ({})",
            loser.index + 1,
            winner.index + 1,
            shown(one.winner)
        );
        let fault = Fault::note(Severity::Warning, "unreachable-rule", message)
            .cure("remove it, or give it a match of its own")
            .at(format!("spec.rules[{}]", loser.index));
        found.add(&route_key(loser), &fault);
    }
}

fn shown(candidate: &Candidate) -> String {
    let conditions = candidate.conditions.to_string();
    if conditions.is_empty() {
        candidate.path.to_string()
    } else {
        format!("{}, {conditions}", candidate.path)
    }
}

/// The rule of precedence that decided.
fn why(winner: &Candidate, loser: &Candidate) -> &'static str {
    let (a, b) = (&winner.rank, &loser.rank);
    match (a.created, b.created) {
        (a, b) if a == b && a == i64::MAX => {
            "as objects from files have no age and its namespace and name come first in the alphabet"
        }
        (a, b) if a == b => {
            "as both are of the same age and its namespace and name come first in the alphabet"
        }
        _ => "as it is older",
    }
}

fn route_key(rule: &RuleId) -> Key {
    Key::new(Kind::HttpRoute, rule.route.namespace.clone(), rule.route.name.clone())
}
