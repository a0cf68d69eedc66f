//! The lookup among 50,000 routes against the same among one; building such tables, and one change of them.

use std::{borrow::Cow, hint::black_box, sync::Arc};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use cutover::routing::{
    Action, Ask, Backend, BackendId, Candidate, Found, Host, HostMap, HostPattern, HostPolicy, Listener,
    ListenerId, Origin, PathMatch, PathPolicy, Port, PortKey, PortProtocol, Request, Rule, RuleId, Side,
    Split, Table, explain, find,
};

const MANY: usize = 50_000;

struct Get(&'static str);

impl Request for Get {
    fn method(&self) -> &'static str {
        "GET"
    }

    fn path(&self) -> &str {
        self.0
    }

    fn query(&self) -> Option<&str> {
        None
    }

    fn header(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

fn origin(kind: &str, name: &str) -> Origin {
    Origin { kind: kind.into(), namespace: "shop".into(), name: name.into() }
}

fn candidate(number: usize, path: PathMatch) -> Arc<Candidate> {
    let route = Arc::new(origin("HTTPRoute", &format!("route-{number}")));
    let backend = BackendId { service: origin("Service", "web"), port: 8080 };
    let split = Split::new([Backend::new(Arc::new(backend), 1)]);
    let rule = Rule::new(RuleId { route, index: 0, name: None }, Action::Forward(split));
    let mut candidate = Candidate::by_path(path, Arc::new(rule));
    candidate.rank.created = number as i64;
    Arc::new(candidate)
}

/// Each on a host of its own.
fn hosts(count: usize) -> HostMap {
    let mut map = HostMap::default();
    for number in 0..count {
        let host = HostPattern::Exact(format!("h{number}.shop.example").into());
        map.add(&host, vec![candidate(number, PathMatch::prefix("/api"))]);
    }
    map
}

fn prefixes(count: usize) -> Vec<Arc<Candidate>> {
    (0..count).map(|number| candidate(number, PathMatch::prefix(&format!("/api/{number}")))).collect()
}

fn one_host(candidates: Vec<Arc<Candidate>>) -> HostMap {
    let mut map = HostMap::default();
    map.add(&shop(), candidates);
    map
}

fn shop() -> HostPattern {
    HostPattern::Exact("shop.example".into())
}

fn port(hosts: HostMap) -> Port {
    let key = PortKey { side: Side::New, entry: Arc::new(origin("Gateway", "edge")), port: 80 };
    let listener = Listener {
        id: ListenerId { port: key.clone(), name: "http".into() },
        hostname: HostPattern::Any,
        host_policy: HostPolicy::Cascade,
        path_policy: PathPolicy::AsReceived,
        hosts,
    };
    Port::new(key, PortProtocol::Http, [Arc::new(listener)])
}

fn lookup(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("lookup");
    for (name, count) in [("1 route", 1), ("50000 routes", MANY)] {
        let by_host = port(hosts(count));
        group.bench_function(format!("{name}, hosts"), |bencher| {
            bencher.iter(|| {
                let found =
                    find(black_box(&by_host), Host(black_box("h0.shop.example")), &Get("/api/users/7"));
                assert!(matches!(found, Found::Match { .. }));
            });
        });
        let by_path = port(one_host(prefixes(count)));
        group.bench_function(format!("{name}, prefixes of one host"), |bencher| {
            bencher.iter(|| {
                let found =
                    find(black_box(&by_path), Host(black_box("shop.example")), &Get("/api/0/users/7"));
                assert!(matches!(found, Found::Match { .. }));
            });
        });
        group.bench_function(format!("{name}, no match"), |bencher| {
            bencher.iter(|| {
                let found = find(black_box(&by_path), Host(black_box("a.b.c.example")), &Get("/x/y/z"));
                assert!(matches!(found, Found::NoRule(_)));
            });
        });
    }
    group.finish();
}

fn build(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("build");
    group.sample_size(10);
    group.bench_function("50000 hosts", |bencher| bencher.iter(|| hosts(black_box(MANY))));
    let candidates = prefixes(MANY);
    group.bench_function("50000 prefixes of one host, at once", |bencher| {
        bencher.iter_batched(|| candidates.clone(), one_host, BatchSize::LargeInput);
    });
    let same: Vec<_> =
        (0..MANY).map(|number| candidate(number * 7919 % MANY, PathMatch::prefix("/"))).collect();
    group.bench_function("50000 routes of one path, at once", |bencher| {
        bencher.iter_batched(|| same.clone(), one_host, BatchSize::LargeInput);
    });
    group.finish();
}

fn change(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("change");
    let by_host = hosts(MANY);
    let one = [candidate(7, PathMatch::prefix("/new"))];
    let tables = [
        ("hosts", by_host, HostPattern::Exact("h7.shop.example".into())),
        ("prefixes of one host", one_host(prefixes(MANY)), shop()),
    ];
    for (name, map, host) in tables {
        group.bench_function(format!("add and remove one among 50000 {name}"), |bencher| {
            bencher.iter(|| {
                let mut next = map.clone();
                next.add(&host, one.to_vec());
                let with = next.clone();
                next.remove(&host, &one);
                (with, next)
            });
        });
    }
    group.finish();
}

fn explained(criterion: &mut Criterion) {
    let port = port(one_host(prefixes(MANY)));
    let table = Table { ports: [(port.key.clone(), Arc::new(port))].into_iter().collect() };
    let ask = Ask {
        side: Side::New,
        gateway: None,
        method: "GET".into(),
        scheme: "http".into(),
        host: "shop.example".into(),
        port: 80,
        path: "/api/70000".into(),
        query: None,
        headers: Vec::new(),
    };
    criterion.bench_function("explain among 50000 prefixes", |bencher| {
        bencher.iter(|| explain(&table, black_box(&ask)));
    });
}

criterion_group!(benches, lookup, build, change, explained);
criterion_main!(benches);
