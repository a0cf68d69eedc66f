//! A panic of any thread leaves a report and one line, and the program goes on. Tried in a process of its own, since
//! what happens on a panic holds for a whole process.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can not go on has failed")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use cutover::logs::{self, Logs, Wish};

const FOLDER: &str = "CUTOVER_TEST_PANICS";

#[test]
fn a_panic_of_a_thread_or_a_task_leaves_a_report_and_one_line_that_says_where() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("state");
    let output = Command::new(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "panics_in_a_process_of_its_own", "--nocapture"])
        .env(FOLDER, &folder)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the program goes on: {told}");
    let lines: Vec<_> = told.lines().filter(|line| line.starts_with("cutover: panicked")).collect();
    assert_eq!(lines.len(), 2, "one line for each: {told}");
    for (line, (thread, message)) in lines.iter().zip([("proxy-7", "one two"), ("task", "of a task")]) {
        assert!(line.contains(&format!("in thread {thread}: {message}; report: ")), "{line}");
        let report = PathBuf::from(line.rsplit("report: ").next().unwrap());
        assert!(report.starts_with(&folder), "{line}");
        let text = fs::read_to_string(&report).unwrap();
        assert!(text.contains("tests/panics.rs:") && text.contains("arguments  cutover -H x: …\n"), "{text}");
        assert!(text.contains("info panics before it port=80"), "the last lines of the log: {text}");
        assert!(
            text.contains("panics_in_a_process_of_its_own") || text.contains("panics::"),
            "a backtrace: {text}"
        );
        assert_eq!(mode(&report), 0o600);
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
#[ignore = "the test above runs it in a process of its own"]
fn panics_in_a_process_of_its_own() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let arguments = ["cutover", "-H", "x: secret"].map(str::to_owned);
    logs::report_panics(Some(folder.into()), &arguments);
    let _logs = Logs::start(Wish { level: Some("panics=info".to_owned()), ..Wish::default() }).unwrap();
    tracing::info!(port = 80, "before it");
    let thread = thread::Builder::new().name("proxy-7".to_owned());
    assert!(thread.spawn(|| panic!("one\ntwo")).unwrap().join().is_err());
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).thread_name("task").build().unwrap();
    let task = runtime.spawn(async { panic!("of a task") });
    assert!(runtime.block_on(task).unwrap_err().is_panic());
}
