//! Many saves under load, and many rehearsals beside each other.

use std::{
    collections::BTreeMap,
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use crate::{client::Client, program::Rehearsal};

const SAVES: u64 = 100;
const CLIENTS: usize = 4;

const SHOP: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: swaps, namespace: shop}
spec:
  gatewayClassName: cutover
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: app, namespace: shop}
spec:
  parentRefs: [{name: swaps}]
  rules:
  - backendRefs: [{name: stable, port: 80, weight: STABLE}, {name: canary, port: 80, weight: CANARY}]
";

fn shop(canary: u64) -> String {
    SHOP.replace("CANARY", &canary.to_string()).replace("STABLE", &(100 - canary).to_string())
}

#[test]
fn no_request_fails_while_the_file_is_saved_a_hundred_times() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.yaml");
    fs::write(&path, shop(0)).unwrap();
    let rehearsal = Rehearsal::start(&["-f", folder.path().to_str().unwrap()]);
    let address = rehearsal.address("http");

    let end = Arc::new(AtomicBool::new(false));
    let asked = Arc::new(AtomicU64::new(0));
    let answers: Arc<Mutex<BTreeMap<String, u64>>> = Arc::default();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|nth| {
            let (end, asked, answers) = (Arc::clone(&end), Arc::clone(&asked), Arc::clone(&answers));
            let address = address.clone();
            thread::spawn(move || {
                let mut client = Client::http(&address, "app.example.com");
                while !end.load(Ordering::Relaxed) {
                    // Half of them make a connection for each request.
                    if nth % 2 == 0 {
                        client = Client::http(&address, "app.example.com");
                    }
                    let response = client.get("/x?y=1");
                    let answer = match response.status {
                        200 => response.service(),
                        status => status.to_string(),
                    };
                    *answers.lock().unwrap().entry(answer).or_default() += 1;
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();

    for save in 1..=SAVES {
        // As editors do: in place, or a new file in the place of the old one.
        if save % 2 == 0 {
            let beside = folder.path().join(".shop.yaml.new");
            fs::write(&beside, shop(save)).unwrap();
            fs::rename(&beside, &path).unwrap();
        } else {
            fs::write(&path, shop(save)).unwrap();
        }
        let event = rehearsal.event();
        assert_eq!((&event["event"], &event["changed"]), (&"reloaded".into(), &1.into()), "{save}: {event}");
    }
    // The last weights are 0 and 100: what is asked from now on goes to one of them.
    let last = Client::http(&address, "app.example.com").get("/");
    assert_eq!(last.service(), "shop/canary:80");
    let then = asked.load(Ordering::Relaxed);
    while asked.load(Ordering::Relaxed) < then + 50 {
        assert!(clients.iter().all(|client| !client.is_finished()), "a client failed");
        thread::yield_now();
    }
    end.store(true, Ordering::Relaxed);
    for client in clients {
        client.join().unwrap();
    }
    let answers = answers.lock().unwrap();
    let served: Vec<_> = answers.keys().map(String::as_str).collect();
    assert_eq!(served, ["shop/canary:80", "shop/stable:80"], "nothing else was ever answered: {answers:?}");
    assert!(answers.values().all(|count| *count > SAVES), "the load was one: {answers:?}");
    assert_eq!(rehearsal.end("TERM"), 0);
}

#[test]
fn two_rehearsals_of_the_same_files_share_no_address() {
    let first = Rehearsal::start(&["--demo", "--load", "0"]);
    let second = Rehearsal::start(&["--demo", "--load", "0"]);
    let addresses = |rehearsal: &Rehearsal| -> Vec<String> {
        let listening = rehearsal.listeners.iter().filter(|one| one["event"] == "listening");
        listening.map(|one| format!("{}:{}", one["address"].as_str().unwrap(), one["port"])).collect()
    };
    let (ours, theirs) = (addresses(&first), addresses(&second));
    assert!(ours.len() >= 3 && ours.len() == theirs.len(), "{ours:?} {theirs:?}");
    assert!(ours.iter().all(|address| !theirs.contains(address)), "{ours:?} {theirs:?}");
    assert_ne!(first.admin, second.admin);
    for rehearsal in [&first, &second] {
        let answer = Client::http(&rehearsal.address("http"), "app.bookshop.example").get("/");
        assert_eq!(answer.status, 301);
    }
}
