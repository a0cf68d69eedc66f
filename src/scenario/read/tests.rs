//! Scenarios as people write them, and every mistake with its line.

use super::*;
use crate::{
    rehearsal::{Fault, SideFault},
    routing::Side,
    scenario::model::{Action, Command, Hosts, Span, Unit, Wait},
};

const WHOLE: &str = "
name: all of it
about: >
  Every step there is.
ttl: 5m
clients:
  count: 50
  speed: 10
  mix: {obey: 60%, sloppy: 40, jvm: 0}
  kinds:
    sloppy: {floor: 10m, retries: true, pool: 3, keep: {idle: 30s, requests: 100, age: 1h}}
steps:
  - load: 200/s
  - load: {rate: 20, connections: 4}
  - ttl: 30
  - {ttl: {is: 1m, hosts: [shop.example]}, as: lowered}
  - switch: new
    as: switched
  - switch: {to: old, hosts: '*.shop.example', wave: 12%}
  - rollback: all
  - hold: [a.example, B.example.]
  - fault: {backend: shop/web, is: 503 20% +200ms}
  - fault: {side: new, is: certificate-missing}
  - fault: {side: old, is: 503 5%, hosts: [a.example]}
  - fault: {side: new, is: off}
  - wait: 1m30s
  - wait: 2 TTL
  - wait: {until: old-share, at-most: 5%, limit: 1m, over: 5s}
criteria:
  - {what: new-5xx, at-most: 1%}
  - {what: 5xx-difference, at-most: 0.5%, from: lowered, until: switched}
  - {what: old-share, at-most: 10%, after-ttls: 2}
  - {what: new-p95, at-most: 250ms}
  - {what: failed-at-swaps, at-most: 0}
  - {what: new-failed, at-least: 1}
";

#[test]
fn a_whole_scenario_is_read() {
    let scenario = read(WHOLE).unwrap();
    assert_eq!((&*scenario.name, &*scenario.about), ("all of it", "Every step there is."));
    assert_eq!(scenario.ttl, Duration::from_mins(5));
    assert_eq!((scenario.clients.count, scenario.clients.speed), (50, 10.0));
    assert_eq!(scenario.clients.mix.to_string(), "obey=60,sloppy=40");
    let sloppy = scenario.clients.mix.kinds().last().unwrap();
    assert_eq!(sloppy.to_string(), "TTL, at least 600s; 3 connections, idle 30s, 100 requests, age 3600s");
    assert!(sloppy.retries);
    let told: Vec<_> = scenario.steps.iter().map(|step| format!("{} {}", step.line, step.action)).collect();
    assert_eq!(
        told,
        [
            "13 load: 200 requests/s over 256 connections at most",
            "14 load: 20 requests/s over 4 connections at most",
            "15 TTL of all hosts: 30 s",
            "16 TTL of shop.example: 60 s",
            "17 switch all hosts to the new side",
            "19 switch 12 % of *.shop.example to the old side",
            "20 roll back all hosts",
            "21 hold a.example, b.example",
            "22 fault of shop/web: 503 20% +200ms",
            "23 fault of the new side for all hosts: certificate-missing",
            "24 fault of the old side for a.example: 503 5%",
            "25 no fault of the new side any more for all hosts",
            "26 wait 90s",
            "27 wait 2 TTL",
            "28 wait until old-share ≤ 5 %, at most 60s",
        ]
    );
    assert_eq!(scenario.steps[3].label.as_deref(), Some("lowered"));
    assert_eq!(scenario.steps[13].action, Action::Wait(Wait::For(Span::Ttls(2.0))));
    let fault: Fault = "503 5%".parse().unwrap();
    let hosts = Hosts::Some(vec!["a.example".to_owned()]);
    let wanted = Action::Do(Command::Side { side: Side::Old, fault: Some(SideFault::Answers(fault)), hosts });
    assert_eq!(scenario.steps[10].action, wanted);
    let told: Vec<_> = scenario
        .criteria
        .iter()
        .map(|criterion| format!("{} {}", criterion.what, criterion.bound.show(criterion.what.unit())))
        .collect();
    let wanted = [
        "new-5xx ≤ 1 %",
        "5xx-difference ≤ 0.5 %",
        "old-share ≤ 10 %",
        "new-p95 ≤ 250 ms",
        "failed-at-swaps ≤ 0",
        "new-failed ≥ 1",
    ];
    assert_eq!(told, wanted);
    assert_eq!(scenario.criteria[2].after_ttls, Some(2.0));
    assert_eq!(Unit::Count.show(3.0), "3");
}

