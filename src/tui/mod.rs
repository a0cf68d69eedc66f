//! The console: screens and keys over a rehearsal's view.
//!
//! One owner of the state (`app`), changed only by messages; drawing (`view`) reads it and nothing else; what
//! screens show is made by `facts`, which knows no terminal; what keys do stands in one table (`action`).

mod action;
mod app;
mod chord;
mod command;
mod event;
pub(crate) mod facts;
mod finding;
#[cfg(test)]
mod fixture;
mod format;
mod input;
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
    sync::mpsc,
    time::{Duration, Instant},
};

use anyhow::{Context, anyhow};
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use jiff::{Timestamp, tz::TimeZone};
use ratatui::{
    Terminal,
    backend::{Backend, ClearType},
};

use crate::rehearsal::Handle;
use app::{Effect, Message, State};
use event::{Bridge, End, Wake};
use facts::Tone;
use theme::Shelf;
use wire::Wire;

pub use offline::Offline;
pub use options::Options;
pub use settings::{check as check_config, example as example_config};
pub use surroundings::{TerminalFacts, of as terminal_facts};
pub use terminal::has_keys;
pub use theme::{Color, Ink, InvalidColor, InvalidInk, SourceKind, SourceLook};

/// Least time between two frames.
const FRAME: Duration = Duration::from_millis(33);
/// Time between two looks at the clock.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// The names of the themes that are built in.
pub fn themes() -> Vec<String> {
    Shelf::default().names().map(str::to_owned).collect()
}

/// Shows the console until a person ends it, then ends the rehearsal.
///
/// # Errors
/// Where no screen can be drawn; an unknown theme; a terminal that can not be written to.
pub fn run(handle: Handle, options: Options) -> anyhow::Result<()> {
    let var = |name: &str| std::env::var(name).ok();
    if let Some(why) = terminal::refuses(var("TERM").as_deref()) {
        return Err(anyhow!(
            "{why}, so no screen can be drawn; `cutover rehearse --no-tui` serves without one, \
             `cutover get`, `describe`, `explain` and `check` print what the screens show"
        ));
    }
    let (theme, _) = options.dress(var, &handle.view.borrow().source)?;
    // crossterm reads NO_COLOR by itself and then writes empty sequences that undo bold and reversed.
    crossterm::style::force_color_output(true);

    let (wake, inbox) = mpsc::channel();
    event::signals(wake.clone()).context("failed to set signal handlers")?;
    let mut bridge = Bridge::start(handle, wake.clone()).context("failed to start the console's thread")?;
    let first = bridge.view();
    let mut state = State::new(first, theme, now(), TimeZone::system());
    if let Some(told) = state.screens.explain.remember_in(crate::config::state_dir().as_deref()) {
        state.note(Tone::Warn, told);
    }
    let end = wake.clone();
    let taken = terminal::Taken::enter(&options.title, move || drop(end.send(Wake::End(End::Panic))))
        .context("failed to take over the terminal")?;
    event::keys(wake);
    let ended = Console::new(state).and_then(|console| console.run(&taken, &mut bridge, &inbox));
    drop(taken);
    bridge.shutdown();
    if terminal::panicked() {
        return Err(anyhow!("a part of the program panicked; what it said stands above"));
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
        Ended::Otherwise(End::Panic) => Err(anyhow!("a part of the program panicked")),
    }
}

/// How the loop ended when nothing failed.
enum Ended {
    /// By a person at the keys.
    Asked,
    Otherwise(End),
}

struct Console {
    state: State,
    terminal: Terminal<Wire<BufWriter<io::Stdout>>>,
    dirty: bool,
    drawn: Option<Instant>,
}

impl Console {
    fn new(state: State) -> io::Result<Self> {
        let out = BufWriter::with_capacity(64 * 1024, io::stdout());
        let terminal = Terminal::new(Wire::new(out))?;
        Ok(Self { state, terminal, dirty: true, drawn: None })
    }

    fn run(
        mut self,
        taken: &terminal::Taken,
        bridge: &mut Bridge,
        inbox: &mpsc::Receiver<Wake>,
    ) -> io::Result<Ended> {
        let mut beat = Instant::now() + HEARTBEAT;
        self.state.wants().into_iter().for_each(|effect| bridge.ask(effect));
        loop {
            let until = match self.drawn {
                _ if !self.dirty => beat,
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
            // All that is waiting is taken before a frame is drawn: keys never wait for frames.
            let mut newer = false;
            for wake in first.into_iter().chain(inbox.try_iter()) {
                self.dirty = true;
                let message = match wake {
                    Wake::Message(message) => message,
                    Wake::View => {
                        newer = true;
                        continue;
                    }
                    Wake::End(end) => return Ok(Ended::Otherwise(end)),
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
            if newer {
                self.update(Message::View(bridge.view()), taken, bridge)?;
            }
            if Instant::now() >= beat {
                beat = Instant::now() + HEARTBEAT;
                self.dirty = true;
                self.update(Message::Tick(now()), taken, bridge)?;
            }
            let due = self.drawn.is_none_or(|drawn| drawn.elapsed() >= FRAME);
            if self.dirty && due && !terminal::panicked() {
                self.draw()?;
            }
        }
    }

    /// Takes a message and does what it asks for; true at the end.
    fn update(&mut self, message: Message, taken: &terminal::Taken, bridge: &Bridge) -> io::Result<bool> {
        self.state.clock = now();
        for effect in self.state.update(message) {
            match effect {
                Effect::Quit => return Ok(true),
                Effect::Lost => return Err(io::Error::other("the rehearsal ended by itself")),
                Effect::Redraw => self.clear()?,
                Effect::Suspend => {
                    taken.stop()?;
                    self.clear()?;
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

/// The wall clock; the rest of the console gets it as an argument.
fn now() -> Timestamp {
    Timestamp::now()
}
