//! A rehearsal as a face holds it. Alone in its process, so that every thread can be counted.

use std::{fs, time::Duration};

use cutover::{
    rehearsal::{LoadSetting, Mix, Options, start},
    source::Input,
};

const MANIFESTS: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: threads, namespace: shop}
spec:
  gatewayClassName: cutover
  listeners: [{name: http, port: 8085, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: threads}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
";

/// Names of this process's threads; none where the system does not say.
fn threads() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let mut names: Vec<_> = tasks
        .filter_map(|task| fs::read_to_string(task.path().join("comm")).ok())
        .map(|name| name.trim().to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_rehearsal_that_ended_leaves_no_thread() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("all.yaml"), MANIFESTS).unwrap();
    let options = Options {
        sides: cutover::rehearsal::Sides::NEW,
        inputs: vec![Input::Path(folder.path().to_owned())],
        strict: false,
        workers: 2,
        own_backends: Vec::new(),
        direct: false,
        load: LoadSetting { rate: 200.0, concurrency: 8 },
        mix: Mix::Routes,
        clients: None,
        faults: Vec::new(),
        writable: true,
        journal: None,
        admin: "127.0.0.1:0".parse().unwrap(),
        refresh: std::time::Duration::from_secs(1),
        dns: None,
    };
    let before = threads();
    for _ in 0..3 {
        let handle = start(options.clone()).unwrap();
        let mut view = handle.view.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let sent = view.wait_for(|view| view.load.sent > 50);
            tokio::time::timeout(Duration::from_secs(20), sent).await.unwrap().unwrap();
        });
        if cfg!(target_os = "linux") {
            assert!(threads().len() > before.len() + 3, "{:?}", threads());
        }
        handle.end();
        // A thread that has told its end still needs a moment to be gone from the list.
        let begun = std::time::Instant::now();
        while threads() != before {
            assert!(begun.elapsed() < Duration::from_secs(5), "left: {:?}", threads());
            std::thread::yield_now();
        }
    }
}
