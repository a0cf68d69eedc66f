//! Manifests as people write them: read from files, held against the schemas, with file and line of what is wrong.
//!
//! `tests/manifests/valid.yaml` must be clean. In `tests/manifests/refused.yaml` each document says in its first
//! line what is to be told of it: `# CODE FIELD LINE-OF-THE-OBJECT…`, one comment a problem.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use cutover::{
    resource::{Severity, schema},
    source::{Input, Manifests},
};

fn open(name: &str) -> cutover::source::Loaded {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifests").join(name);
    let (_, loaded) = Manifests::open(&[Input::Path(path)]).unwrap();
    assert_eq!(loaded.problems, [], "{name} is sound YAML without duplicates");
    loaded
}

#[test]
fn what_an_api_server_takes_is_taken_without_a_word() {
    let loaded = open("valid.yaml");
    assert!(loaded.objects.len() >= 20, "{}", loaded.objects.len());
    for object in &loaded.objects {
        assert_eq!(schema::validate(object), [], "{}", object.key);
    }
}

#[test]
fn what_an_api_server_refuses_is_told_with_object_field_and_line() {
    let loaded = open("refused.yaml");
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifests/refused.yaml"))
            .unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(loaded.objects.len() >= 20, "{}", loaded.objects.len());
    for object in &loaded.objects {
        let line = object.origin.as_ref().unwrap().line;
        // The comments that stand right above the object's first key.
        let mut expected: Vec<(String, String)> = lines[..line as usize - 1]
            .iter()
            .rev()
            .map_while(|line| line.strip_prefix("# "))
            .map(|comment| {
                let (code, field) = comment.split_once(' ').unwrap();
                (code.to_owned(), field.to_owned())
            })
            .collect();
        let problems = schema::validate(object);
        let mut found: Vec<(String, String)> = problems
            .iter()
            .map(|problem| (problem.code.to_owned(), problem.field.clone().unwrap_or_default()))
            .collect();
        expected.sort();
        found.sort();
        assert!(!expected.is_empty(), "line {line}: no comment says what is wrong");
        assert_eq!(found, expected, "line {line}: {problems:#?}");
        for problem in &problems {
            assert_eq!(problem.line, Some(line));
            assert!(problem.file.as_ref().is_some_and(|file| file.ends_with("refused.yaml")));
            assert_eq!(problem.severity, Severity::Error, "{problem:?}");
            assert!(!problem.fix.is_empty() || problem.code == "bad-pattern", "{problem:?}");
        }
    }
}

#[test]
fn a_secret_that_is_no_base64_is_told_without_its_value() {
    let loaded = open("secret.yaml");
    let problems: Vec<_> = loaded.objects.iter().flat_map(|object| schema::validate(object)).collect();
    assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["bad-base64"]);
    assert!(!format!("{:?} {problems:?}", loaded.objects).contains("correct-horse"), "{problems:?}");
}
