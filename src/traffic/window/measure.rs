//! What is kept of one scope, and what was measured over some of its steps.

use std::collections::VecDeque;

use super::{
    Flow, Measured, Moment,
    histogram::{Counts, Histogram, counts},
    target::Step,
};

/// One step of all scopes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tick {
    pub(super) number: u64,
    /// When it ended.
    pub(super) at: Moment,
    pub(super) seconds: f64,
}

impl Tick {
    pub(super) fn start(&self) -> Moment {
        self.at - self.seconds
    }
}

/// The steps in which a scope had requests.
#[derive(Debug)]
pub(super) struct Kept {
    /// When it last had a request, or was first seen.
    pub(super) active: Moment,
    steps: VecDeque<Rise>,
}

#[derive(Debug)]
struct Rise {
    tick: u64,
    requests: u32,
    errors: u32,
    errors_by_proxy: u32,
    client_errors: u32,
    p95: Option<f32>,
    counts: Box<Counts>,
}

impl Kept {
    pub(super) fn new(at: Moment) -> Self {
        Self { active: at, steps: VecDeque::new() }
    }

    /// Adds what one series of requests rose by.
    pub(super) fn add(&mut self, tick: u64, at: Moment, step: &Step, bounds: &[f64]) {
        let small = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        self.active = at;
        let new = counts(&step.up_to, bounds);
        let same = self.steps.back().is_some_and(|last| last.tick == tick);
        if !same {
            self.steps.push_back(Rise {
                tick,
                requests: 0,
                errors: 0,
                errors_by_proxy: 0,
                client_errors: 0,
                p95: None,
                counts: Box::default(),
            });
        }
        let Some(rise) = self.steps.back_mut() else { return };
        rise.requests = rise.requests.saturating_add(small(step.requests));
        rise.errors = rise.errors.saturating_add(small(step.errors));
        rise.errors_by_proxy = rise.errors_by_proxy.saturating_add(small(step.errors_by_proxy));
        rise.client_errors = rise.client_errors.saturating_add(small(step.client_errors));
        rise.counts = if rise.counts.is_empty() { new } else { sum(&rise.counts, &new) };
    }

    /// Ends a step, once all that rose is added.
    pub(super) fn finish(&mut self, tick: u64, bounds: &[f64]) {
        let Some(rise) = self.steps.back_mut().filter(|rise| rise.tick == tick) else { return };
        let mut histogram = Histogram::new(bounds);
        histogram.add(&rise.counts);
        let [p95] = histogram.percentiles([0.95], bounds);
        rise.p95 = p95.map(|p95| p95 as f32);
    }

    /// Lets go of steps before this tick.
    pub(super) fn forget(&mut self, oldest: u64) {
        while self.steps.front().is_some_and(|step| step.tick < oldest) {
            self.steps.pop_front();
        }
    }

    /// Measures over these steps of the clock, oldest first; none without any.
    pub(super) fn measure<'t>(
        &self,
        ticks: impl Iterator<Item = &'t Tick>,
        bounds: &[f64],
    ) -> Option<Measured> {
        let mut measured = Measured::default();
        let mut histogram = Histogram::new(bounds);
        let mut covered: Option<(f64, Moment)> = None;
        for tick in ticks {
            let (seconds, end) = covered.unwrap_or((0.0, tick.start()));
            covered = Some((seconds + (tick.at - tick.start().max(end)).max(0.0), end.max(tick.at)));
            let Ok(at) = self.steps.binary_search_by_key(&tick.number, |step| step.tick) else { continue };
            let Some(step) = self.steps.get(at) else { continue };
            measured.requests += u64::from(step.requests);
            measured.errors += u64::from(step.errors);
            measured.errors_by_proxy += u64::from(step.errors_by_proxy);
            measured.client_errors += u64::from(step.client_errors);
            histogram.add(&step.counts);
        }
        let (seconds, _) = covered?;
        measured.rate = if seconds > 0.0 { measured.requests as f64 / seconds } else { 0.0 };
        [measured.p50, measured.p95, measured.p99] = histogram.percentiles([0.5, 0.95, 0.99], bounds);
        Some(measured)
    }

    /// One flow for each of these steps of the clock.
    pub(super) fn history<'t>(&self, ticks: impl Iterator<Item = &'t Tick>) -> Vec<Flow> {
        let mut steps = self.steps.iter().peekable();
        ticks
            .map(|tick| {
                while steps.next_if(|step| step.tick < tick.number).is_some() {}
                let step = steps.next_if(|step| step.tick == tick.number);
                Flow {
                    at: tick.at,
                    seconds: tick.seconds,
                    requests: step.map_or(0, |step| step.requests),
                    errors: step.map_or(0, |step| step.errors),
                    p95: step.and_then(|step| step.p95),
                }
            })
            .collect()
    }
}

/// Both in one, by position.
fn sum(a: &Counts, b: &Counts) -> Box<Counts> {
    let mut all = a.to_vec();
    for (at, count) in b {
        match all.iter_mut().find(|(other, _)| other == at) {
            Some((_, sum)) => *sum = sum.saturating_add(*count),
            None => all.push((*at, *count)),
        }
    }
    all.into()
}
