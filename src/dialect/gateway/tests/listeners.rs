//! Listeners and Gateways: what is accepted, conflicts, certificates, and what is served.

use super::{
    next::{certificate, secret},
    *,
};

fn listener(name: &str, port: u16, protocol: &str, hostname: &str) -> Value {
    json!({"name": name, "port": port, "protocol": protocol, "hostname": hostname,
        "tls": {"certificateRefs": [{"name": "tls"}]}})
}

/// Conditions of each listener, without those that are good.
fn bad(compiled: &Compiled) -> Vec<String> {
    let status = status(compiled, "infra/edge");
    let listeners = status.listeners.iter().map(|listener| {
        let bad: Vec<Condition> = listener.conditions.iter().filter(|c| !c.is_good()).cloned().collect();
        format!("{} {}", listener.id.name, short(&bad).join(" "))
    });
    listeners.collect()
}

#[test]
fn a_good_gateway_is_accepted_programmed_and_served() {
    let listeners = json!([listener("http", 80, "HTTP", ""), listener("https", 443, "HTTPS", "*.x.io")]);
    let compiled = compile(&world(listeners, [secret("infra/tls", certificate())]));
    let status = status(&compiled, "infra/edge");
    assert_eq!(short(&status.conditions), ["Accepted=True/Accepted", "Programmed=True/Programmed"]);
    for listener in &status.listeners {
        assert!(listener.served);
        let all = ["Accepted=True/Accepted", "ResolvedRefs=True/ResolvedRefs", "Programmed=True/Programmed"];
        assert_eq!(short(&listener.conditions), all);
        assert_eq!(listener.supported_kinds, ["HTTPRoute", "GRPCRoute"]);
        assert!(listener.conditions.iter().all(|condition| condition.generation == 3));
    }
    let https = &status.listeners[1].id;
    assert_eq!(compiled.certificates(https), [key(Kind::Secret, "infra/tls")]);
    assert_eq!(short(&compiled.status.classes[&key(Kind::GatewayClass, "eg")]), ["Accepted=True/Accepted"]);
}

#[test]
fn listeners_that_can_not_stand_beside_each_other_are_all_refused() {
    let clash = "Accepted=False/HostnameConflict Programmed=False/Invalid Conflicted=True/HostnameConflict";
    let protocols =
        "Accepted=False/ProtocolConflict Programmed=False/Invalid Conflicted=True/ProtocolConflict";
    let pending = "Programmed=False/Pending";
    let cases = [
        (("HTTP", 80, "x.io"), ("HTTP", 80, "X.IO"), clash, clash, "equal hosts, whatever their case"),
        (("HTTP", 80, ""), ("HTTP", 80, ""), clash, clash, "both take every host"),
        (("HTTP", 80, "x.io"), ("HTTP", 80, "*.x.io"), "", "", "different hosts"),
        (("HTTP", 80, "x.io"), ("HTTP", 81, "x.io"), "", "", "different ports"),
        (("HTTP", 443, "a.io"), ("HTTPS", 443, "b.io"), protocols, protocols, "plain and TLS on one port"),
        (("TCP", 80, ""), ("HTTP", 80, "x.io"), protocols, protocols, "TCP takes the whole port"),
        (("HTTPS", 443, "x.io"), ("TLS", 443, "x.io"), clash, clash, "both are told apart by SNI"),
        (("HTTPS", 443, "x.io"), ("TLS", 443, "y.io"), "", pending, "SNI tells them apart"),
        (("UDP", 53, ""), ("TCP", 53, ""), pending, pending, "two transports"),
        (("TCP", 53, "a.io"), ("TCP", 53, "b.io"), clash, clash, "TCP knows no hosts"),
    ];
    for (a, b, first, second, why) in cases {
        let listeners = json!([listener("a", a.1, a.0, a.2), listener("b", b.1, b.0, b.2)]);
        let compiled = compile(&world(listeners, [secret("infra/tls", certificate())]));
        assert_eq!(bad(&compiled), [format!("a {first}"), format!("b {second}")], "{why}");
    }
    let compiled = compile(&world(
        json!([listener("a", 80, "HTTP", ""), listener("b", 80, "HTTP", ""), listener("c", 81, "HTTP", "")]),
        [],
    ));
    let status = status(&compiled, "infra/edge");
    assert_eq!(short(&status.conditions), ["Accepted=True/ListenersNotValid", "Programmed=True/Programmed"]);
    assert_eq!(
        status.listeners[0].conditions[0].message,
        "listeners a and b both want port 80 for every host; neither is served"
    );
    assert_eq!(compiled.table.ports.len(), 1, "port 80 has nothing to serve");
}

