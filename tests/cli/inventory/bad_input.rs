//! Input that is broken or hostile: told, counted as far as it can be, and harmless to a terminal.

use serde_json::json;

use super::{file, ingress, list};
use crate::program::{Run, cutover};

/// Every form of the inventory of these bytes.
fn every_form(name: &str, content: &[u8]) -> Vec<(String, Run)> {
    let path = file(name, content);
    let path = path.to_str().unwrap();
    let forms = ["table", "wide", "json", "yaml", "csv", "markdown", "html"];
    let runs = forms.iter().flat_map(|form| {
        let whole = cutover(&["inventory", "-o", form, "-f", path]);
        let counts = cutover(&["inventory", "annotations", "-o", form, "-f", path]);
        [(format!("{name} {form}"), whole), (format!("{name} annotations {form}"), counts)]
    });
    let runs: Vec<_> = runs.collect();
    for (what, run) in &runs {
        assert!(!run.stderr.contains("panicked"), "{what}: {run:#?}");
        let harmful =
            |c: char| c != '\n' && c != '\r' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
        assert!(
            !run.stdout.contains(harmful) && !run.stderr.contains(harmful),
            "{what}: a terminal is not safe"
        );
    }
    runs
}

#[test]
fn very_many_and_very_long_annotations_are_all_there() {
    let mut annotations = serde_json::Map::new();
    for n in 0..300 {
        annotations.insert(format!("example.com/key-{n:03}"), json!(n.to_string()));
    }
    annotations.insert("example.com/long".to_owned(), json!("x".repeat(256 * 1024)));
    annotations
        .insert("nginx.ingress.kubernetes.io/server-snippet".to_owned(), json!("# a\n".repeat(64 * 1024)));
    let runs = every_form("many.json", &list(&[ingress("a", &json!(annotations))]));
    assert!(runs.iter().all(|(_, run)| run.code == 0));
    let value = runs[4].1.json();
    assert_eq!(value["ingresses"][0]["annotations"].as_array().unwrap().len(), 302);
    assert_eq!(value["ingresses"][0]["annotations"][300]["value"].as_str().unwrap().len(), 256 * 1024);
    assert_eq!(runs[5].1.json().as_array().unwrap().len(), 302);
}

#[test]
fn what_would_move_a_terminal_is_written_out() {
    let nasty = json!({
        "example.com/größe-東京-ключ": "書店",
        "example.com/escape\u{1b}[2J": "\u{1b}]0;title\u{7}\u{9b}31m\r\n\u{202e}txt.exe\u{0}",
        "example.com/markup": "<script>alert(1)</script>|`x`|\n=cmd()",
        "=1+1": "+1",
    });
    let mut item = ingress("a", &nasty);
    item["spec"]["rules"][0]["host"] = json!("a\u{1b}[31m.example.com");
    let runs = every_form("nasty.json", &list(&[item]));
    for (what, run) in &runs {
        assert_eq!(run.code, 0, "{what}: {run:#?}");
        assert!(
            run.stdout.contains("größe-東京-ключ") || what.ends_with("csv") || !what.contains("annotations"),
            "{what}"
        );
    }
    let value = runs[4].1.json();
    let found = value["ingresses"][0]["annotations"].as_array().unwrap();
    let escape = found.iter().find(|one| one["key"] == "example.com/escape\u{1b}[2J").unwrap();
    assert_eq!(
        escape["value"], "\u{1b}]0;title\u{7}\u{9b}31m\r\n\u{202e}txt.exe\u{0}",
        "JSON keeps what it was"
    );
    let html = &runs[12].1.stdout;
    assert!(html.contains("&lt;script&gt;alert(1)") && !html.contains("<script"), "{html}");
    let csv = &runs[9].1.stdout;
    assert!(csv.contains("\r\n'=1+1,"), "no formula: {csv}");
}

#[test]
fn numbers_where_texts_belong_are_told_and_the_rest_counted() {
    let items = [
        ingress("a", &json!({"x/number": 5, "x/true": true, "x/list": [1], "x/null": null, "x/text": "t"})),
        ingress("b", &json!({"x/text": "t"})),
        ingress("c", &json!("no map")),
    ];
    let path = file("numbers.json", &list(&items));
    let path = path.to_str().unwrap();
    let run = cutover(&["inventory", "annotations", "-o", "json", "-f", path]);
    assert_eq!(run.code, 0, "{run:#?}");
    let rows = run.json();
    let count = |key: &str| {
        rows.as_array().unwrap().iter().find(|row| row["key"] == key).map(|row| row["count"].clone())
    };
    assert_eq!(count("x/text"), Some(json!(2)));
    assert_eq!(count("x/number"), Some(json!(1)), "jq counts it too");
    assert_eq!(count("x/null"), Some(json!(1)), "jq counts it too");
    assert!(run.stderr.contains("Ingress shop/a") && run.stderr.contains("x/number"), "{}", run.stderr);

    let run = cutover(&["inventory", "-o", "json", "-f", path]);
    assert_eq!(run.code, 0, "{run:#?}");
    let value = run.json();
    assert_eq!(value["ingresses"].as_array().unwrap().len(), 3);
    let problems = value["problems"].as_array().unwrap();
    let number = problems.iter().find(|one| one["field"] == "metadata.annotations[\"x/number\"]");
    let number = number.unwrap_or_else(|| panic!("{problems:#?}"));
    assert_eq!(number["object"], json!({"kind": "Ingress", "namespace": "shop", "name": "a"}));
    let text = std::fs::read_to_string(path).unwrap();
    let line = text.lines().nth(number["line"].as_u64().unwrap() as usize - 1).unwrap();
    assert!(line.contains("x/number"), "{line}");
}

