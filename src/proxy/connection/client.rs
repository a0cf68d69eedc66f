//! The client's side of an HTTP/1.1 connection: heads read within their time, answers written, the rest thrown away.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::io::{AsyncRead, AsyncWrite};

use crate::proxy::{
    buffer::Buffer,
    entry::{Link, Phase},
    http1::{
        Refused,
        body::{Decoder, Step},
        framing::Framing,
        head, nginx,
    },
};
use crate::routing::Reading;

/// A client and what came from it.
pub(in crate::proxy) struct Client<S> {
    pub(in crate::proxy) stream: S,
    pub(in crate::proxy) input: Buffer,
    pub(in crate::proxy) link: Rc<Link>,
    /// It closed its sending side.
    ended: bool,
    scanned: usize,
}

/// What came instead of nothing.
pub(in crate::proxy) enum Came {
    /// A head of so many bytes.
    Head(usize),
    Refused(Refused),
    /// The connection ended, failed, or is to end.
    Nothing,
}

/// Empty lines in front of a request that are put up with (RFC 9112, 2.2).
const EMPTY_LINES: usize = 4;

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub(in crate::proxy) fn new(stream: S, link: Rc<Link>) -> Self {
        Self { stream, input: Buffer::default(), link, ended: false, scanned: 0 }
    }

    /// Waits for a whole head. Holds no memory while nothing has come.
    pub(in crate::proxy) async fn head(&mut self, reading: Reading) -> Came {
        let mut empty_lines = 0;
        poll_fn(|cx| self.poll_head(cx, reading, &mut empty_lines)).await
    }

    fn poll_head(&mut self, cx: &mut Context<'_>, reading: Reading, empty_lines: &mut usize) -> Poll<Came> {
        loop {
            while self.input.filled().starts_with(b"\r\n") {
                self.input.consume(2);
                self.scanned = 0;
                *empty_lines += 1;
                if *empty_lines > EMPTY_LINES {
                    return Poll::Ready(Came::Refused(Refused::bad("there are only empty lines")));
                }
            }
            if !self.input.is_empty() {
                let (bytes, scanned) = (self.input.filled(), &mut self.scanned);
                let end = match reading {
                    Reading::Strict => head::end(bytes, scanned),
                    Reading::Nginx(buffers) => nginx::end(bytes, scanned, buffers),
                };
                match end {
                    Ok(Some(length)) => return Poll::Ready(Came::Head(length)),
                    Ok(None) => {}
                    Err(refused) => return Poll::Ready(Came::Refused(refused)),
                }
            } else if self.link.entry.is_closing() {
                return Poll::Ready(Came::Nothing);
            }
            if self.link.is_expired() {
                return Poll::Ready(if self.input.is_empty() {
                    Came::Nothing
                } else {
                    Came::Refused(Refused { status: 408, what: "the head did not come in time" })
                });
            }
            match self.input.poll_fill(cx, &mut self.stream) {
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Came::Nothing),
                Poll::Ready(Ok(_)) => {
                    if self.link.phase.get() == Phase::Idle {
                        self.link.enter(Phase::Head);
                    }
                }
                Poll::Pending => {
                    self.link.keep(cx);
                    return Poll::Pending;
                }
            }
        }
    }

    /// Looks after a client whose request is complete: what it sends is kept for later, and ready means that it is gone.
    /// One that closed its sending side may still read (RFC 9112, 9.6), so it gets some time.
    pub(in crate::proxy) fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while !self.ended && !self.input.is_full() {
            match self.input.poll_fill(cx, &mut self.stream) {
                Poll::Ready(Ok(0)) => self.ended = true,
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        if self.ended && self.link.phase.get() == Phase::Busy {
            self.link.enter(Phase::Leaving);
        }
        self.link.poll_expired(cx)
    }

    /// Another future, unless the client leaves before.
    pub(in crate::proxy) async fn unless_gone<T>(&mut self, future: impl Future<Output = T>) -> Option<T> {
        let mut future = std::pin::pin!(future);
        poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => self.poll_gone(cx).map(|()| None),
        })
        .await
    }

    /// It closed its sending side: there will be no further request.
    pub(in crate::proxy) fn is_ended(&self) -> bool {
        self.ended
    }

    /// Writes all; gives up on a client that does not read.
    pub(in crate::proxy) async fn write(&mut self, out: &mut Buffer) -> io::Result<()> {
        self.link.enter(Phase::Stalled);
        poll_fn(|cx| {
            while !out.is_empty() {
                match Pin::new(&mut self.stream).poll_write(cx, out.filled()) {
                    Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    Poll::Ready(Ok(count)) => out.consume(count),
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => {
                        return self.link.poll_expired(cx).map(|()| Err(io::ErrorKind::TimedOut.into()));
                    }
                }
            }
            match Pin::new(&mut self.stream).poll_flush(cx) {
                Poll::Ready(done) => Poll::Ready(done),
                Poll::Pending => self.link.poll_expired(cx).map(|()| Err(io::ErrorKind::TimedOut.into())),
            }
        })
        .await
    }

    /// Reads a body and forgets it. True when it ended well.
    pub(in crate::proxy) async fn discard(&mut self, framing: Framing) -> bool {
        let mut decoder = Decoder::new(framing);
        self.link.enter(Phase::Stalled);
        poll_fn(|cx| {
            loop {
                match decoder.step(&mut self.input) {
                    Ok(Step::End) => return Poll::Ready(true),
                    Ok(Step::Data(count)) => {
                        self.input.consume(count);
                        decoder.took(count);
                    }
                    Ok(Step::More) => match self.input.poll_fill(cx, &mut self.stream) {
                        Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(false),
                        Poll::Ready(Ok(_)) => {}
                        Poll::Pending => return self.link.poll_expired(cx).map(|()| false),
                    },
                    Err(_) => return Poll::Ready(false),
                }
            }
        })
        .await
    }

    /// Ends the connection so that the last answer arrives: closed with bytes unread, the system would send a reset that
    /// overtakes it. What still comes is thrown away for a moment.
    pub(in crate::proxy) async fn linger(mut self) {
        const LONGEST: Duration = Duration::from_secs(1);
        const MOST: usize = 1024 * 1024;
        let mut read = 0;
        let drain = async {
            if poll_fn(|cx| Pin::new(&mut self.stream).poll_shutdown(cx)).await.is_err() {
                return;
            }
            while read < MOST {
                self.input.consume(self.input.len());
                match poll_fn(|cx| self.input.poll_fill(cx, &mut self.stream)).await {
                    Ok(0) | Err(_) => return,
                    Ok(count) => read += count,
                }
            }
        };
        let _ = tokio::time::timeout(LONGEST, drain).await;
    }
}
