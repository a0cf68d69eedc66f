//! Input that is broken: told with file and line, never a panic, never for long.

use std::{fs, path::PathBuf, time::Instant};

use crate::program::{cutover, home};

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: b}\n";
const ROUTE: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: app
  namespace: shop
spec:
  parentRefs: [{name: edge}]
  rules:
";

/// A file of this test program with this content.
fn file(name: &str, content: &[u8]) -> PathBuf {
    let folder = home().join("bad-input");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path
}

/// The problem of a file, if any, that has these words; with its line.
#[track_caller]
fn refused(name: &str, content: &[u8], words: &str) -> Option<u64> {
    let path = file(name, content);
    let started = Instant::now();
    let run = cutover(&["check", "-o", "json", "-f", path.to_str().unwrap()]);
    assert!(started.elapsed().as_secs() < 20, "{name} took {:?}", started.elapsed());
    assert!(!run.stderr.contains("panicked"), "{name}: {run:#?}");
    assert_eq!(run.code, 1, "{name}: {run:#?}");
    let problems = run.json()["problems"].as_array().unwrap().clone();
    let found = problems.iter().find(|one| {
        one["severity"] == "error" && one["message"].as_str().unwrap().to_lowercase().contains(words)
    });
    let found = found.unwrap_or_else(|| panic!("{name}: no error says `{words}`: {problems:#?}"));
    assert_eq!(found["file"], path.to_str().unwrap(), "{name}");
    found["line"].as_u64()
}

#[test]
fn what_is_no_manifest_is_refused_with_its_line() {
    let rules = |count| format!("{ROUTE}{}", "    - backendRefs: [{name: a, port: 80}]\n".repeat(count));
    let negative =
        format!("{ROUTE}    - backendRefs:\n        - name: a\n          port: 80\n          weight: -1\n");
    let bomb = (b'b'..=b'j').fold(format!("{SERVICE}a: &a [x, x, x, x, x, x, x, x, x]\n"), |text, letter| {
        let (this, before) = (char::from(letter), char::from(letter - 1));
        let list = vec![format!("*{before}"); 9].join(", ");
        format!("{text}{this}: &{this} [{list}]\n")
    });
    /// File, content, words of the message, line where it is known, reason.
    type Case<'a> = (&'a str, Vec<u8>, &'a str, Option<u64>, &'a str);
    let cases: &[Case<'_>] = &[
        (
            "tab.yaml",
            b"apiVersion: v1\nkind: Service\nmetadata:\n\tname: a\n".to_vec(),
            "tab",
            Some(4),
            "a tab",
        ),
        (
            "no-kind.yaml",
            b"apiVersion: v1\nmetadata:\n  name: a\n".to_vec(),
            "kind",
            Some(1),
            "a document without kind",
        ),
        ("rules.yaml", rules(17).into_bytes(), "16", Some(8), "seventeen rules"),
        ("weight.yaml", negative.into_bytes(), "-1", Some(12), "a negative weight"),
        ("binary.yaml", (0..=255).cycle().take(4096).collect(), "", None, "a binary file"),
        (
            "quote.yaml",
            b"apiVersion: v1\nkind: \"Service\nmetadata: {}\n".to_vec(),
            "",
            None,
            "an open quote",
        ),
        ("bomb.yaml", bomb.into_bytes(), "alias", None, "a bomb of aliases"),
        ("braces.yaml", "{".repeat(5000).into_bytes(), "", None, "5000 open braces"),
        (
            "deep.yaml",
            ["[".repeat(5000), "]".repeat(5000)].concat().into_bytes(),
            "",
            None,
            "5000 nested lists",
        ),
    ];
    for (name, content, words, line, why) in cases {
        let found = refused(name, content, words);
        assert!(line.is_none() || found == *line, "{name}: {why}: line {found:?}, not {line:?}");
    }
}

