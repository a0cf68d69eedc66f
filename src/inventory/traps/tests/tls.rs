//! The way to https, certificates, redirects, headers.

use super::*;

pub(super) fn cases() -> Vec<Case> {
    let tls = |annotations: &[(&str, &str)]| {
        ingress("a", annotations, with_tls(rules(&[("a.example", &["Prefix / one"])]), &["a.example"]))
    };
    let plain =
        |annotations: &[(&str, &str)]| ingress("a", annotations, rules(&[("a.example", &["Prefix / one"])]));
    let mut all = vec![
        Case {
            id: "T1",
            recorded: "tls-redirects-http-with-308",
            objects: with([tls(&[])]),
            object: "Ingress shop/a",
            request: "GET http://a.example/",
            answer: "308 to https://a.example",
            says: "`ssl-redirect` is on by default",
        },
        Case {
            id: "T2",
            recorded: "forwarded-headers-trusted-beside-redirects",
            objects: with([config_map(json!({"use-forwarded-headers": "true"})), tls(&[])]),
            object: "Ingress shop/a",
            request: "GET http://a.example/",
            answer: "Service shop/one",
            says: "would redirect for ever",
        },
        Case {
            id: "T3",
            recorded: "acme-challenge-is-exempt",
            objects: with([tls(&[("cert-manager.io/cluster-issuer", "main")])]),
            object: "Ingress shop/a",
            request: "GET http://a.example/.well-known/acme-challenge/token",
            answer: "308 to https://a.example/.well-known/acme-challenge/token",
            says: "exempt only where an Ingress path begins so",
        },
        Case {
            id: "T5",
            recorded: "hsts-by-default",
            objects: with([tls(&[])]),
            object: "Ingress shop/a",
            request: "GET https://a.example/",
            answer: "Service shop/one",
            says: "`Strict-Transport-Security: max-age=31536000; includeSubDomains`",
        },
        Case {
            id: "T6",
            recorded: "tls-without-secret-name",
            objects: with([
                object(
                    &json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "shop", "name": "other"}}),
                ),
                tls(&[]),
            ]),
            object: "Ingress shop/a",
            request: "GET https://a.example/",
            answer: "Service shop/one",
            says: "the controller's default certificate",
        },
        Case {
            id: "T8",
            recorded: "client-certificate-required",
            objects: with([tls(&[("auth-tls-secret", "shop/none")])]),
            object: "Ingress shop/a",
            request: "GET https://a.example/",
            answer: "403",
            says: "answers 403",
        },
        Case {
            id: "T9",
            recorded: "ssl-passthrough-without-the-flag",
            objects: with([plain(&[("ssl-passthrough", "true")])]),
            object: "Ingress shop/a",
            request: "GET https://a.example/",
            answer: "Service shop/one",
            says: "it does nothing",
        },
        Case {
            id: "T10",
            recorded: "app-root",
            objects: with([plain(&[("app-root", "/shop")])]),
            object: "Ingress shop/a",
            request: "GET http://a.example/",
            answer: "302 to http://a.example/shop",
            says: "only the path `/` itself",
        },
        Case {
            id: "T10",
            recorded: "from-to-www-redirect",
            objects: with([plain(&[("from-to-www-redirect", "true")])]),
            object: "Ingress shop/a",
            request: "GET http://www.a.example/",
            answer: "308 to http://a.example",
            says: "no Ingress names this host",
        },
        Case {
            id: "T11",
            recorded: "malformed-values-that-deny-or-are-ignored",
            objects: with([plain(&[("permanent-redirect", "https://b.example$request_uri")])]),
            object: "Ingress shop/a",
            request: "GET http://a.example/",
            answer: "404",
            says: "the whole Ingress is left out",
        },
        Case {
            id: "T12",
            recorded: "headers-to-the-back-end",
            objects: with([plain(&[])]),
            object: "Ingress shop/a",
            request: "GET http://a.example/",
            answer: "Service shop/one",
            says: "X-Real-IP",
        },
        Case {
            id: "T13",
            recorded: "odd-header-lines",
            objects: with([plain(&[("enable-cors", "true"), ("cors-allow-headers", "x_tenant")])]),
            object: "Ingress shop/a",
            request: "GET http://a.example/",
            answer: "Service shop/one",
            says: "`x_tenant` is dropped",
        },
        Case {
            id: "T14",
            recorded: "cors-defaults",
            objects: with([plain(&[("enable-cors", "true")])]),
            object: "Ingress shop/a",
            request: "OPTIONS http://a.example/",
            answer: "204",
            says: "any site may ask with the user's cookies",
        },
        Case {
            id: "T15",
            recorded: "gzip-and-tokens-of-the-configmap",
            objects: with([config_map(json!({"use-gzip": "true"})), plain(&[])]),
            object: "ConfigMap ingress-nginx/ingress-nginx-controller",
            request: "",
            answer: "",
            says: "answers are compressed",
        },
    ];
    all.push(far());
    all
}

/// A Gateway beside, and the Secret in the shop's namespace.
fn far() -> Case {
    let made = rcgen::generate_simple_self_signed(["a.example".to_owned()]).unwrap();
    let base64 = |text: String| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(text)
    };
    let secret = object(&json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
        "metadata": {"namespace": "shop", "name": "cert"},
        "data": {"tls.crt": base64(made.cert.pem()), "tls.key": base64(made.signing_key.serialize_pem())},
    }));
    let gateway = object(&json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
        "metadata": {"namespace": "infra", "name": "edge"},
        "spec": {"gatewayClassName": "eg", "listeners": []},
    }));
    let spec = with_tls(rules(&[("a.example", &["Prefix / one"])]), &["a.example"]);
    Case {
        id: "T7",
        recorded: "",
        objects: with([secret, gateway, ingress("a", &[], spec)]),
        object: "Ingress shop/a",
        request: "",
        answer: "",
        says: "Gateway infra/edge is in another and there is no ReferenceGrant here",
    }
}
