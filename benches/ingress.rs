//! The old side at size, beside the new one: compiled from nothing, compiled again for one change, and asked.
//!
//! `cargo bench --bench ingress` prints one line each; times are the best of the runs. Every Ingress has a host of its own,
//! three paths and the annotations that people use most; Services are shared by ten, and one of each namespace by all
//! of it, as that of a login. The routes of the new side say the same, as far as Gateway API can.

#![expect(clippy::expect_used, reason = "a bench that can not set itself up shall say so and stop")]

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use cutover::{
    dialect::{gateway, ingress},
    resource::{Key, Kind, Meta, Object},
    routing::{Ask, Outcome, Side, Table, way},
    world::{Change, World},
};
use serde_json::{Value, json};

const NAMESPACES: usize = 100;
const PREFIX: &str = "nginx.ingress.kubernetes.io";

fn main() {
    for size in [1_000, 10_000, 50_000] {
        let runs = if size < 50_000 { 5 } else { 3 };
        let world = world(size);
        println!("\n{size} Ingresses and as many HTTPRoutes, {} objects", world.len());
        best("old side from nothing", runs, || ingress::compile(&world));
        best("new side from nothing", runs, || gateway::compile(&world));
        let (old, new) = (ingress::compile(&world), gateway::compile(&world));
        changes(&world, &old, &new, size);
        lookups(&old.table, &new.table, size);
    }
}

/// One change each; the last is one of everything.
fn changes(world: &World, old: &ingress::Compiled, new: &gateway::Compiled, size: usize) {
    let at = size / 2;
    let weight = |weight: &str| json!({"canary": "true", "canary-weight": weight});
    let class = of(
        "networking.k8s.io/v1",
        "IngressClass",
        "",
        "other",
        json!({"spec": {"controller": "a.example/b"}}),
    );
    let settings = json!({"data": {"proxy-read-timeout": "61"}});
    let settings = of("v1", "ConfigMap", "ingress-nginx", "ingress-nginx-controller", settings);
    let cases = [
        ("old side, an annotation of one Ingress", Change::Put(an_ingress(at, "61", json!({})))),
        ("old side, one Ingress more", Change::Put(an_ingress(size, "60", json!({})))),
        ("old side, one Ingress less", Change::Remove(an_ingress(at, "60", json!({})).key.clone())),
        ("old side, a canary more", Change::Put(canary(at, weight("5")))),
        ("old side, a port of a Service of ten", Change::Put(service(at, &format!("app-{}", at / 10), 8081))),
        ("old side, a port of the Service of a namespace", Change::Put(service(at, "login", 8081))),
        ("old side, an IngressClass: everything", Change::Put(class)),
        ("old side, the ConfigMap: everything", Change::Put(settings)),
    ];
    for (what, change) in cases {
        let changes = [change];
        let after = world.apply(&changes);
        let next = old.next(&after, &changes);
        assert_eq!(next.refused.len(), 0, "{what}");
        best(what, 3, || old.next(&after, &changes));
    }
    let changes = [Change::Put(route(at, "/other"))];
    let after = world.apply(&changes);
    best("new side, a rule of one HTTPRoute", 3, || new.next(&after, &changes));
}

/// The way of one request, a thousand times over hosts that lie far from each other.
fn lookups(old: &Table, new: &Table, size: usize) {
    let asks = |side, gateway: (&str, &str)| -> Vec<Ask> {
        (0..1000)
            .map(|n| Ask {
                side,
                gateway: Some((gateway.0.into(), gateway.1.into())),
                method: "GET".into(),
                scheme: "http".into(),
                host: host(n * 7919 % size),
                port: 80,
                path: "/api/x".into(),
                query: None,
                headers: Vec::new(),
            })
            .collect()
    };
    let entry = ingress::entry();
    let sides = [
        ("old side", old, asks(Side::Old, ("", &entry.name))),
        ("new side", new, asks(Side::New, ("infra", "edge"))),
    ];
    for (name, table, asks) in sides {
        assert!(asks.iter().all(|ask| way(table, ask).outcome == Outcome::Forward), "{name}: all are served");
        best(&format!("{name}, a thousand requests explained"), 5, || {
            asks.iter().map(|ask| way(table, ask)).for_each(|way| drop(black_box(way)));
        });
    }
}

fn best<T>(what: &str, runs: usize, mut run: impl FnMut() -> T) {
    let mut best = Duration::MAX;
    for _ in 0..runs {
        let began = Instant::now();
        let made = black_box(run());
        best = best.min(began.elapsed());
        drop(made);
    }
    println!("{:>10.3} ms  {what}", best.as_secs_f64() * 1000.0);
}

fn host(number: usize) -> String {
    format!("app-{number}.team-{}.example.com", number % NAMESPACES)
}

