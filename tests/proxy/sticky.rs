//! Endpoints by cookies and hashes, as ingress-nginx chooses them.

use std::{collections::HashSet, net::SocketAddr, sync::Arc};

use cutover::{proxy::UpstreamProtocol, routing::*};

use crate::{build::*, client::*, upstream::*};

fn affinity(key: &str) -> Affinity {
    Affinity { cookie: "INGRESSCOOKIE".into(), key: key.into(), ..Affinity::default() }
}

fn sticky(name: &str, weight: u32, affinity: Affinity) -> Backend {
    Backend { balance: Balance::Sticky(Arc::new(affinity)), ..backend(name, weight) }
}

fn several() -> (Vec<SocketAddr>, Vec<Arc<Seen>>) {
    ["a", "b", "c"].into_iter().map(named).unzip()
}

fn with_cookie(running: &Running, path: &str, cookie: &str, more: &str) -> Answer {
    ask(running.address, format!("GET {path} HTTP/1.1\r\nHost: a\r\nCookie: x=1; {cookie}\r\n{more}\r\n"))
}

fn pair(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").expect("a cookie");
    cookie.split(';').next().unwrap().to_owned()
}

#[test]
fn a_cookie_leads_back_to_its_endpoint() {
    let (endpoints, _) = several();
    let running = World::default()
        .endpoints("one", &endpoints)
        .rule("/shop", rule(vec![sticky("one", 1, affinity("k"))]))
        .serve();
    let first = ask(running.address, "GET /shop HTTP/1.1\r\nHost: a\r\n\r\n");
    let cookie = pair(&first);
    assert!(cookie.starts_with("INGRESSCOOKIE=") && cookie.ends_with("|k"), "{cookie}");
    let rest = first.header("set-cookie").unwrap();
    assert!(rest.ends_with("|k; Path=/shop; HttpOnly"), "{rest}");
    for _ in 0..10 {
        let again = with_cookie(&running, "/shop/x", &cookie, "");
        assert_eq!(
            (&again.body, again.header("set-cookie")),
            (&first.body, None),
            "whichever worker takes it"
        );
    }
    let all: HashSet<_> =
        (0..40).map(|_| ask(running.address, "GET /shop HTTP/1.1\r\nHost: a\r\n\r\n").body).collect();
    assert_eq!(all.len(), 3, "new clients are spread");
}

