//! HTTPRoutes and the other routes: each limit and each rule, with the nearest thing that is allowed.

use serde_json::{Value, json};

use super::{Case, gateway_api, http, rule};

fn backend() -> Value {
    json!({"name": "web", "port": 80})
}

fn filter(filter: Value) -> Value {
    rule(json!({"filters": [filter], "backendRefs": [backend()]}))
}

fn path(kind: &str, value: &str) -> Value {
    rule(json!({"matches": [{"path": {"type": kind, "value": value}}]}))
}

fn numbered(count: usize, of: impl Fn(usize) -> Value) -> Value {
    (0..count).map(of).collect()
}

const RULE: &str = "spec.rules[0]";

fn in_rule(field: &str) -> String {
    format!("{RULE}{field}")
}

pub(super) fn limits() -> Vec<Case> {
    let bad = |code, field: &str, object, why| Case::bad(code, field, object, why);
    vec![
        Case::good(http(json!({})), "every field of a route may be absent"),
        Case::good(
            http(json!({"rules": [{"backendRefs": [backend()]}], "hostnames": null})),
            "null is absent",
        ),
        Case::good(http(json!({"hostnames": ["*.shop.example", "shop.example"]})), "hostnames"),
        bad("bad-pattern", "spec.hostnames[0]", http(json!({"hostnames": ["Shop.example"]})), "upper case"),
        bad(
            "bad-pattern",
            "spec.hostnames[1]",
            http(json!({"hostnames": ["a.b", "a.*.b"]})),
            "a star inside",
        ),
        bad("too-long", "spec.hostnames[0]", http(json!({"hostnames": ["a".repeat(254)]})), "254 characters"),
        bad("too-short", "spec.hostnames[0]", http(json!({"hostnames": [""]})), "empty"),
        bad(
            "too-many",
            "spec.hostnames",
            http(json!({"hostnames": numbered(17, |n| format!("h{n}.example").into())})),
            "16",
        ),
        bad("too-many", "spec.rules", http(json!({"rules": numbered(17, |_| json!({}))})), "17 rules"),
        Case::good(http(json!({"rules": numbered(16, |_| json!({}))})), "16 rules"),
        bad("too-few", "spec.rules", http(json!({"rules": []})), "an empty list is not an absent one"),
        bad("unknown-field", "spec.hostname", http(json!({"hostname": "a.b"})), "the singular"),
        bad("unknown-field", "spec.rules[0].backends", rule(json!({"backends": []})), "another word"),
        bad(
            "wrong-type",
            "spec.hostnames",
            http(json!({"hostnames": "shop.example"})),
            "a string for a list",
        ),
        bad(
            "wrong-type",
            &in_rule(".backendRefs[0].port"),
            rule(json!({"backendRefs": [{"name": "a", "port": "80"}]})),
            "quoted",
        ),
        bad(
            "wrong-type",
            &in_rule(".backendRefs[0].port"),
            rule(json!({"backendRefs": [{"name": "a", "port": 80.5}]})),
            "a fraction",
        ),
        Case::good(
            rule(json!({"backendRefs": [{"name": "a", "port": 80.0}]})),
            "a fraction of nothing is whole",
        ),
        bad("wrong-type", "spec.rules[0]", http(json!({"rules": [null]})), "null in a list is not absent"),
        bad(
            "missing-field",
            &in_rule(".backendRefs[0].name"),
            rule(json!({"backendRefs": [{"port": 80}]})),
            "no name",
        ),
        bad(
            "missing-field",
            &in_rule(".backendRefs[0].name"),
            rule(json!({"backendRefs": [{"name": null, "port": 80}]})),
            "null",
        ),
        bad(
            "out-of-range",
            &in_rule(".backendRefs[0].port"),
            rule(json!({"backendRefs": [{"name": "a", "port": 0}]})),
            "zero",
        ),
        bad(
            "out-of-range",
            &in_rule(".backendRefs[0].port"),
            rule(json!({"backendRefs": [{"name": "a", "port": 65536}]})),
            "2^16",
        ),
        bad(
            "out-of-range",
            &in_rule(".backendRefs[0].weight"),
            rule(json!({"backendRefs": [{"name": "a", "port": 1, "weight": -1}]})),
            "-1",
        ),
        bad(
            "out-of-range",
            &in_rule(".backendRefs[0].weight"),
            rule(json!({"backendRefs": [{"name": "a", "port": 1, "weight": 1e12}]})),
            "huge",
        ),
        bad(
            "out-of-range",
            &in_rule(".backendRefs[0].weight"),
            rule(json!({"backendRefs": [{"name": "a", "port": 1, "weight": u64::MAX}]})),
            "more than i64",
        ),
        bad(
            "bad-value",
            &in_rule(".matches[0].method"),
            rule(json!({"matches": [{"method": "get"}]})),
            "lower case",
        ),
        bad("bad-value", &in_rule(".matches[0].path.type"), path("Prefix", "/"), "the word of Ingress"),
        bad(
            "duplicate-entry",
            &in_rule(".matches[0].headers[1]"),
            rule(json!({"matches": [{"headers": [
            {"name": "a", "value": "1"}, {"name": "a", "value": "2"}]}]})),
            "a header twice",
        ),
        bad(
            "duplicate-entry",
            &in_rule(".retry.codes[1]"),
            rule(json!({"retry": {"codes": [503, 503]}})),
            "a set",
        ),
        bad(
            "experimental-only",
            "spec.useDefaultGateways",
            http(json!({"useDefaultGateways": "All"})),
            "a field",
        ),
        bad(
            "experimental-only",
            &in_rule(".sessionPersistence"),
            rule(json!({"sessionPersistence": {"type": "Header", "header": {"name": "x"}}})),
            "a field",
        ),
        bad(
            "header-value",
            &in_rule(".matches[0].headers[0].value"),
            rule(json!({"matches": [{"headers": [{"name": "a", "value": "b\nc"}]}]})),
            "a line break",
        ),
        bad(
            "header-value",
            &in_rule(".matches[0].headers[0].value"),
            rule(json!({"matches": [{"headers": [{"name": "a", "value": "b  c"}]}]})),
            "two blanks",
        ),
        Case::good(rule(json!({"matches": [{"headers": [{"name": "a", "value": "b c"}]}]})), "one blank"),
    ]
}

