//! Keys of annotations: how often each is used, where, and what becomes of it; Enter shows who uses it.

use std::{borrow::Cow, sync::Arc};

use ratatui::layout::Rect;

use super::Screen;
use crate::{
    rehearsal::View,
    resource::Key,
    tui::{
        app::{Effect, State},
        facts::{Health, Line, Tone, describe::ingress::verdict_tone, ingresses::KeyRow},
        format,
        paint::{self, Canvas},
        selection::{Lines, List, Record, Same, SortKey},
        view::{detail::wrap, empty, strip_over},
        widget::{
            bar,
            table::{self, Column, Look},
        },
    },
};

/// Columns of a bar.
const BAR: u16 = 8;

/// The screen.
#[derive(Debug, Default)]
pub struct Annotations {
    /// All keys.
    pub list: List<Arc<KeyRow>>,
}

impl Screen for Annotations {
    fn list(&self, _: usize) -> Option<&dyn Lines> {
        Some(&self.list)
    }

    fn list_mut(&mut self, _: usize) -> Option<&mut dyn Lines> {
        Some(&mut self.list)
    }

    fn object(&self) -> Option<Key> {
        None
    }

    fn open(&self) -> fn(&mut State) -> Vec<Effect> {
        State::show_users
    }

    fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
        draw(self, canvas, area, state);
    }
}

impl Same for Arc<KeyRow> {
    fn same(&self, other: &Self) -> bool {
        self.count.key == other.count.key
    }
}

impl Record for Arc<KeyRow> {
    const COLUMNS: &'static [Column] = &[
        Column::text("KEY", 50, 66, 255),
        Column::number("COUNT", 7, 254),
        Column::text("", BAR, BAR, 3).called("bar"),
        Column::number("NAMESPACES", 10, 4),
        Column::number("VALUES", 6, 5),
        Column::text("CONTROLLER", 13, 13, 6),
        Column::text("VERDICT", 12, 12, 200),
        Column::text("BECOMES", 20, 80, 7).wide(),
    ];

    fn cells(&self, _: &State) -> Vec<Line> {
        let count = &self.count;
        let share = if self.most == 0 { 0.0 } else { count.count as f64 / self.most as f64 };
        let tone = verdict_tone(count.verdict);
        vec![
            Line::plain(count.key.to_string()),
            Line::plain(format::grouped(count.count as u64)),
            Line::of(tone, bar::text(share, BAR)),
            Line::dim(format::grouped(count.namespaces.len() as u64)),
            Line::dim(format::grouped(count.distinct_values as u64)),
            count.controller().map_or_else(|| Line::dim("?"), Line::plain),
            Line::of(tone, count.verdict.as_str()),
            Line::plain(count.entry.map_or("", |entry| &entry.becomes)),
        ]
    }

    fn haystack(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.haystack)
    }

    fn health(&self, _: &View) -> Option<Health> {
        use crate::inventory::Verdict;
        Some(match self.count.verdict {
            Verdict::None | Verdict::Policy | Verdict::Unknown => Health::Attention,
            Verdict::Standard | Verdict::Experimental | Verdict::Internal => Health::Ok,
        })
    }

    fn key(&self, _: &View, column: usize) -> SortKey {
        let count = &self.count;
        let number = |count: usize| SortKey::Number(count as f64);
        match column {
            0 => SortKey::text(&count.key),
            1 | 2 => number(count.count),
            3 => number(count.namespaces.len()),
            4 => number(count.distinct_values),
            5 => count.controller().map_or(SortKey::Missing, SortKey::text),
            6 => SortKey::Number(f64::from(count.verdict as u8)),
            _ => count.entry.map_or(SortKey::Missing, |entry| SortKey::text(&entry.becomes)),
        }
    }
}

fn draw(screen: &Annotations, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let over = match (&state.namespace, &state.inventory) {
        (Some(_), _) => Line::dim("counted over all namespaces"),
        (None, Some(inventory)) => {
            let count = inventory.rows.len();
            Line::dim(format!("on {} Ingresses", format::grouped(count as u64)))
        }
        (None, None) => Line::default(),
    };
    strip_over(canvas, paint::top(area, 1), &screen.list, ("key", "keys"), true, &over);
    let room = area.width.saturating_sub(2) as usize;
    let told: Vec<Line> = screen.list.selected().map(|row| below(row)).into_iter().flatten().collect();
    let told: Vec<Line> = told.iter().flat_map(|line| wrap(line, room)).collect();
    let most = (area.height / 3) as usize;
    let foot = if area.height >= 16 && !told.is_empty() { 1 + told.len().min(most) as u16 } else { 0 };
    let list = Rect { y: area.y + 1, height: area.height - 1 - foot, ..area };
    table::draw(canvas, list, &screen.list, Look { focused: true, heads: true }, state);
    let nothing =
        if state.inventory.is_none() { "· reading the Ingresses" } else { "no Ingress has an annotation" };
    empty(canvas, list, state, &screen.list, nothing);
    if foot > 0 {
        let area = Rect { y: area.bottom() - foot, height: foot, ..area };
        canvas.rule(area, area.y);
        for (at, line) in told.iter().take(area.height.saturating_sub(1) as usize).enumerate() {
            canvas.line(area.x + 1, area.y + 1 + at as u16, area.width - 2, line);
        }
    }
}

/// What the selected key means and becomes, and where it is used.
fn below(row: &KeyRow) -> Vec<Line> {
    let count = &row.count;
    let mut lines = vec![
        Line::of(Tone::Strong, count.key.to_string())
            .and(verdict_tone(count.verdict), format!("  {}", count.verdict.as_str())),
    ];
    if let Some(entry) = count.entry {
        for (word, text, tone) in [
            ("means", &entry.meaning, Tone::Plain),
            ("becomes", &entry.becomes, Tone::New),
            ("quirk", &entry.quirk, Tone::Plain),
        ] {
            if !text.is_empty() {
                lines.push(Line::dim(format!("{word:<8}")).and(tone, text.clone()));
            }
        }
    }
    let users = count.users.iter().take(6).map(|(namespace, name)| format!("{namespace}/{name}"));
    let mut users = users.collect::<Vec<_>>().join("  ");
    if count.users.len() > 6 {
        users.push_str(&format!("  +{}", count.users.len() - 6));
    }
    lines.push(Line::dim("used by ").and(Tone::Plain, users));
    lines
}
