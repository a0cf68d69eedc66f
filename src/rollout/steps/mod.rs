//! A plan of steps for one rule: the canary's share goes up (or down) step by step, with a pause or a key between.
//!
//! A pure state machine. It never edits: it says which weights it wants, as a [`WeightPlan`], and is told how that
//! ended. One edit is under way at most, and after each it waits for word. What it finds changed by somebody else, what
//! fails, and what a backend refuses holds it: only a person lets it go on.

mod advance;
mod words;

use std::time::Duration;

use jiff::Timestamp;

use super::{
    BackendWeight, Between, Percent, PlanError, Schedule, WeightPlan,
    share::{Part, Refused, refused, share_out, sum_for},
};
use crate::resource::Key;

/// Seconds in which a rule may still show the weights from before an edit that was made.
const LAG: f64 = 5.0;

/// One backend of the rule as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// `namespace/name:port`, or `name:port` in the route's own namespace.
    pub backend: String,
    /// Its weight as written; `None`: not written, which means 1.
    pub written: Option<i64>,
    /// Why it must not get more; `None`: it may.
    pub refuses: Option<String>,
}

impl Seen {
    /// The weight that counts.
    pub fn weight(&self) -> i64 {
        self.written.unwrap_or(1)
    }
}

/// Where an edit leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// The weights of a step, from 0.
    Step(usize),
    /// Back, to the weights of a step; `None`: to those of the start.
    Back(Option<usize>),
    /// The weights at the start, and the end of the plan.
    Abort,
}

/// Why a plan is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Somebody wished it; what was left of the pause then.
    ByHand(Option<Duration>),
    /// It went back a step.
    WentBack,
    /// An edit was not made: which, and why.
    Failed(Goal, String),
    /// The weights were changed, and not by the plan.
    Changed(String),
    /// A backend refuses what it would get.
    Refused(Goal, String),
    /// The canary fails more than the rest.
    Worse(String),
    /// The rule has other backends than the plan was made for: it can only be given up.
    Others,
}

/// How a plan stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stand {
    /// Not yet.
    NotStarted,
    /// Until a moment, or a key when there is none.
    Waiting(Option<Timestamp>),
    /// Weights are asked for and it is not yet known that they are written.
    Applying(Goal),
    /// Until a person says how to go on.
    Held(Hold),
    /// The last step is made.
    Done,
    /// The weights are those of the start again.
    Aborted,
}

/// The plan.
#[derive(Clone, Debug)]
pub struct Steps {
    route: Key,
    rule: usize,
    canary: usize,
    schedule: Schedule,
    backends: Vec<String>,
    /// Weights at the start: as written, and as they count.
    begin: Vec<Option<i64>>,
    start: Vec<i64>,
    /// Of all weights that the plan sets.
    sum: i64,
    stand: Stand,
    /// The step whose weights stand.
    at: Option<usize>,
    /// Weights that a step was made with; empty before it was.
    made: Vec<Vec<i64>>,
    /// Weights as the plan knows them.
    known: Vec<Option<i64>>,
    /// What was there before the last edit, and when that was made: may be seen for a while yet.
    before: Option<(Vec<i64>, Timestamp)>,
    /// Weights asked for.
    asked: Vec<i64>,
    /// What was wished while an edit was under way.
    then: Then,
    /// Somebody let it go on although the canary is worse.
    in_spite: bool,
}

/// What comes after the edit that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    GoOn,
    Hold,
    Abort,
}

