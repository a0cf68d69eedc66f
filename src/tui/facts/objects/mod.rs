//! Objects of any kind in columns: what `cutover get` prints and the list of a kind shows.

mod cells;
mod columns;

pub use cells::{Row, notes};
pub use columns::{Column, columns};