#[test]
fn what_breaks_off_is_told_with_its_line_and_what_came_before_is_counted() {
    let whole = list(&[ingress("a", &json!({"x/y": "1"})), ingress("b", &json!({"x/y": "2"}))]);
    let half = &whole[..whole.len() - 200];
    let path = file("half.json", half);
    let run = cutover(&["inventory", "annotations", "-o", "json", "-f", path.to_str().unwrap()]);
    assert_eq!(run.code, 2, "{run:#?}");
    assert_eq!(run.json()[0]["count"], 1, "one is whole");
    assert!(
        run.stderr.contains("half.json:") && run.stderr.contains("breaks off inside item 1"),
        "{}",
        run.stderr
    );
    for (name, content) in [
        ("no.json", &b"{\"items\": nothing"[..]),
        ("binary.json", &[0, 1, 2, 3]),
        ("stray.json", br#"{"apiVersion":"v1","items":[7],"kind":"List"}"#),
        ("behind.json", br#"{"apiVersion":"v1","items":[],"kind":"List"} x"#),
        ("empty.json", b""),
        ("brackets.json", b"[[[[[[[[["),
    ] {
        for (what, run) in every_form(name, content) {
            let expected = if name == "empty.json" { 0 } else { 2 };
            assert_eq!(run.code, expected, "{what}: {run:#?}");
        }
    }
}

#[test]
fn an_ingress_may_have_next_to_nothing() {
    let items = [
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "bare"}}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress"}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "null", "annotations": null}, "spec": null}),
        json!({"apiVersion": "v1", "kind": "List", "items": [ingress("inner", &json!({"x/y": "1"}))]}),
    ];
    for (what, run) in every_form("little.json", &list(&items)) {
        assert_eq!(run.code, 2, "one has no name: {what}: {run:#?}");
        assert!(run.stderr.contains("metadata.name"), "{what}: {run:#?}");
    }
    let path = file("little.json", &list(&items));
    let value = cutover(&["inventory", "-o", "json", "-f", path.to_str().unwrap()]).json();
    let names: Vec<_> =
        value["ingresses"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["bare", "null", "inner"]);
}

#[test]
fn ten_thousand_paths_on_one_host_are_no_trouble() {
    let mut item = ingress("wide", &json!({}));
    let path = |n: usize| json!({"path": format!("/p{n}"), "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 80}}}});
    item["spec"]["rules"][0]["http"]["paths"] = (0..10_000).map(path).collect();
    let runs = every_form("paths.json", &list(&[item]));
    assert!(runs.iter().all(|(_, run)| run.code == 0));
    assert!(runs[0].1.stdout.contains("10000"), "{}", runs[0].1.stdout);
}

/// A path as an expression, whether the old side takes it at all, and what it takes.
const EXPRESSIONS: [(&str, &str, &str); 6] = [
    ("/(?!admin)[a-z]+", "/shop", "look-ahead"),
    ("/(?<=/)x[0-9]", "/x1", "look-behind"),
    ("/([a-z])\\1", "/aa", "a back-reference"),
    ("/[a-z]++", "/shop", "possessive"),
    ("/(?>ab|a)c", "/abc", "atomic"),
    ("/(a+)+(a+)+(a+)+b", "", "catastrophic: it takes nothing after so many steps"),
];

#[test]
fn expressions_that_only_pcre_takes_are_matched_and_none_of_them_runs_for_ever() {
    let items: Vec<_> = EXPRESSIONS
        .iter()
        .enumerate()
        .map(|(n, (path, ..))| {
            let mut item =
                ingress(&format!("r{n}"), &json!({"nginx.ingress.kubernetes.io/use-regex": "true"}));
            item["spec"]["rules"][0]["http"]["paths"][0]["path"] = json!(path);
            item["spec"]["rules"][0]["http"]["paths"][0]["pathType"] = json!("ImplementationSpecific");
            item
        })
        .collect();
    let runs = every_form("expressions.json", &list(&items));
    assert!(runs.iter().all(|(_, run)| run.code == 0), "{runs:#?}");
    let path = file("expressions.json", &list(&items));
    for (n, (expression, request, why)) in EXPRESSIONS.iter().enumerate() {
        let long = format!("/{}c", "a".repeat(60));
        let asked = if request.is_empty() { &long } else { *request };
        let url = format!("http://r{n}.example.com{asked}");
        let way =
            cutover(&["explain", "--side", "old", "-o", "json", "-f", path.to_str().unwrap(), "GET", &url]);
        let way = way.json();
        let expected = if request.is_empty() { json!("refuse") } else { json!("forward") };
        assert_eq!(way["outcome"], expected, "{why}: {expression}: {way:#}");
    }
}
