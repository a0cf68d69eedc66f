//! Questions to a server of the tests' own, over real sockets; chains of answers by tables.

use std::sync::atomic::Ordering;

use hickory_proto::{
    op::OpCode,
    rr::{Record, rdata},
};

use super::*;
use crate::rehearsal::{clients::testing::dns, testing::within};

const OLD: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

#[tokio::test]
async fn a_host_has_its_address_and_a_stranger_s_answer_is_not_believed() {
    let (server, zone) = dns(OLD, 300).await;
    let told = within(resolve(server, "Shop.Example")).await.unwrap();
    assert_eq!(told, Told { address: OLD, ttl: Duration::from_mins(5) });
    assert_eq!(zone.questions[1].load(Ordering::Relaxed), 0, "UDP was enough");
}

#[tokio::test]
async fn an_answer_cut_short_is_asked_for_again_over_tcp() {
    let (server, zone) = dns(OLD, 5).await;
    zone.cut.store(true, Ordering::Relaxed);
    assert_eq!(within(resolve(server, "shop.example")).await.unwrap().address, OLD);
    assert_eq!(zone.questions[1].load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_lost_datagram_is_sent_again() {
    let (server, zone) = dns(OLD, 5).await;
    zone.lose.store(1, Ordering::Relaxed);
    assert_eq!(within(resolve(server, "shop.example")).await.unwrap().address, OLD);
    assert_eq!(zone.questions[0].load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn why_a_host_has_no_address_is_told() {
    let (server, zone) = dns("::1".parse().unwrap(), 5).await;
    let told = |result: Result<Told, Unresolved>| result.unwrap_err().to_string();
    assert_eq!(told(resolve(server, "shop.example").await), "DNS has no address for `shop.example`");
    zone.unknown.store(true, Ordering::Relaxed);
    assert_eq!(told(resolve(server, "shop.example").await), "DNS says Non-Existent Domain");
    assert_eq!(told(resolve(server, "a..b").await), "`a..b` is no name for DNS");
    // Nobody listens there: the system says so at once.
    let shut = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let why = told(within(resolve(shut, "shop.example")).await);
    assert!(why.contains("refused"), "{why}");
}

#[test]
fn a_chain_has_the_shortest_ttl_on_its_way_and_ends() {
    let name = |text: &str| Name::from_ascii(text).unwrap();
    let alias =
        |from: &str, ttl, to: &str| Record::from_rdata(name(from), ttl, RData::CNAME(rdata::CNAME(name(to))));
    let address =
        |of: &str, ttl| Record::from_rdata(name(of), ttl, RData::A(rdata::A(Ipv4Addr::new(127, 0, 0, 2))));
    let cases = [
        (vec![address("a.test.", 30)], Some(30), "itself"),
        (vec![address("A.Test.", 30)], Some(30), "whatever its case"),
        (vec![address("b.test.", 30)], None, "another's"),
        (vec![alias("a.test.", 5, "b.test."), address("b.test.", 30)], Some(5), "the alias is shorter"),
        (vec![address("b.test.", 7), alias("a.test.", 50, "b.test.")], Some(7), "in any order"),
        (vec![alias("a.test.", 5, "b.test."), alias("b.test.", 5, "a.test.")], None, "a circle"),
        (vec![alias("a.test.", 5, "b.test.")], None, "an alias of nothing"),
        (Vec::new(), None, "nothing"),
    ];
    for (records, wanted, why) in cases {
        let mut answer = Message::response(1, OpCode::Query);
        answer.add_query(Query::query(name("a.test."), RecordType::A));
        answer.add_answers(records);
        let ttl = read(&answer, RecordType::A).map(|told| told.ttl.as_secs());
        assert_eq!(ttl, wanted, "{why}");
    }
}
