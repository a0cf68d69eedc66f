//! The article's manifests, each rehearsed with its Gateway: every row of what a request must show.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can not go on has failed")]

#[path = "../cli/client.rs"]
mod client;
#[path = "../cli/program.rs"]
mod program;

mod mistakes;
mod requests;
mod trouble;

/// `-f` for the Gateway and these files.
fn files(names: &[&str]) -> Vec<String> {
    ["gateway.yaml"]
        .iter()
        .chain(names)
        .flat_map(|name| ["-f".to_owned(), format!("examples/article/{name}")])
        .collect()
}
