use std::{fs, path::PathBuf};

use super::*;
use crate::tui::fixture;

fn file(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("accepted.toml")
}

#[test]
fn a_difference_is_accepted_by_a_diff_and_is_well_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let view = fixture::ingresses();
    let made = Comparison::of(&view, Some(&file(&folder)), &Accepted::default());
    assert!(made.rows.len() > 5 && made.missing.is_none());
    assert!(made.rows.is_sorted_by_key(|row| row.difference.severity), "the worst first");
    let row = &made.rows[0];
    let acceptable = made.accepting(row, "as it \"was\"", "2026-11-24".to_owned());
    assert!(acceptable.diff.contains("+reason = \"as it \\\"was\\\"\""), "{}", acceptable.diff);
    acceptable.write().unwrap();
    let again = Comparison::of(&view, Some(&file(&folder)), &Accepted::default());
    assert_eq!(again.rows[0].health(), Health::Ok);
    assert_eq!(again.rows[0].accepted.as_ref().map(|it| &*it.reason), Some("as it \"was\""));
    let why = acceptable.write().unwrap_err();
    assert!(why.contains("changed meanwhile"), "somebody wrote: {why}");
}

#[test]
fn a_file_that_is_wrong_accepts_nothing_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(file(&folder), "accepted = 1\n").unwrap();
    let made = Comparison::of(&fixture::ingresses(), Some(&file(&folder)), &Accepted::default());
    assert!(made.file.wrong.is_some());
    assert!(made.rows.iter().all(|row| row.accepted.is_none()));
}

#[test]
fn what_is_missing_is_told_where_only_one_side_is_there() {
    let view = fixture::ingresses();
    let gone = view.world.list(&Kind::Ingress).map(|one| crate::world::Change::Remove(one.key.clone()));
    let world = Arc::new(view.world.apply(&gone.collect::<Vec<_>>()));
    let made = Comparison::of(&View { world, ..(*view).clone() }, None, &Accepted::default());
    assert!(made.missing.is_some_and(|why| why.starts_with("only the new side")), "{:?}", made.missing);
    assert!(made.rows.is_empty());
}
