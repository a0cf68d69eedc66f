//! A resolver of our own: asks the name server over UDP as any stub does, and keeps answers for as long as they say.

use std::{
    collections::HashMap,
    io::{Read as _, Write as _},
    net::{IpAddr, SocketAddr, TcpStream, UdpSocket},
    time::{Duration, Instant},
};

use hickory_proto::{
    op::{Message, MessageType, OpCode, Query, ResponseCode},
    rr::{Name, RData, RecordType},
};

/// A question with a number of its own.
pub fn question(name: &str, of: RecordType) -> Message {
    let mut message = Message::new(fastrand::u16(..), MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), of));
    message
}

/// Sends bytes over UDP; what came back within a time.
pub fn udp_within(to: SocketAddr, packet: &[u8], limit: Duration) -> Option<Vec<u8>> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(limit)).unwrap();
    socket.send_to(packet, to).unwrap();
    let mut buffer = vec![0; 65_535];
    let (length, from) = socket.recv_from(&mut buffer).ok()?;
    assert_eq!(from, to, "answered from where it was asked");
    buffer.truncate(length);
    Some(buffer)
}

/// Asks over UDP.
#[track_caller]
pub fn ask(to: SocketAddr, message: &Message) -> Message {
    let answer = udp_within(to, &message.to_vec().unwrap(), Duration::from_secs(10)).expect("an answer");
    let answer = Message::from_vec(&answer).unwrap();
    assert_eq!(answer.metadata.id, message.metadata.id);
    answer
}

/// Sends messages over one TCP connection, all at once; their answers in order.
pub fn tcp(to: SocketAddr, messages: &[Message]) -> Vec<Message> {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    for message in messages {
        let bytes = message.to_vec().unwrap();
        stream.write_all(&u16::try_from(bytes.len()).unwrap().to_be_bytes()).unwrap();
        stream.write_all(&bytes).unwrap();
    }
    messages
        .iter()
        .map(|_| {
            let mut length = [0; 2];
            stream.read_exact(&mut length).unwrap();
            let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
            stream.read_exact(&mut bytes).unwrap();
            Message::from_vec(&bytes).unwrap()
        })
        .collect()
}

/// Code and addresses of an answer.
pub fn told(answer: &Message) -> (ResponseCode, Vec<String>) {
    let address = |data: &RData| match data {
        RData::A(ip) => ip.0.to_string(),
        RData::AAAA(ip) => ip.0.to_string(),
        other => format!("{other:?}"),
    };
    (answer.metadata.response_code, answer.answers.iter().map(|record| address(&record.data)).collect())
}

/// Keeps answers for their TTL, no longer and no less.
pub struct Resolver {
    server: SocketAddr,
    kept: HashMap<String, (IpAddr, Instant)>,
}

impl Resolver {
    pub fn new(server: SocketAddr) -> Self {
        Self { server, kept: HashMap::new() }
    }

    /// An IPv4 address of a name.
    #[track_caller]
    pub fn address(&mut self, name: &str) -> IpAddr {
        let now = Instant::now();
        if let Some((address, until)) = self.kept.get(name)
            && now < *until
        {
            return *address;
        }
        let answer = ask(self.server, &question(name, RecordType::A));
        let record = answer.answers.first().unwrap_or_else(|| panic!("{name}: {answer:?}"));
        let RData::A(ip) = &record.data else { panic!("{name}: {answer:?}") };
        let address = IpAddr::V4(ip.0);
        self.kept.insert(name.to_owned(), (address, now + Duration::from_secs(u64::from(record.ttl))));
        address
    }
}
