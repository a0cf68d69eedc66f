//! HTTP/1.1 as Go's server reads and writes it: what it refuses is refused here too.

use std::time::Duration;

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::{Instant, timeout_at},
};

use super::{
    Seat,
    answer::{Received, Reply, answer, lossy},
};

/// A body that is announced and does not come is waited for so long.
const PATIENCE: Duration = Duration::from_millis(500);
/// Bodies above this are sent in chunks.
const SMALL: usize = 2048;

/// How a body is framed.
enum Framing {
    Length(usize),
    Chunked,
}

struct Connection<S> {
    stream: S,
    buffer: Vec<u8>,
}

pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(stream: S, seat: &Seat) {
    let mut connection = Connection { stream, buffer: Vec::new() };
    while connection.exchange(seat).await == Some(true) {}
    let _ = connection.stream.shutdown().await;
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// One request and its answer; whether another may follow.
    async fn exchange(&mut self, seat: &Seat) -> Option<bool> {
        let head = self.head().await?;
        let Some((mut request, framing)) = parse(&head) else {
            // In the words of the kit's.
            let asks = head.windows(7).any(|part| part.eq_ignore_ascii_case(b"\r\nhost:"));
            let why = if asks { "" } else { ": missing required Host header" };
            let refusal = format!(
                "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
                 Connection: close\r\n\r\n400 Bad Request{why}"
            );
            let _ = self.stream.write_all(refusal.as_bytes()).await;
            return None;
        };
        let has = |name: &str, token: &str| {
            let values = request.headers.get(name).into_iter().flatten();
            values.flat_map(|value| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case(token))
        };
        let old = request.protocol == "HTTP/1.0";
        let mut stays = !has("connection", "close") && (!old || has("connection", "keep-alive"));
        if has("expect", "100-continue") {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.ok()?;
        }
        let end = Instant::now() + PATIENCE;
        let whole = match framing {
            Framing::Length(length) => self.length(length, end, &mut request.body_bytes).await,
            Framing::Chunked => self.chunks(end, &mut request.body_bytes).await,
        };
        stays &= whole.is_some();
        let is_head = request.method == "HEAD";
        let reply = answer(request, seat).await?;
        self.say(reply, is_head, old, stays).await?;
        Some(stays)
    }

    async fn more(&mut self) -> Option<()> {
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(1..) => Some(()),
            Ok(0) | Err(_) => None,
        }
    }

    async fn head(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(end) = memchr::memmem::find(&self.buffer, b"\r\n\r\n") {
                let head = self.buffer.drain(..end + 4).collect();
                return Some(head);
            }
            self.more().await?;
        }
    }

    /// Reads a body of a known length; none when it does not come whole.
    async fn length(&mut self, length: usize, end: Instant, got: &mut usize) -> Option<()> {
        while *got < length {
            let here = self.buffer.len().min(length - *got);
            self.buffer.drain(..here);
            *got += here;
            if *got < length {
                timeout_at(end, self.more()).await.ok()??;
            }
        }
        Some(())
    }

    async fn line(&mut self, end: Instant) -> Option<String> {
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer) {
                let line: Vec<u8> = self.buffer.drain(..=at).collect();
                return Some(lossy(&line).trim_end().to_owned());
            }
            timeout_at(end, self.more()).await.ok()??;
        }
    }

    async fn chunks(&mut self, end: Instant, got: &mut usize) -> Option<()> {
        loop {
            let line = self.line(end).await?;
            let size = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16).ok()?;
            if size == 0 {
                while !self.line(end).await?.is_empty() {}
                return Some(());
            }
            let mut of_chunk = 0;
            let read = self.length(size, end, &mut of_chunk).await;
            *got += of_chunk;
            read?;
            self.line(end).await?;
        }
    }

    async fn say(&mut self, reply: Reply, is_head: bool, old: bool, stays: bool) -> Option<()> {
        let Reply { status, headers, body } = reply;
        let reason = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let protocol = if old { "HTTP/1.0" } else { "HTTP/1.1" };
        let mut out = format!("{protocol} {status} {}\r\n", reason.unwrap_or("status code"));
        for (name, value) in headers {
            out += &format!("{name}: {value}\r\n");
        }
        let empty = is_head || matches!(status, 204 | 304);
        let chunked = !empty && !old && body.len() > SMALL;
        if chunked {
            out += "Transfer-Encoding: chunked\r\n";
        } else if !empty && body.len() <= SMALL {
            out += &format!("Content-Length: {}\r\n", body.len());
        }
        let open_ended = !empty && !chunked && body.len() > SMALL;
        if !stays || open_ended {
            out += "Connection: close\r\n";
        } else if old {
            out += "Connection: keep-alive\r\n";
        }
        out += "Date: Tue, 24 Nov 2026 12:00:00 GMT\r\n\r\n";
        let mut out = out.into_bytes();
        if chunked {
            out.extend_from_slice(format!("{:x}\r\n", body.len()).as_bytes());
            out.extend_from_slice(&body);
            out.extend_from_slice(b"\r\n0\r\n\r\n");
        } else if !empty {
            out.extend_from_slice(&body);
        }
        self.stream.write_all(&out).await.ok()?;
        self.stream.flush().await.ok()?;
        (!open_ended).then_some(())
    }
}

/// Takes a head apart; none for what Go answers with 400.
fn parse(head: &[u8]) -> Option<(Received, Framing)> {
    let mut lines = head.strip_suffix(b"\r\n\r\n")?.split(|byte| *byte == b'\n');
    let mut line = lines.next()?.trim_ascii_end().splitn(3, |byte| *byte == b' ');
    let (method, target, protocol) = (line.next()?, line.next()?, line.next()?);
    let protocol = match protocol {
        b"HTTP/1.1" => "HTTP/1.1",
        b"HTTP/1.0" => "HTTP/1.0",
        _ => return None,
    };
    if !is_token(method) || !is_target(target) {
        return None;
    }
    let mut request =
        Received { method: lossy(method), target: target.to_vec(), protocol, ..Received::default() };
    for line in lines {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let colon = memchr::memchr(b':', line)?;
        let (name, value) = line.split_at(colon);
        if !is_token(name) || value.contains(&0) {
            return None;
        }
        let value = lossy(value.get(1..)?.trim_ascii());
        request.headers.entry(lossy(name).to_ascii_lowercase()).or_default().push(value);
    }
    match request.headers.remove("host").unwrap_or_default().as_slice() {
        [] if protocol == "HTTP/1.0" => {}
        [host] => host.clone_into(&mut request.host),
        _ => return None,
    }
    if let Some(coding) = request.headers.get("transfer-encoding") {
        if !matches!(coding.as_slice(), [coding] if coding.eq_ignore_ascii_case("chunked")) {
            return None;
        }
        request.headers.remove("content-length");
        return Some((request, Framing::Chunked));
    }
    let length = match request.headers.get("content-length").map(Vec::as_slice) {
        None => 0,
        Some([length]) => length.parse().ok()?,
        Some(_) => return None,
    };
    Some((request, Framing::Length(length)))
}

fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}

/// Whether Go takes a target: begins with `/` (or is `*` or a URL), no control character, every `%` in the path with
/// its two digits.
fn is_target(target: &[u8]) -> bool {
    let path = target.split(|byte| *byte == b'?').next().unwrap_or_default();
    let mut percents = memchr::memchr_iter(b'%', path);
    let begins = path.starts_with(b"/") || path == b"*" || memchr::memmem::find(path, b"://").is_some();
    begins
        && !target.iter().any(u8::is_ascii_control)
        && percents
            .all(|at| path.get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)))
}
