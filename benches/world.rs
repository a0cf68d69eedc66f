//! A World of 50,000 routes: made, changed by one object, compiled, and compiled again for one route.
//!
//! Twice: all on one Gateway and hostname, and spread over 500 of both.

use std::{hint::black_box, sync::Arc};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use cutover::{
    dialect::gateway::compile,
    resource::{Key, Kind, Meta, Object},
    world::{Change, World, assume},
};

const ROUTES: usize = 50_000;

fn object(kind: &Kind, namespace: &str, name: &str, spec: &str) -> Arc<Object> {
    let api_version = match kind.group() {
        "" => "v1".to_owned(),
        group => format!("{group}/v1"),
    };
    let text = format!(
        r#"{{"apiVersion":"{api_version}","kind":"{}","metadata":{{"namespace":"{namespace}","name":"{name}"}},"spec":{spec}}}"#,
        kind.name()
    );
    Arc::new(Object {
        key: Key::new(kind.clone(), namespace, name),
        api_version: api_version.into(),
        meta: Meta::default(),
        text: text.into(),
        origin: None,
        assumed: false,
    })
}

fn gateway(number: usize) -> Arc<Object> {
    let spec = r#"{"gatewayClassName":"eg","listeners":[{"name":"http","port":80,"protocol":"HTTP","allowedRoutes":{"namespaces":{"from":"All"}}}]}"#;
    object(&Kind::Gateway, "infra", &format!("edge-{number}"), spec)
}

/// A route of two rules, a filter and three backends; `weight` is what a change changes.
fn route(number: usize, spread: usize, weight: u32) -> Arc<Object> {
    let (place, service) = (number % spread, number % 100);
    let spec = format!(
        r#"{{"parentRefs":[{{"name":"edge-{place}","namespace":"infra"}}],"hostnames":["app-{place}.example.com"],"rules":[
        {{"matches":[{{"path":{{"type":"PathPrefix","value":"/r{number}"}}}}],"backendRefs":[
            {{"name":"service-{service}","port":8080,"weight":{weight}}},{{"name":"canary-{service}","port":8080,"weight":10}}]}},
        {{"matches":[{{"path":{{"type":"PathPrefix","value":"/r{number}/v2"}},"headers":[{{"name":"X-Version","value":"2"}}]}}],
          "filters":[{{"type":"URLRewrite","urlRewrite":{{"path":{{"type":"ReplacePrefixMatch","replacePrefixMatch":"/"}}}}}}],
          "backendRefs":[{{"name":"service-{service}","port":8080}}]}}]}}"#
    );
    object(&Kind::HttpRoute, "shop", &format!("route-{number}"), &spec)
}

fn objects(spread: usize) -> Vec<Arc<Object>> {
    let class = object(&Kind::GatewayClass, "", "eg", r#"{"controllerName":"example.com/gateway"}"#);
    let service = |name: String| object(&Kind::Service, "shop", &name, r#"{"ports":[{"port":8080}]}"#);
    let services = (0..100)
        .flat_map(|n| [format!("service-{n}"), format!("canary-{n}")])
        .map(service)
        .collect::<Vec<_>>();
    let routes = (0..ROUTES).map(|number| route(number, spread, 90));
    [class].into_iter().chain((0..spread).map(gateway)).chain(services).chain(routes).collect()
}

fn world(c: &mut Criterion) {
    for (spread, name) in [(1, "on 1 Gateway"), (500, "on 500 Gateways")] {
        let objects = objects(spread);
        let mut group = c.benchmark_group(format!("50,000 routes {name}"));
        group.sample_size(10);
        group.bench_function("World::of", |b| {
            b.iter_batched(|| objects.clone(), World::of, BatchSize::PerIteration);
        });
        let world = World::of(objects.clone());
        group.bench_function("compile", |b| b.iter(|| compile(black_box(&world))));
        let compiled = compile(&world);
        group.bench_function("problems", |b| b.iter(|| compiled.problems(black_box(&world))));
        group.bench_function("assume, all", |b| b.iter(|| assume(black_box(&world), None)));
        group.sample_size(50);
        let changes = [Change::Put(route(ROUTES / 2, spread, 50))];
        group.bench_function("World::apply, one object", |b| {
            b.iter(|| world.apply(black_box(&changes)));
        });
        let next = world.apply(&changes);
        group.bench_function("World::difference, one object", |b| {
            b.iter(|| world.difference(black_box(&next)))
        });
        group.bench_function("assume, one object", |b| b.iter(|| assume(&next, Some(black_box(&changes)))));
        group.bench_function("Compiled::next, one route", |b| {
            b.iter(|| compiled.next(&next, black_box(&changes)));
        });
        let moved = [Change::Put(route(ROUTES + 1, spread, 50))];
        let after = world.apply(&moved);
        group.bench_function("Compiled::next, a new route", |b| {
            b.iter(|| compiled.next(&after, black_box(&moved)))
        });
        group.finish();
    }
}

criterion_group!(benches, world);
criterion_main!(benches);
