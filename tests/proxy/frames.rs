//! HTTP/2 said frame by frame: what no library would send, and floods.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use cutover::proxy::Options;

use crate::{build::*, client::connect, upstream::*};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// A client that frames by itself.
struct Raw {
    stream: TcpStream,
}

/// What came for a stream.
#[derive(Debug, PartialEq, Eq)]
enum Came {
    /// Status of an answer.
    Answer(u16),
    Reset,
    /// The connection ended, with or without GOAWAY.
    End,
}

fn literal(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    // Without indexing, nothing compressed; lengths below 127 only.
    assert!(name.len() < 127 && value.len() < 127);
    out.extend([0, name.len() as u8]);
    out.extend(name.bytes());
    out.push(value.len() as u8);
    out.extend(value);
}

fn block(fields: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in fields {
        literal(&mut out, name, value);
    }
    out
}

/// A request for a path, with more headers.
fn request(method: &str, path: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
    let mut fields: Vec<(&str, &[u8])> = vec![
        (":method", method.as_bytes()),
        (":scheme", b"http"),
        (":authority", b"shop.example"),
        (":path", path.as_bytes()),
    ];
    fields.extend(more);
    block(&fields)
}

impl Raw {
    fn open(address: SocketAddr, window: u32) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut raw = Self { stream };
        raw.stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
        let mut settings = vec![0, 4];
        settings.extend(window.to_be_bytes());
        raw.frame(SETTINGS, 0, 0, &settings);
        raw
    }

    fn frame(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> bool {
        let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
        bytes.extend([kind, flags]);
        bytes.extend(stream.to_be_bytes());
        bytes.extend(payload);
        self.stream.write_all(&bytes).is_ok()
    }

    /// The next frame: kind, flags, stream, payload.
    fn next(&mut self) -> Option<(u8, u8, u32, Vec<u8>)> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head).ok()?;
        let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        self.stream.read_exact(&mut payload).ok()?;
        if head[3] == SETTINGS && head[4] == 0 {
            self.frame(SETTINGS, 1, 0, &[]);
        }
        Some((head[3], head[4], u32::from_be_bytes([head[5], head[6], head[7], head[8]]), payload))
    }

    /// What comes for a stream first.
    fn answer(&mut self, stream: u32) -> Came {
        loop {
            match self.next() {
                None => return Came::End,
                Some((HEADERS, _, at, payload)) if at == stream => return Came::Answer(status(&payload)),
                Some((RESET, _, at, _)) if at == stream => return Came::Reset,
                Some(_) => {}
            }
        }
    }
}

/// The status in a header block of hyper's: an indexed field, or a literal with an indexed name.
fn status(block: &[u8]) -> u16 {
    match block[0] {
        0x88 => 200,
        0x89 => 204,
        0x8b => 304,
        0x8c => 400,
        0x8d => 404,
        0x8e => 500,
        // `:status` literal: length (Huffman or plain), then digits.
        0x48 | 0x08 => {
            let (huffman, length) = (block[1] & 0x80 != 0, usize::from(block[1] & 0x7f));
            let value = &block[2..2 + length];
            if huffman { digits(value) } else { std::str::from_utf8(value).unwrap().parse().unwrap() }
        }
        other => panic!("a status as {other:#x}"),
    }
}

/// Three digits of HPACK's Huffman code: 0 to 2 have five bits, the others six.
fn digits(value: &[u8]) -> u16 {
    let bits: Vec<u8> = value.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)).collect();
    let take = |from: usize, count: usize| {
        bits[from..from + count].iter().fold(0_u16, |sum, bit| sum * 2 + u16::from(*bit))
    };
    let (mut at, mut number) = (0, 0);
    for _ in 0..3 {
        let five = take(at, 5);
        if five <= 2 {
            number = number * 10 + five;
            at += 5;
        } else {
            number = number * 10 + (take(at, 6) - 0x19 + 3);
            at += 6;
        }
    }
    number
}

