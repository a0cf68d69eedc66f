//! What the program says of itself: the last lines of the log, to be filtered, held, and made more or less.

use std::{borrow::Cow, sync::Arc};

use ratatui::layout::Rect;

use super::{Id, Screen};
use crate::{
    logs::{self, Level, Ring},
    rehearsal::View,
    resource::Key,
    tui::{
        action::{Arg, ArgKind, Group, Place, Row},
        app::{Effect, State},
        facts::{Health, Line, Tone},
        format,
        paint::{self, Canvas},
        selection::{Around, Job, Lines, List, Record, Same, SortKey},
        view::{detail::wrap, empty, strip},
        widget::table::{self, Column, Look},
    },
};

/// What can be done with the log.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("log-hold", &["space"], "hold the log, or let it go on", Group::General, here, hold).saying(|state| if state.screens.log.held { "go on" } else { "hold" }.to_owned()).hint("hold"),
];

/// Shows the log, or says how much is logged.
#[rustfmt::skip]
pub const SHOW: &[Row] = &[
    Row::new("log", &[], "what the program says of itself; with a level: how much it says", Group::Screens, Place::free, show).takes(&[Arg::optional("LEVEL", ArgKind::OneOf(&["error", "warn", "info", "debug", "trace"]))]),
];

/// The screen.
#[derive(Debug, Default)]
pub struct Log {
    /// The lines.
    pub list: List<Entry>,
    /// Whether new lines wait.
    pub held: bool,
    /// The level that was set here; none: that of the start.
    level: Option<String>,
    /// Lines since the start when they were last taken.
    taken: u64,
}

/// A line of the log.
#[derive(Clone, Debug)]
pub struct Entry {
    line: Arc<logs::Line>,
    haystack: Box<str>,
}

fn here(place: Place) -> bool {
    place == Place::Log
}

fn show(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    if let Some(level) = args.first() {
        state.own.logs.set_level(level)?;
        state.screens.log.level = Some(level.clone());
        state.note(Tone::Good, format!("log level {level}"));
    }
    Ok(state.show(Id::Log))
}

fn hold(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    state.screens.log.held = !state.screens.log.held;
    Ok(Vec::new())
}

impl Log {
    /// Takes what is new. Who looks at the last line goes on looking at the last.
    pub fn take(&mut self, ring: &Ring, around: &Around) -> Option<Job> {
        let count = ring.count();
        if self.held || count == self.taken {
            return None;
        }
        self.taken = count;
        let follows = self.list.at() + 1 >= self.list.len();
        let entry = |line: Arc<logs::Line>| {
            let haystack = format!("{} {} {}", line.level.word(), line.target, line.text).to_lowercase();
            Entry { line, haystack: haystack.into() }
        };
        let job = self.list.set(ring.lines().into_iter().map(entry).collect(), around);
        if follows {
            self.list.step(isize::MAX);
        }
        job
    }

    /// What stands at the right of the head.
    fn words(&self, state: &State) -> Line {
        let waiting = state.own.logs.ring.count() - self.taken;
        let level = self.level.as_deref().map_or_else(String::new, |level| format!("level {level}   "));
        if self.held {
            Line::of(Tone::Warn, format!("{level}held: {} wait", format::grouped(waiting)))
        } else if self.list.at() + 1 >= self.list.len() {
            Line::dim(format!("{level}follows"))
        } else {
            Line::dim(format!("{level}G follows"))
        }
    }
}

impl Screen for Log {
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
        // All of the line is seen below.
        |_| Vec::new()
    }

    fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
        let head = paint::top(area, 1);
        strip(canvas, head, state, &self.list, ("line", "lines"), true);
        let half = Rect { x: area.x + area.width / 2, width: area.width - area.width / 2, ..head };
        canvas.clear(half);
        canvas.line_right(half.x, half.y, half.width - 1, &self.words(state));
        let room = area.width.saturating_sub(2) as usize;
        let whole: Vec<Line> = self
            .list
            .selected()
            .map(|entry| Line::plain(format::clean(&entry.line.text).into_owned()))
            .filter(|line| format::width(&line.text()) + 40 > area.width as usize)
            .map(|line| wrap(&line, room))
            .unwrap_or_default();
        let foot = if whole.is_empty() { 0 } else { 1 + whole.len().min(area.height as usize / 3) as u16 };
        let list = Rect { y: area.y + 1, height: area.height - 1 - foot, ..area };
        table::draw(canvas, list, &self.list, Look { focused: true, heads: true }, state);
        empty(canvas, list, state, &self.list, "nothing was logged yet");
        if foot > 0 {
            canvas.rule(area, list.bottom());
            for (at, line) in whole.iter().take(foot as usize - 1).enumerate() {
                canvas.line(area.x + 1, list.bottom() + 1 + at as u16, room as u16, line);
            }
        }
    }
}

