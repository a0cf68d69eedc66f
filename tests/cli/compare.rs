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

/// The route with the whole path replaced, as `rewrite-target: /` does it.
fn mended(text: &str) -> String {
    let old = "              type: ReplacePrefixMatch\n              replacePrefixMatch: /\n";
    assert!(text.contains(old));
    text.replace(old, "              type: ReplaceFullPath\n              replaceFullPath: /\n")
}

/// And with what `rewrite-target` makes of `/api` too: an expression that takes any case and any tail.
fn mended_whole(text: &str) -> String {
    let old = "            type: PathPrefix\n            value: /api\n";
    assert!(text.contains(old));
    mended(text).replace(old, "            type: RegularExpression\n            value: (?i)/api.*\n")
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
    let left = left.unwrap();
    let witnesses = left["evidence"].as_array().unwrap().iter().map(|one| one["curl"].as_str().unwrap());
    assert!(witnesses.clone().all(|curl| curl.ends_with("/apix'")), "the path is mended: {left:#}");
    assert_eq!(left["witness"]["path"], "/apix", "no part of a prefix, but of an expression");
    let fix = left["fix"].as_str().unwrap();
    assert!(fix.contains("RegularExpression") && !fix.contains("ReplaceFullPath"), "{fix}");
    fs::copy(examples("article/my-app.yaml"), &route).unwrap();
    fs::write(&route, mended_whole(&fs::read_to_string(&route).unwrap())).unwrap();
    let report = json(&compare(folder.path(), &["-o", "json"]));
    assert!(by_key(&report, REWRITE).is_none(), "nothing of it is left");
    let open = report["not_enumerated"].as_array().unwrap();
    assert!(open.iter().any(|one| one.as_str().unwrap().contains("(?i)/api.* takes were drawn")), "{open:?}");
    assert!(report["sampled"].as_u64().unwrap() > 0);
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
    assert!(by_key(&next(), REWRITE).is_some());
    let route = folder.path().join("my-app.yaml");
    fs::write(&route, mended_whole(&fs::read_to_string(&route).unwrap())).unwrap();
    // A save may be seen in two steps.
    let report = loop {
        let report = next();
        if by_key(&report, REWRITE).is_none() {
            break report;
        }
    };
    let went = report["changes"]["went"].as_array().unwrap();
    assert_eq!(went.len(), 1, "{went:#?}");
    assert_eq!(went[0]["accepted"], false);
    assert_eq!(report["changes"]["came"], serde_json::json!([]));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn while_it_watches_only_what_came_and_went_is_told_to_people() {
    let folder = article();
    let mut child = program()
        .args(["compare", "--watch", "-f"])
        .arg(folder.path())
        .arg("--accepted")
        .arg(folder.path().join("accepted.toml"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut errors = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // Up to the sentence at the end of a comparison.
    let mut next = || -> String {
        let mut text = String::new();
        loop {
            let line = lines.next().unwrap().unwrap();
            text.push_str(&line);
            text.push('\n');
            if line.ends_with(" notes") && line.starts_with(|c: char| c.is_ascii_digit()) {
                return text;
            }
        }
    };
    let first = next();
    assert!(first.contains("rewrite-target of Ingress production/my-app"), "{first}");
    assert!(first.contains("ReplaceFullPath"), "{first}");
    let route = folder.path().join("my-app.yaml");
    let text = fs::read_to_string(&route).unwrap();
    // A file that is half written is told, and what it had is not told to be gone.
    fs::write(&route, text.replace("spec:", "spec: [")).unwrap();
    let told = loop {
        let line = errors.next().unwrap().unwrap();
        if line.starts_with("not compared again") {
            break line;
        }
    };
    assert!(told.contains("can not be read whole"), "{told}");
    fs::write(&route, mended_whole(&text)).unwrap();
    let second = next();
    let went = |line: &&str| line.starts_with("- ") && line.contains("rewrite-target");
    assert_eq!(second.lines().filter(went).count(), 1, "{second}");
    assert!(!second.contains("T12"), "what stayed is not told again: {second}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn no_annotation_is_the_cause_of_a_certificate() {
    let run = program().args(["compare", "--demo", "-o", "json"]).output().unwrap();
    let report = json(&run);
    let of_certificates = |one: &&Value| {
        let evidence = one["evidence"].as_array().unwrap();
        let mut points = evidence.iter().flat_map(|it| it["points"].as_array().unwrap());
        points.any(|point| point["what"] == "certificate")
    };
    let all = report["differences"].as_array().unwrap();
    let causes: Vec<(&str, &str)> = all
        .iter()
        .filter(of_certificates)
        .map(|one| (one["cause"]["kind"].as_str().unwrap(), one["cause"]["key"].as_str().unwrap()))
        .collect();
    assert!(causes.contains(&("trap", "M18")), "443 serves a host without TLS: {causes:?}");
    assert!(causes.iter().all(|(kind, _)| *kind != "annotation"), "{causes:?}");
}

#[test]
fn an_acceptance_that_matches_nothing_any_more_is_told() {
    let folder = article();
    let before = json(&compare(folder.path(), &["-o", "json", "--accept", "all", "--reason", "as it was"]));
    assert_eq!(before["stale"].as_array().unwrap().len(), 0);
    let accepted = fs::read_to_string(folder.path().join("accepted.toml")).unwrap();
    assert!(accepted.contains("reason = \"as it was\""), "{accepted}");
    let route = folder.path().join("my-app.yaml");
    fs::write(&route, mended_whole(&fs::read_to_string(&route).unwrap())).unwrap();
    let after = json(&compare(folder.path(), &["-o", "json"]));
    let stale = after["stale"].as_array().unwrap();
    assert_eq!(stale.len(), 1, "{stale:#?}");
    let id = stale[0]["id"].as_str().unwrap();
    assert!(id.starts_with("rewrite-target-"), "{id}");
    assert_eq!(stale[0]["reason"], "as it was");
    let text = String::from_utf8(compare(folder.path(), &[]).stdout).unwrap();
    let note = text.lines().find(|line| line.contains(id)).unwrap();
    assert!(note.starts_with("note: ") && note.ends_with("take it out"), "{note}");
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
