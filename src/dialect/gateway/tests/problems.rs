//! What `check` says: codes, severities, fields, and that good things are left in peace.

use super::{
    next::{certificate, secret},
    *,
};
use crate::resource::Severity;

/// `severity code object field` of each problem.
fn found(world: &World) -> Vec<String> {
    let problems = compile(world).problems(world);
    let show = |problem: &Problem| {
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        let object = problem.object.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{severity} {} {object} {}", problem.code, problem.field.as_deref().unwrap_or("-"))
    };
    problems.iter().map(show).collect()
}

fn only(world: &World, code: &str) -> Problem {
    let problems = compile(world).problems(world);
    let mut of_code = problems.iter().filter(|problem| problem.code == code);
    let first = of_code.next().unwrap_or_else(|| panic!("no {code} in {problems:#?}")).clone();
    assert!(of_code.next().is_none(), "{code} twice: {problems:#?}");
    first
}

fn to(name: &str) -> Value {
    json!([{"name": name, "port": 80}])
}

fn good() -> Vec<Arc<Object>> {
    vec![service("shop/a", &[80]), route("shop/app", json!(["x.io"]), json!([{"backendRefs": to("a")}]))]
}

#[test]
fn a_world_without_mistakes_has_no_problems() {
    assert_eq!(found(&world(http(), good())), Vec::<String>::new());
}

#[test]
fn every_fault_is_told_by_itself_with_its_field() {
    let rules = json!([
        {"backendRefs": [{"name": "gone", "port": 80, "weight": 9}, {"name": "a", "port": 81}]},
        {"matches": [{"path": {"value": "/b"}}], "filters": [{"type": "Magic"}], "backendRefs": to("a")},
        {"matches": [{"path": {"type": "Glob", "value": "/c"}}], "backendRefs": to("a")},
        {"matches": [{"path": {"value": "/d"}}], "backendRefs": [{"name": "gone", "port": 80, "weight": 0}, {"name": "a", "port": 80}]}
    ]);
    let listeners = json!([
        http()[0],
        {"name": "https", "port": 443, "protocol": "HTTPS", "tls": {"certificateRefs": [{"name": "gone"}]}},
        {"name": "tcp", "port": 5432, "protocol": "TCP"}
    ]);
    let more =
        [service("shop/a", &[80]), secret("infra/tls", certificate()), route("shop/app", json!([]), rules)];
    assert_eq!(
        found(&world(listeners, more)),
        [
            "error invalid-certificate-ref Gateway infra/edge spec.listeners[1].tls.certificateRefs[0]",
            "error backend-not-found HTTPRoute shop/app spec.rules[0].backendRefs[0]",
            "error backend-not-found HTTPRoute shop/app spec.rules[0].backendRefs[1]",
            "error unsupported-value HTTPRoute shop/app spec.rules[1].filters[0].type",
            "error unsupported-value HTTPRoute shop/app spec.rules[2].matches[0].path.type",
            "warning backend-not-found HTTPRoute shop/app spec.rules[3].backendRefs[0]",
            "info not-served-yet Gateway infra/edge spec.listeners[2].protocol",
        ]
    );
}

#[test]
fn a_parent_that_is_not_there_is_looked_for_elsewhere() {
    let spec = |parent: Value| json!({"parentRefs": [parent], "rules": [{"backendRefs": to("a")}]});
    let at = |parent: Value| {
        let route = of(Kind::HttpRoute, "shop/app", spec(parent));
        world(http(), [service("shop/a", &[80]), route])
    };
    let forgot = only(&at(json!({"name": "edge"})), "parent-namespace-default");
    assert_eq!(forgot.fix, "add `namespace: infra` to mean infra/edge");
    assert_eq!(
        forgot.message,
        "Gateway shop/edge does not exist (the parentRef names no namespace, so the route's own, shop, is taken): nobody \
         takes this route"
    );
    only(&at(json!({"name": "egde", "namespace": "infra"})), "gateway-not-found");
    only(&at(json!({"name": "set", "kind": "ListenerSet"})), "not-served-yet");
    let none = of(Kind::HttpRoute, "shop/app", json!({"rules": [{"backendRefs": to("a")}]}));
    only(&world(http(), [service("shop/a", &[80]), none]), "no-parent");
}

