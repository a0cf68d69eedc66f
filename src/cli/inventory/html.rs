//! The inventory as one page that needs nothing else: no script, no link, no font from outside.
//!
//! Every text of the cluster is made harmless and escaped. It is laid out for a phone, a screen and paper.

use std::fmt::Write as _;

use super::{
    detail::{backend, becomes, shortened},
    page::{REFUSED, class, controller, hosts, refused_at, source, trap_counts},
    report::Report,
};
use crate::{
    cli::failure::place,
    inventory::{AnnotationCount, AnnotationFacts, Complexity, IngressFacts, Totals, TrapFinding, readings},
    resource::show::clean,
};

const STYLE: &str = include_str!("html.css");
/// Nothing may be loaded or run, whatever a browser finds in the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The whole report.
pub fn text(report: &Report) -> String {
    let when = report.at.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let mut text = head("Ingress inventory");
    let read = report.sources.join(", ");
    let _ = write!(
        text,
        "<h1>Ingress inventory</h1>\n<p class=when>{} · cutover {} · read from {}</p>\n",
        esc(&when),
        env!("CARGO_PKG_VERSION"),
        esc(&read)
    );
    refused(&mut text, report);
    let Totals { simple, medium, complex } = report.totals;
    text.push_str("<ul class=sum>\n");
    for (class, count, word) in [
        ("all", report.totals.all(), "Ingresses"),
        ("simple", simple, "simple: nothing but routing"),
        ("medium", medium, "medium: fields say the same"),
        ("complex", complex, "complex: a person decides"),
    ] {
        let _ = writeln!(text, "<li class={class}><b>{count}</b>{word}</li>");
    }
    text.push_str("</ul>\n");
    traps(&mut text, report);
    if !report.counts.is_empty() {
        text.push_str("<h2>Annotations</h2>\n");
        counts(&mut text, &report.counts);
    }
    for (complexity, title) in [
        (Complexity::Complex, "Complex: a person decides"),
        (Complexity::Medium, "Medium: fields say the same"),
        (Complexity::Simple, "Simple: nothing but routing"),
    ] {
        let mut any = report.of_complexity(complexity).peekable();
        if any.peek().is_some() {
            let _ = writeln!(text, "<h2>{title}</h2>");
        }
        // Simple ones are many and have little to say.
        any.for_each(|facts| ingress(&mut text, report, facts, complexity != Complexity::Simple));
    }
    outside(&mut text, report);
    problems(&mut text, report);
    text.push_str("</body>\n</html>\n");
    text
}

/// The counts alone.
pub fn annotations(all: &[AnnotationCount], ingresses: usize) -> String {
    let mut text = head("Annotations of Ingresses");
    let _ = write!(
        text,
        "<h1>Annotations of {ingresses} Ingresses</h1>\n<p class=when>cutover {}</p>\n",
        env!("CARGO_PKG_VERSION")
    );
    counts(&mut text, all);
    text.push_str("</body>\n</html>\n");
    text
}

fn head(title: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n\
         <meta name=viewport content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=Content-Security-Policy content=\"{POLICY}\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n"
    )
}

fn refused(text: &mut String, report: &Report) {
    if report.refused().is_empty() {
        return;
    }
    let _ = write!(text, "<div class=alarm>\n<p><b>{REFUSED}</b></p>\n<dl>");
    for one in report.refused() {
        let _ = write!(text, "<dt>{}<dd>{}<br>{}", esc(&refused_at(one)), esc(&one.message), esc(&one.cure));
    }
    text.push_str("</dl>\n</div>\n");
}

