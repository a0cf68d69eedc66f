//! Rules: precedence, references, filters, and what is said of those that can not be executed.

use super::*;
use crate::routing::{Action, Duration, Retry, Rule};

fn with_rules(rules: Value) -> Compiled {
    let services = ["a", "b", "c"].map(|name| service(&format!("shop/{name}"), &[80, 8080]));
    compile(&world(http(), services.into_iter().chain([route("shop/app", json!(["x.io"]), rules)])))
}

fn to(name: &str) -> Value {
    json!([{"name": name, "port": 80}])
}

/// The first rule as compiled.
fn rule(compiled: &Compiled) -> Arc<Rule> {
    Arc::clone(&compiled.routes[&key(Kind::HttpRoute, "shop/app")].body.candidates[0].rule)
}

#[test]
fn the_more_specific_match_goes_first_wherever_it_stands() {
    let compiled = with_rules(json!([
        {"matches": [{"path": {"value": "/"}}], "backendRefs": to("a")},
        {"matches": [{"path": {"value": "/api"}}], "backendRefs": to("b")},
        {"matches": [{"path": {"value": "/api"}, "method": "GET"},
            {"path": {"value": "/api"}, "headers": [{"name": "X-A", "value": "1"}, {"name": "x-a", "value": "2"}]},
            {"path": {"value": "/api"}, "queryParams": [{"name": "q", "value": "1"}]}], "backendRefs": to("c")},
        {"matches": [{"path": {"value": "/api/", "type": "Exact"}}], "backendRefs": to("a")}
    ]));
    for (method, url, headers, expected, why) in [
        ("POST", "http://x.io/api", vec![], "b:80", "the longer prefix"),
        ("GET", "http://x.io/api/x", vec![], "c:80", "with a method"),
        ("POST", "http://x.io/api", vec![("x-a", "1")], "c:80", "with a header, the first of its name"),
        ("POST", "http://x.io/api", vec![("x-a", "2")], "b:80", "the second of its name does not count"),
        ("POST", "http://x.io/api?q=1", vec![], "c:80", "with a query parameter"),
        ("GET", "http://x.io/api/", vec![], "a:80", "exact goes before all prefixes"),
        ("GET", "http://x.io/apis", vec![], "a:80", "prefixes go by segments"),
    ] {
        let found = explain(&compiled.table, &ask(method, url, &headers));
        assert_eq!(end(&found), expected, "{method} {url}: {why}");
    }
}

#[test]
fn the_older_route_wins_then_the_name() {
    let at = |path: &str, created: Option<&str>| {
        let mut text = route(path, json!(["x.io"]), json!([{"backendRefs": to("a")}])).value();
        if let Some(created) = created {
            text["metadata"]["creationTimestamp"] = json!(created);
        }
        object(&text)
    };
    let winner = |routes: Vec<Arc<Object>>| {
        let compiled = compile(&world(http(), routes.into_iter().chain([service("shop/a", &[80])])));
        get(&compiled, "http://x.io/").route.unwrap().to_string()
    };
    let (old, new) = (Some("2024-01-01T00:00:00Z"), Some("2025-01-01T00:00:00Z"));
    assert_eq!(winner(vec![at("shop/a", new), at("shop/b", old)]), "shop/b", "age goes first");
    assert_eq!(winner(vec![at("shop/b", None), at("shop/a", None)]), "shop/a", "files have no age: the name");
    assert_eq!(winner(vec![at("shop/a", None), at("shop/b", new)]), "shop/b", "what has an age goes first");
}

