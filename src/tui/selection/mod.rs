//! A list whose selection follows its object, and the window of it that is seen.

mod arrange;
mod filter;
mod record;

use std::{
    cell::Cell,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

pub use arrange::{Arranged, BUDGET_NS, Job, Overtaken};
pub use filter::Filter;
pub use record::{Around, Frozen, Lines, Record, Same, Sort};

pub use super::finding::SortKey;

use super::{
    app::State,
    facts::Line,
    widget::table::{Column, Shape},
};
use crate::{rehearsal::View, resource::Key};
use arrange::Plan;

/// Items, those shown, the selected one, and where the window begins.
#[derive(Clone, Debug)]
pub struct List<T> {
    /// All items, as they are now.
    all: Arc<Vec<T>>,
    /// The items that `shown` are positions of: `all`, or what that was before an arrangement that is worked out aside.
    seen: Arc<Vec<T>>,
    /// Items that stand before all others.
    first: Vec<u32>,
    shown: Vec<u32>,
    at: usize,
    /// Whether a person chose the line: until then it is the first, whatever comes to stand there.
    chosen: bool,
    /// First line seen. Set by drawing, which alone knows the height.
    offset: Cell<usize>,
    height: Cell<usize>,
    /// The filter of this list.
    pub filter: Filter,
    /// Which columns are shown.
    pub shape: Shape,
    sort: Option<Sort>,
    newest: Arc<AtomicU64>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            all: Arc::default(),
            seen: Arc::default(),
            first: Vec::new(),
            shown: Vec::new(),
            at: 0,
            chosen: false,
            offset: Cell::new(0),
            height: Cell::new(10),
            filter: Filter::default(),
            shape: Shape::default(),
            sort: None,
            newest: Arc::default(),
        }
    }
}

impl<T: Record> List<T> {
    /// Takes new items; the selection stays on its object, or on its line when that is gone.
    pub fn set(&mut self, all: Vec<T>, around: &Around) -> Option<Job> {
        self.patch(|items| *items = all, around)
    }

    /// Changes items in place; the selection stays as with [`Self::set`]. No item stands first after it.
    pub fn patch(&mut self, change: impl FnOnce(&mut Vec<T>), around: &Around) -> Option<Job> {
        let selected = self.chosen();
        if self.plan(around).is_quick() {
            // Nobody else holds the items then, so that they are changed where they are.
            self.seen = Arc::default();
        }
        change(Arc::make_mut(&mut self.all));
        self.first.clear();
        self.arrange_at(selected, around)
    }

    /// Has all items made by what found and ordered them itself, aside when that is not quick: all of them are shown.
    pub fn make(
        &mut self,
        quick: bool,
        make: impl FnOnce(&Overtaken) -> Option<Vec<T>> + Send + 'static,
    ) -> Option<Job> {
        self.newest.fetch_add(1, Relaxed);
        let overtaken = self.overtaken();
        let made = move || {
            let all = make(&overtaken)?;
            let shown = (0..all.len() as u32).collect();
            Some(Arranged { generation: overtaken.generation, shown, all: Arc::new(all), made: true })
        };
        if !quick {
            return Some(Job(Box::new(made)));
        }
        if let Some(arranged) = made() {
            self.arranged(arranged);
        }
        None
    }

    /// Lifts items, given by position, above all others, in this order.
    pub fn lift(&mut self, first: Vec<u32>, around: &Around) -> Option<Job> {
        if self.first == first {
            return None;
        }
        let selected = self.chosen();
        self.first = first;
        self.arrange_at(selected, around)
    }

    fn chosen(&self) -> Option<T> {
        self.selected().filter(|_| self.chosen).cloned()
    }

    fn plan(&self, around: &Around) -> Plan<T> {
        Plan {
            all: Arc::clone(&self.all),
            first: self.first.clone(),
            query: self.filter.query().clone(),
            broken: self.filter.broken,
            sort: self.sort,
            around: around.clone(),
            overtaken: self.overtaken(),
        }
    }

    fn overtaken(&self) -> Overtaken {
        Overtaken { generation: self.newest.load(Relaxed), newest: Arc::clone(&self.newest) }
    }

    fn arrange_at(&mut self, selected: Option<T>, around: &Around) -> Option<Job> {
        self.newest.fetch_add(1, Relaxed);
        let plan = self.plan(around);
        if !plan.is_quick() {
            return Some(Job(Box::new(move || plan.arranged())));
        }
        let shown = plan.shown().unwrap_or_default();
        self.take(selected.as_ref(), shown, plan.all);
        None
    }

