//! The run cut at its moments: what was measured between two things that were done.

use std::time::Duration;

use crate::{
    rehearsal::clients::SideCount,
    scenario::record::{MarkKind, Record},
};

/// A piece of the run.
#[derive(Debug)]
pub(super) struct Phase {
    /// Its begin in seconds.
    pub(super) from: f64,
    /// What was done at its begin.
    pub(super) begins: String,
    pub(super) old: SideCount,
    pub(super) new: SideCount,
    pub(super) lost: SideCount,
    /// What DNS said at its end.
    pub(super) dns_old: Option<f64>,
    /// Requests at the old side at its end.
    pub(super) last_share: Option<f64>,
    /// What was expected of that.
    pub(super) predicted: Option<f64>,
}

impl Phase {
    /// Share of its requests at the old side.
    pub(super) fn old_share(&self) -> Option<f64> {
        let all = self.old.requests + self.new.requests;
        (all > 0).then(|| self.old.requests as f64 / all as f64)
    }
}

/// A number for each thing that was done, waits left out, in the order of time: those of a chart's marks.
pub(super) fn numbered(record: &Record) -> Vec<(usize, &crate::scenario::record::Mark)> {
    let done = record.marks.iter().filter(|mark| mark.kind != MarkKind::Wait);
    done.enumerate().map(|(nth, mark)| (nth + 1, mark)).collect()
}

/// The pieces between the things that were done; what was done at the same moment begins one together.
pub(super) fn phases(record: &Record) -> Vec<Phase> {
    let mut begins: Vec<(f64, String)> = Vec::new();
    for (number, mark) in numbered(record) {
        match begins.last_mut() {
            Some((at, text)) if mark.at - *at < 1e-6 => text.push_str(&format!("; {number}. {}", mark.text)),
            Some(_) | None => begins.push((mark.at, format!("{number}. {}", mark.text))),
        }
    }
    let ends: Vec<f64> = begins.iter().skip(1).map(|(at, _)| *at).chain([f64::INFINITY]).collect();
    begins
        .into_iter()
        .zip(ends)
        .map(|((from, text), until)| {
            let mut phase = Phase {
                from,
                begins: text,
                old: SideCount::default(),
                new: SideCount::default(),
                lost: SideCount::default(),
                dns_old: None,
                last_share: None,
                predicted: None,
            };
            for sample in &record.samples {
                let middle = sample.at - sample.seconds / 2.0;
                if middle >= from && middle < until {
                    phase.old.add(&sample.old);
                    phase.new.add(&sample.new);
                    phase.lost.add(&sample.lost);
                    phase.dns_old = sample.dns_old.or(phase.dns_old);
                    phase.last_share = sample.old_share().or(phase.last_share);
                    phase.predicted = sample.predicted_old.or(phase.predicted);
                }
            }
            phase
        })
        .collect()
}

/// `12 ms`, or a dash.
pub(super) fn p95(side: &SideCount) -> String {
    side.times.quantile(0.95).map_or_else(
        || "–".to_owned(),
        |time: Duration| {
            let milliseconds = time.as_secs_f64() * 1000.0;
            if milliseconds < 10.0 {
                format!("{milliseconds:.1} ms")
            } else {
                format!("{milliseconds:.0} ms")
            }
        },
    )
}
