//! `cutover preflight`: every point of every hostname, by evidence, for scripts.

use serde_json::Value;

use crate::program::{cutover, cutover_in};

fn points(json: &Value, hostname: &str) -> Vec<(String, String)> {
    let hosts = json["hostnames"].as_array().unwrap();
    let host = hosts.iter().find(|host| host["hostname"] == hostname).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    host["points"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (text(&one["point"]), text(&one["finding"])))
        .collect()
}

#[test]
fn the_bookshop_is_not_ready_and_it_says_why() {
    let run = cutover(&["preflight", "--demo", "-o", "json"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let json = run.json();
    let names: Vec<&str> =
        json["hostnames"].as_array().unwrap().iter().map(|host| host["hostname"].as_str().unwrap()).collect();
    assert!(
        names.contains(&"app.bookshop.example") && !names.contains(&"reviews.bookshop.example"),
        "{names:?}"
    );
    let all = points(&json, "app.bookshop.example");
    let of = |point: &str| all.iter().find(|(name, _)| name == point).unwrap().1.as_str();
    assert_eq!(all.len(), 8, "{all:?}");
    assert_eq!((of("route"), of("differences"), of("probe")), ("green", "red", "green"), "{all:?}");
    assert_eq!((of("ttl"), of("endpoints")), ("unknown", "unknown"), "nobody can say: {all:?}");
    let admin = points(&json, "admin.bookshop.example");
    assert!(admin.contains(&("route".to_owned(), "red".to_owned())), "{admin:?}");
}

#[test]
fn a_hostname_can_be_named_and_points_left_out() {
    let run = cutover(&["preflight", "app.bookshop.example", "--demo", "--except", "probe"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stdout.starts_with("app.bookshop.example   ✗ no\n  ✓ route "), "{}", run.stdout);
    assert!(!run.stdout.contains("probe") && !run.stdout.contains("www."), "{}", run.stdout);
    let alone = ["certificate", "differences", "endpoints", "ttl", "redirects", "way-back", "probe"];
    let mut arguments = vec!["preflight", "app.bookshop.example", "--demo"];
    arguments.extend(alone.iter().flat_map(|point| ["--except", point]));
    let run = cutover(&arguments);
    assert_eq!(
        (run.code, run.stdout.lines().next()),
        (0, Some("app.bookshop.example   ✓ go")),
        "{}",
        run.stdout
    );
}

#[test]
fn what_can_not_be_looked_at_is_an_error() {
    let cases: [(&[&str], i32, &str); 5] = [
        (
            &["preflight", "--demo", "gone.example"],
            1,
            "no Ingress and no route has the hostname `gone.example`",
        ),
        (&["preflight", "--demo", "a_b.example"], 2, "is not 1 to 63"),
        (&["preflight", "--demo", "--except", "luck"], 2, "a point is one of route, certificate"),
        (&["preflight"], 2, "no manifests were named"),
        (&["preflight", "--demo", "-o", "csv"], 2, "csv"),
    ];
    for (arguments, code, words) in cases {
        let run = cutover_in(arguments, &[]);
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(words), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn a_file_of_accepted_differences_that_can_not_be_read_makes_them_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("accepted.toml");
    std::fs::write(&file, "[[accepted]]\nid = 1\n").unwrap();
    let file = file.to_str().unwrap();
    let run =
        cutover(&["preflight", "app.bookshop.example", "--demo", "--except", "probe", "--accepted", file]);
    let line = run.stdout.lines().find(|line| line.contains("differences")).unwrap();
    assert!(
        line.starts_with("  ? differences  what was accepted is not known: ") && line.contains(file),
        "{line}"
    );
}