    fn take(&mut self, selected: Option<&T>, shown: Vec<u32>, all: Arc<Vec<T>>) {
        (self.shown, self.seen) = (shown, all);
        let found = selected.and_then(|selected| {
            // Most often nothing moved.
            let still = self.item(self.at).is_some_and(|item| item.same(selected));
            if still {
                return Some(self.at);
            }
            (0..self.shown.len()).find(|at| self.item(*at).is_some_and(|item| item.same(selected)))
        });
        self.at = found.unwrap_or(self.at).min(self.shown.len().saturating_sub(1));
    }
}

impl<T> List<T> {
    /// The item on a line.
    pub fn item(&self, line: usize) -> Option<&T> {
        self.seen.get(*self.shown.get(line)? as usize)
    }

    /// The selected item.
    pub fn selected(&self) -> Option<&T> {
        self.item(self.at)
    }

    /// Line of the selection, from 0.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Items shown.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Whether nothing is shown.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// All items, shown or not.
    pub fn total(&self) -> usize {
        self.all.len()
    }

    /// All items.
    pub fn all(&self) -> &[T] {
        &self.all
    }

    /// Which column sorts.
    pub fn sort(&self) -> Option<Sort> {
        self.sort
    }

    /// Moves the selection by lines.
    pub fn step(&mut self, lines: isize) {
        self.chosen = true;
        self.at = self.at.saturating_add_signed(lines).min(self.shown.len().saturating_sub(1));
    }

    /// Moves the selection by windows.
    pub fn page(&mut self, pages: isize) {
        self.step(pages * (self.height.get().max(2) as isize - 1));
    }

    /// The lines seen in a window of this height, moved no further than the selection needs.
    pub fn window(&self, height: usize) -> Range<usize> {
        self.height.set(height);
        let offset = window(self.shown.len(), self.at, self.offset.get(), height);
        self.offset.set(offset);
        offset..(offset + height).min(self.shown.len())
    }
}

impl<T: Record> Lines for List<T> {
    fn columns(&self) -> &'static [Column] {
        T::columns(&self.all)
    }

    fn len(&self) -> usize {
        List::len(self)
    }

    fn total(&self) -> usize {
        List::total(self)
    }

    fn at(&self) -> usize {
        self.at
    }

    fn step(&mut self, lines: isize) {
        List::step(self, lines);
    }

    fn page(&mut self, pages: isize) {
        List::page(self, pages);
    }

    fn filter(&self) -> &Filter {
        &self.filter
    }

    fn filter_mut(&mut self) -> &mut Filter {
        &mut self.filter
    }

    fn sort(&self) -> Option<Sort> {
        self.sort
    }

    fn set_sort(&mut self, sort: Option<Sort>) {
        self.sort = sort;
    }

    fn find(&mut self, key: &Key, view: &View) -> bool {
        let is = |item: &T| item.labelled(view).is_some_and(|object| object.key == *key);
        let Some(line) = (0..self.len()).find(|line| self.item(*line).is_some_and(is)) else { return false };
        self.chosen = true;
        self.at = line;
        true
    }

    fn shape(&self) -> &Shape {
        &self.shape
    }

    fn shape_mut(&mut self) -> &mut Shape {
        &mut self.shape
    }

    fn arrange(&mut self, around: &Around) -> Option<Job> {
        self.chosen = true;
        let selected = self.selected().cloned();
        self.arrange_at(selected, around)
    }

    fn arranged(&mut self, arranged: Arranged) {
        let Arranged { generation, shown, all, made } = arranged;
        if generation != self.newest.load(Relaxed) {
            return;
        }
        if let Ok(all) = all.downcast::<Vec<T>>() {
            let selected = self.chosen();
            if made {
                self.all = Arc::clone(&all);
            }
            self.take(selected.as_ref(), shown, all);
        }
    }

    fn cells(&self, line: usize, state: &State) -> Option<Vec<Line>> {
        self.item(line).map(|item| item.cells(state))
    }

    fn frozen(&self) -> Box<dyn Frozen> {
        Box::new(Rows { items: Arc::clone(&self.seen), shown: self.shown.clone() })
    }
}

/// Rows that were shown.
struct Rows<T> {
    items: Arc<Vec<T>>,
    shown: Vec<u32>,
}

impl<T: Record> Frozen for Rows<T> {
    fn len(&self) -> usize {
        self.shown.len()
    }

    fn cells(&self, line: usize, state: &State) -> Option<Vec<Line>> {
        self.items.get(*self.shown.get(line)? as usize).map(|item| item.cells(state))
    }
}

/// Where a window of `height` lines over `len` begins so that line `at` is in it, moved as little as can be.
pub fn window(len: usize, at: usize, offset: usize, height: usize) -> usize {
    let last = len.saturating_sub(height);
    let lowest = (at + 1).saturating_sub(height);
    offset.clamp(lowest.min(at), at).min(last)
}

#[cfg(test)]
mod tests;
