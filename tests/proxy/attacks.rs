//! What hostile or broken peers do over HTTP/1.1: desync, stalls, disguises, and headers that would break the framing.

use std::{
    io::{Read as _, Write as _},
    sync::{Mutex, mpsc::channel},
    time::{Duration, Instant},
};

use cutover::{proxy::Options, routing::*};

use crate::{build::*, client::*, upstream::*};

#[test]
fn a_body_that_should_not_be_there_never_meets_the_next_request() {
    // The body comes a moment after the head that must have none.
    for (method, head) in [
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 45\r\n\r\n"),
        ("GET", "HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", "HTTP/1.1 304 Not Modified\r\n\r\n"),
    ] {
        let (endpoint, seen) = custom(move |mut peer, seen| {
            while let Some(request) = peer.request() {
                if request.contains("/evil") {
                    peer.say(head);
                    peer.say("HTTP/1.1 200 Evil\r\nContent-Length: 4\r\n\r\nevil");
                } else {
                    peer.say(&ok("good"));
                }
                seen.requests.lock().unwrap().push(request);
            }
        });
        let running = World::to("one", endpoint).serve_with(Options { workers: 1, ..options() });
        for n in 0..20 {
            let mut client = connect(running.address);
            client.say(format!("{method} /evil HTTP/1.1\r\nHost: a\r\n\r\n"));
            client.answer_to(method).unwrap();
            // What comes later than the next request is its answer, for all that HTTP/1.1 can tell.
            seen.wait(2 * n + 1);
            assert_eq!(client.get("/").body, "good", "{method} {head}");
            seen.wait(2 * n + 2);
        }
        assert!(seen.connections() > 1);
    }
}

#[test]
fn early_answers_and_pipelines_do_not_slip() {
    // The answer comes before the body; what the client sends behind it is not a request.
    let (endpoint, seen) = custom(|mut peer, seen| {
        while let Some(head) = peer.head() {
            seen.requests.lock().unwrap().push(head.clone());
            peer.say(&ok("early"));
            if head.contains("content-length") {
                return;
            }
        }
    });
    let running = World::to("one", endpoint).serve();
    let mut client = connect(running.address);
    client.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n");
    let answer = client.answer().unwrap();
    assert_eq!((answer.body.as_str(), answer.header("connection").as_deref()), ("early", Some("close")));
    client.say("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(client.is_over(), "the rest of the body is not read as a request");
    assert_eq!(seen.count(), 1);
    // A refused upgrade: bytes said too early are the next request, as they are for the backend.
    let mut client = connect(running.address);
    client.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.answer().unwrap().status, 200);
    assert_eq!(client.answer().unwrap().status, 200);
    assert_eq!(seen.count(), 3);
    // An upgrade with a body is none.
    let mut client = connect(running.address);
    client.say("POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n\r\nabc");
    assert_eq!(client.answer().unwrap().status, 200);
    assert!(!seen.last().contains("upgrade"), "{}", seen.last());
}

