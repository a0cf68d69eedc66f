//! Whole objects against the schemas: tables of cases, each with its reason.

mod builtin;
mod gateways;
mod routes;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    rules::{self, How},
    table::TABLE,
    validate,
};
use crate::resource::{Key, Kind, Meta, Object, Problem, Severity};

/// An object, and the codes and fields of what is wrong with it.
struct Case {
    object: Value,
    wrong: Vec<(&'static str, String)>,
    why: &'static str,
}

impl Case {
    fn good(object: Value, why: &'static str) -> Self {
        Self { object, wrong: Vec::new(), why }
    }

    fn bad(code: &'static str, field: &str, object: Value, why: &'static str) -> Self {
        Self { object, wrong: vec![(code, field.to_owned())], why }
    }

    fn and(mut self, code: &'static str, field: &str) -> Self {
        self.wrong.push((code, field.to_owned()));
        self
    }
}

fn cases() -> Vec<Case> {
    [
        routes::limits(),
        routes::rules(),
        routes::filters(),
        routes::others(),
        gateways::gateways(),
        gateways::others(),
        builtin::metadata(),
        builtin::kinds(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn gateway_api(version: &str, kind: &str, spec: Value) -> Value {
    let api_version = format!("gateway.networking.k8s.io/{version}");
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a", "namespace": "shop"}, "spec": spec})
}

fn http(spec: Value) -> Value {
    gateway_api("v1", "HTTPRoute", spec)
}

fn rule(rule: Value) -> Value {
    http(json!({"rules": [rule]}))
}

fn object(value: &Value) -> Object {
    let word = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = Kind::from_api(&word("/apiVersion"), &word("/kind"));
    Object {
        key: Key::new(kind, word("/metadata/namespace"), word("/metadata/name")),
        api_version: word("/apiVersion").into(),
        meta: Meta::default(),
        text: value.to_string().into(),
        origin: None,
        assumed: false,
    }
}

fn found(problems: &[Problem]) -> Vec<(&'static str, String)> {
    let mut found: Vec<_> =
        problems.iter().map(|problem| (problem.code, problem.field.clone().unwrap_or_default())).collect();
    found.sort();
    found
}

#[test]
fn each_limit_and_each_rule_is_held_and_nothing_else_is_told() {
    let mut failures = Vec::new();
    for mut case in cases() {
        let problems = validate(&object(&case.object));
        case.wrong.sort();
        if found(&problems) != case.wrong {
            failures.push(format!(
                "{}\n  {}\n  expected {:?}\n  found {problems:#?}",
                case.why, case.object, case.wrong
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn every_problem_says_what_is_wrong_in_the_house_style_and_shows_no_secret() {
    for case in cases() {
        for problem in validate(&object(&case.object)) {
            let message = &problem.message;
            assert!(!message.is_empty() && !message.ends_with('.'), "{message}");
            let first = message.split_whitespace().next().unwrap();
            // A name of the API keeps its capitals.
            let capitals = first.chars().filter(|c| c.is_uppercase()).count();
            assert!(capitals != 1 || !first.starts_with(|c: char| c.is_uppercase()), "{message}");
            assert_eq!(problem.object.as_ref(), Some(&object(&case.object).key));
            assert!(!format!("{problem:?}").contains("hunter2"), "{problem:?}");
        }
    }
}

/// The rows of `docs/problems.md` under the heading of this room: code and severities.
fn documented() -> BTreeSet<(String, String)> {
    let text = include_str!("../../../../docs/problems.md");
    let section = text.split("\n## ").find(|section| section.starts_with("What an API server says"));
    let rows = section.unwrap().lines().filter_map(|line| line.strip_prefix("| `"));
    rows.flat_map(|row| {
        let (code, rest) = row.split_once("` | ").unwrap();
        let severities = rest.split(" | ").next().unwrap();
        severities.split(", ").map(|severity| (code.to_owned(), severity.to_owned())).collect::<Vec<_>>()
    })
    .collect()
}

#[test]
fn every_code_is_documented_and_every_documented_code_is_told_for_some_case() {
    let told: BTreeSet<(String, String)> = cases()
        .iter()
        .flat_map(|case| validate(&object(&case.object)))
        .map(|problem| {
            let severity = match problem.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "info",
            };
            (problem.code.to_owned(), severity.to_owned())
        })
        .collect();
    assert_eq!(told, documented());
}

#[test]
fn every_rule_of_the_crds_is_held_or_named_as_not_held() {
    for (name, text) in &TABLE.rules {
        let found: Vec<_> = rules::all().filter(|rule| rule.name == name).collect();
        assert_eq!(found.len(), 1, "{name}: {} ({})", text.message, text.rule);
    }
    let codes: BTreeSet<String> = documented().into_iter().map(|(code, _)| code).collect();
    for rule in rules::all() {
        assert!(TABLE.rules.contains_key(rule.name), "{} is no rule of the table (any more)", rule.name);
        match &rule.how {
            How::Check(check) => assert!(codes.contains(check.code), "{} is documented", check.code),
            How::Table(code) => assert!(codes.contains(*code), "{code} is documented"),
            How::Not(why) => assert!(!why.is_empty(), "{} has a reason", rule.name),
        }
    }
}

#[test]
fn every_check_is_set_off_by_some_case() {
    let told: BTreeSet<&str> =
        cases().iter().flat_map(|case| validate(&object(&case.object))).map(|problem| problem.code).collect();
    for rule in rules::all() {
        if let How::Check(check) = &rule.how {
            assert!(told.contains(check.code), "{} ({})", check.code, rule.name);
        }
    }
}

#[test]
fn of_the_standard_channel_only_two_rules_are_not_held() {
    let standard = |name: &str| TABLE.rules.get(name).is_some_and(|text| !text.experimental);
    let open: Vec<_> = rules::all()
        .filter(|rule| matches!(rule.how, How::Not(_)) && standard(rule.name))
        .map(|rule| rule.name)
        .collect();
    assert_eq!(open, ["98c5487a", "99e57335"], "immutability, and an address in a status");
}

#[test]
fn a_status_from_a_file_is_not_judged() {
    let mut route = http(json!({}));
    route["status"] = json!({"parents": "nonsense"});
    assert_eq!(validate(&object(&route)), []);
}

#[test]
fn a_hostile_list_costs_no_more_than_its_limit() {
    let ports: Value = (0..100_000).map(|_| json!({"name": "", "port": -1})).collect();
    let problems = validate(&object(&rule(json!({"backendRefs": ports}))));
    assert!(problems.iter().any(|problem| problem.code == "too-many"));
    assert!(problems.len() < 100, "{}", problems.len());
}
