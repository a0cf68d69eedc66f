//! `cutover rehearse` and `cutover --demo`: manifests served on this machine, with the console or without.

mod events;
mod play;
mod serve;

use std::{
    fs,
    io::{self, IsTerminal as _},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    thread,
    time::Duration,
};

use super::{
    args::{Global, Output, Run, SideArg},
    demo,
    failure::{Failure, USAGE},
    journal, logging,
    scene::no_source,
    settings,
    values::BackendsMode,
};
use crate::{
    config::{Config, config_dir},
    rehearsal::{DnsOptions, LoadSetting, Mix, Options, Recording, Replay, Sides, clients::ClientOptions},
    resource::show::clean,
    scenario::{self, Crowd, Scenario},
    tui::{self, Own, Source, SourceKind, has_keys},
};

/// Requests a second that the console sends over a user's own manifests when nobody says otherwise.
const LOAD: f64 = 50.0;

/// Of the lots for names that point at both sides: the same at every run.
const SEED: u64 = 0;

/// Between two measurements when nobody says otherwise.
const REFRESH: Duration = Duration::from_secs(1);

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
        Output::Table | Output::Wide | Output::Csv | Output::Markdown | Output::Html => false,
        Output::Yaml => {
            return Err(Failure::usage("a rehearsal prints a table or JSON, not YAML", "use -o json"));
        }
    };
    let config = settings::load(global)?;
    let script = script(run)?;
    if run.no_tui || json {
        let _logs = logging::start(run, false)?;
        return serve::run(options(global, run, &config, script.as_ref(), false)?, script, json);
    }
    if !(io::stdout().is_terminal() && has_keys()) {
        return Err(Failure::usage("the console needs a terminal", "use --no-tui to serve without it"));
    }
    let logs = logging::start(run, true)?;
    let look = look(global, run, &config);
    let own = Own {
        file: settings::Place::of(global).file,
        logs: logs.handle.clone(),
        told: logs.told.iter().cloned().collect(),
        config,
    };
    serve::console(options(global, run, &own.config, script.as_ref(), true)?, script, look, own)
}

/// `--demo` alone: both sides of the bookshop, with names to be switched and clients that resolve them, beside the load.
/// What was typed stays.
pub fn demo(run: &Run) -> Run {
    let mut run = run.clone();
    if run.side.is_some() || run.dns.is_some() || run.play.scenario.is_some() {
        return run;
    }
    run.side = Some(SideArg::Both);
    run.dns = Some(ANY);
    // Who wants no load wants none at all.
    run.beside = Some(if run.load == Some(0.0) { 0.0 } else { demo::CLIENTS });
    run.play.clients.get_or_insert_default();
    run
}

/// What a config may call the source.
fn names(global: &Global) -> Vec<String> {
    if global.demo {
        return vec!["demo".to_owned()];
    }
    global.files.iter().map(|file| file.display().to_string()).collect()
}

/// What the terminal's window is called.
fn title(global: &Global) -> String {
    let names: Vec<_> = global.files.iter().map(|file| file.display().to_string()).collect();
    if global.demo { "demo bookshop".to_owned() } else { clean(&names.join(", ")).into_owned() }
}

/// What the load asks for.
fn mix(run: &Run) -> Result<Mix, Failure> {
    let Some(path) = &run.load_from else { return Ok(Mix::Routes) };
    let replay = Replay { hosts: run.load_host.clone(), credentials: run.load_credentials };
    let read =
        Recording::open(path, &replay).map_err(|error| Failure::usage(clean(&error.to_string()), ""))?;
    Ok(Mix::Recorded(Arc::new(read)))
}

/// How the console looks.
fn look(global: &Global, run: &Run, config: &Config) -> tui::Options {
    let look = tui::Options {
        title: format!("cutover ▸ {}", title(global)),
        themes: config_dir().map(|folder| folder.join("themes")),
        source: Source::of(if global.demo { SourceKind::Demo } else { SourceKind::Files }, None, None),
        ..tui::Options::default()
    };
    let mut look = look.with(config, &names(global));
    // What was typed now goes before what was written once.
    look.theme = run.theme.clone().unwrap_or(look.theme);
    look.color = run.color.unwrap_or(look.color);
    look.ascii = run.ascii.then_some(true).or(look.ascii);
    look.reduced_motion |= run.reduced_motion;
    look
}

