//! Copies of requests to other backends: never in the way of the request itself, and their answers thrown away.
//!
//! A copy has connections of its own. Of a body at most [`MOST_WAITING`] bytes wait for a slow receiver: beyond that the
//! copy is given up and counted as dropped. A worker has at most [`MOST_COPIES`] copies under way, each for at most
//! [`LONGEST`]. Trailers are not copied.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tokio::io::{AsyncRead, ReadBuf};

use super::{
    buffer::Buffer,
    counters::{Copied, Series},
    http1::{
        body::{Decoder, Step},
        flow::{Encode, Flow},
        framing::Framing,
        head,
    },
    request,
    response::AnswerFacts,
    target::Target,
    upstream::{self, Connection, Way},
    worker::{Kept, Worker},
};
use crate::routing::Template;

/// Bytes of a body that wait for the receiver of a copy.
const MOST_WAITING: usize = 256 * 1024;

/// Copies under way in one worker.
const MOST_COPIES: usize = 256;

/// The life of a copy.
const LONGEST: Duration = Duration::from_secs(30);

/// The sending end of a copy's body. Dropped before its end, the copy is given up.
pub(super) struct Tee(Rc<Feed>);

#[derive(Default)]
struct Feed {
    waiting: RefCell<Buffer>,
    state: Cell<FeedState>,
    reader: Kept,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum FeedState {
    #[default]
    Open,
    Ended,
    /// The request was not sent to its end.
    Cut,
    /// The receiver was too slow.
    Overflown,
}

impl Tee {
    /// A piece of the body.
    pub(super) fn body(&self, piece: &[u8]) {
        if self.0.state.get() != FeedState::Open {
            return;
        }
        let mut waiting = self.0.waiting.borrow_mut();
        if waiting.len() + piece.len() > MOST_WAITING {
            self.0.state.set(FeedState::Overflown);
        } else {
            waiting.extend(piece);
        }
        self.0.reader.wake();
    }

    /// The body is complete.
    pub(super) fn end(self) {
        if self.0.state.get() == FeedState::Open {
            self.0.state.set(FeedState::Ended);
        }
    }
}

impl Drop for Tee {
    fn drop(&mut self) {
        if self.0.state.get() == FeedState::Open {
            self.0.state.set(FeedState::Cut);
        }
        self.0.reader.wake();
    }
}

/// The reading end.
struct Fed(Rc<Feed>);

impl AsyncRead for Fed {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let feed = &self.0;
        let mut waiting = feed.waiting.borrow_mut();
        match feed.state.get() {
            FeedState::Cut => return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
            FeedState::Overflown => return Poll::Ready(Err(io::ErrorKind::OutOfMemory.into())),
            FeedState::Open if waiting.is_empty() => {
                feed.reader.keep(cx.waker());
                return Poll::Pending;
            }
            FeedState::Open | FeedState::Ended => {}
        }
        let count = waiting.len().min(into.remaining());
        into.put_slice(waiting.filled().get(..count).unwrap_or_default());
        waiting.consume(count);
        waiting.release();
        Poll::Ready(Ok(()))
    }
}

/// Starts the copies of a request; `head` is what its backend gets, `heads` are those of copies that have one of their
/// own, without framing and end.
pub(super) fn start(
    worker: &Rc<Worker>,
    target: &Target,
    heads: &[Option<Buffer>],
    head: &Buffer,
    framing: Framing,
) -> Vec<Tee> {
    let mut tees = Vec::new();
    for (at, (mirror, endpoints)) in target.mirrors.iter().enumerate() {
        if !mirror.takes(fastrand::u64(..)) {
            continue;
        }
        if let (Framing::Length(length), Some(most)) = (framing, mirror.max_body)
            && length as u64 > most
        {
            continue;
        }
        let to = endpoints.as_ref().and_then(|endpoints| Some((endpoints.way.clone(), endpoints.next(&[])?)));
        let (Some(to), true) = (to, worker.mirrors.get() < MOST_COPIES) else {
            target.series.mirrored(Copied::Dropped);
            continue;
        };
        let mut out = Buffer::default();
        let framing = if mirror.without_body { Framing::Length(0) } else { framing };
        match heads.get(at).and_then(Option::as_ref) {
            // The proxy's own answer: there is nothing to copy.
            None if head.is_empty() => continue,
            None => match mirror.target.as_ref().and_then(Template::as_literal) {
                Some(target) => retarget(&mut out, head.filled(), target),
                None => out.extend(head.filled()),
            },
            Some(own) => {
                out.extend(own.filled());
                request::framing(&mut out, framing, false);
                out.extend(b"\r\n");
            }
        }
        let feed = Rc::new(Feed::default());
        if !mirror.without_body {
            tees.push(Tee(Rc::clone(&feed)));
        }
        worker.mirrors.set(worker.mirrors.get() + 1);
        let copy = Copy { worker: Rc::clone(worker), series: Arc::clone(&target.series), feed };
        tokio::task::spawn_local(copy.run(to, framing, out));
    }
    tees
}

/// A head that asks for something else.
fn retarget(out: &mut Buffer, head: &[u8], target: &str) {
    let end = memchr::memchr(b'\n', head).unwrap_or(head.len());
    let (line, rest) = head.split_at(end);
    let method = line.split(|byte| *byte == b' ').next().unwrap_or_default();
    out.extend_all(&[method, b" ", target.as_bytes(), b" HTTP/1.1\r"]);
    out.extend(rest);
}