#[test]
fn what_could_become_two_requests_over_http_1_1_is_refused() {
    let (endpoint, seen) = named("one");
    let running = World::to("one", endpoint).serve();
    type Case = (Vec<u8>, u8, Vec<&'static [u8]>, &'static str);
    let post = |more: &[(&str, &[u8])]| request("POST", "/", more);
    let cases: Vec<Case> = vec![
        (post(&[("content-length", b"5")]), 0, vec![b"abc"], "fewer bytes than the length"),
        (
            post(&[("content-length", b"2")]),
            0,
            vec![b"abcGET / HTTP/1.1\r\n\r\n"],
            "more bytes than the length",
        ),
        (post(&[("content-length", b"5")]), END_STREAM, vec![], "a length and no body"),
        (post(&[("content-length", b"1"), ("content-length", b"3")]), 0, vec![b"abc"], "two lengths"),
        (post(&[("content-length", b"3"), ("content-length", b"3")]), 0, vec![b"abc"], "two equal lengths"),
        (post(&[("content-length", b"+3")]), 0, vec![b"abc"], "a sign"),
        (post(&[("content-length", b" 3")]), 0, vec![b"abc"], "a space"),
        (
            post(&[("transfer-encoding", b"chunked")]),
            0,
            vec![b"0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n"],
            "chunks",
        ),
        (post(&[("connection", b"keep-alive")]), END_STREAM, vec![], "a connection header"),
        (post(&[("upgrade", b"websocket")]), END_STREAM, vec![], "an upgrade"),
        (post(&[("keep-alive", b"5")]), END_STREAM, vec![], "keep-alive"),
        (post(&[("proxy-connection", b"close")]), END_STREAM, vec![], "proxy-connection"),
        (post(&[("te", b"gzip")]), END_STREAM, vec![], "a coding"),
        (post(&[("x-a", b"b\r\nx-evil: 1")]), END_STREAM, vec![], "CR LF in a value"),
        (post(&[("x-a", b"b\nx-evil: 1")]), END_STREAM, vec![], "LF in a value"),
        (post(&[("x-a", b"b\0c")]), END_STREAM, vec![], "NUL in a value"),
        (post(&[("x-a\r\nx-evil", b"1")]), END_STREAM, vec![], "CR LF in a name"),
        (post(&[("x-a:", b"1")]), END_STREAM, vec![], "a colon in a name"),
        (post(&[("X-Upper", b"1")]), END_STREAM, vec![], "a capital letter"),
        (post(&[("x a", b"1")]), END_STREAM, vec![], "a space in a name"),
        (post(&[("host", b"other.example")]), END_STREAM, vec![], "another host"),
        (post(&[("host", b"shop.example"), ("host", b"shop.example")]), END_STREAM, vec![], "two hosts"),
        (post(&[(":path", b"/b")]), END_STREAM, vec![], "two paths"),
        (post(&[("x", b"y"), (":method", b"GET")]), END_STREAM, vec![], "a pseudo-header behind"),
        (request("GET", "/a b", &[]), END_STREAM, vec![], "a space in the path"),
        (request("GET", "/a\r\nX: y", &[]), END_STREAM, vec![], "CR LF in the path"),
        (
            request("GET", "/ HTTP/1.1\r\nHost: x\r\n\r\nGET /b", &[]),
            END_STREAM,
            vec![],
            "a request in the path",
        ),
        (request("GET", "a", &[]), END_STREAM, vec![], "no slash"),
        (request("GET", "*", &[]), END_STREAM, vec![], "only OPTIONS asks for `*`"),
        (request("GET", "http://x/", &[]), END_STREAM, vec![], "a URL"),
        (request("GET", "/\u{e9}", &[]), END_STREAM, vec![], "raw UTF-8"),
        (request("GET /x HTTP/1.1\r\nA: b", "/", &[]), END_STREAM, vec![], "a line in the method"),
        (
            block(&[(":method", b"GET"), (":scheme", b"http"), (":path", b"/")]),
            END_STREAM,
            vec![],
            "no authority",
        ),
        (
            block(&[
                (":method", b"GET"),
                (":scheme", b"http"),
                (":path", b"/"),
                (":authority", b"u@shop.example"),
            ]),
            END_STREAM,
            vec![],
            "user information",
        ),
    ];
    for (headers, flags, pieces, why) in cases {
        let mut raw = Raw::open(running.address, 65_535);
        raw.frame(HEADERS, END_HEADERS | flags, 1, &headers);
        let last = pieces.len().saturating_sub(1);
        for (at, piece) in pieces.iter().enumerate() {
            raw.frame(DATA, if at == last { END_STREAM } else { 0 }, 1, piece);
        }
        let came = raw.answer(1);
        assert!(matches!(came, Came::Answer(400) | Came::Reset | Came::End), "{why}: {came:?}");
    }
    // What is cut short may have reached a backend in part, but never whole, and nothing was made of its rest.
    let reached = seen.requests.lock().unwrap().clone();
    assert!(reached.is_empty(), "{reached:?}");
    let mut raw = Raw::open(running.address, 65_535);
    let crumbs: [(&str, &[u8]); 4] =
        [("cookie", b"a=1"), ("te", b"trailers"), ("cookie", b"b=2"), ("x_forwarded_for", b"6.6.6.6")];
    raw.frame(HEADERS, END_HEADERS | END_STREAM, 1, &request("GET", "/ok", &crumbs));
    assert_eq!(raw.answer(1), Came::Answer(200));
    let last = seen.last();
    assert_eq!(last.matches("cookie: a=1; b=2\r\n").count(), 1, "one cookie header: {last}");
    assert_eq!(last.matches("cookie").count(), 1, "{last}");
    assert!(!last.contains("6.6.6.6"), "a name in disguise: {last}");
    raw.frame(HEADERS, END_HEADERS | END_STREAM, 3, &request("OPTIONS", "*", &[]));
    assert_eq!(raw.answer(3), Came::Answer(200));
    assert!(seen.last().starts_with("OPTIONS * HTTP/1.1\r\n"), "{}", seen.last());
}

