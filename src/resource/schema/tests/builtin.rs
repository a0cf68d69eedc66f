//! Kubernetes' own kinds, and metadata.

use serde_json::{Value, json};

use super::{Case, http};

fn of(api_version: &str, kind: &str, rest: Value) -> Value {
    let mut all =
        json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a", "namespace": "shop"}});
    all.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    all
}

fn named(kind: &str, metadata: Value) -> Value {
    let mut object = if kind == "HTTPRoute" { http(json!({})) } else { of("v1", kind, json!({})) };
    object["metadata"] = metadata;
    object
}

fn service(spec: Value) -> Value {
    of("v1", "Service", json!({"spec": spec}))
}

fn ingress(spec: Value) -> Value {
    of("networking.k8s.io/v1", "Ingress", json!({"spec": spec}))
}

fn path(path: Value) -> Value {
    let mut all = json!({"path": "/", "pathType": "Prefix", "backend": backend()});
    all.as_object_mut().unwrap().extend(path.as_object().unwrap().clone());
    ingress(json!({"rules": [{"host": "a.b", "http": {"paths": [all]}}]}))
}

fn backend() -> Value {
    json!({"service": {"name": "web", "port": {"number": 80}}})
}

pub(super) fn metadata() -> Vec<Case> {
    let labels = |labels: Value| named("HTTPRoute", json!({"name": "a", "labels": labels}));
    let notes = |notes: Value| named("HTTPRoute", json!({"name": "a", "annotations": notes}));
    vec![
        Case::good(named("HTTPRoute", json!({"name": "a.b-1", "creationTimestamp": null})), "dots are fine"),
        Case::good(named("HTTPRoute", json!({"generateName": "a-"})), "the server makes the name"),
        Case::bad("missing-field", "metadata.name", named("HTTPRoute", json!({})), "no name"),
        Case::bad("wrong-type", "metadata.name", named("HTTPRoute", json!({"name": 7})), "a number"),
        Case::bad("bad-name", "metadata.name", named("HTTPRoute", json!({"name": "A_b"})), "upper case"),
        Case::bad(
            "bad-name",
            "metadata.name",
            named("Namespace", json!({"name": "a.b"})),
            "a label has no dots",
        ),
        Case::bad(
            "bad-name",
            "metadata.namespace",
            named("HTTPRoute", json!({"name": "a", "namespace": "B"})),
            "upper case",
        ),
        Case::bad(
            "unknown-field",
            "metadata.label",
            named("HTTPRoute", json!({"name": "a", "label": {}})),
            "the singular",
        ),
        Case::good(labels(json!({"app.kubernetes.io/name": "Web_1", "empty": ""})), "labels"),
        Case::bad("bad-label", "metadata.labels[a]", labels(json!({"a": "b c"})), "a blank"),
        Case::bad("bad-label", "metadata.labels[-a]", labels(json!({"-a": ""})), "a dash in front"),
        Case::bad("wrong-type", "metadata.labels[a]", labels(json!({"a": true})), "YAML's yes"),
        Case::good(
            notes(json!({"A.b/c": "anything at all"})),
            "annotations' keys are compared in lower case",
        ),
        Case::bad("bad-label", "metadata.annotations[a b]", notes(json!({"a b": ""})), "a blank"),
        Case::bad(
            "too-long",
            "metadata.annotations",
            notes(json!({"a": "x".repeat(256 * 1024)})),
            "one byte more",
        ),
        Case::bad(
            "missing-field",
            "metadata",
            json!({"apiVersion": "v1", "kind": "ConfigMap"}),
            "none at all",
        ),
    ]
}

