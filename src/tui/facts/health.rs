//! How an object is, in one sign and one word, from its conditions.

use super::Tone;
use crate::resource::{Condition, Truth};

/// How something is; the worst is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Health {
    /// Does not do what was asked.
    Broken,
    /// Works, and wants a look.
    Attention,
    /// Not there yet.
    Waiting,
    /// Works; worth knowing.
    Note,
    /// Nobody said.
    Unknown,
    /// As it should be.
    Ok,
}

impl Health {
    /// The sign that stands left of a name.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Broken => "✗",
            Self::Attention => "!",
            Self::Waiting | Self::Note => "·",
            Self::Unknown => "?",
            Self::Ok => "✓",
        }
    }

    /// The same as a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Attention => "attention",
            Self::Waiting => "waiting",
            Self::Note => "note",
            Self::Unknown => "unknown",
            Self::Ok => "ok",
        }
    }

    /// The tone of sign and word.
    pub fn tone(self) -> Tone {
        match self {
            Self::Broken => Tone::Bad,
            Self::Attention => Tone::Warn,
            Self::Waiting | Self::Note | Self::Unknown => Tone::Dim,
            Self::Ok => Tone::Good,
        }
    }

    /// What one condition says.
    pub fn of(condition: &Condition) -> Self {
        if condition.is_good() {
            return Self::Ok;
        }
        if condition.status == Truth::Unknown {
            return Self::Waiting;
        }
        match &*condition.kind {
            "PartiallyInvalid" | "InsecureFrontendValidationMode" => Self::Attention,
            // Common and harmless where one party owns all of the hosts; `check` calls it a note too.
            "OverlappingTLSConfig" => Self::Note,
            _ => match &*condition.reason {
                "Pending" | "AddressNotAssigned" | "Waiting" => Self::Waiting,
                _ => Self::Broken,
            },
        }
    }

    /// The worst of some conditions; nobody said anything when there are none.
    pub fn of_all<'a>(conditions: impl IntoIterator<Item = &'a Condition>) -> Self {
        conditions.into_iter().map(Self::of).min().unwrap_or(Self::Unknown)
    }
}

/// The condition that decides how something is: the first of the worst.
pub fn deciding(conditions: &[Condition]) -> Option<&Condition> {
    conditions.iter().min_by_key(|condition| Health::of(condition))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_condition_decides() {
        let condition = |kind: &'static str, status, reason: &'static str| Condition {
            status,
            ..Condition::good(kind, reason, 1)
        };
        let good = condition("Accepted", Truth::True, "Accepted");
        let cases = [
            (vec![good.clone()], Health::Ok, "all good"),
            (vec![], Health::Unknown, "nobody said"),
            (
                vec![good.clone(), condition("ResolvedRefs", Truth::False, "BackendNotFound")],
                Health::Broken,
                "one bad",
            ),
            (vec![condition("Conflicted", Truth::False, "NoConflicts")], Health::Ok, "negative and false"),
            (
                vec![condition("Conflicted", Truth::True, "HostnameConflict")],
                Health::Broken,
                "negative and true",
            ),
            (
                vec![good.clone(), condition("PartiallyInvalid", Truth::True, "UnsupportedValue")],
                Health::Attention,
                "part of it works",
            ),
            (
                vec![good.clone(), condition("OverlappingTLSConfig", Truth::True, "OverlappingHostnames")],
                Health::Note,
                "works as written",
            ),
            (vec![good, condition("Programmed", Truth::False, "Pending")], Health::Waiting, "comes yet"),
            (vec![condition("Accepted", Truth::Unknown, "Pending")], Health::Waiting, "not judged yet"),
        ];
        for (conditions, health, why) in cases {
            assert_eq!(Health::of_all(&conditions), health, "{why}");
        }
    }
}
