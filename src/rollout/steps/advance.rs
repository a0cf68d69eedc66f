//! What moves a plan: the clock, the hands of a person, word of an edit, and the weights that are seen.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Between, Goal, Hold, LAG, PlanError, Seen, Stand, Steps, Then, WeightPlan, refused};

impl Steps {
    /// Begins: asks for the weights of the first step.
    ///
    /// # Errors
    /// It was started before, or the rule is not as it was when the plan was made.
    pub fn start(&mut self, now: Timestamp, seen: &[Seen]) -> Result<Option<WeightPlan>, PlanError> {
        if self.stand != Stand::NotStarted {
            return fail("the plan was started already");
        }
        if !self.same_backends(seen) || seen.iter().map(|seen| seen.written).ne(self.begin.iter().copied()) {
            return fail("the weights are others now; make the plan again");
        }
        Ok(self.go(Goal::Step(0), now, seen))
    }

    /// Looks at the weights that are there, and at the clock. `worse` says why the canary is worse than the rest,
    /// when it is: then no step is made by the clock.
    pub fn tick(&mut self, now: Timestamp, seen: &[Seen], worse: Option<&str>) -> Option<WeightPlan> {
        if !self.is_running() {
            return None;
        }
        self.look(now, seen);
        match self.stand {
            Stand::Waiting(Some(until)) if until <= now => {}
            Stand::Waiting(_)
            | Stand::NotStarted
            | Stand::Applying(_)
            | Stand::Held(_)
            | Stand::Done
            | Stand::Aborted => return None,
        }
        if let Some(worse) = worse.filter(|_| !self.in_spite && !self.schedule.even_if_worse) {
            self.stand = Stand::Held(Hold::Worse(worse.to_owned()));
            return None;
        }
        let next = self.upcoming()?;
        self.go(Goal::Step(next), now, seen)
    }

    /// Word of the edit that was asked for. Gives the next one, when that was wished meanwhile.
    pub fn applied(&mut self, now: Timestamp, outcome: Result<(), String>) -> Option<WeightPlan> {
        let Stand::Applying(goal) = self.stand else { return None };
        let then = std::mem::replace(&mut self.then, Then::GoOn);
        match outcome {
            Ok(()) => self.reach(goal, now),
            Err(why) => self.stand = Stand::Held(Hold::Failed(goal, why)),
        }
        match then {
            Then::GoOn => {}
            Then::Hold => {
                if let Stand::Waiting(until) = self.stand {
                    self.stand = Stand::Held(Hold::ByHand(left(until, now)));
                }
            }
            Then::Abort => return self.go_back_to(Goal::Abort, now),
        }
        None
    }

    /// Holds it; an edit that is under way is made all the same.
    ///
    /// # Errors
    /// There is nothing to hold.
    pub fn hold(&mut self, now: Timestamp) -> Result<(), PlanError> {
        match &self.stand {
            Stand::Waiting(until) => {
                self.stand = Stand::Held(Hold::ByHand(left(*until, now)));
                Ok(())
            }
            Stand::Applying(_) => {
                if self.then == Then::GoOn {
                    self.then = Then::Hold;
                }
                Ok(())
            }
            Stand::Held(_) => fail("the plan is held already"),
            Stand::NotStarted => fail(NOT_STARTED),
            Stand::Done | Stand::Aborted => fail(OVER),
        }
    }

    /// Lets it go on: after the rest of the pause when it was held by hand, at once with what failed or was refused,
    /// and after a whole pause in all other cases.
    ///
    /// # Errors
    /// It is not held, or can not go on.
    pub fn resume(&mut self, now: Timestamp, seen: &[Seen]) -> Result<Option<WeightPlan>, PlanError> {
        let Stand::Held(hold) = self.stand.clone() else {
            return fail(match self.stand {
                Stand::NotStarted => NOT_STARTED,
                Stand::Done | Stand::Aborted => OVER,
                Stand::Waiting(_) | Stand::Applying(_) | Stand::Held(_) => "the plan is not held",
            });
        };
        self.ready(now, seen)?;
        match hold {
            Hold::ByHand(left) => self.wait(now, left),
            Hold::Worse(_) => {
                self.in_spite = true;
                self.wait(now, None);
            }
            Hold::WentBack | Hold::Changed(_) => self.wait(now, None),
            Hold::Failed(goal, _) | Hold::Refused(goal, _) => return Ok(self.go(goal, now, seen)),
            Hold::Others => return fail(OTHERS),
        }
        Ok(None)
    }

