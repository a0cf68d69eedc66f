//! Where the record of changes is kept, and in whose name.

use std::{env, path::PathBuf};

use crate::config;

/// `$XDG_STATE_HOME/cutover/journal.jsonl`; none (so in memory) for what is built in, whose edits are in memory too.
pub fn path(demo: bool) -> Option<PathBuf> {
    config::state_dir().filter(|_| !demo).map(|folder| folder.join("journal.jsonl"))
}

/// The user name of this machine.
pub fn user() -> String {
    let named = |name| env::var(name).ok().filter(|value| !value.is_empty());
    named("USER").or_else(|| named("LOGNAME")).unwrap_or_else(|| "unknown".to_owned())
}
