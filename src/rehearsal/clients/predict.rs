//! Which share of requests goes to the old side: told beforehand, from what DNS said and from the clients there are.
//!
//! # The formula
//! A client that sends `r` requests a second, at random, is told of a switch when it asks DNS. Let `V(u)` be the chance
//! that `u` after it asked, a request of its would be sent without asking again. Without keep-alive that is 1 until the
//! lifetime `L` of the answer, then 0. With it a connection opened before `L` goes on while it is usable, which is
//! `Q(u)`: not idle too long, not too many requests, not too old; so for `u ≥ L` it is `Σ m(s) Q(u - s)` over the moments
//! `s < L` at which connections are opened, `m(s) = r (1 - Σ m(x) Q(s - x))`.
//!
//! Clients ask at the rate `h(t) = r (1 - ∫ h(x) V(t - x) dx)`, and a request at `t` goes where DNS pointed when its client
//! asked last: with `o(x)` the share that DNS gave the old side at `x`,
//!
//! ```text
//! old(t) = ∫ h(x) V(t - x) o(x) dx  +  (1 - ∫ h(x) V(t - x) dx) o(t)
//! ```
//!
//! Of a client's first answer any part may be left, so that not all begin together.
//!
//! For clients that ran long before a switch of all at 0 that is `∫ V from t / (∫ V from 0 + 1/r)`; for those that only obey
//! the TTL, `(L - t) / (L + 1/r)`. Connections of a pool share what DNS said. Where they end by age or by requests, each is
//! as if it were alone; where by rest, the openings of the others are taken as independent. All is computed in steps, whose
//! length is the accuracy in time.

use std::time::Duration;

use super::{
    kind::{Keep, Kind},
    mix::ClientMix,
};

/// Steps of a computation: its cost grows with their square.
const STEPS: usize = 900;

/// What DNS says from a moment on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Said {
    /// From when, on the clock of the clients, whose first requests come at 0.
    pub from: Duration,
    /// TTL of the answers.
    pub ttl: Duration,
    /// Share of answers that name the old side, 0 to 1.
    pub old: f64,
}

/// The share of requests at the old side, 0 to 1, step by step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prediction {
    step: f64,
    old: Vec<f64>,
}

impl Prediction {
    /// For a mix whose every client sends `rate` requests a second, all on the clock of the clients, up to `end`. What DNS
    /// `said`, in the order of time; before the first nothing is asked.
    pub fn of(mix: &ClientMix, rate: f64, said: &[Said], end: Duration) -> Self {
        let mut all = vec![0.0; STEPS];
        let step = end.as_secs_f64() / STEPS as f64;
        if !(step > 0.0 && rate > 0.0) {
            return Self::default();
        }
        let answers = answers(said, step);
        for (kind, share) in mix.shares() {
            let usable = usable(kind.keep, kind.pool.max(1) as u32, rate, step);
            let old = if usable.at_once {
                single(kind, rate, step, &answers, &usable.chance)
            } else {
                pooled(kind, rate, step, &answers, &usable.chance)
            };
            for (sum, old) in all.iter_mut().zip(old) {
                *sum += share * old;
            }
        }
        Self { step, old: all }
    }

    /// At a moment on the clock of the clients; the last one's after the end.
    pub fn at(&self, time: Duration) -> Option<f64> {
        let step = (time.as_secs_f64() / self.step).max(0.0) as usize;
        self.old.get(step).or(self.old.last()).copied()
    }
}

/// What DNS says in each step: lifetime of TTL in seconds, share of the old side.
fn answers(said: &[Said], step: f64) -> Vec<(Duration, f64)> {
    let at = |nth: usize| {
        let now = (nth as f64 + 0.5) * step;
        let last = said.iter().rev().find(|said| said.from.as_secs_f64() <= now).or(said.first());
        last.map_or((Duration::ZERO, 0.0), |said| (said.ttl, said.old))
    };
    (0..STEPS).map(at).collect()
}

