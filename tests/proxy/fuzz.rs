//! Mutated requests and answers: whatever comes, nobody panics or hangs, and a backend sees exactly the requests that a
//! strict reader sees in what the client sent.

use std::{
    cell::RefCell,
    io::{Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

use proptest::prelude::*;

use crate::{
    build::*,
    strict::{self, End},
};

const SEEDS: [&str; 10] = [
    "GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /b?c HTTP/1.1\r\nHost: a.example:80\r\nConnection: keep-alive, x\r\nX: y\r\n\r\n",
    "POST /c HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "POST /d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "POST /e HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nX: y\r\n\r\n",
    "POST /f HTTP/1.1\r\nHost: a\r\nContent-Length: 34\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET http://a/g HTTP/1.1\r\nHost: b\r\n\r\n",
    "HEAD /h HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "PUT /i HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTE: trailers\r\nX-Forwarded-For: 1.1.1.1\r\n\r\n",
];

const PIECES: [&str; 22] = [
    "\r",
    "\n",
    "\r\n",
    "\r\n\r\n",
    " ",
    "\t",
    ":",
    "\0",
    "\u{b}",
    "0",
    ";",
    ",",
    "+",
    "0\r\n\r\n",
    "Content-Length: 3\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding : chunked\r\n",
    "Host: b\r\n",
    "\r\nContent-Length: 0",
    "chunked, ",
    "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
    "#",
];

/// One change of the bytes.
#[derive(Clone, Debug)]
enum Change {
    Insert(usize, usize),
    Delete(usize, usize),
    Repeat(usize, usize),
    Set(usize, u8),
    Cut(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = || 0..400_usize;
    prop_oneof![
        4 => (at(), 0..PIECES.len()).prop_map(|(at, piece)| Change::Insert(at, piece)),
        2 => (at(), 1..12_usize).prop_map(|(at, count)| Change::Delete(at, count)),
        2 => (at(), 1..30_usize).prop_map(|(at, count)| Change::Repeat(at, count)),
        2 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        1 => at().prop_map(Change::Cut),
    ]
}

fn mutate(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        let length = bytes.len().max(1);
        match *change {
            Change::Insert(at, piece) => {
                let at = at % length;
                bytes.splice(at..at, PIECES[piece].bytes());
            }
            Change::Delete(at, count) => {
                let at = at % length;
                bytes.drain(at..(at + count).min(bytes.len()));
            }
            Change::Repeat(at, count) => {
                let at = at % length;
                let piece = bytes[at..(at + count).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            Change::Set(at, byte) => {
                if let Some(place) = bytes.get_mut(at % length) {
                    *place = byte;
                }
            }
            Change::Cut(at) => bytes.truncate(at % length),
        }
        if bytes.is_empty() {
            bytes.push(b'\r');
        }
    }
    bytes
}

fn requests() -> impl Strategy<Value = Vec<u8>> {
    let seeds = prop::collection::vec(0..SEEDS.len(), 1..4);
    (seeds, prop::collection::vec(change(), 0..4)).prop_map(|(seeds, changes)| {
        mutate(seeds.iter().flat_map(|at| SEEDS[*at].bytes()).collect(), &changes)
    })
}

/// All bytes of each connection that a backend took.
type Recorded = Arc<Mutex<Vec<Vec<u8>>>>;

/// A backend that answers as soon as a strict reader sees one more request.
fn recorder() -> (std::net::SocketAddr, Recorded) {
    let listener = TcpListener::bind(local()).unwrap();
    let address = listener.local_addr().unwrap();
    let recorded = Recorded::default();
    let shared = Arc::clone(&recorded);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            stream.set_nodelay(true).unwrap();
            let at = {
                let mut all = shared.lock().unwrap();
                all.push(Vec::new());
                all.len() - 1
            };
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || {
                let (mut bytes, mut answered) = ([0; 4096], 0);
                while let Ok(count @ 1..) = stream.read(&mut bytes) {
                    let seen = {
                        let mut all = shared.lock().unwrap();
                        all[at].extend_from_slice(&bytes[..count]);
                        strict::requests(&all[at]).0.len()
                    };
                    while answered < seen {
                        answered += 1;
                        let _ =
                            stream.write_all(b"HTTP/1.1 200 OK\r\nX-Backend: 1\r\nContent-Length: 0\r\n\r\n");
                    }
                }
            });
        }
    });
    (address, recorded)
}

/// Says all, and reads until the end; or, when the proxy has no reason to end, until so many answers came and nothing more
/// for a moment.
fn converse(address: std::net::SocketAddr, bytes: &[u8], answers: usize, ends: bool) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let _ = stream.write_all(bytes);
    let (mut all, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let patient = ends || answered(&all) < answers;
        let time = if patient { Duration::from_secs(5) } else { Duration::from_millis(25) };
        stream.set_read_timeout(Some(time)).unwrap();
        match stream.read(&mut piece) {
            Ok(count @ 1..) => all.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                assert!(!patient, "nothing came in time: {}", String::from_utf8_lossy(bytes));
                break;
            }
            Ok(_) | Err(_) => break,
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
    all
}

