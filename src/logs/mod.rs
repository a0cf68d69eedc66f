//! What the program says of itself: a file that is rotated, the last lines in memory for the Log screen, and a
//! report when a part of it panics.
//!
//! Secrets are never logged: no header, no body, no data of an object. While a console has the terminal, nothing
//! goes to standard error.

mod filter;
mod report;
mod ring;
mod rotating;

use std::{
    io::{self, IsTerminal as _},
    path::PathBuf,
    sync::Arc,
};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    Layer as _, Registry, filter::EnvFilter, fmt, layer::SubscriberExt as _, reload,
    util::SubscriberInitExt as _,
};

use crate::config::state_dir;

pub use report::install as report_panics;
pub use ring::{Level, Line, Ring};

/// Lines that may wait for the disk. More are dropped: who serves requests never waits for a log.
const WAITING: usize = 8192;

/// Where lines shall go beside the memory.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// A file, with its older ones beside it.
    pub file: Option<PathBuf>,
    /// Standard error.
    pub stderr: bool,
    /// `debug`, or a filter such as `cutover::proxy=trace,info`; what an operator wants to know when absent.
    pub level: Option<String>,
}

/// Logging, until it is dropped: what waits is written then.
#[derive(Debug)]
pub struct Logs {
    /// What others may use of it.
    pub handle: Handle,
    /// What a person should be told: a file that can not be written.
    pub told: Option<String>,
    _writer: Option<WorkerGuard>,
}

/// The last lines, and the level, to look at and to set while the program runs.
#[derive(Clone, Default)]
pub struct Handle {
    /// The last lines.
    pub ring: Ring,
    /// The file, when there is one.
    pub file: Option<PathBuf>,
    level: Option<Arc<Set>>,
}

type Set = dyn Fn(&str) -> Result<(), String> + Send + Sync;

/// The file that a console logs to when nobody names another.
pub fn file() -> Option<PathBuf> {
    state_dir().map(|folder| folder.join("cutover.log"))
}

impl Logs {
    /// Starts logging.
    ///
    /// # Errors
    /// A level that can not be read, with those that can.
    pub fn start(wish: Wish) -> Result<Self, String> {
        let filter = filter::read(wish.level.as_deref().unwrap_or("info"))?;
        let ring = Ring::default();
        report::quote(&ring);
        let opened = wish.file.map(|file| (rotating::Rotating::open(&file), file));
        let (writer, file, told) = match opened {
            Some((Ok(writer), file)) => (Some(writer), Some(file), None),
            Some((Err(error), file)) => {
                (None, None, Some(format!("nothing is logged to {}: {error}", file.display())))
            }
            None => (None, None, None),
        };
        let waiting = NonBlockingBuilder::default().buffered_lines_limit(WAITING).thread_name("log");
        let (writer, guard) = writer.map(|writer| waiting.finish(writer)).unzip();
        let to_file = writer.map(|writer| {
            fmt::layer().with_writer(writer).with_ansi(false).log_internal_errors(false).boxed()
        });
        let to_stderr = wish.stderr.then(|| {
            let layer = fmt::layer().with_writer(io::stderr).with_target(false);
            layer.with_ansi(colours()).log_internal_errors(false).boxed()
        });
        let (filter, reload) = reload::Layer::<EnvFilter, Registry>::new(filter);
        let layers = Registry::default().with(filter).with(ring.layer()).with(to_file).with(to_stderr);
        // A second start in one process changes nothing.
        let _ = layers.try_init();
        let level = move |text: &str| {
            let filter = filter::read(text)?;
            reload.reload(filter).map_err(|error| format!("the level can not be set: {error}"))
        };
        let handle = Handle { ring, file, level: Some(Arc::new(level)) };
        Ok(Self { handle, told, _writer: guard })
    }
}

impl Handle {
    /// Sets how much is logged from now on, as [`Wish::level`] says it.
    ///
    /// # Errors
    /// A level that can not be read; no logging to set it for.
    pub fn set_level(&self, level: &str) -> Result<(), String> {
        self.level.as_ref().map_or_else(|| Err("nothing is logged".to_owned()), |set| set(level))
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle").field("file", &self.file).finish_non_exhaustive()
    }
}

fn colours() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal() && !refused
}
