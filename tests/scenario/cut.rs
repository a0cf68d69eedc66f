//! A scenario that is ended before its end still says what was seen.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::manifests;

#[test]
fn an_interrupted_scenario_has_failed_and_leaves_its_report() {
    let folder = tempfile::tempdir().unwrap();
    let (file, scenario) = (manifests(folder.path(), "cut"), folder.path().join("long.yaml"));
    std::fs::write(&scenario, "name: long\nsteps:\n  - load: 50\n  - wait: 1h\n").unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_cutover"))
        .args(["rehearse", "--no-tui", "-o", "json", "--workers", "1", "--admin", "127.0.0.1:0", "-f"])
        .arg(&file)
        .arg("--scenario")
        .arg(&scenario)
        .arg("--report")
        .arg(folder.path().join("report"))
        .env("XDG_STATE_HOME", folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let waits = |line: &Value| line["event"] == "step" && line["step"] == 2;
    let step = lines.by_ref().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap()).find(waits);
    assert!(step.is_some(), "the wait began");
    assert!(Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap().success());
    let last: Value = serde_json::from_str(&lines.map(Result::unwrap).last().unwrap()).unwrap();
    assert_eq!((&last["event"], &last["passed"]), (&"scenario".into(), &false.into()));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("scenario `long` stopped at line 4: it was ended before its end"), "{said}");
    let report = std::fs::read_to_string(folder.path().join("report/report.md")).unwrap();
    assert!(report.contains("stopped at line 4: it was ended before its end"), "{report}");
}
