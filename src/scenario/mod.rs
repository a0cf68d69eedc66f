//! Scenarios: a switch played by a script. Steps in time, criteria, and a report for the change ticket.
//!
//! Reading, running, judging and reporting are pure: who drives a run gives it the time and what was measured, and does
//! what it is told. The format is told in `docs/scenarios.md`.

mod judge;
mod model;
mod read;
mod record;
mod report;
mod run;

pub use judge::{Verdict, judge, measured, passed};
pub use model::{
    Action, Bound, Command, Criterion, Crowd, Hosts, MEASURES, Measure, Scenario, Span, Step, Unit, Wait,
    side,
};
pub use read::{Mistake, read};
pub use record::{KindSample, Mark, MarkKind, Outcome, Record, Sample};
pub use report::{html, json, markdown};
pub use run::{Event, Run};
