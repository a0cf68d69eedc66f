//! One direction of a message: from the source's framing to the destination's, with back pressure.
//!
//! What waits in `out` (a head at first) leaves in one write with the first bytes of the body. A long piece of a body whose
//! framing does not change goes from the buffer it was read into straight to the destination.

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    Refused,
    body::{Decoder, Step},
    framing::Framing,
};
use crate::proxy::{
    buffer::{Buffer, SIZE},
    mirror::Tee,
};

/// How the body is told to the destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::proxy) enum Encode {
    /// As it is: the head has the length, or the connection's end is the body's.
    Raw,
    /// In chunks, with trailers.
    Chunked,
}

/// Who is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::proxy) enum Waits {
    Source,
    Sink,
}

/// Why a flow ended before its end.
#[derive(Debug)]
pub(in crate::proxy) enum Broken {
    /// The source can not be read, or ended too early.
    Source(io::Error),
    /// The source's framing is not valid.
    Framing(Refused),
    /// The destination takes no more.
    Sink,
}

/// One direction of a message.
pub(in crate::proxy) struct Flow {
    pub(in crate::proxy) decoder: Decoder,
    pub(in crate::proxy) encode: Encode,
    /// Bytes ready for the destination.
    pub(in crate::proxy) out: Buffer,
    /// Copies of all that is sent.
    pub(in crate::proxy) tees: Vec<Tee>,
    /// Trailers that come beside a source that is read raw: lines with CR LF.
    pub(in crate::proxy) trailers: Option<Rc<RefCell<Vec<u8>>>>,
    /// Who was waited for when the last poll gave nothing.
    pub(in crate::proxy) waits: Waits,
    /// The destination took some bytes.
    pub(in crate::proxy) touched: bool,
    /// Counts reads and writes that went well; who watches for stalls compares.
    pub(in crate::proxy) progress: u64,
    /// Most bytes of the body; a larger one is refused with 413 when that is seen.
    pub(in crate::proxy) most: Option<u64>,
    encoded: bool,
    finished: bool,
}

impl Flow {
    /// A flow whose head waits in `out`.
    pub(in crate::proxy) fn new(framing: Framing, encode: Encode, out: Buffer) -> Self {
        Self {
            decoder: Decoder::new(framing),
            encode,
            out,
            tees: Vec::new(),
            trailers: None,
            waits: Waits::Sink,
            touched: false,
            progress: 0,
            most: None,
            // Without a body there is nothing to encode: the head says so.
            encoded: framing == Framing::Length(0),
            finished: false,
        }
    }

    /// Everything was written.
    pub(in crate::proxy) fn is_finished(&self) -> bool {
        self.finished
    }

    /// All of the source was read and encoded; it may still wait in `out`.
    pub(in crate::proxy) fn is_encoded(&self) -> bool {
        self.encoded
    }

    /// The same bytes are to be sent again to another destination.
    pub(in crate::proxy) fn rewind(&mut self) {
        self.out.rewind();
        self.finished = false;
        self.touched = false;
    }

    /// Encodes what the source's buffer holds, up to `limit` bytes in `out`. Gives the length of a piece that may be
    /// written as it is.
    pub(in crate::proxy) fn encode(&mut self, from: &mut Buffer, limit: usize) -> Result<usize, Refused> {
        while !self.encoded && self.out.len() < limit {
            let step = self.decoder.step(from)?;
            if self.most.is_some_and(|most| self.is_larger(most, step)) {
                return Err(Refused { status: 413, what: "the body is larger than the rule allows" });
            }
            match step {
                Step::More => break,
                Step::Data(count) => {
                    if self.encode == Encode::Raw && self.out.is_empty() && limit != usize::MAX {
                        return Ok(count);
                    }
                    // What does not fit in a lent buffer goes out with the next write.
                    let room =
                        if limit == usize::MAX { count } else { SIZE - 64 - self.out.len().min(limit) };
                    let count = count.min(room);
                    let piece = from.filled().get(..count).unwrap_or_default();
                    match self.encode {
                        Encode::Raw => self.out.extend(piece),
                        Encode::Chunked => {
                            put_size(&mut self.out, count);
                            self.out.extend(piece);
                            self.out.extend(b"\r\n");
                        }
                    }
                    for tee in &self.tees {
                        tee.body(piece);
                    }
                    from.consume(count);
                    self.decoder.took(count);
                    self.encoded = self.encode == Encode::Raw && self.decoder.is_done();
                }
                Step::End => {
                    if self.encode == Encode::Chunked {
                        self.out.extend(b"0\r\n");
                        self.out.extend(self.decoder.trailers());
                        if let Some(trailers) = &self.trailers {
                            self.out.extend(&trailers.borrow());
                        }
                        self.out.extend(b"\r\n");
                    }
                    self.encoded = true;
                }
            }
        }
        if self.encoded {
            for tee in self.tees.drain(..) {
                tee.end();
            }
        }
        Ok(0)
    }

