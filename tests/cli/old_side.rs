//! `explain --side old` held against what `rehearse --side old` does: canaries of every sort, and error pages.

use serde_json::{Value, json};

use crate::{
    client::Client,
    program::{Rehearsal, cutover},
};

const OLD: &str = "tests/cli/manifests/old-side.yaml";

fn explain(arguments: &[&str]) -> String {
    let run = cutover(&[&["explain", "--side", "old", "-f", OLD, "GET"], arguments].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    format!("$ cutover explain --side old GET {}\n{}", arguments.join(" "), run.stdout)
}

fn shares(arguments: &[&str]) -> Vec<(String, f64)> {
    let run = cutover(&[&["explain", "--side", "old", "-o", "json", "-f", OLD, "GET"], arguments].concat());
    let value = run.json();
    let share = |one: &Value| {
        (one["name"].as_str().unwrap().to_owned(), (one["share"].as_f64().unwrap() * 100.0).round())
    };
    value["backends"].as_array().unwrap().iter().map(share).collect()
}

#[test]
fn each_sort_of_canary_is_explained() {
    let pages = [
        explain(&["http://cookie.example.com/", "-H", "Cookie: track=always"]),
        explain(&["http://pattern.example.com/", "-H", "X-Region: eu-west"]),
        explain(&["http://pattern.example.com/", "-H", "X-Region: us-east"]),
        explain(&["http://weight.example.com/"]),
        explain(&["http://errors.example.com/"]),
    ];
    insta::assert_snapshot!(pages.join("\n"));
}

#[test]
fn who_is_said_to_get_a_request_gets_it() {
    // Host, header, and whom it leads to.
    let cases = [
        ("cookie.example.com", None, "stable", "no cookie, and a weight of 0"),
        ("cookie.example.com", Some(("Cookie", "track=always")), "canary", "the cookie says always"),
        ("cookie.example.com", Some(("Cookie", "track=never")), "stable", "the cookie says never"),
        ("cookie.example.com", Some(("Cookie", "track=1")), "stable", "another value says nothing"),
        ("pattern.example.com", None, "old", "no header"),
        ("pattern.example.com", Some(("X-Region", "eu-west")), "european", "the pattern takes it"),
        ("pattern.example.com", Some(("X-Region", "us-eu-1")), "old", "it begins otherwise"),
        ("pattern.example.com", Some(("X-Region", "always")), "old", "with a pattern, the word is no word"),
    ];
    let old = Rehearsal::start(&["--side", "old", "-f", OLD]);
    for (host, header, to, why) in cases {
        let url = format!("http://{host}/");
        let line = header.map(|(name, value)| format!("{name}: {value}"));
        let arguments: Vec<&str> = [Some(url.as_str()), line.as_ref().map(|_| "-H"), line.as_deref()]
            .into_iter()
            .flatten()
            .collect();
        let told: Vec<String> = shares(&arguments)
            .into_iter()
            .filter(|(_, share)| *share == 100.0)
            .map(|(name, _)| name)
            .collect();
        assert_eq!(told, [to], "{why}");
        let headers: Vec<(&str, &str)> = header.into_iter().collect();
        let answer = Client::http(&old.address("http"), host).send("GET", "/", &headers);
        assert_eq!(answer.service(), format!("shop/{to}:80"), "{why}");
    }
    assert_eq!(
        shares(&["http://weight.example.com/"]),
        [("most".to_owned(), 70.0), ("some".to_owned(), 30.0)]
    );
    let mut client = Client::http(&old.address("http"), "weight.example.com");
    let some = (0..400).filter(|_| client.get("/").service() == "shop/some:80").count();
    // 120 of 400, and six times its deviation of 9.2.
    assert!((65..=175).contains(&some), "{some} of 400");
}

#[test]
fn pages_of_errors_come_from_whom_explain_names_and_what_nobody_does_is_said() {
    let run =
        cutover(&["explain", "--side", "old", "-o", "json", "-f", OLD, "GET", "http://errors.example.com/"]);
    let value = run.json();
    let texts = |member: &str| -> Vec<String> {
        value[member].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
    };
    let told = texts("conditions");
    assert!(
        told.iter().any(|line| line.starts_with("in place of 404, 503 answers") && line.contains("pages:80")),
        "{told:?}"
    );
    assert!(texts("not_executed").iter().any(|line| line.contains("ModSecurity")), "{value:#}");
    let old = Rehearsal::start(&["--side", "old", "-f", OLD, "--fault", "shop/shaky=503:100%"]);
    let answer = Client::http(&old.address("http"), "errors.example.com").get("/cart?a=b");
    assert_eq!(answer.service(), "shop/pages:80");
    for (header, expected) in
        [("X-Code", "503"), ("X-Original-URI", "/cart?a=b"), ("X-Service-Name", "shaky")]
    {
        assert_eq!(answer.received(header), [expected], "{header}");
    }
}

#[test]
fn the_old_sides_json_has_the_members_of_the_new_ones_but_for_server_and_location() {
    let members = |side: &str| -> Vec<String> {
        let value = cutover(&[
            "explain",
            "--side",
            side,
            "-o",
            "json",
            "--demo",
            "GET",
            "http://app.bookshop.example/",
        ])
        .json();
        value.as_object().unwrap().keys().cloned().collect()
    };
    let (mut old, mut new) = (members("old"), members("new"));
    let only = |these: &[String], those: &[String]| -> Value {
        json!(these.iter().filter(|name| !those.contains(name)).collect::<Vec<_>>())
    };
    old.sort_unstable();
    new.sort_unstable();
    assert_eq!(only(&old, &new), json!(["redirect", "server"]), "`location` is where nginx's stands");
    assert_eq!(only(&new, &old), json!(["listener", "match"]));
}

#[test]
fn who_has_only_ingresses_is_told_of_the_old_side() {
    let article = "examples/article/ingress.yaml";
    let run = cutover(&["explain", "GET", "http://app.example.com/api", "-f", article]);
    assert!(run.stderr.contains("the Ingresses are asked with --side old"), "{run:#?}");
    let run = cutover(&["inventory", "annotation", "-f", article]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("fix: to count them: `cutover inventory annotations`"), "{}", run.stderr);
}
