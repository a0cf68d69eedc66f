//! Scenarios that are wrong, and those that can not go on.

use std::path::Path;

use serde_json::Value;

use crate::{
    manifests,
    program::{Run, cutover},
};

fn play(text: &str, name: &str, more: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let (file, scenario) = (manifests(folder.path(), name), folder.path().join("scenario.yaml"));
    std::fs::write(&scenario, text).unwrap();
    let told = |path: &Path| path.to_str().unwrap().to_owned();
    let (file, scenario) = (told(&file), told(&scenario));
    let usual = [
        "rehearse",
        "--no-tui",
        "--admin",
        "127.0.0.1:0",
        "-f",
        &file,
        "--scenario",
        &scenario,
        "--workers",
        "1",
    ];
    cutover(&[&usual[..], more].concat())
}

#[test]
fn what_is_wrong_is_told_with_its_line_all_at_once_before_anything_is_served() {
    let cases: [(&str, &[&str], &str); 5] = [
        (
            "nam: x\nsteps:\n  - load: 1\n    after: 2s\n  - wait: soon\n",
            &[
                "scenario.yaml:1: a scenario has no `nam`; did you mean `name`?",
                "scenario.yaml:4: a step has no `after`",
                "scenario.yaml:5: `wait`: ",
            ],
            "unknown keys, and a time that is none",
        ),
        (
            "steps:\n  - load: 1\n  - wait: {until: old-share, at-most: 5%}\n",
            &[
                "scenario.yaml:3: this waits for ever when it does not come true; give `limit`, like `limit: 60s`",
            ],
            "it waits for ever",
        ),
        (
            "steps:\n  - load: 1\n  - wait: {until: off-expected, at-most: 5%, limit: 5s}\n",
            &["scenario.yaml:3: what is expected is known at the end: `off-expected` is for criteria"],
            "it could never come true",
        ),
        ("", &["scenario.yaml:1: nothing is in the file"], "an empty file"),
        ("steps: [{load: 1}\n", &["scenario.yaml:1: unclosed bracket"], "no YAML"),
    ];
    for (text, messages, why) in cases {
        let run = play(text, "bad", &[]);
        assert_eq!((run.code, &*run.stdout), (2, ""), "{why}: {run:?}");
        for message in messages {
            assert!(run.stderr.contains(message), "{why}: {message}\n{}", run.stderr);
        }
    }
    let absent = cutover(&["rehearse", "--no-tui", "-f", "examples/bookshop", "--scenario", "/nowhere.yaml"]);
    assert_eq!(absent.code, 2, "{absent:?}");
    assert!(absent.stderr.contains("/nowhere.yaml can not be read"), "{}", absent.stderr);
}

#[test]
fn what_can_not_be_done_or_does_not_come_stops_the_scenario_at_its_line() {
    let cases = [
        (
            "steps:\n  - load: 20\n  - wait: {until: new-share, at-least: 50%, over: 1s, limit: 2s}\n  - switch: new\n",
            "stopped at line 3: new-share was not ≥ 50 % within 2s",
            "what is waited for does not come",
        ),
        (
            "steps:\n  - switch: {to: new, hosts: [left.scenario.example]}\n",
            "stopped at line 2: left.scenario.example: only the old side serves it",
            "a host of one side",
        ),
        (
            "steps:\n  - switch: {to: new, hosts: [nobody.example]}\n",
            "stopped at line 2: nobody.example: no Ingress and no route has this hostname",
            "a host of no side",
        ),
        (
            "steps:\n  - fault: {backend: shop/nobody, is: down}\n",
            "stopped at line 2: no route sends anything to shop/nobody",
            "a backend of nobody",
        ),
        (
            "name: too good\nsteps: [{load: 20}, {wait: 2s}]\ncriteria: [{what: new-share, at-least: 50%}]\n",
            "scenario `too good`: 1 of 1 criteria failed",
            "a criterion that does not hold",
        ),
    ];
    for (nth, (text, message, why)) in cases.into_iter().enumerate() {
        let run = play(text, &format!("stops-{nth}"), &["-o", "json"]);
        assert_eq!(run.code, 1, "{why}: {run:?}");
        assert!(run.stderr.contains(message), "{why}: {message}\n{}", run.stderr);
        let last: Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
        assert_eq!((&last["event"], &last["passed"]), (&"scenario".into(), &false.into()), "{why}");
    }
}

#[test]
fn clients_and_scenarios_say_what_they_need() {
    let cases: [(&[&str], &str); 5] = [
        (&["--clients", "obey=1"], "--dns"),
        (
            &["--side", "both", "--dns", "127.0.0.1:0", "--clients", "firefox=1"],
            "`firefox` is no kind of client",
        ),
        (&["--side", "both", "--dns", "127.0.0.1:0", "--clients", "obey=1", "--client-speed", "0"], "0"),
        (&["--report", "/tmp/x"], "--scenario"),
        (&["--scenario", "scenarios/waves.yaml", "--load", "5"], "--load"),
    ];
    for (arguments, message) in cases {
        let run = cutover(&[&["rehearse", "--no-tui", "-f", "examples/bookshop"], arguments].concat());
        assert_eq!(run.code, 2, "{arguments:?}: {run:?}");
        assert!(run.stderr.contains(message), "{arguments:?}: {}", run.stderr);
    }
}
