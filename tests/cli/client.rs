//! A small HTTP/1.1 client over plain TCP or TLS: what it sends is what the test wrote, byte for byte.
#![allow(dead_code, reason = "each test program that shares this uses a part of it")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use rustls::{ClientConnection, StreamOwned};
use rustls_pki_types::ServerName;
use serde_json::Value;

#[path = "any_certificate.rs"]
mod any_certificate;

use any_certificate::believing;

/// An answer.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Response {
    /// A header's value; names are compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// The body of a stand-in.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// `namespace/name:port` of the stand-in that answered.
    #[track_caller]
    pub fn service(&self) -> String {
        let service = &self.json()["service"];
        let word = |member: &str| service[member].as_str().unwrap_or("?").to_owned();
        format!("{}/{}:{}", word("namespace"), word("name"), service["port"])
    }

    /// The path that the stand-in received.
    #[track_caller]
    pub fn path(&self) -> String {
        self.json()["request"]["path"].as_str().unwrap().to_owned()
    }

    /// Values of a header that the stand-in received.
    #[track_caller]
    pub fn received(&self, name: &str) -> Vec<String> {
        let body = self.json();
        let headers = body["request"]["headers"].as_object().unwrap();
        let values = headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        values
            .flat_map(|(_, list)| list.as_array().unwrap())
            .map(|v| v.as_str().unwrap().to_owned())
            .collect()
    }
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// One connection, kept open between requests.
pub struct Client {
    stream: BufReader<Box<dyn Stream>>,
    host: String,
}

impl Client {
    /// Plain HTTP.
    pub fn http(address: &str, host: &str) -> Self {
        Self { stream: BufReader::new(Box::new(connect(address))), host: host.to_owned() }
    }

    /// TLS with this server name; any certificate is taken.
    pub fn https(address: &str, host: &str) -> Self {
        let config = believing().with_no_client_auth();
        let name = ServerName::try_from(host.to_owned()).unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let stream = StreamOwned::new(connection, connect(address));
        Self { stream: BufReader::new(Box::new(stream)), host: host.to_owned() }
    }

    /// `GET` without further headers.
    #[track_caller]
    pub fn get(&mut self, target: &str) -> Response {
        self.send("GET", target, &[])
    }

    /// A request without a body.
    #[track_caller]
    pub fn send(&mut self, method: &str, target: &str, headers: &[(&str, &str)]) -> Response {
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n", self.host);
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let stream = self.stream.get_mut();
        stream.write_all(head.as_bytes()).unwrap();
        stream.flush().unwrap();
        self.read(method)
    }

    #[track_caller]
    fn read(&mut self, method: &str) -> Response {
        let status_line = self.line();
        let status = status_line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status in {status_line:?}"));
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let mut response = Response { status, headers, body: String::new() };
        let mut body = Vec::new();
        let length = response.header("content-length").and_then(|length| length.parse().ok());
        match (response.header("transfer-encoding"), length) {
            _ if method == "HEAD" || status == 204 || status == 304 => {}
            (Some(_), _) => loop {
                let size = usize::from_str_radix(self.line().trim(), 16).unwrap();
                let mut chunk = vec![0; size];
                self.stream.read_exact(&mut chunk).unwrap();
                body.extend(chunk);
                self.line();
                if size == 0 {
                    break;
                }
            },
            (None, Some(length)) => {
                body = vec![0; length];
                self.stream.read_exact(&mut body).unwrap();
            }
            (None, None) => {
                self.stream.read_to_end(&mut body).unwrap();
            }
        }
        response.body = String::from_utf8(body).unwrap();
        response
    }

    #[track_caller]
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}
