//! ReferenceGrant.

use serde::Deserialize;

/// `ReferenceGrant`
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ReferenceGrant {
    /// `spec`
    pub spec: ReferenceGrantSpec,
}

/// `ReferenceGrantSpec`: any of `from` may refer to any of `to`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ReferenceGrantSpec {
    /// Who may refer.
    #[serde(default)]
    pub from: Vec<GrantFrom>,
    /// To what, in the grant's own namespace.
    #[serde(default)]
    pub to: Vec<GrantTo>,
}

/// `ReferenceGrantFrom`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[allow(missing_docs)]
pub struct GrantFrom {
    pub group: String,
    pub kind: String,
    pub namespace: String,
}

/// `ReferenceGrantTo`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GrantTo {
    /// API group; empty for core.
    #[serde(default)]
    pub group: String,
    /// Kind.
    pub kind: String,
    /// All objects of the kind when absent.
    pub name: Option<String>,
}
