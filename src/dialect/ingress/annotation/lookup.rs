//! What the reader asks of the cluster: ConfigMaps, Secrets, Services.

use std::{collections::BTreeMap, fmt, sync::Arc};

/// The objects that annotations name.
pub trait Lookup {
    /// `data` of a ConfigMap.
    fn config_map(&self, namespace: &str, name: &str) -> Option<Arc<BTreeMap<String, String>>>;
    /// The decoded data of a Secret.
    fn secret(&self, namespace: &str, name: &str) -> Option<BTreeMap<String, Vec<u8>>>;
    /// Whether there is such a Service.
    fn service(&self, namespace: &str, name: &str) -> bool;
}

/// A cluster without objects: whatever is named is missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Lookup for Nothing {
    fn config_map(&self, _: &str, _: &str) -> Option<Arc<BTreeMap<String, String>>> {
        None
    }

    fn secret(&self, _: &str, _: &str) -> Option<BTreeMap<String, Vec<u8>>> {
        None
    }

    fn service(&self, _: &str, _: &str) -> bool {
        false
    }
}

/// Namespace and name of what an annotation refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NsName {
    /// The namespace; the Ingress's own where none is written.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl fmt::Display for NsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// Bytes out of a Secret. `Debug` shows only how many.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(pub Arc<[u8]>);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes, hidden", self.0.len())
    }
}

impl From<Vec<u8>> for Hidden {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}
