//! What wakes the console: keys, signals, the clock, and the rehearsal behind it.

mod effects;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use crossterm::event::{self, Event, KeyEventKind, MouseEventKind};
use signal_hook::{
    consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};
use tokio::sync::{mpsc as tokio_mpsc, oneshot, watch};

use super::{
    app::{Effect, Message},
    editor,
    facts::Tone,
    terminal,
};
use crate::{
    config::Config,
    rehearsal::{Command, Handle, Notice, Tail, View},
    resource::Problem,
    source::{Watcher, watch},
};

/// Time that a rehearsal gets to end.
const GRACE: Duration = Duration::from_secs(5);

/// Time until keys are read again after a failure.
const AGAIN: Duration = Duration::from_millis(20);

/// What wakes the loop.
#[derive(Debug)]
pub enum Wake {
    /// A message for the state.
    Message(Message),
    /// There is a newer view.
    View,
    /// Requests went through the gateway.
    Tail,
    /// The process shall end, though nobody asked for it with a key.
    End(End),
    /// The process runs again after a stop.
    Continued,
    /// Another program gave the terminal back, and this came of it.
    Back(Message),
    /// The terminal knows the keyboard protocol of kitty.
    ClearKeys,
}

/// Why the console ends when nobody ended it with a key.
#[derive(Debug)]
pub enum End {
    /// A signal of this number.
    Signal(i32),
    /// Keys can not be read any more.
    Input(std::io::Error),
    /// A thread panicked; it told of it.
    Panic,
}

impl End {
    /// What is said of a signal, once the terminal is given back: the name, and what the process does.
    pub fn told(signal: i32) -> String {
        let name = match signal {
            SIGTERM => "SIGTERM",
            SIGHUP => "SIGHUP, as when a terminal goes away",
            SIGINT => "SIGINT",
            _ => return format!("cutover: ended by signal {signal}"),
        };
        format!("cutover: ended by {name}")
    }
}

/// Reads keys in a thread of its own. Its end, with that of the terminal, ends the console.
pub fn keys(wake: mpsc::Sender<Wake>) {
    thread::spawn(move || {
        if terminal::knows_keys() && wake.send(Wake::ClearKeys).is_err() {
            return;
        }
        let next = || {
            editor::REST.here();
            event::read()
        };
        read(next, &wake);
    });
}

/// Has a config file read again when it is saved, for as long as what is given lives. None when nobody can watch it.
pub fn config(file: PathBuf, wake: mpsc::Sender<Wake>) -> Option<Watcher> {
    let read = |file: &Path| std::fs::read(file).ok();
    let mut known = read(&file);
    let roots = [file.clone()];
    let changed = move || {
        // Where no events come this is called every second.
        let now = read(&file);
        if now == known {
            return;
        }
        let gone = now.is_none() && std::fs::symlink_metadata(&file).is_err();
        known = now;
        let config = if gone { Ok(Config::default()) } else { Config::read(&file) };
        let config = config.and_then(|config| match super::check_config(&config) {
            mistakes if mistakes.is_empty() => Ok(config),
            mistakes => Err(mistakes),
        });
        let _ = wake.send(Wake::Message(Message::Config(Box::new(config))));
    };
    watch(&roots, changed).ok()
}

/// Failures to read, one after the other, that are the end. One alone may be a size that was asked for while the
/// terminal changed it.
const FAILURES: u32 = 5;

