//! Whole outputs of `get`, `describe`, `explain` and `check`, as snapshots.

use crate::{OTHERS, SHOP, program::cutover};

/// The command, its output, and its exit code when it is not 0.
fn page(arguments: &[&str]) -> String {
    let run = cutover(arguments);
    let code = if run.code == 0 { String::new() } else { format!("exit code {}\n", run.code) };
    format!("$ cutover {}\n{}{}{code}", arguments.join(" "), run.stdout, run.stderr)
}

#[test]
fn get_lists_each_kind_with_its_columns() {
    let all = page(&["get", "all", "-f", SHOP, "-f", OTHERS]);
    // The Ingress has an age, and ages grow.
    let all = all.lines().map(|line| match line.find("ingress/old") {
        Some(_) => line.split_whitespace().take(6).collect::<Vec<_>>().join(" "),
        None => line.to_owned(),
    });
    insta::assert_snapshot!(all.collect::<Vec<_>>().join("\n"));
}

#[test]
fn get_wide_adds_columns() {
    let kinds = "gatewayclass,gateway,httproute,service";
    insta::assert_snapshot!(page(&["get", kinds, "-o", "wide", "-f", SHOP]));
}

#[test]
fn get_follows_namespace_labels_and_name() {
    let pages = [
        page(&["get", "svc", "-n", "shop", "-f", SHOP]),
        page(&["get", "httproute", "-l", "app=app", "-f", SHOP]),
        page(&["get", "ns", "-l", "team in (shop,web)", "-f", SHOP]),
        page(&["get", "httproutes", "shop/down", "-f", SHOP]),
        page(&["get", "gtw", "-n", "elsewhere", "-f", SHOP]),
        page(&["get", "widgets,ing", "-n", "shop", "-o", "yaml", "-l", "nobody", "-f", OTHERS]),
    ];
    insta::assert_snapshot!(pages.join("\n"));
}

#[test]
fn get_as_json_keeps_the_object_and_adds_what_we_say() {
    let run = cutover(&["get", "httproute,gateway", "-o", "json", "-f", SHOP]);
    let value = run.json();
    assert_eq!(value["kind"], "List");
    assert_eq!(value["items"].as_array().unwrap().len(), 3);
    insta::assert_snapshot!(page(&["get", "httproute", "app", "-o", "json", "-f", SHOP]));
}

#[test]
fn get_as_yaml_is_the_same_value() {
    insta::assert_snapshot!(page(&["get", "grpcroute", "calls", "-o", "yaml", "-f", SHOP, "-f", OTHERS]));
}

#[test]
fn a_status_of_the_file_stays_apart_from_ours() {
    let value = cutover(&["get", "grpcroute", "calls", "-o", "json", "-f", SHOP, "-f", OTHERS]).json();
    assert_eq!(value["status"]["note"], "written by somebody else");
    assert!(value["cutover"]["parents"].is_array(), "{value:#}");
    let page = cutover(&["describe", "grpcroute", "calls", "-f", SHOP, "-f", OTHERS]).stdout;
    assert!(page.contains("not served yet"), "{page}");
    assert!(page.contains("Status in the file (written by others"), "{page}");
}

#[test]
fn what_a_secret_holds_is_never_printed() {
    for output in ["table", "wide", "json", "yaml"] {
        for command in ["get", "describe"] {
            let run = cutover(&[command, "secret", "password", "-o", output, "-f", OTHERS]);
            assert_eq!(run.code, 0, "{run:#?}");
            for secret in ["aHVudGVyMg", "hunter2", "hunter3"] {
                assert!(!run.stdout.contains(secret), "{command} -o {output}: {}", run.stdout);
            }
        }
    }
    insta::assert_snapshot!(page(&["describe", "secret", "password", "-f", OTHERS]));
}

#[test]
fn text_of_files_can_not_reach_the_terminal_raw() {
    let file = "tests/cli/manifests/hostile.yaml";
    for output in ["table", "wide", "json", "yaml"] {
        for command in [&["get", "svc"][..], &["describe", "svc"], &["check"]] {
            let mut arguments = command.to_vec();
            arguments.extend(["-o", output, "-f", file]);
            let run = cutover(&arguments);
            let raw = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!run.stdout.contains(raw) && !run.stderr.contains(raw), "{arguments:?}: {run:?}");
        }
    }
}

#[test]
fn describe_tells_all_about_a_route() {
    insta::assert_snapshot!(page(&["describe", "httproute", "app", "-f", SHOP]));
}

