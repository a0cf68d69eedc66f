//! Two sides compared: 10,000 hosts with 3 paths on both, from the objects to the differences by cause.

#![allow(clippy::expect_used, reason = "a bench that can not go on has failed")]

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use cutover::{
    comparison::{self, Face},
    routing::compare::{self, Fold, Options, Place},
    source::{Input, Manifests},
    world::{World, assume},
};
use serde_json::{Value, json};

const HOSTS: usize = 10_000;

/// An Ingress and a route for each host; every tenth Ingress has an annotation, every hundredth host another backend.
fn world() -> World {
    let mut all: Vec<Value> = Vec::with_capacity(HOSTS * 2 + 1);
    all.push(json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
        "metadata": {"name": "edge", "namespace": "infra"},
        "spec": {"gatewayClassName": "eg", "listeners": [
            {"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}},
            {"name": "https", "port": 443, "protocol": "HTTPS", "allowedRoutes": {"namespaces": {"from": "All"}},
             "tls": {"certificateRefs": [{"name": "tls"}]}},
        ]},
    }));
    for at in 0..HOSTS {
        let host = format!("app{at}.example.com");
        let service = |path: usize| format!("svc{}-{path}", at % 500);
        let paths: Vec<Value> = ["/", "/api", "/static/files"]
            .iter()
            .enumerate()
            .map(|(path, text)| {
                json!({
                    "path": text, "pathType": "Prefix",
                    "backend": {"service": {"name": service(path), "port": {"number": 80}}},
                })
            })
            .collect();
        let annotations = if at % 10 == 0 {
            json!({"nginx.ingress.kubernetes.io/proxy-read-timeout": "5"})
        } else {
            json!({})
        };
        all.push(json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": format!("app{at}"), "namespace": "shop", "annotations": annotations},
            "spec": {"ingressClassName": "nginx", "rules": [{"host": host, "http": {"paths": paths}}]},
        }));
        let rules: Vec<Value> = ["/", "/api", "/static/files"].iter().enumerate().map(|(path, text)| {
            let other = at % 100 == 0 && path == 1;
            json!({
                "matches": [{"path": {"type": "PathPrefix", "value": text}}],
                "backendRefs": [{"name": if other { "elsewhere".to_owned() } else { service(path) }, "port": 80}],
            })
        }).collect();
        all.push(json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
            "metadata": {"name": format!("app{at}"), "namespace": "shop"},
            "spec": {"parentRefs": [{"name": "edge", "namespace": "infra"}], "hostnames": [host], "rules": rules},
        }));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let list = json!({"apiVersion": "v1", "kind": "List", "items": all});
    std::fs::write(folder.path().join("all.json"), list.to_string()).expect("a file");
    let (_, loaded) = Manifests::open(&[Input::Path(folder.path().to_path_buf())]).expect("manifests");
    let given = World::of(loaded.objects);
    given.apply(&assume(&given, None))
}

#[derive(Default)]
struct Count(u64);

impl Fold for Count {
    fn add(&mut self, difference: &compare::Difference<'_>) {
        self.0 += difference.points.len() as u64;
    }
}

fn sides(c: &mut Criterion) {
    let world = world();
    let (old, new) = (Face::ingresses(&world), Face::gateways(&world));
    let options = Options { threads: 2, ..Options::default() };
    let mut group = c.benchmark_group("compare");
    group.sample_size(10).measurement_time(Duration::from_secs(20));
    group.bench_function("tables of 10,000 hosts with 3 paths", |b| {
        let place = |face: &Face<'_>| (face.table().clone(), face.side());
        let ((a, a_side), (b_table, b_side)) = (place(&old), place(&new));
        b.iter(|| {
            let old = Place { table: &a, side: a_side, certificate: None };
            let new = Place { table: &b_table, side: b_side, certificate: None };
            let (tally, folds) = compare::compare(old, new, &options, Count::default);
            assert!(tally.hosts >= HOSTS as u64);
            black_box(folds.iter().map(|fold| fold.0).sum::<u64>())
        });
    });
    group.bench_function("differences by cause", |b| {
        b.iter(|| {
            let report = comparison::compare(&old, &new, &options);
            assert!(report.differences.len() > 100);
            black_box(report.differences.len())
        });
    });
    group.finish();
}

criterion_group!(benches, sides);
criterion_main!(benches);
