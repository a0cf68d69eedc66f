//! Which rows of a list are shown, and in which order: worked out over indexes, here or aside.

use std::{
    cmp::Reverse,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use super::{Around, Record, Sort, SortKey};
use crate::tui::{
    facts::Health,
    finding::{Haystack, Query},
};

/// Longer than this nobody waits for at a key.
pub const BUDGET_NS: usize = 8_000_000;
/// Rows between two looks whether something newer is wanted.
const LOOK: usize = 1_024;

/// All that an arrangement is made from.
pub(super) struct Plan<T> {
    pub all: Arc<Vec<T>>,
    pub first: Vec<u32>,
    pub query: Query,
    pub broken: bool,
    pub sort: Option<Sort>,
    pub around: Around,
    pub overtaken: Overtaken,
}

/// Rows shown, by position, and the rows that they are positions of.
pub struct Arranged {
    pub(super) generation: u64,
    pub(super) shown: Vec<u32>,
    pub(super) all: Arc<dyn std::any::Any + Send + Sync>,
    /// Whether the rows were made too, and are not those that the list has.
    pub(super) made: bool,
}

impl fmt::Debug for Arranged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Arranged({} rows, generation {})", self.shown.len(), self.generation)
    }
}

/// An arrangement to be worked out aside; gives nothing when something newer is wanted meanwhile.
pub struct Job(pub(super) Box<dyn FnOnce() -> Option<Arranged> + Send>);

impl Job {
    /// Works it out.
    pub fn run(self) -> Option<Arranged> {
        (self.0)()
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Job")
    }
}

/// Whether something newer is wanted than what is being worked out.
#[derive(Clone, Debug)]
pub struct Overtaken {
    pub(super) generation: u64,
    /// The newest generation that was asked for.
    pub(super) newest: Arc<AtomicU64>,
}

impl Overtaken {
    /// Of what is wanted from now on: overtakes all before it that came of the same counter.
    pub fn newest(newest: &Arc<AtomicU64>) -> Self {
        let generation = newest.fetch_add(1, Relaxed) + 1;
        Self { generation, newest: Arc::clone(newest) }
    }

    /// Whether it came of this counter.
    pub fn is_of(&self, newest: &Arc<AtomicU64>) -> bool {
        Arc::ptr_eq(&self.newest, newest)
    }

    /// Whether it is.
    pub fn yet(&self) -> bool {
        self.newest.load(Relaxed) != self.generation
    }
}

impl<T: Record> Plan<T> {
    /// Whether it is done before anybody notices.
    pub fn is_quick(&self) -> bool {
        let broken = if self.broken { 2_000 } else { 0 };
        let sort = if self.sort.is_some() { 3_000 } else { 0 };
        self.all.len() * (self.query.cost() + broken + sort) <= BUDGET_NS
    }

    /// Positions of the rows shown; none when something newer is wanted.
    pub fn shown(&self) -> Option<Vec<u32>> {
        let mut lifted = self.first.clone();
        lifted.sort_unstable();
        // How well each fits, and where it is.
        let mut shown: Vec<(u32, u32)> = Vec::new();
        let first = self.first.iter().copied();
        let rest = (0..self.all.len() as u32).filter(|at| lifted.binary_search(at).is_err());
        for (nth, at) in first.chain(rest).enumerate() {
            if nth % LOOK == LOOK - 1 && self.overtaken.yet() {
                return None;
            }
            let score = self.all.get(at as usize).and_then(|item| self.score(item));
            shown.extend(score.map(|score| (score, at)));
        }
        if self.sort.is_none() && self.query.ranks() {
            shown.sort_by_key(|(score, _)| Reverse(*score));
        }
        let shown = shown.into_iter().map(|(_, at)| at).collect();
        match self.sort {
            Some(sort) => self.sorted(shown, sort),
            None => Some(shown),
        }
    }

    /// How well a row fits; none when it is not shown.
    fn score(&self, item: &T) -> Option<u32> {
        let view = &*self.around.view;
        let elsewhere = |wanted: &str| item.namespace().is_some_and(|own| own != wanted);
        let well = || item.health(view).is_some_and(|health| health > Health::Waiting);
        if self.around.namespace.as_deref().is_some_and(elsewhere) || self.broken && well() {
            return None;
        }
        if self.query.is_all() {
            return Some(0);
        }
        let object = if self.query.asks_labels() { item.labelled(view) } else { None };
        self.query.score(&Haystack { text: &item.haystack(), object })
    }

    fn sorted(&self, shown: Vec<u32>, sort: Sort) -> Option<Vec<u32>> {
        let mut keyed: Vec<(SortKey, u32)> = Vec::with_capacity(shown.len());
        for (nth, at) in shown.iter().enumerate() {
            if nth % LOOK == LOOK - 1 && self.overtaken.yet() {
                return None;
            }
            let key = self.all.get(*at as usize).map(|item| item.key(&self.around.view, sort.column));
            keyed.push((key.unwrap_or(SortKey::Missing), *at));
        }
        // Rows that are alike stay in the order in which they came.
        keyed.sort_by(|(a, one), (b, other)| a.order(b, sort.down).then(one.cmp(other)));
        Some(keyed.into_iter().map(|(_, at)| at).collect())
    }

    pub fn arranged(self) -> Option<Arranged> {
        let shown = self.shown()?;
        Some(Arranged { generation: self.overtaken.generation, shown, all: self.all, made: false })
    }
}