#[test]
fn describe_tells_all_about_a_gateway() {
    insta::assert_snapshot!(page(&["describe", "gateway", "edge", "-f", SHOP]));
}

#[test]
fn describe_tells_who_is_ready_behind_a_service() {
    insta::assert_snapshot!(page(&["describe", "service", "down", "-f", SHOP]));
}

#[test]
fn describe_shows_kinds_that_nobody_knows() {
    insta::assert_snapshot!(page(&["describe", "widget", "sprocket", "-f", OTHERS]));
}

#[test]
fn explain_tells_the_way_of_a_request() {
    let pages = [
        page(&["explain", "GET", "http://app.example.com/api/v2?x=1", "-H", "X-A: b", "-f", SHOP]),
        page(&["explain", "GET", "http://app.example.com/", "-f", SHOP]),
        page(&["explain", "GET", "http://down.example.com/", "-f", SHOP]),
        page(&["explain", "GET", "http://nobody.example.com/", "-f", SHOP]),
        page(&["explain", "GET", "https://app.example.com/", "-f", SHOP]),
    ];
    insta::assert_snapshot!(pages.join("\n"));
}

#[test]
fn explain_as_json_has_the_members_that_scripts_rely_on() {
    let run = cutover(&["explain", "GET", "http://app.example.com/api/x", "-o", "json", "-f", SHOP]);
    let value = run.json();
    let pick = |name: &str| value[name].clone();
    let contract = [
        "outcome",
        "status",
        "gateway",
        "listener",
        "route",
        "rule",
        "match",
        "filters",
        "backends",
        "near_misses",
    ];
    assert_eq!(members(&run.stdout, 2)[..contract.len()], contract, "in the order of the contract");
    assert_eq!(pick("outcome"), "forward");
    assert_eq!(pick("status"), serde_json::Value::Null);
    assert_eq!(pick("gateway"), "infra/edge");
    assert_eq!(pick("listener"), "http");
    assert_eq!(pick("route"), serde_json::json!({"kind": "HTTPRoute", "namespace": "shop", "name": "app"}));
    assert_eq!((pick("rule"), pick("rule_name")), (0.into(), "split".into()), "a rule's position is from 0");
    let canary = serde_json::json!({"kind": "Service", "namespace": "shop", "name": "app-canary", "port": 8080,
                                    "weight": 10, "share": 0.1, "problem": null});
    assert_eq!(value["backends"][1], canary);
    assert_eq!(value["rewritten"]["path"], "/x");
    for member in ["match", "filters", "near_misses"] {
        assert!(!value[member].is_null(), "{member}: {value:#}");
    }
}

#[test]
fn check_tells_every_problem_with_its_place_and_cure() {
    insta::assert_snapshot!(page(&["check", "-f", SHOP]));
}

#[test]
fn check_as_json_has_the_members_that_scripts_rely_on() {
    let run = cutover(&["check", "-o", "json", "-f", SHOP]);
    let value = run.json();
    let contract = ["severity", "code", "object", "file", "line", "field", "message", "fix"];
    assert_eq!(members(&run.stdout, 6)[..contract.len()], contract, "in the order of the contract");
    let problems = value["problems"].as_array().unwrap();
    let gone = problems.iter().find(|one| one["message"].as_str().unwrap().contains("gone")).unwrap();
    assert_eq!(gone["severity"], "error");
    assert_eq!(gone["object"], serde_json::json!({"kind": "HTTPRoute", "namespace": "shop", "name": "app"}));
    assert_eq!(gone["file"], SHOP);
    let line = std::fs::read_to_string(crate::program::root().join(SHOP)).unwrap();
    let line = line.lines().nth(gone["line"].as_u64().unwrap() as usize - 1).unwrap().to_owned();
    assert!(line.contains("gone"), "the line is that of the field: {line}: {gone:#}");
    for member in ["code", "field", "fix"] {
        assert!(!gone[member].as_str().unwrap().is_empty(), "{member}: {gone:#}");
    }
}

/// The names of the members that stand behind so many blanks, as they come.
fn members(json: &str, indent: usize) -> Vec<&str> {
    let blanks = " ".repeat(indent);
    let named = json.lines().filter_map(|line| line.strip_prefix(&*blanks)?.strip_prefix('"'));
    named.filter_map(|line| Some(line.split_once("\":")?.0)).collect()
}
