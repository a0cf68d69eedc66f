//! A comparison for people: as text, and as Markdown for a ticket.

use std::fmt::Write as _;

use serde_json::Value;

use super::{
    changes::Changes,
    report::{One, Shown},
};
use crate::{cli::table::Table, resource::Severity, resource::show::clean};

/// As text.
pub(super) fn table(shown: &Shown<'_>) -> String {
    let mut text = String::new();
    let (left, accepted): (Vec<&One<'_>>, Vec<&One<'_>>) =
        shown.differences.iter().partition(|one| one.accepted.is_none());
    for one in &left {
        difference(one, &mut text);
        text.push('\n');
    }
    if !accepted.is_empty() {
        text.push_str("accepted\n");
        let mut rows = Table::default();
        for one in &accepted {
            let Some(why) = &one.accepted else { continue };
            rows.row([one.id, &counts(one), &format!("{}: {}", why.date, why.reason)]);
        }
        text.push_str(&rows.render(2));
        text.push('\n');
    }
    end(shown, &mut text);
    text
}

/// What stands below all differences.
fn end(shown: &Shown<'_>, text: &mut String) {
    for stale in &shown.stale {
        let told = format!(
            "note: `{}` is accepted ({}: {}), but nothing is so any more: take it out",
            stale.id, stale.date, stale.reason
        );
        let _ = writeln!(text, "{}", clean(&told));
    }
    for sentence in shown.open() {
        let _ = writeln!(text, "note: {}", clean(&sentence));
    }
    let _ = writeln!(text, "{}", shown.looked());
    let left: Vec<&One<'_>> = shown.differences.iter().filter(|one| one.accepted.is_none()).collect();
    let _ = writeln!(text, "{}", sum(&left, shown.differences.len() - left.len()));
}

/// What came and what went since the comparison before; what stayed is not told again.
pub(super) fn news(shown: &Shown<'_>, changes: &Changes, at: &str) -> String {
    let mut text = format!("{at}  ");
    if changes.is_empty() {
        text.push_str("nothing came or went\n");
    } else {
        let counts = [
            (changes.went.len(), "went"),
            (changes.came.len(), "came"),
            (changes.moved.len(), "touches more or less than before"),
        ];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let told: Vec<String> = counts.map(|(count, what)| format!("{count} {what}")).collect();
        let _ = writeln!(text, "{}", told.join(", "));
        for went in &changes.went {
            let why = if went.accepted { "accepted" } else { "gone" };
            let _ = writeln!(text, "- {}  {}  ({why})", clean(&went.id), clean(&went.cause));
        }
        for moved in &changes.moved {
            let _ = writeln!(
                text,
                "~ {}  {} hosts and {} paths are {} and {}",
                clean(&moved.id),
                moved.before.0,
                moved.before.1,
                moved.now.0,
                moved.now.1
            );
        }
        for one in shown.differences.iter().filter(|one| changes.came.iter().any(|id| id == one.id)) {
            text.push_str("+ ");
            difference(one, &mut text);
        }
    }
    end(shown, &mut text);
    text.push('\n');
    text
}

