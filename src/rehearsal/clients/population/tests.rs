//! Clients over real sockets: a DNS server and two web servers of the tests' own, at 127.0.0.2 and 127.0.0.3.

use std::sync::atomic::AtomicU64;

use super::*;
use crate::{
    rehearsal::{
        clients::{
            Kind, Prediction, Said,
            requests::Site,
            testing::{Zone, dns, web},
        },
        testing::within,
    },
    routing::Side,
};

const OLD: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));
const NEW: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 3));

struct Stage {
    clients: Clients,
    zone: Arc<Zone>,
    answered: [Arc<AtomicU64>; 2],
}

/// Both sides, the name at the old one.
async fn stage(mix: ClientMix, count: usize, speed: f64, ttl: u32, status: [u16; 2]) -> Stage {
    let (dns, zone) = dns(OLD, ttl).await;
    let (old, at_old, at_new) = loop {
        let (old, at_old) = web(SocketAddr::new(OLD, 0), status[0]).await.unwrap();
        if let Ok((_, at_new)) = web(SocketAddr::new(NEW, old.port()), status[1]).await {
            break (old, at_old, at_new);
        }
    };
    let options = ClientOptions { mix, count, speed, beside: None };
    let clients = Clients::start(options, dns, LoadSetting { rate: 0.0, concurrency: 64 }).unwrap();
    let mut places = Places::default();
    places.add(Side::Old, 80, SocketAddr::new(OLD, old.port()));
    places.add(Side::New, 80, SocketAddr::new(NEW, old.port()));
    let ask = Ask {
        site: 0,
        server_name: None,
        request: (*b"GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n").into(),
        head_only: false,
    };
    let sites = vec![Site { host: "shop.test".into(), port: 80 }];
    clients.aim(
        Requests { list: vec![ask], hostnames: vec![Arc::from("shop.test")], sites, in_order: false },
        places,
    );
    Stage { clients, zone, answered: [at_old, at_new] }
}

async fn until(condition: impl Fn() -> bool) {
    within(async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

fn rate(rate: f64) -> LoadSetting {
    LoadSetting { rate, concurrency: 64 }
}

#[tokio::test]
async fn the_share_at_the_old_side_after_a_switch_is_what_the_formula_says() {
    // 1000 clients with 800 requests a second, whose clocks run 20 times as fast as ours: a TTL of 60 s is over in 3 s.
    let (count, speed, ttl, sent) = (1000, 20.0, 60, 800.0);
    let mix: ClientMix = "obey=50,browser=20,jvm=20,pool=5,forever=5".parse().unwrap();
    let Stage { clients, zone, answered } = stage(mix.clone(), count, speed, ttl, [200, 200]).await;
    clients.set(rate(sent));
    tokio::time::sleep(Duration::from_secs(4)).await;
    let switched = clients.shared.now();
    zone.say(NEW, ttl);
    let said = |from, old| Said { from, ttl: Duration::from_secs(u64::from(ttl)), old };
    let mut before = (switched, clients.census());
    let mut windows = Vec::new();
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(400)).await;
        let now = (clients.shared.now(), clients.census());
        let (old, new) = (now.1.old.since(&before.1.old).requests, now.1.new.since(&before.1.new).requests);
        windows.push(((before.0 + now.0) / 2, old as f64, (old + new) as f64));
        before = now;
    }
    // What was really sent: a busy machine sends less.
    let all = (before.1.old.requests + before.1.new.requests) as f64;
    let rate = all / count as f64 / before.0.as_secs_f64();
    let said = [said(Duration::ZERO, 1.0), said(switched, 0.0)];
    let predicted = Prediction::of(&mix, rate, &said, Duration::from_secs(200));
    let (mut measured, mut told, mut requests) = (0.0, 0.0, 0.0);
    let mut lines =
        vec![format!("{rate:.4} requests a second and client, {:.4} wanted", sent / count as f64 / speed)];
    for (middle, old, all) in windows {
        let expected = predicted.at(middle).unwrap();
        measured += old;
        told += expected * all;
        requests += all;
        let after = middle.saturating_sub(switched).as_secs_f64();
        lines.push(format!("{after:.0} s after: {:.3} of {all}, told {expected:.3}", old / all));
    }
    let census = clients.census();
    assert_eq!(
        (census.old.failed, census.new.failed, census.lost.requests),
        (0, 0, 0),
        "{:?}",
        census.last_failure
    );
    // Over all of the way within 3 points: a window alone has some 300 requests, which is too few to tell.
    let off = (measured - told) / requests * 100.0;
    assert!(off.abs() < 3.0, "{off:.1} points off\n{}", lines.join("\n"));
    assert_eq!(census.kinds.iter().map(|kind| kind.clients).sum::<usize>(), count);
    let counted = census.old.requests + census.new.requests;
    let served: u64 = answered.iter().map(|count| count.load(Ordering::Relaxed)).sum();
    assert!(
        served.abs_diff(counted) <= 128,
        "{served} served, {counted} counted: only those under way differ"
    );
    let forever = census.kinds.iter().find(|kind| kind.name == "forever").unwrap();
    // Those whose first request came after the switch never knew another side.
    assert!(forever.at[0] > 40 && forever.at[1] < 8, "nobody of these moves: {forever:?}");
    assert!(census.last_old().unwrap() > Duration::from_secs(7), "and they are seen there to the last");
}

#[tokio::test]
async fn those_that_obey_are_all_at_the_new_side_once_the_ttl_is_over_and_back_again() {
    let mix = ClientMix::only(Kind::named("obey").unwrap());
    let Stage { clients, zone, .. } = stage(mix, 20, 100.0, 20, [200, 503]).await;
    clients.set(rate(1000.0));
    until(|| clients.census().clients_at(Side::Old) == 20).await;
    zone.say(NEW, 20);
    until(|| clients.census().clients_at(Side::New) == 20).await;
    let census = clients.census();
    assert!(census.new.server_errors > 0 && census.old.server_errors == 0, "the new side answers 503");
    zone.say(OLD, 20);
    until(|| clients.census().clients_at(Side::Old) == 20).await;
    until(|| clients.census().connections_to(Side::New) == 0).await;
    assert_eq!(clients.census().lost.requests, 0);
}

#[tokio::test]
async fn a_name_that_leads_nowhere_is_a_failure_with_its_reason_and_a_retry_asks_again() {
    let mix = ClientMix::only(Kind::named("browser").unwrap());
    let Stage { clients, zone, .. } = stage(mix, 4, 1.0, 300, [200, 200]).await;
    zone.unknown.store(true, Ordering::Relaxed);
    clients.set(rate(200.0));
    until(|| clients.census().lost.failed > 3).await;
    assert_eq!(clients.census().last_failure.as_deref(), Some("shop.test: DNS says Non-Existent Domain"));
    zone.unknown.store(false, Ordering::Relaxed);
    // Nobody listens there: who tries again asks DNS again, and hears the same.
    zone.say([127, 0, 0, 4].into(), 300);
    until(|| clients.census().last_failure.is_some_and(|why| why.contains("refused"))).await;
    let lookups = clients.census().lookups;
    until(|| clients.census().lookups > lookups + 4).await;
    zone.say(NEW, 300);
    until(|| clients.census().clients_at(Side::New) == 4).await;
    let failed = clients.census().lost.failed;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(clients.census().lost.failed, failed, "they got away by themselves");
}