    /// Makes the next step now, whatever was to be waited for.
    ///
    /// # Errors
    /// There is none, or an edit is under way.
    pub fn step(&mut self, now: Timestamp, seen: &[Seen]) -> Result<Option<WeightPlan>, PlanError> {
        self.ready(now, seen)?;
        match self.upcoming() {
            Some(next) => Ok(self.go(Goal::Step(next), now, seen)),
            None => fail("this is the last step"),
        }
    }

    /// Goes back to the weights of the step before, and holds there.
    ///
    /// # Errors
    /// There is none, or an edit is under way.
    pub fn back(&mut self, now: Timestamp, seen: &[Seen]) -> Result<Option<WeightPlan>, PlanError> {
        if self.stand != Stand::Done {
            self.ready(now, seen)?;
        } else if !self.same_backends(seen) || !self.unchanged(seen) {
            return fail("the weights were changed after the last step");
        }
        match self.at {
            Some(at) => Ok(self.go(Goal::Back(at.checked_sub(1)), now, seen)),
            None => fail("the weights are those of the start"),
        }
    }

    /// Goes back to the weights at the start and ends. A backend without an endpoint is no reason not to: this is how
    /// it was.
    ///
    /// # Errors
    /// It is over already, or the rule has other backends now.
    pub fn abort(&mut self, now: Timestamp, seen: &[Seen]) -> Result<Option<WeightPlan>, PlanError> {
        match self.stand {
            Stand::NotStarted | Stand::Aborted => return fail(OVER),
            Stand::Applying(_) => {
                self.then = Then::Abort;
                return Ok(None);
            }
            Stand::Waiting(_) | Stand::Held(_) | Stand::Done => {}
        }
        if !self.same_backends(seen) {
            return fail(OTHERS);
        }
        if !self.unchanged(seen) {
            // Whoever changed them: the way back is from what is there.
            self.known = seen.iter().map(|seen| seen.written).collect();
        }
        Ok(self.go_back_to(Goal::Abort, now))
    }

    /// Whether a person's step can be made now: not on top of a change that nobody was told of yet.
    fn ready(&mut self, now: Timestamp, seen: &[Seen]) -> Result<(), PlanError> {
        match self.stand {
            Stand::Waiting(_) | Stand::Held(_) => {
                let before = self.stand.clone();
                self.look(now, seen);
                match &self.stand {
                    Stand::Held(hold) if self.stand != before => Err(PlanError(hold.to_string())),
                    Stand::Held(Hold::Others) => fail(OTHERS),
                    Stand::Held(_)
                    | Stand::Waiting(_)
                    | Stand::Applying(_)
                    | Stand::NotStarted
                    | Stand::Done
                    | Stand::Aborted => Ok(()),
                }
            }
            Stand::Applying(_) => fail("a step is being made"),
            Stand::NotStarted => fail(NOT_STARTED),
            Stand::Done | Stand::Aborted => fail(OVER),
        }
    }

    fn same_backends(&self, seen: &[Seen]) -> bool {
        seen.iter().map(|seen| &seen.backend).eq(&self.backends)
    }

    /// Whether the weights are those that the plan knows, or still those from before its last edit.
    fn unchanged(&self, seen: &[Seen]) -> bool {
        let known = seen.iter().map(Seen::weight).eq(self.known.iter().map(|written| written.unwrap_or(1)));
        known || self.before.as_ref().is_some_and(|(before, _)| same(seen, before))
    }

    /// Whether somebody else was here.
    fn look(&mut self, now: Timestamp, seen: &[Seen]) {
        if !self.same_backends(seen) {
            self.stand = Stand::Held(Hold::Others);
            return;
        }
        if self.stand == Stand::Held(Hold::Others) {
            // They are the old ones again; what happened meanwhile nobody knows.
            self.stand = Stand::Held(Hold::Changed("its backends were others for a while".to_owned()));
        }
        let known: Vec<i64> = self.known.iter().map(|written| written.unwrap_or(1)).collect();
        if same(seen, &known) {
            self.before = None;
            // `1` instead of nothing is the same weight, and another text.
            self.known = seen.iter().map(|seen| seen.written).collect();
            return;
        }
        let late = |(before, at): &(Vec<i64>, Timestamp)| {
            same(seen, before) && now.duration_since(*at).as_secs_f64() < LAG
        };
        if self.before.as_ref().is_some_and(late) {
            return;
        }
        match &self.stand {
            Stand::Waiting(_) | Stand::Held(_) => {
                let changed = seen.iter().zip(&known).filter(|(seen, known)| seen.weight() != **known);
                let words: Vec<String> = changed
                    .map(|(seen, known)| format!("{} is {}, not {known}", seen.backend, seen.weight()))
                    .collect();
                self.before = None;
                self.known = seen.iter().map(|seen| seen.written).collect();
                self.stand = Stand::Held(Hold::Changed(words.join(", ")));
            }
            // What was asked for may be seen before word of it; what is over looks at nothing.
            Stand::Applying(_) | Stand::NotStarted | Stand::Done | Stand::Aborted => {}
        }
    }

