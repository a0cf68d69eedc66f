//! Backends that speak HTTP/2: one connection to each endpoint, and each request a stream of it.
//!
//! The rest of the proxy speaks HTTP/1.1 to a [`Translated`]: heads and bodies are turned into a stream's and back,
//! trailers too. So all rules of framing, retry and timeout are the same for both kinds of backends.

use std::{
    cell::RefCell,
    collections::HashMap,
    io,
    net::SocketAddr,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri};
use http_body::Body;
use hyper::{body::Incoming, client::conn::http2};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{
    Way,
    pipe::{Fed, Pipe},
};
use crate::proxy::{
    answer::{field, status_line},
    buffer::Buffer,
    executor::Local,
    http1::{
        Refused,
        body::{Decoder, Step},
        field::{Known, known, may_trail},
        framing::{Framing, declared},
        head,
    },
};

type Sender = http2::SendRequest<Fed>;

/// Open connections of one worker.
#[derive(Default)]
pub(in crate::proxy) struct Connections {
    open: RefCell<HashMap<(SocketAddr, u64), Sender>>,
}

impl Connections {
    /// A new stream of a connection that is open.
    pub(super) fn stream(&self, address: SocketAddr, way: &Way) -> Option<Translated> {
        let (mut open, key) = (self.open.borrow_mut(), (address, way.id()));
        let sender = open.get(&key)?;
        if sender.is_closed() {
            open.remove(&key);
            return None;
        }
        Some(Translated::new(sender.clone(), way))
    }

    /// Begins HTTP/2 on a socket; further requests use it too.
    pub(super) async fn begin(
        &self,
        address: SocketAddr,
        way: &Way,
        socket: impl AsyncRead + AsyncWrite + Unpin + 'static,
        open: super::Open,
    ) -> io::Result<Translated> {
        let (sender, connection) = http2::Builder::new(Local)
            .timer(TokioTimer::new())
            .initial_stream_window_size(1024 * 1024)
            .initial_connection_window_size(4 * 1024 * 1024)
            .max_header_list_size(64 * 1024)
            .handshake(TokioIo::new(socket))
            .await
            .map_err(io::Error::other)?;
        tokio::task::spawn_local(async move {
            let _open = open;
            if let Err(error) = connection.await {
                tracing::debug!(%address, %error, "a connection to a backend failed");
            }
        });
        self.open.borrow_mut().insert((address, way.id()), sender.clone());
        Ok(Translated::new(sender, way))
    }
}

/// One request and its answer: written and read as HTTP/1.1, carried by a stream.
pub(in crate::proxy) struct Translated {
    sender: Sender,
    /// What was written and is not understood yet.
    input: Buffer,
    scanned: usize,
    /// The body that is written, once the head was.
    body: Option<(Decoder, Rc<RefCell<Pipe>>)>,
    answer: Answer,
    /// What waits to be read.
    output: Buffer,
    reader: Option<Waker>,
    to_head: bool,
    host_header: bool,
}

type Pending = Pin<Box<dyn Future<Output = hyper::Result<Response<Incoming>>>>>;

enum Answer {
    /// The request's head is not complete.
    None,
    Pending(Pending),
    Body(Incoming),
    Over,
}

impl Translated {
    fn new(sender: Sender, way: &Way) -> Self {
        Self {
            sender,
            input: Buffer::default(),
            scanned: 0,
            body: None,
            answer: Answer::None,
            output: Buffer::default(),
            reader: None,
            to_head: false,
            host_header: way.host_header,
        }
    }

