//! Filters and splits: edits, rewrites, redirects, CORS, mirrors, weights.

use std::{sync::Arc, time::Duration};

use cutover::routing::*;

use crate::{build::*, client::*, upstream::*};

#[test]
fn headers_are_edited_by_the_rule_and_then_by_the_backend_ref() {
    let (endpoint, seen) = answering(|_| {
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Gone: 1\r\nX-Set: old\r\nX-Add: old\r\n\r\n".into()
    });
    let mut to = backend("one", 1);
    to.request = edits(&["x-from-rule"], &[], &[("X-Last", "1")]);
    to.response = edits(&[], &[("X-Set", "backend")], &[]);
    let mut it = rule(vec![to]);
    it.request = edits(
        &["X-Gone"],
        &[("X-Set", "rule"), ("X-From-Rule", "1"), ("X-Evil", "a\r\nb: c")],
        &[("X-Add", "rule")],
    );
    it.response = edits(&["x-gone"], &[("X-Set", "rule")], &[("X-Add", "rule")]);
    let running = World::default().endpoints("one", &[endpoint]).rule("/", it).serve();
    let answer =
        ask(running.address, "GET / HTTP/1.1\r\nHost: a\r\nX-Gone: 1\r\nx-set: old\r\nX-Add: old\r\n\r\n");
    let last = seen.last();
    let lines: Vec<_> = last
        .lines()
        .filter(|line| line.to_ascii_lowercase().starts_with("x-") && !line.starts_with("x-forwarded"))
        .collect();
    assert_eq!(lines, ["X-Add: old", "X-Set: rule", "X-Add: rule", "X-Last: 1"], "{last}");
    assert_eq!(answer.header("x-gone"), None);
    assert_eq!(answer.header("x-set").as_deref(), Some("backend"));
    assert_eq!(answer.header("x-add").as_deref(), Some("old, rule"));
}

#[test]
fn paths_and_hosts_are_rewritten_and_the_query_stays() {
    let (endpoint, seen) = named("one");
    let with = |path: Option<PathRewrite>, host: Option<&str>| {
        let mut it = rule(vec![backend("one", 1)]);
        it.rewrite = Some(Rewrite { host: host.map(Into::into), path });
        it
    };
    let running = World::default()
        .endpoints("one", &[endpoint])
        .rule("/prefix", with(Some(PathRewrite::Prefix("/new".into())), None))
        .rule("/full", with(Some(PathRewrite::Full("/fixed".into())), Some("inner.example")))
        .rule("/broken-host", with(None, Some("a\r\nb")))
        .serve();
    let cases = [
        ("/prefix/x?a=b", "GET /new/x?a=b HTTP/1.1\r\nhost: shop.example\r\n"),
        ("/full/x?", "GET /fixed? HTTP/1.1\r\nhost: inner.example\r\n"),
        ("/broken-host", "GET /broken-host HTTP/1.1\r\nhost: shop.example\r\n"),
    ];
    let mut client = connect(running.address);
    for (path, wanted) in cases {
        assert_eq!(client.get(path).status, 200);
        assert!(seen.last().starts_with(wanted), "{}", seen.last());
        assert!(seen.last().contains("x-forwarded-host: shop.example\r\n"), "as the client said it");
    }
}

#[test]
fn a_redirect_is_answered_here() {
    let mut it = rule(vec![]);
    it.action = Action::Redirect(Redirect {
        scheme: Some("https".into()),
        host: None,
        port: None,
        path: None,
        status: 301,
    });
    let running = World::default().rule("/", it).serve();
    let mut client = connect(running.address);
    let answer = client.get("/a?b=c");
    assert_eq!(
        (answer.status, answer.header("location").as_deref()),
        (301, Some("https://shop.example/a?b=c"))
    );
    assert_eq!(answer.header("content-length").as_deref(), Some("0"));
    let answer = client
        .say("POST /x HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 4\r\n\r\nbody")
        .answer()
        .unwrap();
    assert_eq!(answer.status, 301);
    assert_eq!(client.get("/").status, 301, "the short body was read, the connection goes on");
    running.wait_for(
        &["cutover_requests_total{", "rule=\"0\",backend=\"\",port=\"\",code=\"301\",by=\"proxy\""],
        3.0,
    );
}

