//! What is taken out of the console: copied to the clipboard of the terminal, or saved as evidence for a change record.
//!
//! Texts are made from the state as plain values; a terminal or a disk is touched only by [`clipboard::sequence`]'s
//! caller and by [`Saving::write`], outside of the key loop. Secrets stay hidden and hostile text is cleaned here as
//! on the screen.

mod clipboard;
mod commands;
mod copy;
mod evidence;
mod gather;
mod save;
mod series;
mod sheet;
mod write;

use super::action::{Arg, ArgKind, Group, Place, Row};

pub use clipboard::sequence;
pub use gather::Gathering;
pub use write::Saving;

#[rustfmt::skip]
const COPY: Row =
    Row::new("copy", &["c"], "copy a name, a row, a cell, YAML or a command to the terminal's clipboard", Group::Objects, something, copy::copy)
        .hint("copy").quiet().off(copy::nothing)
        .takes(&[Arg::optional("WHAT", ArgKind::OneOf(copy::WORDS)), Arg::optional("COLUMN", ArgKind::Column)]);

#[rustfmt::skip]
const SAVE: Row =
    Row::new("save", &[], "save what is shown to a file: by itself in the state folder", Group::General, Place::free, save::save)
        .takes(&[Arg::optional("FORMAT", ArgKind::OneOf(save::FORMATS)), Arg::optional("PATH", ArgKind::Path)]);

/// What keeps something.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    COPY,
    Row::new("save-as", &["ctrl-s"], "save what is shown: CSV, JSON, or the screen as text", Group::General, Place::free, |state, _| Ok(save::save_as(state))),
    SAVE,
];

fn something(place: Place) -> bool {
    place.objects() || place == Place::Detail
}

#[cfg(test)]
mod tests;
