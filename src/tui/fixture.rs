//! A small shop to draw: real manifests, really compiled, with traffic written by hand so that pictures stay the same.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::Timestamp;

use super::{
    app::State,
    theme::{Depth, Theme},
};
use crate::{
    dialect::gateway::compile,
    proxy::{Head, Record},
    rehearsal::{
        Backing, CertificateView, Fault, ListenerView, LoadSetting, LoadView, StandInView, Tail, View,
    },
    resource::{Key, Kind, Object, Problem, gateway_api::AnyRoute},
    rollout::Entry,
    routing::{BackendId, Origin, PortProtocol, Table},
    source::{Edit, FieldEdit, Input, Manifests},
    traffic::{Flow, Measured, Scope, Series, Traffic},
    world::{World, assume},
};

/// Moment of the view, on the clock of its traffic.
pub const NOW: f64 = 1000.0;

/// The wall clock.
pub fn clock() -> Timestamp {
    "2026-11-24T14:02:11Z".parse().unwrap()
}

/// The shop's state at the start.
pub fn state() -> State {
    State::new(view(), Theme::named("dark", Depth::True).unwrap(), clock(), jiff::tz::TimeZone::UTC)
}

/// The shop.
pub fn view() -> Arc<View> {
    Arc::new(view_of(include_str!("fixture.yaml")))
}

/// The shop with its Ingresses, both sides served.
pub fn ingresses() -> Arc<View> {
    let text = concat!(include_str!("fixture.yaml"), include_str!("fixture_ingresses.yaml"));
    let view = view_of(text);
    let old = crate::dialect::ingress::compile(&view.world);
    let mut table = Table::clone(&view.table);
    table.ports.extend(old.table.ports.clone());
    let mut listeners = view.listeners.to_vec();
    listeners.extend(old.table.ports.values().flat_map(|port| &port.listeners).map(|listener| {
        let port = listener.id.port.port;
        let tls = port == 443;
        let nginx = &*listener.id.port.entry.name == "ingress-nginx";
        ListenerView {
            protocol: if tls { PortProtocol::Https } else { PortProtocol::Http },
            hostname: "*".to_owned(),
            address: Ok(([127, 0, 0, 1], if nginx { 9000 } else { 9500 } + port).into()),
            certificate: if tls { CertificateView::MadeHere } else { CertificateView::None },
            id: listener.id.clone(),
        }
    }));
    let mut traffic = Traffic::clone(&view.traffic);
    for (side, rate) in [("old", 180.4), ("new", 231.9)] {
        traffic.scopes.insert(Scope::Side { side: side.into() }, series(rate, 0.006, 14.0));
    }
    let listener =
        |listener: &str| Scope::Listener { gateway: "ingress-nginx".into(), listener: listener.into() };
    traffic.scopes.insert(listener("http"), series(20.1, 0.0, 11.0));
    traffic.scopes.insert(listener("https"), series(160.3, 0.007, 14.0));
    Arc::new(View {
        sides: crate::rehearsal::Sides::BOTH,
        load: LoadView { targets: 17, by_side: [14, 21], ..view.load.clone() },
        old: Arc::new(old),
        table: Arc::new(table),
        listeners: listeners.into(),
        traffic: Arc::new(traffic),
        ..view
    })
}

/// A view of some manifests.
pub fn view_of(text: &'static str) -> View {
    view_over(world(text))
}

/// A view of some manifests with all that a rehearsal assumes.
pub fn assumed_view_of(text: &'static str) -> View {
    let world = world(text);
    view_over(world.apply(&assume(&world, None)))
}

fn world(text: &'static str) -> World {
    let (_, loaded) = Manifests::open(&[Input::BuiltIn { name: "shop.yaml", text }]).unwrap();
    World::of(loaded.objects)
}

/// The bundled bookshop, with what a rehearsal assumes.
pub fn bookshop() -> View {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/bookshop");
    let (_, loaded) = Manifests::open(&[Input::Path(folder)]).unwrap();
    let world = World::of(loaded.objects);
    let world = world.apply(&assume(&world, None));
    View { problems: Arc::new([]), journal: Arc::new([]), ..view_over(world) }
}

