//! An object held against its schema: types, fields, bounds, patterns, values, lists; then the rules of each part.
//!
//! As on a server, a known field or a map's entry that is `null` counts as absent, absent fields get their defaults before anything
//! is judged, and unknown fields are dropped. A list with too many items is judged no further than the limit, which
//! bounds the work that a hostile file can ask for.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{
    findings::{Findings, Place, shown},
    nearest::nearest,
    pattern,
    rules::Here,
    table::{ListType, Node, Table, Type},
};
use crate::resource::Severity;

/// Walks a whole object; identity and metadata are judged elsewhere, and `status` is the controllers'.
pub(super) fn object(findings: &mut Findings<'_>, table: &Table, root: usize, value: &mut Value) {
    let (Some(node), Some(map)) = (table.node(root), value.as_object_mut()) else { return };
    let mut walk = Walk { findings, table };
    for elsewhere in JUDGED_ELSEWHERE {
        map.remove(elsewhere);
    }
    walk.fields(node, map, &Place::ROOT, &JUDGED_ELSEWHERE);
}

/// Fields of a whole object that are not walked.
const JUDGED_ELSEWHERE: [&str; 4] = ["apiVersion", "kind", "metadata", "status"];

struct Walk<'f, 'o, 't> {
    findings: &'f mut Findings<'o>,
    table: &'t Table,
}

