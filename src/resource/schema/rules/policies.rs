//! Rules of BackendTLSPolicy.

use serde_json::Value;

use super::{Here, Rule, list, rule, text};
use crate::resource::schema::findings::Step::Field;

pub(super) const RULES: &[Rule] = &[
    rule("0e29a5df", "ca-certificates-choice", |here, v| {
        if has_refs(v) && has_well_known(v) {
            let message = "caCertificateRefs and wellKnownCACertificates exclude each other";
            here.tell(&[Field("wellKnownCACertificates")], message, "keep one of the two");
        }
    }),
    rule("6c7fcdea", "ca-certificates-choice", |here, v| {
        if !has_refs(v) && !has_well_known(v) {
            let message = "needs caCertificateRefs or wellKnownCACertificates";
            here.tell(&[], message, "name a ConfigMap, or write wellKnownCACertificates: System");
        }
    }),
    rule("6ee63797", "alt-name-member", |here, v| wanted(here, v, "hostname", "Hostname")),
    rule("4f4f26cb", "alt-name-member", |here, v| unwanted(here, v, "hostname", "Hostname")),
    rule("d4d0e7f5", "alt-name-member", |here, v| wanted(here, v, "uri", "URI")),
    rule("0d6571bc", "alt-name-member", |here, v| unwanted(here, v, "uri", "URI")),
];

fn has_refs(value: &Value) -> bool {
    !list(value, "caCertificateRefs").is_empty()
}

fn has_well_known(value: &Value) -> bool {
    !text(value, "wellKnownCACertificates").is_empty()
}

fn wanted(here: &mut Here<'_, '_>, value: &Value, member: &str, of: &str) {
    if text(value, "type") == of && text(value, member).is_empty() {
        here.tell(
            &[],
            format!("the type {of} needs `{member}`"),
            format!("add `{member}`, or change the type"),
        );
    }
}

fn unwanted(here: &mut Here<'_, '_>, value: &Value, member: &str, of: &str) {
    if text(value, "type") != of && !text(value, member).is_empty() {
        let message = format!("`{member}` belongs to the type {of}, and the type is {}", text(value, "type"));
        here.tell(&[Field(member)], message, format!("write type: {of}, or take `{member}` out"));
    }
}
