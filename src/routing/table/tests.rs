use super::*;
use crate::routing::{
    PathPattern,
    fixture::{Spec, header, hosts, listener, port_key, query, spec},
};

fn exact(text: &str) -> HostPattern {
    HostPattern::parse(text).unwrap()
}

#[test]
fn rank_follows_the_order_of_the_api() {
    let base = spec("shop/m", PathMatch::prefix("/"));
    let header = |name| header(name, "1");
    let order = [
        ("a method match", Spec { method: Some("GET"), created: 9, ..base.clone() }),
        ("more headers", Spec { fields: vec![header("a"), header("b")], created: 9, ..base.clone() }),
        (
            "a header and a query",
            Spec { fields: vec![header("a"), query("q", "1")], created: 9, ..base.clone() },
        ),
        ("a header", Spec { fields: vec![header("a")], created: 9, ..base.clone() }),
        ("two queries", Spec { fields: vec![query("q", "1"), query("r", "1")], created: 9, ..base.clone() }),
        ("the oldest", Spec { created: 1, route: "z/z", ..base.clone() }),
        ("the first name", Spec { created: 2, route: "a-b/x", rule: 3, ..base.clone() }),
        (
            "by the text namespace/name, in which - stands before /",
            Spec { created: 2, route: "a/a", ..base.clone() },
        ),
        ("the name within a namespace", Spec { created: 2, route: "a/b", ..base.clone() }),
        ("the first rule", Spec { created: 2, route: "a/c", rule: 0, matched: 1, ..base.clone() }),
        ("the next rule", Spec { created: 2, route: "a/c", rule: 1, matched: 0, ..base.clone() }),
        ("the next match", Spec { created: 2, route: "a/c", rule: 1, matched: 1, ..base.clone() }),
        ("a route without a time", Spec { created: i64::MAX, route: "a/a", ..base }),
    ];
    for pair in order.windows(2) {
        let (a, b) = (pair[0].1.build(), pair[1].1.build());
        assert!(a.rank < b.rank, "{} goes before {}", pair[0].0, pair[1].0);
    }
}

#[test]
fn listeners_of_a_port_stand_from_the_most_specific() {
    let key = port_key("infra/edge", 80);
    let names = ["", "*.example", "a.example", "*.b.example"];
    let listeners = names.iter().map(|name| listener(&key, name, name, HostMap::default()));
    let port = Port::new(key.clone(), PortProtocol::Http, listeners);
    let order: Vec<String> = port.listeners.iter().map(|one| one.hostname.to_string()).collect();
    assert_eq!(order, ["a.example", "*.b.example", "*.example", "*"]);
}

#[test]
fn what_is_added_twice_is_there_once_and_the_last_stays() {
    let mut map = HostMap::default();
    let first = spec("shop/a", PathMatch::prefix("/")).build();
    let again = Spec { fields: Vec::new(), ..spec("shop/a", PathMatch::prefix("/")) }.build();
    map.add(&HostPattern::Any, vec![first.clone()]);
    map.add(&HostPattern::Any, vec![first.clone(), again.clone()]);
    let all: Vec<_> = map.iter().flat_map(|host| host.iter()).collect();
    assert_eq!(all.len(), 1);
    assert!(Arc::ptr_eq(all[0], &again));
}

#[test]
fn a_hostname_without_matches_goes() {
    for name in ["a.example", "*.a.example", ""] {
        let pattern = exact(name);
        let one = spec("shop/a", PathMatch::prefix("/a")).build();
        let two = spec("shop/b", PathMatch::exact("/a")).build();
        let mut map = HostMap::default();
        map.add(&pattern, vec![one.clone(), two.clone()]);
        map.remove(&pattern, &[one]);
        assert!(
            map.get(&pattern).is_some_and(|host| host.prefix.is_empty() && host.prefix_lengths.is_empty())
        );
        map.remove(&pattern, std::slice::from_ref(&two));
        assert_eq!(map, HostMap::default());
        map.remove(&pattern, &[two]);
        assert_eq!(map, HostMap::default(), "what is not there can not be taken out");
    }
}

#[test]
fn one_label_wildcards_have_a_map_of_their_own() {
    let pattern = HostPattern::parse_one_label("*.a.example").unwrap();
    let one = spec("shop/a", PathMatch::prefix("/a")).build();
    let mut map = HostMap::default();
    map.add(&pattern, vec![one.clone()]);
    assert_eq!((map.one_label.len(), map.under.len()), (1, 0));
    map.remove(&pattern, &[one]);
    assert_eq!(map, HostMap::default());
}

#[test]
fn a_change_leaves_the_map_before_it_alone_and_shares_its_other_hosts() {
    let before = hosts(&[
        ("a.example", spec("shop/a", PathMatch::prefix("/"))),
        ("b.example", spec("shop/b", PathMatch::prefix("/"))),
    ]);
    let mut after = before.clone();
    after.add(&exact("a.example"), vec![spec("shop/c", PathMatch::prefix("/c")).build()]);
    let count = |map: &HostMap, name| map.get(&exact(name)).map_or(0, |host| host.iter().count());
    assert_eq!((count(&before, "a.example"), count(&after, "a.example")), (1, 2));
    let same = |name| Arc::ptr_eq(before.get(&exact(name)).unwrap(), after.get(&exact(name)).unwrap());
    assert!(same("b.example") && !same("a.example"));
}

#[test]
fn expressions_stand_by_length_then_by_rank() {
    let pattern = |text| PathMatch::Pattern(Arc::new(PathPattern::whole(text).unwrap()));
    let one = |route, text, created| Spec { created, ..spec(route, pattern(text)) }.build();
    let mut map = HostMap::default();
    map.add(&HostPattern::Any, vec![one("a/a", "/a.", 3), one("a/b", "/bb.*", 9), one("a/c", "/z.", 1)]);
    let host = map.get(&HostPattern::Any).unwrap();
    let order: Vec<_> = host.patterns.iter().map(|one| one.rule.id.route.to_string()).collect();
    assert_eq!(order, ["a/b", "a/c", "a/a"]);
}

#[test]
fn fifty_thousand_matches_of_one_path_are_added_at_once_in_their_order() {
    let all: Vec<_> = (0..50_000_i64)
        .map(|n| Spec { created: n * 7919 % 50_000, ..spec("shop/a", PathMatch::prefix("/")) }.build())
        .collect();
    let mut map = HostMap::default();
    map.add(&HostPattern::Any, all.clone());
    let bucket = &map.get(&HostPattern::Any).unwrap().prefix[""];
    assert_eq!(bucket.len(), 50_000);
    assert!(bucket.is_sorted_by(|a, b| a.rank < b.rank));
    map.remove(&HostPattern::Any, &all);
    assert_eq!(map, HostMap::default());
}
