//! The canary screen on a user's own file: a preset, a plan of steps by the clock, held, taken back, ended; and the file's
//! weights at each of these.

use std::{fs, path::PathBuf};

use tempfile::TempDir;

use crate::terminal::{Console, cell};

const SHOP: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: steps, namespace: shop }
spec:
  gatewayClassName: cutover
  listeners: [{ name: http, port: 80, protocol: HTTP }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: app, namespace: shop }
spec:
  parentRefs: [{ name: steps }]
  rules:
  - backendRefs:
    - { name: app-stable, port: 80, weight: 90 } # everybody
    - { name: app-canary, port: 80, weight: 10 } # a few
";

struct Place {
    home: TempDir,
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { home: tempfile::tempdir().unwrap(), folder: tempfile::tempdir().unwrap() };
        fs::write(place.file(), SHOP).unwrap();
        place
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("shop.yaml")
    }

    /// Nothing but two numbers of the file is ever changed.
    #[track_caller]
    fn holds(&self, stable: u32, canary: u32) {
        let text = SHOP.replace("weight: 90", &format!("weight: {stable}"));
        let text = text.replace("weight: 10", &format!("weight: {canary}"));
        assert_eq!(fs::read_to_string(self.file()).unwrap(), text);
    }
}

fn at(percent: f64) -> impl Fn(&str) -> bool {
    move |text| cell(text, "app-canary", "programmed") == Some(percent)
}

#[test]
fn a_plan_goes_by_the_clock_is_held_taken_back_and_ended_and_the_file_follows() {
    let place = Place::new();
    let folder = place.folder.path().to_str().unwrap();
    let mut console = Console::start(place.home.path(), &["rehearse", "-f", folder, "--load", "0"]);
    console.sees("Overview");
    console.press("4\r");
    console.until("the weights", at(10.0));

    console.press("Gs");
    console.sees("share of app-canary");
    console.press("6");
    console.sees("10 ▸ 50");
    place.holds(90, 10);
    console.press("a");
    console.sees("Enter write it");
    console.press("\r");
    console.until("the preset", at(50.0));
    place.holds(50, 50);

    console.press("p");
    console.sees("steps of app-canary");
    console.press("\x1560,75,100 every 1s");
    console.until("all steps while typing", |text| text.contains("25 / 75") && text.contains("0 / 100"));
    console.press("\r");
    console.sees("asked once, for all steps");
    place.holds(50, 50);
    console.press("\r");
    console.until("the end of the plan", |text| at(100.0)(text) && text.contains("100 ●  done"));
    place.holds(0, 100);

    console.press("N");
    let back = console.until("the step before", |text| at(75.0)(text) && text.contains("held"));
    assert!(back.contains("75 ●  100  held: went back a step"), "{back}");
    place.holds(25, 75);
    console.press("x");
    console.until("the weights of the start", |text| at(50.0)(text) && text.contains("aborted"));
    place.holds(50, 50);

    console.press("p");
    console.sees("steps of app-canary");
    console.press("\x1560,80 by key\r");
    console.sees("asked once, for all steps");
    console.press("\r");
    console.until("the first step", |text| at(60.0)(text) && text.contains("waits for n"));
    console.press("1");
    console.until("another screen, and the plan's word", |text| {
        text.contains("Needs you") && text.contains("plan 60 %")
    });
    let theirs = SHOP.replace("weight: 90", "weight: 30").replace("weight: 10", "weight: 70");
    fs::write(place.file(), theirs).unwrap();
    console.sees("plan held at 60 %");
    console.press("4\r");
    let held = console.until("their weights", at(70.0));
    assert!(held.contains("held: changed outside of the plan: app-stable:80 is 30, not 40"), "{held}");
    place.holds(30, 70);

    console.press("q");
    console.sees("A plan runs; its next steps will not be made");
    console.press("\x1b");
    console.until("no dialog", |text| !text.contains("A plan runs;"));
    console.press("x");
    console.until("the weights of the start", |text| at(50.0)(text) && text.contains("aborted"));
    place.holds(50, 50);
    let journal = fs::read_to_string(place.home.path().join("state/cutover/journal.jsonl")).unwrap();
    let steps =
        ["(step 1 of 3)", "(step 3 of 3)", "(back to step 2 of 3)", "(plan aborted)", "(step 1 of 2)"];
    for step in steps {
        assert!(journal.contains(step), "{step} is in the journal: {journal}");
    }
    console.press("q");
    assert_eq!(console.ends().code, 0);
}
