//! Names, labels and annotations, as the API server holds them for every kind.

use serde_json::Value;

use super::{
    findings::{Findings, Place, shown},
    nearest::nearest,
};
use crate::resource::{Kind, Severity};

/// All annotations of an object together, in bytes.
const ANNOTATIONS_MOST: usize = 256 * 1024;

/// The fields of `metav1.ObjectMeta`.
const FIELDS: [&str; 15] = [
    "annotations",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "labels",
    "managedFields",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// Judges `metadata`.
pub(super) fn check(findings: &mut Findings<'_>, kind: &Kind, object: &Value) {
    let place = Place::ROOT.field("metadata");
    let Some(metadata) = object.get("metadata") else {
        return findings.error("missing-field", &place, "`metadata` is required", "add metadata with a name");
    };
    for field in metadata.as_object().into_iter().flat_map(|map| map.keys()) {
        if !FIELDS.contains(&field.as_str()) {
            let fix = nearest(field, FIELDS.iter().copied())
                .map_or_else(|| "take it out".to_owned(), |meant| format!("did you mean `{meant}`?"));
            let message = format!("unknown field {}: a server drops it", shown(&Value::from(field.as_str())));
            findings.tell(Severity::Warning, "unknown-field", &place.field(field), message, fix);
        }
    }
    name(findings, kind, metadata, &place);
    let namespace = metadata.get("namespace").and_then(Value::as_str).unwrap_or_default();
    if !namespace.is_empty() && !is_label(namespace) {
        let message = format!("{} is no name of a namespace", shown(&Value::from(namespace)));
        let fix = "write at most 63 lower-case letters, digits and `-`";
        findings.error("bad-name", &place.field("namespace"), message, fix);
    }
    strings(findings, metadata, "labels", &place, |value| {
        is_label_value(value)
            .then_some(())
            .ok_or("write at most 63 letters, digits, `-`, `_` and `.`, or empty")
    });
    strings(findings, metadata, "annotations", &place, |_| Ok(()));
    let size: usize = metadata
        .get("annotations")
        .and_then(Value::as_object)
        .map(|map| map.iter().map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum())
        .unwrap_or_default();
    if size > ANNOTATIONS_MOST {
        let message = format!("{size} bytes of annotations are too many: {ANNOTATIONS_MOST} are allowed");
        findings.error("too-long", &place.field("annotations"), message, "shorten them");
    }
}

fn name(findings: &mut Findings<'_>, kind: &Kind, metadata: &Value, place: &Place<'_>) {
    let here = place.field("name");
    let Some(name) = metadata.get("name").filter(|name| !name.is_null()) else {
        // The server makes a name from generateName.
        if metadata.get("generateName").is_none() {
            findings.error("missing-field", &here, "`name` is required", "add a name");
        }
        return;
    };
    let Some(name) = name.as_str() else {
        let message = format!("must be a string, not {}", shown(name));
        return findings.error("wrong-type", &here, message, format!("put it in quotes: \"{name}\""));
    };
    let (fits, rule) = match kind {
        Kind::Namespace | Kind::Service => (
            is_label(name),
            "write at most 63 lower-case letters, digits and `-`, a letter or digit at both ends",
        ),
        // Kinds that we do not know may name their objects as they like, short of a path.
        Kind::Other(group, _) if !group.starts_with("gateway.networking.") => (
            !name.is_empty() && !matches!(name, "." | "..") && !name.contains(['/', '%']),
            "no `/` and no `%`",
        ),
        _ => (
            is_subdomain(name),
            "write at most 253 lower-case letters, digits, `-` and `.`, a letter or digit at both ends",
        ),
    };
    if !fits {
        let message = format!("{} is no name for a {kind}", shown(&Value::from(name)));
        findings.error("bad-name", &here, message, rule);
    }
}

fn strings(
    findings: &mut Findings<'_>,
    metadata: &Value,
    member: &str,
    place: &Place<'_>,
    fits: impl Fn(&str) -> Result<(), &'static str>,
) {
    let here = place.field(member);
    let Some(map) = metadata.get(member).filter(|map| !map.is_null()) else { return };
    let Some(map) = map.as_object() else {
        return findings.error("wrong-type", &here, "must be an object", "write keys with their values");
    };
    for (key, value) in map {
        let here = here.key(key);
        // The server compares annotations' keys in lower case, labels' as they are.
        let folded = if member == "annotations" { key.to_lowercase() } else { key.clone() };
        if !is_qualified(&folded) {
            let message = format!("{} is no key", shown(&Value::from(key.as_str())));
            findings.error(
                "bad-label",
                &here,
                message,
                "write NAME or DOMAIN/NAME, the name of at most 63 characters",
            );
        }
        match value.as_str() {
            None => {
                let message = format!("must be a string, not {}", shown(value));
                findings.error("wrong-type", &here, message, format!("put it in quotes: \"{value}\""));
            }
            Some(text) => {
                if let Err(rule) = fits(text) {
                    let message = format!("{} is no value of a label", shown(value));
                    findings.error("bad-label", &here, message, rule);
                }
            }
        }
    }
}

/// RFC 1123 label: the name of a namespace, a part of a hostname.
pub(super) fn is_label(text: &str) -> bool {
    text.len() <= 63 && is_label_of_any_length(text)
}

/// The CRDs' patterns bound names as a whole and not their labels.
fn is_label_of_any_length(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// RFC 1123 subdomain: most objects' names, hostnames without a wildcard.
pub(super) fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label_of_any_length)
}

/// A hostname, perhaps with `*.` in front.
pub(super) fn is_wildcard_hostname(text: &str) -> bool {
    is_subdomain(text.strip_prefix("*.").unwrap_or(text))
}

/// The value of a label, or the name part of its key.
pub(super) fn is_label_value(text: &str) -> bool {
    let end = |b: Option<u8>| b.is_none_or(|b| b.is_ascii_alphanumeric());
    text.len() <= 63
        && end(text.bytes().next())
        && end(text.bytes().last())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// The key of a label: `NAME` or `DOMAIN/NAME`.
fn is_qualified(text: &str) -> bool {
    let (domain, name) = text.split_once('/').map_or((None, text), |(domain, name)| (Some(domain), name));
    domain.is_none_or(is_subdomain) && !name.is_empty() && is_label_value(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_held_to_the_form_of_their_sort() {
        let cases = [
            ("web", true, true, true, "plain"),
            ("web.v2", false, true, true, "dots are for subdomains"),
            ("Web", false, false, true, "upper case is for labels' values"),
            ("-web", false, false, false, "a dash in front"),
            ("web_1", false, false, true, "an underscore"),
            ("a..b", false, false, true, "an empty label"),
            ("", false, false, true, "empty is a label's value"),
        ];
        for (text, label, subdomain, value, why) in cases {
            assert_eq!(
                (is_label(text), is_subdomain(text), is_label_value(text)),
                (label, subdomain, value),
                "{text}: {why}"
            );
        }
        assert!(
            !is_label(&"a".repeat(64)) && is_subdomain(&"a".repeat(64)) && !is_subdomain(&"a".repeat(254))
        );
    }

    #[test]
    fn keys_may_have_a_domain_in_front() {
        for (key, fits) in
            [("app", true), ("a.example/App_1", true), ("/app", false), ("a/b/c", false), ("A/b", false)]
        {
            assert_eq!(is_qualified(key), fits, "{key}");
        }
    }
}
