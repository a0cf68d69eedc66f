//! The lookup against a naive reading of the specification, on random tables and requests.

use std::{cmp::Reverse, sync::Arc};

use proptest::prelude::*;

use super::*;
use crate::routing::{Ask, Candidate, Field, HostMap, Outcome, Side, Table, ValueMatch, explain};

/// One match under one hostname.
pub(in crate::routing) type Entry = (HostPattern, Arc<Candidate>);

const LABELS: [&str; 3] = ["a", "b", "example"];
const HOSTS: [&str; 7] =
    ["example", "a.example", "b.a.example", "a.b.a.example", "b.example", "a", "b.b.b.example"];
const SEGMENTS: [&str; 4] = ["a", "b", "ab", ""];

fn host_pattern() -> impl Strategy<Value = HostPattern> {
    let name = prop::sample::select(HOSTS.to_vec());
    let random = (name, 0..8_u8).prop_map(|(name, kind)| {
        let wildcard = format!("*.{name}");
        match kind {
            0..3 => HostPattern::parse(name).unwrap(),
            3..6 => HostPattern::parse(&wildcard).unwrap(),
            6 => HostPattern::parse_one_label(&wildcard).unwrap(),
            _ => HostPattern::Any,
        }
    });
    prop_oneof![1 => Just(HostPattern::parse("a.example").unwrap()), 1 => random]
}

fn path() -> impl Strategy<Value = String> {
    let random = prop::collection::vec(prop::sample::select(SEGMENTS.to_vec()), 1..4)
        .prop_map(|segments| format!("/{}", segments.join("/")));
    // Often the same, so that what comes after the path has to decide.
    prop_oneof![1 => Just("/a".to_owned()), 1 => random]
}

fn path_match() -> impl Strategy<Value = PathMatch> {
    let pattern = prop::sample::select(vec!["/a.*", "/[ab]+", "/a/b?", "/(a|b)/.*", "/.*/ab"]);
    prop_oneof![
        2 => path().prop_map(|path| PathMatch::exact(&path)),
        4 => path().prop_map(|path| PathMatch::prefix(&path)),
        1 => path().prop_map(|path| PathMatch::raw_prefix(&path)),
        1 => pattern.prop_map(whole),
    ]
}

pub(in crate::routing) fn entry() -> impl Strategy<Value = Entry> {
    let method = prop::sample::select(vec![None, None, None, Some("GET"), Some("POST")]);
    let fields = prop::collection::vec(
        prop_oneof![
            ("[xy]", "[12]").prop_map(|(name, value)| header(&name, &value)),
            ("[pq]", "[12]").prop_map(|(name, value)| query(&name, &value)),
        ],
        0..3,
    );
    let route = prop::sample::select(vec!["a/a", "a/b", "a-b/a", "b/a"]);
    (host_pattern(), path_match(), method, fields, 0..3_i64, route, (0..3_u32, 0..2_u32)).prop_map(
        |(host, path, method, fields, created, route, (rule, matched))| {
            (host, Spec { path, method, fields, created, route, rule, matched }.build())
        },
    )
}

pub(in crate::routing) fn request() -> impl Strategy<Value = Plain> {
    let method = prop::sample::select(vec!["GET", "POST", "PUT"]);
    let path = prop_oneof![5 => path(), 1 => Just("*".to_owned()), 1 => Just(String::new()), 1 => Just("/%61/./b".to_owned())];
    let headers = prop::collection::vec(("[xy]", "[12]"), 0..3);
    let query = prop::option::of(prop::sample::select(vec!["p=1", "q=2&p=2", "%70=%31", "p=2&p=1&q=1", ""]));
    (method, path, query, headers).prop_map(|(method, path, query, mut headers)| {
        headers.sort();
        headers.dedup_by(|a, b| a.0 == b.0);
        Plain { method: method.into(), path, query: query.map(str::to_owned), headers }
    })
}

pub(in crate::routing) fn host() -> impl Strategy<Value = String> {
    let random = prop::collection::vec(prop::sample::select(LABELS.to_vec()), 1..5)
        .prop_map(|labels| labels.join("."));
    prop_oneof![
        Just("a.example".to_owned()),
        prop::sample::select(HOSTS.to_vec()).prop_map(str::to_owned),
        random
    ]
}

fn naive_host(pattern: &HostPattern, host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let under = |name: &str| {
        let name: Vec<&str> = name.split('.').collect();
        if labels.ends_with(&name) { labels.len() - name.len() } else { 0 }
    };
    match pattern {
        HostPattern::Exact(name) => labels == name.split('.').collect::<Vec<_>>(),
        HostPattern::Under(name) => under(name) >= 1,
        HostPattern::OneLabel(name) => under(name) == 1,
        HostPattern::Any => true,
    }
}

