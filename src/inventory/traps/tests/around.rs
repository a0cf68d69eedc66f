//! Settings, values that are not taken, and what stands around the controller.

use super::*;

fn plain(annotations: &[(&str, &str)]) -> Arc<Object> {
    ingress("a", annotations, rules(&[("a.example", &["Prefix / one"])]))
}

fn of_ingress(
    id: &'static str,
    recorded: &'static str,
    annotations: &[(&str, &str)],
    answer: &'static str,
    says: &'static str,
) -> Case {
    Case {
        id,
        recorded,
        objects: with([plain(annotations)]),
        object: "Ingress shop/a",
        request: "GET http://a.example/",
        answer,
        says,
    }
}

fn of_object(id: &'static str, objects: Vec<Arc<Object>>, object: &'static str, says: &'static str) -> Case {
    Case { id, recorded: "", objects, object, request: "", answer: "", says }
}

pub(super) fn cases() -> Vec<Case> {
    let settings = "ConfigMap ingress-nginx/ingress-nginx-controller";
    let deployment = "Deployment ingress-nginx/controller";
    let tcp = object(&json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "ingress-nginx", "name": "tcp"},
        "data": {"5432": "shop/database:5432"},
    }));
    let webhook = object(&json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "ingress-nginx-admission"},
    }));
    let balancer = object(&json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"namespace": "ingress-nginx", "name": "front", "labels": {"app.kubernetes.io/name": "ingress-nginx"}},
        "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]},
        "status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.7"}]}},
    }));
    let route = object(&json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": {"namespace": "shop", "name": "new"}, "spec": {"hostnames": ["a.example"]},
    }));
    let dns = ("external-dns.alpha.kubernetes.io/ttl", "60");
    let issuer = ingress(
        "a",
        &[("cert-manager.io/issuer", "main")],
        with_tls(rules(&[("a.example", &["Prefix / one"])]), &["a.example"]),
    );
    let strict = ingress("a", &[("use-regex", "true")], rules(&[("a.example", &["Prefix /v[0-9] one"])]));
    vec![
        Case {
            request: "GET http://unknown.example/",
            // The default backend's own 404 is caught too, and nobody answers for it.
            answer: "500",
            recorded: "custom-http-errors",
            ..of_object(
                "G1",
                with([config_map(json!({"custom-http-errors": "404"})), plain(&[])]),
                settings,
                "stands on none",
            )
        },
        of_object(
            "G2",
            with([controller(&["--tcp-services-configmap=ingress-nginx/tcp"]), tcp, plain(&[])]),
            "ConfigMap ingress-nginx/tcp",
            "TCP port 5432 of the controller leads to shop/database:5432",
        ),
        of_object(
            "G3",
            with([controller(&["--watch-ingress-without-class=true"]), plain(&[])]),
            deployment,
            "Ingresses without a class are served too",
        ),
        of_ingress(
            "G4",
            "snippets-are-dead-by-default",
            &[("configuration-snippet", "more_set_headers \"A: b\";")],
            "404",
            "the whole Ingress is left out",
        ),
        Case {
            id: "G4",
            recorded: "strict-path-validation-is-the-webhooks",
            objects: with([strict]),
            object: "Ingress shop/a",
            request: "GET http://a.example/v0",
            answer: "Service shop/one",
            says: "the admission webhook refuses",
        },
        of_ingress(
            "G5",
            "malformed-values-that-deny-or-are-ignored",
            &[("limit-rps", "many")],
            "404",
            "the whole Ingress is left out",
        ),
        of_ingress(
            "G5",
            "malformed-values-that-deny-or-are-ignored",
            &[("denylist-source-range", "home")],
            "503",
            "every path of it answers 503",
        ),
        Case {
            request: "",
            ..of_ingress(
                "G5",
                "negative-timeout-stops-the-controller",
                &[("proxy-read-timeout", "-1")],
                "",
                "nginx refuses every later",
            )
        },
        of_object(
            "G6",
            with([route, plain(&[dns])]),
            "Ingress shop/a",
            "a.example is in this Ingress and in HTTPRoute shop/new",
        ),
        of_object("G7", with([issuer]), "Ingress shop/a", "makes Secret cert (is not in the input)"),
        of_object(
            "G8",
            with([webhook, plain(&[])]),
            "ValidatingWebhookConfiguration ingress-nginx-admission",
            "each write fails",
        ),
        of_object(
            "G9",
            with([balancer, plain(&[])]),
            "Service ingress-nginx/front",
            "its address 203.0.113.7",
        ),
        of_ingress(
            "G11",
            "external-auth-signin",
            &[
                ("auth-url", "http://one.shop.svc.cluster.local/ask"),
                ("auth-signin", "https://login.example/start"),
            ],
            "Service shop/one",
            "a 401 there becomes a 302 to https://login.example/start",
        ),
    ]
}
