//! What one object refers to: the edges of every tree that cutover draws.
//!
//! Read by views of their own, of which every part may be absent: a reference is found also in an object that is
//! broken elsewhere, as long as its types fit.

mod ingress;
mod views;

use std::sync::Arc;

use crate::resource::{Key, Kind, Object};
use views::{Link, LinkView, Owner};

/// One reference from an object to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Field that holds it: `spec.rules[0].backendRefs[1]`.
    pub field: String,
    /// What it names.
    pub to: Key,
}

/// What a reference wants of its target beside being there; what is assumed is made by it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Ask {
    /// A Service's port, TCP.
    Port(u16),
    /// A Service's port, UDP.
    UdpPort(u16),
    /// A Service's port by name (Ingress).
    PortName(Arc<str>),
    /// A certificate with its key.
    Certificate,
    /// A class.
    Class,
}

/// All references that an object holds, in the order of its fields: parentRefs, backendRefs (and those of
/// mirrors), certificateRefs, gatewayClassName, an EndpointSlice's Service, an Ingress's class, Services and Secrets.
/// A text that a view can not be made from has none.
pub fn references(object: &Object) -> Vec<Reference> {
    links(object).into_iter().map(|Link { field, to, .. }| Reference { field, to }).collect()
}

/// [`references`] with what is asked of each.
pub(super) fn links(object: &Object) -> Vec<Link> {
    match &object.key.kind {
        Kind::HttpRoute | Kind::GrpcRoute | Kind::TlsRoute | Kind::TcpRoute | Kind::UdpRoute => {
            read::<views::Route<'_>>(object)
        }
        Kind::Gateway => read::<views::Gateway<'_>>(object),
        Kind::ListenerSet => read::<views::ListenerSet<'_>>(object),
        Kind::GatewayClass => read::<views::GatewayClass<'_>>(object),
        Kind::BackendTlsPolicy => read::<views::BackendTlsPolicy<'_>>(object),
        Kind::Ingress => read::<ingress::Ingress<'_>>(object),
        Kind::IngressClass => read::<ingress::IngressClass<'_>>(object),
        Kind::EndpointSlice => {
            let service = object.label("kubernetes.io/service-name");
            let to = |name: &str| Key::new(Kind::Service, Arc::clone(&object.key.namespace), name);
            let field = || "metadata.labels[kubernetes.io/service-name]".to_owned();
            service.map(|name| Link { field: field(), to: to(name), ask: None }).into_iter().collect()
        }
        Kind::ReferenceGrant
        | Kind::Namespace
        | Kind::Service
        | Kind::Secret
        | Kind::ConfigMap
        | Kind::Other(..) => Vec::new(),
    }
}

fn read<'a, View: LinkView + serde::Deserialize<'a>>(object: &'a Object) -> Vec<Link> {
    let mut links = Vec::new();
    if let Ok(view) = serde_json::from_str::<View>(&object.text) {
        view.collect(&Owner(&object.key), &mut links);
    }
    links
}