#[test]
fn each_mistake_is_told_with_its_line() {
    let cases: [(&str, &[&str]); 24] = [
        ("", &["1: nothing is in the file"]),
        ("- a", &["1: a scenario is a mapping, not a list"]),
        ("steps: []", &["1: no step; `steps` is a list of what is done, like `- load: 100`"]),
        ("steps: [{load: 1}]\nstesp: []", &["2: a scenario has no `stesp`; did you mean `steps`?"]),
        ("steps:\n- laod: 1", &["2: a step has no `laod`; did you mean `load`?"]),
        ("steps:\n- {}", &["2: a step does one of load, ttl, switch, rollback, hold, fault, wait"]),
        ("steps:\n- {load: 1, wait: 1s}", &["2: a step does one thing; `load` and `wait` are two"]),
        ("steps:\n- load: fast", &["2: `load`: a rate is requests a second, `200` or `200/s`, not `fast`"]),
        (
            "steps:\n- wait: {until: old-share, at-most: 5%}",
            &["2: this waits for ever when it does not come true; give `limit`, like `limit: 60s`"],
        ),
        (
            "steps:\n- wait: {until: old-share, limit: 5s}",
            &["2: give `at-most` or `at-least` for old-share, one of them"],
        ),
        (
            "steps:\n- wait: {until: old-shore, at-most: 5%, limit: 5s}",
            &["2: `until`: nothing is measured that is called `old-shore`; did you mean `old-share`?"],
        ),
        (
            "steps:\n- wait: 5x",
            &["2: `wait`: a time is `500ms`, `30s`, `1m30s` or `2h`, up to a day, not `5x`; or `2 TTL`"],
        ),
        (
            "steps:\n- wait: 25h",
            &["2: `wait`: a time is `500ms`, `30s`, `1m30s` or `2h`, up to a day, not `25h`; or `2 TTL`"],
        ),
        ("steps:\n- switch: {hosts: all}", &["2: `switch` needs `to`: `old` or `new`"]),
        ("steps:\n- switch: neu", &["2: `switch`: a side is `old` or `new`, not `neu`"]),
        (
            "steps:\n- switch:\n    to: new\n    hosts: [a b]\n    wave: 200%",
            &["4: `a b` is no hostname", "5: `wave`: a share is `0%` to `100%`, not `200%`"],
        ),
        ("steps:\n- hold: []", &["2: no host is named; write `all` or a list of hostnames"]),
        ("steps:\n- ttl: 1.5s", &["2: `ttl`: a TTL is whole seconds, like `30s`, not `1.5s`"]),
        (
            "steps:\n- fault: {is: down}",
            &["2: a fault is of a `backend` (`NAMESPACE/SERVICE`) or of a `side` (`old`, `new`)"],
        ),
        (
            "steps:\n- fault: {backend: web, is: down, hosts: all}",
            &[
                "2: `backend`: a backend is `NAMESPACE/SERVICE`, like `shop/web`, not `web`",
                "2: a backend's fault is for all; `hosts` are of a side's",
            ],
        ),
        (
            "steps: [{load: 1, as: x}]\ncriteria:\n- {what: failed, at-most: 0, from: y}",
            &["3: no step is labelled `y`; write `as: y` beside one"],
        ),
        ("steps:\n- {load: 1, as: x}\n- {load: 2, as: x}", &["3: label `x` is given in line 2 already"]),
        (
            "clients: {mix: 'obey=1,firefox=2', speed: 0, cuont: 5}\nsteps: [{load: 1}]",
            &[
                "1: `firefox` is no kind of client; there are `obey`, `browser`, `jvm`, `pool` and `forever`",
                "1: `clients` has no `cuont`; did you mean `count`?",
                "1: `speed`: a speed is a number from 0.01 to 1000, not `0`",
            ],
        ),
        ("steps: [{load: 1}]\nname: a\nname: b", &["3: `name` stands here again; the first is in line 2"]),
    ];
    for (text, wanted) in cases {
        let mut told: Vec<_> = read(text)
            .err()
            .unwrap_or_default()
            .iter()
            .map(|mistake| format!("{}: {}", mistake.line, mistake.message))
            .collect();
        // Of one line in no order.
        told.sort();
        let mut wanted = wanted.to_vec();
        wanted.sort_unstable();
        assert_eq!(told, wanted, "{text}");
    }
}

#[test]
fn a_second_scenario_in_the_file_and_broken_yaml_are_told() {
    let told = |text: &str| {
        read(text).unwrap_err().first().map(|mistake| (mistake.line, mistake.message.clone())).unwrap()
    };
    assert_eq!(told("steps: [{load: 1}]\n---\nsteps: []").1, "a second document: a file holds one scenario");
    assert_eq!(told("steps: [").0, 1);
}

#[test]
fn what_a_side_can_do_wrong_has_names() {
    let cases = [
        ("off", "none"),
        ("certificate-other-name", "certificate-other-name"),
        ("route-missing", "route-missing"),
        ("backend-unreachable", "backend-unreachable"),
        ("body-limit 1kB", "body-limit 1000B"),
        ("timeout 500ms", "timeout 500ms"),
        ("dns-alternates", "dns-alternates"),
        ("resolver-ignores-ttl", "resolver-ignores-ttl"),
        ("down", "down"),
        ("+1s", "+1s"),
    ];
    for (typed, wanted) in cases {
        let read = values::side_fault(typed).unwrap();
        assert_eq!(read.map_or_else(|| "none".to_owned(), |fault| fault.to_string()), wanted);
    }
    for wrong in ["certificate-missing 5%", "off 5", "body-limit", "timeout", "certificate"] {
        assert!(values::side_fault(wrong).is_err(), "{wrong}");
    }
}
