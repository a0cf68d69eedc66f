//! A frame and a filter with 50,000 routes at 200×60.

use std::{hint::black_box, sync::Arc};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use cutover::{
    dialect::gateway::compile,
    dns::{Addresses, Total},
    rehearsal::{LoadSetting, LoadView, NameView, NamesView, Sides, View},
    resource::{Key, Kind, Meta, Object},
    switch::{Journey, Pointing, Waves},
    traffic::{Measured, Scope, Series, Traffic},
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
        sides: Sides::NEW,
        old: Arc::default(),
        table: Arc::clone(&compiled.table),
        compiled: Arc::new(compiled),
        listeners: Arc::new([]),
        stand_ins: Arc::new([]),
        load: LoadView {
            setting: LoadSetting { rate: 0.0, concurrency: 1 },
            sent: 0,
            failed: 0,
            last_failure: None,
            targets: 0,
            by_side: Default::default(),
            recorded: None,
        },
        traffic: Arc::new(Traffic::default()),
        now: 0.0,
        problems: Arc::new([]),
        journal: Arc::new([]),
        admin: ([127, 0, 0, 1], 9090).into(),
        ca: None,
        names: None,
        clients: None,
        wrongs: Arc::default(),
    })
}

fn frame(c: &mut Criterion) {
    let view = view();
    let clock = Timestamp::UNIX_EPOCH;
    let begin =
        || Offline::new(Arc::clone(&view), "dark", false, clock).unwrap_or_else(|error| panic!("{error}"));
    let start = || {
        let mut console = begin();
        console.settle();
        console
    };
    c.bench_function("first frame with 50,000 routes", |b| b.iter(|| black_box(begin().buffer(200, 60))));
    c.bench_function("aside: lists and mistakes of 50,000 routes", |b| b.iter(|| black_box(start())));

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
    // A key in a filter until the rows that it finds are there, here or aside.
    for (name, typed, letter) in [
        ("text", "4 9", "7"),
        ("regex", "/ ^ t e a m - 7 . * 9", "/"),
        ("inverse", "! 4 9", "7"),
        ("labels", "- l space a p", "p"),
        ("fuzzy", "- f space t m 4", "9"),
    ] {
        c.bench_function(&format!("one letter of a filter by {name}"), |b| {
            b.iter_batched_ref(
                || {
                    let mut console = start();
                    console.keys(&format!("3 / {typed}"));
                    console.settle();
                    console
                },
                |console| {
                    console.keys(letter);
                    console.settle();
                    black_box(console.buffer(200, 60))
                },
                BatchSize::PerIteration,
            );
        });
    }
    for (name, line) in [("name", ": s o r t space r o u t e"), ("traffic", ": s o r t space r e q")] {
        c.bench_function(&format!("order by {name}"), |b| {
            b.iter_batched_ref(
                || {
                    let mut console = start();
                    console.view(Arc::new(View { traffic: Arc::new(traffic()), ..(*view).clone() }));
                    console.keys(&format!("3 {line}"));
                    console
                },
                |console| {
                    console.keys("enter");
                    console.settle();
                    black_box(console.buffer(200, 60))
                },
                BatchSize::PerIteration,
            );
        });
    }
    names(c, &view);
    palette(c, &start);
    tree(c, &start);
    typing(c, &start);

    c.bench_function("key to frame: one line down", |b| {
        let mut console = start();
        console.keys("3");
        b.iter(|| {
            console.keys("j");
            black_box(console.buffer(200, 60))
        });
    });
    // One route changes: a new World and what it means, taken by the console.
    let changes = [cutover::world::Change::Put(object(
        Kind::HttpRoute,
        "team-7",
        "app-7",
        r#"{"parentRefs":[{"name":"edge","namespace":"infra"}],"hostnames":["new.example.com"]}"#,
    ))];
    let world = view.world.apply(&changes);
    let compiled = view.compiled.next(&world, &changes);
    let next = View { compiled: Arc::new(compiled), world: Arc::new(world), ..(*view).clone() };
    let views = [Arc::clone(&view), Arc::new(next)];
    for (name, keys) in [("the list of routes", "3"), ("the tree", "2")] {
        let mut console = start();
        console.keys(keys);
        let mut turn = 0;
        c.bench_function(&format!("a newer view with one changed route, at {name}"), |b| {
            b.iter(|| {
                turn += 1;
                console.view(Arc::clone(&views[turn % 2]));
            });
        });
    }
    // Only what was measured changes, as with every scrape.
    let measured = View { traffic: Arc::new(traffic()), ..(*view).clone() };
    let views = [Arc::clone(&view), Arc::new(measured)];
    let mut console = start();
    let mut turn = 0;
    c.bench_function("a newer view with other traffic", |b| {
        b.iter(|| {
            turn += 1;
            console.view(Arc::clone(&views[turn % 2]));
        });
    });
    c.bench_function("opening the tree", |b| {
        b.iter_batched_ref(start, |console| console.keys("2"), BatchSize::PerIteration);
    });
}

