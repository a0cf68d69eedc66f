//! The catalogue's `executed` and the old side: in step, key by key.

use super::*;
use crate::dialect::ingress::annotation::known::KNOWN;

/// Key, value, and what stands beside it.
type Sample = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// A value for each key, and what it needs beside it.
#[rustfmt::skip]
const SAMPLES: &[Sample] = &[
    ("server-alias", "alias.example", &[]),
    ("auth-type", "basic", &[("auth-secret", "users")]),
    ("auth-secret", "users", &[("auth-type", "basic")]),
    ("auth-secret-type", "auth-map", &[("auth-type", "basic"), ("auth-secret", "users")]),
    ("auth-realm", "here", &[("auth-type", "basic"), ("auth-secret", "users")]),
    ("auth-url", "http://shop.shop.svc.cluster.local/other", &[]),
    ("auth-method", "POST", &[("auth-url", ASK)]),
    ("auth-signin", "https://login.example/", &[("auth-url", ASK)]),
    ("auth-signin-redirect-param", "back", &[("auth-url", ASK), ("auth-signin", "https://login.example/")]),
    ("auth-snippet", "proxy_set_header X-A b;", &[("auth-url", ASK)]),
    ("auth-cache-key", "$remote_user", &[("auth-url", ASK)]),
    ("auth-cache-duration", "200 5m", &[("auth-url", ASK), ("auth-cache-key", "$remote_user")]),
    ("auth-keepalive", "5", &[("auth-url", ASK)]),
    ("auth-keepalive-share-vars", "true", &[("auth-url", ASK), ("auth-keepalive", "5")]),
    ("auth-keepalive-requests", "5", &[("auth-url", ASK), ("auth-keepalive", "5")]),
    ("auth-keepalive-timeout", "5", &[("auth-url", ASK), ("auth-keepalive", "5")]),
    ("auth-response-headers", "X-User", &[("auth-url", ASK)]),
    ("auth-proxy-set-headers", "shop/headers", &[("auth-url", ASK)]),
    ("auth-request-redirect", "https://back.example/", &[("auth-url", ASK)]),
    ("auth-always-set-cookie", "true", &[("auth-url", ASK)]),
    ("enable-global-auth", "false", &[]),
    ("auth-tls-secret", "shop/ca", &[]),
    ("auth-tls-verify-client", "optional", &[("auth-tls-secret", "shop/ca")]),
    ("auth-tls-verify-depth", "3", &[("auth-tls-secret", "shop/ca")]),
    ("auth-tls-error-page", "https://error.example/", &[("auth-tls-secret", "shop/ca")]),
    ("auth-tls-pass-certificate-to-upstream", "true", &[("auth-tls-secret", "shop/ca")]),
    ("auth-tls-match-cn", "CN=a", &[("auth-tls-secret", "shop/ca")]),
    ("backend-protocol", "GRPC", &[]),
    ("canary", "true", &[("canary-weight", "20")]),
    ("canary-weight", "20", CANARY),
    ("canary-weight-total", "200", &[("canary", "true"), ("canary-weight", "20")]),
    ("canary-by-header", "X-A", CANARY),
    ("canary-by-header-value", "b", &[("canary", "true"), ("canary-by-header", "X-A")]),
    ("canary-by-header-pattern", "b", &[("canary", "true"), ("canary-by-header", "X-A")]),
    ("canary-by-cookie", "c", CANARY),
    ("client-body-buffer-size", "8k", &[]),
    ("configuration-snippet", "more_set_headers \"A: b\";", &[]),
    ("connection-proxy-header", "keep-alive", &[]),
    ("enable-cors", "true", &[]),
    ("cors-allow-origin", "https://a.example", CORS),
    ("cors-allow-headers", "X-A", CORS),
    ("cors-allow-methods", "GET", CORS),
    ("cors-allow-credentials", "false", CORS),
    ("cors-expose-headers", "X-A", CORS),
    ("cors-max-age", "5", CORS),
    ("custom-headers", "shop/headers", &[]),
    ("custom-http-errors", "404", &[]),
    ("default-backend", "two", &[("custom-http-errors", "404")]),
    ("disable-proxy-intercept-errors", "true", &[("custom-http-errors", "404")]),
    ("fastcgi-index", "index.php", &[("backend-protocol", "FCGI")]),
    ("fastcgi-params-configmap", "shop/headers", &[("backend-protocol", "FCGI")]),
    ("http2-push-preload", "true", &[]),
    ("allowlist-source-range", "10.0.0.0/8", &[]),
    ("denylist-source-range", "10.0.0.0/8", &[]),
    ("load-balance", "ewma", &[]),
    ("enable-access-log", "false", &[]),
    ("enable-rewrite-log", "true", &[]),
    ("mirror-target", "http://two.shop.svc.cluster.local$request_uri", &[]),
    ("mirror-host", "m.example", MIRROR),
    ("mirror-request-body", "off", MIRROR),
    ("enable-modsecurity", "true", &[]),
    ("enable-owasp-core-rules", "true", &[("enable-modsecurity", "true")]),
    ("modsecurity-transaction-id", "$request_id", &[("enable-modsecurity", "true")]),
    ("modsecurity-snippet", "SecRuleEngine On", &[("enable-modsecurity", "true")]),
    ("enable-opentelemetry", "true", &[]),
    ("opentelemetry-trust-incoming-span", "true", &[("enable-opentelemetry", "true")]),
    ("opentelemetry-operation-name", "a", &[("enable-opentelemetry", "true")]),
    ("use-port-in-redirects", "true", &[]),
    ("proxy-connect-timeout", "7", &[]),
    ("proxy-send-timeout", "7", &[]),
    ("proxy-read-timeout", "7", &[]),
    ("proxy-buffers-number", "8", &[]),
    ("proxy-buffer-size", "8k", &[]),
    ("proxy-busy-buffers-size", "8k", &[]),
    ("proxy-max-temp-file-size", "8m", &[]),
    ("proxy-cookie-path", "/a /b", &[]),
    ("proxy-cookie-domain", "a.example b.example", &[]),
    ("proxy-body-size", "8m", &[]),
    ("proxy-next-upstream", "http_503", &[]),
    ("proxy-next-upstream-timeout", "7", &[]),
    ("proxy-next-upstream-tries", "7", &[]),
    ("proxy-buffering", "on", &[]),
    ("proxy-request-buffering", "off", &[]),
    ("proxy-redirect-from", "/a", &[("proxy-redirect-to", "/b")]),
    ("proxy-redirect-to", "/b", &[("proxy-redirect-from", "/a")]),
    ("proxy-http-version", "1.0", &[]),
    ("proxy-ssl-secret", "shop/cert", HTTPS),
    ("proxy-ssl-ciphers", "HIGH", SECURED),
    ("proxy-ssl-protocols", "TLSv1.3", SECURED),
    ("proxy-ssl-name", "a.example", SECURED),
    ("proxy-ssl-verify", "on", SECURED),
    ("proxy-ssl-verify-depth", "3", SECURED),
    ("proxy-ssl-server-name", "on", SECURED),
    ("limit-rps", "5", &[]),
    ("limit-rpm", "5", &[]),
    ("limit-connections", "5", &[]),
    ("limit-burst-multiplier", "2", &[("limit-rps", "5")]),
    ("limit-allowlist", "10.0.0.0/8", &[("limit-rps", "5")]),
    ("limit-rate", "5", &[]),
    ("limit-rate-after", "5", &[("limit-rate", "5")]),
    ("from-to-www-redirect", "true", &[]),
    ("temporal-redirect", "https://t.example/", &[]),
    ("temporal-redirect-code", "307", &[("temporal-redirect", "https://t.example/")]),
    ("permanent-redirect", "https://p.example/", &[]),
    ("permanent-redirect-code", "308", &[("permanent-redirect", "https://p.example/")]),
    ("relative-redirects", "true", &[]),
    ("rewrite-target", "/x", &[]),
    ("use-regex", "true", &[]),
    ("app-root", "/app", &[]),
    ("ssl-redirect", "false", &[]),
    ("force-ssl-redirect", "true", &[("ssl-redirect", "false")]),
    ("preserve-trailing-slash", "true", &[]),
    ("satisfy", "any", &[("auth-type", "basic"), ("auth-secret", "users")]),
    ("server-snippet", "return 403;", &[]),
    ("stream-snippet", "server { listen 8000; proxy_pass 127.0.0.1:80; }", &[]),
    ("service-upstream", "true", &[]),
    ("affinity", "cookie", &[]),
    ("affinity-mode", "persistent", STICKY),
    ("affinity-canary-behavior", "legacy", &[("canary", "true"), ("canary-weight", "20")]),
    ("session-cookie-name", "s", STICKY),
    ("session-cookie-path", "/s", STICKY),
    ("session-cookie-domain", "a.example", STICKY),
    ("session-cookie-expires", "7", STICKY),
    ("session-cookie-max-age", "7", STICKY),
    ("session-cookie-samesite", "Lax", STICKY),
    ("session-cookie-conditional-samesite-none", "true", &[("affinity", "cookie"), ("session-cookie-samesite", "None")]),
    ("session-cookie-secure", "true", STICKY),
    ("session-cookie-change-on-failure", "true", STICKY),
    ("ssl-ciphers", "HIGH", &[]),
    ("ssl-prefer-server-ciphers", "true", &[]),
    ("ssl-passthrough", "true", &[]),
    ("upstream-hash-by", "$remote_addr", &[]),
    ("upstream-hash-by-subset", "true", &[("upstream-hash-by", "$remote_addr")]),
    ("upstream-hash-by-subset-size", "2", &[("upstream-hash-by", "$remote_addr"), ("upstream-hash-by-subset", "true")]),
    ("upstream-vhost", "v.example", &[]),
    ("x-forwarded-prefix", "/p", &[("rewrite-target", "/y")]),
];

