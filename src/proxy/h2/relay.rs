//! A backend's answer as the body of an HTTP/2 stream. While it is read, what is left of the request is sent.

use std::{
    borrow::Cow,
    cell::RefCell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Instant,
};

use bytes::Bytes;
use http_body::{Body, Frame};

use super::{Open, source::Source};
use crate::proxy::{
    connection::{client::Client, deadline::Deadline, translate::Kept},
    counters::By,
    entry::Phase,
    http1::{
        body::{Decoder, Step},
        flow::Flow,
    },
    limits::Held,
    tap::{Ended, Seen},
    target::Target,
    upstream::{self, Connection},
    worker::Worker,
};

/// Most bytes of one frame.
const PIECE: usize = 16 * 1024;

/// The body of an answer.
pub(super) enum Relay {
    /// An answer of the proxy, counted when it is dropped.
    Own(Option<Bytes>, #[expect(dead_code, reason = "kept for its end")] Counted),
    Backend(Rc<RefCell<Backend>>),
}

/// Counts an answer at its end, or when the client leaves before.
pub(super) struct Counted {
    pub(super) worker: Rc<Worker>,
    pub(super) target: Rc<Target>,
    pub(super) started: Instant,
    pub(super) status: u16,
    pub(super) by: By,
    /// Of the body.
    pub(super) bytes: u64,
    /// What went wrong.
    pub(super) why: Option<Cow<'static, str>>,
    /// What was asked, for who watches.
    pub(super) seen: Option<Box<Seen>>,
    /// Counted as under way until now.
    #[expect(dead_code, reason = "kept for its end")]
    pub(super) held: Option<Held>,
    pub(super) open: Open,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let (status, by, took) = (self.status, self.by, self.started.elapsed());
        self.target.series.answered(status, by, took);
        if let Some(seen) = self.seen.take() {
            let ended = Ended { status, by, took, bytes: self.bytes, problem: self.why.take() };
            seen.end(&self.worker, &self.open.link, &self.target, ended);
        }
    }
}

/// An answer that comes from a backend.
pub(super) struct Backend {
    pub(super) worker: Rc<Worker>,
    /// None when the body is over and the connection went back.
    pub(super) connection: Option<Connection>,
    pub(super) decoder: Decoder,
    pub(super) client: Client<Source>,
    pub(super) upload: Flow,
    pub(super) refuses_more: bool,
    pub(super) deadline: Deadline,
    pub(super) kept: Kept,
    pub(super) counted: Counted,
    /// The client did not read for too long: what was held for it is given back.
    pub(super) given_up: bool,
}

impl Backend {
    fn fail(&mut self, status: u16, why: &'static str) -> io::Error {
        self.connection = None;
        self.counted.status = status;
        self.counted.by = By::Proxy;
        self.counted.why = Some(why.into());
        io::Error::other(why)
    }

    /// The body is over: the connection can serve others, if the request is too.
    fn settle(&mut self) {
        if let Some(connection) = self.connection.take()
            && self.kept.backend
            && self.upload.is_finished()
        {
            self.worker.pools.http1.put(connection, Instant::now());
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.deadline.is_over(cx) {
            return Poll::Ready(Some(Err(self.fail(504, "no time is left"))));
        }
        if self.given_up {
            return Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into())));
        }
        let Some(connection) = &mut self.connection else { return Poll::Ready(None) };
        if !self.upload.is_finished() && !self.refuses_more {
            let Client { stream, input, .. } = &mut self.client;
            if let Poll::Ready(Err(_)) = self.upload.poll(cx, stream, input, &mut connection.stream) {
                self.refuses_more = true;
            }
        }
        loop {
            match self.decoder.step(&mut connection.input) {
                Err(_) => return Poll::Ready(Some(Err(self.fail(502, "the answer is not valid")))),
                Ok(Step::Data(count)) => {
                    let count = count.min(PIECE);
                    let piece = connection.input.filled().get(..count).unwrap_or_default();
                    let piece = Bytes::copy_from_slice(piece);
                    connection.input.consume(count);
                    self.decoder.took(count);
                    self.counted.bytes += count as u64;
                    if self.decoder.is_done() {
                        self.settle();
                    }
                    return Poll::Ready(Some(Ok(Frame::data(piece))));
                }
                Ok(Step::End) => {
                    let trailers = upstream::trailers(self.decoder.trailers());
                    self.settle();
                    return Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers))));
                }
                Ok(Step::More) => {
                    let read = connection.input.poll_fill(cx, &mut connection.stream);
                    match self.deadline.of_backend(cx, read, self.counted.bytes) {
                        Poll::Pending => return Poll::Pending,
                        Poll::Ready(None) => {
                            return Poll::Ready(Some(Err(self.fail(504, "the backend fell silent"))));
                        }
                        Poll::Ready(Some(Ok(0))) if self.decoder.end_of_stream() => {
                            self.connection = None;
                            return Poll::Ready(None);
                        }
                        Poll::Ready(Some(Ok(0))) => {
                            return Poll::Ready(Some(Err(self.fail(502, "the answer was cut short"))));
                        }
                        Poll::Ready(Some(Ok(_))) => {}
                        Poll::Ready(Some(Err(_))) => {
                            return Poll::Ready(Some(Err(self.fail(502, "the answer broke off"))));
                        }
                    }
                }
            }
        }
    }
}

impl Body for Relay {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.get_mut() {
            Self::Own(text, _) => Poll::Ready(text.take().map(|text| Ok(Frame::data(text)))),
            Self::Backend(backend) => {
                let mut backend = backend.borrow_mut();
                let polled = backend.poll(cx);
                // What was given waits for the client; it is asked for more when the client has room.
                let phase = if polled.is_pending() { Phase::Busy } else { Phase::Stalled };
                backend.counted.open.link.enter(phase);
                polled
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Own(text, _) => text.is_none(),
            Self::Backend(backend) => {
                let backend = backend.borrow();
                backend.connection.is_none() && !backend.given_up
            }
        }
    }
}

impl Relay {
    /// An answer of a backend; one without a body is over at once.
    pub(super) fn new(mut backend: Backend) -> Self {
        if backend.decoder.is_done() {
            backend.settle();
        }
        let link = Rc::clone(&backend.counted.open.link);
        link.enter(Phase::Stalled);
        let backend = Rc::new(RefCell::new(backend));
        let held = Rc::downgrade(&backend);
        // A stream without room is not polled: the clock alone sees that its client does not read.
        link.on_expiry(Box::new(move || {
            let Some(backend) = held.upgrade() else { return };
            let mut backend = backend.borrow_mut();
            if backend.connection.take().is_some() {
                backend.given_up = true;
                backend.counted.why = Some("the client did not read the answer".into());
                backend.counted.open.stall();
            }
        }));
        Self::Backend(backend)
    }
}
