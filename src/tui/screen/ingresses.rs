//! Ingresses: whose each is, what it asks, how hard it is to move and why.

use std::{borrow::Cow, sync::Arc};

use ratatui::layout::Rect;

use super::Screen;
use crate::{
    rehearsal::View,
    resource::{Key, Object},
    tui::{
        action::{Group, Place, Row},
        app::State,
        facts::{
            Health, Line, Tone,
            describe::ingress::tone,
            ingresses::{IngressRow, Inventory},
        },
        format,
        paint::{self, Canvas},
        selection::{Lines, List, Record, Same, SortKey},
        view::{detail::wrap, empty, strip_over},
        widget::table::{self, Column, Look},
    },
};

/// From Ingresses to the keys of their annotations, and back.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("annotations", &["a"], "annotations: every key with its count, verdict and who uses it", Group::Screens, here, |state, _| Ok(state.show_annotations())).hint("annotations"),
];

fn here(place: Place) -> bool {
    place == Place::Ingresses
}

/// The screen.
#[derive(Debug, Default)]
pub struct Ingresses {
    /// All Ingresses, or those that use one key.
    pub list: List<Arc<IngressRow>>,
    /// Only those with this annotation.
    pub only: Option<Arc<str>>,
    /// What was selected before these were shown.
    pub before: Option<Key>,
}

impl Screen for Ingresses {
    fn list(&self, _: usize) -> Option<&dyn Lines> {
        Some(&self.list)
    }

    fn list_mut(&mut self, _: usize) -> Option<&mut dyn Lines> {
        Some(&mut self.list)
    }

    fn object(&self) -> Option<Key> {
        self.list.selected().map(|row| row.facts.key.clone())
    }

    fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
        draw(self, canvas, area, state);
    }
}

impl Same for Arc<IngressRow> {
    fn same(&self, other: &Self) -> bool {
        self.facts.key == other.facts.key
    }
}

impl Record for Arc<IngressRow> {
    const COLUMNS: &'static [Column] = &[
        Column::text("", 1, 1, 255),
        Column::text("NAMESPACE", 9, 20, 254),
        Column::text("NAME", 14, 32, 255),
        Column::text("CLASS", 6, 16, 4),
        Column::text("CONTROLLER", 13, 24, 3),
        Column::text("HOSTS", 14, 44, 6),
        Column::number("PATHS", 5, 2),
        Column::number("TLS", 3, 1),
        Column::number("ANNOTATIONS", 11, 7),
        Column::text("COMPLEXITY", 10, 10, 200),
        Column::text("TRAPS", 5, 5, 8),
        Column::text("WHY", 24, 90, 9).wide(),
        Column::text("OBSTACLES", 24, 90, 8).wide(),
        Column::text("FILE", 12, 40, 5).wide(),
    ];

    fn cells(&self, _: &State) -> Vec<Line> {
        let facts = &self.facts;
        let traps = facts.traps.len();
        let class = match &facts.class {
            Some(class) => Line::plain(class.to_string()),
            None => Line::of(Tone::Warn, "?"),
        };
        let controller = match controller(self) {
            Some(name) => Line::plain(name),
            None => Line::of(Tone::Warn, "?"),
        };
        vec![
            Line::of(self.health.tone(), self.health.sign()),
            Line::dim(facts.key.namespace.to_string()),
            Line::plain(facts.key.name.to_string()),
            class,
            controller,
            hosts(self),
            Line::dim(facts.paths.len().to_string()),
            Line::dim(if facts.tls.is_empty() { "–".to_owned() } else { facts.tls.len().to_string() }),
            Line::plain(facts.annotations.len().to_string()),
            Line::of(tone(facts.complexity), facts.complexity.as_str()),
            if traps > 0 { Line::of(Tone::Warn, format!("! {traps}")) } else { Line::dim("–") },
            Line::plain(why(self)),
            Line::plain(facts.obstacles.join("; ")),
            Line::dim(file(self)),
        ]
    }

    fn haystack(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.haystack)
    }

    fn labelled<'a>(&'a self, _: &'a View) -> Option<&'a Object> {
        Some(&self.object)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.facts.key.namespace)
    }

    fn health(&self, _: &View) -> Option<Health> {
        Some(self.health)
    }

    fn key(&self, _: &View, column: usize) -> SortKey {
        let facts = &self.facts;
        let number = |count: usize| SortKey::Number(count as f64);
        let text = |text: Option<&str>| text.map_or(SortKey::Missing, SortKey::text);
        match column {
            0 => SortKey::Number(f64::from(self.health as u8)),
            1 => SortKey::text(&facts.key.path()),
            2 => SortKey::text(&facts.key.name),
            3 => text(facts.class.as_deref()),
            4 => text(controller(self).as_deref()),
            5 => text(facts.hosts.first().map(|host| &**host)),
            6 => number(facts.paths.len()),
            7 => number(facts.tls.len()),
            8 => number(facts.annotations.len()),
            9 => SortKey::Number(f64::from(facts.complexity as u8)),
            10 => number(facts.traps.len()),
            11 => SortKey::text(&why(self)),
            12 => number(facts.obstacles.len()),
            _ => SortKey::text(&file(self)),
        }
    }
}

