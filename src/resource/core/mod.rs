//! Views of Kubernetes' own kinds, made from k8s-openapi's types: what routing and rehearsal read of them.

mod endpoints;
mod secret;
mod service;

pub use endpoints::{EndpointPort, EndpointSliceView, EndpointView, endpoint_slice};
pub(in crate::resource) use secret::decode;
pub use secret::{SecretError, TlsSecret, secret_entries, secret_entry, secret_type, tls_secret};
pub use service::{ServicePort, ServiceView, TargetPort, service};

use k8s_openapi::api::{core::v1::Namespace, networking::v1::Ingress};

use super::{Object, gateway_api::ViewError};

/// An Ingress of `networking.k8s.io/v1`.
///
/// # Errors
/// The field that does not fit.
pub fn ingress(object: &Object) -> Result<Ingress, ViewError> {
    object.view()
}

/// A Namespace.
///
/// # Errors
/// The field that does not fit.
pub fn namespace(object: &Object) -> Result<Namespace, ViewError> {
    object.view()
}

/// A port number as Kubernetes stores it, held to 1..=65535.
fn port_number(number: i32, field: impl FnOnce() -> String) -> Result<u16, ViewError> {
    u16::try_from(number)
        .ok()
        .filter(|&number| number != 0)
        .ok_or_else(|| ViewError { field: field(), message: format!("a port is 1 to 65535, not `{number}`") })
}

#[cfg(test)]
fn object(text: serde_json::Value) -> Object {
    let word = |pointer: &str| text.pointer(pointer).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    let kind = super::Kind::from_api(&word("/apiVersion"), &word("/kind"));
    Object {
        key: super::Key::new(kind, word("/metadata/namespace"), word("/metadata/name")),
        api_version: word("/apiVersion").into(),
        meta: super::Meta::default(),
        text: text.to_string().into(),
        origin: None,
        assumed: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ingress_of_the_wrong_shape_is_told_with_its_field() {
        let wrong = object(serde_json::json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "a"},
            "spec": {"rules": [{"host": 7}]}
        }));
        assert_eq!(ingress(&wrong).unwrap_err().field, "spec.rules[0].host");
    }

    #[test]
    fn a_namespace_keeps_its_labels() {
        let shop = object(serde_json::json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"team": "a"}}
        }));
        assert_eq!(namespace(&shop).unwrap().metadata.labels.unwrap()["team"], "a");
    }
}