    /// Sends the head as soon as it is there.
    fn begin(&mut self) -> Result<(), Refused> {
        let Some(length) = head::end(self.input.filled(), &mut self.scanned)? else { return Ok(()) };
        let bytes = self.input.filled().get(..length).unwrap_or_default();
        let (request, framing, expects) = translate(bytes, self.host_header)?;
        self.input.consume(length);
        self.to_head = request.method() == Method::HEAD;
        if expects {
            // The stream is open: the body may come.
            self.output.extend(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        let decoder = Decoder::new(framing);
        let pipe = Rc::new(RefCell::new(Pipe { ended: decoder.is_done(), ..Pipe::default() }));
        let request = request.map(|()| Fed(Rc::clone(&pipe)));
        self.body = Some((decoder, pipe));
        self.answer = Answer::Pending(Box::pin(self.sender.send_request(request)));
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Ok(())
    }

    /// Hands on what of the body is there.
    fn feed(&mut self) -> Result<(), Refused> {
        let Some((decoder, pipe)) = &mut self.body else { return Ok(()) };
        let mut data = Vec::new();
        loop {
            match decoder.step(&mut self.input)? {
                Step::Data(count) => {
                    data.extend_from_slice(self.input.filled().get(..count).unwrap_or_default());
                    self.input.consume(count);
                    decoder.took(count);
                }
                Step::More => break,
                Step::End => {
                    let mut pipe = pipe.borrow_mut();
                    if !pipe.ended {
                        pipe.trailers = trailers(decoder.trailers());
                        pipe.ended = true;
                    }
                    break;
                }
            }
        }
        let mut pipe = pipe.borrow_mut();
        if !data.is_empty() {
            pipe.data = Some(data.into());
        }
        pipe.wake_reader();
        Ok(())
    }

    /// Turns what came of the answer into bytes to be read.
    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.answer {
            Answer::None => {
                self.reader = Some(cx.waker().clone());
                Poll::Pending
            }
            Answer::Pending(pending) => match pending.as_mut().poll(cx) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(Err(error)) => {
                    // The stream alone was given up, by its words: hyper has no other way to tell.
                    let cause =
                        std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                    let is_reset = cause.starts_with("stream error received");
                    let kind = if is_reset { io::ErrorKind::ConnectionReset } else { io::ErrorKind::Other };
                    Poll::Ready(Err(io::Error::new(kind, error)))
                }
                Poll::Ready(Ok(response)) => {
                    self.answer = head_of(response, self.to_head, &mut self.output);
                    Poll::Ready(Ok(()))
                }
            },
            Answer::Body(body) => match Pin::new(body).poll_frame(cx) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(Some(Err(error))) => Poll::Ready(Err(io::Error::other(error))),
                Poll::Ready(None) => {
                    self.output.extend(b"0\r\n\r\n");
                    self.answer = Answer::Over;
                    Poll::Ready(Ok(()))
                }
                Poll::Ready(Some(Ok(frame))) => {
                    match frame.into_data() {
                        Ok(data) if !data.is_empty() => {
                            self.output.extend(format!("{:x}\r\n", data.len()).as_bytes());
                            self.output.extend(&data);
                            self.output.extend(b"\r\n");
                        }
                        Ok(_) => {}
                        Err(frame) => {
                            self.output.extend(b"0\r\n");
                            for (name, value) in frame.trailers_ref().into_iter().flatten() {
                                field(&mut self.output, name.as_str(), value.as_bytes());
                            }
                            self.output.extend(b"\r\n");
                            self.answer = Answer::Over;
                        }
                    }
                    Poll::Ready(Ok(()))
                }
            },
            Answer::Over => Poll::Ready(Ok(())),
        }
    }
}

/// The head of a stream's answer, and whether a body follows.
fn head_of(response: Response<Incoming>, to_head: bool, out: &mut Buffer) -> Answer {
    let (parts, body) = response.into_parts();
    status_line(out, parts.status.as_u16(), None);
    let mut length = None;
    for (name, value) in &parts.headers {
        match known(name.as_str()) {
            Known::ContentLength => length = Some(value.clone()),
            Known::TransferEncoding | Known::Connection | Known::Upgrade | Known::Hop => {}
            Known::Host
            | Known::Te
            | Known::Expect
            | Known::ForwardedFor
            | Known::ForwardedOther
            | Known::Other => field(out, name.as_str(), value.as_bytes()),
        }
    }
    let none = to_head || body.is_end_stream() || matches!(parts.status.as_u16(), 204 | 304);
    match length {
        // The stream's end is the body's; its length is known to be right and not needed.
        Some(length) if none => field(out, "content-length", length.as_bytes()),
        None if none => {
            if !to_head && parts.status != 204 && parts.status != 304 {
                field(out, "content-length", b"0");
            }
        }
        Some(_) | None => field(out, "transfer-encoding", b"chunked"),
    }
    out.extend(b"\r\n");
    if none { Answer::Over } else { Answer::Body(body) }
}

