//! The console in a real terminal: the demo from start to end, a user's own files, and every way out.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can not go on has failed")]

mod canary;
mod compare;
mod config;
mod demo;
mod document;
mod endings;
mod explain;
mod files;
mod finding;
mod ingresses;
mod keeping;
mod looks;
mod many;
mod reading;
mod size;
mod switch;
mod terminal;
mod traffic;

#[path = "../cli/client.rs"]
mod client;
#[path = "../cli/program.rs"]
mod program;
