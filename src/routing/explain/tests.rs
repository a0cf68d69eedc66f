use std::sync::Arc;

use super::*;
use crate::routing::{
    Action, Backend, Cors, HostMap, PathMatch, PathRewrite, Redirect, Rewrite, Split, Why,
    fixture::{Spec, backend, header, hosts, listener, port_key, query, rule, spec},
};

mod agrees;

/// Name, hostname, matches.
type Listeners<'a> = &'a [(&'a str, &'a str, HostMap)];

/// A table of Gateways: name, port and listeners.
fn table(gateways: &[(&str, u16, Listeners<'_>)]) -> Table {
    let mut table = Table::default();
    for (gateway, number, listeners) in gateways {
        let key = port_key(gateway, *number);
        let listeners: Vec<_> = listeners
            .iter()
            .map(|(name, hostname, hosts)| listener(&key, name, hostname, hosts.clone()))
            .collect();
        table.ports.insert(key.clone(), Arc::new(Port::new(key, PortProtocol::Http, listeners)));
    }
    table
}

fn one(matches: &[(&str, Spec)]) -> Table {
    table(&[("infra/edge", 80, &[("http", "", hosts(matches))])])
}

/// A table with one rule for all paths under `/api`.
fn with(rule: Rule) -> Table {
    let mut map = HostMap::default();
    map.add(&crate::routing::HostPattern::Any, vec![spec("shop/api", PathMatch::prefix("/api")).with(rule)]);
    table(&[("infra/edge", 80, &[("http", "", map)])])
}

fn ask(url: &str) -> Ask {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (authority, path) = rest.split_at(rest.find('/').unwrap());
    let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (path, None),
    };
    Ask {
        side: Side::New,
        gateway: None,
        method: "GET".into(),
        scheme: scheme.into(),
        host: host.into(),
        port: port.parse().unwrap(),
        path: path.into(),
        query,
        headers: Vec::new(),
    }
}

fn misses(explanation: &Explanation) -> Vec<String> {
    explanation.near_misses.iter().map(|near| format!("{}: {}", near.what, near.failed)).collect()
}

#[test]
fn a_request_that_is_taken_is_explained_from_listener_to_backends() {
    let mut forward = rule("shop/api", 1, Action::Forward(Split::new([backend("a", 90), backend("b", 10)])));
    forward.id.name = Some("users".into());
    forward.rewrite =
        Some(Rewrite { host: Some("inner".into()), path: Some(PathRewrite::Prefix("/".into())) });
    forward.filters_shown = ["URLRewrite path ReplacePrefixMatch /".to_owned()].into();
    let mut map = HostMap::default();
    let wanted = Spec { fields: vec![header("x-v", "v2")], ..spec("shop/api", PathMatch::prefix("/api/")) };
    map.add(&crate::routing::HostPattern::parse("*.example").unwrap(), vec![wanted.with(forward)]);
    let table = table(&[("infra/edge", 80, &[("web", "*.example", map)])]);
    let mut asked = ask("http://a.example/api/users?x=1");
    asked.headers = vec![("x-v".into(), "v2".into())];
    let told = explain(&table, &asked);
    assert_eq!((told.outcome, told.status, told.reason), (Outcome::Forward, None, None));
    assert_eq!(told.gateway.map(|one| one.to_string()), Some("infra/edge".into()));
    assert_eq!(told.listener, Some(("web".into(), "*.example".into())));
    assert_eq!(
        told.route.map(|one| (one.kind.to_string(), one.to_string())),
        Some(("HTTPRoute".into(), "shop/api".into()))
    );
    assert_eq!(told.hostname.as_deref(), Some("*.example"));
    assert_eq!(told.rule, Some((1, Some("users".into()))));
    assert_eq!(told.matched.as_deref(), Some("PathPrefix /api, header x-v = v2"));
    assert_eq!(told.filters, ["URLRewrite path ReplacePrefixMatch /"]);
    assert_eq!(told.rewritten, Some(("/users".into(), "inner".into())));
    let shares: Vec<_> =
        told.backends.iter().map(|one| (one.backend.to_string(), one.port, one.weight, one.share)).collect();
    assert_eq!(shares, [("shop/a".into(), 8080, 90, 0.9), ("shop/b".into(), 8080, 10, 0.1)]);
    assert!(told.near_misses.is_empty());
}

fn broken(name: &str, weight: u32) -> Backend {
    Backend { problem: Some(Why::BackendNotFound(format!("Service shop/{name}"))), ..backend(name, weight) }
}

#[test]
fn a_status_is_told_when_the_gateway_answers_itself() {
    use Outcome::{Forward, Refuse};
    let forward = |backends: Vec<Backend>| Action::Forward(Split::new(backends));
    let cases = [
        (forward(vec![backend("a", 1)]), Forward, None, None, "a backend answers"),
        (
            forward(vec![backend("a", 3), broken("b", 1)]),
            Forward,
            None,
            Some("25 % of the requests are answered with 500: Service shop/b does not exist"),
            "a share fails",
        ),
        (
            forward(vec![backend("a", 0), broken("b", 1)]),
            Refuse,
            Some(500),
            Some("Service shop/b does not exist"),
            "all that has weight fails",
        ),
        (
            forward(vec![backend("a", 1), broken("b", 0)]),
            Forward,
            None,
            None,
            "a broken one without weight is nothing",
        ),
        (forward(vec![backend("a", 0)]), Refuse, Some(500), Some("all weights are 0"), "no weight"),
        (forward(vec![]), Refuse, Some(500), Some("the rule has no backendRefs"), "no backend"),
        (
            Action::Answer(500, Why::UnsupportedFilter("ExtensionRef".into())),
            Refuse,
            Some(500),
            Some("filter ExtensionRef can not be executed"),
            "what the dialect says",
        ),
    ];
    for (action, outcome, status, reason, why) in cases {
        let told = explain(&with(rule("shop/api", 0, action)), &ask("http://a.example/api/x"));
        assert_eq!((told.outcome, told.status, told.reason.as_deref()), (outcome, status, reason), "{why}");
        assert_eq!(told.rewritten.is_some(), outcome == Forward, "{why}");
    }
}

#[test]
fn a_redirect_is_told_with_its_location() {
    let redirect = Redirect { scheme: Some("https".into()), host: None, port: None, path: None, status: 301 };
    let told =
        explain(&with(rule("shop/api", 0, Action::Redirect(redirect))), &ask("http://a.example/api/x?q=1"));
    assert_eq!((told.outcome, told.status), (Outcome::Redirect, Some(301)));
    assert_eq!(told.location.as_deref(), Some("https://a.example/api/x?q=1"));
    assert_eq!(told.reason, None);
}

#[test]
fn a_preflight_is_answered_by_the_gateway() {
    let mut guarded = rule("shop/api", 0, Action::Forward(Split::new([backend("a", 1)])));
    guarded.cors = Some(Cors::default());
    let mut asked = ask("http://a.example/api");
    asked.method = "OPTIONS".into();
    asked.headers = vec![("origin".into(), "https://b.example".into())];
    assert_eq!(explain(&with(guarded.clone()), &asked).status, None, "a plain OPTIONS goes to the backend");
    asked.headers.push(("access-control-request-method".into(), "PUT".into()));
    assert_eq!(explain(&with(guarded), &asked).status, Some(204));
}

#[test]
fn the_rewrite_of_backends_is_told_when_all_have_the_same() {
    let new = Some(Rewrite { host: Some("v2".into()), path: None });
    let own = |weight| Backend { rewrite: new.clone(), ..backend("a", weight) };
    let cases = [
        (vec![own(1)], "v2", "the only one"),
        (vec![own(1), backend("b", 0)], "v2", "the only one with weight"),
        (vec![own(1), own(1)], "v2", "both"),
        (vec![own(1), backend("b", 1)], "a.example", "not both"),
        (vec![backend("b", 1), own(1)], "a.example", "in either order"),
    ];
    for (backends, host, why) in cases {
        let told = explain(
            &with(rule("shop/api", 0, Action::Forward(Split::new(backends)))),
            &ask("http://a.example/api"),
        );
        assert_eq!(told.rewritten, Some(("/api".into(), host.into())), "{why}");
    }
}

#[test]
fn what_nobody_takes_is_refused_with_the_place_at_which_it_failed() {
    let table = table(&[
        (
            "infra/edge",
            80,
            &[("web", "*.example", hosts(&[("a.example", spec("shop/a", PathMatch::exact("/a")))]))],
        ),
        ("infra/edge", 8080, &[("alt", "", HostMap::default())]),
        ("infra/inner", 9000, &[("in", "", HostMap::default())]),
    ]);
    let edge = Some(("infra".to_owned(), "edge".to_owned()));
    let cases = [
        (
            ask("http://a.example/b"),
            Some(404),
            "no rule of listener web takes GET /b for host a.example",
            "no rule",
        ),
        (ask("http://other/a"), Some(404), "no listener on port 80 takes host other", "no listener"),
        (
            ask("http://a.example:81/a"),
            None,
            "there is no http listener on port 81; there are: 80, 8080, 9000",
            "nobody listens: no answer, no status",
        ),
        (
            Ask { gateway: edge.clone(), ..ask("http://a.example:9000/a") },
            None,
            "infra/edge has no http listener on port 9000; there are: 80, 8080",
            "only of this Gateway",
        ),
        (
            Ask { scheme: "https".into(), ..ask("http://a.example/a") },
            None,
            "there is no https listener on port 80, nor on any other",
            "another scheme",
        ),
        (
            Ask { side: Side::Old, ..ask("http://a.example/a") },
            None,
            "there is no http listener on port 80, nor on any other",
            "another side",
        ),
        (
            Ask { host: "a b".into(), ..ask("http://x/a") },
            Some(400),
            "host `a b`: byte 0x20 can not stand in a host",
            "no host at all",
        ),
    ];
    for (asked, status, reason, why) in cases {
        let told = explain(&table, &asked);
        assert_eq!(told.outcome, Outcome::Refuse, "{why}");
        assert_eq!((told.status, told.reason.as_deref()), (status, Some(reason)), "{why}");
    }
}

#[test]
fn the_gateway_with_the_more_specific_listener_answers_unless_another_is_asked_for() {
    let all = |route| hosts(&[("", spec(route, PathMatch::prefix("/")))]);
    let table = table(&[
        ("infra/a", 80, &[("web", "", all("shop/a"))]),
        ("infra/b", 80, &[("web", "*.example", all("shop/b"))]),
        ("infra/c", 80, &[("web", "", HostMap::default())]),
    ]);
    let route = |asked: &Ask| explain(&table, asked).route.map(|route| route.to_string());
    let asked = ask("http://a.example/");
    assert_eq!(route(&asked).as_deref(), Some("shop/b"));
    assert_eq!(route(&ask("http://other/")).as_deref(), Some("shop/a"), "of equal ones the one with a match");
    let told = explain(&table, &asked);
    assert!(
        misses(&told)
            .contains(&"infra/a listener web: hostname more specific: *.example of web goes before *".into())
    );
    let asked = Ask { gateway: Some(("infra".into(), "a".into())), ..asked };
    assert_eq!(route(&asked).as_deref(), Some("shop/a"));
}

#[test]
fn the_hostnames_that_were_asked_are_told_in_their_order() {
    let table = one(&[
        ("a.b.example", spec("shop/exact", PathMatch::exact("/x"))),
        ("*.b.example", spec("shop/near", PathMatch::prefix("/near"))),
        ("*.example", spec("shop/far", PathMatch::prefix("/"))),
        ("", spec("shop/any", PathMatch::prefix("/"))),
        ("c.example", spec("shop/other", PathMatch::prefix("/"))),
    ]);
    let tried = |path: &str| {
        let told = explain(&table, &ask(&format!("http://a.b.example{path}")));
        let one = |one: &HostTried| format!("{}{}", if one.taken { "✓" } else { "✗" }, one.hostname);
        told.hosts.iter().map(one).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(tried("/x"), "✓a.b.example");
    assert_eq!(tried("/near/x"), "✗a.b.example ✓*.b.example");
    assert_eq!(tried("/y"), "✗a.b.example ✗*.b.example ✓*.example");
}

#[test]
fn a_rule_of_precedence_names_the_place_where_it_is_written() {
    let api = || PathMatch::prefix("/api");
    let table = one(&[
        ("a.example", spec("shop/w", api())),
        ("a.example", spec("shop/short", PathMatch::prefix("/"))),
        ("", spec("shop/wide", api())),
    ]);
    let told = explain(&table, &ask("http://a.example/api"));
    let places: Vec<_> = told
        .near_misses
        .iter()
        .map(|miss| match miss.kind {
            Miss::Lost(by) => (by, by.place()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        places,
        [
            (Precedence::PathLength, "HTTPRoute spec.rules[].matches"),
            (Precedence::Hostname, "HTTPRoute spec.hostnames"),
        ]
    );
    assert_eq!(told.near_misses[0].rule, Some(0));
}

#[test]
fn what_failed_in_one_thing_is_told_nearest_first() {
    let table = one(&[
        ("a.example", spec("shop/admin", PathMatch::prefix("/admin"))),
        ("a.example", spec("shop/apis", PathMatch::prefix("/apis"))),
        ("a.example", Spec { method: Some("POST"), ..spec("shop/post", PathMatch::prefix("/api")) }),
        (
            "a.example",
            Spec { fields: vec![header("x-v", "v2")], ..spec("shop/head", PathMatch::prefix("/api")) },
        ),
        ("a.example", Spec { fields: vec![query("q", "1")], ..spec("shop/ask", PathMatch::prefix("/api")) }),
        ("a.example", Spec { method: Some("POST"), ..spec("shop/two", PathMatch::prefix("/other")) }),
        ("b.example", spec("shop/host", PathMatch::prefix("/api"))),
    ]);
    let mut asked = ask("http://a.example/api?q=2");
    asked.headers = vec![("x-v".into(), "v1".into())];
    assert_eq!(
        misses(&explain(&table, &asked)),
        [
            "shop/post rule 1 match 1: method is GET, wants POST",
            "shop/head rule 1 match 1: header x-v is v1, wants v2",
            "shop/ask rule 1 match 1: query q is 2, wants 1",
            "shop/apis rule 1 match 1: path is /api, wants PathPrefix /apis",
            "shop/admin rule 1 match 1: path is /api, wants PathPrefix /admin",
            "shop/host rule 1 match 1: host is a.example, wants b.example",
        ],
        "shop/two failed in two things"
    );
    let near = explain(&table, &ask("http://a.example/api")).near_misses;
    assert_eq!(near[1].failed, "header x-v is missing, wants v2");
}

#[test]
fn the_runner_up_is_told_with_the_rule_by_which_it_lost() {
    let api = || PathMatch::prefix("/api");
    let base = || Spec { created: 5, ..spec("shop/m", api()) };
    let cases = [
        (
            ("", spec("shop/n", PathMatch::prefix("/"))),
            "longer path: PathPrefix /api goes before PathPrefix /",
        ),
        (("", Spec { created: 9, ..spec("shop/n", api()) }), "older route: shop/m was created before shop/n"),
        (("", Spec { created: 5, ..spec("shop/n", api()) }), "name of the route: shop/m goes before shop/n"),
        (("", Spec { rule: 1, ..base() }), "earlier rule: rule 1 goes before rule 2"),
        (("", Spec { matched: 1, ..base() }), "earlier match: match 1 goes before match 2"),
        (
            ("", spec("shop/n", PathMatch::raw_prefix("/api"))),
            "path by segments: PathPrefix /api goes before ImplementationSpecific /api",
        ),
    ];
    for (other, failed) in cases {
        let told = explain(&one(&[("", base()), other]), &ask("http://a.example/api"));
        assert_eq!(told.route.as_ref().map(ToString::to_string).as_deref(), Some("shop/m"), "{failed}");
        assert_eq!(told.near_misses.first().map(|near| near.failed.as_str()), Some(failed));
    }
    let winners = [
        (
            ("a.example", spec("shop/w", PathMatch::prefix("/"))),
            "host more specific: a.example goes before *",
        ),
        (
            ("", spec("shop/w", PathMatch::exact("/api"))),
            "exact path: Exact /api goes before PathPrefix /api",
        ),
        (
            ("", Spec { method: Some("GET"), ..spec("shop/w", api()) }),
            "method match: a match of the method goes first",
        ),
        (
            ("", Spec { fields: vec![header("x", "1")], ..spec("shop/w", api()) }),
            "more headers: 1 go before 0",
        ),
        (
            ("", Spec { fields: vec![query("q", "1")], ..spec("shop/w", api()) }),
            "more query parameters: 1 go before 0",
        ),
    ];
    for (winner, failed) in winners {
        let mut asked = ask("http://a.example/api?q=1");
        asked.headers = vec![("x".into(), "1".into())];
        let older = Spec { created: -1, ..spec("shop/m", api()) };
        let told = explain(&one(&[("", older), winner]), &asked);
        assert_eq!(told.route.as_ref().map(ToString::to_string).as_deref(), Some("shop/w"), "{failed}");
        assert_eq!(misses(&told), [format!("shop/m rule 1 match 1: {failed}")]);
    }
}

#[test]
fn one_match_under_several_hostnames_is_told_once_and_ten_at_most() {
    let mut matches = Vec::new();
    for host in ["a.example", "b.example", "c.example", "*.example", ""] {
        matches.push((host, spec("shop/a", PathMatch::prefix("/"))));
    }
    assert_eq!(misses(&explain(&one(&matches), &ask("http://a.example/"))), Vec::<String>::new());
    for matched in 0..400 {
        matches.push(("a.example", Spec { matched, ..spec("shop/b", PathMatch::prefix("/b")) }));
    }
    let told = explain(&one(&matches), &ask("http://a.example/"));
    assert_eq!(told.near_misses.len(), 10);
    assert_eq!(told.near_misses[9].what, "shop/b rule 1 match 10");
}

#[test]
fn a_listener_that_does_not_take_the_host_is_told_the_most_alike_first() {
    let table = table(&[(
        "infra/edge",
        80,
        &[
            ("admin", "admin.shop.example", HostMap::default()),
            ("wild", "*.shop.example", HostMap::default()),
            ("far", "other", HostMap::default()),
        ],
    )]);
    assert_eq!(
        misses(&explain(&table, &ask("http://shop.example/"))),
        [
            "infra/edge listener admin: host is shop.example, wants admin.shop.example",
            "infra/edge listener wild: host is shop.example, wants *.shop.example",
            "infra/edge listener far: host is shop.example, wants other",
        ]
    );
}

#[test]
fn headers_of_one_name_are_joined_and_cookies_with_a_semicolon() {
    let mut asked = ask("http://a.example/");
    let pairs = [("a", "1"), ("cookie", "x=1"), ("a", "2"), ("cookie", "y=2")];
    asked.headers = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let request = Asked(&asked);
    assert_eq!(request.header("a").as_deref(), Some("1, 2"));
    assert_eq!(request.header("cookie").as_deref(), Some("x=1; y=2"));
    assert_eq!(request.header("b"), None);
}