#[test]
fn a_listener_without_a_usable_certificate_is_not_served() {
    let certificate_ref = |reference: Value| json!([{"name": "https", "port": 443, "protocol": "HTTPS", "tls": {"certificateRefs": [reference]}}]);
    let missing = "Secret infra/tls is missing";
    let no_grant = "no ReferenceGrant in namespace shop lets Gateways of namespace infra use Secret shop/tls";
    let cases = [
        (json!({"name": "tls"}), None, "InvalidCertificateRef", missing),
        (json!({"name": "tls", "namespace": "shop"}), None, "RefNotPermitted", no_grant),
        (
            json!({"name": "tls", "namespace": "shop"}),
            Some(secret("shop/tls", certificate())),
            "RefNotPermitted",
            no_grant,
        ),
        (
            json!({"name": "tls"}),
            Some(secret("infra/tls", json!({"tls.crt": "aGk=", "tls.key": "aGk="}))),
            "InvalidCertificateRef",
            "Secret infra/tls can not serve TLS: `tls.crt` holds no certificate in PEM that can be read",
        ),
        (
            json!({"name": "tls", "kind": "ConfigMap"}),
            None,
            "InvalidCertificateRef",
            "ConfigMap infra/tls can not be a certificate: only Secrets can",
        ),
    ];
    for (reference, secret, reason, message) in cases {
        let compiled = compile(&world(certificate_ref(reference), secret));
        let status = status(&compiled, "infra/edge");
        let listener = &status.listeners[0];
        let expected = [
            "Accepted=True/Accepted".to_owned(),
            format!("ResolvedRefs=False/{reason}"),
            "Programmed=False/Invalid".to_owned(),
        ];
        assert_eq!(short(&listener.conditions), expected, "{message}");
        assert_eq!(listener.conditions[1].message, message);
        assert_eq!(listener.conditions[1].field.as_deref(), Some("spec.listeners[0].tls.certificateRefs[0]"));
        assert!(!listener.conditions[1].cure.is_empty(), "{message}");
        assert!(!listener.served && compiled.table.ports.is_empty(), "{message}");
        assert_eq!(short(&status.conditions), ["Accepted=True/Accepted", "Programmed=False/Invalid"]);
    }
    let grant = of(
        Kind::ReferenceGrant,
        "shop/edge",
        json!({"from": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "infra"}],
            "to": [{"group": "", "kind": "Secret", "name": "tls"}]}),
    );
    let more = [grant, secret("shop/tls", certificate())];
    let compiled = compile(&world(certificate_ref(json!({"name": "tls", "namespace": "shop"})), more));
    assert!(status(&compiled, "infra/edge").listeners[0].served, "with a grant");
    let world = assumed(&world(certificate_ref(json!({"name": "tls"})), []));
    assert!(
        status(&compile(&world), "infra/edge").listeners[0].served,
        "an assumed Secret counts as present"
    );
}

#[test]
fn one_good_certificate_of_two_is_served() {
    let listeners = json!([{"name": "https", "port": 443, "protocol": "HTTPS",
        "tls": {"certificateRefs": [{"name": "gone"}, {"name": "tls"}]}}]);
    let compiled = compile(&world(listeners, [secret("infra/tls", certificate())]));
    assert_eq!(bad(&compiled), ["https ResolvedRefs=False/InvalidCertificateRef"]);
    let id = status(&compiled, "infra/edge").listeners[0].id.clone();
    assert_eq!(compiled.certificates(&id), [key(Kind::Secret, "infra/tls")]);
}