/// Answers of the backend among these bytes.
fn answered(bytes: &[u8]) -> usize {
    bytes.windows(12).filter(|window| window.eq_ignore_ascii_case(b"x-backend: 1")).count()
}

thread_local! {
    static RIG: RefCell<Option<(Running, Recorded)>> = const { RefCell::new(None) };
}

/// The path that a backend gets for a target.
fn path(target: &str) -> String {
    match target.split_once("://") {
        Some((_, rest)) if !target.starts_with('/') => match rest.find(['/', '?']) {
            Some(at) if rest[at..].starts_with('/') => rest[at..].into(),
            Some(at) => format!("/{}", &rest[at..]),
            None => "/".into(),
        },
        _ => target.into(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_backend_sees_the_requests_that_a_strict_reader_sees(bytes in requests()) {
        RIG.with_borrow_mut(|rig| {
            // One worker, so that all goes over few connections to the backend.
            let (running, recorded) = rig.get_or_insert_with(|| {
                let (endpoint, recorded) = recorder();
                let mut options = options();
                options.workers = 1;
                (World::to("one", endpoint).serve_with(options), recorded)
            });
            let before: Vec<usize> = recorded.lock().unwrap().iter().map(Vec::len).collect();
            let (wanted, end) = strict::requests(&bytes);
            let answers = converse(running.address, &bytes, wanted.len(), end == End::Invalid);
            let mut seen = Vec::new();
            let mut partial = 0;
            for (at, all) in recorded.lock().unwrap().iter().enumerate() {
                let (requests, end) = strict::requests(&all[before.get(at).copied().unwrap_or(0)..]);
                prop_assert_ne!(end, End::Invalid, "{}", String::from_utf8_lossy(all));
                partial += usize::from(end == End::Partial);
                seen.extend(requests);
            }
            let wanted: Vec<_> = wanted.into_iter().map(|mut it| { it.target = path(&it.target); it }).collect();
            prop_assert_eq!(&seen, &wanted, "{}\nanswered: {}", String::from_utf8_lossy(&bytes), String::from_utf8_lossy(&answers));
            prop_assert_eq!(answered(&answers), wanted.len(), "one answer each: {}", String::from_utf8_lossy(&answers));
            prop_assert!(partial <= usize::from(end != End::Clean), "a request was begun that is none");
            if end == End::Invalid {
                let text = String::from_utf8_lossy(&answers);
                let mut codes = text.rsplit("HTTP/1.1 ").filter_map(|part| part.get(..3)?.parse::<u16>().ok());
                let last = codes.next().unwrap_or_default();
                let refused = [400, 408, 414, 417, 431, 501].contains(&last);
                prop_assert!(refused, "{last}: {}", String::from_utf8_lossy(&bytes));
            }
            Ok(())
        })?;
    }
}

const ANSWERS: [&str; 6] = [
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nto the end",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
];

fn answers() -> impl Strategy<Value = Vec<u8>> {
    (0..ANSWERS.len(), prop::collection::vec(change(), 0..4))
        .prop_map(|(at, changes)| mutate(ANSWERS[at].bytes().collect(), &changes))
}

/// A backend that says these bytes to every request and closes.
type Said = Arc<Mutex<Vec<u8>>>;

thread_local! {
    static SAYER: RefCell<Option<(Running, Said)>> = const { RefCell::new(None) };
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_client_gets_valid_answers_whatever_the_backend_says(bytes in answers()) {
        SAYER.with_borrow_mut(|rig| {
            let (running, said) = rig.get_or_insert_with(|| {
                let said = Said::default();
                let shared = Arc::clone(&said);
                let (endpoint, _) = crate::upstream::custom(move |mut peer, _| {
                    if peer.request().is_some() {
                        let bytes = shared.lock().unwrap().clone();
                        let _ = peer.stream.write_all(&bytes);
                    }
                });
                (World::to("one", endpoint).serve(), said)
            });
            said.lock().unwrap().clone_from(&bytes);
            let mut client = crate::client::connect(running.address);
            client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            // None: broken off, which is all that can be done after a head was sent.
            while let Some(answer) = client.answer() {
                let one_framing = answer.header("content-length").is_none() || answer.header("transfer-encoding").is_none();
                prop_assert!(one_framing, "{answer:?}");
                prop_assert_ne!(answer.status, 101, "{:?}", answer);
                if answer.status >= 200 {
                    if answer.header("connection").is_none() {
                        client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                        let next = client.answer();
                        prop_assert!(next.is_some_and(|next| next.head.starts_with("HTTP/1.1 ")), "the next answer is one");
                    }
                    break;
                }
            }
            Ok(())
        })?;
    }
}
