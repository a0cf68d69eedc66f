//! How long manifests take to load, to look at again and to edit, and what the objects weigh.
//!
//! `cargo bench --bench load` prints one line each; times are the best of the runs.

#![expect(clippy::expect_used, reason = "a bench that can not set itself up shall say so and stop")]

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use cutover::{
    resource::{Key, Kind},
    source::{Edit, FieldEdit, Input, Manifests},
};
use serde_json::json;

const ROUTES: usize = 50_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, flag, path, ..] = arguments.as_slice()
        && flag == "--resident"
    {
        return weigh(Path::new(path));
    }
    let folder = tempfile::tempdir().expect("a folder for the manifests");
    let one = folder.path().join("one.yaml");
    fs::write(&one, documents(0..ROUTES)).expect("one file");
    let json = folder.path().join("list.json");
    fs::write(&json, list(0..ROUTES)).expect("a list");
    let many = folder.path().join("many");
    fs::create_dir(&many).expect("a folder of many");
    for index in 0..ROUTES {
        fs::write(many.join(format!("route-{index:05}.yaml")), route(index)).expect("one of many");
    }
    load("one file of 50,000 documents", &one, 3);
    load("one JSON List of 50,000 items", &json, 3);
    load("50,000 files", &many, 3);

    let (mut manifests, _) = Manifests::open(&[Input::Path(many.clone())]).expect("the folder");
    best("refresh of 50,000 files, nothing changed", 3, || assert!(manifests.refresh().0.is_empty()));
    let mut turn = 0;
    best("refresh of 50,000 files, one changed", 3, || {
        turn += 1;
        let text = route(7).replace("weight: 90", &format!("weight: {turn}"));
        fs::write(many.join("route-00007.yaml"), text).expect("one change");
        assert_eq!(manifests.refresh().0.len(), 1);
    });

    let five = folder.path().join("five.yaml");
    let text = documents(0..5 * 1024 * 1024 / route(0).len());
    fs::write(&five, &text).expect("five megabytes");
    let (mut manifests, _) = Manifests::open(&[Input::Path(five)]).expect("the file");
    let mut now = 90;
    best(&format!("plan of a weight in {} bytes", text.len()), 5, || {
        let planned = manifests.plan(&edit(2_000, now, now + 1)).expect("a plan");
        assert_eq!(planned.diff.lines().filter(|line| line.starts_with('+')).count(), 2);
    });
    best("plan and apply of the same", 5, || {
        let planned = manifests.plan(&edit(2_000, now, now + 1)).expect("a plan");
        now += 1;
        assert_eq!(manifests.apply(&planned).expect("written").len(), 1);
    });
}

fn load(what: &str, path: &Path, runs: usize) {
    best(&format!("{what} ({:.1} MiB)", mib(size(path))), runs, || {
        let (_, loaded) = Manifests::open(&[Input::Path(path.to_path_buf())]).expect("the manifests");
        assert_eq!((loaded.objects.len(), loaded.problems.len()), (ROUTES, 0));
    });
    // A process of its own: what this one freed would hide what the objects need.
    let this = std::env::current_exe().expect("this program");
    let weighed = std::process::Command::new(this).arg("--resident").arg(path).status();
    assert!(weighed.is_ok_and(|status| status.success()));
}

/// Prints what the process has grown by when it holds the manifests.
fn weigh(path: &Path) {
    let before = resident();
    let kept = Manifests::open(&[Input::Path(path.to_path_buf())]).expect("the manifests");
    let text: usize = kept.1.objects.iter().map(|object| object.text.len()).sum();
    if let (Some(before), Some(after)) = (before, resident()) {
        let grown = mib(after.saturating_sub(before));
        println!("              resident +{grown:.0} MiB, of which text {:.0} MiB", mib(text as u64));
    }
}

fn best(what: &str, runs: usize, mut run: impl FnMut()) {
    let mut best = Duration::MAX;
    for _ in 0..runs {
        let began = Instant::now();
        run();
        best = best.min(began.elapsed());
    }
    println!("{:>9.1} ms  {what}", best.as_secs_f64() * 1000.0);
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}

fn size(path: &Path) -> u64 {
    if path.is_file() {
        return fs::metadata(path).map_or(0, |meta| meta.len());
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|meta| meta.len()).sum()
}

/// Bytes of this process in memory, on Linux.
fn resident() -> Option<u64> {
    let status = fs::read_to_string(PathBuf::from("/proc/self/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()? * 1024)
}

fn edit(index: usize, old: i64, new: i64) -> Edit {
    let field = "spec.rules[1].backendRefs[0].weight".to_owned();
    Edit {
        object: Key::new(Kind::HttpRoute, format!("team-{}", index % 100), format!("route-{index}")),
        fields: vec![FieldEdit { field, old: Some(json!(old)), new: Some(json!(new)) }],
    }
}

fn documents(range: std::ops::Range<usize>) -> String {
    let mut out = String::new();
    for index in range {
        let _ = write!(out, "---\n{}", route(index));
    }
    out
}

fn list(range: std::ops::Range<usize>) -> String {
    let items: Vec<_> = range
        .map(|index| {
            json!({
                "apiVersion": "gateway.networking.k8s.io/v1",
                "kind": "HTTPRoute",
                "metadata": { "name": format!("route-{index}"), "namespace": format!("team-{}", index % 100) },
                "spec": { "parentRefs": [{ "name": "web" }], "rules": [{ "backendRefs": [
                    { "name": format!("app-{index}"), "port": 8080, "weight": 90 },
                    { "name": format!("app-{index}-canary"), "port": 8080, "weight": 10 },
                ] }] },
            })
        })
        .collect();
    let whole = json!({ "apiVersion": "v1", "kind": "List", "items": items });
    serde_json::to_string_pretty(&whole).unwrap_or_default()
}

/// A route as teams write them: labels, two rules, matches, a filter, a canary.
fn route(index: usize) -> String {
    let team = index % 100;
    format!(
        "# owned by team {team}\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: \
         route-{index}\n  namespace: team-{team}\n  labels:\n    app.kubernetes.io/name: app-{index}\n    \
         app.kubernetes.io/part-of: shop\n    team: team-{team}\nspec:\n  parentRefs:\n  - group: \
         gateway.networking.k8s.io\n    kind: Gateway\n    name: web\n    namespace: infra\n    sectionName: https\n  \
         hostnames:\n  - app-{index}.team-{team}.shop.example\n  rules:\n  - name: static\n    matches:\n    - path:\n        \
         type: PathPrefix\n        value: /static\n    filters:\n    - type: ResponseHeaderModifier\n      \
         responseHeaderModifier:\n        set:\n        - name: cache-control\n          value: max-age=3600\n    \
         backendRefs:\n    - name: static\n      port: 80\n  - name: app\n    matches:\n    - path:\n        type: \
         PathPrefix\n        value: /\n      headers:\n      - name: x-version\n        value: \"2\"\n    \
         backendRefs:\n    - name: app-{index}\n      port: 8080\n      weight: 90\n    - name: app-{index}-canary\n      \
         port: 8080\n      weight: 10\n"
    )
}
