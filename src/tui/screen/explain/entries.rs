//! The lines below the form: the way, what the winner goes before, near misses, and what came back.

use std::borrow::Cow;

use super::{
    Told,
    sending::{Came, Sent},
};
use crate::{
    rehearsal::View,
    routing::Side,
    tui::{
        app::State,
        facts::{
            Line, Tone,
            describe::About,
            explain::{Near, Path, Point, Step, Verdict, differences},
        },
        format,
        selection::{Record, Same, SortKey},
        widget::table::Column,
    },
};

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Of which side, where both are asked.
    pub side: Option<Side>,
    /// Under which heading.
    pub section: Section,
    /// Left of it.
    pub sign: &'static str,
    /// Of the sign.
    pub tone: Tone,
    /// What it is.
    pub label: String,
    /// Its name, or what was predicted.
    pub name: String,
    /// More: a share, why, what came.
    pub detail: String,
    /// What is wrong or odd.
    pub note: String,
    /// Where one can go.
    pub about: Option<About>,
}

/// Headings, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// What the two sides do not do alike.
    Differs,
    /// The way itself.
    Way,
    /// What came back beside what was predicted.
    Came,
    /// Headers of the answer.
    Headers,
    /// What takes the request too.
    Over,
    /// What failed in one thing only.
    Misses,
}

impl Section {
    /// The heading; none above the way.
    pub fn title(self) -> &'static str {
        match self {
            Self::Differs | Self::Way => "",
            Self::Came => "came back",
            Self::Headers => "headers of the answer",
            Self::Over => "it goes before",
            Self::Misses => "near misses",
        }
    }
}

impl Entry {
    fn new(section: Section, (sign, tone): (&'static str, Tone), label: &str, name: String) -> Self {
        Self {
            side: None,
            section,
            sign,
            tone,
            label: label.to_owned(),
            name,
            detail: String::new(),
            note: String::new(),
            about: None,
        }
    }
}

impl Same for Entry {
    fn same(&self, other: &Self) -> bool {
        (self.section, self.side) == (other.section, other.side)
            && self.label == other.label
            && self.name == other.name
    }
}

impl Record for Entry {
    const COLUMNS: &'static [Column] = &[
        Column::text("", 1, 1, 255),
        Column::text("PART", 9, 20, 255),
        Column::text("WHAT", 14, 60, 255),
        Column::text("MORE", 14, 60, 9),
        Column::text("NOTE", 10, 60, 5),
    ];

    fn cells(&self, _: &State) -> Vec<Line> {
        vec![
            Line::of(self.tone, self.sign),
            Line::dim(self.label.clone()),
            Line::plain(self.name.clone()),
            Line::dim(self.detail.clone()),
            Line::of(Tone::Warn, self.note.clone()),
        ]
    }

    fn haystack(&self) -> Cow<'_, str> {
        format!("{} {} {} {}", self.label, self.name, self.detail, self.note).to_lowercase().into()
    }

    fn key(&self, _: &View, column: usize) -> SortKey {
        match column {
            0 => SortKey::text(self.sign),
            1 => SortKey::text(&self.label),
            2 => SortKey::text(&self.name),
            3 => SortKey::text(&self.detail),
            _ => SortKey::text(&self.note),
        }
    }
}

/// All lines: what differs between the sides, then side by side, section by section.
pub fn entries(told: &[Told], sent: &[Sent]) -> Vec<Entry> {
    let [old, new] = told else {
        return of_side(told.first().map(|told| &told.path), sent);
    };
    let mut all = differing(old, new);
    for told in [old, new] {
        let side = told.ask.side;
        let sent: Vec<&Sent> = sent.iter().filter(|sent| sent.side() == side).collect();
        all.extend(of_side_of(Some(&told.path), &sent).map(|entry| Entry { side: Some(side), ..entry }));
    }
    all
}

fn of_side(path: Option<&Path>, sent: &[Sent]) -> Vec<Entry> {
    of_side_of(path, &sent.iter().collect::<Vec<_>>()).collect()
}

