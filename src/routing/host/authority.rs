//! The host out of a `Host` header or `:authority` (RFC 9110 section 7.2). What could be read in two ways is refused.

use std::{borrow::Cow, net::Ipv6Addr};

/// Why a request's authority can not be used; the answer is 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAuthority {
    /// RFC 9110 section 4.2.1: an http URI has a host.
    #[error("the host is empty")]
    Empty,
    /// Longer than any DNS name.
    #[error("the host is longer than 253 characters")]
    TooLong,
    /// Not a letter, digit, `-`, `.`, `_` or `~`.
    #[error("byte 0x{0:02x} can not stand in a host")]
    Byte(u8),
    /// Two dots in a row, or one in front.
    #[error("the host has an empty label")]
    EmptyLabel,
    /// Brackets without an IPv6 address in them.
    #[error("brackets of the host hold no IPv6 address")]
    Brackets,
    /// Not 0 to 65535.
    #[error("the port is not a number up to 65535")]
    Port,
}

pub(super) fn host(authority: &str) -> Result<Cow<'_, str>, InvalidAuthority> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (inner, after) = rest.split_once(']').ok_or(InvalidAuthority::Brackets)?;
            inner.parse::<Ipv6Addr>().map_err(|_| InvalidAuthority::Brackets)?;
            (authority.get(..inner.len() + 2).unwrap_or(authority), after)
        }
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port = match port.strip_prefix(':') {
        Some(digits) => digits,
        None if port.is_empty() => port,
        None => return Err(InvalidAuthority::Brackets),
    };
    // RFC 3986 section 3.2.3 lets the digits be missing after the colon.
    let is_number = port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    if !port.is_empty() && !is_number {
        return Err(InvalidAuthority::Port);
    }
    if host.starts_with('[') {
        return Ok(lower(host));
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    if name.is_empty() {
        return Err(if host.is_empty() { InvalidAuthority::Empty } else { InvalidAuthority::EmptyLabel });
    }
    if name.len() > 253 {
        return Err(InvalidAuthority::TooLong);
    }
    let mut before = b'.';
    for byte in name.bytes() {
        match byte {
            b'.' if before == b'.' => return Err(InvalidAuthority::EmptyLabel),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => before = byte,
            _ => return Err(InvalidAuthority::Byte(byte)),
        }
    }
    if before == b'.' {
        return Err(InvalidAuthority::EmptyLabel);
    }
    Ok(lower(name))
}

/// As nginx checks a host: no blanks, controls, slashes or empty labels; what stands after a colon is not looked at.
pub(super) fn nginx(authority: &str) -> Result<Cow<'_, str>, InvalidAuthority> {
    let end = if authority.starts_with('[') {
        authority.find(']').map_or(authority.len(), |at| at + 1)
    } else {
        authority.find(':').unwrap_or(authority.len())
    };
    let mut before = b' ';
    for byte in authority.bytes() {
        match byte {
            b'.' if before == b'.' => return Err(InvalidAuthority::EmptyLabel),
            0..=b' ' | 0x7f | b'/' => return Err(InvalidAuthority::Byte(byte)),
            _ => before = byte,
        }
    }
    let host = authority.get(..end).unwrap_or(authority);
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.is_empty() { Err(InvalidAuthority::Empty) } else { Ok(lower(host)) }
}

fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}
