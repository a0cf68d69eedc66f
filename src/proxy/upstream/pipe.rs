//! A request's body on its way to a stream of HTTP/2: one piece at a time, so that a slow backend slows the client.

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame};

/// One piece of a body on its way from the writer to the stream.
#[derive(Default)]
pub(super) struct Pipe {
    pub(super) data: Option<Bytes>,
    pub(super) trailers: Option<HeaderMap>,
    pub(super) ended: bool,
    /// The writer left before the end.
    pub(super) cut: bool,
    /// The reader left.
    pub(super) gone: bool,
    pub(super) reader: Option<Waker>,
    pub(super) writer: Option<Waker>,
}

impl Pipe {
    /// Has the reader look again.
    pub(super) fn wake_reader(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

/// The reading end of a pipe.
pub(super) struct Fed(pub(super) Rc<RefCell<Pipe>>);

impl Drop for Fed {
    fn drop(&mut self) {
        let mut pipe = self.0.borrow_mut();
        pipe.gone = true;
        if let Some(writer) = pipe.writer.take() {
            writer.wake();
        }
    }
}

impl Body for Fed {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let mut pipe = self.0.borrow_mut();
        if let Some(data) = pipe.data.take() {
            if let Some(writer) = pipe.writer.take() {
                writer.wake();
            }
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        if let Some(trailers) = pipe.trailers.take() {
            return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
        }
        if pipe.ended {
            return Poll::Ready(None);
        }
        if pipe.cut {
            return Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())));
        }
        pipe.reader = Some(cx.waker().clone());
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        let pipe = self.0.borrow();
        pipe.ended && pipe.data.is_none() && pipe.trailers.is_none()
    }
}
