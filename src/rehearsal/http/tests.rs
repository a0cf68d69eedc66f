//! The client against servers that say one thing and close.

use tokio::net::TcpListener;

use super::*;
use crate::rehearsal::testing::within;

/// A server that answers its first request with these bytes and closes.
async fn saying(bytes: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 1024];
        let _ = stream.read(&mut head).await;
        let _ = stream.write_all(bytes).await;
    });
    address
}

async fn ask(bytes: &'static [u8], body: Body) -> io::Result<Answer> {
    within(async {
        let mut connection = Connection::open(saying(bytes).await, None).await?;
        connection.exchange(b"GET / HTTP/1.1\r\n\r\n", body, &mut false).await
    })
    .await
}

#[tokio::test]
async fn every_way_to_end_a_body_is_understood() {
    let cases: &[(&[u8], Body, &str, bool, &str)] = &[
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", Body::Keep(9), "hi", true, "a length"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x\r\nh\r\n1\r\ni\r\n0\r\nT: 1\r\n\r\n",
            Body::Keep(9),
            "hi",
            true,
            "chunks, extensions and trailers",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\nhi", Body::Keep(9), "hi", false, "the end of the connection"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", Body::Keep(9), "hi", false, "1.0 closes"),
        (
            b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nhi",
            Body::Keep(9),
            "hi",
            false,
            "told",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", Body::Absent, "", true, "HEAD"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", Body::Keep(9), "", true, "204 has none"),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", Body::Keep(9), "", true, "304 has none"),
        (
            b"HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            Body::Keep(9),
            "",
            true,
            "hints first",
        ),
    ];
    for (bytes, body, text, reusable, why) in cases {
        let answer = ask(bytes, *body).await.unwrap();
        assert_eq!(String::from_utf8(answer.body).unwrap(), *text, "{why}");
        assert_eq!(answer.reusable, *reusable, "{why}");
    }
}

#[tokio::test]
async fn what_is_no_whole_answer_is_an_error() {
    let cases: &[(&[u8], &str)] = &[
        (b"", "closed before the end"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", "closed before the end"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi", "closed before the end"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "chunk's size"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nhi", "no number"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "no HTTP/1"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", "too long"),
    ];
    for (bytes, why) in cases {
        let error = ask(bytes, Body::Keep(9)).await.unwrap_err().to_string();
        assert!(error.contains(why), "{error}: {why}");
    }
}
