//! HTTP/1.1 as a stand-in speaks it: names, target and values are kept as they came, so no library in between.
//!
//! Ambiguous framing is refused with 400 and the connection closed (RFC 9112 sections 2.2, 6.3).

use std::{io, num::NonZeroU64, sync::Arc};

use bytes::{Buf, BytesMut};
use http::StatusCode;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
};

use super::{Shared, Told, answer, answer::Received, websocket};
use crate::rehearsal::Fault;

const MAX_HEAD: usize = 256 * 1024;
const MAX_HEADERS: usize = 256;
const MAX_TRAILERS: usize = 64;

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length(u64),
    Chunked,
}

/// Why a request is not answered as asked.
enum Refusal {
    Status(u16),
    Io(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Answers requests until the client or a fault ends it.
pub(super) async fn serve(
    mut stream: TcpStream,
    shared: Arc<Shared>,
    mut fault: watch::Receiver<Fault>,
) -> io::Result<()> {
    let mut buffer = BytesMut::with_capacity(8 * 1024);
    loop {
        match exchange(&mut stream, &mut buffer, &shared, &mut fault).await {
            Ok(true) => {}
            Ok(false) => return stream.shutdown().await,
            Err(Refusal::Io(error)) => return Err(error),
            Err(Refusal::Status(status)) => {
                let head = head(status, Some(0), true);
                stream.write_all(head.as_bytes()).await?;
                return stream.shutdown().await;
            }
        }
    }
}

/// One request and its answer; whether another may follow.
async fn exchange(
    stream: &mut TcpStream,
    buffer: &mut BytesMut,
    shared: &Shared,
    fault: &mut watch::Receiver<Fault>,
) -> Result<bool, Refusal> {
    let request = loop {
        if let Some((request, length)) = parse(buffer)? {
            buffer.advance(length);
            break request;
        }
        let read = if buffer.is_empty() {
            tokio::select! {
                read = stream.read_buf(buffer) => read?,
                // Idle, and the stand-in is gone.
                () = super::gone(fault) => return Ok(false),
            }
        } else {
            stream.read_buf(buffer).await?
        };
        if read == 0 {
            return Ok(false);
        }
    };
    let framing = framing(&request)?;
    if framing != Framing::Length(0)
        && buffer.is_empty()
        && request.header("expect").is_some_and(|expect| expect.eq_ignore_ascii_case(b"100-continue"))
    {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    let body_bytes = match framing {
        Framing::Length(length) => skip(stream, buffer, length).await?,
        Framing::Chunked => chunks(stream, buffer).await?,
    };
    let close = request.has_token("connection", "close") || request.protocol == "HTTP/1.0";
    let Told { status, pace } = shared.decide(fault).await;
    if status == 200
        && let Some(accepted) = websocket::handshake(&request)
    {
        stream.write_all(accepted.as_bytes()).await?;
        websocket::echo(stream, std::mem::take(buffer)).await?;
        return Ok(false);
    }
    let bodiless = matches!(status, 204 | 304);
    let body = if bodiless { String::new() } else { answer::body(&shared.backend, &request, body_bytes) };
    let mut out = head(status, (!bodiless).then_some(body.len()), close);
    let body = if request.method == "HEAD" { "" } else { &body };
    match pace {
        None => {
            out.push_str(body);
            stream.write_all(out.as_bytes()).await?;
        }
        Some(pace) => {
            stream.write_all(out.as_bytes()).await?;
            dribble(stream, body.as_bytes(), pace).await?;
        }
    }
    Ok(!close)
}

/// Sends a body so slowly.
async fn dribble(stream: &mut TcpStream, body: &[u8], pace: NonZeroU64) -> io::Result<()> {
    let (piece, pause) = super::beat(pace);
    for piece in body.chunks(piece) {
        tokio::time::sleep(pause).await;
        stream.write_all(piece).await?;
    }
    Ok(())
}

fn head(status: u16, length: Option<usize>, close: bool) -> String {
    let reason = StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason()).unwrap_or("");
    let now = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let mut head = format!("HTTP/1.1 {status} {reason}\r\nDate: {now}\r\n");
    if let Some(length) = length {
        head.push_str(&format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"));
    }
    head.push_str(if close { "Connection: close\r\n\r\n" } else { "\r\n" });
    head
}

fn parse(buffer: &[u8]) -> Result<Option<(Received, usize)>, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let length = match parsed.parse(buffer) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if buffer.len() > MAX_HEAD => return Err(Refusal::Status(431)),
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Refusal::Status(431)),
        Err(_) => return Err(Refusal::Status(400)),
    };
    let mut received = Received {
        method: parsed.method.unwrap_or_default().to_owned(),
        protocol: if parsed.version == Some(0) { "HTTP/1.0" } else { "HTTP/1.1" },
        headers: parsed.headers.iter().map(|h| (h.name.to_owned(), h.value.to_vec())).collect(),
        ..Received::default()
    };
    received.target(parsed.path.unwrap_or_default().as_bytes());
    received.host = received.header("host").unwrap_or_default().to_vec();
    Ok(Some((received, length)))
}

