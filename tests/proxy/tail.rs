//! Requests seen from beside: what is recorded of each, what is lost, and that nobody waits for who watches.

use std::time::{Duration, Instant, SystemTime};

use cutover::{
    proxy::{Batch, Record, Tail},
    routing::*,
};

use crate::{build::*, client::*, upstream::*};

/// Takes until there are so many.
fn take(tail: &Tail, count: usize) -> Vec<Record> {
    let begun = Instant::now();
    let mut records = Vec::new();
    while records.len() < count {
        let Batch { records: more, lost } = tail.take();
        assert_eq!(lost, 0);
        records.extend(more);
        assert!(begun.elapsed() < Duration::from_secs(10), "{count} records; there are {records:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
    records
}

fn until_closed(client: &mut Client) {
    let mut rest = Vec::new();
    let _ = std::io::Read::read_to_end(&mut client.stream, &mut rest);
}

fn world() -> World {
    let (endpoint, _) = named("one");
    let (cut, _) = custom(|mut peer, _| {
        peer.request();
        peer.say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    });
    let mut away = rule(vec![]);
    away.action = Action::Redirect(Redirect {
        scheme: None,
        host: Some("else.example".into()),
        port: None,
        path: None,
        status: 302,
    });
    World { listeners: vec![("http", "*.example")], ..World::default() }
        .endpoints("one", &[endpoint])
        .endpoints("cut", &[cut])
        .rule("/one", rule(vec![backend("one", 1)]))
        .rule("/cut", rule(vec![backend("cut", 1)]))
        .rule("/none", rule(vec![backend("none", 1)]))
        .rule("/away", away)
}

#[test]
fn each_request_is_recorded_with_who_answered_and_what_went_wrong() {
    let running = world().serve();
    let tail = running.proxy.tail();
    let watching = tail.watch();
    // Request, then status, by the proxy, rule, backend, bytes and problem.
    let cases = [
        ("GET /one/a%2F?b=c", "a.example", 200, false, Some(0), Some("one"), 3, None),
        ("GET /away", "a.example", 302, true, Some(3), None, 0, None),
        (
            "GET /none",
            "a.example",
            503,
            true,
            Some(2),
            Some("none"),
            39,
            Some("the backend has no ready endpoint"),
        ),
        ("GET /nothing", "a.example", 404, true, None, None, 33, Some("no route takes this request")),
        ("HEAD /nothing", "a.example", 404, true, None, None, 0, Some("no route takes this request")),
        ("GET /one", "a.other", 404, true, None, None, 33, Some("no listener takes this host")),
        ("GET /cut", "a.example", 502, true, Some(1), Some("cut"), 4, Some("the answer was cut short")),
    ];
    for (line, host, status, by_proxy, rule, backend, bytes, problem) in cases {
        let before = SystemTime::now();
        let mut client = connect(running.address);
        client.say(format!("{line} HTTP/1.1\r\nHost: {host}\r\nX-V: v2\r\nConnection: close\r\n\r\n"));
        until_closed(&mut client);
        let [record] = &take(&tail, 1)[..] else { panic!("one record") };
        let (method, target) = line.split_once(' ').unwrap();
        assert_eq!((record.head.method(), record.head.target(), record.head.host()), (method, target, host));
        assert_eq!((record.status, record.by_proxy), (status, by_proxy), "{line}");
        assert_eq!(record.rule.as_ref().map(|rule| rule.index), rule, "{line}");
        assert_eq!(record.backend.as_ref().map(|id| &*id.service.name), backend, "{line}");
        assert_eq!(record.bytes, bytes, "{line}");
        assert_eq!(record.problem.as_deref(), problem, "{line}");
        assert_eq!(record.listener.as_deref(), (host == "a.example").then_some("http"), "{line}");
        assert_eq!((record.client, record.encrypted), (client.stream.local_addr().unwrap(), false), "{line}");
        assert_eq!(record.port, key(80), "{line}");
        assert!(record.at >= before && record.at + record.took <= SystemTime::now(), "{line}");
        assert!(record.head.headers().any(|header| header == ("X-V", "v2")), "{line}");
    }
    drop(watching);
}

#[test]
fn what_can_not_be_read_as_a_request_is_recorded_too() {
    let running = world().serve();
    let tail = running.proxy.tail();
    let _watching = tail.watch();
    let mut client = connect(running.address);
    client.say("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
    until_closed(&mut client);
    let [record] = &take(&tail, 1)[..] else { panic!("one record") };
    assert_eq!((record.status, record.by_proxy, record.head.method()), (400, true, ""));
    assert_eq!(record.problem.as_deref(), Some("there are two Host headers"));
}

#[test]
fn a_client_that_leaves_before_the_answer_is_recorded_as_499() {
    let (endpoint, seen) = custom(|mut peer, seen| {
        let request = peer.request().unwrap();
        seen.requests.lock().unwrap().push(request);
        while peer.more() {}
    });
    let running = World::to("one", endpoint).serve();
    let tail = running.proxy.tail();
    let _watching = tail.watch();
    let mut client = connect(running.address);
    client.say("GET /left HTTP/1.1\r\nHost: a\r\n\r\n");
    seen.wait(1);
    // A reset: there is no doubt that it is gone.
    socket2::SockRef::from(&client.stream).set_linger(Some(Duration::ZERO)).unwrap();
    drop(client);
    let [record] = &take(&tail, 1)[..] else { panic!("one record") };
    assert_eq!((record.status, record.by_proxy, record.head.target()), (499, true, "/left"));
    assert_eq!(record.problem.as_deref(), Some("the client left before the answer"));
}

#[test]
fn nothing_is_recorded_while_nobody_watches() {
    let running = world().serve();
    let tail = running.proxy.tail();
    let get = |target: &str| {
        let mut client = connect(running.address);
        client.say(format!("GET {target} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"));
        until_closed(&mut client);
    };
    get("/one/before");
    let first = tail.watch();
    let second = tail.watch();
    get("/one/while");
    drop(first);
    get("/one/still");
    drop(second);
    get("/one/after");
    // Counted at the same place: all four are over.
    running.wait_for(&["cutover_requests_total{", "code=\"200\",by=\"backend\""], 4.0);
    let targets: Vec<_> = take(&tail, 2).iter().map(|record| record.head.target().to_owned()).collect();
    assert_eq!(targets, ["/one/while", "/one/still"]);
    assert!(tail.take().records.is_empty());
}

#[test]
fn what_nobody_takes_is_counted_and_holds_up_no_request() {
    let running =
        World::to("one", named("one").0).serve_with(cutover::proxy::Options { workers: 1, ..options() });
    let tail = running.proxy.tail();
    let _watching = tail.watch();
    let mut client = connect(running.address);
    const COUNT: usize = 5000;
    for nth in 0..COUNT {
        assert_eq!(client.get(&format!("/{nth}")).status, 200);
    }
    running.wait_for(&["cutover_requests_total{", "code=\"200\""], COUNT as f64);
    let Batch { records, lost } = tail.take();
    assert_eq!((records.len(), lost), (4096, COUNT as u64 - 4096));
    assert_eq!(records[0].head.target(), format!("/{}", COUNT - 4096), "the newest are kept");
    assert_eq!(records.last().unwrap().head.target(), format!("/{}", COUNT - 1));
    assert!(records.is_sorted_by_key(|record| record.at + record.took));
}
