//! The rooms of the house and who may enter which: DESIGN's list, held to by reading the imports.
//!
//! Arrows go down, never up. A room that is not on the list fails the test, and so does an entry without a room.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can not go on has failed")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Each room with the rooms that it may import from; the highest first.
const ROOMS: &[(&str, &[&str])] = &[
    (
        "cli",
        &[
            "tui",
            "preflight",
            "scenario",
            "rehearsal",
            "rollout",
            "switch",
            "traffic",
            "dns",
            "proxy",
            "comparison",
            "inventory",
            "dialect",
            "routing",
            "source",
            "world",
            "logs",
            "config",
            "resource",
        ],
    ),
    (
        "tui",
        &[
            "preflight",
            "scenario",
            "rehearsal",
            "rollout",
            "switch",
            "traffic",
            "dns",
            "proxy",
            "comparison",
            "inventory",
            "dialect",
            "routing",
            "source",
            "world",
            "logs",
            "config",
            "resource",
        ],
    ),
    // What is to be seen before a name is switched: of both sides, of what differs, and of a rehearsal's answers.
    ("preflight", &["rehearsal", "switch", "comparison", "dialect", "routing", "world", "resource"]),
    // What is played in a rehearsal, and what came of it: who drives it stands above.
    ("scenario", &["rehearsal", "routing", "source", "config"]),
    (
        "rehearsal",
        &[
            "rollout",
            "switch",
            "traffic",
            "dns",
            "proxy",
            "comparison",
            "inventory",
            "dialect",
            "routing",
            "source",
            "world",
            "config",
            "resource",
        ],
    ),
    ("rollout", &["traffic", "dialect", "routing", "source", "world", "config", "resource"]),
    // Traffic reads what any Prometheus target writes, and the proxy is one of them: they do not know each other.
    ("traffic", &["config"]),
    // The journey of a hostname is a function of events and times.
    ("switch", &[]),
    // A name server of ours: what a name points at is told it from above.
    ("dns", &[]),
    // The proxy executes a Table and knows nothing of Kubernetes.
    ("proxy", &["routing"]),
    // What differs between two sides, and why: it asks what both mean, and what the inventory knows of the old one.
    ("comparison", &["inventory", "dialect", "routing", "source", "world", "resource"]),
    // What a move meets: it reads objects, and asks the dialects what they make of them.
    ("inventory", &["dialect", "routing", "world", "resource"]),
    ("dialect", &["routing", "world", "resource"]),
    // The one language of both dialects: it knows nobody.
    ("routing", &[]),
    ("source", &["world", "config", "resource"]),
    ("world", &["resource"]),
    ("logs", &["config"]),
    ("config", &[]),
    ("resource", &[]),
];