impl Walk<'_, '_, '_> {
    fn part(&mut self, number: usize, value: &mut Value, place: &Place<'_>) {
        let Some(node) = self.table.node(number) else { return };
        let sound = match (node.kind, &mut *value) {
            (Type::Object, Value::Object(map)) => self.map(node, map, place),
            (Type::Array, Value::Array(items)) => self.list(node, items, place),
            (Type::String, Value::String(text)) => self.text(node, text, place),
            (Type::Integer, Value::Number(number)) => self.number(node, number, place),
            (Type::Boolean, Value::Bool(_)) => true,
            _ => {
                let message = format!("must be {}, not {}", article(node.kind), kind_of(value));
                self.findings.error("wrong-type", place, message, cure_of_type(node.kind, value));
                return;
            }
        };
        if !node.allowed.is_empty() {
            self.one_of(node, value, place);
        }
        if sound {
            for check in &node.checks {
                (check.run)(&mut Here { findings: self.findings, place, code: check.code }, value);
            }
        }
    }

    fn map(&mut self, node: &Node, map: &mut Map<String, Value>, place: &Place<'_>) -> bool {
        if node.values.is_some() {
            map.retain(|_, value| !value.is_null());
        }
        let sound = self.count(node, map.len(), "entries", place);
        if let Some(values) = node.values {
            let most = node.max.and_then(|max| usize::try_from(max).ok()).unwrap_or(usize::MAX);
            for (key, value) in map.iter_mut().take(most) {
                self.part(values, value, &place.key(key));
            }
        } else if !node.fields.is_empty() {
            self.fields(node, map, place, &[]);
        }
        sound
    }

    fn fields(&mut self, node: &Node, map: &mut Map<String, Value>, place: &Place<'_>, skipped: &[&str]) {
        for field in &node.fields {
            if skipped.contains(&field.name.as_str()) {
                continue;
            }
            if map.get(&field.name).is_some_and(Value::is_null) {
                map.remove(&field.name);
            }
            if let Some(default) = &field.default
                && !map.contains_key(&field.name)
            {
                map.insert(field.name.clone(), default.clone());
            }
            if field.required && !map.contains_key(&field.name) {
                let message = format!("`{}` is required", field.name);
                self.findings.error("missing-field", &place.field(&field.name), message, "add the field");
            }
        }
        for (name, value) in map.iter_mut() {
            let here = place.field(name);
            let Some(field) = node.field(name) else {
                self.unknown(node, name, &here);
                continue;
            };
            if field.experimental {
                let message = format!("`{name}` is in the experimental channel only");
                let fix = "the standard CRDs drop it: install the experimental ones, or take it out";
                self.findings.tell(Severity::Info, "experimental-only", &here, message, fix);
            }
            self.part(field.node, value, &here);
        }
    }

    fn unknown(&mut self, node: &Node, name: &str, place: &Place<'_>) {
        let names = || node.fields.iter().map(|field| field.name.as_str());
        let fix = nearest(name, names()).map_or_else(
            || format!("take it out; known here: {}", names().collect::<Vec<_>>().join(", ")),
            |meant| format!("did you mean `{meant}`?"),
        );
        let message = format!("unknown field {}: a server drops it", shown(&Value::from(name)));
        self.findings.tell(Severity::Warning, "unknown-field", place, message, fix);
    }

    fn list(&mut self, node: &Node, items: &mut [Value], place: &Place<'_>) -> bool {
        let sound = self.count(node, items.len(), "items", place);
        let most = node.max.and_then(|max| usize::try_from(max).ok()).unwrap_or(usize::MAX);
        let Some(of_items) = node.items else { return sound };
        for (index, item) in items.iter_mut().enumerate().take(most) {
            self.part(of_items, item, &place.item(index));
        }
        match node.list {
            ListType::Set if sound => self.duplicates(items, place, |item| Some(item.to_string())),
            ListType::Map if sound => self.duplicates(items, place, |item| {
                let keys = node.keys.iter().map(|key| item.get(key).map(Value::to_string));
                let keys: Vec<String> = keys.map(Option::unwrap_or_default).collect();
                keys.iter().any(|key| !key.is_empty()).then(|| keys.join(", "))
            }),
            ListType::Atomic | ListType::Set | ListType::Map => {}
        }
        sound
    }

    fn duplicates(&mut self, items: &[Value], place: &Place<'_>, key: impl Fn(&Value) -> Option<String>) {
        if items.len() < 2 {
            return;
        }
        let mut seen = HashSet::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            if let Some(key) = key(item)
                && let Some(again) = seen.replace(key)
            {
                let message = format!("`{}` is there before: entries must differ", again.replace('"', ""));
                self.findings.error(
                    "duplicate-entry",
                    &place.item(index),
                    message,
                    "take it out or rename it",
                );
            }
        }
    }

    fn text(&mut self, node: &Node, text: &str, place: &Place<'_>) -> bool {
        // Bytes are at least as many as characters: counting is needed only when they are too many or too few.
        let many = node.max.is_some_and(|max| text.len() as i64 > max);
        let few = node.min.is_some_and(|min| (text.len() as i64) < min.saturating_mul(4));
        if many || few {
            let length = text.chars().count() as i64;
            if let Some(max) = node.max.filter(|max| length > *max) {
                let message = format!("{length} characters are too many: {max} are allowed");
                self.findings.error("too-long", place, message, "shorten it");
                return false;
            }
            if let Some(min) = node.min.filter(|min| length < *min) {
                let message = match length {
                    0 => "must not be empty".to_owned(),
                    _ => format!("{length} characters are too few: at least {min} are needed"),
                };
                self.findings.error("too-short", place, message, "write a value, or take the field out");
                return false;
            }
        }
        if let Some(pattern) = node.pattern.and_then(|number| self.table.patterns.get(number))
            && !pattern.fits(text)
        {
            let value = shown(&Value::from(text));
            let (message, fix) = match pattern::meaning(&pattern.text) {
                Some(words) => (format!("{value} is not {words}"), cure_of_text(text, |t| pattern.fits(t))),
                None => (format!("{value} does not match `{}`", pattern.text), String::new()),
            };
            self.findings.error("bad-pattern", place, message, fix);
            return false;
        }
        if let Some(pattern) = node.pattern_experimental.and_then(|number| self.table.patterns.get(number))
            && !pattern.fits(text)
        {
            self.header_value(text, place);
        }
        true
    }

    /// The experimental CRDs hold header values to what HTTP can carry; the standard ones leave that to the gateway.
    fn header_value(&mut self, text: &str, place: &Place<'_>) {
        let value = shown(&Value::from(text));
        if text.contains(|c: char| c.is_control() && c != '\t') {
            let message = format!("{value} holds a line break or another character that no header can carry");
            self.findings.error(
                "header-value",
                place,
                message,
                "write it in one line of printable characters",
            );
        } else {
            let message = format!(
                "{value}: the experimental CRDs refuse blanks at an end or in a row, and what is not ASCII"
            );
            let fix = "write printable ASCII with single blanks between";
            self.findings.tell(Severity::Warning, "header-value", place, message, fix);
        }
    }

    fn number(&mut self, node: &Node, number: &serde_json::Number, place: &Place<'_>) -> bool {
        let whole =
            number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from)).or_else(|| {
                // Beyond 2^53 a float no longer says which whole number is meant.
                number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 9e15).map(|n| n as i128)
            });
        let Some(whole) = whole else {
            let message = format!("must be a whole number, not `{number}`");
            self.findings.error("wrong-type", place, message, "write a number without a fraction");
            return false;
        };
        let (min, max) = (node.min.unwrap_or(i64::MIN), node.max.unwrap_or(i64::MAX));
        if whole < min.into() || whole > max.into() {
            let message = format!("`{whole}` is out of range: {min} to {max} is allowed");
            self.findings.error(
                "out-of-range",
                place,
                message,
                format!("write a number from {min} to {max}"),
            );
            return false;
        }
        true
    }

    fn one_of(&mut self, node: &Node, value: &Value, place: &Place<'_>) {
        if node.allowed.contains(value) {
            return;
        }
        if node.allowed_experimental.contains(value) {
            let message = format!("{} is in the experimental channel only", shown(value));
            let fix = "the standard CRDs refuse it: install the experimental ones";
            self.findings.tell(Severity::Info, "experimental-only", place, message, fix);
            return;
        }
        let names: Vec<String> = node.allowed.iter().map(shown).collect();
        let fix = value
            .as_str()
            .and_then(|text| nearest(text, node.allowed.iter().filter_map(Value::as_str)))
            .map_or_else(|| "write one of these".to_owned(), |meant| format!("did you mean `{meant}`?"));
        let message = format!("{} is not one of {}", shown(value), names.join(", "));
        self.findings.error("bad-value", place, message, fix);
    }

    fn count(&mut self, node: &Node, count: usize, what: &str, place: &Place<'_>) -> bool {
        let count = count as i64;
        if let Some(max) = node.max.filter(|max| count > *max) {
            let message = format!("{count} {what} are too many: {max} are allowed");
            self.findings.error("too-many", place, message, "split the object, or take some out");
            return false;
        }
        if let Some(min) = node.min.filter(|min| count < *min) {
            let message = format!("{count} {what} are too few: at least {min} needed");
            self.findings.error("too-few", place, message, "add some, or take the field out");
            return false;
        }
        true
    }
}

