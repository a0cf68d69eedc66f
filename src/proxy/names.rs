//! Certificates by the name in the handshake, for a listener that serves many hosts: the host's own, else the wildcard's
//! of its parent, else the one for all others. One look-up each, however many hosts there are.

use std::sync::Arc;

use rustls::sign::CertifiedKey;

use super::identity::Authorities;

/// Certificates of one listener, by name. Names are in small letters, without a final dot.
#[derive(Clone, Default)]
pub struct Names {
    /// Whole names.
    pub exact: imbl::HashMap<Arc<str>, Arc<Named>>,
    /// By the name under the star: one label stands for it.
    pub wildcard: imbl::HashMap<Arc<str>, Arc<Named>>,
    /// What all other names have, and clients that name no host.
    pub other: Option<Arc<Named>>,
    /// For names that are not there, and clients that name no host.
    pub default: Option<Arc<CertifiedKey>>,
    /// Names that no host of the listener takes, and clients that name none, are refused.
    pub known_only: bool,
    /// HTTP/2 is not spoken.
    pub http1_only: bool,
}

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Names({} and {} wildcards)", self.exact.len(), self.wildcard.len())
    }
}

/// What one name has.
#[derive(Clone, Default)]
pub struct Named {
    /// Its certificate; none: the one for all others.
    pub key: Option<Arc<CertifiedKey>>,
    /// Clients are asked for a certificate that one of these has signed.
    pub clients: Option<Arc<Authorities>>,
}

impl Names {
    /// What a name has.
    pub fn find(&self, name: Option<&str>) -> Option<&Arc<Named>> {
        let parent = |name: &str| name.split_once('.').and_then(|(_, parent)| self.wildcard.get(parent));
        let own = name.and_then(|name| self.exact.get(name).or_else(|| parent(name)));
        own.or(self.other.as_ref())
    }

    /// The certificate for a name. A wildcard's is found too where the name itself has none.
    pub fn key(&self, name: Option<&str>) -> Option<&Arc<CertifiedKey>> {
        let exact = name.and_then(|name| self.exact.get(name)).and_then(|named| named.key.as_ref());
        let parent = || {
            let (_, parent) = name?.split_once('.')?;
            self.wildcard.get(parent)?.key.as_ref()
        };
        exact.or_else(parent).or(self.default.as_ref())
    }
}
