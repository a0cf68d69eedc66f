use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::resource::{Meta, Origin};

/// An object from its JSON, as a source would make it.
fn object(text: &Value) -> Arc<Object> {
    let word = |pointer: &str| text.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let labels = text.pointer("/metadata/labels").and_then(Value::as_object).cloned().unwrap_or_default();
    let labels = labels.iter().map(|(k, v)| (k.as_str().into(), v.as_str().unwrap_or_default().into()));
    Arc::new(Object {
        key: Key::new(
            Kind::from_api(&word("/apiVersion"), &word("/kind")),
            word("/metadata/namespace"),
            word("/metadata/name"),
        ),
        api_version: word("/apiVersion").into(),
        meta: Meta { labels: labels.collect(), ..Meta::default() },
        text: text.to_string().into(),
        origin: None,
        assumed: false,
    })
}

fn key(kind: Kind, path: &str) -> Key {
    let (namespace, name) = path.split_once('/').unwrap_or(("", path));
    Key::new(kind, namespace, name)
}

fn route(path: &str, service: &str, port: u16) -> Arc<Object> {
    let at = key(Kind::HttpRoute, path);
    object(&json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": {"namespace": &*at.namespace, "name": &*at.name},
        "spec": {
            "parentRefs": [{"name": "edge", "namespace": "infra"}],
            "rules": [{"backendRefs": [{"name": service, "port": port}]}]
        }
    }))
}

fn service(path: &str) -> Arc<Object> {
    let at = key(Kind::Service, path);
    object(&json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"namespace": &*at.namespace, "name": &*at.name},
        "spec": {"ports": [{"port": 80}]}
    }))
}

fn shown(changes: &[Change]) -> Vec<String> {
    let show = |change: &Change| match change {
        Change::Put(object) => format!("+{}", object.key),
        Change::Remove(key) => format!("-{key}"),
    };
    changes.iter().map(show).collect()
}

#[test]
fn every_kind_tells_what_it_refers_to() {
    let gateway = "gateway.networking.k8s.io/v1";
    let cases = [
        (
            json!({"apiVersion": gateway, "kind": "HTTPRoute", "metadata": {"namespace": "shop", "name": "a"},
                "spec": {"parentRefs": [{"name": "edge"}, {"name": "set", "kind": "ListenerSet", "namespace": "x"}],
                    "rules": [{
                        "filters": [
                            {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "shadow", "port": 80}}},
                            {"type": "ExtensionRef", "extensionRef": {"group": "g", "kind": "K", "name": "k"}}],
                        "backendRefs": [
                            {"name": "web", "port": 80, "filters": [
                                {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "m", "port": 1}}}]},
                            {"name": "db", "namespace": "data", "port": 80}]}]}}),
            vec![
                "spec.parentRefs[0] Gateway shop/edge",
                "spec.parentRefs[1] ListenerSet x/set",
                "spec.rules[0].filters[0].requestMirror.backendRef Service shop/shadow",
                "spec.rules[0].filters[1].extensionRef K shop/k",
                "spec.rules[0].backendRefs[0].filters[0].requestMirror.backendRef Service shop/m",
                "spec.rules[0].backendRefs[0] Service shop/web",
                "spec.rules[0].backendRefs[1] Service data/db",
            ],
        ),
        (
            json!({"apiVersion": gateway, "kind": "Gateway", "metadata": {"namespace": "infra", "name": "edge"},
                "spec": {"gatewayClassName": "eg", "listeners": [{"name": "http"},
                    {"name": "https", "tls": {"certificateRefs": [{"name": "tls"}, {"name": "o", "namespace": "x"}]}}],
                    "tls": {"frontend": {"default": {"validation": {"caCertificateRefs": [
                        {"group": "", "kind": "ConfigMap", "name": "ca"}]}}}}}}),
            vec![
                "spec.gatewayClassName GatewayClass eg",
                "spec.listeners[1].tls.certificateRefs[0] Secret infra/tls",
                "spec.listeners[1].tls.certificateRefs[1] Secret x/o",
                "spec.tls.frontend.default.validation.caCertificateRefs[0] ConfigMap infra/ca",
            ],
        ),
        (
            json!({"apiVersion": gateway, "kind": "ListenerSet", "metadata": {"namespace": "shop", "name": "set"},
                "spec": {"parentRef": {"name": "edge", "namespace": "infra"}, "listeners": [
                    {"tls": {"certificateRefs": [{"name": "tls"}]}}]}}),
            vec![
                "spec.parentRef Gateway infra/edge",
                "spec.listeners[0].tls.certificateRefs[0] Secret shop/tls",
            ],
        ),
        (
            json!({"apiVersion": gateway, "kind": "BackendTLSPolicy", "metadata": {"namespace": "shop", "name": "p"},
                "spec": {"targetRefs": [{"group": "", "kind": "Service", "name": "web"}],
                    "validation": {"caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "ca"}]}}}),
            vec![
                "spec.targetRefs[0] Service shop/web",
                "spec.validation.caCertificateRefs[0] ConfigMap shop/ca",
            ],
        ),
        (
            json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                "metadata": {"namespace": "shop", "name": "web-1", "labels": {"kubernetes.io/service-name": "web"}}}),
            vec!["metadata.labels[kubernetes.io/service-name] Service shop/web"],
        ),
        (
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
                "metadata": {"namespace": "shop", "name": "i", "annotations": {
                    "kubernetes.io/ingress.class": "old", "nginx.ingress.kubernetes.io/default-backend": "pages"}},
                "spec": {"ingressClassName": "nginx",
                    "defaultBackend": {"resource": {"apiGroup": "g", "kind": "Bucket", "name": "b"}},
                    "rules": [{"http": {"paths": [
                        {"backend": {"service": {"name": "web", "port": {"name": "http"}}}}]}}],
                    "tls": [{"secretName": "tls"}]}}),
            vec![
                "metadata.annotations[kubernetes.io/ingress.class] IngressClass old",
                "spec.defaultBackend.resource Bucket shop/b",
                "metadata.annotations[nginx.ingress.kubernetes.io/default-backend] Service shop/pages",
                "spec.rules[0].http.paths[0].backend.service Service shop/web",
                "spec.tls[0].secretName Secret shop/tls",
            ],
        ),
        (
            json!({"apiVersion": gateway, "kind": "HTTPRoute", "metadata": {"namespace": "shop", "name": "bad"},
                "spec": {"parentRefs": "edge"}}),
            vec![],
        ),
    ];
    for (text, expected) in cases {
        let found: Vec<String> = references(&object(&text))
            .into_iter()
            .map(|reference| format!("{} {}", reference.field, reference.to))
            .collect();
        assert_eq!(found, expected, "{}", text["kind"]);
    }
}

