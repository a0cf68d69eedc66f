//! Themes, depths of colour, ASCII and the mouse, in the bytes that a terminal gets.

use std::{fs, path::Path};

use crate::{
    size::{is_colour, renditions},
    terminal::Console,
};

/// Starts in a terminal of this size with the demo, without load.
fn start(home: &Path, more: &[&str], environment: &[(&str, &str)]) -> Console {
    let mut arguments = vec!["--demo", "--load", "0"];
    arguments.extend(more);
    let mut console = Console::start_with(home, &arguments, (120, 40), environment);
    console.sees("Overview");
    console
}

fn quits(mut console: Console) -> String {
    console.press("q");
    let ended = console.ends();
    assert_eq!(ended.code, 0);
    ended.raw
}

#[test]
fn a_theme_is_chosen_with_a_preview_and_a_users_own_is_read_again_when_saved() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("config/cutover/themes");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("mine.toml"), "inherits = \"dark\"\nbackground = \"#010203\"\n").unwrap();
    let mut console = start(home.path(), &["--theme", "mine"], &[("COLORTERM", "truecolor")]);
    console.background("#010203");
    console.press("t");
    console.sees("high-contrast-light");
    // The first of the list is the one after the last.
    console.press("\x1b[A");
    console.until("another theme", |text| text.contains("mono"));
    console.background_is_not("#010203");
    console.press("\x1b");
    console.background("#010203");
    fs::write(folder.join("mine.toml"), "inherits = \"dark\"\nbackground = \"#0a0b0c\"\n").unwrap();
    console.background("#0a0b0c");
    fs::write(folder.join("mine.toml"), "inherits = \"dark\"\nbackgruond = \"#010203\"\n").unwrap();
    console.sees("themes/mine.toml:2: there is no slot `backgruond`");
    console.press(":theme nord\r");
    console.background("#2e3440");
    quits(console);
}

#[test]
fn each_depth_of_colour_is_written_in_its_own_words() {
    /// Arguments, environment; which parameters may stand in a sequence.
    type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], fn(&[u16]) -> bool, &'a str);
    let plain = |all: &[u16]| all.iter().all(|one| !matches!(one, 38 | 48 | 58 | 100..=107));
    let cases: &[Case<'_>] = &[
        (&[], &[("TERM", "xterm")], plain, "16 colours by TERM"),
        (&["--color", "16"], &[("COLORTERM", "truecolor")], plain, "16 colours by the flag"),
        (&["--theme", "terminal"], &[("COLORTERM", "truecolor")], plain, "the terminal's own"),
        (&["--color", "never"], &[], |all| !all.iter().any(|one| is_colour(*one)), "none"),
        (
            &["--color", "always"],
            &[("NO_COLOR", "1"), ("COLORTERM", "truecolor")],
            |all| all.windows(2).any(|pair| pair == [38, 2]),
            "always is more than NO_COLOR",
        ),
        (&[], &[("TERM", "xterm-256color")], |all| all.windows(2).any(|pair| pair == [38, 5]), "256"),
    ];
    for (arguments, environment, fits, why) in cases {
        let home = tempfile::tempdir().unwrap();
        let mut console = start(home.path(), arguments, environment);
        console.press("3j");
        console.sees("ROUTE");
        let raw = quits(console);
        let all = renditions(&raw);
        assert!(fits(&all), "{why}: {all:?}");
        assert!(!raw.contains("\x1b[;m") && !raw.contains("\x1b[m"), "{why}: an empty sequence");
        let coloured = all.iter().any(|one| is_colour(*one));
        assert_eq!(coloured, !arguments.contains(&"never"), "{why}");
        if !coloured {
            assert!(all.contains(&7), "the selected row is reversed");
        }
    }
}

#[test]
fn ascii_is_drawn_where_asked_for_and_where_the_locale_has_nothing_else() {
    /// Arguments, environment; whether it is ASCII.
    type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], bool);
    let cases: &[Case<'_>] = &[
        (&["--ascii"], &[("LC_ALL", "C.UTF-8")], true),
        (&[], &[("LC_ALL", "C")], true),
        (&[], &[("LC_ALL", "C.UTF-8")], false),
    ];
    for (arguments, environment, ascii) in cases {
        let home = tempfile::tempdir().unwrap();
        let mut console = start(home.path(), arguments, environment);
        for keys in ["2", "3", "4", "\r", "5", "6", "t"] {
            console.press(keys);
        }
        console.sees("solarized-light");
        console.press("\x1b");
        console.until("no menu", |text| !text.contains("solarized-light"));
        let raw = quits(console);
        // The title of the window is no part of the screen.
        let drawn: String =
            raw.split("\x1b]").map(|part| part.split_once('\x07').map_or(part, |(_, rest)| rest)).collect();
        assert_eq!(drawn.is_ascii(), *ascii, "{arguments:?} {environment:?}");
    }
}

#[test]
fn the_mouse_is_taken_when_wanted_and_given_back_whatever_ends_it() {
    let home = tempfile::tempdir().unwrap();
    let mut console = start(home.path(), &[], &[]);
    console.press("3");
    let text = console.sees("shop/app");
    let row = text.lines().position(|line| line.contains("shop/app")).unwrap() + 1;
    let click = format!("\x1b[<0;20;{row}M\x1b[<0;20;{row}m");
    console.press("m");
    console.sees("the mouse selects");
    assert!(console.has_mouse());
    console.press(&click);
    console.until("the row selected", |text| {
        text.lines().nth(row - 1).is_some_and(|line| line.starts_with('▎'))
    });
    // Some time between, so that the two are no double click with the first.
    std::thread::sleep(std::time::Duration::from_millis(600));
    console.press(&click);
    console.press(&click);
    console.sees("Routes ▸ HTTPRoute shop/app");
    console.signal("TERM");
    // That nothing stays switched on is held by `ends`.
    assert_eq!(console.ends().code, 0);
}

#[test]
fn keys_of_kitty_are_asked_for_only_where_the_terminal_has_them() {
    for has in [true, false] {
        let home = tempfile::tempdir().unwrap();
        let mut console = Console::start_with(home.path(), &["--demo", "--load", "0"], (120, 40), &[]);
        if has {
            console.knows_kitty_keys();
        }
        console.sees("Overview");
        if has {
            console.raw_until("the keys of kitty", |raw| raw.contains("\x1b[>1u"));
            // Escape as such a terminal sends it, then `3`.
            console.press("\x1b[27u3");
        } else {
            console.press("3");
        }
        console.sees("ROUTE");
        console.press("q");
        let raw = console.ends().raw;
        let (on, off) = (raw.matches("\x1b[>1u").count(), raw.matches("\x1b[<u").count());
        assert_eq!((on, off), if has { (1, 1) } else { (0, 0) });
    }
}

#[test]
fn nothing_moves_by_itself_when_that_is_not_wanted() {
    for (calm, arguments) in [(true, &["--reduced-motion"][..]), (false, &[])] {
        let home = tempfile::tempdir().unwrap();
        let mut all = vec!["--demo", "--load", "50"];
        all.extend(arguments);
        let mut console = Console::start_with(home.path(), &all, (120, 40), &[]);
        console.until("numbers", |text| text.contains("requests/s") && !text.contains("· reading"));
        // What comes in the first seconds is news: listeners, what is broken.
        console.frames_in(std::time::Duration::from_secs(2));
        let frames = console.frames_in(std::time::Duration::from_secs(4));
        assert!(if calm { frames <= 1 } else { frames >= 3 }, "{arguments:?}: {frames} frames in 4 s");
        console.press("3");
        console.sees("ROUTE");
        quits(console);
    }
}
