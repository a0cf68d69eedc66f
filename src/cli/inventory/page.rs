//! The inventory as a table, with what stands on no Ingress below it.

use std::fmt::Write as _;

use super::report::Report;
use crate::{
    cli::{failure::told, table::Table},
    dialect::ingress::Refusal,
    inventory::{IngressFacts, Outside, TrapFinding},
    resource::{Key, Problem, show::clean},
};

/// Problems that are listed; scripts get all.
const MOST: usize = 20;

/// The whole page.
pub fn text(report: &Report, wide: bool) -> String {
    if report.ingresses.is_empty() {
        return "No Ingresses found.\n".to_owned();
    }
    let mut heads = vec![
        "NAMESPACE",
        "NAME",
        "CLASS",
        "CONTROLLER",
        "HOSTS",
        "PATHS",
        "TLS",
        "ANNOTATIONS",
        "COMPLEXITY",
    ];
    if wide {
        heads.extend(["TRAPS", "FROM"]);
    }
    heads.push("WHY");
    let mut table = Table::new(heads);
    for facts in &report.ingresses {
        table.row(row(facts, wide));
    }
    let mut text = refused(report.refused());
    text.push_str(&table.render(0));
    let _ = writeln!(text, "\n{}", report.summary());
    text.push_str(&traps(report));
    if !report.outside.is_empty() {
        let _ = writeln!(text, "\nOn no Ingress");
        text.push_str(&outside(&report.outside));
    }
    text.push_str(&problems(&report.problems));
    text
}

/// The first finding of each trap with how often it was found, in the order of the report.
pub fn trap_counts(report: &Report) -> Vec<(&TrapFinding, usize)> {
    let mut by_id: Vec<(&TrapFinding, usize)> = Vec::new();
    for trap in &report.traps {
        match by_id.iter_mut().find(|(first, _)| first.id == trap.id) {
            Some((_, count)) => *count += 1,
            None => by_id.push((trap, 1)),
        }
    }
    for more in &report.more_traps {
        if let Some((_, count)) = by_id.iter_mut().find(|(first, _)| first.id == more.id) {
            *count += more.count;
        }
    }
    by_id
}

/// Which traps these Ingresses touch: each with how often, its first place, and the request that shows it.
fn traps(report: &Report) -> String {
    let by_id = trap_counts(report);
    if by_id.is_empty() {
        return String::new();
    }
    let mut table = Table::new(["TRAP", "TIMES", "FIRST AT", "WHAT", "A REQUEST THAT SHOWS IT"]);
    for (trap, count) in by_id {
        table.row([trap.id, &count.to_string(), &trap.object.path(), trap.title, &trap.shown()]);
    }
    format!("\nTraps that these Ingresses touch\n{}", table.render(2))
}

fn row(facts: &IngressFacts, wide: bool) -> Vec<String> {
    let mut cells = vec![
        facts.namespace().to_string(),
        facts.name().to_string(),
        class(facts),
        controller(facts),
        hosts(facts, if wide { usize::MAX } else { 2 }),
        facts.paths.len().to_string(),
        if facts.tls.is_empty() { "–".to_owned() } else { "yes".to_owned() },
        facts.annotations.len().to_string(),
        facts.complexity.as_str().to_owned(),
    ];
    if wide {
        let traps: Vec<&str> = facts.traps.iter().map(|trap| trap.id).collect();
        cells.push(if traps.is_empty() { "–".to_owned() } else { traps.join(",") });
        cells.push(source(facts));
    }
    cells.push(why(facts, wide));
    cells
}

/// The class, with a mark where the Ingress does not name it itself.
pub fn class(facts: &IngressFacts) -> String {
    use crate::inventory::ClassFrom;
    let name = facts.class.as_deref().unwrap_or("–");
    match facts.class_from {
        ClassFrom::Spec | ClassFrom::Nowhere => name.to_owned(),
        ClassFrom::Annotation | ClassFrom::Default => format!("{name} ({})", facts.class_from),
    }
}

/// Our name of the controller, or what its class says.
pub fn controller(facts: &IngressFacts) -> String {
    facts.family.or(facts.controller.as_deref()).unwrap_or("–").to_owned()
}

/// Hosts, `*` for every one.
pub fn hosts(facts: &IngressFacts, most: usize) -> String {
    let shown = facts.hosts.iter().take(most).map(|host| if host.is_empty() { "*" } else { host });
    let mut shown: Vec<String> = shown.map(str::to_owned).collect();
    if facts.hosts.len() > most {
        shown.push(format!("+ {} more", facts.hosts.len() - most));
    }
    if shown.is_empty() { "–".to_owned() } else { shown.join(", ") }
}

/// File and line.
pub fn source(facts: &IngressFacts) -> String {
    facts.origin.as_ref().map_or_else(|| "–".to_owned(), |at| format!("{}:{}", at.file.display(), at.line))
}

fn why(facts: &IngressFacts, whole: bool) -> String {
    let short = |reason: &crate::inventory::Reason| {
        let key = reason.key.as_deref().map(|key| key.rsplit_once('/').map_or(key, |(_, short)| short));
        key.map_or_else(|| reason.text.to_string(), |key| format!("{key}: {}", reason.text))
    };
    let most = if whole { usize::MAX } else { 1 };
    let mut shown: Vec<String> = facts.reasons.iter().take(most).map(short).collect();
    if facts.reasons.len() > most {
        shown.push(format!("{} more", facts.reasons.len() - most));
    }
    shown.join("; ")
}

/// What a refusal means; it goes before all else.
pub const REFUSED: &str = "nginx refuses the whole configuration, so no change of any Ingress takes effect";

/// Why nginx takes over nothing; empty where it does.
pub fn refused(all: &[Refusal]) -> String {
    let mut text = String::new();
    for (at, one) in all.iter().take(MOST).enumerate() {
        if at == 0 {
            let _ = writeln!(text, "{REFUSED}:");
        }
        let _ = writeln!(text, "  {}: {}", clean(&refused_at(one)), clean(&one.message));
        let _ = writeln!(text, "      fix: {}", clean(&one.cure));
    }
    if all.len() > MOST {
        let _ = writeln!(text, "  and {} more (-o json has all)", all.len() - MOST);
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// The Ingress at fault, and the host.
pub fn refused_at(one: &Refusal) -> String {
    let ingress = one.ingress.as_ref().map_or_else(|| "the controller".to_owned(), Key::path);
    one.host.as_ref().map_or_else(|| ingress.clone(), |host| format!("{ingress} ({host})"))
}

/// What stands on no Ingress.
fn outside(all: &[Outside]) -> String {
    let mut table = Table::default();
    for one in all {
        let sign = if one.found { "✓" } else { "✗" };
        let name = one.name.as_deref().unwrap_or("not found");
        let name =
            if one.found || one.name.is_none() { name.to_owned() } else { format!("{name} not found") };
        table.row([sign, one.what, &name, &one.depends]);
        for (key, value) in &one.settings {
            table.row(["", "", &format!("  {key} = {value}")]);
        }
    }
    table.render(2)
}

fn problems(all: &[Problem]) -> String {
    let mut text = String::new();
    let about: Vec<&Problem> = all.iter().filter(|problem| problem.object.is_some()).collect();
    for (at, problem) in about.iter().take(MOST).enumerate() {
        text.push_str(if at == 0 { "\n" } else { "" });
        text.push_str(&told(problem));
    }
    if about.len() > MOST {
        let _ = writeln!(text, "and {} more problems (-o json has all)", about.len() - MOST);
    }
    text
}
