//! The share of the new side over time, beside what DNS said, and the moments at which that was changed.

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    rehearsal::{View, clients::HostFacts, named},
    routing::Side,
    switch::Pointing,
    traffic::Flow,
    tui::facts::{chart::Values, measure},
};

/// A change of a hostname.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// In a word or two: `new`, `ttl 5`, `held`.
    pub label: String,
    /// Where it pointed before and after, when that was changed.
    pub pointing: Option<(Pointing, Pointing)>,
}

/// All changes of a hostname, oldest first, as the journal has them.
pub fn steps(view: &View, hostname: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for entry in view.journal.iter() {
        for (of, aspect, old, new) in named(&entry.edit) {
            if of != hostname {
                continue;
            }
            let to = |value: &Value| value.as_str().and_then(|text| text.parse::<Pointing>().ok());
            let label = match (aspect, new) {
                ("pointing", new) => to(new).map(super::pointing).unwrap_or_default(),
                ("ttl", new) => format!("ttl {new}"),
                ("held", Value::Bool(true)) => "held".to_owned(),
                ("held", _) => "goes on".to_owned(),
                ("finished", Value::Bool(true)) => "finished".to_owned(),
                ("finished", _) => "opened".to_owned(),
                (other, _) => other.to_owned(),
            };
            let pointing = to(old).zip(to(new)).filter(|_| aspect == "pointing");
            steps.push(Step { at: entry.at, label, pointing });
        }
    }
    steps
}

/// What DNS said over the last `seconds`, in `columns` values of 0 to 1.
pub fn dns(steps: &[Step], now_at: Pointing, now: Timestamp, seconds: f64, columns: usize) -> Values {
    let moves: Vec<(f64, Pointing, Pointing)> = steps
        .iter()
        .filter_map(|step| {
            let (old, new) = step.pointing?;
            Some((now.duration_since(step.at).as_secs_f64(), old, new))
        })
        .collect();
    let at = |age: f64| {
        let last = moves.iter().rev().find(|(since, ..)| *since >= age).map(|(.., new)| *new);
        let pointing = last.or_else(|| moves.first().map(|(_, old, _)| *old)).unwrap_or(now_at);
        f64::from(pointing.percent()) / 100.0
    };
    let width = seconds / columns.max(1) as f64;
    (0..columns).map(|column| Some(at((columns - 1 - column) as f64 * width))).collect()
}

/// The share of requests that went to the new side: of the hostname where clients ask for it, else of all that came in.
pub fn share(view: &View, hostname: &str, seconds: f64, columns: usize) -> Values {
    let width = seconds / columns.max(1) as f64;
    // At least so many seconds a point: of a few requests each would be a peak.
    let over = width.max(4.0);
    let facts =
        view.clients.as_ref().and_then(|clients| Some((clients.facts.at, clients.facts.of(hostname)?)));
    let points: Vec<(f64, f64, f64)> = match facts {
        Some((at, facts)) => of_clients(at.as_secs_f64(), facts),
        None => of_sides(view),
    };
    let column = |nth: usize| {
        let end = (columns - 1 - nth) as f64 * width;
        let within = points.iter().filter(|(age, ..)| *age >= end && *age < end + over);
        let (old, new) = within.fold((0.0, 0.0), |sum, (_, old, new)| (sum.0 + old, sum.1 + new));
        (old + new > 0.0).then(|| new / (old + new))
    };
    (0..columns).map(column).collect()
}

/// Age, requests at the old side, at the new one.
fn of_clients(at: f64, facts: &HostFacts) -> Vec<(f64, f64, f64)> {
    let tick = |tick: &crate::rehearsal::clients::Tick| {
        (at - tick.at.as_secs_f64(), f64::from(tick.old.requests), f64::from(tick.new.requests))
    };
    facts.history.iter().map(tick).collect()
}

fn of_sides(view: &View) -> Vec<(f64, f64, f64)> {
    let history =
        |side| measure::series(view, &measure::of_side(side)).map_or(&[][..], |series| &series.history);
    let mut points: Vec<(f64, f64, f64)> = Vec::new();
    let age = |flow: &Flow| view.now - flow.at;
    points.extend(history(Side::Old).iter().map(|flow| (age(flow), f64::from(flow.requests), 0.0)));
    points.extend(history(Side::New).iter().map(|flow| (age(flow), 0.0, f64::from(flow.requests))));
    points
}
