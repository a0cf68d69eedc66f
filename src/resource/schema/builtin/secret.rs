//! Secrets: base64 and what their type asks for. No message holds a value.

use serde_json::Value;

use crate::resource::{
    core::decode,
    schema::findings::{Findings, Place},
};

pub(in crate::resource::schema) fn secret(findings: &mut Findings<'_>, value: &Value) {
    for (member, encoded) in [("data", true), ("stringData", false)] {
        let place = Place::ROOT.field(member);
        let map = match value.get(member) {
            None | Some(Value::Null) => continue,
            Some(Value::Object(map)) => map,
            Some(_) => {
                findings.error("wrong-type", &place, "must be an object", "write keys with their values");
                continue;
            }
        };
        for (key, value) in map {
            let here = place.key(key);
            match value {
                Value::String(text) if encoded && decode(text).is_none() => {
                    let fix = "encode it with base64 (padding included), or write it plain under stringData";
                    findings.error("bad-base64", &here, "the value is not base64", fix);
                }
                Value::Null | Value::String(_) => {}
                _ => findings.error("wrong-type", &here, "must be a string", "put it in quotes"),
            }
            let fits = (1..=253).contains(&key.len())
                && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
                && !matches!(key.as_str(), "." | "..");
            if !fits {
                let fix = "write at most 253 letters, digits, `-`, `_` and `.`";
                findings.error("bad-label", &here, "the key has a form that no server takes", fix);
            }
        }
    }
    if value.get("type").and_then(Value::as_str) == Some("kubernetes.io/tls") {
        for key in ["tls.crt", "tls.key"] {
            let has = |member: &str| value.get(member).is_some_and(|map| map.get(key).is_some());
            if !has("data") && !has("stringData") {
                let message = format!("a Secret of the type kubernetes.io/tls needs `{key}`");
                findings.error("missing-field", &Place::ROOT.field("data").key(key), message, "add it");
            }
        }
    }
}
