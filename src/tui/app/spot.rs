//! Where one is and has been: screens, what is opened on top of them, how far a text is scrolled.

use std::cell::Cell;

use super::Page;
use crate::{
    resource::Key,
    tui::{action::Place, screen},
};

/// A place on the way that Esc goes back.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "a handful of them; a box would only add a step")]
pub enum Spot {
    /// A screen; always the first.
    Screen(screen::Id),
    /// The weights of a rule: route and rule.
    Canary(Key, usize),
    /// A page about something.
    Detail(Page),
    /// All keys; first line seen.
    Help(Scroll),
}

impl Spot {
    /// What a key means there depends on this.
    pub fn place(&self) -> Place {
        match self {
            Self::Screen(screen) => screen.card().map_or(Place::Overview, |card| card.place),
            Self::Canary(..) => Place::Canary,
            Self::Detail(_) => Place::Detail,
            Self::Help(_) => Place::Help,
        }
    }
}

/// First line seen of a text, and how many there are. Drawing sets the limits.
#[derive(Debug, Default)]
pub struct Scroll {
    /// First line seen.
    pub from: Cell<usize>,
    /// Lines of the window.
    pub height: Cell<usize>,
    /// Lines of the text.
    pub lines: Cell<usize>,
}

impl Scroll {
    /// Goes by lines; never past what there is.
    pub fn step(&self, lines: isize) {
        let last = self.lines.get().saturating_sub(self.height.get());
        self.from.set(self.from.get().saturating_add_signed(lines).min(last));
    }

    /// Tells how much there is and how much is seen; gives the first line.
    pub fn limit(&self, lines: usize, height: usize) -> usize {
        self.lines.set(lines);
        self.height.set(height);
        self.step(0);
        self.from.get()
    }
}