#[test]
fn who_came_to_a_canary_stays_there() {
    let ((main, _), (canary, _)) = (named("main"), named("canary"));
    let header = |value: &str, to| {
        let value = ValueMatch::Exact(value.into());
        Steer { when: FieldMatch { field: Field::Header, name: "x-canary".into(), value }, to }
    };
    let split = Split::new([sticky("main", 100, affinity("m")), sticky("canary", 0, affinity("c"))])
        .steered([header("always", 1), header("never", 0)]);
    let it =
        Rule { action: Action::Forward(split), policy: Some(Arc::new(Policy::default())), ..rule(vec![]) };
    let running =
        World::default().endpoints("main", &[main]).endpoints("canary", &[canary]).rule("/", it).serve();
    let plain = ask(running.address, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let steered = ask(running.address, "GET / HTTP/1.1\r\nHost: a\r\nX-Canary: always\r\n\r\n");
    assert_eq!((plain.body.as_str(), steered.body.as_str()), ("main", "canary"));
    let cases = [
        (pair(&plain), "X-Canary: always\r\n", "main"),
        (pair(&plain), "", "main"),
        (pair(&steered), "", "canary"),
        (pair(&steered), "X-Canary: never\r\n", "canary"),
        ("INGRESSCOOKIE=x|nobody".to_owned(), "X-Canary: always\r\n", "canary"),
    ];
    for (cookie, more, wanted) in cases {
        assert_eq!(with_cookie(&running, "/", &cookie, more).body, wanted, "{cookie} {more}");
    }
}

#[test]
fn a_canary_without_endpoints_leaves_its_requests_to_the_main_backend() {
    let (main, _) = named("main");
    let weighted = rule(vec![backend("main", 0), backend("nowhere", 100)]);
    let it = Rule { policy: Some(Arc::new(Policy::default())), ..weighted };
    let running = World::default().endpoints("main", &[main]).rule("/", it).serve();
    let mut client = connect(running.address);
    assert!((0..8).all(|_| client.get("/").body == "main"));
}

#[test]
fn a_hash_of_the_request_leads_to_one_endpoint() {
    let (endpoints, _) = several();
    let by = |subset| Balance::Hash { by: Template::parse("$request_uri"), subset };
    let hashed = |subset| rule(vec![Backend { balance: by(subset), ..backend("one", 1) }]);
    let running = World::default()
        .endpoints("one", &endpoints)
        .rule("/", hashed(None))
        .rule("/two", hashed(Some(2)))
        .serve();
    let mut all = HashSet::new();
    for number in 0..30 {
        let path = format!("/{number}");
        let mut client = connect(running.address);
        let ends: HashSet<_> = (0..4).map(|_| client.get(&path).body).collect();
        assert_eq!(ends.len(), 1, "{path}");
        all.extend(ends);
    }
    assert_eq!(all.len(), 3);
    let mut client = connect(running.address);
    let ends: HashSet<_> = (0..40).map(|_| client.get("/two").body).collect();
    assert_eq!(ends.len(), 2, "a subset of two");
}

#[test]
fn a_cookie_changes_on_failure_where_it_is_told_to() {
    // The first connection that carries a request breaks, whichever endpoint takes it.
    let broken = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let make = |name: &'static str| {
        let broken = Arc::clone(&broken);
        custom(move |mut peer, seen| {
            while let Some(request) = peer.request() {
                let fails = request.contains("X-Fail")
                    && broken.fetch_add(1, std::sync::atomic::Ordering::Relaxed).is_multiple_of(2);
                seen.requests.lock().unwrap().push(request);
                if fails {
                    return;
                }
                peer.say(&ok(name));
            }
        })
        .0
    };
    let endpoints = [make("a"), make("b")];
    let retried = |change_on_failure| {
        let mut it = rule(vec![sticky("one", 1, Affinity { change_on_failure, ..affinity("k") })]);
        it.retry = Some(Retry { attempts: 2, on_error: true, next_endpoint_only: true, ..Retry::default() });
        it
    };
    let running = World::default()
        .endpoints("one", &endpoints)
        .rule("/change", retried(true))
        .rule("/keep", retried(false))
        .serve();
    for (path, changes) in [("/change", true), ("/keep", false)] {
        let first = ask(running.address, format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        let again = with_cookie(&running, path, &pair(&first), "X-Fail: 1\r\n");
        assert_eq!(again.status, 200, "{path}");
        assert_eq!(
            (again.body != first.body, again.header("set-cookie").is_some()),
            (changes, changes),
            "{path}"
        );
    }
}

#[test]
fn a_rule_may_speak_another_protocol_than_its_service() {
    let (endpoint, seen) = custom(|mut peer, seen| {
        while peer.buffer.len() < 24 && peer.more() {}
        seen.requests.lock().unwrap().push(String::from_utf8_lossy(&peer.buffer).into_owned());
    });
    let spoken = |protocol| rule(vec![Backend { protocol, ..backend("one", 1) }]);
    let running = World::default()
        .speaking(UpstreamProtocol::Http1, "one", &[endpoint])
        .rule("/grpc", spoken(Some(BackendProtocol::H2c)))
        .rule("/", spoken(None))
        .serve();
    for (path, begins) in [("/grpc", "PRI * HTTP/2.0"), ("/plain", "GET /plain HTTP/1.1")] {
        assert_eq!(ask(running.address, format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")).status, 502);
        assert!(seen.last().starts_with(begins), "{}", seen.last());
    }
}
