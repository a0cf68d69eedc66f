//! Versions and kinds that Gateway API v1.7 has left behind.

use super::Found;
use crate::{
    dialect::gateway::fault::Fault,
    resource::{Kind, Severity},
};

const GATEWAY: &str = "gateway.networking.k8s.io";

/// Kinds that are gone, and what took their place.
const GONE: [(&str, &str, &str); 2] = [
    (GATEWAY, "BackendLBPolicy", "XBackendTrafficPolicy (experimental)"),
    ("gateway.networking.x-k8s.io", "XListenerSet", "ListenerSet"),
];

pub(super) fn all(found: &mut Found<'_>) {
    let world = found.world;
    for kind in Kind::known().filter(|kind| kind.group() == GATEWAY) {
        for object in world.list(&kind).filter(|object| !object.assumed) {
            let version = object.api_version.rsplit('/').next().unwrap_or_default();
            let Some((severity, says)) = judge(&kind, version) else { continue };
            let message = format!("{version} of {kind} {says}");
            found.add(
                &object.key,
                &Fault::note(severity, "old-version", message)
                    .cure(format!("write apiVersion: {GATEWAY}/v1"))
                    .at("apiVersion"),
            );
        }
    }
    for (group, name, next) in GONE {
        for object in world.list(&Kind::from_group(group, name)) {
            let message = format!("{name} is no longer part of Gateway API: {next} took its place");
            let note =
                Fault::note(Severity::Warning, "gone-kind", message).cure(format!("write it as {next}"));
            found.add(&object.key, &note.at("kind"));
        }
    }
}

/// What is to say about a version: `v1` of every kind is served, and `v1beta1` of the oldest four.
fn judge(kind: &Kind, version: &str) -> Option<(Severity, &'static str)> {
    let beta = matches!(kind, Kind::GatewayClass | Kind::Gateway | Kind::HttpRoute | Kind::ReferenceGrant);
    match version {
        "v1" => None,
        "v1beta1" if *kind == Kind::ReferenceGrant => {
            Some((Severity::Info, "is still served; v1 is there too"))
        }
        "v1beta1" if beta => None,
        _ => Some((
            Severity::Warning,
            "is not served by the standard channel of Gateway API v1.7: an API server refuses it",
        )),
    }
}
