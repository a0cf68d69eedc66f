//! A whole connection in memory: however the bytes of client and backend are cut, and however little fits on the wire at
//! once, the backend sees the same requests and the client the same answers.

use std::{cell::RefCell, net::SocketAddr, rc::Rc, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use proptest::prelude::*;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
    task::LocalSet,
};

use super::serve;
use crate::{
    proxy::{
        Options, Snapshot, Upstream, UpstreamProtocol,
        buffer::Buffer,
        counters::Counters,
        entry::{Entry, Link},
        facts::Facts,
        guard::Guards,
        http1::{
            body::{Decoder, Step},
            framing::Framing,
            head,
        },
        response::AnswerFacts,
        tap::Taps,
        upstream::Connection,
        worker::Worker,
    },
    routing::*,
};

const ENDPOINT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 1);

fn key() -> PortKey {
    PortKey { side: Side::New, entry: Arc::new(origin("edge")), port: 80 }
}

fn origin(name: &str) -> Origin {
    Origin { kind: "Gateway".into(), namespace: "infra".into(), name: name.into() }
}

fn snapshot() -> Snapshot {
    let id = Arc::new(BackendId { service: origin("one"), port: 80 });
    let split = Split::new([Backend::new(Arc::clone(&id), 1)]);
    let rule = RuleId { route: Arc::new(origin("web")), index: 0, name: None };
    let rule = Arc::new(Rule::new(rule, Action::Forward(split)));
    let mut hosts = HostMap::default();
    hosts.add(&HostPattern::Any, vec![Arc::new(Candidate::by_path(PathMatch::prefix("/in"), rule))]);
    let listener = Listener {
        id: ListenerId { port: key(), name: "http".into() },
        hostname: HostPattern::Any,
        host_policy: HostPolicy::Cascade,
        path_policy: PathPolicy::AsReceived,
        hosts,
    };
    let mut table = Table::default();
    let port = Port::new(key(), PortProtocol::Http, [Arc::new(listener)]);
    table.ports.insert(key(), Arc::new(port));
    let mut snapshot = Snapshot { table: Arc::new(table), ..Snapshot::default() };
    let upstream = Upstream { protocol: UpstreamProtocol::Http1, endpoints: vec![ENDPOINT], plain: false };
    snapshot.upstreams.insert(id, Arc::new(upstream));
    snapshot
}

/// How bytes are delivered.
#[derive(Clone, Debug)]
struct Delivery {
    /// Sizes of the client's pieces, in turn.
    client: Vec<usize>,
    /// Sizes of the backend's pieces, in turn.
    backend: Vec<usize>,
    /// Bytes that fit on the wire at once.
    wire: usize,
}

fn delivery() -> impl Strategy<Value = Delivery> {
    let sizes = || prop::collection::vec(prop_oneof![1..4_usize, 1..60_usize, 1..4000_usize], 1..5);
    let wire = prop_oneof![1..8_usize, 1..200_usize, Just(64 * 1024)];
    (sizes(), sizes(), wire).prop_map(|(client, backend, wire)| Delivery { client, backend, wire })
}

const WHOLE: usize = usize::MAX >> 1;

/// Requests of a client, and what their backend answers.
const REQUESTS: [&str; 12] = [
    "GET /in/a HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\nGET /in/b?x HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, x\r\nX: y\r\n\r\n",
    "POST /in/c HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /in/d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nX-T: y\r\n\r\n",
    "HEAD /in/e HTTP/1.1\r\nHost: a\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /out HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /out HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /",
    "GET /in/f HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "GET /in/g HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "GET /in/h HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "PUT /in/i HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
];

const ANSWERS: [&str; 7] = [
    "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nDate: x\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 1\r\n\r\n",
    "HTTP/1.1 204 No Content\r\nDate: x\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 Fine\r\nDate: x\r\nContent-Length: 1\r\n\r\nx",
    "HTTP/1.1 304 Not Modified\r\nDate: x\r\nContent-Length: 9\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 Oh\r\nDate: x\r\nContent-Length: 0\r\nConnection: x-a\r\nX-A: 1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
];

/// A message as it must be understood: head without dates, body, trailers.
type Message = (String, Vec<u8>, String);

/// Takes one whole message off the front. `to_head` for answers to HEAD; none for requests.
fn message(input: &mut Buffer, to_head: Option<bool>) -> Option<Message> {
    let mut copy = Buffer::default();
    copy.extend(input.filled());
    let length = head::end(copy.filled(), &mut 0).expect("a head")?;
    let text = String::from_utf8(copy.filled()[..length].to_vec()).unwrap();
    let mut lines = head::lines();
    let framing = if let Some(to_head) = to_head {
        let head = head::response(text.as_bytes(), &mut lines).expect("an answer");
        let facts = AnswerFacts::of(head.fields).expect("one framing");
        facts.declared.of_response(head.modern, head.status, to_head).unwrap()
    } else {
        let head = head::request(text.as_bytes(), &mut lines).expect("a request");
        Facts::of(head.fields).expect("one framing").declared.of_request(head.modern).unwrap()
    };
    copy.consume(length);
    let (mut decoder, mut body) = (Decoder::new(framing), Vec::new());
    loop {
        match decoder.step(&mut copy).expect("a valid body") {
            Step::Data(count) => {
                body.extend_from_slice(&copy.filled()[..count]);
                copy.consume(count);
                decoder.took(count);
            }
            Step::More if framing == Framing::Close => break,
            Step::More => return None,
            Step::End => break,
        }
    }
    input.consume(input.len() - copy.len());
    let head = text.lines().filter(|line| !line.starts_with("date: ")).collect::<Vec<_>>().join("\n");
    Some((head, body, String::from_utf8(decoder.trailers().to_vec()).unwrap()))
}

