//! A plan as a person goes through it: each case is a story, told by what the plan asks for and how it stands.

use std::time::Duration;

use super::*;
use crate::resource::Kind;

/// The rule as the file has it, the clock, and the plan.
pub(super) struct Stage {
    pub(super) plan: Steps,
    pub(super) seen: Vec<Seen>,
    pub(super) now: Timestamp,
}

pub(super) fn seen(weights: &[i64]) -> Vec<Seen> {
    let backend = |(at, weight): (usize, &i64)| Seen {
        backend: format!("b{at}:80"),
        written: Some(*weight),
        refuses: None,
    };
    weights.iter().enumerate().map(backend).collect()
}

pub(super) fn plan(weights: &[i64], schedule: &str) -> Result<Steps, PlanError> {
    let route = Key::new(Kind::HttpRoute, "shop", "app");
    Steps::new(route, 0, weights.len() - 1, schedule.parse().unwrap(), &seen(weights))
}

impl Stage {
    /// Started, the first step made.
    fn started(weights: &[i64], schedule: &str) -> Self {
        let mut stage = Self::ready(weights, schedule);
        let asked = stage.plan.start(stage.now, &stage.seen).unwrap();
        stage.write(asked);
        stage
    }

    fn ready(weights: &[i64], schedule: &str) -> Self {
        let plan = plan(weights, schedule).unwrap();
        Self { plan, seen: seen(weights), now: "2026-11-24T14:00:00Z".parse().unwrap() }
    }

    /// Makes an edit as the file would, and tells of it.
    pub(super) fn write(&mut self, asked: Option<WeightPlan>) -> bool {
        let wrote = asked.is_some();
        let mut asked = asked;
        while let Some(plan) = asked {
            for (seen, weight) in self.seen.iter_mut().zip(&plan.weights) {
                assert_eq!(seen.written, weight.written, "an edit says what it changes");
                if weight.new != weight.before() {
                    seen.written = Some(weight.new);
                }
            }
            asked = self.plan.applied(self.now, Ok(()));
        }
        wrote
    }

    fn weights(&self) -> Vec<i64> {
        self.seen.iter().map(Seen::weight).collect()
    }

    fn after(&mut self, seconds: i64) -> bool {
        self.now += jiff::SignedDuration::from_secs(seconds);
        let asked = self.plan.tick(self.now, &self.seen, None);
        self.write(asked)
    }

    fn held(&self) -> String {
        match self.plan.stand() {
            Stand::Held(hold) => hold.to_string(),
            other => panic!("not held: {other:?}"),
        }
    }

    fn until(&self) -> i64 {
        match self.plan.stand() {
            Stand::Waiting(Some(until)) => until.duration_since(self.now).as_secs(),
            other => panic!("waits for no moment: {other:?}"),
        }
    }
}

#[test]
fn the_clock_makes_one_step_after_each_pause_and_none_after_the_last() {
    let mut stage = Stage::started(&[90, 10], "25,50,100 every 2m");
    assert_eq!((stage.weights(), stage.plan.at(), stage.until()), (vec![75, 25], Some(0), 120));
    assert!(!stage.after(119), "not yet");
    assert!(stage.after(1));
    assert_eq!((stage.weights(), stage.until()), (vec![50, 50], 120));
    assert!(stage.after(3600), "a machine that slept makes one step, not all that it missed");
    assert_eq!((stage.weights(), stage.plan.stand()), (vec![0, 100], &Stand::Done));
    assert!(!stage.after(3600));
}

#[test]
fn a_plan_by_key_waits_for_the_key() {
    let mut stage = Stage::started(&[1, 1], "25,100 by key");
    assert_eq!((stage.weights(), stage.plan.stand()), (vec![75, 25], &Stand::Waiting(None)), "in per cent");
    assert!(!stage.after(100_000));
    let asked = stage.plan.step(stage.now, &stage.seen).unwrap();
    assert!(stage.write(asked));
    assert_eq!((stage.weights(), stage.plan.stand()), (vec![0, 100], &Stand::Done));
    assert_eq!(stage.plan.step(stage.now, &stage.seen).unwrap_err().0, "the plan is over");
}

#[test]
fn a_step_that_changes_nothing_asks_for_nothing_and_still_waits() {
    let stage = Stage::started(&[90, 10], "10,20 every 1m");
    assert_eq!((stage.plan.at(), stage.until(), stage.weights()), (Some(0), 60, vec![90, 10]));
}

