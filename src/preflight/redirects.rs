//! [`Item::Redirects`](crate::switch::Item::Redirects): whether a client goes round, on the new side or between both while
//! some of its questions are answered by the one and some by the other.

use std::collections::{BTreeSet, HashMap};

use super::{Known, Name};
use crate::{
    rehearsal::Url,
    routing::{Ask, Outcome, PathMatch, Side, way},
    switch::Finding,
};

/// Paths of a hostname that are followed.
const PATHS: usize = 40;
/// Addresses that are followed from one to the next, over all of them.
const ADDRESSES: usize = 500;

/// From an address to the next, with the side that says so.
type Steps = HashMap<Address, Vec<(Side, Address)>>;

/// Scheme, host, port and path.
type Address = (String, String, u16, String);

impl Known<'_> {
    pub(super) fn redirects(&self, name: &Name<'_>) -> Finding {
        let mut paths: BTreeSet<String> = BTreeSet::from(["/".to_owned()]);
        for side in [Side::New, Side::Old] {
            paths.extend(
                self.candidates(side, name).filter_map(|candidate| example(&candidate.path)).take(PATHS),
            );
        }
        let mut steps = Steps::new();
        let mut followed = 0;
        for path in paths.into_iter().take(PATHS) {
            for door in &name.doors {
                let start = (door.0.to_owned(), name.host.clone(), door.1, path.clone());
                self.follow(start, &mut steps);
                followed += 1;
            }
        }
        let mut starts: Vec<&Address> = steps.keys().collect();
        starts.sort();
        match starts.into_iter().find_map(|start| round(&steps, start)) {
            Some(round) => Finding::Red(format!("clients go round: {round}")),
            None => Finding::Green(format!("{followed} addresses lead somewhere")),
        }
    }

    /// Asks both sides where an address leads, and where that leads.
    fn follow(&self, start: Address, steps: &mut Steps) {
        let mut waiting = vec![start];
        while let Some(address) = waiting.pop() {
            if steps.contains_key(&address) || steps.len() >= ADDRESSES {
                continue;
            }
            let mut next = Vec::new();
            for side in [Side::New, Side::Old] {
                let found = way(self.table(side), &ask(side, &address));
                let location = found.location.filter(|_| found.outcome == Outcome::Redirect);
                if let Some(to) = location.and_then(|location| joined(&address, &location)) {
                    waiting.push(to.clone());
                    next.push((side, to));
                }
            }
            steps.insert(address, next);
        }
    }
}

fn ask(side: Side, (scheme, host, port, path): &Address) -> Ask {
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (path.as_str(), None),
    };
    Ask {
        side,
        gateway: None,
        method: "GET".to_owned(),
        scheme: scheme.clone(),
        host: host.clone(),
        port: *port,
        path: path.to_owned(),
        query,
        headers: Vec::new(),
    }
}

/// Where a `Location` leads from an address.
fn joined(from: &Address, location: &str) -> Option<Address> {
    if location.starts_with('/') && !location.starts_with("//") {
        let (scheme, host, port, _) = from.clone();
        return Some((scheme, host, port, location.to_owned()));
    }
    let Url { scheme, host, port, path, query } = Url::parse(location).ok()?;
    let target = query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
    Some((scheme, host, port, target))
}

/// The way from an address back to it, in words.
fn round(steps: &Steps, start: &Address) -> Option<String> {
    let mut seen: BTreeSet<&Address> = BTreeSet::new();
    let mut ways: Vec<(Vec<Side>, &Address)> = vec![(Vec::new(), start)];
    while let Some((sides, at)) = ways.pop() {
        for (side, next) in steps.get(at).into_iter().flatten() {
            let mut sides = sides.clone();
            sides.push(*side);
            if next == start {
                let both = sides.contains(&Side::Old) && sides.contains(&Side::New);
                let whose = match (both, sides.first()) {
                    (true, _) => "the one side leads to where the other leads back",
                    (false, Some(Side::Old)) => "on the old side",
                    (false, _) => "on the new side",
                };
                let (scheme, host, _, path) = start;
                return Some(format!("{scheme}://{host}{path}, {whose}"));
            }
            if seen.insert(next) {
                ways.push((sides, next));
            }
        }
    }
    None
}

/// A path that the match takes.
fn example(path: &PathMatch) -> Option<String> {
    match path {
        PathMatch::Exact(path) | PathMatch::RawPrefix(path) => Some(path.to_string()),
        PathMatch::Prefix(prefix) => Some(format!("{prefix}/x")),
        PathMatch::Pattern(_) => None,
    }
}
