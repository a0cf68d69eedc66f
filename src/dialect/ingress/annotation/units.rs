//! nginx's sizes and the parts of a Go URL.

/// A size as nginx reads it: digits and `k` or `m`; `g` only where it is an offset.
pub(in crate::dialect::ingress) fn size(value: &str, offset: bool) -> Option<u64> {
    let value = value.trim();
    let (digits, unit) = match value.char_indices().next_back()? {
        (at, 'k' | 'K') => (&value[..at], 10),
        (at, 'm' | 'M') => (&value[..at], 20),
        (at, 'g' | 'G') if offset => (&value[..at], 30),
        _ => (value, 0),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse::<u64>().ok()?.checked_mul(1 << unit).filter(|bytes| i64::try_from(*bytes).is_ok())
}

/// The parts of a URL that the controller looks at.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::dialect::ingress) struct Url<'a> {
    /// In lower case; empty where there is none.
    pub(in crate::dialect::ingress) scheme: String,
    /// The authority with its port.
    pub(in crate::dialect::ingress) host: &'a str,
}

impl Url<'_> {
    /// The authority without user, port and brackets.
    pub(in crate::dialect::ingress) fn hostname(&self) -> &str {
        if let Some((inside, _)) = self.host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            return inside;
        }
        self.host.split_once(':').map_or(self.host, |(host, _)| host)
    }
}

/// Reads a URL as Go does, as far as the controller's questions go.
///
/// # Errors
/// Why it is none.
pub(in crate::dialect::ingress) fn url(value: &str) -> Result<Url<'_>, &'static str> {
    if value.bytes().any(|b| b < 0x20 || b == 0x7f) {
        return Err("it holds a control character");
    }
    let (scheme, rest) = scheme(value)?;
    let rest = rest.split('#').next().unwrap_or_default();
    let path_and_host = rest.split('?').next().unwrap_or_default();
    let Some(after) = path_and_host.strip_prefix("//") else {
        let first = path_and_host.split('/').next().unwrap_or_default();
        if scheme.is_empty() && first.contains(':') {
            return Err("its first segment holds a colon");
        }
        if scheme.is_empty() || path_and_host.starts_with('/') {
            escapes(path_and_host)?;
        }
        return Ok(Url { scheme, host: "" });
    };
    let (authority, path) = after.find('/').map_or((after, ""), |at| after.split_at(at));
    escapes(path)?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    host_is_fine(host)?;
    Ok(Url { scheme, host })
}

fn scheme(value: &str) -> Result<(String, &str), &'static str> {
    for (at, c) in value.char_indices() {
        match c {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if at > 0 => {}
            ':' if at == 0 => return Err("it has no scheme before its colon"),
            ':' => return Ok((value[..at].to_ascii_lowercase(), &value[at + 1..])),
            _ => break,
        }
    }
    Ok((String::new(), value))
}

fn escapes(text: &str) -> Result<(), &'static str> {
    let whole = text
        .split('%')
        .skip(1)
        .all(|rest| rest.len() >= 2 && rest.as_bytes().iter().take(2).all(u8::is_ascii_hexdigit));
    if whole { Ok(()) } else { Err("it holds a `%` without two hexadecimal digits") }
}

fn host_is_fine(host: &str) -> Result<(), &'static str> {
    let port = match host.strip_prefix('[') {
        Some(inside) => match inside.split_once(']') {
            Some((_, port)) => port,
            None => return Err("its host has no closing bracket"),
        },
        None => host.find(':').map_or("", |at| &host[at..]),
    };
    let digits = port.strip_prefix(':').unwrap_or_default();
    if !port.is_empty() && (!port.starts_with(':') || !digits.bytes().all(|b| b.is_ascii_digit())) {
        return Err("its port is no number");
    }
    if host.chars().any(|c| " \"<>\\^`{|}".contains(c)) {
        return Err("its host holds a character that no host has");
    }
    escapes(host)
}

/// A URL with a scheme and a host, as `auth-url` must be.
///
/// # Errors
/// What is missing.
pub(in crate::dialect::ingress) fn whole_url(value: &str) -> Result<Url<'_>, &'static str> {
    let url = url(value)?;
    match () {
        () if url.scheme.is_empty() => Err("it has no scheme"),
        () if url.host.is_empty() => Err("it has no host"),
        () if url.host.contains("..") => Err("its host holds `..`"),
        () => Ok(url),
    }
}

/// The text with the space around each of its lines taken out, as the controller does with every text.
pub(super) fn trim_lines(value: &str) -> String {
    let mut lines = value.split('\n').map(str::trim);
    let mut text = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        text.push('\n');
        text.push_str(line);
    }
    text
}
