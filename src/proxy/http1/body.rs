//! Bodies as they come: so many bytes, chunks with trailers, or all until the end.
//!
//! Chunk extensions are dropped. Refused: sizes that are not plain hexadecimal, lines without CR, trailers over 16 KiB.

use super::{
    Refused,
    field::{is_token, is_value, may_trail},
    framing::Framing,
};
use crate::proxy::buffer::Buffer;

/// Longest line of a chunk's size with its extensions, in bytes.
const MAX_SIZE_LINE: usize = 4 * 1024;

/// Most bytes of trailers.
const MAX_TRAILERS: usize = 16 * 1024;

/// What stands at the front of the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::proxy) enum Step {
    /// So many bytes of the body. Take some, then say so with [`Decoder::took`].
    Data(usize),
    /// Not enough: more must be read.
    More,
    /// The body is complete; what follows belongs to the next message.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Length(u64),
    Close,
    Size,
    Chunk(u64),
    /// The CR LF after a chunk.
    ChunkEnd,
    Trailers,
    Done,
}

/// Finds the body in what is read.
#[derive(Debug)]
pub(in crate::proxy) struct Decoder {
    state: State,
    /// Bytes of the body that were taken so far.
    taken: u64,
    trailers: Vec<u8>,
    trailer_bytes: usize,
}

impl Decoder {
    pub(in crate::proxy) fn new(framing: Framing) -> Self {
        let state = match framing {
            Framing::Length(0) => State::Done,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::Size,
            Framing::Close => State::Close,
        };
        Self { state, taken: 0, trailers: Vec::new(), trailer_bytes: 0 }
    }

    /// Whether all was seen.
    pub(in crate::proxy) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Bytes of the body that were taken so far.
    pub(in crate::proxy) fn taken(&self) -> u64 {
        self.taken
    }

    /// Bytes of the body that were taken, and those of the chunk at hand: what is known of its size.
    pub(in crate::proxy) fn announced(&self) -> u64 {
        let more = match self.state {
            State::Length(rest) | State::Chunk(rest) => rest,
            State::Close | State::Size | State::ChunkEnd | State::Trailers | State::Done => 0,
        };
        self.taken.saturating_add(more)
    }

    /// Trailers that may be passed on, as lines with CR LF.
    pub(in crate::proxy) fn trailers(&self) -> &[u8] {
        &self.trailers
    }

    /// Looks at the front of the buffer; framing is consumed.
    pub(in crate::proxy) fn step(&mut self, buffer: &mut Buffer) -> Result<Step, Refused> {
        loop {
            match self.state {
                State::Done => return Ok(Step::End),
                State::Length(rest) | State::Chunk(rest) => {
                    let here = usize::try_from(rest).unwrap_or(usize::MAX).min(buffer.len());
                    return Ok(if here == 0 { Step::More } else { Step::Data(here) });
                }
                State::Close => {
                    return Ok(if buffer.is_empty() { Step::More } else { Step::Data(buffer.len()) });
                }
                State::ChunkEnd => match buffer.filled() {
                    [b'\r', b'\n', ..] => {
                        buffer.consume(2);
                        self.state = State::Size;
                    }
                    [] | [b'\r'] => return Ok(Step::More),
                    _ => return Err(Refused::bad("a chunk is longer than its size")),
                },
                State::Size => {
                    let Some(line) = line(buffer.filled(), MAX_SIZE_LINE)? else { return Ok(Step::More) };
                    let (size, length) = (chunk_size(line)?, line.len());
                    buffer.consume(length + 2);
                    self.state = if size == 0 { State::Trailers } else { State::Chunk(size) };
                }
                State::Trailers => {
                    let Some(line) = line(buffer.filled(), MAX_TRAILERS)? else { return Ok(Step::More) };
                    let length = line.len();
                    self.trailer_bytes += length + 2;
                    if self.trailer_bytes > MAX_TRAILERS {
                        return Err(Refused::bad("the trailers are larger than 16 KiB"));
                    }
                    if length == 0 {
                        self.state = State::Done;
                    } else {
                        trailer(line, &mut self.trailers)?;
                    }
                    buffer.consume(length + 2);
                }
            }
        }
    }

    /// So many bytes of the body were taken out of the buffer.
    pub(in crate::proxy) fn took(&mut self, count: usize) {
        let count = count as u64;
        self.taken += count;
        self.state = match self.state {
            State::Length(rest) if rest <= count => State::Done,
            State::Length(rest) => State::Length(rest - count),
            State::Chunk(rest) if rest <= count => State::ChunkEnd,
            State::Chunk(rest) => State::Chunk(rest - count),
            state @ (State::Close | State::Size | State::ChunkEnd | State::Trailers | State::Done) => state,
        };
    }

    /// The stream ended. True when the body may end like that.
    pub(in crate::proxy) fn end_of_stream(&mut self) -> bool {
        if self.state == State::Close {
            self.state = State::Done;
        }
        self.is_done()
    }
}

/// The next line without its CR LF, or none while it is not there.
fn line(bytes: &[u8], longest: usize) -> Result<Option<&[u8]>, Refused> {
    let Some(at) = memchr::memchr(b'\n', bytes) else {
        if bytes.len() > longest {
            return Err(Refused::bad("a line within the body is too long"));
        }
        return Ok(None);
    };
    match bytes.get(..at).and_then(|line| line.strip_suffix(b"\r")) {
        Some(line) if line.len() <= longest => Ok(Some(line)),
        Some(_) => Err(Refused::bad("a line within the body is too long")),
        None => Err(Refused::bad("a line within the body ends without CR")),
    }
}

