//! Weights of one rule being moved: what is wished, how the others give way, and what is refused.

use std::collections::BTreeMap;

use crate::{
    resource::Key,
    rollout::{self, BackendWeight, Part, Percent, Preset, Refused, Seen, Steps, WeightPlan},
    tui::facts::{
        rules::{Rule, RuleNow},
        steps,
    },
};

/// The most that Gateway API allows.
const MOST: i64 = 1_000_000;

/// A rule whose weights are moved. Lives as long as the console, so that a wish survives a look elsewhere.
#[derive(Clone, Debug)]
pub struct Session {
    /// The rule as it is written now.
    pub rule: Rule,
    /// What is known of it now.
    pub now: RuleNow,
    /// Weights when it was first opened.
    pub start: Vec<i64>,
    /// Weights wished, by backend.
    wished: BTreeMap<usize, i64>,
    /// The selected backend.
    pub at: usize,
    /// Whether the other backends give and take so that the sum stays.
    pub balance: bool,
    /// The plan of steps that was started last.
    pub steps: Option<Steps>,
    /// A plan that is being agreed to.
    pub draft: Option<Steps>,
}

impl Session {
    /// Opens a rule.
    pub fn of(rule: Rule, now: RuleNow) -> Self {
        let start = rule.backends.iter().map(|backend| backend.weight).collect();
        // The backend that one wants to move is the one that is being tried: the last.
        let at = rule.backends.len().saturating_sub(1);
        Self { rule, now, start, wished: BTreeMap::new(), at, balance: true, steps: None, draft: None }
    }

    /// Takes the rule as it is now. True when wishes had to be given up because the backends are others.
    pub fn refresh(&mut self, rule: &Rule, now: RuleNow) -> bool {
        self.now = now;
        if self.rule == *rule {
            return false;
        }
        let names = |rule: &Rule| rule.backends.iter().map(|b| b.plan_name.clone()).collect::<Vec<_>>();
        let others = names(rule) != names(&self.rule);
        if others {
            self.start = rule.backends.iter().map(|backend| backend.weight).collect();
        }
        let lost = others && !self.wished.is_empty();
        if others {
            self.wished.clear();
        }
        self.rule = rule.clone();
        self.at = self.at.min(self.rule.backends.len().saturating_sub(1));
        // A wish that came true is none any more.
        let rule = &self.rule;
        self.wished.retain(|at, weight| rule.backends.get(*at).is_some_and(|b| b.weight != *weight));
        lost
    }

    /// The route.
    pub fn route(&self) -> &Key {
        &self.rule.route
    }

    /// The weight wished for a backend: its own when nothing else is wished.
    pub fn wanted(&self, at: usize) -> i64 {
        let own = self.rule.backends.get(at).map_or(0, |backend| backend.weight);
        self.wished.get(&at).copied().unwrap_or(own)
    }

    /// Sum of what is wished.
    pub fn sum(&self) -> i64 {
        (0..self.rule.backends.len()).map(|at| self.wanted(at)).sum()
    }

    /// Share wished for a backend, 0 to 1.
    pub fn share(&self, at: usize) -> f64 {
        share(self.wanted(at), self.sum())
    }

    /// Share of a backend by the weights written.
    pub fn share_before(&self, at: usize) -> f64 {
        share(self.rule.backends.get(at).map_or(0, |backend| backend.weight), self.rule.sum())
    }

    /// Number of backends whose weight would change.
    pub fn changes(&self) -> usize {
        self.wished.len()
    }

    /// Gives up all wishes.
    pub fn clear(&mut self) {
        self.wished.clear();
    }

