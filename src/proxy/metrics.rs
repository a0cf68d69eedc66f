//! Counters of all workers as Prometheus text, format 0.0.4. Only series with traffic are written.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use crate::routing::Side;

use super::counters::{BOUNDS, By, Counters, Labels};

/// One label set, summed over the workers.
#[derive(Default)]
struct Sum {
    codes: BTreeMap<(u16, By), u64>,
    buckets: [u64; BOUNDS.len() + 1],
    nanoseconds: u64,
    mirrors: [u64; 3],
}

/// Writes all metrics.
pub(super) fn render(workers: &[Arc<Counters>], swaps: u64) -> String {
    let sums = gather(workers);
    let mut text = String::with_capacity(4096 + sums.len() * 4096);
    family(
        &mut text,
        "cutover_requests_total",
        "counter",
        "Answers given, by route, backend and status code.",
    );
    for (labels, sum) in &sums {
        for ((code, by), count) in &sum.codes {
            let by = match by {
                By::Backend => "backend",
                By::Proxy => "proxy",
            };
            text.push_str("cutover_requests_total{");
            put_labels(&mut text, labels);
            let _ = writeln!(text, ",code=\"{code}\",by=\"{by}\"}} {count}");
        }
    }
    family(
        &mut text,
        "cutover_request_duration_seconds",
        "histogram",
        "Time from a request's head to the end of its answer.",
    );
    for (labels, sum) in &sums {
        histogram(&mut text, labels, sum);
    }
    family(
        &mut text,
        "cutover_mirror_requests_total",
        "counter",
        "Copies of requests, by what became of them.",
    );
    for (labels, sum) in &sums {
        for (outcome, count) in ["sent", "failed", "dropped"].into_iter().zip(sum.mirrors) {
            if count > 0 {
                text.push_str("cutover_mirror_requests_total{");
                put_labels(&mut text, labels);
                let _ = writeln!(text, ",outcome=\"{outcome}\"}} {count}");
            }
        }
    }
    let total = |read: fn(&Counters) -> i64| workers.iter().map(|worker| read(worker)).sum::<i64>();
    family(&mut text, "cutover_connections", "gauge", "Open connections of clients.");
    for (side, name) in [(Side::Old, "old"), (Side::New, "new")] {
        let open: i64 = workers.iter().map(|worker| worker.connections(side).load(Relaxed)).sum();
        let _ = writeln!(text, "cutover_connections{{side=\"{name}\"}} {open}");
    }
    let gauges = [
        (
            "cutover_upstream_connections",
            "gauge",
            "Open connections to backends, idle ones too.",
            total(|worker| worker.upstream_connections.load(Relaxed)),
        ),
        (
            "cutover_tls_failures_total",
            "counter",
            "TLS handshakes that failed or were refused.",
            total(|worker| count(&worker.tls_failures)),
        ),
        (
            "cutover_table_swaps_total",
            "counter",
            "Tables published.",
            i64::try_from(swaps).unwrap_or(i64::MAX),
        ),
    ];
    for (name, kind, help, value) in gauges {
        family(&mut text, name, kind, help);
        let _ = writeln!(text, "{name} {value}");
    }
    text
}

fn count(counter: &AtomicU64) -> i64 {
    i64::try_from(counter.load(Relaxed)).unwrap_or(i64::MAX)
}

fn gather(workers: &[Arc<Counters>]) -> BTreeMap<Labels, Sum> {
    let mut sums: BTreeMap<Labels, Sum> = BTreeMap::new();
    for series in workers.iter().flat_map(|worker| worker.all()) {
        let mut codes = Vec::new();
        series.each_code(|code, by, count| codes.push(((code, by), count)));
        let mirrors = series.mirrors.each_ref().map(|counter| counter.load(Relaxed));
        if codes.is_empty() && mirrors == [0; 3] {
            continue;
        }
        let sum = sums.entry(series.labels.clone()).or_default();
        for (key, count) in codes {
            *sum.codes.entry(key).or_default() += count;
        }
        for (total, bucket) in sum.buckets.iter_mut().zip(&series.buckets) {
            *total += bucket.load(Relaxed);
        }
        for (total, counter) in sum.mirrors.iter_mut().zip(mirrors) {
            *total += counter;
        }
        sum.nanoseconds += series.nanoseconds.load(Relaxed);
    }
    sums
}

fn histogram(text: &mut String, labels: &Labels, sum: &Sum) {
    const NAME: &str = "cutover_request_duration_seconds";
    let count: u64 = sum.buckets.iter().sum();
    if count == 0 {
        return;
    }
    let mut below = 0;
    for (at, bucket) in sum.buckets.iter().enumerate() {
        below += bucket;
        let _ = write!(text, "{NAME}_bucket{{");
        put_labels(text, labels);
        let _ = match BOUNDS.get(at) {
            Some(bound) => writeln!(text, ",le=\"{bound}\"}} {below}"),
            None => writeln!(text, ",le=\"+Inf\"}} {below}"),
        };
    }
    let seconds = sum.nanoseconds as f64 / 1e9;
    for (suffix, value) in [("sum", format!("{seconds}")), ("count", format!("{count}"))] {
        let _ = write!(text, "{NAME}_{suffix}{{");
        put_labels(text, labels);
        let _ = writeln!(text, "}} {value}");
    }
}

fn family(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn put_labels(text: &mut String, labels: &Labels) {
    let pairs = [
        ("side", labels.side),
        ("gateway", &labels.gateway),
        ("listener", &labels.listener),
        ("kind", &labels.kind),
        ("route", &labels.route),
        ("rule", &labels.rule),
        ("backend", &labels.backend),
        ("port", &labels.port),
    ];
    for (at, (name, value)) in pairs.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(name);
        text.push_str("=\"");
        for c in value.chars() {
            match c {
                '\\' => text.push_str("\\\\"),
                '"' => text.push_str("\\\""),
                '\n' => text.push_str("\\n"),
                other => text.push(other),
            }
        }
        text.push('"');
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn workers_are_summed_and_hostile_names_escaped() {
        let labels = Labels { side: "new", gateway: "a/\"b\\\n".into(), ..Labels::default() };
        let workers = [Arc::new(Counters::default()), Arc::new(Counters::default())];
        for worker in &workers {
            worker.series(labels.clone()).answered(200, By::Backend, Duration::from_millis(3));
        }
        workers[0].series(Labels::default());
        let text = render(&workers, 7);
        let wanted = "cutover_requests_total{side=\"new\",gateway=\"a/\\\"b\\\\\\n\",listener=\"\",kind=\"\",route=\"\",\
                      rule=\"\",backend=\"\",port=\"\",code=\"200\",by=\"backend\"} 2\n";
        assert!(text.contains(wanted), "{text}");
        assert_eq!(text.matches("cutover_requests_total{").count(), 1, "no series without traffic");
        assert!(text.contains("le=\"0.002\"} 0\n") && text.contains("le=\"0.004\"} 2\n"), "{text}");
        assert!(text.contains("cutover_table_swaps_total 7\n"));
    }
}
