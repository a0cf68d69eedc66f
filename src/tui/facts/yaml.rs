//! A JSON value as YAML text for reading: block style, strings quoted only where YAML would take them otherwise.
//!
//! Values of Secrets are never shown: their place says how many bytes there are.

use std::fmt::Write as _;

use serde_json::Value;

/// Lines of YAML; no line for an empty object at the top.
pub fn lines(value: &Value) -> Vec<String> {
    let mut out = Vec::new();
    block(value, 0, &mut out);
    out
}

/// The value with what is secret taken out: `data` and `stringData` of a Secret.
#[must_use]
pub fn without_secrets(mut value: Value) -> Value {
    let secret = value.get("kind").and_then(Value::as_str) == Some("Secret");
    if secret && let Some(object) = value.as_object_mut() {
        for (field, encoded) in [("data", true), ("stringData", false)] {
            match object.get_mut(field) {
                Some(Value::Object(entries)) => {
                    for (_, entry) in entries.iter_mut() {
                        *entry = Value::String(hidden(entry, encoded));
                    }
                }
                Some(other) => *other = Value::String("••".to_owned()),
                None => {}
            }
        }
    }
    value
}

fn hidden(entry: &Value, encoded: bool) -> String {
    let Some(text) = entry.as_str() else { return "••".to_owned() };
    let bytes = if encoded {
        let digits = text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=').count();
        digits * 3 / 4
    } else {
        text.len()
    };
    format!("•• {bytes} bytes")
}

fn block(value: &Value, indent: usize, out: &mut Vec<String>) {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let name = scalar(name);
                match field {
                    Value::Object(inner) if !inner.is_empty() => {
                        out.push(format!("{pad}{name}:"));
                        block(field, indent + 2, out);
                    }
                    Value::Array(items) if !items.is_empty() => {
                        out.push(format!("{pad}{name}:"));
                        block(field, indent, out);
                    }
                    Value::String(text) if text.contains('\n') => {
                        let chomp = if text.ends_with('\n') { "|" } else { "|-" };
                        out.push(format!("{pad}{name}: {chomp}"));
                        out.extend(text.lines().map(|line| format!("{pad}  {line}")));
                    }
                    other => out.push(format!("{pad}{name}: {}", leaf(other))),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                let from = out.len();
                match item {
                    Value::Object(inner) if !inner.is_empty() => block(item, indent + 2, out),
                    Value::Array(inner) if !inner.is_empty() => block(item, indent + 2, out),
                    other => out.push(format!("{pad}  {}", leaf(other))),
                }
                if let Some(first) = out.get_mut(from) {
                    first.replace_range(indent..indent + 2, "- ");
                }
            }
        }
        other => out.push(format!("{pad}{}", leaf(other))),
    }
}

fn leaf(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => scalar(text),
        Value::Array(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
    }
}

/// A string, quoted when YAML (1.1 or 1.2) would read it as something else.
fn scalar(text: &str) -> String {
    let word = text.to_ascii_lowercase();
    let reserved = matches!(
        word.as_str(),
        "" | "~" | "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    let starts = text.chars().next().is_some_and(|c| "!&*-?:,[]{}#|>@`\"'% \t".contains(c));
    let number = text.parse::<f64>().is_ok()
        || text.starts_with("0x")
        || text.starts_with("0o")
        || (text.starts_with(|c: char| c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_digit() || "_:-".contains(c)));
    let inside = text.contains(": ") || text.contains(" #") || text.ends_with(':') || text.ends_with(' ');
    let control = text.chars().any(char::is_control);
    if control {
        let mut quoted = String::from("\"");
        for c in text.chars() {
            match c {
                '"' | '\\' => {
                    quoted.push('\\');
                    quoted.push(c);
                }
                '\n' => quoted.push_str("\\n"),
                '\t' => quoted.push_str("\\t"),
                c if c.is_control() => {
                    let _ = write!(quoted, "\\x{:02x}", c as u32);
                }
                c => quoted.push(c),
            }
        }
        quoted.push('"');
        quoted
    } else if reserved || starts || number || inside {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_reads_as_kubectl_would_write_it() {
        let value =
            json!({"a": {"b": [{"name": "x", "ports": [80, "80"]}, "word"]}, "empty": {}, "text": "1\n2\n"});
        let expected = [
            "a:",
            "  b:",
            "  - name: x",
            "    ports:",
            "    - 80",
            "    - '80'",
            "  - word",
            "empty: {}",
            "text: |",
            "  1",
            "  2",
        ];
        assert_eq!(lines(&value), expected);
    }

    #[test]
    fn strings_are_quoted_only_where_yaml_reads_them_otherwise() {
        let cases = [
            ("plain", "plain", "a word"),
            ("yes", "'yes'", "a truth value in YAML 1.1"),
            ("0755", "'0755'", "a number"),
            ("1.5s", "1.5s", "no number"),
            ("*.example.com", "'*.example.com'", "an alias"),
            ("a: b", "'a: b'", "a mapping"),
            ("it's", "it's", "a quote inside"),
            ("\u{1b}[31m", "\"\\x1b[31m\"", "an escape sequence"),
            ("", "''", "nothing"),
        ];
        for (text, written, why) in cases {
            assert_eq!(scalar(text), written, "{why}");
        }
    }

    #[test]
    fn values_of_a_secret_are_never_written() {
        let secret =
            json!({"kind": "Secret", "data": {"tls.key": "c2VjcmV0IQ=="}, "stringData": {"p": "hunter2"}});
        let text = lines(&without_secrets(secret)).join("\n");
        assert!(!text.contains("c2Vj") && !text.contains("hunter2"), "{text}");
        assert!(text.contains("tls.key: •• 7 bytes") && text.contains("p: •• 7 bytes"), "{text}");
    }
}
