//! ReferenceGrants: who may refer to what in another namespace.

use crate::{
    resource::{Key, Kind, gateway_api::ReferenceGrant},
    world::World,
};

/// Whether an object of kind `from` in a namespace may refer to `to`: always in its own namespace, else by a grant
/// that lives with the target.
pub fn permits(world: &World, from: &Kind, namespace: &str, to: &Key) -> bool {
    *to.namespace == *namespace
        || world
            .list_in(&Kind::ReferenceGrant, &to.namespace)
            .filter_map(|object| object.view::<ReferenceGrant>().ok())
            .any(|grant| allows(&grant, from, namespace, to))
}

/// Whether this grant allows the reference.
pub(super) fn allows(grant: &ReferenceGrant, from: &Kind, namespace: &str, to: &Key) -> bool {
    let comes = grant.spec.from.iter().any(|allowed| {
        allowed.namespace == namespace && allowed.group == from.group() && allowed.kind == from.name()
    });
    comes
        && grant.spec.to.iter().any(|allowed| {
            allowed.group == to.kind.group()
                && allowed.kind == to.kind.name()
                && allowed.name.as_deref().is_none_or(|name| name == &*to.name)
        })
}
