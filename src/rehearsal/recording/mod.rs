//! Requests that were recorded elsewhere, read to be sent again: a HAR of a browser, or an access log.
//!
//! The format is found by looking. What can not be understood is passed over, counted, and told with its line. Kept are
//! method, path and query, host, order, and headers that do no harm; credentials only when told so. HTTP/1.1 is spoken,
//! whatever was spoken when it was recorded.

mod har;
mod json;
mod line;
#[cfg(test)]
mod tests;

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::routing::PortProtocol;

/// What the load asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Mix {
    /// The routes' own matches, in no order.
    #[default]
    Routes,
    /// What was recorded, in its order, again and again.
    Recorded(Arc<Recording>),
}

/// How a recording is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// HTTP Archive 1.x, as browsers save it.
    Har,
    /// A JSON object a line, with nginx's names or names like them.
    Json,
    /// The common log format, also with the virtual host in front.
    Common,
    /// That with referrer and user agent: the default of nginx.
    Combined,
    /// The default of ingress-nginx, `upstreaminfo`.
    IngressNginx,
}

/// Requests to be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// The file as given.
    pub name: String,
    /// How it is written; that of its first request when lines differ.
    pub format: Format,
    /// What was understood, in order, at most [`MOST`].
    pub requests: Vec<Recorded>,
    /// Lines or entries that were passed over, the first [`TOLD`] of them.
    pub skipped: Vec<Skipped>,
    /// How many were passed over.
    pub skips: u64,
    /// Requests beyond [`MOST`].
    pub beyond: u64,
    /// Headers that were left out because they may hold credentials.
    pub withheld: u64,
}

/// A request that was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Its line, or the number of its entry in a HAR, from 1.
    pub line: u32,
    /// `GET`
    pub method: String,
    /// What it came by; none when the recording does not say.
    pub protocol: Option<PortProtocol>,
    /// Lower-case and without port; none when the recording does not say.
    pub host: Option<String>,
    /// Path and query as recorded.
    pub target: String,
    /// Headers to send again.
    pub headers: Vec<(String, String)>,
    /// Body to send again.
    pub body: Vec<u8>,
    /// What ingress-nginx calls the upstream: `namespace-service-port`. Stands in for a host that is not recorded.
    pub upstream: Option<String>,
}

/// What was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its line, or the number of its entry in a HAR, from 1.
    pub line: u32,
    /// Why.
    pub why: String,
}

/// How recorded requests are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    /// Recorded host (lower-case) ▸ host to send to. Without the first: where none is recorded. `*`: any other.
    pub hosts: Vec<(Option<String>, String)>,
    /// Send cookies and credentials too.
    pub credentials: bool,
}

/// Why a file is no recording.
#[derive(Debug, thiserror::Error)]
pub enum InvalidRecording {
    /// It can not be read.
    #[error("{} can not be read: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// It begins like a HAR and is none.
    #[error("{name} is no HAR: {why}")]
    Har {
        /// The file.
        name: String,
        /// What is wrong, with line and column.
        why: String,
    },
    /// Nothing in it is a request.
    #[error(
        "{name} has no request that can be sent{first}; it may be a HAR, or a log of nginx, ingress-nginx or Apache"
    )]
    Nothing {
        /// The file.
        name: String,
        /// Why the first line is none.
        first: String,
    },
}

/// Requests that are kept at most.
pub const MOST: usize = 50_000;
/// Lines that are told of, of those passed over.
pub const TOLD: usize = 100;
/// Largest file that is read, in bytes.
const LARGEST: u64 = 1024 * 1024 * 1024;

impl Recording {
    /// Reads a file. Blocks.
    ///
    /// # Errors
    /// A file that can not be read, or has nothing that could be sent.
    pub fn open(path: &Path, replay: &Replay) -> Result<Self, InvalidRecording> {
        let unreadable = |error| InvalidRecording::Unreadable { path: path.to_owned(), error };
        let length = fs::metadata(path).map_err(unreadable)?.len();
        if length > LARGEST {
            let why = format!("{} MiB are more than 1 GiB", length / 1024 / 1024);
            return Err(unreadable(io::Error::new(io::ErrorKind::FileTooLarge, why)));
        }
        let bytes = fs::read(path).map_err(unreadable)?;
        Self::read(&path.display().to_string(), &bytes, replay)
    }

    /// Reads what a file holds.
    ///
    /// # Errors
    /// When there is nothing in it that could be sent.
    pub fn read(name: &str, bytes: &[u8], replay: &Replay) -> Result<Self, InvalidRecording> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = String::from_utf8_lossy(bytes);
        let mut reader = Reader::new(name, replay);
        if text.trim_start().starts_with('{') && !json::is_lines(&text) {
            har::read(&text, &mut reader)
                .map_err(|why| InvalidRecording::Har { name: name.to_owned(), why })?;
        } else {
            for (line, number) in text.lines().zip(1..) {
                if !line.trim().is_empty() {
                    reader.take(number, logged(line));
                }
            }
        }
        reader.end()
    }
}

/// A line of a log, whatever it is written in.
fn logged(line: &str) -> Result<(Format, Recorded), String> {
    if line.trim_start().starts_with('{') { json::read(line) } else { line::read(line) }
}