pub(super) fn rules() -> Vec<Case> {
    let parents = |refs: Value| http(json!({"parentRefs": refs}));
    let timeouts = |request: &str, backend: &str| {
        rule(json!({"timeouts": {"request": request, "backendRequest": backend}}))
    };
    let names = |a: &str, b: &str| http(json!({"rules": [{"name": a}, {"name": b}]}));
    vec![
        Case::good(
            parents(json!([{"name": "a"}, {"name": "b"}, {"name": "a", "namespace": "x"}])),
            "three parents",
        ),
        Case::good(
            parents(json!([{"name": "a", "sectionName": "s"}, {"name": "a", "sectionName": "t"}])),
            "two listeners",
        ),
        Case::bad(
            "parent-ref-ambiguous",
            "spec.parentRefs[1]",
            parents(json!([{"name": "a"}, {"name": "a"}])),
            "twice",
        ),
        Case::bad(
            "parent-ref-ambiguous",
            "spec.parentRefs[1]",
            parents(json!([{"name": "a", "sectionName": "s"}, {"name": "a"}])),
            "mixed",
        ),
        Case::bad(
            "parent-ref-ambiguous",
            "spec.parentRefs[1]",
            parents(json!([
            {"name": "a", "sectionName": "s"}, {"name": "a", "sectionName": "s", "kind": "Gateway"}])),
            "the default kind written out",
        ),
        Case::bad(
            "parent-ref-ambiguous",
            "spec.parentRefs[1]",
            parents(json!([{"name": "a", "port": 80}, {"name": "a", "port": 81}])),
            "ports",
        ),
        Case::good(names("a", "b"), "two names"),
        Case::bad("rule-name-repeated", "spec.rules[1].name", names("a", "a"), "the same"),
        Case::good(
            http(
                json!({"rules": [{"matches": numbered(64, |_| json!({}))}, {"matches": numbered(64, |_| json!({}))}]}),
            ),
            "128 matches",
        ),
        Case::bad(
            "too-many-matches",
            "spec.rules",
            http(json!({"rules": [
            {"matches": numbered(64, |_| json!({}))}, {"matches": numbered(64, |_| json!({}))}, {}]})),
            "the default match is the 129th",
        ),
        Case::bad(
            "backend-port-missing",
            &in_rule(".backendRefs[0].port"),
            rule(json!({"backendRefs": [{"name": "web"}]})),
            "a Service",
        ),
        Case::good(
            rule(json!({"backendRefs": [{"group": "x.example", "kind": "Bucket", "name": "web"}]})),
            "another kind",
        ),
        Case::bad(
            "redirect-with-backends",
            &in_rule(".filters[0]"),
            filter(json!({"type": "RequestRedirect", "requestRedirect": {}})),
            "both",
        ),
        Case::bad("timeout-order", &in_rule(".timeouts.backendRequest"), timeouts("1s", "1001ms"), "longer"),
        Case::good(timeouts("1s", "1000ms"), "as long"),
        Case::good(timeouts("0s", "1h"), "zero is no limit"),
        Case::bad("bad-pattern", &in_rule(".timeouts.request"), timeouts("1.5s", "1s"), "a fraction"),
        Case::bad("path-not-absolute", &in_rule(".matches[0].path.value"), path("Exact", "a"), "no slash"),
        Case::good(path("RegularExpression", "a//b"), "an expression is anything"),
        Case::bad("path-value", &in_rule(".matches[0].path.value"), path("PathPrefix", "/a//b"), "//"),
        Case::bad("path-value", &in_rule(".matches[0].path.value"), path("PathPrefix", "/a/./b"), "/./"),
        Case::bad("path-value", &in_rule(".matches[0].path.value"), path("PathPrefix", "/a/../b"), "/../"),
        Case::bad("path-value", &in_rule(".matches[0].path.value"), path("Exact", "/a%2fb"), "%2f"),
        Case::bad("path-value", &in_rule(".matches[0].path.value"), path("Exact", "/a%2Fb"), "%2F"),
        Case::bad("path-value", &in_rule(".matches[0].path.value"), path("Exact", "/a#b"), "#"),
        Case::bad("path-value", &in_rule(".matches[0].path.value"), path("Exact", "/a/.."), "ends with /.."),
        Case::bad("path-value", &in_rule(".matches[0].path.value"), path("Exact", "/a/."), "ends with /."),
        Case::bad("path-value", &in_rule(".matches[0].path.value"), path("Exact", "/a b"), "a blank"),
        Case::bad("path-value", &in_rule(".matches[0].path.value"), path("Exact", "/a%2"), "half an escape"),
        Case::bad(
            "path-value",
            &in_rule(".matches[0].path.value"),
            path("Exact", "/{{ .Values.path }}"),
            "a template",
        ),
        Case::good(path("Exact", "/a.b/..c/%20-_~!$&'()*+,;=:@"), "all that is allowed"),
    ]
}

