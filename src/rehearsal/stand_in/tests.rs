//! A stand-in asked over real sockets.

use std::time::Duration;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

use super::*;
use crate::routing::Origin;

const LIMIT: Duration = Duration::from_secs(10);

fn backend() -> Arc<BackendId> {
    let service = Origin { kind: "Service".into(), namespace: "shop".into(), name: "cart".into() };
    Arc::new(BackendId { service, port: 80 })
}

fn open() -> StandIn {
    StandIn::open(backend(), Fault::default()).unwrap()
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    timeout(LIMIT, future).await.expect("an answer in time")
}

/// Sends bytes and reads until the stand-in closes.
async fn say(stand_in: &StandIn, bytes: &[u8]) -> String {
    within(async {
        let mut stream = TcpStream::connect(stand_in.address()).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    })
    .await
}

fn json(answer: &str) -> Value {
    serde_json::from_str(answer.rsplit("\r\n\r\n").next().unwrap()).unwrap()
}

#[tokio::test]
async fn a_request_is_told_byte_for_byte() {
    let stand_in = open();
    let answer = say(
        &stand_in,
        b"GET /a%2fb//../c?x=%20&y HTTP/1.1\r\nhOsT: Shop.Test:80\r\nX-One: 1\r\nX-One:  2 \r\nx-Bin: \xff\xfe\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let told = json(&answer);
    assert_eq!(told["service"], serde_json::json!({"namespace": "shop", "name": "cart", "port": 80}));
    let request = &told["request"];
    assert_eq!(request["path"], "/a%2fb//../c");
    assert_eq!(request["query"], "x=%20&y");
    assert_eq!(request["host"], "Shop.Test:80");
    assert_eq!(request["protocol"], "HTTP/1.1");
    assert_eq!(request["headers"]["X-One"], serde_json::json!(["1", "2"]));
    assert_eq!(request["headers"]["hOsT"], serde_json::json!(["Shop.Test:80"]));
    assert_eq!(request["headers"]["x-Bin"], serde_json::json!(["\u{efff}\u{effe}"]));
    assert_eq!(stand_in.answers(), 1);
}

#[tokio::test]
async fn bodies_of_every_form_are_counted_and_the_next_request_follows() {
    let stand_in = open();
    let answer = say(
        &stand_in,
        b"POST /one HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello\
          PUT /two HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nTrailer: 1\r\n\r\n\
          HEAD /three HTTP/1.1\r\nHost: a\r\n\r\n\
          GET /four HTTP/1.0\r\n\r\n",
    )
    .await;
    let bodies: Vec<Value> = answer
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told: Vec<_> =
        bodies.iter().map(|b| (b["request"]["path"].clone(), b["request"]["body_bytes"].clone())).collect();
    assert_eq!(
        told,
        [("/one".into(), 5.into()), ("/two".into(), 7.into()), ("/four".into(), 0.into())],
        "HEAD has no body: {answer}"
    );
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 4);
}

#[tokio::test]
async fn a_client_that_asks_before_it_sends_is_told_to_continue() {
    let stand_in = open();
    within(async {
        let mut stream = TcpStream::connect(stand_in.address()).await.unwrap();
        let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-Continue\r\nConnection: close\r\n\r\n";
        stream.write_all(head).await.unwrap();
        let mut first = [0; 25];
        stream.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 100 Continue\r\n\r\n");
        stream.write_all(b"ok").await.unwrap();
        let mut rest = String::new();
        stream.read_to_string(&mut rest).await.unwrap();
        assert_eq!(json(&rest)["request"]["body_bytes"], 2);
    })
    .await;
}

#[tokio::test]
async fn what_is_ambiguous_is_refused_and_the_connection_closed() {
    let cases: &[(&[u8], &str)] = &[
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "two framings"),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "two lengths"),
        (b"GET / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", "no digits"),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", "no end"),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "a chunk's size"),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naXX", "a chunk's end"),
        (b"nonsense\r\n\r\n", "no request"),
    ];
    let stand_in = open();
    for (bytes, why) in cases {
        let answer = say(&stand_in, bytes).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{why}: {answer}");
    }
}

