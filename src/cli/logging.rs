//! Logs go to standard error, or to a file while the console has the terminal. `CUTOVER_LOG` says how much
//! (`debug`, `cutover::proxy=trace`, …).

use std::{
    env, fs,
    io::{self, IsTerminal as _},
    sync::Mutex,
};

use tracing_subscriber::EnvFilter;

use crate::config;

/// Starts logging. Without the variable, what an operator wants to know is told.
pub fn start() {
    let filter = EnvFilter::try_from_env("CUTOVER_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // A second start (in tests) changes nothing.
    let _ = logs.with_ansi(colours).with_target(false).try_init();
}

/// Starts logging to `$XDG_STATE_HOME/cutover/log`; where that can not be written, nothing is logged.
pub fn start_in_file() {
    let Some(folder) = config::state_dir() else { return };
    let opened = fs::create_dir_all(&folder)
        .and_then(|()| fs::OpenOptions::new().create(true).append(true).open(folder.join("log")));
    if let Ok(file) = opened {
        let filter = EnvFilter::try_from_env("CUTOVER_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
        let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(Mutex::new(file));
        let _ = logs.with_ansi(false).with_target(false).try_init();
    }
}
