//! What was measured, and whether it is where a criterion wants it.
//!
//! A criterion for which nothing was measured has failed: what was not seen was not shown.

use serde::Serialize;

use super::{
    model::{Bound, Criterion, Measure, Unit},
    record::{Mark, Outcome, Record, Sample},
};
use crate::rehearsal::clients::SideCount;

/// What is said of a criterion.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// Line of the criterion.
    pub line: u32,
    /// `new-5xx`
    pub what: String,
    /// `≤ 1 %`
    pub wanted: String,
    /// From when to when, in words.
    pub window: String,
    /// What was measured: a share from 0 to 1, a count, seconds; none: nothing was.
    pub value: Option<f64>,
    /// The same in words.
    pub measured: String,
    /// Whether it is where it has to be.
    pub passed: bool,
}

/// Seconds after a swap that belong to it.
const SWAP: f64 = 1.0;

/// Whether a run did all its steps and every criterion holds.
pub fn passed(record: &Record, verdicts: &[Verdict]) -> bool {
    record.outcome == Outcome::Completed && verdicts.iter().all(|verdict| verdict.passed)
}

/// Judges a run by all criteria.
pub fn judge(record: &Record, criteria: &[Criterion]) -> Vec<Verdict> {
    criteria.iter().map(|criterion| one(record, criterion)).collect()
}

fn one(record: &Record, criterion: &Criterion) -> Verdict {
    let Criterion { line, what, bound, from, until, after_ttls } = criterion;
    let unit = what.unit();
    let named = |label: &str| record.marks.iter().find(|mark| mark.label.as_deref() == Some(label));
    let mut words = Vec::new();
    let mut missing = None;
    let mut place = |label: &Option<String>, word: &str| {
        let label = label.as_ref()?;
        words.push(format!("{word} `{label}`"));
        let found = named(label);
        if found.is_none() {
            missing = Some(format!("`{label}` was not reached"));
        }
        found
    };
    let (begin, end) = (place(from, "from"), place(until, "until"));
    let end_at = end.map_or(f64::INFINITY, |mark| mark.at);
    // A rest is told from the last switch before the end, unless the criterion names another moment.
    let begin = match (begin, after_ttls) {
        (None, Some(_)) if missing.is_none() => {
            let last = record.marks.iter().rev().find(|mark| mark.kind.moves() && mark.at < end_at);
            if last.is_none() {
                missing = Some("nothing was switched".to_owned());
            }
            last
        }
        (begin, _) => begin,
    };
    let mut from_at = begin.map_or(0.0, |mark| mark.at);
    if let Some(ttls) = after_ttls {
        from_at += ttls * begin.map_or(0.0, |mark| mark.ttl);
        words.push(format!("{ttls} TTL later"));
    }
    let value = if missing.is_some() { None } else { in_window(record, *what, from_at, end_at) };
    Verdict {
        line: *line,
        what: what.to_string(),
        wanted: bound.show(unit),
        window: if words.is_empty() { "all of the run".to_owned() } else { words.join(", ") },
        value,
        measured: match (value, missing) {
            (Some(value), _) => unit.show(value),
            (None, Some(missing)) => missing,
            (None, None) => nothing(*what),
        },
        passed: value.is_some_and(|value| bound.holds(value)),
    }
}

fn nothing(what: Measure) -> String {
    match what.unit() {
        Unit::Share | Unit::Time => "nothing to measure: no request in this time".to_owned(),
        Unit::Count => "nothing was measured in this time".to_owned(),
    }
}

fn in_window(record: &Record, what: Measure, from: f64, until: f64) -> Option<f64> {
    let samples = record.samples.iter().filter(|sample| {
        let middle = sample.at - sample.seconds / 2.0;
        middle >= from && middle < until
    });
    let samples: Vec<&Sample> = samples.collect();
    match what {
        Measure::FailedAtSwaps => at_swaps(&record.marks, &samples),
        other => measured(other, &samples),
    }
}

