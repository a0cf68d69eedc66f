//! Names switched to and fro while clients of three kinds ask without pause, over connections that they keep.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{client::Client, program::cutover, rehearse, resolver::Resolver};

const HOST: &str = "app.dns.example";
const SWITCHES: u64 = 100;

/// How a client resolves.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Before each request; the TTL is 0.
    Obeys,
    /// Not more often than this.
    Floor(Duration),
    /// Once: a connection that outlives the record.
    Never,
}

#[test]
fn a_hundred_switches_to_and_fro_fail_no_request() {
    let rehearsal = rehearse(&["--ttl", "0"]);
    let server = rehearsal.name_server();
    let port = rehearsal.address("web").rsplit_once(':').unwrap().1.parse::<u16>().unwrap();
    let ended = Arc::new(AtomicBool::new(false));
    let [old, new] = ["old", "new"].map(|side| {
        let one = rehearsal.listeners.iter().find(|one| one["side"] == side).unwrap();
        one["address"].as_str().unwrap().parse::<IpAddr>().unwrap()
    });
    let asked: Arc<[AtomicU64; 2]> = Arc::default();
    // All have resolved once before the first switch.
    let resolved = Arc::new(Barrier::new(6));
    let kinds = [Kind::Obeys, Kind::Obeys, Kind::Obeys, Kind::Floor(Duration::from_millis(300)), Kind::Never];
    let clients: Vec<_> = kinds
        .into_iter()
        .map(|kind| {
            let (ended, asked) = (Arc::clone(&ended), Arc::clone(&asked));
            let resolved = Arc::clone(&resolved);
            thread::spawn(move || {
                let mut resolver = Resolver::new(server);
                let mut kept: HashMap<IpAddr, Client> = HashMap::new();
                let mut last = (resolver.address("app.dns.example."), Instant::now());
                resolved.wait();
                let mut seen = [0_u64; 2];
                while !ended.load(Ordering::Relaxed) {
                    let asks = match kind {
                        Kind::Obeys => true,
                        Kind::Floor(floor) => last.1.elapsed() >= floor,
                        Kind::Never => false,
                    };
                    if asks {
                        last = (resolver.address("app.dns.example."), Instant::now());
                    }
                    let address = last.0;
                    let client = kept
                        .entry(address)
                        .or_insert_with(|| Client::http(&format!("{address}:{port}"), HOST));
                    // A connection that is closed, refused or reset ends the test here.
                    let answer = client.get("/");
                    assert_eq!(answer.status, 200, "{kind:?} at {address}: {answer:?}");
                    let side = usize::from(address == new);
                    assert!(address == new || address == old, "{address}");
                    seen[side] += 1;
                    asked[side].fetch_add(1, Ordering::Relaxed);
                    thread::sleep(Duration::from_millis(1));
                }
                (kind, seen)
            })
        })
        .collect();
    resolved.wait();
    let total = || asked[0].load(Ordering::Relaxed) + asked[1].load(Ordering::Relaxed);
    for nth in 0..SWITCHES {
        let to = if nth % 2 == 0 { "new" } else { "old" };
        let run = cutover(&["switch", HOST, "--to", to, "--admin", &rehearsal.admin]);
        assert_eq!(run.code, 0, "{run:?}");
        // Not before somebody has met it.
        let before = total();
        while total() < before + 10 && !clients.iter().any(thread::JoinHandle::is_finished) {
            thread::sleep(Duration::from_millis(1));
        }
    }
    ended.store(true, Ordering::Relaxed);
    let mut all = 0;
    for client in clients {
        let (kind, [at_old, at_new]) = client.join().expect("a request failed");
        all += at_old + at_new;
        match kind {
            Kind::Obeys => assert!(at_old > 100 && at_new > 100, "{kind:?}: {at_old} and {at_new}"),
            Kind::Floor(_) => {}
            Kind::Never => assert_eq!((at_old > 100, at_new), (true, 0), "it stays where it was"),
        }
    }
    println!("{SWITCHES} switches, {all} requests, none failed");
    assert!(all > SWITCHES * 10);
}
