//! Values held against their types, as controllers do it.

use std::net::IpAddr;

use ipnet::IpNet;

use super::kind::ValueKind;

/// Letters of a value that are quoted in a message.
const QUOTED: usize = 60;

/// What is wrong with a value, and what would be right.
pub(super) fn check(kind: &ValueKind, value: &str) -> Result<(), String> {
    let text = value.trim();
    match kind {
        ValueKind::Text | ValueKind::Snippet => Ok(()),
        ValueKind::Bool => wanted(is_bool(value), value, "`true` or `false`"),
        ValueKind::Flag => {
            let word = value.to_ascii_lowercase();
            let known = matches!(word.as_str(), "on" | "off" | "enabled" | "disabled");
            wanted(known || is_bool(value), value, "`true` or `false`")
        }
        ValueKind::Int { min, max } => int(value, *min, *max),
        ValueKind::Number => {
            let number = text.parse::<f64>().is_ok_and(f64::is_finite);
            wanted(number, value, "a number")
        }
        ValueKind::Duration => wanted(is_duration(text), value, "a time like `30s` or `1m30s`"),
        ValueKind::Size => wanted(is_size(text), value, "a size like `512k`, `8m` or `1024`"),
        ValueKind::Enum { words, exact } => {
            let is =
                words.iter().any(|word| if *exact { word == text } else { word.eq_ignore_ascii_case(text) });
            wanted(is, value, &format!("one of {}", words.join(", ")))
        }
        ValueKind::Words { words } => {
            let mut given = text.split([',', ' ', '\n']).filter(|word| !word.is_empty()).peekable();
            let known = given.peek().is_some() && given.all(|word| words.iter().any(|known| known == word));
            wanted(known, value, &format!("words of {}", words.join(", ")))
        }
        ValueKind::List => wanted(!text.is_empty(), value, "a list, apart by commas"),
        ValueKind::Cidrs => cidrs(text),
        ValueKind::Url => wanted(is_url(text), value, "a URL with scheme and host"),
        ValueKind::Path => wanted(text.starts_with('/') && !text.contains(' '), value, "a path from `/`"),
        ValueKind::Regex => {
            let readable = fancy_regex::Regex::new(text).map(drop);
            readable.map_err(|error| format!("{} is no regular expression: {error}", quoted(value)))
        }
        ValueKind::Host => wanted(is_host(text), value, "one hostname"),
        ValueKind::Hosts => each(text, is_host, "is no hostname"),
        ValueKind::ConfigMap => wanted(is_named(text), value, "`name` or `namespace/name` of a ConfigMap"),
        ValueKind::Secret => wanted(is_named(text), value, "`name` or `namespace/name` of a Secret"),
        ValueKind::Service => wanted(is_label(text), value, "the name of a Service"),
        ValueKind::Json => {
            let json = serde_json::from_str::<serde::de::IgnoredAny>(text).map(drop);
            json.map_err(|error| format!("this is no JSON: {error}"))
        }
        ValueKind::Header => wanted(is_token(text), value, "the name of a header"),
        ValueKind::Headers => each(text, |word| word == "*" || is_token(word), "is no name of a header"),
        ValueKind::Methods => each(text, |word| word == "*" || is_method(word), "is no method"),
        ValueKind::Codes => each(text, is_code, "is no status code"),
        ValueKind::Pairs => each(
            text,
            |pair| pair.split_once('=').is_some_and(|(name, _)| !name.is_empty()),
            "is no `name=value`",
        ),
        ValueKind::Form(form) => wanted(form.takes(text), value, "a text that the controller takes"),
    }
}

fn wanted(right: bool, value: &str, wanted: &str) -> Result<(), String> {
    if right { Ok(()) } else { Err(format!("{} is not {wanted}", quoted(value))) }
}

/// Each part of a list, of which there must be one.
fn each(text: &str, right: impl Fn(&str) -> bool, fault: &str) -> Result<(), String> {
    let mut parts = text.split(',').map(str::trim).filter(|part| !part.is_empty()).peekable();
    if parts.peek().is_none() {
        return Err("the list is empty".to_owned());
    }
    parts.find(|part| !right(part)).map_or(Ok(()), |part| Err(format!("{} {fault}", quoted(part))))
}

fn quoted(value: &str) -> String {
    match value.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("`{}…`", value.get(..end).unwrap_or_default()),
        None => format!("`{value}`"),
    }
}

/// Go's `strconv.ParseBool`, which trims nothing.
fn is_bool(value: &str) -> bool {
    matches!(
        value,
        "1" | "t" | "T" | "TRUE" | "true" | "True" | "0" | "f" | "F" | "FALSE" | "false" | "False"
    )
}

/// Go's `strconv.Atoi`: a sign, digits, no blank.
fn int(value: &str, min: i64, max: i64) -> Result<(), String> {
    let Ok(number) = value.parse::<i64>() else { return wanted(false, value, "a whole number") };
    if (min..=max).contains(&number) {
        return Ok(());
    }
    let bounds = match (min, max) {
        (i64::MIN, _) => format!("a number up to {max}"),
        (_, i64::MAX) => format!("a number from {min}"),
        (_, _) => format!("a number from {min} to {max}"),
    };
    wanted(false, value, &bounds)
}

fn is_duration(text: &str) -> bool {
    const UNITS: [&str; 12] = ["ns", "us", "µs", "ms", "s", "m", "h", "d", "w", "M", "y", ""];
    let text = text.strip_prefix('-').unwrap_or(text);
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let end = after.find(|c: char| c.is_ascii_digit() || c == ' ').unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        if number.parse::<f64>().is_err() || !UNITS.contains(&unit) {
            return false;
        }
        rest = next.trim_start();
    }
    !text.is_empty()
}

fn is_size(text: &str) -> bool {
    let digits = text.strip_suffix(['b', 'k', 'm', 'g', 'B', 'K', 'M', 'G']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

fn cidrs(text: &str) -> Result<(), String> {
    each(
        text,
        |part| part.parse::<IpNet>().is_ok() || part.parse::<IpAddr>().is_ok(),
        "is no address or network",
    )
}

fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !scheme.is_empty()
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        && !host.is_empty()
        && !host.contains([' ', '"', '\''])
        && !host.contains("..")
}

/// A name, a wildcard, an address, or a regular expression as nginx marks it.
fn is_host(text: &str) -> bool {
    if let Some(pattern) = text.strip_prefix('~') {
        return fancy_regex::Regex::new(pattern).is_ok();
    }
    let name = text.strip_prefix("*.").unwrap_or(text);
    let name = name.strip_suffix(".*").unwrap_or(name);
    let (name, port) = name.rsplit_once(':').unwrap_or((name, "80"));
    port.parse::<u16>().is_ok()
        && name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        })
}

fn is_named(text: &str) -> bool {
    let (namespace, name) = text.split_once('/').unwrap_or(("a", text));
    is_label(namespace) && !name.is_empty() && name.len() <= 253 && name.split('.').all(is_label)
}

fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn is_method(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphabetic())
}

fn is_code(text: &str) -> bool {
    text.len() == 3 && text.parse::<u16>().is_ok_and(|code| (100..600).contains(&code))
}