/// A scenario that is to be played.
struct Script {
    scenario: Arc<Scenario>,
    report: Option<PathBuf>,
}

fn script(run: &Run) -> Result<Option<Script>, Failure> {
    let Some(path) = &run.play.scenario else { return Ok(None) };
    let name = path.display().to_string();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::usage(clean(&format!("{name} can not be read: {error}")), ""))?;
    let scenario = scenario::read(&text).map_err(|mistakes| {
        let lines = mistakes.iter().map(|mistake| {
            Failure::usage(clean(&format!("{name}:{}: {}", mistake.line, mistake.message)), "").text
        });
        Failure { code: USAGE, text: lines.collect() }
    })?;
    Ok(Some(Script { scenario: Arc::new(scenario), report: run.play.report.clone() }))
}

/// The clients, when there are to be some.
fn clients(run: &Run, script: Option<&Script>) -> Option<ClientOptions> {
    if let Some(Script { scenario, .. }) = script {
        let Crowd { count, speed, mix } = scenario.clients.clone();
        return Some(ClientOptions { mix, count, speed, beside: None });
    }
    let mix = run.play.clients.clone()?;
    let (count, speed) = (run.play.client_count as usize, run.play.client_speed);
    Some(ClientOptions { mix, count, speed, beside: run.beside })
}

/// Where the name server of a scenario is when nobody says so.
const ANY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// The name server, when one is wanted.
fn dns(run: &Run, script: Option<&Script>) -> Result<Option<DnsOptions>, Failure> {
    if let Some(Script { scenario, .. }) = script {
        let ttl = u32::try_from(scenario.ttl.as_secs()).unwrap_or(u32::MAX);
        let address = run.dns.unwrap_or(ANY);
        return Ok(Some(DnsOptions { address, ttl, forward: run.dns_forward, seed: SEED }));
    }
    let Some(address) = run.dns else { return Ok(None) };
    if run.side != Some(SideArg::Both) {
        return Err(Failure::usage("--dns switches names between both sides", "add --side both"));
    }
    Ok(Some(DnsOptions { address, ttl: run.ttl, forward: run.dns_forward, seed: SEED }))
}

fn options(
    global: &Global,
    run: &Run,
    config: &Config,
    script: Option<&Script>,
    console: bool,
) -> Result<Options, Failure> {
    let default_load = match (global.demo, console || run.load_from.is_some() || run.play.clients.is_some()) {
        // The scenario says when it begins.
        _ if script.is_some() => 0.0,
        (true, _) => demo::LOAD,
        (false, true) => LOAD,
        (false, false) => 0.0,
    };
    let workers =
        run.workers.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from);
    // What a scenario measures is what it does.
    let mut faults = if global.demo && script.is_none() { demo::faults() } else { Vec::new() };
    faults.extend(run.fault.iter().map(|one| (one.service.0.clone(), one.service.1.clone(), one.fault)));
    let concurrency = usize::from(run.load_connections);
    Ok(Options {
        inputs: global.inputs(),
        strict: global.strict,
        sides: if script.is_some() { Sides::BOTH } else { run.side.unwrap_or(SideArg::New).sides() },
        workers,
        own_backends: run
            .backend
            .iter()
            .map(|own| (own.service.0.clone(), own.service.1.clone(), own.port, own.address))
            .collect(),
        direct: run.backends == BackendsMode::Direct,
        load: LoadSetting { rate: run.load.unwrap_or(default_load), concurrency },
        mix: mix(run)?,
        faults,
        writable: !run.read_only && settings::read_only(config, &names(global)).is_none(),
        // Without the console nobody edits.
        journal: journal::path(global.demo).filter(|_| console),
        admin: run.admin,
        refresh: config.refresh.unwrap_or(REFRESH),
        dns: dns(run, script)?,
        clients: clients(run, script),
    })
}
