//! What a saved file says of itself, so that it can stand in a change record: whose, of what, when, and what was left out.

use serde_json::{Value, json};

use crate::tui::{
    app::{Spot, State},
    facts::measure,
    selection::Lines,
};

/// Names and values in the order in which they are written; `null` for what there is none of.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence(pub Vec<(&'static str, Value)>);

impl Evidence {
    /// Of what is seen now.
    pub fn of(state: &State) -> Self {
        let view = &state.view;
        let mut pairs = vec![
            ("cutover", json!(env!("CARGO_PKG_VERSION"))),
            ("saved", json!(state.clock.to_string())),
            ("source", json!(view.source)),
            ("context", json!(if view.strict { "rehearsal, strict" } else { "rehearsal" })),
            ("screen", json!(screen(state))),
            ("namespace", state.namespace.as_deref().map_or(Value::Null, |name| json!(name))),
        ];
        let traffic = view.traffic.at.map(|at| super::series::wall(state, at).to_string());
        pairs.push(("traffic_at", traffic.map_or(Value::Null, Value::from)));
        if let Some(age) = measure::stale(view, state.since_view()) {
            pairs.push(("traffic_is_old", json!(format!("{} s", age.round()))));
        }
        if let Some(lines) = state.lines() {
            pairs.extend(list(lines));
        }
        Self(pairs)
    }
}

/// What a list leaves out, and its order.
fn list(lines: &dyn Lines) -> Vec<(&'static str, Value)> {
    let filter = lines.filter();
    let text = (!filter.text().is_empty()).then(|| match filter.wrong() {
        None => json!(filter.text()),
        // It hides nothing then, and the file must not say that it did.
        Some(wrong) => json!(format!("{} (not used: {wrong})", filter.text())),
    });
    let sort = lines.sort().and_then(|sort| {
        let name = super::sheet::names(lines.columns()).into_iter().nth(sort.column)?;
        Some(json!(format!("{name} {}", if sort.down { "down" } else { "up" })))
    });
    vec![
        ("filter", text.unwrap_or(Value::Null)),
        ("only_broken", json!(filter.broken)),
        ("sort", sort.unwrap_or(Value::Null)),
        ("shown", json!(lines.len())),
        ("of", json!(lines.total())),
    ]
}

/// Where one is, in words.
pub fn screen(state: &State) -> String {
    match state.spots.last() {
        Some(Spot::Canary(route, rule)) => format!("Canary {} rule {}", route.path(), rule + 1),
        Some(Spot::Detail(detail)) => format!("Detail {}", detail.about.name()),
        Some(Spot::Help(_)) => "Help".to_owned(),
        Some(Spot::Screen(_)) | None => {
            let title = state.screen().card().map_or("", |card| card.title);
            let screen = state.screens.get(state.screen());
            match screen.panes() {
                0 | 1 => title.to_owned(),
                panes => format!("{title} pane {} of {panes}", screen.pane() + 1),
            }
        }
    }
}
