//! The ready scenarios, played on the real program, two or three at once; each leaves its three reports.

use std::{
    path::Path,
    process::{Command, Stdio},
    thread,
};

use serde_json::Value;

use crate::{manifests, program::root};

const READY: [&str; 5] =
    ["clean-switch", "bad-certificate-and-back", "clients-that-do-not-obey", "waves", "way-back-under-load"];

/// Exit code, lines of JSON and what was said.
fn play(name: &str, folder: &Path) -> (i32, Vec<Value>, String) {
    let file = manifests(folder, name);
    let output = Command::new(env!("CARGO_BIN_EXE_cutover"))
        .args(["rehearse", "--no-tui", "-o", "json", "--workers", "1", "--admin", "127.0.0.1:0", "-f"])
        .arg(&file)
        .arg("--scenario")
        .arg(root().join("scenarios").join(format!("{name}.yaml")))
        .arg("--report")
        .arg(folder.join("report"))
        .env("XDG_STATE_HOME", folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let events = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (output.status.code().unwrap_or(-1), events, String::from_utf8_lossy(&output.stderr).into_owned())
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_ready_scenarios_hold_all_their_criteria_and_leave_their_reports() {
    // Not all at once: what is expected supposes that requests are sent as steadily as they were told to be.
    for some in READY.chunks(3) {
        let played: Vec<_> = some.iter().map(|name| thread::spawn(|| hold(name))).collect();
        for one in played {
            one.join().unwrap_or_else(|why| std::panic::resume_unwind(why));
        }
    }
}

/// Plays one and looks at all that it leaves.
fn hold(name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (code, events, said) = play(name, folder.path());
    let report: Value = serde_json::from_str(&read(&folder.path().join("report/report.json"))).unwrap();
    let criteria = report["criteria"].as_array().unwrap();
    for criterion in criteria {
        let text = |key: &str| criterion[key].as_str().unwrap_or_default().to_owned();
        println!("{name}: {} {}, measured {}", text("what"), text("wanted"), text("measured"));
    }
    assert_eq!(code, 0, "{name}: {said}\n{criteria:#?}\n{:#}", report["outcome"]);
    assert_eq!((&report["passed"], &report["outcome"]["state"]), (&true.into(), &"completed".into()));
    let (first, last) = (&events[0], events.last().unwrap());
    assert_eq!(first["event"], "listening", "{name}");
    assert_eq!((&last["event"], &last["passed"]), (&"scenario".into(), &true.into()), "{name}");
    assert_eq!(last["criteria"], report["criteria"], "{name}");
    let steps = events.iter().filter(|event| event["event"] == "step").count();
    assert_eq!(steps, report["marks"].as_array().unwrap().len(), "{name}");
    let page = read(&folder.path().join("report/report.html"));
    let text = read(&folder.path().join("report/report.md"));
    let title = report["scenario"].as_str().unwrap();
    assert!(page.contains(&format!("<title>{title}: passed</title>")), "{name}");
    assert!(page.matches("<polyline").count() >= 5, "{name}: lines are drawn");
    assert!(text.starts_with(&format!("# {title}: passed")), "{name}");
}

#[test]
fn every_ready_scenario_is_played_here() {
    let mut files: Vec<_> = std::fs::read_dir(root().join("scenarios"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned))
        .collect();
    files.sort();
    let mut ready = READY;
    ready.sort_unstable();
    assert_eq!(files, ready);
}
