//! The certificates of each TLS listener: from the Secrets of the World, or made here for Secrets that are assumed.
//!
//! What can not be read is told and the listener goes without; nothing here panics on a hostile Secret.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use jiff::civil::Date;
use rustls::sign::CertifiedKey;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use super::{
    CertificateView,
    authority::{Authority, MakeError},
};
use crate::{
    dialect::gateway::permits,
    resource::{
        Key, Kind, Object, Problem,
        core::tls_secret,
        gateway_api::{ListenerSpec, SecretRef},
    },
    world::World,
};

/// Names in one certificate made here; more would make a handshake longer than a first flight.
const MOST_NAMES: usize = 100;

/// A certificate with its key, or why there is none.
type Certified = Result<Arc<CertifiedKey>, String>;

/// Reads and makes certificates, each once.
#[derive(Debug)]
pub(super) struct Certificates {
    today: Date,
    authority: Option<Authority>,
    read: HashMap<Key, (Arc<Object>, Certified)>,
    made: HashMap<Vec<String>, Arc<CertifiedKey>>,
    fake: Option<Arc<CertifiedKey>>,
}

/// The name in ingress-nginx's own certificate.
const FAKE: &str = "Kubernetes Ingress Controller Fake Certificate";

/// What a listener presents.
#[derive(Debug, Default)]
pub(super) struct Presented {
    pub(super) keys: Vec<Arc<CertifiedKey>>,
    pub(super) made_here: bool,
    pub(super) problems: Vec<Problem>,
}

impl Presented {
    /// Where the certificates of a TLS listener are from.
    pub(super) fn view(&self) -> CertificateView {
        match (self.keys.is_empty(), self.made_here) {
            (true, _) => CertificateView::Missing,
            (false, true) => CertificateView::MadeHere,
            (false, false) => CertificateView::Given,
        }
    }
}

impl Certificates {
    pub(super) fn new(today: Date) -> Self {
        Self { today, authority: None, read: HashMap::new(), made: HashMap::new(), fake: None }
    }

    /// The authority, once a certificate was made.
    pub(super) fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    /// What a listener presents. `names` are those a certificate made here is for.
    pub(super) fn of(
        &mut self,
        world: &World,
        gateway: &Object,
        listener: &ListenerSpec,
        names: &[String],
    ) -> Presented {
        let mut presented = Presented::default();
        let references = listener.tls.iter().flat_map(|tls| &tls.certificate_refs);
        for reference in references {
            let key = secret_key(&gateway.key, reference);
            let Some(secret) = world.get(&key).filter(|_| granted(world, &gateway.key, &key)) else {
                // The listener's conditions say so already.
                continue;
            };
            let result = if secret.assumed {
                presented.made_here = true;
                self.make(names)
            } else {
                self.read(secret)
            };
            match result {
                Ok(certified) => presented.keys.push(certified),
                Err(why) => presented.problems.push(
                    Problem::error(
                        "certificate-unusable",
                        format!("listener {} of {}: {why}", listener.name, gateway.key),
                    )
                    .of(&key, secret.origin.as_ref())
                    .fix("put a PEM certificate chain in `tls.crt` and its private key in `tls.key`"),
                ),
            }
        }
        presented
    }

    /// The certificate of a Secret, or one made here for these hosts when the Secret is assumed.
    pub(super) fn secret(&mut self, world: &World, key: &Key, hosts: &[String]) -> Option<Arc<CertifiedKey>> {
        let secret = world.get(key)?;
        if secret.assumed { self.make(hosts).ok() } else { self.read(secret).ok() }
    }

    /// What ingress-nginx presents for a host without a certificate: a name that no client trusts.
    pub(super) fn fake(&mut self) -> Option<Arc<CertifiedKey>> {
        if self.fake.is_none() {
            self.fake = fake(FAKE).ok();
        }
        self.fake.clone()
    }

    /// Forgets what no object stands behind any more.
    pub(super) fn keep_only(&mut self, world: &World) {
        self.read.retain(|key, (object, _)| world.get(key).is_some_and(|now| Arc::ptr_eq(now, object)));
    }

    fn read(&mut self, secret: &Arc<Object>) -> Certified {
        if let Some((object, result)) = self.read.get(&secret.key)
            && Arc::ptr_eq(object, secret)
        {
            return result.clone();
        }
        let result = certified(secret);
        self.read.insert(secret.key.clone(), (Arc::clone(secret), result.clone()));
        result
    }

    fn make(&mut self, names: &[String]) -> Certified {
        if let Some(made) = self.made.get(names) {
            return Ok(Arc::clone(made));
        }
        let authority = match &mut self.authority {
            Some(authority) => authority,
            none => none.insert(Authority::new(self.today).map_err(|error| error.to_string())?),
        };
        let made = authority.issue(names).map_err(|error| error.to_string())?;
        self.made.insert(names.to_vec(), Arc::clone(&made));
        Ok(made)
    }
}

fn certified(secret: &Object) -> Certified {
    let pair = tls_secret(secret).map_err(|error| error.to_string())?;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&pair.cert_pem)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("`tls.crt`: {error}"))?;
    let key =
        PrivateKeyDer::from_pem_slice(&pair.key_pem).map_err(|_| "`tls.key` is no private key".to_owned())?;
    let provider = rustls::crypto::ring::default_provider();
    CertifiedKey::from_der(chain, key, &provider).map(Arc::new).map_err(|error| error.to_string())
}

/// A self-signed certificate of this common name.
fn fake(name: &str) -> Result<Arc<CertifiedKey>, MakeError> {
    let mut params = rcgen::CertificateParams::new(["ingress.local".to_owned()])?;
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    let key = rcgen::KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    let der = rustls_pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
    let signing = rustls::crypto::ring::sign::any_supported_type(&der.into())?;
    Ok(Arc::new(CertifiedKey::new(vec![certificate.der().clone()], signing)))
}

fn secret_key(gateway: &Key, reference: &SecretRef) -> Key {
    let namespace = reference.namespace.as_deref().map_or_else(|| Arc::clone(&gateway.namespace), Arc::from);
    Key::new(reference.kind(), namespace, reference.name.as_str())
}

/// Whether a Gateway may use it as a certificate.
fn granted(world: &World, gateway: &Key, secret: &Key) -> bool {
    secret.kind == Kind::Secret && permits(world, &gateway.kind, &gateway.namespace, secret)
}

/// The names that a certificate made here is for: the listener's hostname, or, when it takes every host, this
/// machine and the hosts of its routes. A wildcard in a certificate stands for one label only, so the routes' own
/// hosts are named beside it.
pub(super) fn names(hostname: Option<&str>, address: &str, attached: &[Arc<str>]) -> Vec<String> {
    let mut names = match hostname.filter(|name| !name.is_empty()) {
        None => vec!["localhost".to_owned(), address.to_owned()],
        Some(name) => vec![name.to_ascii_lowercase()],
    };
    let exact = hostname.is_some_and(|name| !name.is_empty() && !name.starts_with("*."));
    if !exact {
        let mut attached: Vec<_> = attached.iter().map(ToString::to_string).collect();
        attached.sort_unstable();
        names.extend(attached);
    }
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names.truncate(MOST_NAMES);
    names
}

#[cfg(test)]
mod tests;
