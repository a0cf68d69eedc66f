//! What goes wrong at one side, seen by clients: that side alone, and it is over when it is said to be.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use cutover::{
    rehearsal::clients::SideCount,
    routing::Side,
    switch::{Event, Pointing},
};

use crate::running::{Came, Running};

const APP: &str = "app.scenario.example";

fn bad(count: &SideCount) -> u64 {
    count.failed + count.client_errors + count.server_errors
}

fn slow(came: &Came) -> bool {
    came.new.times.quantile(0.5).is_some_and(|time| time > Duration::from_millis(200))
}

#[test]
fn each_fault_is_seen_at_its_side_alone_and_is_over_when_it_is_taken_back() {
    let running = Running::start("wrong", "obey=1", 200.0, 0, 1.0);
    running.all(Event::Point(Pointing::share(50).unwrap()));
    running.until("requests at both", |came| came.old.requests > 20 && came.new.requests > 20);
    type Seen = fn(&Came) -> bool;
    let cases: [(&[&str], Seen, &str); 9] = [
        (&["certificate-missing"], |came| came.new.failed > 5, "no handshake"),
        (&["certificate-other-name"], |came| came.new.failed > 5, "the name is looked at"),
        (&["route-missing"], |came| came.new.client_errors > 5, "404"),
        (&["backend-unreachable"], |came| came.new.server_errors > 5, "503"),
        (&["503 50%"], |came| came.new.server_errors > 5, "half of them"),
        (&["down"], |came| came.new.server_errors > 5, "502"),
        (&["+300ms"], slow, "late"),
        (&["slow 1kB/s"], slow, "its body dribbles"),
        (&["+300ms", "timeout 50ms"], |came| came.new.server_errors > 5, "504: two faults together"),
    ];
    for (faults, seen, why) in cases {
        for fault in faults {
            running.wrong(Some(fault), None);
        }
        assert_eq!(running.view().wrongs.len(), faults.len(), "{faults:?}");
        let mut old = 0;
        running.until(faults[0], |came| {
            old = bad(&came.old);
            seen(came)
        });
        assert_eq!(old, 0, "{faults:?} ({why}): the old side goes on");
        running.wrong(None, None);
        let mut before = running.clients().census.new;
        // Those under way when it ended may still be told of it.
        running.until("it is over", |came| {
            let now = running.clients().census.new;
            let since = now.since(&before);
            if bad(&since) > 0 || slow(&Came { old: SideCount::default(), new: since.clone() }) {
                before = now;
                return false;
            }
            since.requests > 20 && came.new.requests > 20
        });
    }
    running.end();
}

/// Status of a POST with so many bytes.
fn post(running: &Running, side: Side, bytes: usize) -> String {
    let mut stream = TcpStream::connect(running.address(side, 80)).unwrap();
    let head =
        format!("POST / HTTP/1.1\r\nHost: {APP}\r\nConnection: close\r\nContent-Length: {bytes}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    // A body that is refused is not read to its end.
    let _ = stream.write_all(&vec![b'x'; bytes]);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).split(' ').nth(1).unwrap_or_default().to_owned()
}

#[test]
fn a_body_limit_of_one_side_refuses_there_what_the_other_side_takes() {
    let running = Running::start("limit", "obey=1", 1.0, 0, 1.0);
    running.wrong(Some("body-limit 1kB"), Some(APP));
    let cases = [
        (Side::New, 2000, "413"),
        (Side::New, 900, "200"),
        (Side::Old, 2000, "200"),
        (Side::Old, 900, "200"),
    ];
    for (side, bytes, status) in cases {
        assert_eq!(post(&running, side, bytes), status, "{side:?} {bytes}");
    }
    running.wrong(None, Some(APP));
    assert_eq!(post(&running, Side::New, 2000), "200");
    running.end();
}

#[test]
fn dns_that_alternates_names_both_sides_and_the_name_is_where_it_was_afterwards() {
    let running = Running::start("alternates", "obey=1", 200.0, 0, 1.0);
    running.until("at the old side", |came| came.old.requests > 30);
    running.wrong(Some("dns-alternates"), Some(APP));
    running.until("at both", |came| came.old.requests > 30 && came.new.requests > 30);
    let names = running.view().names.clone().unwrap().names;
    let told: Vec<_> =
        names.iter().map(|name| (name.alternates, name.journey.pointing() == Pointing::OLD)).collect();
    // `*.wild`, `app`, `left`, as names are sorted.
    assert_eq!(told.iter().filter(|told| **told == (true, true)).count(), 1, "{told:?}");
    running.wrong(None, Some(APP));
    running.until("under way", |came| came.old.requests > 30);
    let came = running.until("back", |came| came.old.requests > 30);
    assert_eq!(came.new.requests, 0);
    running.end();
}

#[test]
fn a_resolver_that_ignores_the_ttl_keeps_clients_at_the_old_side() {
    let running = Running::start("ignores", "obey=1", 200.0, 1, 20.0);
    running.wrong(Some("resolver-ignores-ttl"), None);
    // What was believed before is over after a second of theirs.
    running.until("all have asked anew", |came| came.old.requests > 400);
    running.all(Event::Point(Pointing::NEW));
    let came = running.until("requests", |came| came.old.requests + came.new.requests > 200);
    let share = came.new.requests as f64 / (came.old.requests + came.new.requests) as f64;
    assert!(share < 0.25, "those few whose first answer was believed for a part only: {share}");
    running.end();
}
