//! Heads of requests as nginx reads them, for the side that stands for it: looser than [`super::head`] and
//! [`super::target`] with ends of lines, versions, names and bytes of a path, and with limits of its own.
//!
//! What comes out is written anew for the backend, so that nothing here can be read there in two ways.

use std::borrow::Cow;

use httparse::Header;
use smallvec::SmallVec;

use super::{Refused, target::Target};
use crate::routing::{HeadBuffers, Host, Reading};

/// A request's head as slices of the buffer that it was read into.
#[derive(Debug)]
pub(in crate::proxy) struct Head<'b> {
    pub(in crate::proxy) method: &'b str,
    pub(in crate::proxy) target: Target<'b>,
    /// HTTP/1.1 or more; else HTTP/1.0.
    pub(in crate::proxy) modern: bool,
    pub(in crate::proxy) fields: SmallVec<[Header<'b>; 24]>,
}

/// Most header lines; nginx has no such limit.
const MOST_FIELDS: usize = 1000;

/// Looks for the end of a head, from where the last look stopped. Lines may end with LF alone.
pub(in crate::proxy) fn end(
    bytes: &[u8],
    scanned: &mut usize,
    buffers: HeadBuffers,
) -> Result<Option<usize>, Refused> {
    let from = *scanned;
    for offset in memchr::memchr_iter(b'\n', bytes.get(from..).unwrap_or_default()) {
        let at = from + offset;
        let before = |back: usize| at.checked_sub(back).and_then(|index| bytes.get(index)).copied();
        if before(1) == Some(b'\n') || before(1) == Some(b'\r') && before(2) == Some(b'\n') {
            *scanned = 0;
            let head = bytes.get(..=at).unwrap_or_default();
            return buffers.refusal(head).map_or(Ok(Some(at + 1)), |status| Err(too_large(status)));
        }
    }
    *scanned = bytes.len();
    // What has no room is refused before its end has come.
    let longest = buffers.first.max(buffers.size);
    let tail = bytes.len().checked_sub(longest + 1).and_then(|at| bytes.get(at..));
    if bytes.len() > buffers.most() || tail.is_some_and(|tail| memchr::memchr(b'\n', tail).is_none()) {
        let first = memchr::memchr(b'\n', bytes).is_none();
        return Err(too_large(if first { 414 } else { 400 }));
    }
    Ok(None)
}

fn too_large(status: u16) -> Refused {
    let what = if status == 414 {
        "the request line is longer than one of large-client-header-buffers"
    } else {
        "the head is larger than large-client-header-buffers"
    };
    Refused { status, what }
}

/// Reads a whole request head.
pub(in crate::proxy) fn request(head: &[u8], reading: Reading) -> Result<Head<'_>, Refused> {
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let (method, target, modern) = request_line(first.strip_suffix(b"\r").unwrap_or(first))?;
    let target = parse(target)?;
    if let Some((status, what)) = reading.refusal(method, target.path) {
        return Err(Refused { status, what });
    }
    let mut fields = SmallVec::new();
    for line in lines {
        let line = line.trim_ascii_end_of(b'\r');
        if line.is_empty() {
            break;
        }
        if fields.len() == MOST_FIELDS {
            return Err(Refused::bad("the head has more than 1000 headers"));
        }
        fields.extend(field(line)?);
    }
    Ok(Head { method, target, modern, fields })
}

/// Takes a byte off the end as often as it stands there.
trait TrimEnd {
    fn trim_ascii_end_of(&self, byte: u8) -> &Self;
}

impl TrimEnd for [u8] {
    fn trim_ascii_end_of(&self, byte: u8) -> &Self {
        let mut text = self;
        while let Some(shorter) = text.strip_suffix(&[byte]) {
            text = shorter;
        }
        text
    }
}

fn request_line(line: &[u8]) -> Result<(&str, &str, bool), Refused> {
    const BAD: Refused = Refused::bad("the request line is not valid");
    let at = memchr::memchr(b' ', line).ok_or(BAD)?;
    let (method, rest) = (line.get(..at).unwrap_or_default(), line.get(at..).unwrap_or_default());
    let is_method = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-');
    if method.is_empty() || !method.iter().all(is_method) {
        return Err(Refused::bad("the method is not a word"));
    }
    let rest = rest.trim_ascii_start();
    let at = memchr::memchr(b' ', rest).ok_or(Refused::bad("HTTP/0.9 is not served"))?;
    let (target, version) = (rest.get(..at).unwrap_or_default(), rest.get(at..).unwrap_or_default());
    if target.iter().any(|byte| *byte < b' ' || *byte == 0x7f) {
        return Err(Refused::bad("the request target has control characters"));
    }
    let text = |bytes| std::str::from_utf8(bytes).map_err(|_| Refused::bad("the request target is no UTF-8"));
    Ok((text(method)?, text(target)?, version_of(version)?))
}