impl Same for Entry {
    fn same(&self, other: &Self) -> bool {
        self.line.number == other.line.number
    }
}

impl Record for Entry {
    const COLUMNS: &'static [Column] = &[
        Column::text("TIME", 12, 12, 5),
        Column::text("LEVEL", 5, 5, 255),
        Column::text("FROM", 8, 28, 1),
        Column::text("WHAT", 20, 4096, 254),
    ];

    fn cells(&self, state: &State) -> Vec<Line> {
        let line = &self.line;
        let time = line.at.to_zoned(state.zone.clone()).strftime("%H:%M:%S.%3f").to_string();
        let (tone, text) = match line.level {
            Level::Error => (Tone::Bad, Tone::Plain),
            Level::Warn => (Tone::Warn, Tone::Plain),
            Level::Info => (Tone::Accent, Tone::Plain),
            Level::Debug | Level::Trace => (Tone::Dim, Tone::Dim),
        };
        let from = line.target.strip_prefix("cutover::").unwrap_or(&line.target);
        vec![
            Line::dim(time),
            Line::of(tone, line.level.word()),
            Line::dim(from),
            Line::of(text, line.text.replace('\n', " ")),
        ]
    }

    fn haystack(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.haystack)
    }

    fn health(&self, _: &View) -> Option<Health> {
        Some(match self.line.level {
            Level::Error => Health::Broken,
            Level::Warn => Health::Attention,
            Level::Info | Level::Debug | Level::Trace => Health::Ok,
        })
    }

    fn key(&self, _: &View, column: usize) -> SortKey {
        match column {
            0 => SortKey::Number(self.line.number as f64),
            1 => SortKey::Number(f64::from(self.line.level as u8)),
            2 => SortKey::text(&self.line.target),
            _ => SortKey::text(&self.line.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::tui::fixture;

    fn push(ring: &Ring, text: &str) {
        ring.push(Timestamp::UNIX_EPOCH, Level::Info, "cutover::proxy", text);
    }

    #[test]
    fn who_looks_at_the_last_line_goes_on_doing_so_and_a_held_log_stands_still() {
        let around = Around { view: fixture::view(), namespace: None };
        let (mut log, ring) = (Log::default(), Ring::default());
        let selected = |log: &Log| log.list.selected().map(|entry| entry.line.text.clone());
        push(&ring, "a");
        push(&ring, "b");
        log.take(&ring, &around);
        assert_eq!(selected(&log).as_deref(), Some("b"), "the newest");
        push(&ring, "c");
        log.take(&ring, &around);
        assert_eq!(selected(&log).as_deref(), Some("c"), "it follows");
        log.list.step(-1);
        push(&ring, "d");
        log.take(&ring, &around);
        assert_eq!((selected(&log).as_deref(), log.list.len()), (Some("b"), 4), "who looked back stays");
        log.held = true;
        push(&ring, "e");
        log.take(&ring, &around);
        assert_eq!(log.list.len(), 4, "held");
    }

    #[test]
    fn only_warnings_and_errors_are_broken() {
        let view = fixture::view();
        let all = [Level::Error, Level::Warn, Level::Info, Level::Debug, Level::Trace];
        let ring = Ring::default();
        for level in all {
            ring.push(Timestamp::UNIX_EPOCH, level, "cutover", level.word());
        }
        let mut log = Log::default();
        log.list.filter.broken = true;
        log.take(&ring, &Around { view, namespace: None });
        let shown: Vec<&str> = (0..log.list.len())
            .filter_map(|at| log.list.item(at))
            .map(|entry| entry.line.level.word())
            .collect();
        assert_eq!(shown, ["error", "warn"]);
    }

    #[test]
    fn a_level_is_set_by_name_and_without_a_log_that_is_told() {
        let mut state = fixture::state();
        let row = crate::tui::action::named("log").unwrap();
        assert_eq!((row.run)(&mut state, &["debug".to_owned()]).unwrap_err(), "nothing is logged");
        assert!((row.run)(&mut state, &[]).is_ok());
        assert_eq!(state.place(), Place::Log);
    }
}
