//! What the record holds, and which change undo means.

use serde_json::Value;

use super::*;
use crate::{resource::Kind, source::FieldEdit};

fn entry(name: &str, old: i64, new: i64) -> Entry {
    let field = "spec.rules[0].backendRefs[0].weight".to_owned();
    Entry {
        at: "2026-11-24T08:00:00Z".parse().unwrap(),
        who: "ada".to_owned(),
        summary: format!("{name} {old} → {new}"),
        edit: Edit {
            object: Key::new(Kind::HttpRoute, "shop", name),
            fields: vec![FieldEdit { field, old: Some(old.into()), new: Some(new.into()) }],
        },
        undo_of: None,
    }
}

fn at() -> jiff::Timestamp {
    "2026-11-24T08:00:01Z".parse().unwrap()
}

/// Writes an entry down and settles it.
fn make(journal: &mut Journal, entry: Entry, failure: Option<&str>) -> usize {
    let number = journal.intend(entry).unwrap();
    journal.settle(number, at(), failure).unwrap();
    number
}

#[test]
fn undo_means_the_newest_change_that_was_made_and_not_taken_back() {
    let mut journal = Journal::default();
    assert_eq!(journal.undoable(None), None, "nothing was done");
    let first = make(&mut journal, entry("a", 10, 20), None);
    let second = make(&mut journal, entry("b", 10, 20), None);
    make(&mut journal, entry("a", 20, 30), Some("the file changed"));
    journal.intend(entry("a", 20, 40)).unwrap();
    let a = Key::new(Kind::HttpRoute, "shop", "a");
    assert_eq!(journal.undoable(None), Some(second), "failed and unfinished changes are no changes");
    assert_eq!(journal.undoable(Some(&a)), Some(first), "of one object");

    let undo = journal.undo_entry(second, at(), "ada").unwrap();
    assert_eq!(undo.edit, entry("b", 20, 10).edit, "the inverse");
    assert_eq!(undo.summary, "taken back: b 10 → 20");
    let failed = make(&mut journal, undo.clone(), Some("disk full"));
    assert_eq!(journal.state(failed), Some(&State::Failed("disk full".to_owned())));
    assert_eq!(journal.undoable(None), Some(second), "an undo that failed can be tried again");
    make(&mut journal, undo, None);
    assert_eq!(journal.undoable(None), Some(first), "undo after undo goes further back");
    let undo = journal.undo_entry(first, at(), "ada").unwrap();
    make(&mut journal, undo, None);
    assert_eq!(journal.undoable(None), None, "all is taken back");
}

#[test]
fn the_inverse_is_on_disk_before_the_change_and_earlier_lines_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/journal.jsonl");
    let lines = || -> Vec<Value> {
        let text = std::fs::read_to_string(&path).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let mut journal = Journal::open(Some(path.clone())).unwrap();
    let number = journal.intend(entry("a", 10, 20)).unwrap();
    let intended = lines();
    assert_eq!(intended.len(), 1);
    assert_eq!(intended[0]["state"], "intended");
    assert_eq!(intended[0]["inverse"]["fields"][0]["new"], 10, "how to take it back");
    assert_eq!(intended[0]["edit"]["kind"], "HTTPRoute");
    journal.settle(number, at(), None).unwrap();

    let mut later = Journal::open(Some(path.clone())).unwrap();
    assert_eq!(later.entries(), [], "earlier sessions are kept, not read");
    make(&mut later, entry("b", 1, 2), Some("no"));
    let states: Vec<Value> = lines().iter().map(|line| line["state"].clone()).collect();
    assert_eq!(states, ["intended", "done", "intended", "failed"]);
}

#[cfg(unix)]
#[test]
fn the_record_is_for_this_user_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    Journal::open(Some(path.clone())).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_record_that_can_not_be_written_is_an_error_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let error = Journal::open(Some(folder.path().to_path_buf())).unwrap_err();
    assert_eq!(error.to_string(), format!("failed to write the journal {}", folder.path().display()));
}
