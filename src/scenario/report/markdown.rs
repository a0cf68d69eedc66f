//! The report as Markdown, for a change ticket.

use super::{
    super::{
        judge::{Verdict, passed},
        record::Record,
    },
    about, ended, length, percent,
    phases::{p95, phases},
};

/// The report as Markdown.
pub fn markdown(record: &Record, verdicts: &[Verdict]) -> String {
    let mut out = String::new();
    let word = if passed(record, verdicts) { "passed" } else { "failed" };
    out.push_str(&format!("# {}: {word}\n\n", cell(&record.scenario)));
    if !record.about.is_empty() {
        out.push_str(&format!("{}\n\n", record.about.lines().map(cell).collect::<Vec<_>>().join("\n")));
    }
    out.push_str(&format!(
        "Begun {}, {}, {}. {} clients ({}), clocks of caches {} times as fast as ours.\n\n",
        cell(&record.begun),
        length(record.seconds),
        cell(&ended(record)),
        record.clients,
        cell(&record.mix),
        record.speed
    ));
    out.push_str("## Criteria\n\n");
    if verdicts.is_empty() {
        out.push_str("None was given.\n");
    } else {
        table(&mut out, &["", "Measure", "Wanted", "Measured", "When"]);
        for Verdict { line: _, what, wanted, window, value: _, measured, passed } in verdicts {
            let sign = if *passed { "✓" } else { "✗" };
            row(&mut out, &[sign, &format!("{what}: {}", about(what)), wanted, measured, window]);
        }
    }
    out.push_str("\n## What was done\n\n");
    table(
        &mut out,
        &[
            "At",
            "Step",
            "Old: requests",
            "5xx",
            "p95",
            "New: requests",
            "5xx",
            "p95",
            "Failed",
            "At old",
            "DNS",
            "Expected",
        ],
    );
    for phase in phases(record) {
        let failed = phase.old.failed + phase.new.failed + phase.lost.failed;
        row(
            &mut out,
            &[
                &length(phase.from),
                &phase.begins,
                &phase.old.requests.to_string(),
                &percent(phase.old.share(phase.old.server_errors)),
                &p95(&phase.old),
                &phase.new.requests.to_string(),
                &percent(phase.new.share(phase.new.server_errors)),
                &p95(&phase.new),
                &failed.to_string(),
                &format!("{}, {} at its end", percent(phase.old_share()), percent(phase.last_share)),
                &percent(phase.dns_old),
                &percent(phase.predicted),
            ],
        );
    }
    out.push_str("\n## Clients at the end\n\n");
    table(&mut out, &["Kind", "Clients", "At old", "At new", "Connections to old", "to new"]);
    for kind in record.samples.last().map(|sample| &*sample.kinds).unwrap_or_default() {
        let counts = [kind.clients, kind.at_old, kind.at_new, kind.connections_old, kind.connections_new]
            .map(|n| n.to_string());
        let mut cells = vec![kind.name.as_str()];
        cells.extend(counts.iter().map(String::as_str));
        row(&mut out, &cells);
    }
    out
}

fn table(out: &mut String, heads: &[&str]) {
    row(out, heads);
    out.push_str(&format!("|{}\n", " --- |".repeat(heads.len())));
}

fn row(out: &mut String, cells: &[&str]) {
    let cells: Vec<_> = cells.iter().map(|text| cell(text)).collect();
    out.push_str(&format!("| {} |\n", cells.join(" | ")));
}

/// Text that is nothing but text in Markdown.
fn cell(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
        out
    })
}