/// Whether a version is 1.1 or more.
fn version_of(text: &[u8]) -> Result<bool, Refused> {
    const BAD: Refused = Refused::bad("the version is not one of HTTP");
    let spaces = |text: &[u8]| text.iter().take_while(|byte| **byte == b' ').count();
    let text = text.get(spaces(text)..).unwrap_or_default().trim_ascii_end_of(b' ');
    let text = std::str::from_utf8(text).ok().and_then(|text| text.strip_prefix("HTTP/")).ok_or(BAD)?;
    let (major, minor) = text.split_once('.').ok_or(BAD)?;
    let number = |text: &str| {
        let is_number = matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit());
        if is_number { text.parse::<u8>().ok() } else { None }
    };
    match (number(major).ok_or(BAD)?, number(minor)) {
        (0, _) | (1, None) => Err(BAD),
        (1, Some(minor)) => Ok(minor > 0),
        (_, _) => Err(Refused { status: 505, what: "the version is neither HTTP/1.1 nor HTTP/1.0" }),
    }
}

/// Reads a header line; none when its name can not be one of ours.
fn field(line: &[u8]) -> Result<Option<Header<'_>>, Refused> {
    let (name, value) = match memchr::memchr(b':', line) {
        Some(at) => line.split_at(at),
        // nginx takes a line without colon for a header without value.
        None => (line, &[][..]),
    };
    if name.is_empty() || name.iter().any(|byte| *byte <= b' ' || *byte == 0x7f) {
        return Err(Refused::bad("a header's name has blanks or controls"));
    }
    let mut value = value.strip_prefix(b":").unwrap_or(value);
    while let Some(rest) = value.strip_prefix(b" ") {
        value = rest;
    }
    let value = value.trim_ascii_end_of(b' ');
    if memchr::memchr2(b'\0', b'\r', value).is_some() {
        return Err(Refused::bad("a header's value has NUL or CR in it"));
    }
    Ok(std::str::from_utf8(name).ok().map(|name| Header { name, value }))
}

/// Takes a target apart. The path may hold any byte above the controls; nothing is decoded.
pub(in crate::proxy) fn parse(target: &str) -> Result<Target<'_>, Refused> {
    let (authority, rest) = if target.starts_with('/') {
        (None, target)
    } else {
        let (scheme, rest) =
            target.split_once("://").ok_or(Refused::bad("the request target is neither a path nor a URL"))?;
        let is_scheme = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
        if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.bytes().all(is_scheme) {
            return Err(Refused::bad("the request target is neither a path nor a URL"));
        }
        let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        check_authority(authority)?;
        (Some(authority), rest)
    };
    let (rest, fragment) = rest.split_at(rest.find('#').unwrap_or(rest.len()));
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (rest, None),
    };
    Ok(Target { authority, path: if path.is_empty() { "/" } else { path }, query, fragment })
}

/// The authority of a URL: nginx takes a name, or brackets, and digits.
fn check_authority(authority: &str) -> Result<(), Refused> {
    let (host, port, signs) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inner, port)) => (inner, port, "._~-!$&'()*+,;=:"),
        None => {
            let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
            (host, port, ".-")
        }
    };
    let is_name = |b: u8| b.is_ascii_alphanumeric() || signs.as_bytes().contains(&b);
    let digits = port.strip_prefix(':').unwrap_or(port);
    if host.is_empty() || !host.bytes().all(is_name) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refused::bad("the host of the request target is not a valid one"));
    }
    Ok(())
}

/// The host by which a server is looked for, and the one that backends are told. nginx takes a URL's for the first and
/// the header's for the second, and its own name where nobody says any.
pub(in crate::proxy) fn hosts<'a>(
    url: Option<&'a str>,
    header: Option<&'a str>,
    modern: bool,
) -> Result<(Cow<'a, str>, Cow<'a, str>), Refused> {
    const BAD: Refused = Refused::bad("the host is not a valid one");
    if header.is_none() && modern {
        return Err(Refused::bad("there is no Host header"));
    }
    let read = |authority| Host::from_authority_as_nginx(authority).map_err(|_| BAD);
    let header_host = header.map(read).transpose()?;
    let host = url.map(read).transpose()?.or(header_host).unwrap_or(Cow::Borrowed("_"));
    let told = header.map_or_else(|| host.clone(), Cow::Borrowed);
    Ok((host, told))
}

#[cfg(test)]
#[path = "nginx/tests.rs"]
mod tests;
