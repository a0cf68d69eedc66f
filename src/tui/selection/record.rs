//! What a list has to know of its rows, and what all lists can do whatever their rows are.

use std::{borrow::Cow, cmp::Ordering, sync::Arc};

use super::{Arranged, Filter, Job};
use crate::{
    rehearsal::View,
    tui::{
        app::State,
        facts::{Health, Line},
        widget::table::Column,
    },
};

/// Whether two items are the same thing, whatever else changed about it.
pub trait Same {
    /// Whether `self` and `other` are the same thing.
    fn same(&self, other: &Self) -> bool;
}

/// One kind of row: what a list of them shows, finds and sorts by.
pub trait Record: Same + Clone + Send + Sync + 'static {
    /// The columns, from the left.
    const COLUMNS: &'static [Column];

    /// A row's cells, one for each column. Asked for rows that are seen, and for those that are kept or copied.
    fn cells(&self, state: &State) -> Vec<Line>;

    /// What a filter looks at, in lower case.
    fn haystack(&self) -> Cow<'_, str>;

    /// What `-l` looks at.
    fn labels(&self) -> Option<&[(Box<str>, Box<str>)]> {
        None
    }

    /// The namespace; a row without one is seen in all.
    fn namespace(&self) -> Option<&str> {
        None
    }

    /// How it is; none for what has no health of its own.
    fn health(&self, _view: &View) -> Option<Health> {
        None
    }

    /// What a column sorts by.
    fn key(&self, view: &View, column: usize) -> SortKey;
}

/// What a row sorts by: numbers before texts, what is missing last whichever way.
#[derive(Clone, Debug, PartialEq)]
pub enum SortKey {
    /// A measured or counted number.
    Number(f64),
    /// A text; numbers in it count as numbers: `a2` before `a10`.
    Text(Box<str>),
    /// Nothing, or unknown.
    Missing,
}

impl SortKey {
    /// A text without regard to case.
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_lowercase().into())
    }

    /// The order, turned round when `down`; what is missing stays last.
    pub fn order(&self, other: &Self, down: bool) -> Ordering {
        let turned = |order: Ordering| if down { order.reverse() } else { order };
        match (self, other) {
            (Self::Missing, Self::Missing) => Ordering::Equal,
            (Self::Missing, _) => Ordering::Greater,
            (_, Self::Missing) => Ordering::Less,
            (Self::Number(a), Self::Number(b)) => turned(a.total_cmp(b)),
            (Self::Text(a), Self::Text(b)) => turned(natural(a, b)),
            (Self::Number(_), Self::Text(_)) => turned(Ordering::Less),
            (Self::Text(_), Self::Number(_)) => turned(Ordering::Greater),
        }
    }
}

/// The order of texts in which runs of digits count as numbers.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (one, other) = (piece(&mut a), piece(&mut b));
        let order = match (one, other) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(one), Some(other)) => {
                let digits = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
                if digits(one) && digits(other) {
                    let (x, y) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
                    x.len().cmp(&y.len()).then_with(|| x.cmp(y)).then_with(|| one.len().cmp(&other.len()))
                } else {
                    one.cmp(other)
                }
            }
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Takes the next run of digits or of anything else.
fn piece<'a>(text: &mut &'a str) -> Option<&'a str> {
    let first = text.chars().next()?.is_ascii_digit();
    let end = text.find(|c: char| c.is_ascii_digit() != first).unwrap_or(text.len());
    let (piece, rest) = text.split_at(end);
    *text = rest;
    Some(piece)
}

/// Which column sorts, and which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// Position among the columns.
    pub column: usize,
    /// The greatest first.
    pub down: bool,
}

/// What arranging a list depends on beside the list.
#[derive(Clone, Debug)]
pub struct Around {
    /// The newest view.
    pub view: Arc<View>,
    /// Only rows of this namespace; none: all.
    pub namespace: Option<Arc<str>>,
}

/// A list, whatever its rows are.
pub trait Lines {
    /// The columns, from the left.
    fn columns(&self) -> &'static [Column];
    /// Rows shown.
    fn len(&self) -> usize;
    /// Whether none is.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// All rows, shown or not.
    fn total(&self) -> usize;
    /// The selected line, from 0.
    fn at(&self) -> usize;
    /// Moves the selection by lines.
    fn step(&mut self, lines: isize);
    /// Moves the selection by windows.
    fn page(&mut self, pages: isize);
    /// The filter.
    fn filter(&self) -> &Filter;
    /// The filter, to be changed; [`Self::arrange`] makes it count.
    fn filter_mut(&mut self) -> &mut Filter;
    /// Which column sorts; none: the order in which rows came.
    fn sort(&self) -> Option<Sort>;
    /// Sorts by another column; [`Self::arrange`] makes it count.
    fn set_sort(&mut self, sort: Option<Sort>);
    /// Shows and orders rows anew. What would take long comes back as a job to be done aside.
    fn arrange(&mut self, around: &Around) -> Option<Job>;
    /// Takes what a job made, unless there is something newer.
    fn arranged(&mut self, arranged: Arranged);
    /// The cells of a line.
    fn cells(&self, line: usize, state: &State) -> Option<Vec<Line>>;
    /// The rows as they are shown now, to be looked at while the list goes on.
    fn frozen(&self) -> Box<dyn Frozen>;
}

/// Rows of a list at one moment.
pub trait Frozen: Send {
    /// How many.
    fn len(&self) -> usize;
    /// The cells of a line.
    fn cells(&self, line: usize, state: &State) -> Option<Vec<Line>>;
}

impl std::fmt::Debug for dyn Frozen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frozen({})", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_as_numbers_and_what_is_missing_stands_last() {
        let text = SortKey::text;
        let cases = [
            (text("a2"), text("a10"), Ordering::Less, "two before ten"),
            (text("a02"), text("a2"), Ordering::Greater, "the same number, longer written"),
            (text("B"), text("a"), Ordering::Greater, "case does not count"),
            (text("a"), text("a1"), Ordering::Less, "the shorter first"),
            (text("v9999999999999999999999"), text("v10000000000000000000000"), Ordering::Less, "any length"),
            (SortKey::Number(2.0), SortKey::Number(10.0), Ordering::Less, "numbers"),
            (SortKey::Missing, SortKey::Number(10.0), Ordering::Greater, "missing last"),
        ];
        for (a, b, order, why) in cases {
            assert_eq!(a.order(&b, false), order, "{why}");
            let missing = a == SortKey::Missing || b == SortKey::Missing;
            assert_eq!(
                a.order(&b, true),
                if missing { order } else { order.reverse() },
                "{why}, turned round"
            );
        }
    }
}