fn view_over(world: World) -> View {
    let compiled = compile(&world);
    let problem = Problem::warning("grant-without-effect", "nobody refers to what the grant allows")
        .of(
            &Key::new(Kind::ReferenceGrant, "media", "unused"),
            world.get(&Key::new(Kind::ReferenceGrant, "media", "unused")).and_then(|o| o.origin.as_ref()),
        )
        .fix("remove it, or name the namespace that shall refer");
    View {
        version: 1,
        source: "demo bookshop".to_owned(),
        strict: false,
        writable: true,
        listeners: listeners(&compiled),
        stand_ins: stand_ins(&world),
        load: LoadView {
            setting: LoadSetting { rate: 400.0, concurrency: 16 },
            sent: 123_456,
            failed: 0,
            last_failure: None,
            targets: 9,
            by_side: [0, 21],
            recorded: None,
        },
        traffic: Arc::new(traffic(&world)),
        now: NOW,
        problems: Arc::new([problem]),
        journal: Arc::new([entry(540, 0, 5), entry(250, 5, 10)]),
        admin: "127.0.0.1:9090".parse().unwrap(),
        ca: None,
        world: Arc::new(world),
        sides: crate::rehearsal::Sides::NEW,
        old: Arc::default(),
        table: Arc::clone(&compiled.table),
        compiled: Arc::new(compiled),
        names: None,
        clients: None,
        wrongs: Arc::default(),
    }
}

/// Requests of a moment ago, the last of them numbered `last`.
pub fn tail(view: &View, last: u64) -> Tail {
    let asked = [
        ("GET", "shop.example.com", "/", 200, "app-stable", None),
        ("GET", "shop.example.com", "/cart?id=7", 200, "app-canary", None),
        ("POST", "shop.example.com", "/cart", 503, "app-canary", None),
        ("GET", "img.example.com", "/covers/1.png", 404, "", Some("no route takes this request")),
        ("GET", "shop.example.com", "/beta/x", 503, "beta", Some("the backend has no ready endpoint")),
        ("GET", "", "", 400, "", Some("there are two Host headers")),
        ("GET", "shop.example.com", "/search?q=rust", 200, "app-stable", None),
    ];
    let rule = view.compiled.table.ports.values().flat_map(|port| &port.listeners).flat_map(|listener| {
        let all = listener.hosts.iter().flat_map(|host| host.iter());
        all.filter(|it| &*it.rule.id.route.name == "app")
    });
    let rule = rule.min_by_key(|it| it.rule.id.index);
    let listener = &view.listeners[0];
    let records = (0..=last).map(|nth| {
        let (method, host, target, status, backend, problem) = asked[nth as usize % asked.len()];
        let readable = status != 400;
        let headers = [("user-agent", "curl/8.5.0"), ("cookie", "session=abc"), ("x-version", "v2")];
        let service =
            |name: &str| Origin { kind: "Service".into(), namespace: "shop".into(), name: name.into() };
        Arc::new(Record {
            at: std::time::SystemTime::from(clock()) - Duration::from_millis((last - nth) * 37),
            client: ([127, 0, 0, 1], 40_000 + nth as u16 % 1000).into(),
            port: listener.id.port.clone(),
            encrypted: false,
            listener: readable.then(|| Arc::clone(&listener.id.name)),
            head: if readable { Head::new(method, host, target, &headers) } else { Head::default() },
            status,
            by_proxy: problem.is_some(),
            rule: rule.filter(|_| !backend.is_empty()).map(|it| it.rule.id.clone()),
            backend: (!backend.is_empty())
                .then(|| Arc::new(BackendId { service: service(backend), port: 8080 })),
            took: Duration::from_micros(1200 + nth * 310 % 4000),
            bytes: 300 + nth * 13 % 100,
            problem: problem.map(Into::into),
        })
    });
    Tail { records: records.collect(), first: 0, lost: 0, watched: true }
}

fn listeners(compiled: &crate::dialect::gateway::Compiled) -> Arc<[ListenerView]> {
    let statuses = compiled.status.gateways.values().flat_map(|gateway| gateway.listeners.clone());
    statuses
        .filter(|listener| listener.served || &*listener.id.name == "admin")
        .map(|listener| {
            let tls = listener.id.port.port == 443;
            ListenerView {
                protocol: if tls { PortProtocol::Https } else { PortProtocol::Http },
                hostname: match &*listener.id.name {
                    "https" => "*.example.com",
                    "admin" => "admin.example.org",
                    _ => "*",
                }
                .to_owned(),
                address: match &*listener.id.name {
                    "admin" => Err("its certificate can not be used".to_owned()),
                    _ => Ok(([127, 0, 0, 1], 8000 + listener.id.port.port).into()),
                },
                certificate: match (&*listener.id.name, tls) {
                    ("admin", _) => CertificateView::Missing,
                    (_, true) => CertificateView::MadeHere,
                    (_, false) => CertificateView::None,
                },
                id: listener.id,
            }
        })
        .collect()
}

