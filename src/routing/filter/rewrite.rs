//! New paths and `Location`s: `HTTPPathModifier` and `HTTPRequestRedirectFilter` of Gateway API v1.7, and captures.
//!
//! Texts of manifests may hold anything: what can not stand in a path is percent-encoded.

use std::{borrow::Cow, fmt::Write as _, sync::Arc};

use crate::routing::{PathMatch, normalized};

#[cfg(test)]
mod tests;

/// A new path and host for the backend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewrite {
    /// Value for `Host`.
    pub host: Option<Arc<str>>,
    /// New path; the query stays.
    pub path: Option<PathRewrite>,
}

/// How a path is made from the request's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathRewrite {
    /// This path instead.
    Full(Arc<str>),
    /// In place of the prefix that matched (Gateway API `ReplacePrefixMatch`).
    Prefix(Arc<str>),
    /// ingress-nginx `rewrite-target`: `$1` and so on from the expression that matched.
    Captures(Arc<str>),
}

impl PathRewrite {
    /// The new path, absolute and printable. `path` is the request's as received, `matched` is how it was matched.
    /// A text of [`PathRewrite::Captures`] may bring a query of its own, after a `?`.
    pub fn apply<'a>(&'a self, path: &'a str, matched: &PathMatch) -> Cow<'a, str> {
        match self {
            Self::Full(text) => printable(absolute(text, "")),
            Self::Prefix(text) => match matched {
                PathMatch::Prefix(prefix) | PathMatch::RawPrefix(prefix) | PathMatch::Exact(prefix) => {
                    let rest = path.strip_prefix(&**prefix).unwrap_or_default();
                    printable(absolute(text.trim_end_matches('/'), rest))
                }
                // Gateway API refuses this; the dialect says so.
                PathMatch::Pattern(_) => Cow::Borrowed(path),
            },
            Self::Captures(text) => {
                printable(absolute(&captured(text, path, matched), "").into_owned().into())
            }
        }
    }
}

/// Both parts, with a slash in front when there is none.
fn absolute<'a>(front: &'a str, rest: &'a str) -> Cow<'a, str> {
    match (front.starts_with('/'), front.is_empty(), rest.is_empty()) {
        (true, _, true) => Cow::Borrowed(front),
        (_, true, true) => Cow::Borrowed("/"),
        (_, true, false) if rest.starts_with('/') => Cow::Borrowed(rest),
        (true, _, false) => Cow::Owned(format!("{front}{rest}")),
        (false, _, _) => Cow::Owned(format!("/{front}{rest}")),
    }
}

/// RFC 9112 section 3.2: no space, control or byte above 0x7e in a request's target.
fn printable(path: Cow<'_, str>) -> Cow<'_, str> {
    if path.bytes().all(|b| (0x21..0x7f).contains(&b)) {
        return path;
    }
    Cow::Owned(escaped(&path, |b| !(0x21..0x7f).contains(&b)))
}

fn escaped(text: &str, odd: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if odd(byte) {
            let _ = write!(out, "%{byte:02X}");
        } else {
            out.push(char::from(byte));
        }
    }
    out
}

/// nginx's `rewrite`: `$1` to `$9` of the normalized path, encoded again; nothing for a group that took no part.
/// Any other `$` stays.
fn captured(text: &str, path: &str, matched: &PathMatch) -> String {
    let path = normalized(path);
    let groups = match matched {
        PathMatch::Pattern(pattern) => pattern.regex.groups(&path),
        PathMatch::Exact(_) | PathMatch::Prefix(_) | PathMatch::RawPrefix(_) => None,
    };
    let mut out = String::with_capacity(text.len() + path.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let digit = after.bytes().next().filter(|b| (b'1'..=b'9').contains(b));
        rest = after;
        let Some(digit) = digit else {
            out.push('$');
            continue;
        };
        rest = after.get(1..).unwrap_or_default();
        let group = groups.as_ref().map_or("", |groups| groups.get(usize::from(digit - b'0')));
        out.push_str(&escaped(group, |b| !(0x21..0x7f).contains(&b) || b"%?#".contains(&b)));
    }
    out.push_str(rest);
    out
}

/// `RequestRedirect` and what Ingress annotations make of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// New scheme.
    pub scheme: Option<Arc<str>>,
    /// New host.
    pub host: Option<Arc<str>>,
    /// New port.
    pub port: Option<u16>,
    /// New path.
    pub path: Option<PathRewrite>,
    /// Status code.
    pub status: u16,
}

impl Redirect {
    /// The `Location`, by the rules of `HTTPRequestRedirectFilter` (v1.7): port 80 of http and 443 of https are left
    /// out; without a port the listener's own counts, unless a scheme is given. The query is kept. A port in `host` is
    /// not looked at, and letters of the scheme become small.
    pub fn location(
        &self,
        scheme: &str,
        host: &str,
        listener_port: u16,
        path: &str,
        query: Option<&str>,
        matched: &PathMatch,
    ) -> String {
        let scheme_out = self.scheme.as_deref().unwrap_or(scheme).to_ascii_lowercase();
        let well_known = match scheme_out.as_str() {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        };
        let port = match (self.port, &self.scheme) {
            (Some(port), _) => port,
            (None, Some(_)) => well_known.unwrap_or(listener_port),
            (None, None) => listener_port,
        };
        let host = self.host.as_deref().unwrap_or_else(|| without_port(host));
        let path = match &self.path {
            Some(rewrite) => rewrite.apply(path, matched),
            None => printable(absolute(path, "")),
        };
        let mut location = format!("{scheme_out}://{}", escaped(host, |b| !(0x21..0x7f).contains(&b)));
        if well_known != Some(port) {
            let _ = write!(location, ":{port}");
        }
        location.push_str(&path);
        if let Some(query) = query {
            location.push(if path.contains('?') { '&' } else { '?' });
            location.push_str(&printable(Cow::Borrowed(query)));
        }
        location
    }
}

/// `a:80` ▸ `a`, `[::1]:80` ▸ `[::1]`
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((front, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !front.contains(':') => front,
        Some((front, _)) if front.ends_with(']') => front,
        Some(_) | None => host,
    }
}
