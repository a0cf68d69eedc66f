//! Requests made from the matches of routes, as the compiler makes a Table of them.

use super::*;
use crate::{dialect::gateway::compile, rehearsal::testing::world};

const GATEWAY: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: cutover
  listeners:
    - {name: http, port: 80, protocol: HTTP}
    - {name: wild, port: 81, protocol: HTTP, hostname: '*.wild.test'}
    - name: https
      port: 443
      protocol: HTTPS
      hostname: secure.test
      tls: {certificateRefs: [{name: tls}]}
---
";

/// The targets of one route with these lines under `spec`, as the first lines and headers of their requests.
fn asked(spec: &str) -> (Vec<String>, usize) {
    let route = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: web, namespace: shop}\nspec:\n";
    let world = world(Box::leak([GATEWAY, route, spec].concat().into_boxed_str()));
    let table = compile(&world).table;
    let address = |key: &PortKey| Some(SocketAddr::from(([127, 0, 0, 2], key.port)));
    let targets = Targets::of(&table, address, |backend| *backend.service.name != *"away");
    let mut asked: Vec<String> = targets
        .list
        .iter()
        .map(|target| {
            let text = String::from_utf8(target.request.to_vec()).unwrap();
            assert!(text.ends_with("\r\n\r\n"));
            let plain = |line: &&str| !line.starts_with("User-Agent") && !line.starts_with("Accept");
            let lines: Vec<_> = text.trim_end().lines().filter(plain).collect();
            let name =
                target.server_name.as_ref().map(|name| format!("tls {} ", name.to_str())).unwrap_or_default();
            format!("{} {name}{}", target.address.port(), lines.join(" | "))
        })
        .collect();
    asked.sort();
    (asked, targets.skipped)
}

#[test]
fn each_match_is_asked_for_with_all_that_it_wants() {
    let http = "  parentRefs: [{name: edge, sectionName: http}]\n  hostnames: [shop.test]\n";
    let to = "backendRefs: [{name: web, port: 80}]";
    let cases = [
        (format!("  rules: [{{{to}}}]"), "GET / HTTP/1.1 | Host: shop.test", "no match is the prefix /"),
        (
            format!("  rules: [{{{to}, matches: [{{path: {{value: /a/b}}}}]}}]"),
            "GET /a/b HTTP/1.1 | Host: shop.test",
            "a prefix",
        ),
        (
            format!("  rules: [{{{to}, matches: [{{path: {{type: Exact, value: /a/}}, method: POST}}]}}]"),
            "POST /a/ HTTP/1.1 | Host: shop.test | Content-Length: 0",
            "an exact path and a method",
        ),
        (
            format!("  rules: [{{{to}, matches: [{{headers: [{{name: X-Canary, value: always}}]}}]}}]"),
            "GET / HTTP/1.1 | Host: shop.test | x-canary: always",
            "a header",
        ),
        (
            format!("  rules: [{{{to}, matches: [{{queryParams: [{{name: q, value: 'a b&c'}}]}}]}}]"),
            "GET /?q=a%20b%26c HTTP/1.1 | Host: shop.test",
            "a query parameter, encoded",
        ),
    ];
    for (rules, wanted, why) in cases {
        let (asked, skipped) = asked(&format!("{http}{rules}\n"));
        assert_eq!((asked, skipped), (vec![format!("80 {wanted}")], 0), "{why}");
    }
}

#[test]
fn what_can_not_be_asked_or_is_never_reached_is_left_out_and_counted() {
    let http = "  parentRefs: [{name: edge, sectionName: http}]\n  hostnames: [shop.test]\n";
    let to = "backendRefs: [{name: web, port: 80}]";
    let cases = [
        (
            format!("  rules: [{{{to}, matches: [{{path: {{type: RegularExpression, value: '/a.*'}}}}]}}]"),
            0,
            "a regular expression for the path",
        ),
        (
            format!(
                "  rules: [{{{to}, matches: [{{headers: [{{type: RegularExpression, name: a, value: '.*'}}]}}]}}]"
            ),
            0,
            "a regular expression for a header",
        ),
        ("  rules: [{}]".to_owned(), 0, "a rule without a backend answers 500"),
        ("  rules: [{backendRefs: [{name: web, port: 80, weight: 0}]}]".to_owned(), 0, "all weights are 0"),
        ("  rules: [{backendRefs: [{name: away, port: 80}]}]".to_owned(), 0, "no endpoint answers 503"),
        (format!("  rules: [{{{to}}}, {{{to}}}]"), 1, "the second is shadowed by the first"),
    ];
    for (rules, left, why) in cases {
        let (asked, skipped) = asked(&format!("{http}{rules}\n"));
        assert_eq!((asked.len(), skipped), (left, 1), "{why}");
    }
}

#[test]
fn hosts_are_such_as_listener_and_route_both_take() {
    let rules = "  rules: [{backendRefs: [{name: web, port: 80}]}]\n";
    let cases = [
        ("sectionName: http", "", "80 GET / HTTP/1.1 | Host: localhost", "every host"),
        (
            "sectionName: http",
            "  hostnames: ['*.a.test']\n",
            "80 GET / HTTP/1.1 | Host: load.a.test",
            "a star",
        ),
        ("sectionName: wild", "", "81 GET / HTTP/1.1 | Host: load.wild.test", "the listener's star"),
        (
            "sectionName: wild",
            "  hostnames: ['*.test']\n",
            "81 GET / HTTP/1.1 | Host: load.wild.test",
            "the narrower star",
        ),
        (
            "sectionName: wild",
            "  hostnames: [x.wild.test]\n",
            "81 GET / HTTP/1.1 | Host: x.wild.test",
            "the route's",
        ),
        (
            "sectionName: https",
            "",
            "443 tls secure.test GET / HTTP/1.1 | Host: secure.test",
            "by its name over TLS",
        ),
        (
            "sectionName: https",
            "  hostnames: ['*.test']\n",
            "443 tls secure.test GET / HTTP/1.1 | Host: secure.test",
            "the listener's",
        ),
    ];
    for (section, hostnames, wanted, why) in cases {
        let (asked, _) = asked(&format!("  parentRefs: [{{name: edge, {section}}}]\n{hostnames}{rules}"));
        assert_eq!(asked, [wanted], "{why}");
    }
}

#[test]
fn a_rule_that_splits_is_asked_for_more_often_than_others() {
    let spec = "  parentRefs: [{name: edge, sectionName: http}]\n  hostnames: [shop.test]\n  rules:\n  \
        - backendRefs: [{name: web, port: 80}, {name: next, port: 80}]\n  \
        - {backendRefs: [{name: web, port: 80}], matches: [{path: {value: /one}}]}\n";
    let (asked, _) = asked(spec);
    let count = |path: &str| asked.iter().filter(|line| line.starts_with(&format!("80 GET {path} "))).count();
    assert_eq!((count("/"), count("/one")), (SPLIT, 1), "{asked:#?}");
}
