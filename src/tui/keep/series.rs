//! What charts are drawn from, as it was counted: every step with its time, nothing smoothed.

use jiff::{SignedDuration, Timestamp};

use super::sheet::{Cell, Sheet};
use crate::{
    traffic::{Moment, Scope},
    tui::{
        app::{Session, State},
        facts::{Reading, measure},
    },
};

/// The wall clock at a moment of what was measured.
pub fn wall(state: &State, at: Moment) -> Timestamp {
    let ago = SignedDuration::try_from_secs_f64(state.view.now - at).unwrap_or_default();
    let millis = SignedDuration::from_millis(i64::try_from(ago.as_millis()).unwrap_or_default());
    let wall = state.view_at.checked_sub(millis).unwrap_or(state.view_at);
    wall.round(jiff::Unit::Millisecond).unwrap_or(wall)
}

/// Steps of several scopes, one below the other, by time.
fn steps(state: &State, of: &str, scopes: &[(String, Scope)]) -> Sheet {
    let mut rows: Vec<(Moment, Vec<Cell>)> = Vec::new();
    for (name, scope) in scopes {
        let Some(series) = measure::series(&state.view, scope) else { continue };
        for flow in &series.history {
            let share =
                (flow.requests > 0).then(|| 100.0 * f64::from(flow.errors) / f64::from(flow.requests));
            let rate = f64::from(flow.requests) / flow.seconds.max(f64::MIN_POSITIVE);
            let rounded = |value: f64| Cell::Number((value * 1000.0).round() / 1000.0);
            rows.push((
                flow.at,
                vec![
                    Cell::text(&wall(state, flow.at).to_string()),
                    Cell::text(name),
                    rounded(flow.seconds),
                    Cell::Number(f64::from(flow.requests)),
                    Cell::Number(f64::from(flow.errors)),
                    rounded(rate),
                    share.map_or(Cell::Nothing, rounded),
                    flow.p95.map_or(Cell::Nothing, |p95| rounded(f64::from(p95))),
                ],
            ));
        }
    }
    rows.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let names = ["until", of, "seconds", "requests", "errors_5xx", "req_s", "5xx_percent", "p95_ms"]
        .map(str::to_owned);
    Sheet { names: names.into(), rows: rows.into_iter().map(|(_, row)| row).collect() }
}

/// All traffic.
pub fn all(state: &State) -> Sheet {
    let sides = measure::sides(&state.view);
    if let [_, _, ..] = sides[..] {
        let each: Vec<_> =
            sides.into_iter().map(|side| (measure::word(side).to_owned(), measure::of_side(side))).collect();
        return steps(state, "of", &each);
    }
    steps(state, "of", &[("all".to_owned(), Scope::All)])
}

/// The backends of a rule.
pub fn backends(state: &State, session: &Session) -> Sheet {
    let rule = &session.rule;
    let scopes: Vec<(String, Scope)> =
        rule.backends.iter().map(|backend| (backend.plan_name.clone(), backend.scope(rule))).collect();
    steps(state, "backend", &scopes)
}

/// The weights of a rule: written, wished, executed and seen.
pub fn weights(session: &Session) -> Sheet {
    let percent = |reading: Reading<f64>| match reading {
        Reading::Is(share) => Cell::Number((share * 100_000.0).round() / 1000.0),
        Reading::Nothing | Reading::Unknown(_) => Cell::Nothing,
    };
    let row = |at: usize| {
        let (backend, now) = (session.rule.backends.get(at)?, session.now.backends.get(at)?);
        let band = match now.observed {
            Reading::Is(share) => Reading::Is((share.high - share.low) / 2.0),
            Reading::Nothing | Reading::Unknown(_) => Reading::Nothing,
        };
        let observed = match now.observed {
            Reading::Is(share) => Reading::Is(share.value),
            Reading::Nothing => Reading::Nothing,
            Reading::Unknown(why) => Reading::Unknown(why),
        };
        Some(vec![
            Cell::text(&backend.plan_name),
            Cell::Number(backend.weight as f64),
            Cell::Number(session.wanted(at) as f64),
            percent(now.programmed),
            percent(observed),
            percent(band),
            Cell::text(if now.assumed { "assumed" } else { "given" }),
        ])
    };
    let names =
        ["backend", "weight", "wanted", "programmed_percent", "observed_percent", "observed_band", "service"];
    Sheet {
        names: names.map(str::to_owned).into(),
        rows: (0..session.rule.backends.len()).filter_map(row).collect(),
    }
}
