//! Step by step gives what from scratch gives, and shares what did not change.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;

use super::*;
use crate::{routing::PortKey, world::assume};

/// `data` of a Secret with a certificate.
pub(super) fn certificate() -> Value {
    static DATA: LazyLock<Value> = LazyLock::new(|| {
        let made = rcgen::generate_simple_self_signed(vec!["shop.example".to_owned()]).unwrap();
        json!({
            "tls.crt": STANDARD.encode(made.cert.pem()),
            "tls.key": STANDARD.encode(made.signing_key.serialize_pem())
        })
    });
    DATA.clone()
}

pub(super) fn secret(path: &str, data: Value) -> Arc<Object> {
    let at = key(Kind::Secret, path);
    object(&json!({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
        "metadata": {"namespace": &*at.namespace, "name": &*at.name}, "data": data}))
}

/// One of a few texts.
fn one_of(choices: &'static [&'static str]) -> impl Strategy<Value = &'static str> + Clone {
    prop::sample::select(choices)
}

const NAMESPACES: &[&str] = &["n1", "n2"];
const NAMES: &[&str] = &["a", "b"];
const HOSTS: &[&str] = &["", "x.io", "*.x.io", "a.x.io", "*.a.x.io", "y.io", "bad_host"];

fn any_gateway() -> impl Strategy<Value = Arc<Object>> {
    let listener = (
        one_of(&["http", "https", "tls", "other"]),
        one_of(&["HTTP", "HTTPS", "HTTP", "TLS", "TCP", "SCTP"]),
        one_of(HOSTS),
        prop::sample::select(vec![80, 443, 80, 8080]),
        one_of(&["All", "Same", "Selector", "None"]),
        one_of(NAMESPACES),
        one_of(NAMES),
    )
        .prop_map(|(name, protocol, hostname, port, from, secret_namespace, secret)| {
            json!({
                "name": name, "protocol": protocol, "hostname": hostname, "port": port,
                "tls": {"certificateRefs": [{"name": secret, "namespace": secret_namespace}]},
                "allowedRoutes": {"namespaces": {"from": from, "selector": {"matchLabels": {"team": "web"}}}}
            })
        });
    let listeners = prop::collection::vec(listener, 1..4);
    (one_of(NAMESPACES), one_of(NAMES), one_of(&["eg", "other"]), listeners).prop_map(
        |(namespace, name, class, listeners)| {
            let spec = json!({"gatewayClassName": class, "listeners": listeners});
            of(Kind::Gateway, &format!("{namespace}/{name}"), spec)
        },
    )
}

