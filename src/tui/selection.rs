//! A list whose selection follows its object, and the window of it that is seen.

use std::{borrow::Cow, cell::Cell, ops::Range};

/// Whether two items are the same thing, whatever else changed about it.
pub trait Same {
    /// Whether `self` and `other` are the same thing.
    fn same(&self, other: &Self) -> bool;
}

/// Items, those shown, the selected one, and where the window begins.
#[derive(Clone, Debug)]
pub struct List<T> {
    all: Vec<T>,
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
}

/// What a list is filtered by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// As typed.
    pub text: String,
    /// Whether it is being typed.
    pub editing: bool,
}

impl Filter {
    /// A predicate over lower-case haystacks; none without a text.
    pub fn matcher(&self) -> Option<impl Fn(&str) -> bool + 'static> {
        if self.text.is_empty() {
            return None;
        }
        let needle = self.text.to_lowercase();
        let finder = memchr::memmem::Finder::new(needle.as_bytes()).into_owned();
        Some(move |haystack: &str| finder.find(haystack.as_bytes()).is_some())
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            first: Vec::new(),
            shown: Vec::new(),
            at: 0,
            chosen: false,
            offset: Cell::new(0),
            height: Cell::new(10),
            filter: Filter::default(),
        }
    }
}

impl<T: Same + Clone> List<T> {
    /// Takes new items; the selection stays on its object, or on its line when that is gone.
    pub fn set(&mut self, all: Vec<T>, haystack: impl Fn(&T) -> Cow<'_, str>) {
        self.patch(|items| *items = all, haystack);
    }

    /// Changes items in place; the selection stays as with [`Self::set`]. No item stands first after it.
    pub fn patch(&mut self, change: impl FnOnce(&mut Vec<T>), haystack: impl Fn(&T) -> Cow<'_, str>) {
        let selected = self.chosen();
        change(&mut self.all);
        self.first.clear();
        self.refilter(selected, haystack);
    }

    /// Lifts items, given by position, above all others, in this order.
    pub fn lift(&mut self, first: Vec<u32>, haystack: impl Fn(&T) -> Cow<'_, str>) {
        if self.first != first {
            let selected = self.chosen();
            self.first = first;
            self.refilter(selected, haystack);
        }
    }

    /// Looks through all items again after the filter changed.
    pub fn filtered(&mut self, haystack: impl Fn(&T) -> Cow<'_, str>) {
        self.chosen = true;
        let selected = self.selected().cloned();
        self.refilter(selected, haystack);
    }

    fn chosen(&self) -> Option<T> {
        self.selected().filter(|_| self.chosen).cloned()
    }

    fn refilter(&mut self, selected: Option<T>, haystack: impl Fn(&T) -> Cow<'_, str>) {
        let matcher = self.filter.matcher();
        let fits = |at: &u32| match (&matcher, self.all.get(*at as usize)) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(matches), Some(item)) => matches(&haystack(item)),
        };
        let mut sorted = self.first.clone();
        sorted.sort_unstable();
        let rest = (0..self.all.len() as u32).filter(|at| sorted.binary_search(at).is_err());
        self.shown = self.first.iter().copied().chain(rest).filter(fits).collect();
        let found = selected.and_then(|selected| {
            // Most often nothing moved.
            let still = self.item(self.at).is_some_and(|item| item.same(&selected));
            if still {
                return Some(self.at);
            }
            (0..self.shown.len()).find(|at| self.item(*at).is_some_and(|item| item.same(&selected)))
        });
        self.at = found.unwrap_or(self.at).min(self.shown.len().saturating_sub(1));
    }
}

impl<T> List<T> {
    /// The item on a line.
    pub fn item(&self, line: usize) -> Option<&T> {
        self.all.get(*self.shown.get(line)? as usize)
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

/// Where a window of `height` lines over `len` begins so that line `at` is in it, moved as little as can be.
pub fn window(len: usize, at: usize, offset: usize, height: usize) -> usize {
    let last = len.saturating_sub(height);
    let lowest = (at + 1).saturating_sub(height);
    offset.clamp(lowest.min(at), at).min(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Same for &str {
        fn same(&self, other: &Self) -> bool {
            self == other
        }
    }

    #[test]
    fn a_window_moves_no_further_than_the_selection_needs() {
        let cases = [
            ((10, 0, 0, 4), 0, "the top"),
            ((10, 4, 0, 4), 1, "one below the window"),
            ((10, 2, 5, 4), 2, "one above the window"),
            ((10, 6, 5, 4), 5, "inside"),
            ((10, 9, 9, 4), 6, "never past the end"),
            ((3, 2, 7, 10), 0, "all fits"),
            ((0, 0, 3, 5), 0, "nothing"),
            ((5, 4, 0, 0), 4, "no height at all"),
        ];
        for ((len, at, offset, height), begins, why) in cases {
            assert_eq!(window(len, at, offset, height), begins, "{why}");
        }
    }

    #[test]
    fn what_nobody_chose_is_the_first_line() {
        fn same<'a>(item: &'a &'static str) -> Cow<'a, str> {
            Cow::Borrowed(item)
        }
        let mut list = List::default();
        list.set(vec!["a", "b", "c"], same);
        list.lift(vec![2], same);
        assert_eq!(list.selected(), Some(&"c"), "what is lifted there");
        list.step(0);
        list.lift(vec![1], same);
        assert_eq!((list.selected(), list.at()), (Some(&"c"), 2), "chosen, if only by staying");
    }

    #[test]
    fn the_selection_follows_its_object() {
        let mut list = List::default();
        fn same<'a>(item: &'a &'static str) -> Cow<'a, str> {
            Cow::Borrowed(item)
        }
        list.set(vec!["a", "b", "c"], same);
        list.step(1);
        list.set(vec!["0", "a", "b", "c"], same);
        assert_eq!(list.selected(), Some(&"b"), "rows came before it");
        list.set(vec!["a", "c"], same);
        assert_eq!(list.selected(), Some(&"c"), "it went: the line nearest");
        "C".clone_into(&mut list.filter.text);
        list.filtered(same);
        assert_eq!((list.len(), list.total(), list.selected()), (1, 2, Some(&"c")), "case does not matter");
        "x".clone_into(&mut list.filter.text);
        list.filtered(same);
        assert_eq!(list.selected(), None, "nothing shown, nothing selected");
        list.filter.text.clear();
        list.filtered(same);
        assert_eq!(list.selected(), Some(&"a"), "shown again");
        list.patch(|all| all.push("d"), same);
        list.lift(vec![2, 1], same);
        let shown: Vec<&str> = (0..list.len()).filter_map(|line| list.item(line)).copied().collect();
        assert_eq!(shown, ["d", "c", "a"], "what is lifted stands first");
        assert_eq!((list.selected(), list.at()), (Some(&"a"), 2), "the selection went with its item");
    }
}
