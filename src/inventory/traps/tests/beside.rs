//! The new side's objects beside the Ingresses, and the way back.

use super::*;

fn tls(annotations: &[(&str, &str)]) -> Arc<Object> {
    ingress("a", annotations, with_tls(rules(&[("a.example", &["Prefix / one"])]), &["a.example"]))
}

fn gateway(class: &str) -> Arc<Object> {
    object(&json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
        "metadata": {"namespace": "shop", "name": "edge"},
        "spec": {"gatewayClassName": class, "listeners": [
            {"name": "http", "port": 80, "protocol": "HTTP"},
            {"name": "https", "port": 443, "protocol": "HTTPS"},
        ]},
    }))
}

fn class(name: &str, controller: &str) -> Arc<Object> {
    object(&json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass",
        "metadata": {"name": name}, "spec": {"controllerName": controller},
    }))
}

/// A redirect to https, attached as `parent` says.
fn route(parent: Value) -> Arc<Object> {
    object(&json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": {"namespace": "shop", "name": "new"},
        "spec": {
            "parentRefs": [parent], "hostnames": ["a.example"],
            "rules": [
                {"backendRefs": [{"name": "one", "port": 80}]},
                {"filters": [{"type": "RequestRedirect", "requestRedirect": {"scheme": "https"}}]},
            ],
        },
    }))
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case {
            id: "T4",
            recorded: "tls-redirects-http-with-308",
            objects: with([tls(&[]), gateway("eg"), route(json!({"name": "edge"}))]),
            object: "HTTPRoute shop/new",
            request: "GET https://a.example/",
            answer: "Service shop/one",
            says: "on listener https of Gateway shop/edge too, where the redirect leads to itself",
        },
        Case {
            id: "G10",
            recorded: "",
            objects: with([tls(&[]), gateway("envoy"), class("eg", "example.com/eg")]),
            object: "Gateway shop/edge",
            request: "",
            answer: "",
            says: "there is no GatewayClass `envoy`",
        },
        Case {
            id: "G10",
            recorded: "",
            objects: with([tls(&[]), gateway("nginx"), class("nginx", "k8s.io/ingress-nginx")]),
            object: "Gateway shop/edge",
            request: "",
            answer: "",
            says: "class `nginx` is of `k8s.io/ingress-nginx`, which serves no Gateways",
        },
        Case {
            id: "G12",
            recorded: "affinity-cookie",
            objects: with([tls(&[("affinity", "cookie"), ("session-cookie-name", "seat")])]),
            object: "Ingress shop/a",
            request: "GET https://a.example/",
            answer: "Service shop/one",
            says: "the cookie `seat`; it is lost on the way there",
        },
    ]
}

#[test]
fn what_the_new_side_does_well_is_no_trap() {
    let eg = || class("eg", "example.com/eg");
    let cases = [
        (vec![gateway("eg"), eg()], "its class is there"),
        (vec![gateway("eg")], "no class at all: the input says nothing of it"),
        (vec![gateway("eg"), route(json!({"name": "edge", "sectionName": "http"}))], "on http alone"),
        (vec![gateway("eg"), route(json!({"name": "edge", "port": 80}))], "on the port of http alone"),
        (vec![route(json!({"name": "edge"}))], "nobody knows the listeners"),
    ];
    for (mut objects, why) in cases {
        objects.push(tls(&[]));
        let (.., survey) = look(with(objects));
        let found = survey.traps.iter().find(|trap| matches!(trap.id, "T4" | "G10"));
        assert_eq!(found, None, "{why}");
    }
}

#[test]
fn a_service_of_manifests_is_alive_until_its_slices_say_otherwise() {
    let service = |selector: Value| {
        object(&json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "shop", "name": "four"},
            "spec": {"selector": selector, "ports": [{"name": "http", "port": 80}]},
        }))
    };
    let slice = |of: &str, ready: bool| {
        object(&json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"namespace": "shop", "name": of, "labels": {"kubernetes.io/service-name": of}},
            "endpoints": [{"addresses": ["192.0.2.1"], "conditions": {"ready": ready}}],
            "ports": [{"name": "http", "port": 80}],
        }))
    };
    let (selector, none) = (json!({"app": "four"}), json!({}));
    let cases = [
        (vec![service(selector.clone())], false, "manifests without any slice"),
        (vec![service(none.clone())], false, "the same without a selector"),
        (vec![service(selector.clone()), slice("one", false)], false, "the slice of another Service"),
        (vec![service(none), slice("one", false)], true, "nobody else could make its slices"),
        (vec![service(selector.clone()), slice("four", true)], false, "a ready one"),
        (vec![service(selector), slice("four", false)], true, "none is ready"),
    ];
    for (mut objects, dead, why) in cases {
        objects.push(ingress("a", &[], rules(&[("a.example", &["Prefix / four"])])));
        let (.., survey) = look(with(objects));
        assert_eq!(survey.traps.iter().any(|trap| trap.id == "M19"), dead, "{why}");
    }
}