#[test]
fn each_room_imports_only_rooms_that_stand_below_it() {
    let mut wrong = Vec::new();
    for (file, line, room, target) in imports() {
        let allowed = ROOMS.iter().find(|(name, _)| *name == room).map_or(&[][..], |(_, allowed)| allowed);
        if target != room && !allowed.contains(&target.as_str()) {
            let below = if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") };
            wrong.push(format!(
                "{}:{line}: `{room}` imports `crate::{target}`; it may import {below}",
                file.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "imports that go up or across:\n{}", wrong.join("\n"));
}

#[test]
fn the_list_goes_down_only() {
    for (at, (room, allowed)) in ROOMS.iter().enumerate() {
        for target in *allowed {
            let below = ROOMS.iter().position(|(name, _)| name == target);
            assert!(
                below.is_some_and(|below| below > at),
                "`{room}` may not import `{target}`: it does not stand below"
            );
        }
    }
}

#[test]
fn the_list_holds_every_room_of_the_library() {
    let lib = fs::read_to_string(source().join("lib.rs")).unwrap();
    let rooms: BTreeSet<_> =
        lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let listed: BTreeSet<_> = ROOMS.iter().map(|(name, _)| *name).collect();
    assert_eq!(rooms, listed, "src/lib.rs and the list in tests/layers.rs differ");
}

#[test]
fn imports_are_found_wherever_rust_lets_them_stand() {
    let text = "\
use crate::world::World;
use crate::{
    // crate::comment
    resource::{Key, Kind},
    routing,
};
fn f() { crate::proxy::run(\"crate::string\"); }
pub(crate) use crate::tui as face;
pub(in crate::resource) fn g() {}
/* crate::block */ type T = crate::source::Input; // crate::tail
#[cfg(test)]
mod tests {
    use crate::cli::hidden;
}
use crate::config::home;
#[cfg(test)]
fn only_in_tests() { crate::cli::x(); }
#[cfg(test)]
mod more;
use crate::traffic::T;
";
    let found = paths(&without_tests(&without_comments(text)));
    let found: Vec<_> = found.iter().map(|(line, room)| (*line, room.as_str())).collect();
    let expected = [
        (1, "world"),
        (4, "resource"),
        (5, "routing"),
        (7, "proxy"),
        (8, "tui"),
        (9, "resource"),
        (10, "source"),
        (15, "config"),
        (20, "traffic"),
    ];
    assert_eq!(found, expected);
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// File, line, the room of the file, and the room that it imports.
fn imports() -> Vec<(PathBuf, usize, String, String)> {
    let mut all = Vec::new();
    let mut folders = vec![source()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let inner = path.strip_prefix(source()).unwrap();
                let first = inner.iter().next().unwrap().to_str().unwrap();
                let room = first.trim_end_matches(".rs").to_owned();
                let top = inner.components().count() == 1 && (room == "lib" || room == "main");
                let test = inner.iter().any(|part| part == "tests.rs" || part == "tests");
                if top || test {
                    continue;
                }
                let text = without_tests(&without_comments(&fs::read_to_string(&path).unwrap()));
                let shown = Path::new("src").join(inner);
                all.extend(
                    paths(&text)
                        .into_iter()
                        .map(|(line, target)| (shown.clone(), line, room.clone(), target)),
                );
            }
        }
    }
    assert!(all.len() > 50, "only {} imports were found: the reader of imports is broken", all.len());
    all
}

/// Comments and the insides of strings become blanks; line ends stay, so that lines keep their numbers.
fn without_comments(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    let blank = |out: &mut Vec<u8>, part: &[u8]| {
        out.extend(part.iter().map(|b| if *b == b'\n' { b'\n' } else { b' ' }));
    };
    while at < bytes.len() {
        let rest = &bytes[at..];
        let length = if rest.starts_with(b"//") {
            rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len())
        } else if rest.starts_with(b"/*") {
            rest.windows(2).position(|two| two == b"*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(hashes) = raw_string(rest) {
            let end = format!("\"{}", "#".repeat(hashes)).into_bytes();
            let start = 2 + hashes;
            let found = rest[start..].windows(end.len()).position(|part| part == end);
            found.map_or(rest.len(), |found| start + found + end.len())
        } else if rest[0] == b'"' {
            let mut end = 1;
            while end < rest.len() && rest[end] != b'"' {
                end += if rest[end] == b'\\' { 2 } else { 1 };
            }
            (end + 1).min(rest.len())
        } else if rest.starts_with(b"'\"'") {
            3
        } else if rest.starts_with(b"'\\\"'") {
            4
        } else {
            out.push(rest[0]);
            at += 1;
            continue;
        };
        blank(&mut out, &rest[..length]);
        at += length;
    }
    String::from_utf8(out).unwrap()
}

/// Number of `#` when a raw string begins here.
fn raw_string(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"r")?;
    let hashes = rest.iter().take_while(|b| **b == b'#').count();
    rest[hashes..].starts_with(b"\"").then_some(hashes)
}

/// Items behind `#[cfg(test)]` become blanks: to their final brace, or to their semicolon.
fn without_tests(text: &str) -> String {
    let mut out = text.to_owned();
    let mut from = 0;
    while let Some(found) = out[from..].find("#[cfg(test)]") {
        let start = from + found;
        let mut depth = 0_i32;
        let mut end = out.len();
        for (at, c) in out[start..].char_indices() {
            depth += i32::from(c == '{') - i32::from(c == '}');
            if (c == '}' || c == ';') && depth == 0 {
                end = start + at + c.len_utf8();
                break;
            }
        }
        let blank: String = out[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        from = start + blank.len();
        out.replace_range(start..end, &blank);
    }
    out
}

/// Every room named behind `crate::`, with its line; of a group, the first word of each member.
fn paths(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let start = at + "crate::".len();
        let mut members = Vec::new();
        if text[start..].starts_with('{') {
            let mut depth = 0_i32;
            let mut fresh = false;
            for (offset, c) in text[start..].char_indices() {
                depth += i32::from(c == '{') - i32::from(c == '}');
                if depth == 0 {
                    break;
                }
                if depth == 1 && (c == '{' || c == ',') {
                    fresh = true;
                } else if fresh && !c.is_whitespace() {
                    members.push(start + offset);
                    fresh = false;
                }
            }
        } else {
            members.push(start);
        }
        for member in members {
            let word: String =
                text[member..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            if !word.is_empty() {
                found.push((text[..member].matches('\n').count() + 1, word));
            }
        }
    }
    found
}
