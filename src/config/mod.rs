//! The user's own files: the XDG folders, the config file, and what is remembered from run to run.
//!
//! This room stands at the bottom and knows no name of any other: which actions, screens, columns and themes there
//! are is told to it by who knows them.

mod file;
mod folders;
mod history;
mod inventory;
mod mistake;
mod names;
mod nearest;
mod private;
mod section;
mod sources;

pub use file::Config;
pub use folders::{config_dir, state_dir};
pub use history::{History, Sort};
pub use inventory::{InventoryRule, RuleComplexity};
pub use mistake::Mistake;
pub use names::Known;
pub use nearest::{advise, nearest};
pub use private::{
    append as append_private, create as create_private, create_folder as create_private_folder,
    replace as replace_private,
};
pub use section::At;
pub use sources::Source;
