//! The load against stand-ins that answer for a whole proxy.

use std::net::SocketAddr;

use super::*;
use crate::{
    rehearsal::{Fault, stand_in::StandIn, testing::within},
    routing::{BackendId, Origin},
};

fn stand_in(name: &str) -> StandIn {
    let service = Origin { kind: "Service".into(), namespace: "shop".into(), name: name.into() };
    StandIn::open(Arc::new(BackendId { service, port: 80 }), Fault::default()).unwrap()
}

fn targets(addresses: &[SocketAddr]) -> Targets {
    let one = |address: &SocketAddr| Target {
        address: *address,
        host: "shop.test".into(),
        server_name: None,
        request: (*b"GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n").into(),
        head_only: false,
    };
    Targets { list: addresses.iter().map(one).collect(), different: addresses.len(), ..Targets::default() }
}

fn rate(rate: f64) -> LoadSetting {
    LoadSetting { rate, concurrency: 8 }
}

async fn until(condition: impl Fn() -> bool) {
    within(async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn requests_are_sent_at_the_rate_that_was_set_and_connections_are_kept() {
    let answering = stand_in("web");
    let load = Load::start(rate(0.0), Mix::Routes).unwrap();
    load.aim(targets(&[answering.address()]));
    let begun = std::time::Instant::now();
    load.set(rate(500.0));
    until(|| answering.answers() >= 200).await;
    let seconds = begun.elapsed().as_secs_f64();
    // Never faster than told; how much slower depends on the machine.
    assert!(seconds > 0.38, "{seconds}");
    let view = load.view();
    assert_eq!((view.failed, view.last_failure, view.targets), (0, None, 1));
    assert!(view.sent >= 200);
}

#[tokio::test]
async fn a_rate_of_nothing_stops() {
    let answering = stand_in("web");
    let load = Load::start(rate(1000.0), Mix::Routes).unwrap();
    load.aim(targets(&[answering.address()]));
    until(|| load.view().sent > 10).await;
    load.set(rate(0.0));
    // What was under way when the rate changed is done by then.
    until(|| answering.answers() == load.view().sent).await;
    let sent = load.view().sent;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(load.view().sent, sent);
}

#[tokio::test]
async fn targets_follow_and_refusals_are_counted_with_their_reason() {
    let (first, second) = (stand_in("one"), stand_in("two"));
    let load = Load::start(rate(1000.0), Mix::Routes).unwrap();
    load.aim(targets(&[first.address()]));
    until(|| first.answers() > 5).await;
    load.aim(targets(&[second.address()]));
    until(|| second.answers() > 5).await;
    assert_eq!(load.view().failed, 0);
    second.set_fault(Fault { down: true, ..Fault::default() });
    until(|| load.view().failed > 5).await;
    let why = load.view().last_failure.unwrap();
    assert!(why.starts_with(&second.address().to_string()), "{why}");
    second.set_fault(Fault::default());
    let answered = second.answers();
    until(|| second.answers() > answered + 5).await;
}

#[tokio::test]
async fn connections_over_all_addresses_are_no_more_than_allowed() {
    let many: Vec<_> = (0..6).map(|nth| stand_in(&format!("web-{nth}"))).collect();
    let load = Load::start(LoadSetting { rate: 2000.0, concurrency: 3 }, Mix::Routes).unwrap();
    load.aim(targets(&many.iter().map(StandIn::address).collect::<Vec<_>>()));
    until(|| {
        assert!(load.shared.pool.open() <= 3);
        many.iter().all(|one| one.answers() > 20)
    })
    .await;
    assert_eq!(load.view().failed, 0);
}

#[tokio::test]
async fn a_connection_that_the_other_side_closed_while_idle_is_no_failure() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&served);
    // Says that it keeps the connection, and closes it.
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 1024];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    let load = Load::start(rate(200.0), Mix::Routes).unwrap();
    load.aim(targets(&[address]));
    until(|| served.load(Ordering::Relaxed) > 20).await;
    assert_eq!(load.view().failed, 0, "{:?}", load.view().last_failure);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_a_failure() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 1024];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf").await;
        }
    });
    let load = Load::start(rate(200.0), Mix::Routes).unwrap();
    load.aim(targets(&[address]));
    until(|| load.view().failed > 3).await;
    assert!(load.view().last_failure.unwrap().contains("closed before the end"));
}
