//! The body of an HTTP/2 request, read like a stream of bytes; its trailers are put aside.

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use bytes::{Buf as _, Bytes};
use http_body::Body as _;
use hyper::body::Incoming;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::proxy::http1::field::may_trail;

/// What stands for an HTTP/2 client where a connection is expected: its body can be read, nothing can be written.
pub(super) struct Source {
    body: Incoming,
    rest: Bytes,
    /// Lines with CR LF.
    pub(super) trailers: Rc<RefCell<Vec<u8>>>,
    /// The end was said, or needs not to be. A stream whose request is complete is still there: it says nothing more.
    ended: bool,
    tells_end: bool,
}

impl Source {
    /// `tells_end`: the reader does not know the body's length.
    pub(super) fn new(body: Incoming, tells_end: bool) -> Self {
        Self { body, rest: Bytes::new(), trailers: Rc::default(), ended: false, tells_end }
    }
}

impl AsyncRead for Source {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if !this.rest.is_empty() {
                let count = this.rest.len().min(into.remaining());
                into.put_slice(this.rest.get(..count).unwrap_or_default());
                this.rest.advance(count);
                return Poll::Ready(Ok(()));
            }
            if this.ended {
                return Poll::Pending;
            }
            match ready!(Pin::new(&mut this.body).poll_frame(cx)) {
                None => {
                    this.ended = true;
                    if this.tells_end {
                        return Poll::Ready(Ok(()));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => this.rest = data,
                    Err(frame) => {
                        let mut lines = this.trailers.borrow_mut();
                        for (name, value) in frame.trailers_ref().into_iter().flatten() {
                            if may_trail(name.as_str()) {
                                for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                                    lines.extend_from_slice(part);
                                }
                            }
                        }
                    }
                },
            }
        }
    }
}

impl AsyncWrite for Source {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        // Only heads with 1xx would be written here, and HTTP/2 clients do not get them.
        Poll::Ready(Ok(from.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