async fn deliver(to: &mut (impl tokio::io::AsyncWrite + Unpin), mut bytes: &[u8], sizes: &[usize]) {
    let mut turns = sizes.iter().cycle();
    while !bytes.is_empty() {
        let (piece, rest) = bytes.split_at(bytes.len().min(*turns.next().unwrap_or(&WHOLE)));
        if to.write_all(piece).await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
        bytes = rest;
    }
}

/// Answers requests one after the other until the proxy leaves; gives what it saw.
async fn backend(
    mut wire: DuplexStream,
    answers: Vec<usize>,
    sizes: Vec<usize>,
    seen: Rc<RefCell<Vec<Message>>>,
) {
    let (mut input, mut bytes) = (Buffer::default(), [0; 4096]);
    let mut turns = answers.into_iter().cycle();
    loop {
        while let Some(message) = message(&mut input, None) {
            // A body where none may be is a race that nobody can win: tests over sockets have it.
            let answer = match turns.next().unwrap_or(0) {
                _ if message.0.starts_with("HEAD") => {
                    "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 5\r\n\r\n"
                }
                at => ANSWERS[at],
            };
            seen.borrow_mut().push(message);
            deliver(&mut wire, answer.as_bytes(), &sizes).await;
        }
        match wire.read(&mut bytes).await {
            Ok(count @ 1..) => input.extend(&bytes[..count]),
            Ok(_) | Err(_) => return,
        }
    }
}

/// What the backend saw, and what the client got.
fn converse(requests: &[usize], answers: &[usize], delivery: &Delivery) -> (Vec<Message>, Vec<Message>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let options = Options {
            workers: 1,
            head_timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(1),
            idle_timeout: Duration::from_secs(5),
        };
        let published = Arc::new(ArcSwap::from_pointee(snapshot()));
        let tap = Taps::new(1).of(0);
        let guards = Arc::new(Guards::default());
        let worker =
            Rc::new(Worker::new(options, published, Arc::new(Counters::default()), tap, None, guards));
        let (there, back) = duplex(delivery.wire);
        worker.pools.http1.put(Connection::in_memory(there, ENDPOINT), std::time::Instant::now());
        let seen = Rc::default();
        let (sizes, shared) = (delivery.backend.clone(), Rc::clone(&seen));
        let behind = tokio::task::spawn_local(backend(back, answers.to_vec(), sizes, shared));
        let link = Rc::new(Link::new(Rc::new(Entry::new(key())), "10.0.0.1:9".parse().unwrap()));
        let (client, server) = duplex(delivery.wire);
        let served = tokio::task::spawn_local(serve(Rc::clone(&worker), link, server));
        let (mut from, mut to) = tokio::io::split(client);
        let bytes: String = requests.iter().map(|at| REQUESTS[*at]).collect();
        let sizes = delivery.client.clone();
        // The sending side is closed as soon as all is said: the answers come all the same.
        let sender = tokio::task::spawn_local(async move {
            deliver(&mut to, bytes.as_bytes(), &sizes).await;
            let _ = to.shutdown().await;
        });
        let mut got = Vec::new();
        tokio::time::timeout(Duration::from_secs(20), from.read_to_end(&mut got))
            .await
            .expect("in time")
            .unwrap();
        drop(from);
        sender.await.unwrap();
        served.await.unwrap();
        drop(worker);
        behind.await.unwrap();
        let mut input = Buffer::default();
        input.extend(&got);
        let mut answers = Vec::new();
        for at in requests {
            while let Some(answer) = message(&mut input, Some(REQUESTS[*at].starts_with("HEAD"))) {
                let interim = answer.0.starts_with("HTTP/1.1 1");
                answers.push(answer);
                if !interim {
                    break;
                }
            }
        }
        assert!(input.is_empty(), "{} bytes too many: {}", input.len(), String::from_utf8_lossy(&got));
        let seen = seen.borrow().clone();
        (seen, answers)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_connection_is_the_same_however_its_bytes_come(
        requests in prop::collection::vec(0..REQUESTS.len(), 1..6),
        answers in prop::collection::vec(0..ANSWERS.len(), 1..6),
        delivery in delivery(),
    ) {
        let whole = Delivery { client: vec![WHOLE], backend: vec![WHOLE], wire: 64 * 1024 };
        let single = Delivery { client: vec![1], backend: vec![1], wire: 1 };
        let wanted = converse(&requests, &answers, &whole);
        prop_assert_eq!(&converse(&requests, &answers, &delivery), &wanted);
        prop_assert_eq!(&converse(&requests, &answers, &single), &wanted);
    }
}