fn chunk_size(line: &[u8]) -> Result<u64, Refused> {
    const BAD: Refused = Refused::bad("a chunk's size is not a plain hexadecimal number");
    let (digits, extension) = match memchr::memchr(b';', line) {
        Some(at) => line.split_at(at),
        None => (line, &[][..]),
    };
    if digits.is_empty() || digits.len() > 15 || !is_value(extension) {
        return Err(BAD);
    }
    digits.iter().try_fold(0_u64, |sum, digit| {
        let value = char::from(*digit).to_digit(16).ok_or(BAD)?;
        Ok(sum * 16 + u64::from(value))
    })
}

fn trailer(line: &[u8], kept: &mut Vec<u8>) -> Result<(), Refused> {
    let colon = memchr::memchr(b':', line).ok_or(Refused::bad("a trailer has no colon"))?;
    let (name, value) = (line.get(..colon).unwrap_or_default(), line.get(colon + 1..).unwrap_or_default());
    if !is_token(name) || !is_value(value) {
        return Err(Refused::bad("a trailer is not valid"));
    }
    if std::str::from_utf8(name).is_ok_and(may_trail) {
        kept.extend_from_slice(line);
        kept.extend_from_slice(b"\r\n");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Body and trailers, however the bytes are cut.
    fn decode(framing: Framing, bytes: &[u8], cut: usize) -> Result<(Vec<u8>, Vec<u8>, usize), Refused> {
        let mut decoder = Decoder::new(framing);
        let (mut buffer, mut body) = (Buffer::default(), Vec::new());
        let mut pieces = bytes.chunks(cut);
        loop {
            match decoder.step(&mut buffer)? {
                Step::Data(count) => {
                    body.extend_from_slice(&buffer.filled()[..count]);
                    buffer.consume(count);
                    decoder.took(count);
                }
                Step::More => match pieces.next() {
                    Some(piece) => buffer.extend(piece),
                    None if decoder.end_of_stream() => return Ok((body, Vec::new(), 0)),
                    None => return Err(Refused::bad("cut short")),
                },
                Step::End => {
                    let rest = buffer.len() + pieces.map(<[u8]>::len).sum::<usize>();
                    return Ok((body, decoder.trailers().to_vec(), rest));
                }
            }
        }
    }

    #[test]
    fn a_body_is_the_same_however_it_is_cut() {
        // Framing, bytes; body, trailers, and how many bytes are left.
        type Case = (Framing, &'static [u8], &'static [u8], &'static [u8], usize);
        let cases: [Case; 5] = [
            (Framing::Length(3), b"abcdef", b"abc", b"", 3),
            (Framing::Close, b"abcdef", b"abcdef", b"", 0),
            (Framing::Chunked, b"3;x=\"y\"\r\nabc\r\n0\r\n\r\nGET", b"abc", b"", 3),
            (Framing::Chunked, b"00a\r\n0123456789\r\n1\r\n!\r\n000\r\n\r\n", b"0123456789!", b"", 0),
            (
                Framing::Chunked,
                b"0\r\nX-Sum: 7\r\nContent-Length: 9\r\nHost: b\r\n\r\n",
                b"",
                b"X-Sum: 7\r\n",
                0,
            ),
        ];
        for (framing, bytes, body, trailers, rest) in cases {
            for cut in 1..=bytes.len() {
                let got = decode(framing, bytes, cut).unwrap();
                assert_eq!(got, (body.to_vec(), trailers.to_vec(), rest), "{framing:?} cut by {cut}");
            }
        }
    }

    #[test]
    fn chunks_that_two_readers_could_cut_differently_are_refused() {
        let cases: [(&[u8], &str); 14] = [
            (b"3\nabc\r\n0\r\n\r\n", "LF alone"),
            (b"3;a\nb\r\nabc\r\n0\r\n\r\n", "LF in an extension"),
            (b"3;a\rb\r\nabc\r\n0\r\n\r\n", "CR in an extension"),
            (b"0x3\r\nabc\r\n0\r\n\r\n", "a prefix"),
            (b"+3\r\nabc\r\n0\r\n\r\n", "a sign"),
            (b"3 \r\nabc\r\n0\r\n\r\n", "a space"),
            (b" 3\r\nabc\r\n0\r\n\r\n", "a space in front"),
            (b"\r\nabc\r\n0\r\n\r\n", "no size"),
            (b"g\r\nabc\r\n0\r\n\r\n", "no digit"),
            (b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n", "more than 64 bits"),
            (b"2\r\nabc\r\n0\r\n\r\n", "too short a size"),
            (b"0\r\nA : b\r\n\r\n", "a space in a trailer's name"),
            (b"0\r\nA: b\r\n c\r\n\r\n", "a folded trailer"),
            (b"0\r\nA: b\n\r\n", "LF alone in a trailer"),
        ];
        for (bytes, why) in cases {
            assert!(decode(Framing::Chunked, bytes, bytes.len()).is_err(), "{why}");
            assert!(decode(Framing::Chunked, bytes, 1).is_err(), "{why}, byte by byte");
        }
    }
}