#[test]
fn referrers_follow_every_change() {
    let web = key(Kind::Service, "shop/web");
    let by = |world: &World| -> Vec<String> { world.referrers(&web).map(Key::path).collect() };
    let first = World::of([route("shop/a", "web", 80), route("shop/b", "web", 81)]);
    assert_eq!(by(&first), ["shop/a", "shop/b"]);
    let second = first.apply(&[Change::Put(route("shop/a", "api", 80))]);
    assert_eq!(by(&second), ["shop/b"], "a refers elsewhere now");
    let third = second.apply(&[Change::Remove(key(Kind::HttpRoute, "shop/b"))]);
    assert!(by(&third).is_empty(), "nobody is left");
    assert_eq!(by(&first), ["shop/a", "shop/b"], "the first World is as it was");
    let gone = third.apply(&[Change::Remove(key(Kind::HttpRoute, "shop/never"))]);
    assert!(third.difference(&gone).is_empty(), "what is not there can be removed");
}

#[test]
fn a_difference_names_what_came_changed_and_went() {
    let first = World::of([route("shop/a", "web", 80), route("shop/b", "web", 80), service("shop/web")]);
    let moved = {
        let mut moved = (*route("shop/b", "web", 80)).clone();
        moved.origin =
            Some(Origin { file: std::path::Path::new("b.yaml").into(), line: 9, start: 0, item: None });
        Arc::new(moved)
    };
    let changes = [
        Change::Put(moved),
        Change::Put(route("shop/c", "web", 80)),
        Change::Remove(key(Kind::HttpRoute, "shop/a")),
        Change::Remove(key(Kind::Service, "shop/web")),
    ];
    let next = first.apply(&changes);
    assert_eq!(
        shown(&first.difference(&next)),
        ["-HTTPRoute shop/a", "+HTTPRoute shop/b", "+HTTPRoute shop/c", "-Service shop/web"]
    );
    assert!(first.difference(&first.clone()).is_empty());
}

