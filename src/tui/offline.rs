//! The console without a terminal: the same state and the same drawing, into text. For tests, benches and pictures.

use std::{collections::VecDeque, sync::Arc};

use jiff::{Timestamp, tz::TimeZone};
use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    app::{Derived, Effect, Message, State},
    facts::{compare::Comparison, ingresses::Inventory, told::Told},
    keymap::Chord,
    palette::Many,
    theme::{Depth, Theme},
    view,
};
use crate::rehearsal::{Tail, View};

/// A console that draws into memory.
pub struct Offline {
    state: State,
    /// What is to be done aside.
    aside: VecDeque<Effect>,
}

impl Offline {
    /// A console over a view, at a moment, in UTC, in a theme with all colours.
    ///
    /// # Errors
    /// An unknown theme.
    pub fn new(view: Arc<View>, theme: &str, no_color: bool, clock: Timestamp) -> anyhow::Result<Self> {
        let depth = if no_color { Depth::Mono } else { Depth::True };
        let theme = Theme::named(theme, depth)?;
        Ok(Self { state: State::new(view, theme, clock, TimeZone::UTC), aside: VecDeque::new() })
    }

    /// A console over a state that was led somewhere by hand.
    #[cfg(test)]
    pub(super) fn of(state: State) -> Self {
        Self { state, aside: VecDeque::new() }
    }

    /// Says which signs may be drawn.
    #[cfg(test)]
    pub(super) fn letters(&mut self, letters: super::theme::Letters) {
        self.state.theme.letters = letters;
    }

    /// Presses keys by name, a space between: `3 j enter`. What is no key's name is typed letter by letter.
    /// Returns what would have been asked of the rehearsal, in words.
    pub fn keys(&mut self, keys: &str) -> Vec<String> {
        let mut asked = Vec::new();
        for word in keys.split_ascii_whitespace() {
            let chords: Vec<Chord> = match Chord::parse(word) {
                Some(chord) => vec![chord],
                None => {
                    word.chars().filter_map(|letter| Chord::parse(letter.encode_utf8(&mut [0; 4]))).collect()
                }
            };
            for chord in chords {
                let effects = self.state.update(Message::Key(chord.event()));
                asked.extend(effects.iter().map(|effect| word_of(effect).to_owned()));
                let aside = |effect: &Effect| {
                    matches!(
                        effect,
                        Effect::Arrange(..)
                            | Effect::Index(_)
                            | Effect::Search(_)
                            | Effect::Look(_)
                            | Effect::Compare(..)
                            | Effect::Gather(_)
                            | Effect::Preflight(..)
                    )
                };
                self.aside.extend(effects.into_iter().filter(aside));
            }
        }
        asked
    }

    /// Takes a newer view.
    pub fn view(&mut self, view: Arc<View>) {
        let asked = self.state.update(Message::View(view));
        self.aside.extend(asked);
    }

    /// Takes the newest requests.
    pub fn tail(&mut self, tail: Tail) {
        let asked = self.state.update(Message::Tail(tail));
        self.aside.extend(asked);
    }

    /// Does what the console has done aside: lists of many objects, mistakes that no condition shows.
    pub fn settle(&mut self) {
        let first = self.state.wants();
        self.aside.extend(first);
        while let Some(effect) = self.aside.pop_front() {
            let message = match effect {
                Effect::Derive(view, mistakes) => Message::Derived(Box::new(Derived::of(view, &mistakes))),
                Effect::Survey(view, options) => {
                    let inventory = Arc::new(Inventory::of_view(&view, &options));
                    Message::Surveyed(inventory)
                }
                Effect::Compare(view, file, also) => {
                    Message::Compared(Arc::new(Comparison::of(&view, file.as_deref(), &also)))
                }
                Effect::Judge(view) => {
                    Message::Judged(Arc::new(Told::of(view.compiled.problems(&view.world))))
                }
                Effect::Arrange(list, job) => match job.run() {
                    Some(arranged) => Message::Arranged(list, arranged),
                    None => continue,
                },
                Effect::Look(looking) => match looking.run() {
                    Some(looked) => Message::Looked(looked),
                    None => continue,
                },
                Effect::Index(world) => {
                    let many = Arc::new(Many::of(&world));
                    Message::Indexed(world, many)
                }
                Effect::Search(search) => match search.run() {
                    Some(found) => Message::Found(found),
                    None => continue,
                },
                Effect::Gather(gathering) => Message::Gather(gathering),
                Effect::Preflight(looking, _) => {
                    Message::Preflighted(Arc::clone(&looking.view), looking.run())
                }
                Effect::Plan(..)
                | Effect::Switch(_)
                | Effect::Accept(_)
                | Effect::Wrong(..)
                | Effect::Source(..)
                | Effect::Ask(..)
                | Effect::Apply(..)
                | Effect::Step(..)
                | Effect::PlanUndo(_)
                | Effect::Undo(_)
                | Effect::Passage(_)
                | Effect::PlanDocument(..)
                | Effect::Editor(_)
                | Effect::Discard(_)
                | Effect::Fault(..)
                | Effect::Load(_)
                | Effect::Remember(_)
                | Effect::Mouse(_)
                | Effect::Mix(_)
                | Effect::LoadFrom(_)
                | Effect::Watch(_)
                | Effect::Copy(_)
                | Effect::Save(_)
                | Effect::Redraw
                | Effect::Suspend
                | Effect::Quit
                | Effect::Lost => continue,
            };
            let asked = self.state.update(message);
            self.aside.extend(asked);
        }
    }

    /// Draws into cells.
    pub fn buffer(&self, width: u16, height: u16) -> Buffer {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        view::draw_into(&self.state, &mut buffer, area);
        buffer
    }

    /// Draws as text, a line a row, without trailing space.
    pub fn text(&self, width: u16, height: u16) -> String {
        view::picture(&self.state, width, height)
    }
}

fn word_of(effect: &Effect) -> &'static str {
    match effect {
        Effect::Plan(..) => "plan",
        Effect::Passage(_) => "passage",
        Effect::PlanDocument(..) => "plan-document",
        Effect::Editor(_) => "editor",
        Effect::Discard(_) => "discard",
        Effect::Apply(..) => "apply",
        Effect::Step(..) => "step",
        Effect::PlanUndo(_) => "plan undo",
        Effect::Undo(_) => "undo",
        Effect::Fault(..) => "fault",
        Effect::Load(_) => "load",
        Effect::Mix(_) => "mix",
        Effect::LoadFrom(_) => "load from",
        Effect::Watch(true) => "watch",
        Effect::Watch(false) => "leave off watching",
        Effect::Survey(..) => "survey",
        Effect::Compare(..) => "compare",
        Effect::Judge(_) => "judge",
        Effect::Derive(..) => "derive",
        Effect::Source(..) => "source",
        Effect::Arrange(..) => "arrange",
        Effect::Index(_) => "index",
        Effect::Search(_) => "search",
        Effect::Remember(_) => "remember",
        Effect::Look(_) => "look",
        Effect::Ask(..) => "ask",
        Effect::Mouse(_) => "mouse",
        Effect::Copy(_) => "copy",
        Effect::Save(_) => "save",
        Effect::Gather(_) => "gather",
        Effect::Redraw => "redraw",
        Effect::Suspend => "suspend",
        Effect::Quit => "quit",
        Effect::Preflight(..) => "preflight",
        Effect::Accept(_) => "accept",
        Effect::Switch(_) => "switch",
        Effect::Wrong(..) => "side fault",
        Effect::Lost => "lost",
    }
}
