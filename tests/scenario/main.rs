//! Scenarios and clients from outside: the ready ones played, names switched to and fro under load, faults of one side.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can not go on has failed")]

mod bad;
mod cut;
mod jvm;
#[path = "../cli/program.rs"]
mod program;
mod ready;
mod requests;
mod running;
mod swaps;
mod wrong;

use std::path::{Path, PathBuf};

/// Both sides of two hosts, over HTTP and HTTPS, in a file; the Gateway's name is that of a test alone, and so is its
/// address.
fn manifests(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join("both.yaml");
    std::fs::write(&path, include_str!("both.yaml").replace("NAME", name)).unwrap();
    path
}
