//! The counters of the name server as Prometheus text.

use std::fmt::Write as _;

use crate::dns::{Counted, Reader};

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