#[tokio::test]
async fn the_share_of_failures_is_as_told_and_the_same_each_time() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let stand_in = open();
        stand_in.set_fault(Fault { share: 0.2, code: 503, ..Fault::default() });
        let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(499);
        let last: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let answer = say(&stand_in, &[&*request, last].concat()).await;
        let failed: Vec<bool> =
            answer.lines().filter(|l| l.starts_with("HTTP/1.1 ")).map(|l| l.contains(" 503 ")).collect();
        let share = failed.iter().filter(|failed| **failed).count() as f64 / failed.len() as f64;
        assert_eq!(failed.len(), 500);
        assert!((0.15..0.25).contains(&share), "{share}");
        seen.push(failed);
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn a_slow_one_takes_its_time() {
    let stand_in = open();
    stand_in.set_fault(Fault { latency: Duration::from_millis(150), ..Fault::default() });
    let begun = std::time::Instant::now();
    say(&stand_in, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(begun.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn one_that_is_down_refuses_and_comes_back_on_the_same_port() {
    let stand_in = open();
    within(async {
        let mut held = TcpStream::connect(stand_in.address()).await.unwrap();
        held.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let mut byte = [0];
        held.read_exact(&mut byte).await.unwrap();
        for round in 0..3 {
            stand_in.set_fault(Fault { down: true, ..Fault::default() });
            while TcpStream::connect(stand_in.address()).await.is_ok() {
                tokio::task::yield_now().await;
            }
            if round == 0 {
                let mut rest = Vec::new();
                // Closed or reset: the connection ends with what was answered.
                let _ = held.read_to_end(&mut rest).await;
            }
            stand_in.set_fault(Fault::default());
            while TcpStream::connect(stand_in.address()).await.is_err() {
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
    assert!(say(&stand_in, b"GET / HTTP/1.0\r\n\r\n").await.contains(" 200 OK"));
}

#[tokio::test]
async fn one_that_starts_down_opens_when_told() {
    let stand_in = StandIn::open(backend(), Fault { down: true, ..Fault::default() }).unwrap();
    assert!(within(TcpStream::connect(stand_in.address())).await.is_err());
    stand_in.set_fault(Fault::default());
    within(async {
        while TcpStream::connect(stand_in.address()).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_dropped_one_closes_its_port_and_its_idle_connections() {
    let stand_in = open();
    let address = stand_in.address();
    within(async {
        let mut idle = TcpStream::connect(address).await.unwrap();
        idle.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let mut byte = [0];
        idle.read_exact(&mut byte).await.unwrap();
        drop(stand_in);
        let mut rest = Vec::new();
        idle.read_to_end(&mut rest).await.unwrap();
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn websocket_messages_come_back() {
    let stand_in = open();
    within(async {
        let mut stream = TcpStream::connect(stand_in.address()).await.unwrap();
        let hello = "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
        stream.write_all(hello.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.1 101 "));
        for length in [0_usize, 5, 125, 126, 70_000] {
            let text: Vec<u8> = (0..length).map(|n| n as u8).collect();
            let (mut read, mut write) = stream.split();
            let sent = frame(0x82, &text);
            let ((), echoed) = tokio::join!(async { write.write_all(&sent).await.unwrap() }, async {
                let mut echoed = vec![0; sent.len() - 4];
                read.read_exact(&mut echoed).await.unwrap();
                echoed
            });
            assert!(echoed.ends_with(&text) && echoed[0] == 0x82 && echoed[1] & 0x80 == 0, "{length}");
        }
        stream.write_all(&frame(0x89, b"p")).await.unwrap();
        let mut pong = [0; 3];
        stream.read_exact(&mut pong).await.unwrap();
        assert_eq!(&pong, b"\x8a\x01p");
        stream.write_all(&frame(0x88, &1000_u16.to_be_bytes())).await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"\x88\x02\x03\xe8");
    })
    .await;
}

#[tokio::test]
async fn a_websocket_frame_without_a_mask_is_an_error_of_protocol() {
    let stand_in = open();
    let hello = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n\x81\x01a";
    within(async {
        let mut stream = TcpStream::connect(stand_in.address()).await.unwrap();
        stream.write_all(hello).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.ends_with(b"\x88\x02\x03\xea"), "{answer:?}");
    })
    .await;
}

/// A masked frame, as clients send it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..126 => frame.push(0x80 | short as u8),
        middle @ 126..0x1_0000 => {
            frame.push(0xFE);
            frame.extend_from_slice(&(middle as u16).to_be_bytes());
        }
        long => {
            frame.push(0xFF);
            frame.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

#[tokio::test]
async fn http2_with_prior_knowledge_is_spoken() {
    let stand_in = open();
    within(async {
        let stream = TcpStream::connect(stand_in.address()).await.unwrap();
        let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let request = http::Request::post("http://shop.test/a%2Fb?c=d")
            .header("x-one", "1")
            .header("x-one", "2")
            .body(())
            .unwrap();
        let (response, mut body) = client.send_request(request, false).unwrap();
        body.send_data("hello".into(), true).unwrap();
        let mut response = response.await.unwrap();
        let mut text = Vec::new();
        while let Some(data) = response.body_mut().data().await {
            text.extend_from_slice(&data.unwrap());
        }
        let told: Value = serde_json::from_slice(&text).unwrap();
        let request = &told["request"];
        assert_eq!(request["method"], "POST");
        assert_eq!(request["protocol"], "HTTP/2.0");
        assert_eq!((request["path"].as_str(), request["query"].as_str()), (Some("/a%2Fb"), Some("c=d")));
        assert_eq!(request["host"], "shop.test");
        assert_eq!(request["headers"]["x-one"], serde_json::json!(["1", "2"]));
        assert_eq!(request["body_bytes"], 5);
    })
    .await;
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn many_behind_one_socket_are_told_apart() {
    let crowd = Crowd::open().unwrap();
    let named = |name: &str| {
        let service = Origin { kind: "Service".into(), namespace: "shop".into(), name: name.into() };
        StandIn::among(&crowd, Arc::new(BackendId { service, port: 80 }), Fault::default())
    };
    let (one, two) = (named("one"), named("two"));
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    assert_eq!(one.address().port(), two.address().port());
    assert_eq!(json(&say(&one, request).await)["service"]["name"], "one");
    assert_eq!(json(&say(&two, request).await)["service"]["name"], "two");
    one.set_fault(Fault { down: true, ..Fault::default() });
    let refused = |address| async move {
        let Ok(mut stream) = TcpStream::connect(address).await else { return true };
        stream.read(&mut [0]).await.is_err()
    };
    assert!(within(refused(one.address())).await, "down is reset");
    assert_eq!(json(&say(&two, request).await)["service"]["name"], "two");
    let address = two.address();
    drop(two);
    assert!(within(refused(address)).await, "gone is reset");
    drop((one, crowd));
    within(async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_slow_body_comes_so_slowly_after_its_head_and_whole() {
    let stand_in = open();
    stand_in.set_fault(Fault { pace: std::num::NonZeroU64::new(1000), ..Fault::default() });
    let begun = std::time::Instant::now();
    let answer = say(&stand_in, b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    let body = answer.rsplit("\r\n\r\n").next().unwrap();
    assert_eq!(json(&answer)["request"]["path"], "/slow");
    let wanted = body.len() as f64 / 1000.0;
    let took = begun.elapsed().as_secs_f64();
    assert!(took >= wanted * 0.9, "{took} for {wanted}");
    let begun = std::time::Instant::now();
    let head = say(&stand_in, b"HEAD /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(
        head.contains("Content-Length: ") && begun.elapsed().as_secs_f64() < wanted,
        "no body to wait for"
    );
}

#[tokio::test]
async fn a_slow_body_is_slow_over_http2_too() {
    let stand_in = open();
    stand_in.set_fault(Fault { pace: std::num::NonZeroU64::new(1000), ..Fault::default() });
    let begun = std::time::Instant::now();
    let (status, body) = within(async {
        use http_body_util::{BodyExt, Empty};
        use hyper_util::rt::{TokioExecutor, TokioIo};
        let stream = TcpStream::connect(stand_in.address()).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = http::Request::get("http://a/slow").body(Empty::<bytes::Bytes>::new()).unwrap();
        let answer = sender.send_request(request).await.unwrap();
        (answer.status(), answer.into_body().collect().await.unwrap().to_bytes())
    })
    .await;
    assert_eq!(status, 200);
    let told: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(told["request"]["protocol"], "HTTP/2.0");
    let (took, wanted) = (begun.elapsed().as_secs_f64(), body.len() as f64 / 1000.0);
    assert!(took >= wanted * 0.9, "{took} for {wanted}");
}

#[tokio::test]
async fn a_slow_body_ends_when_the_stand_in_goes_down() {
    let stand_in = open();
    stand_in.set_fault(Fault { pace: std::num::NonZeroU64::new(1), ..Fault::default() });
    let mut stream = TcpStream::connect(stand_in.address()).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut head = [0; 12];
    within(stream.read_exact(&mut head)).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    stand_in.set_fault(Fault { down: true, ..Fault::default() });
    let mut rest = Vec::new();
    // The end may be a reset.
    let _ = within(stream.read_to_end(&mut rest)).await;
}
