//! HTTP/2 over TLS, one request on a connection of its own, as curl would send it.

use std::{net::SocketAddr, sync::Arc};

use http::Uri;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{Answer, PATIENCE, tls};
use crate::case::Request;

/// Lines that HTTP/2 does not have.
const OF_THE_CONNECTION: [&str; 5] =
    ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];

pub(super) fn send(request: &Request, lines: &[(String, String)], body: Vec<u8>, to: SocketAddr) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let answer =
        runtime.block_on(async { tokio::time::timeout(PATIENCE, ask(request, lines, body, to)).await });
    match answer {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            if std::env::var_os("CASE").is_some() {
                eprintln!("{}: {error}", request.name);
            }
            Answer::failed("closed", None)
        }
        Err(_) => Answer::failed("closed", None),
    }
}

async fn ask(
    request: &Request,
    lines: &[(String, String)],
    body: Vec<u8>,
    to: SocketAddr,
) -> Result<Answer, Box<dyn std::error::Error>> {
    let host = request.host.as_deref().unwrap_or_default();
    let (config, server) = tls::client(host.split(':').next(), None, &[b"h2"]);
    let stream = TlsConnector::from(Arc::new(config)).connect(server, TcpStream::connect(to).await?).await?;
    let (mut client, connection) = h2::client::handshake(stream).await?;
    tokio::spawn(connection);
    let uri = Uri::builder().scheme("https").authority(host).path_and_query(&*request.path).build()?;
    let mut head = http::Request::builder().method(&*request.method).uri(uri);
    for (name, value) in lines {
        let lower = name.to_lowercase();
        if !OF_THE_CONNECTION.contains(&&*lower) && lower != "host" {
            head = head.header(lower, value.as_str());
        }
    }
    if !body.is_empty() {
        head = head.header("content-length", body.len());
    }
    let (response, mut stream) = client.send_request(head.body(())?, body.is_empty())?;
    if !body.is_empty() {
        stream.send_data(body.into(), true)?;
    }
    let (head, mut body) = response.await?.into_parts();
    let text = |value: &http::HeaderValue| value.as_bytes().iter().map(|byte| char::from(*byte)).collect();
    let headers = head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let mut whole = Vec::new();
    while let Some(data) = body.data().await {
        let data = data?;
        whole.extend_from_slice(&data);
        body.flow_control().release_capacity(data.len())?;
    }
    Ok(Answer { status: head.status.as_u16().into(), headers, body: whole, certificate: None })
}
