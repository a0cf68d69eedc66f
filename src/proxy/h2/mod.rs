//! HTTP/2 from clients: over TLS by ALPN, in the clear with prior knowledge. hyper speaks it; each stream is decided and
//! forwarded as an HTTP/1.1 request is.
//!
//! Not passed on: 1xx answers and `Expect` (hyper can not send the former), upgrades, CONNECT (501).

mod prefixed;
mod relay;
mod source;
mod stream;

use std::{
    cell::Cell,
    convert::Infallible,
    future::poll_fn,
    pin::pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use hyper::{server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

pub(super) use prefixed::Prefixed;

use super::{
    entry::{Link, Phase},
    executor::Local,
    http1::MAX_HEAD,
    worker::Worker,
};

/// Streams that a client may have open at once.
const MOST_STREAMS: u32 = 200;

/// Window of a stream and of the connection, in bytes.
const WINDOW: u32 = 1024 * 1024;

/// A peer that is silent this long is asked whether it is there.
const PING: Duration = Duration::from_secs(30);

/// Serves a connection that speaks HTTP/2.
pub(super) async fn serve<S>(worker: Rc<Worker>, link: Rc<Link>, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let streams = Rc::new(Streams { open: Cell::new(0), link: Rc::clone(&link) });
    link.enter(Phase::Idle);
    let service = {
        let (link, streams) = (Rc::clone(&link), Rc::clone(&streams));
        service_fn(move |request| {
            let open = Open::new(&streams);
            let answered = stream::serve(Rc::clone(&worker), Rc::clone(&link), request, open);
            async move { Ok::<_, Infallible>(answered.await) }
        })
    };
    let connection = http2::Builder::new(Local)
        .timer(TokioTimer::new())
        .max_concurrent_streams(MOST_STREAMS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(4 * WINDOW)
        .max_header_list_size(MAX_HEAD as u32)
        .max_send_buf_size(400 * 1024)
        .keep_alive_interval(PING)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let mut ending = false;
    let served = poll_fn(|cx: &mut Context<'_>| {
        link.keep(cx);
        if !ending && (link.entry.is_closing() || link.is_expired()) {
            ending = true;
            connection.as_mut().graceful_shutdown();
        }
        match connection.as_mut().poll(cx) {
            Poll::Ready(done) => Poll::Ready(done),
            Poll::Pending => Poll::Pending,
        }
    })
    .await;
    if let Err(error) = served {
        tracing::debug!(client = %link.client, %error, "an HTTP/2 connection failed");
    }
}

/// Streams of one connection: while there is none, it is idle.
struct Streams {
    open: Cell<usize>,
    link: Rc<Link>,
}

/// An open stream.
struct Open(Rc<Streams>);

impl Open {
    fn new(streams: &Rc<Streams>) -> Self {
        streams.open.set(streams.open.get() + 1);
        streams.link.enter(Phase::Busy);
        Self(Rc::clone(streams))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let left = self.0.open.get().saturating_sub(1);
        self.0.open.set(left);
        if left == 0 {
            self.0.link.enter(Phase::Idle);
        }
    }
}
