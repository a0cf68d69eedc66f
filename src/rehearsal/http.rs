//! A small HTTP/1.1 client over real sockets, for the load, for scraping and for questions: one connection, one request
//! at a time.

use std::{io, net::SocketAddr, sync::Arc, time::Instant};

use bytes::{Buf, BytesMut};
use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

const MAX_HEAD: usize = 256 * 1024;
const MAX_HEADERS: usize = 256;

/// What bytes go over: TCP, or TLS on it.
trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// An open connection.
pub(super) struct Connection {
    stream: Box<dyn Io>,
    buffer: BytesMut,
    /// Our end.
    local: SocketAddr,
}

/// An answer with all that came of it.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    /// The begin of the body.
    pub(super) body: Vec<u8>,
    /// Bytes of the whole body.
    pub(super) length: u64,
    pub(super) first_byte: Instant,
}

/// An answer that was read to its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Whether the connection can be used again.
    pub(super) reusable: bool,
    /// Empty unless it was to be kept.
    pub(super) body: Vec<u8>,
}

/// What to do with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// None comes, whatever the head says: an answer to HEAD.
    Absent,
    Discard,
    /// Kept up to this many bytes; a longer one is an error.
    Keep(usize),
    /// Kept up to this many bytes; what is beyond is read and counted.
    Begin(usize),
}

/// The head of an answer.
#[derive(Clone, Copy, Debug)]
struct Head {
    length: usize,
    status: u16,
    framing: Framing,
    /// The connection stays open.
    reusable: bool,
}

/// What was taken of a body.
#[derive(Debug, Default)]
struct Taken {
    kept: Vec<u8>,
    length: u64,
}

/// How a body ends.
#[derive(Clone, Copy, Debug)]
enum Framing {
    Length(u64),
    Chunked,
    Close,
}

impl Connection {
    /// Connects; with a server name over TLS.
    pub(super) async fn open(
        address: SocketAddr,
        tls: Option<(&TlsConnector, &ServerName<'static>)>,
    ) -> io::Result<Self> {
        let tcp = TcpStream::connect(address).await?;
        tcp.set_nodelay(true)?;
        let local = tcp.local_addr()?;
        let stream: Box<dyn Io> = match tls {
            None => Box::new(tcp),
            Some((connector, name)) => Box::new(connector.connect(name.clone(), tcp).await?),
        };
        Ok(Self { stream, buffer: BytesMut::with_capacity(8 * 1024), local })
    }

    /// The address that the other side sees.
    pub(super) fn local(&self) -> SocketAddr {
        self.local
    }

    /// Sends a request and reads all of its answer; of the body `most` bytes are kept.
    pub(super) async fn ask(&mut self, request: &[u8], to_head: bool, most: usize) -> io::Result<Whole> {
        self.send(request).await?;
        if self.buffer.is_empty() {
            self.more().await?;
        }
        let first_byte = Instant::now();
        let (head, headers) = loop {
            match head(&self.buffer)? {
                Some(head) if (100..200).contains(&head.status) && head.status != 101 => {
                    self.buffer.advance(head.length);
                }
                Some(head) => {
                    let headers = headers(&self.buffer);
                    self.buffer.advance(head.length);
                    break (head, headers);
                }
                None => self.more().await?,
            }
        };
        let body = if to_head { Body::Absent } else { Body::Begin(most) };
        let Taken { kept, length } = self.body(head, body).await?;
        Ok(Whole { status: head.status, headers, body: kept, length, first_byte })
    }

    /// Sends a request and reads its answer. `begun` is set once a byte of the answer came.
    pub(super) async fn exchange(
        &mut self,
        request: &[u8],
        body: Body,
        begun: &mut bool,
    ) -> io::Result<Answer> {
        self.send(request).await?;
        let head = loop {
            match head(&self.buffer)? {
                Some(head) if (100..200).contains(&head.status) && head.status != 101 => {
                    self.buffer.advance(head.length);
                }
                Some(head) => {
                    self.buffer.advance(head.length);
                    break head;
                }
                None => {
                    self.more().await?;
                    *begun = true;
                }
            }
        };
        let Taken { kept, .. } = self.body(head, body).await?;
        let closes = matches!(head.framing, Framing::Close) && !is_bodiless(head.status, body);
        Ok(Answer {
            status: head.status,
            reusable: head.reusable && head.status != 101 && !closes,
            body: kept,
        })
    }

    async fn send(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request).await?;
        self.stream.flush().await
    }

