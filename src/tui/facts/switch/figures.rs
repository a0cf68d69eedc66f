//! Both sides side by side: what came in the last seconds, and who is still at the old one.

use crate::{
    rehearsal::{
        View,
        clients::{HostFacts, SideCount},
    },
    routing::Side,
    tui::{
        facts::{
            Line, Reading, Tone,
            measure::{self, Over},
        },
        format,
    },
};

/// What both sides do.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// The old one.
    pub old: SideFigures,
    /// The new one.
    pub new: SideFigures,
    /// Requests a second that reached neither.
    pub lost: f64,
    /// Whether these are of the hostname alone; else of all that comes in.
    pub own: bool,
}

/// What one side does.
#[derive(Clone, Debug, PartialEq)]
pub struct SideFigures {
    /// Requests a second.
    pub rate: Reading<f64>,
    /// Share of 5xx, 0 to 1; with clients, those without an answer too.
    pub errors: Reading<f64>,
    /// Share of 4xx, 0 to 1.
    pub client_errors: Reading<f64>,
    /// 95th percentile, milliseconds.
    pub p95: Reading<f64>,
    /// Open connections.
    pub open: Reading<u64>,
}

/// Of a hostname where clients ask for it, else of both sides as a whole.
pub fn figures(view: &View, hostname: &str) -> Figures {
    let facts = view.clients.as_ref().and_then(|clients| clients.facts.of(hostname));
    match facts {
        Some(facts) => of_clients(facts),
        None => {
            Figures { old: of_side(view, Side::Old), new: of_side(view, Side::New), lost: 0.0, own: false }
        }
    }
}

fn of_clients(facts: &HostFacts) -> Figures {
    let recent = &facts.recent;
    let side = |count: &SideCount, side: Side| {
        let share = |part: u64| {
            if count.requests == 0 {
                Reading::Nothing
            } else {
                Reading::Is(part as f64 / count.requests as f64)
            }
        };
        let rate = if recent.seconds > 0.0 {
            Reading::Is(count.requests as f64 / recent.seconds)
        } else {
            Reading::Unknown("the clients have just begun")
        };
        let p95 = count
            .times
            .quantile(0.95)
            .map_or(Reading::Nothing, |time| Reading::Is(time.as_secs_f64() * 1000.0));
        SideFigures {
            rate,
            errors: share(count.server_errors + count.failed),
            client_errors: share(count.client_errors),
            p95,
            open: Reading::Is(facts.census.connections_to(side) as u64),
        }
    };
    let lost = if recent.seconds > 0.0 { recent.lost.requests as f64 / recent.seconds } else { 0.0 };
    Figures { old: side(&recent.old, Side::Old), new: side(&recent.new, Side::New), lost, own: true }
}

fn of_side(view: &View, side: Side) -> SideFigures {
    let scope = measure::of_side(side);
    let measures = measure::measures(view, &scope, Over::Short);
    let client_errors = match measure::measured(view, &scope, Over::Short) {
        Reading::Is(measured) => measured.client_error_share().map_or(Reading::Nothing, Reading::Is),
        Reading::Nothing => Reading::Nothing,
        Reading::Unknown(why) => Reading::Unknown(why),
    };
    let open = view.traffic.open.get(measure::word(side)).copied();
    let open = open.map_or(Reading::Unknown("nothing has been scraped yet"), Reading::Is);
    SideFigures { rate: measures.rate, errors: measures.errors, client_errors, p95: measures.p95, open }
}

/// Who is still at the old side, in one line; none where nobody counts.
pub fn rest(view: &View, hostname: &str) -> Option<Line> {
    let clients = view.clients.as_ref()?;
    let facts = clients.facts.of(hostname)?;
    let rest = &facts.rest;
    let at = facts_at(view);
    let seen = match rest.last_seen {
        None => return Some(Line::dim("nobody was ever seen there")),
        Some(seen) => format!("last seen {} ago", format::age(at.saturating_sub(seen).as_secs_f64())),
    };
    if rest.kinds.is_empty() {
        return Some(Line::of(Tone::Good, "nobody").and(Tone::Dim, format!(", {seen}")));
    }
    let mut line = Line::of(Tone::Old, format!("{}/s", format::rate(rest.per_second)));
    if let Some(half) = rest.half_life {
        line = line.and(Tone::Plain, format!(", halves every {}", format::age(half.as_secs_f64().max(1.0))));
    }
    line = line.and(Tone::Dim, format!(", {seen}: "));
    let kinds: Vec<String> = rest
        .kinds
        .iter()
        .map(|kind| {
            let open = match kind.connections {
                0 => String::new(),
                one => format!(" ({one} open)"),
            };
            format!("{} {}/s{open}", kind.name, format::rate(kind.per_second))
        })
        .collect();
    Some(line.and(Tone::Plain, kinds.join(", ")))
}

/// The moment of the facts, on the clock of the clients.
fn facts_at(view: &View) -> std::time::Duration {
    view.clients.as_ref().map(|clients| clients.facts.at).unwrap_or_default()
}
