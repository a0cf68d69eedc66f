//! Names switched under the requests of clients: nothing fails by it, and each is seen where it is.

use cutover::switch::{Event, Pointing};

use crate::running::Running;

#[test]
fn a_hundred_switches_to_and_fro_fail_no_request() {
    // Answers are believed for ten milliseconds, so that each switch is seen by requests before the next one.
    let running = Running::start("swaps", "obey=70,browser=10,jvm=10,pool=10", 400.0, 1, 100.0);
    running.until("requests", |came| came.old.requests > 50);
    for nth in 0..100 {
        let to = if nth % 2 == 0 { Pointing::NEW } else { Pointing::OLD };
        running.all(Event::Point(to));
        running.until("the switch is seen", |came| {
            let there = if to == Pointing::NEW { &came.new } else { &came.old };
            there.requests >= 20
        });
    }
    let census = running.clients().census;
    let failed = [&census.old, &census.new, &census.lost].map(|count| count.failed);
    assert_eq!((failed, census.lost.requests), ([0; 3], 0), "{:?}", census.last_failure);
    assert_eq!((census.old.server_errors, census.new.server_errors), (0, 0));
    let all = census.old.requests + census.new.requests;
    println!("100 switches, {all} requests, {} questions to DNS, none failed", census.lookups);
    assert!(census.old.requests > 1000 && census.new.requests > 1000, "{census:?}");
    running.end();
}

#[test]
fn the_facts_of_a_hostname_tell_who_is_left_at_the_old_side() {
    let running = Running::start("facts", "obey=50,forever=50", 300.0, 1, 10.0);
    running.until("everybody was at the old side", |came| came.old.requests > 600);
    running.point("app.scenario.example", 100);
    // More than the time that is recent, so that only those are told that stay.
    let begun = std::time::Instant::now();
    running.until("time has passed", |came| {
        came.new.requests > 600 && begun.elapsed() > cutover::rehearsal::clients::RECENT
    });
    running.until("facts were looked at", |came| came.new.requests > 300 && came.old.requests > 50);
    let clients = running.clients();
    let of = |hostname: &str| clients.facts.of(hostname).unwrap_or_else(|| panic!("{hostname}"));
    let (app, wild) = (of("app.scenario.example"), of("*.wild.scenario.example"));
    let kinds: Vec<_> = app.rest.kinds.iter().map(|kind| &*kind.name).collect();
    assert_eq!(kinds, ["forever"], "those that obey have moved: {:?}", app.rest);
    assert!(app.rest.last_seen.is_some() && app.rest.per_second > 1.0, "{:?}", app.rest);
    assert!(app.recent.new.requests > 0 && app.census.new.failed == 0);
    assert_eq!(wild.recent.new.requests, 0, "nobody switched it");
    assert!((app.share + wild.share - 1.0).abs() < 1e-9, "{} {}", app.share, wild.share);
    assert!(app.history.iter().any(|tick| tick.new_share() == Some(0.0)), "before the switch");
    assert!(clients.facts.of("left.scenario.example").is_none(), "it is at the old side alone");
    running.end();
}
