//! A request's way there and back: heads, bodies, connections, and who answers when it does not work.

use std::net::Shutdown;

use cutover::routing::*;

use crate::{build::*, client::*, upstream::*};

#[test]
fn a_request_reaches_its_backend_and_both_connections_are_kept() {
    let (endpoint, seen) = named("one");
    let running = World::to("one", endpoint).serve();
    let mut client = connect(running.address);
    for _ in 0..3 {
        let answer = client.get("/a//b/../%2e?x=1");
        assert_eq!((answer.status, answer.body.as_str()), (200, "one"));
    }
    assert_eq!(seen.connections(), 1);
    let port = "80";
    let wanted = format!(
        "GET /a//b/../%2e?x=1 HTTP/1.1\r\nhost: shop.example\r\nx-forwarded-for: 127.0.0.1\r\n\
         x-forwarded-proto: http\r\nx-forwarded-host: shop.example\r\nx-forwarded-port: {port}\r\n\r\n"
    );
    assert_eq!(seen.last(), wanted);
    running.wait_for(&["cutover_requests_total{", "code=\"200\",by=\"backend\""], 3.0);
    let text = running.proxy.metrics();
    let series = "cutover_requests_total{side=\"new\",gateway=\"infra/edge\",listener=\"http\",kind=\"HTTPRoute\",\
                  route=\"shop/web\",rule=\"0\",backend=\"shop/one\",port=\"8080\",code=\"200\",by=\"backend\"} 3\n";
    assert!(text.contains(series), "{text}");
    assert!(text.contains("cutover_request_duration_seconds_count{side=\"new\""), "{text}");
}

#[test]
fn headers_of_one_hop_stay_and_forwarded_ones_can_not_be_taken_away() {
    let (endpoint, seen) = answering(|_| {
        "HTTP/1.1 200 Fine\r\nContent-Length: 0\r\nConnection: x-hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n\
         Proxy-Authenticate: Basic\r\nX-End: 1\r\n\r\n"
            .into()
    });
    let running = World::to("one", endpoint).serve();
    let answer = ask(
        running.address,
        "GET / HTTP/1.1\r\nHost: A.Example:8000\r\nConnection: X-Secret, x-forwarded-for\r\nConnection: x-more, te\r\n\
         X-Secret: 1\r\nX-More: 1\r\nKeep-Alive: 5\r\nProxy-Connection: keep-alive\r\nTE: gzip, Trailers\r\nX-End: 1\r\n\
         X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Port: 1\r\n\r\n",
    );
    assert_eq!(
        seen.last(),
        "GET / HTTP/1.1\r\nhost: A.Example:8000\r\nX-End: 1\r\nte: trailers\r\nx-forwarded-for: 127.0.0.1\r\n\
         x-forwarded-proto: http\r\nx-forwarded-host: A.Example:8000\r\nx-forwarded-port: 80\r\n\r\n"
    );
    for gone in ["x-hop", "keep-alive", "proxy-authenticate", "connection"] {
        assert_eq!(answer.header(gone), None, "{gone}");
    }
    assert!(answer.head.starts_with("HTTP/1.1 200 Fine\r\n"), "the reason is the backend's");
    assert_eq!(answer.header("x-end").as_deref(), Some("1"));
    assert!(answer.header("date").is_some(), "a date is added where there is none");
    ask(
        running.address,
        "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\n\r\n",
    );
    assert!(seen.last().contains("x-forwarded-for: 1.1.1.1, 2.2.2.2, 127.0.0.1\r\n"), "{}", seen.last());
}

