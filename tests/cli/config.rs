//! The config file from outside: who reads it, what is said of a wrong one, where everything is.

use std::fs;

use serde_json::Value;

use crate::{
    SHOP,
    program::{Rehearsal, Run, cutover, cutover_in, home},
};

const WRONG: &str = "theem = \"dark\"\n\n[keys]\nquti = \"q\"\n";

/// Runs with a config of its own.
fn with(config: &str, arguments: &[&str]) -> (tempfile::TempDir, Run) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("cutover")).unwrap();
    fs::write(folder.path().join("cutover/config.toml"), config).unwrap();
    let run = cutover_in(arguments, &[("XDG_CONFIG_HOME", folder.path().to_str().unwrap())]);
    (folder, run)
}

#[test]
fn a_wrong_config_stops_what_depends_on_it_with_every_mistake_and_nothing_else() {
    let depends: &[&[&str]] = &[
        &["config"],
        &["rehearse", "--no-tui", "-f", SHOP],
        &["weights", "shop/app", "app-canary=5", "--rule", "split", "--dry-run", "-f", SHOP],
    ];
    for arguments in depends {
        let (folder, run) = with(WRONG, arguments);
        let file = folder.path().join("cutover/config.toml");
        let file = file.display();
        let told = format!("error: {file}:1: unknown key `theem`\n  fix: did you mean `theme`?\n");
        assert_eq!((run.code, run.stderr, run.stdout.as_str()), (2, told, ""), "{arguments:?}");
    }
    let independent: &[&[&str]] = &[
        &["get", "all", "-f", SHOP],
        &["describe", "httproute", "shop/app", "-f", SHOP],
        &["explain", "GET", "http://app.example.com/", "-f", SHOP],
        &["completions", "bash"],
        &["config", "--example"],
        &["info"],
    ];
    for arguments in independent {
        assert_eq!(with(WRONG, arguments).1.code, 0, "{arguments:?}");
    }
}

#[test]
fn names_are_held_against_the_tables() {
    let (_, run) = with("[keys]\nquti = \"q\"\nhelp = \"t\"\n", &["config"]);
    assert_eq!(run.code, 2);
    for words in [
        ":2: there is no action `quti`\n  fix: did you mean `quit`?",
        ":3: `t` for `help` is the key of `theme`",
    ] {
        assert!(run.stderr.contains(words), "{words} is not in {}", run.stderr);
    }
    let (_, run) = with("[keys]\nhelp = \"f1\"\n", &["config"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.ends_with("config.toml: nothing wrong\n"), "{}", run.stdout);
}

#[test]
fn a_config_that_was_named_has_to_be_there() {
    for (arguments, environment) in [
        (&["config", "--config", "no/such.toml"][..], None),
        (&["config"][..], Some(("CUTOVER_CONFIG", "no/such.toml"))),
    ] {
        let run = cutover_in(arguments, environment.as_slice());
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(run.stderr.starts_with("error: no/such.toml: the config can not be read"), "{}", run.stderr);
    }
    let run = cutover(&["get", "all", "-f", SHOP, "--config", "x.toml"]);
    assert_eq!(run.code, 2, "a flag without effect");
    assert!(run.stderr.contains("--config has no effect here"), "{}", run.stderr);
}

#[test]
fn info_says_where_everything_is_and_what_is_wrong() {
    let (folder, run) = with(WRONG, &["info", "-o", "json"]);
    let value = run.json();
    let path = |name: &str| {
        let paths = value["paths"].as_array().unwrap();
        paths.iter().find(|path| path["name"] == name).unwrap_or_else(|| panic!("{name}: {value:#}")).clone()
    };
    let file = folder.path().join("cutover/config.toml");
    assert_eq!(path("config")["path"], Value::from(file.to_str().unwrap()));
    assert_eq!(path("config")["exists"], true);
    assert_eq!(path("themes")["exists"], false);
    let state = home().join("state/cutover");
    for (name, inside) in [
        ("state", ""),
        ("log", "cutover.log"),
        ("journal", "journal.jsonl"),
        ("commands", "history-commands.jsonl"),
    ] {
        let expected = if inside.is_empty() { state.clone() } else { state.join(inside) };
        assert_eq!(path(name)["path"], Value::from(expected.to_str().unwrap()));
    }
    assert_eq!(value["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(value["config"]["read"], false);
    assert_eq!(value["config"]["mistakes"][0]["line"], 1);
    assert_eq!(value["terminal"]["is_terminal"], false);
    let (_, run) = with("theme = \"light\"\n", &["info"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    for words in [
        "config.toml",
        "\nconfig    read (named by the XDG folder)",
        "\nterminal  standard output is no terminal",
    ] {
        assert!(run.stdout.contains(words), "{words:?} is not in {}", run.stdout);
    }
    let (_, run) = with(WRONG, &["info"]);
    assert!(run.stdout.contains("wrong, not used: 1 mistake") && run.stderr.contains("theem"), "{run:#?}");
}

#[test]
fn the_example_is_a_config() {
    let example = cutover(&["config", "--example"]).stdout;
    let (_, run) = with(&example, &["config"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(example.contains("# quit = [\"q\", \"ctrl-c\"]"), "{example}");
}

#[test]
fn a_source_that_is_read_only_is_not_written() {
    let config = "# ours\n[[source]]\nmatch = \"*shop*\"\nread_only = true\n";
    let weights = ["weights", "shop/app", "app-canary=5", "--rule", "split", "-f", SHOP];
    let before = fs::read(SHOP).unwrap();
    let (_, run) = with(config, &[&weights[..], &["--yes"]].concat());
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("config.toml:3 says that this is read-only"), "{}", run.stderr);
    assert_eq!(fs::read(SHOP).unwrap(), before);
    let (_, run) = with(config, &[&weights[..], &["--dry-run"]].concat());
    assert_eq!(run.code, 0, "looking is allowed");
}

#[test]
fn a_log_file_is_this_users_own_and_a_wrong_level_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("logs/own.log");
    let rehearsal =
        Rehearsal::start(&["-f", SHOP, "--log-file", file.to_str().unwrap(), "--log-level", "debug"]);
    assert_eq!(rehearsal.end("TERM"), 0);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("finishing requests under way"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let run = cutover(&["rehearse", "--no-tui", "-f", SHOP, "--log-level", "loud"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.starts_with("error: --log-level: log level `loud`: no such level; write off"),
        "{}",
        run.stderr
    );
    let run = cutover_in(&["rehearse", "--no-tui", "-f", SHOP], &[("CUTOVER_LOG", "loud")]);
    assert!(run.code == 2 && run.stderr.contains("CUTOVER_LOG: log level `loud`"), "{}", run.stderr);
    let run = cutover(&["rehearse", "--no-tui", "-f", SHOP, "--log-file", "/dev/null/log"]);
    assert!(run.code == 2 && run.stderr.contains("nothing is logged to /dev/null/log"), "{}", run.stderr);
}
