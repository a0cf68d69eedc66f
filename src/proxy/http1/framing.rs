//! Where a body ends: `Content-Length` and `Transfer-Encoding` (RFC 9112, 6.3), refused wherever two readers could differ.

use httparse::Header;

use super::{
    Refused,
    field::{Known, known},
};

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::proxy) enum Framing {
    /// So many bytes; 0 when there is none.
    Length(u64),
    /// Chunks, then trailers.
    Chunked,
    /// What comes until the stream ends; answers only.
    Close,
}

/// What the framing headers of a head say, before the message's own rules.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::proxy) struct Declared {
    length: Option<u64>,
    chunked: bool,
}

impl Declared {
    /// Takes one header into account.
    pub(in crate::proxy) fn field(&mut self, known: Known, value: &[u8]) -> Result<(), Refused> {
        match known {
            Known::ContentLength => {
                if self.length.is_some() {
                    return Err(Refused::bad("there are two Content-Length headers"));
                }
                self.length =
                    Some(length(value).ok_or(Refused::bad("the Content-Length is not a plain number"))?);
            }
            Known::TransferEncoding => {
                if self.chunked {
                    return Err(Refused::bad("there are two Transfer-Encoding headers"));
                }
                if !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(Refused::bad("the Transfer-Encoding is not `chunked` alone"));
                }
                self.chunked = true;
            }
            Known::Host
            | Known::Connection
            | Known::Te
            | Known::Upgrade
            | Known::Expect
            | Known::Hop
            | Known::ForwardedFor
            | Known::ForwardedOther
            | Known::Other => {}
        }
        Ok(())
    }

    fn check(self, modern: bool) -> Result<Self, Refused> {
        if self.chunked && self.length.is_some() {
            return Err(Refused::bad("there are Content-Length and Transfer-Encoding"));
        }
        if self.chunked && !modern {
            return Err(Refused::bad("HTTP/1.0 knows no Transfer-Encoding"));
        }
        Ok(self)
    }

    /// The declared length.
    pub(in crate::proxy) fn length(self) -> Option<u64> {
        self.length
    }

    /// Framing of a request.
    pub(in crate::proxy) fn of_request(self, modern: bool) -> Result<Framing, Refused> {
        let this = self.check(modern)?;
        Ok(if this.chunked { Framing::Chunked } else { Framing::Length(this.length.unwrap_or(0)) })
    }

    /// Framing of an answer to HEAD or another method.
    pub(in crate::proxy) fn of_response(
        self,
        modern: bool,
        status: u16,
        to_head: bool,
    ) -> Result<Framing, Refused> {
        let this = self.check(modern)?;
        if to_head || status < 200 || status == 204 || status == 304 {
            return Ok(Framing::Length(0));
        }
        Ok(match (this.chunked, this.length) {
            (true, _) => Framing::Chunked,
            (false, Some(length)) => Framing::Length(length),
            (false, None) => Framing::Close,
        })
    }
}

/// What all headers of a head declare.
pub(in crate::proxy) fn declared(fields: &[Header<'_>]) -> Result<Declared, Refused> {
    let mut declared = Declared::default();
    for field in fields {
        declared.field(known(field.name), field.value)?;
    }
    Ok(declared)
}

/// Digits only, at most what fits in 63 bits.
pub(in crate::proxy) fn length(value: &[u8]) -> Option<u64> {
    if value.is_empty() || value.len() > 18 {
        return None;
    }
    value.iter().try_fold(0_u64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u64::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(fields: &[(&'static str, &'static str)]) -> Result<Declared, Refused> {
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| Header { name, value: value.as_bytes() }).collect();
        declared(&fields)
    }

    #[test]
    fn a_request_that_two_readers_could_frame_differently_is_refused() {
        let cases = [
            (vec![], Some(Framing::Length(0)), "no body"),
            (vec![("Content-Length", "5")], Some(Framing::Length(5)), "a length"),
            (vec![("transfer-ENCODING", "Chunked")], Some(Framing::Chunked), "any case"),
            (vec![("Content-Length", "5"), ("Transfer-Encoding", "chunked")], None, "both"),
            (vec![("Content-Length", "5"), ("Content-Length", "5")], None, "twice, even when equal"),
            (vec![("Content-Length", "+5")], None, "a sign"),
            (vec![("Content-Length", "5, 5")], None, "a list"),
            (vec![("Content-Length", "")], None, "nothing"),
            (vec![("Content-Length", "0x5")], None, "hexadecimal"),
            (vec![("Content-Length", "99999999999999999999")], None, "too large"),
            (vec![("Transfer-Encoding", "xchunked")], None, "another coding"),
            (vec![("Transfer-Encoding", "gzip, chunked")], None, "two codings"),
            (vec![("Transfer-Encoding", "identity"), ("Transfer-Encoding", "chunked")], None, "two lines"),
            (vec![("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")], None, "twice"),
            (vec![("Transfer-Encoding", "")], None, "an empty coding"),
        ];
        for (fields, wanted, why) in cases {
            assert_eq!(head(&fields).and_then(|declared| declared.of_request(true)).ok(), wanted, "{why}");
        }
        let old = head(&[("Transfer-Encoding", "chunked")]).unwrap();
        assert!(old.of_request(false).is_err(), "HTTP/1.0 with Transfer-Encoding");
    }

    #[test]
    fn an_answer_without_framing_lasts_until_the_end_unless_it_can_have_no_body() {
        let none = head(&[]).unwrap();
        let five = head(&[("Content-Length", "5")]).unwrap();
        let cases = [
            (none, 200, false, Framing::Close, "until the stream ends"),
            (five, 200, false, Framing::Length(5), "a length"),
            (five, 200, true, Framing::Length(0), "HEAD"),
            (five, 304, false, Framing::Length(0), "304 tells the length of what it would have"),
            (five, 204, false, Framing::Length(0), "204 has no body"),
        ];
        for (declared, status, to_head, wanted, why) in cases {
            assert_eq!(declared.of_response(true, status, to_head), Ok(wanted), "{why}");
        }
    }
}
