//! The program in a terminal of its own: keys go in, the screen is read as a person would see it.

use std::{
    io::{Read as _, Write},
    num::NonZeroU16,
    path::Path,
    process::Command,
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtyPair, PtySize, native_pty_system};
use vt100::{Callbacks, Parser, Screen};

/// Within this everything has to happen that does not measure first: long, because a busy machine is slow.
pub const SOON: Duration = Duration::from_secs(30);

/// Columns and rows in which every column of every screen is seen.
pub const WIDE: (u16, u16) = (150, 45);

/// A console in a terminal.
pub struct Console {
    parser: Parser<Asked>,
    bytes: Receiver<Vec<u8>>,
    raw: Vec<u8>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    pair: PtyPair,
    cooked: String,
}

/// What the program asked of its terminal, and whether it is in the middle of a frame.
#[derive(Debug, Default)]
struct Asked {
    answers: Vec<Vec<u8>>,
    in_frame: bool,
    titles: Vec<String>,
    /// Whether it says that it knows the keyboard protocol of kitty.
    kitty: bool,
}

/// How the program ended and what it left.
pub struct Ended {
    pub code: u32,
    /// What stands on the screen after it.
    pub text: String,
    /// Every byte it wrote.
    pub raw: String,
}

impl Callbacks for Asked {
    fn set_window_title(&mut self, _: &mut Screen, title: &[u8]) {
        self.titles.push(String::from_utf8_lossy(title).into_owned());
    }

    fn unhandled_csi(&mut self, s: &mut Screen, i1: Option<u8>, _: Option<u8>, params: &[&[u16]], c: char) {
        match (i1, params, c) {
            (None, [[6]], 'n') => {
                let (row, column) = s.cursor_position();
                self.answers.push(format!("\x1b[{};{}R", row + 1, column + 1).into_bytes());
            }
            (Some(b'?'), [[0]] | [], 'u') if self.kitty => self.answers.push(b"\x1b[?0u".to_vec()),
            (None, [[0]] | [], 'c') => self.answers.push(b"\x1b[?62;22c".to_vec()),
            (Some(b'?'), [[2026]], 'h') => self.in_frame = true,
            (Some(b'?'), [[2026]], 'l') => self.in_frame = false,
            _ => {}
        }
    }
}

impl Console {
    /// Starts the program with these arguments; `home` is all the user has.
    pub fn start(home: &Path, arguments: &[&str]) -> Self {
        Self::start_with(home, arguments, WIDE, &[])
    }

    /// As [`Console::start`], in a terminal of this size and with more environment.
    pub fn start_with(home: &Path, arguments: &[&str], size: (u16, u16), more: &[(&str, &str)]) -> Self {
        Self::run(home, &[&[env!("CARGO_BIN_EXE_cutover")], arguments].concat(), size, more)
    }

    /// A shell with job control, which finds the program in `$CUTOVER`.
    pub fn shell(home: &Path) -> Self {
        let program = env!("CARGO_BIN_EXE_cutover");
        Self::run(home, &["bash", "--norc", "-i"], WIDE, &[("CUTOVER", program), ("PS1", "$ ")])
    }

    fn run(home: &Path, words: &[&str], size: (u16, u16), more: &[(&str, &str)]) -> Self {
        let pair = native_pty_system().openpty(pty_size(size)).unwrap();
        let mut command = CommandBuilder::from_argv(words.iter().map(Into::into).collect());
        command.cwd(env!("CARGO_MANIFEST_DIR"));
        for name in ["NO_COLOR", "CUTOVER_CONFIG", "CUTOVER_LOG", "RUST_LOG", "COLORTERM", "COLUMNS", "LINES"]
        {
            command.env_remove(name);
        }
        for (name, folder) in [("HOME", ""), ("XDG_CONFIG_HOME", "config"), ("XDG_STATE_HOME", "state")] {
            command.env(name, home.join(folder));
        }
        for (name, value) in [("TERM", "xterm-256color"), ("USER", "ana"), ("TZ", "UTC")].iter().chain(more) {
            command.env(name, value);
        }
        let cooked = modes(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        let writer = pair.master.take_writer().unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (tx, bytes) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 16 * 1024];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if tx.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let (columns, rows) = (nonzero(size.0), nonzero(size.1));
        let parser = Parser::new_with_callbacks(rows, columns, 0, Asked::default());
        Self { parser, bytes, raw: Vec::new(), writer, child, pair, cooked }
    }