#[test]
fn held_by_hand_it_keeps_what_is_left_of_the_pause() {
    let mut stage = Stage::started(&[90, 10], "25,50 every 2m");
    stage.after(78);
    stage.plan.hold(stage.now).unwrap();
    assert_eq!(*stage.plan.stand(), Stand::Held(Hold::ByHand(Some(Duration::from_secs(42)))));
    assert_eq!(stage.plan.hold(stage.now).unwrap_err().0, "the plan is held already");
    assert!(!stage.after(1000), "held is held");
    assert_eq!(stage.plan.resume(stage.now, &stage.seen).unwrap(), None);
    assert_eq!(stage.until(), 42);
    assert_eq!(stage.plan.resume(stage.now, &stage.seen).unwrap_err().0, "the plan is not held");
    assert!(stage.after(42));
}

#[test]
fn back_is_the_weights_of_the_step_before_and_then_it_holds() {
    let mut stage = Stage::started(&[60, 30, 10], "25,50,100 every 2m");
    stage.after(120);
    assert_eq!(stage.weights(), [33, 17, 50], "33.3 and 16.7");
    let asked = stage.plan.back(stage.now, &stage.seen).unwrap();
    stage.write(asked);
    assert_eq!((stage.weights(), stage.held()), (vec![50, 25, 25], "went back a step".to_owned()));
    assert!(!stage.after(1000));
    let asked = stage.plan.back(stage.now, &stage.seen).unwrap();
    stage.write(asked);
    assert_eq!((stage.weights(), stage.plan.at()), (vec![60, 30, 10], None), "as at the start");
    let error = stage.plan.back(stage.now, &stage.seen).unwrap_err();
    assert_eq!(error.0, "the weights are those of the start");
    assert_eq!(stage.plan.resume(stage.now, &stage.seen).unwrap(), None);
    assert_eq!(stage.until(), 120, "a whole pause");
    assert!(stage.after(120));
    assert_eq!(stage.weights(), [50, 25, 25]);
}

#[test]
fn back_works_after_the_last_step_too() {
    let mut stage = Stage::started(&[90, 10], "50,100 by key");
    let asked = stage.plan.step(stage.now, &stage.seen).unwrap();
    stage.write(asked);
    assert!(stage.plan.is_over());
    let asked = stage.plan.back(stage.now, &stage.seen).unwrap();
    stage.write(asked);
    assert_eq!((stage.weights(), stage.plan.is_running()), (vec![50, 50], true));
}

#[test]
fn abort_gives_the_weights_at_the_start_from_wherever_it_stands() {
    let mut waiting = Stage::started(&[90, 10], "50,100 every 1m");
    let asked = waiting.plan.abort(waiting.now, &waiting.seen).unwrap();
    waiting.write(asked);
    assert_eq!((waiting.weights(), waiting.plan.stand()), (vec![90, 10], &Stand::Aborted));
    assert_eq!(waiting.plan.abort(waiting.now, &waiting.seen).unwrap_err().0, "the plan is over");
    let error = waiting.plan.start(waiting.now, &waiting.seen).unwrap_err();
    assert_eq!(error.0, "the plan was started already", "an old plan is not a new one");

    let mut refused = Stage::started(&[90, 10], "50,100 every 1m");
    refused.seen[0].refuses = Some("no ready endpoint".to_owned());
    let asked = refused.plan.abort(refused.now, &refused.seen).unwrap();
    refused.write(asked);
    assert_eq!(refused.weights(), [90, 10], "as it was, whoever refuses now");

    let mut there = Stage::started(&[90, 10], "10,50 by key");
    assert_eq!(there.plan.abort(there.now, &there.seen).unwrap(), None, "nothing was changed yet");
    assert_eq!(*there.plan.stand(), Stand::Aborted);
}

#[test]
fn an_edit_under_way_is_waited_for_before_anything_else_is_asked() {
    let mut stage = Stage::ready(&[90, 10], "25,50,100 every 1m");
    let first = stage.plan.start(stage.now, &stage.seen).unwrap().unwrap();
    assert_eq!(first.summary(), "b0 90 → 75, b1 10 → 25");
    assert_eq!(stage.plan.tick(stage.now, &stage.seen, None), None, "one at a time");
    assert_eq!(stage.plan.step(stage.now, &stage.seen).unwrap_err().0, "a step is being made");
    assert_eq!(stage.plan.back(stage.now, &stage.seen).unwrap_err().0, "a step is being made");
    stage.plan.hold(stage.now).unwrap();
    assert_eq!(*stage.plan.stand(), Stand::Applying(Goal::Step(0)), "it is made all the same");
    stage.write(Some(first));
    assert_eq!(stage.held(), "by hand");

    let next = stage.plan.step(stage.now, &stage.seen).unwrap();
    assert_eq!(stage.plan.abort(stage.now, &stage.seen), Ok(None), "not before the step is made");
    stage.write(next);
    assert_eq!((stage.weights(), stage.plan.stand()), (vec![90, 10], &Stand::Aborted));
}

