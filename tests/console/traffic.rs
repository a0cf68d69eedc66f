//! Requests seen to go by, held, found; faults told by keys and seen; load from a recording.

use crate::terminal::Console;

/// Rows of the list of requests: time, status and the rest.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let words = text.lines().map(|line| {
        line.trim_start_matches('▎').split_whitespace().filter(|word| *word != "▐").collect::<Vec<_>>()
    });
    let is_row = |words: &Vec<&str>| {
        words.len() > 4
            && words[0].len() == 12
            && words[0].as_bytes()[8] == b'.'
            && words[1].parse::<u16>().is_ok()
    };
    words.filter(is_row).collect()
}

fn came_since(text: &str) -> Option<u64> {
    let words: Vec<&str> =
        text.lines().find(|line| line.contains("came since"))?.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "came")?;
    words[at - 1].parse().ok()
}

#[test]
fn requests_go_by_are_held_and_found_and_a_fault_told_by_keys_is_seen_in_them() {
    let home = tempfile::tempdir().unwrap();
    let mut console = Console::start(home.path(), &["rehearse", "--demo", "--side", "new", "--load", "100"]);
    console.sees("Overview");
    console.press("7");
    console.until("requests", |text| text.contains("● following") && rows(text).len() > 10);
    console.press(" ");
    let held = console.sees("‖ held");
    let later = console.until("more that came", |text| came_since(text).is_some_and(|count| count > 20));
    assert_eq!(rows(&held), rows(&later), "what is held does not move");
    console.press(" ");
    console.until("newer ones", |text| {
        text.contains("● following")
            && rows(text).last().map(|row| row[0]) > rows(&held).last().map(|row| row[0])
    });

    console.press("6\t/app-canary\r");
    console.until("the stand-in", |text| text.contains("1 of ") && text.contains("503 3%"));
    console.press("z");
    console.until("no fault", |text| !text.contains("503 3%"));
    console.press("sss...");
    console.until("a status and a share by keys", |text| text.contains("502 100%"));
    console.press("b");
    console.sees("502 100% slow 100kB/s");

    // A port of a client may hold the digits too.
    console.press("7//\\b502\\b/\r");
    let found = console.until("faulty answers", |text| text.contains("\\b502\\b") && !rows(text).is_empty());
    assert!(rows(&found).iter().all(|row| row[1] == "502" && row.contains(&"shop/app-canary")), "{found}");
    console.press("g\r");
    console.until("its details", |text| {
        text.contains("answered 502 by shop/app-canary") && text.contains("User-Agent: cutover-load/")
    });
    console.press("\re");
    let why = console.until("why", |text| text.contains("app-canary") && text.contains("HTTPRoute shop/app"));
    assert!(why.contains("Explain"), "{why}");
    console.press("q");
    assert_eq!(console.ends().code, 0);
}

#[test]
fn a_recording_is_replayed_and_what_it_does_not_understand_is_told() {
    let home = tempfile::tempdir().unwrap();
    let log = home.path().join("access.log");
    let line = |target: &str| {
        format!(
            "10.0.0.1 - - [22/Nov/2026:06:25:24 +0000] \"GET {target} HTTP/1.1\" 200 5 \"-\" \"replayed\"\n"
        )
    };
    std::fs::write(&log, [line("/from/the/log"), "noise\n".to_owned(), line("/and/another")].concat())
        .unwrap();
    let arguments = ["--demo", "--load-from", log.to_str().unwrap(), "--load-host", "shop.example.com"];
    let mut console = Console::start(home.path(), &arguments);
    console.sees("Overview");
    console.press("6");
    let load = console.sees("recorded requests 2");
    assert!(
        load.contains("combined log") && load.contains("1 not understood, first line 2: no `[time]"),
        "{load}"
    );
    console.press("7");
    console.until("both requests", |text| text.contains("/from/the/log") && text.contains("/and/another"));
    console.press("6r");
    console.sees("HAR or access log to send");
    console.press("\u{15}routes\r");
    console.until("the routes' own again", |text| {
        text.contains("targets") && !text.contains("recorded requests")
    });
    console.press("q");
    assert_eq!(console.ends().code, 0);
}