impl Steps {
    /// A plan for a rule as it is now; nothing is started.
    ///
    /// # Errors
    /// Fewer than two backends, no such canary, or a step that some backend refuses.
    pub fn new(
        route: Key,
        rule: usize,
        canary: usize,
        schedule: Schedule,
        seen: &[Seen],
    ) -> Result<Self, PlanError> {
        if seen.len() < 2 {
            return Err(PlanError(format!(
                "rule {} of {route} has nobody to share with; a plan wants two backends",
                rule + 1
            )));
        }
        if canary >= seen.len() {
            return Err(PlanError(format!(
                "rule {} of {route} has {} backends, and no number {}",
                rule + 1,
                seen.len(),
                canary + 1
            )));
        }
        let start: Vec<i64> = seen.iter().map(Seen::weight).collect();
        let steps = Self {
            sum: sum_for(&start, schedule.targets()),
            made: vec![Vec::new(); schedule.targets().len()],
            backends: seen.iter().map(|seen| seen.backend.clone()).collect(),
            begin: seen.iter().map(|seen| seen.written).collect(),
            known: seen.iter().map(|seen| seen.written).collect(),
            asked: Vec::new(),
            stand: Stand::NotStarted,
            at: None,
            before: None,
            then: Then::GoOn,
            in_spite: false,
            route,
            rule,
            canary,
            schedule,
            start,
        };
        for step in 0..steps.targets().len() {
            steps.weights(step, seen).map_err(|why| PlanError(steps.words_of(why, seen)))?;
        }
        Ok(steps)
    }

    /// The route.
    pub fn route(&self) -> &Key {
        &self.route
    }

    /// The rule, from 0.
    pub fn rule(&self) -> usize {
        self.rule
    }

    /// The backend of which the plan speaks, from 0.
    pub fn canary(&self) -> usize {
        self.canary
    }

    /// Its shares, one after the other.
    pub fn targets(&self) -> &[Percent] {
        self.schedule.targets()
    }

    /// Shares and pause.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// How it stands.
    pub fn stand(&self) -> &Stand {
        &self.stand
    }

    /// The step whose weights stand; `None`: those at the start, or none of the plan's.
    pub fn at(&self) -> Option<usize> {
        self.at
    }

    /// The step that comes next; none after the last, and none at the end of the plan.
    pub fn upcoming(&self) -> Option<usize> {
        let next = self.at.map_or(0, |at| at + 1);
        (!self.is_over() && next < self.targets().len()).then_some(next)
    }

    /// Weights at the start.
    pub fn start_weights(&self) -> &[i64] {
        &self.start
    }

    /// The canary's share at the start, 0 to 1.
    pub fn start_share(&self) -> f64 {
        let sum: i64 = self.start.iter().sum();
        let own = self.start.get(self.canary).copied().unwrap_or(0);
        if sum > 0 { own as f64 / sum as f64 } else { 0.0 }
    }

    /// Whether it is at its end: nothing more will be done by itself.
    pub fn is_over(&self) -> bool {
        match self.stand {
            Stand::Done | Stand::Aborted => true,
            Stand::NotStarted | Stand::Waiting(_) | Stand::Applying(_) | Stand::Held(_) => false,
        }
    }

    /// Whether it was started and is not over.
    pub fn is_running(&self) -> bool {
        match self.stand {
            Stand::Waiting(_) | Stand::Applying(_) | Stand::Held(_) => true,
            Stand::NotStarted | Stand::Done | Stand::Aborted => false,
        }
    }

    /// The weights of each step as they would be set now; what is refused counts only where it matters.
    ///
    /// # Errors
    /// Which backend refuses.
    pub fn preview(&self, step: usize, seen: &[Seen]) -> Result<Vec<i64>, PlanError> {
        self.weights(step, seen).map_err(|why| PlanError(self.words_of(why, seen)))
    }

    fn weights(&self, step: usize, seen: &[Seen]) -> Result<Vec<i64>, Refused> {
        let target = self.targets().get(step).copied().unwrap_or(Percent::ZERO);
        share_out(&self.parts(seen), self.canary, target, self.sum)
    }

    fn parts(&self, seen: &[Seen]) -> Vec<Part> {
        let part = |(seen, start): (&Seen, &i64)| Part {
            start: *start,
            now: seen.weight(),
            refuses: seen.refuses.is_some(),
        };
        seen.iter().zip(&self.start).map(part).collect()
    }

    /// What has to be edited to get these weights.
    fn plan_of(&self, weights: &[i64]) -> WeightPlan {
        let all = self.backends.iter().zip(&self.known).zip(weights).enumerate();
        WeightPlan {
            route: self.route.clone(),
            rule: self.rule,
            weights: all
                .map(|(index, ((backend, written), new))| BackendWeight {
                    index,
                    backend: backend.clone(),
                    written: *written,
                    new: *new,
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