pub(super) fn filters() -> Vec<Case> {
    let two = |a: Value, b: Value| rule(json!({"filters": [a, b], "backendRefs": [backend()]}));
    let headers = || json!({"set": [{"name": "a", "value": "b"}]});
    let rewrite = |path: Value| json!({"type": "URLRewrite", "urlRewrite": {"path": path}});
    let mirror = |share: Value| {
        let mut mirror = json!({"backendRef": backend()});
        mirror.as_object_mut().unwrap().extend(share.as_object().unwrap().clone());
        filter(json!({"type": "RequestMirror", "requestMirror": mirror}))
    };
    let cors = |cors: Value| filter(json!({"type": "CORS", "cors": cors}));
    let prefix = || rewrite(json!({"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}));
    let members = [
        ("RequestHeaderModifier", "requestHeaderModifier", headers()),
        ("ResponseHeaderModifier", "responseHeaderModifier", headers()),
        ("RequestMirror", "requestMirror", json!({"backendRef": backend()})),
        ("URLRewrite", "urlRewrite", json!({"hostname": "a.b"})),
        ("CORS", "cors", json!({"allowOrigins": ["https://a.b"]})),
        ("ExtensionRef", "extensionRef", json!({"group": "a.b", "kind": "C", "name": "d"})),
        ("RequestRedirect", "requestRedirect", json!({"hostname": "a.b"})),
    ];
    let mut cases = Vec::new();
    for (kind, member, value) in members {
        let other = if kind == "URLRewrite" { "CORS" } else { "URLRewrite" };
        let other_member = if other == "CORS" { "cors" } else { "urlRewrite" };
        let alone = rule(json!({"filters": [{"type": kind, member: value}]}));
        cases.push(Case::good(alone, "a type and its member"));
        let without = rule(json!({"filters": [{"type": kind}]}));
        cases.push(Case::bad("filter-member", &in_rule(".filters[0]"), without, "no member"));
        let beside = rule(json!({"filters": [{"type": other, other_member: {}, member: value}]}));
        let field = in_rule(&format!(".filters[0].{member}"));
        cases.push(Case::bad("filter-member", &field, beside, "beside another type"));
        let twice = rule(json!({"filters": [{"type": kind, member: value}, {"type": kind, member: value}]}));
        cases.push(match kind {
            "RequestMirror" | "ExtensionRef" => Case::good(twice, "may be repeated"),
            _ => Case::bad("filter-repeated", &in_rule(".filters[1]"), twice, "twice"),
        });
    }
    cases.extend([
        Case::bad("experimental-only", &in_rule(".filters[0].type"), filter(json!({"type": "ExternalAuth"})), "and its member is missing")
            .and("filter-member", &in_rule(".filters[0]")),
        Case::bad("filter-member", &in_rule(".filters[0].externalAuth"), filter(json!({"type": "CORS", "cors": {}, "externalAuth":
            {"protocol": "GRPC", "backendRef": backend(), "grpc": {}}})), "beside another type").and("experimental-only", &in_rule(".filters[0].externalAuth")),
        Case::bad("bad-value", &in_rule(".filters[0].type"), filter(json!({"type": "Rewrite"})), "no such type"),
        Case::bad("redirect-and-rewrite", &in_rule(".filters"), rule(json!({"filters": [
            {"type": "RequestRedirect", "requestRedirect": {}}, {"type": "URLRewrite", "urlRewrite": {}}]})), "both"),
        Case::good(two(prefix(), json!({"type": "RequestHeaderModifier", "requestHeaderModifier": headers()})), "two that go together"),
        Case::good(mirror(json!({"percent": 100})), "a share"),
        Case::good(mirror(json!({"fraction": {"numerator": 100}})), "of the default 100"),
        Case::bad("mirror-share", &in_rule(".filters[0].requestMirror.fraction.numerator"), mirror(json!({"fraction": {"numerator": 101}})), "more than all"),
        Case::bad("mirror-share", &in_rule(".filters[0].requestMirror.fraction"), mirror(json!({"percent": 1, "fraction": {"numerator": 1}})), "both"),
        Case::bad("out-of-range", &in_rule(".filters[0].requestMirror.percent"), mirror(json!({"percent": 101})), "more than all"),
        Case::bad("backend-port-missing", &in_rule(".filters[0].requestMirror.backendRef.port"),
            filter(json!({"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "web"}}})), "a Service"),
        Case::bad("cors-wildcard", &in_rule(".filters[0].cors.allowOrigins[1]"), cors(json!({"allowOrigins": ["https://a.b", "*"]})), "beside another"),
        Case::bad("cors-wildcard", &in_rule(".filters[0].cors.allowMethods[0]"), cors(json!({"allowMethods": ["*", "GET"]})), "beside another"),
        Case::bad("cors-wildcard", &in_rule(".filters[0].cors.allowHeaders[0]"), cors(json!({"allowHeaders": ["*", "a"]})), "beside another"),
        Case::good(cors(json!({"allowOrigins": ["*"], "allowMethods": ["*"], "allowHeaders": ["*"]})), "alone"),
        Case::bad("bad-pattern", &in_rule(".filters[0].cors.allowOrigins[0]"), cors(json!({"allowOrigins": ["https://a.b/c"]})), "a path"),
        Case::bad("path-modifier-member", &in_rule(".filters[0].urlRewrite.path"), filter(rewrite(json!({"type": "ReplaceFullPath"}))), "none"),
        Case::bad("path-modifier-member", &in_rule(".filters[0].urlRewrite.path"), filter(rewrite(json!({"type": "ReplacePrefixMatch"}))), "none"),
        Case::bad("path-modifier-member", &in_rule(".filters[0].urlRewrite.path.replaceFullPath"), filter(rewrite(
            json!({"type": "ReplacePrefixMatch", "replacePrefixMatch": "/", "replaceFullPath": "/"}))), "both"),
        Case::bad("path-modifier-member", &in_rule(".filters[0].urlRewrite.path.replacePrefixMatch"), filter(rewrite(
            json!({"type": "ReplaceFullPath", "replacePrefixMatch": "/", "replaceFullPath": "/"}))), "both"),
        Case::good(filter(prefix()), "the default match is a prefix"),
        Case::bad("prefix-without-prefix-match", &in_rule(".filters"), rule(json!({"filters": [prefix()],
            "matches": [{"path": {"type": "Exact", "value": "/a"}}]})), "an exact path"),
        Case::bad("prefix-without-prefix-match", &in_rule(".filters"), rule(json!({"matches": [{}, {}], "filters": [prefix()]})), "two matches"),
        Case::bad("prefix-without-prefix-match", &in_rule(".filters"), rule(json!({"matches": [{}, {}], "filters": [
            {"type": "RequestRedirect", "requestRedirect": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}}}]})), "a redirect"),
        Case::bad("prefix-without-prefix-match", &in_rule(".backendRefs[0].filters"), rule(json!({"matches": [{}, {}],
            "backendRefs": [{"name": "a", "port": 1, "filters": [prefix()]}]})), "of a backend"),
        Case::bad("prefix-without-prefix-match", &in_rule(".backendRefs[0].filters"), rule(json!({"matches": [{}, {}],
            "backendRefs": [{"name": "a", "port": 1, "filters": [
                {"type": "RequestRedirect", "requestRedirect": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}}}]}]})), "of a backend"),
    ]);
    cases
}

pub(super) fn others() -> Vec<Case> {
    let grpc =
        |method: Value| gateway_api("v1", "GRPCRoute", json!({"rules": [{"matches": [{"method": method}]}]}));
    let tls = |hostname: &str| {
        gateway_api(
            "v1",
            "TLSRoute",
            json!({"hostnames": [hostname], "rules": [{"backendRefs": [backend()]}]}),
        )
    };
    let method = "spec.rules[0].matches[0].method";
    vec![
        Case::good(grpc(json!({"service": "com.example.Users", "method": "Get_1"})), "both"),
        Case::good(grpc(json!({"type": "RegularExpression", "service": "a-.*"})), "an expression"),
        Case::bad("grpc-method", method, grpc(json!({})), "neither"),
        Case::bad("grpc-method", &format!("{method}.service"), grpc(json!({"service": "a-b"})), "a dash"),
        Case::bad("grpc-method", &format!("{method}.method"), grpc(json!({"method": "a.b"})), "a dot"),
        Case::bad(
            "too-many-matches",
            "spec.rules",
            gateway_api(
                "v1",
                "GRPCRoute",
                json!({"rules": [
            {"matches": numbered(64, |_| json!({}))}, {"matches": numbered(64, |_| json!({}))}, {"matches": [{}]}]}),
            ),
            "129",
        ),
        Case::good(tls("*.shop.example"), "a wildcard"),
        Case::bad("tls-hostname", "spec.hostnames[0]", tls("10.0.0.1"), "SNI carries no address"),
        Case::bad("bad-pattern", "spec.hostnames[0]", tls("a.*.b"), "a star inside")
            .and("tls-hostname", "spec.hostnames[0]"),
        Case::bad("bad-pattern", "spec.hostnames[0]", tls("A.b"), "upper case")
            .and("tls-hostname", "spec.hostnames[0]"),
        Case::good(
            gateway_api("v1", "TCPRoute", json!({"rules": [{"backendRefs": [backend()]}]})),
            "one rule",
        ),
        Case::bad(
            "backend-port-missing",
            "spec.rules[0].backendRefs[0].port",
            gateway_api(
                "v1",
                "UDPRoute",
                json!({"rules": [
            {"backendRefs": [{"name": "dns"}]}]}),
            ),
            "a Service",
        ),
        Case::bad(
            "version-not-served",
            "apiVersion",
            gateway_api("v1alpha2", "TCPRoute", json!({"rules": [{"backendRefs": [backend()]}]})),
            "deprecated",
        ),
        Case::bad(
            "version-not-served",
            "apiVersion",
            gateway_api("v1alpha2", "HTTPRoute", json!({})),
            "long gone",
        ),
        Case::good(gateway_api("v1beta1", "HTTPRoute", json!({})), "still served"),
        Case::bad("unknown-kind", "kind", gateway_api("v1", "HttpRoute", json!({})), "another case"),
    ]
}
