//! Connections: pipelining, keep-alive, interim answers, upgrades, early answers, pooled connections that died.

use std::{
    io::{Read as _, Write as _},
    net::Shutdown,
    sync::{Mutex, mpsc::channel},
    time::{Duration, Instant},
};

use crate::{build::*, client::*, upstream::*};

#[test]
fn pipelined_requests_are_answered_in_order() {
    let (endpoint, seen) = answering(|request| ok(request.split(' ').nth(1).unwrap_or_default()));
    let running = World::to("one", endpoint).serve();
    let mut client = connect(running.address);
    let all: String = (0..50)
        .map(|n| match n % 3 {
            0 => format!("GET /{n} HTTP/1.1\r\nHost: a\r\n\r\n"),
            1 => format!("POST /{n} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
            _ => format!(
                "\r\nPUT /{n} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
            ),
        })
        .collect();
    client.say(all);
    for n in 0..50 {
        assert_eq!(client.answer().unwrap().body, format!("/{n}"));
    }
    assert_eq!(seen.connections(), 1);
}

#[test]
fn a_head_may_come_byte_by_byte() {
    let (endpoint, _) = named("one");
    let running = World::to("one", endpoint).serve();
    let mut client = connect(running.address);
    for byte in b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" {
        client.say([*byte]);
        // Nothing tells when a byte was read: this is the time it takes for each to come alone.
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(client.answer().unwrap().body, "one");
}

#[test]
fn who_keeps_a_connection_is_told() {
    let (endpoint, _) = named("one");
    let running = World::to("one", endpoint).serve();
    let cases = [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", None, false, "1.1 keeps by itself"),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", Some("close"), true, "asked to close"),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\nConnection: foo, Close\r\n\r\n",
            Some("close"),
            true,
            "second line",
        ),
        ("GET / HTTP/1.0\r\nHost: a\r\n\r\n", Some("close"), true, "1.0 closes"),
        (
            "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
            Some("keep-alive"),
            false,
            "1.0 asked to keep",
        ),
        ("GET / HTTP/1.0\r\n\r\n", Some("close"), true, "1.0 without Host"),
    ];
    for (text, connection, over, why) in cases {
        let mut client = connect(running.address);
        let answer = client.say(text).answer().expect(why);
        assert_eq!((answer.status, answer.header("connection").as_deref()), (200, connection), "{why}");
        if over {
            assert!(client.is_over(), "{why}");
        } else {
            assert_eq!(client.get("/").status, 200, "{why}");
        }
    }
}

#[test]
fn a_client_of_http_1_0_gets_no_chunks() {
    let (endpoint, _) =
        answering(|_| "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".into());
    let running = World::to("one", endpoint).serve();
    let mut client = connect(running.address);
    let answer = client.say("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n").answer().unwrap();
    assert_eq!(answer.header("transfer-encoding"), None);
    assert_eq!((answer.body.as_str(), answer.header("connection").as_deref()), ("abc", Some("close")));
}

#[test]
fn interim_answers_are_passed_on_to_who_understands_them() {
    let (endpoint, _) = custom(|mut peer, _| {
        while let Some(head) = peer.head() {
            if head.contains("expect: 100-continue") {
                peer.say("HTTP/1.1 100 Continue\r\n\r\n");
            }
            peer.say("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nConnection: x\r\nX: 1\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n");
            while head.contains("POST") && peer.buffer.len() < 3 && peer.more() {}
            peer.buffer.clear();
            peer.say(&ok("done"));
        }
    });
    let running = World::to("one", endpoint).serve();
    let mut client = connect(running.address);
    client.say("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    assert_eq!(client.answer().unwrap().status, 100, "before the body is sent");
    let hints = client.answer().unwrap();
    assert_eq!(
        (hints.status, hints.header("link").as_deref(), hints.header("x")),
        (103, Some("</a.css>"), None)
    );
    assert_eq!(client.answer().unwrap().status, 102);
    assert_eq!(client.say("abc").answer().unwrap().body, "done");
    client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.answer().unwrap().status, 103);
    assert_eq!(client.answer().unwrap().status, 102);
    assert_eq!(client.answer().unwrap().status, 200, "the connection goes on");
    let old = ask(running.address, "GET / HTTP/1.0\r\nHost: a\r\n\r\n");
    assert_eq!(old.status, 200, "HTTP/1.0 knows no 1xx");
}

#[test]
fn an_upgrade_is_a_tunnel_with_two_ends() {
    let (endpoint, seen) = custom(|mut peer, seen| {
        let Some(head) = peer.head() else { return };
        let refuse = head.contains("/refuse");
        seen.requests.lock().unwrap().push(head);
        if refuse {
            peer.say(&ok("no"));
            return;
        }
        peer.say("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Accept: x\r\n\r\nhello ");
        while peer.more() {}
        let echo = String::from_utf8_lossy(&peer.buffer).into_owned();
        peer.say(&format!("you said {echo}"));
    });
    let running = World::to("one", endpoint).serve();
    let mut client = connect(running.address);
    let ask_for = |path: &str, protocol: &str| {
        format!(
            "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: {protocol}\r\n\r\n"
        )
    };
    client.say(ask_for("/", "websocket")).say("at once, ");
    let answer = client.answer().unwrap();
    assert_eq!((answer.status, answer.header("upgrade").as_deref()), (101, Some("WebSocket")));
    assert_eq!(answer.header("connection").as_deref(), Some("upgrade"));
    assert_eq!(answer.header("sec-websocket-accept").as_deref(), Some("x"));
    assert!(seen.last().contains("connection: upgrade\r\nupgrade: websocket\r\n"), "{}", seen.last());
    client.say("and later");
    client.stream.shutdown(Shutdown::Write).unwrap();
    let mut rest = String::from_utf8(client.buffer.clone()).unwrap();
    client.stream.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "hello you said at once, and later", "each direction ends on its own");
    running.wait_for(&["cutover_requests_total{", "code=\"101\",by=\"backend\""], 1.0);

    let mut client = connect(running.address);
    assert_eq!(client.say(ask_for("/refuse", "websocket")).answer().unwrap().body, "no");
    assert_eq!(ask(running.address, ask_for("/", "other")).status, 502, "a protocol that was not asked for");
    let h2c = ask(running.address, ask_for("/", "h2c"));
    assert_eq!(h2c.status, 502, "h2c is not passed on, so the backend's 101 is out of place");
}

