//! HTTP/2 in front and behind, with hyper on the other sides.

use std::{
    collections::VecDeque,
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use cutover::{proxy::UpstreamProtocol, routing::*};
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;
use hyper::{body::Incoming, client::conn::http2::SendRequest, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{RootCertStore, pki_types::ServerName};
use tokio::net::{TcpListener, TcpStream};

use crate::{build::*, client::connect, tls, upstream::*};

/// Pieces, then trailers.
#[derive(Default)]
struct Pieces(VecDeque<Frame<Bytes>>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }
}

fn pieces(pieces: &[&str], trailers: &[(&'static str, &'static str)]) -> Pieces {
    let mut frames: VecDeque<_> =
        pieces.iter().map(|piece| Frame::data(Bytes::copy_from_slice(piece.as_bytes()))).collect();
    if !trailers.is_empty() {
        let map = trailers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        frames.push_back(Frame::trailers(map.collect::<HeaderMap>()));
    }
    Pieces(frames)
}

fn block<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(20), future).await.expect("in time") })
}

async fn begin<S>(stream: S) -> SendRequest<Pieces>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn open(address: SocketAddr) -> SendRequest<Pieces> {
    begin(TcpStream::connect(address).await.unwrap()).await
}

struct Got {
    status: u16,
    headers: HeaderMap,
    body: String,
    trailers: Option<HeaderMap>,
}

async fn send(to: &mut SendRequest<Pieces>, request: Request<Pieces>) -> Got {
    let (head, body) = to.send_request(request).await.unwrap().into_parts();
    let collected = body.collect().await.unwrap();
    let trailers = collected.trailers().cloned();
    Got {
        status: head.status.as_u16(),
        headers: head.headers,
        body: String::from_utf8(collected.to_bytes().to_vec()).unwrap(),
        trailers,
    }
}

fn get(uri: &str) -> Request<Pieces> {
    Request::get(uri).body(Pieces::default()).unwrap()
}