#[test]
fn grants_that_do_nothing_are_told_apart() {
    let grant = |path: &str, namespace: &str, to: Value| {
        let from =
            json!([{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": namespace}]);
        of(Kind::ReferenceGrant, path, json!({"from": from, "to": [to]}))
    };
    let gateways = json!({"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "edge"});
    let services = json!({"group": "", "kind": "Service"});
    let rules = json!([{"backendRefs": [{"name": "db", "namespace": "data", "port": 80}]}]);
    let base = || vec![service("data/db", &[80]), route("shop/app", json!(["x.io"]), rules.clone())];
    let with = |grants: Vec<Arc<Object>>| world(http(), base().into_iter().chain(grants));
    let used = grant("data/used", "shop", services.clone());
    assert_eq!(found(&with(vec![Arc::clone(&used)])), Vec::<String>::new(), "a grant that is used");
    let useless =
        only(&with(vec![Arc::clone(&used), grant("infra/allow", "shop", gateways)]), "grant-without-effect");
    assert_eq!(useless.severity, Severity::Warning);
    assert_eq!(
        useless.message,
        "a ReferenceGrant does not let routes attach to Gateway edge: allowedRoutes of its listeners alone decides"
    );
    for (path, namespace, to, why) in [
        ("data/other", "elsewhere", services.clone(), "nobody is there"),
        ("data/name", "shop", json!({"group": "", "kind": "Service", "name": "other"}), "nobody asks for it"),
        ("infra/place", "shop", services, "grants live with the target"),
    ] {
        let unused = only(&with(vec![Arc::clone(&used), grant(path, namespace, to)]), "grant-without-effect");
        assert_eq!(unused.severity, Severity::Info, "{why}");
    }
}

#[test]
fn a_redirect_to_the_same_url_is_a_loop_on_that_listener_only() {
    let listeners = json!([
        http()[0],
        {"name": "https", "port": 443, "protocol": "HTTPS", "tls": {"certificateRefs": [{"name": "tls"}]},
         "allowedRoutes": {"namespaces": {"from": "All"}}}
    ]);
    let at = |redirect: Value, section: Option<&str>, host: &str, path: &str| {
        let mut parent = json!({"name": "edge", "namespace": "infra"});
        if let Some(section) = section {
            parent["sectionName"] = json!(section);
        }
        let filters = json!([{"type": "RequestRedirect", "requestRedirect": redirect}]);
        let spec = json!({"parentRefs": [parent], "hostnames": [host],
            "rules": [{"matches": [{"path": {"value": path}}], "filters": filters}]});
        let more = [secret("infra/tls", certificate()), of(Kind::HttpRoute, "shop/app", spec)];
        found(&world(listeners.clone(), more)).iter().any(|problem| problem.contains("redirect-loop"))
    };
    let https = json!({"scheme": "https", "statusCode": 301});
    let prefix = |to: &str| json!({"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": to}});
    let full = |to: &str| json!({"path": {"type": "ReplaceFullPath", "replaceFullPath": to}});
    for (redirect, section, host, path, is_loop, why) in [
        (https.clone(), None, "x.io", "/", true, "on https already"),
        (https.clone(), Some("http"), "x.io", "/", false, "only where it helps"),
        (https, Some("https"), "*.x.io", "/", true, "any host below"),
        (json!({"hostname": "y.io"}), None, "x.io", "/", false, "another host"),
        (json!({"hostname": "x.io"}), None, "x.io", "/", true, "the same host"),
        (json!({"hostname": "a.x.io"}), None, "*.x.io", "/", true, "one of its hosts"),
        (json!({"port": 8443}), Some("https"), "x.io", "/", false, "another port"),
        (json!({"port": 443}), Some("https"), "x.io", "/", true, "the usual port"),
        (prefix("/new"), None, "x.io", "/old", false, "another prefix"),
        (prefix("/old/"), None, "x.io", "/old", true, "the same prefix"),
        (full("/old"), None, "x.io", "/old", true, "a path under its own prefix"),
        (full("/new"), None, "x.io", "/old", false, "a path elsewhere"),
    ] {
        assert_eq!(at(redirect, section, host, path), is_loop, "{why}");
    }
}

#[test]
fn equal_claims_are_told_with_who_wins_and_why() {
    let at = |path: &str, created: Option<&str>| {
        let rules =
            json!([{"matches": [{"path": {"value": "/a"}, "method": "GET"}], "backendRefs": to("a")}]);
        let mut text = route(path, json!(["x.io"]), rules).value();
        if let Some(created) = created {
            text["metadata"]["creationTimestamp"] = json!(created);
        }
        object(&text)
    };
    let with = |routes: Vec<Arc<Object>>| world(http(), routes.into_iter().chain([service("shop/a", &[80])]));
    let by_name = only(&with(vec![at("shop/b", None), at("shop/a", None)]), "same-match");
    assert_eq!(by_name.object, Some(key(Kind::HttpRoute, "shop/b")));
    assert_eq!(
        by_name.message,
        "rule 1: shop/b and rule 1 of shop/a want the same (PathPrefix /a, method GET) for host x.io on listener http of \
         infra/edge: shop/a wins, as objects from files have no age and its namespace and name come first in the alphabet"
    );
    let ages = vec![at("shop/b", Some("2024-01-01T00:00:00Z")), at("shop/a", Some("2025-01-01T00:00:00Z"))];
    let by_age = only(&with(ages), "same-match");
    assert!(by_age.message.ends_with("shop/b wins, as it is older"), "{}", by_age.message);
}

#[test]
fn a_rule_that_nothing_reaches_is_told() {
    let at =
        |rules: Value| world(http(), [service("shop/a", &[80]), route("shop/app", json!(["x.io"]), rules)]);
    let rule = |one: Value| json!({"matches": [one], "backendRefs": to("a")});
    let a = json!({"path": {"value": "/a"}, "headers": [{"name": "h", "value": "1"}, {"name": "i", "value": "2"}]});
    let same = json!({"path": {"value": "/a/"}, "headers": [{"name": "I", "value": "2"}, {"name": "H", "value": "1"}]});
    let twice = only(&at(json!([rule(a.clone()), rule(same)])), "unreachable-rule");
    assert_eq!(twice.field.as_deref(), Some("spec.rules[1]"));
    assert_eq!(
        twice.message,
        "rule 2 can never be reached: rule 1 takes all that it wants (PathPrefix /a, header h = 1, header i = 2)"
    );
    let all = json!({"path": {"type": "RegularExpression", "value": "/.*"}});
    let swallowed = only(&at(json!([rule(all), rule(a.clone())])), "unreachable-rule");
    assert_eq!(swallowed.field.as_deref(), Some("spec.rules[1]"), "expressions go before prefixes");
    let wider = json!({"path": {"value": "/a"}});
    assert_eq!(found(&at(json!([rule(wider), rule(a)]))), Vec::<String>::new(), "more headers go first");
}

#[test]
fn services_that_can_not_answer_are_told() {
    let slice = |ready: bool| {
        object(&json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"namespace": "shop", "name": format!("a-{ready}"), "labels": {"kubernetes.io/service-name": "a"}},
            "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": ready}}]}))
    };
    let with = |slices: Vec<Arc<Object>>| world(http(), good().into_iter().chain(slices));
    only(&with(vec![slice(false)]), "no-endpoints");
    assert_eq!(found(&with(vec![slice(false), slice(true)])), Vec::<String>::new());
    let external = of(
        Kind::Service,
        "shop/a",
        json!({"type": "ExternalName", "externalName": "y.io", "ports": [{"port": 80}]}),
    );
    only(&with(vec![external]), "external-name");
    let zero = json!([{"backendRefs": [{"name": "a", "port": 80, "weight": 0}]}]);
    let world = world(http(), [service("shop/a", &[80]), route("shop/app", json!([]), zero)]);
    only(&world, "weight-all-zero");
    let negative = json!([{"backendRefs": [{"name": "a", "port": 80, "weight": -1}]}]);
    let world = self::world(http(), [service("shop/a", &[80]), route("shop/app", json!([]), negative)]);
    only(&world, "unsupported-value");
}

