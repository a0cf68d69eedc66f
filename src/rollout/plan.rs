//! From wished weights to an edit of the object's text.

use crate::{
    resource::{Key, Object},
    source::Edit,
};

/// Which rule of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleSelect {
    /// Position, from 0.
    Index(usize),
    /// The rule's name.
    Name(String),
    /// The only rule with more than one backend, or the only rule.
    Only,
}

/// One backend's weight, before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct BackendWeight {
    /// Position in `backendRefs`.
    pub index: usize,
    /// `namespace/name:port`, or `name:port` in the route's own namespace.
    pub backend: String,
    /// As written; `None`: not written, which means 1.
    pub written: Option<i64>,
    /// Weight wished.
    pub new: i64,
}

/// A change of one rule's weights.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightPlan {
    /// The route.
    pub route: Key,
    /// The rule, from 0.
    pub rule: usize,
    /// All backends of the rule.
    pub weights: Vec<BackendWeight>,
}

/// Why a plan can not be made; says what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PlanError(pub String);

/// Plans new weights. `wished` names backends as `name`, `name:port`, `namespace/name` or `namespace/name:port`.
///
/// # Errors
/// A rule or backend that is not there or not unique; a weight outside 0 to 1 000 000; nothing to change.
pub fn plan(route: &Object, rule: &RuleSelect, wished: &[(String, i64)]) -> Result<WeightPlan, PlanError> {
    let _ = (route, rule, wished);
    unimplemented!()
}

impl WeightPlan {
    /// The edit of the object's fields.
    pub fn edit(&self) -> Edit {
        unimplemented!()
    }

    /// `app-canary 10 → 25, app-stable 90 → 75`
    pub fn summary(&self) -> String {
        unimplemented!()
    }
}