/// Gathers requests.
struct Reader<'r> {
    replay: &'r Replay,
    recording: Recording,
    known: bool,
}

impl<'r> Reader<'r> {
    fn new(name: &str, replay: &'r Replay) -> Self {
        let recording = Recording {
            name: name.to_owned(),
            format: Format::Har,
            requests: Vec::new(),
            skipped: Vec::new(),
            skips: 0,
            beyond: 0,
            withheld: 0,
        };
        Self { replay, recording, known: false }
    }

    fn take(&mut self, line: u32, read: Result<(Format, Recorded), String>) {
        let recording = &mut self.recording;
        let read = read.and_then(|(format, request)| sendable(&request).map(|()| (format, request)));
        match read {
            Err(why) => {
                recording.skips += 1;
                if recording.skipped.len() < TOLD {
                    recording.skipped.push(Skipped { line, why });
                }
            }
            Ok(_) if recording.requests.len() >= MOST => recording.beyond += 1,
            Ok((format, mut request)) => {
                if !std::mem::replace(&mut self.known, true) {
                    recording.format = format;
                }
                request.line = line;
                request.host = self.replay.host(request.host.take());
                let before = request.headers.len();
                if !self.replay.credentials {
                    request.headers.retain(|(name, _)| !is_credential(name));
                }
                recording.withheld += (before - request.headers.len()) as u64;
                recording.requests.push(request);
            }
        }
    }

    fn end(self) -> Result<Recording, InvalidRecording> {
        let Self { recording, .. } = self;
        if !recording.requests.is_empty() {
            return Ok(recording);
        }
        let first = recording.skipped.first();
        let first = first.map(|skipped| format!(" (line {}: {})", skipped.line, skipped.why));
        Err(InvalidRecording::Nothing { name: recording.name, first: first.unwrap_or_default() })
    }
}

impl Replay {
    /// Reads `HOST`, for requests of which none is recorded, or `RECORDED=HOST`; `*=HOST` stands for all others.
    ///
    /// # Errors
    /// When one of them is no host.
    pub fn parse_host(typed: &str) -> Result<(Option<String>, String), String> {
        let (from, to) = match typed.split_once('=') {
            Some((from, to)) => (Some(from.trim().to_ascii_lowercase()), to.trim()),
            None => (None, typed.trim()),
        };
        let is_host = |host: &str| {
            !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._[:]".contains(&b))
        };
        for host in from.iter().map(String::as_str).filter(|host| *host != "*").chain([to]) {
            if !is_host(host) {
                return Err(format!(
                    "`{host}` is no host; write `shop.example.com` or `old.example.com=shop.example.com`"
                ));
            }
        }
        Ok((from, to.to_ascii_lowercase()))
    }

    /// The host that a request is sent to.
    fn host(&self, recorded: Option<String>) -> Option<String> {
        let to = |wanted: &dyn Fn(Option<&str>) -> bool| {
            self.hosts.iter().rev().find(|(from, _)| wanted(from.as_deref())).map(|(_, to)| to.clone())
        };
        match recorded {
            None => to(&|from| from.is_none()).or_else(|| to(&|from| from == Some("*"))),
            Some(host) => {
                to(&|from| from == Some(&host)).or_else(|| to(&|from| from == Some("*"))).or(Some(host))
            }
        }
    }
}

/// Whether it can be written as a request: nothing of a file may break out of the line it stands in.
fn sendable(request: &Recorded) -> Result<(), String> {
    let Recorded { method, target, host, headers, .. } = request;
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if method.is_empty() || !method.bytes().all(token) {
        return Err(format!("`{}` is no method", short(method)));
    }
    if method == "CONNECT" {
        return Err("CONNECT is no request for a path".to_owned());
    }
    if !(target.starts_with('/') || target == "*") || !target.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(format!("`{}` is no path", short(target)));
    }
    if let Some(host) = host
        && (host.is_empty() || !host.bytes().all(|b| b.is_ascii_graphic()))
    {
        return Err(format!("`{}` is no host", short(host)));
    }
    let bad = headers.iter().find(|(name, value)| {
        name.is_empty()
            || !name.bytes().all(token)
            || value.bytes().any(|b| b < b' ' && b != b'\t' || b == 0x7f)
    });
    bad.map_or(Ok(()), |(name, _)| Err(format!("header `{}` can not be sent", short(name))))
}

/// Headers that log somebody in.
fn is_credential(name: &str) -> bool {
    const NAMES: [&str; 8] = [
        "authorization",
        "cookie",
        "proxy-authorization",
        "x-amz-security-token",
        "x-api-key",
        "x-auth-token",
        "x-csrf-token",
        "x-xsrf-token",
    ];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The host of an authority, lower-case and without port.
fn host_of(authority: &str) -> Option<String> {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        Some(_) | None => authority,
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    (!host.is_empty() && host != "-" && host != "_").then(|| host.to_ascii_lowercase())
}

/// The begin of a text for a message.
fn short(text: &str) -> String {
    const MOST: usize = 40;
    let mut shown: String = text.chars().take(MOST).flat_map(char::escape_debug).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Har => "HAR",
            Self::Json => "JSON lines",
            Self::Common => "common log",
            Self::Combined => "combined log",
            Self::IngressNginx => "ingress-nginx log",
        })
    }
}