#[test]
fn a_missing_class_and_old_versions_are_told() {
    let class = only(&World::of([gateway("infra/edge", http())]), "gateway-class-not-found");
    assert_eq!(class.object, Some(key(Kind::Gateway, "infra/edge")));
    let old = |kind: &str, version: &str| {
        let object = object(
            &json!({"apiVersion": format!("gateway.networking.k8s.io/{version}"), "kind": kind,
            "metadata": {"namespace": "shop", "name": "x"}, "spec": {"parentRefs": [], "from": [], "to": []}}),
        );
        found(&World::of([object])).into_iter().find(|problem| problem.contains("old-version"))
    };
    for (kind, version, severity) in [
        ("TCPRoute", "v1alpha2", None),
        ("HTTPRoute", "v1beta1", None),
        ("ReferenceGrant", "v1", None),
        ("ReferenceGrant", "v1beta1", Some("info")),
    ] {
        let found = old(kind, version);
        assert_eq!(
            found.as_deref().and_then(|problem| problem.split(' ').next()),
            severity,
            "{kind} {version}"
        );
    }
    let gone = object(&json!({"apiVersion": "gateway.networking.k8s.io/v1alpha2", "kind": "BackendLBPolicy",
        "metadata": {"namespace": "shop", "name": "x"}}));
    only(&World::of([gone]), "gone-kind");
}