/// How much memory this process has, in MiB.
fn memory() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096 / 1024 / 1024
}

#[test]
fn floods_end_the_connection_and_harm_no_other() {
    let (endpoint, seen) = named("one");
    let running = World::to("one", endpoint).serve();
    let before = memory();
    let get = request("GET", "/", &[]);
    type Flood<'f> = Box<dyn Fn(&mut Raw, u32) -> bool + 'f>;
    let floods: Vec<(&str, usize, Flood<'_>)> = vec![
        (
            "streams opened and reset",
            20_000,
            Box::new(|raw, n| {
                let stream = 2 * n + 1;
                raw.frame(HEADERS, END_HEADERS | END_STREAM, stream, &get)
                    && raw.frame(RESET, 0, stream, &[0, 0, 0, 8])
            }),
        ),
        (
            "a head without end",
            20_000,
            Box::new(|raw, n| {
                let mut piece = Vec::new();
                literal(&mut piece, "x-a", &[b'a'; 100]);
                match n {
                    0 => raw.frame(HEADERS, 0, 1, &get),
                    _ => raw.frame(CONTINUATION, 0, 1, &piece),
                }
            }),
        ),
        (
            "empty continuations",
            50_000,
            Box::new(|raw, n| match n {
                0 => raw.frame(HEADERS, 0, 1, &get),
                _ => raw.frame(CONTINUATION, 0, 1, &[]),
            }),
        ),
        (
            "empty data",
            50_000,
            Box::new(|raw, n| match n {
                0 => raw.frame(HEADERS, END_HEADERS, 1, &get),
                _ => raw.frame(DATA, 0, 1, &[]),
            }),
        ),
        ("pings", 20_000, Box::new(|raw, _| raw.frame(PING, 0, 0, &[0; 8]))),
        ("settings", 20_000, Box::new(|raw, _| raw.frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 255, 255]))),
    ];
    for (name, count, flood) in floods {
        let mut raw = Raw::open(running.address, 65_535);
        // Never reading is part of it; a write that would block for ever ends it.
        raw.stream.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
        let sent = (0..count).take_while(|n| flood(&mut raw, *n as u32)).count();
        let mut other = connect(running.address);
        let began = Instant::now();
        assert_eq!(other.get("/").status, 200, "{name}");
        assert!(began.elapsed() < Duration::from_secs(2), "{name}: others wait {:?}", began.elapsed());
        println!(
            "{name}: {sent} of {count} frames taken, {} requests at the backend, {} MiB",
            seen.count(),
            memory()
        );
    }
    let grown = memory().saturating_sub(before);
    assert!(grown < 64, "{grown} MiB more");
    running.wait_for_zero(&["cutover_connections{"]);
}