const fn article(kind: Type) -> &'static str {
    match kind {
        Type::Object => "an object",
        Type::Array => "a list",
        Type::String => "a string",
        Type::Integer => "a whole number",
        Type::Boolean => "true or false",
    }
}

fn kind_of(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => format!("the boolean `{truth}`"),
        Value::Number(number) => format!("the number `{number}`"),
        Value::String(_) => format!("the string {}", shown(value)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

fn cure_of_type(wanted: Type, value: &Value) -> String {
    match (wanted, value) {
        (Type::String, Value::Number(_) | Value::Bool(_)) => format!("put it in quotes: \"{value}\""),
        (Type::Integer | Type::Boolean, Value::String(_)) => "take the quotes away".to_owned(),
        (Type::Array, Value::Null) => "take the field out".to_owned(),
        (Type::Array, _) => "make it a list: put `- ` before it".to_owned(),
        (Type::Object, Value::Array(_)) => "take the `- ` away".to_owned(),
        _ => format!("write {}", article(wanted)),
    }
}

/// What most often cures a name: lower case, and none of the blanks around it.
fn cure_of_text(text: &str, fits: impl Fn(&str) -> bool) -> String {
    let tries = [
        text.trim().to_owned(),
        text.trim().to_lowercase(),
        text.trim().trim_end_matches('.').to_lowercase(),
    ];
    tries
        .into_iter()
        .find(|attempt| attempt.len() < 254 && !attempt.is_empty() && fits(attempt))
        .map_or_else(String::new, |attempt| format!("write `{attempt}`"))
}