    /// The screen, a line a row.
    pub fn text(&self) -> String {
        let (_, columns) = self.parser.screen().size();
        self.parser.screen().rows(0, columns.get()).collect::<Vec<_>>().join("\n")
    }

    /// Waits until the screen is as wanted and gives it; says what was waited for when it does not come.
    #[track_caller]
    pub fn until(&mut self, what: &str, seen: impl Fn(&str) -> bool) -> String {
        self.within(SOON, what, seen)
    }

    /// Waits until this text is seen.
    #[track_caller]
    pub fn sees(&mut self, words: &str) -> String {
        self.until(&format!("`{words}`"), |text| text.contains(words))
    }

    /// As [`Console::until`], with a limit of its own.
    #[track_caller]
    pub fn within(&mut self, limit: Duration, what: &str, seen: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + limit;
        loop {
            let text = self.text();
            if !self.parser.callbacks().in_frame && seen(&text) {
                return text;
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.bytes.recv_timeout(left) {
                Ok(bytes) if !left.is_zero() => self.take(&bytes),
                Err(RecvTimeoutError::Disconnected) => panic!("ended before {what}:\n{text}"),
                Ok(_) | Err(RecvTimeoutError::Timeout) => {
                    panic!("no {what} within {limit:?}:\n{text}\n{:?}", self.child.try_wait())
                }
            }
        }
    }

    /// As a terminal that knows the keyboard protocol of kitty.
    pub fn knows_kitty_keys(&mut self) {
        self.parser.callbacks_mut().kitty = true;
    }

    /// Waits until the bytes that came are as wanted.
    #[track_caller]
    pub fn raw_until(&mut self, what: &str, seen: impl Fn(&str) -> bool) {
        self.wait(what, |console| seen(&String::from_utf8_lossy(&console.raw)));
    }

    #[track_caller]
    fn wait(&mut self, what: &str, seen: impl Fn(&Self) -> bool) {
        let end = Instant::now() + SOON;
        while self.parser.callbacks().in_frame || !seen(self) {
            let bytes = self.bytes.recv_timeout(end.saturating_duration_since(Instant::now()));
            let Ok(bytes) = bytes else { panic!("no {what}:\n{}", self.text()) };
            self.take(&bytes);
        }
    }

    /// How often the program draws within this time.
    pub fn frames_in(&mut self, time: Duration) -> usize {
        let (from, end) = (self.raw.len(), Instant::now() + time);
        while let Ok(bytes) = self.bytes.recv_timeout(end.saturating_duration_since(Instant::now())) {
            self.take(&bytes);
        }
        String::from_utf8_lossy(&self.raw[from..]).matches("\x1b[?2026h").count()
    }

    /// The colour under the cell at the top right.
    fn under(&self) -> vt100::Color {
        let screen = self.parser.screen();
        let (_, columns) = screen.size();
        screen.cell(1, columns.get() - 1).map_or(vt100::Color::Default, vt100::Cell::bgcolor)
    }

    /// Waits until the background has this colour.
    #[track_caller]
    pub fn background(&mut self, color: &str) {
        let wanted = color_of(color);
        self.wait(&format!("background {color}"), |console| console.under() == wanted);
    }

    /// Waits until the background has another colour.
    #[track_caller]
    pub fn background_is_not(&mut self, color: &str) {
        let unwanted = color_of(color);
        self.wait(&format!("background other than {color}"), |console| console.under() != unwanted);
    }

    /// Whether the program has the mouse.
    pub fn has_mouse(&self) -> bool {
        self.parser.screen().mouse_protocol_mode() != vt100::MouseProtocolMode::None
    }

    /// Presses keys, as the bytes that a terminal sends.
    pub fn press(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Another size: columns and rows.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.parser.set_size(nonzero(size.1), nonzero(size.0));
        self.pair.master.resize(pty_size(size)).unwrap();
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        let pid = self.child.process_id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Whether the program has the terminal: its own screen, no echo, each key at once.
    pub fn is_taken(&self) -> bool {
        self.parser.screen().alternate_screen() && modes(&*self.pair.master) != self.cooked
    }

    /// Every byte that it wrote so far.
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }

    /// Titles that the window was given.
    pub fn titles(&self) -> &[String] {
        &self.parser.callbacks().titles
    }

    /// Waits for the end and holds what is left against what was there before.
    #[track_caller]
    pub fn ends(mut self) -> Ended {
        let end = Instant::now() + SOON;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < end, "still running:\n{}", self.text());
            if let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(20)) {
                self.take(&bytes);
            }
        };
        assert_eq!(modes(&*self.pair.master), self.cooked, "the terminal's modes are those of before");
        // Nobody holds the other end any more: what is still under way comes, then the end.
        let Self { mut parser, bytes, mut raw, pair, .. } = self;
        drop(pair.slave);
        while let Ok(more) = bytes.recv_timeout(SOON) {
            parser.process(&more);
            raw.extend(more);
        }
        let screen = parser.screen();
        assert!(!screen.alternate_screen(), "the screen of before is back");
        assert!(!screen.hide_cursor(), "the cursor is seen");
        assert!(!screen.bracketed_paste(), "pasted text comes as it is");
        assert_eq!(
            screen.mouse_protocol_mode(),
            vt100::MouseProtocolMode::None,
            "the mouse is the terminal's"
        );
        let last = |on: &str, off: &str| {
            let raw = String::from_utf8_lossy(&raw);
            (raw.rfind(on), raw.rfind(off))
        };
        let (on, off) = last("\x1b[?1004h", "\x1b[?1004l");
        assert!(on <= off, "nobody tells of the focus");
        let (on, off) = last("\x1b[>1u", "\x1b[<u");
        assert!(on <= off, "keys come as before");
        let (kept, back) = last("\x1b[22;2t", "\x1b[23;2t");
        assert!(kept <= back, "the title of before is back");
        assert!(!parser.callbacks().in_frame, "nothing is held back");
        let raw = String::from_utf8_lossy(&raw).into_owned();
        Ended { code: status.exit_code(), text: screen.contents(), raw }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.raw.extend(bytes);
        self.parser.process(bytes);
        for answer in std::mem::take(&mut self.parser.callbacks_mut().answers) {
            self.writer.write_all(&answer).unwrap();
        }
    }
}

/// The value under a heading, in the row that holds these words: `cell(text, "app-canary", "programmed")`.
pub fn cell(text: &str, row: &str, head: &str) -> Option<f64> {
    let mut lines = text.lines();
    let heads = lines.find(|line| line.contains(head))?;
    let (before, from) = heads.split_at(heads.find(head)?);
    let whole = from.split("  ").next()?;
    let line = lines.find(|line| line.contains(row))?;
    // A value ends where its heading ends, and may begin before it: where that of its neighbour ended.
    let begin = before.trim_end().chars().count();
    let end = before.chars().count() + whole.chars().count();
    let own: String = line.chars().take(end).skip(begin).collect();
    own.split_whitespace().find_map(|word| word.parse().ok())
}

/// `#rrggbb`
fn color_of(text: &str) -> vt100::Color {
    let part = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    vt100::Color::Rgb(part(1), part(3), part(5))
}

/// The modes of a terminal: echo, whole lines, signals of keys, line ends.
fn modes(terminal: &dyn MasterPty) -> String {
    let termios = terminal.get_termios().unwrap();
    format!("{:?} {:?} {:?}", termios.input_flags, termios.output_flags, termios.local_flags)
}

fn nonzero(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

fn pty_size((cols, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}