/// Failed requests in samples that have a part of the second after a swap.
fn at_swaps(marks: &[Mark], samples: &[&Sample]) -> Option<f64> {
    let swaps: Vec<f64> = marks.iter().filter(|mark| mark.kind.is_swap()).map(|mark| mark.at).collect();
    let near: Vec<&&Sample> = samples
        .iter()
        .filter(|sample| swaps.iter().any(|at| sample.at > *at && sample.at - sample.seconds < at + SWAP))
        .collect();
    let failed = |sample: &&&Sample| sample.old.failed + sample.new.failed + sample.lost.failed;
    (!near.is_empty()).then(|| near.iter().map(failed).sum::<u64>() as f64)
}

/// A measure over samples, all together; of clients and connections the last one's. None when there is nothing to measure.
/// [`Measure::FailedAtSwaps`] needs to know of swaps and is that of [`Measure::Failed`] here.
pub fn measured(what: Measure, samples: &[&Sample]) -> Option<f64> {
    let sum = |of: fn(&Sample) -> &SideCount| {
        samples.iter().fold(SideCount::default(), |mut sum, sample| {
            sum.add(of(sample));
            sum
        })
    };
    let old = || sum(|sample| &sample.old);
    let new = || sum(|sample| &sample.new);
    let last = samples.last()?;
    let errors = |side: &SideCount| side.share(side.server_errors);
    let p95 = |side: SideCount| side.times.quantile(0.95).map(|time| time.as_secs_f64());
    match what {
        Measure::OldShare | Measure::NewShare => {
            let (old, new) = (old().requests as f64, new().requests as f64);
            let share = (old + new > 0.0).then(|| old / (old + new))?;
            Some(if what == Measure::OldShare { share } else { 1.0 - share })
        }
        Measure::OffExpected => off_expected(samples),
        Measure::OldClients => {
            let all: usize = last.kinds.iter().map(|kind| kind.at_old + kind.at_new).sum();
            let old: usize = last.kinds.iter().map(|kind| kind.at_old).sum();
            (all > 0).then(|| old as f64 / all as f64)
        }
        Measure::OldConnections => {
            Some(last.kinds.iter().map(|kind| kind.connections_old).sum::<usize>() as f64)
        }
        Measure::Old5xx => errors(&old()),
        Measure::New5xx => errors(&new()),
        Measure::Difference5xx => Some(errors(&new())? - errors(&old())?),
        Measure::Old4xx => old().share(old().client_errors),
        Measure::New4xx => new().share(new().client_errors),
        Measure::OldP95 => p95(old()),
        Measure::NewP95 => p95(new()),
        Measure::OldFailed => Some(old().failed as f64),
        Measure::NewFailed => Some(new().failed as f64),
        Measure::Failed | Measure::FailedAtSwaps => {
            Some((old().failed + new().failed + sum(|sample| &sample.lost).failed) as f64)
        }
    }
}

/// How far the share of requests at the old side is from what is expected, over all requests together.
fn off_expected(samples: &[&Sample]) -> Option<f64> {
    let (mut all, mut off) = (0.0, 0.0);
    for sample in samples {
        let Some(expected) = sample.predicted_old else { continue };
        let (old, new) = (sample.old.requests as f64, sample.new.requests as f64);
        all += old + new;
        off += old - expected * (old + new);
    }
    (all > 0.0).then(|| (off / all).abs())
}

/// Whether a measure over the last `over` seconds is within a bound.
pub(super) fn reached(record: &Record, what: Measure, bound: Bound, since: f64, over: f64) -> bool {
    let Some(last) = record.samples.last() else { return false };
    // A whole window, all of it after the wait began.
    let from = (last.at - over).max(since);
    let full = last.at - from >= over - 1e-9;
    full && in_window(record, what, from, f64::INFINITY).is_some_and(|value| bound.holds(value))
}

#[cfg(test)]
mod tests;
