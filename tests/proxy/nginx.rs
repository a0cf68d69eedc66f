//! A port that reads requests as nginx does, beside one that reads them by the letter.

use cutover::routing::*;

use crate::{build::*, client::*, policy::*, upstream::*};

fn world(policy: Policy) -> (World, std::sync::Arc<Seen>) {
    let (endpoint, seen) = named("one");
    let names = Names::Plain { underscores: false };
    let request = [("Host".into(), Template::parse("$best_http_host"))].into();
    let policy = Policy { names, request, ..policy };
    (World::default().endpoints("one", &[endpoint]).rule("/", guarded(policy)), seen)
}

#[test]
fn what_nginx_takes_or_refuses_is_taken_or_refused_and_the_strict_reader_stays_strict() {
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(8300));
    let far = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(8300));
    // The request; its status by nginx, and by the letter.
    let cases: [(&str, u16, u16); 14] = [
        ("GET / HTTP/1.2\nHost: a\n\n", 200, 400),
        ("GET /caf\u{e9}#x HTTP/1.1\r\nHost: a\r\n\r\n", 200, 400),
        ("GET / HTTP/1.1\r\nHost: a:x\r\n\r\n", 200, 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nx[a]: 1\r\n\r\n", 200, 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", 200, 417),
        ("GET /../a HTTP/1.1\r\nHost: a\r\n\r\n", 400, 200),
        ("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400, 200),
        ("get / HTTP/1.1\r\nHost: a\r\n\r\n", 400, 200),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400, 200),
        ("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405, 200),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501, 400),
        (&long, 400, 200),
        (&far, 414, 200),
    ];
    let (by_nginx, by_letter) = (world(html()).0.reading_as_nginx().serve(), world(html()).0.serve());
    for (request, nginx, letter) in cases {
        let what = &request[..request.len().min(60)];
        let answer = ask(by_nginx.address, request);
        assert_eq!(answer.status, nginx, "nginx: {what:?}");
        if nginx != 200 {
            assert_eq!(answer.header("content-type").as_deref(), Some("text/html"), "{what:?}");
            assert!(answer.body.starts_with("<html>"), "{what:?}");
        }
        assert_eq!(ask(by_letter.address, request).status, letter, "the letter: {what:?}");
    }
}

#[test]
fn nothing_is_smuggled_through_what_is_read_loosely() {
    let cases = [
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nX: b\rContent-Length: 5\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /a\rb HTTP/1.1\r\nHost: a\r\n\r\n",
    ];
    let (world, seen) = world(html());
    let running = world.reading_as_nginx().serve();
    for request in cases {
        let mut client = connect(running.address);
        let answer = client.say(request).answer().unwrap();
        assert!(matches!(answer.status, 400 | 501), "{request:?}: {}", answer.status);
        assert!(client.is_over(), "nothing more is read after {request:?}");
    }
    assert_eq!(seen.count(), 0, "no backend saw any");
}

#[test]
fn a_backend_gets_what_nginx_would_send() {
    let (world, seen) = world(html());
    let running = world.reading_as_nginx().serve();
    let mut client = connect(running.address);
    // The request, and the lines of it that the backend sees in this order.
    let cases: [(&str, &[&str]); 5] = [
        (
            "GET http://b.example/x?y#z HTTP/1.1\r\nHost: a.example:x\r\n\r\n",
            &["GET /x?y#z HTTP/1.1", "host: a.example:x"],
        ),
        (
            "GET / HTTP/1.1\nHost: a\nConnection: X-A, keep-alive\nX-A: 1\nTE: trailers\nKeep-Alive: 1\nProxy-Connection: x\n\n",
            &["GET / HTTP/1.1", "host: a", "X-A: 1", "Proxy-Connection: x"],
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nX-T: 1\r\n\r\n",
            &["POST / HTTP/1.1", "host: a", "content-length: 5", "", "hello"],
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nhi",
            &[
                "POST / HTTP/1.1",
                "host: a",
                "connection: upgrade",
                "upgrade: websocket",
                "content-length: 2",
                "",
                "hi",
            ],
        ),
        ("GET /last HTTP/1.1\r\nHost: a\r\n\r\n", &["GET /last HTTP/1.1", "host: a"]),
    ];
    for (request, wanted) in cases {
        assert_eq!(client.say(request).answer().unwrap().status, 200, "{request:?}");
        let last = seen.last();
        let mut lines: Vec<_> = last.lines().collect();
        while lines.last() == Some(&"") {
            lines.pop();
        }
        assert_eq!(lines, wanted, "{request:?}");
    }
}

