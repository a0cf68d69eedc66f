//! The console: screens and keys over a rehearsal's view.
//!
//! One owner of the state (`app`), changed only by messages; drawing (`view`) reads it and nothing else; what
//! screens show is made by `facts`, which knows no terminal; what keys do stands in one table (`action`).

#![allow(clippy::unnecessary_wraps, reason = "what actions do is of one type, whether it can fail or not")]

mod action;
mod app;
mod chord;
mod command;
mod editor;
mod event;
pub(crate) mod facts;
mod finding;
#[cfg(test)]
mod fixture;
mod format;
mod input;
mod keep;
mod keymap;
mod offline;
mod options;
mod paint;
mod palette;
mod screen;
mod selection;
mod settings;
mod surroundings;
mod terminal;
#[cfg(test)]
mod tests;
mod theme;
mod view;
mod widget;
mod wire;

use std::{
    io::{self, BufWriter, Write},
    path::Path,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use anyhow::{Context, anyhow};
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use jiff::{Timestamp, tz::TimeZone};
use ratatui::{
    Terminal,
    backend::{Backend, ClearType},
};

use crate::{
    config::{self, History},
    rehearsal::{Handle, StandInView, View},
    source::{Watcher, watch},
};
use app::{Effect, Message, State};
use event::{Bridge, End, Wake};
use facts::Tone;
use theme::Shelf;
use wire::Wire;

pub use app::Own;
pub use offline::Offline;
pub use options::Options;
pub use settings::{check as check_config, example as example_config};
pub use surroundings::{TerminalFacts, of as terminal_facts};
pub use terminal::has_keys;
pub use theme::{Color, Ink, InvalidColor, InvalidInk, Source, SourceKind};

/// Least time between two frames.
const FRAME: Duration = Duration::from_millis(33);
/// Time between two looks at the clock.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// The same, when nothing shall move by itself.
const CALM: Duration = Duration::from_secs(5);

/// The names of the themes that are built in.
pub fn themes() -> Vec<String> {
    Shelf::default().names().map(str::to_owned).collect()
}

/// Shows the console until a person ends it, then ends the rehearsal.
///
/// # Errors
/// Where no screen can be drawn; an unknown theme; a terminal that can not be written to.
pub fn run(handle: Handle, options: Options, own: Own) -> anyhow::Result<()> {
    let var = |name: &str| std::env::var(name).ok();
    if let Some(why) = terminal::refuses(var("TERM").as_deref()) {
        return Err(anyhow!(
            "{why}, so no screen can be drawn; `cutover rehearse --no-tui` serves without one, \
             `cutover get`, `describe`, `explain` and `check` print what the screens show"
        ));
    }
    let (theme, troubles) = options.dress(var)?;

    let (wake, inbox) = mpsc::channel();
    event::signals(wake.clone()).context("failed to set signal handlers")?;
    let mut bridge = Bridge::start(handle, wake.clone()).context("failed to start the console's thread")?;
    let first = bridge.view();
    let mut state = State::new(first, theme, now(), TimeZone::system());
    state.tmux = var("TMUX").is_some_and(|socket| !socket.is_empty());
    let (history, trouble) = History::open(config::state_dir().as_deref(), config::Sort::Commands);
    state.typed_before = history.entries().to_vec();
    if let Some(trouble) = trouble {
        state.note(Tone::Warn, trouble);
    }
    if let Some(trouble) = troubles.into_iter().next() {
        state.note(Tone::Warn, trouble);
    }
    state.pointer.ours = options.mouse;
    terminal::mouse(options.mouse).context("failed to take the mouse")?;
    if let Some(told) = state.screens.explain.remember_in(crate::config::state_dir().as_deref()) {
        state.note(Tone::Warn, told);
    }
    let config = own.file.clone();
    state.set_own(own);
    let end = wake.clone();
    let taken = terminal::Taken::enter(&options.title, move || drop(end.send(Wake::End(End::Panic))))
        .context("failed to take over the terminal")?;
    event::keys(wake.clone());
    let ended = Console::new(state, history, options.reduced_motion, wake.clone()).and_then(|mut console| {
        // What is seen comes before what only later changes are for.
        console.draw()?;
        let _themes = options.themes.as_deref().and_then(|folder| watch_themes(folder, wake.clone()));
        let _config = config.and_then(|file| event::config(file, wake.clone()));
        drop(wake);
        console.run(&taken, &mut bridge, &inbox)
    });
    drop(taken);
    bridge.shutdown();
    if terminal::panicked() {
        // It has told of itself in a line that says where its report is.
        return Err(anyhow!(Panicked));
    }
    match ended.context("the console ended")? {
        Ended::Asked => Ok(()),
        // Who sent a signal got what was wanted; who finds the console gone must read why.
        Ended::Otherwise(End::Signal(signal)) => {
            let _ = writeln!(io::stderr(), "{}", End::told(signal));
            Ok(())
        }
        Ended::Otherwise(End::Input(error)) => {
            Err(anyhow!(error).context("the console ended: keys can not be read any more"))
        }
        Ended::Otherwise(End::Panic) => Err(anyhow!(Panicked)),
    }
}

/// Reads a user's own themes again when one is saved. A folder that is not there is not watched.
fn watch_themes(folder: &Path, wake: mpsc::Sender<Wake>) -> Option<Watcher> {
    let (mut last, _) = Shelf::read(folder);
    let owned = folder.to_owned();
    let changed = move || {
        let (shelf, troubles) = Shelf::read(&owned);
        if shelf != last {
            last = shelf.clone();
            let _ = wake.send(Wake::Message(Message::Themes(Arc::new(shelf), troubles)));
        }
    };
    if folder.is_dir() { watch(&[folder.to_owned()], changed).ok() } else { None }
}
/// A part of the program panicked and has told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a part of the program panicked")]
pub struct Panicked;

/// How the loop ended when nothing failed.
enum Ended {
    /// By a person at the keys.
    Asked,
    Otherwise(End),
}

struct Console {
    state: State,
    /// `:` lines, from run to run.
    history: History,
    terminal: Terminal<Wire<BufWriter<io::Stdout>>>,
    dirty: bool,
    drawn: Option<Instant>,
    /// Time between two looks at the clock.
    heartbeat: Duration,
    /// Whether numbers that are measured move with the clock only.
    calm: bool,
    /// Another program has the terminal.
    away: bool,
    wake: mpsc::Sender<Wake>,
}

impl Console {
    fn new(state: State, history: History, calm: bool, wake: mpsc::Sender<Wake>) -> io::Result<Self> {
        let out = BufWriter::with_capacity(64 * 1024, io::stdout());
        let terminal = Terminal::new(Wire::new(out))?;
        let heartbeat = if calm { CALM } else { HEARTBEAT };
        Ok(Self { state, history, terminal, dirty: true, drawn: None, heartbeat, calm, away: false, wake })
    }

    fn run(
        mut self,
        taken: &terminal::Taken,
        bridge: &mut Bridge,
        inbox: &mpsc::Receiver<Wake>,
    ) -> io::Result<Ended> {
        let mut beat = Instant::now() + self.heartbeat;
        let (mut newer, mut came) = (false, false);
        self.state.wants().into_iter().for_each(|effect| bridge.ask(effect));
        loop {
            let until = match self.drawn {
                _ if !self.dirty || self.away => beat,
                Some(drawn) => (drawn + FRAME).min(beat),
                None => Instant::now(),
            };
            let first = match inbox.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(wake) => Some(wake),
                Err(mpsc::RecvTimeoutError::Timeout) => None,
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    return Err(io::Error::other("neither keys nor signals nor the rehearsal can reach it"));
                }
            };
            let mut asked = false;
            // All that is waiting is taken before a frame is drawn: keys never wait for frames.
            for wake in first.into_iter().chain(inbox.try_iter()) {
                let message = match wake {
                    Wake::Message(message) => {
                        asked |= matches!(message, Message::Key(_) | Message::Mouse(_));
                        message
                    }
                    Wake::View => {
                        newer = true;
                        continue;
                    }
                    Wake::Tail => {
                        came = true;
                        continue;
                    }
                    Wake::End(end) => return Ok(Ended::Otherwise(end)),
                    Wake::Back(message) => {
                        editor::REST.end();
                        self.away = false;
                        taken.again()?;
                        self.clear()?;
                        message
                    }
                    Wake::Continued => {
                        taken.again()?;
                        self.clear()?;
                        continue;
                    }
                    Wake::ClearKeys => {
                        terminal::clear_keys()?;
                        continue;
                    }
                };
                if self.update(message, taken, bridge)? {
                    return Ok(Ended::Asked);
                }
            }
            let beats = Instant::now() >= beat;
            if newer {
                let view = bridge.view();
                // What is only measured anew waits for the clock or a key, when a person wants that.
                if beats || asked || !self.calm || !only_measured(&self.state.view, &view) {
                    newer = false;
                    self.update(Message::View(view), taken, bridge)?;
                }
            }
            if came && (beats || asked || !self.calm) {
                came = false;
                self.update(Message::Tail(bridge.tail()), taken, bridge)?;
            }
            if beats {
                beat = Instant::now() + self.heartbeat;
                self.update(Message::Tick(now()), taken, bridge)?;
            }
            let due = self.drawn.is_none_or(|drawn| drawn.elapsed() >= FRAME);
            if self.dirty && due && !self.away && !terminal::panicked() {
                self.draw()?;
            }
        }
    }

    /// Takes a message and does what it asks for; true at the end.
    fn update(&mut self, message: Message, taken: &terminal::Taken, bridge: &Bridge) -> io::Result<bool> {
        self.state.clock = now();
        // The focus alone changes nothing that is seen.
        self.dirty |= !matches!(message, Message::Focus(_));
        for effect in self.state.update(message) {
            match effect {
                Effect::Quit => return Ok(true),
                Effect::Lost => return Err(io::Error::other("the rehearsal ended by itself")),
                Effect::Remember(line) => {
                    if let Err(error) = self.history.add(line) {
                        self.state.note(facts::Tone::Warn, format!("history is not kept: {error}"));
                    }
                }
                Effect::Redraw => self.clear()?,
                Effect::Mouse(ours) => terminal::mouse(ours)?,
                Effect::Editor(draft) => {
                    terminal::give_back();
                    self.away = true;
                    editor::open(draft, self.wake.clone());
                }
                Effect::Suspend => {
                    taken.stop()?;
                    self.clear()?;
                }
                Effect::Copy(text) => {
                    let out = self.terminal.backend_mut();
                    out.write_all(&keep::sequence(&text, self.state.tmux))?;
                    io::Write::flush(out)?;
                }
                other => bridge.ask(other),
            }
        }
        Ok(false)
    }

    /// Forgets what is on the screen, so that all of it is drawn again. (ratatui's own `clear` asks the terminal
    /// where its cursor is, and the answer would go to the thread that reads keys.)
    fn clear(&mut self) -> io::Result<()> {
        self.terminal.backend_mut().clear_region(ClearType::All)?;
        self.terminal.swap_buffers();
        self.dirty = true;
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        crossterm::queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let state = &self.state;
        self.terminal.draw(|frame| view::draw(state, frame))?;
        crossterm::queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        io::Write::flush(self.terminal.backend_mut())?;
        self.dirty = false;
        self.drawn = Some(Instant::now());
        Ok(())
    }
}

/// Whether two views differ in nothing but what is measured and counted.
fn only_measured(old: &View, new: &View) -> bool {
    let stand_in =
        |one: &StandInView| (Arc::clone(&one.backend), one.backing.clone(), one.assumed, one.fault);
    Arc::ptr_eq(&old.world, &new.world)
        && Arc::ptr_eq(&old.compiled, &new.compiled)
        && old.journal.len() == new.journal.len()
        && old.names.as_ref().map(|names| names.version) == new.names.as_ref().map(|names| names.version)
        && old.wrongs == new.wrongs
        && old.problems == new.problems
        && old.listeners == new.listeners
        && old.load.setting == new.load.setting
        && old.traffic.failure == new.traffic.failure
        && old.stand_ins.iter().map(stand_in).eq(new.stand_ins.iter().map(stand_in))
}

/// The wall clock; the rest of the console gets it as an argument.
fn now() -> Timestamp {
    Timestamp::now()
}
