//! Retries and deadlines: Gateway API v1.7 `retry` and `timeouts`.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use cutover::routing::*;

use crate::{build::*, client::*, upstream::*};

fn retried(attempts: u32, codes: &[u16]) -> Rule {
    let mut it = rule(vec![backend("one", 1)]);
    it.retry = Some(Retry {
        attempts,
        codes: codes.into(),
        backoff: Some(Duration::from_millis(5)),
        ..Retry::default()
    });
    it
}

/// Fails with a code so many times, then answers.
fn flaky(times: usize, code: u16) -> (std::net::SocketAddr, std::sync::Arc<Seen>) {
    let count = AtomicUsize::new(0);
    answering(move |request| {
        if count.fetch_add(1, Ordering::Relaxed) < times {
            format!("HTTP/1.1 {code} Broken\r\nContent-Length: 6\r\n\r\nbroken")
        } else {
            ok(request.split_once("\r\n\r\n").unwrap().1)
        }
    })
}

#[test]
fn a_listed_code_is_tried_again_with_the_whole_body() {
    let small = "x".repeat(60_000);
    let large = "x".repeat(70_000);
    let length = |body: &str| format!("Content-Length: {}\r\n\r\n{body}", body.len());
    let cases = [
        (2, 503, retried(2, &[503]), length(""), 200, 3, "two failures, two retries"),
        (2, 503, retried(1, &[503]), length(""), 503, 2, "used up: the last answer as it is"),
        (1, 503, retried(1, &[500]), length(""), 503, 1, "not listed"),
        (1, 503, retried(0, &[503]), length(""), 503, 1, "0 switches it off"),
        (1, 503, rule(vec![backend("one", 1)]), length(""), 503, 1, "no retry"),
        (1, 429, retried(1, &[429]), length("hello"), 200, 2, "a body"),
        (1, 503, retried(1, &[503]), length(&small), 200, 2, "a body that is kept"),
        (1, 503, retried(1, &[503]), length(&large), 503, 1, "a body too large to be kept"),
        (
            1,
            503,
            retried(1, &[503]),
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n".into(),
            200,
            2,
            "chunks",
        ),
        (
            1,
            503,
            retried(1, &[503]),
            format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n", large.len()),
            503,
            1,
            "too many chunks",
        ),
    ];
    for (times, code, rule, body, status, count, why) in cases {
        let (endpoint, seen) = flaky(times, code);
        let running = World::default().endpoints("one", &[endpoint]).rule("/", rule).serve();
        let mut client = connect(running.address);
        let answer = client.say(format!("POST / HTTP/1.1\r\nHost: a\r\n{body}")).answer().expect(why);
        assert_eq!((answer.status, seen.count()), (status, count), "{why}");
        let all = seen.requests.lock().unwrap();
        assert!(all.iter().all(|request| *request == all[0]), "{why}: sent alike each time");
        drop(all);
        assert_eq!(client.get("/").status, 200, "{why}: the connection goes on");
    }
}

#[test]
fn a_body_kept_for_retries_is_asked_for() {
    let (endpoint, seen) = flaky(1, 503);
    let running = World::default().endpoints("one", &[endpoint]).rule("/", retried(1, &[503])).serve();
    let mut client = connect(running.address);
    client.say("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert_eq!(client.answer().unwrap().status, 100);
    assert_eq!(client.say("hello").answer().unwrap().status, 200);
    assert!(!seen.last().contains("expect"), "{}", seen.last());
}

#[test]
fn a_connection_that_is_not_made_is_tried_elsewhere() {
    let (endpoint, _) = named("one");
    let running = World::default()
        .endpoints("one", &[refusing(), endpoint])
        .rule("/retry", retried(1, &[]))
        .rule("/once", rule(vec![backend("one", 1)]))
        .serve();
    let mut client = connect(running.address);
    for _ in 0..10 {
        assert_eq!(client.get("/retry").status, 200);
    }
    let mut codes: Vec<_> = (0..4).map(|_| client.get("/once").status).collect();
    codes.sort_unstable();
    assert_eq!(codes, [200, 200, 502, 502], "without retry each turn of the refusing one fails");
    let posted = client
        .say("POST /retry HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
        .say("x".repeat(100_000));
    assert_eq!(posted.answer().unwrap().status, 200, "nothing of the body was sent to who refused");
}

#[test]
fn deadlines_end_in_504_and_count_all_tries() {
    let (slow, seen) = answering(|request| {
        if !request.contains("/fast") {
            // Beyond each deadline of the cases below.
            std::thread::sleep(Duration::from_millis(400));
        }
        ok("late")
    });
    let timed = |request: u64, backend: u64, attempts: u32| {
        let mut it = retried(attempts, &[503]);
        let time = |ms| (ms > 0).then(|| Duration::from_millis(ms));
        it.timeouts = Timeouts { request: time(request), backend: time(backend), ..Timeouts::default() };
        it
    };
    let running = World::default()
        .endpoints("one", &[slow])
        .rule("/request", timed(100, 0, 0))
        .rule("/backend", timed(0, 100, 0))
        .rule("/tries", timed(0, 60, 2))
        .rule("/both", timed(150, 100, 10))
        .rule("/enough", timed(3000, 3000, 0))
        .serve();
    let cases = [
        ("/request", 504, 100..390, 1),
        ("/backend", 504, 100..390, 1),
        ("/tries", 504, 180..390, 3),
        ("/both", 504, 150..390, 2),
        ("/enough", 200, 390..2000, 1),
    ];
    for (path, status, span, count) in cases {
        let before = seen.count();
        let began = Instant::now();
        let answer = connect(running.address).get(path);
        let took = began.elapsed().as_millis();
        assert_eq!(answer.status, status, "{path}");
        assert!(span.contains(&took), "{path} took {took} ms");
        seen.wait(before + count);
        // Time for one try more: that none comes has no event to wait for.
        std::thread::sleep(Duration::from_millis(450));
        assert_eq!(seen.count() - before, count, "{path}");
    }
    running.wait_for(&["cutover_requests_total{", "code=\"504\",by=\"proxy\""], 4.0);
}

#[test]
fn a_deadline_after_the_head_breaks_the_answer_off() {
    let (endpoint, _) = custom(|mut peer, _| {
        peer.request();
        peer.say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        // The rest of the body comes long after the deadline, which is never.
        std::thread::sleep(Duration::from_secs(5));
    });
    let mut it = rule(vec![backend("one", 1)]);
    it.timeouts.request = Some(Duration::from_millis(150));
    let running = World::default().endpoints("one", &[endpoint]).rule("/", it).serve();
    let began = Instant::now();
    assert_eq!(connect(running.address).say("GET / HTTP/1.1\r\nHost: a\r\n\r\n").answer(), None);
    assert!(began.elapsed() < Duration::from_secs(2));
}
