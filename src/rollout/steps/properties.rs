//! Whatever is done to a plan in whatever order, some things hold.

use proptest::prelude::*;

use super::{
    tests::{Stage, plan, seen},
    *,
};
use crate::resource::gateway_api::MAX_WEIGHT;

/// What can happen to a plan.
#[derive(Clone, Debug)]
enum Deed {
    Wait(i64),
    Hold,
    Resume,
    Step,
    Back,
    Abort,
    /// The next edit is not made.
    Fail,
    /// Somebody else sets a weight.
    Foreign(usize, i64),
    /// A backend refuses from now on, or no more.
    Refuse(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (1..90_i64).prop_map(Deed::Wait),
        1 => Just(Deed::Hold),
        3 => Just(Deed::Resume),
        3 => Just(Deed::Step),
        2 => Just(Deed::Back),
        1 => Just(Deed::Abort),
        1 => Just(Deed::Fail),
        1 => (0..16_usize, 0..=MAX_WEIGHT).prop_map(|(at, weight)| Deed::Foreign(at, weight)),
        1 => (0..16_usize).prop_map(Deed::Refuse),
    ]
}

fn weights() -> impl Strategy<Value = Vec<i64>> {
    let weight = prop_oneof![Just(0), Just(1), 0..=100_i64, 0..=MAX_WEIGHT];
    prop::collection::vec(weight, 2..=16)
}

fn schedule() -> impl Strategy<Value = String> {
    let between = prop_oneof![Just("by key"), Just("every 30s"), Just("every 1m")];
    (prop::collection::vec(0..=100_u8, 1..6), between).prop_map(|(mut targets, between)| {
        targets.dedup();
        let targets: Vec<String> = targets.iter().map(ToString::to_string).collect();
        format!("{} {between}", targets.join(","))
    })
}

impl Stage {
    fn perform(&mut self, deed: &Deed, failing: &mut bool) -> Option<WeightPlan> {
        match deed {
            Deed::Wait(seconds) => {
                self.now += jiff::SignedDuration::from_secs(*seconds);
                self.plan.tick(self.now, &self.seen, None)
            }
            Deed::Hold => {
                let _ = self.plan.hold(self.now);
                None
            }
            Deed::Resume => self.plan.resume(self.now, &self.seen).unwrap_or(None),
            Deed::Step => self.plan.step(self.now, &self.seen).unwrap_or(None),
            Deed::Back => self.plan.back(self.now, &self.seen).unwrap_or(None),
            Deed::Abort => self.plan.abort(self.now, &self.seen).unwrap_or(None),
            Deed::Fail => {
                *failing = true;
                None
            }
            Deed::Foreign(at, weight) => {
                let at = at % self.seen.len();
                self.seen[at].written = Some(*weight);
                None
            }
            Deed::Refuse(at) => {
                let at = at % self.seen.len();
                let seen = &mut self.seen[at];
                seen.refuses =
                    if seen.refuses.is_some() { None } else { Some("no ready endpoint".to_owned()) };
                None
            }
        }
    }
}

proptest! {
    #[test]
    fn whatever_happens_weights_are_right_and_abort_leads_home(
        start in weights(),
        schedule in schedule(),
        deeds in prop::collection::vec(deed(), 0..40),
    ) {
        let plan = plan(&start, &schedule).unwrap();
        let sum = plan.sum;
        let mut stage = Stage { plan, seen: seen(&start), now: "2026-11-24T14:00:00Z".parse().unwrap() };
        let first = stage.plan.start(stage.now, &stage.seen).unwrap();
        stage.write(first);
        let mut failing = false;
        for deed in &deeds {
            let at = stage.plan.at();
            let Some(asked) = stage.perform(deed, &mut failing) else { continue };
            let goal = match stage.plan.stand() {
                Stand::Applying(goal) => *goal,
                other => panic!("asked for weights, and stands {other:?}"),
            };
            let new: Vec<i64> = asked.weights.iter().map(|weight| weight.new).collect();
            prop_assert!(new.iter().all(|weight| (0..=MAX_WEIGHT).contains(weight)));
            match goal {
                Goal::Step(step) => {
                    prop_assert_eq!(Some(step), at.map_or(Some(0), |at| Some(at + 1)), "one after the other");
                    prop_assert_eq!(new.iter().sum::<i64>(), sum);
                }
                Goal::Back(step) => prop_assert_eq!(step, at.and_then(|at| at.checked_sub(1))),
                Goal::Abort => prop_assert_eq!(&new, &start),
            }
            if goal != Goal::Abort {
                let parts = stage.plan.parts(&stage.seen);
                prop_assert_eq!(refused(&parts, &new), Ok(()), "nobody gets what it refuses");
            }
            if std::mem::take(&mut failing) {
                prop_assert_eq!(stage.plan.applied(stage.now, Err("no".to_owned())), None);
                prop_assert_eq!(stage.plan.at(), at);
                prop_assert!(matches!(stage.plan.stand(), Stand::Held(Hold::Failed(..))));
            } else {
                stage.write(Some(asked));
                prop_assert_eq!(stage.seen.iter().map(Seen::weight).collect::<Vec<_>>(), new);
            }
        }
        if *stage.plan.stand() != Stand::Aborted {
            let asked = stage.plan.abort(stage.now, &stage.seen).unwrap();
            stage.write(asked);
            prop_assert_eq!(stage.seen.iter().map(Seen::weight).collect::<Vec<_>>(), start);
            prop_assert_eq!(stage.plan.stand(), &Stand::Aborted);
        }
    }

    #[test]
    fn going_back_all_the_way_meets_the_weights_of_each_step_again(start in weights(), schedule in schedule()) {
        let plan = plan(&start, &schedule).unwrap();
        let steps = plan.targets().len();
        let mut stage = Stage { plan, seen: seen(&start), now: "2026-11-24T14:00:00Z".parse().unwrap() };
        let now = |stage: &Stage| stage.seen.iter().map(Seen::weight).collect::<Vec<_>>();
        let mut met = vec![now(&stage)];
        let first = stage.plan.start(stage.now, &stage.seen).unwrap();
        stage.write(first);
        for _ in 1..steps {
            met.push(now(&stage));
            let next = stage.plan.step(stage.now, &stage.seen).unwrap();
            stage.write(next);
        }
        for expected in met.iter().rev() {
            let back = stage.plan.back(stage.now, &stage.seen).unwrap();
            stage.write(back);
            prop_assert_eq!(&now(&stage), expected);
        }
        prop_assert!(stage.plan.back(stage.now, &stage.seen).is_err(), "that was the start");
    }
}
