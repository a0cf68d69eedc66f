//! Our counts beside those of the article's two pipelines.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::Value;

use super::many;
use crate::program::{cutover, cutover_with};

/// `.items[].metadata.annotations // {} | keys[]`, with `sort | uniq -c | sort -rn`.
pub const COUNTS: &str = ".items[].metadata.annotations // {} | keys[]";
/// The keys of each Ingress.
pub const KEYS: &str = r#".items[] | "\(.metadata.namespace)/\(.metadata.name): " + (.metadata.annotations // {} | keys | join(", "))"#;

/// What jq's rule says: every key once for each item.
fn by_rule(list: &Value) -> (BTreeMap<String, u64>, BTreeSet<String>) {
    let (mut counts, mut lines) = (BTreeMap::new(), BTreeSet::new());
    for item in list["items"].as_array().unwrap() {
        let metadata = &item["metadata"];
        let keys: Vec<&String> =
            metadata["annotations"].as_object().into_iter().flat_map(serde_json::Map::keys).collect();
        let mut line =
            format!("{}/{}: ", metadata["namespace"].as_str().unwrap(), metadata["name"].as_str().unwrap());
        for (at, key) in keys.iter().enumerate() {
            *counts.entry((*key).clone()).or_default() += 1;
            write!(line, "{}{key}", if at == 0 { "" } else { ", " }).unwrap();
        }
        lines.insert(line);
    }
    (counts, lines)
}

fn jq(filter: &str, text: &str) -> Option<String> {
    let child = Command::new("jq").args(["-r", filter]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.ok()?;
    let mut stdin = child.stdin.take()?;
    let text = text.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The rows of `inventory annotations -o json` as counts by key.
pub fn ours(rows: &Value) -> BTreeMap<String, u64> {
    let row = |row: &Value| (row["key"].as_str().unwrap().to_owned(), row["count"].as_u64().unwrap());
    rows.as_array().unwrap().iter().map(row).collect()
}

#[test]
fn the_articles_pipelines_print_our_numbers() {
    let text = many::list(700, 11);
    let list: Value = serde_json::from_str(&text).unwrap();
    let (counts, lines) = by_rule(&list);
    assert!(
        counts.len() > 20
            && list["items"].as_array().unwrap().iter().any(|one| one["metadata"]["annotations"].is_null())
    );
    let compact = list.to_string();
    for (text, why) in [(&text, "as kubectl prints it"), (&compact, "on one line")] {
        let rows = cutover_with(&["inventory", "annotations", "-o", "json", "-f", "-"], text.as_bytes());
        assert_eq!(ours(&rows.json()), counts, "{why}");
        let keys = cutover_with(&["inventory", "annotations", "--by-ingress", "-f", "-"], text.as_bytes());
        assert_eq!(keys.stdout.lines().map(str::to_owned).collect::<BTreeSet<_>>(), lines, "{why}");
    }
    // With jq itself, where there is one.
    if let (Some(told), Some(keys)) = (jq(COUNTS, &text), jq(KEYS, &text)) {
        let mut by_jq: BTreeMap<String, u64> = BTreeMap::new();
        told.lines().for_each(|key| *by_jq.entry(key.to_owned()).or_default() += 1);
        assert_eq!(by_jq, counts);
        assert_eq!(keys.lines().map(str::to_owned).collect::<BTreeSet<_>>(), lines);
    }
}

#[test]
fn a_list_in_yaml_counts_as_the_same_list_in_json() {
    let text = many::list(40, 2);
    let path = super::file("forty.json", text.as_bytes());
    let json = cutover(&["inventory", "annotations", "-o", "json", "-f", path.to_str().unwrap()]).json();
    let list: Value = serde_json::from_str(&text).unwrap();
    let mut yaml = "# forty\n".to_owned();
    for item in list["items"].as_array().unwrap() {
        writeln!(yaml, "---\n{item}").unwrap();
    }
    let path = super::file("forty.yaml", yaml.as_bytes());
    assert_eq!(
        cutover(&["inventory", "annotations", "-o", "json", "-f", path.to_str().unwrap()]).json(),
        json
    );
}
