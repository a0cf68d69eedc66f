//! Scraping against servers that answer well, badly, or not at all.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;
use crate::rehearsal::testing::within;

/// A server that answers each request with these bytes; the connection stays open.
async fn saying(bytes: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 1024];
            while stream.read(&mut head).await.is_ok_and(|read| read > 0) {
                let _ = stream.write_all(bytes).await;
            }
        }
    });
    address
}

#[tokio::test]
async fn a_page_is_read_and_the_connection_kept() {
    let address = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na 1\n").await;
    let mut kept = None;
    for _ in 0..3 {
        assert_eq!(within(scrape(address, &mut kept)).await.unwrap(), "a 1\n");
        assert!(kept.is_some());
    }
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_is_opened_again() {
    let address = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na 1\n").await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut kept = Some(Connection::open(closed.local_addr().unwrap(), None).await.unwrap());
    drop(closed.accept().await.unwrap());
    assert_eq!(within(scrape(address, &mut kept)).await.unwrap(), "a 1\n");
}

#[tokio::test]
async fn a_status_other_than_200_is_a_failure() {
    let address = saying(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n").await;
    let error = within(scrape(address, &mut None)).await.unwrap_err();
    assert_eq!(error.to_string(), "status 503");
}

#[tokio::test]
async fn a_target_that_is_down_is_a_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = within(scrape(address, &mut None)).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
}
