//! The terminal taken over and given back, whatever happens: at the end, on an error, a panic, a signal, a stop.

use std::{
    io::{self, IsTerminal, Write},
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use crossterm::terminal::{self, SetTitle};

use super::format;

/// Whether the terminal is ours now. Process-wide, because a panic hook and a signal have nothing else to ask.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Whether some thread panicked: nothing may be drawn any more.
static PANICKED: AtomicBool = AtomicBool::new(false);

/// Whether the mouse is wanted: also after a stop.
static MOUSE: AtomicBool = AtomicBool::new(false);

/// Whether the terminal knows the keyboard protocol of kitty.
static KEYS: AtomicBool = AtomicBool::new(false);

/// Whether the terminal was asked and has not answered yet.
static ASKING: AtomicBool = AtomicBool::new(false);

/// How long an answer is waited for before the terminal is given back: after that it would stand at the prompt.
const ANSWER: Duration = Duration::from_millis(300);

/// Whether that protocol is switched on.
static PUSHED: AtomicBool = AtomicBool::new(false);

/// The title that was there goes on the terminal's own stack.
const KEEP_TITLE: &[u8] = b"\x1b[22;2t";
/// A screen of our own, pasted text in brackets, news of the focus, no cursor; when it comes, it is a bar that does not
/// blink, since it stands on the selected row and hides nothing there.
const TAKE: &[u8] = b"\x1b[?1049h\x1b[?2004h\x1b[?1004h\x1b[?25l\x1b[6 q";
/// Buttons and the wheel, in decimal numbers. Not each movement: that is a flood.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";
/// Escape and Ctrl with a letter become sequences of their own.
const KEYS_ON: &[u8] = b"\x1b[>1u";
const KEYS_OFF: &[u8] = b"\x1b[<u";
/// The way back, in the other order.
const GIVE: &[u8] = b"\x1b[?2026l\x1b[0m\x1b[0 q\x1b[?1004l\x1b[?2004l\x1b[?1049l\x1b[?25h\x1b[23;2t";

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
        let already = TAKEN.swap(true, Ordering::SeqCst);
        if already {
            // Stopped from outside: the shell put its own modes there meanwhile, of which crossterm knows nothing.
            terminal::disable_raw_mode()?;
        }
        terminal::enable_raw_mode()?;
        let mut out = io::stdout();
        if !already {
            out.write_all(KEEP_TITLE)?;
        }
        crossterm::queue!(out, SetTitle(&self.title))?;
        out.write_all(TAKE)?;
        if MOUSE.load(Ordering::SeqCst) {
            out.write_all(MOUSE_ON)?;
        }
        if KEYS.load(Ordering::SeqCst) && !PUSHED.swap(true, Ordering::SeqCst) {
            out.write_all(KEYS_ON)?;
        }
        out.flush()
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
    let end = Instant::now() + ANSWER;
    while ASKING.load(Ordering::SeqCst) && Instant::now() < end {
        thread::sleep(Duration::from_millis(5));
    }
    let mut out = io::stdout();
    // Each on its own: what fails must not keep the rest from being done.
    if PUSHED.swap(false, Ordering::SeqCst) {
        let _ = out.write_all(KEYS_OFF);
    }
    if MOUSE.load(Ordering::SeqCst) {
        let _ = out.write_all(MOUSE_OFF);
    }
    let _ = out.write_all(GIVE);
    let _ = out.flush();
    let _ = terminal::disable_raw_mode();
}

/// Takes the mouse, or leaves it to the terminal, whose users select text with it.
///
/// # Errors
/// Those of writing to the terminal.
pub fn mouse(ours: bool) -> io::Result<()> {
    MOUSE.store(ours, Ordering::SeqCst);
    if !TAKEN.load(Ordering::SeqCst) {
        return Ok(());
    }
    let mut out = io::stdout();
    out.write_all(if ours { MOUSE_ON } else { MOUSE_OFF })?;
    out.flush()
}

/// Whether the terminal says that it knows the keyboard protocol of kitty. Asked by the thread that reads keys, so that
/// nobody takes the answer for keys; a terminal that does not answer costs it two seconds.
pub fn knows_keys() -> bool {
    ASKING.store(true, Ordering::SeqCst);
    let knows = terminal::supports_keyboard_enhancement().unwrap_or(false);
    ASKING.store(false, Ordering::SeqCst);
    knows
}

/// Switches that protocol on.
///
/// # Errors
/// Those of writing to the terminal.
pub fn clear_keys() -> io::Result<()> {
    KEYS.store(true, Ordering::SeqCst);
    if !TAKEN.load(Ordering::SeqCst) || PUSHED.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    let mut out = io::stdout();
    out.write_all(KEYS_ON)?;
    out.flush()
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
