//! HTTP/2: the same answers over streams.

use std::time::Duration;

use bytes::Bytes;
use h2::{Reason, RecvStream, server::SendResponse};
use http::{Request, Response};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, timeout_at},
};

use super::{
    Seat,
    answer::{Received, answer, lossy},
};

pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, seat: &Seat) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, respond))) = connection.accept().await {
        let seat = seat.clone();
        tokio::spawn(async move { exchange(request, respond, &seat).await });
    }
}

async fn exchange(request: Request<RecvStream>, mut respond: SendResponse<Bytes>, seat: &Seat) -> Option<()> {
    let (head, mut body) = request.into_parts();
    let authority = head.uri.authority().map(ToString::to_string);
    let mut received = Received {
        method: head.method.to_string(),
        target: head.uri.path_and_query().map_or(&b"*"[..], |target| target.as_str().as_bytes()).to_vec(),
        protocol: "HTTP/2.0",
        ..Received::default()
    };
    for (name, value) in &head.headers {
        received.headers.entry(name.to_string()).or_default().push(lossy(value.as_bytes()));
    }
    // Beside an authority, `Host` is a header like any.
    let host = received.headers.get("host").and_then(|hosts| hosts.first().cloned());
    received.host = authority.or(host).unwrap_or_default();
    if let Some(cookies) = received.headers.get_mut("cookie") {
        *cookies = vec![cookies.join("; ")];
    }
    let end = Instant::now() + Duration::from_millis(500);
    while let Ok(Some(Ok(data))) = timeout_at(end, body.data()).await {
        received.body_bytes += data.len();
        let _ = body.flow_control().release_capacity(data.len());
    }
    let Some(reply) = answer(received, seat).await else {
        respond.send_reset(Reason::INTERNAL_ERROR);
        return None;
    };
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    let mut send = respond.send_response(response.body(()).ok()?, reply.body.is_empty()).ok()?;
    if !reply.body.is_empty() {
        send.send_data(reply.body.into(), true).ok()?;
    }
    Some(())
}
