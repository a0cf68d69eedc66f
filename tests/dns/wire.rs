//! Packets as clients and as nobody would send them, to the server alone.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::{IpAddr, SocketAddr, TcpStream},
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use cutover::dns::{Addresses, Counts, Hostname, Options, Record, Server, Share, Zones};
use hickory_proto::{
    op::{Edns, ResponseCode},
    rr::RecordType,
};
use proptest::prelude::*;

use crate::resolver::{Resolver, ask, question, tcp, told, udp_within};

fn addresses(texts: &[&str]) -> Addresses {
    texts.iter().map(|text| text.parse::<IpAddr>().unwrap()).collect()
}

pub fn record(share: Share, ttl: u32) -> Arc<Record> {
    let (old, new) = (addresses(&["127.0.0.2"]), addresses(&["127.0.0.3", "2001:db8::3"]));
    Arc::new(Record { ttl, share, old, new, counts: Arc::new(Counts::default()) })
}

pub fn serve(forward: Option<SocketAddr>) -> Server {
    let many: Vec<String> = (0..2000).map(|n| format!("127.1.{}.{}", n / 250, n % 250 + 1)).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let many = Record { old: addresses(&many), ..(*record(Share::OLD, 5)).clone() };
    let records: BTreeMap<Hostname, _> = [
        ("app.example", record(Share::OLD, 5)),
        ("new.example", record(Share::NEW, 5)),
        ("mix.example", record(Share::new(50).unwrap(), 0)),
        ("many.example", Arc::new(many)),
    ]
    .into_iter()
    .map(|(name, record)| (name.parse().unwrap(), record))
    .collect();
    let address = "127.0.0.1:0".parse().unwrap();
    let server = Server::start(Options { address, forward, random: fastrand::Rng::with_seed(7) }).unwrap();
    server.publish(Zones::default().next(&records, jiff::Timestamp::UNIX_EPOCH));
    server
}

#[test]
fn udp_and_tcp_answer_alike_on_one_port() {
    let server = serve(None);
    for (name, of, code, expected) in [
        ("app.example.", RecordType::A, ResponseCode::NoError, &["127.0.0.2"][..]),
        ("NEW.example.", RecordType::A, ResponseCode::NoError, &["127.0.0.3"]),
        ("new.example.", RecordType::AAAA, ResponseCode::NoError, &["2001:db8::3"]),
        ("app.example.", RecordType::HTTPS, ResponseCode::NoError, &[]),
        ("x.app.example.", RecordType::A, ResponseCode::NXDomain, &[]),
        ("elsewhere.example.", RecordType::A, ResponseCode::Refused, &[]),
    ] {
        let message = question(name, of);
        let over_udp = ask(server.address(), &message);
        assert_eq!(
            told(&over_udp),
            (code, expected.iter().map(ToString::to_string).collect()),
            "{name} {of}"
        );
        assert_eq!(tcp(server.address(), &[message]), [over_udp], "{name} {of}");
    }
    let read = server.reader();
    assert_eq!(read.totals().asked, 12);
    assert_eq!(read.totals().refused, 2);
}

#[test]
fn what_is_too_much_for_udp_comes_over_tcp() {
    let server = serve(None);
    let mut message = question("many.example.", RecordType::A);
    assert!(ask(server.address(), &message).metadata.truncation);
    let mut edns = Edns::new();
    edns.set_max_payload(4096);
    message.set_edns(edns);
    let cut = ask(server.address(), &message);
    assert!(cut.metadata.truncation && cut.answers.is_empty() && cut.edns.is_some());
    let many = tcp(server.address(), &[message.clone(), question("app.example.", RecordType::A), message]);
    assert_eq!(
        many.iter().map(|answer| answer.answers.len()).collect::<Vec<_>>(),
        [2000, 1, 2000],
        "in their order"
    );
}

#[test]
fn a_change_is_answered_from_the_next_question_on() {
    let server = serve(None);
    let app: Hostname = "app.example".parse().unwrap();
    let mut resolver = Resolver::new(server.address());
    assert_eq!(resolver.address("app.example."), IpAddr::from([127, 0, 0, 2]));
    for nth in 0..100 {
        let (share, last) = if nth % 2 == 0 { (Share::NEW, 3) } else { (Share::OLD, 2) };
        let zones = server.zones().with([(&app, record(share, 0))], jiff::Timestamp::UNIX_EPOCH);
        server.publish(zones);
        let answer = ask(server.address(), &question("app.example.", RecordType::A));
        assert_eq!(told(&answer).1, [format!("127.0.0.{last}")]);
        let soa = ask(server.address(), &question("app.example.", RecordType::TXT)).authorities;
        assert!(soa[0].to_string().contains(&format!(" {} 86400", nth + 2)), "the serial grows: {}", soa[0]);
    }
    assert_eq!(
        resolver.address("app.example."),
        IpAddr::from([127, 0, 0, 2]),
        "who keeps it for 5 s asks no more"
    );
}

#[test]
fn a_mix_is_met_over_many_questions() {
    let server = serve(None);
    let message = question("mix.example.", RecordType::A);
    let new = (0..2000).filter(|_| told(&ask(server.address(), &message)).1 == ["127.0.0.3"]).count();
    // Four standard deviations; the seed makes it the same at every run.
    assert!((910..=1090).contains(&new), "{new} of 2000 at 50 %");
}

#[test]
fn connections_that_say_nothing_or_half_keep_nobody_waiting() {
    let server = serve(None);
    let mut silent: Vec<_> = (0..200).map(|_| TcpStream::connect(server.address()).unwrap()).collect();
    for stream in silent.iter_mut().take(100) {
        stream.write_all(&[0, 200, 1, 2]).unwrap();
    }
    let began = Instant::now();
    let answer = tcp(server.address(), &[question("app.example.", RecordType::A)]);
    assert_eq!(answer.len(), 1);
    assert!(began.elapsed() < Duration::from_secs(2));
    let mut left = silent.remove(0);
    left.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    assert_eq!(left.read(&mut [0; 1]).unwrap(), 0, "it is closed in the end");
}

#[test]
fn when_it_ends_its_port_is_free() {
    let server = serve(None);
    let address = server.address();
    let open = TcpStream::connect(address).unwrap();
    drop(server);
    let again = Server::start(Options { address, forward: None, random: fastrand::Rng::with_seed(1) });
    assert_eq!(again.unwrap().address(), address);
    drop(open);
}

static SHARED: LazyLock<Server> = LazyLock::new(|| serve(None));

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever came before, the next question is answered.
    #[test]
    fn no_packet_stops_it(
        packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..600), 1..5),
        over_tcp: bool,
    ) {
        let address = SHARED.address();
        for packet in &packets {
            if over_tcp {
                let mut stream = TcpStream::connect(address).unwrap();
                let _ = stream.write_all(packet);
            } else {
                let _ = udp_within(address, packet, Duration::from_millis(2));
            }
        }
        prop_assert_eq!(told(&ask(address, &question("app.example.", RecordType::A))).1, ["127.0.0.2"]);
    }
}
