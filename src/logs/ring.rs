//! The last lines in memory, bounded by lines and by bytes.

use std::{
    collections::VecDeque,
    fmt::Write as _,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer};

/// Lines kept.
const LINES: usize = 5000;
/// Bytes kept, of the lines' texts.
const BYTES: usize = 2 * 1024 * 1024;
/// Bytes of one line; what is beyond is cut.
const LONGEST: usize = 4096;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Something does not work.
    Error,
    /// Something may not work as its author thinks.
    Warn,
    /// For operators.
    Info,
    /// A connection.
    Debug,
    /// A step.
    Trace,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number since the start, from 0.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// The module that said it.
    pub target: String,
    /// The event, then its fields: `accepting fails port=80`. Control characters are as they came.
    pub text: String,
}

/// The last lines. A copy is the same ring.
#[derive(Clone, Default)]
pub struct Ring(Arc<Inner>);

#[derive(Default)]
struct Inner {
    lines: Mutex<Lines>,
    count: AtomicU64,
    wake: Mutex<Option<Wake>>,
}

type Wake = Box<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct Lines {
    lines: VecDeque<Arc<Line>>,
    bytes: usize,
}

impl Level {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }

    fn of(level: tracing::Level) -> Self {
        match level {
            tracing::Level::ERROR => Self::Error,
            tracing::Level::WARN => Self::Warn,
            tracing::Level::INFO => Self::Info,
            tracing::Level::DEBUG => Self::Debug,
            tracing::Level::TRACE => Self::Trace,
        }
    }
}

impl Ring {
    /// Adds a line; the oldest go when there are too many.
    pub fn push(&self, at: Timestamp, level: Level, target: &str, text: &str) {
        let mut text = text.to_owned();
        if text.len() > LONGEST {
            text.truncate(text.floor_char_boundary(LONGEST));
            text.push('…');
        }
        let mut held = unpoisoned(self.0.lines.lock());
        let number = self.0.count.fetch_add(1, Ordering::Relaxed);
        held.bytes += text.len();
        held.lines.push_back(Arc::new(Line { number, at, level, target: target.to_owned(), text }));
        while held.lines.len() > LINES || held.bytes > BYTES {
            let Some(oldest) = held.lines.pop_front() else { break };
            held.bytes -= oldest.text.len();
        }
        drop(held);
        if let Some(wake) = &*unpoisoned(self.0.wake.lock()) {
            wake();
        }
    }

    /// Lines since the start, those that are gone too: another number means that there is something new.
    pub fn count(&self) -> u64 {
        self.0.count.load(Ordering::Relaxed)
    }

    /// All lines that are kept, oldest first.
    pub fn lines(&self) -> Vec<Arc<Line>> {
        unpoisoned(self.0.lines.lock()).lines.iter().cloned().collect()
    }

    /// The newest lines, for a report: none when the ring stays locked, by the thread that asks perhaps.
    pub fn last(&self, count: usize) -> Vec<Arc<Line>> {
        let tried = (0..50).find_map(|_| match self.0.lines.try_lock() {
            Ok(held) => Some(held),
            Err(TryLockError::Poisoned(held)) => Some(held.into_inner()),
            Err(TryLockError::WouldBlock) => {
                thread::sleep(Duration::from_millis(1));
                None
            }
        });
        let Some(held) = tried else { return Vec::new() };
        held.lines.iter().skip(held.lines.len().saturating_sub(count)).cloned().collect()
    }

    /// What is called, by the thread that logs, when there is a new line.
    pub fn on_line(&self, wake: impl Fn() + Send + Sync + 'static) {
        *unpoisoned(self.0.wake.lock()) = Some(Box::new(wake));
    }

    /// The layer that fills it.
    pub(super) fn layer(&self) -> Fill {
        Fill(self.clone())
    }
}

fn unpoisoned<'a, T>(lock: Result<MutexGuard<'a, T>, PoisonError<MutexGuard<'a, T>>>) -> MutexGuard<'a, T> {
    lock.unwrap_or_else(PoisonError::into_inner)
}

/// Puts events into the ring.
pub(super) struct Fill(Ring);

impl<S: tracing::Subscriber> Layer<S> for Fill {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut words = Words::default();
        event.record(&mut words);
        words.event.push_str(&words.fields);
        let data = event.metadata();
        self.0.push(Timestamp::now(), Level::of(*data.level()), data.target(), words.event.trim_start());
    }
}

/// The event's own words, then its fields.
#[derive(Default)]
struct Words {
    event: String,
    fields: String,
}

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.event, "{value:?}"),
            // What the `log` crate's records bring along.
            name if name.starts_with("log.") => Ok(()),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = match field.name() {
            "message" => write!(self.event, "{value}"),
            name if name.starts_with("log.") => Ok(()),
            name => write!(self.fields, " {name}={value}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    fn push(ring: &Ring, text: &str) {
        ring.push(Timestamp::UNIX_EPOCH, Level::Info, "t", text);
    }

    #[test]
    fn events_come_as_words_and_fields() {
        let ring = Ring::default();
        let subscriber = tracing_subscriber::registry().with(ring.layer());
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(port = 80, error = %"taken", name = "a b", "accepting fails");
            tracing::info!(changed = 2, "files {}", "reloaded");
            tracing::debug!(alone = true);
        });
        let lines = ring.lines();
        let seen: Vec<_> = lines.iter().map(|line| (line.number, line.level, &*line.text)).collect();
        let expected = [
            (0, Level::Warn, "accepting fails port=80 error=taken name=a b"),
            (1, Level::Info, "files reloaded changed=2"),
            (2, Level::Debug, "alone=true"),
        ];
        assert_eq!(seen, expected);
        assert!(lines.iter().all(|line| line.target.contains("logs::ring")));
    }

    #[test]
    fn it_is_bounded_by_lines_and_by_bytes() {
        let ring = Ring::default();
        (0..LINES + 3).for_each(|n| push(&ring, &n.to_string()));
        let lines = ring.lines();
        assert_eq!((lines.len(), lines[0].number, ring.count()), (LINES, 3, LINES as u64 + 3));
        (0..1000).for_each(|_| push(&ring, &"ö".repeat(LONGEST)));
        let lines = ring.lines();
        let bytes: usize = lines.iter().map(|line| line.text.len()).sum();
        assert!(bytes <= BYTES && bytes > BYTES - 2 * LONGEST, "{bytes}");
        let last = &lines[lines.len() - 1].text;
        assert!(last.len() <= LONGEST + 3 && last.ends_with("ö…"), "cut between letters");
    }

    #[test]
    fn a_new_line_wakes_and_a_busy_ring_gives_no_report() {
        let ring = Ring::default();
        let woken = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&woken);
        ring.on_line(move || {
            seen.fetch_add(1, Ordering::Relaxed);
        });
        for text in ["a", "b", "c"] {
            push(&ring, text);
        }
        assert_eq!(woken.load(Ordering::Relaxed), 3);
        let last: Vec<_> = ring.last(2).iter().map(|line| line.text.clone()).collect();
        assert_eq!(last, ["b", "c"]);
        let _held = ring.0.lines.lock().unwrap();
        assert!(ring.last(2).is_empty(), "no waiting for itself");
    }
}