    /// Moves the selected backend's weight.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn step(&mut self, by: i64) -> Result<(), String> {
        if self.balance {
            self.scale();
        }
        self.set(self.wanted(self.at).saturating_add(by).clamp(0, MOST))
    }

    /// Sets the selected backend's weight.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn set(&mut self, weight: i64) -> Result<(), String> {
        let at = self.at;
        let before = self.wanted(at);
        let Some(backend) = self.rule.backends.get(at) else { return Ok(()) };
        if !(0..=MOST).contains(&weight) {
            return Err(format!("a weight is 0 to {MOST}, not {weight}"));
        }
        if weight > before
            && let Some(why) = self.refuses(at)
        {
            return Err(format!("{} gets no weight: {why}", backend.name));
        }
        let sum = self.sum();
        let balanced = self.balance && weight <= sum && before < sum.max(1);
        self.wish(at, weight);
        if balanced {
            self.give_way(at, weight - before);
        }
        Ok(())
    }

    /// Gives the selected backend a share; the others share the rest as they do now.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn set_share(&mut self, share: Percent) -> Result<(), String> {
        self.preset(Preset::Parts(share))
    }

    /// Sets all weights by one word, the selected backend being the canary.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn preset(&mut self, preset: Preset) -> Result<(), String> {
        match preset.weights(&self.parts(), self.at) {
            Ok(weights) => {
                weights.into_iter().enumerate().for_each(|(at, weight)| self.wish(at, weight));
                Ok(())
            }
            Err(Refused(at)) => {
                let name = self.rule.backends.get(at).map_or("a backend", |backend| &backend.name);
                Err(format!("{name} gets no more weight: {}", self.refuses(at).unwrap_or("it refuses")))
            }
        }
    }

    /// Sets the weights of all backends that are named; the others stay.
    ///
    /// # Errors
    /// Names that are none; weights that are refused. Then nothing is set.
    pub fn set_all(&mut self, wished: &[(String, i64)]) -> Result<(), String> {
        let mut weights: Vec<i64> = (0..self.rule.backends.len()).map(|at| self.wanted(at)).collect();
        let mut told = Vec::new();
        for (name, weight) in wished {
            let at = self.find(name)?;
            if told.contains(&at) {
                return Err(format!("`{name}` is given twice"));
            }
            told.push(at);
            if let Some(place) = weights.get_mut(at) {
                *place = *weight;
            }
        }
        if let Err(Refused(at)) = rollout::refused(&self.parts(), &weights) {
            let name = self.rule.backends.get(at).map_or("a backend", |backend| &backend.name);
            return Err(format!("{name} gets no more weight: {}", self.refuses(at).unwrap_or("it refuses")));
        }
        weights.into_iter().enumerate().for_each(|(at, weight)| self.wish(at, weight));
        Ok(())
    }

    /// The backend that a person means: `app`, `app:80`, `shop/app` or `shop/app:80`.
    ///
    /// # Errors
    /// None or several are called so.
    pub fn find(&self, typed: &str) -> Result<usize, String> {
        let found: Vec<usize> = (0..self.rule.backends.len())
            .filter(|at| self.rule.backends.get(*at).is_some_and(|backend| backend.is_called(typed)))
            .collect();
        let there = || {
            let names: Vec<String> =
                self.rule.backends.iter().map(|b| format!("`{}`", b.plan_name)).collect();
            names.join(", ")
        };
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err(format!("no backend `{typed}`; there is {}", there())),
            _ => Err(format!("`{typed}` is more than one backend; there is {}", there())),
        }
    }

    /// The backends as they are shared out: the proportion of the rest is that of now, or that of the start where
    /// all others have nothing now.
    fn parts(&self) -> Vec<Part> {
        let others = |weights: &[i64]| {
            weights.iter().enumerate().filter(|(at, _)| *at != self.at).any(|(_, weight)| *weight > 0)
        };
        let now: Vec<i64> = self.rule.backends.iter().map(|backend| backend.weight).collect();
        let proportion = if others(&now) { &now } else { &self.start };
        let part = |(at, now): (usize, &i64)| Part {
            start: proportion.get(at).copied().unwrap_or(0),
            now: *now,
            refuses: self.refuses(at).is_some(),
        };
        now.iter().enumerate().map(part).collect()
    }

    /// The backends as a plan of steps looks at them.
    pub fn seen(&self) -> Vec<Seen> {
        steps::seen(&self.rule, &self.now)
    }

    /// The plan of steps, while it runs.
    pub fn running(&self) -> Option<&Steps> {
        self.steps.as_ref().filter(|steps| steps.is_running())
    }

    /// The others give or take so that the sum stays; the heaviest first.
    fn give_way(&mut self, at: usize, mut taken: i64) {
        let mut others: Vec<usize> = (0..self.rule.backends.len()).filter(|other| *other != at).collect();
        others.sort_by_key(|other| std::cmp::Reverse(self.wanted(*other)));
        for other in others {
            if taken == 0 {
                break;
            }
            if taken < 0 && self.refuses(other).is_some() {
                continue;
            }
            let own = self.wanted(other);
            let given = taken.min(own);
            self.wish(other, own - given);
            taken -= given;
        }
    }

    /// Weights that add up to little move in whole per cents: `1` and `1` become `50` and `50`.
    fn scale(&mut self) {
        let sum = self.sum();
        if (1..100).contains(&sum) && 100 % sum == 0 {
            for at in 0..self.rule.backends.len() {
                self.wish(at, self.wanted(at) * (100 / sum));
            }
        }
    }

    fn wish(&mut self, at: usize, weight: i64) {
        let own = self.rule.backends.get(at).map(|backend| backend.weight);
        if own == Some(weight) {
            self.wished.remove(&at);
        } else {
            self.wished.insert(at, weight);
        }
    }

    /// Why a backend must not get weight.
    pub fn refuses(&self, at: usize) -> Option<&str> {
        self.now.backends.get(at)?.refuses.as_deref()
    }

    /// The plan of what is wished; none when nothing is.
    pub fn plan(&self) -> Option<WeightPlan> {
        (!self.wished.is_empty()).then(|| self.plan_of(|at| self.wanted(at)))
    }

    /// The plan back to the weights at the start; none when they are there.
    pub fn plan_back(&self) -> Option<WeightPlan> {
        let moved =
            self.rule.backends.iter().zip(&self.start).any(|(backend, start)| backend.weight != *start);
        moved.then(|| self.plan_of(|at| self.start.get(at).copied().unwrap_or(0)))
    }

    pub(super) fn plan_of(&self, weight: impl Fn(usize) -> i64) -> WeightPlan {
        let backend = |(index, backend): (usize, &crate::tui::facts::rules::Backend)| BackendWeight {
            index,
            backend: backend.plan_name.clone(),
            written: backend.written,
            new: weight(index),
        };
        WeightPlan {
            route: self.rule.route.clone(),
            rule: self.rule.index,
            weights: self.rule.backends.iter().enumerate().map(backend).collect(),
        }
    }
}

