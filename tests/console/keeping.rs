//! What is taken out of the console: the clipboard's bytes as a terminal gets them, and a file on the disk.

use std::{fs, os::unix::fs::PermissionsExt as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::terminal::Console;

/// The texts that were put on the clipboard: what stands in each OSC 52 that follows `before`.
fn clipboard(raw: &str, before: &str) -> Vec<String> {
    let start = format!("{before}]52;c;");
    let sequences = raw.split(&start).skip(1);
    sequences
        .map(|rest| {
            let (text, _) = rest.split_once('\x07').expect("the sequence has an end");
            String::from_utf8(STANDARD.decode(text).unwrap()).unwrap()
        })
        .collect()
}

#[test]
fn what_is_copied_reaches_the_terminal_and_what_is_saved_a_file() {
    let home = tempfile::tempdir().unwrap();
    // Inside tmux, as the environment says.
    let tmux = [("TMUX", "/tmp/tmux-1000/default,1,0")];
    let mut console =
        Console::start_with(home.path(), &["--demo", "--load", "20"], crate::terminal::WIDE, &tmux);
    console.sees("Overview");
    console.press("3");
    console.sees("HOSTNAMES");
    console.press("/shop/app\r");
    console.until("one kind of route", |text| text.contains("1 of 13 routes"));
    console.press("c");
    console.sees("kubectl get httproutes.gateway.networking.k8s.io");
    console.press("s");
    let text = console.sees("copied namespaced: 8 bytes");
    assert!(text.contains("allow-passthrough"), "what tmux has to allow: {text}");
    console.press("cy");
    console.until("the next", |text| text.contains("copied yaml:"));

    console.press("\x13");
    console.sees("save Routes");
    console.press("c");
    let text = console.sees("saved 1 row to ");
    assert!(text.contains("routes-"), "{text}");
    console.press(":save json ~/evidence.json\r");
    console.sees("evidence.json");
    console.press(":copy cell hostnames\r");
    console.sees("copied cell hostnames: 20 bytes");
    console.press("q");
    let ended = console.ends();
    let (plain, through) = (clipboard(&ended.raw, "\x1b"), clipboard(&ended.raw, "\x1bPtmux;\x1b\x1b"));
    assert_eq!(through.len(), 3, "through tmux");
    let twice: Vec<String> = through.iter().flat_map(|text| [text.clone(), text.clone()]).collect();
    assert_eq!(plain, twice, "and to tmux itself");
    assert_eq!(through[0], "shop/app");
    assert!(
        through[1].contains("kind: HTTPRoute\n") && through[1].contains("  name: app\n"),
        "{}",
        through[1]
    );

    assert_eq!(through[2], "app.bookshop.example", "by the `:` line");

    let folder = home.path().join("state/cutover/saved");
    let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    let [file] = &files[..] else { panic!("{files:?}") };
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    let saved = fs::read_to_string(file).unwrap();
    let mut lines = saved.lines().skip_while(|line| line.starts_with('#'));
    assert_eq!(
        lines.next(),
        Some("health,route,kind,parents,hostnames,rules,req_s,5xx_percent,p95_ms,labels,file")
    );
    let row = lines.next().expect("the row");
    assert!(row.contains(",shop/app,HTTP,infra/edge"), "{row}");
    assert_eq!(lines.next(), None, "what the filter hides is not there");
    for line in ["# source,demo bookshop", "# screen,Routes", "# filter,shop/app", "# shown,1"] {
        assert!(saved.lines().any(|it| it == line), "{line} is not in:\n{saved}");
    }
    let json = fs::read_to_string(home.path().join("evidence.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["filter"], &json["rows"][0]["route"]), (&"shop/app".into(), &"shop/app".into()));
}
