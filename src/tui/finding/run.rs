//! Filter and sort over many rows: indexes in, indexes out, and given up when something newer was asked.

use std::cmp::Reverse;

use super::{
    folded::Haystack,
    order::{Direction, SortKey},
    query::Query,
};

/// Rows between two looks at whether to go on.
const STRIDE: usize = 256;

/// The rows that are found, best first where the query ranks; none when `stop` said so on the way.
pub fn filter<'a>(
    query: &Query,
    rows: impl IntoIterator<Item = (u32, Haystack<'a>)>,
    stop: impl Fn() -> bool,
) -> Option<Vec<u32>> {
    let mut found = Vec::new();
    for (count, (row, haystack)) in rows.into_iter().enumerate() {
        if count % STRIDE == 0 && stop() {
            return None;
        }
        found.extend(query.score(&haystack).map(|score| (score, row)));
    }
    if query.ranks() {
        found.sort_by_key(|(score, _)| Reverse(*score));
    }
    Some(found.into_iter().map(|(_, row)| row).collect())
}

/// Rows in the order of their keys; equal ones stay as they came.
pub fn sort<'a>(rows: impl IntoIterator<Item = (u32, SortKey<'a>)>, direction: Direction) -> Vec<u32> {
    let mut keyed: Vec<_> = rows.into_iter().collect();
    keyed.sort_by(|(_, a), (_, b)| a.compare(b, direction));
    keyed.into_iter().map(|(row, _)| row).collect()
}
