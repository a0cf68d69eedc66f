//! The routes of a well-known article on leaving Ingress, and its troubleshooting cases.

use super::*;

fn edge() -> Arc<Object> {
    gateway(
        "infra/prod-gateway",
        json!([{
            "name": "https", "port": 443, "protocol": "HTTPS", "hostname": "*.example.com",
            "tls": {"mode": "Terminate", "certificateRefs": [{"kind": "Secret", "name": "wildcard-tls", "namespace": "infra"}]},
            "allowedRoutes": {"namespaces": {"from": "All"}}
        }]),
    )
}

fn article(name: &str, hostnames: Value, rules: Value) -> Arc<Object> {
    let parents = json!([{"name": "prod-gateway", "namespace": "infra"}]);
    let spec = json!({"parentRefs": parents, "hostnames": hostnames, "rules": rules});
    of(Kind::HttpRoute, &format!("production/{name}"), spec)
}

fn to(name: &str, port: u16) -> Value {
    json!([{"name": name, "port": port}])
}

fn prefix(path: &str) -> Value {
    json!([{"path": {"type": "PathPrefix", "value": path}}])
}

fn compiled(more: impl IntoIterator<Item = Arc<Object>>) -> Compiled {
    compile(&assumed(&World::of([edge()].into_iter().chain(more))))
}

#[test]
fn my_app_sends_api_and_the_rest_to_different_services() {
    let strip = json!([{"type": "URLRewrite", "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}}}]);
    let compiled = compiled([article(
        "my-app",
        json!(["app.example.com"]),
        json!([
            {"matches": prefix("/api"), "filters": strip, "backendRefs": to("api-service", 8080)},
            {"matches": prefix("/"), "backendRefs": to("frontend-service", 3000)}
        ]),
    )]);
    for (url, backend, path) in [
        ("https://app.example.com/api/x", "api-service:8080", "/x"),
        ("https://app.example.com/api", "api-service:8080", "/"),
        ("https://app.example.com/other", "frontend-service:3000", "/other"),
        ("https://app.example.com/apix", "frontend-service:3000", "/apix"),
    ] {
        let found = get(&compiled, url);
        assert_eq!(end(&found), backend, "{url}");
        assert_eq!(found.rewritten.unwrap().0, path, "{url}");
    }
}

#[test]
fn headers_choose_the_service_and_the_first_rule_wins() {
    let compiled = compiled([article(
        "header-routing",
        json!(["api.example.com"]),
        json!([
            {"matches": [{"headers": [{"name": "X-API-Version", "value": "v2"}]}], "backendRefs": to("v2", 8080)},
            {"matches": [{"headers": [{"name": "User-Agent", "type": "RegularExpression", "value": ".*Mobile.*"}]}],
             "backendRefs": to("mobile", 8080)},
            {"backendRefs": to("api", 8080)}
        ]),
    )]);
    let version = ("x-api-version", "v2");
    let agent = ("user-agent", "Mozilla Mobile Safari");
    for (headers, backend, why) in [
        (vec![version], "v2:8080", "by version"),
        (vec![agent], "mobile:8080", "by agent"),
        (vec![version, agent], "v2:8080", "as many headers each: the first rule"),
        (vec![], "api:8080", "neither"),
    ] {
        let found = explain(&compiled.table, &ask("GET", "https://api.example.com/x", &headers));
        assert_eq!(end(&found), backend, "{why}");
    }
}

#[test]
fn rewrites_redirects_and_literal_templates_do_what_they_say() {
    let strip = json!([{"type": "URLRewrite", "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}}}]);
    let headers = json!([{"type": "RequestHeaderModifier", "requestHeaderModifier": {
        "add": [{"name": "X-Forwarded-Prefix", "value": "/api"}],
        "set": [{"name": "X-Real-IP", "value": "{{ .RemoteAddr }}"}]}}]);
    let redirect =
        json!([{"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}]);
    let compiled = compiled([article(
        "url-rewrite-demo",
        json!([]),
        json!([
            {"matches": prefix("/"), "filters": redirect},
            {"matches": prefix("/v1"), "filters": strip, "backendRefs": to("users-service", 8080)},
            {"matches": prefix("/api"), "filters": headers, "backendRefs": to("api-service", 8080)}
        ]),
    )]);
    let users = get(&compiled, "https://app.example.com/v1/users");
    assert_eq!((end(&users).as_str(), users.rewritten.unwrap().0.as_str()), ("users-service:8080", "/users"));
    let api = get(&compiled, "https://app.example.com/api/x");
    assert_eq!(end(&api), "api-service:8080");
    let words = "RequestHeaderModifier set X-Real-IP: {{ .RemoteAddr }}, add X-Forwarded-Prefix: /api";
    assert_eq!(api.filters, [words]);
    let other = get(&compiled, "https://app.example.com/other");
    assert_eq!(end(&other), "301 https://app.example.com/other");
}

#[test]
fn another_namespace_needs_a_grant_there() {
    let cross = article(
        "cross-ns-route",
        json!([]),
        json!([{"backendRefs": [{"name": "db-proxy-service", "namespace": "database", "port": 5432}]}]),
    );
    let grant = of(
        Kind::ReferenceGrant,
        "database/allow-cross-ns-backend",
        json!({"from": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "production"}],
            "to": [{"group": "", "kind": "Service"}]}),
    );
    let without = compiled([Arc::clone(&cross)]);
    assert_eq!(end(&get(&without, "https://app.example.com/")), "500");
    let conditions = conditions(&without, "production/cross-ns-route");
    assert_eq!(short(&conditions), ["Accepted=True/Accepted", "ResolvedRefs=False/RefNotPermitted"]);
    assert_eq!(
        conditions[1].message,
        "rule 1: no ReferenceGrant in namespace database lets HTTPRoutes of namespace production use Service \
         database/db-proxy-service: all requests of the rule answer 500"
    );
    assert_eq!(conditions[1].field.as_deref(), Some("spec.rules[0].backendRefs[0]"));
    let with = compiled([cross, grant]);
    assert_eq!(end(&get(&with, "https://app.example.com/")), "db-proxy-service:5432");
}

#[test]
fn the_canary_is_split_by_weight_and_the_mirror_is_shown() {
    let mirror = json!([{"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "shadow-service", "port": 8080}}}]);
    let compiled = compiled([
        article(
            "canary-deployment",
            json!(["app.example.com"]),
            json!([{"backendRefs": [
                {"name": "app-stable", "port": 8080, "weight": 90}, {"name": "app-canary", "port": 8080, "weight": 10}]}]),
        ),
        article(
            "mirror",
            json!(["m.example.com"]),
            json!([{"filters": mirror, "backendRefs": to("prod", 8080)}]),
        ),
    ]);
    let shares: Vec<f64> =
        get(&compiled, "https://app.example.com/").backends.iter().map(|backend| backend.share).collect();
    assert_eq!(shares, [0.9, 0.1]);
    let mirrored = get(&compiled, "https://m.example.com/");
    assert_eq!(mirrored.filters, ["RequestMirror production/shadow-service:8080"]);
}