#[test]
fn a_preflight_is_answered_here_and_answers_get_the_headers() {
    let (endpoint, seen) = answering(|_| {
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nAccess-Control-Allow-Origin: backend\r\nVary: accept\r\n\r\n"
            .into()
    });
    let mut it = rule(vec![backend("one", 1)]);
    it.cors = Some(Cors {
        origins: ["https://good.example".into()].into(),
        methods: ["GET".into()].into(),
        max_age: 5,
        ..Cors::default()
    });
    let running = World::default().endpoints("one", &[endpoint]).rule("/", it).serve();
    let ask_from = |method: &str, origin: &str, more: &str| {
        ask(running.address, format!("{method} / HTTP/1.1\r\nHost: a\r\nOrigin: {origin}\r\n{more}\r\n"))
    };
    let preflight = "Access-Control-Request-Method: GET\r\n";
    let good = ask_from("OPTIONS", "https://good.example", preflight);
    assert_eq!(good.status, 204);
    assert_eq!(good.header("access-control-allow-origin").as_deref(), Some("https://good.example"));
    assert_eq!(good.header("access-control-max-age").as_deref(), Some("5"));
    let bad = ask_from("OPTIONS", "https://bad.example", preflight);
    assert_eq!((bad.status, bad.header("access-control-allow-origin")), (204, None));
    assert_eq!(seen.count(), 0, "no preflight reaches the backend");
    let plain = ask_from("GET", "https://good.example", "");
    assert_eq!(
        plain.header("access-control-allow-origin").as_deref(),
        Some("https://good.example"),
        "ours counts"
    );
    assert_eq!(plain.header("vary").as_deref(), Some("accept, origin"), "Vary only grows");
    let options = ask_from("OPTIONS", "https://good.example", "");
    assert_eq!((options.status, seen.count()), (200, 2), "an OPTIONS that asks nothing is no preflight");
    let _ = options;
}

#[test]
fn mirrors_get_copies_and_never_slow_the_request() {
    let (endpoint, seen) = answering(|request| ok(&request.len().to_string()));
    let (copies, copied) = named("copy");
    // Longer than the test: whoever waits for this mirror fails it.
    let (stuck, _) = custom(|_, _| std::thread::sleep(Duration::from_mins(1)));
    let to = |name: &str, part, whole| Mirror { fraction: (part, whole), ..Mirror::new(backend_id(name)) };
    let mut it = rule(vec![backend("one", 1)]);
    it.mirrors = [
        to("copy", 1, 1),
        to("stuck", 1, 1),
        to("refusing", 1, 1),
        to("never", 0, 100),
        Mirror { problem: Some(Why::BackendNotFound("x".into())), ..to("missing", 1, 1) },
    ]
    .into();
    let running = World::default()
        .endpoints("one", &[endpoint])
        .endpoints("copy", &[copies])
        .endpoints("stuck", &[stuck])
        .endpoints("refusing", &[refusing()])
        .endpoints("never", &[copies])
        .rule("/", it)
        .serve();
    let mut client = connect(running.address);
    let began = std::time::Instant::now();
    let big = "x".repeat(2_000_000);
    let bodies = [
        "Content-Length: 0\r\n\r\n".to_owned(),
        "Content-Length: 5\r\n\r\nhello".to_owned(),
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n".to_owned(),
        format!("Content-Length: {}\r\n\r\n{big}", big.len()),
    ];
    for (at, body) in bodies.iter().enumerate() {
        let answer = client.say(format!("POST /{at} HTTP/1.1\r\nHost: a\r\n{body}")).answer().unwrap();
        assert_eq!(answer.status, 200);
    }
    assert!(began.elapsed() < Duration::from_secs(5), "the stuck receiver costs nothing");
    copied.wait(3);
    let mut main: Vec<_> = seen.requests.lock().unwrap().clone();
    main.truncate(3);
    let mut copies: Vec<_> = copied.requests.lock().unwrap().iter().take(3).cloned().collect();
    copies.sort_by_key(|request| main.iter().position(|other| other == request));
    assert_eq!(copies, main, "byte for byte");
    running.wait_for(&["cutover_mirror_requests_total{", "outcome=\"failed\""], 4.0);
    running.wait_for(&["cutover_mirror_requests_total{", "outcome=\"dropped\""], 4.0);
    running.wait_for(&["cutover_mirror_requests_total{", "outcome=\"sent\""], 3.0);
}

#[test]
fn weights_are_shares_and_endpoints_take_turns() {
    let (a, seen_a) = named("a");
    let (b, seen_b) = named("b");
    let (b2, seen_b2) = named("b2");
    let running = World::default()
        .endpoints("a", &[a])
        .endpoints("b", &[b, b2])
        .rule("/", rule(vec![backend("a", 9), backend("none", 0), backend("b", 1)]))
        .serve();
    let mut client = connect(running.address);
    for _ in 0..2000 {
        assert_eq!(client.get("/").status, 200);
    }
    let to_b = seen_b.count() + seen_b2.count();
    assert_eq!(seen_a.count() + to_b, 2000);
    assert!((130..=270).contains(&to_b), "{to_b} of 2000 instead of 200");
    assert!(seen_b.count().abs_diff(seen_b2.count()) <= 1, "{} and {}", seen_b.count(), seen_b2.count());
    let _ = Arc::strong_count(&seen_a);
}