fn framing(request: &Received) -> Result<Framing, Refusal> {
    let all = |name: &'static str| {
        request
            .headers
            .iter()
            .filter(move |(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    };
    let mut lengths = all("content-length");
    let length = lengths.next();
    let coded = all("transfer-encoding").next();
    match (length, coded) {
        (None, None) => Ok(Framing::Length(0)),
        (None, Some(coding)) if coding.eq_ignore_ascii_case(b"chunked") => Ok(Framing::Chunked),
        (Some(length), None) if lengths.all(|other| other == length) => str::from_utf8(length)
            .ok()
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
            .map(Framing::Length)
            .ok_or(Refusal::Status(400)),
        (Some(_), _) | (None, Some(_)) => Err(Refusal::Status(400)),
    }
}

async fn more(stream: &mut TcpStream, buffer: &mut BytesMut) -> Result<(), Refusal> {
    match stream.read_buf(buffer).await? {
        0 => Err(Refusal::Io(io::ErrorKind::UnexpectedEof.into())),
        _ => Ok(()),
    }
}

async fn skip(stream: &mut TcpStream, buffer: &mut BytesMut, length: u64) -> Result<u64, Refusal> {
    let mut left = length;
    while left > 0 {
        if buffer.is_empty() {
            more(stream, buffer).await?;
        }
        let take = (buffer.len() as u64).min(left);
        buffer.advance(take as usize);
        left -= take;
    }
    Ok(length)
}

async fn chunks(stream: &mut TcpStream, buffer: &mut BytesMut) -> Result<u64, Refusal> {
    let mut total = 0;
    loop {
        let size = loop {
            match httparse::parse_chunk_size(buffer) {
                Ok(httparse::Status::Complete((line, size))) => {
                    buffer.advance(line);
                    break size;
                }
                Ok(httparse::Status::Partial) if buffer.len() < MAX_HEAD => more(stream, buffer).await?,
                Ok(httparse::Status::Partial) | Err(_) => return Err(Refusal::Status(400)),
            }
        };
        if size == 0 {
            return trailers(stream, buffer).await.map(|()| total);
        }
        total += skip(stream, buffer, size).await?;
        while buffer.len() < 2 {
            more(stream, buffer).await?;
        }
        if !buffer.starts_with(b"\r\n") {
            return Err(Refusal::Status(400));
        }
        buffer.advance(2);
    }
}

async fn trailers(stream: &mut TcpStream, buffer: &mut BytesMut) -> Result<(), Refusal> {
    loop {
        let mut headers = [httparse::EMPTY_HEADER; MAX_TRAILERS];
        match httparse::parse_headers(buffer, &mut headers) {
            Ok(httparse::Status::Complete((length, _))) => {
                buffer.advance(length);
                return Ok(());
            }
            Ok(httparse::Status::Partial) if buffer.len() < MAX_HEAD => more(stream, buffer).await?,
            Ok(httparse::Status::Partial) | Err(_) => return Err(Refusal::Status(400)),
        }
    }
}
