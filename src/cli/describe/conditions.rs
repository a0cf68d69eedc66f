//! Conditions in plain words: what is not as it should be comes with its cure.

use std::fmt::Write as _;

use crate::{
    cli::scene::Scene,
    dialect::gateway::ParentStatus,
    resource::{Condition, Object, show::clean},
};

/// What cutover says of an object; empty for kinds that have no status here.
pub fn of(scene: &Scene, object: &Object) -> String {
    let status = &scene.compiled.status;
    let mut text = String::new();
    if let Some(found) = status.classes.get(&object.key) {
        text.push_str(&list(scene, object, found, 2));
    }
    if let Some(gateway) = status.gateways.get(&object.key) {
        text.push_str(&list(scene, object, &gateway.conditions, 2));
    }
    for parent in status.routes.get(&object.key).into_iter().flat_map(|parents| parents.iter()) {
        let _ = writeln!(text, "  {}", clean(&parent_line(parent)));
        text.push_str(&list(scene, object, &parent.conditions, 4));
    }
    if text.is_empty() { text } else { format!("\nConditions:\n{text}") }
}

/// Conditions, one a line, those that are wrong with what to do.
pub fn list(scene: &Scene, object: &Object, conditions: &[Condition], indent: usize) -> String {
    let pad = " ".repeat(indent);
    let mut text = String::new();
    let (good, bad): (Vec<_>, Vec<_>) = conditions.iter().partition(|condition| condition.is_good());
    for condition in bad.into_iter().chain(good) {
        let sign = sign(condition);
        let Condition { kind, status, reason, message, cure, field, generation: _ } = condition;
        let mut line = format!("{sign} {kind} {status:?} {reason}");
        let words = if message.is_empty() { plain(condition) } else { message };
        if !words.is_empty() {
            let _ = write!(line, ": {words}");
        }
        let _ = writeln!(text, "{pad}{}", clean(&line));
        if let Some(field) = field {
            let place = object.origin.as_ref().map_or_else(String::new, |origin| {
                let line = scene.line_of(object, field).unwrap_or(origin.line);
                format!(" ({}:{line})", origin.file.display())
            });
            let _ = writeln!(text, "{pad}  at:  {}", clean(&format!("{field}{place}")));
        }
        if !cure.is_empty() {
            let _ = writeln!(text, "{pad}  fix: {}", clean(cure));
        }
    }
    text
}

/// `!` for what works and may surprise.
fn sign(condition: &Condition) -> char {
    match (condition.is_good(), &*condition.kind) {
        (true, _) => '✓',
        (false, "OverlappingTLSConfig" | "InsecureFrontendValidationMode") => '!',
        (false, _) => '✗',
    }
}

/// What a good condition without a message means.
fn plain(condition: &Condition) -> &'static str {
    match (condition.is_good(), &*condition.kind) {
        (true, "Accepted") => "it is valid and taken",
        (true, "Programmed") => "it is served",
        (true, "ResolvedRefs") => "all that it names is there and may be used",
        (true, "Conflicted") => "nothing else claims its place",
        (true | false, _) => "",
    }
}

fn parent_line(parent: &ParentStatus) -> String {
    let ParentStatus { parent: reference, gateway, listeners, conditions: _, served } = parent;
    let mut line = format!("parent {}", gateway.path());
    for part in reference.section_name.iter().cloned().chain(reference.port.map(|port| port.to_string())) {
        let _ = write!(line, ":{part}");
    }
    let attached: Vec<_> = listeners.iter().map(|id| &*id.name).collect();
    let attached = if attached.is_empty() { "no listener".to_owned() } else { attached.join(", ") };
    let _ = write!(line, "   attached to {attached}");
    let reported = parent.conditions.iter().any(|one| one.kind == "Accepted" && one.is_good());
    if !served && reported {
        line.push_str("   not served yet");
    }
    line
}