#[test]
fn an_early_answer_reaches_a_client_that_is_still_sending() {
    let (answered, read) = channel();
    let read = Mutex::new(read);
    let (endpoint, _) = custom(move |mut peer, _| {
        peer.head();
        peer.say("HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nmuch");
        peer.stream.shutdown(Shutdown::Write).unwrap();
        // Closed with bytes unread: before the answer is read that would be a reset, which may undo it.
        let _ = read.lock().unwrap().recv();
    });
    let running = World::to("one", endpoint).serve();
    for _ in 0..10 {
        let mut client = connect(running.address);
        client.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n");
        let mut writer = client.stream.try_clone().unwrap();
        let sender = std::thread::spawn(move || {
            for _ in 0..1000 {
                if writer.write_all(&[b'x'; 10_000]).is_err() {
                    return;
                }
            }
        });
        let answer = client.answer().expect("the early answer");
        answered.send(()).unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (413, "much"));
        assert_eq!(answer.header("connection").as_deref(), Some("close"));
        sender.join().unwrap();
    }
}

#[test]
fn a_pooled_connection_that_died_costs_an_idempotent_request_nothing() {
    // Each connection answers once, then ends as soon as the next request begins to come.
    let (endpoint, seen) = custom(|mut peer, seen| {
        if let Some(request) = peer.request() {
            seen.requests.lock().unwrap().push(request);
            peer.say(&ok("one"));
            let _ = peer.more();
        }
    });
    let running = World::to("one", endpoint).serve();
    let mut client = connect(running.address);
    for _ in 0..5 {
        assert_eq!(client.get("/").status, 200);
    }
    assert!(seen.connections() >= 5);
    let post = client.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx").answer().unwrap();
    assert_eq!(post.status, 502, "a POST may have been processed");
}

#[test]
fn a_client_that_closed_its_sending_side_still_gets_its_answer() {
    let (closed, held) = channel::<()>();
    let held = Mutex::new(held);
    let (endpoint, _) = answering(move |request| {
        let _ = held.lock().unwrap().recv();
        ok(request.split(' ').nth(1).unwrap_or_default())
    });
    let running = World::to("one", endpoint).serve();
    let mut client = connect(running.address);
    client.say("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    client.stream.shutdown(Shutdown::Write).unwrap();
    drop(closed);
    assert_eq!(client.answer().unwrap().body, "/1");
    assert_eq!(client.answer().unwrap().body, "/2");
    assert!(client.is_over());
    let mut cut = connect(running.address);
    cut.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc");
    cut.stream.shutdown(Shutdown::Write).unwrap();
    assert!(cut.is_over(), "a request that will never be complete has no answer");
}

#[test]
fn a_client_that_leaves_cancels_its_request() {
    let (endpoint, seen) = custom(|mut peer, seen| {
        let Some(request) = peer.request() else { return };
        seen.requests.lock().unwrap().push(request);
        if !peer.more() {
            seen.requests.lock().unwrap().push("the connection ended".into());
        }
    });
    let running = World::to("one", endpoint).serve();
    let mut client = connect(running.address);
    client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    seen.wait(1);
    drop(client);
    // Closed or only its sending side: that looks the same for some seconds.
    seen.wait(2);
    running.wait_for(&["cutover_requests_total{", "code=\"499\",by=\"proxy\""], 1.0);
}

#[test]
fn slow_and_idle_clients_are_left() {
    let (endpoint, _) = named("one");
    let mut options = options();
    options.head_timeout = Duration::from_millis(200);
    options.idle_timeout = Duration::from_millis(400);
    let running = World::to("one", endpoint).serve_with(options);
    let began = Instant::now();
    let mut silent = connect(running.address);
    let mut slow = connect(running.address);
    slow.say("GET / HTTP/1.1\r\nHost");
    let mut idle = connect(running.address);
    assert_eq!(idle.get("/").status, 200);
    assert!(silent.is_over(), "no byte, no answer");
    assert_eq!(slow.answer().unwrap().status, 408);
    assert!(idle.is_over());
    let took = began.elapsed();
    assert!(took > Duration::from_millis(350) && took < Duration::from_secs(3), "{took:?}");
    running.wait_for(&["cutover_connections"], 0.0);
}

#[test]
fn an_answer_that_breaks_off_is_not_made_whole() {
    let (endpoint, _) = custom(|mut peer, _| {
        let Some(request) = peer.request() else { return };
        if request.contains("/chunked") {
            peer.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        } else {
            peer.say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        }
    });
    let running = World::to("one", endpoint).serve();
    for path in ["/chunked", "/length"] {
        let mut client = connect(running.address);
        let answer = client.say(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")).answer();
        assert_eq!(answer, None, "{path}: the client must see that it is not complete");
    }
    running.wait_for(&["cutover_requests_total{", "code=\"502\",by=\"proxy\""], 2.0);
}