#[test]
fn an_edit_that_fails_holds_the_plan_and_going_on_tries_again() {
    let mut stage = Stage::started(&[90, 10], "25,50 every 1m");
    let no = || Err("shop.yaml changed since it was read".to_owned());
    stage.now += jiff::SignedDuration::from_secs(60);
    assert!(stage.plan.tick(stage.now, &stage.seen, None).is_some());
    assert_eq!(stage.plan.applied(stage.now, no()), None);
    assert_eq!(stage.held(), "not written: shop.yaml changed since it was read");
    assert_eq!(stage.plan.at(), Some(0), "it stands where it stood");
    assert!(!stage.after(1000), "nothing is tried again by itself");
    assert_eq!(stage.plan.applied(stage.now, Ok(())), None, "late word is no word");
    let asked = stage.plan.resume(stage.now, &stage.seen).unwrap();
    assert!(stage.write(asked));
    assert_eq!((stage.weights(), stage.plan.stand()), (vec![50, 50], &Stand::Done));

    let mut stage = Stage::started(&[90, 10], "25,50 every 1m");
    assert!(stage.plan.abort(stage.now, &stage.seen).unwrap().is_some());
    stage.plan.applied(stage.now, no());
    assert_eq!(stage.held(), "not aborted: shop.yaml changed since it was read");
    let asked = stage.plan.resume(stage.now, &stage.seen).unwrap();
    stage.write(asked);
    assert_eq!((stage.weights(), stage.plan.stand()), (vec![90, 10], &Stand::Aborted));
}

#[test]
fn a_change_by_somebody_else_holds_the_plan_and_is_told() {
    let mut stage = Stage::started(&[90, 10], "25,50 every 1m");
    stage.seen[0].written = Some(70);
    stage.seen[1].written = Some(30);
    assert_eq!(
        stage.plan.step(stage.now, &stage.seen).unwrap_err().0,
        "changed outside of the plan: b0:80 is 70, not 75, b1:80 is 30, not 25",
        "no step on top of what nobody was told of"
    );
    assert!(!stage.after(60), "nor by the clock");
    assert!(!stage.after(60));
    assert_eq!(stage.plan.resume(stage.now, &stage.seen).unwrap(), None, "now it is known");
    assert_eq!(stage.until(), 60);
    assert!(stage.after(60));
    assert_eq!(stage.weights(), [50, 50]);

    let mut stage = Stage::started(&[90, 10], "25,50 every 1m");
    stage.seen[1].written = Some(26);
    stage.after(10);
    let asked = stage.plan.abort(stage.now, &stage.seen).unwrap();
    stage.write(asked);
    assert_eq!(stage.weights(), [90, 10], "abort undoes that too");

    let mut stage = Stage::started(&[90, 10], "25,100 by key");
    let asked = stage.plan.step(stage.now, &stage.seen).unwrap();
    stage.write(asked);
    stage.seen[0].written = Some(3);
    let error = stage.plan.back(stage.now, &stage.seen).unwrap_err();
    assert_eq!(error.0, "the weights were changed after the last step");
}

#[test]
fn what_is_seen_late_is_no_change_of_somebody_else() {
    let mut stage = Stage::ready(&[90, 10], "25,50 every 1m");
    let asked = stage.plan.start(stage.now, &stage.seen).unwrap();
    let old = stage.seen.clone();
    stage.write(asked);
    stage.now += jiff::SignedDuration::from_secs(4);
    assert_eq!(stage.plan.tick(stage.now, &old, None), None);
    assert!(matches!(stage.plan.stand(), Stand::Waiting(_)), "the view may come after the word");
    stage.now += jiff::SignedDuration::from_secs(2);
    stage.plan.tick(stage.now, &old, None);
    assert_eq!(stage.held(), "changed outside of the plan: b0:80 is 90, not 75, b1:80 is 10, not 25");

    let mut stage = Stage::started(&[90, 10], "25,50 every 1m");
    stage.after(1);
    stage.seen = seen(&[90, 10]);
    stage.after(1);
    assert_eq!(
        stage.held(),
        "changed outside of the plan: b0:80 is 90, not 75, b1:80 is 10, not 25",
        "seen once, it counts"
    );
}

#[test]
fn a_backend_that_refuses_holds_the_plan_before_its_weight_grows() {
    let mut stage = Stage::started(&[90, 10], "25,50 every 1m");
    stage.seen[1].refuses = Some("no ready endpoint".to_owned());
    assert!(!stage.after(60));
    assert_eq!(
        (stage.held(), stage.weights()),
        ("b1:80 gets no weight: no ready endpoint".to_owned(), vec![75, 25])
    );
    assert_eq!(stage.plan.resume(stage.now, &stage.seen).unwrap(), None, "it refuses still");
    assert_eq!(stage.held(), "b1:80 gets no weight: no ready endpoint");
    stage.seen[1].refuses = None;
    let asked = stage.plan.resume(stage.now, &stage.seen).unwrap();
    assert!(stage.write(asked));
    assert_eq!(stage.weights(), [50, 50]);
}