/// A client with one connection, or none that it keeps; or one of several that all end alike, and ask alike.
fn single(kind: &Kind, rate: f64, step: f64, answers: &[(Duration, f64)], usable: &[f64]) -> Vec<f64> {
    // Few TTLs: each has its V, and that of a first answer.
    let mut known: Vec<(Duration, [Vec<f64>; 2])> = Vec::new();
    let mut which = Vec::new();
    for (ttl, _) in answers {
        let found = known.iter().position(|(other, _)| other == ttl);
        which.push(found.unwrap_or_else(|| {
            let lifetime = kind.caching.lifetime(*ttl).map(|time| time.as_secs_f64() / step);
            let whole = unasked(lifetime, rate, step, usable);
            known.push((*ttl, [first(lifetime, rate, step, usable), whole]));
            known.len() - 1
        }));
    }
    let chance = 1.0 - (-rate * step).exp();
    // Connections that were not opened yet: the second one comes with the second request.
    let pool = kind.pool.max(1) as u32;
    let unborn = |now: usize| {
        let of = |nth: u32| at_most(nth, rate * step * now as f64);
        (0..pool).map(of).sum::<f64>() / f64::from(pool)
    };
    // First questions, and later ones.
    let mut asks: Vec<[f64; 2]> = Vec::with_capacity(STEPS);
    let mut shares = Vec::with_capacity(STEPS);
    for (now, (_, said)) in answers.iter().enumerate() {
        let (mut served, mut old) = (0.0, 0.0);
        for (then, ((asked, which), (_, said))) in asks.iter().zip(&which).zip(answers).enumerate() {
            let Some((_, [first, later])) = known.get(*which) else { continue };
            let value = |of: &[f64]| of.get(now - then).copied().unwrap_or(0.0);
            let [at_first, at_later] = asked;
            let sum = at_first * value(first) + at_later * value(later);
            served += sum;
            old += sum * said;
        }
        let asking = (1.0 - served).max(0.0);
        shares.push(old + asking * said);
        let (here, next) = (unborn(now), unborn(now + 1));
        asks.push([here - next, chance * (asking - here).max(0.0)]);
    }
    shares
}

/// `V` for a lifetime in steps: the chance that no question is needed so many steps after the last one.
fn unasked(lifetime: Option<f64>, rate: f64, step: f64, usable: &[f64]) -> Vec<f64> {
    let Some(lifetime) = lifetime else { return vec![1.0; STEPS] };
    let chance = 1.0 - (-rate * step).exp();
    let steps = ((lifetime + 1.0).ceil() as usize).clamp(1, STEPS);
    // Openings until the lifetime ends; the first comes with the question.
    let mut opened = vec![1.0];
    for now in 1..steps {
        let free = (1.0 - convolved(&opened, usable, now)).max(0.0);
        opened.push(chance * free * before(lifetime, now));
    }
    let value = |now: usize| {
        let believed = before(lifetime, now);
        believed + (1.0 - believed) * convolved(&opened, usable, now)
    };
    (0..STEPS).map(value).collect()
}

/// `V` after a first answer, of which any part may be left.
fn first(lifetime: Option<f64>, rate: f64, step: f64, usable: &[f64]) -> Vec<f64> {
    const PARTS: u32 = 12;
    let mut sum = vec![0.0; STEPS];
    for part in 0..PARTS {
        let left = (f64::from(part) + 0.5) / f64::from(PARTS);
        let of = unasked(lifetime.map(|lifetime| lifetime * left), rate, step, usable);
        for (sum, value) in sum.iter_mut().zip(of) {
            *sum += value / f64::from(PARTS);
        }
    }
    sum
}

/// The chance that of two moments in steps so far apart the second comes before a limit after the first: both are
/// anywhere in their steps.
fn before(limit: f64, apart: usize) -> f64 {
    let left = limit - apart as f64;
    match left {
        ..=-1.0 => 0.0,
        ..0.0 => (1.0 + left).powi(2) / 2.0,
        ..1.0 => 1.0 - (1.0 - left).powi(2) / 2.0,
        _ => 1.0,
    }
}

/// `Σ opened(s) usable(now - s)` over all `s ≤ now`.
fn convolved(opened: &[f64], usable: &[f64], now: usize) -> f64 {
    let sum: f64 = opened
        .iter()
        .enumerate()
        .take(now + 1)
        .map(|(then, opened)| opened * usable.get(now - then).copied().unwrap_or(0.0))
        .sum();
    sum.min(1.0)
}

