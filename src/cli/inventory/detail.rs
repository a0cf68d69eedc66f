//! All about single Ingresses: rules, each read twice, each annotation with what it means and becomes, what stands against moving it.

use std::fmt::Write as _;

use super::{
    page::{class, controller, hosts, refused, source},
    report::Report,
};
use crate::{
    cli::{failure::told, table::Table},
    dialect::ingress::{Finding, Served},
    inventory::{
        AnnotationFacts, Backend, IngressFacts, PathFacts, PathReading, Reading, TrapFinding, Verdict,
        readings,
    },
    resource::{Key, show::clean},
};

/// How much of a value is shown; scripts get the whole.
const MOST: usize = 400;
/// Names of other Ingresses that are shown.
const MOST_NAMES: usize = 8;

/// The pages, one after the other.
pub fn text(report: &Report) -> String {
    let pages: Vec<String> = report
        .ingresses
        .iter()
        .map(|facts| {
            let mut text = page(report, facts);
            // What is wrong with a value stands with its annotation.
            let own = report
                .problems
                .iter()
                .filter(|one| one.object.as_ref() == Some(&facts.key) && one.code != "annotation-malformed");
            let own: String = own.map(told).collect();
            if !own.is_empty() {
                let _ = write!(text, "\nProblems\n{own}");
            }
            text
        })
        .collect();
    refused(report.refused()) + &pages.join("\n\n")
}

fn page(report: &Report, facts: &IngressFacts) -> String {
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
    rules(&mut text, facts, &readings(&report.compiled, facts));
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
        let findings = findings(report, facts);
        for annotation in &facts.annotations {
            self::annotation(&mut text, annotation, findings);
        }
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
    let _ = writeln!(text, "      request  {}", clean(&trap.shown()));
    let _ = writeln!(text, "      fix      {}", clean(&trap.cure));
}

/// Each path as it is written, as the specification of Ingress reads it, and as its controller does.
fn rules(text: &mut String, facts: &IngressFacts, readings: &[PathReading]) {
    let who = facts.family.unwrap_or("controller");
    let width = who.len().max("specification".len());
    let line = |text: &mut String, name: &str, value: &str| {
        let _ = writeln!(text, "      {name:<width$}  {}", clean(value));
    };
    for (at, path) in facts.paths.iter().enumerate() {
        let _ = writeln!(text, "  {}", clean(&written(path)));
        let Some(reading) = readings.get(at) else { continue };
        line(text, "specification", &reading.specification);
        line(text, who, if reading.agree { "the same" } else { &reading.reads });
        for location in &reading.locations {
            line(text, "written as", location);
        }
        for note in &reading.notes {
            line(text, "note", note);
        }
        if !reading.beside.is_empty() {
            line(text, "same host", &names(&reading.beside));
        }
    }
    if let Some(default) = &facts.default_backend {
        let _ = writeln!(text, "  what no rule takes → {}", clean(&backend(default)));
    }
}

/// `app.example.com/api (Prefix) → api:8080`
fn written(path: &PathFacts) -> String {
    let host = if path.host.is_empty() { "*" } else { &*path.host };
    let shown = if path.path.is_empty() { "/" } else { &*path.path };
    let kind = if path.path_type.is_empty() { "no type" } else { &*path.path_type };
    format!("{host}{shown} ({kind}) → {}", backend(&path.backend))
}

/// The first of other Ingresses: a host may have hundreds.
fn names(keys: &[Key]) -> String {
    let mut names: Vec<String> = keys.iter().take(MOST_NAMES).map(Key::path).collect();
    if keys.len() > MOST_NAMES {
        names.push(format!("and {} more", keys.len() - MOST_NAMES));
    }
    names.join(", ")
}

/// What ingress-nginx says of the Ingress's annotations.
fn findings<'r>(report: &'r Report, facts: &IngressFacts) -> &'r [Finding] {
    match report.compiled.ingresses.get(&facts.key).map(|judged| &judged.served) {
        Some(Served::Nginx(taken)) => &taken.annotations.findings,
        Some(Served::Dropped(findings)) => findings,
        Some(Served::Plain(_) | Served::Left(_) | Served::Broken(_)) | None => &[],
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

fn annotation(text: &mut String, facts: &AnnotationFacts, findings: &[Finding]) {
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
    let problem = facts.problem.as_deref().unwrap_or_default();
    line("problem", problem);
    for finding in findings.iter().filter(|finding| *finding.key == *facts.key) {
        line("here", if problem.contains(&finding.message) { "" } else { &finding.message });
    }
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
