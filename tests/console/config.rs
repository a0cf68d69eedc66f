//! The config of a running console: keys, a file saved meanwhile, the log, and a stop with Ctrl-Z.

use std::{fs, path::Path};

use crate::terminal::Console;

fn configure(home: &Path, text: &str) {
    fs::create_dir_all(home.join("config/cutover")).unwrap();
    fs::write(home.join("config/cutover/config.toml"), text).unwrap();
}

#[test]
fn a_wrong_config_is_told_with_its_line_before_anything_is_drawn() {
    let home = tempfile::tempdir().unwrap();
    configure(home.path(), "theme = \"dark\"\n\nrefersh = 2\n");
    let ended = Console::start(home.path(), &["--demo", "--load", "0"]).ends();
    assert_eq!(ended.code, 2);
    let text = ended.text.replace('\n', "");
    assert!(
        text.contains("config.toml:3: unknown key `refersh`") && text.contains("did you mean `refresh`?"),
        "{text}"
    );
    assert!(!ended.raw.contains("\x1b[?1049h"), "nothing was drawn");
}

#[test]
fn keys_are_those_of_the_config_also_when_it_is_saved_meanwhile_and_a_wrong_one_is_told() {
    let home = tempfile::tempdir().unwrap();
    configure(home.path(), "[keys]\nhelp = \"f1\"\nquit = []\n");
    let mut console = Console::start(home.path(), &["--demo", "--load", "0"]);
    console.sees("Overview");
    console.press("q?\x1bOP");
    console.sees("the diff, then apply");
    console.press("\x1b");
    console.until("no help", |text| !text.contains("the diff, then apply"));
    configure(home.path(), "[keys]\nhelp = \"f2\"\n");
    console.sees("the config was read again");
    console.press("\x1bOQ");
    console.sees("the diff, then apply");
    console.press("\x1b");
    console.until("no help", |text| !text.contains("the diff, then apply"));
    configure(home.path(), "[keys]\nhlep = \"J\"\n");
    console.until("the mistake", |text| {
        text.contains("the config was not taken")
            && text.contains("no action")
            && text.contains("did you mean `help`?")
    });
    console.press("\x1bOQ");
    console.sees("the diff, then apply");
    console.press("\x1b");
    console.until("no help", |text| !text.contains("the diff, then apply"));
    // All that was told is in the log, and in the file of it.
    console.press(":log\r");
    console.until("the log", |text| text.contains("the config was read again") && text.contains("error"));
    console.press("q");
    assert_eq!(console.ends().code, 0);
    let log = fs::read_to_string(home.path().join("state/cutover/cutover.log")).unwrap();
    assert!(log.contains("the config was read again") && log.contains("hlep"), "{log}");
}

#[test]
fn ctrl_z_gives_the_terminal_back_and_fg_takes_it_again() {
    let home = tempfile::tempdir().unwrap();
    let mut console = Console::shell(home.path());
    console.press("\"$CUTOVER\" --demo --load 0\r");
    console.until("the console", |text| text.contains("Overview") && text.contains("Needs you"));
    assert!(console.is_taken());
    console.press("\x1a");
    console.until("the shell", |text| text.contains("Stopped") || text.contains("suspended"));
    assert!(!console.is_taken(), "the shell has its own screen");
    console.press("fg\r");
    console.until("the console again", |text| text.contains("Needs you"));
    assert!(console.is_taken());
    console.press("q");
    // Not before its prompt is there: until then keys may be read by who is ending.
    console.until("the shell's prompt", |text| {
        text.lines().map(str::trim).rfind(|line| !line.is_empty()) == Some("$")
    });
    console.press("exit\r");
    assert_eq!(console.ends().code, 0);
}