#[test]
fn no_step_is_made_by_the_clock_while_the_canary_is_worse() {
    let mut stage = Stage::started(&[90, 10], "25,50,100 every 1m");
    let worse = Some("5xx 3.1 % against 0.2 %");
    stage.now += jiff::SignedDuration::from_secs(30);
    assert_eq!(stage.plan.tick(stage.now, &stage.seen, worse), None);
    assert!(matches!(stage.plan.stand(), Stand::Waiting(_)), "it matters when the step is due");
    stage.now += jiff::SignedDuration::from_secs(30);
    assert_eq!(stage.plan.tick(stage.now, &stage.seen, worse), None);
    assert_eq!(stage.held(), "5xx 3.1 % against 0.2 %");
    stage.plan.resume(stage.now, &stage.seen).unwrap();
    stage.now += jiff::SignedDuration::from_secs(60);
    let asked = stage.plan.tick(stage.now, &stage.seen, worse);
    assert!(asked.is_some(), "somebody said that it shall go on");

    let mut stage = Stage::started(&[90, 10], "25,50 every 1m even if worse");
    stage.now += jiff::SignedDuration::from_secs(60);
    assert!(stage.plan.tick(stage.now, &stage.seen, worse).is_some(), "the plan says so");
}

#[test]
fn a_rule_with_other_backends_can_not_be_gone_on_with() {
    let mut stage = Stage::started(&[90, 10], "25,50 every 1m");
    stage.seen.swap(0, 1);
    assert!(!stage.after(60));
    assert_eq!(stage.held(), "its backends are others now");
    let told = "its backends are others now; the plan can only be given up";
    assert_eq!(stage.plan.step(stage.now, &stage.seen).unwrap_err().0, told);
    assert_eq!(stage.plan.resume(stage.now, &stage.seen).unwrap_err().0, told);
    assert_eq!(stage.plan.back(stage.now, &stage.seen).unwrap_err().0, told);
    assert_eq!(stage.plan.abort(stage.now, &stage.seen).unwrap_err().0, told);
    stage.seen.swap(0, 1);
    assert!(!stage.after(60));
    assert_eq!(stage.held(), "changed outside of the plan: its backends were others for a while");
    assert_eq!(stage.plan.resume(stage.now, &stage.seen).unwrap(), None);
}

#[test]
fn a_plan_that_can_not_be_made_says_why() {
    assert_eq!(
        plan(&[90], "5").unwrap_err().0,
        "rule 1 of HTTPRoute shop/app has nobody to share with; a plan wants two backends"
    );
    let route = || Key::new(Kind::HttpRoute, "shop", "app");
    let error = Steps::new(route(), 1, 2, Schedule::default(), &seen(&[90, 10])).unwrap_err();
    assert_eq!(error.0, "rule 2 of HTTPRoute shop/app has 2 backends, and no number 3");
    let mut refusing = seen(&[90, 10]);
    refusing[1].refuses = Some("no ready endpoint".to_owned());
    let error = Steps::new(route(), 0, 1, Schedule::default(), &refusing).unwrap_err();
    assert_eq!(error.0, "b1:80 gets no weight: no ready endpoint");
    let mut stage = Stage::ready(&[90, 10], "25");
    stage.seen[0].written = Some(91);
    let error = stage.plan.start(stage.now, &stage.seen).unwrap_err();
    assert_eq!(error.0, "the weights are others now; make the plan again");
    assert_eq!(stage.plan.hold(stage.now).unwrap_err().0, "the plan is not started");
    assert_eq!(stage.plan.resume(stage.now, &stage.seen).unwrap_err().0, "the plan is not started");
}

#[test]
fn a_weight_that_was_not_written_is_written_by_the_first_step() {
    let mut stage = Stage::ready(&[1, 1], "25 by key");
    stage.seen[0].written = None;
    stage.plan = Steps::new(
        Key::new(Kind::HttpRoute, "shop", "app"),
        0,
        1,
        "25,50 by key".parse().unwrap(),
        &stage.seen,
    )
    .unwrap();
    let asked = stage.plan.start(stage.now, &stage.seen).unwrap().unwrap();
    assert_eq!(asked.edit().fields[0].old, None);
    stage.write(Some(asked));
    let asked = stage.plan.abort(stage.now, &stage.seen).unwrap();
    stage.write(asked);
    assert_eq!(stage.weights(), [1, 1]);
}
