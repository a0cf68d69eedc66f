//! HTTP/2 with prior knowledge: what `appProtocol: kubernetes.io/h2c` asks of a Service.

use std::{
    convert::Infallible,
    num::NonZeroU64,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{net::TcpStream, sync::watch, time::Sleep};

use super::{Shared, Told, answer::Received};
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
) -> Response<Slow> {
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
    let Told { status, pace } = shared.decide(&fault).await;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let body = super::answer::body(&shared.backend, &received, body_bytes);
    let mut response = Response::new(Slow::new(body.into(), pace));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

/// A body that is sent at once, or so slowly.
struct Slow {
    left: Bytes,
    /// Bytes of a piece, and the pause before each.
    beat: Option<(usize, Duration)>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Slow {
    fn new(body: Bytes, pace: Option<NonZeroU64>) -> Self {
        Self { left: body, beat: pace.map(super::beat), pause: None }
    }
}

impl Body for Slow {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Self { left, beat, pause } = self.get_mut();
        if left.is_empty() {
            return Poll::Ready(None);
        }
        let Some((piece, length)) = *beat else {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(left)))));
        };
        let sleep = pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(length)));
        ready!(sleep.as_mut().poll(cx));
        *pause = None;
        let piece = left.split_to(piece.min(left.len()));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}
