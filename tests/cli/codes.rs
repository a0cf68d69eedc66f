//! Every code that `check` can tell is documented: read from the sources, and from what it really tells.

use std::{collections::BTreeSet, fs, path::Path};

use crate::program::{cutover, root};

#[test]
fn every_code_is_documented() {
    let docs = fs::read_to_string(root().join("docs/problems.md")).unwrap();
    let mut codes = BTreeSet::new();
    written(&root().join("src"), &mut codes);
    assert!(codes.len() > 20, "the reader of the sources is broken: {codes:?}");
    let inputs: &[&[&str]] = &[
        &["--demo"],
        &["--demo", "--strict"],
        &["-f", "tests/article/trouble"],
        &["-f", "examples/article"],
        &["-f", "examples/article", "--strict"],
        &["-f", "tests/cli/manifests"],
    ];
    for input in inputs {
        let run = cutover(&[&["check", "-o", "json"], *input].concat());
        let problems = run.json()["problems"].as_array().unwrap().clone();
        codes.extend(problems.iter().map(|one| one["code"].as_str().unwrap().to_owned()));
    }
    let missing: Vec<_> = codes.iter().filter(|code| !docs.contains(&format!("\n| `{code}` |"))).collect();
    assert!(missing.is_empty(), "not in docs/problems.md: {missing:?}");
}

/// Codes that stand behind `Problem::error(`, `Problem::warning(` and `Fault::note(…,` outside tests.
fn written(folder: &Path, codes: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            written(&path, codes);
        } else if path.extension().is_some_and(|ext| ext == "rs") && !path.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            for call in ["Problem::error(", "Problem::warning(", "Problem::new(", "Fault::note("] {
                for (at, _) in text.match_indices(call) {
                    let rest = text[at + call.len()..].trim_start();
                    // The severity stands first in the latter two.
                    let rest = rest
                        .split_once("Severity::")
                        .filter(|(before, _)| before.len() < 20)
                        .map_or(rest, |(_, rest)| {
                            rest.split_once(',').map_or("", |(_, rest)| rest.trim_start())
                        });
                    let code = rest.strip_prefix('"').and_then(|rest| rest.split('"').next());
                    codes.extend(code.map(str::to_owned));
                }
            }
        }
    }
}
