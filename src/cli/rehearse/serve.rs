//! Runs a rehearsal until somebody ends it.

use std::{future::pending, io, net::SocketAddr, pin::Pin, sync::Arc, thread, time::Duration};

use jiff::tz::TimeZone;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::{oneshot, watch},
    time::timeout,
};
use tracing::{info, warn};

use super::{
    Script, events,
    play::{self, Played, Progress, Stage},
};
use crate::{
    cli::{
        failure::{FAILED, Failure, told},
        out,
        switch::{clock, pointing},
        table::Table,
    },
    rehearsal::{self, Command, Handle, ListenerView, Notice, Options, View},
    resource::show::{clean, clean_lines},
    scenario::{Outcome, passed},
    tui,
};

/// How long requests under way may take to finish after Ctrl-C.
const GRACE: Duration = Duration::from_secs(10);

/// Serves without a console until Ctrl-C or SIGTERM.
///
/// # Errors
/// Input that can not be read; an admin address that is taken.
pub fn run(options: Options, script: Option<Script>, json: bool) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(cannot_start)?;
    runtime.block_on(async {
        let mut ends = Ends::listen().map_err(cannot_start)?;
        let mut handle = start(options)?;
        let view = handle.view.clone();
        let mut printer = Printer { json, view, listeners: Vec::new(), dns: None, ready: false };
        let stage = Stage { view: handle.view.clone(), commands: handle.commands.clone() };
        let mut playing = None;
        let mut cut = None;
        let result = loop {
            let played = async {
                match playing.as_mut() {
                    Some(playing) => Pin::as_mut(playing).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                () = ends.next() => match (&script, cut.take()) {
                    (None, _) => break Ok(()),
                    // What was seen until now is told, and reported.
                    (Some(_), Some(cut)) => drop::<oneshot::Sender<()>>(cut),
                    (Some(_), None) => break Err(Failure::failed("the scenario was ended before its end", "")),
                },
                played = played => break over(&played, script.as_ref(), json),
                notice = handle.notices.recv() => match notice {
                    Some(notice) => {
                        if let Err(failure) = printer.print(&notice) {
                            break Err(failure);
                        }
                        if let (Notice::Ready { .. }, Some(script), None) = (&notice, &script, &playing) {
                            let scenario = Arc::clone(&script.scenario);
                            let tell = move |progress| step(&progress, json);
                            let (cut_tx, cut_rx) = oneshot::channel();
                            cut = Some(cut_tx);
                            let ended = async {
                                let _ = cut_rx.await;
                            };
                            playing = Some(Box::pin(play::play(scenario, stage.clone(), ended, tell)));
                        }
                    }
                    None => break Err(Failure::failed("the rehearsal ended by itself", "see the log above")),
                },
            }
        };
        let (tx, rx) = oneshot::channel();
        if handle.commands.send(Command::Shutdown(tx)).is_ok() {
            info!("finishing requests under way; Ctrl-C again to stop at once");
            tokio::select! {
                _ = timeout(GRACE, rx) => {}
                () = ends.next() => {}
            }
        }
        result
    })
}

/// A line for a step that begins.
fn step(Progress { at, step: (nth, all), text }: &Progress, json: bool) {
    let line = if json {
        out::line(&events::Event::Step { at: *at, step: *nth, steps: *all, text })
    } else {
        format!("{at:7.1} s  {nth:>3}/{all}  {}\n", clean(text))
    };
    // Who does not read any more does not end the scenario: its report is still to be written.
    let _ = out::print(&line);
}

/// What is said at the end of a scenario, and its reports.
fn over(played: &Played, script: Option<&Script>, json: bool) -> Result<(), Failure> {
    let Played { record, verdicts } = played;
    let passed = passed(record, verdicts);
    if json {
        let event = events::Event::Scenario { passed, ended: &record.outcome, criteria: verdicts };
        out::print(&out::line(&event))?;
    } else {
        let mut table = Table::new(["", "MEASURE", "WANTED", "MEASURED", "WHEN"]);
        for verdict in verdicts {
            let sign = if verdict.passed { "✓" } else { "✗" };
            table.row([sign, &verdict.what, &verdict.wanted, &verdict.measured, &verdict.window]);
        }
        out::print(&format!("\n{}", clean_lines(&table.render(0))))?;
    }
    if let Some(folder) = script.and_then(|script| script.report.as_deref()) {
        play::write(played, folder).map_err(|(path, error)| {
            Failure::failed(clean(&format!("{} can not be written: {error}", path.display())), "")
        })?;
    }
    let name = clean(&record.scenario).into_owned();
    match &record.outcome {
        Outcome::Stopped { line, why } => {
            Err(Failure::failed(format!("scenario `{name}` stopped at line {line}: {}", clean(why)), ""))
        }
        Outcome::Running | Outcome::Completed if !passed => {
            let failed = verdicts.iter().filter(|verdict| !verdict.passed).count();
            Err(Failure::failed(
                format!("scenario `{name}`: {failed} of {} criteria failed", verdicts.len()),
                "",
            ))
        }
        Outcome::Running | Outcome::Completed => Ok(()),
    }
}

fn cannot_start(error: io::Error) -> Failure {
    Failure::failed(format!("failed to start: {error}"), "")
}

