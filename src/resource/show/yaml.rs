//! A JSON value as YAML: kubectl's style, and every reader takes it back as the same value.

use serde_json::Value;

use super::clean::is_harmful;

/// Bytes of a key that stands before its colon on one line; readers refuse it from 1,024 on, and go-yaml begins here.
const LONGEST_KEY: usize = 128;

/// Block style, two blanks a level, lists not indented under their key, strings quoted only where YAML (1.1 or 1.2)
/// would take them for something else: as kubectl prints. Long lines are not folded, and what would harm a terminal
/// is an escape in double quotes.
#[must_use]
pub fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    node(&mut out, value, 0);
    out
}

/// One item of a list at the top of a document's key: `- ` in front, the rest below it.
#[must_use]
pub fn yaml_item(value: &Value) -> String {
    let mut out = String::new();
    list(&mut out, std::slice::from_ref(value), 0);
    out
}

fn node(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, held) in map {
                indent(out, depth);
                let key = inline(key);
                if key.len() > LONGEST_KEY {
                    out.push_str("? ");
                    line(out, &key);
                    indent(out, depth);
                } else {
                    out.push_str(&key);
                }
                out.push_str(if is_nested(held) { ":\n" } else { ": " });
                node(out, held, depth + usize::from(!held.is_array()));
            }
        }
        Value::Array(items) if !items.is_empty() => list(out, items, depth),
        Value::String(text) if is_literal(text) => literal(out, text, depth.max(1)),
        Value::String(text) => line(out, &inline(text)),
        Value::Object(_) => line(out, "{}"),
        Value::Array(_) => line(out, "[]"),
        Value::Null | Value::Bool(_) | Value::Number(_) => line(out, &value.to_string()),
    }
}

fn list(out: &mut String, items: &[Value], depth: usize) {
    for item in items {
        indent(out, depth);
        out.push_str("- ");
        node(out, item, depth + 1);
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// The first key or item within an item stands behind its dash.
fn indent(out: &mut String, depth: usize) {
    if !out.ends_with("- ") {
        out.push_str(&"  ".repeat(depth));
    }
}

fn is_nested(value: &Value) -> bool {
    match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Lines that a literal block keeps as they are; blanks at their ends could not be seen.
fn is_literal(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\n'])
        && !text.contains(" \n")
        && !text.ends_with(' ')
        && !text.contains(|c| c != '\n' && is_escaped(c))
}

fn literal(out: &mut String, text: &str, depth: usize) {
    let body = text.trim_end_matches('\n');
    let ends = text.len() - body.len();
    line(out, ["|-", "|"].get(ends).unwrap_or(&"|+"));
    for part in body.split('\n') {
        if !part.is_empty() {
            out.push_str(&"  ".repeat(depth));
        }
        line(out, part);
    }
    out.push_str(&"\n".repeat(ends.saturating_sub(1)));
}

/// A string on one line, quoted as go-yaml quotes: double for escapes and for what would be another type, single for
/// what would be syntax.
fn inline(text: &str) -> String {
    if text.contains(is_escaped) || is_other_type(text) {
        let mut out = String::from("\"");
        text.chars().for_each(|c| escape(&mut out, c));
        out.push('"');
        out
    } else if is_syntax(text) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        text.to_owned()
    }
}

fn is_escaped(c: char) -> bool {
    is_harmful(c) || matches!(c, '\u{fffe}' | '\u{ffff}')
}

fn escape(out: &mut String, c: char) {
    match (c, u32::from(c)) {
        ('"' | '\\', _) => out.extend(['\\', c]),
        ('\n', _) => out.push_str("\\n"),
        ('\t', _) => out.push_str("\\t"),
        ('\r', _) => out.push_str("\\r"),
        (c, _) if !is_escaped(c) => out.push(c),
        (_, code @ ..=0xff) => out.push_str(&format!("\\x{code:02x}")),
        (_, code @ ..=0xffff) => out.push_str(&format!("\\u{code:04x}")),
        (_, code) => out.push_str(&format!("\\U{code:08x}")),
    }
}

/// Whether some reader would make no string of it when it stands without quotes.
fn is_other_type(text: &str) -> bool {
    let word = text.to_ascii_lowercase();
    let reserved = matches!(
        word.as_str(),
        "" | "~" | "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "<<" | ".nan"
    );
    reserved || is_number(&word) || is_date(&word)
}

/// Decimal with `_`, hexadecimal, octal, binary, infinite, and in base 60 (`1:30`).
fn is_number(word: &str) -> bool {
    let bare = word.replace('_', "");
    let digits = bare.strip_prefix(['+', '-']).unwrap_or(&bare);
    let numeric = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let sixty = digits.contains(':') && digits.chars().all(|c| c.is_ascii_digit() || ":.".contains(c));
    let prefixed = ["0x", "0o", "0b"].iter().any(|prefix| digits.starts_with(prefix));
    !word.starts_with('_')
        && (digits == ".inf" || numeric && (sixty || prefixed || digits.parse::<f64>().is_ok()))
}

/// `2026-11-24`, and with a time behind it.
fn is_date(word: &str) -> bool {
    let year = word.split('-').next().unwrap_or("");
    year.len() == 4
        && word.len() > 4
        && year.bytes().all(|b| b.is_ascii_digit())
        && word.chars().all(|c| c.is_ascii_digit() || "-:.tz+ ".contains(c))
}

/// Whether it would be read as a mark of YAML, or lose blanks.
fn is_syntax(text: &str) -> bool {
    text.starts_with(|c| " #,[]{}&*!|>'\"%@`".contains(c))
        || ["---", "...", "- ", "? ", ": "].iter().any(|mark| text.starts_with(mark))
        || matches!(text, "-" | "?")
        || text.ends_with([' ', ':'])
        || text.contains(": ")
        || text.contains(" #")
}

#[cfg(test)]
mod tests;