const ASK: &str = "http://two.shop.svc.cluster.local/ask";
const CANARY: &[(&str, &str)] = &[("canary", "true")];
const CORS: &[(&str, &str)] = &[("enable-cors", "true")];
const HTTPS: &[(&str, &str)] = &[("backend-protocol", "HTTPS")];
const MIRROR: &[(&str, &str)] = &[("mirror-target", "http://two.shop.svc.cluster.local$request_uri")];
const SECURED: &[(&str, &str)] = &[("backend-protocol", "HTTPS"), ("proxy-ssl-secret", "shop/cert")];
const STICKY: &[(&str, &str)] = &[("affinity", "cookie")];

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// Services, Secrets and ConfigMaps that the samples name.
fn surroundings() -> Vec<Arc<Object>> {
    let made = rcgen::generate_simple_self_signed(["shop.example".to_owned()]).unwrap();
    let (cert, key) = (base64(&made.cert.pem()), base64(&made.signing_key.serialize_pem()));
    let plain = |kind: &str, namespace: &str, name: &str, rest: Value| {
        let mut value = rest;
        value["apiVersion"] = json!("v1");
        value["kind"] = json!(kind);
        value["metadata"] = json!({"namespace": namespace, "name": name});
        object(value)
    };
    let service = |name| plain("Service", "shop", name, json!({"spec": {"ports": [{"port": 80}]}}));
    let tls = |name| {
        let data = json!({"tls.crt": cert, "tls.key": key, "ca.crt": cert});
        plain("Secret", "shop", name, json!({"type": "kubernetes.io/tls", "data": data}))
    };
    vec![
        service("shop"),
        service("two"),
        tls("cert"),
        tls("ca"),
        plain(
            "Secret",
            "shop",
            "users",
            json!({"data": {"auth": base64("a:{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=\n"), "b": base64("{SHA}x")}}),
        ),
        plain("ConfigMap", "shop", "headers", json!({"data": {"X-A": "b"}})),
        plain(
            "ConfigMap",
            "ingress-nginx",
            "ingress-nginx-controller",
            json!({"data": {
                "allow-snippet-annotations": "true",
                "annotations-risk-level": "Critical",
                "global-allowed-response-headers": "X-A",
                "global-auth-url": ASK,
            }}),
        ),
    ]
}

