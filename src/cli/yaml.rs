//! A JSON value as YAML that every reader takes back as the same value.

use serde_json::Value;

use super::clean::is_harmful;

/// Block style, two blanks a level, lists not indented under their key: as kubectl prints.
pub fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => object(&mut out, map, 0),
        Value::Array(items) if !items.is_empty() => array(&mut out, items, 0),
        Value::Object(_)
        | Value::Array(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_) => {
            out.push_str(&scalar(value, 0));
            out.push('\n');
        }
    }
    out
}

/// One item of a list at the top of a document's key: `- ` in front, the rest below it.
pub fn item(value: &Value) -> String {
    let mut out = String::new();
    array(&mut out, std::slice::from_ref(value), 0);
    out
}

fn object(out: &mut String, map: &serde_json::Map<String, Value>, depth: usize) {
    for (at, (key, value)) in map.iter().enumerate() {
        // The first key of a list's item stands behind its dash.
        if at > 0 || !out.ends_with("- ") {
            out.push_str(&"  ".repeat(depth));
        }
        out.push_str(&string(key));
        out.push(':');
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                out.push('\n');
                object(out, inner, depth + 1);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                array(out, items, depth);
            }
            Value::Object(_)
            | Value::Array(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_) => {
                out.push(' ');
                out.push_str(&scalar(value, depth));
                out.push('\n');
            }
        }
    }
}

fn array(out: &mut String, items: &[Value], depth: usize) {
    for item in items {
        out.push_str(&"  ".repeat(depth));
        out.push_str("- ");
        match item {
            Value::Object(inner) if !inner.is_empty() => object(out, inner, depth + 1),
            Value::Array(inner) if !inner.is_empty() => {
                // A list in a list begins on the next line: plain to read, and never wrong.
                out.truncate(out.len() - 1);
                out.push('\n');
                array(out, inner, depth + 1);
            }
            Value::Object(_)
            | Value::Array(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_) => {
                out.push_str(&scalar(item, depth));
                out.push('\n');
            }
        }
    }
}

fn scalar(value: &Value, depth: usize) -> String {
    match value {
        Value::String(text) if is_block(text) => block(text, depth),
        Value::String(text) => string(text),
        Value::Object(_) => "{}".to_owned(),
        Value::Array(_) => "[]".to_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// Several lines that a literal block keeps as they are.
fn is_block(text: &str) -> bool {
    text.trim_end_matches('\n').contains('\n')
        && !text.starts_with([' ', '\n'])
        && !text.contains(|c: char| c != '\n' && is_harmful(c))
}

fn block(text: &str, depth: usize) -> String {
    let body = text.trim_end_matches('\n');
    let ends = text.len() - body.len();
    let mark = match ends {
        0 => "|-",
        1 => "|",
        _ => "|+",
    };
    let indent = "  ".repeat(depth + 1);
    let mut out = mark.to_owned();
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(&indent);
            out.push_str(line);
        }
    }
    out.push_str(&"\n".repeat(ends.saturating_sub(1)));
    out
}

/// Plain where no reader could take it for something else, else in double quotes.
fn string(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_harmful(c) && u32::from(c) > 0xffff => out.push_str(&format!("\\U{:08x}", u32::from(c))),
            c if is_harmful(c) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn is_plain(text: &str) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || "_./-+ ()$*^=,;@~<>".contains(c);
    let first = text.chars().next();
    let word = first.is_some_and(|c| c.is_ascii_alphabetic() || c == '/' || c == '_');
    word && text.chars().all(safe) && !text.ends_with(' ') && !is_reserved(text)
}

/// Words that some reader of YAML 1.1 or 1.2 takes for a boolean or nothing.
fn is_reserved(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    matches!(lower.as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "null")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_written_as_kubectl_writes_them() {
        let value = json!({
            "kind": "List", "empty": {}, "none": null,
            "items": [
                {"name": "a", "ports": [80, 443], "labels": {"on": "yes"}},
                [1, [2]], [], "x: y", "", "0755", "1e3", "text\nof two\n", "- a", "*.example.com", " lead", "#no"
            ]
        });
        let expected = r##"empty: {}
items:
- labels:
    "on": "yes"
  name: a
  ports:
  - 80
  - 443
-
  - 1
  -
    - 2
- []
- "x: y"
- ""
- "0755"
- "1e3"
- |
  text
  of two
- "- a"
- "*.example.com"
- " lead"
- "#no"
kind: List
none: null
"##;
        assert_eq!(to_yaml(&value), expected);
    }
}
