//! Versions and kinds that Gateway API v1.7 has left behind, as far as an API server has not its own word on them.

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
    for object in world.list(&Kind::ReferenceGrant) {
        if object.api_version.ends_with("/v1beta1") {
            let message = "v1beta1 of ReferenceGrant is still served, and v1 is there too";
            let note = Fault::note(Severity::Info, "old-version", message);
            found.add(&object.key, &note.cure(format!("write apiVersion: {GATEWAY}/v1")).at("apiVersion"));
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
