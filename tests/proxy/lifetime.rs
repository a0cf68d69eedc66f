//! Swaps, binding and unbinding, shutdown, the admin port.

use std::{
    io::ErrorKind,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{build::*, client::*, upstream::*};

#[test]
fn a_thousand_swaps_under_load_fail_no_request() {
    let (a, _) = named("a");
    let (b, _) = named("b");
    let table = |weight: u32| {
        World::default()
            .endpoints("a", &[a])
            .endpoints("b", &[b])
            .rule("/", rule(vec![backend("a", 100 - weight), backend("b", weight)]))
            .snapshot()
    };
    let running = World::to("a", a).serve();
    let stop = AtomicBool::new(false);
    let (good, of_b) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for n in 0..8 {
            let (stop, good, of_b, address) = (&stop, &good, &of_b, running.address);
            scope.spawn(move || {
                let mut client = connect(address);
                while !stop.load(Ordering::Relaxed) {
                    // Some keep their connection, some make a new one each time.
                    if n % 4 == 0 {
                        client = connect(address);
                    }
                    let answer = client.get("/");
                    assert_eq!(answer.status, 200, "{answer:?}");
                    good.fetch_add(1, Ordering::Relaxed);
                    of_b.fetch_add(usize::from(answer.body == "b"), Ordering::Relaxed);
                }
            });
        }
        for n in 0..1000 {
            running.proxy.publish(table(n % 101));
            // So that requests come between two swaps, and not only after the last.
            std::thread::sleep(Duration::from_millis(2));
        }
        stop.store(true, Ordering::Relaxed);
    });
    let (good, of_b) = (good.into_inner(), of_b.into_inner());
    assert!(good > 500 && of_b > 100, "{good} requests, {of_b} to b");
    running.wait_for(&["cutover_requests_total{", "code=\"200\",by=\"backend\""], good as f64);
    assert_eq!(running.metric(&["cutover_requests_total{", "by=\"proxy\""]), 0.0);
    assert!(running.metric(&["cutover_table_swaps_total "]) >= 1000.0);
    println!("{good} requests during 1,000 swaps, {of_b} to b, none failed");
}

#[test]
fn a_swap_is_seen_by_the_next_request_and_not_by_the_one_under_way() {
    let (slow, seen) = answering(|_| {
        // Under way while the table is swapped.
        std::thread::sleep(Duration::from_millis(300));
        ok("old")
    });
    let running = World::to("one", slow).serve();
    let mut client = connect(running.address);
    client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    while seen.connections() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let (new, _) = named("new");
    running.proxy.publish(World::to("two", new).snapshot());
    assert_eq!(connect(running.address).get("/").body, "new");
    assert_eq!(client.answer().unwrap().body, "old", "what was under way keeps its table");
    assert_eq!(client.get("/").body, "new");
    running.proxy.publish(cutover::proxy::Snapshot::default());
    assert_eq!(client.get("/").status, 404, "the port is still bound, the table does not know it");
}

#[test]
fn ports_in_use_are_told_and_unbound_ones_are_free() {
    let (endpoint, _) = named("one");
    let running = World::to("one", endpoint).serve();
    let again = running.proxy.bind(key(81), running.address).unwrap_err();
    assert_eq!(again.kind(), ErrorKind::AddrInUse, "our own sockets count too");
    let mut idle = connect(running.address);
    assert_eq!(idle.get("/").status, 200);
    running.proxy.unbind(&key(80));
    assert!(std::net::TcpStream::connect(running.address).is_err(), "nobody listens");
    assert!(idle.is_over(), "idle connections end at once");
    assert_eq!(running.proxy.bind(key(80), running.address).unwrap(), running.address);
    assert_eq!(connect(running.address).get("/").status, 200);
}

#[test]
fn shutdown_lets_requests_finish_within_the_grace() {
    let (slow, seen) = answering(|request| {
        // Within the grace, or far beyond it.
        std::thread::sleep(Duration::from_millis(if request.contains("/endless") { 5000 } else { 300 }));
        ok("done")
    });
    for (path, finishes) in [("/slow", true), ("/endless", false)] {
        let running = World::to("one", slow).serve();
        let address = running.address;
        let mut idle = connect(address);
        idle.say("GET / HTT");
        let mut client = connect(address);
        let before = seen.connections();
        client.say(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        while seen.connections() == before {
            std::thread::sleep(Duration::from_millis(5));
        }
        let began = Instant::now();
        let stopper = std::thread::spawn(move || running.proxy.shutdown(Duration::from_millis(1500)));
        let answer = client.answer();
        stopper.join().unwrap();
        let took = began.elapsed();
        if finishes {
            let answer = answer.expect("an answer");
            assert_eq!(
                (answer.body.as_str(), answer.header("connection").as_deref()),
                ("done", Some("close"))
            );
            assert!(client.is_over());
        } else {
            assert_eq!(answer, None);
        }
        assert!(took < Duration::from_millis(2500), "{path}: {took:?}");
        assert!(std::net::TcpStream::connect(address).is_err());
    }
}

#[test]
fn a_dropped_proxy_stops_at_once() {
    // A backend that never answers: what it holds has to be let go.
    let (endpoint, seen) = custom(|_, _| std::thread::sleep(Duration::from_mins(1)));
    let running = World::to("one", endpoint).serve();
    let mut client = connect(running.address);
    client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    while seen.connections() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let began = Instant::now();
    drop(running);
    assert_eq!(client.answer(), None);
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[test]
fn the_admin_port_serves_metrics_and_health_and_nothing_else() {
    let (endpoint, _) = named("one");
    let running = World::to("one", endpoint).serve();
    connect(running.address).get("/");
    running.wait_for(&["cutover_requests_total{"], 1.0);
    let admin = running.proxy.serve_admin(local()).unwrap();
    let mut client = connect(admin);
    let answer = client.get("/metrics");
    assert_eq!(answer.header("content-type").as_deref(), Some("text/plain; version=0.0.4"));
    assert!(answer.body.contains("cutover_requests_total{side=\"new\""), "{}", answer.body);
    assert_eq!(client.get("/healthz").body, "ok\n");
    assert_eq!(client.get("/metrics/x").status, 404);
    let post = client.say("POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").answer().unwrap();
    assert_eq!(post.status, 404);
    assert_eq!(running.proxy.serve_admin(admin).unwrap_err().kind(), ErrorKind::AddrInUse);
    drop(running);
    assert!(std::net::TcpStream::connect(admin).is_err());
    let _ = Arc::new(());
}
