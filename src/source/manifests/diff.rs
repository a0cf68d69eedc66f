//! A unified diff of a text and its cuts. Only the lines around the cuts are looked at, however long the text.

use std::{fmt::Write, path::Path};

use similar::{ChangeTag, TextDiff};

use super::splice::{Cut, apply};

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// Unified diff, three lines of context, the file's name in both headers. Empty when nothing changes.
pub(super) fn unified(text: &str, cuts: &[Cut], file: &Path) -> String {
    let (Some(first), Some(last)) = (cuts.first(), cuts.last()) else { return String::new() };
    let start = back(text, first.range.start, CONTEXT);
    let end = forth(text, last.range.end, CONTEXT);
    let before = text.bytes().take(start).filter(|b| *b == b'\n').count();
    let old = text.get(start..end).unwrap_or_default();
    let moved: Vec<Cut> = cuts
        .iter()
        .map(|cut| Cut { range: cut.range.start - start..cut.range.end - start, new: cut.new.clone() })
        .collect();
    let new = apply(old, &moved);
    let (old, new): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let diff = TextDiff::from_slices(&old, &new);
    let mut out = String::new();
    for group in diff.grouped_ops(CONTEXT) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        if out.is_empty() {
            let _ = writeln!(out, "--- {}\n+++ {}", file.display(), file.display());
        }
        let range = |from: usize, to: usize| match to - from {
            0 => format!("{},0", before + from),
            1 => format!("{}", before + from + 1),
            lines => format!("{},{lines}", before + from + 1),
        };
        let old_range = range(first.old_range().start, last.old_range().end);
        let new_range = range(first.new_range().start, last.new_range().end);
        let _ = writeln!(out, "@@ -{old_range} +{new_range} @@");
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            out.push(match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            });
            out.push_str(change.value());
            if !change.value().ends_with('\n') {
                out.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    out
}

/// The beginning of the line that is `lines` before the one at `at`.
fn back(text: &str, at: usize, lines: usize) -> usize {
    let mut start = at;
    for step in 0..=lines {
        let end = if step == 0 { start } else { start.saturating_sub(1) };
        start =
            text.as_bytes().get(..end).and_then(|t| memchr::memrchr(b'\n', t)).map_or(0, |found| found + 1);
    }
    start
}

/// The end of the line that is `lines` behind the one at `at`.
fn forth(text: &str, at: usize, lines: usize) -> usize {
    let mut end = at;
    for _ in 0..=lines {
        let rest = text.as_bytes().get(end..).unwrap_or_default();
        end = memchr::memchr(b'\n', rest).map_or(text.len(), |found| end + found + 1);
    }
    end
}
