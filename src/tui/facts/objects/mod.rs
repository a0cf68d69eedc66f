//! Objects of any kind in columns: what `cutover get` prints and the list of a kind shows.

mod cells;
mod columns;

pub use cells::{Row, notes};
pub use columns::{Column, columns};

use crate::{resource::Kind, world::World};

/// The kind that was typed: one that is known, or one that there are objects of; singular, plural or short.
pub fn kind_typed(world: &World, typed: &str) -> Option<Kind> {
    let lower = typed.to_ascii_lowercase();
    let word = lower.split_once('.').map_or(lower.as_str(), |(word, _)| word);
    let held = || world.kinds().map(|(kind, _)| kind).filter(|kind| matches!(kind, Kind::Other(..)));
    let is = |kind: &&Kind| {
        let name = kind.name().to_ascii_lowercase();
        let plurals = [kind.plural(), format!("{name}es"), format!("{}ies", name.trim_end_matches('y'))];
        name == word || plurals.iter().any(|plural| plural == word)
    };
    Kind::from_typed(typed).or_else(|| held().find(is).cloned())
}
