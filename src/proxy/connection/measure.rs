//! Bodies in chunks that get a length: nginx reads them before it asks a backend, and tells it how long they are.

use std::future::poll_fn;

use tokio::io::{AsyncRead, AsyncWrite};

use super::{client::Client, prepare::Prepared};
use crate::proxy::{
    UpstreamProtocol,
    answer::field,
    buffer::Buffer,
    entry::Phase,
    http1::{
        Refused,
        body::{Decoder, Step},
        framing::Framing,
    },
};

/// Longest body that is kept; nginx writes the rest to its disk, we send on in chunks.
const MOST: usize = 1024 * 1024;

/// What came of reading a body.
pub(super) enum Measured {
    /// It has so many bytes, which are the client's next now, without chunks.
    Whole(u64),
    /// It is longer, and the client's next as it came.
    Longer,
    /// It is not framed validly, or larger than the rule allows.
    Refused(Refused),
    Gone,
}

/// Reads a body in chunks. One that is streamed by its rule is measured only when it is there already.
pub(super) async fn measure<S: AsyncRead + AsyncWrite + Unpin>(
    client: &mut Client<S>,
    prepared: &Prepared,
) -> Measured {
    let target = &prepared.target;
    if target.endpoints.as_ref().is_some_and(|endpoints| endpoints.way.protocol == UpstreamProtocol::H2c) {
        return Measured::Longer;
    }
    let streams = target.policy().is_some_and(|policy| policy.streams);
    let most_body = prepared.most_body();
    let mut decoder = Decoder::new(Framing::Chunked);
    let (mut raw, mut body) = (Buffer::default(), Buffer::default());
    let mut coming = std::mem::take(&mut client.input);
    raw.extend(coming.filled());
    client.link.enter(Phase::Stalled);
    loop {
        match decoder.step(&mut coming) {
            Err(refused) => return Measured::Refused(refused),
            Ok(_) if most_body.is_some_and(|most| decoder.announced() > most) => {
                return Measured::Refused(Refused {
                    status: 413,
                    what: "the body is larger than the rule allows",
                });
            }
            Ok(Step::Data(count)) => {
                body.extend(coming.filled().get(..count).unwrap_or_default());
                coming.consume(count);
                decoder.took(count);
            }
            Ok(Step::End) => {
                let length = body.len() as u64;
                body.extend(coming.filled());
                client.input = body;
                return Measured::Whole(length);
            }
            Ok(Step::More) if streams || raw.len() > MOST => {
                client.input = raw;
                return Measured::Longer;
            }
            Ok(Step::More) => {
                let before = coming.len();
                let (stream, link) = (&mut client.stream, &client.link);
                let read = poll_fn(|cx| match coming.poll_fill(cx, stream) {
                    std::task::Poll::Ready(read) => std::task::Poll::Ready(read.unwrap_or(0)),
                    std::task::Poll::Pending => link.poll_expired(cx).map(|()| 0),
                });
                if read.await == 0 {
                    return Measured::Gone;
                }
                client.link.enter(Phase::Stalled);
                raw.extend(coming.filled().get(before..).unwrap_or_default());
            }
        }
    }
}

/// A head that said its body comes in chunks, with a length instead.
pub(super) fn with_length(head: &Buffer, length: u64) -> Buffer {
    const CHUNKED: &[u8] = b"transfer-encoding: chunked\r\n\r\n";
    let mut out = Buffer::default();
    let filled = head.filled();
    out.extend(filled.strip_suffix(CHUNKED).unwrap_or(filled));
    field(&mut out, "content-length", itoa::Buffer::new().format(length).as_bytes());
    out.extend(b"\r\n");
    out
}
