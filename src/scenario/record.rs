//! What happened in a run: moments, and measurements between them. Written as JSON as it stands here.

use serde::{Deserialize, Serialize};

use crate::rehearsal::clients::{Census, SideCount};

/// A whole run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Name of the scenario.
    pub scenario: String,
    /// What it shows.
    pub about: String,
    /// When it began, RFC 3339.
    pub begun: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Clients as a mix is typed.
    pub mix: String,
    /// How many.
    pub clients: usize,
    /// How much faster than ours their clocks ran.
    pub speed: f64,
    /// How it ended.
    pub outcome: Outcome,
    /// What was done, in the order of time.
    pub marks: Vec<Mark>,
    /// What was measured, in the order of time.
    pub samples: Vec<Sample>,
}

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Outcome {
    /// It has not.
    #[default]
    Running,
    /// All steps were done.
    Completed,
    /// A step could not be done, or what was waited for did not come.
    Stopped {
        /// Line of the step.
        line: u32,
        /// Why.
        why: String,
    },
}

/// A moment at which something was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Seconds from the begin.
    pub at: f64,
    /// Line of the step.
    pub line: u32,
    /// Its label.
    pub label: Option<String>,
    /// What was done, in words.
    pub text: String,
    /// What sort of thing.
    pub kind: MarkKind,
    /// The longest TTL that was in force before it, in seconds of our clock.
    pub ttl: f64,
}

/// What sort of thing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    /// Names were pointed to a side.
    Switch,
    /// Names were pointed back.
    Rollback,
    /// A TTL.
    Ttl,
    /// A fault, or its end.
    Fault,
    /// Load.
    Load,
    /// Names were held.
    Hold,
    /// A wait began.
    Wait,
}

/// What was measured in a piece of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Its end, in seconds from the begin.
    pub at: f64,
    /// Its length in seconds.
    pub seconds: f64,
    /// Requests at the old side.
    pub old: SideCount,
    /// Requests at the new side.
    pub new: SideCount,
    /// Requests for which DNS gave no address, or one of neither side.
    pub lost: SideCount,
    /// Share of DNS answers that name the old side, at its end; none when nobody knows.
    pub dns_old: Option<f64>,
    /// Share of requests at the old side that the clients make expect; none when nobody knows.
    pub predicted_old: Option<f64>,
    /// Clients by kind, at its end.
    pub kinds: Vec<KindSample>,
}

/// Clients of a kind, at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindSample {
    /// `browser`
    pub name: String,
    /// All.
    pub clients: usize,
    /// Whose last request went to the old side.
    pub at_old: usize,
    /// Whose last request went to the new side.
    pub at_new: usize,
    /// Connections open to the old side.
    pub connections_old: usize,
    /// Connections open to the new side.
    pub connections_new: usize,
}

impl Sample {
    /// What happened between two looks at the clients; `at` is the end, in seconds from the begin.
    pub fn between(before: &Census, now: &Census, at: f64, seconds: f64) -> Self {
        let kind = |kind: &crate::rehearsal::clients::KindCount| {
            let ([at_old, at_new], [connections_old, connections_new]) = (kind.at, kind.connections);
            let (name, clients) = (kind.name.to_string(), kind.clients);
            KindSample { name, clients, at_old, at_new, connections_old, connections_new }
        };
        Self {
            at,
            seconds,
            old: now.old.since(&before.old),
            new: now.new.since(&before.new),
            lost: now.lost.since(&before.lost),
            dns_old: None,
            predicted_old: None,
            kinds: now.kinds.iter().map(kind).collect(),
        }
    }

    /// Share of requests that went to the old side; none without requests.
    pub fn old_share(&self) -> Option<f64> {
        let all = self.old.requests + self.new.requests;
        (all > 0).then(|| self.old.requests as f64 / all as f64)
    }
}

impl MarkKind {
    /// Whether names or their TTLs were swapped.
    pub fn is_swap(self) -> bool {
        match self {
            Self::Switch | Self::Rollback | Self::Ttl => true,
            Self::Fault | Self::Load | Self::Hold | Self::Wait => false,
        }
    }

    /// Whether names lead elsewhere from here on.
    pub fn moves(self) -> bool {
        match self {
            Self::Switch | Self::Rollback => true,
            Self::Ttl | Self::Fault | Self::Load | Self::Hold | Self::Wait => false,
        }
    }
}
