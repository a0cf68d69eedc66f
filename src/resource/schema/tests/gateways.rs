//! Gateways, ListenerSets, grants and policies.

use serde_json::{Value, json};

use super::{Case, gateway_api};

fn gateway(spec: Value) -> Value {
    let mut all =
        json!({"gatewayClassName": "a", "listeners": [{"name": "l", "port": 80, "protocol": "HTTP"}]});
    all.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    gateway_api("v1", "Gateway", all)
}

fn listener(listener: Value) -> Value {
    let mut all = json!({"name": "l", "port": 443});
    all.as_object_mut().unwrap().extend(listener.as_object().unwrap().clone());
    gateway(json!({"listeners": [all]}))
}

fn listeners(a: Value, b: Value) -> Value {
    gateway(json!({"listeners": [a, b]}))
}

fn certificates() -> Value {
    json!({"certificateRefs": [{"name": "tls"}]})
}

pub(super) fn gateways() -> Vec<Case> {
    let l = "spec.listeners[0]";
    let http = |name: &str, hostname: Value| json!({"name": name, "port": 80, "protocol": "HTTP", "hostname": hostname});
    let address = |list: Value| gateway(json!({"addresses": list}));
    let labels = |key: &str| gateway(json!({"infrastructure": {"labels": {key: "x"}}}));
    let notes = |key: &str| gateway(json!({"infrastructure": {"annotations": {key: "x"}}}));
    let long = format!("{}/x", "a".repeat(253));
    vec![
        Case::good(gateway(json!({})), "the least there is"),
        Case::good(
            gateway(json!({"listeners": [{"name": "l", "port": 443, "protocol": "HTTPS", "hostname": null,
            "tls": {"certificateRefs": [{"name": "tls"}], "options": {"a.b/c": null}}}]})),
            "null is absent",
        ),
        Case::bad(
            "missing-field",
            "spec.gatewayClassName",
            gateway_api(
                "v1",
                "Gateway",
                json!({"listeners":
            [{"name": "l", "port": 80, "protocol": "HTTP"}]}),
            ),
            "no class",
        ),
        Case::good(listener(json!({"protocol": "HTTPS", "tls": certificates()})), "HTTPS"),
        Case::good(
            listener(json!({"protocol": "HTTPS", "tls": {"options": {"a.b/c": "d"}}})),
            "options instead",
        ),
        Case::bad(
            "listener-certificate-missing",
            &format!("{l}.tls"),
            listener(json!({"protocol": "HTTPS", "tls": {}})),
            "none",
        ),
        Case::bad(
            "listener-tls-mode",
            &format!("{l}.tls.mode"),
            listener(json!({"protocol": "HTTPS", "tls": {"mode": "Passthrough"}})),
            "HTTPS ends here",
        ),
        Case::good(
            listener(json!({"protocol": "TLS", "tls": {"mode": "Passthrough"}})),
            "TLS need not end here",
        ),
        Case::bad(
            "listener-tls-mode",
            &format!("{l}.tls"),
            listener(json!({"protocol": "TLS"})),
            "TLS without tls",
        ),
        Case::bad(
            "listener-tls-unwanted",
            &format!("{l}.tls"),
            listener(json!({"protocol": "HTTP", "tls": certificates()})),
            "plain",
        ),
        Case::bad(
            "listener-hostname-unwanted",
            &format!("{l}.hostname"),
            listener(json!({"protocol": "UDP", "hostname": "a.b"})),
            "UDP",
        ),
        Case::bad(
            "duplicate-entry",
            "spec.listeners[1]",
            listeners(http("a", json!("a.b")), http("a", json!("c.d"))),
            "one name",
        ),
        Case::bad(
            "listener-conflict",
            "spec.listeners[1]",
            listeners(http("a", json!("a.b")), http("b", json!("a.b"))),
            "one host",
        ),
        Case::bad(
            "listener-conflict",
            "spec.listeners[1]",
            listeners(http("a", Value::Null), http("b", Value::Null)),
            "all hosts",
        ),
        Case::good(listeners(http("a", json!("a.b")), http("b", Value::Null)), "a host and all others"),
        Case::bad(
            "out-of-range",
            &format!("{l}.port"),
            listener(json!({"port": 0, "protocol": "HTTP"})),
            "zero",
        ),
        Case::bad(
            "bad-pattern",
            &format!("{l}.protocol"),
            listener(json!({"protocol": "h t t p"})),
            "blanks",
        ),
        Case::bad(
            "experimental-only",
            &format!("{l}.filters"),
            listener(json!({"protocol": "TCP", "filters":
            {"requests": []}})),
            "and for HTTP only",
        )
        .and("listener-filters-unwanted", &format!("{l}.filters")),
        Case::bad(
            "bad-value",
            &format!("{l}.allowedRoutes.namespaces.from"),
            listener(json!({"protocol": "HTTP",
            "allowedRoutes": {"namespaces": {"from": "all"}}})),
            "lower case",
        ),
        Case::good(
            address(
                json!([{"value": "10.0.0.1"}, {"value": "::1"}, {"type": "Hostname", "value": "a.b"}, {"type": "a.b/c", "value": "d"}]),
            ),
            "all sorts",
        ),
        Case::bad(
            "address-value",
            "spec.addresses[0].value",
            address(json!([{"value": "a.b"}])),
            "a name is no address",
        ),
        Case::bad(
            "address-value",
            "spec.addresses[0].value",
            address(json!([{"type": "Hostname", "value": "A.b"}])),
            "upper case",
        ),
        Case::bad(
            "address-repeated",
            "spec.addresses[1]",
            address(json!([{"value": "10.0.0.1"}, {"value": "10.0.0.1"}])),
            "twice",
        ),
        Case::bad(
            "address-repeated",
            "spec.addresses[1]",
            address(json!([{"type": "Hostname", "value": "a"}, {"type": "Hostname", "value": "a"}])),
            "twice",
        ),
        Case::bad("infrastructure-key", "spec.infrastructure.labels[a/b/c]", labels("a/b/c"), "two slashes")
            .and("not-used", "spec.infrastructure"),
        Case::bad(
            "infrastructure-key",
            "spec.infrastructure.annotations[A.b/c]",
            notes("A.b/c"),
            "upper case",
        )
        .and("not-used", "spec.infrastructure"),
        Case::bad(
            "infrastructure-key",
            &format!("spec.infrastructure.labels[{long}]"),
            labels(&long),
            "253 characters",
        )
        .and("not-used", "spec.infrastructure"),
        Case::bad(
            "infrastructure-key",
            &format!("spec.infrastructure.annotations[{long}]"),
            notes(&long),
            "253 characters",
        )
        .and("not-used", "spec.infrastructure"),
        Case::bad("not-used", "spec.infrastructure", labels("a.b/C_d"), "a domain and a name are fine"),
        Case::bad(
            "not-used",
            "spec.tls",
            gateway(json!({"tls": {"frontend": {"default": {}, "perPort": [
            {"port": 1, "tls": {}}, {"port": 1, "tls": {}}]}}})),
            "two of one port",
        )
        .and("duplicate-entry", "spec.tls.frontend.perPort[1]"),
        Case::bad(
            "bad-pattern",
            "spec.controllerName",
            gateway_api("v1", "GatewayClass", json!({"controllerName": "nginx"})),
            "no domain",
        ),
        Case::good(
            gateway_api("v1", "GatewayClass", json!({"controllerName": "a.b/c"})),
            "a domain and a path",
        ),
    ]
}