fn stand_ins(world: &World) -> Arc<[StandInView]> {
    let services = world.list(&Kind::Service).enumerate();
    services
        .map(|(at, service)| {
            let name = &service.key.name;
            StandInView {
                backend: Arc::new(BackendId {
                    service: Origin {
                        kind: "Service".into(),
                        namespace: Arc::clone(&service.key.namespace),
                        name: Arc::clone(name),
                    },
                    port: port(service),
                }),
                backing: match &**name {
                    "beta" => Backing::NoEndpoint,
                    "app-stable" => Backing::Own(([127, 0, 0, 1], 3000).into()),
                    _ => Backing::StandIn(([127, 0, 0, 1], 41_000 + at as u16).into()),
                },
                assumed: service.assumed,
                fault: match &**name {
                    "app-canary" => Fault { share: 0.03, code: 503, ..Fault::default() },
                    "img" => Fault { latency: Duration::from_millis(500), ..Fault::default() },
                    _ => Fault::default(),
                },
                answers: 1000 * (at as u64 + 1),
            }
        })
        .collect()
}

fn port(service: &Object) -> u16 {
    let port = service.value().pointer("/spec/ports/0/port").and_then(serde_json::Value::as_u64);
    port.map_or(8080, |port| port as u16)
}

fn entry(ago: i64, old: i64, new: i64) -> Entry {
    let field = |at: usize, old: i64, new: i64| FieldEdit {
        field: format!("spec.rules[0].backendRefs[{at}].weight"),
        old: Some(old.into()),
        new: Some(new.into()),
    };
    Entry {
        at: clock().checked_sub(jiff::SignedDuration::from_secs(ago)).unwrap(),
        who: "ana".to_owned(),
        summary: format!("app-canary {old} → {new}, app-stable {} → {}", 100 - old, 100 - new),
        edit: Edit {
            object: Key::new(Kind::HttpRoute, "shop", "app"),
            fields: vec![field(0, 100 - old, 100 - new), field(1, old, new)],
        },
        undo_of: None,
    }
}

/// Requests a second and share of errors of a scope, over ten minutes with a slow wave.
fn series(rate: f64, errors: f64, p95: f64) -> Arc<Series> {
    let measured = |seconds: f64| {
        let requests = (rate * seconds) as u64;
        Measured {
            requests,
            errors: (requests as f64 * errors).round() as u64,
            errors_by_proxy: 0,
            client_errors: 0,
            rate,
            p50: Some(p95 / 3.0),
            p95: Some(p95),
            p99: Some(p95 * 2.0),
        }
    };
    let flow = |step: u32| {
        let wave = 1.0 + 0.3 * (f64::from(step) / 40.0).sin();
        let requests = (rate * 2.0 * wave) as u32;
        Flow {
            at: NOW - 600.0 + f64::from(step) * 2.0,
            seconds: 2.0,
            requests,
            errors: (f64::from(requests) * errors * (1.0 + 0.8 * (f64::from(step) / 11.0).cos())).round()
                as u32,
            p95: Some((p95 * wave) as f32),
        }
    };
    Arc::new(Series {
        short: Some(measured(10.0)),
        long: Some(measured(60.0)),
        history: (1..=300).map(flow).collect(),
    })
}

fn traffic(world: &World) -> Traffic {
    let mut scopes: HashMap<Scope, Arc<Series>> = HashMap::new();
    let mut put = |scope: Scope, rate: f64, errors: f64, p95: f64| {
        scopes.insert(scope, series(rate, errors, p95));
    };
    put(Scope::All, 412.3, 0.008, 14.2);
    put(Scope::Gateway { gateway: "infra/edge".into() }, 412.3, 0.008, 14.2);
    for (listener, rate) in [("http", 32.1), ("https", 380.2)] {
        put(Scope::Listener { gateway: "infra/edge".into(), listener: listener.into() }, rate, 0.008, 14.0);
    }
    let rates =
        [("shop/app", 300.0, 0.005, 12.0), ("shop/search", 50.0, 0.08, 4.2), ("shop/books", 12.4, 0.0, 9.7)];
    for (route, rate, errors, p95) in rates {
        put(Scope::Route { kind: "HTTPRoute".into(), route: route.into() }, rate, errors, p95);
        let rule = Scope::Rule { kind: "HTTPRoute".into(), route: route.into(), rule: 0 };
        put(rule, rate, errors, p95);
    }
    for object in world.list(&Kind::HttpRoute).filter(|object| &*object.key.name == "app") {
        let route = AnyRoute::of(object).unwrap();
        for (at, backend) in route.spec.rules[0].backend_refs.iter().enumerate() {
            let (rate, errors, p95) = [(269.4, 0.002, 12.0), (30.6, 0.031, 15.4)][at];
            let scope = Scope::Backend {
                kind: "HTTPRoute".into(),
                route: "shop/app".into(),
                rule: 0,
                backend: format!("shop/{}", backend.name).into(),
                port: 8080,
            };
            put(scope, rate, errors, p95);
            put(
                Scope::Service { side: None, backend: format!("shop/{}", backend.name).into(), port: 8080 },
                rate,
                errors,
                p95,
            );
        }
    }
    Traffic {
        at: Some(NOW - 1.0),
        failure: None,
        rejected: 0,
        dropped: 0,
        open: std::collections::BTreeMap::new(),
        scopes,
    }
}
