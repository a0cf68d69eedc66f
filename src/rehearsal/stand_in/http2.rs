//! HTTP/2 with prior knowledge: what `appProtocol: kubernetes.io/h2c` asks of a Service.

use std::{convert::Infallible, sync::Arc};

use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{net::TcpStream, sync::watch};

use super::{Shared, answer::Received};
use crate::rehearsal::Fault;

/// Answers until the client is done.
pub(super) async fn serve(stream: TcpStream, shared: Arc<Shared>, fault: watch::Receiver<Fault>) {
    let service = service_fn(move |request| {
        let (shared, fault) = (Arc::clone(&shared), fault.clone());
        async move { Ok::<_, Infallible>(answer(request, &shared, fault).await) }
    });
    let served = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "stand-in lost an HTTP/2 connection");
    }
}

async fn answer(
    request: Request<Incoming>,
    shared: &Shared,
    fault: watch::Receiver<Fault>,
) -> Response<Full<bytes::Bytes>> {
    let (head, mut body) = request.into_parts();
    let mut received =
        Received { method: head.method.as_str().to_owned(), protocol: "HTTP/2.0", ..Received::default() };
    received.target(head.uri.path_and_query().map_or("*", http::uri::PathAndQuery::as_str).as_bytes());
    received.headers = head
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect();
    received.host = match head.uri.authority() {
        Some(authority) => authority.as_str().as_bytes().to_vec(),
        None => received.header("host").unwrap_or_default().to_vec(),
    };
    let mut body_bytes = 0;
    while let Some(Ok(frame)) = body.frame().await {
        body_bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
    }
    let status = StatusCode::from_u16(shared.decide(&fault).await).unwrap_or(StatusCode::OK);
    let body = super::answer::body(&shared.backend, &received, body_bytes);
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}
