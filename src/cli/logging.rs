//! Logs go to standard error; `CUTOVER_LOG` says how much (`debug`, `cutover::proxy=trace`, …).

use std::{
    env,
    io::{self, IsTerminal as _},
};

use tracing_subscriber::EnvFilter;

/// Starts logging. Without the variable, what an operator wants to know is told.
pub fn start() {
    let filter = EnvFilter::try_from_env("CUTOVER_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // A second start (in tests) changes nothing.
    let _ = logs.with_ansi(colours).with_target(false).try_init();
}