pub(super) fn others() -> Vec<Case> {
    let set = |a: Value, b: Value| {
        gateway_api("v1", "ListenerSet", json!({"parentRef": {"name": "g"}, "listeners": [a, b]}))
    };
    let of = |name: &str, port: u16| json!({"name": name, "port": port, "protocol": "HTTP"});
    let policy = |targets: Value, validation: Value| {
        gateway_api("v1", "BackendTLSPolicy", json!({"targetRefs": targets, "validation": validation}))
    };
    let to = |section: Option<&str>| match section {
        Some(section) => json!({"group": "", "kind": "Service", "name": "web", "sectionName": section}),
        None => json!({"group": "", "kind": "Service", "name": "web"}),
    };
    let system = || json!({"hostname": "a.b", "wellKnownCACertificates": "System"});
    let names = |name: Value| {
        policy(
            json!([to(None)]),
            json!({"hostname": "a.b", "wellKnownCACertificates": "System", "subjectAltNames": [name]}),
        )
    };
    let name = "spec.validation.subjectAltNames[0]";
    vec![
        Case::good(set(of("a", 80), of("b", 81)), "two ports"),
        Case::bad("listener-conflict", "spec.listeners[1]", set(of("a", 80), of("b", 80)), "one port"),
        Case::good(
            gateway_api(
                "v1",
                "ReferenceGrant",
                json!({"from": [{"group": "a.b", "kind": "C", "namespace": "d"}], "to": [{"group": "", "kind": "Service"}]}),
            ),
            "a grant",
        ),
        Case::bad(
            "missing-field",
            "spec.to",
            gateway_api(
                "v1beta1",
                "ReferenceGrant",
                json!({"from": [{"group": "a.b", "kind": "C", "namespace": "d"}]}),
            ),
            "to what?",
        ),
        Case::good(policy(json!([to(Some("a")), to(Some("b"))]), system()), "two ports of one Service"),
        Case::bad(
            "target-ref-ambiguous",
            "spec.targetRefs[1]",
            policy(json!([to(Some("a")), to(None)]), system()),
            "mixed",
        ),
        Case::bad(
            "target-ref-ambiguous",
            "spec.targetRefs[1]",
            policy(json!([to(Some("a")), to(Some("a"))]), system()),
            "twice",
        ),
        Case::bad(
            "ca-certificates-choice",
            "spec.validation",
            policy(json!([to(None)]), json!({"hostname": "a.b"})),
            "neither",
        ),
        Case::bad(
            "ca-certificates-choice",
            "spec.validation.wellKnownCACertificates",
            policy(
                json!([to(None)]),
                json!({"hostname": "a.b",
            "wellKnownCACertificates": "System", "caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "ca"}]}),
            ),
            "both",
        ),
        Case::good(names(json!({"type": "URI", "uri": "spiffe://a/b"})), "a URI"),
        Case::bad("alt-name-member", name, names(json!({"type": "Hostname"})), "none"),
        Case::bad("alt-name-member", name, names(json!({"type": "URI"})), "none"),
        Case::bad(
            "alt-name-member",
            &format!("{name}.uri"),
            names(json!({"type": "Hostname", "hostname": "a.b", "uri": "spiffe://a/b"})),
            "both",
        ),
        Case::bad(
            "alt-name-member",
            &format!("{name}.hostname"),
            names(json!({"type": "URI", "hostname": "a.b", "uri": "spiffe://a/b"})),
            "both",
        ),
        Case::bad(
            "experimental-only",
            "kind",
            json!({"apiVersion": "gateway.networking.x-k8s.io/v1alpha1", "kind": "XMesh",
            "metadata": {"name": "m"}, "spec": {"controllerName": "a.b/c"}}),
            "a whole kind",
        ),
    ]
}
