//! How long counting takes beside jq, and in how much memory: `scripts/inventory-speed` runs it.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::{counts, many};
use crate::program::home;

/// What a run needed.
struct Cost {
    time: Duration,
    /// Largest memory of the program, in MB; of a pipeline that of its first program.
    memory: f64,
    stdout: String,
}

/// Runs a shell line under `/usr/bin/time`, three times, and takes the quickest.
fn run(line: &str) -> Cost {
    let one = || {
        let started = Instant::now();
        let output = Command::new("sh").args(["-c", line]).stdin(Stdio::null()).output().unwrap();
        let time = started.elapsed();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let peak = stderr.lines().find_map(|line| line.strip_prefix("peak ")).unwrap_or("0");
        let stdout = String::from_utf8(output.stdout).unwrap();
        Cost { time, memory: peak.parse::<f64>().unwrap() / 1024.0, stdout }
    };
    (0..3).map(|_| one()).min_by_key(|cost| cost.time).unwrap()
}

fn input(ingresses: u64) -> std::path::PathBuf {
    let path = home().join(format!("ingresses-{ingresses}.json"));
    fs::create_dir_all(home()).unwrap();
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&path).unwrap());
    many::write(&mut out, ingresses, 7).unwrap();
    out.flush().unwrap();
    path
}

fn by_jq(text: &str) -> BTreeMap<String, u64> {
    let line = |line: &str| {
        let (count, key) = line.trim_start().split_once(' ').unwrap();
        (key.to_owned(), count.parse().unwrap())
    };
    text.lines().map(line).collect()
}

fn row(name: &str, file: &Path, filter: &str, flags: &str, tail: &str) -> (Cost, Cost) {
    let file = file.display();
    let time = "/usr/bin/time -f 'peak %M'";
    let jq = run(&format!("{time} jq -r '{filter}' {file} {tail}"));
    let ours =
        run(&format!("{time} {} inventory annotations {flags} -f {file}", env!("CARGO_BIN_EXE_cutover")));
    println!(
        "{name:<34}{:>9.3} s {:>7.0} MB {:>9.3} s {:>7.0} MB {:>7.1} x",
        jq.time.as_secs_f64(),
        jq.memory,
        ours.time.as_secs_f64(),
        ours.memory,
        jq.time.as_secs_f64() / ours.time.as_secs_f64()
    );
    (jq, ours)
}

#[test]
#[ignore = "takes minutes and an idle machine; needs jq and /usr/bin/time"]
fn counting_beside_jq() {
    println!("{:<34}{:>22}{:>22}", "", "jq", "cutover");
    for ingresses in [1000, 5000, 10_000, 100_000] {
        let file = input(ingresses);
        let (jq, ours) = row(
            &format!("{ingresses}: count of each key"),
            &file,
            counts::COUNTS,
            "-o json",
            "| sort | uniq -c | sort -rn",
        );
        assert_eq!(
            counts::ours(&serde_json::from_str(&ours.stdout).unwrap()),
            by_jq(&jq.stdout),
            "{ingresses}"
        );
        let (jq, ours) =
            row(&format!("{ingresses}: keys of each Ingress"), &file, counts::KEYS, "--by-ingress", "");
        let sorted = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort_unstable();
            lines
        };
        assert!(sorted(&jq.stdout) == sorted(&ours.stdout), "{ingresses}: the lines differ");
        let whole = run(&format!(
            "/usr/bin/time -f 'peak %M' {} inventory -o json -f {} > /dev/null",
            env!("CARGO_BIN_EXE_cutover"),
            file.display()
        ));
        println!(
            "{:<34}{:>21} {:>9.3} s {:>7.0} MB",
            format!("{ingresses}: the whole inventory"),
            "",
            whole.time.as_secs_f64(),
            whole.memory
        );
        fs::remove_file(file).unwrap();
    }
    println!("counts and lines are equal");
}
