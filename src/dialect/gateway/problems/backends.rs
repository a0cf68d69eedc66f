//! Services that can not answer, or would not in a cluster.

use super::Found;
use crate::{
    dialect::gateway::fault::Fault,
    resource::{Kind, Severity, core},
};

pub(super) fn all(found: &mut Found<'_>) {
    let world = found.world;
    for object in world.list(&Kind::Service) {
        let key = &object.key;
        if object.assumed || !world.referrers(key).any(|from| from.kind.is_route()) {
            continue;
        }
        let mut slices = world.slices_of(key).filter_map(|slice| core::endpoint_slice(slice).ok()).peekable();
        if slices.peek().is_some() && !slices.any(|slice| slice.ready().next().is_some()) {
            let message =
                format!("{key} has EndpointSlices and none of their endpoints is ready: it answers 503");
            found.add(
                key,
                &Fault::note(Severity::Warning, "no-endpoints", message)
                    .cure("see why its Pods are not ready, or whether its selector names any"),
            );
        }
        if core::service(object).is_ok_and(|service| service.kind == "ExternalName") {
            let message = format!("{key} is of type ExternalName, which most Gateway implementations refuse");
            found.add(
                key,
                &Fault::note(Severity::Warning, "external-name", message)
                    .cure("use a Service with EndpointSlices, or a backend kind of your implementation")
                    .at("spec.type"),
            );
        }
    }
}
