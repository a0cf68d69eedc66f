//! A run over made-up time and made-up measurements.

use super::*;
use crate::{
    rehearsal::clients::SideCount,
    routing::Side,
    scenario::{read::read, record::KindSample},
};

fn run(steps: &str) -> Run {
    let text = format!("ttl: 60s\nclients: {{speed: 10}}\nsteps:\n{steps}");
    Run::new(Arc::new(read(&text).unwrap()), "2026-11-24T18:00:00Z".to_owned())
}

fn commands(given: Vec<(usize, Command)>) -> Vec<Command> {
    given.into_iter().map(|(_, command)| command).collect()
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn sample(at: f64, old: u64, new: u64) -> Event {
    let side = |requests| SideCount { requests, ..SideCount::default() };
    let kinds = vec![KindSample::default()];
    let (old, new) = (side(old), side(new));
    Event::Measured(Box::new(Sample { at, seconds: 0.5, old, new, kinds, ..Sample::default() }))
}

#[test]
fn steps_follow_each_other_at_once_until_one_waits() {
    let mut run = run(
        "- load: 5\n- ttl: 10s\n- wait: 2s\n- {switch: new, as: s}\n- hold: all\n- wait: 2 TTL\n- rollback: all\n",
    );
    let first = commands(run.event(Event::Tick, ms(0)));
    let wanted = [
        Command::Load { rate: 5.0, connections: 256 },
        Command::Ttl { hosts: Hosts::All, ttl: Duration::from_secs(10) },
    ];
    assert_eq!(first, wanted);
    assert_eq!(run.due(), Some(ms(2000)));
    assert_eq!(run.event(Event::Tick, ms(1999)), [], "not yet");
    let then = commands(run.event(Event::Tick, ms(2000)));
    assert_eq!(
        then,
        [Command::Switch { hosts: Hosts::All, to: Side::New, share: 1.0 }, Command::Hold(Hosts::All)]
    );
    // Two TTLs of 10 s on clocks that run ten times as fast.
    assert_eq!(run.due(), Some(ms(4000)));
    assert_eq!(run.progress().0, 6);
    assert_eq!(run.event(Event::Tick, ms(4000)), [(6, Command::RollBack(Hosts::All))]);
    assert!(!run.is_over(), "that may be refused");
    assert_eq!(run.event(Event::Tick, ms(4000)), []);
    assert!(run.is_over());
    assert_eq!(run.record().outcome, Outcome::Completed);
    assert_eq!(run.due(), None);
    let marks: Vec<_> =
        run.record().marks.iter().map(|mark| (mark.at, mark.line, mark.kind, mark.ttl)).collect();
    // At the switch the TTL of 60 s, lowered 2 s before, may still be believed for 40 s: 4 s on our clock.
    assert_eq!(marks[3], (2.0, 7, MarkKind::Switch, 4.0));
    assert_eq!(marks[6].3, 2.0, "20 s later 20 s are left: 2 s");
}

#[test]
fn what_is_waited_for_ends_the_wait_once_a_whole_window_shows_it() {
    let mut run = run("- wait: {until: old-share, at-most: 5%, over: 1s, limit: 10s}\n- load: 1\n");
    run.event(sample(0.5, 0, 100), ms(500));
    assert!(!run.is_over(), "half a window");
    run.event(sample(1.0, 20, 80), ms(1000));
    run.event(sample(1.5, 4, 96), ms(1500));
    assert!(!run.is_over(), "12 % in the last second");
    let load = Command::Load { rate: 1.0, connections: 256 };
    assert_eq!(run.event(sample(2.0, 4, 96), ms(2000)), [(1, load)]);
    run.event(Event::Tick, ms(2000));
    assert_eq!(run.record().outcome, Outcome::Completed);
}

#[test]
fn what_does_not_come_within_its_limit_stops_the_run_with_its_line() {
    let mut run = run("- wait: {until: old-share, at-most: 5%, limit: 3s}\n- load: 1\n");
    run.event(Event::Tick, ms(0));
    assert_eq!(run.event(Event::Tick, ms(3000)), [], "nothing is done any more");
    let why = "old-share was not ≤ 5 % within 3s".to_owned();
    assert_eq!(run.record().outcome, Outcome::Stopped { line: 4, why });
    assert_eq!(run.event(Event::Tick, ms(9000)), []);
    assert_eq!(run.record().seconds, 3.0, "what comes later is no part of it");
}

#[test]
fn what_can_not_be_done_stops_the_run_at_its_step_though_others_follow_at_once() {
    let mut run = run("- load: 5\n- fault: {side: new, is: route-missing}\n- hold: all\n");
    assert_eq!(run.event(Event::Tick, ms(0)).len(), 3);
    run.event(Event::Refused { step: 1, why: "no such fault here".to_owned() }, ms(1));
    assert_eq!(run.record().outcome, Outcome::Stopped { line: 5, why: "no such fault here".to_owned() });
    assert_eq!(run.record().marks.len(), 2, "what was not done is not told");
    assert_eq!(run.event(Event::Tick, ms(2)), []);
}
