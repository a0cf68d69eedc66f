//! What all route kinds share: references, names, enums that keep what they do not know.

use serde::Deserialize;

use crate::resource::Kind;

/// An enum over strings with `Other` for values of tomorrow.
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
        #[serde(from = "String")]
        #[allow(missing_docs)]
        pub enum $name { $($variant,)+ Other(String) }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                match text.as_str() { $($text => Self::$variant,)+ _ => Self::Other(text) }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $(Self::$variant => $text,)+ Self::Other(text) => text })
            }
        }
    };
}
pub(super) use open_enum;

fn gateway_group() -> String {
    "gateway.networking.k8s.io".to_owned()
}
fn gateway_kind() -> String {
    "Gateway".to_owned()
}
fn service_kind() -> String {
    "Service".to_owned()
}
fn secret_kind() -> String {
    "Secret".to_owned()
}
const fn one() -> i64 {
    1
}

/// `ParentReference`: where a route wants to be attached.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParentRef {
    /// API group of the parent.
    #[serde(default = "gateway_group")]
    pub group: String,
    /// Kind of the parent.
    #[serde(default = "gateway_kind")]
    pub kind: String,
    /// Namespace; the route's own when absent.
    pub namespace: Option<String>,
    /// Name of the parent.
    pub name: String,
    /// Name of a listener.
    pub section_name: Option<String>,
    /// Port of a listener.
    pub port: Option<i64>,
}

impl ParentRef {
    /// The parent's kind.
    pub fn kind(&self) -> Kind {
        Kind::from_group(&self.group, &self.kind)
    }
}

/// The largest weight that an API server takes; the smallest is 0.
pub const MAX_WEIGHT: i64 = 1_000_000;

/// `HTTPBackendRef` and its kin: one destination and its weight.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BackendRef {
    /// API group; empty for core.
    #[serde(default)]
    pub group: String,
    /// Kind of the destination.
    #[serde(default = "service_kind")]
    pub kind: String,
    /// Namespace; the route's own when absent.
    pub namespace: Option<String>,
    /// Name of the destination.
    pub name: String,
    /// Port; required for Services.
    pub port: Option<i64>,
    /// Share of requests, relative to the sum of the rule's weights.
    #[serde(default = "one")]
    pub weight: i64,
    /// Filters for requests that go to this destination.
    #[serde(default)]
    pub filters: Vec<super::Filter>,
}

impl BackendRef {
    /// The destination's kind.
    pub fn kind(&self) -> Kind {
        Kind::from_group(&self.group, &self.kind)
    }
}

/// `SecretObjectReference`: a certificate, or another object that a listener names.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretRef {
    /// API group; empty for core.
    #[serde(default)]
    pub group: String,
    /// Kind of the object.
    #[serde(default = "secret_kind")]
    pub kind: String,
    /// Namespace; the referrer's own when absent.
    pub namespace: Option<String>,
    /// Name of the object.
    pub name: String,
}

impl SecretRef {
    /// The kind referred to.
    pub fn kind(&self) -> Kind {
        Kind::from_group(&self.group, &self.kind)
    }
}

/// `HTTPHeader`, and any other pair of a name and a value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[allow(missing_docs)]
pub struct NameValue {
    pub name: String,
    pub value: String,
}
