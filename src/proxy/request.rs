//! The head that a backend gets: hop-by-hop headers gone, `X-Forwarded-*` added, edits applied.
//!
//! `X-Forwarded-For` is appended to; `-Proto`, `-Host` and `-Port` are set by us and what a client says of them is
//! dropped. `Connection` can not take ours away: its names are struck first. Names that differ from these or from those of
//! framing by `_` for `-` are dropped too: backends that turn headers into variables can not tell them apart.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{
    answer::field,
    buffer::Buffer,
    edits::Edits,
    entry::Link,
    facts::{Facts, Fields},
    http1::{
        field::{Known, is_disguised, known},
        framing::Framing,
    },
    target::Target,
};
use crate::routing::{PathMatch, sent};

/// Where headers are written to.
pub(super) trait Sink {
    fn put(&mut self, name: &'static str, value: &[u8]);
    /// A header as it was received.
    fn pass(&mut self, name: &str, value: &[u8]);
    fn edits(&mut self, edits: &Edits);
}

impl Sink for Buffer {
    fn put(&mut self, name: &'static str, value: &[u8]) {
        field(self, name, value);
    }

    fn pass(&mut self, name: &str, value: &[u8]) {
        field(self, name, value);
    }

    fn edits(&mut self, edits: &Edits) {
        self.extend(&edits.lines);
    }
}

impl Sink for HeaderMap {
    fn put(&mut self, name: &'static str, value: &[u8]) {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            self.append(HeaderName::from_static(name), value);
        }
    }

    fn pass(&mut self, name: &str, value: &[u8]) {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value))
        {
            self.append(name, value);
        }
    }

    fn edits(&mut self, edits: &Edits) {
        for (name, value) in &edits.values {
            self.append(name, value.clone());
        }
    }
}

/// The path and query that the backend gets.
pub(super) fn path_for<'a>(
    target: &'a Target,
    path: &'a str,
    query: Option<&'a str>,
    matched: &PathMatch,
) -> (Cow<'a, str>, &'static str, &'a str) {
    sent::target(target.rule.as_deref(), target.backend(), path, query, matched)
}

/// Writes the headers that travel on, but for those of framing and host.
pub(super) fn headers(
    sink: &mut impl Sink,
    fields: &(impl Fields + ?Sized),
    facts: &Facts<'_>,
    target: &Target,
    link: &Link,
    host: &str,
) {
    let edits = &target.request;
    // Several lines of it are one list.
    let mut forwarded = [0_u8; 256];
    let (mut at, mut long) = (0, Vec::new());
    fields.each(|name, value| match known(name) {
        Known::Other if !facts.names(name) && !edits.drops(name) && !is_disguised(name) => {
            sink.pass(name, value);
        }
        Known::ForwardedFor if !facts.names(name) => {
            let end = at + value.len() + 2;
            match forwarded.get_mut(at..end) {
                Some(room) if long.is_empty() => {
                    let (front, back) = room.split_at_mut(value.len());
                    front.copy_from_slice(value);
                    back.copy_from_slice(b", ");
                    at = end;
                }
                Some(_) | None => {
                    if long.is_empty() {
                        long.extend_from_slice(forwarded.get(..at).unwrap_or_default());
                    }
                    long.extend_from_slice(value);
                    long.extend_from_slice(b", ");
                }
            }
        }
        Known::Other
        | Known::ForwardedFor
        | Known::Host
        | Known::ContentLength
        | Known::TransferEncoding
        | Known::Connection
        | Known::Te
        | Known::Upgrade
        | Known::Expect
        | Known::Hop
        | Known::ForwardedOther => {}
    });
    if facts.trailers {
        sink.put("te", b"trailers");
    }
    if !edits.drops("x-forwarded-for") {
        let client = link.client.as_bytes();
        match forwarded.get_mut(at..at + client.len()) {
            Some(room) if long.is_empty() => {
                room.copy_from_slice(client);
                sink.put("x-forwarded-for", forwarded.get(..at + client.len()).unwrap_or_default());
            }
            Some(_) | None => {
                if long.is_empty() {
                    long.extend_from_slice(forwarded.get(..at).unwrap_or_default());
                }
                long.extend_from_slice(client);
                sink.put("x-forwarded-for", &long);
            }
        }
    }
    for (name, value) in [
        ("x-forwarded-proto", link.scheme()),
        ("x-forwarded-host", host),
        ("x-forwarded-port", &link.entry.port_text),
    ] {
        if !value.is_empty() && !edits.drops(name) {
            sink.put(name, value.as_bytes());
        }
    }
    sink.edits(edits);
}

/// How a request's body is told to a backend over HTTP/1.1.
pub(super) fn framing(out: &mut Buffer, framing: Framing, declared: bool) {
    match framing {
        Framing::Length(0) if !declared => {}
        Framing::Length(length) => {
            field(out, "content-length", itoa::Buffer::new().format(length).as_bytes());
        }
        Framing::Chunked | Framing::Close => field(out, "transfer-encoding", b"chunked"),
    }
}