fn any_route() -> impl Strategy<Value = Arc<Object>> {
    let parent = (one_of(NAMESPACES), one_of(NAMES), prop::option::of(one_of(&["http", "https", "gone"])))
        .prop_map(|(namespace, name, section)| match section {
            Some(section) => json!({"namespace": namespace, "name": name, "sectionName": section}),
            None => json!({"namespace": namespace, "name": name}),
        });
    let rule = (
        one_of(&["/", "/a", "/a/b", "/c"]),
        one_of(&["PathPrefix", "Exact", "RegularExpression", "Nonsense"]),
        prop::option::of(one_of(&["GET", "POST", "get"])),
        one_of(&["none", "redirect", "extension", "mirror"]),
        prop::collection::vec((one_of(NAMESPACES), one_of(NAMES), prop::sample::select(vec![80, 81])), 0..3),
    )
        .prop_map(|(path, kind, method, filter, backends)| {
            let backends: Vec<Value> = backends
                .iter()
                .map(|(namespace, name, port)| json!({"namespace": namespace, "name": name, "port": port}))
                .collect();
            let filters = match filter {
                "redirect" => json!([{"type": "RequestRedirect", "requestRedirect": {"scheme": "https"}}]),
                "extension" => json!([{"type": "ExtensionRef", "extensionRef": {"group": "g", "kind": "K", "name": "k"}}]),
                "mirror" => json!([{"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "a", "port": 80}}}]),
                _ => json!([]),
            };
            let mut one = json!({"path": {"type": kind, "value": path}});
            if let Some(method) = method {
                one["method"] = json!(method);
            }
            json!({"matches": [one], "filters": filters, "backendRefs": backends})
        });
    (
        one_of(&["HTTPRoute", "HTTPRoute", "HTTPRoute", "GRPCRoute", "TLSRoute"]),
        one_of(NAMESPACES),
        one_of(NAMES),
        prop::collection::vec(parent, 0..3),
        prop::collection::vec(one_of(HOSTS).prop_filter("given", |host| !host.is_empty()), 0..3),
        prop::collection::vec(rule, 0..3),
    )
        .prop_map(|(kind, namespace, name, parents, hosts, rules)| {
            let kind = Kind::from_group("gateway.networking.k8s.io", kind);
            let rules = if kind == Kind::HttpRoute {
                json!(rules)
            } else {
                json!(
                    rules.iter().map(|rule| json!({"backendRefs": rule["backendRefs"]})).collect::<Vec<_>>()
                )
            };
            let spec = json!({"parentRefs": parents, "hostnames": hosts, "rules": rules});
            of(kind, &format!("{namespace}/{name}"), spec)
        })
}

fn any_other() -> impl Strategy<Value = Arc<Object>> {
    let place = || (one_of(NAMESPACES), one_of(NAMES));
    prop_oneof![
        (place(), prop::sample::select(vec![vec![80], vec![80, 81], vec![]]))
            .prop_map(|((namespace, name), ports)| service(&format!("{namespace}/{name}"), &ports)),
        (place(), any::<bool>()).prop_map(|((namespace, name), good)| {
            let data = if good { certificate() } else { json!({}) };
            secret(&format!("{namespace}/{name}"), data)
        }),
        (one_of(NAMESPACES), one_of(&["web", "shop"])).prop_map(|(name, team)| namespace(name, json!({"team": team}))),
        Just(class()),
        (place(), one_of(&["HTTPRoute", "Gateway", "GRPCRoute"]), one_of(NAMESPACES), one_of(&["Service", "Secret"]), prop::option::of(one_of(NAMES)))
            .prop_map(|((namespace, name), from, from_namespace, to, to_name)| {
                let mut to = json!({"group": "", "kind": to});
                if let Some(name) = to_name {
                    to["name"] = json!(name);
                }
                of(Kind::ReferenceGrant, &format!("{namespace}/{name}"), json!({
                    "from": [{"group": "gateway.networking.k8s.io", "kind": from, "namespace": from_namespace}],
                    "to": [to]
                }))
            }),
    ]
}

fn any_change() -> impl Strategy<Value = Change> {
    let kinds = prop::sample::select(vec![
        Kind::HttpRoute,
        Kind::Gateway,
        Kind::Service,
        Kind::Secret,
        Kind::ReferenceGrant,
        Kind::GrpcRoute,
    ]);
    let removal = (kinds, one_of(NAMESPACES), one_of(NAMES))
        .prop_map(|(kind, namespace, name)| Change::Remove(Key::new(kind, namespace, name)));
    let put = |object: Arc<Object>| Change::Put(object);
    prop_oneof![
        4 => any_route().prop_map(put),
        3 => any_gateway().prop_map(put),
        4 => any_other().prop_map(put),
        3 => removal,
        1 => one_of(NAMESPACES).prop_map(|name| Change::Remove(key(Kind::Namespace, name))),
        1 => Just(Change::Remove(key(Kind::GatewayClass, "eg"))),
    ]
}

/// Everything that two ways to the same World must agree on.
fn agree(step: &Compiled, scratch: &Compiled) -> Result<(), TestCaseError> {
    prop_assert_eq!(&step.status.routes, &scratch.status.routes);
    prop_assert_eq!(&step.status.gateways, &scratch.status.gateways);
    prop_assert_eq!(&step.status.classes, &scratch.status.classes);
    prop_assert_eq!(&step.gateways, &scratch.gateways);
    prop_assert_eq!(&step.routes, &scratch.routes);
    prop_assert_eq!(&step.table, &scratch.table);
    Ok(())
}

proptest! {
    #[test]
    fn step_by_step_is_from_scratch(
        steps in prop::collection::vec(prop::collection::vec(any_change(), 1..5), 1..14), assuming in any::<bool>()
    ) {
        let mut world = World::default();
        let mut compiled = compile(&world);
        for changes in steps {
            let mut changes = changes;
            world = world.apply(&changes);
            if assuming {
                let more = assume(&world, Some(&changes));
                world = world.apply(&more);
                changes.extend(more);
            }
            compiled = compiled.next(&world, &changes);
            agree(&compiled, &compile(&world))?;
        }
    }

    #[test]
    fn no_world_breaks_the_compiler(changes in prop::collection::vec(any_change(), 0..30)) {
        let compiled = compile(&World::default().apply(&changes));
        let listed: u32 = compiled.status.gateways.values().flat_map(|gateway| &gateway.listeners).filter(|l| l.served).count() as u32;
        let served: usize = compiled.table.ports.values().map(|port| port.listeners.len()).sum();
        prop_assert_eq!(listed as usize, served, "served is what stands in the Table");
    }
}

fn two_gateways() -> World {
    let parents = |name: &str| json!([{"name": name, "namespace": "infra"}]);
    let route = |name: &str, parent: &str, host: &str| {
        let rules = json!([{"backendRefs": [{"name": name, "port": 80}]}]);
        let spec = json!({"parentRefs": parents(parent), "hostnames": [host], "rules": rules});
        of(Kind::HttpRoute, &format!("shop/{name}"), spec)
    };
    let more = [
        gateway("infra/other", http()),
        route("a", "edge", "a.example"),
        route("b", "edge", "b.example"),
        route("c", "other", "c.example"),
        service("shop/a", &[80]),
        service("shop/b", &[80]),
        service("shop/c", &[80]),
    ];
    world(http(), more)
}

fn port(compiled: &Compiled, gateway: &str) -> Arc<crate::routing::Port> {
    let entry = plan::origin(&key(Kind::Gateway, gateway));
    Arc::clone(compiled.table.ports.get(&PortKey { side: Side::New, entry, port: 80 }).unwrap())
}

fn host(compiled: &Compiled, gateway: &str, host: &str) -> Arc<crate::routing::VirtualHost> {
    Arc::clone(port(compiled, gateway).listeners[0].hosts.exact.get(host).unwrap())
}

#[test]
fn one_route_changes_only_its_hosts() {
    let before = two_gateways();
    let old = compile(&before);
    let put = of(
        Kind::HttpRoute,
        "shop/a",
        json!({"parentRefs": [{"name": "edge", "namespace": "infra"}], "hostnames": ["a.example"],
            "rules": [{"backendRefs": [{"name": "b", "port": 80}]}]}),
    );
    let changes = [Change::Put(put)];
    let new = old.next(&before.apply(&changes), &changes);
    assert_eq!(end(&get(&new, "http://a.example/")), "b:80");
    assert!(!Arc::ptr_eq(&host(&old, "infra/edge", "a.example"), &host(&new, "infra/edge", "a.example")));
    assert!(Arc::ptr_eq(&host(&old, "infra/edge", "b.example"), &host(&new, "infra/edge", "b.example")));
    assert!(Arc::ptr_eq(&port(&old, "infra/other"), &port(&new, "infra/other")), "another Gateway");
    let status =
        |compiled: &Compiled| Arc::clone(&compiled.status.gateways[&key(Kind::Gateway, "infra/edge")]);
    assert!(Arc::ptr_eq(&status(&old), &status(&new)), "as many routes as before");
}

#[test]
fn a_gateway_compiles_no_rule_again() {
    let before = two_gateways();
    let old = compile(&before);
    let wider = json!([http()[0], {"name": "more", "port": 8080, "protocol": "HTTP"}]);
    let changes = [Change::Put(gateway("infra/edge", wider))];
    let new = old.next(&before.apply(&changes), &changes);
    assert!(Arc::ptr_eq(&port(&old, "infra/edge"), &port(&new, "infra/edge")), "port 80 is as it was");
    assert!(Arc::ptr_eq(&port(&old, "infra/other"), &port(&new, "infra/other")));
    let a = key(Kind::HttpRoute, "shop/a");
    assert!(Arc::ptr_eq(&old.routes[&a].body, &new.routes[&a].body));
    let c = key(Kind::HttpRoute, "shop/c");
    assert!(Arc::ptr_eq(&old.routes[&c], &new.routes[&c]), "a route of another Gateway");
}

#[test]
fn what_says_the_same_changes_nothing() {
    let before = two_gateways();
    let old = compile(&before);
    let mut moved = (**before.get(&key(Kind::HttpRoute, "shop/a")).unwrap()).clone();
    moved.origin = Some(crate::resource::Origin {
        file: std::path::Path::new("a.yaml").into(),
        line: 7,
        start: 90,
        item: None,
    });
    let mut labelled = (*service("shop/a", &[80])).clone();
    labelled.text = labelled.text.replace("\"spec\":{", "\"spec\":{\"selector\":{\"app\":\"a\"},").into();
    let changes = [
        Change::Put(Arc::new(moved)),
        Change::Put(Arc::new(labelled)),
        Change::Put(namespace("unused", json!({"team": "web"}))),
    ];
    let new = old.next(&before.apply(&changes), &changes);
    assert!(Arc::ptr_eq(&old.table, &new.table), "a line moved, a selector, a Namespace nobody asks about");
}

#[test]
fn a_grant_that_goes_takes_its_references_with_it() {
    let grant = of(
        Kind::ReferenceGrant,
        "data/shop",
        json!({"from": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "shop"}],
            "to": [{"group": "", "kind": "Service", "name": "db"}]}),
    );
    let rules = json!([{"backendRefs": [{"name": "db", "namespace": "data", "port": 80}]}]);
    let before =
        world(http(), [service("data/db", &[80]), grant, route("shop/a", json!(["a.example"]), rules)]);
    let old = compile(&before);
    assert_eq!(end(&get(&old, "http://a.example/")), "db:80");
    let changes = [Change::Remove(key(Kind::ReferenceGrant, "data/shop"))];
    let new = old.next(&before.apply(&changes), &changes);
    assert_eq!(end(&get(&new, "http://a.example/")), "500");
}
