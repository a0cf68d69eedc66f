//! What one object refers to: the edges of every tree that cutover draws.

use crate::resource::{Key, Object};

/// One reference from an object to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Field that holds it: `spec.rules[0].backendRefs[1]`.
    pub field: String,
    /// What it names.
    pub to: Key,
}

/// All references that an object holds, in the order of its fields: parentRefs, backendRefs (and those of
/// mirrors), certificateRefs, gatewayClassName, an EndpointSlice's Service, an Ingress's class, Services and Secrets.
/// A text that a view can not be made from has none.
pub fn references(object: &Object) -> Vec<Reference> {
    let _ = object;
    unimplemented!()
}
