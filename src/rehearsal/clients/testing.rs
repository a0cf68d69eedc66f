//! For tests: a DNS server of one's own that answers whatever it is told to, and a small web server.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use hickory_proto::{
    op::{Message, OpCode, ResponseCode},
    rr::{RData, Record, RecordType, rdata::A},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, UdpSocket},
};

/// What the server says.
#[derive(Debug)]
pub(super) struct Zone {
    pub(super) said: Mutex<(IpAddr, u32)>,
    /// Answers over UDP are cut short.
    pub(super) cut: AtomicBool,
    /// `NXDOMAIN`
    pub(super) unknown: AtomicBool,
    /// Questions over UDP, and over TCP.
    pub(super) questions: [AtomicU64; 2],
    /// Questions over UDP that get no answer before others do.
    pub(super) lose: AtomicU64,
}

/// Serves a zone on a port that the system chooses, until the test ends.
pub(super) async fn dns(address: IpAddr, ttl: u32) -> (SocketAddr, Arc<Zone>) {
    let (udp, tcp) = loop {
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
            break (udp, tcp);
        }
    };
    let at = udp.local_addr().unwrap();
    let zone = Arc::new(Zone {
        said: Mutex::new((address, ttl)),
        cut: AtomicBool::new(false),
        unknown: AtomicBool::new(false),
        questions: [AtomicU64::new(0), AtomicU64::new(0)],
        lose: AtomicU64::new(0),
    });
    let by_udp = Arc::clone(&zone);
    tokio::spawn(async move {
        let mut buffer = [0; 1024];
        loop {
            let (length, from) = udp.recv_from(&mut buffer).await?;
            by_udp.questions[0].fetch_add(1, Ordering::Relaxed);
            let lose = |left: u64| left.checked_sub(1);
            if by_udp.lose.fetch_update(Ordering::Relaxed, Ordering::Relaxed, lose).is_ok() {
                continue;
            }
            let answer = by_udp.answer(&buffer[..length], by_udp.cut.load(Ordering::Relaxed));
            // What does not belong to the question comes first, as from a stranger.
            let mut strange = answer.clone();
            strange[0] ^= 1;
            udp.send_to(&strange, from).await?;
            udp.send_to(&answer, from).await?;
        }
        #[allow(unreachable_code)]
        io::Result::Ok(())
    });
    let by_tcp = Arc::clone(&zone);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = tcp.accept().await?;
            by_tcp.questions[1].fetch_add(1, Ordering::Relaxed);
            let length = stream.read_u16().await?;
            let mut buffer = vec![0; usize::from(length)];
            stream.read_exact(&mut buffer).await?;
            let answer = by_tcp.answer(&buffer, false);
            stream.write_u16(answer.len() as u16).await?;
            stream.write_all(&answer).await?;
        }
        #[allow(unreachable_code)]
        io::Result::Ok(())
    });
    (at, zone)
}

impl Zone {
    pub(super) fn say(&self, address: IpAddr, ttl: u32) {
        *self.said.lock().unwrap() = (address, ttl);
    }

    fn answer(&self, question: &[u8], cut: bool) -> Vec<u8> {
        let question = Message::from_vec(question).unwrap();
        let mut answer = Message::response(question.metadata.id, OpCode::Query);
        answer.add_queries(question.queries.clone());
        answer.metadata.truncation = cut;
        let asked = &question.queries[0];
        let (address, ttl) = *self.said.lock().unwrap();
        if self.unknown.load(Ordering::Relaxed) {
            answer.metadata.response_code = ResponseCode::NXDomain;
        } else if let (false, IpAddr::V4(address), RecordType::A) = (cut, address, asked.query_type()) {
            answer.add_answer(Record::from_rdata(asked.name().clone(), ttl, RData::A(A(address))));
        }
        answer.to_vec().unwrap()
    }
}

/// Answers each request with this status and keeps the connection, until the test ends. Gives the count of requests.
pub(super) async fn web(at: SocketAddr, status: u16) -> io::Result<(SocketAddr, Arc<AtomicU64>)> {
    let listener = TcpListener::bind(at).await?;
    let (at, requests) = (listener.local_addr()?, Arc::new(AtomicU64::new(0)));
    let counted = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let counted = Arc::clone(&counted);
            tokio::spawn(async move {
                let mut head = Vec::new();
                let mut part = [0; 1024];
                while let Ok(length) = stream.read(&mut part).await {
                    head.extend_from_slice(&part[..length]);
                    if length == 0 {
                        return;
                    }
                    if head.ends_with(b"\r\n\r\n") {
                        head.clear();
                        counted.fetch_add(1, Ordering::Relaxed);
                        let answer = format!("HTTP/1.1 {status} x\r\nContent-Length: 2\r\n\r\nok");
                        if stream.write_all(answer.as_bytes()).await.is_err() {
                            return;
                        }
                    }
                }
            });
        }
    });
    Ok((at, requests))
}
