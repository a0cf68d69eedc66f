//! Status conditions as a conformant controller writes them.

use std::borrow::Cow;

/// `status` of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[allow(missing_docs)]
pub enum Truth {
    True,
    False,
    Unknown,
}

/// One condition: `metav1.Condition` without its transition time, plus what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// `type`: `Accepted`, `Programmed`, `ResolvedRefs`, `Conflicted`, …
    pub kind: Cow<'static, str>,
    /// `status`
    pub status: Truth,
    /// `reason`
    pub reason: Cow<'static, str>,
    /// `message`: one sentence for a person.
    pub message: String,
    /// `observedGeneration`
    pub generation: i64,
    /// What to do; empty when nothing is wrong.
    pub cure: String,
    /// The field at fault in the object, when one is: `spec.rules[0].backendRefs[0].name`.
    pub field: Option<String>,
}

impl Condition {
    /// A condition that is as it should be.
    pub fn good(kind: &'static str, reason: &'static str, generation: i64) -> Self {
        Self {
            kind: kind.into(),
            status: Truth::True,
            reason: reason.into(),
            message: String::new(),
            generation,
            cure: String::new(),
            field: None,
        }
    }

    /// Whether this is as it should be: the negative ones (`Conflicted`, `PartiallyInvalid`,
    /// `OverlappingTLSConfig`, `InsecureFrontendValidationMode`) are good when false.
    pub fn is_good(&self) -> bool {
        let negative = matches!(
            &*self.kind,
            "Conflicted" | "PartiallyInvalid" | "OverlappingTLSConfig" | "InsecureFrontendValidationMode"
        );
        if negative { self.status == Truth::False } else { self.status == Truth::True }
    }
}
