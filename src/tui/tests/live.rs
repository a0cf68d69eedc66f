//! The real loop in a real pseudo terminal: this test program starts itself there with a rehearsal made by hand.

use std::{
    io::{Read, Write},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use tokio::sync::{mpsc, watch};

use crate::{
    rehearsal::{Command, Handle, Tail},
    tui::{Options, Own, fixture, run},
};

/// Set for the program in the pseudo terminal.
const INSIDE: &str = "CUTOVER_TEST_CONSOLE";

/// Runs the console, when started by the tests below; alone it does nothing.
#[test]
fn inside() {
    if std::env::var(INSIDE).is_err() {
        return;
    }
    let (view_tx, view) = watch::channel(fixture::view());
    let (commands, mut asked) = mpsc::unbounded_channel();
    let (_notices, notices) = mpsc::unbounded_channel();
    let (_tail, tail) = watch::channel(Tail::default());
    if std::env::var("CUTOVER_TEST_LOST").is_ok() {
        thread::spawn(move || {
            thread::sleep(Duration::from_secs(1));
            drop(view_tx);
        });
        let ended = run(Handle { view, tail, commands, notices }, Options::default(), Own::default());
        println!("ENDED {ended:?}");
        return;
    }
    thread::spawn(move || {
        while let Some(command) = asked.blocking_recv() {
            match command {
                Command::Load(setting) => {
                    view_tx.send_modify(|view| {
                        let mut next = (**view).clone();
                        next.load.setting = setting;
                        *view = Arc::new(next);
                    });
                }
                Command::Shutdown(done) => drop(done),
                Command::Plan(..)
                | Command::PlanUndo(..)
                | Command::Passage(..)
                | Command::PlanDocument(..)
                | Command::Apply(..)
                | Command::Undo(..)
                | Command::Lines(..)
                | Command::Fault(..)
                | Command::Mix(_)
                | Command::Watch(_)
                | Command::Ask(..)
                | Command::Switch(..)
                | Command::Clients(_)
                | Command::Wrong(..)
                | Command::Names(_) => {}
            }
        }
    });
    if std::env::var("CUTOVER_TEST_PANIC").is_ok() {
        thread::spawn(|| {
            thread::sleep(Duration::from_secs(1));
            panic!("a worker broke");
        });
    }
    let ended = run(Handle { view, tail, commands, notices }, Options::default(), Own::default());
    println!("ENDED {ended:?}");
}

/// A console in a pseudo terminal.
struct Console {
    child: Box<dyn Child + Send + Sync>,
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
    seen: Arc<Mutex<(vt100::Parser, Vec<u8>)>>,
    _pair: Box<dyn portable_pty::MasterPty + Send>,
}

impl Console {
    fn start(vars: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args(["--exact", "tui::tests::live::inside", "--nocapture"]);
        Self::start_command(command, vars)
    }

    /// Started by a shell that can stop it and let it go on: it waits for a line in between.
    fn start_in_shell(vars: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new("bash");
        let script =
            "set -m; \"$0\" --exact tui::tests::live::inside --nocapture; echo STOPPED; read line; fg";
        command.args(["-c", script]);
        command.arg(std::env::current_exe().unwrap());
        Self::start_command(command, vars)
    }

    fn start_command(mut command: CommandBuilder, vars: &[(&str, &str)]) -> Self {
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        command.env(INSIDE, "plain");
        command.env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR");
        for (name, value) in vars {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let seen = Arc::new(Mutex::new((
            vt100::Parser::new(24.try_into().unwrap(), 80.try_into().unwrap(), 0),
            Vec::new(),
        )));
        let sink = Arc::clone(&seen);
        let writer = Arc::new(Mutex::new(pair.master.take_writer().unwrap()));
        let answers = Arc::clone(&writer);
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                // A terminal that knows the keyboard protocol of kitty.
                if buffer[..read].windows(4).any(|bytes| bytes == b"\x1b[?u") {
                    answers.lock().unwrap().write_all(b"\x1b[?0u\x1b[?62c").unwrap();
                }
                let mut seen = sink.lock().unwrap();
                seen.0.process(&buffer[..read]);
                seen.1.extend_from_slice(&buffer[..read]);
            }
        });
        Self { child, writer, seen, _pair: pair.master }
    }

    fn press(&mut self, keys: &str) {
        let mut writer = self.writer.lock().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    fn screen(&self) -> String {
        self.seen.lock().unwrap().0.screen().contents()
    }

    fn bytes(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap().1).into_owned()
    }

    /// Waits for a text on the screen.
    #[track_caller]
    fn wait(&self, text: &str) {
        let until = Instant::now() + Duration::from_secs(20);
        while !self.screen().contains(text) {
            assert!(Instant::now() < until, "`{text}` did not come:\n{}", self.screen());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for bytes.
    #[track_caller]
    fn wait_bytes(&self, what: &str) {
        let until = Instant::now() + Duration::from_secs(20);
        while !self.bytes().contains(what) {
            assert!(Instant::now() < until, "{what:?} did not come:\n{}", self.screen());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The terminal is as it was: no alternate screen, the cursor seen, nothing switched on.
    #[track_caller]
    fn given_back(&mut self) {
        self.child.wait().unwrap();
        thread::sleep(Duration::from_millis(100));
        self.is_as_before();
    }

    #[track_caller]
    fn is_as_before(&self) {
        let bytes = self.bytes();
        // Of these the terminal keeps a stack.
        for (on, off) in [("\x1b[>1u", "\x1b[<u"), ("\x1b[22;2t", "\x1b[23;2t")] {
            assert_eq!(bytes.matches(on).count(), bytes.matches(off).count(), "{on:?} and {off:?}");
        }
        assert!(bytes.rfind("\x1b[?1004h") <= bytes.rfind("\x1b[?1004l"), "news of the focus still come");
        assert!(bytes.rfind("\x1b[6 q") <= bytes.rfind("\x1b[0 q"), "the cursor has another shape");
        let seen = self.seen.lock().unwrap();
        let screen = seen.0.screen();
        assert!(!screen.alternate_screen(), "still on the alternate screen");
        assert!(!screen.hide_cursor(), "the cursor is hidden");
        assert!(!screen.bracketed_paste(), "paste is still bracketed");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is still ours");
    }
}

#[test]
fn a_person_looks_around_filters_changes_the_load_and_quits() {
    let mut console = Console::start(&[]);
    console.wait("Needs you");
    console.press("3");
    console.wait("6 routes");
    console.press("/bo");
    console.wait("1 of 6 routes");
    console.press("oks\r");
    console.press("\r");
    console.wait("HTTPRoute shop/books");
    console.press("\u{1b}");
    console.wait("1 of 6 routes");
    console.press("6");
    console.wait("400/s over");
    console.press("+");
    console.wait("500/s over");
    console.press("4\rLL");
    console.wait("10 ▸ 20");
    console.press("q");
    console.wait("not applied");
    console.press("y");
    console.given_back();
    assert!(console.bytes().contains("ENDED Ok"), "{}", console.bytes());
    assert!(console.bytes().contains("\u{1b}[?2026h"), "frames are synchronized");
}

#[test]
fn a_stop_gives_the_terminal_back_and_what_was_on_is_on_again_afterwards() {
    let mut console = Console::start_in_shell(&[]);
    console.wait("Needs you");
    console.wait_bytes("\x1b[>1u");
    console.press("m");
    console.wait("the mouse selects");
    console.press("\x1a");
    console.wait("STOPPED");
    console.is_as_before();
    console.press("\r");
    console.wait("Needs you");
    console.press("3");
    console.wait("6 routes");
    let mouse = console.seen.lock().unwrap().0.screen().mouse_protocol_mode();
    assert_ne!(mouse, vt100::MouseProtocolMode::None);
    assert_eq!(console.bytes().matches("\x1b[>1u").count(), 2, "keys, too");
    console.press("q");
    console.given_back();
    assert!(console.bytes().contains("ENDED Ok"), "{}", console.bytes());
}

#[test]
fn a_signal_gives_the_terminal_back_and_is_told_there() {
    for signal in ["TERM", "HUP", "INT"] {
        let mut console = Console::start(&[]);
        console.wait("Needs you");
        let pid = console.child.process_id().unwrap().to_string();
        std::process::Command::new("sh").args(["-c", &format!("kill -s {signal} {pid}")]).status().unwrap();
        console.given_back();
        let bytes = console.bytes();
        assert!(bytes.contains("ENDED Ok"), "{signal}");
        let given_back = bytes.rfind("\u{1b}[?1049l").unwrap();
        let told =
            bytes.rfind(&format!("cutover: ended by SIG{signal}")).unwrap_or_else(|| panic!("{bytes}"));
        assert!(given_back < told, "{signal} is told where it can be read");
    }
}

#[test]
fn a_rehearsal_that_ends_by_itself_is_told() {
    let mut console = Console::start(&[("CUTOVER_TEST_LOST", "1")]);
    console.wait("Needs you");
    console.given_back();
    let bytes = console.bytes();
    assert!(bytes.contains("ENDED Err(the console ended") && bytes.contains("ended by itself"), "{bytes}");
}

#[test]
fn a_panic_of_any_thread_gives_the_terminal_back_and_is_told_on_it() {
    let mut console = Console::start(&[("CUTOVER_TEST_PANIC", "1")]);
    console.wait("Needs you");
    console.press("m");
    console.given_back();
    let bytes = console.bytes();
    let (given_back, told) = (bytes.rfind("\u{1b}[?1049l").unwrap(), bytes.rfind("a worker broke").unwrap());
    assert!(given_back < told, "told where it can be read");
    assert!(bytes.contains("ENDED Err(a part of the program panicked"), "{bytes}");
}

#[test]
fn no_color_is_kept_to_and_the_selection_is_reversed() {
    let mut console = Console::start(&[("NO_COLOR", "1")]);
    console.wait("Needs you");
    console.press("q");
    console.given_back();
    let bytes = console.bytes();
    assert!(!bytes.contains("\u{1b}[;m") && !bytes.contains("\u{1b}[m"), "no empty sequence");
    assert!(!bytes.contains("\u{1b}[38;") && bytes.contains("\u{1b}[1;7m"));
}

#[test]
fn where_no_screen_can_be_drawn_the_plain_commands_are_named() {
    let mut console = Console::start(&[("TERM", "dumb")]);
    console.given_back();
    let bytes = console.bytes();
    assert!(bytes.contains("TERM is `dumb`") && bytes.contains("--no-tui"), "{bytes}");
}
