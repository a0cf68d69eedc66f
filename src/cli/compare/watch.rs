//! `--watch`: compared again at every save; after the first time only what came and what went is told.

use std::sync::mpsc;

use jiff::tz::TimeZone;

use super::{
    States, Wish,
    changes::{Changes, Left, left},
    files::Kept,
    report, text,
};
use crate::{
    cli::{
        args::{Global, Output},
        failure::Failure,
        out,
    },
    resource::Severity,
    source,
};

/// Compares again whenever a file changes, until it is ended, or nobody reads any more.
pub(super) fn run(global: &Global, wish: &Wish) -> Result<(), Failure> {
    let (changed, wait) = mpsc::channel();
    let mut states = States::open(global, wish)?;
    let mut roots = states.roots();
    roots.push(wish.accepted.clone());
    // Watched from before the first comparison: a save meanwhile is not lost.
    let _watcher = source::watch(&roots, move || {
        let _ = changed.send(());
    })
    .map_err(|error| Failure::failed(format!("failed to watch the files: {error}"), ""))?;
    let mut before = None;
    loop {
        match tell(&states, global, wish, before.as_deref()) {
            Ok(now) => before = Some(now),
            // A reader that went away ends it.
            Err(failure) if failure.code == 0 => return Err(failure),
            Err(failure) => out::tell(&failure.text),
        }
        states = loop {
            if wait.recv().is_err() {
                return Ok(());
            }
            while wait.try_recv().is_ok() {}
            match States::open(global, wish) {
                Ok(next) if !next.is_broken() || states.is_broken() => break next,
                Ok(_) => out::tell("not compared again: a file can not be read whole\n"),
                Err(failure) => out::tell(&failure.text),
            }
        };
    }
}

/// Compares and tells; gives what nobody accepted.
fn tell(
    states: &States,
    global: &Global,
    wish: &Wish,
    before: Option<&[Left]>,
) -> Result<Vec<Left>, Failure> {
    let (faces, report) = states.compared(wish)?;
    let kept = Kept::read(&wish.accepted)?;
    let mut shown = report::Shown::new(&report, &faces, &kept.accepted, None);
    let now = left(&shown);
    let all: Vec<&str> = shown.differences.iter().map(|one| one.id).collect();
    let changes = before.map(|before| Changes::between(before, &now, &all));
    match (global.output, changes) {
        (Output::Json, changes) => {
            shown.changes = changes;
            out::print(&out::line(&shown))?;
        }
        (Output::Yaml, changes) => {
            shown.changes = changes;
            out::print("---\n")?;
            out::value(&serde_json::to_value(&shown).unwrap_or_default(), Output::Yaml)?;
        }
        (Output::Markdown, _) => out::print(&text::markdown(&shown))?,
        (Output::Table | Output::Wide | Output::Csv | Output::Html, None) => {
            out::print(&text::table(&shown))?;
        }
        (Output::Table | Output::Wide | Output::Csv | Output::Html, Some(changes)) => {
            let at = states.new_scene().now.to_zoned(TimeZone::system()).strftime("%H:%M:%S").to_string();
            out::print(&text::news(&shown, &changes, &at))?;
        }
    }
    Ok(now)
}

impl States {
    /// Some file could not be read whole: what it had would seem to be gone.
    fn is_broken(&self) -> bool {
        let problems = self.old.problems.iter().chain(self.new.iter().flat_map(|new| &new.problems));
        problems.into_iter().any(|problem| problem.severity == Severity::Error)
    }
}