fn of_side_of(path: Option<&Path>, sent: &[&Sent]) -> impl Iterator<Item = Entry> {
    let mut all = Vec::new();
    if let Some(path) = path {
        all.extend(path.steps.iter().map(step));
    }
    for sent in sent {
        came(sent, &mut all);
    }
    if let Some(path) = path {
        all.extend(path.over.iter().map(|near| self::near(Section::Over, near)));
        all.extend(path.misses.iter().map(|near| self::near(Section::Misses, near)));
    }
    all.into_iter()
}

/// What both sides do not do alike; when there is nothing, that.
fn differing(old: &Told, new: &Told) -> Vec<Entry> {
    let found = differences((&old.ask, &old.found), (&new.ask, &new.found));
    if found.is_empty() {
        let same = "both sides do the same".to_owned();
        return vec![Entry::new(Section::Differs, ("✓", Tone::Good), "same", same)];
    }
    let entry = |one: crate::tui::facts::explain::Difference| Entry {
        detail: format!("new  {}", one.new),
        ..Entry::new(Section::Differs, ("≠", Tone::Warn), one.what, format!("old  {}", one.old))
    };
    found.into_iter().map(entry).collect()
}

fn step(step: &Step) -> Entry {
    let sign = (step.sign.sign(), step.sign.tone());
    Entry {
        detail: step.detail.clone(),
        note: step.note.clone(),
        about: step.about.clone(),
        ..Entry::new(Section::Way, sign, &step.label, step.name.clone())
    }
}

fn near(section: Section, near: &Near) -> Entry {
    let sign = if section == Section::Over { ("▸", Tone::Dim) } else { ("✗", Tone::Bad) };
    Entry {
        detail: near.why.clone(),
        note: near.by.map(|(_, place)| place.to_owned()).unwrap_or_default(),
        about: near.about.clone(),
        ..Entry::new(section, sign, &near.what, String::new())
    }
}

fn came(sent: &Sent, all: &mut Vec<Entry>) {
    let entry = |sign, label: &str, name: String| Entry::new(Section::Came, sign, label, name);
    match &sent.came {
        Came::Waiting => all.push(entry(("·", Tone::Dim), "sent", "no answer yet".to_owned())),
        Came::Nothing(why, verdict, told) => {
            let detail = format!("predicted {}", sent.prediction.words());
            all.push(Entry {
                detail,
                note: told.clone(),
                ..entry(sign(*verdict), "no answer", why.to_string())
            });
        }
        Came::Answer(answered, compared) => {
            all.extend(compared.points.iter().map(point));
            let unknown = compared.unknown.iter();
            all.extend(unknown.map(|what| entry(("?", Tone::Dim), "not known", what.clone())));
            let timing = &answered.timing;
            let ms = |time: std::time::Duration| format::millis(time.as_secs_f64() * 1000.0);
            let times = format!(
                "connected {} ms   first byte {} ms   all {} ms",
                ms(timing.connected),
                ms(timing.first_byte),
                ms(timing.total)
            );
            let bytes = format!("{} bytes from {}", format::grouped(answered.length), answered.remote);
            all.push(Entry { detail: bytes, ..entry(("·", Tone::Dim), "timing", times) });
            let header = |(name, value): &(String, String)| {
                Entry::new(Section::Headers, ("", Tone::Plain), name, value.clone())
            };
            all.extend(answered.headers.iter().map(header));
        }
    }
}

fn point(point: &Point) -> Entry {
    let Point { what, predicted, came, verdict } = point;
    let (name, note) = match verdict {
        Verdict::Same => (came.clone(), String::new()),
        Verdict::Unknown | Verdict::FaultTold => (came.clone(), predicted.clone()),
        Verdict::Differs => (format!("came {came}"), format!("DIFFERS: predicted {predicted}")),
    };
    Entry { note, ..Entry::new(Section::Came, sign(*verdict), what, name) }
}

fn sign(verdict: Verdict) -> (&'static str, Tone) {
    match verdict {
        Verdict::Same => ("✓", Tone::Good),
        Verdict::Unknown => ("?", Tone::Dim),
        Verdict::FaultTold => ("!", Tone::Warn),
        Verdict::Differs => ("✗", Tone::Bad),
    }
}
