//! Ingresses of one controller: compiled, and compiled again for one that changed. 10,000 on hosts of their own, with the
//! annotations that people use most; and a lookup among them.

use std::{fmt::Write as _, hint::black_box, sync::Arc};

use criterion::{Criterion, criterion_group, criterion_main};
use cutover::{
    dialect::ingress::{self, compile},
    resource::{Key, Kind, Meta, Object},
    routing::{Ask, Side, way},
    world::{Change, World},
};

const INGRESSES: usize = 10_000;

fn object(kind: &Kind, name: &str, metadata: &str, spec: &str) -> Arc<Object> {
    let api_version = match kind.group() {
        "" => "v1".to_owned(),
        group => format!("{group}/v1"),
    };
    let text = format!(
        r#"{{"apiVersion":"{api_version}","kind":"{}","metadata":{{"namespace":"shop","name":"{name}"{metadata}}},"spec":{spec}}}"#,
        kind.name()
    );
    Arc::new(Object {
        key: Key::new(kind.clone(), "shop", name),
        api_version: api_version.into(),
        meta: Meta::default(),
        text: text.into(),
        origin: None,
        assumed: false,
    })
}

/// An Ingress of three paths; `timeout` is what a change changes.
fn one(number: usize, timeout: usize) -> Arc<Object> {
    const PREFIX: &str = "nginx.ingress.kubernetes.io";
    let mut annotations =
        format!(r#""{PREFIX}/proxy-read-timeout":"{timeout}","{PREFIX}/proxy-body-size":"8m""#);
    if number.is_multiple_of(4) {
        let _ = write!(annotations, r#","{PREFIX}/rewrite-target":"/$2","{PREFIX}/use-regex":"true""#);
    }
    if number.is_multiple_of(5) {
        let _ = write!(annotations, r#","{PREFIX}/enable-cors":"true""#);
    }
    let service = number % 500;
    let path = |path: &str, kind: &str| {
        format!(
            r#"{{"path":"{path}","pathType":"{kind}","backend":{{"service":{{"name":"service-{service}","port":{{"number":8080}}}}}}}}"#
        )
    };
    let paths =
        [path("/", "Prefix"), path("/api(/|$)(.*)", "ImplementationSpecific"), path("/login", "Exact")];
    let spec = format!(
        r#"{{"ingressClassName":"nginx","rules":[{{"host":"app-{number}.example.com","http":{{"paths":[{}]}}}}]}}"#,
        paths.join(",")
    );
    object(&Kind::Ingress, &format!("app-{number}"), &format!(r#","annotations":{{{annotations}}}"#), &spec)
}

fn world() -> World {
    let services =
        (0..500).map(|n| object(&Kind::Service, &format!("service-{n}"), "", r#"{"ports":[{"port":8080}]}"#));
    World::of(services.chain((0..INGRESSES).map(|n| one(n, 60))))
}

fn old_side(c: &mut Criterion) {
    let world = world();
    c.bench_function("10,000 Ingresses: compile", |b| b.iter(|| black_box(compile(&world))));
    let compiled = compile(&world);
    let mut turn = 60;
    c.bench_function("10,000 Ingresses: compile again after one changed", |b| {
        b.iter(|| {
            turn += 1;
            let changes = [Change::Put(one(7, turn))];
            black_box(compiled.next(&world.apply(&changes), &changes))
        });
    });
    let ask = Ask {
        side: Side::Old,
        gateway: Some((String::new(), ingress::entry().name.to_string())),
        method: "GET".into(),
        scheme: "http".into(),
        host: "app-7.example.com".into(),
        port: 80,
        path: "/api/x".into(),
        query: None,
        headers: Vec::new(),
    };
    c.bench_function("10,000 Ingresses: the way of one request", |b| {
        b.iter(|| black_box(way(&compiled.table, &ask)));
    });
}

criterion_group! { name = benches; config = Criterion::default().sample_size(10); targets = old_side }
criterion_main!(benches);