#[test]
fn a_body_in_chunks_gets_a_length_unless_it_is_streamed_or_too_long_to_keep() {
    let cases = [
        (false, None, 100_000, Some("content-length: 100000"), "read first"),
        (true, None, 100_000, None, "streamed by its rule"),
        (false, None, 3_000_000, None, "too long to keep"),
    ];
    for (streams, max_body, length, wanted, why) in cases {
        let (world, seen) = world(Policy { streams, max_body, ..html() });
        let running = world.reading_as_nginx().serve();
        let mut client = connect(running.address);
        client.say("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        for at in (0..length).step_by(10_000) {
            let piece = 10_000.min(length - at);
            client.say(format!("{piece:x}\r\n{}\r\n", "z".repeat(piece)));
        }
        assert_eq!(client.say("0\r\n\r\n").answer().unwrap().status, 200, "{why}");
        let last = seen.last();
        let head: Vec<_> = last.lines().take_while(|line| !line.is_empty()).collect();
        assert_eq!(head.contains(&"transfer-encoding: chunked"), wanted.is_none(), "{why}: {head:?}");
        assert!(wanted.is_none_or(|wanted| head.contains(&wanted)), "{why}: {head:?}");
        assert_eq!(last.matches('z').count(), length, "{why}: all of it arrived");
        assert_eq!(client.get("/next").status, 200, "{why}: the connection goes on");
    }
    let (world, seen) = world(Policy { max_body: Some(10), ..html() });
    let running = world.reading_as_nginx().serve();
    let large =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n";
    assert_eq!(ask(running.address, large).status, 413, "larger than the rule allows");
    assert_eq!(seen.count(), 0, "no backend saw it");
}

#[test]
fn the_proxy_says_100_itself() {
    let (world, seen) = world(html());
    let running = world.reading_as_nginx().serve();
    let mut client = connect(running.address);
    client.say("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert_eq!(client.answer().unwrap().status, 100, "before a backend says anything");
    assert_eq!(client.say("hello").answer().unwrap().status, 200);
    assert!(!seen.last().to_lowercase().contains("expect"), "{}", seen.last());
}

#[test]
fn a_backend_s_head_has_to_fit_and_http_1_0_is_spoken_when_wanted() {
    let (endpoint, seen) =
        answering(|_| format!("HTTP/1.1 200 OK\r\nX-Big: {}\r\nContent-Length: 0\r\n\r\n", "b".repeat(5000)));
    for (max_answer_head, wanted) in [(Some(4096), 502), (Some(8192), 200), (None, 200)] {
        let policy = Policy { max_answer_head, http_1_0: true, ..html() };
        let running = World::default().endpoints("one", &[endpoint]).rule("/", guarded(policy)).serve();
        assert_eq!(connect(running.address).get("/").status, wanted, "{max_answer_head:?}");
        assert!(seen.last().starts_with("GET / HTTP/1.0\r\n"), "{}", seen.last());
    }
}

#[test]
fn who_may_ask_counts_where_no_path_is_served_too() {
    let access = Access {
        sources: Sources { allow: Box::default(), deny: ["127.0.0.0/8".parse().unwrap()].into() },
        ..Access::default()
    };
    let why = || Why::Said("no Ingress has this path".into());
    for (status, wanted) in [(404, 403), (503, 503)] {
        let rule = Rule {
            action: Action::Answer(status, why()),
            ..guarded(Policy { access: access.clone(), ..html() })
        };
        let running = World::default().rule("/", rule).reading_as_nginx().serve();
        assert_eq!(connect(running.address).get("/").status, wanted, "{status}");
    }
}
