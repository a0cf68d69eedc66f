//! One request as bytes, its answer as it came. Knows HTTP, nothing of Kubernetes.

mod certificate;
mod http2;
mod tls;

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

use crate::case::{Request, ServerName};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(15);

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// A number; `closed`: no whole answer; `tls: …`: the handshake failed.
    pub status: Value,
    /// Names in lower case, in their order.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The common name of the server's certificate, over TLS.
    pub certificate: Option<String>,
}

impl Answer {
    fn failed(why: &str, certificate: Option<String>) -> Self {
        Self { status: why.into(), headers: Vec::new(), body: Vec::new(), certificate }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// What a request needs beside its own text.
#[derive(Clone, Copy, Debug)]
pub struct Sending<'a> {
    pub http: SocketAddr,
    pub https: SocketAddr,
    /// For `X-Oracle-Id`.
    pub id: &'a str,
    /// Kept from an earlier answer.
    pub cookies: &'a [String],
    /// Key and certificate of the client, in PEM.
    pub client_pem: Option<&'a str>,
}

/// Sends a request on a connection of its own.
pub fn send(request: &Request, with: Sending<'_>) -> Answer {
    let mut lines = request.headers.0.clone();
    if !with.cookies.is_empty() {
        lines.push(("Cookie".to_owned(), with.cookies.join("; ")));
    }
    lines.push(("X-Oracle-Id".to_owned(), with.id.to_owned()));
    let body = request.body();
    if request.http2 {
        return http2::send(request, &lines, body, with.https);
    }
    let framed = |(name, _): &(String, String)| {
        ["content-length", "transfer-encoding"].contains(&&*name.to_lowercase())
    };
    if !body.is_empty() && !lines.iter().any(framed) {
        lines.push(("Content-Length".to_owned(), body.len().to_string()));
    }
    let mut text = format!("{} {} HTTP/{}\r\n", request.method, request.path, request.version);
    if let Some(host) = &request.host {
        text += &format!("Host: {host}\r\n");
    }
    for (name, value) in lines {
        text += &format!("{name}: {value}\r\n");
    }
    text += "\r\n";
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(&body);
    let https = request.scheme == "https";
    let Ok(socket) = connect(if https { with.https } else { with.http }) else {
        return Answer::failed("closed", None);
    };
    if !https {
        return exchange(socket, &bytes, &request.method, None);
    }
    match tls::handshake(socket, server_name(request), with.client_pem) {
        Ok((stream, certificate)) => exchange(stream, &bytes, &request.method, certificate),
        Err(error) => Answer::failed(&tls_failure(&error), None),
    }
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpStream::connect_timeout(&address, PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

/// The name for the handshake; none is sent for an address or where the case says so.
fn server_name(request: &Request) -> Option<&str> {
    let of_host = || request.host.as_deref().and_then(|host| host.split(':').next());
    match &request.sni {
        ServerName::Host => of_host(),
        ServerName::Other(name) => Some(name),
        ServerName::None => None,
    }
}

fn tls_failure(error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(error) => format!("tls: {error}"),
        None => "closed".to_owned(),
    }
}

/// Says it all, reads the answer.
fn exchange<S: Read + Write>(
    mut stream: S,
    bytes: &[u8],
    method: &str,
    certificate: Option<String>,
) -> Answer {
    // Who answers before the body was read may close; the answer is there all the same.
    let _ = stream.write_all(bytes).and_then(|()| stream.flush());
    let incoming = Incoming { stream, buffer: Vec::new() };
    match incoming.answer(method) {
        Ok((status, headers, body)) => Answer { status: status.into(), headers, body, certificate },
        Err(error) => Answer::failed(&tls_failure(&error), certificate),
    }
}

struct Incoming<S> {
    stream: S,
    buffer: Vec<u8>,
}

type Parts = (u16, Vec<(String, String)>, Vec<u8>);

impl<S: Read> Incoming<S> {
    /// Whether more came; an end without a farewell is an end.
    fn more(&mut self) -> io::Result<bool> {
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes) {
            Ok(count) => {
                self.buffer.extend_from_slice(&bytes[..count]);
                Ok(count > 0)
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn need(&mut self) -> io::Result<()> {
        if self.more()? { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer) {
                let line: Vec<u8> = self.buffer.drain(..=at).collect();
                // As the kit reads them: each byte a character.
                return Ok(line.trim_ascii_end().iter().map(|byte| char::from(*byte)).collect());
            }
            self.need()?;
        }
    }

    fn exactly(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < count {
            self.need()?;
        }
        Ok(self.buffer.drain(..count).collect())
    }

    fn head(&mut self) -> io::Result<(u16, Vec<(String, String)>)> {
        let line = self.line()?;
        let status = line.strip_prefix("HTTP/").and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let status = status.ok_or_else(|| io::Error::other("no status line"))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok((status, headers));
            }
            let Some((name, value)) = line.split_once(':') else { continue };
            headers.push((name.to_lowercase(), value.trim_matches([' ', '\t']).to_owned()));
        }
    }

    fn answer(mut self, method: &str) -> io::Result<Parts> {
        let (status, headers) = loop {
            let (status, headers) = self.head()?;
            if status != 100 {
                break (status, headers);
            }
        };
        let of =
            |name: &str| headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
        let chunked = of("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
        let length = of("content-length").and_then(|length| length.parse().ok());
        let body = if method == "HEAD" || status < 200 || status == 204 || status == 304 {
            Vec::new()
        } else if chunked {
            self.chunks()?
        } else if let Some(length) = length {
            self.exactly(length)?
        } else {
            while self.more()? {}
            self.buffer
        };
        Ok((status, headers, body))
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(io::Error::other)?;
            if size == 0 {
                while !self.line()?.is_empty() {}
                return Ok(body);
            }
            body.extend(self.exactly(size)?);
            self.line()?;
        }
    }
}
