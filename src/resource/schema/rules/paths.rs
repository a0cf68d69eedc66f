//! Rules of the path of a match: what Exact and PathPrefix can hold, so that it can be compared byte by byte.

use serde_json::Value;

use super::{Here, Rule, by_table, rule, text};
use crate::resource::schema::findings::{Step::Field, shown};

pub(super) const RULES: &[Rule] = &[
    by_table("51e1a3a1", "bad-value"),
    rule("98bcc757", "path-not-absolute", absolute),
    rule("38e38454", "path-value", |here, v| without(here, v, "//")),
    rule("a546348c", "path-value", |here, v| without(here, v, "/./")),
    rule("c59087a0", "path-value", |here, v| without(here, v, "/../")),
    rule("f2a2232e", "path-value", |here, v| without(here, v, "%2f")),
    rule("8313b786", "path-value", |here, v| without(here, v, "%2F")),
    rule("974071bb", "path-value", |here, v| without(here, v, "#")),
    rule("60362e3b", "path-value", |here, v| not_at_the_end(here, v, "/..")),
    rule("66889ed3", "path-value", |here, v| not_at_the_end(here, v, "/.")),
    rule("707dfd2b", "path-value", characters),
];

/// The path, when it is not an expression.
fn literal(value: &Value) -> Option<&str> {
    let path = value.get("value").and_then(Value::as_str)?;
    matches!(text(value, "type"), "Exact" | "PathPrefix").then_some(path)
}

fn absolute(here: &mut Here<'_, '_>, value: &Value) {
    if let Some(path) = literal(value).filter(|path| !path.starts_with('/')) {
        let message = format!("the path {} does not begin with `/`", shown(&Value::from(path)));
        let fix = format!("write {}, or type: RegularExpression", shown(&Value::from(format!("/{path}"))));
        here.tell(&[Field("value")], message, fix);
    }
}

fn without(here: &mut Here<'_, '_>, value: &Value, part: &str) {
    if literal(value).is_some_and(|path| path.contains(part)) {
        let message = format!("the path must not contain `{part}`");
        here.tell(&[Field("value")], message, "write the path as clients send it, without it");
    }
}

fn not_at_the_end(here: &mut Here<'_, '_>, value: &Value, part: &str) {
    if literal(value).is_some_and(|path| path.ends_with(part)) {
        let message = format!("the path must not end with `{part}`");
        here.tell(&[Field("value")], message, "write the path as clients send it, without it");
    }
}

fn characters(here: &mut Here<'_, '_>, value: &Value) {
    // A `#` has a rule of its own.
    let Some(path) = literal(value).filter(|path| !path.contains('#')) else { return };
    let mut rest = path.chars();
    while let Some(letter) = rest.next() {
        let hex = |c: Option<char>| c.is_some_and(|c| c.is_ascii_hexdigit());
        if letter == '%' && hex(rest.next()) && hex(rest.next()) {
            continue;
        }
        if letter.is_ascii_alphanumeric() || "-/._~!$&'()*+,;=:@".contains(letter) {
            continue;
        }
        let message = match letter {
            '%' => "a `%` in the path is not followed by two hexadecimal digits".to_owned(),
            '{' | '}' => "`{` and `}` can not be in a path: was a template not filled in?".to_owned(),
            other => format!("`{other}` can not be in a path"),
        };
        here.tell(&[Field("value")], message, "write it percent-encoded, or use type: RegularExpression");
        return;
    }
}