fn naive_path(wanted: &PathMatch, path: &str) -> bool {
    match wanted {
        PathMatch::Exact(whole) => path == whole.to_string(),
        PathMatch::Prefix(prefix) => {
            let (wanted, given): (Vec<_>, Vec<_>) = (prefix.split('/').collect(), path.split('/').collect());
            given.starts_with(&wanted)
        }
        PathMatch::RawPrefix(prefix) => path.chars().take(prefix.chars().count()).eq(prefix.chars()),
        PathMatch::Pattern(pattern) => pattern.regex.groups(path).is_some_and(|groups| groups.get(0) == path),
    }
}

fn naive_conditions(candidate: &Candidate, request: &Plain) -> bool {
    let conditions = &candidate.conditions;
    let mut seen: Vec<(Field, &str)> = Vec::new();
    conditions.method.as_ref().is_none_or(|method| **method == *request.method)
        && conditions.fields.iter().all(|field| {
            if seen.contains(&(field.field, &field.name)) {
                return true;
            }
            seen.push((field.field, &field.name));
            let ValueMatch::Exact(wanted) = &field.value else { unreachable!("not made here") };
            let has = match field.field {
                Field::Header => {
                    request.headers.iter().find(|(name, _)| **name == *field.name).map(|(_, v)| v.clone())
                }
                Field::Query => request.query.as_ref().and_then(|query| {
                    let plain = query.replace("%70", "p").replace("%31", "1");
                    let start = format!("{}=", field.name);
                    plain.split('&').find_map(|pair| pair.strip_prefix(&start).map(str::to_owned))
                }),
                Field::Cookie => unreachable!("not made here"),
            };
            has.is_some_and(|has| *has == **wanted)
        })
}

/// The order of precedence, written down once more.
fn key(entry: &Entry) -> impl Ord + use<> {
    let (host, candidate) = entry;
    let host = match host {
        HostPattern::Exact(name) => (0, Reverse(name.len()), 0),
        HostPattern::OneLabel(name) => (1, Reverse(name.len()), 0),
        HostPattern::Under(name) => (1, Reverse(name.len()), 1),
        HostPattern::Any => (2, Reverse(0), 0),
    };
    let path = match &candidate.path {
        PathMatch::Exact(text) => (0, Reverse(text.len())),
        PathMatch::Pattern(pattern) => (1, Reverse(pattern.written.len())),
        PathMatch::Prefix(text) => (2, Reverse(text.len())),
        PathMatch::RawPrefix(text) => (3, Reverse(text.len())),
    };
    let count =
        |kind| Reverse(candidate.conditions.fields.iter().filter(|field| field.field == kind).count());
    (
        host,
        path,
        candidate.conditions.method.is_none(),
        (count(Field::Header), count(Field::Query)),
        candidate.rank.created,
        candidate.rule.id.route.to_string(),
        candidate.rank.rule,
        candidate.match_index,
        // Two expressions of one length and rank.
        candidate.path.to_string(),
    )
}

/// All that match, the first by precedence first.
fn naive<'t>(
    entries: &'t [Entry],
    policy: HostPolicy,
    host: &str,
    path: &str,
    request: &Plain,
) -> Vec<&'t Entry> {
    let mut taking: Vec<&Entry> = entries.iter().filter(|(pattern, _)| naive_host(pattern, host)).collect();
    taking.sort_by_cached_key(|entry| key(entry));
    if policy == HostPolicy::BestOnly
        && let Some((best, _)) = taking.first().copied()
    {
        taking.retain(|(pattern, _)| pattern == best);
    }
    taking.retain(|(_, one)| naive_path(&one.path, path) && naive_conditions(one, request));
    taking
}

fn is_same(a: &Entry, b: &Entry) -> bool {
    a.0 == b.0 && a.1.path == b.1.path && a.1.rank == b.1.rank
}

/// Adds all in pieces, takes some out again, puts some of these back.
fn built(
    entries: &[Entry],
    pieces: &[usize],
    out: &[prop::sample::Index],
    back: usize,
) -> (HostMap, Vec<Entry>) {
    let mut map = HostMap::default();
    let mut kept: Vec<Entry> = Vec::new();
    let add = |map: &mut HostMap, kept: &mut Vec<Entry>, some: &[Entry]| {
        let mut by_host: Vec<(HostPattern, Vec<Arc<Candidate>>)> = Vec::new();
        for entry in some {
            kept.retain(|old| !is_same(old, entry));
            kept.push(entry.clone());
            match by_host.iter_mut().find(|(host, _)| *host == entry.0) {
                Some((_, list)) => list.push(entry.1.clone()),
                None => by_host.push((entry.0.clone(), vec![entry.1.clone()])),
            }
        }
        for (host, list) in by_host {
            map.add(&host, list);
        }
    };
    let mut rest = entries;
    for piece in pieces {
        let (now, later) = rest.split_at((*piece).min(rest.len()));
        add(&mut map, &mut kept, now);
        rest = later;
    }
    add(&mut map, &mut kept, rest);
    let mut gone = Vec::new();
    for index in out {
        if kept.is_empty() {
            break;
        }
        let entry = kept.remove(index.index(kept.len()));
        map.remove(&entry.0, std::slice::from_ref(&entry.1));
        gone.push(entry);
    }
    gone.truncate(back);
    add(&mut map, &mut kept, &gone);
    (map, kept)
}

