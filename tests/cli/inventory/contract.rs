//! The members that scripts may count on.

use super::{ARTICLE, file, ingress, list, many};
use crate::program::{cutover, cutover_with};

/// The names of an object's members, in order of the alphabet.
fn members(value: &serde_json::Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn inventory_as_json_has_the_members_of_its_contract() {
    let value = cutover(&["inventory", "-o", "json", "-f", ARTICLE]).json();
    assert_eq!(members(&value), ["ingresses", "outside", "problems", "refused", "totals"]);
    assert_eq!(value["totals"], serde_json::json!({"simple": 0, "medium": 1, "complex": 0}));
    let one = &value["ingresses"][0];
    for member in [
        "namespace",
        "name",
        "class",
        "controller",
        "complexity",
        "reasons",
        "annotations",
        "traps",
        "source",
    ] {
        assert!(one.get(member).is_some(), "{member}: {one:#}");
    }
    assert_eq!((one["namespace"].as_str(), one["name"].as_str()), (Some("production"), Some("my-app")));
    assert_eq!(one["source"], serde_json::json!({"file": ARTICLE, "line": 1}));
    let annotation = &one["annotations"][0];
    assert_eq!(members(annotation), ["becomes", "key", "problem", "value", "verdict"]);
    assert_eq!(annotation["verdict"], "standard");
}

#[test]
fn annotations_as_json_are_ordered_by_count_and_then_by_key() {
    let items = [
        ingress(
            "a",
            &serde_json::json!({"x/b": "1", "x/a": "1", "nginx.ingress.kubernetes.io/rewrite-target": "/"}),
        ),
        ingress("b", &serde_json::json!({"x/b": "2", "x/c": ""})),
        ingress("c", &serde_json::json!(null)),
    ];
    let path = file("ordered.json", &list(&items));
    let run = cutover(&["inventory", "annotations", "-o", "json", "-f", path.to_str().unwrap()]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let rows = run.json();
    assert_eq!(members(&rows[0]), ["controller", "count", "distinct_values", "key", "namespaces", "verdict"]);
    let keys: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["x/b", "nginx.ingress.kubernetes.io/rewrite-target", "x/a", "x/c"]);
    let first = serde_json::json!(
        {"key": "x/b", "count": 2, "namespaces": 1, "distinct_values": 2, "controller": null, "verdict": "unknown"}
    );
    assert_eq!(rows[0], first);
    assert_eq!(rows[1]["controller"], "ingress-nginx");
}

#[test]
fn the_parts_of_the_counts_say_the_same() {
    let text = many::list(60, 3);
    let run = |flags: &[&str]| {
        let arguments = [&["inventory", "annotations", "-f", "-", "-o", "json"], flags].concat();
        cutover_with(&arguments, text.as_bytes()).json().as_array().unwrap().clone()
    };
    let (keys, users) = (run(&[]), run(&["--users"]));
    let (by_controller, by_ingress) = (run(&["--by-controller"]), run(&["--by-ingress"]));
    for (key, used) in keys.iter().zip(&users) {
        assert_eq!(key["key"], used["key"]);
        assert_eq!(key["count"].as_u64().unwrap() as usize, used["users"].as_array().unwrap().len());
    }
    let all: u64 = keys.iter().map(|key| key["count"].as_u64().unwrap()).sum();
    assert_eq!(by_controller.iter().map(|group| group["count"].as_u64().unwrap()).sum::<u64>(), all);
    assert_eq!(by_ingress.len(), 60, "those without annotations too");
    assert_eq!(by_ingress.iter().map(|one| one["keys"].as_array().unwrap().len() as u64).sum::<u64>(), all);
}

#[test]
fn namespace_labels_prefix_and_names_choose() {
    let text = many::list(200, 5);
    let count = |flags: &[&str]| {
        let arguments = [&["inventory", "-f", "-", "-o", "json"], flags].concat();
        let run = cutover_with(&arguments, text.as_bytes());
        (run.code, run.json()["ingresses"].as_array().unwrap().len())
    };
    let first: serde_json::Value = serde_json::from_str(&text).unwrap();
    let namespace = first["items"][0]["metadata"]["namespace"].as_str().unwrap();
    let (_, team) = count(&["-n", namespace]);
    assert!((1..200).contains(&team), "{team}");
    assert_eq!(count(&["-l", "app.kubernetes.io/name=web"]), (0, 200));
    assert_eq!(count(&["-l", "app.kubernetes.io/name=other"]), (0, 0));
    assert_eq!(count(&["ingress-000003"]), (0, 1));
    let run = cutover_with(&["inventory", "-f", "-", "nobody"], text.as_bytes());
    assert_eq!(run.code, 1, "{run:#?}");
    assert!(run.stderr.contains("Ingress `nobody` not found"), "{}", run.stderr);

    let items = [ingress("a", &serde_json::json!({"edge.example.com/rewrite-target": "/"}))];
    let path = file("prefix.json", &list(&items));
    for (prefix, verdict) in [("edge.example.com", "standard"), ("other.example.com/", "unknown")] {
        let flags = ["--annotations-prefix", prefix, "-o", "json", "-f", path.to_str().unwrap()];
        let one = cutover(&[&["inventory"], &flags[..]].concat()).json();
        assert_eq!(one["ingresses"][0]["annotations"][0]["verdict"], verdict, "{prefix}");
        let counts = cutover(&[&["inventory", "annotations"], &flags[..]].concat()).json();
        assert_eq!(counts[0]["verdict"], verdict, "{prefix}");
    }
}

#[test]
fn exit_codes_say_whether_the_input_could_be_read() {
    let good = file("good.json", &list(&[ingress("a", &serde_json::json!({"x/y": "1"}))]));
    let broken = file("broken.json", b"{\"apiVersion\":\"v1\",\"items\":[{\"kind\":");
    let no_json = file("no.json", b"{nothing");
    let (good, broken, no_json) =
        (good.to_str().unwrap(), broken.to_str().unwrap(), no_json.to_str().unwrap());
    let cases: &[(&[&str], i32, &str)] = &[
        (&["inventory", "-f", good], 0, "done"),
        (&["inventory"], 2, "nothing to read"),
        (&["inventory", "-f", "no/such/file"], 2, "no such file"),
        (&["inventory", "-f", broken], 2, "a list that breaks off"),
        (&["inventory", "annotations", "-f", broken], 2, "the same, counted"),
        (&["inventory", "annotations", "-f", no_json], 2, "neither JSON nor YAML"),
        (&["inventory", "annotations", "-f", "no/such/file"], 2, "no such file"),
        (&["inventory", "annotations", "--users", "--by-ingress", "-f", good], 2, "two shapes at once"),
        (&["inventory", "--annotations-prefix", "a b", "-f", good], 2, "no prefix"),
        (&["get", "all", "-o", "html", "-f", good], 2, "no page of that"),
        (&["inventory", "annotations", "-f", "examples/article"], 0, "a folder of YAML"),
    ];
    for (arguments, code, why) in cases {
        let run = cutover(arguments);
        assert_eq!(run.code, *code, "{why}: {run:#?}");
        assert_eq!(run.code == 2, run.stderr.starts_with("error: "), "{why}: {run:#?}");
    }
}
