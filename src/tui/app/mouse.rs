//! The mouse: what was drawn where, and what a click on it does. Off until somebody asks for it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use jiff::Timestamp;
use ratatui::layout::{Position, Rect};

use super::{Effect, Overlay, Spot, State};
use crate::tui::{
    action::{self, Action},
    screen::{CARDS, Id, ListId},
    selection::{Lines, Sort},
};

/// Two clicks within these seconds open.
const DOUBLE: f64 = 0.4;
/// Turns of the wheel within these seconds are one: a touch pad sends hundreds.
const WHEEL: f64 = 0.02;
/// A click that comes with the focus was meant for the window.
const CAME: f64 = 0.15;
/// Lines for each turn.
const TURN: isize = 3;

/// What a click can be on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// A line of a list.
    Line(ListId, usize),
    /// The head of a column.
    Head(ListId, usize),
    /// A list, wherever in it.
    List(ListId),
    /// A backend of the rule that is open.
    Backend(usize),
    /// A line of a menu.
    Choice(usize),
    /// A screen's title.
    Screen(Id),
    /// The name of an action.
    Do(Action),
}

/// Whose the mouse is, and what it did last.
#[derive(Clone, Debug, Default)]
pub struct Pointer {
    /// Whether it is ours.
    pub ours: bool,
    clicked: Option<(Target, Timestamp)>,
    turned: Option<Timestamp>,
    /// When the terminal got the focus.
    came: Option<Timestamp>,
}

impl State {
    /// Remembers what was drawn where.
    pub fn hit(&self, area: Rect, target: Target) {
        if self.pointer.ours {
            self.hits.borrow_mut().push((area, target));
        }
    }

    /// Which list of which screen this is: lists do not know it themselves.
    pub fn whose(&self, list: &dyn Lines) -> Option<ListId> {
        CARDS.iter().find_map(|card| {
            let screen = self.screens.get(card.id);
            let is = |pane: &usize| {
                let other = screen.list(*pane);
                other.is_some_and(|other| {
                    std::ptr::addr_eq(std::ptr::from_ref(other), std::ptr::from_ref(list))
                })
            };
            (0..screen.panes()).find(is).map(|pane| (card.id, pane))
        })
    }

    pub(super) fn focus(&mut self, here: bool) {
        self.pointer.came = here.then_some(self.clock);
    }

    pub(super) fn mouse(&mut self, event: MouseEvent) -> Vec<Effect> {
        let at = Position { x: event.column, y: event.row };
        match event.kind {
            MouseEventKind::Down(MouseButton::Left) => self.click(at),
            MouseEventKind::ScrollUp => self.wheel(at, -1),
            MouseEventKind::ScrollDown => self.wheel(at, 1),
            MouseEventKind::Down(_)
            | MouseEventKind::Up(_)
            | MouseEventKind::Drag(_)
            | MouseEventKind::Moved
            | MouseEventKind::ScrollLeft
            | MouseEventKind::ScrollRight => Vec::new(),
        }
    }

    fn since(&self, at: Option<Timestamp>) -> f64 {
        at.map_or(f64::INFINITY, |at| self.clock.duration_since(at).as_secs_f64())
    }

    /// What is at a place; of several what was drawn last, for it lies on top.
    fn at(&self, at: Position, wanted: impl Fn(&Target) -> bool) -> Option<Target> {
        let hits = self.hits.borrow();
        hits.iter()
            .rev()
            .find(|(area, target)| area.contains(at) && wanted(target))
            .map(|(_, target)| *target)
    }

    fn click(&mut self, at: Position) -> Vec<Effect> {
        if !self.pointer.ours || self.since(self.pointer.came) < CAME {
            return Vec::new();
        }
        let Some(target) = self.at(at, |_| true) else { return Vec::new() };
        let before = self.pointer.clicked.replace((target, self.clock));
        let again = before.is_some_and(|(other, at)| other == target && self.since(Some(at)) <= DOUBLE);
        if again {
            // A third click begins anew.
            self.pointer.clicked = None;
        }
        let clear = self.dialog.is_none() && self.overlay.is_none();
        match target {
            Target::Line(list, line) if clear && self.give_keys(list) => {
                self.select(line);
            }
            Target::Head(list, column) if clear && self.give_keys(list) => {
                self.sort_by(list, column);
                return Vec::new();
            }
            Target::List(list) if clear => {
                self.give_keys(list);
                return Vec::new();
            }
            Target::Backend(at) if clear => {
                if let Some(session) = self.session_mut() {
                    session.at = at.min(session.rule.backends.len().saturating_sub(1));
                }
            }
            Target::Screen(screen) if clear => return self.show(screen),
            Target::Do(action) if (action.places)(self.place()) => return self.act(action, &[]),
            Target::Choice(at) => return self.choose_at(at),
            Target::Line(..)
            | Target::Head(..)
            | Target::List(_)
            | Target::Backend(_)
            | Target::Screen(_)
            | Target::Do(_) => return Vec::new(),
        }
        match action::named("open").filter(|_| again) {
            Some(open) => self.act(open, &[]),
            None => Vec::new(),
        }
    }

    fn wheel(&mut self, at: Position, way: isize) -> Vec<Effect> {
        if !self.pointer.ours || self.since(self.pointer.turned) < WHEEL {
            return Vec::new();
        }
        self.pointer.turned = Some(self.clock);
        let list = self.at(at, |target| matches!(target, Target::List(_)));
        if let (Some(Target::List(list)), true) = (list, self.dialog.is_none() && self.overlay.is_none()) {
            if self.give_keys(list)
                && let Some(lines) = self.lines_mut()
            {
                lines.step(way * TURN);
            }
            return Vec::new();
        }
        // While a filter is typed these keys bring former ones back.
        if self.overlay.is_none() && self.typing() {
            return Vec::new();
        }
        let code = if way < 0 { KeyCode::Up } else { KeyCode::Down };
        let key = KeyEvent::new(code, KeyModifiers::NONE);
        (0..TURN).flat_map(|_| self.key(&key)).collect()
    }

    /// Gives the keys to a list, when its screen is seen; what was typed of a filter stays.
    fn give_keys(&mut self, (screen, pane): ListId) -> bool {
        if !matches!(self.spots.last(), Some(Spot::Screen(seen)) if *seen == screen) {
            return false;
        }
        if let Some(filter) = self.filter_mut() {
            filter.editing = false;
        }
        self.screens.get_mut(screen).set_pane(pane);
        true
    }

    fn select(&mut self, line: usize) {
        if let Some(lines) = self.lines_mut() {
            let by = line as isize - lines.at() as isize;
            lines.step(by);
        }
    }

    /// Upwards, downwards, not at all.
    fn sort_by(&mut self, id: ListId, column: usize) {
        let around = self.around();
        let Some(lines) = self.lines_mut() else { return };
        let sort = match lines.sort() {
            Some(sort) if sort.column == column => (!sort.down).then_some(Sort { down: true, ..sort }),
            Some(_) | None => Some(Sort { column, down: false }),
        };
        lines.set_sort(sort);
        let job = lines.arrange(&around);
        self.arrange(id, job);
    }

    fn choose_at(&mut self, at: usize) -> Vec<Effect> {
        let Some(Overlay::Menu(menu)) = &mut self.overlay else { return Vec::new() };
        menu.at = at.min(menu.items.len().saturating_sub(1));
        self.choose()
    }
}
