//! An object's document in a person's own editor.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use crate::terminal::Console;

/// An editor that does one thing, then waits for nothing.
fn editor(home: &Path, script: &str) -> String {
    let path = home.join("editor");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_weight_is_changed_in_the_editor_shown_asked_about_written_and_taken_back() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("shop.yaml");
    fs::copy("examples/bookshop/shop.yaml", &file).unwrap();
    let before = fs::read_to_string(&file).unwrap();
    // The first time what it writes is no YAML; opened again, it mends that and moves a weight.
    let script = r#"
if [ -e "$0.again" ]; then sed -i 's/^metadata: \[$/metadata:/; s/weight: 10 #/weight: 25 #/' "$1"
else touch "$0.again"; sed -i 's/^metadata:$/metadata: [/' "$1"; fi"#;
    let editor = editor(home.path(), script);
    let arguments = ["rehearse", "-f", file.to_str().unwrap(), "--load", "0"];
    let mut console =
        Console::start_with(home.path(), &arguments, crate::terminal::WIDE, &[("EDITOR", &editor)]);
    console.sees("Overview");
    console.press("3");
    console.sees("PARENTS");
    console.press("/shop/app\r");
    console.until("one route", |text| text.contains("1 of "));
    console.press("E");
    console.until("what is wrong", |text| text.contains("line ") && text.contains("edit it again"));
    assert_eq!(fs::read_to_string(&file).unwrap(), before, "nothing was written");
    console.press("\r");
    console.until("the diff", |text| text.contains("write it") && text.contains("weight: 25"));
    assert_eq!(fs::read_to_string(&file).unwrap(), before, "it asks first");
    let drafts = home.path().join("state/cutover/drafts");
    let draft = fs::read_dir(&drafts).unwrap().next().unwrap().unwrap().path();
    assert_eq!(fs::metadata(&draft).unwrap().permissions().mode() & 0o777, 0o600);
    console.press("\r");
    console.sees("applied: edited in");
    let after = fs::read_to_string(&file).unwrap();
    let changed: Vec<_> = before.lines().zip(after.lines()).filter(|(old, new)| old != new).collect();
    assert_eq!(before.lines().count(), after.lines().count());
    assert!(changed.len() == 1 && changed[0].1.contains("weight: 25 # the new"), "{changed:?}");
    console.press("U");
    console.until("the way back", |text| text.contains("Take back") && text.contains("weight: 10"));
    assert!(!draft.exists(), "it was written, so the draft is gone");
    console.press("\r");
    console.sees("taken back: edited in");
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    console.press("q");
    assert_eq!(console.ends().code, 0);
    let journal = fs::read_to_string(home.path().join("state/cutover/journal.jsonl")).unwrap();
    assert_eq!(journal.lines().count(), 4, "both changes were written down");
}

#[test]
fn an_editor_has_the_terminal_and_its_keys_and_nothing_changed_is_nothing_done() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("shop.yaml");
    fs::copy("examples/bookshop/shop.yaml", &file).unwrap();
    // It reads its keys from the terminal, as an editor does.
    let editor = editor(home.path(), "echo EDITOR READY; read word; echo \"EDITOR HAS $word\"; read word");
    let arguments = ["rehearse", "-f", file.to_str().unwrap(), "--load", "0"];
    let mut console = Console::start_with(home.path(), &arguments, (100, 30), &[("KUBE_EDITOR", &editor)]);
    console.sees("Overview");
    console.press("3");
    console.sees("shop/app");
    console.press("E");
    console.sees("EDITOR READY");
    assert!(!console.is_taken(), "the terminal is the editor's");
    console.press("quick\r");
    console.sees("EDITOR HAS quick");
    console.press("\r");
    console.sees("nothing was changed");
    assert!(console.is_taken());
    console.press("q");
    assert_eq!(console.ends().code, 0);
    assert_eq!(fs::read_dir(home.path().join("state/cutover/drafts")).unwrap().count(), 0);
}
