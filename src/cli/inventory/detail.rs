//! All about single Ingresses: rules, each annotation with what it means and becomes, what stands against moving it.

use std::fmt::Write as _;

use super::{
    page::{class, controller, hosts, source},
    report::Report,
};
use crate::{
    cli::{failure::told, table::Table},
    inventory::{AnnotationFacts, Backend, IngressFacts, Reading, TrapFinding, Verdict},
    resource::show::clean,
};

/// How much of a value is shown; scripts get the whole.
const MOST: usize = 400;

/// The pages, one after the other.
pub fn text(report: &Report) -> String {
    let pages: Vec<String> = report
        .ingresses
        .iter()
        .map(|facts| {
            let mut text = page(facts);
            let own = report.problems.iter().filter(|one| one.object.as_ref() == Some(&facts.key));
            let own: String = own.map(told).collect();
            if !own.is_empty() {
                let _ = write!(text, "\nProblems\n{own}");
            }
            text
        })
        .collect();
    pages.join("\n\n")
}

fn page(facts: &IngressFacts) -> String {
    let mut text = format!("Ingress {}\n\n", clean(&facts.key.path()));
    let mut head = Table::default();
    head.row(["class", &class(facts)]);
    head.row(["controller", &controller(facts)]);
    head.row(["hosts", &hosts(facts, usize::MAX)]);
    head.row(["complexity", facts.complexity.as_str()]);
    head.row(["from", &source(facts)]);
    text.push_str(&head.render(2));
    section(
        &mut text,
        "Why",
        facts.reasons.iter().map(|reason| format!("{}: {reason}", reason.complexity.as_str())),
    );
    section(&mut text, "Against moving it", facts.obstacles.iter().cloned());
    if !facts.traps.is_empty() {
        text.push_str("\nTraps\n");
        facts.traps.iter().for_each(|trap| self::trap(&mut text, trap));
    }
    text.push_str("\nRules\n");
    text.push_str(&rules(facts));
    if !facts.tls.is_empty() {
        text.push_str("\nTLS\n");
        let mut table = Table::default();
        for tls in &facts.tls {
            let secret = tls.secret.as_deref().unwrap_or("the controller's default certificate");
            table.row([tls.hosts.iter().map(|host| &**host).collect::<Vec<_>>().join(", ").as_str(), secret]);
        }
        text.push_str(&table.render(2));
    }
    if !facts.annotations.is_empty() {
        text.push_str("\nAnnotations\n");
        facts.annotations.iter().for_each(|annotation| self::annotation(&mut text, annotation));
    }
    text
}

fn section(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    for (at, line) in lines.enumerate() {
        if at == 0 {
            let _ = writeln!(text, "\n{title}");
        }
        let _ = writeln!(text, "  {}", clean(&line));
    }
}

fn trap(text: &mut String, trap: &TrapFinding) {
    let _ = writeln!(text, "  {}  {}", trap.id, clean(&trap.message));
    let _ = writeln!(text, "      request  {}", clean(&trap.request));
    let _ = writeln!(text, "      fix      {}", clean(&trap.cure));
}

fn rules(facts: &IngressFacts) -> String {
    let mut table = Table::new(["HOST", "PATH", "TYPE", "BACKEND", "THE SPECIFICATION SAYS"]);
    for path in &facts.paths {
        let host = if path.host.is_empty() { "*" } else { &*path.host };
        let shown = if path.path.is_empty() { "/" } else { &*path.path };
        table.row([
            host,
            shown,
            &*path.path_type,
            &backend(&path.backend),
            &specified(&path.path_type, shown),
        ]);
    }
    if let Some(default) = &facts.default_backend {
        table.row(["*", "", "", &backend(default), "what no rule takes"]);
    }
    table.render(2)
}

/// Ingress v1, `pathType`.
fn specified(path_type: &str, path: &str) -> String {
    let trimmed = path.trim_end_matches('/');
    match path_type {
        "Exact" => format!("{path} alone, case matters"),
        "Prefix" if trimmed.is_empty() => "every path".to_owned(),
        "Prefix" => format!("{trimmed}, and what is below {trimmed}/"),
        "ImplementationSpecific" | "" => "up to the controller".to_owned(),
        other => format!("no such type: `{other}`"),
    }
}

/// Where a path leads, in short.
pub fn backend(backend: &Backend) -> String {
    match backend {
        Backend::Service { name, port } if port.is_empty() => name.to_string(),
        Backend::Service { name, port } => format!("{name}:{port}"),
        Backend::Resource { kind, name } => format!("{kind} {name}"),
        Backend::Nothing => "–".to_owned(),
    }
}

fn annotation(text: &mut String, facts: &AnnotationFacts) {
    let _ = writeln!(text, "  {}", clean(&facts.key));
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "      {name:<9}{}", clean(value));
        }
    };
    line("value", &facts.value.as_deref().map_or_else(|| "a copy of the whole object".to_owned(), shortened));
    line("means", facts.meaning());
    line("becomes", &becomes(facts));
    line("why", facts.why.unwrap_or_default());
    for (implementation, field) in facts.policies() {
        line("policy", &format!("{implementation}: {field}"));
    }
    line("quirk", facts.quirk());
    line("problem", facts.problem.as_deref().unwrap_or_default());
    match facts.reading {
        Reading::Read => {}
        Reading::OtherController | Reading::OtherPrefix | Reading::Removed => {
            line("reading", "nobody reads it here");
        }
    }
}

/// Where its meaning goes, in words.
pub fn becomes(facts: &AnnotationFacts) -> String {
    let field = &*facts.becomes;
    let or = |without: &str| if field.is_empty() { without.to_owned() } else { field.to_owned() };
    match facts.verdict {
        Verdict::Standard => or("a standard field"),
        Verdict::Experimental => format!("{} (experimental channel)", or("a field")),
        Verdict::Policy => format!("{} (a policy of the implementation)", or("a policy")),
        Verdict::None => "nothing: Gateway API has no equivalent".to_owned(),
        Verdict::Internal => or("nothing is lost without it"),
        Verdict::Unknown => "we do not know this key".to_owned(),
    }
}

/// The beginning of a long value.
pub fn shortened(value: &str) -> String {
    let mut shown: String = value.chars().take(MOST).collect();
    if shown.len() < value.len() {
        let _ = write!(shown, "… ({} bytes)", value.len());
    }
    shown
}
