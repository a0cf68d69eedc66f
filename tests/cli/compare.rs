//! `cutover compare`: the article's mistake found and mended, differences accepted, every witness asked over the wire.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

fn examples(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_cutover"))
}

/// The article's Ingress, and the route and Gateway that stand for it.
fn article() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["ingress.yaml", "my-app.yaml", "gateway.yaml"] {
        fs::copy(examples("article").join(file), folder.path().join(file)).unwrap();
    }
    folder
}

fn compare(folder: &Path, more: &[&str]) -> Output {
    let accepted = folder.join("accepted.toml");
    let mut command = program();
    command.args(["compare", "-f"]).arg(folder).arg("--accepted").arg(accepted).args(more);
    command.output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn by_key<'v>(report: &'v Value, key: &str) -> Option<&'v Value> {
    report["differences"].as_array().unwrap().iter().find(|one| one["cause"]["key"] == key)
}

const REWRITE: &str = "nginx.ingress.kubernetes.io/rewrite-target";

/// The mended route: the whole path is replaced, as `rewrite-target: /` does it.
fn mended(text: &str) -> String {
    let old = "              type: ReplacePrefixMatch\n              replacePrefixMatch: /\n";
    assert!(text.contains(old));
    let full = "              type: ReplaceFullPath\n              replaceFullPath: /\n";
    let filter = format!(
        "      filters:\n        - type: URLRewrite\n          urlRewrite:\n            path:\n{full}"
    );
    let backend = "      backendRefs:\n        - name: frontend-service";
    text.replace(old, full).replace(backend, &format!("{filter}{backend}"))
}

#[test]
fn the_rewrite_of_the_article_is_found_explained_and_mended() {
    let folder = article();
    let output = compare(folder.path(), &["-o", "json"]);
    assert_eq!(output.status.code(), Some(1), "a difference is left");
    let report = json(&output);
    let found = by_key(&report, REWRITE).unwrap();
    assert_eq!(found["cause"]["kind"], "annotation");
    assert_eq!(found["cause"]["object"], "Ingress production/my-app");
    assert_eq!(found["severity"], "error");
    assert!(found["fix"].as_str().unwrap().contains("ReplaceFullPath"), "{found:#}");
    let path =
        found["evidence"].as_array().unwrap().iter().find(|one| one["kind"] == "upstream_path").unwrap();
    assert_eq!(path["curl"], "curl -ik 'https://app.example.com/api/x'");
    assert_eq!(path["points"][0]["old"], "/", "the whole path is replaced");
    assert_eq!(path["points"][0]["new"], "/x", "the prefix alone is");
    for side in ["old", "new"] {
        assert_eq!(found[side]["outcome"], "forward", "{side} is explained");
    }
    let route = folder.path().join("my-app.yaml");
    fs::write(&route, mended(&fs::read_to_string(&route).unwrap())).unwrap();
    let report = json(&compare(folder.path(), &["-o", "json"]));
    let left = by_key(&report, REWRITE);
    let kinds = left.map(|one| one["kind"].as_array().unwrap().clone()).unwrap_or_default();
    assert!(!kinds.contains(&Value::from("upstream_path")), "mended: {left:#?}");
}

