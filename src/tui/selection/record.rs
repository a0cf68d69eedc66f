//! What a list has to know of its rows, and what all lists can do whatever their rows are.

use std::{borrow::Cow, sync::Arc};

use super::{Arranged, Filter, Job, SortKey};
use crate::{
    rehearsal::View,
    resource::{Key, Object},
    tui::{
        app::State,
        facts::{Health, Line},
        widget::table::{Column, Shape},
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

    /// The columns of a list of these rows, where they depend on what it lists.
    fn columns(_all: &[Self]) -> &'static [Column] {
        Self::COLUMNS
    }

    /// A row's cells, one for each column. Asked for rows that are seen, and for those that are kept or copied.
    fn cells(&self, state: &State) -> Vec<Line>;

    /// What a filter looks at: as [`finding::fields`](crate::tui::finding::fields) makes it, in lower case.
    fn haystack(&self) -> Cow<'_, str>;

    /// The object whose labels `-l` looks at.
    fn labelled<'a>(&'a self, _view: &'a View) -> Option<&'a Object> {
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
    /// Whether it can be sorted at all.
    fn sorts(&self) -> bool {
        true
    }
    /// Goes to the row of an object; false when it is not shown.
    fn find(&mut self, key: &Key, view: &View) -> bool;
    /// Which columns are shown.
    fn shape(&self) -> &Shape;
    /// Which columns are shown, to be changed.
    fn shape_mut(&mut self) -> &mut Shape;
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
