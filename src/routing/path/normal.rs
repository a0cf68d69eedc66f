//! A path as nginx reads it for matching: decoded, slashes merged, dot segments removed.

use std::borrow::Cow;

/// The path decoded once, with `//` merged and `.` and `..` resolved; `..` above the root stays there. What is no
/// UTF-8 when decoded becomes U+FFFD. Nothing is copied when there is nothing to do.
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
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
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
