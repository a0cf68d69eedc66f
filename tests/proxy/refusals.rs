//! What is ambiguous is refused, and the connection closed: nothing of it reaches a backend.

use crate::{build::*, client::*, upstream::*};

#[test]
fn ambiguous_requests_are_refused_and_never_forwarded() {
    let (endpoint, seen) = named("one");
    let running = World::to("one", endpoint).serve();
    let long_line = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(16 * 1024));
    let endless_line = format!("GET /{}", "a".repeat(20 * 1024));
    let large_head = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "a".repeat(65 * 1024));
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: 1\r\n".repeat(100));
    let cases: Vec<(&str, u16, &str)> = vec![
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
            "CL with TE",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
            400,
            "TE with CL",
        ),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400, "another coding"),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
            400,
            "chunked not last",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
            "two TE",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
            400,
            "a space before the colon",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
            400,
            "a vertical tab",
        ),
        ("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "TE on HTTP/1.0"),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            400,
            "two lengths",
        ),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 2\r\n\r\nab", 400, "a list of lengths"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\nab", 400, "a sign"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400, "less than nothing"),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n",
            400,
            "no chunk size",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
            400,
            "a chunk too long",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x\nab\r\n0\r\n\r\n",
            400,
            "LF in an extension",
        ),
        ("GET / HTTP/1.1\r\n\r\n", 400, "no Host"),
        ("GET http://a/ HTTP/1.1\r\n\r\n", 400, "no Host beside a target that names one (RFC 9112, 3.2)"),
        ("GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, "an empty Host"),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "two Host"),
        ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "a path in Host"),
        ("GET / HTTP/1.1\r\nHost: user@a\r\n\r\n", 400, "userinfo in Host"),
        ("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400, "no port"),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "a space in Host"),
        ("GET http://user@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "userinfo in the target"),
        ("GET / HTTP/1.1\nHost: a\n\n", 400, "bare LF"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: 1\n\r\n", 400, "one bare LF"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", 400, "obs-fold"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400, "NUL"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400, "bare CR"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400, "no colon"),
        ("GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400, "no name"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX Y: 1\r\n\r\n", 400, "a space in a name"),
        (" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "a space in front"),
        ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "a space in the target"),
        ("GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n", 400, "raw UTF-8"),
        ("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "a fragment"),
        ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400, "neither path nor URL"),
        ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400, "only OPTIONS asks for *"),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400, "another version"),
        ("GET /\r\n\r\n", 400, "HTTP/0.9"),
        ("\r\n\r\n\r\n\r\n\r\n\r\n", 400, "only empty lines"),
        ("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 501, "no tunnels"),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-maybe\r\nContent-Length: 1\r\n\r\nx",
            417,
            "an unknown expectation",
        ),
        (&long_line, 414, "a long target"),
        (&endless_line, 414, "a line without end"),
        (&large_head, 431, "a large head"),
        (&many, 431, "101 headers"),
    ];
    let count = cases.len();
    for (text, status, why) in cases {
        let mut client = connect(running.address);
        // A second request behind it must not be looked at.
        let answer = client.say(text).say("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n").answer().expect(why);
        assert_eq!(answer.status, status, "{why}: {answer:?}");
        assert_eq!(answer.header("connection").as_deref(), Some("close"), "{why}");
        assert!(client.is_over(), "{why}: the connection goes on");
    }
    let reached: Vec<_> = seen.requests.lock().unwrap().clone();
    assert!(reached.is_empty(), "{reached:?}");
    running.wait_for(&["cutover_requests_total{", "by=\"proxy\""], count as f64);
}

#[test]
fn absolute_form_wins_over_host() {
    let (endpoint, seen) = named("one");
    let running = World { listeners: vec![("http", "a.example")], ..World::to("one", endpoint) }.serve();
    let answer = ask(running.address, "GET http://a.example:81/x?y HTTP/1.1\r\nHost: b.example\r\n\r\n");
    assert_eq!(answer.status, 200);
    assert!(seen.last().starts_with("GET /x?y HTTP/1.1\r\nhost: a.example:81\r\n"), "{}", seen.last());
    let answer = ask(running.address, "GET http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n");
    assert_eq!(answer.status, 404, "the authority of the target counts");
}
