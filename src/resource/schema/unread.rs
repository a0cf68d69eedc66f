//! Fields of the served kinds that no view reads, with the reason; where it matters, their user is told.
//!
//! A test holds this list against the views: nothing is missing in it, and nothing in it is read.

use serde_json::Value;

use super::findings::{Findings, Place};
use crate::resource::Severity;

/// A field, and all below it.
pub(super) struct Unread {
    /// Kind on the wire.
    pub(super) kind: &'static str,
    /// The field, as a path without lists.
    pub(super) field: &'static str,
    /// Why it is not read.
    pub(super) reason: &'static str,
    /// Whether its absence from what is served is worth a word.
    pub(super) told: bool,
}

const fn told(kind: &'static str, field: &'static str, reason: &'static str) -> Unread {
    Unread { kind, field, reason, told: true }
}

const fn quiet(kind: &'static str, field: &'static str, reason: &'static str) -> Unread {
    Unread { kind, field, reason, told: false }
}

/// Of the kinds that are served.
pub(super) const NOT_READ: &[Unread] = &[
    quiet("GatewayClass", "spec.description", "for people; shown from the text"),
    told("GatewayClass", "spec.parametersRef", "parameters are for the controller that the class names"),
    quiet("GatewayClass", "status", "written by controllers; shown from the text, never mixed with ours"),
    told("Gateway", "spec.allowedListeners", "ListenerSets are not served yet"),
    told("Gateway", "spec.infrastructure", "for the machines of a cluster's gateway; there are none here"),
    told("Gateway", "spec.tls", "client certificates, of clients and for backends, are not served yet"),
    quiet("Gateway", "status", "written by controllers; shown from the text, never mixed with ours"),
    quiet("HTTPRoute", "status", "written by controllers; shown from the text, never mixed with ours"),
];

/// Tells the fields of an object that are set and not made use of.
pub(super) fn tell(findings: &mut Findings<'_>, kind: &str, object: &Value) {
    for row in NOT_READ.iter().filter(|row| row.told && row.kind == kind) {
        let value = row.field.split('.').try_fold(object, |value, name| value.get(name));
        if value.is_some_and(|value| !value.is_null()) {
            let place = Place::ROOT.field(row.field);
            let message = format!("cutover makes no use of it: {}", row.reason);
            findings.tell(Severity::Info, "not-used", &place, message, "nothing; in a cluster it counts");
        }
    }
}
