//! What a YAML scalar means to kubectl: YAML 1.1 as go-yaml v2 reads it, then JSON.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::Data;

/// A plain scalar before it becomes JSON.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    Unsigned(u64),
    Float(f64),
    Text,
}

/// Resolves a scalar as a value. `tag` is the suffix of a tag of the core schema, or any other text for a foreign tag.
///
/// # Errors
/// What JSON can not hold (`.inf`), and a text that is not what its tag says.
pub(super) fn value<'a>(text: Cow<'a, str>, quoted: bool, tag: Option<&str>) -> Result<Data<'a>, String> {
    match resolve(&text, quoted, tag)? {
        Plain::Null => Ok(Data::Null),
        Plain::Bool(bool) => Ok(Data::Bool(bool)),
        Plain::Int(int) => Ok(Data::Number(int.to_string().into())),
        Plain::Unsigned(int) => Ok(Data::Number(int.to_string().into())),
        Plain::Float(float) => json_float(float)
            .map(Data::Number)
            .ok_or_else(|| format!("`{text}` is no number that JSON can hold; quote it if it is a text")),
        Plain::Text if tag == Some("binary") => {
            let packed: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
            let bytes =
                STANDARD.decode(packed).map_err(|_| "the `!!binary` value is not base64".to_owned())?;
            Ok(Data::Text(String::from_utf8_lossy(&bytes).into_owned().into()))
        }
        Plain::Text => Ok(Data::Text(text)),
    }
}

/// Resolves a scalar as a key of a mapping: JSON has only texts.
///
/// # Errors
/// A null key.
pub(super) fn key<'a>(text: Cow<'a, str>, quoted: bool, tag: Option<&str>) -> Result<Cow<'a, str>, String> {
    match resolve(&text, quoted, tag)? {
        Plain::Null => Err("a key of a mapping is null; quote it if it is a text".to_owned()),
        Plain::Bool(bool) => Ok(if bool { "true" } else { "false" }.into()),
        Plain::Int(int) => Ok(int.to_string().into()),
        Plain::Unsigned(_) => Err(format!("the key `{text}` is too large a number; quote it")),
        Plain::Float(float) => Ok(key_float(float).into()),
        Plain::Text => Ok(text),
    }
}

fn resolve(text: &str, quoted: bool, tag: Option<&str>) -> Result<Plain, String> {
    let Some(tag) = tag else {
        return Ok(if quoted { Plain::Text } else { plain(text) });
    };
    let found = plain(text);
    let fits = match tag {
        "int" => matches!(found, Plain::Int(_) | Plain::Unsigned(_)),
        "float" => matches!(found, Plain::Int(_) | Plain::Unsigned(_) | Plain::Float(_)),
        "bool" => matches!(found, Plain::Bool(_)),
        "null" => found == Plain::Null,
        _ => return Ok(Plain::Text),
    };
    if fits { Ok(found) } else { Err(format!("`{text}` is not what its tag `!!{tag}` says")) }
}

/// go-yaml v2, `resolve.go`: the first letter decides what is tried.
fn plain(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Plain::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Plain::Bool(false);
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Plain::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Plain::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Plain::Float(f64::NAN),
        _ => {}
    }
    match text.as_bytes().first() {
        Some(b'.') => {
            let bare = text.replace('_', "");
            if underscores_part_digits(text) && is_float(&bare) { float(&bare) } else { Plain::Text }
        }
        Some(b'0'..=b'9' | b'+' | b'-') => number(text),
        _ => Plain::Text,
    }
}

fn number(text: &str) -> Plain {
    let bare: Cow<'_, str> = if text.contains('_') { text.replace('_', "").into() } else { text.into() };
    let (negative, digits) = match bare.as_bytes().first() {
        Some(b'-') => (true, &bare[1..]),
        Some(b'+') => (false, &bare[1..]),
        _ => (false, &*bare),
    };
    if let Some(size) = magnitude(digits) {
        if negative {
            if let Ok(int) = i64::try_from(-i128::from(size)) {
                return Plain::Int(int);
            }
        } else if let Ok(int) = i64::try_from(size) {
            return Plain::Int(int);
        } else if !bare.starts_with('+') {
            return Plain::Unsigned(size);
        }
    }
    if is_float(&bare) { float(&bare) } else { Plain::Text }
}

/// An unsigned whole number with Go's prefixes: `0x`, `0b`, `0o`, and `0` for octal.
fn magnitude(digits: &str) -> Option<u64> {
    let (radix, rest) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if rest.starts_with(['+', '-']) { None } else { u64::from_str_radix(rest, radix).ok() }
}

/// Go allows `_` in a float only between digits; in whole numbers go-yaml takes all of them out first.
fn underscores_part_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut places = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'_').map(|(at, _)| at);
    places.all(|at| at > 0 && digit(at - 1) && digit(at + 1))
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let whole = rest.bytes().take_while(u8::is_ascii_digit).count();
    let mut rest = &rest[whole..];
    let mut fraction = 0;
    if let Some(after) = rest.strip_prefix('.') {
        fraction = after.bytes().take_while(u8::is_ascii_digit).count();
        rest = &after[fraction..];
    }
    if whole + fraction == 0 {
        return false;
    }
    match rest.strip_prefix(['e', 'E']) {
        None => rest.is_empty(),
        Some(power) => {
            let power = power.strip_prefix(['-', '+']).unwrap_or(power);
            !power.is_empty() && power.bytes().all(|b| b.is_ascii_digit())
        }
    }
}

/// Go refuses a number out of range, and then it stays a text.
fn float(text: &str) -> Plain {
    match text.parse::<f64>() {
        Ok(float) if float.is_finite() => Plain::Float(float),
        Ok(_) | Err(_) => Plain::Text,
    }
}

/// As Go's `encoding/json` writes a float: `1.0` is `1`.
pub(super) fn json_float(float: f64) -> Option<Box<str>> {
    let size = float.abs();
    if !float.is_finite() {
        None
    } else if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{float:e}");
        Some(if size < 1.0 { text } else { text.replace('e', "e+") }.into())
    } else {
        Some(format!("{float}").into())
    }
}

/// As `strconv.FormatFloat(float, 'g', -1, 32)`, which `sigs.k8s.io/yaml` uses for keys.
fn key_float(float: f64) -> String {
    let narrow = float as f32;
    let text = format!("{narrow:e}");
    let Some((digits, power)) = text.split_once('e').and_then(|(d, p)| Some((d, p.parse::<i32>().ok()?)))
    else {
        let sign = if float < 0.0 { "-" } else { "" };
        return if float.is_nan() { ".nan".to_owned() } else { format!("{sign}.inf") };
    };
    if (-4..6).contains(&power) {
        format!("{narrow}")
    } else {
        format!("{digits}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
    }
}