    async fn body(&mut self, head: Head, body: Body) -> io::Result<Taken> {
        let mut taken = Taken::default();
        if is_bodiless(head.status, body) {
            return Ok(taken);
        }
        match head.framing {
            Framing::Length(length) => self.take(length, body, &mut taken).await?,
            Framing::Chunked => self.chunks(body, &mut taken).await?,
            Framing::Close => loop {
                let ready = self.buffer.len() as u64;
                self.take(ready, body, &mut taken).await?;
                if self.stream.read_buf(&mut self.buffer).await? == 0 {
                    break;
                }
            },
        }
        Ok(taken)
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "closed before the end of the answer")),
            _ => Ok(()),
        }
    }

    async fn take(&mut self, length: u64, body: Body, taken: &mut Taken) -> io::Result<()> {
        let mut left = length;
        while left > 0 {
            if self.buffer.is_empty() {
                self.more().await?;
            }
            let part = self.buffer.split_to((self.buffer.len() as u64).min(left) as usize);
            left -= part.len() as u64;
            taken.length += part.len() as u64;
            let kept = &mut taken.kept;
            match body {
                Body::Absent | Body::Discard => {}
                Body::Keep(most) if kept.len() + part.len() > most => {
                    return Err(invalid("the answer is too long"));
                }
                Body::Keep(_) => kept.extend_from_slice(&part),
                Body::Begin(most) => {
                    let room = most.saturating_sub(kept.len()).min(part.len());
                    kept.extend_from_slice(part.get(..room).unwrap_or_default());
                }
            }
        }
        Ok(())
    }

    async fn chunks(&mut self, body: Body, taken: &mut Taken) -> io::Result<()> {
        loop {
            let size = loop {
                match httparse::parse_chunk_size(&self.buffer) {
                    Ok(httparse::Status::Complete((line, size))) => {
                        self.buffer.advance(line);
                        break size;
                    }
                    Ok(httparse::Status::Partial) => self.more().await?,
                    Err(_) => return Err(invalid("a chunk's size can not be read")),
                }
            };
            if size == 0 {
                return self.trailers().await;
            }
            self.take(size, body, taken).await?;
            while self.buffer.len() < 2 {
                self.more().await?;
            }
            self.buffer.advance(2);
        }
    }

    async fn trailers(&mut self) -> io::Result<()> {
        loop {
            let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
            match httparse::parse_headers(&self.buffer, &mut headers) {
                Ok(httparse::Status::Complete((length, _))) => {
                    self.buffer.advance(length);
                    return Ok(());
                }
                Ok(httparse::Status::Partial) => self.more().await?,
                Err(_) => return Err(invalid("the trailers can not be read")),
            }
        }
    }
}

/// An answer without a body, whatever its head says.
fn is_bodiless(status: u16, body: Body) -> bool {
    body == Body::Absent || matches!(status, 101 | 204 | 304)
}

/// Headers of a head that was read before.
fn headers(buffer: &[u8]) -> Vec<(String, String)> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Response::new(&mut headers);
    if parsed.parse(buffer).is_err() {
        return Vec::new();
    }
    let text = |header: &httparse::Header<'_>| {
        (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned())
    };
    parsed.headers.iter().map(text).collect()
}

fn head(buffer: &[u8]) -> io::Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Response::new(&mut headers);
    let length = match parsed.parse(buffer) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if buffer.len() <= MAX_HEAD => return Ok(None),
        Ok(httparse::Status::Partial) => return Err(invalid("the answer's head is too long")),
        Err(error) => return Err(invalid(&format!("the answer is no HTTP/1: {error}"))),
    };
    let named = |name: &'static str| {
        parsed.headers.iter().filter(move |h| h.name.eq_ignore_ascii_case(name)).map(|h| h.value.trim_ascii())
    };
    let framing = match (named("transfer-encoding").next_back(), named("content-length").next()) {
        (Some(coding), _) if coding.to_ascii_lowercase().ends_with(b"chunked") => Framing::Chunked,
        (Some(_), _) | (None, None) => Framing::Close,
        (None, Some(digits)) => str::from_utf8(digits)
            .ok()
            .and_then(|digits| digits.parse().ok())
            .map(Framing::Length)
            .ok_or_else(|| invalid("the answer's Content-Length is no number"))?,
    };
    let closes = named("connection").any(|value| value.eq_ignore_ascii_case(b"close"));
    let reusable = parsed.version == Some(1) && !closes;
    Ok(Some(Head { length, status: parsed.code.unwrap_or(0), framing, reusable }))
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// A TLS client for listeners of this rehearsal, and for nothing else.
///
/// It takes any certificate: it dials loopback addresses that this very process has bound, and the certificates
/// that users bring are signed by authorities that this machine need not know. The server must still prove that it
/// has the key of what it shows.
pub(super) fn connector() -> Result<TlsConnector, rustls::Error> {
    connects(false)
}

/// A TLS client that turns away a certificate for another name, as browsers do. Who signed it is not asked: in a
/// rehearsal that is an authority of this machine, or one of the user's own.
pub(super) fn naming_connector() -> Result<TlsConnector, rustls::Error> {
    connects(true)
}

fn connects(names: bool) -> Result<TlsConnector, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(AnyCertificate { provider: Arc::clone(&provider), names });
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    if names {
        // A session begun at one side would go on at the other one, without a look at its certificate: both are served by one
        // program here, and by two in truth.
        config.resumption = rustls::client::Resumption::disabled();
    }
    Ok(TlsConnector::from(Arc::new(config)))
}

#[derive(Debug)]
struct AnyCertificate {
    provider: Arc<rustls::crypto::CryptoProvider>,
    /// It has to be for the name that was asked for.
    names: bool,
}

impl rustls::client::danger::ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        certificate: &rustls_pki_types::CertificateDer<'_>,
        _: &[rustls_pki_types::CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        _: rustls_pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        if self.names {
            let parsed = rustls::server::ParsedCertificate::try_from(certificate)?;
            rustls::client::verify_server_name(&parsed, name)?;
        }
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &rustls_pki_types::CertificateDer<'_>,
        signed: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &rustls_pki_types::CertificateDer<'_>,
        signed: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests;
