//! The certificates of a listener: which Secrets it names, and whether they can serve.

use super::{fault::Fault, grants};
use crate::{
    resource::{Key, Kind, core, gateway_api::TlsSpec},
    world::World,
};

/// What a listener's certificateRefs come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Certificates {
    /// Secrets that can serve, in the order written; assumed ones get their certificate from the rehearsal.
    pub(super) good: Vec<Key>,
    /// What is wrong with the others.
    pub(super) faults: Vec<Fault>,
}

/// Judges the certificateRefs of a listener that terminates TLS. A grant is asked for before the Secret is looked at,
/// so that nobody learns by it whether a Secret exists.
pub(super) fn judge(world: &World, gateway: &Key, place: &str, tls: Option<&TlsSpec>) -> Certificates {
    let mut certificates = Certificates::default();
    let refs = tls.map(|tls| tls.certificate_refs.as_slice()).unwrap_or_default();
    if refs.is_empty() {
        let fault = Fault::new("InvalidCertificateRef", "the listener names no certificate")
            .cure("name a Secret of type kubernetes.io/tls in tls.certificateRefs")
            .at(format!("{place}.tls.certificateRefs"));
        certificates.faults.push(fault);
    }
    for (n, reference) in refs.iter().enumerate() {
        let namespace = reference.namespace.as_deref().unwrap_or(&gateway.namespace);
        let secret = Key::new(reference.kind(), namespace, reference.name.as_str());
        match check(world, gateway, &secret) {
            Ok(()) => certificates.good.push(secret),
            Err(fault) => {
                certificates.faults.push(fault.at(format!("{place}.tls.certificateRefs[{n}]")));
            }
        }
    }
    certificates
}

fn check(world: &World, gateway: &Key, secret: &Key) -> Result<(), Fault> {
    let invalid = |message: String| Fault::new("InvalidCertificateRef", message);
    if secret.kind != Kind::Secret {
        return Err(invalid(format!("{secret} can not be a certificate: only Secrets can"))
            .cure("name a Secret of type kubernetes.io/tls"));
    }
    if !grants::permits(world, &gateway.kind, &gateway.namespace, secret) {
        let (from, to) = (&gateway.namespace, &secret.namespace);
        return Err(Fault::new(
            "RefNotPermitted",
            format!("no ReferenceGrant in namespace {to} lets Gateways of namespace {from} use {secret}"),
        )
        .cure(format!(
            "create a ReferenceGrant in namespace {to}, from Gateway of namespace {from} to Secret {}",
            secret.name
        )));
    }
    let Some(object) = world.get(secret) else {
        return Err(invalid(format!("{secret} is missing")).cure(
            "create it with the certificate and key, or name one that exists in the Gateway's namespace",
        ));
    };
    if object.assumed {
        return Ok(());
    }
    core::tls_secret(object).map(drop).map_err(|error| {
        invalid(format!("{secret} can not serve TLS: {error}")).cure("put a certificate and its key in it")
    })
}