#[test]
fn values_that_nobody_knows_are_refused_with_their_field() {
    let cases = [
        (json!({"protocol": "SCTP"}), "Accepted=False/UnsupportedProtocol", "spec.listeners[0].protocol"),
        (json!({"hostname": "10.0.0.1"}), "Accepted=False/UnsupportedValue", "spec.listeners[0].hostname"),
        (json!({"hostname": "a_b.io"}), "Accepted=False/UnsupportedValue", "spec.listeners[0].hostname"),
        (json!({"port": 0}), "Accepted=False/UnsupportedValue", "spec.listeners[0].port"),
        (
            json!({"allowedRoutes": {"namespaces": {"from": "Everywhere"}}}),
            "Accepted=False/UnsupportedValue",
            "spec.listeners[0].allowedRoutes.namespaces.from",
        ),
        (
            json!({"protocol": "HTTPS", "tls": {"mode": "Passthrough"}}),
            "Accepted=False/UnsupportedValue",
            "spec.listeners[0].tls.mode",
        ),
    ];
    for (change, condition, field) in cases {
        let mut listener = json!({"name": "a", "port": 80, "protocol": "HTTP"});
        listener.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let compiled = compile(&world(json!([listener]), []));
        let status = status(&compiled, "infra/edge");
        let accepted = &status.listeners[0].conditions[0];
        assert_eq!(short(std::slice::from_ref(accepted)), [condition], "{field}");
        assert_eq!(accepted.field.as_deref(), Some(field));
        assert_eq!(status.conditions[0].reason, "ListenersNotValid");
        assert!(compiled.table.ports.is_empty(), "{field}");
    }
}

#[test]
fn kinds_that_a_protocol_can_not_carry_are_left_out() {
    let kinds = |kinds: Value| json!([{"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"kinds": kinds}}]);
    let compiled = compile(&world(kinds(json!([{"kind": "TLSRoute"}, {"kind": "HTTPRoute"}])), []));
    let listener = status(&compiled, "infra/edge").listeners[0].clone();
    assert_eq!(listener.supported_kinds, ["HTTPRoute"]);
    assert_eq!(bad(&compiled), ["http ResolvedRefs=False/InvalidRouteKinds"]);
    assert!(listener.served, "the rest is served");
    let compiled = compile(&world(kinds(json!([{"group": "example.com", "kind": "HTTPRoute"}])), []));
    assert!(status(&compiled, "infra/edge").listeners[0].supported_kinds.is_empty(), "another group");
}

#[test]
fn a_gateway_without_its_class_waits() {
    let rules = json!([{"backendRefs": [{"name": "a", "port": 80}]}]);
    let objects =
        [gateway("infra/edge", http()), route("shop/a", json!([]), rules), service("shop/a", &[80])];
    let compiled = compile(&World::of(objects));
    let status = status(&compiled, "infra/edge");
    assert_eq!(short(&status.conditions), ["Accepted=Unknown/Pending", "Programmed=Unknown/Pending"]);
    assert_eq!(
        status.conditions[0].message,
        "GatewayClass eg does not exist, so no controller takes care of this Gateway"
    );
    assert!(!status.listeners[0].served && compiled.table.ports.is_empty());
    assert_eq!(short(&conditions(&compiled, "shop/a"))[0], "Accepted=Unknown/Pending");
}

#[test]
fn the_most_specific_listener_takes_a_host_for_itself() {
    let listeners = json!([
        {"name": "all", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}},
        {"name": "wild", "port": 80, "protocol": "HTTP", "hostname": "*.x.io", "allowedRoutes": {"namespaces": {"from": "All"}}},
        {"name": "one", "port": 80, "protocol": "HTTP", "hostname": "a.x.io", "allowedRoutes": {"namespaces": {"from": "All"}}}
    ]);
    let at = |section: &str, path: &str| {
        let parent = json!([{"name": "edge", "namespace": "infra", "sectionName": section}]);
        let rules =
            json!([{"matches": [{"path": {"value": path}}], "backendRefs": [{"name": section, "port": 80}]}]);
        of(Kind::HttpRoute, &format!("shop/{section}"), json!({"parentRefs": parent, "rules": rules}))
    };
    let more = [at("all", "/"), at("wild", "/"), at("one", "/one")];
    let compiled = compile(&assumed(&world(listeners, more)));
    for (url, expected) in [
        ("http://y.io/", "all:80"),
        ("http://x.io/", "all:80"),
        ("http://b.x.io/", "wild:80"),
        ("http://a.x.io/one", "one:80"),
        ("http://a.x.io/two", "404"),
    ] {
        assert_eq!(end(&get(&compiled, url)), expected, "{url}");
    }
}
