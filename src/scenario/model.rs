//! What a scenario says: clients, steps in time, criteria.

use std::{fmt, time::Duration};

use crate::{
    rehearsal::{Fault, SideFault, clients::ClientMix},
    routing::Side,
};

/// A scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// What it shows.
    pub about: String,
    /// Who sends.
    pub clients: Crowd,
    /// TTL of all names at the start.
    pub ttl: Duration,
    /// What is done, one after the other.
    pub steps: Vec<Step>,
    /// What has to be true at the end.
    pub criteria: Vec<Criterion>,
}

/// The clients of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Crowd {
    /// How many.
    pub count: usize,
    /// How much faster than ours their clocks run.
    pub speed: f64,
    /// Which.
    pub mix: ClientMix,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its line in the file.
    pub line: u32,
    /// What criteria call the moment at which it begins.
    pub label: Option<String>,
    /// What is done.
    pub action: Action,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Has something done.
    Do(Command),
    /// Lets time pass.
    Wait(Wait),
}

/// What is to be done by who drives the run.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Sends so many requests a second, over so many connections at most.
    Load {
        /// Requests a second; 0 stops.
        rate: f64,
        /// Requests under way at most.
        connections: usize,
    },
    /// Sets the TTL of names.
    Ttl {
        /// Which.
        hosts: Hosts,
        /// From the next answer on.
        ttl: Duration,
    },
    /// Points names to a side, or a share of the answers.
    Switch {
        /// Which.
        hosts: Hosts,
        /// Where to.
        to: Side,
        /// Share of answers that name it, 0 to 1; the rest names the other side.
        share: f64,
    },
    /// Points names to the old side.
    RollBack(Hosts),
    /// Keeps names where they are: no wave goes on.
    Hold(Hosts),
    /// Tells a backend what to do wrong.
    Backend {
        /// Namespace of its Service.
        namespace: String,
        /// Its Service.
        service: String,
        /// What it does wrong.
        fault: Fault,
    },
    /// Makes something wrong at one side only; none ends all of them there.
    Side {
        /// Which.
        side: Side,
        /// What.
        fault: Option<SideFault>,
        /// For whom.
        hosts: Hosts,
    },
}

/// Which names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// All.
    All,
    /// These.
    Some(Vec<String>),
}

/// What ends a wait.
#[derive(Clone, Debug, PartialEq)]
pub enum Wait {
    /// Time.
    For(Span),
    /// A measure; when it is not there within the limit, the scenario has failed.
    Until {
        /// What is looked at.
        what: Measure,
        /// Where it has to be.
        bound: Bound,
        /// Over how much of the time before.
        over: Duration,
        /// How long that may take.
        limit: Span,
    },
}

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Span {
    /// Ours.
    Time(Duration),
    /// So many TTLs, as the clocks of the clients count them.
    Ttls(f64),
}

/// What is measured. Names as in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// `old-share`: share of requests that went to the old side.
    OldShare,
    /// `new-share`: of those that went to the new side.
    NewShare,
    /// `old-clients`: share of clients whose last request went to the old side.
    OldClients,
    /// `old-connections`: connections open to the old side.
    OldConnections,
    /// `old-5xx`: share of requests at the old side answered with 5xx.
    Old5xx,
    /// `new-5xx`: at the new side.
    New5xx,
    /// `5xx-difference`: the new side's share less the old one's.
    Difference5xx,
    /// `old-4xx`: share of requests at the old side answered with 4xx.
    Old4xx,
    /// `new-4xx`: at the new side.
    New4xx,
    /// `old-p95`: time within which 95 % of the old side's answers came.
    OldP95,
    /// `new-p95`: of the new side's.
    NewP95,
    /// `failed`: requests without any answer, at either side or for want of an address.
    Failed,
    /// `old-failed`: those at the old side.
    OldFailed,
    /// `new-failed`: those at the new side.
    NewFailed,
    /// `off-expected`: by how much the share of requests at the old side is not what these clients make expect.
    OffExpected,
    /// `failed-at-swaps`: those within a second of a switch, a rollback, or a new TTL.
    FailedAtSwaps,
}

/// What a measure is told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 0 to 1, written in percent.
    Share,
    /// A whole number.
    Count,
    /// Seconds.
    Time,
}

/// Where a measure has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// No higher.
    AtMost(f64),
    /// No lower.
    AtLeast(f64),
}

/// What has to be true.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// Its line in the file.
    pub line: u32,
    /// What is measured.
    pub what: Measure,
    /// Where it has to be.
    pub bound: Bound,
    /// From this label on; none: from the start, or with `after_ttls` from the last switch.
    pub from: Option<String>,
    /// Up to this label; none: to the end.
    pub until: Option<String>,
    /// So many TTLs later.
    pub after_ttls: Option<f64>,
}

/// All measures by name.
pub const MEASURES: [(&str, Measure); 16] = [
    ("old-share", Measure::OldShare),
    ("new-share", Measure::NewShare),
    ("old-clients", Measure::OldClients),
    ("old-connections", Measure::OldConnections),
    ("old-5xx", Measure::Old5xx),
    ("new-5xx", Measure::New5xx),
    ("5xx-difference", Measure::Difference5xx),
    ("old-4xx", Measure::Old4xx),
    ("new-4xx", Measure::New4xx),
    ("old-p95", Measure::OldP95),
    ("new-p95", Measure::NewP95),
    ("off-expected", Measure::OffExpected),
    ("failed", Measure::Failed),
    ("old-failed", Measure::OldFailed),
    ("new-failed", Measure::NewFailed),
    ("failed-at-swaps", Measure::FailedAtSwaps),
];