#[test]
fn one_change_shares_all_other_objects() {
    let world = World::of((0..1000).map(|n| route(&format!("shop/r{n}"), "web", 80)));
    let next = world.apply(&[Change::Put(route("shop/r500", "api", 80))]);
    let (old, new): (Vec<_>, Vec<_>) =
        (world.list(&Kind::HttpRoute).collect(), next.list(&Kind::HttpRoute).collect());
    assert_eq!(old.iter().zip(&new).filter(|(a, b)| !Arc::ptr_eq(a, b)).count(), 1);
    assert_eq!(shown(&world.difference(&next)), ["+HTTPRoute shop/r500"]);
}

/// Assumes until nothing is missing; each round is told what changed, like a rehearsal does.
fn whole(world: &World) -> World {
    let changes = assume(world, None);
    let next = world.apply(&changes);
    assert!(assume(&next, None).is_empty(), "one round is enough");
    next
}

#[test]
fn what_manifests_leave_out_is_assumed() {
    let gateway = object(&json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
        "metadata": {"namespace": "infra", "name": "edge"},
        "spec": {"gatewayClassName": "eg", "listeners": [{"tls": {"certificateRefs": [{"name": "tls"}]}}]}
    }));
    let world =
        whole(&World::of([Arc::clone(&gateway), route("shop/a", "web", 80), route("shop/b", "web", 8080)]));
    let assumed: Vec<String> = [Kind::GatewayClass, Kind::Namespace, Kind::Service, Kind::Secret]
        .iter()
        .flat_map(|kind| world.list(kind))
        .filter(|object| object.assumed)
        .map(|object| object.key.to_string())
        .collect();
    let expected =
        ["GatewayClass eg", "Namespace infra", "Namespace shop", "Service shop/web", "Secret infra/tls"];
    assert_eq!(assumed, expected);
    let web = world.get(&key(Kind::Service, "shop/web")).unwrap();
    let ports = crate::resource::core::service(web).unwrap().ports;
    assert_eq!(ports.iter().map(|port| port.port).collect::<Vec<_>>(), [80, 8080], "ports as asked");
    let class = world.get(&key(Kind::GatewayClass, "eg")).unwrap().value();
    assert_eq!(class["spec"]["controllerName"], "cutover.dev/rehearsal");
}

#[test]
fn real_objects_of_a_sort_forbid_assumed_ones_beside_them() {
    let tls = |path: &str, kind: &str| {
        let at = key(Kind::Secret, path);
        object(&json!({"apiVersion": "v1", "kind": "Secret", "type": kind,
            "metadata": {"namespace": &*at.namespace, "name": &*at.name}}))
    };
    let gateway = object(&json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
        "metadata": {"namespace": "infra", "name": "edge"},
        "spec": {"gatewayClassName": "eg", "listeners": [{"tls": {"certificateRefs": [{"name": "tls"}]}}]}
    }));
    let class = object(&json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass",
        "metadata": {"name": "other"}, "spec": {"controllerName": "a.b/c"}}));
    let has = |objects: Vec<Arc<Object>>, wanted: Key| {
        let mut objects = objects;
        objects.extend([Arc::clone(&gateway), route("shop/a", "web", 80), route("media/a", "web", 80)]);
        whole(&World::of(objects)).get(&wanted).is_some()
    };
    assert!(!has(vec![service("shop/other")], key(Kind::Service, "shop/web")), "shop lists its Services");
    assert!(has(vec![service("shop/other")], key(Kind::Service, "media/web")), "media does not");
    assert!(has(vec![tls("infra/x", "Opaque")], key(Kind::Secret, "infra/tls")), "no certificate");
    assert!(!has(vec![tls("infra/x", "kubernetes.io/tls")], key(Kind::Secret, "infra/tls")), "one is listed");
    assert!(!has(vec![class], key(Kind::GatewayClass, "eg")), "classes are listed");
}

#[test]
fn an_assumed_object_ends_with_its_last_referrer_and_yields_to_a_real_one() {
    let world = whole(&World::of([route("shop/a", "web", 80), route("shop/b", "api", 80)]));
    let step = |world: &World, changes: &[Change]| {
        let next = world.apply(changes);
        let more = assume(&next, Some(changes));
        (next.apply(&more), shown(&more))
    };
    let (world, more) = step(&world, &[Change::Remove(key(Kind::HttpRoute, "shop/b"))]);
    assert_eq!(more, ["-Service shop/api"]);
    let (world, more) = step(&world, &[Change::Put(route("shop/a", "web", 8080))]);
    assert_eq!(more, ["+Service shop/web"], "another port is asked for");
    let (world, more) = step(&world, &[Change::Put(service("shop/real"))]);
    assert_eq!(more, ["-Service shop/web"], "strict now");
    let (world, more) = step(&world, &[Change::Remove(key(Kind::Service, "shop/real"))]);
    assert_eq!(more, ["+Service shop/web"], "and not any more");
    let (_, more) = step(&world, &[Change::Remove(key(Kind::HttpRoute, "shop/a"))]);
    assert_eq!(more, ["-Namespace shop", "-Service shop/web"]);
}

