//! A reader of HTTP/1.1 requests that shares nothing with the proxy: slow, simple, and as strict as RFC 9112 allows.

/// A request as it must be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub body: Vec<u8>,
}

/// How reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing is left.
    Clean,
    /// The last request is not complete.
    Partial,
    /// What follows is no request.
    Invalid,
}

/// All requests of a connection, up to the first that is not one.
pub fn requests(mut bytes: &[u8]) -> (Vec<Request>, End) {
    let mut all = Vec::new();
    loop {
        // Empty lines in front are allowed.
        let mut skipped = 0;
        while let Some(rest) = bytes.strip_prefix(b"\r\n") {
            bytes = rest;
            skipped += 1;
            if skipped > 4 {
                return (all, End::Invalid);
            }
        }
        if bytes.is_empty() {
            return (all, End::Clean);
        }
        match request(bytes) {
            Ok(Some((request, closes, rest))) => {
                all.push(request);
                if closes {
                    return (all, End::Clean);
                }
                bytes = rest;
            }
            Ok(None) => return (all, End::Partial),
            Err(()) => return (all, End::Invalid),
        }
    }
}

type Parsed<'a> = Result<Option<(Request, bool, &'a [u8])>, ()>;

fn request(bytes: &[u8]) -> Parsed<'_> {
    let mut lines = Vec::new();
    let mut rest = bytes;
    loop {
        let Some(at) = rest.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
        let line = rest[..at].strip_suffix(b"\r").ok_or(())?;
        rest = &rest[at + 1..];
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    if bytes.len() - rest.len() > 64 * 1024 || lines.len() > 101 {
        return Err(());
    }
    let first = std::str::from_utf8(lines[0]).map_err(|_| ())?;
    let parts: Vec<_> = first.split(' ').collect();
    let [method, target, version] = parts[..] else { return Err(()) };
    if !is_token(method.as_bytes()) || method == "CONNECT" {
        return Err(());
    }
    if target.is_empty() || !target.bytes().all(|byte| (0x21..0x7f).contains(&byte)) || target.contains('#') {
        return Err(());
    }
    let modern = match version {
        "HTTP/1.1" => true,
        "HTTP/1.0" => false,
        _ => return Err(()),
    };
    let (mut hosts, mut lengths, mut codings, mut close, mut keep) = (vec![], vec![], vec![], false, false);
    for line in &lines[1..] {
        let colon = line.iter().position(|byte| *byte == b':').ok_or(())?;
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if !is_token(name) || value.iter().any(|byte| *byte != b'\t' && (*byte < 0x20 || *byte == 0x7f)) {
            return Err(());
        }
        let value = value.trim_ascii();
        match &*String::from_utf8_lossy(name).to_ascii_lowercase() {
            "host" => hosts.push(value),
            "content-length" => lengths.push(value),
            "transfer-encoding" => codings.push(value),
            "expect" if !value.eq_ignore_ascii_case(b"100-continue") => return Err(()),
            "connection" => {
                if !value.is_ascii() {
                    return Err(());
                }
                let value = String::from_utf8_lossy(value).to_ascii_lowercase();
                close |= value.split(',').any(|option| option.trim() == "close");
                keep |= value.split(',').any(|option| option.trim() == "keep-alive");
            }
            _ => {}
        }
    }
    let authority = match target.split_once("://") {
        _ if target.starts_with('/') => None,
        Some((scheme, rest)) if ["http", "https"].iter().any(|it| scheme.eq_ignore_ascii_case(it)) => {
            Some(rest.split(['/', '?']).next().unwrap_or_default())
        }
        _ if target == "*" && method == "OPTIONS" => None,
        _ => return Err(()),
    };
    if hosts.len() > 1 || (hosts.is_empty() && modern) {
        return Err(());
    }
    let host = hosts.first().map(|host| String::from_utf8_lossy(host).into_owned());
    for host in [authority, host.as_deref()].into_iter().flatten() {
        if !is_host(host) {
            return Err(());
        }
    }
    if lengths.len() > 1 || codings.len() > 1 || (!lengths.is_empty() && !codings.is_empty()) {
        return Err(());
    }
    let mut found = Request { method: method.into(), target: target.into(), body: vec![] };
    let closes = close || (!modern && !keep);
    if let Some(coding) = codings.first() {
        if !modern || !coding.eq_ignore_ascii_case(b"chunked") {
            return Err(());
        }
        loop {
            let Some(at) = rest.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
            let line = rest[..at].strip_suffix(b"\r").ok_or(())?;
            let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
            if line.len() > 4096
                || line.iter().any(|byte| *byte != b'\t' && (*byte < 0x20 || *byte == 0x7f))
                || digits.len() > 15
                || digits.is_empty()
                || !digits.iter().all(u8::is_ascii_hexdigit)
            {
                return Err(());
            }
            let size = usize::from_str_radix(&String::from_utf8_lossy(digits), 16).map_err(|_| ())?;
            rest = &rest[at + 1..];
            if size == 0 {
                break;
            }
            if rest.len() < size {
                found.body.extend_from_slice(rest);
                return Ok(None);
            }
            found.body.extend_from_slice(&rest[..size]);
            rest = &rest[size..];
            match rest {
                [b'\r', b'\n', after @ ..] => rest = after,
                [] | [b'\r'] => return Ok(None),
                _ => return Err(()),
            }
        }
        loop {
            let Some(at) = rest.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
            let line = rest[..at].strip_suffix(b"\r").ok_or(())?;
            rest = &rest[at + 1..];
            if line.is_empty() {
                return Ok(Some((found, closes, rest)));
            }
            let colon = line.iter().position(|byte| *byte == b':').ok_or(())?;
            if !is_token(&line[..colon])
                || line[colon..].iter().any(|b| *b != b'\t' && (*b < 0x20 || *b == 0x7f))
            {
                return Err(());
            }
        }
    }
    if let Some(length) = lengths.first() {
        if length.is_empty() || length.len() > 18 || !length.iter().all(u8::is_ascii_digit) {
            return Err(());
        }
        let length: usize = String::from_utf8_lossy(length).parse().map_err(|_| ())?;
        if rest.len() < length {
            return Ok(None);
        }
        found.body = rest[..length].to_vec();
        rest = &rest[length..];
    }
    Ok(Some((found, closes, rest)))
}

fn is_token(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b))
}

fn is_host(host: &str) -> bool {
    let (name, port) = match host.split_once(':') {
        Some((name, port)) => (name, port),
        None => (host, ""),
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_~".contains(&b))
    };
    name.len() < 254
        && name.split('.').all(label)
        && port.bytes().all(|b| b.is_ascii_digit())
        && (port.is_empty() || port.parse::<u16>().is_ok())
}
