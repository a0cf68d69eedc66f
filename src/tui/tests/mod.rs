//! The console from outside of its parts: pictures of every screen, keys and what becomes of them, random walks.

mod assumed;
mod finding;
mod follows;
mod keys;
mod live;
mod looks;
mod many;
mod pictures;
mod readme;
mod sides;
mod steps;
mod tones;
mod walks;
