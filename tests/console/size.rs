//! Any size, and without colour.

use crate::terminal::Console;

#[test]
fn it_follows_its_terminal_through_all_sizes() {
    let home = tempfile::tempdir().unwrap();
    let mut console = Console::start_with(home.path(), &["--demo", "--load", "20"], (80, 24), &[]);
    console.until("the first frame", |text| text.contains("Overview") && text.contains("requests/s"));
    let screens =
        ["1 Overview", "2 Gateways", "3 Routes", "4 Canary", "5 Ingresses", "6 Rehearsal", "9 Objects"];
    for screen in screens {
        console.press(&screen[..1]);
        console.resize((200, 60));
        console.until("a rule across the whole width", |text| text.contains(&"─".repeat(200)));
        console.resize((10, 5));
        console.until("something in 10×5", |text| {
            text.lines().count() == 5 && !text.trim().is_empty() && !text.contains(&"─".repeat(11))
        });
        console.resize((80, 24));
        console.until("all of it at 80×24", |text| {
            text.contains(screen) && text.contains("? help") && text.contains(&"─".repeat(80))
        });
    }
    console.press("q");
    assert_eq!(console.ends().code, 0);
}

#[test]
fn a_key_that_comes_with_a_resize_is_not_lost() {
    let home = tempfile::tempdir().unwrap();
    let mut console = Console::start_with(home.path(), &["--demo", "--load", "0"], (80, 24), &[]);
    console.sees("Overview");
    for turn in 0..40_u16 {
        let (key, screen) = if turn % 2 == 0 { ("2", "2 Gateways") } else { ("3", "3 Routes") };
        let width = 80 + turn % 7;
        console.press(key);
        console.resize((width, 24));
        console.until("the screen of the key, in the new size", |text| {
            text.contains(screen) && text.contains(&"─".repeat(usize::from(width)))
        });
    }
    console.press("q");
    assert_eq!(console.ends().code, 0);
}

#[test]
fn no_color_means_no_colour() {
    for (value, coloured) in [("1", false), ("", true)] {
        let home = tempfile::tempdir().unwrap();
        let environment = [("NO_COLOR", value)];
        let mut console = Console::start_with(home.path(), &["--demo"], (120, 40), &environment);
        console.sees("Overview");
        console.press("4\rL");
        console.sees("wanted");
        console.press("q\r");
        let ended = console.ends();
        assert_eq!(ended.code, 0);
        let colours: Vec<u16> = renditions(&ended.raw).into_iter().filter(|one| is_colour(*one)).collect();
        assert_eq!(!colours.is_empty(), coloured, "NO_COLOR={value:?}: {colours:?}");
        assert!(renditions(&ended.raw).contains(&7) || coloured, "the selection is still seen");
    }
}

/// Every parameter of every `ESC [ … m`, in the order written.
pub fn renditions(raw: &str) -> Vec<u16> {
    raw.split("\x1b[")
        .skip(1)
        .filter_map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';' && c != ':')?;
            rest[end..].starts_with('m').then(|| &rest[..end])
        })
        .flat_map(|parameters| parameters.split([';', ':']).map(|one| one.parse().unwrap_or(0)))
        .collect()
}

pub fn is_colour(parameter: u16) -> bool {
    // 39 and 49 give the terminal's own colours back.
    matches!(parameter, 30..=38 | 40..=48 | 58 | 90..=97 | 100..=107)
}
