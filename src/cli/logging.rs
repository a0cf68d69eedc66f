//! Where a rehearsal logs: to standard error, or to a file while the console has the terminal.

use std::env;

use super::{args::Run, failure::Failure};
use crate::logs::{self, Logs, Wish};

/// Starts logging. `CUTOVER_LOG` says how much when no flag does.
///
/// # Errors
/// A level that can not be read; a file that was asked for and can not be written.
pub fn start(run: &Run, console: bool) -> Result<Logs, Failure> {
    let variable = || env::var("CUTOVER_LOG").ok().filter(|level| !level.is_empty());
    let (level, by) = match &run.log_level {
        Some(level) => (Some(level.clone()), "--log-level"),
        None => (variable(), "CUTOVER_LOG"),
    };
    let file = run.log_file.clone().or_else(|| logs::file().filter(|_| console));
    let logs = Logs::start(Wish { file, stderr: !console, level })
        .map_err(|error| Failure::usage(format!("{by}: {error}"), ""))?;
    match &logs.told {
        Some(told) if run.log_file.is_some() => Err(Failure::usage(told, "name a file that can be written")),
        Some(_) | None => Ok(logs),
    }
}
