//! How the program is used and misused: exit codes and what is said.

use std::{
    io::Read as _,
    process::{Command, Stdio},
};

use crate::{
    OTHERS, SHOP,
    program::{cutover, cutover_with, root},
};

#[test]
fn without_a_source_it_says_in_two_lines_how_to_start() {
    let run = cutover(&[]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert_eq!(run.stderr.lines().count(), 2, "{}", run.stderr);
    assert!(
        run.stderr.contains("cutover --demo") && run.stderr.contains("cutover rehearse -f"),
        "{}",
        run.stderr
    );
    for command in [&["get", "all"][..], &["check"], &["rehearse"], &["explain", "GET", "http://a/"]] {
        let run = cutover(command);
        assert_eq!(run.code, 2, "{command:?}");
        assert!(run.stderr.starts_with("error: ") && run.stderr.contains("cutover --demo"), "{run:#?}");
    }
}

#[test]
fn exit_codes_are_a_contract() {
    let cases: &[(&[&str], i32, &str)] = &[
        (&["--help"], 0, "help was asked for"),
        (&["--version"], 0, "so was the version"),
        (&["--no-such-flag"], 2, "wrong usage"),
        (&["get"], 2, "a kind is missing"),
        (&["get", "all", "-f", SHOP], 0, "done"),
        (&["get", "pods", "-f", SHOP], 2, "a kind that nobody knows and no file holds"),
        (&["get", "ingress", "-f", SHOP], 0, "a kind that is known and has no object"),
        (&["get", "widgets", "-f", OTHERS], 0, "a kind that only the file knows"),
        (&["get", "httproute", "nobody", "-f", SHOP], 1, "no such object"),
        (&["describe", "httproute", "shop/app", "-f", SHOP], 0, "done"),
        (&["get", "all", "-f", "no/such/file"], 2, "unreadable input"),
        (&["get", "all", "-f", "Cargo.toml/inside"], 2, "unreadable input"),
        (&["check", "-f", "no/such/file"], 2, "unreadable input, also for check"),
        (&["check", "-f", SHOP], 1, "problems were found"),
        (&["explain", "GET", "http://nobody.example.com/", "-f", SHOP], 0, "a refusal is an answer"),
        (&["explain", "GET", "nobody.example.com", "-f", SHOP], 2, "no scheme"),
        (&["weights", "shop/app", "app-canary=5", "--rule", "1", "-f", SHOP], 2, "nobody can be asked"),
        (
            &["weights", "shop/app", "nobody=5", "--rule", "split", "--dry-run", "-f", SHOP],
            1,
            "no such backend",
        ),
        (&["weights", "shop/app", "app-canary=5", "--dry-run", "-f", SHOP], 2, "two rules have backends"),
        (&["weights", "shop/nobody", "a=5", "--dry-run", "-f", SHOP], 1, "no such route"),
        (&["rehearse", "-f", SHOP], 2, "the console needs a terminal"),
        (&["rehearse", "-o", "yaml", "-f", SHOP], 2, "a stream of events is no YAML"),
        (&["rehearse", "--no-tui", "-f", "no/such/file"], 2, "unreadable input"),
    ];
    for (arguments, code, why) in cases {
        let run = cutover(arguments);
        assert_eq!(run.code, *code, "{arguments:?}: {why}: {run:#?}");
        assert!(!run.stderr.contains("panicked"), "{arguments:?}: {run:#?}");
        if *code == 2 {
            assert!(run.stderr.starts_with("error: "), "{arguments:?}: {run:#?}");
        }
    }
}

#[test]
fn a_mistake_is_told_with_its_cure() {
    let cases: &[(&[&str], &str)] = &[
        (
            &["get", "httproute", "nobody", "-f", SHOP],
            "error: HTTPRoute `nobody` not found\n  fix: there are shop/app, shop/down\n",
        ),
        (
            &["get", "httproute", "app", "-n", "infra", "-f", SHOP],
            "error: HTTPRoute `app` not found in namespace infra\n  fix: there is shop/app\n",
        ),
        (
            &["weights", "shop/app", "app-canary=5", "--rule", "1", "-f", SHOP],
            "error: nobody can be asked: standard input is no terminal\n  fix: add --yes to write, or --dry-run to look\n",
        ),
        (
            &["weights", "shop/app", "app-canary=5", "-f", SHOP],
            "error: HTTPRoute shop/app has 2 rules and it is not clear which is meant\n  fix: add --rule with a \
             number or a name: 1 split (app-stable, app-canary); 2 (web, gone)\n",
        ),
        (
            &["rehearse", "-f", SHOP],
            "error: the console needs a terminal\n  fix: use --no-tui to serve without it\n",
        ),
    ];
    for (arguments, expected) in cases {
        assert_eq!(cutover(arguments).stderr, *expected, "{arguments:?}");
    }
}

#[test]
fn manifests_may_come_from_standard_input() {
    let shop = std::fs::read(root().join(SHOP)).unwrap();
    let run = cutover_with(&["get", "httproute", "app", "-o", "wide", "-f", "-"], &shop);
    assert_eq!(run.code, 0, "{run:#?}");
    assert!(run.stdout.contains("-:38"), "the place is told: {}", run.stdout);
}

#[test]
fn a_reader_that_goes_away_ends_the_command_quietly() {
    for arguments in [&["get", "all", "--demo", "-o", "json"][..], &["check", "--demo"], &["--help"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cutover"))
            .args(arguments)
            .current_dir(root())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let code = child.wait().unwrap().code();
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
}
