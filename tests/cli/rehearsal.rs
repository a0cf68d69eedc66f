//! `cutover rehearse --no-tui`: events, files that change, the end.

use std::{fs, net::TcpListener};

use crate::{
    SHOP,
    client::Client,
    program::{Rehearsal, cutover, home, root},
};

#[test]
fn it_tells_where_each_listener_listens_and_ends_well_on_a_signal() {
    for signal in ["TERM", "INT"] {
        let rehearsal = Rehearsal::start(&["-f", SHOP]);
        let names: Vec<_> = rehearsal.listeners.iter().map(|one| one["listener"].clone()).collect();
        assert_eq!(names, ["http", "own"]);
        let first = &rehearsal.listeners[0];
        assert_eq!(first["gateway"], serde_json::json!({"namespace": "infra", "name": "edge"}));
        assert_eq!((&first["protocol"], &first["hostname"]), (&"HTTP".into(), &"*.example.com".into()));
        assert_eq!(first["wanted_port"], 80);

        let response = Client::http(&rehearsal.address("http"), "app.example.com").get("/api/x?y=1");
        assert_eq!((response.status, response.path()), (200, "/x".to_owned()));
        let down = Client::http(&rehearsal.address("http"), "down.example.com").get("/");
        assert_eq!(down.status, 503, "no ready endpoint");
        let metrics = Client::http(&rehearsal.admin, "localhost").get("/metrics");
        assert_eq!(metrics.status, 200);
        assert!(metrics.body.contains("app"), "{}", metrics.body);
        assert_eq!(rehearsal.end(signal), 0, "{signal}");
    }
}

#[test]
fn a_file_that_is_saved_is_served_and_a_broken_one_leaves_the_last_good_table() {
    let folder = home().join("watched");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("shop.yaml");
    let text = fs::read_to_string(root().join(SHOP)).unwrap();
    fs::write(&path, &text).unwrap();
    let rehearsal = Rehearsal::start(&["-f", folder.to_str().unwrap()]);
    let get = |target: &str| Client::http(&rehearsal.address("http"), "app.example.com").get(target).path();
    assert_eq!(get("/api/x"), "/x");

    fs::write(&path, text.replace("replacePrefixMatch: /", "replacePrefixMatch: /new")).unwrap();
    let event = rehearsal.event();
    assert_eq!(
        (&event["event"], &event["changed"], &event["removed"]),
        (&"reloaded".into(), &1.into(), &0.into())
    );
    assert_eq!(get("/api/x"), "/new/x");

    fs::write(&path, text.replace("kind: Gateway\n", "kind: [\n")).unwrap();
    let event = rehearsal.event();
    assert_eq!(event["event"], "refused");
    assert_eq!(event["file"], path.to_str().unwrap());
    assert!(event["line"].as_u64().is_some() && !event["message"].as_str().unwrap().is_empty(), "{event}");
    assert_eq!(get("/api/x"), "/new/x", "the last good table");

    fs::write(&path, &text).unwrap();
    assert_eq!(rehearsal.event()["event"], "reloaded");
    assert_eq!(get("/api/x"), "/x");
}

#[test]
fn a_file_that_is_broken_at_the_start_is_told_and_served_once_it_is_mended() {
    let folder = home().join("broken-at-first");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("shop.yaml");
    let text = fs::read_to_string(root().join(SHOP)).unwrap();
    fs::write(&path, format!("a: [\n---\n{text}")).unwrap();
    let rehearsal = Rehearsal::start(&["-f", folder.to_str().unwrap()]);
    let event = rehearsal.event();
    assert_eq!((&event["event"], &event["line"]), (&"refused".into(), &1.into()), "{event}");
    assert_eq!(event["file"], path.to_str().unwrap());
    let response = Client::http(&rehearsal.address("http"), "app.example.com").get("/api/x");
    assert_eq!(response.status, 200, "the other documents are served");
}

#[test]
fn without_the_console_no_record_of_changes_is_kept_so_none_can_fail() {
    // A file where a folder is needed: nothing can be written below it.
    let state = home().join("no-folder");
    fs::create_dir_all(home()).unwrap();
    fs::write(&state, "").unwrap();
    let rehearsal = Rehearsal::start_in(&["-f", SHOP], &[("XDG_STATE_HOME", state.to_str().unwrap())]);
    assert_eq!(Client::http(&rehearsal.address("http"), "app.example.com").get("/api/x").status, 200);
}

#[test]
fn stand_ins_fail_as_they_are_told() {
    let rehearsal = Rehearsal::start(&[
        "-f",
        SHOP,
        "--fault",
        "shop/app-stable=418:100%",
        "--fault",
        "shop/app-canary=down",
    ]);
    let mut seen: Vec<_> = (0..60)
        .map(|_| Client::http(&rehearsal.address("http"), "app.example.com").get("/api").status)
        .collect();
    seen.sort_unstable();
    seen.dedup();
    assert!(seen.contains(&418), "{seen:?}");
    assert!(seen.iter().all(|status| *status != 200), "{seen:?}");
}

#[test]
fn an_admin_port_in_use_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let run = cutover(&["rehearse", "--no-tui", "--admin", &address, "-f", SHOP]);
    assert_eq!(run.code, 1, "{run:#?}");
    assert!(run.stderr.contains(&address) && run.stderr.contains("  fix: "), "{run:#?}");
}