fn port_of(map: HostMap, host_policy: HostPolicy, path_policy: PathPolicy) -> Port {
    let key = port_key("infra/edge", 80);
    let mut listener = (*listener(&key, "http", "", map)).clone();
    (listener.host_policy, listener.path_policy) = (host_policy, path_policy);
    Port::new(key, PortProtocol::Http, [Arc::new(listener)])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn find_agrees_with_the_naive_reading_and_explain_with_find(
        entries in prop::collection::vec(entry(), 0..24),
        pieces in prop::collection::vec(1..12_usize, 0..4),
        out in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        back in 0..4_usize,
        best_only: bool,
        normalize: bool,
        asks in prop::collection::vec((host(), request()), 1..8),
    ) {
        let (map, kept) = built(&entries, &pieces, &out, back);
        let host_policy = if best_only { HostPolicy::BestOnly } else { HostPolicy::Cascade };
        let path_policy = if normalize { PathPolicy::Normalized } else { PathPolicy::AsReceived };
        let port = port_of(map, host_policy, path_policy);
        let table = Table { ports: [(port.key.clone(), Arc::new(port.clone()))].into_iter().collect() };
        for (host, request) in &asks {
            let path = if normalize { normalized(&request.path).into_owned() } else { request.path.clone() };
            let wanted = naive(&kept, host_policy, host, &path, request);
            let found = match find(&port, Host(host), request) {
                Found::Match { host, candidate, .. } => Some((host, candidate)),
                Found::NoRule(_) => None,
                Found::NoListener => unreachable!("the listener takes every host"),
            };
            match (wanted.first(), found) {
                (None, None) => {}
                (Some((pattern, wanted)), Some((host, found))) => {
                    prop_assert_eq!(pattern, &host.pattern);
                    prop_assert!(std::ptr::eq(&raw const **wanted, found), "wanted {:?}, found {:?}", wanted, found);
                }
                (wanted, found) => prop_assert!(false, "wanted {:?}, found {:?}", wanted, found),
            }
            let explained = explain(&table, &ask(host, request));
            if let Some((host, candidate)) = found {
                prop_assert_eq!(explained.outcome, Outcome::Forward);
                prop_assert_eq!(explained.hostname, Some(host.pattern.to_string()));
                prop_assert_eq!(explained.route.as_ref(), Some(&*candidate.rule.id.route));
                prop_assert_eq!(explained.rule, Some((candidate.rule.id.index, None)));
                prop_assert!(explained.matched.is_some_and(|text| text.starts_with(&candidate.path.to_string())));
            } else {
                prop_assert_eq!((explained.outcome, explained.status), (Outcome::Refuse, Some(404)));
            }
            prop_assert!(explained.near_misses.len() <= 10);
            let id = |one: &Candidate| (one.rule.id.route.clone(), one.rule.id.index, one.match_index);
            let second = found.and_then(|(_, won)| wanted.iter().find(|(_, one)| id(one) != id(won)));
            if let Some((_, second)) = second {
                let (route, rule, matched) = id(second);
                let what = format!("{route} rule {} match {}", rule + 1, matched + 1);
                prop_assert_eq!(explained.near_misses.first().map(|near| &near.what), Some(&what));
            }
        }
    }

    #[test]
    fn a_table_changed_in_steps_is_the_table_built_at_once(
        entries in prop::collection::vec(entry(), 0..40),
        pieces in prop::collection::vec(1..20_usize, 0..4),
        out in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let (map, kept) = built(&entries, &pieces, &out, 0);
        let mut fresh = HostMap::default();
        for (pattern, candidate) in kept {
            fresh.add(&pattern, vec![candidate]);
        }
        prop_assert_eq!(map, fresh);
    }
}

fn ask(host: &str, request: &Plain) -> Ask {
    Ask {
        side: Side::New,
        gateway: None,
        method: request.method.clone(),
        scheme: "http".into(),
        host: host.into(),
        port: 80,
        path: request.path.clone(),
        query: request.query.clone(),
        headers: request.headers.clone(),
    }
}
