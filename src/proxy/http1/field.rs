//! Header names that mean something to a proxy.

/// What a header is to us. Everything else is carried as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::proxy) enum Known {
    Host,
    ContentLength,
    TransferEncoding,
    Connection,
    Te,
    Upgrade,
    Expect,
    /// `Keep-Alive`, `Proxy-Connection`, `Proxy-Authenticate`, `Proxy-Authorization`, `HTTP2-Settings`: for one hop only.
    Hop,
    ForwardedFor,
    /// `X-Forwarded-Proto`, `-Host` and `-Port`: what a client says of these is not believed.
    ForwardedOther,
    Other,
}

/// Finds what a name is, in any case.
pub(in crate::proxy) fn known(name: &str) -> Known {
    let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
    match name.len() {
        2 if is("te") => Known::Te,
        4 if is("host") => Known::Host,
        6 if is("expect") => Known::Expect,
        7 if is("upgrade") => Known::Upgrade,
        10 if is("connection") => Known::Connection,
        10 if is("keep-alive") => Known::Hop,
        14 if is("content-length") => Known::ContentLength,
        14 if is("http2-settings") => Known::Hop,
        15 if is("x-forwarded-for") => Known::ForwardedFor,
        16 if is("x-forwarded-host") || is("x-forwarded-port") => Known::ForwardedOther,
        16 if is("proxy-connection") => Known::Hop,
        17 if is("transfer-encoding") => Known::TransferEncoding,
        17 if is("x-forwarded-proto") => Known::ForwardedOther,
        18 if is("proxy-authenticate") => Known::Hop,
        19 if is("proxy-authorization") => Known::Hop,
        _ => Known::Other,
    }
}

/// Whether a name would be one that frames a message or tells who the client is, were `_` the same as `-`.
pub(in crate::proxy) fn is_disguised(name: &str) -> bool {
    (14..=17).contains(&name.len())
        && name.contains('_')
        && matches!(
            known(&name.replace('_', "-")),
            Known::ContentLength | Known::TransferEncoding | Known::ForwardedFor | Known::ForwardedOther
        )
}

/// Whether a name may stand in a trailer: nothing that frames, routes or speaks of the connection (RFC 9110, 6.5.1).
pub(in crate::proxy) fn may_trail(name: &str) -> bool {
    const NEVER: [&str; 8] = [
        "authorization",
        "cache-control",
        "content-encoding",
        "content-range",
        "content-type",
        "cookie",
        "set-cookie",
        "trailer",
    ];
    known(name) == Known::Other && !NEVER.iter().any(|never| name.eq_ignore_ascii_case(never))
}

/// Elements of a comma-separated list, without the white space around them and without empty ones.
pub(in crate::proxy) fn elements(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(|element| element.trim_matches([' ', '\t'])).filter(|element| !element.is_empty())
}

/// A header name by RFC 9110, 5.1: `token`.
pub(in crate::proxy) fn is_token(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|byte| is_token_byte(*byte))
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A header value without anything that could end it: no controls but the tab.
pub(in crate::proxy) fn is_value(value: &[u8]) -> bool {
    value.iter().all(|byte| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f))
}
