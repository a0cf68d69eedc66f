//! CPU per request beside nginx on the same machine. Not a gate: it prints. Run by `scripts/speed`, which needs `nginx`,
//! `wrk` and a release build.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::build::*;

const ROUNDS: usize = 5;

/// Processor time of a process and its children by name, in ticks of 10 ms.
fn ticks(pids: &[u32]) -> u64 {
    pids.iter()
        .map(|pid| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let fields: Vec<_> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
            [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<u64>().ok()).sum::<u64>()
        })
        .sum()
}

struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

impl Nginx {
    fn start(folder: &Path, name: &str, http: &str) -> Self {
        let file = folder.join(name);
        let text = format!(
            "daemon off; worker_processes 2; pid {}.pid; error_log /dev/null;\nevents {{ worker_connections 4096; }}\n\
             http {{ access_log off; keepalive_requests 100000000; sendfile on; tcp_nodelay on;\n{http}\n}}\n",
            file.display()
        );
        std::fs::write(&file, text).unwrap();
        let child = Command::new("nginx").arg("-c").arg(&file).stderr(Stdio::null()).spawn().expect("nginx");
        // nginx says to nobody when it listens, and this is a measurement, not a test that waits.
        std::thread::sleep(Duration::from_millis(500));
        Self(child)
    }

    fn workers(&self) -> Vec<u32> {
        let id = self.0.id();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        children.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
    }
}

/// Requests and microseconds of processor time per request.
fn measure(url: &str, pids: &[u32]) -> (f64, f64) {
    let before = ticks(pids);
    let output = Command::new("wrk").args(["-t2", "-c64", "-d4", url]).output().expect("wrk");
    let used = ticks(pids) - before;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!text.contains("Non-2xx") && !text.contains("Socket errors"), "{text}");
    let requests: f64 = text
        .lines()
        .find_map(|line| line.trim().split_once(" requests in")?.0.parse().ok())
        .unwrap_or_else(|| panic!("{text}"));
    (requests / 4.0, used as f64 * 10_000.0 / requests)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
#[ignore = "minutes, and needs nginx and wrk"]
fn speed_beside_nginx() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("10k"), "x".repeat(10_240)).unwrap();
    let _backend = Nginx::start(
        folder.path(),
        "backend",
        &format!(
            "server {{ listen 127.0.0.1:18080 reuseport backlog=1024; root {}; location = /small {{ return 200 \"ok\"; }} }}",
            folder.path().display()
        ),
    );
    let nginx = Nginx::start(
        folder.path(),
        "proxy",
        "upstream b { server 127.0.0.1:18080; keepalive 128; }\n\
         server { listen 127.0.0.1:18081 reuseport backlog=1024; location / { proxy_pass http://b; proxy_http_version 1.1;\n\
         proxy_set_header Connection \"\"; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; } }",
    );
    let running = World::to("one", "127.0.0.1:18080".parse().unwrap()).serve();
    let sides = [
        ("nginx", "http://127.0.0.1:18081".to_owned(), nginx.workers()),
        ("cutover", format!("http://{}", running.address), vec![std::process::id()]),
    ];
    for path in ["/small", "/10k"] {
        let mut ratios = Vec::new();
        let mut all = [(Vec::new(), Vec::new()), (Vec::new(), Vec::new())];
        for round in 0..ROUNDS {
            let mut costs = [0.0; 2];
            for at in [round % 2, (round + 1) % 2] {
                let (_, url, pids) = &sides[at];
                let (rate, cost) = measure(&format!("{url}{path}"), pids);
                all[at].0.push(rate);
                all[at].1.push(cost);
                costs[at] = cost;
            }
            ratios.push(costs[1] / costs[0]);
        }
        for ((name, ..), (rates, costs)) in sides.iter().zip(all) {
            println!("{path} {name}: {:.0} req/s, {:.1} us CPU each", median(rates), median(costs));
        }
        println!("{path}: CPU per request {:.2} x nginx (median of {ROUNDS})", median(ratios));
    }
}