#[test]
fn the_articles_mistakes_are_all_told() {
    let listeners = json!([{"name": "https", "port": 443, "protocol": "HTTPS", "hostname": "*.example.com",
        "tls": {"certificateRefs": [{"name": "wildcard-tls"}]}, "allowedRoutes": {"namespaces": {"from": "All"}}}]);
    let grant = object(&json!({"apiVersion": "gateway.networking.k8s.io/v1beta1", "kind": "ReferenceGrant",
        "metadata": {"namespace": "infra", "name": "allow-production-routes"},
        "spec": {"from": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "production"}],
            "to": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "prod-gateway"}]}}));
    let prefix = |path: &str| json!([{"path": {"type": "PathPrefix", "value": path}}]);
    let headers = json!([{"type": "RequestHeaderModifier", "requestHeaderModifier": {
        "set": [{"name": "X-Real-IP", "value": "{{ .RemoteAddr }}"}]}}]);
    let redirect =
        json!([{"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}]);
    let spec = json!({"parentRefs": [{"name": "prod-gateway", "namespace": "infra"}], "rules": [
        {"matches": prefix("/"), "filters": redirect},
        {"matches": prefix("/api"), "filters": headers, "backendRefs": [{"name": "api-service", "port": 8080}]}]});
    let objects = [
        gateway("infra/prod-gateway", listeners),
        of(Kind::HttpRoute, "production/url-rewrite-demo", spec),
        grant,
    ];
    assert_eq!(
        found(&assumed(&World::of(objects))),
        [
            "error redirect-loop HTTPRoute production/url-rewrite-demo spec.rules[0].filters",
            "warning literal-template HTTPRoute production/url-rewrite-demo \
             spec.rules[1].filters[0].requestHeaderModifier.set[0].value",
            "warning grant-without-effect ReferenceGrant infra/allow-production-routes spec.to[0]",
            "info old-version ReferenceGrant infra/allow-production-routes apiVersion",
        ]
    );
}
