//! Criteria over made-up runs.

use std::time::Duration;

use super::*;
use crate::scenario::{
    read::read,
    record::{KindSample, MarkKind},
};

fn side(requests: u64, server_errors: u64, failed: u64) -> SideCount {
    let mut side = SideCount { requests, failed, server_errors, ..SideCount::default() };
    side.times.add(Duration::from_millis(20));
    side
}

fn mark(at: f64, label: &str, kind: MarkKind, ttl: f64) -> Mark {
    Mark { at, line: 1, label: Some(label.to_owned()), text: label.to_owned(), kind, ttl }
}

/// Ten seconds: a switch at 4 s, three failures right after it, the old side empty from 8 s on, 5xx at the new side.
fn record() -> Record {
    let samples = (1..=10).map(|second| {
        let (old, new) = match second {
            ..=4 => (100, 0),
            5..=8 => (50, 50),
            _ => (2, 98),
        };
        Sample {
            at: f64::from(second),
            seconds: 1.0,
            old: side(old, 0, 0),
            new: side(new, new / 50, u64::from(second == 5) * 3),
            lost: SideCount::default(),
            predicted_old: (second > 4).then_some(0.5),
            kinds: vec![KindSample { at_old: 1, at_new: 3, connections_old: 5, ..KindSample::default() }],
            ..Sample::default()
        }
    });
    Record {
        outcome: Outcome::Completed,
        marks: vec![
            mark(0.0, "begin", MarkKind::Load, 2.0),
            mark(4.0, "go", MarkKind::Switch, 2.0),
            mark(9.0, "late", MarkKind::Hold, 2.0),
        ],
        samples: samples.collect(),
        ..Record::default()
    }
}

fn verdict(criterion: &str) -> Verdict {
    let text = format!(
        "steps: [{{load: 1, as: begin}}, {{switch: new, as: go}}, {{hold: all, as: late}}, {{load: 2, as: never}}]\ncriteria: [{{{criterion}}}]"
    );
    judge(&record(), &read(&text).unwrap().criteria).remove(0)
}

#[test]
fn a_criterion_is_held_against_its_own_time() {
    let cases = [
        (
            "what: old-share, at-most: 5%, after-ttls: 2",
            "2 %",
            true,
            "two TTLs after the switch: from 8 s on",
        ),
        ("what: old-share, at-most: 5%, after-ttls: 1", "26 %", false, "too early"),
        ("what: old-share, at-least: 100%, until: go", "100 %", true, "before it"),
        ("what: new-5xx, at-most: 1%", "1.52 %", false, "6 of 396"),
        ("what: 5xx-difference, at-most: 2%", "1.52 %", true, "the old side has none"),
        ("what: new-share, at-least: 98%, from: late", "98 %", true, "from a label on"),
        ("what: failed, at-most: 0, from: late", "0", true, "none later"),
        ("what: failed, at-most: 2", "3", false, "all in all"),
        ("what: failed-at-swaps, at-most: 0", "3", false, "in the second of the switch"),
        ("what: new-failed, at-least: 1", "3", true, "a fault that was seen"),
        ("what: old-failed, at-most: 0", "0", true, "the other side"),
        ("what: off-expected, at-most: 3%", "16 %", false, "96 fewer of 600 than told"),
        ("what: off-expected, at-most: 3%, until: late", "9.6 %", false, "48 of 500"),
        ("what: old-clients, at-most: 25%", "25 %", true, "at the end"),
        ("what: old-connections, at-most: 4", "5", false, "at the end"),
        ("what: new-p95, at-most: 50ms", "20.1 ms", true, "within a class"),
    ];
    for (criterion, measured, passed, why) in cases {
        let told = verdict(criterion);
        let close = told.measured == measured || (measured.ends_with("ms") && told.measured.ends_with("ms"));
        assert!(close, "{criterion}: {} is not {measured}: {why}", told.measured);
        assert_eq!(told.passed, passed, "{criterion}: {why}");
    }
}

#[test]
fn what_was_not_measured_has_not_passed() {
    let never = verdict("what: failed, at-most: 0, from: never");
    assert_eq!((never.passed, &*never.measured), (false, "`never` was not reached"));
    let empty = verdict("what: new-5xx, at-most: 0%, until: go");
    assert_eq!((empty.passed, &*empty.measured), (false, "nothing to measure: no request in this time"));
    let mut unswitched = record();
    unswitched.marks.retain(|mark| mark.kind != MarkKind::Switch);
    let text = "steps: [{load: 1}]\ncriteria: [{what: old-share, at-most: 5%, after-ttls: 1}]";
    let told = judge(&unswitched, &read(text).unwrap().criteria).remove(0);
    assert_eq!((told.passed, &*told.measured), (false, "nothing was switched"));
}

#[test]
fn a_run_that_was_stopped_has_not_passed_whatever_its_criteria_say() {
    let mut record = record();
    assert!(passed(&record, &[]));
    record.outcome = Outcome::Stopped { line: 1, why: "x".to_owned() };
    assert!(!passed(&record, &[]));
}
