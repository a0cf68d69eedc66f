//! The terminal taken over and given back, whatever happens: at the end, on an error, a panic, a signal, a stop.

use std::{
    io::{self, IsTerminal, Write},
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
};

use crossterm::{
    cursor, event,
    terminal::{self, EnterAlternateScreen, LeaveAlternateScreen},
};

use super::format;

/// Whether the terminal is ours now. Process-wide, because a panic hook and a signal have nothing else to ask.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Whether some thread panicked: nothing may be drawn any more.
static PANICKED: AtomicBool = AtomicBool::new(false);

/// Whether some thread panicked since the terminal was taken over.
pub fn panicked() -> bool {
    PANICKED.load(Ordering::SeqCst)
}

/// The terminal while it is ours; given back when dropped.
pub struct Taken {
    title: String,
}

impl Taken {
    /// Takes the terminal over. A panic of any thread gives it back, tells, and calls `ended`.
    ///
    /// # Errors
    /// Those of writing to it.
    pub fn enter(title: &str, ended: impl Fn() + Send + Sync + 'static) -> io::Result<Self> {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            PANICKED.store(true, Ordering::SeqCst);
            give_back();
            hook(info);
            ended();
        }));
        let taken = Self { title: format::clean(title).into_owned() };
        taken.again()?;
        Ok(taken)
    }

    /// Takes it over again after a stop.
    ///
    /// # Errors
    /// Those of writing to it.
    pub fn again(&self) -> io::Result<()> {
        terminal::enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let mut out = io::stdout();
        // The title that was there is kept on the terminal's own stack.
        out.write_all(b"\x1b[22;2t")?;
        crossterm::execute!(
            out,
            terminal::SetTitle(&self.title),
            EnterAlternateScreen,
            event::EnableBracketedPaste,
            cursor::Hide
        )
    }

    /// Stops this process and all in its group, as the shell expects of Ctrl-Z; comes back with `fg`.
    ///
    /// # Errors
    /// Those of taking the terminal over again.
    pub fn stop(&self) -> io::Result<()> {
        give_back();
        // The whole group: a program that started us, such as cargo, must stop too or its shell never wakes.
        // Where nobody could wake it (no shell with job control), the system ignores this signal.
        let sent = Command::new("sh").args(["-c", "kill -s TSTP 0"]).status();
        if sent.is_err() {
            let _ = signal_hook::low_level::raise(signal_hook::consts::SIGTSTP);
        }
        self.again()
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the terminal back, once.
pub fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    // Each on its own: what fails must not keep the rest from being done.
    let _ = crossterm::execute!(out, terminal::EndSynchronizedUpdate);
    let _ = crossterm::execute!(out, event::DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
    let _ = out.write_all(b"\x1b[0m\x1b[23;2t");
    let _ = out.flush();
    let _ = terminal::disable_raw_mode();
}

/// Whether keys can be read: from standard input, or from the terminal itself when a pipe brings manifests there.
pub fn has_keys() -> bool {
    io::stdin().is_terminal() || (cfg!(target_os = "linux") && std::fs::File::open("/dev/tty").is_ok())
}

/// Why no screen can be drawn here; none when it can.
pub fn refuses(term: Option<&str>) -> Option<&'static str> {
    if !io::stdout().is_terminal() || !has_keys() {
        Some("this is no terminal")
    } else if term == Some("dumb") {
        Some("TERM is `dumb`")
    } else {
        None
    }
}
