//! How long answers took, counted in classes, so that any two counts can be taken from each other.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The first class ends here.
const FIRST: f64 = 100e-6;
/// Each class ends this much higher than the one before: a percentile is told within 15 %.
const STEP: f64 = 1.15;
/// 100 µs to 60 s.
const CLASSES: usize = 96;

/// Counts by class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// Up to the last class that has one.
    counts: Vec<u64>,
}

impl Times {
    /// Counts one.
    pub fn add(&mut self, time: Duration) {
        let steps = (time.as_secs_f64() / FIRST).max(1.0).ln() / STEP.ln();
        let class = (steps.ceil() as usize).min(CLASSES - 1);
        if self.counts.len() <= class {
            self.counts.resize(class + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(class) {
            *count += 1;
        }
    }

    /// What came since then.
    pub fn since(&self, before: &Self) -> Self {
        let earlier = before.counts.iter().copied().chain(std::iter::repeat(0));
        Self { counts: self.counts.iter().zip(earlier).map(|(now, then)| now.saturating_sub(then)).collect() }
    }

    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
    }

    /// The time that this share of all took at most; none when there are none.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let all: u64 = self.counts.iter().sum();
        let wanted = ((all as f64 * share).ceil() as u64).max(1);
        let mut seen = 0;
        let class = self.counts.iter().position(|count| {
            seen += count;
            seen >= wanted
        })?;
        Some(Duration::from_secs_f64(FIRST * STEP.powi(class as i32)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_percentile_is_told_within_a_class_and_nothing_has_none() {
        let mut times = Times::default();
        assert_eq!(times.quantile(0.95), None);
        for milliseconds in 1..=100 {
            times.add(Duration::from_millis(milliseconds));
        }
        let p95 = times.quantile(0.95).unwrap().as_secs_f64();
        assert!((0.095..0.095 * STEP).contains(&p95), "{p95}");
        let before = times.clone();
        times.add(Duration::from_hours(1));
        let late = times.since(&before);
        assert!(late.quantile(0.5).unwrap() > Duration::from_secs(50), "the last class takes all above it");
        assert_eq!(times.since(&times).quantile(0.5), None);
    }

    proptest! {
        #[test]
        fn what_is_merged_is_what_was_counted_together(
            left in prop::collection::vec(0_u64..100_000_000, 0..50),
            right in prop::collection::vec(0_u64..100_000_000, 0..50),
        ) {
            let count = |list: &[u64]| list.iter().fold(Times::default(), |mut times, micros| {
                times.add(Duration::from_micros(*micros));
                times
            });
            let both = count(&[left.clone(), right.clone()].concat());
            let mut merged = count(&left);
            merged.merge(&count(&right));
            prop_assert_eq!(&merged, &both);
            prop_assert_eq!(both.since(&count(&left)).quantile(0.5), count(&right).quantile(0.5));
        }
    }
}