#[test]
fn floods_of_a_backend_have_bounds() {
    let (endpoint, _) = custom(|mut peer, _| {
        let Some(request) = peer.request() else { return };
        let path = request.split(' ').nth(1).unwrap().to_owned();
        let say = |peer: &mut Peer, text: &str| peer.stream.write_all(text.as_bytes()).is_ok();
        match path.as_str() {
            "/interim" => while say(&mut peer, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n") {},
            "/continue" => while say(&mut peer, "HTTP/1.1 100 Continue\r\n\r\n") {},
            "/head" => {
                say(&mut peer, "HTTP/1.1 200 OK\r\n");
                while say(
                    &mut peer,
                    "X-Bomb: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
                ) {}
            }
            "/line" => {
                say(&mut peer, "HTTP/1.1 200 OK\r\nX-Bomb: ");
                while say(
                    &mut peer,
                    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                ) {}
            }
            "/extension" => {
                say(&mut peer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;");
                while say(
                    &mut peer,
                    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                ) {}
            }
            "/trailers" => {
                say(&mut peer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
                while say(
                    &mut peer,
                    "X-Bomb: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
                ) {}
            }
            _ => {}
        }
    });
    let running = World::to("one", endpoint).serve();
    for (path, wanted) in [
        ("/interim", Some(502)),
        ("/continue", Some(502)),
        ("/head", Some(502)),
        ("/line", Some(502)),
        ("/extension", None),
        ("/trailers", None),
    ] {
        let mut client = connect(running.address);
        client.say(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        let last = loop {
            match client.answer() {
                Some(answer) if answer.status < 200 => {}
                other => break other,
            }
        };
        assert_eq!(last.map(|answer| answer.status), wanted, "{path}");
    }
    running.wait_for_zero(&["cutover_upstream_connections "]);
}

#[test]
fn edits_and_texts_of_manifests_can_not_touch_the_framing() {
    let (endpoint, seen) = answering(|request| ok(request.split_once("\r\n\r\n").unwrap().1));
    let hostile = [
        ("Content-Length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "close, content-length"),
        ("Upgrade", "websocket"),
        ("Expect", "100-continue"),
        ("Keep-Alive", "1"),
        ("TE", "gzip"),
        ("X-Ok", "fine"),
        ("X-Evil", "a\r\nContent-Length: 0"),
    ];
    for how in ["set", "add", "remove"] {
        let names: Vec<_> = hostile.iter().map(|(name, _)| *name).collect();
        let given = match how {
            "set" => edits(&[], &hostile, &[]),
            "add" => edits(&[], &[], &hostile),
            _ => edits(&names, &[], &[]),
        };
        let mut it = rule(vec![backend("one", 1)]);
        it.request = given.clone();
        it.response = given;
        let mut redirect = rule(vec![]);
        redirect.action = Action::Redirect(Redirect {
            scheme: Some("a\r\nX-Evil: 1\r\nx".into()),
            host: None,
            port: None,
            path: None,
            status: 302,
        });
        let mut cors = rule(vec![backend("one", 1)]);
        cors.cors = Some(Cors {
            origins: ["*".into()].into(),
            expose: ["a\r\nX-Evil: 1".into()].into(),
            ..Cors::default()
        });
        let running = World::to("one", endpoint)
            .rule("/redirect", redirect)
            .rule("/cors", cors)
            .rule("/edits", it)
            .serve();
        let mut client = connect(running.address);
        for body in
            ["Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"]
        {
            let answer = client.say(format!("POST /edits HTTP/1.1\r\nHost: a\r\n{body}")).answer().unwrap();
            assert!(answer.body.contains("hello"), "{how}: {answer:?}");
            let head = format!("{}{}", seen.last().split_once("\r\n\r\n").unwrap().0, answer.head)
                .to_ascii_lowercase();
            for gone in ["x-evil", "connection:", "upgrade:", "expect:", "keep-alive:", "te:"] {
                assert!(!head.lines().any(|line| line.starts_with(gone)), "{how} {gone}: {head}");
            }
            assert_eq!(answer.header("x-ok").is_some(), how != "remove", "what may be edited is");
        }
        for path in ["/redirect", "/cors"] {
            let answer =
                client.say(format!("GET {path} HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\n\r\n")).answer();
            assert_eq!(answer.unwrap().header("x-evil"), None, "{path}");
        }
        assert_eq!(client.get("/edits").status, 200, "{how}: still in step");
    }
}

#[test]
fn names_in_disguise_reach_no_backend() {
    let (endpoint, seen) = named("one");
    let running = World::to("one", endpoint).serve();
    let mut client = connect(running.address);
    client.say(
        "GET / HTTP/1.1\r\nHost: a\r\nX_Forwarded_For: 6.6.6.6\r\nX-Forwarded_Proto: https\r\nx_forwarded-host: evil\r\n\
         Content_Length: 7\r\nTransfer_Encoding: chunked\r\nMy_Own: kept\r\nX_Forwarded_Else: kept\r\n\r\n",
    );
    assert_eq!(client.answer().unwrap().status, 200);
    let last = seen.last().to_ascii_lowercase();
    for gone in ["6.6.6.6", "https", "evil", "content_length", "transfer_encoding"] {
        assert!(!last.contains(gone), "{gone}: {last}");
    }
    assert_eq!(last.matches("kept").count(), 2, "others with `_` are nobody's business: {last}");
}

#[test]
fn a_prefix_is_matched_on_the_bytes_as_they_came() {
    // Documented: nothing is decoded or normalised where the listener's policy is `AsReceived`, and what was matched is
    // what is forwarded, so that nobody behind sees another path than the rule did.
    let (endpoint, seen) = answering(|request| ok(request.split(' ').nth(1).unwrap()));
    let answers = |status| {
        let mut it = rule(vec![]);
        it.action = Action::Answer(status, Why::UnsupportedFilter("admin".into()));
        it
    };
    let running = World::default().endpoints("one", &[endpoint]).rule("/admin", answers(500));
    let running = running.rule("/", rule(vec![backend("one", 1)])).serve();
    let mut client = connect(running.address);
    for (path, status, why) in [
        ("/admin", 500, "itself"),
        ("/admin/../x", 500, "dots are no steps"),
        ("/x/../admin", 200, "nor here: the backend gets them as they are"),
        ("/%61dmin", 200, "nothing is decoded"),
        ("/admin%2fx", 200, "an encoded slash is no border"),
        ("//admin", 200, "slashes are not merged"),
        ("/admin;x", 200, "no border"),
    ] {
        let answer = client.get(path);
        assert_eq!(answer.status, status, "{path}: {why}");
        if status == 200 {
            assert_eq!(answer.body, path);
        }
    }
    assert!(seen.count() > 0);
}

#[test]
fn who_stalls_in_a_body_is_left_on_both_sides() {
    let (endpoint, seen) = custom(|mut peer, seen| {
        let Some(head) = peer.head() else { return };
        if head.contains("/big") {
            let big = vec![b'x'; 64 * 1024 * 1024];
            peer.say(&format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", big.len()));
            let _ = peer.stream.write_all(&big);
        } else {
            while peer.more() {}
        }
        seen.requests.lock().unwrap().push("left".into());
    });
    let options = Options { idle_timeout: Duration::from_millis(250), ..options() };
    let running = World::to("one", endpoint).serve_with(options);
    let began = Instant::now();
    let mut silent = connect(running.address);
    silent.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
    let mut deaf = connect(running.address);
    deaf.say("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    seen.wait(2);
    let took = began.elapsed();
    assert!(took > Duration::from_millis(900) && took < Duration::from_secs(5), "{took:?}");
    running.wait_for_zero(&["cutover_connections{"]);
    let mut rest = Vec::new();
    let _ = silent.stream.read_to_end(&mut rest);
}

#[test]
fn a_backend_that_reads_nothing_slows_its_client_and_takes_no_memory() {
    let (enough, held) = channel::<()>();
    let held = Mutex::new(held);
    let (endpoint, _) = custom(move |peer, _| {
        let _ = held.lock().unwrap().recv();
        drop(peer);
    });
    let running = World::to("one", endpoint).serve();
    let mut client = connect(running.address);
    client.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n");
    client.stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let (mut sent, piece) = (0, [b'x'; 16 * 1024]);
    while let Ok(count) = client.stream.write(&piece) {
        sent += count;
        assert!(sent < 64 * 1024 * 1024, "it takes all");
    }
    drop(enough);
    let mut client = connect(running.address);
    assert_eq!(
        client.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").answer().unwrap().status,
        502
    );
}

#[test]
fn a_post_never_meets_a_connection_that_has_ended() {
    // Each connection answers once and ends at once.
    let (endpoint, seen) = custom(|mut peer, seen| {
        if let Some(request) = peer.request() {
            peer.say(&ok("one"));
            drop(peer);
            seen.requests.lock().unwrap().push(request);
        }
    });
    let running = World::to("one", endpoint).serve_with(Options { workers: 1, ..options() });
    let mut client = connect(running.address);
    for n in 0..50 {
        let answer = client.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx").answer().unwrap();
        assert_eq!(answer.status, 200, "{n}: {answer:?}");
        // An end that comes later than the next request can not be known before.
        seen.wait(n + 1);
    }
    assert_eq!((seen.count(), seen.connections()), (50, 50), "none twice");
}

#[test]
fn endless_retries_breathe_and_end_with_their_client() {
    let mut it = rule(vec![backend("one", 1)]);
    it.retry = Some(Retry { attempts: u32::MAX, codes: Box::default(), backoff: None, ..Retry::default() });
    let running = World::default()
        .endpoints("one", &[refusing()])
        .rule("/", it)
        .serve_with(Options { workers: 1, ..options() });
    let mut client = connect(running.address);
    client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut other = connect(running.address);
    let began = Instant::now();
    assert_eq!(
        other.say("GET / HTTP/1.1\r\n\r\n").answer().unwrap().status,
        400,
        "the worker is not busy trying"
    );
    assert!(began.elapsed() < Duration::from_millis(500));
    drop((client, other));
    running.wait_for(&["cutover_requests_total{", "code=\"400\""], 1.0);
    // A client that left is tried for no more.
    running.wait_for_zero(&["cutover_connections{"]);
}

#[test]
fn a_rebound_port_ends_its_idle_connections_and_tunnels_end_with_the_grace() {
    let (endpoint, _) = custom(|mut peer, _| {
        while let Some(head) = peer.head() {
            if head.contains("upgrade") {
                peer.say("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
                while peer.more() {
                    let echo = String::from_utf8(std::mem::take(&mut peer.buffer)).unwrap();
                    peer.say(&echo);
                }
                return;
            }
            peer.say(&ok("one"));
        }
    });
    let running = World::to("one", endpoint).serve();
    let mut idle = connect(running.address);
    assert_eq!(idle.get("/").status, 200);
    let mut tunnel = connect(running.address);
    tunnel.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
    assert_eq!(tunnel.answer().unwrap().status, 101);
    let moved = running.proxy.bind(key(80), local()).unwrap();
    let began = Instant::now();
    assert!(idle.is_over(), "told at once");
    assert!(began.elapsed() < Duration::from_secs(2));
    assert_eq!(connect(moved).get("/").status, 200);
    running.proxy.publish(cutover::proxy::Snapshot::default());
    let mut echo = [0; 5];
    tunnel.say("hello");
    tunnel.stream.read_exact(&mut echo).unwrap();
    assert_eq!(&echo, b"hello", "a tunnel outlives its table and its port");
    let began = Instant::now();
    running.proxy.shutdown(Duration::from_millis(300));
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!(tunnel.is_over());
}