/// How and where a copy is received.
type Receiver = (Way, SocketAddr);

struct Copy {
    worker: Rc<Worker>,
    series: Arc<Series>,
    feed: Rc<Feed>,
}

impl Drop for Copy {
    fn drop(&mut self) {
        // Nobody reads any more: nothing more is kept.
        if self.feed.state.get() == FeedState::Open {
            self.feed.state.set(FeedState::Cut);
        }
        self.worker.mirrors.set(self.worker.mirrors.get().saturating_sub(1));
        self.worker.left.notify_waiters();
    }
}

impl Copy {
    async fn run(self, to: Receiver, framing: Framing, out: Buffer) {
        let sent = tokio::time::timeout(LONGEST, self.send(to, framing, out)).await;
        let copied = match sent {
            Ok(Ok(())) => Copied::Sent,
            _ if self.feed.state.get() == FeedState::Overflown => Copied::Dropped,
            Ok(Err(_)) | Err(_) => Copied::Failed,
        };
        self.series.mirrored(copied);
    }

    async fn send(&self, to: Receiver, framing: Framing, out: Buffer) -> io::Result<()> {
        let (source, encode) = match framing {
            Framing::Length(0) => (framing, Encode::Raw),
            Framing::Length(_) => (Framing::Close, Encode::Raw),
            Framing::Chunked | Framing::Close => (Framing::Close, Encode::Chunked),
        };
        let to_head = out.filled().starts_with(b"HEAD ");
        let mut upload = Flow::new(source, encode, out);
        let idle = upstream::idle(&self.worker.mirror_pools, &to.0, to.1, false);
        let reused = idle.is_some();
        let connection = match idle {
            Some(connection) => connection,
            None => self.fresh(&to).await?,
        };
        match self.exchange(connection, &mut upload, to_head).await {
            Err(_) if reused && upload.is_encoded() && source == framing => {
                upload.rewind();
                self.exchange(self.fresh(&to).await?, &mut upload, to_head).await
            }
            done => done,
        }
    }

    async fn fresh(&self, (way, address): &Receiver) -> io::Result<Connection> {
        upstream::fresh(&self.worker, &self.worker.mirror_pools, way, *address, None)
            .await
            .map_err(|upstream::Failed(error)| error)
    }

    /// Sends the copy and reads its answer to the end.
    async fn exchange(&self, mut to: Connection, upload: &mut Flow, to_head: bool) -> io::Result<()> {
        let mut fed = (Fed(Rc::clone(&self.feed)), Buffer::default());
        let mut answer = Answer::Head(0);
        let reusable = poll_fn(|cx| {
            if !upload.is_finished()
                && let Poll::Ready(Err(_)) = upload.poll(cx, &mut fed.0, &mut fed.1, &mut to.stream)
            {
                return Poll::Ready(Err(io::Error::from(io::ErrorKind::BrokenPipe)));
            }
            loop {
                if let Some(reusable) = answer.step(&mut to.input, to_head).map_err(io::Error::other)? {
                    return Poll::Ready(Ok(reusable));
                }
                match to.input.poll_fill(cx, &mut to.stream) {
                    Poll::Ready(Ok(0)) if answer.ends_with_stream() => return Poll::Ready(Ok(false)),
                    Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                    Poll::Ready(Ok(_)) => {}
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await?;
        if reusable && upload.is_finished() {
            self.worker.mirror_pools.http1.put(to, Instant::now());
        }
        Ok(())
    }
}

/// An answer that nobody reads, followed to its end.
enum Answer {
    /// So much of the head was looked at.
    Head(usize),
    /// The body, and whether the connection can be used again after it.
    Body(Decoder, bool),
}

impl Answer {
    /// Consumes what is there. Whether the connection can be used again, at the end.
    fn step(&mut self, input: &mut Buffer, to_head: bool) -> Result<Option<bool>, super::http1::Refused> {
        loop {
            match self {
                Self::Head(scanned) => {
                    let Some(length) = head::end(input.filled(), scanned)? else { return Ok(None) };
                    let (interim, framing, keeps) =
                        heading(input.filled().get(..length).unwrap_or_default(), to_head)?;
                    input.consume(length);
                    if !interim {
                        *self = Self::Body(Decoder::new(framing), keeps && framing != Framing::Close);
                    }
                }
                Self::Body(decoder, keeps) => match decoder.step(input)? {
                    Step::End => return Ok(Some(*keeps)),
                    Step::More => return Ok(None),
                    Step::Data(count) => {
                        input.consume(count);
                        decoder.took(count);
                    }
                },
            }
        }
    }

    fn ends_with_stream(&mut self) -> bool {
        match self {
            Self::Head(_) => false,
            Self::Body(decoder, _) => decoder.end_of_stream(),
        }
    }
}

/// Of an answer's head: whether it is a 1xx, how its body ends, whether the connection goes on.
fn heading(bytes: &[u8], to_head: bool) -> Result<(bool, Framing, bool), super::http1::Refused> {
    let mut lines = head::lines();
    let head = head::response(bytes, &mut lines)?;
    let facts = AnswerFacts::of(head.fields)?;
    let framing = facts.declared.of_response(head.modern, head.status, to_head)?;
    Ok((head.status < 200, framing, !facts.close && (head.modern || facts.keep_alive)))
}
