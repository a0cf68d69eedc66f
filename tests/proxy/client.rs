//! Clients that say exactly what a test wants.

use std::{
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// An answer taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
    /// Trailer lines of a chunked body.
    pub trailers: String,
}

impl Answer {
    /// The values of a header, joined.
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self
            .head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .filter(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}

/// A connection to the proxy.
pub struct Client<S = TcpStream> {
    pub stream: S,
    pub buffer: Vec<u8>,
}

pub fn connect(address: SocketAddr) -> Client {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    Client { stream, buffer: Vec::new() }
}

impl<S: std::io::Read + std::io::Write> Client<S> {
    pub fn say(&mut self, text: impl AsRef<[u8]>) -> &mut Self {
        let _ = self.stream.write_all(text.as_ref());
        self
    }

    fn more(&mut self) -> bool {
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes) {
            Ok(0) => false,
            Ok(count) => {
                self.buffer.extend_from_slice(&bytes[..count]);
                true
            }
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock) => {
                panic!("no answer in time")
            }
            Err(_) => false,
        }
    }

    fn take(&mut self, until: &[u8]) -> Option<String> {
        loop {
            if let Some(at) = self.buffer.windows(until.len()).position(|window| window == until) {
                let taken: Vec<u8> = self.buffer.drain(..at + until.len()).collect();
                return Some(String::from_utf8_lossy(&taken).into_owned());
            }
            if !self.more() {
                return None;
            }
        }
    }

    fn exactly(&mut self, count: usize) -> Option<String> {
        while self.buffer.len() < count {
            if !self.more() {
                return None;
            }
        }
        let taken: Vec<u8> = self.buffer.drain(..count).collect();
        Some(String::from_utf8_lossy(&taken).into_owned())
    }

    /// The next answer; none when the connection ends before its end.
    pub fn answer(&mut self) -> Option<Answer> {
        self.answer_to("GET")
    }

    pub fn answer_to(&mut self, method: &str) -> Option<Answer> {
        let head = self.take(b"\r\n\r\n")?;
        let status: u16 = head.split(' ').nth(1)?.parse().ok()?;
        let mut answer = Answer { status, head, body: String::new(), trailers: String::new() };
        if method == "HEAD" || status < 200 || status == 204 || status == 304 {
            return Some(answer);
        }
        if answer.header("transfer-encoding").is_some() {
            loop {
                let line = self.take(b"\r\n")?;
                let size = usize::from_str_radix(line.trim_end(), 16).expect("a chunk's size");
                if size == 0 {
                    break;
                }
                answer.body += &self.exactly(size)?;
                assert_eq!(self.exactly(2)?, "\r\n");
            }
            loop {
                let line = self.take(b"\r\n")?;
                if line == "\r\n" {
                    return Some(answer);
                }
                answer.trailers += &line;
            }
        }
        if let Some(length) = answer.header("content-length") {
            answer.body = self.exactly(length.parse().unwrap())?;
        } else {
            while self.more() {}
            answer.body = String::from_utf8_lossy(&std::mem::take(&mut self.buffer)).into_owned();
        }
        Some(answer)
    }

    /// Nothing more comes.
    pub fn is_over(&mut self) -> bool {
        self.buffer.is_empty() && !self.more()
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.say(format!("GET {path} HTTP/1.1\r\nHost: shop.example\r\n\r\n")).answer().expect("an answer")
    }
}

/// One request on a connection of its own.
pub fn ask(address: SocketAddr, text: impl AsRef<[u8]>) -> Answer {
    connect(address).say(text).answer().expect("an answer")
}
