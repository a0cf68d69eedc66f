//! One question to a DNS server given by address: over UDP, over TCP when the answer was cut short (RFC 1035 section 4.2,
//! RFC 7766). An answer to another question is not looked at.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use hickory_proto::{
    op::{Message, MessageType, Query, ResponseCode},
    rr::{Name, RData, RecordType},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpStream, UdpSocket},
    time::timeout,
};

/// How long one try may take.
const TRY: Duration = Duration::from_secs(1);
/// Tries over UDP.
const TRIES: usize = 3;
/// Longest answer over UDP that is taken.
const UDP: usize = 4096;

/// What DNS says of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) address: IpAddr,
    pub(super) ttl: Duration,
}

/// Why a host has no address.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unresolved {
    #[error("`{0}` is no name for DNS")]
    Name(String),
    #[error("DNS says {0}")]
    Refused(ResponseCode),
    #[error("DNS has no address for `{0}`")]
    Nothing(String),
    #[error("no answer from DNS at {0} within {limit} s", limit = TRY.as_secs() * TRIES as u64)]
    Silent(SocketAddr),
    #[error("DNS at {0}: {1}")]
    Io(SocketAddr, io::Error),
}

/// Asks for the IPv4 address, and for the IPv6 one when there is none.
pub(super) async fn resolve(server: SocketAddr, host: &str) -> Result<Told, Unresolved> {
    for kind in [RecordType::A, RecordType::AAAA] {
        let question = question(host, kind).ok_or_else(|| Unresolved::Name(host.to_owned()))?;
        let answer = exchange(server, &question).await?;
        match answer.metadata.response_code {
            ResponseCode::NoError => {}
            other => return Err(Unresolved::Refused(other)),
        }
        if let Some(told) = read(&answer, kind) {
            return Ok(told);
        }
    }
    Err(Unresolved::Nothing(host.to_owned()))
}

fn question(host: &str, kind: RecordType) -> Option<Message> {
    let mut name = Name::from_ascii(host).ok()?;
    name.set_fqdn(true);
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(name, kind));
    Some(message)
}

async fn exchange(server: SocketAddr, question: &Message) -> Result<Message, Unresolved> {
    let failed = |error: io::Error| Unresolved::Io(server, error);
    let bytes = question.to_vec().map_err(|error| failed(io::Error::other(error)))?;
    for _ in 0..TRIES {
        match timeout(TRY, over_udp(server, question, &bytes)).await {
            Ok(Ok(answer)) if answer.metadata.truncation => {
                let over = timeout(TRY, over_tcp(server, question, &bytes)).await;
                return over.map_err(|_| Unresolved::Silent(server))?.map_err(failed);
            }
            Ok(answer) => return answer.map_err(failed),
            // Lost, as datagrams are.
            Err(_) => {}
        }
    }
    Err(Unresolved::Silent(server))
}

async fn over_udp(server: SocketAddr, question: &Message, bytes: &[u8]) -> io::Result<Message> {
    // A port of its own for each question (RFC 5452 section 9.2).
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(server).await?;
    socket.send(bytes).await?;
    let mut buffer = vec![0; UDP];
    loop {
        let length = socket.recv(&mut buffer).await?;
        let answer = buffer.get(..length).and_then(|bytes| Message::from_vec(bytes).ok());
        if let Some(answer) = answer.filter(|answer| answers(question, answer)) {
            return Ok(answer);
        }
    }
}

async fn over_tcp(server: SocketAddr, question: &Message, bytes: &[u8]) -> io::Result<Message> {
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(bytes.len()).map_err(io::Error::other)?;
    // Length and message in one segment (RFC 7766 section 8).
    stream.write_all(&[&length.to_be_bytes(), bytes].concat()).await?;
    let length = stream.read_u16().await?;
    let mut buffer = vec![0; usize::from(length)];
    stream.read_exact(&mut buffer).await?;
    let answer = Message::from_vec(&buffer).map_err(io::Error::other)?;
    if answers(question, &answer) {
        Ok(answer)
    } else {
        Err(io::Error::other("an answer to another question"))
    }
}

fn answers(question: &Message, answer: &Message) -> bool {
    answer.metadata.id == question.metadata.id
        && answer.metadata.message_type == MessageType::Response
        && answer.queries == question.queries
}

/// The first address, and the shortest TTL on the way to it.
fn read(answer: &Message, kind: RecordType) -> Option<Told> {
    let mut name = answer.queries.first()?.name().clone();
    let mut ttl = u32::MAX;
    // A chain that goes in a circle ends with the records that there are.
    for _ in 0..=answer.answers.len() {
        let mut next = None;
        for record in answer.answers.iter().filter(|record| record.name == name) {
            let address = match &record.data {
                RData::A(address) if kind == RecordType::A => IpAddr::V4(address.0),
                RData::AAAA(address) if kind == RecordType::AAAA => IpAddr::V6(address.0),
                RData::CNAME(target) => {
                    next = Some((target.0.clone(), record.ttl));
                    continue;
                }
                _ => continue,
            };
            let ttl = Duration::from_secs(u64::from(ttl.min(record.ttl)));
            return Some(Told { address, ttl });
        }
        let (target, its) = next?;
        ttl = ttl.min(its);
        name = target;
    }
    None
}

#[cfg(test)]
mod tests;
