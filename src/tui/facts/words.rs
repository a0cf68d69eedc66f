//! Small texts that commands and screens share, made from an object's own text.

use jiff::Timestamp;
use serde_json::Value;

pub use super::endpoints::{ready, ready_in};
use crate::resource::{Key, Kind, Object};

/// A member as text; empty when it is absent.
pub fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).map(plain).unwrap_or_default()
}

/// A scalar without quotes.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// The items of a list; none when it is absent or no list.
pub fn items<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// One member of each item of a list.
pub fn strings(value: &Value, list: &str, member: &str) -> Vec<String> {
    items(value, list).iter().map(|item| text(item, member)).filter(|text| !text.is_empty()).collect()
}

/// `namespace/name:listener` of a parentRef.
pub fn parent(parent: &Value, own_namespace: &str) -> String {
    let namespace = parent.pointer("/namespace").and_then(Value::as_str).unwrap_or(own_namespace);
    let mut word = format!("{namespace}/{}", text(parent, "/name"));
    for member in ["/sectionName", "/port"] {
        let value = text(parent, member);
        if !value.is_empty() {
            word.push(':');
            word.push_str(&value);
        }
    }
    let kind = text(parent, "/kind");
    if kind.is_empty() || kind == "Gateway" { word } else { format!("{kind} {word}") }
}

/// A name as seen from a namespace: short at home, whole elsewhere; with the kind when it is no Service.
pub fn near_name(key: &Key, namespace: &str) -> String {
    let name = if *key.namespace == *namespace { key.name.to_string() } else { key.path() };
    if key.kind == Kind::Service { name } else { format!("{} {name}", key.kind) }
}

/// `3d4h`, in the two largest units that say something, as kubectl.
pub fn age(now: Timestamp, created: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(created.as_second()).max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    match () {
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => pair(minutes, "m", seconds % 60, "s"),
        () if hours < 3 => format!("{minutes}m"),
        () if hours < 8 => pair(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if days < 8 => pair(days, "d", hours % 24, "h"),
        () if days < 730 => format!("{days}d"),
        () if days < 2920 => pair(days / 365, "y", days % 365, "d"),
        () => format!("{}y", days / 365),
    }
}

fn pair(large: i64, large_unit: &str, small: i64, small_unit: &str) -> String {
    match small {
        0 => format!("{large}{large_unit}"),
        small => format!("{large}{large_unit}{small}{small_unit}"),
    }
}

/// `file:line` of an object; `assumed`, or nothing is known.
pub fn origin_of(object: &Object) -> String {
    match &object.origin {
        Some(origin) => format!("{}:{}", origin.file.display(), origin.line),
        None if object.assumed => "assumed".to_owned(),
        None => "–".to_owned(),
    }
}

/// A share from 0 to 1 in per cent, with one digit where it is needed.
pub fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).round() / 10.0;
    if tenths.fract() == 0.0 { format!("{tenths:.0} %") } else { format!("{tenths:.1} %") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_kubectls_units() {
        let cases = [
            (0, "0s"),
            (119, "119s"),
            (150, "2m30s"),
            (600, "10m"),
            (7200, "120m"),
            (11000, "3h3m"),
            (90000, "25h"),
            (3 * 86400 + 4 * 3600, "3d4h"),
            (100 * 86400, "100d"),
            (800 * 86400, "2y70d"),
            (3000 * 86400, "8y"),
            (-5, "0s"),
        ];
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        for (seconds, expected) in cases {
            let created = Timestamp::from_second(1_790_000_000 - seconds).unwrap();
            assert_eq!(age(now, created), expected, "{seconds}");
        }
    }

    #[test]
    fn shares_are_told_in_per_cent() {
        let cases = [(0.9, "90 %"), (1.0 / 3.0, "33.3 %"), (0.0, "0 %"), (1.0, "100 %"), (0.00021, "0 %")];
        for (share, expected) in cases {
            assert_eq!(percent(share), expected);
        }
    }
}
