use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use proptest::prelude::*;

use super::*;
use crate::dns::{Addresses, Counts, Hostname, Share};

struct Fixture {
    zones: Zones,
    totals: Totals,
    counts: Arc<Counts>,
    forwards: bool,
}

fn addresses(texts: &[&str]) -> Addresses {
    texts.iter().map(|text| text.parse::<IpAddr>().unwrap()).collect()
}

fn fixture() -> Fixture {
    let counts = Arc::new(Counts::default());
    let record = |share, old: &[&str], new: &[&str]| {
        let (old, new) = (addresses(old), addresses(new));
        Arc::new(Record { ttl: 30, share, old, new, counts: Arc::clone(&counts) })
    };
    let many: Vec<String> = (1..=80).map(|n| format!("127.0.1.{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let share = |percent| Share::new(percent).unwrap();
    let records: BTreeMap<Hostname, _> = [
        ("old.example", record(Share::OLD, &["127.0.0.2", "127.0.0.9"], &["127.0.0.3"])),
        ("new.example", record(Share::NEW, &["127.0.0.2"], &["127.0.0.3", "2001:db8::3"])),
        ("mix.example", record(share(30), &["127.0.0.2"], &["127.0.0.3"])),
        ("nowhere.example", record(Share::NEW, &["127.0.0.2"], &[])),
        ("many.example", record(Share::OLD, &many, &[])),
        ("*.wild.example", record(Share::OLD, &["127.0.0.4"], &[])),
    ]
    .into_iter()
    .map(|(name, record)| (name.parse().unwrap(), record))
    .collect();
    let zones = Zones::default().next(&records, jiff::Timestamp::UNIX_EPOCH);
    Fixture { zones, totals: Totals::default(), counts, forwards: false }
}

impl Fixture {
    fn raw(&self, packet: &[u8], over: Over, lot: u8) -> Reply {
        let desk = Desk { zones: &self.zones, totals: &self.totals, forwards: self.forwards };
        desk.reply(packet, over, &mut || lot)
    }

    fn ask(&self, request: &Message, over: Over, lot: u8) -> Message {
        match self.raw(&request.to_vec().unwrap(), over, lot) {
            Reply::Answer(bytes) => Message::from_vec(&bytes).unwrap(),
            other => panic!("no answer: {other:?}"),
        }
    }
}

fn question(name: &str, of: RecordType) -> Message {
    let mut message = Message::new(4711, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), of));
    message
}

/// `NOERROR aa: answers | authorities`
fn told(message: &Message) -> String {
    let entries = |all: &[Entry]| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let aa = if message.metadata.authoritative { " aa" } else { "" };
    let tc = if message.metadata.truncation { " tc" } else { "" };
    let soa = if message.authorities.is_empty() {
        String::new()
    } else {
        format!(" | {}", entries(&message.authorities))
    };
    format!("{:?}{aa}{tc}: {}{soa}", message.metadata.response_code, entries(&message.answers))
}

const SOA_TEXT: &str = "ns.cutover.invalid. hostmaster.cutover.invalid. 1 86400 7200 3600000 30";