/// nginx's own name of its upstreams, which it says as `:authority` where no `Host` is set.
const UNNAMED: &str = "upstream_balancer";

/// A request's head as HTTP/2 wants it, its body's framing, and whether the client waits for 100.
fn translate(bytes: &[u8], host_header: bool) -> Result<(Request<()>, Framing, bool), Refused> {
    const BAD: Refused = Refused::bad("the request can not be said in HTTP/2");
    let mut lines = head::wide_lines();
    let head = head::request(bytes, &mut lines)?;
    let framing = declared(head.fields)?.of_request(head.modern)?;
    let mut request = Request::new(());
    *request.method_mut() = Method::from_bytes(head.method.as_bytes()).map_err(|_| BAD)?;
    *request.version_mut() = http::Version::HTTP_2;
    let (mut authority, mut expects) = ("", false);
    for line in head.fields {
        match known(line.name) {
            Known::Host => authority = std::str::from_utf8(line.value).map_err(|_| BAD)?,
            Known::Expect => expects = true,
            Known::TransferEncoding | Known::Connection | Known::Upgrade | Known::Hop => {}
            Known::ContentLength | Known::Te | Known::ForwardedFor | Known::ForwardedOther | Known::Other => {
                let name = HeaderName::from_bytes(line.name.as_bytes()).map_err(|_| BAD)?;
                request.headers_mut().append(name, HeaderValue::from_bytes(line.value).map_err(|_| BAD)?);
            }
        }
    }
    if host_header && authority != UNNAMED {
        // As HTTP/1.1 said on: a path is a whole target then, and `:authority` is left out.
        *request.version_mut() = http::Version::HTTP_11;
        request.headers_mut().insert(http::header::HOST, HeaderValue::from_str(authority).map_err(|_| BAD)?);
        *request.uri_mut() = Uri::builder().path_and_query(head.target).build().map_err(|_| BAD)?;
        return Ok((request, framing, expects));
    }
    let authority = if authority.is_empty() { "localhost" } else { authority };
    *request.uri_mut() = Uri::builder()
        .scheme("http")
        .authority(authority)
        .path_and_query(head.target)
        .build()
        .map_err(|_| BAD)?;
    Ok((request, framing, expects))
}

/// Lines as a map.
pub(in crate::proxy) fn trailers(lines: &[u8]) -> Option<HeaderMap> {
    let mut map = HeaderMap::new();
    for line in lines.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        let (name, value) =
            (line.get(..colon).unwrap_or_default(), line.get(colon + 1..).unwrap_or_default());
        let (name, value) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value.trim_ascii()));
        if let (Ok(name), Ok(value)) = (name, value)
            && may_trail(name.as_str())
        {
            map.append(name, value);
        }
    }
    (!map.is_empty()).then_some(map)
}

impl AsyncRead for Translated {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while this.output.is_empty() {
            if matches!(this.answer, Answer::Over) {
                return Poll::Ready(Ok(()));
            }
            std::task::ready!(this.poll_answer(cx))?;
        }
        let count = this.output.len().min(into.remaining());
        into.put_slice(this.output.filled().get(..count).unwrap_or_default());
        this.output.consume(count);
        this.output.release();
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Translated {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some((_, pipe)) = &this.body {
            let mut pipe = pipe.borrow_mut();
            if pipe.gone {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
            if pipe.data.is_some() {
                pipe.writer = Some(cx.waker().clone());
                return Poll::Pending;
            }
        }
        this.input.extend(from);
        if this.body.is_none() {
            this.begin().map_err(io::Error::other)?;
        }
        this.feed().map_err(io::Error::other)?;
        Poll::Ready(Ok(from.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Drop for Translated {
    fn drop(&mut self) {
        if let Some((_, pipe)) = &self.body {
            let mut pipe = pipe.borrow_mut();
            pipe.cut = !pipe.ended;
            pipe.wake_reader();
        }
    }
}
