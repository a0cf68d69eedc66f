//! Which version of which kind is served by the CRDs of v1.7.

use super::{
    findings::{Findings, Place},
    nearest::nearest,
    table::{Row, Served, TABLE},
};
use crate::resource::{GATEWAY_GROUP, Object, Severity};

/// API group of the experimental kinds, whose names begin with an X.
const EXPERIMENTAL_GROUP: &str = "gateway.networking.x-k8s.io";

/// The schema that an object is held to: of its own version, else of the one to be written instead.
/// `None` for kinds that are not the Gateway API's.
pub(super) fn row(findings: &mut Findings<'_>, object: &Object) -> Option<&'static Row> {
    let (group, version) = object.api_version.rsplit_once('/').unwrap_or(("", &object.api_version));
    if group != GATEWAY_GROUP && group != EXPERIMENTAL_GROUP {
        return None;
    }
    let kind = object.key.kind.name();
    let mut rows = TABLE.kinds.iter().filter(|row| row.group == group && row.kind == kind);
    let Some(best) = rows.clone().find(|row| row.version == "v1").or_else(|| rows.clone().next()) else {
        unknown(findings, kind);
        return None;
    };
    let found = rows.find(|row| row.version == version);
    let api_version = Place::ROOT.field("apiVersion");
    let write = format!("write apiVersion: {group}/{}", best.version);
    match found.map_or(Served::None, |row| row.served) {
        Served::Standard => {}
        Served::Experimental if best.served == Served::Experimental => findings.tell(
            Severity::Info,
            "experimental-only",
            &Place::ROOT.field("kind"),
            format!("{kind} is in the experimental channel only"),
            "install the experimental CRDs of the Gateway API",
        ),
        Served::Experimental => findings.tell(
            Severity::Warning,
            "version-not-served",
            &api_version,
            format!("{version} of {kind} is deprecated and served by the experimental CRDs only"),
            write,
        ),
        Served::None => findings.error(
            "version-not-served",
            &api_version,
            format!("the CRDs of v1.7 do not serve `{}` of {kind}", object.api_version),
            write,
        ),
    }
    Some(found.unwrap_or(best))
}

fn unknown(findings: &mut Findings<'_>, kind: &str) {
    let fix = match nearest(kind, TABLE.kinds.iter().map(|row| row.kind.as_str())) {
        Some(meant) => format!("did you mean {meant}?"),
        None => String::new(),
    };
    let message = format!("the Gateway API has no kind `{kind}`");
    findings.error("unknown-kind", &Place::ROOT.field("kind"), message, fix);
}