    /// Whether the body is larger than this, by what came and by the size of the chunk at hand.
    fn is_larger(&self, most: u64, step: Step) -> bool {
        let here = match step {
            Step::Data(count) => self.decoder.taken() + count as u64,
            Step::More | Step::End => 0,
        };
        self.decoder.announced().max(here) > most
    }

    /// Moves what can be moved; ready when the whole message is written.
    pub(in crate::proxy) fn poll<S, D>(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut S,
        from: &mut Buffer,
        sink: &mut D,
    ) -> Poll<Result<(), Broken>>
    where
        S: AsyncRead + Unpin,
        D: AsyncWrite + Unpin,
    {
        if self.finished {
            return Poll::Ready(Ok(()));
        }
        let mut turn = 0;
        loop {
            // Copies are sent by tasks of their own: now and then it is their turn.
            turn += 1;
            if turn > 8 && !self.tees.is_empty() {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let direct = self.encode(from, SIZE - 2048).map_err(Broken::Framing)?;
            if !self.out.is_empty() {
                let written = Pin::new(&mut *sink).poll_write(cx, self.out.filled());
                let Some(count) = self.wrote(written)? else { return Poll::Pending };
                self.out.consume(count);
                continue;
            }
            if direct > 0 {
                let piece = from.filled().get(..direct).unwrap_or_default();
                let written = Pin::new(&mut *sink).poll_write(cx, piece);
                let Some(count) = self.wrote(written)? else { return Poll::Pending };
                for tee in &self.tees {
                    tee.body(piece.get(..count).unwrap_or_default());
                }
                from.consume(count);
                self.decoder.took(count);
                continue;
            }
            if self.encoded {
                return match Pin::new(sink).poll_flush(cx) {
                    Poll::Ready(Ok(())) => {
                        self.finished = true;
                        Poll::Ready(Ok(()))
                    }
                    Poll::Ready(Err(_)) => Poll::Ready(Err(Broken::Sink)),
                    Poll::Pending => {
                        self.waits = Waits::Sink;
                        Poll::Pending
                    }
                };
            }
            match from.poll_fill(cx, source) {
                Poll::Ready(Ok(0)) => {
                    if !self.decoder.end_of_stream() {
                        let error = io::Error::new(io::ErrorKind::UnexpectedEof, "the body was cut short");
                        return Poll::Ready(Err(Broken::Source(error)));
                    }
                }
                Poll::Ready(Ok(_)) => self.progress += 1,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(Broken::Source(error))),
                Poll::Pending => {
                    self.waits = Waits::Source;
                    // What an encrypting stream holds back must leave while the source is silent.
                    if let Poll::Ready(Err(_)) = Pin::new(sink).poll_flush(cx) {
                        return Poll::Ready(Err(Broken::Sink));
                    }
                    return Poll::Pending;
                }
            }
        }
    }

    fn wrote(&mut self, written: Poll<io::Result<usize>>) -> Result<Option<usize>, Broken> {
        match written {
            Poll::Ready(Ok(0) | Err(_)) => Err(Broken::Sink),
            Poll::Ready(Ok(count)) => {
                self.progress += 1;
                self.touched = true;
                Ok(Some(count))
            }
            Poll::Pending => {
                self.waits = Waits::Sink;
                Ok(None)
            }
        }
    }
}

fn put_size(out: &mut Buffer, size: usize) {
    let mut digits = [0_u8; 18];
    let mut at = digits.len() - 2;
    let mut rest = size;
    loop {
        at -= 1;
        if let Some(digit) = digits.get_mut(at) {
            *digit = b"0123456789abcdef"[rest & 0xf];
        }
        rest >>= 4;
        if rest == 0 {
            break;
        }
    }
    if let Some([cr, lf]) = digits.last_chunk_mut::<2>() {
        (*cr, *lf) = (b'\r', b'\n');
    }
    out.extend(digits.get(at..).unwrap_or_default());
}
