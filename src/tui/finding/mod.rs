//! Finding and ordering: what is typed behind `/`, which rows it finds, which letters are marked, and the order of
//! a column. Pure: rows come as text and labels, and indexes go back.

mod folded;
mod fuzzy;
mod marks;
mod order;
mod query;
mod run;
#[cfg(test)]
mod tests;

pub use folded::{Folded, Haystack};
pub use fuzzy::Fuzzy;
pub use marks::{Marks, pieces};
pub use order::{Direction, SortKey, natural};
pub use query::{Query, QueryError};
pub use run::{filter, sort};
