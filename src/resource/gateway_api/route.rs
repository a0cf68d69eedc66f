//! One view over all route kinds: parents, hostnames, and the backends of each rule.

use serde::Deserialize;

use super::{BackendRef, ParentRef, ViewError};
use crate::resource::Object;

/// What every kind of route has. Matches and filters are left to the kind's own view.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct AnyRoute {
    /// `spec`
    pub spec: AnyRouteSpec,
}

/// The shared part of a route's spec.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnyRouteSpec {
    /// Where to attach.
    #[serde(default)]
    pub parent_refs: Vec<ParentRef>,
    /// Hosts; TCPRoute and UDPRoute have none.
    #[serde(default)]
    pub hostnames: Vec<String>,
    /// Rules.
    #[serde(default)]
    pub rules: Vec<AnyRule>,
}

/// The shared part of a rule.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnyRule {
    /// Name, unique within the route.
    pub name: Option<String>,
    /// Where requests or connections go.
    #[serde(default)]
    pub backend_refs: Vec<BackendRef>,
}

impl AnyRoute {
    /// The view of a route object.
    ///
    /// # Errors
    /// The field that does not fit.
    pub fn of(object: &Object) -> Result<Self, ViewError> {
        object.view()
    }
}
