//! What asks for an answer before anything else happens.

use super::Scroll;
use crate::{rollout::WeightPlan, source::Planned, tui::facts::Line};

/// Why an edit is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// The weights wished.
    Apply,
    /// Back to the weights at the start.
    Abort,
    /// Back to before the last change.
    Undo,
}

/// A question.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one at a time passes through; a box would only add a step")]
pub enum Dialog {
    /// An edit with its diff.
    Edit {
        /// Why.
        intent: Intent,
        /// What was planned; of an undo only what it comes to.
        plan: WeightPlan,
        /// What would be written.
        planned: Planned,
        /// What it would mean.
        consequence: Vec<Line>,
        /// First line of the diff that is seen.
        scroll: Scroll,
    },
    /// Ending with weights that are not applied: routes.
    Quit(Vec<String>),
}

/// A number being typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// What it is for.
    pub label: String,
    /// As typed.
    pub text: String,
}
