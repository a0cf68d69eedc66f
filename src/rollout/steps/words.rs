//! A plan in words: why it is held, what it waits for.

use std::fmt;

use super::{Goal, Hold, Refused, Seen, Stand, Steps};
use crate::rollout::{Entry, WeightPlan};

impl fmt::Display for Hold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByHand(_) => write!(out, "by hand"),
            Self::WentBack => write!(out, "went back a step"),
            Self::Failed(Goal::Abort, why) => write!(out, "not aborted: {why}"),
            Self::Failed(Goal::Step(_) | Goal::Back(_), why) => write!(out, "not written: {why}"),
            Self::Changed(what) => write!(out, "changed outside of the plan: {what}"),
            Self::Refused(_, why) | Self::Worse(why) => write!(out, "{why}"),
            Self::Others => write!(out, "its backends are others now"),
        }
    }
}

impl Steps {
    /// What the journal says of an edit that is under way: `app-canary 10 → 25 (step 1 of 3)`.
    pub fn summary(&self, plan: &WeightPlan) -> String {
        let Stand::Applying(goal) = self.stand() else { return plan.summary() };
        let of = self.targets().len();
        let doing = match goal {
            Goal::Step(step) => format!("step {} of {of}", step + 1),
            Goal::Back(Some(step)) => format!("back to step {} of {of}", step + 1),
            Goal::Back(None) => "back to before step 1".to_owned(),
            Goal::Abort => "plan aborted".to_owned(),
        };
        format!("{} ({doing})", plan.summary())
    }

    /// Whether a line of the journal tells of a plan's edit, of whatever session.
    pub fn made(entry: &Entry) -> bool {
        let ends = ["(step ", "(back to ", "(plan aborted)"];
        entry.undo_of.is_none() && ends.iter().any(|end| entry.summary.contains(end))
    }

    /// `shop-canary:80 gets no weight: no ready endpoint`
    pub(super) fn words_of(&self, Refused(at): Refused, seen: &[Seen]) -> String {
        let name = self.backends.get(at).map_or("a backend", String::as_str);
        let why = seen.get(at).and_then(|seen| seen.refuses.as_deref()).unwrap_or("it refuses");
        format!("{name} gets no weight: {why}")
    }
}
