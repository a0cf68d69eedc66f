//! Reports of a made-up run, whose texts are hostile.

use super::*;
use crate::{
    rehearsal::clients::SideCount,
    scenario::record::{KindSample, Mark, MarkKind, Sample},
};

fn record() -> Record {
    let side = |requests, server_errors| SideCount { requests, server_errors, ..SideCount::default() };
    let sample = |at: u32, old, new, errors| Sample {
        at: f64::from(at),
        seconds: 1.0,
        old: side(old, 0),
        new: side(new, errors),
        lost: side(0, 0),
        dns_old: Some(f64::from(at < 3)),
        predicted_old: Some(0.5),
        kinds: vec![KindSample {
            name: "obey".to_owned(),
            clients: 10,
            at_old: 1,
            at_new: 9,
            ..KindSample::default()
        }],
    };
    let mark =
        |at, text: &str, kind| Mark { at, line: 4, label: None, text: text.to_owned(), kind, ttl: 1.0 };
    Record {
        scenario: "a <script>alert(1)</script> & | `b`".to_owned(),
        about: "one *line*\nand another".to_owned(),
        begun: "2026-11-24T18:00:00Z".to_owned(),
        seconds: 4.0,
        mix: "obey=1".to_owned(),
        clients: 10,
        speed: 10.0,
        outcome: Outcome::Completed,
        marks: vec![
            mark(0.0, "load: 5 requests/s", MarkKind::Load),
            mark(0.0, "TTL of all hosts: 10 s", MarkKind::Ttl),
            mark(0.0, "wait 2s", MarkKind::Wait),
            mark(2.0, "switch \"all\" hosts to the new side", MarkKind::Switch),
        ],
        samples: vec![sample(1, 100, 0, 0), sample(2, 100, 0, 0), sample(3, 60, 40, 4), sample(4, 10, 90, 0)],
    }
}

fn verdicts(passed: bool) -> Vec<Verdict> {
    vec![Verdict {
        line: 9,
        what: "new-5xx".to_owned(),
        wanted: "≤ 1 %".to_owned(),
        window: "all of the run".to_owned(),
        value: Some(0.03),
        measured: "3.08 %".to_owned(),
        passed,
    }]
}

#[test]
fn markdown_tells_all_in_tables_and_text_stays_text() {
    insta::assert_snapshot!(markdown(&record(), &verdicts(false)));
}

#[test]
fn the_page_is_whole_needs_nothing_else_and_runs_nothing() {
    let page = html(&record(), &verdicts(true));
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    assert_eq!(page.matches("<svg").count(), 5);
    for (word, why) in [
        ("<script", "text of the scenario"),
        ("http://", "nothing is loaded"),
        ("https://", "nothing is loaded"),
        ("url(", "nothing is loaded"),
        ("NaN", "a number that is none"),
        ("inf", "a number that is none"),
    ] {
        assert!(!page.contains(word), "{word}: {why}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; | `b`"));
    assert!(
        page.contains("<title>3. switch &quot;all&quot; hosts to the new side</title>"),
        "marks say what was done"
    );
    // Each element that is opened is closed.
    for element in ["table", "tr", "td", "th", "svg", "figure", "p", "div", "g", "span"] {
        let opened =
            page.matches(&format!("<{element}>")).count() + page.matches(&format!("<{element} ")).count();
        assert_eq!(opened, page.matches(&format!("</{element}>")).count(), "{element}");
    }
}

#[test]
fn json_has_the_verdict_and_the_record_as_it_was() {
    let text = json(&record(), &verdicts(false));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["passed"], false);
    assert_eq!(value["criteria"][0]["measured"], "3.08 %");
    assert_eq!(value["outcome"]["state"], "completed");
    assert_eq!(value["marks"][3]["kind"], "switch");
    assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record(), "it can be read again");
}

#[test]
fn a_run_without_anything_has_a_report_too() {
    let record = Record::default();
    assert!(html(&record, &[]).contains("None was given."));
    assert!(markdown(&record, &[]).contains("None was given."));
}