#[test]
fn each_reference_that_does_not_resolve_is_told_and_answers_500_for_its_share() {
    let all = ": all requests of the rule answer 500";
    let cases = [
        (
            json!({"name": "gone", "port": 80}),
            "BackendNotFound",
            format!("rule 1: Service shop/gone does not exist{all}"),
        ),
        (
            json!({"name": "a", "port": 81}),
            "BackendNotFound",
            format!("rule 1: Service shop/a has no port 81: it has 80, 8080{all}"),
        ),
        (
            json!({"name": "a"}),
            "BackendNotFound",
            format!("rule 1: a reference to Service shop/a needs a port: it has 80, 8080{all}"),
        ),
        (
            json!({"name": "a", "port": 80, "kind": "Bucket", "group": "example.com"}),
            "InvalidKind",
            format!("rule 1: Bucket shop/a can not be a backend: only Services can{all}"),
        ),
        (
            json!({"name": "a", "namespace": "data", "port": 80}),
            "RefNotPermitted",
            format!(
                "rule 1: no ReferenceGrant in namespace data lets HTTPRoutes of namespace shop use Service data/a{all}"
            ),
        ),
    ];
    for (reference, reason, message) in cases {
        let compiled = with_rules(json!([{"backendRefs": [reference]}]));
        let conditions = conditions(&compiled, "shop/app");
        assert_eq!(
            short(&conditions),
            ["Accepted=True/Accepted".to_owned(), format!("ResolvedRefs=False/{reason}")],
            "{message}"
        );
        assert_eq!(conditions[1].message, message);
        let port = if message.contains("needs a port") { ".port" } else { "" };
        let field = format!("spec.rules[0].backendRefs[0]{port}");
        assert_eq!(conditions[1].field.as_deref(), Some(field.as_str()));
        assert!(!conditions[1].cure.is_empty());
        assert_eq!(end(&get(&compiled, "http://x.io/")), "500", "{message}");
    }
    let compiled = with_rules(json!([{"backendRefs": [
        {"name": "a", "port": 80, "weight": 92}, {"name": "gone", "port": 80, "weight": 8}]}]));
    assert_eq!(
        conditions(&compiled, "shop/app")[1].message,
        "rule 1: Service shop/gone does not exist: 8 % of the rule's requests answer 500"
    );
    assert_eq!(get(&compiled, "http://x.io/").backends[1].share, 0.08);
}

#[test]
fn protocols_that_the_proxy_does_not_speak_are_refused() {
    for (app, good) in [
        ("kubernetes.io/h2c", true),
        ("kubernetes.io/ws", true),
        ("kubernetes.io/wss", false),
        ("https", false),
    ] {
        let ports = json!([{"port": 80, "appProtocol": app}]);
        let more = [
            of(Kind::Service, "shop/a", json!({"ports": ports})),
            route("shop/app", json!(["x.io"]), json!([{"backendRefs": to("a")}])),
        ];
        let compiled = compile(&world(http(), more));
        let resolved = conditions(&compiled, "shop/app")[1].clone();
        assert_eq!((resolved.is_good(), &*resolved.reason == "UnsupportedProtocol"), (good, !good), "{app}");
    }
}

#[test]
fn rules_without_backends_or_weight_answer_500() {
    for (rule, why) in [
        (json!({}), "no backendRefs"),
        (json!({"backendRefs": []}), "an empty list"),
        (json!({"backendRefs": [{"name": "a", "port": 80, "weight": 0}]}), "weight 0 only"),
    ] {
        let compiled = with_rules(json!([rule]));
        assert_eq!(end(&get(&compiled, "http://x.io/")), "500", "{why}");
        assert!(conditions(&compiled, "shop/app").iter().all(Condition::is_good), "{why}");
    }
}

