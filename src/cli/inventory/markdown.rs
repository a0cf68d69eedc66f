//! The inventory for a ticket: GitHub's tables, and nothing in a cell that would break out of it.

use std::fmt::Write as _;

use super::{
    page::{REFUSED, class, controller, hosts, refused_at, source},
    report::Report,
};
use crate::{
    cli::failure::place,
    inventory::{AnnotationCount, Complexity, IngressFacts},
    resource::{Kind, show::clean},
};

/// The whole report.
pub fn text(report: &Report) -> String {
    let mut text = "## Ingresses\n\n".to_owned();
    for (at, one) in report.refused().iter().enumerate() {
        if at == 0 {
            let _ = writeln!(text, "**{REFUSED}:**\n");
        }
        let _ = writeln!(text, "- {}: {}; {}", cell(&refused_at(one)), cell(&one.message), cell(&one.cure));
    }
    if !report.refused().is_empty() {
        text.push('\n');
    }
    let _ = writeln!(text, "{}", cell(&report.summary()));
    let traps: Vec<_> = report
        .traps
        .iter()
        .map(|trap| {
            let object = match trap.object.kind {
                Kind::Ingress => trap.object.path(),
                _ => trap.object.to_string(),
            };
            [code(&object), cell(trap.id), code(&trap.shown()), cell(&trap.message), cell(&trap.cure)]
        })
        .collect();
    if !traps.is_empty() {
        text.push_str("\n### Traps\n\n");
        table(&mut text, &["Object", "Trap", "Request", "What happens", "What to do"], traps);
    }
    for (complexity, title) in
        [(Complexity::Complex, "Complex"), (Complexity::Medium, "Medium"), (Complexity::Simple, "Simple")]
    {
        let rows: Vec<_> = report.of_complexity(complexity).map(row).collect();
        if !rows.is_empty() {
            let _ = writeln!(text, "\n### {title} ({})\n", rows.len());
            table(&mut text, &["Ingress", "Class", "Controller", "Hosts", "Paths", "Why", "From"], rows);
        }
    }
    if !report.counts.is_empty() {
        text.push_str("\n### Annotations\n\n");
        counts(&mut text, &report.counts);
    }
    if !report.outside.is_empty() {
        text.push_str("\n### On no Ingress\n\n");
        let rows = report.outside.iter().map(|one| {
            let found = if one.found { "found" } else { "not found" };
            [cell(one.what), cell(one.name.as_deref().unwrap_or("")), cell(found), cell(&one.depends)]
        });
        table(&mut text, &["What", "Name", "Here", "What depends on it"], rows);
    }
    if !report.problems.is_empty() {
        text.push_str("\n### Problems\n\n");
        let rows = report.problems.iter().map(|problem| {
            let object = problem.object.as_ref().map(ToString::to_string).unwrap_or_default();
            [cell(&place(problem)), cell(&object), cell(&problem.message), cell(&problem.fix)]
        });
        table(&mut text, &["Place", "Object", "What is wrong", "What to do"], rows);
    }
    text
}

/// The counts alone.
pub fn annotations(all: &[AnnotationCount], ingresses: usize) -> String {
    let mut text = format!("## Annotations of {ingresses} Ingresses\n\n");
    counts(&mut text, all);
    text
}

fn row(facts: &IngressFacts) -> [String; 7] {
    let reasons: Vec<String> = facts.reasons.iter().map(|reason| cell(&reason.to_string())).collect();
    [
        code(&facts.key.path()),
        cell(&class(facts)),
        cell(&controller(facts)),
        cell(&hosts(facts, 5)),
        facts.paths.len().to_string(),
        reasons.join("<br>"),
        cell(&source(facts)),
    ]
}

fn counts(text: &mut String, all: &[AnnotationCount]) {
    let rows = all.iter().map(|one| {
        [
            code(&one.key),
            one.count.to_string(),
            one.namespaces.len().to_string(),
            one.distinct_values.to_string(),
            cell(one.controller().unwrap_or("–")),
            one.verdict.as_str().to_owned(),
        ]
    });
    table(text, &["Key", "Count", "Namespaces", "Values", "Controller", "Verdict"], rows);
}

fn table<const N: usize>(text: &mut String, heads: &[&str; N], rows: impl IntoIterator<Item = [String; N]>) {
    let _ = writeln!(text, "| {} |\n|{}", heads.join(" | "), " --- |".repeat(N));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
}

/// Text that means nothing to Markdown.
fn cell(given: &str) -> String {
    let mut text = String::with_capacity(given.len());
    for c in clean(given).chars() {
        match c {
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '&' => text.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '@' => {
                text.push('\\');
                text.push(c);
            }
            _ => text.push(c),
        }
    }
    text
}

/// A name between backquotes; one with a backquote in it as a cell.
fn code(given: &str) -> String {
    let shown = clean(given);
    if shown.is_empty() || shown.contains(['`', '|', '\\']) {
        return cell(given);
    }
    format!("`{shown}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_breaks_out_of_its_cell() {
        let cases = [
            ("a | b", "a \\| b", "a column"),
            ("a\nb", "a\\\\nb", "a line"),
            ("<img src=x>", "&lt;img src=x&gt;", "a tag"),
            ("[x](javascript:y)", "\\[x\\](javascript:y)", "a link"),
            ("@everyone", "\\@everyone", "a mention"),
        ];
        for (given, expected, why) in cases {
            assert_eq!(cell(given), expected, "{why}");
        }
        assert_eq!(code("a`b"), "a\\`b");
        assert_eq!(code("a/b"), "`a/b`");
    }
}