/// All that a proxy gets to know, but for what it is told not to do.
fn outcome(surroundings: &[Arc<Object>], annotations: &[(&str, &str)], canary: bool) -> String {
    let keys: serde_json::Map<_, _> =
        annotations.iter().map(|(name, value)| (nginx(name), json!(value))).collect();
    let spec = |service: &str| {
        json!({
            "ingressClassName": "nginx",
            "tls": [{"hosts": ["shop.example"], "secretName": "cert"}],
            "rules": [{"host": "shop.example", "http": {"paths": [
                {"path": "/x/", "pathType": "Prefix", "backend": {"service": {"name": service, "port": {"number": 80}}}},
            ]}}],
        })
    };
    let mut objects = surroundings.to_vec();
    if canary {
        objects.push(with_spec("main", json!({nginx("affinity"): "cookie"}), spec("shop")));
        objects.push(with_spec("subject", Value::Object(keys), spec("two")));
    } else {
        objects.push(with_spec("subject", Value::Object(keys), spec("shop")));
    }
    let compiled = ingress::compile(&World::of(objects));
    let text = format!("{:#?} {:#?}", compiled.table, compiled.certificates);
    let not_executed = regex::Regex::new(r"(?s)not_executed: \[.*?\]").unwrap();
    let text = not_executed.replace_all(&text, "");
    // Maps have no order of their own.
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

#[test]
fn what_is_executed_says_so_in_the_catalogue_and_the_other_way_round() {
    let surroundings = surroundings();
    let names: Vec<_> = SAMPLES.iter().map(|(name, ..)| *name).collect();
    let missing: Vec<_> = KNOWN.iter().map(|known| known.name).filter(|name| !names.contains(name)).collect();
    assert!(missing.is_empty(), "no sample of {missing:?}");
    let mut wrong = Vec::new();
    for (name, value, beside) in SAMPLES {
        let canary = name.starts_with("canary") || beside.iter().any(|(other, _)| *other == "canary");
        let with: Vec<_> = beside.iter().copied().chain([(*name, *value)]).collect();
        let executed = outcome(&surroundings, beside, canary) != outcome(&surroundings, &with, canary);
        let entry = Catalogue::get().find(&nginx(name), NGINX_PREFIX).unwrap();
        if entry.executed != executed {
            wrong.push(format!("{name}={executed}"));
        }
    }
    assert!(wrong.is_empty(), "WRONG {}", wrong.join(" "));
    let others = Catalogue::get()
        .entries()
        .into_iter()
        .filter(|entry| entry.executed && entry.controller != "ingress-nginx");
    assert_eq!(others.count(), 0, "only ingress-nginx's annotations are executed");
}
