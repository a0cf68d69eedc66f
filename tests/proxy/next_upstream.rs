//! nginx's further tries and its times between two signs of life, and copies with a target of their own.

use std::{
    sync::Arc,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use cutover::routing::*;

use crate::{build::*, client::*, upstream::*};

/// nginx's retries: three tries, for errors and timeouts unless said otherwise.
fn next(change: impl FnOnce(&mut Retry)) -> Rule {
    let mut retry =
        Retry { attempts: 2, on_error: true, on_timeout: true, next_endpoint_only: true, ..Retry::default() };
    change(&mut retry);
    Rule { retry: Some(retry), ..rule(vec![backend("one", 1)]) }
}

/// Closes, or answers 503, so many times; then answers well.
fn failing(times: usize, closes: bool) -> (std::net::SocketAddr, Arc<Seen>) {
    let count = AtomicUsize::new(0);
    custom(move |mut peer, seen| {
        while let Some(request) = peer.request() {
            seen.requests.lock().unwrap().push(request);
            match (count.fetch_add(1, Ordering::Relaxed) < times, closes) {
                (true, true) => return,
                (true, false) => peer.say("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"),
                (false, _) => peer.say(&ok("well")),
            }
        }
    })
}

#[test]
fn what_is_tried_again_is_what_is_named() {
    let usual = || next(|_| {});
    let code = || next(|retry| retry.codes = [503].into());
    let off = || next(|retry| retry.attempts = 0);
    let any = || next(|retry| retry.non_idempotent = true);
    let only_code = || {
        next(|retry| {
            (retry.codes, retry.on_error, retry.on_timeout) = ([503].into(), false, false);
        })
    };
    let cases = [
        (usual(), "GET", 1, true, 200, 2, "closed once"),
        (usual(), "PUT", 1, true, 200, 2, "PUT may be repeated"),
        (usual(), "POST", 1, true, 502, 1, "POST not"),
        (any(), "POST", 1, true, 200, 2, "unless it is told to"),
        (usual(), "GET", 9, true, 502, 3, "closed each time"),
        (usual(), "GET", 1, false, 503, 1, "a code that is not named"),
        (code(), "GET", 1, false, 200, 2, "a code that is"),
        (code(), "POST", 1, false, 503, 1, "not for POST"),
        (code(), "GET", 9, false, 503, 3, "the last answer is given"),
        (off(), "GET", 1, true, 502, 1, "off"),
        (only_code(), "GET", 1, true, 502, 1, "a code alone is no error"),
    ];
    for (rule, method, times, closes, status, count, why) in cases {
        let (endpoint, seen) = failing(times, closes);
        let running = World::default().endpoints("one", &[endpoint]).rule("/", rule).serve();
        let answer =
            ask(running.address, format!("{method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"));
        assert_eq!((answer.status, seen.count()), (status, count), "{why}");
        let all = seen.requests.lock().unwrap();
        assert!(all.iter().all(|request| request.ends_with("hi")), "{why}: the body each time");
    }
}

#[test]
fn a_dead_endpoint_is_passed_over_for_post_too() {
    let (endpoint, _) = named("one");
    let only_code = next(|retry| (retry.on_error, retry.codes) = (false, [503].into()));
    let running = World::default()
        .endpoints("one", &[refusing(), endpoint])
        .rule("/", next(|_| {}))
        .rule("/code", only_code)
        .serve();
    for _ in 0..10 {
        let text = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";
        assert_eq!(ask(running.address, text).status, 200);
    }
    let mut client = connect(running.address);
    let mut codes: Vec<_> = (0..4).map(|_| client.get("/code").status).collect();
    codes.sort_unstable();
    assert_eq!(codes, [200, 200, 502, 502], "an error that is not named");
}

#[test]
fn a_silent_backend_is_left_after_its_time_and_a_slow_one_is_not() {
    let (silent, seen) = custom(|mut peer, seen| {
        while let Some(request) = peer.request() {
            let slow = request.starts_with("GET /slow");
            seen.requests.lock().unwrap().push(request);
            if slow {
                peer.say("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n");
                for letter in ["s", "l", "o", "w", "l", "y"] {
                    std::thread::sleep(Duration::from_millis(90));
                    peer.say(letter);
                }
            }
        }
    });
    let timed = || {
        let mut it = next(|_| {});
        it.timeouts.read_idle = Some(Duration::from_millis(150));
        it
    };
    let running = World::default().endpoints("one", &[silent]).rule("/", timed()).serve();
    let cases = [
        ("GET /silent", 504, 3, 450..1500, "each try has its time"),
        ("POST /silent", 504, 1, 150..440, "POST is not tried again"),
        ("GET /slow", 200, 1, 540..2000, "a sign of life now and then"),
    ];
    for (line, status, tries, span, why) in cases {
        let (before, began) = (seen.count(), Instant::now());
        let answer = ask(running.address, format!("{line} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"));
        let took = began.elapsed().as_millis();
        assert_eq!((answer.status, seen.count() - before), (status, tries), "{why}");
        assert!(span.contains(&took), "{why}: {took} ms");
    }
}

#[test]
fn a_copy_may_have_a_target_a_host_and_no_body() {
    let ((one, _), (shadow, copies)) = (named("one"), named("shadow"));
    let copied = |target: &str, without_body| copied_as(target, without_body, Speech::Lasting);
    fn copied_as(target: &str, without_body: bool, speech: Speech) -> Rule {
        let mirror = Mirror {
            target: Some(Template::parse(target)),
            host: Some(Template::parse("shadow.shop.svc.cluster.local")),
            without_body,
            speech,
            ..Mirror::new(backend_id("shadow"))
        };
        Rule { mirrors: [mirror].into(), ..rule(vec![backend("one", 1)]) }
    }
    let running = World::default()
        .endpoints("one", &[one])
        .endpoints("shadow", &[shadow])
        .rule("/same", copied("$request_uri", false))
        .rule("/fixed", copied("/copy", false))
        .rule("/bare", copied("$request_uri", true))
        .rule("/once", copied_as("/", false, Speech::Single))
        .rule("/old", copied_as("/", false, Speech::Old))
        .serve();
    let host = "host: shadow.shop.svc.cluster.local\r\nX-Mine: 1\r\n";
    let cases = [
        ("GET /same/a?b=c", "", format!("GET /same/a?b=c HTTP/1.1\r\n{host}\r\n")),
        ("POST /same", "hello", format!("POST /same HTTP/1.1\r\n{host}content-length: 5\r\n\r\nhello")),
        ("GET /fixed/x", "", format!("GET /copy HTTP/1.1\r\n{host}\r\n")),
        ("POST /bare", "hello", format!("POST /bare HTTP/1.1\r\n{host}\r\n")),
        ("GET /once", "", format!("GET / HTTP/1.1\r\nconnection: close\r\n{host}\r\n")),
        (
            "POST /old",
            "hello",
            format!("POST / HTTP/1.0\r\nconnection: close\r\n{host}content-length: 5\r\n\r\nhello"),
        ),
    ];
    for (at, (line, body, wanted)) in cases.into_iter().enumerate() {
        let length =
            if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        let answer =
            ask(running.address, format!("{line} HTTP/1.1\r\nHost: a\r\nX-Mine: 1\r\n{length}\r\n{body}"));
        assert_eq!((answer.status, answer.body.as_str()), (200, "one"));
        copies.wait(at + 1);
        assert_eq!(copies.last(), wanted);
    }
}