fn sum(left: &[&One<'_>], accepted: usize) -> String {
    let count = |severity| left.iter().filter(|one| one.severity == severity).count();
    let many = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let accepted = if accepted == 0 { String::new() } else { format!("; {accepted} accepted") };
    if left.is_empty() {
        return format!("no difference is left{accepted}");
    }
    format!(
        "{}, {}, {}{accepted}",
        many(count(Severity::Error), "error"),
        many(count(Severity::Warning), "warning"),
        many(count(Severity::Info), "note"),
    )
}

fn counts(one: &One<'_>) -> String {
    let many = |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    format!("{}, {}", many(one.hosts, "host"), many(one.paths, "path"))
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// What makes the difference, in a line.
pub(super) fn cause(one: &One<'_>) -> String {
    let of = one.cause.object.as_ref().map(|object| format!(" of {object}")).unwrap_or_default();
    match one.cause.kind {
        "annotation" => format!("annotation {}{of}", one.cause.key),
        "trap" => format!("trap {}{of}: {}", one.cause.key, one.cause.title.unwrap_or_default()),
        "missing" => format!("missing: {}{of}", one.cause.key),
        _ => one.cause.key.to_owned(),
    }
}

fn difference(one: &One<'_>, text: &mut String) {
    let _ = writeln!(text, "{}: {}", word(one.severity), clean(&cause(one)));
    let _ = writeln!(text, "  {}   {}   {}", one.id, counts(one), one.kind.join(", "));
    let mut last = "";
    for evidence in &one.evidence {
        if evidence.curl != last {
            let _ = writeln!(text, "  {}", clean(&evidence.curl));
            let mut sides = Table::default();
            if last.is_empty() {
                sides.row(["old", evidence.old_rule, &told(&one.old)]);
                sides.row(["new", evidence.new_rule, &told(&one.new)]);
            } else {
                sides.row(["old", evidence.old_rule]);
                sides.row(["new", evidence.new_rule]);
            }
            text.push_str(&sides.render(4));
        }
        last = &evidence.curl;
        let mut points = Table::default();
        for point in &evidence.points {
            let value = |value: Option<&str>| value.unwrap_or("–").to_owned();
            points.row([point.what, &value(point.old), &format!("→ {}", value(point.new))]);
        }
        text.push_str(&points.render(6));
    }
    if let Some((old, new)) = one.came {
        let said = one.live.as_str().unwrap_or_default();
        let _ = writeln!(text, "  over the wire, {said}: {} → {}", clean(old), clean(new));
        for odd in one.odd {
            let _ = writeln!(text, "    {}", clean(odd));
        }
    }
    if !one.fix.is_empty() {
        let _ = writeln!(text, "  fix: {}", clean(one.fix));
    }
}

/// What an explanation says, in a few words.
fn told(explained: &Value) -> String {
    let text = |pointer: &str| explained.pointer(pointer).and_then(Value::as_str);
    let status = explained.get("status").and_then(Value::as_u64);
    // The old side's `location` is nginx's.
    let location =
        text("/redirect").or_else(|| text("/location").filter(|_| explained.get("server").is_none()));
    match (status, location, text("/reason")) {
        (Some(status), Some(location), _) => format!("{status} to {location}"),
        (Some(status), None, Some(reason)) => format!("{status}: {reason}"),
        (Some(status), None, None) => status.to_string(),
        (None, _, reason) => {
            let backends = explained.get("backends").and_then(Value::as_array);
            let names: Vec<String> = backends
                .into_iter()
                .flatten()
                .filter(|one| one.get("share").and_then(Value::as_f64).is_some_and(|share| share > 0.0))
                .map(|one| {
                    let word = |name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default();
                    let port = one.get("port").and_then(Value::as_u64).unwrap_or_default();
                    format!("{}/{}:{port}", word("namespace"), word("name"))
                })
                .collect();
            match (names.is_empty(), text("/rewritten/path")) {
                (true, _) => reason.unwrap_or_default().to_owned(),
                (false, Some(path)) => format!("{} gets {path}", names.join(", ")),
                (false, None) => names.join(", "),
            }
        }
    }
}

/// For a ticket.
pub(super) fn markdown(shown: &Shown<'_>) -> String {
    let mut text = String::from("# What differs between both sides\n\n");
    let _ = writeln!(text, "{}.\n", clean(&shown.looked()));
    text.push_str("| | Cause | In | Hosts | Paths | Accepted |\n|---|---|---|---:|---:|---|\n");
    let cell = |text: &str| clean(text).replace('|', "\\|").replace('\n', " ");
    for one in &shown.differences {
        let accepted = one.accepted.as_ref().map(|why| format!("{}: {}", why.date, why.reason));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            word(one.severity),
            cell(&cause(one)),
            one.kind.join(", "),
            one.hosts,
            one.paths,
            cell(&accepted.unwrap_or_default()),
        );
    }
    for one in &shown.differences {
        let _ = write!(text, "\n## {}\n\n`{}`\n\n```\n", cell(&cause(one)), one.id);
        let mut body = String::new();
        difference(one, &mut body);
        // Nothing of a manifest ends the block.
        text.push_str(&body.replace("```", "'''"));
        text.push_str("```\n");
    }
    for sentence in shown.open() {
        let _ = writeln!(text, "\n- {}", cell(&sentence));
    }
    for stale in &shown.stale {
        let _ = writeln!(text, "\n- `{}` is accepted, but nothing is so any more", cell(stale.id));
    }
    text
}