#[test]
fn a_filter_that_can_not_be_executed_answers_500_and_is_never_skipped() {
    let extension = json!([{"type": "ExtensionRef", "extensionRef": {"group": "example.com", "kind": "Limit", "name": "l"}}]);
    let rewrite = json!({"type": "URLRewrite", "urlRewrite": {"hostname": "y.io"}});
    let redirect = json!({"type": "RequestRedirect", "requestRedirect": {"scheme": "https"}});
    let cases = [
        (
            json!({"filters": extension, "backendRefs": to("a")}),
            "UnsupportedValue",
            "rule 1: filter ExtensionRef Limit l (example.com) belongs to one implementation and can not be executed \
             here: it answers 500",
        ),
        (
            json!({"filters": [{"type": "ExternalAuth"}], "backendRefs": to("a")}),
            "UnsupportedValue",
            "rule 1: filter ExternalAuth is experimental and can not be executed here: it answers 500",
        ),
        (
            json!({"filters": [{"type": "Magic"}], "backendRefs": to("a")}),
            "UnsupportedValue",
            "rule 1: filter type `Magic` is not known: it answers 500",
        ),
        (
            json!({"filters": [rewrite, redirect]}),
            "IncompatibleFilters",
            "rule 1: URLRewrite and RequestRedirect can not stand together: it answers 500",
        ),
        (
            json!({"filters": [redirect], "backendRefs": to("a")}),
            "IncompatibleFilters",
            "rule 1: a rule with RequestRedirect can not have backendRefs: it answers 500",
        ),
        (
            json!({"filters": [rewrite, rewrite], "backendRefs": to("a")}),
            "IncompatibleFilters",
            "rule 1: filter URLRewrite stands here twice: it answers 500",
        ),
        (
            json!({"filters": [{"type": "RequestHeaderModifier", "requestHeaderModifier": {
                "set": [{"name": "x", "value": "a\r\nb: c"}]}}], "backendRefs": to("a")}),
            "UnsupportedValue",
            "rule 1: the value of header x holds a control character: it answers 500",
        ),
    ];
    for (rule, reason, message) in cases {
        let alone = with_rules(json!([rule]));
        let accepted = conditions(&alone, "shop/app")[0].clone();
        assert_eq!(short(std::slice::from_ref(&accepted)), [format!("Accepted=False/{reason}")], "{message}");
        assert_eq!(accepted.message, message);
        assert_eq!(end(&get(&alone, "http://x.io/")), "500", "{message}");
        assert_eq!(status(&alone, "infra/edge").listeners[0].attached_routes, 0, "{message}");
        // Beside a good rule the route is accepted, and the broken one still takes its requests.
        let mut broken = rule.clone();
        broken["matches"] = json!([{"path": {"value": "/broken"}}]);
        let beside = with_rules(json!([broken, {"backendRefs": to("b")}]));
        let conditions = conditions(&beside, "shop/app");
        assert_eq!(
            short(&conditions),
            [
                "Accepted=True/Accepted",
                "ResolvedRefs=True/ResolvedRefs",
                "PartiallyInvalid=True/UnsupportedValue"
            ]
        );
        assert_eq!(conditions[2].message, format!("Fall Back: {message}"));
        assert_eq!(end(&get(&beside, "http://x.io/broken/x")), "500", "{message}");
        assert_eq!(end(&get(&beside, "http://x.io/")), "b:80", "{message}");
    }
}

