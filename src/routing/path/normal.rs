//! A path as nginx reads it for matching: decoded, slashes merged, dot segments removed.
//!
//! nginx matches bytes, we match characters: a byte that is no part of UTF-8 stands as one character of the last private
//! plane, which [`bytes`] turns back.

use std::{borrow::Cow, ops::RangeInclusive};

/// The path decoded once, with `//` merged and `.` and `..` resolved; `..` above the root stays there. A byte that is no
/// UTF-8 when decoded becomes a character from U+10FF80 on. Nothing is copied when there is nothing to do.
pub fn normalized(path: &str) -> Cow<'_, str> {
    if is_normal(path.as_bytes()) {
        return Cow::Borrowed(path);
    }
    let decoded = decode(path.as_bytes());
    let mut out: Vec<u8> = Vec::with_capacity(decoded.len());
    let mut segments = decoded.split(|b| *b == b'/').peekable();
    // What stands before the first slash: nothing in an absolute path.
    out.extend_from_slice(segments.next().unwrap_or_default());
    let root = out.len();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            b"" | b"." if !last => {}
            b"" | b"." => out.push(b'/'),
            b".." => {
                let end = out.iter().skip(root).rposition(|b| *b == b'/').map_or(root, |at| root + at);
                out.truncate(end);
                if last {
                    out.push(b'/');
                }
            }
            name => {
                out.push(b'/');
                out.extend_from_slice(name);
            }
        }
    }
    Cow::Owned(match String::from_utf8(out) {
        Ok(text) if !text.contains(is_odd) => text,
        Ok(text) => characters(text.as_bytes()),
        Err(error) => characters(error.as_bytes()),
    })
}

/// Whether nginx can read a path: no `%` without two hexadecimal digits, no `%00`, no `..` above the root.
pub(in crate::routing) fn is_readable(path: &str) -> bool {
    if is_normal(path.as_bytes()) {
        return true;
    }
    let quoted = |at: usize| Some((hex(*path.as_bytes().get(at + 1)?)?, hex(*path.as_bytes().get(at + 2)?)?));
    if !memchr::memchr_iter(b'%', path.as_bytes()).all(|at| quoted(at).is_some_and(|digits| digits != (0, 0)))
    {
        return false;
    }
    let mut depth = 0_usize;
    decode(path.as_bytes()).split(|b| *b == b'/').all(|segment| match segment {
        b"" | b"." => true,
        b".." if depth == 0 => false,
        b".." => {
            depth -= 1;
            true
        }
        _ => {
            depth += 1;
            true
        }
    })
}

/// Characters that stand for bytes.
const ODD: RangeInclusive<char> = '\u{10ff80}'..='\u{10ffff}';

/// Bytes as a text; those that are no UTF-8 as characters of [`ODD`], and such characters as bytes too.
fn characters(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 16);
    let odd =
        |byte: &u8| char::from_u32(0x0010_ff00 + u32::from(*byte)).unwrap_or(char::REPLACEMENT_CHARACTER);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if ODD.contains(&c) {
                out.extend(c.encode_utf8(&mut [0; 4]).as_bytes().iter().map(odd));
            } else {
                out.push(c);
            }
        }
        out.extend(chunk.invalid().iter().map(odd));
    }
    out
}

/// The bytes of a path that was normalized, or of a part of it.
pub(in crate::routing) fn bytes(text: &str) -> Cow<'_, [u8]> {
    if !text.contains(is_odd) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        if is_odd(c) {
            out.push((u32::from(c) & 0xff) as u8);
        } else {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    Cow::Owned(out)
}

fn is_odd(c: char) -> bool {
    ODD.contains(&c)
}

fn is_normal(path: &[u8]) -> bool {
    let mut segments = path.split(|b| *b == b'/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let odd = matches!(segment, b"." | b"..") || segment.is_empty() && segments.peek().is_some();
        if odd {
            return false;
        }
    }
    !path.contains(&b'%')
}

/// Percent-decodes; a `%` without two hexadecimal digits stays.
fn decode(text: &[u8]) -> Vec<u8> {
    Decoded(text).collect()
}

/// The bytes of a percent-encoded text, decoded one by one.
pub(in crate::routing) struct Decoded<'a>(pub(in crate::routing) &'a [u8]);

impl Iterator for Decoded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if let [b'%', high, low, rest @ ..] = self.0
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            self.0 = rest;
            return Some(high * 16 + low);
        }
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
