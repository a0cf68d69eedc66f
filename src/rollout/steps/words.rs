//! A plan in words: why it is held, what it waits for.

use std::fmt;

use super::{Goal, Hold, Refused, Seen, Steps};

impl fmt::Display for Hold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByHand(_) => write!(out, "by hand"),
            Self::WentBack => write!(out, "went back a step"),
            Self::Failed(Goal::Abort, why) => write!(out, "not aborted: {why}"),
            Self::Failed(Goal::Step(_) | Goal::Back(_), why) => write!(out, "not written: {why}"),
            Self::Changed(what) => write!(out, "changed by somebody else: {what}"),
            Self::Refused(_, why) => write!(out, "{why}"),
            Self::Worse(why) => write!(out, "{why}"),
            Self::Others => write!(out, "its backends are others now"),
        }
    }
}

impl Steps {
    /// `shop-canary:80 gets no weight: no ready endpoint`
    pub(super) fn words_of(&self, Refused(at): Refused, seen: &[Seen]) -> String {
        let name = self.backends.get(at).map_or("a backend", String::as_str);
        let why = seen.get(at).and_then(|seen| seen.refuses.as_deref()).unwrap_or("it refuses");
        format!("{name} gets no weight: {why}")
    }
}
