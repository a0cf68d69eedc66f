//! What was asked and answered: by hostname, and what belongs to none.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Answers about one hostname since the start. Shared by all states of its record.
#[derive(Debug, Default)]
pub struct Counts {
    pub(super) old: AtomicU64,
    pub(super) new: AtomicU64,
    pub(super) empty: AtomicU64,
    pub(super) absent: AtomicU64,
    pub(super) other: AtomicU64,
}

/// [`Counts`] at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Queries answered with addresses of the old side.
    pub old: u64,
    /// Queries answered with addresses of the new side.
    pub new: u64,
    /// The name is there and has nothing of that type: HTTPS, SVCB, an AAAA where there is none.
    pub empty: u64,
    /// NXDOMAIN: names under the hostname.
    pub absent: u64,
    /// SOA, NS, ANY.
    pub other: u64,
}

impl Counts {
    /// All of them now.
    pub fn read(&self) -> Counted {
        Counted {
            old: self.old.load(Relaxed),
            new: self.new.load(Relaxed),
            empty: self.empty.load(Relaxed),
            absent: self.absent.load(Relaxed),
            other: self.other.load(Relaxed),
        }
    }
}

/// What belongs to no hostname, since the start.
#[derive(Debug, Default)]
pub struct Totals {
    pub(super) asked: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) forwarded: AtomicU64,
    pub(super) unanswered: AtomicU64,
    pub(super) malformed: AtomicU64,
    pub(super) truncated: AtomicU64,
}

/// [`Totals`] at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// All packets and messages that came.
    pub asked: u64,
    /// Names of no zone, transfers, updates, operations that are not served.
    pub refused: u64,
    /// Handed on and answered.
    pub forwarded: u64,
    /// Handed on without an answer in time.
    pub unanswered: u64,
    /// What is no question, answered or not.
    pub malformed: u64,
    /// Answers over UDP that did not fit.
    pub truncated: u64,
}

impl Totals {
    /// All of them now.
    pub fn read(&self) -> Total {
        Total {
            asked: self.asked.load(Relaxed),
            refused: self.refused.load(Relaxed),
            forwarded: self.forwarded.load(Relaxed),
            unanswered: self.unanswered.load(Relaxed),
            malformed: self.malformed.load(Relaxed),
            truncated: self.truncated.load(Relaxed),
        }
    }
}

/// One more.
pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}
