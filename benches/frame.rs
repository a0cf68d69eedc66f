//! A frame and a filter with 50,000 routes at 200×60.

use std::{hint::black_box, sync::Arc};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use cutover::{
    dialect::gateway::compile,
    rehearsal::{LoadSetting, LoadView, View},
    resource::{Key, Kind, Meta, Object},
    traffic::Traffic,
    tui::Offline,
    world::World,
};
use jiff::Timestamp;

const ROUTES: usize = 50_000;

fn object(kind: Kind, namespace: &str, name: &str, spec: &str) -> Arc<Object> {
    let api_version = if kind.group().is_empty() { "v1".to_owned() } else { format!("{}/v1", kind.group()) };
    let text = format!(
        r#"{{"apiVersion":"{api_version}","kind":"{}","metadata":{{"name":"{name}","namespace":"{namespace}"}},"spec":{spec}}}"#,
        kind.name()
    );
    Arc::new(Object {
        key: Key::new(kind, namespace, name),
        api_version: api_version.into(),
        meta: Meta::default(),
        text: text.into(),
        origin: None,
        assumed: false,
    })
}

fn view() -> Arc<View> {
    let mut objects = vec![
        object(Kind::GatewayClass, "", "cutover", r#"{"controllerName":"cutover.dev/gateway"}"#),
        object(
            Kind::Gateway,
            "infra",
            "edge",
            r#"{"gatewayClassName":"cutover","listeners":[{"name":"http","port":80,"protocol":"HTTP","allowedRoutes":{"namespaces":{"from":"All"}}}]}"#,
        ),
    ];
    for namespace in 0..100 {
        let namespace = format!("team-{namespace}");
        objects.push(object(Kind::Service, &namespace, "app", r#"{"ports":[{"port":8080}]}"#));
    }
    for route in 0..ROUTES {
        let spec = format!(
            r#"{{"parentRefs":[{{"name":"edge","namespace":"infra"}}],"hostnames":["app-{route}.example.com"],"rules":[{{"matches":[{{"path":{{"type":"PathPrefix","value":"/"}}}}],"backendRefs":[{{"name":"app","port":8080,"weight":1}}]}}]}}"#
        );
        objects.push(object(
            Kind::HttpRoute,
            &format!("team-{}", route % 100),
            &format!("app-{route}"),
            &spec,
        ));
    }
    let world = World::of(objects);
    let compiled = compile(&world);
    Arc::new(View {
        version: 1,
        source: "bench".to_owned(),
        strict: false,
        writable: true,
        world: Arc::new(world),
        compiled: Arc::new(compiled),
        listeners: Arc::new([]),
        stand_ins: Arc::new([]),
        load: LoadView {
            setting: LoadSetting { rate: 0.0, concurrency: 1 },
            sent: 0,
            failed: 0,
            last_failure: None,
            targets: 0,
        },
        traffic: Arc::new(Traffic::default()),
        now: 0.0,
        problems: Arc::new([]),
        journal: Arc::new([]),
        admin: ([127, 0, 0, 1], 9090).into(),
        ca: None,
    })
}

fn frame(c: &mut Criterion) {
    let view = view();
    let clock = Timestamp::UNIX_EPOCH;
    let start =
        || Offline::new(Arc::clone(&view), "dark", false, clock).unwrap_or_else(|error| panic!("{error}"));
    c.bench_function("start with 50,000 routes", |b| b.iter(|| black_box(start())));

    let mut console = start();
    console.keys("3 G");
    c.bench_function("frame of 50,000 routes at 200×60", |b| b.iter(|| black_box(console.buffer(200, 60))));
    console.keys("2");
    c.bench_function("frame of the tree at 200×60", |b| b.iter(|| black_box(console.buffer(200, 60))));

    c.bench_function("one letter of a filter", |b| {
        b.iter_batched_ref(
            || {
                let mut console = start();
                console.keys("3 / 4 9");
                console
            },
            |console| console.keys("7"),
            BatchSize::PerIteration,
        );
    });
    c.bench_function("key to frame: one line down", |b| {
        let mut console = start();
        console.keys("3");
        b.iter(|| {
            console.keys("j");
            black_box(console.buffer(200, 60))
        });
    });
    // One route changes: a new World and what it means, taken by the console.
    let world = view.world.apply(&[cutover::world::Change::Put(object(
        Kind::HttpRoute,
        "team-7",
        "app-7",
        r#"{"parentRefs":[{"name":"edge","namespace":"infra"}],"hostnames":["new.example.com"]}"#,
    ))]);
    let next = View { compiled: Arc::new(compile(&world)), world: Arc::new(world), ..(*view).clone() };
    let views = [Arc::clone(&view), Arc::new(next)];
    let mut console = start();
    let mut turn = 0;
    c.bench_function("a newer view with one changed route", |b| {
        b.iter(|| {
            turn += 1;
            console.view(Arc::clone(&views[turn % 2]));
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = frame
}
criterion_main!(benches);
