//! A run as a report: Markdown, JSON, and one HTML page that needs nothing beside it. Pure functions of the record.

mod chart;
mod html;
mod markdown;
mod phases;

use serde::Serialize;

use super::{
    judge::{Verdict, passed},
    model::Measure,
    record::{Outcome, Record},
};
pub use html::html;
pub use markdown::markdown;

#[derive(Serialize)]
struct Report<'r> {
    passed: bool,
    criteria: &'r [Verdict],
    #[serde(flatten)]
    record: &'r Record,
}

/// The report for scripts: `passed`, `criteria`, and the record.
pub fn json(record: &Record, verdicts: &[Verdict]) -> String {
    let report = Report { passed: passed(record, verdicts), criteria: verdicts, record };
    // Its keys are texts and its numbers finite: it can always be written.
    serde_json::to_string_pretty(&report).unwrap_or_default()
}

/// How it ended, in words.
fn ended(record: &Record) -> String {
    match &record.outcome {
        Outcome::Running => "not finished".to_owned(),
        Outcome::Completed => "all steps done".to_owned(),
        Outcome::Stopped { line, why } => format!("stopped at line {line}: {why}"),
    }
}

/// What a measure is, by its name.
fn about(what: &str) -> &'static str {
    Measure::named(what).map(Measure::about).unwrap_or_default()
}

/// `2 min 5 s`
fn length(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    if whole < 60 { format!("{seconds:.1} s") } else { format!("{} min {} s", whole / 60, whole % 60) }
}

/// `12.5 %`, or a dash.
fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

#[cfg(test)]
mod tests;
