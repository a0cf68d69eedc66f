//! What there is to say about one annotation or setting.

use std::fmt;

/// What the controller does with an annotation or setting that is not simply used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// No later change of any Ingress takes effect: nginx refuses the whole configuration, for all hosts.
    StopsConfiguration,
    /// The whole Ingress is left out: its paths answer 404 unless another Ingress serves them.
    Dropped,
    /// Every path of the Ingress answers 503 (403 for `auth-tls-secret`, and then for the whole host).
    Denied,
    /// A protection that was asked for is not there: requests pass that should not.
    Opens,
    /// The value has no effect; the default, or nothing, stands in its place.
    Ignored,
    /// No release that is still met reads this name.
    Unknown,
    /// An earlier release read this name, the last ones do not.
    Obsolete,
    /// Understood, and it changes nothing of what a rehearsal executes.
    Inert,
}

impl Effect {
    /// A word for tables and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::StopsConfiguration => "stops-configuration",
            Self::Dropped => "dropped",
            Self::Denied => "denied",
            Self::Opens => "opens",
            Self::Ignored => "ignored",
            Self::Unknown => "unknown",
            Self::Obsolete => "obsolete",
            Self::Inert => "inert",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One thing to know about an annotation or setting. Values in the message are as written: faces strip them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The key as written, prefix included; a setting's key, or a flag with its dashes.
    pub key: String,
    /// What the controller does.
    pub effect: Effect,
    /// What is wrong and what would be right; lower case, no full stop.
    pub message: String,
}

impl Finding {
    /// A finding about a key.
    pub fn new(key: impl Into<String>, effect: Effect, message: impl Into<String>) -> Self {
        Self { key: key.into(), effect, message: message.into() }
    }
}
