//! `[[inventory.rules]]`: what a user says of annotations, before the rules that are built in.

use super::section::{At, Desk, Section, Value};

/// How hard an annotation makes an Ingress, in the user's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryRule {
    /// Whole keys, in which `*` stands for any text.
    pub annotation: At<String>,
    /// How hard.
    pub complexity: RuleComplexity,
    /// Why.
    pub reason: Option<String>,
}

/// The three sorts of Ingresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleComplexity {
    /// Nothing but routing.
    Simple,
    /// It has standard fields.
    Medium,
    /// A person must decide.
    Complex,
}

const WORDS: [(&str, RuleComplexity); 3] = [
    ("simple", RuleComplexity::Simple),
    ("medium", RuleComplexity::Medium),
    ("complex", RuleComplexity::Complex),
];

/// `[inventory]`
pub(super) fn rules(desk: &mut Desk<'_>, value: &Value<'_>) -> Vec<InventoryRule> {
    let Some(mut section) = Section::of(desk, "inventory", value) else { return Vec::new() };
    let rules = section.take("rules");
    section.end(desk);
    let Some(value) = rules else { return Vec::new() };
    let Some(items) = value.get_ref().as_array() else {
        desk.wrong(&value.span(), "`inventory.rules` is no list", "write `[[inventory.rules]]` for each");
        return Vec::new();
    };
    items.iter().filter_map(|item| rule(desk, item)).collect()
}

fn rule(desk: &mut Desk<'_>, item: &Value<'_>) -> Option<InventoryRule> {
    let mut section = Section::of(desk, "inventory.rules", item)?;
    let annotation = section.take("annotation").map(|value| desk.text("inventory.rules.annotation", value));
    let complexity = section.take("complexity").map(|value| complexity(desk, value));
    let reason = section.take("reason").and_then(|value| desk.text("inventory.rules.reason", value));
    section.end(desk);
    if annotation.is_none() {
        let fix = "say which: annotation = \"example.com/*\"";
        desk.wrong(&item.span(), "a `[[inventory.rules]]` without `annotation`", fix);
    }
    if complexity.is_none() {
        let fix = "say how hard: complexity = \"simple\", \"medium\" or \"complex\"";
        desk.wrong(&item.span(), "a `[[inventory.rules]]` without `complexity`", fix);
    }
    Some(InventoryRule {
        annotation: annotation.flatten()?,
        complexity: complexity.flatten()?,
        reason: reason.map(|reason| reason.value),
    })
}

fn complexity(desk: &mut Desk<'_>, value: &Value<'_>) -> Option<RuleComplexity> {
    let word = desk.text("inventory.rules.complexity", value)?;
    let known = WORDS.iter().find(|(known, _)| *known == word.value).map(|(_, complexity)| *complexity);
    if known.is_none() {
        let message = format!("`inventory.rules.complexity` can not be `{}`", word.value);
        desk.wrong(&value.span(), message, "write simple, medium or complex");
    }
    known
}