/// A client with several connections in turn: what DNS said is shared, each has its part of the requests.
fn pooled(kind: &Kind, rate: f64, step: f64, answers: &[(Duration, f64)], usable: &[f64]) -> Vec<f64> {
    let size = kind.pool as f64;
    let at_first = 1.0 - (-rate * step).exp();
    let mut unborn = 1.0;
    let (mut opened, mut asks) = (Vec::<f64>::new(), Vec::<[f64; 2]>::new());
    let (mut led, mut shares) = (Vec::<f64>::new(), Vec::new());
    for (now, (_, said)) in answers.iter().enumerate() {
        let (mut kept, mut old) = (0.0, 0.0);
        for (then, (opened, led)) in opened.iter().zip(&led).enumerate() {
            let value = opened * usable.get(now - then).copied().unwrap_or(0.0);
            kept += value;
            old += value * led;
        }
        // What is believed now, and where that leads.
        let (mut believed, mut leads) = (0.0, 0.0);
        for (then, ([first, later], (ttl, said))) in asks.iter().zip(answers).enumerate() {
            let part = match kind.caching.lifetime(*ttl).map(|time| time.as_secs_f64() / step) {
                None => first + later,
                Some(lifetime) => {
                    let left = 1.0 - ((now - then) as f64 / lifetime.max(1e-9)).min(1.0);
                    first * left + later * before(lifetime, now - then)
                }
            };
            believed += part;
            leads += part * said;
        }
        let free = (1.0 - kept).max(0.0);
        let asking = (1.0 - believed).max(0.0);
        let lead = leads + asking * said;
        // A request opens a connection as long as one is missing; else it takes one that leads where it was opened to.
        let full = kept.min(1.0).powf(size);
        let there = if kept > 1e-9 { old / kept } else { 0.0 };
        shares.push((1.0 - full) * lead + full * there);
        let open = free * (1.0 - (-rate * step / (size * free).max(1.0)).exp());
        opened.push(open);
        led.push(lead);
        asks.push([at_first * unborn, (1.0 - (1.0 - open).powf(size)) * (asking - unborn).max(0.0)]);
        unborn *= 1.0 - at_first;
    }
    shares
}

/// `Q`, and how the connections of a pool end.
struct Usable {
    /// The chance that a connection is usable so many steps after it was opened.
    chance: Vec<f64>,
    /// There is one connection, or all of a pool end together: by age or by requests, which they have alike.
    at_once: bool,
}

/// `Q` at this rate of requests, of which every `pool`th is a connection's own.
fn usable(keep: Option<Keep>, pool: u32, rate: f64, step: f64) -> Usable {
    let Some(Keep { idle, requests, age }) = keep else {
        return Usable { chance: vec![0.0; STEPS], at_once: true };
    };
    let mut usable = vec![1.0_f64; STEPS];
    // Requests of a connection that did not rest too long come closer together.
    let mut busy = rate;
    if let Some(idle) = idle {
        if pool == 1 {
            let none = (-rate * idle.as_secs_f64()).exp();
            busy = 1.0 / (1.0 / rate - idle.as_secs_f64() * none / (1.0 - none).max(1e-9)).max(1e-9);
        }
        let steps = idle.as_secs_f64() / step;
        let none_until = |steps: f64| at_most(pool - 1, rate * step * steps);
        // When the next request comes, as far as that is soon enough.
        let cells = (steps.ceil() as usize).min(STEPS);
        let gaps: Vec<f64> = (0..cells)
            .map(|nth| none_until(nth as f64) - none_until((nth as f64 + 1.0).min(steps)))
            .collect();
        let first = gaps.first().copied().unwrap_or(0.0) / 2.0;
        for now in 0..STEPS {
            let resting = before(steps, now);
            let at = |now: usize| usable.get(now).copied().unwrap_or(0.0);
            // A gap ends anywhere in its step: half of them look back one step more.
            let came: f64 = gaps
                .iter()
                .enumerate()
                .take(now)
                .map(|(nth, gap)| {
                    let here = if nth == 0 { 0.0 } else { at(now - nth) };
                    gap * (here + at(now - nth - 1)) / 2.0
                })
                .sum();
            // In the first half step it looks at itself.
            let came = (came / (1.0 - first)).min(1.0);
            if let Some(value) = usable.get_mut(now) {
                *value = resting + (1.0 - resting) * came;
            }
        }
    }
    let mut at_once = pool == 1;
    for (nth, value) in usable.iter_mut().enumerate() {
        let mut limit = 1.0;
        if let Some(age) = age {
            limit *= before(age.as_secs_f64() / step, nth);
        }
        if let Some(requests) = requests {
            // The first was sent when it was opened, and the last one ends it.
            limit *= match requests.checked_mul(pool).and_then(|all| all.checked_sub(2)) {
                Some(more) => at_most(more, busy * step * nth as f64),
                None => 0.0,
            };
        }
        at_once |= limit < 0.5 && *value > 0.5;
        *value *= limit;
    }
    Usable { chance: usable, at_once }
}

/// The chance of at most `most` events where `mean` are expected (Poisson).
fn at_most(most: u32, mean: f64) -> f64 {
    if mean > 700.0 {
        // The normal one is the same there, and does not underflow.
        let distance = (f64::from(most) + 0.5 - mean) / mean.sqrt();
        return 1.0 / (1.0 + (-1.702 * distance).exp());
    }
    let mut term = (-mean).exp();
    let mut sum = term;
    for nth in 1..=most {
        term *= mean / f64::from(nth);
        sum += term;
        if term < 1e-12 && f64::from(nth) > mean {
            break;
        }
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests;
