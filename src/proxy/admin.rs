//! The admin port: `GET /metrics` and `GET /healthz`, on a thread of its own so that a busy worker does not hide it.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, thread::JoinHandle, time::Duration};

use http::{Method, Request, Response, StatusCode, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, sync::oneshot};

use super::Shared;

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
pub(super) fn serve(shared: Arc<Shared>, address: SocketAddr) -> io::Result<(SocketAddr, Admin)> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let bound = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (stop, stopped) = oneshot::channel();
    let thread = std::thread::Builder::new().name("cutover-admin".into()).spawn(move || {
        runtime.block_on(async {
            match TcpListener::from_std(listener) {
                Ok(listener) => accept(&shared, &listener, stopped).await,
                Err(error) => tracing::error!(%error, "the admin socket can not be used"),
            }
        });
    })?;
    Ok((bound, Admin { stop: Some(stop), thread: Some(thread) }))
}

async fn accept(shared: &Arc<Shared>, listener: &TcpListener, mut stopped: oneshot::Receiver<()>) {
    loop {
        let accepted = tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let shared = Arc::clone(shared);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let answer = answer(&shared, &request);
                async move { Ok::<_, Infallible>(answer) }
            });
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(Duration::from_secs(30))
                .serve_connection(TokioIo::new(stream), service)
                .await;
            if let Err(error) = served {
                tracing::debug!(%error, "an admin connection failed");
            }
        });
    }
}

fn answer(shared: &Shared, request: &Request<Incoming>) -> Response<String> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let (status, kind, body) = match request.uri().path() {
        "/metrics" if reads => (StatusCode::OK, "text/plain; version=0.0.4", shared.metrics()),
        "/healthz" if reads => (StatusCode::OK, "text/plain; charset=utf-8", "ok\n".into()),
        _ => (
            StatusCode::NOT_FOUND,
            "text/plain; charset=utf-8",
            "404: there are GET /metrics and GET /healthz\n".into(),
        ),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}
