//! The command line: one file a command, printing as table, JSON or YAML.
//!
//! Exit codes are a contract with scripts: 0 done; 1 what was asked failed, or problems were found; 2 wrong usage or
//! unreadable input. They are decided in [`main`] and nowhere else.

mod args;
mod check;
mod clean;
pub mod demo;
mod describe;
mod explain;
mod export;
mod failure;
mod get;
mod journal;
mod logging;
mod out;
mod rehearse;
mod scene;
mod selector;
mod table;
mod values;
mod weights;
mod words;
mod yaml;

use std::{ffi::OsString, process::ExitCode};

use clap::Parser as _;

use self::{
    args::{Cli, Command},
    failure::{Failure, USAGE},
};

/// The program.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help goes to stdout, mistakes to stderr; a closed pipe is no reason to panic.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE));
        }
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            out::tell(&failure.text);
            ExitCode::from(failure.code)
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { command, global, run } = cli;
    match command {
        Some(Command::Rehearse { run }) => rehearse::run(&global, &run),
        Some(Command::Get { kinds, name }) => get::run(&global, &kinds, name.as_deref()),
        Some(Command::Describe { kind, name }) => describe::run(&global, &kind, name.as_deref()),
        Some(Command::Explain { method, url, headers, gateway }) => {
            explain::run(&global, &explain::Question { method, url, headers, gateway })
        }
        Some(Command::Weights { route, weights, rule, dry_run, yes }) => {
            weights::run(&global, &weights::Wish { route, weights, rule, dry_run, yes })
        }
        Some(Command::Check) => check::run(&global),
        None if global.demo || !global.files.is_empty() => rehearse::run(&global, &run),
        None => Err(Failure { code: USAGE, text: scene::HOW_TO_START.to_owned() }),
    }
}
