//! Numbers that were measured, and the three ways of having none.

use std::sync::Arc;

use crate::{
    rehearsal::View,
    resource::Key,
    routing::{ListenerId, Side},
    traffic::{Measured, Scope, Series},
    tui::{facts::Tone, format},
};

/// Seconds after which a measurement counts as old.
pub const STALE_AFTER: f64 = 5.0;

/// A value, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading<T> {
    /// Measured.
    Is(T),
    /// Does not apply here: `–`.
    Nothing,
    /// Not known: `?`, and why.
    Unknown(&'static str),
}

impl<T> Reading<T> {
    /// The value as text, or the sign of its absence.
    pub fn show(self, with: impl FnOnce(T) -> String) -> String {
        match self {
            Self::Is(value) => with(value),
            Self::Nothing => "–".to_owned(),
            Self::Unknown(_) => "?".to_owned(),
        }
    }
}

/// What lists show of traffic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measures {
    /// Requests a second.
    pub rate: Reading<f64>,
    /// Share of 5xx, 0 to 1.
    pub errors: Reading<f64>,
    /// 95th percentile in milliseconds.
    pub p95: Reading<f64>,
}

impl Measures {
    /// Of something that no request can reach.
    pub const NOTHING: Self =
        Self { rate: Reading::Nothing, errors: Reading::Nothing, p95: Reading::Nothing };

    /// Not known.
    pub const fn unknown(why: &'static str) -> Self {
        Self { rate: Reading::Unknown(why), errors: Reading::Unknown(why), p95: Reading::Unknown(why) }
    }

    /// In one cell: `269/s  0.2 % 5xx`; empty where no request can come.
    pub fn short(&self) -> String {
        let rate = match self.rate {
            Reading::Is(rate) => format!("{}/s", format::rate(rate)),
            Reading::Nothing => return String::new(),
            Reading::Unknown(_) => return "?/s".to_owned(),
        };
        match self.errors {
            Reading::Is(errors) if errors > 0.0 => format!("{rate}  {} % 5xx", format::percent(errors)),
            Reading::Is(_) | Reading::Nothing | Reading::Unknown(_) => rate,
        }
    }

    fn of(measured: &Measured) -> Self {
        let none =
            if measured.requests == 0 { Reading::Nothing } else { Reading::Unknown("no latency counted") };
        Self {
            rate: Reading::Is(measured.rate),
            errors: measured.error_share().map_or(Reading::Nothing, Reading::Is),
            p95: measured.p95.map_or(none, Reading::Is),
        }
    }
}

/// Which of the two windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// The last 10 s.
    Short,
    /// The last 60 s.
    Long,
}

/// What a window of a scope holds. A scope that was never counted while scrapes succeed had no request.
pub fn measured(view: &View, scope: &Scope, over: Over) -> Reading<Measured> {
    if view.traffic.at.is_none() {
        return Reading::Unknown("nothing has been scraped yet");
    }
    let Some(series) = view.traffic.scopes.get(scope) else {
        return Reading::Is(Measured::default());
    };
    let window = match over {
        Over::Short => series.short,
        Over::Long => series.long,
    };
    window.map_or(Reading::Unknown("one scrape is not enough"), Reading::Is)
}

/// What lists show of a scope.
pub fn measures(view: &View, scope: &Scope, over: Over) -> Measures {
    match measured(view, scope, over) {
        Reading::Is(measured) => Measures::of(&measured),
        Reading::Nothing => Measures::NOTHING,
        Reading::Unknown(why) => Measures::unknown(why),
    }
}

/// The history of a scope.
pub fn series<'a>(view: &'a View, scope: &Scope) -> Option<&'a Arc<Series>> {
    view.traffic.scopes.get(scope)
}

/// Age in seconds of the last good scrape when that is older than it should be.
pub fn stale(view: &View, since_view: f64) -> Option<f64> {
    let age = view.now + since_view - view.traffic.at?;
    (age > STALE_AFTER).then_some(age)
}

/// The scope of a Gateway.
pub fn of_gateway(gateway: &Key) -> Scope {
    Scope::Gateway { gateway: gateway.path().into() }
}

/// The scope of a listener.
pub fn of_listener(id: &ListenerId) -> Scope {
    Scope::Listener { gateway: id.port.entry.to_string().into(), listener: Arc::clone(&id.name) }
}

/// The scope of a route.
pub fn of_route(route: &Key) -> Scope {
    Scope::Route { kind: route.kind.name().into(), route: route.path().into() }
}

/// The scope of all that comes in by one side.
pub fn of_side(side: Side) -> Scope {
    Scope::Side { side: word(side).into() }
}

/// A side as the proxy's labels have it.
pub fn word(side: Side) -> &'static str {
    match side {
        Side::Old => "old",
        Side::New => "new",
    }
}

/// The tone of a side.
pub fn tone(side: Side) -> Tone {
    match side {
        Side::Old => Tone::Old,
        Side::New => Tone::New,
    }
}

/// The sides that are served, the old one first.
pub fn sides(view: &View) -> Vec<Side> {
    let all = [(Side::Old, view.sides.old), (Side::New, view.sides.new)];
    all.into_iter().filter(|(_, served)| *served).map(|(side, _)| side).collect()
}

/// The scope of a Service as one side asks it.
pub fn of_service_by(side: Side, service: &str, port: u16) -> Scope {
    Scope::Service { side: Some(word(side).into()), backend: service.into(), port }
}

/// The scope of a rule.
pub fn of_rule(route: &Key, rule: usize) -> Scope {
    Scope::Rule { kind: route.kind.name().into(), route: route.path().into(), rule: rule as u32 }
}

/// The scope of a backend within a rule.
pub fn of_backend(route: &Key, rule: usize, service: &Key, port: u16) -> Scope {
    Scope::Backend {
        kind: route.kind.name().into(),
        route: route.path().into(),
        rule: rule as u32,
        backend: service.path().into(),
        port,
    }
}

/// The scope of a Service over all routes.
pub fn of_service(service: &str, port: u16) -> Scope {
    Scope::Service { side: None, backend: service.into(), port }
}