fn counts(text: &mut String, all: &[AnnotationCount]) {
    let most = all.first().map_or(1, |one| one.count);
    let rows = all.iter().map(|one| {
        [
            ("w", format!("<code>{}</code>", parts(&one.key))),
            ("n", one.count.to_string()),
            ("", format!("<meter min=0 max={most} value={}></meter>", one.count)),
            ("n", one.namespaces.len().to_string()),
            ("n", one.distinct_values.to_string()),
            ("w", esc(one.controller().unwrap_or("–"))),
            ("w", esc(one.verdict.as_str())),
        ]
    });
    text.push_str("<div class=counts>\n");
    table(text, &["Key", "Count", "", "Namespaces", "Values", "Controller", "Verdict"], rows);
    text.push_str("</div>\n");
}

fn ingress(text: &mut String, report: &Report, facts: &IngressFacts, open: bool) {
    let word = facts.complexity.as_str();
    let open = if open { " open" } else { "" };
    let path = esc(&facts.key.path());
    let _ = write!(
        text,
        "<details class={word}{open}><summary><b>{path}</b> <small>{word}</small></summary><div>\n<dl>"
    );
    for (name, value) in [
        ("Class", class(facts)),
        ("Controller", controller(facts)),
        ("Hosts", hosts(facts, usize::MAX)),
        ("From", source(facts)),
    ] {
        let _ = write!(text, "<dt>{name}<dd>{}", esc(&value));
    }
    list(text, "Why", facts.reasons.iter().map(ToString::to_string));
    list(text, "Against", facts.obstacles.iter().cloned());
    text.push_str("</dl>\n");
    let readings = readings(&report.compiled, facts);
    let rows = facts.paths.iter().enumerate().map(|(at, path)| {
        let reading = readings.get(at);
        let read = reading.map_or("", |it| if it.agree { "as the specification says" } else { &it.reads });
        let host = if path.host.is_empty() { "*" } else { &*path.host };
        [
            ("w", parts(host)),
            ("", format!("<code>{}</code>", esc(&path.path))),
            ("w", esc(&path.path_type)),
            ("w", parts(&backend(&path.backend))),
            ("", esc(read)),
        ]
    });
    table(text, &["Host", "Path", "Type", "Backend", "How it is read"], rows);
    facts.traps.iter().for_each(|trap| self::trap(text, trap));
    for annotation in &facts.annotations {
        self::annotation(text, annotation);
    }
    text.push_str("</div></details>\n");
}

fn annotation(text: &mut String, facts: &AnnotationFacts) {
    let _ = write!(text, "<p><code>{}</code></p>\n<dl>", esc(&facts.key));
    let value = facts.value.as_deref().map_or_else(|| "a copy of the whole object".to_owned(), shortened);
    // Snippets are of several lines, and read as such.
    let lines: Vec<String> = value.trim_end().lines().map(esc).collect();
    if !lines.is_empty() {
        let _ = write!(text, "<dt>Value<dd>{}", lines.join("<br>"));
    }
    for (name, value) in [
        ("Means", facts.meaning()),
        ("Becomes", &becomes(facts)),
        ("Quirk", facts.quirk()),
        ("Problem", facts.problem.as_deref().unwrap_or_default()),
    ] {
        if !value.is_empty() {
            let _ = write!(text, "<dt>{name}<dd>{}", esc(value));
        }
    }
    text.push_str("</dl>\n");
}

fn list(text: &mut String, name: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.map(|line| esc(&line)).collect();
    if !lines.is_empty() {
        let _ = write!(text, "<dt>{name}<dd>{}", lines.join("<br>"));
    }
}

/// Each trap once, with its first place: all of them stand with their Ingress.
fn traps(text: &mut String, report: &Report) {
    let all = trap_counts(report);
    if all.is_empty() {
        return;
    }
    text.push_str("<h2>Traps that these Ingresses touch</h2>\n<div class=traps>\n");
    let rows = all.into_iter().map(|(trap, count)| {
        [
            ("", format!("<b>{}</b> {}", esc(trap.id), esc(trap.title))),
            ("n", count.to_string()),
            ("w", parts(&trap.object.path())),
            ("", format!("<code>{}</code>", esc(&trap.shown()))),
        ]
    });
    table(text, &["Trap", "Times", "First at", "A request that shows it"], rows);
    text.push_str("</div>\n");
}

