//! Where in an object one is, and what was found there.

use std::fmt;

use serde_json::Value;

use crate::resource::{Object, Problem, Severity};

/// One step from an object to a part of it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'a> {
    /// A field of a schema.
    Field(&'a str),
    /// An item of a list.
    Item(usize),
    /// A key of a map, which may hold dots.
    Key(&'a str),
}

/// A path, kept on the stack and written down only when something is wrong there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    parent: Option<(&'a Place<'a>, Step<'a>)>,
}

impl<'a> Place<'a> {
    /// The object itself.
    pub(super) const ROOT: Place<'static> = Place { parent: None };

    pub(super) const fn then(&'a self, step: Step<'a>) -> Self {
        Self { parent: Some((self, step)) }
    }

    pub(super) const fn field(&'a self, name: &'a str) -> Self {
        self.then(Step::Field(name))
    }

    pub(super) const fn item(&'a self, index: usize) -> Self {
        self.then(Step::Item(index))
    }

    pub(super) const fn key(&'a self, key: &'a str) -> Self {
        self.then(Step::Key(key))
    }
}

/// As kubectl writes paths: `spec.rules[0].backendRefs[1].weight`, `metadata.labels[app/name]`.
impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((parent, step)) = self.parent else { return Ok(()) };
        parent.fmt(f)?;
        match step {
            Step::Field(name) if parent.parent.is_none() => f.write_str(name),
            Step::Field(name) => write!(f, ".{name}"),
            Step::Item(index) => write!(f, "[{index}]"),
            Step::Key(key) => write!(f, "[{key}]"),
        }
    }
}

/// The problems of one object.
pub(super) struct Findings<'a> {
    object: &'a Object,
    problems: Vec<Problem>,
}

impl<'a> Findings<'a> {
    pub(super) const fn new(object: &'a Object) -> Self {
        Self { object, problems: Vec::new() }
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    pub(super) fn tell(
        &mut self,
        severity: Severity,
        code: &'static str,
        place: &Place<'_>,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) {
        let mut problem =
            Problem::new(severity, code, message).of(&self.object.key, self.object.origin.as_ref()).fix(fix);
        let field = place.to_string();
        if !field.is_empty() {
            problem = problem.field(field);
        }
        self.problems.push(problem);
    }

    pub(super) fn error(
        &mut self,
        code: &'static str,
        place: &Place<'_>,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.tell(Severity::Error, code, place, message, fix);
    }
}

/// The value as a message can hold it: one line, not too long.
pub(super) fn shown(value: &Value) -> String {
    const MOST: usize = 60;
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => return format!("a list of {}", items.len()),
        Value::Object(_) => return "an object".to_owned(),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other.to_string(),
    };
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("`{}…`", text.get(..end).unwrap_or_default()),
        None => format!("`{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_as_kubectl_writes_it() {
        let (spec, rules) = (Place::ROOT.field("spec"), "rules");
        let rule = spec.field(rules);
        let first = rule.item(0);
        assert_eq!(first.field("name").to_string(), "spec.rules[0].name");
        let meta = Place::ROOT.field("metadata");
        let labels = meta.field("labels");
        assert_eq!(
            labels.key("app.kubernetes.io/name").to_string(),
            "metadata.labels[app.kubernetes.io/name]"
        );
        assert_eq!(Place::ROOT.to_string(), "");
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        assert_eq!(shown(&Value::from("é".repeat(61))), format!("`{}…`", "é".repeat(60)));
        assert_eq!(shown(&Value::from("é".repeat(60))), format!("`{}`", "é".repeat(60)));
    }
}
