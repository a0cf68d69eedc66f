//! A tap for who wants to see requests go by: off unless watched, bounded, and never waited for.
//!
//! While nobody watches, a request costs one relaxed load. While somebody does, each worker puts what is over into a
//! queue of its own; what does not fit drops the oldest and is counted.

mod record;
mod seen;

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{
            AtomicU64, AtomicUsize,
            Ordering::{Relaxed, SeqCst},
        },
    },
};

use tokio::sync::Notify;

pub use record::{Head, Record};
pub(super) use seen::{Ended, Seen};

/// Records that wait in one worker's queue at most: 40,000 requests a second when they are fetched ten times in one.
const MOST: usize = 4096;

/// What the workers and those who watch share.
#[derive(Debug)]
pub(super) struct Taps {
    watchers: AtomicUsize,
    queues: Box<[Queue]>,
    /// Told when the first record comes into an empty queue.
    came: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<VecDeque<Record>>,
    /// Passed and not kept: the queue was full, or just being emptied.
    lost: AtomicU64,
}

/// One worker's end.
#[derive(Debug)]
pub(super) struct Tap {
    taps: Arc<Taps>,
    worker: usize,
}

impl Taps {
    pub(super) fn new(workers: usize) -> Arc<Self> {
        Arc::new(Self {
            watchers: AtomicUsize::new(0),
            queues: (0..workers).map(|_| Queue::default()).collect(),
            came: Notify::new(),
        })
    }

    pub(super) fn of(self: &Arc<Self>, worker: usize) -> Tap {
        Tap { taps: Arc::clone(self), worker }
    }
}

impl Tap {
    /// Whether anybody watches: asked once per request.
    #[inline]
    pub(super) fn is_watched(&self) -> bool {
        self.taps.watchers.load(Relaxed) > 0
    }

    /// Puts a record into the queue; never waits.
    #[cold]
    pub(super) fn put(&self, record: Record) {
        let Some(queue) = self.taps.queues.get(self.worker) else { return };
        let Ok(mut waiting) = queue.waiting.try_lock() else {
            queue.lost.fetch_add(1, Relaxed);
            return;
        };
        let first = waiting.is_empty();
        if waiting.len() >= MOST {
            waiting.pop_front();
            queue.lost.fetch_add(1, Relaxed);
        }
        waiting.push_back(record);
        drop(waiting);
        if first {
            self.taps.came.notify_one();
        }
    }
}

/// Requests as they end. Records flow while a [`Watching`] of it lives.
#[derive(Clone, Debug)]
pub struct Tail {
    pub(super) taps: Arc<Taps>,
}

/// Somebody watches, until this is dropped.
#[derive(Debug)]
pub struct Watching {
    taps: Arc<Taps>,
}

/// What ended since the last look.
#[derive(Debug, Default)]
pub struct Batch {
    /// In the order of their ends, but for those that ended at the same time in two workers.
    pub records: Vec<Record>,
    /// Requests that ended and are not among them: more came than there is room for.
    pub lost: u64,
}

impl Tail {
    /// Has requests recorded that begin from now on.
    pub fn watch(&self) -> Watching {
        self.taps.watchers.fetch_add(1, SeqCst);
        Watching { taps: Arc::clone(&self.taps) }
    }

    /// Waits until there is something to take. One task at a time may wait.
    pub async fn came(&self) {
        self.taps.came.notified().await;
    }

    /// Takes all that waits.
    pub fn take(&self) -> Batch {
        let mut batch = Batch::default();
        for queue in &self.taps.queues {
            let waiting = std::mem::take(&mut *queue.waiting.lock().unwrap_or_else(PoisonError::into_inner));
            batch.records.extend(waiting);
            batch.lost += queue.lost.swap(0, Relaxed);
        }
        batch.records.sort_by_key(|record| record.at + record.took);
        batch
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.taps.watchers.fetch_sub(1, SeqCst);
    }
}
