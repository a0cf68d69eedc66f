//! The counters of the name server and of the clients as Prometheus text.

use std::fmt::Write as _;

use crate::{
    dns::{Counted, Reader},
    rehearsal::clients::{Census, KindCount, SideCount},
};

/// Answers by hostname, and what belongs to none; only what happened is written.
pub(super) fn write(names: &Reader, text: &mut String) {
    text.push_str("# HELP cutover_dns_answers_total Answers of the name server, by hostname.\n");
    text.push_str("# TYPE cutover_dns_answers_total counter\n");
    for (hostname, record) in names.zones().iter() {
        let Counted { old, new, empty, absent, other } = record.counts.read();
        let kinds = [("old", old), ("new", new), ("nodata", empty), ("nxdomain", absent), ("other", other)];
        for (kind, count) in kinds.into_iter().filter(|(_, count)| *count > 0) {
            let _ = writeln!(
                text,
                "cutover_dns_answers_total{{hostname=\"{hostname}\",answer=\"{kind}\"}} {count}"
            );
        }
    }
    text.push_str(
        "# HELP cutover_dns_other_total Questions by what became of them, beside answers about a hostname.\n",
    );
    text.push_str("# TYPE cutover_dns_other_total counter\n");
    let totals = names.totals();
    let kinds = [
        ("refused", totals.refused),
        ("forwarded", totals.forwarded),
        ("unanswered", totals.unanswered),
        ("malformed", totals.malformed),
        ("truncated", totals.truncated),
    ];
    for (kind, count) in kinds {
        let _ = writeln!(text, "cutover_dns_other_total{{outcome=\"{kind}\"}} {count}");
    }
}

/// What clients see: requests by side, and where each kind is.
pub(super) fn write_clients(census: &Census, text: &mut String) {
    text.push_str(
        "# HELP cutover_client_requests_total Requests of the clients, by side and by what became of them.\n",
    );
    text.push_str("# TYPE cutover_client_requests_total counter\n");
    for (side, count) in [("old", &census.old), ("new", &census.new), ("none", &census.lost)] {
        let SideCount { requests, failed, client_errors, server_errors, times: _ } = count;
        let good = requests.saturating_sub(failed + client_errors + server_errors);
        for (outcome, count) in
            [("good", good), ("4xx", *client_errors), ("5xx", *server_errors), ("failed", *failed)]
        {
            let labels = format!("side=\"{side}\",outcome=\"{outcome}\"");
            let _ = writeln!(text, "cutover_client_requests_total{{{labels}}} {count}");
        }
    }
    text.push_str("# HELP cutover_client_lookups_total Questions of the clients to the name server.\n");
    text.push_str("# TYPE cutover_client_lookups_total counter\n");
    let _ = writeln!(text, "cutover_client_lookups_total {}", census.lookups);
    let mut gauge = |name: &str, help: &str, of: fn(&KindCount) -> [usize; 2]| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for kind in &census.kinds {
            for (side, count) in ["old", "new"].into_iter().zip(of(kind)) {
                let _ = writeln!(text, "{name}{{kind=\"{}\",side=\"{side}\"}} {count}", label(&kind.name));
            }
        }
    };
    gauge("cutover_clients", "Clients by the side of their last request.", |kind| kind.at);
    gauge("cutover_client_connections", "Open connections of the clients.", |kind| kind.connections);
}

/// The text of a label's value: kinds have names of the user's own.
fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rehearsal::clients::{KINDS, Outcome},
        routing::Side,
        traffic::exposition,
    };

    #[test]
    fn what_is_written_of_clients_can_be_read_again() {
        let mut census = Census::new(KINDS.iter().map(|kind| (kind, 3)));
        census.kinds[1].name = "mine \"\\".into();
        census.went(1, None, Some(Side::New), std::time::Duration::ZERO);
        census.opened(1, Some(Side::New));
        for outcome in [Outcome::Status(200, std::time::Duration::ZERO), Outcome::Failed] {
            census.over(1, Some(Side::New), false, outcome);
        }
        let mut text = String::new();
        write_clients(&census, &mut text);
        for line in [
            "cutover_client_requests_total{side=\"new\",outcome=\"good\"} 1",
            "cutover_client_requests_total{side=\"new\",outcome=\"failed\"} 1",
            "cutover_clients{kind=\"mine \\\"\\\\\",side=\"new\"} 1",
            "cutover_client_connections{kind=\"obey\",side=\"old\"} 0",
        ] {
            assert!(text.lines().any(|other| other == line), "{line}\n{text}");
        }
        let page = exposition::parse(&text, |_| true);
        assert_eq!((page.rejected, page.samples.len()), (Vec::new(), 33), "{text}");
    }
}