#[test]
fn a_rule_with_values_that_can_not_be_used_is_dropped_and_named() {
    let cases = [
        (
            json!({"matches": [{"path": {"type": "Glob", "value": "/*"}}]}),
            "spec.rules[0].matches[0].path.type",
            "path type `Glob` is not known",
        ),
        (
            json!({"matches": [{"path": {"type": "RegularExpression", "value": "/(a"}}]}),
            "spec.rules[0].matches[0].path.value",
            "regular expression `/(a`: unclosed group",
        ),
        (
            json!({"matches": [{"path": {"value": "api"}}]}),
            "spec.rules[0].matches[0].path.value",
            "path `api` does not begin with a slash",
        ),
        (
            json!({"matches": [{"method": "get"}]}),
            "spec.rules[0].matches[0].method",
            "method `get` is not known",
        ),
        (
            json!({"matches": [{"headers": [{"name": "a", "type": "Prefix", "value": "b"}]}]}),
            "spec.rules[0].matches[0].headers[0].type",
            "header match type `Prefix` is not known",
        ),
        (
            json!({"timeouts": {"request": "1.5s"}}),
            "spec.rules[0].timeouts.request",
            "`1.5s` is no duration; write one to four of a number and h, m, s or ms, such as 1m30s or 500ms",
        ),
        (
            json!({"retry": {"codes": [200]}}),
            "spec.rules[0].retry.codes[0]",
            "a status to retry is 400 to 599, not 200",
        ),
        (
            json!({"backendRefs": [{"name": "a", "port": 80, "weight": -1}]}),
            "spec.rules[0].backendRefs[0].weight",
            "a weight is 0 to 1000000, not -1",
        ),
        (
            json!({"backendRefs": [to("a")[0], {"name": "a", "port": 80, "weight": 1_000_001}]}),
            "spec.rules[0].backendRefs[1].weight",
            "a weight is 0 to 1000000, not 1000001",
        ),
    ];
    for (mut rule, field, message) in cases {
        if rule.get("backendRefs").is_none() {
            rule["backendRefs"] = to("a");
        }
        let alone = with_rules(json!([rule]));
        let accepted = conditions(&alone, "shop/app")[0].clone();
        assert_eq!(short(std::slice::from_ref(&accepted)), ["Accepted=False/UnsupportedValue"], "{message}");
        assert_eq!(accepted.message, format!("rule 1: {message}"));
        assert_eq!(accepted.field.as_deref(), Some(field));
        assert_eq!(end(&get(&alone, "http://x.io/")), "404", "{message}");
        let beside = with_rules(json!([rule, {"backendRefs": to("b")}]));
        let conditions = conditions(&beside, "shop/app");
        assert_eq!(short(&conditions)[2], "PartiallyInvalid=True/UnsupportedValue");
        assert_eq!(conditions[2].message, format!("Dropped Rule: rule 1: {message}"));
        assert_eq!(end(&get(&beside, "http://x.io/api")), "b:80", "{message}");
    }
}

#[test]
fn a_route_without_a_usable_hostname_takes_no_host() {
    let at = |hosts: Value| {
        let rules = json!([{"backendRefs": to("a")}]);
        compile(&world(http(), [service("shop/a", &[80]), route("shop/app", hosts, rules)]))
    };
    let none = at(json!(["10.0.0.1"]));
    assert_eq!(short(&conditions(&none, "shop/app"))[0], "Accepted=False/UnsupportedValue");
    assert_eq!(end(&get(&none, "http://x.io/")), "404");
    let some = at(json!(["10.0.0.1", "x.io"]));
    assert_eq!(short(&conditions(&some, "shop/app"))[2], "PartiallyInvalid=True/UnsupportedValue");
    assert_eq!(end(&get(&some, "http://x.io/")), "a:80");
}

