//! Ten thousand hostnames: what the name server adds to the start and to memory, and one step for all.

use std::{fmt::Write as _, fs, path::Path, time::Instant};

use hickory_proto::rr::RecordType;

use crate::{
    program::{Rehearsal, cutover},
    resolver::{ask, question, told},
};

const COUNT: usize = 10_000;

/// Both sides, with 100 hosts to an Ingress and 16 to a route, as many as the Gateway API lets it have.
fn manifests(folder: &Path) {
    let mut text = "
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: dns-many, namespace: infra}
spec:
  gatewayClassName: cutover
  listeners: [{name: web, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}]
"
    .to_owned();
    let hosts: Vec<String> = (0..COUNT).map(|n| format!("h{n}.team{}.many.example", n % 50)).collect();
    for (nth, some) in hosts.chunks(100).enumerate() {
        let _ = write!(
            text,
            "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: i{nth}, namespace: shop}}\nspec:\n  \
             ingressClassName: nginx\n  rules:\n"
        );
        for host in some {
            let _ = writeln!(
                text,
                "    - {{host: {host}, http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: app, port: {{number: 80}}}}}}}}]}}}}"
            );
        }
    }
    for (nth, some) in hosts.chunks(16).enumerate() {
        let _ = write!(
            text,
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: r{nth}, namespace: shop}}\n\
             spec:\n  parentRefs: [{{name: dns-many, namespace: infra}}]\n  hostnames: [{}]\n  rules: [{{backendRefs: [{{name: app, port: 80}}]}}]\n",
            some.join(", ")
        );
    }
    fs::write(folder.join("all.yaml"), text).unwrap();
}

/// Memory of a process that is not shared, in MiB; none where the system does not say.
fn memory(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? / 1024)
}

#[test]
fn ten_thousand_hostnames_cost_little() {
    let folder = tempfile::tempdir().unwrap();
    manifests(folder.path());
    let path = folder.path().to_str().unwrap();
    let start = |dns: &[&str]| {
        let began = Instant::now();
        let rehearsal = Rehearsal::start(&[&["--side", "both", "-f", path][..], dns].concat());
        let took = began.elapsed();
        let memory = memory(rehearsal.pid());
        (rehearsal, took, memory)
    };
    let (without, slow, small) = start(&[]);
    drop(without);
    let (rehearsal, took, large) = start(&["--dns", "127.0.0.1:0"]);
    println!(
        "{COUNT} hostnames: ready in {took:?} ({slow:?} without DNS), {large:?} MiB ({small:?} without)"
    );
    if let (Some(large), Some(small)) = (large, small) {
        assert!(large < small + 60, "{large} MiB instead of {small}");
    }
    // A debug build beside other tests: what is meant is that no name costs a walk over all others.
    assert!(took < slow * 2 + std::time::Duration::from_secs(5), "{took:?} instead of {slow:?}");
    let began = Instant::now();
    let run = cutover(&["switch", "--all", "--to", "new", "--admin", &rehearsal.admin]);
    println!("all of them switched in {:?}", began.elapsed());
    assert_eq!((run.code, run.stdout.lines().count()), (0, COUNT), "{}", run.stderr);
    let new = rehearsal.address("web").rsplit_once(':').unwrap().0.to_owned();
    let began = Instant::now();
    for nth in (0..COUNT).step_by(10) {
        let name = format!("h{nth}.team{}.many.example.", nth % 50);
        assert_eq!(
            told(&ask(rehearsal.name_server(), &question(&name, RecordType::A))).1,
            std::slice::from_ref(&new)
        );
    }
    println!("{} questions in {:?}", COUNT / 10, began.elapsed());
    assert_eq!(rehearsal.event()["event"], "switched");
    let listed = cutover(&["switch", "--admin", &rehearsal.admin, "-o", "json"]).json();
    assert_eq!(listed["names"].as_array().unwrap().len(), COUNT);
}