/// A small universe in which everything collides.
fn any_change() -> impl Strategy<Value = Change> {
    let namespaces = || prop_oneof![Just("n1"), Just("n2")];
    let names = || prop_oneof![Just("a"), Just("b")];
    let routes = (namespaces(), names(), namespaces(), names(), prop_oneof![Just(80_u16), Just(81)])
        .prop_map(|(namespace, name, to, service, port)| {
            Change::Put(object(&json!({
                "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
                "metadata": {"namespace": namespace, "name": name},
                "spec": {"rules": [{"backendRefs": [{"namespace": to, "name": service, "port": port}]}]}
            })))
        });
    let gateways = (namespaces(), names(), names()).prop_map(|(namespace, name, other)| {
        Change::Put(object(&json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
            "metadata": {"namespace": namespace, "name": name},
            "spec": {"gatewayClassName": other, "listeners": [{"tls": {"certificateRefs": [{"name": other}]}}]}
        })))
    });
    let others = (namespaces(), names(), 0..4_u8).prop_map(|(namespace, name, sort)| {
        Change::Put(match sort {
            0 => service(&format!("{namespace}/{name}")),
            1 => object(&json!({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
                "metadata": {"namespace": namespace, "name": name}})),
            2 => object(&json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass",
                "metadata": {"name": name}, "spec": {"controllerName": "a.b/c"}})),
            _ => object(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})),
        })
    });
    let kinds = prop_oneof![
        Just(Kind::HttpRoute),
        Just(Kind::Gateway),
        Just(Kind::Service),
        Just(Kind::Secret),
        Just(Kind::GatewayClass)
    ];
    let removals = (kinds, namespaces(), names())
        .prop_map(|(kind, namespace, name)| Change::Remove(Key::new(kind, namespace, name)));
    let namespaces = namespaces().prop_map(|name| Change::Remove(Key::new(Kind::Namespace, "", name)));
    prop_oneof![3 => routes, 2 => gateways, 3 => others, 4 => removals, 1 => namespaces]
}

fn texts(world: &World) -> Vec<String> {
    let known = Kind::known().collect::<Vec<_>>();
    known
        .iter()
        .flat_map(|kind| world.list(kind))
        .map(|object| format!("{} {} {}", object.key, object.assumed, object.text))
        .collect()
}

proptest! {
    #[test]
    fn assuming_step_by_step_is_assuming_at_once(
        steps in prop::collection::vec(prop::collection::vec(any_change(), 1..4), 1..12)
    ) {
        let mut real = World::default();
        let mut world = World::default();
        for changes in steps {
            real = real.apply(&changes);
            world = world.apply(&changes);
            let more = assume(&world, Some(&changes));
            world = world.apply(&more);
            let at_once = real.apply(&assume(&real, None));
            prop_assert_eq!(texts(&world), texts(&at_once));
        }
        prop_assert!(world.loose.is_empty(), "nothing is left to look at");
    }

    #[test]
    fn indexes_are_those_of_a_new_world(steps in prop::collection::vec(any_change(), 1..40)) {
        let world = World::default().apply(&steps);
        let fresh = World::of(world.kinds.values().flat_map(|objects| objects.values().cloned()));
        prop_assert_eq!(&world.referrers, &fresh.referrers);
        prop_assert_eq!(world.census, fresh.census);
    }

    #[test]
    fn a_difference_applied_gives_the_next_world(
        steps in prop::collection::vec(any_change(), 1..20), more in prop::collection::vec(any_change(), 0..20)
    ) {
        let first = World::default().apply(&steps);
        let next = first.apply(&more);
        prop_assert_eq!(texts(&first.apply(&first.difference(&next))), texts(&next));
        let fresh = World::of(next.kinds.values().flat_map(|objects| objects.values().cloned()));
        prop_assert_eq!(texts(&first.apply(&first.difference(&fresh))), texts(&next));
    }
}