#[test]
fn each_question_has_its_answer() {
    let soa = |apex: &str| format!("{apex} 30 IN SOA {SOA_TEXT}");
    let cases = [
        (
            "old.example.",
            RecordType::A,
            "NoError aa: old.example. 30 IN A 127.0.0.2, old.example. 30 IN A 127.0.0.9".to_owned(),
            "the old side",
        ),
        (
            "new.example.",
            RecordType::A,
            "NoError aa: new.example. 30 IN A 127.0.0.3".to_owned(),
            "the new side",
        ),
        (
            "new.example.",
            RecordType::AAAA,
            "NoError aa: new.example. 30 IN AAAA 2001:db8::3".to_owned(),
            "its IPv6",
        ),
        (
            "old.example.",
            RecordType::AAAA,
            format!("NoError aa:  | {}", soa("old.example.")),
            "none of that side",
        ),
        (
            "old.example.",
            RecordType::HTTPS,
            format!("NoError aa:  | {}", soa("old.example.")),
            "browsers ask for it first",
        ),
        (
            "old.example.",
            RecordType::SVCB,
            format!("NoError aa:  | {}", soa("old.example.")),
            "and others for this",
        ),
        (
            "old.example.",
            RecordType::CNAME,
            format!("NoError aa:  | {}", soa("old.example.")),
            "it is no alias",
        ),
        (
            "old.example.",
            RecordType::Unknown(4711),
            format!("NoError aa:  | {}", soa("old.example.")),
            "whatever it is",
        ),
        (
            "nowhere.example.",
            RecordType::A,
            format!("NoError aa:  | {}", soa("nowhere.example.")),
            "a side without address",
        ),
        (
            "oLd.ExAmple.",
            RecordType::A,
            "NoError aa: oLd.ExAmple. 30 IN A 127.0.0.2, oLd.ExAmple. 30 IN A 127.0.0.9".to_owned(),
            "0x20",
        ),
        ("old.example.", RecordType::SOA, format!("NoError aa: {}", soa("old.example.")), "the zone's head"),
        (
            "old.example.",
            RecordType::NS,
            "NoError aa: old.example. 30 IN NS ns.cutover.invalid.".to_owned(),
            "who serves it",
        ),
        (
            "old.example.",
            RecordType::ANY,
            "NoError aa: old.example. 30 IN HINFO RFC8482 ".to_owned(),
            "as little as may be",
        ),
        ("x.old.example.", RecordType::A, format!("NXDomain aa:  | {}", soa("old.example.")), "under a name"),
        (
            "a.b.wild.example.",
            RecordType::A,
            "NoError aa: a.b.wild.example. 30 IN A 127.0.0.4".to_owned(),
            "under a wildcard",
        ),
        (
            "a.wild.example.",
            RecordType::SOA,
            format!("NoError aa:  | {}", soa("wild.example.")),
            "no zone of its own",
        ),
        (
            "wild.example.",
            RecordType::A,
            format!("NoError aa:  | {}", soa("wild.example.")),
            "the wildcard's apex",
        ),
        ("other.example.", RecordType::A, "Refused: ".to_owned(), "of no zone"),
        ("example.", RecordType::NS, "Refused: ".to_owned(), "above all zones"),
        (".", RecordType::NS, "Refused: ".to_owned(), "the root"),
        ("old.example.", RecordType::AXFR, "Refused: ".to_owned(), "no transfer"),
        ("old.example.", RecordType::IXFR, "Refused: ".to_owned(), "nor of what changed"),
    ];
    let fixture = fixture();
    for (name, of, expected, why) in cases {
        let asked = question(name, of);
        let answer = fixture.ask(&asked, Over::Udp, 0);
        assert_eq!(told(&answer), expected, "{name} {of}: {why}");
        assert_eq!(answer.metadata.id, 4711);
        assert!(answer.metadata.recursion_desired && !answer.metadata.recursion_available);
        assert!(answer.queries[0].name.eq_case(&asked.queries[0].name), "{name}: letter for letter");
        assert_eq!(answer.edns, None, "who has no EDNS gets none");
    }
    let counted = fixture.counts.read();
    assert_eq!((counted.old, counted.new), (3, 2));
    assert_eq!((counted.empty, counted.absent, counted.other), (8, 1, 3), "{counted:?}");
    assert_eq!(fixture.totals.read().refused, 5);
}

#[test]
fn a_mix_is_drawn_for_each_question() {
    let fixture = fixture();
    let to = |lot| told(&fixture.ask(&question("mix.example.", RecordType::A), Over::Udp, lot));
    for (lot, address) in [(0, "127.0.0.3"), (29, "127.0.0.3"), (30, "127.0.0.2"), (99, "127.0.0.2")] {
        assert!(to(lot).ends_with(address), "{lot}");
    }
    let mut random = fastrand::Rng::with_seed(7);
    let asked = question("mix.example.", RecordType::A).to_vec().unwrap();
    let desk = Desk { zones: &fixture.zones, totals: &fixture.totals, forwards: false };
    let before = fixture.counts.read();
    for _ in 0..10_000 {
        let _ = desk.reply(&asked, Over::Udp, &mut || random.u8(0..100));
    }
    let counted = fixture.counts.read();
    let (old, new) = (counted.old - before.old, counted.new - before.new);
    assert_eq!(old + new, 10_000);
    // Four standard deviations of 10,000 lots.
    assert!((2_817..=3_183).contains(&new), "{new} of 10000 at 30 %");
}

#[test]
fn what_is_no_plain_question_is_refused_by_its_kind() {
    let fixture = fixture();
    let code = |packet: &[u8]| match fixture.raw(packet, Over::Udp, 0) {
        Reply::Answer(bytes) => Some(u16::from(Message::from_vec(&bytes).unwrap().metadata.response_code)),
        Reply::Silence => None,
        Reply::Forward(_) => panic!("nobody to forward to"),
    };
    let plain = question("old.example.", RecordType::A);
    let bytes = plain.to_vec().unwrap();
    let with = |change: &dyn Fn(&mut Message)| {
        let mut message = plain.clone();
        change(&mut message);
        message.to_vec().unwrap()
    };
    let cases = [
        (with(&|m| m.metadata.op_code = OpCode::Update), Some(ResponseCode::Refused), "an update"),
        (with(&|m| m.metadata.op_code = OpCode::Notify), Some(ResponseCode::NotImp), "a notification"),
        (with(&|m| m.metadata.op_code = OpCode::Unknown(9)), Some(ResponseCode::NotImp), "something unknown"),
        (with(&|m| m.metadata.message_type = MessageType::Response), None, "an answer is not answered"),
        (with(&|m| m.queries.clear()), Some(ResponseCode::FormErr), "no question"),
        (with(&|m| m.queries.push(m.queries[0].clone())), Some(ResponseCode::FormErr), "two: RFC 9619"),
        (
            with(&|m| m.queries[0].query_class = DNSClass::CH),
            Some(ResponseCode::Refused),
            "version.bind and the like",
        ),
        (
            with(&|m| m.edns = Some(Edns::new().set_version(1).clone())),
            Some(ResponseCode::BADVERS),
            "EDNS to come",
        ),
        (bytes[..bytes.len() - 1].to_vec(), Some(ResponseCode::FormErr), "cut off"),
        (bytes[..12].to_vec(), Some(ResponseCode::FormErr), "a header that promises a question"),
        (bytes[..11].to_vec(), None, "no header"),
        (Vec::new(), None, "nothing"),
    ];
    for (packet, expected, why) in cases {
        // As numbers: BADVERS has that of BADSIG.
        assert_eq!(code(&packet), expected.map(u16::from), "{why}");
    }
}

