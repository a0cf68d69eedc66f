//! Every way out leaves the terminal as it was.

use std::{thread, time::Duration};

use crate::terminal::Console;

#[test]
fn whatever_ends_it_the_terminal_is_restored() {
    /// How it is ended.
    enum By {
        Key(&'static str),
        Signal(&'static str),
    }
    let cases = [
        (By::Key("q"), "the key for it"),
        (By::Key("\x03"), "Ctrl-C as a key"),
        (By::Signal("TERM"), "a service manager"),
        (By::Signal("INT"), "Ctrl-C from another terminal"),
        (By::Signal("HUP"), "the terminal is closed"),
    ];
    for (by, why) in cases {
        let home = tempfile::tempdir().unwrap();
        let mut console = Console::start(home.path(), &["--demo", "--load", "20"]);
        console.sees("Overview");
        assert!(console.is_taken(), "{why}");
        match by {
            By::Key(key) => console.press(key),
            By::Signal(name) => console.signal(name),
        }
        let ended = console.ends();
        assert_eq!(ended.code, 0, "{why}");
        // A key needs no word; a signal may be named.
        let told = ended.text.trim();
        let named = matches!(by, By::Signal(_)) && told.starts_with("cutover: ended by SIG");
        assert!(told.is_empty() || (named && told.lines().count() == 1), "{why}: {told}");
    }
}

#[test]
fn ctrl_c_at_any_moment_of_the_start_leaves_no_half_taken_terminal() {
    let home = tempfile::tempdir().unwrap();
    for millis in (0..60).step_by(5) {
        let mut console = Console::start(home.path(), &["--demo", "--load", "0"]);
        // As a key it is a signal until the terminal is taken, and a key from then on. Every moment is tried, seen
        // from outside or not: there is nothing to wait for but time.
        thread::sleep(Duration::from_millis(millis));
        console.press("\x03");
        let ended = console.ends();
        assert!(!ended.text.contains("panicked"), "after {millis} ms: {}", ended.text);
    }
}

#[test]
fn help_names_the_keys_and_ctrl_c_ends_it_inside_a_filter() {
    let home = tempfile::tempdir().unwrap();
    let mut console = Console::start(home.path(), &["--demo", "--load", "0"]);
    console.sees("Overview");
    console.press("?");
    console.sees("show the diff, then apply");
    console.press("\x1b");
    console.until("no help", |text| !text.contains("show the diff, then apply"));
    console.press("3/q");
    console.sees("/q");
    assert!(console.is_taken(), "a letter that is typed is no command");
    console.press("\x03");
    assert_eq!(console.ends().code, 0);
}

#[test]
fn what_can_not_start_leaves_the_terminal_alone_and_says_why() {
    let home = tempfile::tempdir().unwrap();
    /// Arguments, environment; exit code, and words of what is said.
    type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], u32, &'a str);
    let cases: &[Case<'_>] = &[
        (&["--demo"], &[("TERM", "dumb")], 1, "--no-tui"),
        (&["--demo", "--theme", "pink"], &[], 2, "there is no theme `pink`"),
        (&["rehearse", "-f", "/nonexistent"], &[], 2, "/nonexistent"),
        (&[], &[], 2, "cutover --demo"),
    ];
    for (arguments, environment, code, words) in cases {
        let console = Console::start_with(home.path(), arguments, (100, 30), environment);
        let ended = console.ends();
        assert_eq!(ended.code, *code, "{arguments:?}: {}", ended.text);
        assert!(ended.text.contains(words), "`{words}` is not in:\n{}", ended.text);
        assert!(!ended.raw.contains("\x1b[?1049h"), "{arguments:?}");
    }
}