fn share(weight: i64, sum: i64) -> f64 {
    if sum > 0 { weight as f64 / sum as f64 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        resource::Kind,
        tui::facts::{
            Health, Measures, Reading,
            observed::Observed,
            rules::{Backend, BackendNow},
        },
    };

    fn session(weights: &[i64], refused: Option<usize>) -> Session {
        let backend = |(at, weight): (usize, &i64)| Backend {
            service: Key::new(Kind::Service, "shop", format!("b{at}")),
            port: 80,
            name: format!("b{at}"),
            plan_name: format!("b{at}:80"),
            weight: *weight,
            written: Some(*weight),
        };
        let now = |(at, _): (usize, &i64)| BackendNow {
            programmed: Reading::Nothing,
            observed: Reading::Nothing,
            traffic: Measures::NOTHING,
            refuses: (refused == Some(at)).then(|| "no ready endpoint".to_owned()),
            assumed: false,
        };
        let rule = Rule {
            route: Key::new(Kind::HttpRoute, "shop", "app"),
            index: 0,
            name: None,
            of: 1,
            hostnames: Vec::new(),
            backends: weights.iter().enumerate().map(backend).collect(),
        };
        let backends = weights.iter().enumerate().map(now).collect();
        let rule_now = RuleNow {
            backends,
            over: Observed { seconds: 60, since_change: false, requests: Some(0) },
            parents: (1, 1),
            health: Health::Ok,
            listeners: Vec::new(),
            rate: Reading::Nothing,
        };
        Session::of(rule, rule_now)
    }

    #[test]
    fn moving_one_weight_moves_the_heaviest_other_the_other_way() {
        let cases = [
            (&[90, 10][..], 15, &[75, 25][..], "the sum stays"),
            (&[90, 10][..], -15, &[100, 0][..], "no weight below 0, and the sum stays"),
            (&[1, 1][..], 1, &[49, 51][..], "small weights become per cents"),
            (&[60, 30, 10][..], 5, &[55, 30, 15][..], "the heaviest gives"),
            (&[0, 0][..], 5, &[0, 5][..], "nobody has anything to give"),
            (&[0, 100][..], 1, &[0, 101][..], "it has all there is: the sum grows"),
        ];
        for (weights, by, moved, why) in cases {
            let mut session = session(weights, None);
            session.step(by).unwrap();
            let wanted: Vec<i64> = (0..weights.len()).map(|at| session.wanted(at)).collect();
            assert_eq!(wanted, moved, "{why}");
        }
    }

    #[test]
    fn a_backend_without_endpoint_refuses_weight_and_says_why() {
        let mut session = session(&[90, 10], Some(1));
        assert_eq!(session.step(1).unwrap_err(), "b1 gets no weight: no ready endpoint");
        assert_eq!(session.changes(), 0);
        session.step(-5).unwrap();
        assert_eq!((session.wanted(0), session.wanted(1)), (95, 5), "taking away is always right");
        session.at = 0;
        session.step(-5).unwrap();
        assert_eq!((session.wanted(0), session.wanted(1)), (90, 5), "nor is it given what another lost");
    }

    #[test]
    fn a_wish_that_comes_true_is_none_any_more_and_the_start_is_kept() {
        let mut session = session(&[90, 10], None);
        session.step(40).unwrap();
        assert_eq!(session.changes(), 2);
        let plan = session.plan().unwrap();
        assert_eq!(plan.weights.iter().map(|w| w.new).collect::<Vec<_>>(), [50, 50]);
        let mut rule = session.rule.clone();
        for backend in &mut rule.backends {
            backend.weight = 50;
        }
        let now = session.now.clone();
        assert!(!session.refresh(&rule, now));
        assert_eq!((session.changes(), session.plan()), (0, None));
        assert_eq!(session.plan_back().unwrap().weights.iter().map(|w| w.new).collect::<Vec<_>>(), [90, 10]);
    }
}
