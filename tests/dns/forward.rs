//! Names of no zone, handed on to a server that answers well, cut short, wrongly, or not at all.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, UdpSocket},
    thread,
    time::{Duration, Instant},
};

use hickory_proto::{
    op::{Message, MessageType, ResponseCode},
    rr::{RData, Record, RecordType, rdata::A},
};

use crate::{
    resolver::{ask, question, tcp, told},
    wire::serve,
};

/// How the other server is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Answers over both.
    Well,
    /// Over UDP it says that the answer does not fit.
    Short,
    /// Over UDP it says nothing.
    TcpOnly,
    /// First come answers to other questions.
    Noisy,
    /// It takes all and says nothing.
    Silent,
}

/// Another server, which runs until the test program ends.
fn other(manner: Manner) -> SocketAddr {
    // A port that is free for UDP may be taken for TCP.
    let (udp, tcp) = (0..100)
        .find_map(|_| {
            let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
            Some((UdpSocket::bind(tcp.local_addr().unwrap()).ok()?, tcp))
        })
        .unwrap();
    let address = udp.local_addr().unwrap();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = udp.recv_from(&mut buffer) {
            let asked = Message::from_vec(&buffer[..length]).unwrap();
            let send = |message: &Message| drop(udp.send_to(&message.to_vec().unwrap(), from));
            match manner {
                Manner::Well => send(&answer(&asked, 1)),
                Manner::Short => send(&answer(&asked, 200).truncate()),
                Manner::Noisy => {
                    let mut strange = answer(&asked, 1);
                    strange.metadata.id = strange.metadata.id.wrapping_add(1);
                    send(&strange);
                    send(&answer(&question("another.example.", RecordType::A), 1));
                    send(&asked);
                    drop(udp.send_to(b"noise", from));
                    send(&answer(&asked, 1));
                }
                Manner::TcpOnly | Manner::Silent => {}
            }
        }
    });
    thread::spawn(move || {
        for mut stream in tcp.incoming().map_while(Result::ok) {
            if manner == Manner::Silent {
                thread::spawn(move || {
                    thread::sleep(Duration::from_mins(1));
                    drop(stream);
                });
                continue;
            }
            let mut length = [0; 2];
            if stream.read_exact(&mut length).is_err() {
                continue;
            }
            let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
            stream.read_exact(&mut bytes).unwrap();
            let count = if manner == Manner::Short { 200 } else { 1 };
            let bytes = answer(&Message::from_vec(&bytes).unwrap(), count).to_vec().unwrap();
            stream.write_all(&u16::try_from(bytes.len()).unwrap().to_be_bytes()).unwrap();
            stream.write_all(&bytes).unwrap();
        }
    });
    address
}

fn answer(asked: &Message, count: u8) -> Message {
    let mut message = asked.clone();
    message.metadata.message_type = MessageType::Response;
    message.metadata.recursion_available = true;
    let name = &asked.queries[0].name;
    message.answers = (1..=count)
        .map(|last| Record::from_rdata(name.clone(), 77, RData::A(A::new(192, 0, 2, last))))
        .collect();
    message
}

#[test]
fn a_name_of_no_zone_is_answered_by_who_knows_it() {
    let server = serve(Some(other(Manner::Well)));
    let message = question("ElseWhere.example.", RecordType::A);
    let got = ask(server.address(), &message);
    assert_eq!(told(&got), (ResponseCode::NoError, vec!["192.0.2.1".to_owned()]));
    assert_eq!(got.answers[0].ttl, 77, "as the other says");
    assert!(got.queries[0].name.eq_case(&message.queries[0].name) && !got.metadata.authoritative);
    assert_eq!(tcp(server.address(), &[message]), [got]);
    let own = ask(server.address(), &question("app.example.", RecordType::A));
    assert_eq!(told(&own).1, ["127.0.0.2"]);
    assert!(own.metadata.authoritative && own.metadata.recursion_available);
    let totals = server.reader().totals();
    assert_eq!((totals.forwarded, totals.refused, totals.unanswered), (2, 0, 0));
}

#[test]
fn what_the_other_can_not_say_over_udp_it_is_asked_over_tcp() {
    let server = serve(Some(other(Manner::Short)));
    let message = question("elsewhere.example.", RecordType::A);
    let cut = ask(server.address(), &message);
    assert!(cut.metadata.truncation && cut.answers.is_empty(), "3 kB do not fit into 512 bytes");
    assert_eq!(tcp(server.address(), &[message])[0].answers.len(), 200);
    let server = serve(Some(other(Manner::TcpOnly)));
    let got = ask(server.address(), &question("elsewhere.example.", RecordType::A));
    assert_eq!(told(&got).1, ["192.0.2.1"], "a network that lets no UDP through");
}

#[test]
fn answers_to_other_questions_are_passed_over() {
    let server = serve(Some(other(Manner::Noisy)));
    let got = ask(server.address(), &question("elsewhere.example.", RecordType::A));
    assert_eq!(told(&got).1, ["192.0.2.1"]);
}

#[test]
fn who_gets_no_answer_is_told_before_it_gives_up_and_keeps_nobody_waiting() {
    let server = serve(Some(other(Manner::Silent)));
    let address = server.address();
    let began = Instant::now();
    let waiting: Vec<_> = (0..20)
        .map(|nth| {
            thread::spawn(move || {
                ask(address, &question(&format!("a{nth}.elsewhere.example."), RecordType::A))
            })
        })
        .collect();
    let own = ask(address, &question("app.example.", RecordType::A));
    assert_eq!(told(&own).1, ["127.0.0.2"]);
    assert!(began.elapsed() < Duration::from_secs(1), "our own names do not wait");
    for one in waiting {
        assert_eq!(told(&one.join().unwrap()).0, ResponseCode::ServFail);
    }
    assert!(began.elapsed() < Duration::from_millis(4900), "{:?}: a stub waits for 5 s", began.elapsed());
    assert_eq!(server.reader().totals().unanswered, 20);
}
