//! A user's own files: exactly one number changes, saves show up, what can not be read is told.

use std::{fs, path::PathBuf};

use tempfile::TempDir;

use crate::{
    client::Client,
    demo::take_back,
    terminal::{Console, cell},
};

/// With what an editor of YAML must leave alone: comments, quotes, a tab in a string, CRLF in one line, no last line end.
const SHOP: &str = "\
# the shop\r
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: GATEWAY, namespace: shop}
spec:
  gatewayClassName: cutover
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: \"gateway.networking.k8s.io/v1\"   # quoted
kind: HTTPRoute
metadata: {name: app, namespace: shop, annotations: {note: \"a\\tb\"}}
spec:
  parentRefs: [{name: GATEWAY}]
  rules:
  - backendRefs:
      - {name: stable, port: 80, weight: 90}     # old
      - name: canary
        port: 80
        weight:   10   # new
...
# the end";

/// A folder with the shop, and a home.
struct Place {
    home: TempDir,
    folder: TempDir,
    text: String,
}

impl Place {
    /// Every test has a Gateway of its own name, and so an address of its own.
    fn new(gateway: &str) -> Self {
        let place = Self {
            home: tempfile::tempdir().unwrap(),
            folder: tempfile::tempdir().unwrap(),
            text: SHOP.replace("GATEWAY", gateway),
        };
        fs::write(place.file(), &place.text).unwrap();
        place
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("shop.yaml")
    }

    fn read(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    fn console(&self, more: &[&str]) -> Console {
        let mut arguments = vec!["rehearse", "-f", self.folder.path().to_str().unwrap()];
        arguments.extend(more);
        let mut console = Console::start(self.home.path(), &arguments);
        console.sees("Overview");
        console.press("4\r");
        console.until("the weights", |text| cell(text, "canary", "programmed") == Some(10.0));
        console
    }
}

fn quits(mut console: Console) {
    console.press("q");
    assert_eq!(console.ends().code, 0);
}

#[test]
fn one_number_changes_in_the_file_and_undo_restores_every_byte() {
    let place = Place::new("bytes");
    let mut console = place.console(&[]);
    console.press("bG=50\r");
    console.sees("10 ▸ 50");
    assert_eq!(place.read(), place.text, "a wish writes nothing");
    console.press("a");
    let dialog = console.sees("Enter write it");
    assert!(dialog.contains("-        weight:   10   # new") && dialog.contains("shop.yaml"), "{dialog}");
    assert_eq!(place.read(), place.text, "a question writes nothing");
    console.press("\r");
    console.until("50 of 140", |text| cell(text, "canary", "programmed") == Some(35.7));
    assert_eq!(place.read(), place.text.replace("weight:   10   # new", "weight:   50   # new"));

    take_back(&mut console, "weight:   50", |text| cell(text, "canary", "programmed") == Some(10.0));
    assert_eq!(place.read(), place.text);
    let journal = fs::read_to_string(place.home.path().join("state/cutover/journal.jsonl")).unwrap();
    let done = journal.lines().filter(|line| line.contains("\"state\":\"done\"")).count();
    assert_eq!(done, 2, "the change and its way back are in the journal: {journal}");
    quits(console);
}

#[test]
fn a_dialog_that_is_left_writes_nothing() {
    let place = Place::new("left");
    let mut console = place.console(&[]);
    console.press("GLa");
    console.sees("Enter write it");
    console.press("\x1b");
    console.until("no dialog", |text| !text.contains("Enter write it"));
    console.press("q");
    console.sees("Weights were moved and not applied");
    console.press("\r");
    assert_eq!(console.ends().code, 0);
    assert_eq!(place.read(), place.text);
}

#[test]
fn a_save_from_outside_shows_up_and_a_broken_one_keeps_serving() {
    let place = Place::new("saves");
    let mut console = place.console(&[]);
    fs::write(place.file(), place.text.replace("  10 ", "  30 ")).unwrap();
    console.until("30 of 120", |text| cell(text, "canary", "programmed") == Some(25.0));

    console.press("6");
    let listeners = console.until("an address", |text| address(text).is_some());
    let address = address(&listeners).unwrap();
    let answers = || Client::http(&address, "app.example.com").get("/x").status;
    assert_eq!(answers(), 200);
    fs::write(place.file(), place.text.replace("listeners: [", "listeners: [[")).unwrap();
    let refused =
        console.until("a refusal", |text| text.contains("shop.yaml:") && text.contains("not taken"));
    assert!(refused.contains("shop.yaml:"), "{refused}");
    assert_eq!(answers(), 200, "what was served before is still served");
    console.press("4\r");
    console.until("the last good weights", |text| cell(text, "canary", "programmed") == Some(25.0));

    fs::write(place.file(), &place.text).unwrap();
    console.until("the mended file", |text| cell(text, "canary", "programmed") == Some(10.0));
    assert_eq!(answers(), 200);
    quits(console);
}

#[test]
fn nothing_is_written_over_a_change_that_the_diff_did_not_show() {
    let place = Place::new("race");
    let mut console = place.console(&[]);
    console.press("G=20\ra");
    console.sees("Enter write it");
    let theirs = place.text.replace("# the end", "# theirs");
    fs::write(place.file(), &theirs).unwrap();
    console.press("\r");
    console.until("a refusal or a new question", |text| text.contains("changed"));
    assert_eq!(place.read(), theirs);
    console.signal("TERM");
    console.ends();
}

#[test]
fn read_only_moves_nothing_and_says_why() {
    let place = Place::new("look");
    let mut console = place.console(&["--read-only"]);
    let screen = console.sees("READ-ONLY");
    assert!(!screen.contains("WRITE "), "{screen}");
    console.press("GLLa");
    console.sees("read-only: nothing is written");
    console.press("u");
    console.sees("undo: read-only");
    assert_eq!(place.read(), place.text);
    console.signal("TERM");
    console.ends();
}

/// The first address on loopback that a listener got.
fn address(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.contains("▸ http") && line.contains("127.0.0."))?;
    Some(line.split_whitespace().find(|word| word.starts_with("127.0.0."))?.to_owned())
}
