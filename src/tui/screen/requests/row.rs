//! One request in the tail.

use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    proxy::Record as Seen,
    rehearsal::View,
    tui::{
        app::State,
        facts::{Health, Line, Tone, measure},
        format,
        screen::rehearsal::side,
        selection::{Record, Same, SortKey},
        widget::table::Column,
    },
};

/// A request that went through the gateway.
#[derive(Debug)]
pub struct Request {
    /// Counted since the start.
    pub number: u64,
    /// What is known of it.
    pub record: Arc<Seen>,
    /// What is found, made when it is looked for first.
    found: OnceLock<Box<str>>,
}

impl Request {
    /// A request as it came.
    pub fn new(number: u64, record: &Arc<Seen>) -> Arc<Self> {
        Arc::new(Self { number, record: Arc::clone(record), found: OnceLock::new() })
    }

    /// `shop/app 2`, the rule counted from 1.
    pub fn route(&self) -> Option<String> {
        self.record.rule.as_ref().map(|rule| format!("{} {}", rule.route, rule.index + 1))
    }

    /// `shop/app-canary`
    pub fn backend(&self) -> Option<String> {
        self.record.backend.as_ref().map(|backend| backend.service.to_string())
    }

    /// Who answered.
    fn answered(&self) -> Line {
        match self.backend() {
            Some(backend) if !self.record.by_proxy => Line::plain(backend),
            // A redirect is its work; an error that it had to answer itself is not.
            Some(_) | None if self.record.status < 400 => Line::dim("gateway"),
            Some(_) | None => Line::of(Tone::Warn, "gateway"),
        }
    }

    /// How it went.
    pub fn health(&self) -> Health {
        match self.record.status {
            500.. => Health::Broken,
            400..500 => Health::Attention,
            _ => Health::Ok,
        }
    }

    /// The tone of its status.
    pub fn tone(&self) -> Tone {
        match self.record.status {
            500.. => Tone::Bad,
            400..500 => Tone::Warn,
            300..400 => Tone::Accent,
            _ => Tone::Good,
        }
    }

    /// Milliseconds that it took.
    pub fn millis(&self) -> f64 {
        self.record.took.as_secs_f64() * 1000.0
    }

    /// When it began: `14:02:11.250`.
    pub fn time(&self, zone: &TimeZone) -> String {
        let at = Timestamp::try_from(self.record.at).unwrap_or_default();
        at.to_zoned(zone.clone()).strftime("%H:%M:%S%.3f").to_string()
    }

    fn haystack(&self) -> &str {
        self.found.get_or_init(|| {
            let Seen { client, port, listener, head, status, problem, .. } = &*self.record;
            let (class, side) = (status / 100, measure::word(port.side));
            let (route, backend) = (self.route().unwrap_or_default(), self.backend().unwrap_or_default());
            let listener = listener.as_deref().unwrap_or_default();
            let by = if self.record.by_proxy { "gateway" } else { "" };
            let problem = problem.as_deref().unwrap_or_default();
            let (method, host, target) = (head.method(), head.host(), head.target());
            let text = format!(
                "{side} {status} {class}xx {method} {host}{target} {client} {} ▸ {listener} {route} {backend} {by} {problem}",
                port.entry
            );
            text.to_lowercase().into()
        })
    }
}

impl Same for Arc<Request> {
    fn same(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Record for Arc<Request> {
    const COLUMNS: &'static [Column] = &[
        Column::text("TIME", 12, 12, 7),
        Column::text("SIDE", 4, 4, 200).sided(),
        Column::text("ST", 3, 3, 255),
        Column::text("METHOD", 6, 7, 6),
        Column::text("HOST", 16, 28, 5),
        Column::text("PATH", 16, 48, 255),
        Column::text("ROUTE RULE", 12, 26, 4),
        Column::text("ANSWERED BY", 15, 26, 8),
        Column::number("MS", 7, 9),
        Column::number("BYTES", 7, 2),
        Column::text("CLIENT", 15, 21, 1),
        Column::text("WHAT WENT WRONG", 18, 40, 3),
    ];

    fn cells(&self, state: &State) -> Vec<Line> {
        let Seen { client, head, status, bytes, problem, .. } = &*self.record;
        let dash = || Line::dim("–");
        let text = |text: &str| if text.is_empty() { dash() } else { Line::plain(text) };
        vec![
            Line::dim(self.time(&state.zone)),
            side(self.record.port.side),
            Line::of(self.tone(), status.to_string()),
            if head.method().is_empty() { dash() } else { Line::dim(head.method()) },
            if head.host().is_empty() { dash() } else { Line::dim(head.host()) },
            text(head.target()),
            self.route().map_or_else(dash, Line::plain),
            self.answered(),
            Line::plain(format::millis(self.millis())),
            Line::dim(format::grouped(*bytes)),
            Line::dim(client.to_string()),
            problem.as_ref().map_or_else(Line::default, |why| Line::of(self.tone(), why.clone())),
        ]
    }

    fn haystack(&self) -> Cow<'_, str> {
        Cow::Borrowed(Request::haystack(self))
    }

    fn namespace(&self) -> Option<&str> {
        let record = &self.record;
        let origin = record.rule.as_ref().map_or(&record.port.entry, |rule| &rule.route);
        Some(&origin.namespace)
    }

    fn health(&self, _: &View) -> Option<Health> {
        Some(Request::health(self))
    }

    fn key(&self, _: &View, column: usize) -> SortKey {
        let record = &self.record;
        let or_missing = |text: Option<String>| text.map_or(SortKey::Missing, |text| SortKey::text(&text));
        match column {
            0 => SortKey::Number(self.number as f64),
            1 => SortKey::text(measure::word(record.port.side)),
            2 => SortKey::Number(f64::from(record.status)),
            3 => SortKey::text(record.head.method()),
            4 => SortKey::text(record.head.host()),
            5 => SortKey::text(record.head.target()),
            6 => or_missing(self.route()),
            7 => or_missing(self.backend().filter(|_| !record.by_proxy)),
            8 => SortKey::Number(self.millis()),
            9 => SortKey::Number(record.bytes as f64),
            10 => SortKey::text(&record.client.to_string()),
            _ => or_missing(record.problem.as_ref().map(ToString::to_string)),
        }
    }
}