/// Hands on what is read until it can not be read any more, or nobody wants it.
fn read(mut next: impl FnMut() -> std::io::Result<Event>, wake: &mpsc::Sender<Wake>) {
    let mut failures = 0;
    loop {
        let message = match next() {
            Ok(event) => {
                failures = 0;
                match event {
                    Event::Key(key) if key.kind != KeyEventKind::Release => Message::Key(key),
                    Event::Paste(text) => Message::Paste(text),
                    Event::Resize(..) => Message::Resize,
                    Event::FocusGained => Message::Focus(true),
                    Event::FocusLost => Message::Focus(false),
                    Event::Mouse(mouse) if matters(mouse.kind) => Message::Mouse(mouse),
                    Event::Key(_) | Event::Mouse(_) => continue,
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => {
                failures += 1;
                if failures < FAILURES {
                    thread::sleep(AGAIN);
                    continue;
                }
                let _ = wake.send(Wake::End(End::Input(error)));
                return;
            }
        };
        if wake.send(Wake::Message(message)).is_err() {
            return;
        }
    }
}

/// What anything is done about; the rest need not wake anybody.
fn matters(kind: MouseEventKind) -> bool {
    match kind {
        MouseEventKind::Down(_) | MouseEventKind::ScrollUp | MouseEventKind::ScrollDown => true,
        MouseEventKind::Up(_)
        | MouseEventKind::Drag(_)
        | MouseEventKind::Moved
        | MouseEventKind::ScrollLeft
        | MouseEventKind::ScrollRight => false,
    }
}

/// Signals that end the console, and the one that wakes it from a stop.
///
/// # Errors
/// When a handler can not be set.
pub fn signals(wake: mpsc::Sender<Wake>) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGCONT])?;
    thread::spawn(move || {
        for signal in signals.forever() {
            // Ctrl-C in an editor is the editor's; whoever was woken with it wakes us when it is done.
            if matches!(signal, SIGINT | SIGCONT) && editor::REST.is_wanted() {
                continue;
            }
            let message = if signal == SIGCONT { Wake::Continued } else { Wake::End(End::Signal(signal)) };
            if wake.send(message).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// The rehearsal's side: a thread that waits for it, so that the loop never does.
pub struct Bridge {
    view: watch::Receiver<Arc<View>>,
    tail: watch::Receiver<Tail>,
    requests: tokio_mpsc::UnboundedSender<Request>,
}

#[expect(clippy::large_enum_variant, reason = "one at a time passes through; a box would only add a step")]
enum Request {
    Do(Effect),
    Shutdown(mpsc::Sender<()>),
}

impl Bridge {
    /// Starts to listen.
    ///
    /// # Errors
    /// When the thread's runtime can not be made.
    pub fn start(handle: Handle, wake: mpsc::Sender<Wake>) -> std::io::Result<Self> {
        let (requests, inbox) = tokio_mpsc::unbounded_channel();
        let (view, tail) = (handle.view.clone(), handle.tail.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        thread::spawn(move || runtime.block_on(listen(handle, inbox, wake)));
        Ok(Self { view, tail, requests })
    }

    /// The newest view.
    pub fn view(&mut self) -> Arc<View> {
        Arc::clone(&self.view.borrow_and_update())
    }

    /// The newest requests.
    pub fn tail(&mut self) -> Tail {
        self.tail.borrow_and_update().clone()
    }

    /// Asks for something; the answer comes as a message.
    pub fn ask(&self, effect: Effect) {
        let _ = self.requests.send(Request::Do(effect));
    }

    /// Ends the rehearsal, and waits for it for a while.
    pub fn shutdown(self) {
        let (done, ended) = mpsc::channel();
        if self.requests.send(Request::Shutdown(done)).is_ok() {
            let _ = ended.recv_timeout(GRACE);
        }
    }
}

async fn listen(handle: Handle, mut inbox: tokio_mpsc::UnboundedReceiver<Request>, wake: mpsc::Sender<Wake>) {
    let Handle { mut view, mut tail, commands, mut notices } = handle;
    let mut following = true;
    let mut noticing = true;
    let mut ready = false;
    loop {
        tokio::select! {
            changed = view.changed() => {
                let message = if changed.is_ok() { Wake::View } else { Wake::Message(Message::Closed) };
                if wake.send(message).is_err() || changed.is_err() {
                    return;
                }
                // Marked as seen here, so that one change wakes once; the loop reads its own copy.
                view.mark_unchanged();
            }
            changed = tail.changed(), if following => {
                following = changed.is_ok();
                if following && wake.send(Wake::Tail).is_err() {
                    return;
                }
            }
            notice = notices.recv(), if noticing => match notice {
                // What is wrong from the start stands among what needs a person.
                Some(Notice::Listening(_)) if !ready => {}
                // Which ports it got is told by the Rehearsal screen: a line over what one looks at says no more.
                Some(Notice::Note(text)) if !ready => tracing::info!("{text}"),
                Some(notice) => {
                    ready |= matches!(notice, Notice::Ready { .. });
                    if let Some((tone, text)) = note(&notice) {
                        let _ = wake.send(Wake::Message(Message::Note(tone, text)));
                    }
                }
                None => noticing = false,
            },
            request = inbox.recv() => match request {
                Some(Request::Do(effect)) => effects::command(effect, &commands, &wake),
                Some(Request::Shutdown(done)) => {
                    let (sender, ended) = oneshot::channel();
                    if commands.send(Command::Shutdown(sender)).is_ok() {
                        let _ = ended.await;
                    }
                    let _ = done.send(());
                    return;
                }
                None => return,
            },
        }
    }
}

/// What is worth a line on the screen; what the screens show anyway is not.
fn note(notice: &Notice) -> Option<(Tone, String)> {
    match notice {
        Notice::Listening(listener) => listener.address.as_ref().err().map(|why| {
            (Tone::Bad, format!("{} ▸ {} does not listen: {why}", listener.id.port.entry, listener.id.name))
        }),
        // Whoever did it here is told at once, and thousands may be switched together: the screen shows each.
        Notice::Ready { .. } | Notice::Dns { .. } | Notice::Switched { .. } => None,
        Notice::Reloaded { changed, removed } => {
            Some((Tone::Good, format!("read again: {changed} objects changed, {removed} gone")))
        }
        Notice::Refused(problem) => Some((Tone::Bad, refused(problem))),
        Notice::Note(text) => Some((Tone::Plain, text.clone())),
    }
}

fn refused(problem: &Problem) -> String {
    let file = problem.file.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
    let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
    format!("{file}{line} not taken: {}", problem.message)
}

#[cfg(test)]
mod tests {
    use std::io;

    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    use super::*;

    #[test]
    fn an_input_that_ends_is_told_with_its_reason() {
        let key = || Ok(Event::Key(KeyEvent::new(KeyCode::Char('x'), KeyModifiers::NONE)));
        let fails = |why: &str| Err(io::Error::other(why.to_owned()));
        let mut events = vec![key(), Err(io::Error::from(io::ErrorKind::Interrupted)), fails("no size")];
        events.push(Ok(Event::Resize(80, 24)));
        events.extend((0..FAILURES).map(|nth| fails(&format!("the terminal is gone: {nth}"))));
        let mut events = events.into_iter();
        let (wake, inbox) = mpsc::channel();
        read(|| events.next().unwrap_or_else(|| panic!("read on after the end")), &wake);
        drop(wake);
        let woken: Vec<Wake> = inbox.iter().collect();
        let [Wake::Message(Message::Key(_)), Wake::Message(Message::Resize), Wake::End(End::Input(error))] =
            &woken[..]
        else {
            panic!("{woken:?}")
        };
        assert_eq!(error.to_string(), "the terminal is gone: 4", "one failure alone is not the end");
    }
}