/// A backend of HTTP/2: says what it received, with trailers that it was asked for. Gives what was seen.
async fn h2_backend() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind(local()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let shared = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            shared.lock().unwrap().push("connection".into());
            let shared = Arc::clone(&shared);
            let service = service_fn(move |request: Request<Incoming>| {
                let shared = Arc::clone(&shared);
                async move {
                    let (head, body) = request.into_parts();
                    let collected = body.collect().await;
                    let Ok(collected) = collected else {
                        shared.lock().unwrap().push("cut".into());
                        return Ok::<_, Infallible>(Response::new(Pieces::default()));
                    };
                    let trailers = collected.trailers().cloned();
                    let text = String::from_utf8(collected.to_bytes().to_vec()).unwrap();
                    shared.lock().unwrap().push(format!("{} {:?} {:?}", head.method, head.uri, head.headers));
                    let mut response = Response::new(match head.uri.path() {
                        "/trailers-only" => Pieces::default(),
                        _ => pieces(&["got ", &text], &[("grpc-status", "0")]),
                    });
                    response.headers_mut().insert("x-backend", "h2".parse().unwrap());
                    if let Some(value) = trailers.and_then(|mut trailers| trailers.remove("x-sum")) {
                        response.headers_mut().insert("x-sum-was", value);
                    }
                    Ok(response)
                }
            });
            tokio::spawn(
                hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    (address, seen)
}

#[test]
fn http_2_in_front_of_http_1_1() {
    let (endpoint, seen) = answering(|request| {
        let body = request.split_once("\r\n\r\n").unwrap().1;
        match request.split(' ').nth(1).unwrap() {
            "/trailers" => format!(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: x-hop\r\nX-Hop: 1\r\n\r\n{:x}\r\n{body}\r\n0\r\nX-T: 1\r\n\r\n",
                body.len()
            ),
            "/none" => "HTTP/1.1 204 No Content\r\n\r\n".into(),
            "/early" => {
                "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".into()
            }
            _ => ok(body),
        }
    });
    let mut short = rule(vec![backend("slow", 1)]);
    short.timeouts.request = Some(Duration::from_millis(100));
    let (slow, _) = custom(|mut peer, seen| {
        peer.request();
        while peer.more() {}
        seen.requests.lock().unwrap().push("ended".into());
    });
    let running = World::to("one", endpoint)
        .endpoints("slow", &[slow])
        .rule("/late", short)
        .rule("/broken", rule(vec![]))
        .serve();
    block(async {
        let mut client = open(running.address).await;
        let got = send(&mut client, get("http://shop.example/a?b=c")).await;
        assert_eq!((got.status, got.body.as_str()), (200, ""));
        assert!(
            seen.last()
                .starts_with("GET /a?b=c HTTP/1.1\r\nhost: shop.example\r\nx-forwarded-for: 127.0.0.1\r\n"),
            "{}",
            seen.last()
        );
        assert!(!seen.last().contains("transfer-encoding"), "no body: {}", seen.last());
        let request = Request::post("http://a/trailers").header("te", "trailers");
        let request =
            request.body(pieces(&["hello ", "world"], &[("x-sum", "7"), ("content-type", "x")])).unwrap();
        let got = send(&mut client, request).await;
        assert!(seen.last().contains("te: trailers\r\n"), "{}", seen.last());
        assert!(seen.last().ends_with("0\r\nx-sum: 7\r\n\r\n"), "trailers that may pass: {}", seen.last());
        assert_eq!(got.trailers.unwrap().get("x-t").unwrap(), "1");
        assert!(
            got.body.contains("hello")
                && got.headers.get("x-hop").is_none()
                && got.headers.get("connection").is_none()
        );
        let request = Request::post("http://a/")
            .header("content-length", "5")
            .body(pieces(&["he", "llo"], &[]))
            .unwrap();
        assert_eq!(send(&mut client, request).await.body, "hello");
        assert!(seen.last().contains("content-length: 5\r\n"), "{}", seen.last());
        for (path, status) in [("none", 204), ("early", 200), ("broken", 500), ("late", 504)] {
            let got = send(&mut client, get(&format!("http://a/{path}"))).await;
            assert_eq!(got.status, status, "{path}");
        }
        let big = "z".repeat(3_000_000);
        let got = send(&mut client, Request::post("http://a/").body(pieces(&[&big], &[])).unwrap()).await;
        assert_eq!(got.body.matches('z').count(), big.len(), "the backend says the chunks as it got them");
        let mut many = Vec::new();
        for n in 0..150 {
            let mut client = client.clone();
            many.push(tokio::spawn(async move {
                let body = n.to_string();
                let request = Request::post("http://a/").header("content-length", body.len());
                let got = send(&mut client, request.body(pieces(&[&body], &[])).unwrap()).await;
                assert_eq!(got.body, body);
            }));
        }
        for one in many {
            one.await.unwrap();
        }
    });
    running.wait_for(&["cutover_requests_total{", "code=\"200\",by=\"backend\""], 155.0);
    running.wait_for(&["cutover_requests_total{", "code=\"504\",by=\"proxy\""], 1.0);
}

#[test]
fn a_stream_that_is_reset_cancels_its_request() {
    let (endpoint, seen) = custom(|mut peer, seen| {
        peer.request();
        seen.requests.lock().unwrap().push("began".into());
        while peer.more() {}
        seen.requests.lock().unwrap().push("ended".into());
    });
    let running = World::to("one", endpoint).serve();
    block(async {
        let mut client = open(running.address).await;
        let pending = client.send_request(get("http://a/"));
        let pending = tokio::spawn(pending);
        seen.waited(1).await;
        pending.abort();
        seen.waited(2).await;
    });
    running.wait_for(&["cutover_requests_total{", "code=\"499\",by=\"proxy\""], 1.0);
}

#[test]
fn what_http_2_says_twice_or_wrong_is_refused() {
    let (endpoint, seen) = named("one");
    let running = World::to("one", endpoint).serve();
    block(async {
        let mut client = open(running.address).await;
        let cases = [
            (Request::get("http://a/").header("host", "b"), 400, "authority and Host differ"),
            (Request::get("http://a/").header("content-length", "x"), 400, "no length"),
            (Request::get("http://a/").header("expect", "else"), 417, "an unknown expectation"),
            (Request::builder().method("CONNECT").uri("a:80"), 501, "no tunnels"),
        ];
        for (request, status, why) in cases {
            let got = client.send_request(request.body(Pieces::default()).unwrap()).await;
            match got {
                Ok(got) => assert_eq!(got.status().as_u16(), status, "{why}"),
                Err(error) => assert!(status == 400, "{why}: {error}"),
            }
            if !client.is_ready() {
                client = open(running.address).await;
            }
        }
        let long = format!("http://a/{}", "x".repeat(17_000));
        assert_eq!(send(&mut client, get(&long)).await.status, 414);
    });
    assert_eq!(seen.count(), 0);
}

#[test]
fn http_2_behind_both_kinds_of_clients() {
    block(async {
        let (endpoint, seen) = h2_backend().await;
        let running = World::default()
            .speaking(UpstreamProtocol::H2c, "one", &[endpoint])
            .rule("/", rule(vec![backend("one", 1)]))
            .speaking(UpstreamProtocol::H2c, "gone", &[refusing()])
            .rule("/gone", rule(vec![backend("gone", 1)]))
            .serve_with(cutover::proxy::Options { workers: 1, ..options() });
        let mut client = open(running.address).await;
        let request = Request::post("http://shop.example/x?y=z")
            .header("te", "trailers")
            .body(pieces(&["a", "b"], &[("x-sum", "7")]));
        let got = send(&mut client, request.unwrap()).await;
        assert_eq!((got.status, got.body.as_str()), (200, "got ab"));
        assert_eq!(got.headers.get("x-sum-was").unwrap(), "7", "trailers there");
        assert_eq!(got.trailers.unwrap().get("grpc-status").unwrap(), "0", "and back");
        let last = seen.lock().unwrap().last().cloned().unwrap();
        assert!(
            last.starts_with("POST http://shop.example/x?y=z") && last.contains("x-forwarded-for"),
            "{last}"
        );
        let got = send(&mut client, get("http://a/trailers-only")).await;
        assert_eq!((got.status, got.body.as_str()), (200, ""));
        assert_eq!(send(&mut client, get("http://a/gone")).await.status, 502);
        let big = "z".repeat(2_000_000);
        let got = send(&mut client, Request::post("http://a/").body(pieces(&[&big], &[])).unwrap()).await;
        assert_eq!(got.body.len(), big.len() + 4);
        let address = running.address;
        tokio::task::spawn_blocking(move || {
            let mut client = connect(address);
            for _ in 0..3 {
                let answer = client.get("/plain");
                assert_eq!((answer.status, answer.body.as_str()), (200, "got "));
                assert_eq!(answer.trailers, "grpc-status: 0\r\n");
            }
            client.say("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            assert_eq!(client.answer().unwrap().status, 100);
            assert_eq!(client.say("hello").answer().unwrap().body, "got hello");
            let answer = client.say("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 9\r\n\r\n").answer().unwrap();
            assert_eq!((answer.body.as_str(), answer.header("x-sum-was").as_deref()), ("got abc", Some("9")));
            let answer = client.say("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").answer_to("HEAD").unwrap();
            assert_eq!((answer.status, answer.header("x-backend").as_deref()), (200, Some("h2")));
            assert_eq!(client.get("/after").status, 200);
            // A client that leaves in the middle of its body resets its stream only.
            let mut leaving = connect(address);
            leaving.say("POST /cut HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
            // Time for its head to come to the backend: what the backend sees of it is told only when it is cut.
            std::thread::sleep(Duration::from_millis(100));
            drop(leaving);
            assert_eq!(client.get("/after").status, 200);
        })
        .await
        .unwrap();
        while !seen.lock().unwrap().iter().any(|line| line == "cut") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let connections = seen.lock().unwrap().iter().filter(|line| *line == "connection").count();
        assert_eq!(connections, 1, "one connection carries all");
    });
}

#[test]
fn http_2_over_tls_is_chosen_by_alpn_and_host_must_fit_the_name() {
    let (endpoint, seen) = named("one");
    let mut trust = RootCertStore::empty();
    let mut world = World {
        port: 443,
        protocol: PortProtocol::Https,
        listeners: vec![("a", "a.example"), ("b", "b.example")],
        ..World::to("one", endpoint)
    };
    for name in ["a", "b"] {
        let id = world.listener_id(name);
        let certificate = tls::certificate(&[&format!("{name}.example")], &mut trust);
        world.snapshot.certificates.insert(id, [certificate].into());
    }
    let running = world.serve();
    block(async {
        let connector = tokio_rustls::TlsConnector::from(tls::config(&trust, &[b"h2", b"http/1.1"]));
        let stream = TcpStream::connect(running.address).await.unwrap();
        let stream = connector.connect(ServerName::try_from("a.example").unwrap(), stream).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let mut client = begin(stream).await;
        for (host, status) in [("a.example", 200), ("b.example", 421), ("c.example", 404)] {
            assert_eq!(send(&mut client, get(&format!("https://{host}/"))).await.status, status, "{host}");
        }
    });
    assert!(seen.last().contains("x-forwarded-proto: https\r\n"));
}

#[test]
fn http_2_connections_end_with_goaway_on_shutdown() {
    let (endpoint, seen) = answering(|_| {
        // Under way while the proxy shuts down.
        std::thread::sleep(Duration::from_millis(300));
        ok("done")
    });
    let running = World::to("one", endpoint).serve();
    block(async {
        let mut client = open(running.address).await;
        let pending = tokio::spawn(client.send_request(get("http://a/")));
        while seen.connections() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let stopped = tokio::task::spawn_blocking(move || running.proxy.shutdown(Duration::from_secs(3)));
        let response = pending.await.unwrap().expect("the answer comes before the end");
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "done");
        stopped.await.unwrap();
        assert!(client.is_closed() || client.send_request(get("http://a/")).await.is_err());
    });
}

#[test]
fn streams_are_recorded_as_requests_are() {
    let (endpoint, _) = named("one");
    let running = World::to("one", endpoint).rule("/none", rule(vec![backend("none", 1)])).serve();
    let tail = running.proxy.tail();
    let _watching = tail.watch();
    block(async {
        let mut client = open(running.address).await;
        send(&mut client, get("http://shop.example/a?b")).await;
        send(&mut client, get("http://shop.example/none")).await;
        let mut records = Vec::new();
        while records.len() < 2 {
            tail.came().await;
            records.extend(tail.take().records);
        }
        let told: Vec<_> = records
            .iter()
            .map(|it| {
                (
                    it.head.method(),
                    it.head.host(),
                    it.head.target(),
                    it.status,
                    it.bytes,
                    it.problem.as_deref(),
                )
            })
            .collect();
        let why = "the backend has no ready endpoint";
        assert_eq!(
            told,
            [
                ("GET", "shop.example", "/a?b", 200, 3, None),
                ("GET", "shop.example", "/none", 503, 39, Some(why))
            ]
        );
        let [first, second] = &records[..] else { panic!("two") };
        assert_eq!((first.by_proxy, second.by_proxy, first.client), (false, true, second.client));
    });
}
