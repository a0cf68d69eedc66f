//! The XDG folders.

use std::path::PathBuf;

use etcetera::{BaseStrategy, choose_base_strategy};

/// `$XDG_CONFIG_HOME/cutover`
pub fn config_dir() -> Option<PathBuf> {
    choose_base_strategy().ok().map(|dirs| dirs.config_dir().join("cutover"))
}

/// `$XDG_STATE_HOME/cutover`: journal, history, log.
pub fn state_dir() -> Option<PathBuf> {
    choose_base_strategy().ok().and_then(|dirs| dirs.state_dir()).map(|dir| dir.join("cutover"))
}
