//! What an API server with the CRDs of Gateway API v1.7 would say to an object: refuse, or drop a field in silence.
//!
//! Enter at [`validate`]. The limits are data (`gateway-api-v1.7.json`, made from the CRDs by `scripts/schema`) and
//! are walked by `walk`; the rules that the CRDs hold as expressions are functions in `rules`, and a test holds
//! that none is forgotten. Kubernetes' own kinds get the light checks of `builtin`.
//!
//! The server fills in defaults before it judges, and so does the walk; see `walk` for what else it does first.

mod builtin;
mod findings;
mod metadata;
mod nearest;
mod pattern;
mod rules;
mod table;
mod unread;
mod version;
mod walk;

#[cfg(test)]
mod coverage;
#[cfg(test)]
mod tests;

use serde_json::Value;

use self::{
    findings::{Findings, Place},
    table::TABLE,
};
use super::{Kind, Object, Problem};

/// Everything an API server would refuse, warn of or drop when this object is applied, and the fields that it takes
/// and cutover makes no use of (severity info).
///
/// The problems carry object, file and line of the object, and the field; an empty list is a clean object.
/// `status` is not looked at: a server takes none from a manifest.
pub fn validate(object: &Object) -> Vec<Problem> {
    let mut findings = Findings::new(object);
    let Ok(mut value @ Value::Object(_)) = serde_json::from_str::<Value>(&object.text) else {
        findings.error(
            "not-an-object",
            &Place::ROOT,
            "the text can not be read as an object",
            "write a mapping with apiVersion, kind and metadata",
        );
        return findings.into_problems();
    };
    metadata::check(&mut findings, &object.key.kind, &value);
    match version::row(&mut findings, object) {
        Some(row) => {
            unread::tell(&mut findings, &row.kind, &value);
            walk::object(&mut findings, &TABLE, row.root, &mut value);
        }
        None => match object.key.kind {
            Kind::Secret => builtin::secret(&mut findings, &value),
            Kind::Service => builtin::service(&mut findings, object, &value),
            Kind::Ingress => builtin::ingress(&mut findings, object, &value),
            Kind::EndpointSlice => builtin::endpoint_slice(&mut findings, object, &value),
            // The group that Ingress left in Kubernetes 1.22.
            Kind::Other(ref group, ref kind) if &**group == "extensions" && &**kind == "Ingress" => {
                builtin::ingress(&mut findings, object, &value);
            }
            Kind::Namespace => builtin::namespace(&mut findings, object, &value),
            _ => {}
        },
    }
    findings.into_problems()
}