#[test]
fn filters_timeouts_and_retries_reach_the_table() {
    let compiled = with_rules(json!([{
        "name": "main",
        "filters": [
            {"type": "RequestHeaderModifier", "requestHeaderModifier": {
                "set": [{"name": "X-A", "value": "1"}, {"name": "x-a", "value": "2"}], "remove": ["X-B"]}},
            {"type": "ResponseHeaderModifier", "responseHeaderModifier": {"add": [{"name": "X-C", "value": "3"}]}},
            {"type": "URLRewrite", "urlRewrite": {"hostname": "Y.io", "path": {"type": "ReplaceFullPath", "replaceFullPath": "/z"}}},
            {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "b", "port": 80}, "percent": 20}},
            {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "c", "port": 80}, "fraction": {"numerator": 1, "denominator": 3}}},
            {"type": "CORS", "cors": {"allowOrigins": ["https://*.x.io"], "allowCredentials": true}}
        ],
        "timeouts": {"request": "10s", "backendRequest": "0s"},
        "retry": {"codes": [503], "backoff": "50ms"},
        "backendRefs": [{"name": "a", "port": 80, "filters": [
            {"type": "RequestHeaderModifier", "requestHeaderModifier": {"add": [{"name": "X-D", "value": "4"}]}}]}]
    }]));
    let rule = rule(&compiled);
    assert_eq!(rule.id.name.as_deref(), Some("main"));
    let pair = |name: &str, value: &str| (Arc::from(name), Arc::from(value));
    assert_eq!(&*rule.request.set, [pair("X-A", "1")], "the first of a name counts");
    assert_eq!(&*rule.request.remove, [Arc::from("x-b")], "in small letters");
    assert_eq!(&*rule.response.add, [pair("X-C", "3")]);
    assert_eq!(rule.rewrite.as_ref().unwrap().host.as_deref(), Some("y.io"));
    assert_eq!(rule.mirrors.iter().map(|mirror| mirror.fraction).collect::<Vec<_>>(), [(20, 100), (1, 3)]);
    assert!(rule.cors.as_ref().unwrap().credentials);
    assert_eq!(rule.timeouts.request, Some(Duration::from_secs(10)));
    assert_eq!(rule.timeouts.backend, None, "0s is no limit");
    let retry = Retry {
        attempts: 1,
        codes: [503].into(),
        backoff: Some(Duration::from_millis(50)),
        ..Retry::default()
    };
    assert_eq!(rule.retry, Some(retry), "one attempt when none is written");
    let Action::Forward(split) = &rule.action else { panic!("{:?}", rule.action) };
    assert_eq!(&*split.backends[0].request.add, [pair("X-D", "4")]);
    assert_eq!(
        &*rule.filters_shown,
        [
            "RequestHeaderModifier remove x-b, set X-A: 1",
            "ResponseHeaderModifier add X-C: 3",
            "URLRewrite host Y.io path ReplaceFullPath /z",
            "RequestMirror shop/b:80 (20 %)",
            "RequestMirror shop/c:80 (1/3)",
            "CORS https://*.x.io"
        ]
    );
}

#[test]
fn a_backend_with_a_broken_filter_answers_500_for_its_share() {
    let compiled = with_rules(json!([{"backendRefs": [
        {"name": "a", "port": 80},
        {"name": "b", "port": 80, "filters": [{"type": "RequestRedirect", "requestRedirect": {"scheme": "https"}}]}]}]));
    let conditions = conditions(&compiled, "shop/app");
    assert_eq!(short(&conditions)[0], "Accepted=True/Accepted");
    assert_eq!(
        conditions[2].message,
        "Fall Back: rule 1: filter RequestRedirect can not stand on a backendRef: 50 % of the rule's requests answer 500"
    );
    assert!(get(&compiled, "http://x.io/").backends[1].problem.is_some());
}

#[test]
fn a_mirror_that_does_not_resolve_sends_nothing_and_hinders_nothing() {
    let mirror =
        json!([{"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "gone", "port": 80}}}]);
    let compiled = with_rules(json!([{"filters": mirror, "backendRefs": to("a")}]));
    assert_eq!(
        conditions(&compiled, "shop/app")[1].message,
        "rule 1: Service shop/gone does not exist: no copies are sent"
    );
    assert_eq!(end(&get(&compiled, "http://x.io/")), "a:80");
    assert!(rule(&compiled).mirrors[0].problem.is_some());
}

#[test]
fn a_route_that_can_not_be_read_says_where() {
    let mut text = route("shop/app", json!([]), json!([])).value();
    text["spec"]["rules"] = json!([{"backendRefs": [{"name": "a", "port": "eighty"}]}]);
    let compiled = compile(&world(http(), [object(&text)]));
    let accepted = conditions(&compiled, "shop/app")[0].clone();
    assert_eq!(short(std::slice::from_ref(&accepted)), ["Accepted=False/UnsupportedValue"]);
    assert_eq!(accepted.field.as_deref(), Some("spec.rules[0].backendRefs[0].port"));
    assert!(accepted.message.contains("invalid type: string \"eighty\""), "{}", accepted.message);
}