#[test]
fn one_broken_document_loses_no_other_file() {
    let good = file("good.yaml", b"apiVersion: v1\nkind: Service\nmetadata: {name: good, namespace: a}\n");
    let bad = file("bad.yaml", b"apiVersion: v1\nkind: [\n");
    let run = cutover(&["get", "svc", "-f", good.to_str().unwrap(), "-f", bad.to_str().unwrap()]);
    assert!(run.stdout.contains("good"), "what could be read is listed: {run:#?}");
    assert!(run.stderr.contains("bad.yaml:"), "what could not is told with its place: {run:#?}");
    assert_eq!(run.code, 2, "unreadable input is never a success: {run:#?}");
}

#[test]
fn an_empty_file_is_no_mistake() {
    for content in [&b""[..], b"---\n---\n", b"# nothing yet\n"] {
        let path = file("empty.yaml", content);
        let run = cutover(&["check", "-f", path.to_str().unwrap()]);
        assert_eq!(run.code, 0, "{content:?}: {run:#?}");
    }
}

#[test]
fn of_two_objects_with_one_name_the_duplicate_is_told() {
    let text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n";
    let path = file("twice.yaml", text.as_bytes());
    let run = cutover(&["check", "-o", "json", "-f", path.to_str().unwrap()]);
    let problems = run.json()["problems"].to_string();
    assert!(problems.contains("twice.yaml") && problems.contains("Namespace"), "{problems}");
}

#[test]
fn a_secret_with_a_broken_key_is_told_and_not_printed() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b}\ntype: kubernetes.io/tls\ndata:\n  tls.crt: aHVudGVyMg==\n  tls.key: aHVudGVyMg==\n";
    let path = file("secret.yaml", text.as_bytes());
    let run = cutover(&["check", "-o", "json", "-f", path.to_str().unwrap()]);
    assert_eq!(run.code, 1, "{run:#?}");
    assert!(run.stdout.contains("tls.crt") && !run.stdout.contains("aHVudGVyMg"), "{}", run.stdout);
}

#[test]
fn a_folder_that_may_not_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = home().join("locked");
    fs::create_dir_all(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o000)).unwrap();
    let run = cutover(&["check", "-f", folder.to_str().unwrap()]);
    // Root may read everything; then the folder is just empty, which is a warning.
    let root = fs::read_dir(&folder).is_ok();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(run.code, if root { 1 } else { 2 }, "{run:#?}");
    assert_eq!(run.stderr.contains("locked"), !root, "{run:#?}");
}

#[test]
fn what_an_api_server_refuses_is_not_told_again_as_what_the_gateway_makes_of_it() {
    let cases = [
        ("    - matches: [{method: FETCH}]\n", "matches[0].method", "bad-value"),
        ("    - matches: [{path: {type: Glob, value: /}}]\n", "matches[0].path.type", "bad-value"),
        ("    - timeouts: {request: 5x}\n", "timeouts.request", "bad-pattern"),
        ("    - filters: [{type: Magic}]\n", "filters[0].type", "bad-value"),
        ("    - filters: [{type: RequestHeaderModifier}]\n", "filters[0]", "filter-member"),
        ("    - backendRefs: [{name: a}]\n", "backendRefs[0].port", "backend-port-missing"),
        ("    - backendRefs: [{name: a, port: 0}]\n", "backendRefs[0].port", "out-of-range"),
        // The one mistake that no schema knows of is still told.
        ("    - backendRefs: [{name: a, namespace: x, port: 80}]\n", "backendRefs[0]", "ref-not-permitted"),
    ];
    for (rule, field, code) in cases {
        let path = file("told-once.yaml", format!("{ROUTE}{rule}").as_bytes());
        let run = cutover(&["check", "-o", "json", "-f", path.to_str().unwrap()]);
        let problems = run.json()["problems"].as_array().unwrap().clone();
        let rules: Vec<(&str, &str)> = problems
            .iter()
            .filter_map(|one| Some((one["field"].as_str()?, one["code"].as_str()?)))
            .filter_map(|(field, code)| Some((field.strip_prefix("spec.rules[0].")?, code)))
            .collect();
        assert_eq!(rules, [(field, code)], "{rule}");
    }
}
