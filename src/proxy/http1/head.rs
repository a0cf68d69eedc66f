//! Where a head ends, and its lines. httparse reads the grammar; what it is lenient about is checked here.

use std::mem::MaybeUninit;

use httparse::Header;

use super::{MAX_FIELDS, MAX_HEAD, MAX_TARGET, Refused};

/// Room for the lines of a head, on the stack.
pub(in crate::proxy) type Lines<'b> = [MaybeUninit<Header<'b>>; MAX_FIELDS];

/// Room for a head that was written here: edits may have added to the most that is read.
pub(in crate::proxy) const fn wide_lines<'b>() -> [MaybeUninit<Header<'b>>; 2 * MAX_FIELDS] {
    [const { MaybeUninit::uninit() }; 2 * MAX_FIELDS]
}

/// Empty room.
pub(in crate::proxy) const fn lines<'b>() -> Lines<'b> {
    [const { MaybeUninit::uninit() }; MAX_FIELDS]
}

/// A request's head as slices of the buffer that it was read into.
#[derive(Clone, Copy, Debug)]
pub(in crate::proxy) struct RequestHead<'h, 'b> {
    pub(in crate::proxy) method: &'b str,
    pub(in crate::proxy) target: &'b str,
    /// HTTP/1.1; else HTTP/1.0.
    pub(in crate::proxy) modern: bool,
    pub(in crate::proxy) fields: &'h [Header<'b>],
}

/// An answer's head as slices of the buffer that it was read into.
#[derive(Clone, Copy, Debug)]
pub(in crate::proxy) struct ResponseHead<'h, 'b> {
    pub(in crate::proxy) status: u16,
    pub(in crate::proxy) reason: &'b str,
    /// HTTP/1.1; else HTTP/1.0.
    pub(in crate::proxy) modern: bool,
    pub(in crate::proxy) fields: &'h [Header<'b>],
}

/// Looks for the end of a head, from where the last look stopped: a head that comes byte by byte costs no more than one
/// that comes at once. Every line must end with CR LF.
pub(in crate::proxy) fn end(bytes: &[u8], scanned: &mut usize) -> Result<Option<usize>, Refused> {
    let from = *scanned;
    for offset in memchr::memchr_iter(b'\n', bytes.get(from..).unwrap_or_default()) {
        let at = from + offset;
        let before = |back: usize| at.checked_sub(back).and_then(|index| bytes.get(index)).copied();
        if before(1) != Some(b'\r') {
            return Err(Refused::bad("a line of the head ends without CR"));
        }
        if before(2) == Some(b'\n') {
            *scanned = 0;
            return if at < MAX_HEAD { Ok(Some(at + 1)) } else { Err(TOO_LARGE) };
        }
    }
    *scanned = bytes.len();
    if bytes.len() >= MAX_HEAD {
        return Err(TOO_LARGE);
    }
    if bytes.len() > MAX_LINE && memchr::memchr(b'\n', bytes).is_none() {
        return Err(LONG_LINE);
    }
    Ok(None)
}

/// A target with a method and a version around it.
const MAX_LINE: usize = MAX_TARGET + 512;

const LONG_LINE: Refused = Refused { status: 414, what: "the request line is longer than 16 KiB" };

const TOO_LARGE: Refused = Refused { status: 431, what: "the head is larger than 64 KiB" };

/// Reads a whole request head.
pub(in crate::proxy) fn request<'h, 'b>(
    head: &'b [u8],
    lines: &'h mut [MaybeUninit<Header<'b>>],
) -> Result<RequestHead<'h, 'b>, Refused> {
    if head.len() > MAX_LINE && memchr::memchr(b'\n', head).is_none_or(|at| at > MAX_LINE) {
        return Err(LONG_LINE);
    }
    let mut request = httparse::Request::new(&mut []);
    let parsed = request.parse_with_uninit_headers(head, lines).map_err(refusal)?;
    whole(parsed, head)?;
    let (Some(method), Some(target), Some(version)) = (request.method, request.path, request.version) else {
        return Err(Refused::bad("the request line is not complete"));
    };
    Ok(RequestHead { method, target, modern: version == 1, fields: request.headers })
}

/// Reads a whole head of an answer.
pub(in crate::proxy) fn response<'h, 'b>(
    head: &'b [u8],
    lines: &'h mut [MaybeUninit<Header<'b>>],
) -> Result<ResponseHead<'h, 'b>, Refused> {
    let mut response = httparse::Response::new(&mut []);
    let parsed = httparse::ParserConfig::default()
        .parse_response_with_uninit_headers(&mut response, head, lines)
        .map_err(refusal)?;
    whole(parsed, head)?;
    let (Some(status), Some(version)) = (response.code, response.version) else {
        return Err(Refused::bad("the status line is not complete"));
    };
    if !(100..=599).contains(&status) {
        return Err(Refused::bad("the status is not one of 100 to 599"));
    }
    let reason = response.reason.unwrap_or_default();
    Ok(ResponseHead { status, reason, modern: version == 1, fields: response.headers })
}

fn whole(parsed: httparse::Status<usize>, head: &[u8]) -> Result<(), Refused> {
    match parsed {
        httparse::Status::Complete(length) if length == head.len() => Ok(()),
        httparse::Status::Complete(_) | httparse::Status::Partial => {
            Err(Refused::bad("the head does not end where its empty line is"))
        }
    }
}

fn refusal(error: httparse::Error) -> Refused {
    match error {
        httparse::Error::HeaderName => Refused::bad("a header's name is not a token"),
        httparse::Error::HeaderValue => Refused::bad("a header's value has control characters"),
        httparse::Error::NewLine => Refused::bad("a line does not end with CR LF"),
        httparse::Error::Status => Refused::bad("the status line is not valid"),
        httparse::Error::Token => Refused::bad("the request line is not valid"),
        httparse::Error::TooManyHeaders => {
            Refused { status: 431, what: "the head has more than 100 headers" }
        }
        httparse::Error::Version => Refused::bad("the version is neither HTTP/1.1 nor HTTP/1.0"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_at_its_first_empty_line_however_it_comes() {
        let whole = b"GET / HTTP/1.1\r\nHost: a\r\n\r\nrest";
        let mut scanned = 0;
        for count in 1..=whole.len() {
            match end(&whole[..count], &mut scanned).unwrap() {
                Some(at) => {
                    assert_eq!(at, whole.len() - 4);
                    return;
                }
                None => assert!(count < whole.len() - 4),
            }
        }
        panic!("no end found");
    }

    #[test]
    fn what_is_lenient_elsewhere_is_refused_here() {
        let cases: [(&[u8], u16, &str); 9] = [
            (b"GET / HTTP/1.1\nHost: a\r\n\r\n", 400, "bare LF after the request line"),
            (b"GET / HTTP/1.1\r\nHost: a\n\r\n", 400, "bare LF after a header"),
            (b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400, "obs-fold"),
            (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, "a space before the colon"),
            (b"GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", 400, "NUL in a value"),
            (b"GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", 400, "CR in a value"),
            (b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "two spaces"),
            (b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "a space in the target"),
            (b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 400, "another version"),
        ];
        for (bytes, status, why) in cases {
            let mut scanned = 0;
            let refused = end(bytes, &mut scanned)
                .and_then(|at| request(&bytes[..at.expect(why)], &mut lines()).map(|_| ()))
                .expect_err(why);
            assert_eq!(refused.status, status, "{why}");
        }
    }
}
