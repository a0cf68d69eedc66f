//! Weights: planned as an edit or as a plan of steps, shown as a diff, journalled, undone.

mod journal;
mod percent;
mod plan;
mod preset;
mod schedule;
mod share;
mod steps;

pub use journal::{Entry, Journal, JournalError, State};
pub use percent::{InvalidPercent, Percent};
pub use plan::{BackendWeight, PlanError, RuleSelect, WeightPlan, plan};
pub use preset::{Preset, assignments};
pub use schedule::{Between, InvalidSchedule, Schedule};
pub use share::{Part, Refused, refused, share_evenly, share_out, sum_for};
pub use steps::{Goal, Hold, Seen, Stand, Steps};
