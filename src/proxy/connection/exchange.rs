//! One try of a request at one connection: sent, answered, relayed. Both directions move at once.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    client::Client,
    deadline::{Deadline, Waiting},
};
use crate::proxy::{
    buffer::Buffer,
    entry::Phase,
    http1::{
        Refused,
        flow::{Broken, Flow, Waits},
        head,
    },
    upstream::Connection,
};

/// Why a try ended without an answer, or an answer without its end.
#[derive(Debug)]
pub(in crate::proxy) enum Failure {
    /// The client went away, stalled, or its body can not be read.
    Client,
    /// The client's body is not framed validly.
    Body(Refused),
    /// The backend's connection failed or ended.
    Backend(io::Error),
    /// The backend's answer is not valid.
    Answer(Refused),
    /// No time is left.
    Late,
    /// The backend took, or gave, nothing for too long.
    Stalled,
}

/// The state of one try.
pub(in crate::proxy) struct Exchange<'x, S> {
    pub(in crate::proxy) client: &'x mut Client<S>,
    pub(in crate::proxy) backend: Connection,
    pub(in crate::proxy) upload: &'x mut Flow,
    pub(in crate::proxy) deadline: Deadline,
    /// The backend takes no more of the request; its answer may still come.
    pub(in crate::proxy) refuses_more: bool,
    /// The client got a head with 1xx.
    pub(in crate::proxy) interim: bool,
    scanned: usize,
    seen: u64,
    /// Reads from the backend before its head was there.
    reads: u64,
}

impl<'x, S: AsyncRead + AsyncWrite + Unpin> Exchange<'x, S> {
    pub(in crate::proxy) fn new(
        client: &'x mut Client<S>,
        backend: Connection,
        upload: &'x mut Flow,
        deadline: Deadline,
    ) -> Self {
        Self {
            client,
            backend,
            upload,
            deadline,
            refuses_more: false,
            interim: false,
            scanned: 0,
            seen: 0,
            reads: 0,
        }
    }

    /// Sends the request and waits for a head. `interim` is what the client gets in the meantime.
    pub(in crate::proxy) async fn head(&mut self, interim: &mut Buffer) -> Result<usize, Failure> {
        poll_fn(|cx| {
            self.send(cx)?;
            self.tell(cx, interim)?;
            loop {
                match head::end(self.backend.input.filled(), &mut self.scanned) {
                    Ok(Some(length)) => return Poll::Ready(Ok(length)),
                    Ok(None) => {}
                    Err(refused) => return Poll::Ready(Err(Failure::Answer(refused))),
                }
                match self.backend.input.poll_fill(cx, &mut self.backend.stream) {
                    Poll::Ready(Ok(0)) => {
                        return Poll::Ready(Err(Failure::Backend(io::ErrorKind::UnexpectedEof.into())));
                    }
                    Poll::Ready(Ok(_)) => self.reads += 1,
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(Failure::Backend(error))),
                    Poll::Pending => break,
                }
            }
            let uploading = !self.upload.is_finished() && !self.refuses_more;
            let waiting = match (uploading, self.upload.waits) {
                (false, _) => Waiting::Answer,
                (true, Waits::Sink) => Waiting::Room,
                (true, Waits::Source) => Waiting::Client,
            };
            if self.deadline.is_idle(cx, waiting, self.upload.progress + self.reads) {
                return Poll::Ready(Err(Failure::Stalled));
            }
            let on_client = uploading && self.upload.waits == Waits::Source || !interim.is_empty();
            self.wait(cx, on_client, self.upload.progress).map(Err)
        })
        .await
    }

    /// Relays the answer to its end, and what is left of the request.
    pub(in crate::proxy) async fn relay(&mut self, download: &mut Flow) -> Result<(), Failure> {
        poll_fn(|cx| {
            match self.send(cx) {
                Ok(()) => {}
                Err(late @ (Failure::Late | Failure::Stalled)) => return Poll::Ready(Err(late)),
                // What fails of the request now does not matter to the answer.
                Err(Failure::Client | Failure::Body(_) | Failure::Backend(_) | Failure::Answer(_)) => {
                    self.refuses_more = true;
                }
            }
            let backend = &mut self.backend;
            match download.poll(cx, &mut backend.stream, &mut backend.input, &mut self.client.stream) {
                Poll::Ready(Ok(())) => return Poll::Ready(Ok(())),
                Poll::Ready(Err(Broken::Sink)) => return Poll::Ready(Err(Failure::Client)),
                Poll::Ready(Err(Broken::Source(error))) => return Poll::Ready(Err(Failure::Backend(error))),
                Poll::Ready(Err(Broken::Framing(refused))) => {
                    return Poll::Ready(Err(Failure::Answer(refused)));
                }
                Poll::Pending => {}
            }
            let waiting = if download.waits == Waits::Source { Waiting::Answer } else { Waiting::Client };
            if self.deadline.is_idle(cx, waiting, download.progress) {
                return Poll::Ready(Err(Failure::Stalled));
            }
            self.wait(cx, download.waits == Waits::Sink, download.progress).map(Err)
        })
        .await
    }

    /// Moves the request on. A backend that takes no more may answer all the same.
    fn send(&mut self, cx: &mut Context<'_>) -> Result<(), Failure> {
        if self.deadline.is_over(cx) {
            return Err(Failure::Late);
        }
        if self.upload.is_finished() || self.refuses_more {
            return Ok(());
        }
        let Client { stream, input, .. } = &mut *self.client;
        match self.upload.poll(cx, stream, input, &mut self.backend.stream) {
            Poll::Ready(Ok(())) | Poll::Pending => Ok(()),
            Poll::Ready(Err(Broken::Sink)) => {
                self.refuses_more = true;
                Ok(())
            }
            Poll::Ready(Err(Broken::Source(_))) => Err(Failure::Client),
            Poll::Ready(Err(Broken::Framing(refused))) => Err(Failure::Body(refused)),
        }
    }

    /// Sends the client what comes before the answer.
    fn tell(&mut self, cx: &mut Context<'_>, interim: &mut Buffer) -> Result<(), Failure> {
        while !interim.is_empty() {
            match Pin::new(&mut self.client.stream).poll_write(cx, interim.filled()) {
                Poll::Ready(Ok(0) | Err(_)) => return Err(Failure::Client),
                Poll::Ready(Ok(count)) => interim.consume(count),
                Poll::Pending => return Ok(()),
            }
        }
        match Pin::new(&mut self.client.stream).poll_flush(cx) {
            Poll::Ready(Err(_)) => Err(Failure::Client),
            Poll::Ready(Ok(())) | Poll::Pending => Ok(()),
        }
    }

    /// Nothing moves, for now; `on_client`: because of the client. Its time counts from the last progress.
    fn wait(&mut self, cx: &mut Context<'_>, on_client: bool, progress: u64) -> Poll<Failure> {
        let client = &mut *self.client;
        let phase = match (on_client, client.is_ended()) {
            (true, _) => Phase::Stalled,
            (false, true) => Phase::Leaving,
            (false, false) => Phase::Busy,
        };
        let moved = std::mem::replace(&mut self.seen, progress) != progress;
        if client.link.phase.get() != phase || (moved && phase != Phase::Busy) {
            client.link.enter(phase);
        }
        let gone = if self.upload.is_encoded() { client.poll_gone(cx) } else { client.link.poll_expired(cx) };
        gone.map(|()| Failure::Client)
    }
}
