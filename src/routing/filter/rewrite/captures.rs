//! nginx's `rewrite REGEX TEXT break`, and how the result is written into the request to a backend.
//!
//! Groups are of the normalized path. nginx encodes the new path, whatever was received; a query in the
//! text stays as it is written, and its groups are encoded when the path received had a `%` or `+`.

use std::fmt::Write as _;

use crate::routing::{PathMatch, normalized, path::bytes};

/// The new path with the text's own query; empty when nothing is left, which nginx answers with 500.
pub(super) fn captured(text: &str, path: &str, matched: &PathMatch) -> String {
    let normal = normalized(path);
    let groups = match matched {
        PathMatch::Pattern(pattern) => pattern.regex.groups(&normal),
        PathMatch::Exact(_) | PathMatch::Prefix(_) | PathMatch::RawPrefix(_) => None,
    };
    let fill = |text: &str, encode: &dyn Fn(&str) -> String| {
        let mut out = String::with_capacity(text.len() + path.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            rest = after;
            match after.bytes().next() {
                Some(digit @ b'1'..=b'9') => {
                    let number = usize::from(digit - b'0');
                    out.push_str(&encode(groups.as_ref().map_or("", |groups| groups.get(number))));
                    rest = after.get(1..).unwrap_or_default();
                }
                Some(_) | None => out.push('$'),
            }
        }
        out + rest
    };
    let quoted = path.contains('%');
    let (text, query) = match text.split_once('?') {
        Some((text, query)) => (text, query.strip_suffix('?').unwrap_or(query)),
        None => (text, ""),
    };
    let uri = fill(text, &str::to_owned);
    let mut uri = escaped(&uri, b" \"#%<>?\\^`{|}");
    if !query.is_empty() && !uri.is_empty() {
        let encodes = quoted || path.contains('+');
        let part = |group: &str| {
            if encodes { escaped(group, b" \"#%&+;<>?\\^`{|}") } else { group.to_owned() }
        };
        uri.push('?');
        uri.push_str(&fill(query, &part));
    }
    uri
}

fn escaped(text: &str, odd: &[u8]) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for byte in bytes(text).iter().copied() {
        if odd.contains(&byte) || !(0x21..0x7f).contains(&byte) {
            let _ = write!(out, "%{byte:02X}");
        } else {
            out.push(char::from(byte));
        }
    }
    out
}