    /// Asks for the weights of a goal, unless they are there.
    fn go(&mut self, goal: Goal, now: Timestamp, seen: &[Seen]) -> Option<WeightPlan> {
        let wanted = match goal {
            Goal::Step(step) => self.weights(step, seen),
            Goal::Back(step) => {
                let weights = self.weights_at(step);
                refused(&self.parts(seen), &weights).map(|()| weights)
            }
            Goal::Abort => return self.go_back_to(goal, now),
        };
        match wanted {
            Ok(weights) => self.ask(goal, weights, now),
            Err(why) => {
                self.stand = Stand::Held(Hold::Refused(goal, self.words_of(why, seen)));
                None
            }
        }
    }

    /// Asks for weights that were there before.
    fn go_back_to(&mut self, goal: Goal, now: Timestamp) -> Option<WeightPlan> {
        let weights = self.start.clone();
        self.ask(goal, weights, now)
    }

    fn ask(&mut self, goal: Goal, weights: Vec<i64>, now: Timestamp) -> Option<WeightPlan> {
        self.stand = Stand::Applying(goal);
        self.then = Then::GoOn;
        self.asked = weights;
        let plan = self.plan_of(&self.asked);
        if plan.edit().fields.is_empty() {
            self.reach(goal, now);
            return None;
        }
        Some(plan)
    }

    /// The weights that were asked for are there.
    fn reach(&mut self, goal: Goal, now: Timestamp) {
        let before: Vec<i64> = self.known.iter().map(|written| written.unwrap_or(1)).collect();
        for (known, asked) in self.known.iter_mut().zip(&self.asked) {
            if known.unwrap_or(1) != *asked {
                *known = Some(*asked);
            }
        }
        self.before = (before != self.asked).then_some((before, now));
        let step = match goal {
            Goal::Step(step) => Some(step),
            Goal::Back(step) => step,
            Goal::Abort => None,
        };
        self.at = step;
        if let Some(made) = step.and_then(|step| self.made.get_mut(step)) {
            made.clone_from(&self.asked);
        }
        match goal {
            Goal::Step(step) if step + 1 == self.targets().len() => self.stand = Stand::Done,
            Goal::Step(_) => self.wait(now, None),
            Goal::Back(_) => self.stand = Stand::Held(Hold::WentBack),
            Goal::Abort => self.stand = Stand::Aborted,
        }
    }

    /// Waits for what lies between two steps, or only for what is left of it.
    fn wait(&mut self, now: Timestamp, left: Option<Duration>) {
        if self.upcoming().is_none() {
            self.stand = Stand::Done;
            return;
        }
        let pause = match self.schedule.between {
            Between::Key => None,
            Between::Pause(pause) => Some(left.unwrap_or(pause)),
        };
        // Whole days do not reach the end of time.
        let until = |pause: Duration| now.saturating_add(SignedDuration::try_from(pause).unwrap_or_default());
        self.stand = Stand::Waiting(pause.and_then(|pause| until(pause).ok()));
    }

    /// The weights that a step was made with; those of the start before the first.
    fn weights_at(&self, step: Option<usize>) -> Vec<i64> {
        let made = step.and_then(|step| self.made.get(step)).filter(|made| !made.is_empty());
        made.unwrap_or(&self.start).clone()
    }
}

const NOT_STARTED: &str = "the plan is not started";
const OVER: &str = "the plan is over";
const OTHERS: &str = "its backends are others now; the plan can only be given up";

fn fail<T>(why: &str) -> Result<T, PlanError> {
    Err(PlanError(why.to_owned()))
}

fn same(seen: &[Seen], weights: &[i64]) -> bool {
    seen.iter().map(Seen::weight).eq(weights.iter().copied())
}

/// What is left of a pause.
fn left(until: Option<Timestamp>, now: Timestamp) -> Option<Duration> {
    until.map(|until| Duration::try_from(until.duration_since(now)).unwrap_or_default())
}