/// Ctrl-C and SIGTERM.
struct Ends {
    interrupt: Signal,
    terminate: Signal,
}

impl Ends {
    fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Prints notices as they come; people get one table of the listeners when all are up.
struct Printer {
    json: bool,
    view: watch::Receiver<Arc<View>>,
    listeners: Vec<ListenerView>,
    /// The name server, and a hostname to ask it for.
    dns: Option<(SocketAddr, Option<String>)>,
    ready: bool,
}

impl Printer {
    fn print(&mut self, notice: &Notice) -> Result<(), Failure> {
        if self.json {
            log(notice);
            return events::event(notice).map_or(Ok(()), |event| out::print(&out::line(&event)));
        }
        match notice {
            Notice::Listening(view) if !self.ready => self.listeners.push(view.clone()),
            Notice::Listening(view) => out::print(&events::table(std::slice::from_ref(view)))?,
            Notice::Dns { address, example, .. } => self.dns = Some((*address, example.clone())),
            Notice::Switched { hostname, to, at, moved_by } => {
                out::print(&format!(
                    "{} points at {} since {}; all that obey the TTL have moved by {}\n",
                    clean(hostname),
                    pointing(*to),
                    clock(*at),
                    clock(*moved_by)
                ))?;
            }
            Notice::Ready { admin } => {
                self.ready = true;
                let mut text = if self.listeners.is_empty() {
                    events::nobody(&self.view.borrow())
                } else {
                    events::table(&self.listeners)
                };
                text.push_str(&format!("\nmetrics   http://{admin}/metrics\n"));
                if let Some((address, example)) = &self.dns {
                    text.push_str(&dns(*address, example.as_deref(), *admin));
                }
                if let Some(hint) = events::hint(&self.listeners, &self.view.borrow().table) {
                    text.push_str(&format!("try       {}\n", clean(&hint)));
                }
                text.push_str("serving; the files are watched; Ctrl-C ends\n");
                out::print(&text)?;
            }
            Notice::Reloaded { .. } | Notice::Refused(_) | Notice::Note(_) => log(notice),
        }
        Ok(())
    }
}

/// How the name server is asked, and how a name is switched.
fn dns(address: SocketAddr, example: Option<&str>, admin: SocketAddr) -> String {
    let Some(hostname) = example else {
        return format!("dns       {address}, over UDP and TCP; no hostname to answer for\n");
    };
    let (hostname, ip, port) = (clean(hostname), address.ip(), address.port());
    format!(
        "dns       dig @{ip} -p {port} {hostname}\n\
         switch    cutover switch {hostname} --to new --admin {admin}\n"
    )
}

fn log(notice: &Notice) {
    match notice {
        Notice::Listening(_) | Notice::Ready { .. } | Notice::Dns { .. } | Notice::Switched { .. } => {}
        Notice::Reloaded { changed, removed } => info!(changed, removed, "files reloaded"),
        Notice::Refused(problem) => {
            warn!(
                "file refused; what it held before, if anything, is still served\n{}",
                told(problem).trim_end()
            );
        }
        Notice::Note(note) => info!("{}", clean(note)),
    }
}

/// Runs the console.
///
/// # Errors
/// Those of [`run`], an unknown theme, and a terminal that can not be used.
pub fn console(
    options: Options,
    script: Option<Script>,
    look: tui::Options,
    own: tui::Own,
) -> Result<(), Failure> {
    look.check()
        .map_err(|error| Failure::usage(error.to_string(), "see `t` in the console for all themes"))?;
    // It reads the names of all zones there are, which takes as long as a rehearsal to begin.
    thread::spawn(TimeZone::system);
    let handle = start(options)?;
    let (ended, playing) = match &script {
        None => (None, None),
        Some(script) => {
            let stage = Stage { view: handle.view.clone(), commands: handle.commands.clone() };
            let (ended_tx, ended_rx) = oneshot::channel::<()>();
            let scenario = Arc::clone(&script.scenario);
            let player = thread::Builder::new().name("scenario".to_owned()).spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
                let ended = async {
                    let _ = ended_rx.await;
                };
                let log = |progress: Progress| info!(step = progress.step.0, "{}", clean(&progress.text));
                Some(runtime.block_on(play::play(scenario, stage, ended, log)))
            });
            (Some(ended_tx), Some(player.map_err(cannot_start)?))
        }
    };
    let shown = tui::run(handle, look, own);
    drop(ended);
    if let Some(played) = playing.and_then(|playing| playing.join().ok().flatten()) {
        over(&played, script.as_ref(), false)?;
    }
    shown.map_err(|error| {
        if error.is::<tui::Panicked>() {
            return Failure::silent(FAILED);
        }
        Failure::failed(format!("{error:#}"), "use --no-tui to serve without the console")
    })
}

/// What a user can mend by other arguments or files is their input; all else failed here.
fn start(options: Options) -> Result<Handle, Failure> {
    rehearsal::start(options).map_err(|problem| match problem.code {
        "admin-address" | "dns-address" | "rehearsal-failed" | "journal-unwritable" => {
            Failure { code: FAILED, text: told(&problem) }
        }
        _ => Failure::unreadable(&problem),
    })
}
