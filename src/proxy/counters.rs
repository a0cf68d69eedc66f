//! Counters of one worker: written by its thread alone, read by whoever asks for metrics.
//!
//! A series is found by its labels once per swap of the table and kept; it survives the swap.
//! The owner adds with a load and a store, so counting needs no locked instruction.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use crate::routing::Side;

/// Upper bounds of the histogram's buckets, in seconds; one more holds the rest.
pub(super) const BOUNDS: [f64; 18] = [
    0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0,
    30.0, 60.0,
];

/// What a series is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Labels {
    /// `old` or `new`.
    pub(super) side: &'static str,
    /// `namespace/name`
    pub(super) gateway: String,
    pub(super) listener: String,
    pub(super) kind: String,
    /// `namespace/name`
    pub(super) route: String,
    pub(super) rule: String,
    /// `namespace/name`
    pub(super) backend: String,
    pub(super) port: String,
}

/// Who made an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum By {
    Backend,
    Proxy,
}

/// One label set: answers by code, and how long they took.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) labels: Labels,
    codes: Codes,
    /// One per bound and the rest.
    pub(super) buckets: [AtomicU64; BOUNDS.len() + 1],
    pub(super) nanoseconds: AtomicU64,
    /// Copies: sent, failed, dropped.
    pub(super) mirrors: [AtomicU64; 3],
}

/// What became of a copy; the place of its counter in [`Series::mirrors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Copied {
    Sent = 0,
    Failed = 1,
    Dropped = 2,
}

/// The first code seen stands first; a list that only grows is read without a lock.
#[derive(Debug, Default)]
struct Codes {
    first: OnceLock<Box<Code>>,
}

#[derive(Debug)]
struct Code {
    code: u16,
    by: By,
    count: AtomicU64,
    next: OnceLock<Box<Code>>,
}

impl Codes {
    fn add(&self, code: u16, by: By) {
        let mut slot = &self.first;
        loop {
            let here = slot
                .get_or_init(|| Box::new(Code { code, by, count: AtomicU64::new(0), next: OnceLock::new() }));
            if here.code == code && here.by == by {
                bump(&here.count, 1);
                return;
            }
            slot = &here.next;
        }
    }

    fn each(&self, mut see: impl FnMut(u16, By, u64)) {
        let mut slot = &self.first;
        while let Some(here) = slot.get() {
            see(here.code, here.by, here.count.load(Relaxed));
            slot = &here.next;
        }
    }
}

impl Series {
    fn new(labels: Labels) -> Self {
        Self {
            labels,
            codes: Codes::default(),
            buckets: Default::default(),
            nanoseconds: AtomicU64::new(0),
            mirrors: Default::default(),
        }
    }

    /// Counts an answer.
    pub(super) fn answered(&self, code: u16, by: By, took: Duration) {
        self.codes.add(code, by);
        let seconds = took.as_secs_f64();
        if let Some(bucket) = self.buckets.get(BOUNDS.partition_point(|bound| *bound < seconds)) {
            bump(bucket, 1);
        }
        bump(&self.nanoseconds, u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }

    /// Counts a copy.
    pub(super) fn mirrored(&self, copied: Copied) {
        if let Some(counter) = self.mirrors.get(copied as usize) {
            bump(counter, 1);
        }
    }

    /// Shows all codes.
    pub(super) fn each_code(&self, see: impl FnMut(u16, By, u64)) {
        self.codes.each(see);
    }
}

/// Only the owning thread writes.
fn bump(counter: &AtomicU64, by: u64) {
    counter.store(counter.load(Relaxed).wrapping_add(by), Relaxed);
}

/// All counters of one worker.
#[derive(Debug, Default)]
pub(super) struct Counters {
    series: Mutex<HashMap<Labels, Arc<Series>>>,
    /// Connections of clients that are open: at the old side, at the new one.
    pub(super) connections: [AtomicI64; 2],
    /// Connections to backends that are open, idle ones too.
    pub(super) upstream_connections: AtomicI64,
    /// Connections whose TLS handshake failed or was refused.
    pub(super) tls_failures: AtomicU64,
}

impl Counters {
    /// Connections of clients to a side.
    pub(super) fn connections(&self, side: Side) -> &AtomicI64 {
        let [old, new] = &self.connections;
        match side {
            Side::Old => old,
            Side::New => new,
        }
    }

    /// The series of these labels, made when there is none.
    pub(super) fn series(&self, labels: Labels) -> Arc<Series> {
        let mut all = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(labels).or_insert_with_key(|labels| Arc::new(Series::new(labels.clone()))))
    }

    /// All series.
    pub(super) fn all(&self) -> Vec<Arc<Series>> {
        self.series.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_counted_apart_by_who_answered() {
        let series = Series::new(Labels::default());
        for (code, by) in [(200, By::Backend), (503, By::Backend), (503, By::Proxy), (200, By::Backend)] {
            series.answered(code, by, Duration::from_millis(1));
        }
        let mut seen = Vec::new();
        series.each_code(|code, by, count| seen.push((code, by, count)));
        assert_eq!(seen, [(200, By::Backend, 2), (503, By::Backend, 1), (503, By::Proxy, 1)]);
        let buckets: Vec<u64> = series.buckets.iter().map(|bucket| bucket.load(Relaxed)).collect();
        assert_eq!(buckets.iter().sum::<u64>(), 4);
        assert_eq!(buckets[1], 4, "a bound belongs to its bucket: le");
    }
}
