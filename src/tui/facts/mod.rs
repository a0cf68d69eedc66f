//! What screens show, as plain values: rows, trees and texts made from a rehearsal's view.
//!
//! No terminal and no colour here, so that a command can print what a screen shows. Names and messages keep
//! their bytes; whoever shows them takes out what could harm a terminal.

pub mod canary;
pub mod chart;
pub mod compare;
pub mod describe;
pub mod differ;
pub mod endpoints;
pub mod events;
pub mod explain;
pub mod export;
pub mod findings;
pub mod gateways;
pub mod health;
pub mod ingresses;
pub mod known;
pub mod links;
pub mod measure;
pub mod moving;
pub mod objects;
pub mod observed;
pub mod page;
pub mod past;
pub mod reasons;
pub mod rehearsal;
pub mod routes;
pub mod rules;
pub mod standing;
pub mod steps;
pub mod switch;
pub mod text;
pub mod told;
pub mod topology;
pub mod words;
pub mod yaml;

pub use health::Health;
pub use known::{Known, Mark};
pub use measure::{Measures, Reading};
pub use text::{Line, Tone};

/// What a difference between two maps says of one key: the key, what it was, what it is.
pub fn difference<'a, K, V>(
    item: imbl::ordmap::DiffItem<'a, 'a, K, V>,
) -> (&'a K, Option<&'a V>, Option<&'a V>) {
    match item {
        imbl::ordmap::DiffItem::Add(key, new) => (key, None, Some(new)),
        imbl::ordmap::DiffItem::Update { old: (_, old), new: (key, new) } => (key, Some(old), Some(new)),
        imbl::ordmap::DiffItem::Remove(key, old) => (key, Some(old), None),
    }
}
