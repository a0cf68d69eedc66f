//! The admin port: `GET /metrics` and `GET /healthz`, on a thread of its own so that a busy worker does not hide it; and
//! what the proxy's owner serves there besides.

use std::{
    convert::Infallible, io, net::SocketAddr, pin::Pin, sync::Arc, thread::JoinHandle, time::Duration,
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header, request::Parts};
use http_body_util::{BodyExt as _, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, sync::oneshot};

use super::Shared;

/// For a request's head, and for its body.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Most bytes of a request's body: ten thousand names and more.
const BODY: usize = 4 * 1024 * 1024;

/// What the owner of a proxy serves at the admin port besides.
pub trait Annex: Send + Sync + 'static {
    /// Adds lines to `/metrics`.
    fn metrics(&self, text: &mut String);

    /// Answers a request for a path that is not the proxy's; none when it is not the owner's either.
    fn answer(&self, request: Asked) -> Option<Answering>;
}

/// A request at the admin port.
#[derive(Debug)]
pub struct Asked {
    /// Who asks.
    pub from: SocketAddr,
    /// The head.
    pub head: Parts,
    /// The whole body.
    pub body: Bytes,
}

/// An answer to come.
pub type Answering = Pin<Box<dyn Future<Output = Response<String>> + Send>>;

/// Who answers.
struct Desk {
    shared: Arc<Shared>,
    annex: Option<Arc<dyn Annex>>,
}

/// A running admin port; dropping it ends it.
pub(super) struct Admin {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Admin {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Binds and serves.
pub(super) fn serve(
    shared: Arc<Shared>,
    address: SocketAddr,
    annex: Option<Arc<dyn Annex>>,
) -> io::Result<(SocketAddr, Admin)> {
    let desk = Arc::new(Desk { shared, annex });
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let bound = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (stop, stopped) = oneshot::channel();
    let thread = std::thread::Builder::new().name("cutover-admin".into()).spawn(move || {
        runtime.block_on(async {
            match TcpListener::from_std(listener) {
                Ok(listener) => accept(&desk, &listener, stopped).await,
                Err(error) => tracing::error!(%error, "the admin socket can not be used"),
            }
        });
    })?;
    Ok((bound, Admin { stop: Some(stop), thread: Some(thread) }))
}

async fn accept(desk: &Arc<Desk>, listener: &TcpListener, mut stopped: oneshot::Receiver<()>) {
    loop {
        let accepted = tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, from)) = accepted else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let desk = Arc::clone(desk);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let desk = Arc::clone(&desk);
                async move { Ok::<_, Infallible>(desk.answer(from, request).await) }
            });
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            if let Err(error) = served {
                tracing::debug!(%error, "an admin connection failed");
            }
        });
    }
}

impl Desk {
    async fn answer(&self, from: SocketAddr, request: Request<Incoming>) -> Response<String> {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        match request.uri().path() {
            "/metrics" if reads => {
                let mut text = self.shared.metrics();
                if let Some(annex) = &self.annex {
                    annex.metrics(&mut text);
                }
                answer(StatusCode::OK, "text/plain; version=0.0.4", text)
            }
            "/healthz" if reads => plain(StatusCode::OK, "ok\n"),
            _ => self.besides(from, request).await,
        }
    }

    /// What the proxy has nothing for.
    async fn besides(&self, from: SocketAddr, request: Request<Incoming>) -> Response<String> {
        let nothing = || plain(StatusCode::NOT_FOUND, "404: there are GET /metrics and GET /healthz\n");
        let Some(annex) = &self.annex else { return nothing() };
        let (head, body) = request.into_parts();
        let read = tokio::time::timeout(HEAD_TIMEOUT, Limited::new(body, BODY).collect()).await;
        let Ok(Ok(body)) = read else {
            return plain(StatusCode::BAD_REQUEST, "400: the body did not come, or is too long\n");
        };
        match annex.answer(Asked { from, head, body: body.to_bytes() }) {
            Some(answering) => answering.await,
            None => nothing(),
        }
    }
}

fn plain(status: StatusCode, text: &str) -> Response<String> {
    answer(status, "text/plain; charset=utf-8", text.to_owned())
}

fn answer(status: StatusCode, kind: &'static str, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}
