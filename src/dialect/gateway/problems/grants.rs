//! ReferenceGrants that do nothing, and why.

use super::Found;
use crate::{
    dialect::gateway::{fault::Fault, grants},
    resource::{
        Key, Kind, Severity,
        gateway_api::{GrantTo, ReferenceGrant},
    },
};

pub(super) fn all(found: &mut Found<'_>) {
    let world = found.world;
    for object in world.list(&Kind::ReferenceGrant) {
        let Ok(grant) = object.view::<ReferenceGrant>() else { continue };
        let mut told = false;
        for (n, to) in grant.spec.to.iter().enumerate() {
            if Kind::from_group(&to.group, &to.kind) == Kind::Gateway && names_routes(&grant) {
                found.add(&object.key, &for_gateway(to).at(format!("spec.to[{n}]")));
                told = true;
            }
        }
        if !told && !is_used(found, &object.key, &grant) {
            found.add(&object.key, &unused(&grant));
        }
    }
}

fn names_routes(grant: &ReferenceGrant) -> bool {
    grant.spec.from.iter().any(|from| Kind::from_group(&from.group, &from.kind).is_route())
}

fn for_gateway(to: &GrantTo) -> Fault {
    let which = to.name.as_ref().map_or_else(|| "Gateways".to_owned(), |name| format!("Gateway {name}"));
    let message = format!(
        "a ReferenceGrant does not let routes attach to {which}: allowedRoutes of its listeners alone decides"
    );
    Fault::note(Severity::Warning, "grant-without-effect", message)
        .cure("remove it; set allowedRoutes.namespaces of the listeners instead")
}

fn unused(grant: &ReferenceGrant) -> Fault {
    let list = |words: Vec<String>| if words.is_empty() { "nothing".to_owned() } else { words.join(", ") };
    let from = grant.spec.from.iter().map(|from| format!("{} of {}", from.kind, from.namespace)).collect();
    let to = grant.spec.to.iter().map(|to| match &to.name {
        Some(name) => format!("{} {name}", to.kind),
        None => format!("{}s", to.kind),
    });
    let message = format!("nobody uses this grant: no {} refers to {} here", list(from), list(to.collect()));
    Fault::note(Severity::Info, "grant-without-effect", message)
        .cure("remove it, or correct the names and namespaces")
}

/// Whether some reference that exists needs it.
fn is_used(found: &Found<'_>, key: &Key, grant: &ReferenceGrant) -> bool {
    grant.spec.to.iter().any(|to| {
        let kind = Kind::from_group(&to.group, &to.kind);
        found.world.targets_in(&kind, &key.namespace).any(|target| {
            found.world.referrers(target).any(|from| {
                from.namespace != target.namespace
                    && grants::allows(grant, &from.kind, &from.namespace, target)
            })
        })
    })
}
