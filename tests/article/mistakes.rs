//! What the article gets wrong, told by `check` where a reader would meet it.

use serde_json::Value;

use crate::{files, program::cutover};

/// Problems of a check over the Gateway and these files.
fn check(names: &[&str]) -> Vec<Value> {
    let files = files(names);
    let mut arguments = vec!["check", "-o", "json"];
    arguments.extend(files.iter().map(String::as_str));
    let run = cutover(&arguments);
    assert!(run.code == 0 || run.code == 1, "{run:#?}");
    let problems = run.json()["problems"].as_array().unwrap().clone();
    let told = problems.iter().any(|one| one["severity"] != "info");
    assert_eq!(run.code == 1, told, "1 with errors or warnings, 0 with notes only: {problems:#?}");
    problems
}

/// The one problem of a file whose line in the file holds these words.
#[track_caller]
fn at<'a>(problems: &'a [Value], file: &str, words: &str) -> &'a Value {
    let text = std::fs::read_to_string(crate::program::root().join(file)).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let holds = |one: &&Value| {
        one["file"] == file
            && one["line"]
                .as_u64()
                .is_some_and(|line| lines.get(line as usize - 1).is_some_and(|l| l.contains(words)))
    };
    problems
        .iter()
        .find(holds)
        .unwrap_or_else(|| panic!("nothing is told of `{words}` in {file}: {problems:#?}"))
}

#[test]
fn a_grant_that_is_to_attach_a_route_has_no_effect() {
    let problems = check(&["cross-namespace.yaml", "referencegrants.yaml"]);
    let file = "examples/article/referencegrants.yaml";
    let grant =
        problems.iter().find(|one| one["file"] == file && one["object"]["name"] == "allow-production-routes");
    let grant = grant.unwrap_or_else(|| panic!("nothing is told of the grant: {problems:#?}"));
    let said = format!("{} {}", grant["message"], grant["fix"]);
    assert!(said.contains("allowedRoutes"), "{grant:#}");
    let other = problems.iter().find(|one| one["object"]["name"] == "allow-cross-ns-backend");
    assert!(other.is_none_or(|one| one["severity"] == "info"), "the second grant works: {other:#?}");
}

#[test]
fn braces_are_no_template() {
    let problems = check(&["rewrite-redirect.yaml"]);
    let braces = at(&problems, "examples/article/rewrite-redirect.yaml", "{{ .RemoteAddr }}");
    assert!(braces["message"].as_str().unwrap().contains("{{"), "{braces:#}");
}

#[test]
fn a_redirect_to_where_the_client_is_already_is_a_loop() {
    let problems = check(&["rewrite-redirect.yaml"]);
    let told = problems.iter().filter(|one| one["file"] == "examples/article/rewrite-redirect.yaml");
    let redirect = told.into_iter().find(|one| one["message"].as_str().unwrap().contains("redirect"));
    let redirect = redirect.unwrap_or_else(|| panic!("nothing is told of the redirect: {problems:#?}"));
    assert_ne!(redirect["severity"], "info", "{redirect:#}");
    let said = format!("{} {}", redirect["message"], redirect["fix"]);
    assert!(said.contains("sectionName") || said.contains("listener"), "{redirect:#}");
}

#[test]
fn what_is_assumed_is_told_as_a_note() {
    let problems = check(&["canary.yaml"]);
    let mut assumed: Vec<_> = problems
        .iter()
        .filter(|one| one["code"].as_str().unwrap().starts_with("assumed-"))
        .map(|one| {
            format!("{} {} {}", one["code"], one["object"]["kind"], one["object"]["name"]).replace('"', "")
        })
        .collect();
    assumed.sort();
    let expected = [
        "assumed-gateway-class GatewayClass eg",
        "assumed-namespace Namespace infra",
        "assumed-namespace Namespace production",
        "assumed-secret Secret wildcard-tls",
        "assumed-service Service app-canary",
        "assumed-service Service app-stable",
    ];
    assert_eq!(assumed, expected);
}

#[test]
fn two_files_that_claim_one_host_and_path_are_told_who_wins() {
    let problems = check(&["my-app.yaml", "canary.yaml"]);
    let said =
        problems.iter().filter(|one| one["severity"] != "info").map(Value::to_string).collect::<String>();
    assert!(said.contains("my-app") && said.contains("canary-deployment"), "{problems:#?}");
}
