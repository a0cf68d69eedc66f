//! The name server from outside: real packets, `dig`, `curl` and a resolver of our own; names switched under load.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can not go on has failed")]

#[path = "../cli/client.rs"]
mod client;
mod forward;
mod load;
mod many;
#[path = "../cli/program.rs"]
mod program;
mod resolver;
mod steer;
mod unmodified;
mod wire;

use program::Rehearsal;

/// Both sides of a shop; hostnames on one side alone, and a wildcard.
const BOTH: &str = "tests/dns/both.yaml";

/// Both sides with a name server on a free port, and further arguments.
fn rehearse(more: &[&str]) -> Rehearsal {
    let usual = ["--side", "both", "--dns", "127.0.0.1:0", "-f", BOTH];
    Rehearsal::start(&[&usual[..], more].concat())
}

/// Whether a program is there; says so when it is not, since the test can then show nothing.
fn has(program: &str) -> bool {
    let found = std::process::Command::new(program)
        .arg("-v")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok();
    if !found {
        eprintln!("not shown here: there is no `{program}`");
    }
    found
}