pub(super) fn kinds() -> Vec<Case> {
    let secret = |rest: Value| of("v1", "Secret", rest);
    let slice = |rest: Value| {
        let mut all = json!({"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"]}], "ports": [{"port": 80}]});
        all.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        of("discovery.k8s.io/v1", "EndpointSlice", all)
    };
    vec![
        Case::good(
            service(json!({"ports": [{"port": 80, "targetPort": "http"}], "selector": {"app": "a"}})),
            "a Service",
        ),
        Case::good(service(json!({"type": "ExternalName", "externalName": "a.b"})), "no ports needed"),
        Case::bad("out-of-range", "spec.ports[0].port", service(json!({"ports": [{"port": 0}]})), "zero"),
        Case::bad(
            "out-of-range",
            "spec.ports[0].targetPort",
            service(json!({"ports": [{"port": 1, "targetPort": 65536}]})),
            "2^16",
        ),
        Case::bad("wrong-type", "spec.ports[0].port", service(json!({"ports": [{"port": "80"}]})), "quoted"),
        Case::bad("missing-field", "spec.ports", service(json!({})), "no ports"),
        Case::bad(
            "missing-field",
            "spec.ports[1].name",
            service(json!({"ports": [{"port": 1, "name": "a"}, {"port": 2}]})),
            "two ports",
        ),
        Case::bad(
            "duplicate-entry",
            "spec.ports[1].name",
            service(json!({"ports": [{"port": 1, "name": "a"}, {"port": 2, "name": "a"}]})),
            "one name",
        ),
        Case::bad(
            "bad-value",
            "spec.ports[0].protocol",
            service(json!({"ports": [{"port": 1, "protocol": "HTTP"}]})),
            "no transport",
        ),
        Case::bad(
            "bad-value",
            "spec.type",
            service(json!({"type": "Internal", "ports": [{"port": 1}]})),
            "no such type",
        ),
        Case::bad(
            "unknown-field",
            "spec.ports[0].target",
            service(json!({"ports": [{"port": 1, "target": 2}]})),
            "half the name",
        ),
        Case::bad(
            "bad-name",
            "metadata.name",
            named("Service", json!({"name": "a.b"}))
                .as_object()
                .map(|o| {
                    let mut o = o.clone();
                    o.insert("spec".into(), json!({"ports": [{"port": 1}]}));
                    Value::Object(o)
                })
                .unwrap(),
            "no dots",
        ),
        Case::good(slice(json!({})), "a slice"),
        Case::bad("bad-value", "addressType", slice(json!({"addressType": "IP"})), "no such type"),
        Case::bad("out-of-range", "ports[0].port", slice(json!({"ports": [{"port": 70000}]})), "too large"),
        Case::bad(
            "missing-field",
            "endpoints[0].addresses",
            slice(json!({"endpoints": [{"addresses": []}]})),
            "none",
        ),
        Case::good(secret(json!({"data": {"a": "aGk="}, "stringData": {"b": "plain"}})), "a Secret"),
        Case::bad("bad-base64", "data[a]", secret(json!({"data": {"a": "hunter2!"}})), "plain text"),
        Case::bad("wrong-type", "data[a]", secret(json!({"data": {"a": 7}})), "a number"),
        Case::bad("wrong-type", "data", secret(json!({"data": "hunter2"})), "a string"),
        Case::bad("bad-label", "data[a b]", secret(json!({"data": {"a b": ""}})), "a blank"),
        Case::bad(
            "missing-field",
            "data[tls.key]",
            secret(json!({"type": "kubernetes.io/tls", "data": {"tls.crt": ""}})),
            "half a pair",
        ),
        Case::good(path(json!({})), "an Ingress"),
        Case::good(ingress(json!({"defaultBackend": backend()})), "a default backend is enough"),
        Case::bad("missing-field", "spec", ingress(json!({})), "nothing"),
        Case::bad(
            "missing-field",
            "spec.rules[0].http.paths[0].pathType",
            path(json!({"pathType": null})),
            "none",
        ),
        Case::bad(
            "bad-value",
            "spec.rules[0].http.paths[0].pathType",
            path(json!({"pathType": "PathPrefix"})),
            "the word of Gateway API",
        ),
        Case::bad(
            "path-not-absolute",
            "spec.rules[0].http.paths[0].path",
            path(json!({"path": "a"})),
            "no slash",
        ),
        Case::bad(
            "path-not-absolute",
            "spec.rules[0].http.paths[0].path",
            path(json!({"path": "a", "pathType": "ImplementationSpecific"})),
            "no slash",
        ),
        Case::good(
            path(json!({"path": "/a(/|$)(.*)", "pathType": "ImplementationSpecific"})),
            "an expression",
        ),
        Case::bad(
            "ingress-backend",
            "spec.rules[0].http.paths[0].backend",
            path(json!({"backend": {}})),
            "neither",
        ),
        Case::bad(
            "ingress-backend",
            "spec.rules[0].http.paths[0].backend.service.port",
            path(json!({"backend": {"service": {"name": "a", "port": {"name": "b", "number": 1}}}})),
            "both",
        ),
        Case::bad(
            "ingress-backend",
            "spec.rules[0].http.paths[0].backend.service.port",
            path(json!({"backend": {"service": {"name": "a"}}})),
            "neither",
        ),
        Case::bad(
            "ingress-backend",
            "spec.rules[0].http.paths[0].backend",
            path(json!({"backend": {"service": {"name": "a", "port": {"number": 1}},
            "resource": {"kind": "a", "name": "b"}}})),
            "both",
        ),
        Case::bad(
            "missing-field",
            "spec.rules[0].http.paths[0].backend.service.name",
            path(json!({"backend": {"service": {"port": {"number": 1}}}})),
            "whose?",
        ),
        Case::bad(
            "unknown-field",
            "spec.rules[0].http.paths[0].backend.serviceName",
            path(json!({"backend": {"serviceName": "a"}})),
            "v1beta1's form",
        )
        .and("ingress-backend", "spec.rules[0].http.paths[0].backend"),
        Case::bad(
            "version-not-served",
            "apiVersion",
            of("extensions/v1beta1", "Ingress", json!({"spec": {}})),
            "the first group",
        ),
        Case::bad(
            "version-not-served",
            "apiVersion",
            of("networking.k8s.io/v1beta1", "Ingress", json!({"spec": {}})),
            "gone",
        ),
        Case::bad(
            "bad-pattern",
            "spec.rules[0].host",
            ingress(json!({"rules": [{"host": "10.0.0.1"}]})),
            "an address",
        ),
        Case::bad(
            "bad-pattern",
            "spec.rules[0].host",
            ingress(json!({"rules": [{"host": "a.*.b"}]})),
            "a star inside",
        ),
        Case::bad(
            "bad-pattern",
            "spec.tls[0].hosts[0]",
            ingress(json!({"defaultBackend": backend(), "tls": [{"hosts": ["A"]}]})),
            "upper case",
        ),
        Case::bad("not-an-object", "", json!([]), "a list"),
        Case::good(
            of("v1", "ConfigMap", json!({"data": {"a": 1}})),
            "kinds that nothing here reads are left alone",
        ),
    ]
}
