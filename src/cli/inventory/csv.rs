//! The inventory for spreadsheets: one line an Ingress, or one a key (RFC 4180).
//!
//! A cell that a spreadsheet would run as a formula gets a `'` in front.

use csv::{Terminator, WriterBuilder};

use super::report::Report;
use crate::{
    inventory::{AnnotationCount, IngressFacts},
    resource::show::clean,
};

/// One line an Ingress.
pub fn ingresses(report: &Report) -> String {
    let heads = [
        "namespace",
        "name",
        "class",
        "controller",
        "hosts",
        "paths",
        "tls",
        "annotations",
        "complexity",
        "reasons",
        "obstacles",
        "traps",
        "source",
    ];
    table(&heads, report.ingresses.iter().map(row))
}

fn row(facts: &IngressFacts) -> Vec<String> {
    let reasons: Vec<String> = facts.reasons.iter().map(ToString::to_string).collect();
    vec![
        facts.namespace().to_string(),
        facts.name().to_string(),
        facts.class.as_deref().unwrap_or_default().to_owned(),
        facts.controller.as_deref().or(facts.family).unwrap_or_default().to_owned(),
        facts.hosts.iter().map(|host| &**host).collect::<Vec<_>>().join(" "),
        facts.paths.len().to_string(),
        facts.tls.len().to_string(),
        facts.annotations.len().to_string(),
        facts.complexity.as_str().to_owned(),
        reasons.join("; "),
        facts.obstacles.join("; "),
        facts.traps.iter().map(|trap| trap.id).collect::<Vec<_>>().join(" "),
        facts.origin.as_ref().map_or_else(String::new, |at| format!("{}:{}", at.file.display(), at.line)),
    ]
}

/// One line a key; with users one line a key and Ingress.
pub fn annotations(counts: &[AnnotationCount], users: bool) -> String {
    let row = |count: &AnnotationCount| {
        vec![
            count.key.to_string(),
            count.count.to_string(),
            count.namespaces.len().to_string(),
            count.distinct_values.to_string(),
            count.controller().unwrap_or_default().to_owned(),
            count.verdict.as_str().to_owned(),
        ]
    };
    let heads = ["key", "count", "namespaces", "distinct_values", "controller", "verdict"];
    if !users {
        return table(&heads, counts.iter().map(row));
    }
    let heads: Vec<&str> = heads.iter().copied().chain(["namespace", "name"]).collect();
    let rows = counts.iter().flat_map(|count| {
        count.users.iter().map(move |(namespace, name)| {
            let mut cells = row(count);
            cells.extend([namespace.to_string(), name.to_string()]);
            cells
        })
    });
    table(&heads, rows)
}

/// The keys of each Ingress.
pub fn by_ingress(all: &[(&str, &str, Vec<&str>)]) -> String {
    let row = |(namespace, name, keys): &(&str, &str, Vec<&str>)| {
        vec![(*namespace).to_owned(), (*name).to_owned(), keys.join(" ")]
    };
    table(&["namespace", "name", "keys"], all.iter().map(row))
}

fn table(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    let mut written = writer.write_record(heads);
    for cells in rows {
        let cells = cells.iter().map(|cell| {
            let cell = clean(cell);
            if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell.into_owned() }
        });
        written = written.and_then(|()| writer.write_record(cells.collect::<Vec<_>>()));
    }
    // Into memory nothing fails, and what was written is UTF-8.
    let bytes = written.ok().and_then(|()| writer.into_inner().ok()).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}
