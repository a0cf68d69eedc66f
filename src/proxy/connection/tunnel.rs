//! After a 101: bytes both ways, each direction ended on its own.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite};

use super::client::Client;
use crate::proxy::{
    buffer::Buffer,
    entry::Phase,
    http1::{
        flow::{Broken, Encode, Flow},
        framing::Framing,
    },
    upstream::Connection,
};

/// Copies until both sides ended or one failed. The client gets `head` first.
pub(super) async fn run<S: AsyncRead + AsyncWrite + Unpin>(
    mut client: Client<S>,
    mut backend: Connection,
    head: Buffer,
) {
    client.link.enter(Phase::Busy);
    let mut up = Direction::new(Buffer::default());
    let mut down = Direction::new(head);
    poll_fn(|cx| {
        let there = up.poll(cx, &mut client.stream, &mut client.input, &mut backend.stream);
        let back = down.poll(cx, &mut backend.stream, &mut backend.input, &mut client.stream);
        match (there, back) {
            (Poll::Ready(Err(_)), _)
            | (_, Poll::Ready(Err(_)))
            | (Poll::Ready(Ok(())), Poll::Ready(Ok(()))) => Poll::Ready(()),
            (Poll::Ready(Ok(())) | Poll::Pending, Poll::Pending) | (Poll::Pending, Poll::Ready(Ok(()))) => {
                Poll::Pending
            }
        }
    })
    .await;
}

/// One direction, then the end of it.
struct Direction {
    flow: Flow,
    closed: bool,
}

impl Direction {
    fn new(first: Buffer) -> Self {
        Self { flow: Flow::new(Framing::Close, Encode::Raw, first), closed: false }
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut (impl AsyncRead + Unpin),
        from: &mut Buffer,
        sink: &mut (impl AsyncWrite + Unpin),
    ) -> Poll<Result<(), Broken>> {
        if self.closed {
            return Poll::Ready(Ok(()));
        }
        match self.flow.poll(cx, source, from, sink) {
            Poll::Ready(Ok(())) => match Pin::new(sink).poll_shutdown(cx) {
                Poll::Ready(Ok(())) => {
                    self.closed = true;
                    Poll::Ready(Ok(()))
                }
                Poll::Ready(Err(_)) => Poll::Ready(Err(Broken::Sink)),
                Poll::Pending => Poll::Pending,
            },
            other => other,
        }
    }
}
