//! A difference as a row.

use std::{borrow::Cow, sync::Arc};

use crate::{
    rehearsal::View,
    tui::{
        app::State,
        facts::{Health, Line, Tone, compare::DifferenceRow},
        format,
        selection::{Record, Same, SortKey},
        widget::table::Column,
    },
};

impl Same for Arc<DifferenceRow> {
    fn same(&self, other: &Self) -> bool {
        self.difference.id == other.difference.id
    }
}

impl Record for Arc<DifferenceRow> {
    const COLUMNS: &'static [Column] = &[
        Column::text("", 1, 1, 255).called("severity"),
        Column::text("CAUSE", 28, 60, 255),
        Column::text("OBJECT", 18, 36, 5),
        Column::text("DIFFERS IN", 16, 34, 8),
        Column::number("HOSTS", 5, 7),
        Column::number("PATHS", 5, 6),
        Column::text("WITNESS", 20, 70, 4),
        Column::text("ACCEPTED", 10, 30, 7),
        Column::text("ID", 16, 36, 3).wide(),
    ];

    fn cells(&self, _: &State) -> Vec<Line> {
        let difference = &self.difference;
        let health = DifferenceRow::health(self);
        let sign = if self.accepted.is_some() { "✓" } else { health.sign() };
        let object = difference.cause.object.as_ref().map(ToString::to_string);
        let accepted = self.accepted.as_ref().map(|it| format!("{} {}", it.date, it.reason));
        let or = |text: Option<String>| text.map_or_else(|| Line::dim("–"), Line::plain);
        vec![
            Line::of(health.tone(), sign),
            Line::plain(self.cause()),
            or(object),
            Line::dim(self.kinds.clone()),
            Line::plain(format::grouped(difference.hosts)),
            Line::plain(format::grouped(difference.paths)),
            or(difference.witness().map(ToString::to_string)),
            match accepted {
                Some(text) => Line::of(Tone::Good, text),
                None => Line::dim("–"),
            },
            Line::dim(difference.id.clone()),
        ]
    }

    fn haystack(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.haystack)
    }

    fn health(&self, _: &View) -> Option<Health> {
        Some(DifferenceRow::health(self))
    }

    fn key(&self, _: &View, column: usize) -> SortKey {
        let difference = &self.difference;
        let text = |text: Option<String>| text.map_or(SortKey::Missing, |text| SortKey::text(&text));
        match column {
            0 => SortKey::Number(f64::from(DifferenceRow::health(self) as u8)),
            1 => SortKey::text(&self.cause()),
            2 => text(difference.cause.object.as_ref().map(ToString::to_string)),
            3 => SortKey::text(&self.kinds),
            4 => SortKey::Number(difference.hosts as f64),
            5 => SortKey::Number(difference.paths as f64),
            6 => text(difference.witness().map(ToString::to_string)),
            7 => text(self.accepted.as_ref().map(|it| it.date.clone())),
            _ => SortKey::text(&difference.id),
        }
    }
}