#[test]
fn who_can_not_be_forwarded_is_told_why() {
    let broken = |problem| {
        let mut it = backend("broken", 1);
        it.problem = Some(problem);
        rule(vec![it])
    };
    let answers = |status, why| {
        let mut it = rule(vec![]);
        it.action = Action::Answer(status, why);
        it
    };
    let world = World { listeners: vec![("http", "*.example")], ..World::default() }
        .rule("/empty", rule(vec![]))
        .rule("/weightless", rule(vec![backend("one", 0)]))
        .rule("/broken", broken(Why::BackendNotFound("Service shop/broken".into())))
        .rule("/filter", answers(500, Why::UnsupportedFilter("ExtensionRef".into())))
        .endpoints("none", &[])
        .rule("/none", rule(vec![backend("none", 1)]))
        .rule("/unknown", rule(vec![backend("unknown", 1)]))
        .endpoints("refusing", &[refusing()])
        .rule("/refusing", rule(vec![backend("refusing", 1)]));
    let running = world.serve();
    let cases = [
        ("a.example", "/nothing", 404, "no rule"),
        ("a.other", "/empty", 404, "no listener"),
        ("a.example", "/empty", 500, "no backendRefs"),
        ("a.example", "/weightless", 500, "all weights are 0"),
        ("a.example", "/broken", 500, "does not exist"),
        ("a.example", "/filter", 500, "a filter is never skipped"),
        ("a.example", "/none", 503, "no endpoint"),
        ("a.example", "/unknown", 503, "nobody knows where"),
        ("a.example", "/refusing", 502, "connection refused"),
    ];
    let mut client = connect(running.address);
    for (host, path, status, why) in cases {
        let answer = client.say(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")).answer().expect(why);
        assert_eq!(answer.status, status, "{why}: {answer:?}");
        assert!(answer.body.starts_with(&status.to_string()), "{answer:?}");
        let code = format!("code=\"{status}\",by=\"proxy\"");
        running.wait_for(&["cutover_requests_total{", &code], 1.0);
    }
    let text = running.proxy.metrics();
    let unmatched =
        "listener=\"\",kind=\"\",route=\"\",rule=\"\",backend=\"\",port=\"\",code=\"404\",by=\"proxy\"} 1\n";
    assert!(text.contains(unmatched), "{text}");
    assert!(text.contains("backend=\"shop/broken\",port=\"8080\",code=\"500\",by=\"proxy\"} 1\n"), "{text}");
}

#[test]
fn bodies_arrive_whole_both_ways_whatever_their_framing() {
    let (endpoint, seen) = answering(|request| {
        let body = request.split_once("\r\n\r\n").unwrap().1;
        format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x};x=y\r\n{body}\r\n0\r\nX-Sum: 1\r\n\r\n",
            body.len()
        )
    });
    let running = World::to("one", endpoint).serve();
    let mut client = connect(running.address);
    for size in [1, 100, 16 * 1024 - 1, 16 * 1024, 70_000, 3_000_000] {
        let body = "x".repeat(size);
        client.say(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n{body}"));
        let answer = client.answer().expect("an answer");
        assert!(answer.body == body, "{size}: {} bytes came back", answer.body.len());
        assert_eq!(answer.trailers, "X-Sum: 1\r\n");
    }
    let answer = client
        .say("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\nHost: b\r\n\r\n")
        .answer()
        .unwrap();
    assert_eq!(answer.status, 200);
    let last = seen.last();
    let (head, body) = last.split_once("\r\n\r\n").unwrap();
    assert!(head.ends_with("transfer-encoding: chunked"), "{head}");
    assert_eq!(
        body, "3\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n",
        "extensions and forbidden trailers are gone"
    );
    assert_eq!(seen.connections(), 1);
}

#[test]
fn an_answer_ends_where_its_framing_says() {
    let cases = [
        ("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 204, "", None, true),
        ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, "", Some("9"), true),
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 200, "", Some("9"), true),
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", Some("0"), true),
        ("GET", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end", 200, "to the end", None, false),
        ("GET", "HTTP/1.0 200 OK\r\n\r\nto the end", 200, "to the end", None, false),
        (
            "GET",
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
            200,
            "x",
            Some("1"),
            true,
        ),
        ("GET", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, "x", Some("1"), false),
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxlate", 200, "x", Some("1"), false),
        ("GET", "HTTP/1.1 204 No Content\r\n\r\nbody", 204, "", None, false),
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", 200, "", Some("4"), false),
    ];
    for (method, text, status, body, length, reused) in cases {
        let (endpoint, seen) = custom(move |mut peer, seen| {
            while let Some(request) = peer.request() {
                peer.say(text);
                let ends = text.contains("to the end");
                if ends {
                    peer.stream.shutdown(Shutdown::Both).unwrap();
                }
                seen.requests.lock().unwrap().push(request);
                if ends {
                    return;
                }
            }
        });
        let running = World::to("one", endpoint).serve();
        let mut client = connect(running.address);
        for n in 1..=2 {
            client.say(format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n"));
            let answer = client.answer_to(method).expect(text);
            assert_eq!((answer.status, answer.body.as_str()), (status, body), "{text}");
            assert_eq!(answer.header("content-length").as_deref(), length, "{text}");
            // What comes too late to be seen before the next request is another matter.
            seen.wait(n);
        }
        assert_eq!(seen.connections() == 1, reused, "{method} {text}: {} connections", seen.connections());
    }
}

#[test]
fn answers_that_two_readers_could_frame_differently_are_not_passed_on() {
    let cases = [
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
        "HTTP/1.1 200 OK\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n folded\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        "HTTP/1.1 999 Odd\r\n\r\n",
        "nonsense\r\n\r\n",
        "",
    ];
    for text in cases {
        let (endpoint, _) = custom(move |mut peer, _| {
            if peer.request().is_some() {
                peer.say(text);
            }
        });
        let running = World::to("one", endpoint).serve();
        let answer = connect(running.address).get("/");
        assert_eq!(answer.status, 502, "{text:?}: {answer:?}");
    }
}
