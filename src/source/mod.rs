//! Where a World comes from. Today: manifests (files, folders, standard input, built-in texts).

pub mod manifests;
mod watch;
pub mod yaml;

pub use manifests::{
    Edit, EditError, FieldEdit, Head, Input, Lines, Loaded, Manifests, Passage, Planned, heads, load, put,
};
pub use watch::{Watcher, watch};