impl Measure {
    /// The measure with this name.
    pub fn named(name: &str) -> Option<Self> {
        MEASURES.iter().find(|(known, _)| *known == name).map(|(_, measure)| *measure)
    }

    /// What it is, in a few words, for a report.
    pub fn about(self) -> &'static str {
        match self {
            Self::OldShare => "share of requests that went to the old side",
            Self::NewShare => "share of requests that went to the new side",
            Self::OldClients => "share of clients whose last request went to the old side",
            Self::OldConnections => "connections open to the old side, at the end",
            Self::Old5xx => "share of the old side's answers that were 5xx",
            Self::New5xx => "share of the new side's answers that were 5xx",
            Self::Difference5xx => "the new side's share of 5xx less the old one's",
            Self::Old4xx => "share of the old side's answers that were 4xx",
            Self::New4xx => "share of the new side's answers that were 4xx",
            Self::OldP95 => "95 % of the old side's answers came within it",
            Self::NewP95 => "95 % of the new side's answers came within it",
            Self::Failed => "requests without any answer",
            Self::OldFailed => "requests without any answer, at the old side",
            Self::NewFailed => "requests without any answer, at the new side",
            Self::OffExpected => "how far the old side's share is from what these clients make expect",
            Self::FailedAtSwaps => "requests without any answer, within a second of a switch",
        }
    }

    /// What it is told in.
    pub fn unit(self) -> Unit {
        match self {
            Self::OldShare
            | Self::NewShare
            | Self::OldClients
            | Self::Old5xx
            | Self::New5xx
            | Self::Difference5xx
            | Self::Old4xx
            | Self::New4xx
            | Self::OffExpected => Unit::Share,
            Self::OldP95 | Self::NewP95 => Unit::Time,
            Self::OldConnections | Self::Failed | Self::OldFailed | Self::NewFailed | Self::FailedAtSwaps => {
                Unit::Count
            }
        }
    }
}

impl Unit {
    /// `1.25 %`, `12`, `350 ms`
    pub fn show(self, value: f64) -> String {
        let short = |value: f64, digits: f64| (value * digits).round() / digits;
        match self {
            Self::Share => format!("{} %", short(value * 100.0, 100.0)),
            Self::Count => format!("{}", short(value, 10.0)),
            Self::Time => format!("{} ms", short(value * 1000.0, 10.0)),
        }
    }
}

impl Bound {
    /// Whether a value is where it has to be.
    pub fn holds(self, value: f64) -> bool {
        // What was read from a text and what was divided may differ in the last bit.
        match self {
            Self::AtMost(most) => value <= most + 1e-12,
            Self::AtLeast(least) => value >= least - 1e-12,
        }
    }

    /// `≤ 1 %`
    pub fn show(self, unit: Unit) -> String {
        match self {
            Self::AtMost(most) => format!("≤ {}", unit.show(most)),
            Self::AtLeast(least) => format!("≥ {}", unit.show(least)),
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = MEASURES.iter().find(|(_, measure)| measure == self).map(|(name, _)| *name);
        f.write_str(name.unwrap_or_default())
    }
}

impl fmt::Display for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all hosts"),
            Self::Some(hosts) => f.write_str(&hosts.join(", ")),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(time) => write!(f, "{time:?}"),
            Self::Ttls(ttls) => write!(f, "{ttls} TTL"),
        }
    }
}

/// In one line, as a report tells it.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Do(command) => command.fmt(f),
            Self::Wait(Wait::For(span)) => write!(f, "wait {span}"),
            Self::Wait(Wait::Until { what, bound, limit, over: _ }) => {
                write!(f, "wait until {what} {}, at most {limit}", bound.show(what.unit()))
            }
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load { rate, connections } => {
                write!(f, "load: {rate} requests/s over {connections} connections at most")
            }
            Self::Ttl { hosts, ttl } => write!(f, "TTL of {hosts}: {} s", ttl.as_secs()),
            Self::Switch { hosts, to, share } if *share >= 1.0 => {
                write!(f, "switch {hosts} to the {} side", side(*to))
            }
            Self::Switch { hosts, to, share } => {
                write!(f, "switch {} of {hosts} to the {} side", Unit::Share.show(*share), side(*to))
            }
            Self::RollBack(hosts) => write!(f, "roll back {hosts}"),
            Self::Hold(hosts) => write!(f, "hold {hosts}"),
            Self::Backend { namespace, service, fault } => {
                write!(f, "fault of {namespace}/{service}: {fault}")
            }
            Self::Side { side: at, fault: Some(fault), hosts } => {
                write!(f, "fault of the {} side for {hosts}: {fault}", side(*at))
            }
            Self::Side { side: at, fault: None, hosts } => {
                write!(f, "no fault of the {} side any more for {hosts}", side(*at))
            }
        }
    }
}

/// The word for a side.
pub fn side(side: Side) -> &'static str {
    match side {
        Side::Old => "old",
        Side::New => "new",
    }
}