fn world(size: usize) -> World {
    let services = (0..size.div_ceil(10)).flat_map(|of_ten| {
        let name = format!("app-{of_ten}");
        // Numbers that go by namespace: each ten have theirs in all of their namespaces.
        (0..10).map(move |n| service(of_ten * 10 + n, &name, 8080))
    });
    let logins = (0..NAMESPACES).map(|number| service(number, "login", 8080));
    let class = json!({"spec": {"controller": "k8s.io/ingress-nginx"}});
    let class = of("networking.k8s.io/v1", "IngressClass", "", "nginx", class);
    let listeners = json!([{"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}}]);
    let edge = json!({"spec": {"gatewayClassName": "eg", "listeners": listeners}});
    let gateway = [
        of(
            "gateway.networking.k8s.io/v1",
            "GatewayClass",
            "",
            "eg",
            json!({"spec": {"controllerName": "a.example/b"}}),
        ),
        of("gateway.networking.k8s.io/v1", "Gateway", "infra", "edge", edge),
        class,
    ];
    let both = (0..size).flat_map(|n| [an_ingress(n, "60", json!({})), route(n, "/api")]);
    World::of(services.chain(logins).chain(gateway).chain(both))
}

fn service(number: usize, name: &str, port: u16) -> Arc<Object> {
    let namespace = format!("team-{}", number % NAMESPACES);
    of("v1", "Service", &namespace, name, json!({"spec": {"ports": [{"port": port, "targetPort": 8080}]}}))
}

/// An Ingress of three paths; `timeout` is what a change changes.
fn an_ingress(number: usize, timeout: &str, more: Value) -> Arc<Object> {
    let mut annotations = json!({"proxy-read-timeout": timeout, "proxy-body-size": "8m"});
    let texts = annotations.as_object_mut().expect("a map");
    if number.is_multiple_of(4) {
        texts.insert("rewrite-target".into(), json!("/$2"));
        texts.insert("use-regex".into(), json!("true"));
    }
    if number.is_multiple_of(5) {
        texts.insert("enable-cors".into(), json!("true"));
    }
    texts.extend(more.as_object().cloned().unwrap_or_default());
    ingress_of(number, &format!("app-{number}"), &annotations, &format!("app-{}", number / 10))
}

fn canary(number: usize, annotations: Value) -> Arc<Object> {
    ingress_of(number, &format!("canary-{number}"), &annotations, "login")
}

fn ingress_of(number: usize, name: &str, annotations: &Value, service: &str) -> Arc<Object> {
    let path = |path: &str, kind: &str, service: &str| {
        let backend = json!({"service": {"name": service, "port": {"number": 8080}}});
        json!({"path": path, "pathType": kind, "backend": backend})
    };
    let paths = [
        path("/", "Prefix", service),
        path("/api(/|$)(.*)", "ImplementationSpecific", service),
        path("/login", "Exact", "login"),
    ];
    // A pattern is one only where the host matches by them; elsewhere the words are enough.
    let paths = if number.is_multiple_of(4) {
        paths
    } else {
        [paths[0].clone(), path("/api", "Prefix", service), paths[2].clone()]
    };
    let annotations = annotations.as_object().into_iter().flatten();
    let annotations: serde_json::Map<String, Value> =
        annotations.map(|(key, value)| (format!("{PREFIX}/{key}"), value.clone())).collect();
    let rule = json!({"host": host(number), "http": {"paths": paths}});
    let rest = json!({
        "metadata": {"annotations": annotations}, "spec": {"ingressClassName": "nginx", "rules": [rule]}
    });
    of("networking.k8s.io/v1", "Ingress", &format!("team-{}", number % NAMESPACES), name, rest)
}

fn route(number: usize, path: &str) -> Arc<Object> {
    let rule = |kind: &str, path: &str, service: &str| {
        let matched = json!([{"path": {"type": kind, "value": path}}]);
        json!({"matches": matched, "backendRefs": [{"name": service, "port": 8080}]})
    };
    let service = format!("app-{}", number / 10);
    let rules = [
        rule("PathPrefix", "/", &service),
        rule("PathPrefix", path, &service),
        rule("Exact", "/login", "login"),
    ];
    let parents = json!([{"name": "edge", "namespace": "infra"}]);
    let spec = json!({"parentRefs": parents, "hostnames": [host(number)], "rules": rules});
    let namespace = format!("team-{}", number % NAMESPACES);
    of(
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        &namespace,
        &format!("app-{number}"),
        json!({ "spec": spec }),
    )
}

/// An object from its parts, as a source would make it.
fn of(api: &str, kind: &str, namespace: &str, name: &str, rest: Value) -> Arc<Object> {
    let mut text =
        json!({"apiVersion": api, "kind": kind, "metadata": {"namespace": namespace, "name": name}});
    for (key, value) in rest.as_object().cloned().unwrap_or_default() {
        match (key.as_str(), value) {
            ("metadata", Value::Object(more)) => {
                text["metadata"].as_object_mut().expect("a map").extend(more);
            }
            (_, value) => text[key] = value,
        }
    }
    Arc::new(Object {
        key: Key::new(Kind::from_api(api, kind), namespace, name),
        api_version: api.into(),
        meta: Meta::default(),
        text: text.to_string().into(),
        origin: None,
        assumed: false,
    })
}
