//! The command line: one file a command, printing as table, JSON or YAML.
//!
//! Exit codes are a contract with scripts: 0 done; 1 what was asked failed, or problems were found; 2 wrong usage or
//! unreadable input. They are decided in [`main`] and nowhere else.

mod args;
mod asked;
mod check;
mod compare;
pub mod demo;
mod describe;
mod explain;
mod failure;
mod get;
mod info;
mod inventory;
mod journal;
mod logging;
mod out;
mod preflight;
mod quiet;
mod rehearse;
mod scene;
mod settings;
mod shells;
mod switch;
mod table;
mod values;
mod weights;

use std::{ffi::OsString, process::ExitCode};

use clap::{Args as _, CommandFactory as _, FromArgMatches as _, parser::ValueSource};

use crate::{config::state_dir, logs};

use self::{
    args::{Cli, Command, Output, Run},
    failure::{Failure, USAGE},
};
use crate::tui::facts::words;

/// The program.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let shown: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    logs::report_panics(state_dir(), &shown);
    let parsed = Cli::command()
        .try_get_matches_from(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches).map(|cli| (cli, misplaced(&matches))));
    let (cli, misplaced) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            // Help goes to stdout, mistakes to stderr; a closed pipe is no reason to panic.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE));
        }
    };
    match effective(&cli, misplaced).and_then(|()| run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            out::tell(&failure.text);
            ExitCode::from(failure.code)
        }
    }
}

/// A flag of a rehearsal that was typed before another command, where nobody would look at it.
fn misplaced(matches: &clap::ArgMatches) -> Option<String> {
    matches.subcommand_name()?;
    let typed = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let flags = Run::augment_args(clap::Command::new("run"));
    flags.get_arguments().find(|flag| typed(flag.get_id().as_str()))?.get_long().map(str::to_owned)
}

/// Refuses flags that would have no effect: who typed them believes something else.
fn effective(cli: &Cli, misplaced: Option<String>) -> Result<(), Failure> {
    if let Some(flag) = misplaced {
        return Err(Failure::usage(
            format!("--{flag} stands before the command and would have no effect"),
            format!("write it behind: `cutover rehearse --{flag} …`"),
        ));
    }
    let global = &cli.global;
    let chooses = global.namespace.is_some() || global.selector.is_some();
    let of_inventory = matches!(cli.command, Some(Command::Inventory { .. }));
    let of_comparison =
        global.output == Output::Markdown && matches!(cli.command, Some(Command::Compare { .. }));
    let special = matches!(global.output, Output::Csv | Output::Markdown | Output::Html);
    if special && !of_inventory && !of_comparison {
        return Err(Failure::usage(
            "csv, markdown and html are what `cutover inventory` prints",
            "use -o table, wide, json or yaml (`cutover compare` prints markdown too)",
        ));
    }
    match &cli.command {
        Some(
            Command::Get { .. }
            | Command::Describe { .. }
            | Command::Explain { .. }
            | Command::Switch { .. }
            | Command::Preflight { .. }
            | Command::Compare { .. }
            | Command::Check
            | Command::Completions { .. }
            | Command::Man { .. },
        ) if global.config.is_some() => {
            Err(Failure::usage("--config has no effect here: this command reads no config", "leave it out"))
        }
        None | Some(Command::Rehearse { .. }) if chooses => Err(Failure::usage(
            "-n and -l have no effect here: a rehearsal serves all that it read",
            "name only the files that shall be served",
        )),
        Some(Command::Switch { .. })
            if chooses || global.demo || !global.files.is_empty() || global.strict =>
        {
            Err(Failure::usage(
                "-f, --demo, --strict, -n and -l have no effect here: a running rehearsal is told what to do",
                "name the hostnames",
            ))
        }
        Some(Command::Compare { .. }) if chooses => Err(Failure::usage(
            "-n and -l have no effect here: a request meets all routes of both sides",
            "name only the files that shall be compared",
        )),
        Some(Command::Preflight { .. }) if chooses => Err(Failure::usage(
            "-n and -l have no effect here: a hostname is served by all routes that name it",
            "name the hostnames",
        )),
        Some(Command::Explain { .. }) if chooses => Err(Failure::usage(
            "-n and -l have no effect here: a request meets all routes",
            "use --gateway NS/NAME to ask only one Gateway",
        )),
        Some(Command::Weights { .. }) if global.selector.is_some() => {
            Err(Failure::usage("-l has no effect here: weights are those of one route", "name the route"))
        }
        Some(Command::Weights { .. }) if matches!(global.output, Output::Json | Output::Yaml) => {
            Err(Failure::usage(
                "weights prints a diff, not JSON or YAML",
                "use `cutover get httproute NAME -o json` to read weights",
            ))
        }
        None
        | Some(
            Command::Rehearse { .. }
            | Command::Explain { .. }
            | Command::Compare { .. }
            | Command::Weights { .. }
            | Command::Get { .. }
            | Command::Describe { .. }
            | Command::Inventory { .. }
            | Command::Switch { .. }
            | Command::Preflight { .. }
            | Command::Check
            | Command::Info
            | Command::Config { .. }
            | Command::Completions { .. }
            | Command::Man { .. },
        ) => Ok(()),
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { command, global, run } = cli;
    match command {
        Some(Command::Rehearse { run }) => rehearse::run(&global, &run),
        Some(Command::Get { what }) => get::run(&global, &what),
        Some(Command::Describe { what }) => describe::run(&global, &what),
        Some(Command::Explain { method, url, headers, gateway, side }) => {
            let side = side.side();
            explain::run(&global, &explain::Question { method, url, headers, gateway, side })
        }
        Some(Command::Compare { wish }) => compare::run(&global, &wish),
        Some(Command::Weights { route, weights, rule, dry_run, yes }) => {
            weights::run(&global, &weights::Wish { route, weights, rule, dry_run, yes })
        }
        Some(Command::Switch { hosts, all, to, ttl, admin, force }) => {
            switch::run(&global, &switch::Wish { hosts, all, to, ttl, admin, force })
        }
        Some(Command::Preflight { wish }) => preflight::run(&global, &wish),
        Some(Command::Inventory { names, of, how }) => inventory::run(&global, &names, of.as_ref(), &how),
        Some(Command::Check) => check::run(&global),
        Some(Command::Info) => info::run(&global),
        Some(Command::Config { example }) => settings::run(&global, example),
        Some(Command::Completions { shell }) => shells::completions(shell),
        Some(Command::Man { dir }) => shells::man(dir.as_deref()),
        None if global.demo => rehearse::run(&global, &rehearse::demo(&run)),
        None if !global.files.is_empty() => rehearse::run(&global, &run),
        None => Err(Failure { code: USAGE, text: scene::HOW_TO_START.to_owned() }),
    }
}