#[test]
fn a_client_that_does_not_read_its_streams_holds_nothing_for_long() {
    let (endpoint, seen) = custom(|mut peer, seen| {
        let Some(request) = peer.request() else { return };
        seen.requests.lock().unwrap().push(request);
        let big = "x".repeat(400_000);
        peer.say(&ok(&big));
        let _ = peer.more();
        seen.requests.lock().unwrap().push("left".into());
    });
    let options = Options { idle_timeout: Duration::from_millis(250), ..options() };
    let running = World::to("one", endpoint).serve_with(options);
    // Its window lets 10 bytes of each answer through; it answers all else, so that it does not seem dead.
    let mut raw = Raw::open(running.address, 10);
    for stream in [1, 3, 5] {
        raw.frame(HEADERS, END_HEADERS | END_STREAM, stream, &request("GET", "/", &[]));
    }
    assert_eq!(raw.answer(1), Came::Answer(200));
    let began = Instant::now();
    while raw.next().is_some() {}
    let took = began.elapsed();
    assert!(took > Duration::from_millis(700) && took < Duration::from_secs(5), "{took:?}");
    seen.wait(6);
    assert_eq!(seen.requests.lock().unwrap().iter().filter(|line| *line == "left").count(), 3);
    running.wait_for_zero(&["cutover_upstream_connections "]);
    running.wait_for_zero(&["cutover_connections{"]);
}

#[test]
fn a_stream_that_is_not_read_harms_no_other_and_one_that_is_not_sent_gets_an_answer() {
    let (endpoint, _) =
        answering(|request| if request.contains("/big") { ok(&"x".repeat(400_000)) } else { ok("small") });
    let options = Options { idle_timeout: Duration::from_millis(250), ..options() };
    let running = World::to("one", endpoint).serve_with(options);
    let mut raw = Raw::open(running.address, 10);
    raw.frame(HEADERS, END_HEADERS | END_STREAM, 1, &request("GET", "/big", &[]));
    assert_eq!(raw.answer(1), Came::Answer(200));
    // Never sends its body.
    raw.frame(HEADERS, END_HEADERS, 3, &request("POST", "/", &[("content-length", b"5")]));
    let began = Instant::now();
    let mut next = 5;
    while began.elapsed() < Duration::from_millis(900) {
        raw.frame(HEADERS, END_HEADERS | END_STREAM, next, &request("GET", "/", &[]));
        assert_eq!(raw.answer(next), Came::Answer(200), "others go on");
        next += 2;
        // Less than the limit between two, more than it together.
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(raw.answer(3), Came::Answer(408));
    running.wait_for(&["cutover_requests_total{", "code=\"408\",by=\"proxy\""], 1.0);
}

#[test]
fn a_connection_that_never_comes_to_speak_http_2_is_left() {
    let (endpoint, _) = named("one");
    let options = Options {
        idle_timeout: Duration::from_millis(200),
        head_timeout: Duration::from_millis(200),
        ..options()
    };
    let running = World::to("one", endpoint).serve_with(options);
    for (text, why) in [
        (&b"PRI * HTTP/2.0\r\n\r\n"[..], "half a preface"),
        (&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], "no settings"),
        (&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"[..], "no request, and it never answers"),
    ] {
        let mut stream = TcpStream::connect(running.address).unwrap();
        stream.write_all(text).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(4))).unwrap();
        let mut bytes = Vec::new();
        let ended = stream.read_to_end(&mut bytes);
        assert!(
            !ended.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock),
            "{why}: still open"
        );
    }
    running.wait_for_zero(&["cutover_connections{"]);
}

#[test]
fn a_busy_http_2_connection_hears_that_its_port_is_unbound() {
    let (came, under_way) = std::sync::mpsc::channel();
    let (endpoint, _) = answering(move |request| {
        if request.contains("/slow") {
            came.send(()).unwrap();
            // What is under way: long enough that the port is unbound meanwhile.
            std::thread::sleep(Duration::from_millis(800));
        }
        ok("done")
    });
    let running = World::to("one", endpoint).serve();
    let mut raw = Raw::open(running.address, 65_535);
    raw.frame(HEADERS, END_HEADERS | END_STREAM, 1, &request("GET", "/slow", &[]));
    under_way.recv_timeout(Duration::from_secs(10)).unwrap();
    let began = Instant::now();
    running.proxy.unbind(&key(80));
    while raw.next().is_some_and(|(kind, ..)| kind != GOAWAY) {}
    assert!(
        began.elapsed() < Duration::from_millis(500),
        "told at once, not with the answer: {:?}",
        began.elapsed()
    );
    assert_eq!(raw.answer(1), Came::Answer(200), "what is under way is finished");
}