/// Ten thousand hostnames on the screen Switch: what a frame takes, and a key until its frame.
fn names(c: &mut Criterion, view: &View) {
    let clock = Timestamp::UNIX_EPOCH;
    let journey = Arc::new(Journey::new(Pointing::OLD, 60, Waves::default(), clock));
    let name = |nth: usize| NameView {
        hostname: format!("app-{nth:05}.example.com").parse().unwrap_or_else(|error| panic!("{error}")),
        journey: Arc::clone(&journey),
        sides: Sides::BOTH,
        old: Addresses::default(),
        new: Addresses::default(),
        counts: Arc::default(),
        alternates: false,
    };
    let names = NamesView {
        address: ([127, 0, 0, 1], 1053).into(),
        forward: None,
        version: 1,
        changed: None,
        names: (0..10_000).map(name).collect(),
        totals: Total::default(),
    };
    let view = Arc::new(View { names: Some(names), sides: Sides::BOTH, ..view.clone() });
    let mut console = Offline::new(view, "dark", false, clock).unwrap_or_else(|error| panic!("{error}"));
    console.settle();
    console.keys("0 G");
    c.bench_function("frame of 10,000 hostnames at 200×60", |b| {
        b.iter(|| black_box(console.buffer(200, 60)));
    });
    console.keys("a");
    c.bench_function("frame of 10,000 marked hostnames at 200×60", |b| {
        b.iter(|| black_box(console.buffer(200, 60)));
    });
    console.keys("a g");
    c.bench_function("key to frame: one hostname down", |b| {
        b.iter(|| {
            console.keys("j");
            black_box(console.buffer(200, 60))
        });
    });
}

/// What a key takes, and what it takes until its answer is there, here or aside.
fn both(c: &mut Criterion, name: &str, start: impl Fn() -> Offline, led: &str, key: &str) {
    let led = || {
        let mut console = start();
        console.keys(led);
        console.settle();
        console
    };
    c.bench_function(&format!("{name}: the key"), |b| {
        b.iter_batched_ref(led, |console| console.keys(key), BatchSize::PerIteration);
    });
    c.bench_function(&format!("{name}: until it is there"), |b| {
        b.iter_batched_ref(
            led,
            |console| {
                console.keys(key);
                console.settle();
                black_box(console.buffer(200, 60))
            },
            BatchSize::PerIteration,
        );
    });
}

fn palette(c: &mut Criterion, start: &impl Fn() -> Offline) {
    both(c, "opening the palette over 50,000 objects", start, "3", "ctrl-p");
    both(c, "opening the palette again", start, "3 ctrl-p esc", "ctrl-p");
    both(c, "one letter in the palette", start, "3 ctrl-p a p p 4", "9");
}

fn tree(c: &mut Criterion, start: &impl Fn() -> Offline) {
    both(c, "one letter of a filter in the tree", start, "2 / 4 9", "7");
    both(c, "one letter of a fuzzy filter in the tree", start, "2 / - f space t m 4", "9");
    both(c, "only what is broken in the tree", start, "2", "f");
    both(c, "only what is broken of the routes", start, "3", "f");
    both(c, "only what is broken of the rules", start, "4", "f");
}

fn typing(c: &mut Criterion, start: &impl Fn() -> Offline) {
    both(c, "`:`, a letter of a name", start, "3 : d e", "s");
    both(c, "`:`, a letter of an object", start, "3 : h t t p r o u t e space a p p - 4 9", "9");
    both(c, "`:`, a letter of a backend", start, "3 : w e i g h t space a", "p");
    let mut console = start();
    console.keys("3 : h t t p r o u t e space a p p - 4 9");
    c.bench_function("frame with what can be typed", |b| b.iter(|| black_box(console.buffer(200, 60))));
}

/// As many scopes as are kept, all with requests.
fn traffic() -> Traffic {
    let measured = Measured { requests: 600, errors: 3, rate: 10.0, ..Measured::default() };
    let series = Arc::new(Series { short: Some(measured), long: Some(measured), history: Vec::new() });
    let scope = |route: usize| Scope::Backend {
        kind: "HTTPRoute".into(),
        route: format!("team-{}/app-{route}", route % 100).into(),
        rule: 0,
        backend: format!("team-{}/app", route % 100).into(),
        port: 8080,
    };
    let scopes = (0..2_000).map(|route| (scope(route), Arc::clone(&series))).collect();
    Traffic { at: Some(0.0), scopes, ..Traffic::default() }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = frame
}
criterion_main!(benches);
