//! Weights: planned as an edit, shown as a diff, journalled, undone.

mod journal;
mod plan;

pub use journal::{Entry, Journal, JournalError, State};
pub use plan::{BackendWeight, PlanError, RuleSelect, WeightPlan, plan};
