//! A small HTTP/1.1 client over real sockets, for the load and for scraping: one connection, one request at a time.

use std::{io, net::SocketAddr, sync::Arc};

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
        let stream: Box<dyn Io> = match tls {
            None => Box::new(tcp),
            Some((connector, name)) => Box::new(connector.connect(name.clone(), tcp).await?),
        };
        Ok(Self { stream, buffer: BytesMut::with_capacity(8 * 1024) })
    }

    /// Sends a request and reads its answer. `begun` is set once a byte of the answer came.
    pub(super) async fn exchange(
        &mut self,
        request: &[u8],
        body: Body,
        begun: &mut bool,
    ) -> io::Result<Answer> {
        self.stream.write_all(request).await?;
        self.stream.flush().await?;
        let (status, mut framing, mut reusable) = loop {
            match head(&self.buffer)? {
                Some((length, status, ..)) if (100..200).contains(&status) && status != 101 => {
                    self.buffer.advance(length);
                }
                Some((length, status, framing, reusable)) => {
                    self.buffer.advance(length);
                    break (status, framing, reusable);
                }
                None => {
                    self.more().await?;
                    *begun = true;
                }
            }
        };
        if body == Body::Absent || matches!(status, 101 | 204 | 304) {
            framing = Framing::Length(0);
        }
        let mut kept = Vec::new();
        match framing {
            Framing::Length(length) => self.take(length, body, &mut kept).await?,
            Framing::Chunked => self.chunks(body, &mut kept).await?,
            Framing::Close => {
                reusable = false;
                loop {
                    let ready = self.buffer.len() as u64;
                    self.take(ready, body, &mut kept).await?;
                    if self.stream.read_buf(&mut self.buffer).await? == 0 {
                        break;
                    }
                }
            }
        }
        Ok(Answer { status, reusable: reusable && status != 101, body: kept })
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "closed before the end of the answer")),
            _ => Ok(()),
        }
    }

    async fn take(&mut self, length: u64, body: Body, kept: &mut Vec<u8>) -> io::Result<()> {
        let mut left = length;
        while left > 0 {
            if self.buffer.is_empty() {
                self.more().await?;
            }
            let part = self.buffer.split_to((self.buffer.len() as u64).min(left) as usize);
            left -= part.len() as u64;
            match body {
                Body::Absent | Body::Discard => {}
                Body::Keep(most) if kept.len() + part.len() > most => {
                    return Err(invalid("the answer is too long"));
                }
                Body::Keep(_) => kept.extend_from_slice(&part),
            }
        }
        Ok(())
    }

    async fn chunks(&mut self, body: Body, kept: &mut Vec<u8>) -> io::Result<()> {
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
            self.take(size, body, kept).await?;
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

/// Length of the head, status, framing, and whether the connection stays open.
fn head(buffer: &[u8]) -> io::Result<Option<(usize, u16, Framing, bool)>> {
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
    Ok(Some((length, parsed.code.unwrap_or(0), framing, parsed.version == Some(1) && !closes)))
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
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(AnyCertificate(Arc::clone(&provider)));
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

#[derive(Debug)]
struct AnyCertificate(Arc<rustls::crypto::CryptoProvider>);

impl rustls::client::danger::ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &rustls_pki_types::CertificateDer<'_>,
        _: &[rustls_pki_types::CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: rustls_pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &rustls_pki_types::CertificateDer<'_>,
        signed: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &rustls_pki_types::CertificateDer<'_>,
        signed: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests;
