//! Access logs in lines of text: common, combined, and what ingress-nginx makes of it.
//!
//! All have the time in brackets and the request in quotes behind it. What stands in front may be more than the format
//! knows (a virtual host, what a container runtime adds), and behind it too.

use std::net::IpAddr;

use super::{Format, Recorded, host_of, short};

/// A piece of a line.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'l> {
    Word(&'l str),
    /// In brackets.
    Held(&'l str),
    /// In quotes, escapes as they stand.
    Quoted(&'l str),
}

/// The first line of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) method: String,
    pub(super) target: String,
    /// Of an absolute target.
    pub(super) host: Option<String>,
}

/// Reads a line.
pub(super) fn read(text: &str) -> Result<(Format, Recorded), String> {
    let pieces = split(text);
    let at = pieces
        .windows(2)
        .position(|two| matches!(two, [Piece::Held(_), Piece::Quoted(_)]))
        .ok_or("no `[time] \"request\"`")?;
    let (front, rest) = pieces.split_at(at);
    let [_, Piece::Quoted(line), Piece::Word(status), rest @ ..] = rest else {
        return Err("no status behind the request".to_owned());
    };
    if status.len() != 3 || !status.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("`{}` is no status", short(status)));
    }
    let Line { method, target, host } = request(&unescaped(line))?;
    let mut recorded = Recorded { method, host, target, ..Recorded::default() };
    if recorded.host.is_none() {
        recorded.host = virtual_host(front);
    }
    let [_, Piece::Quoted(referrer), Piece::Quoted(agent), rest @ ..] = rest else {
        return Ok((Format::Common, recorded));
    };
    for (name, value) in [("referer", referrer), ("user-agent", agent)] {
        if !value.is_empty() && *value != "-" {
            recorded.headers.push((name.to_owned(), unescaped(value)));
        }
    }
    let [Piece::Word(_), Piece::Word(_), Piece::Held(upstream), ..] = rest else {
        return Ok((Format::Combined, recorded));
    };
    recorded.upstream = (!upstream.is_empty() && *upstream != "-").then(|| (*upstream).to_owned());
    Ok((Format::IngressNginx, recorded))
}

/// Reads `GET /path HTTP/1.1`.
pub(super) fn request(line: &str) -> Result<Line, String> {
    let no_request = || format!("`{}` is no request", short(line));
    let (method, rest) = line.split_once(' ').ok_or_else(no_request)?;
    let (target, version) = rest.rsplit_once(' ').ok_or_else(no_request)?;
    if !version.starts_with("HTTP/") {
        return Err(no_request());
    }
    let absolute = ["http://", "https://"].iter().find_map(|scheme| target.strip_prefix(scheme));
    let (host, target) = match absolute {
        Some(rest) => {
            let (authority, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
            let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
            (host_of(authority), path)
        }
        None => (None, target.to_owned()),
    };
    Ok(Line { method: method.to_owned(), target, host })
}

/// `vhost:port client - user`, as Apache's `vhost_combined` has it.
fn virtual_host(front: &[Piece<'_>]) -> Option<String> {
    let [Piece::Word(host), Piece::Word(client), Piece::Word(_), Piece::Word(_)] = front else { return None };
    let host = host_of(host)?;
    (client.parse::<IpAddr>().is_ok() && host.parse::<IpAddr>().is_err()).then_some(host)
}

fn split(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (piece, after) = if let Some(inner) = rest.strip_prefix('"') {
            let (quoted, after) = until_quote(inner);
            (Piece::Quoted(quoted), after)
        } else if let Some(inner) = rest.strip_prefix('[') {
            let (held, after) = inner.split_once(']').unwrap_or((inner, ""));
            (Piece::Held(held), after)
        } else {
            let (word, after) = rest.find(' ').map_or((rest, ""), |at| rest.split_at(at));
            (Piece::Word(word), after)
        };
        pieces.push(piece);
        rest = after.trim_start();
    }
    pieces
}

/// Up to the closing quote; one behind a backslash does not close.
fn until_quote(text: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return (&text[..at], &text[at + 1..]),
            _ => {}
        }
    }
    (text, "")
}

/// Takes back `\x22`, `\"` and `\\`, as nginx and Apache write them.
fn unescaped(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'\\', [b'x', high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |hex: u8| char::from(hex).to_digit(16).unwrap_or_default() as u8;
                bytes.push(digit(*high) * 16 + digit(*low));
                rest = after;
            }
            (b'\\', [held @ (b'"' | b'\\'), after @ ..]) => {
                bytes.push(*held);
                rest = after;
            }
            (other, _) => bytes.push(*other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
