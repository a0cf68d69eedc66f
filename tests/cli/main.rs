//! The command line from outside: whole outputs, exit codes, bad input.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can not go on has failed")]

mod bad_input;
mod client;
mod codes;
mod compare;
mod config;
mod demo;
mod habits;
mod inventory;
mod old_side;
mod pages;
mod preflight;
mod program;
mod rehearsal;
mod shells;
mod usage;
mod weights;

/// The manifests that most tests look at.
const SHOP: &str = "tests/cli/manifests/shop.yaml";
/// Kinds beside routes.
const OTHERS: &str = "tests/cli/manifests/others.yaml";
