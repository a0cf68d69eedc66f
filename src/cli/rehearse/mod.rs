//! `cutover rehearse` and `cutover --demo`: manifests served on this machine, with the console or without.

mod events;
mod serve;

use std::{
    env,
    io::{self, IsTerminal as _},
    thread,
};

use super::{
    args::{Global, Output, Run},
    demo,
    failure::{Failure, USAGE},
    journal, logging,
    scene::no_source,
    values::BackendsMode,
};
use crate::{
    config::config_dir,
    rehearsal::{LoadSetting, Options},
    resource::show::clean,
    tui::{self, SourceKind, has_keys},
};

/// Requests a second that the console sends over a user's own manifests when nobody says otherwise.
const LOAD: f64 = 50.0;
/// Connections of the load generator at most: enough for the slowest stand-in at the rates above.
const CONCURRENCY: usize = 64;

/// Runs the command.
///
/// # Errors
/// Input that can not be read, a console without a terminal, an admin address that is taken.
pub fn run(global: &Global, run: &Run) -> Result<(), Failure> {
    if global.inputs().is_empty() {
        return Err(Failure { code: USAGE, text: no_source() });
    }
    let json = match global.output {
        Output::Json => true,
        Output::Table | Output::Wide => false,
        Output::Yaml => {
            return Err(Failure::usage("a rehearsal prints a table or JSON, not YAML", "use -o json"));
        }
    };
    if run.no_tui || json {
        logging::start();
        return serve::run(options(global, run, false), json);
    }
    if !(io::stdout().is_terminal() && has_keys()) {
        return Err(Failure::usage("the console needs a terminal", "use --no-tui to serve without it"));
    }
    if env::var_os("CUTOVER_LOG").is_some() {
        logging::start_in_file();
    }
    serve::console(options(global, run, true), look(global, run))
}

/// What the terminal's window is called.
fn title(global: &Global) -> String {
    let names: Vec<_> = global.files.iter().map(|file| file.display().to_string()).collect();
    if global.demo { "demo bookshop".to_owned() } else { clean(&names.join(", ")).into_owned() }
}

/// How the console looks.
fn look(global: &Global, run: &Run) -> tui::Options {
    let default = tui::Options::default();
    tui::Options {
        theme: run.theme.clone().unwrap_or(default.theme),
        color: run.color.unwrap_or(default.color),
        ascii: run.ascii.then_some(true),
        reduced_motion: run.reduced_motion,
        title: format!("cutover ▸ {}", title(global)),
        themes: config_dir().map(|folder| folder.join("themes")),
        source: if global.demo { SourceKind::Demo } else { SourceKind::Files },
        ..default
    }
}

fn options(global: &Global, run: &Run, console: bool) -> Options {
    let default_load = match (global.demo, console) {
        (true, _) => demo::LOAD,
        (false, true) => LOAD,
        (false, false) => 0.0,
    };
    let workers =
        run.workers.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from);
    let mut faults = if global.demo { demo::faults() } else { Vec::new() };
    faults.extend(run.fault.iter().map(|one| (one.service.0.clone(), one.service.1.clone(), one.fault)));
    Options {
        inputs: global.inputs(),
        strict: global.strict,
        workers,
        own_backends: run
            .backend
            .iter()
            .map(|own| (own.service.0.clone(), own.service.1.clone(), own.port, own.address))
            .collect(),
        direct: run.backends == BackendsMode::Direct,
        load: LoadSetting { rate: run.load.unwrap_or(default_load), concurrency: CONCURRENCY },
        faults,
        writable: !run.read_only,
        // Without the console nobody edits.
        journal: journal::path(global.demo).filter(|_| console),
        admin: run.admin,
    }
}
