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
    worker::{Watched, Worker},
};

/// Streams that a client may have open at once.
const MOST_STREAMS: u32 = 200;

/// Window of a stream and of the connection, in bytes.
const WINDOW: u32 = 1024 * 1024;

/// Most bytes of a stream that wait for a client that does not read its socket.
const SEND_BUFFER: usize = 128 * 1024;

/// A peer that is silent this long is asked whether it is there.
const PING: Duration = Duration::from_secs(30);

/// Serves a connection that speaks HTTP/2.
pub(super) async fn serve<S>(worker: Rc<Worker>, link: Rc<Link>, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let streams = Rc::new(Streams {
        open: Cell::new(0),
        stalled: Cell::new(0),
        ending: Cell::new(false),
        link: Rc::clone(&link),
    });
    link.enter(Phase::Idle);
    let service = {
        let (link, streams, worker) = (Rc::clone(&link), Rc::clone(&streams), Rc::clone(&worker));
        service_fn(move |request| {
            let stream = Rc::new(link.stream());
            let open = Open::new(&worker, &streams, Rc::clone(&stream));
            let answered = stream::serve(Rc::clone(&worker), stream, request, open);
            async move { Ok::<_, Infallible>(answered.await) }
        })
    };
    let connection = http2::Builder::new(Local)
        .timer(TokioTimer::new())
        .max_concurrent_streams(MOST_STREAMS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(4 * WINDOW)
        .max_header_list_size(MAX_HEAD as u32)
        .max_send_buf_size(SEND_BUFFER)
        .keep_alive_interval(PING)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let served = poll_fn(|cx: &mut Context<'_>| {
        link.keep(cx);
        let ending = streams.ending.get();
        if link.is_aborted() || (ending && link.is_expired()) {
            return Poll::Ready(Ok(()));
        }
        if !ending && (link.entry.is_closing() || link.is_expired()) {
            streams.end();
            connection.as_mut().graceful_shutdown();
        }
        connection.as_mut().poll(cx)
    })
    .await;
    if let Err(error) = served {
        tracing::debug!(client = %link.client, %error, "an HTTP/2 connection failed");
    }
}

/// Streams of one connection: while there is none, it is idle.
struct Streams {
    open: Cell<usize>,
    /// Those whose client did not read for too long.
    stalled: Cell<usize>,
    /// The client was told to open no more of them.
    ending: Cell<bool>,
    link: Rc<Link>,
}

impl Streams {
    /// The client has the time of a head to end the connection, once no stream is open.
    fn end(&self) {
        self.ending.set(true);
        if self.open.get() == 0 {
            self.link.enter(Phase::Head);
        }
    }
}

/// An open stream.
struct Open {
    streams: Rc<Streams>,
    link: Rc<Link>,
    stalled: Cell<bool>,
    _watched: Watched,
}

impl Open {
    fn new(worker: &Rc<Worker>, streams: &Rc<Streams>, link: Rc<Link>) -> Self {
        streams.open.set(streams.open.get() + 1);
        streams.link.enter(Phase::Busy);
        let watched = worker.watch(Rc::clone(&link));
        Self { streams: Rc::clone(streams), link, stalled: Cell::new(false), _watched: watched }
    }

    /// The client does not read this stream. Where it reads none, the connection ends.
    fn stall(&self) {
        self.stalled.set(true);
        let count = self.streams.stalled.get() + 1;
        self.streams.stalled.set(count);
        if count >= self.streams.open.get() {
            self.streams.link.abort();
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let Streams { open, stalled, ending, link } = &*self.streams;
        if self.stalled.get() {
            stalled.set(stalled.get().saturating_sub(1));
        }
        let left = open.get().saturating_sub(1);
        open.set(left);
        if left == 0 {
            link.enter(if ending.get() { Phase::Head } else { Phase::Idle });
        }
    }
}