fn trap(text: &mut String, trap: &TrapFinding) {
    let _ = write!(text, "<p><b>{}</b> {}</p>\n<dl>", esc(trap.id), esc(trap.title));
    let _ = write!(text, "<dt>Here<dd>{}", esc(&trap.message));
    let _ = write!(text, "<dt>Request<dd><code>{}</code>", esc(&trap.shown()));
    let _ = writeln!(text, "<dt>What to do<dd>{}</dl>", esc(&trap.cure));
}

fn outside(text: &mut String, report: &Report) {
    if report.outside.is_empty() {
        return;
    }
    text.push_str("<h2>On no Ingress</h2>\n");
    let rows = report.outside.iter().map(|one| {
        let settings =
            one.settings.iter().map(|(key, value)| format!("{} = {}", esc(key), esc(&shortened(value))));
        let settings: Vec<String> = settings.collect();
        [
            ("", esc(one.what)),
            ("", esc(one.name.as_deref().unwrap_or(""))),
            ("", (if one.found { "found" } else { "not found" }).to_owned()),
            ("", esc(&one.depends)),
            ("", settings.join("<br>")),
        ]
    });
    table(text, &["What", "Name", "Here", "What depends on it", "Says"], rows);
}

fn problems(text: &mut String, report: &Report) {
    if report.problems.is_empty() {
        return;
    }
    text.push_str("<h2>Problems</h2>\n");
    let rows = report.problems.iter().map(|problem| {
        let object = problem.object.as_ref().map(ToString::to_string).unwrap_or_default();
        [("", esc(&place(problem))), ("", esc(&object)), ("", esc(&problem.message)), ("", esc(&problem.fix))]
    });
    table(text, &["Place", "Object", "What is wrong", "What to do"], rows);
}

/// Rows of class and markup; on a phone each cell has its head before it.
fn table<const N: usize>(
    text: &mut String,
    heads: &[&str; N],
    rows: impl IntoIterator<Item = [(&'static str, String); N]>,
) {
    text.push_str("<table><thead><tr>");
    for head in heads {
        let _ = write!(text, "<th scope=col>{head}");
    }
    text.push_str("</thead><tbody>\n");
    for row in rows {
        text.push_str("<tr>");
        for (head, (class, cell)) in heads.iter().zip(row) {
            let class = if class.is_empty() { String::new() } else { format!(" class={class}") };
            let head = if head.is_empty() || cell.is_empty() {
                String::new()
            } else {
                format!(" data-h=\"{head}\"")
            };
            let _ = write!(text, "<td{class}{head}>{cell}");
        }
        text.push('\n');
    }
    text.push_str("</tbody></table>\n");
}

/// A name, which may be broken between its parts.
fn parts(given: &str) -> String {
    esc(given).replace('.', ".<wbr>").replace('/', "/<wbr>")
}

/// Text that is nothing but text to a browser.
fn esc(given: &str) -> String {
    let mut text = String::with_capacity(given.len() + 8);
    for c in clean(given).chars() {
        match c {
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '&' => text.push_str("&amp;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&#39;"),
            _ => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_never_markup() {
        let cases = [
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;", "a tag"),
            ("\" onload='x'", "&quot; onload=&#39;x&#39;", "an attribute"),
            ("&amp;", "&amp;amp;", "an entity"),
            ("a\u{202e}b\u{1b}[2J", "a\\u{202e}b\\u{1b}[2J", "what turns or moves is written out"),
        ];
        for (given, expected, why) in cases {
            assert_eq!(esc(given), expected, "{why}");
        }
    }

    #[test]
    fn the_page_asks_for_nothing_from_outside() {
        for word in ["url(", "@import", "http:", "https:", "//"] {
            assert!(!STYLE.contains(word), "{word}");
        }
    }
}