#[test]
fn what_does_not_fit_says_that_it_was_cut() {
    let fixture = fixture();
    let plain = question("many.example.", RecordType::A);
    let with = |size| {
        let mut message = plain.clone();
        let mut edns = Edns::new();
        edns.set_max_payload(size).set_dnssec_ok(true);
        message.set_edns(edns);
        message
    };
    let cut = fixture.ask(&plain, Over::Udp, 0);
    assert_eq!(told(&cut), "NoError aa tc: ");
    for size in [0, 512, 1232, 4096] {
        // 80 addresses take 1,280 bytes and more: nobody gets packets that a network cuts in parts.
        let cut = fixture.ask(&with(size), Over::Udp, 0);
        assert_eq!(told(&cut), "NoError aa tc: ", "{size}");
        let edns = cut.edns.unwrap();
        assert_eq!((edns.max_payload(), edns.version(), edns.flags().dnssec_ok), (1232, 0, true));
    }
    let whole = fixture.ask(&plain, Over::Tcp, 0);
    assert!(!whole.metadata.truncation);
    assert_eq!(whole.answers.len(), 80);
    assert_eq!(fixture.totals.read().truncated, 5);
}

#[test]
fn names_of_no_zone_are_handed_on_when_recursion_is_wanted() {
    let fixture = Fixture { forwards: true, ..fixture() };
    let mut asked = question("other.example.", RecordType::A);
    let packet = asked.to_vec().unwrap();
    let Reply::Forward(forward) = fixture.raw(&packet, Over::Udp, 0) else { panic!("not handed on") };
    assert_eq!(forward.most, 512);
    assert_eq!(told(&Message::from_vec(&forward.failed).unwrap()), "ServFail: ");
    let Reply::Forward(forward) = fixture.raw(&packet, Over::Tcp, 0) else { panic!("not handed on") };
    assert_eq!(forward.most, 65_535);
    assert!(fixture.ask(&question("old.example.", RecordType::A), Over::Udp, 0).metadata.recursion_available);
    asked.metadata.recursion_desired = false;
    assert_eq!(told(&fixture.ask(&asked, Over::Udp, 0)), "Refused: ", "who wants no recursion gets none");
    let transfer = question("other.example.", RecordType::AXFR);
    assert_eq!(
        told(&fixture.ask(&transfer, Over::Tcp, 0)),
        "Refused: ",
        "a transfer is not handed on either"
    );
}

proptest! {
    /// Bytes from anywhere: no panic; an answer has the number of what it answers, fits, and is one.
    #[test]
    fn any_packet_is_answered_or_left(packet in any_packet(), lot in 0..100u8, forwards: bool, tcp: bool) {
        let fixture = Fixture { forwards, ..fixture() };
        let over = if tcp { Over::Tcp } else { Over::Udp };
        match fixture.raw(&packet, over, lot) {
            Reply::Silence => prop_assert!(packet.len() < 12 || packet[2] & 0x80 != 0),
            Reply::Answer(answer) | Reply::Forward(Forward { failed: answer, .. }) => {
                let read = Message::from_vec(&answer).unwrap();
                prop_assert_eq!(read.metadata.id.to_be_bytes(), [packet[0], packet[1]]);
                prop_assert_eq!(read.metadata.message_type, MessageType::Response);
                prop_assert!(tcp || answer.len() <= usize::from(UDP_MOST));
            }
        }
    }
}

/// Noise; and questions with some bytes changed, added or gone, which get further.
fn any_packet() -> impl Strategy<Value = Vec<u8>> {
    let names = ["old.example.", "many.example.", "a.wild.example.", "x.new.example.", "other."];
    let changed = (
        prop::sample::select(names.to_vec()),
        any::<u16>(),
        any::<bool>(),
        prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        0..80usize,
    )
        .prop_map(|(name, of, edns, changes, cut)| {
            let mut message = question(name, RecordType::from(of));
            if edns {
                message.set_edns(Edns::new());
            }
            let mut bytes = message.to_vec().unwrap();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if cut < bytes.len() {
                bytes.truncate(bytes.len() - cut / 2);
            }
            bytes
        });
    prop_oneof![prop::collection::vec(any::<u8>(), 0..200), changed]
}
