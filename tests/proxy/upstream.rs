//! Backends: plain threads and sockets, so that every byte is seen and said on purpose.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use super::build::local;

/// What a backend received and how many connections it took.
#[derive(Default)]
pub struct Seen {
    pub requests: Mutex<Vec<String>>,
    pub connections: Mutex<usize>,
}

impl Seen {
    pub fn last(&self) -> String {
        self.requests.lock().unwrap().last().cloned().unwrap_or_default()
    }

    pub fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    pub fn wait(&self, count: usize) {
        let end = Instant::now() + Duration::from_secs(10);
        while self.count() < count {
            assert!(Instant::now() < end, "{} requests instead of {count}", self.count());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// As [`Self::wait`], where the runtime that waits has work to do meanwhile.
    pub async fn waited(&self, count: usize) {
        let end = Instant::now() + Duration::from_secs(10);
        while self.count() < count {
            assert!(Instant::now() < end, "{} requests instead of {count}", self.count());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// A connection of the proxy, seen from the backend.
pub struct Peer {
    pub stream: TcpStream,
    pub buffer: Vec<u8>,
}

impl Peer {
    /// Reads more; false at the end.
    pub fn more(&mut self) -> bool {
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes) {
            Ok(0) | Err(_) => false,
            Ok(count) => {
                self.buffer.extend_from_slice(&bytes[..count]);
                true
            }
        }
    }

    /// The next request: head, and body by its framing, as bytes. None at the end.
    pub fn request(&mut self) -> Option<String> {
        let head = self.head()?;
        let body = self.body(&head)?;
        Some(format!("{head}{body}"))
    }

    pub fn head(&mut self) -> Option<String> {
        loop {
            if let Some(at) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                let head: Vec<u8> = self.buffer.drain(..at + 4).collect();
                return Some(String::from_utf8_lossy(&head).into_owned());
            }
            if !self.more() {
                return None;
            }
        }
    }

    fn body(&mut self, head: &str) -> Option<String> {
        let head = head.to_ascii_lowercase();
        if head.contains("transfer-encoding: chunked") {
            let mut from = 0;
            loop {
                let end = self.buffer[from..].windows(2).position(|window| window == b"\r\n");
                let Some(end) = end else {
                    if !self.more() {
                        return None;
                    }
                    continue;
                };
                let size =
                    usize::from_str_radix(std::str::from_utf8(&self.buffer[from..from + end]).unwrap(), 16);
                let size = size.unwrap();
                let mut next = from + end + 2 + size + 2;
                if size == 0 {
                    // Trailers end with an empty line.
                    loop {
                        let tail = &self.buffer[from + end..];
                        if let Some(at) = tail.windows(4).position(|window| window == b"\r\n\r\n") {
                            next = from + end + at + 4;
                            break;
                        }
                        if !self.more() {
                            return None;
                        }
                    }
                    let body: Vec<u8> = self.buffer.drain(..next).collect();
                    return Some(String::from_utf8_lossy(&body).into_owned());
                }
                while self.buffer.len() < next {
                    if !self.more() {
                        return None;
                    }
                }
                from = next;
            }
        }
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok())
            .unwrap_or_default();
        while self.buffer.len() < length {
            if !self.more() {
                return None;
            }
        }
        let body: Vec<u8> = self.buffer.drain(..length).collect();
        Some(String::from_utf8_lossy(&body).into_owned())
    }

    pub fn say(&mut self, text: &str) {
        let _ = self.stream.write_all(text.as_bytes());
    }
}

/// A backend that handles each connection on a thread.
pub fn custom(handle: impl Fn(Peer, &Seen) + Send + Sync + 'static) -> (SocketAddr, Arc<Seen>) {
    let listener = TcpListener::bind(local()).unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Seen::default());
    let (handle, shared) = (Arc::new(handle), Arc::clone(&seen));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            stream.set_nodelay(true).unwrap();
            *shared.connections.lock().unwrap() += 1;
            let (handle, shared) = (Arc::clone(&handle), Arc::clone(&shared));
            std::thread::spawn(move || handle(Peer { stream, buffer: Vec::new() }, &shared));
        }
    });
    (address, seen)
}

/// A backend that answers every request with what the function says, and keeps its connections.
pub fn answering(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> (SocketAddr, Arc<Seen>) {
    custom(move |mut peer, seen| {
        while let Some(request) = peer.request() {
            let text = answer(&request);
            seen.requests.lock().unwrap().push(request);
            peer.say(&text);
        }
    })
}

/// A backend that answers with its name.
pub fn named(name: &'static str) -> (SocketAddr, Arc<Seen>) {
    answering(move |_| ok(name))
}

pub fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// An address where nobody listens: a port that has been given back is soon another test's.
pub fn refusing() -> SocketAddr {
    (std::net::Ipv4Addr::LOCALHOST, 1).into()
}
