//! Finding and ordering: what is typed behind `/`, which rows it finds, which letters are marked, and the order of
//! a column. Pure: rows come as text and labels.

mod folded;
mod fuzzy;
mod marks;
mod order;
mod query;
#[cfg(test)]
mod tests;

pub use folded::{Haystack, fields, fold_into};
pub use fuzzy::Fuzzy;
pub use order::SortKey;
pub use query::{Query, QueryError};
