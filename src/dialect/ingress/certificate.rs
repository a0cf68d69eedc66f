//! Which certificate a host has.

use std::{collections::HashMap, sync::Arc};

use rustls::server::ParsedCertificate;
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};

use super::object::Ingress;
use crate::{
    resource::{
        Key, Kind,
        core::{self, TlsSecret},
    },
    world::World,
};

/// The certificate of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// The default one: `--default-ssl-certificate`, else the controller's own fake; and why.
    Default(String),
    /// That of a Secret.
    Secret(Key),
}

/// Secrets with certificates, read once.
pub(super) struct Secrets<'w> {
    world: &'w World,
    seen: HashMap<Key, Option<Arc<TlsSecret>>>,
    /// Who was asked for since it was last looked at.
    asked: Vec<Key>,
}

impl<'w> Secrets<'w> {
    pub(super) fn new(world: &'w World) -> Self {
        Self { world, seen: HashMap::new(), asked: Vec::new() }
    }

    /// Who was asked for since this was last called, there or not.
    pub(super) fn asked(&mut self) -> Vec<Key> {
        std::mem::take(&mut self.asked)
    }

    pub(super) fn get(&mut self, key: &Key) -> Option<Arc<TlsSecret>> {
        self.asked.push(key.clone());
        if let Some(known) = self.seen.get(key) {
            return known.clone();
        }
        let secret = self.world.get(key).and_then(|object| core::tls_secret(object).ok()).map(Arc::new);
        self.seen.insert(key.clone(), secret.clone());
        secret
    }

    /// Whether the certificate of a Secret is for a name.
    pub(super) fn cover(&mut self, key: &Key, name: &str) -> bool {
        self.is_assumed(key)
            || self.get(key).is_some_and(|secret| covers(&secret, &name.to_ascii_lowercase()))
    }

    /// A Secret that is assumed has no content: a certificate that fits is made for it.
    fn is_assumed(&mut self, key: &Key) -> bool {
        self.asked.push(key.clone());
        self.world.get(key).is_some_and(|object| object.assumed)
    }
}

/// The certificate that an Ingress brings for a host.
pub(super) fn of(host: &str, ingress: &Ingress, secrets: &mut Secrets<'_>) -> Certificate {
    let key = |name: &str| Key::new(Kind::Secret, Arc::clone(&ingress.key.namespace), name);
    let listed = ingress
        .tls
        .iter()
        .find(|tls| tls.hosts.iter().any(|name| name.eq_ignore_ascii_case(host)))
        .map(|tls| tls.secret.clone());
    let named = listed.or_else(|| {
        let fitting = ingress
            .tls
            .iter()
            .filter(|tls| !tls.secret.is_empty())
            .find(|tls| secrets.get(&key(&tls.secret)).is_some_and(|secret| covers(&secret, host)));
        fitting.map(|tls| tls.secret.clone())
    });
    let Some(name) = named.filter(|name| !name.is_empty()) else {
        return Certificate::Default(format!("the tls section names no Secret for {host}"));
    };
    let key = key(&name);
    if secrets.is_assumed(&key) {
        return Certificate::Secret(key);
    }
    match secrets.get(&key) {
        None => Certificate::Default(format!("{key} is not there or holds no certificate")),
        Some(secret) if covers(&secret, host) => Certificate::Secret(key),
        Some(_) => Certificate::Default(format!("the certificate of {key} is not for {host}")),
    }
}

/// Whether a certificate is for a host, by its names; a wildcard host is covered by the same wildcard.
fn covers(secret: &TlsSecret, host: &str) -> bool {
    let Ok(der) = CertificateDer::from_pem_slice(&secret.cert_pem) else { return false };
    let Ok(parsed) = ParsedCertificate::try_from(&der) else { return false };
    // A wildcard stands for one label: any label is as good as another.
    let name = host.strip_prefix("*.").map_or_else(|| host.to_owned(), |rest| format!("any.{rest}"));
    let Ok(name) = ServerName::try_from(name) else { return false };
    rustls::client::verify_server_name(&parsed, &name).is_ok()
}
