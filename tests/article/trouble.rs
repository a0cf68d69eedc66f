//! The article's chapter on trouble: condition, reason and message, as `describe` and `get` tell them.

use serde_json::Value;

use crate::{files, program::cutover};

/// A condition of a route's only parent.
#[track_caller]
fn condition(more: &[&str], name: &str, kind: &str) -> Value {
    let mut arguments = vec!["describe", "httproute", name, "-o", "json"];
    arguments.extend(more);
    let run = cutover(&arguments);
    let found = run.json()["cutover"]["parents"][0]["conditions"].clone();
    let found = found.as_array().unwrap_or_else(|| panic!("no conditions: {run:#?}"));
    found.iter().find(|one| one["type"] == kind).unwrap_or_else(|| panic!("no {kind}: {run:#?}")).clone()
}

#[track_caller]
fn assert_condition(found: &Value, status: &str, reason: &str, words: &[&str]) {
    assert_eq!((&found["status"], &found["reason"]), (&status.into(), &reason.into()), "{found:#}");
    for word in words {
        assert!(found["message"].as_str().unwrap().contains(word), "`{word}` is not in {found:#}");
    }
    assert!(!found["cure"].as_str().unwrap_or("").is_empty(), "no cure: {found:#}");
}

#[test]
fn a_route_that_the_listener_does_not_allow() {
    let more =
        ["-f", "tests/article/trouble/gateway-own-namespace.yaml", "-f", "examples/article/my-app.yaml"];
    let accepted = condition(&more, "production/my-app", "Accepted");
    assert_condition(&accepted, "False", "NotAllowedByListeners", &["production"]);

    let mut arguments = vec!["describe", "httproute", "my-app"];
    arguments.extend(more);
    let page = cutover(&arguments);
    assert_eq!(page.code, 0, "{page:#?}");
    assert!(page.stdout.contains("✗ Accepted False NotAllowedByListeners"), "{}", page.stdout);
    assert!(page.stdout.contains("fix:"), "{}", page.stdout);
}

#[test]
fn a_certificate_that_is_missing_is_told_where_nothing_is_assumed() {
    let conditions = |strict: bool| {
        let mut arguments =
            vec!["get", "gateway", "prod-gateway", "-o", "json", "-f", "examples/article/gateway.yaml"];
        arguments.extend(["-f", "tests/article/trouble/class.yaml"]);
        arguments.extend(strict.then_some("--strict"));
        let run = cutover(&arguments);
        let found = run.json()["cutover"]["listeners"][0]["conditions"].clone();
        found.as_array().unwrap_or_else(|| panic!("no conditions: {run:#?}")).clone()
    };
    let of =
        |conditions: &[Value], kind: &str| conditions.iter().find(|one| one["type"] == kind).unwrap().clone();
    let strict = conditions(true);
    let resolved = of(&strict, "ResolvedRefs");
    assert_condition(&resolved, "False", "InvalidCertificateRef", &["wildcard-tls", "infra"]);
    assert_eq!(of(&strict, "Programmed")["status"], "False");
    assert_eq!(
        of(&conditions(false), "Programmed")["status"],
        "True",
        "a rehearsal makes one up and says so"
    );
}

#[test]
fn a_hostname_that_meets_no_listener() {
    let more = ["-f", "examples/article/gateway.yaml", "-f", "tests/article/trouble/other-hostname.yaml"];
    let accepted = condition(&more, "production/my-app", "Accepted");
    assert_condition(&accepted, "False", "NoMatchingListenerHostname", &["app.other.com"]);
}

#[test]
fn a_backend_of_another_namespace_without_a_grant() {
    let files = files(&["cross-namespace.yaml"]);
    let more: Vec<_> = files.iter().map(String::as_str).collect();
    let resolved = condition(&more, "production/cross-ns-route", "ResolvedRefs");
    assert_condition(&resolved, "False", "RefNotPermitted", &["database"]);

    let mut with_grant = more.clone();
    with_grant.extend(["-f", "examples/article/referencegrants.yaml"]);
    assert_eq!(condition(&with_grant, "production/cross-ns-route", "ResolvedRefs")["status"], "True");
}

#[test]
fn a_request_that_goes_nowhere_is_explained() {
    let files = files(&["my-app.yaml"]);
    let mut arguments = vec!["explain", "GET", "https://other.example.com/", "-o", "json"];
    arguments.extend(files.iter().map(String::as_str));
    let run = cutover(&arguments);
    assert_eq!(run.code, 0, "an answer is no failure: {run:#?}");
    let value = run.json();
    assert_eq!((&value["outcome"], &value["status"]), (&"refuse".into(), &404.into()), "{value:#}");
    let misses = value["near_misses"].to_string();
    assert!(misses.contains("my-app"), "the route with another hostname is a near miss: {misses}");
}
