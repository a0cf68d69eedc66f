//! What fingers type that know kubectl, and flags in places where they would do nothing.

use std::fs;

use crate::{
    OTHERS, SHOP,
    program::{cutover, cutover_with, home},
};

/// The names in the first columns of a table.
fn rows(arguments: &[&str]) -> Vec<String> {
    let run = cutover(arguments);
    assert_eq!(run.code, 0, "{run:#?}");
    let lines = run.stdout.lines().filter(|line| !line.is_empty() && !line.starts_with("NAME"));
    lines.map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn an_object_can_be_named_as_with_kubectl() {
    let cases: &[(&[&str], &[&str])] = &[
        (&["svc/web"], &["shop web"]),
        (&["svc/shop/web"], &["shop web"]),
        (&["svc", "web", "down"], &["shop web", "shop down"]),
        (&["svc", "web", "shop/web"], &["shop web"]),
        (&["svc/web", "httproute/app"], &["shop service/web", "shop httproute/app"]),
        (&["httproutes.gateway.networking.k8s.io/app"], &["shop app"]),
    ];
    for (what, expected) in cases {
        let arguments = [&["get", "-f", SHOP], *what].concat();
        assert_eq!(rows(&arguments), *expected, "{what:?}");
    }
    assert_eq!(
        rows(&["get", "all", "-n", "nowhere", "-f", SHOP]),
        [""; 0],
        "no namespace, none of its objects"
    );
    let one = cutover(&["get", "svc/web", "-o", "json", "-f", SHOP]).json();
    assert_eq!(one["kind"], "Service", "one that was named stands alone");
    let described = cutover(&["describe", "httproute/app", "svc/web", "-f", SHOP]);
    let kinds: Vec<_> = described.stdout.lines().filter(|line| line.starts_with("Kind:")).collect();
    assert_eq!(kinds.len(), 2, "{described:#?}");
}

#[test]
fn of_several_names_those_that_are_there_are_shown_and_each_other_is_told() {
    let run = cutover(&["get", "svc", "nobody", "web", "noone", "-f", SHOP]);
    assert_eq!(run.code, 1, "{run:#?}");
    assert!(run.stdout.contains("web"), "{run:#?}");
    assert!(run.stderr.contains("`nobody`") && run.stderr.contains("`noone`"), "{run:#?}");
}

#[test]
fn words_that_do_not_go_together_are_refused_with_what_would_be_right() {
    let cases: &[(&[&str], &str)] = &[
        (&["get", "svc,httproute/app"], "KIND/NAME for each"),
        (&["get", "svc/web", "app"], "KIND/NAME for each"),
        (&["get", "svc/"], "KIND/NAME for each"),
        (&["get", "all", "web"], "`cutover get httproute NAME`"),
        (&["get", ","], "`cutover get all`"),
        (&["get", "pods"], "they hold gatewayclasses, gateways"),
        (&["describe", "pod/web"], "they hold gatewayclasses, gateways"),
    ];
    for (arguments, words) in cases {
        let run = cutover(&[*arguments, &["-f", SHOP]].concat());
        assert_eq!(run.code, 2, "{run:#?}");
        assert!(run.stderr.contains(words), "`{words}` is not in {}", run.stderr);
    }
}

#[test]
fn weights_take_the_kind_before_the_name() {
    for route in [&["httproute/app", "-n", "shop"][..], &["httproute/shop/app"], &["shop/app"]] {
        let tail = ["app-canary=25", "--rule", "split", "--dry-run", "-f", SHOP];
        let run = cutover(&[&["weights"], route, &tail].concat());
        assert_eq!(run.code, 0, "{run:#?}");
    }
    let run = cutover(&["weights", "httproute/nobody", "a=1", "--dry-run", "-f", SHOP]);
    assert!(run.code == 1 && run.stderr.contains("HTTPRoute `nobody` not found"), "{run:#?}");
}

#[test]
fn a_flag_that_would_do_nothing_is_refused() {
    let cases: &[(&[&str], &str)] = &[
        (&["--no-tui", "rehearse"], "cutover rehearse --no-tui"),
        (&["--load", "5", "get", "svc"], "--load stands before the command"),
        (&["rehearse", "--no-tui", "-n", "shop"], "-n and -l have no effect"),
        (&["-l", "a=b", "--no-tui"], "-n and -l have no effect"),
        (&["explain", "GET", "http://app.example.com/", "-n", "shop"], "--gateway"),
        (&["weights", "shop/app", "web=1", "-l", "a=b"], "-l has no effect"),
        (&["weights", "shop/app", "web=1", "-o", "json"], "not JSON or YAML"),
    ];
    for (arguments, words) in cases {
        let run = cutover(&[*arguments, &["-f", SHOP]].concat());
        assert_eq!(run.code, 2, "{run:#?}");
        assert!(run.stdout.is_empty() && run.stderr.contains(words), "`{words}` is not in {run:#?}");
    }
}

#[test]
fn what_is_assumed_does_not_drown_what_is_wrong() {
    let service = |at: usize| format!("      - backendRefs: [{{name: s{at}, port: 80}}]\n");
    let rules: String = (0..15).map(service).collect();
    let route = format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: r, namespace: team}}\nspec:\n    rules:\n{rules}"
    );
    let run = cutover_with(&["check", "-f", "-"], route.as_bytes());
    let assumed: Vec<_> = run.stdout.lines().filter(|line| line.contains("assumed-service")).collect();
    assert_eq!(assumed.len(), 1, "{}", run.stdout);
    assert!(assumed[0].contains("Service team/s0, ") && assumed[0].ends_with("and 3 more (-o json has all)"));
    let all = cutover_with(&["check", "-o", "json", "-f", "-"], route.as_bytes()).json();
    let notes = all["problems"].as_array().unwrap().iter().filter(|one| one["code"] == "assumed-service");
    assert_eq!(notes.count(), 15);
}

#[test]
fn a_file_that_can_not_be_written_or_was_never_one_is_told_as_that() {
    let text = fs::read(SHOP).unwrap();
    let arguments = ["weights", "shop/app", "app-canary=25", "--rule", "1", "--yes", "-f"];
    let run = cutover_with(&[&arguments[..], &["-"]].concat(), &text);
    assert_eq!(run.code, 1, "{run:#?}");
    assert!(run.stderr.contains("give the file with -f") && !run.stderr.contains("  fix:"), "{run:#?}");

    let path = home().join("read-only.yaml");
    let _ = fs::remove_file(&path);
    fs::create_dir_all(home()).unwrap();
    fs::write(&path, &text).unwrap();
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let run = cutover(&[&arguments[..], &[path.to_str().unwrap()]].concat());
    assert_eq!(run.code, 1, "{run:#?}");
    assert!(run.stderr.contains("the file is read-only") && run.stderr.contains("permission"), "{run:#?}");
    assert_eq!(fs::read(&path).unwrap(), text);
}

#[test]
fn two_objects_without_a_line_between_them_are_told_as_that() {
    let objects = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n".repeat(2);
    let run = cutover_with(&["check", "-f", "-", "-f", OTHERS], objects.as_bytes());
    assert!(run.stdout.contains("write `---` between them"), "{run:#?}");
}