fn controller(row: &IngressRow) -> Option<String> {
    row.facts.family.or(row.facts.controller.as_deref()).map(str::to_owned)
}

fn hosts(row: &IngressRow) -> Line {
    let name = |host: &Arc<str>| if host.is_empty() { "*".to_owned() } else { host.to_string() };
    let mut hosts = row.facts.hosts.iter().map(name);
    match (hosts.next(), hosts.count()) {
        (None, _) => Line::dim("*"),
        (Some(first), 0) => Line::plain(first),
        (Some(first), more) => Line::plain(first).and(Tone::Dim, format!("  +{more}")),
    }
}

/// The reasons of its complexity.
fn why(row: &IngressRow) -> String {
    let own = row.facts.reasons.iter().filter(|reason| reason.complexity == row.facts.complexity);
    own.map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn file(row: &IngressRow) -> String {
    let origin = row.facts.origin.as_ref();
    origin.map_or_else(String::new, |origin| format!("{}:{}", origin.file.display(), origin.line))
}

/// How many of each sort, with their tones.
pub fn totals(inventory: &Inventory) -> Line {
    let totals = inventory.totals;
    let sorts = [
        (crate::inventory::Complexity::Simple, totals.simple),
        (crate::inventory::Complexity::Medium, totals.medium),
        (crate::inventory::Complexity::Complex, totals.complex),
    ];
    let mut line = Line::default();
    for (complexity, count) in sorts {
        let gap = if line.0.is_empty() { "" } else { "  " };
        let text = format!("{gap}{} {}", format::grouped(count as u64), complexity.as_str());
        line = line.and(tone(complexity), text);
    }
    line
}

fn draw(screen: &Ingresses, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let over = match (&screen.only, &state.inventory) {
        (Some(key), _) => Line::dim("with ").and(Tone::Accent, key.to_string()).and(Tone::Dim, "   Esc back"),
        (None, Some(inventory)) => totals(inventory),
        (None, None) => Line::default(),
    };
    strip_over(canvas, paint::top(area, 1), &screen.list, ("Ingress", "Ingresses"), true, &over);
    let room = area.width.saturating_sub(2) as usize;
    let told: Vec<Line> = screen.list.selected().map(|row| below(row)).into_iter().flatten().collect();
    let told: Vec<Line> = told.iter().flat_map(|line| wrap(line, room)).collect();
    let most = (area.height / 3) as usize;
    let foot = if area.height >= 16 && !told.is_empty() { 1 + told.len().min(most) as u16 } else { 0 };
    let list = Rect { y: area.y + 1, height: area.height - 1 - foot, ..area };
    table::draw(canvas, list, &screen.list, Look { focused: true, heads: true }, state);
    empty(canvas, list, state, &screen.list, nothing(state));
    if foot > 0 {
        let area = Rect { y: area.bottom() - foot, height: foot, ..area };
        canvas.rule(area, area.y);
        for (at, line) in told.iter().take(area.height.saturating_sub(1) as usize).enumerate() {
            canvas.line(area.x + 1, area.y + 1 + at as u16, area.width - 2, line);
        }
    }
}

fn nothing(state: &State) -> &'static str {
    if state.inventory.is_none() { "· reading the Ingresses" } else { "no Ingress in what was read" }
}

/// Below the list: how it is, its traps, and the reasons of its complexity.
fn below(row: &IngressRow) -> Vec<Line> {
    let facts = &row.facts;
    let mut lines = vec![
        Line::of(Tone::Strong, facts.key.path())
            .and(tone(facts.complexity), format!("  {}", facts.complexity.as_str())),
    ];
    if !row.words.is_empty() && facts.traps.is_empty() {
        let sign = format!("{} ", row.health.sign());
        lines.push(Line::of(row.health.tone(), sign).and(Tone::Plain, row.words.clone()));
    }
    for trap in &facts.traps {
        lines.push(Line::of(Tone::Warn, format!("! {} ", trap.id)).and(Tone::Plain, trap.message.clone()));
    }
    let reasons = facts.reasons.iter().filter(|reason| reason.complexity == facts.complexity);
    lines.extend(reasons.map(|reason| Line::dim("· ").and(Tone::Plain, reason.to_string())));
    lines
}