#[test]
fn a_file_that_changes_is_compared_again_while_it_watches() {
    let folder = article();
    let accepted = folder.path().join("accepted.toml");
    let mut child = program()
        .args(["compare", "--watch", "-o", "json", "-f"])
        .arg(folder.path())
        .arg("--accepted")
        .arg(accepted)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    let rewrites = |report: &Value| {
        let kinds =
            by_key(report, REWRITE).and_then(|one| one["kind"].as_array().cloned()).unwrap_or_default();
        kinds.contains(&Value::from("upstream_path"))
    };
    assert!(rewrites(&next()));
    let route = folder.path().join("my-app.yaml");
    fs::write(&route, mended(&fs::read_to_string(&route).unwrap())).unwrap();
    let mut report = next();
    // A save may be seen in two steps.
    if rewrites(&report) {
        report = next();
    }
    assert!(!rewrites(&report), "{report:#}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_is_accepted_with_a_reason_is_not_told_again() {
    let folder = article();
    let report = json(&compare(folder.path(), &["-o", "json"]));
    let ids = |report: &Value| -> Vec<String> {
        let all = report["differences"].as_array().unwrap();
        all.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = ids(&report);
    assert_eq!(all, ids(&json(&compare(folder.path(), &["-o", "json"]))), "ids are the same in every run");
    let first = &all[0];
    let output = compare(folder.path(), &["--accept", first]);
    assert_eq!(output.status.code(), Some(2), "not without a reason");
    let output =
        compare(folder.path(), &["-o", "json", "--accept", first, "--reason", "known since \"May\""]);
    assert_eq!(output.status.code(), Some(1), "the others are left");
    let report = json(&output);
    assert_eq!(report["differences"][0]["accepted"]["reason"], "known since \"May\"");
    let output = compare(folder.path(), &["--accept", "all", "--reason", "a test"]);
    assert_eq!(output.status.code(), Some(0), "nothing is left");
    let output = compare(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "nor the next time");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("no difference is left"), "{text}");
    assert!(text.contains("known since \"May\""), "{text}");
    // What comes new is told.
    let ingress = folder.path().join("ingress.yaml");
    let text = fs::read_to_string(&ingress).unwrap();
    fs::write(
        &ingress,
        text.replace(
            "rewrite-target: /",
            "rewrite-target: /\n    nginx.ingress.kubernetes.io/upstream-vhost: inner",
        ),
    )
    .unwrap();
    let output = compare(folder.path(), &["-o", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let report = json(&output);
    let fresh: Vec<&Value> =
        report["differences"].as_array().unwrap().iter().filter(|one| one["accepted"].is_null()).collect();
    assert!(
        fresh.iter().any(|one| one["cause"]["key"] == "nginx.ingress.kubernetes.io/upstream-vhost"),
        "{fresh:#?}"
    );
}

#[test]
fn an_accepted_file_that_is_wrong_is_refused_with_its_fault() {
    let cases = [
        ("a.toml", "[[accepted]]\nid = \"x\"\nreason = \"\"\ndate = \"2026-11-24\"\n", "has no reason"),
        ("a.toml", "[[accepted]]\nid = \"x\"\nreason = \"r\"\ndate = \"May\"\n", "write it as 2026-11-24"),
        (
            "a.toml",
            "[[accepted]]\nid = \"x\"\nreason = \"r\"\ndate = \"2026-11-24\"\nwho = \"me\"\n",
            "unknown field",
        ),
        ("a.yaml", "accepted:\n  - id: x\n    reason: r\n", "missing field `date`"),
        ("a.toml", "accepted = 1\n", "line 1"),
    ];
    let folder = article();
    for (name, text, part) in cases {
        let file = folder.path().join("..").join(format!("cutover-test-{}-{name}", std::process::id()));
        fs::write(&file, text).unwrap();
        let output = program()
            .args(["compare", "-f"])
            .arg(folder.path())
            .arg("--accepted")
            .arg(&file)
            .output()
            .unwrap();
        fs::remove_file(&file).unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn every_witness_of_the_bookshop_is_answered_over_the_wire_as_predicted() {
    let folder = tempfile::tempdir().unwrap();
    let output = program()
        .args(["compare", "--demo", "--live", "-o", "json", "--accepted"])
        .arg(folder.path().join("none.toml"))
        .output()
        .unwrap();
    let report = json(&output);
    let all = report["differences"].as_array().unwrap();
    assert!(all.len() > 10, "the bookshop differs in much");
    let said = |word: &str| all.iter().filter(|one| one["live"] == word).count();
    let odd: Vec<&Value> = all.iter().filter(|one| one["live"] == "not as predicted").collect();
    let told: Vec<_> = odd.iter().map(|one| (&one["id"], &one["odd"], &one["witness"]["curl"])).collect();
    assert!(odd.is_empty(), "{told:#?}");
    assert!(said("as predicted") * 10 >= all.len() * 7, "most can be shown by one request");
}

#[test]
fn two_states_of_gateways_are_compared_as_well() {
    let folder = article();
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    for state in [&old, &new] {
        fs::create_dir(state).unwrap();
        fs::copy(folder.path().join("gateway.yaml"), state.join("gateway.yaml")).unwrap();
    }
    let text = fs::read_to_string(folder.path().join("my-app.yaml")).unwrap();
    fs::write(old.join("route.yaml"), &text).unwrap();
    fs::write(new.join("route.yaml"), text.replace("api-service", "other-service")).unwrap();
    let run = |old: &Path, new: &Path| {
        let mut command = program();
        command.args(["compare", "-o", "json", "--old"]).arg(old).arg("--new").arg(new);
        command.arg("--accepted").arg(folder.path().join("none.toml")).output().unwrap()
    };
    let same = run(&old, &old);
    assert_eq!(same.status.code(), Some(0));
    assert_eq!(json(&same)["differences"].as_array().unwrap().len(), 0);
    let report = json(&run(&old, &new));
    let all = report["differences"].as_array().unwrap();
    assert_eq!(all.len(), 1, "{report:#}");
    assert_eq!(all[0]["kind"], serde_json::json!(["backend"]));
    assert_eq!(all[0]["cause"]["kind"], "other");
    assert_eq!(report["sides"], serde_json::json!(["gateway", "gateway"]));
}

#[test]
fn what_can_not_be_compared_is_refused() {
    let folder = article();
    fs::remove_file(folder.path().join("ingress.yaml")).unwrap();
    let cases: [(&[&str], &str); 3] = [
        (&[], "both sides are the same objects"),
        (&["-n", "shop"], "-n and -l have no effect here"),
        (&["-o", "csv"], "csv, markdown and html"),
    ];
    for (more, part) in cases {
        let output = compare(folder.path(), more);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(part), "{told}");
    }
}
