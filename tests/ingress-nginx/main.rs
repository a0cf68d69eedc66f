//! The old side against what the real ingress-nginx answered.
//!
//! `cases` holds Ingresses, raw requests and the answers of the real controller; every request is asked of the old side
//! in this process, over sockets, and what comes back is compared as facts: status, headers, certificate, back end,
//! what that back end got, and other requests caused. What differs must stand by name in
//! `src/dialect/ingress/known_differences.rs`.
//!
//! `CASE=name` asks one case and shows everything; `CASES_DIR=folder` asks the cases of another folder, or that one
//! case. The whole report is written to `target/ingress-nginx-report.txt`. `scripts/ingress-nginx` asks the real controller again.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests fail by panicking")]

mod case;
mod compare;
mod echo;
mod facts;
mod report;
mod run;
mod side;
mod staff;
mod wire;

use std::{
    env,
    io::Write as _,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use report::Report;

/// All cases are asked once, whichever test comes first.
static REPORT: LazyLock<Report> = LazyLock::new(|| {
    let folders = folders();
    assert!(!folders.is_empty(), "no case to ask");
    let report = Report { asked: run::all(&folders) };
    let text = report.text();
    let file = target().join("ingress-nginx-report.txt");
    std::fs::write(&file, &text).expect("the report can be written");
    let shown = if only().is_some() { report.everything() } else { text };
    // Not by `println!`, which is shown only when the test fails.
    let _ = write!(std::io::stderr(), "\n{shown}\n{}; see {}\n", report.summary(), file.display());
    report
});

fn only() -> Option<String> {
    env::var("CASE").ok()
}

/// Where the build's output goes: the executable is in `deps` of a profile of it.
fn target() -> PathBuf {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    temporary.parent().unwrap_or(temporary).to_owned()
}

fn folders() -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ingress-nginx/cases");
    let given = env::var_os("CASES_DIR").map_or(own, PathBuf::from);
    if given.join("answers.yaml").exists() {
        return vec![given];
    }
    let entries = std::fs::read_dir(&given).unwrap_or_else(|error| panic!("{}: {error}", given.display()));
    let mut folders: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    folders.retain(|folder| folder.join("answers.yaml").exists());
    if let Some(only) = only() {
        folders.retain(|folder| folder.file_name().is_some_and(|name| *name == *only));
    }
    folders.sort();
    folders
}

#[test]
fn the_old_side_answers_as_the_controller_did() {
    let unknown = REPORT.unknown();
    assert!(unknown.is_empty(), "{} fields differ: see the report above", unknown.len());
}

#[test]
fn every_known_difference_is_still_one() {
    if only().is_some() || env::var_os("CASES_DIR").is_some() {
        return; // only all cases can tell
    }
    let stale = REPORT.stale();
    assert!(stale.is_empty(), "these agree now: {stale:#?}");
}
