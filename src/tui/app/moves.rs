//! Moving about: lines, what is opened, and the way back.

use super::{Effect, Face, Spot, State};
use crate::{
    resource::Key,
    tui::{
        action::{Arg, ArgKind, Group, Place, Row},
        facts::{Tone, describe::About, rules},
        screen,
        selection::{Filter, Lines},
    },
};

/// In and back.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("open", &["enter"], "go in: the object, the weights, the branch", Group::Moving, Place::objects, |state, _| Ok(state.open())).hint("open"),
    Row::new("back", &["esc"], "go back to where one was; clear the filter", Group::Moving, Place::free, |state, _| Ok(state.back())).hint("back").quiet().off(no_back),
];

/// What is done with the selected object.
#[rustfmt::skip]
pub const OBJECTS: &[Row] = &[
    Row::new("weights", &["w"], "the weights of the route; by name with app-stable=70 app-canary=30", Group::Objects, with_weights, weights).takes(&[Arg::optional("BACKEND=WEIGHT", ArgKind::Text)]).hint("weights").quiet().off(no_weights),
];

/// Lines and panes.
#[rustfmt::skip]
pub const LINES: &[Row] = &[
    Row::new("next-pane", &["tab"], "the next pane", Group::Moving, with_panes, |state, _| Ok(state.turn_pane(1))).hint("pane"),
    Row::new("previous-pane", &["backtab"], "the pane before", Group::Moving, with_panes, |state, _| Ok(state.turn_pane(-1))),
    Row::new("up", &["up", "k"], "one line up", Group::Moving, Place::free, |state, _| Ok(state.step(-1))),
    Row::new("down", &["down", "j"], "one line down", Group::Moving, Place::free, |state, _| Ok(state.step(1))),
    Row::new("page-up", &["pgup", "ctrl-b"], "one page up", Group::Moving, Place::free, |state, _| Ok(state.page(-1))),
    Row::new("page-down", &["pgdn", "ctrl-f"], "one page down", Group::Moving, Place::free, |state, _| Ok(state.page(1))),
    Row::new("top", &["g", "home"], "to the first line", Group::Moving, Place::free, |state, _| Ok(state.step(isize::MIN))),
    Row::new("bottom", &["G", "end"], "to the last line", Group::Moving, Place::free, |state, _| Ok(state.step(isize::MAX))),
];

fn with_weights(place: Place) -> bool {
    matches!(place, Place::Overview | Place::Gateways | Place::Routes)
}

fn with_panes(place: Place) -> bool {
    matches!(place, Place::Rehearsal | Place::Objects)
}

fn no_back(state: &State) -> Option<String> {
    let filtered = state.filter().is_some_and(|filter| !filter.is_empty());
    (state.spots.len() < 2 && !filtered).then(|| "this is where one began".to_owned())
}

fn no_weights(state: &State) -> Option<String> {
    if state.session().is_some() {
        return None;
    }
    state
        .selected_rule()
        .is_none()
        .then(|| "the selected object has no rule with several backends".to_owned())
}

fn weights(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    if !args.is_empty() {
        return super::weights::set_all(state, args);
    }
    if let Some(rule) = state.selected_rule() {
        state.open_rule_of(&rule);
    }
    Ok(Vec::new())
}

impl State {
    /// Goes to a screen; the way begins anew there.
    pub fn show(&mut self, screen: screen::Id) -> Vec<Effect> {
        self.spots = vec![Spot::Screen(screen)];
        self.ahead.clear();
        self.all_ingresses();
        self.sync_tree();
        Vec::new()
    }

    fn step(&mut self, lines: isize) -> Vec<Effect> {
        match self.spots.last() {
            Some(Spot::Help(scroll)) => scroll.step(lines),
            Some(Spot::Detail(_)) => self.on_page(|page| page.step(lines)),
            Some(Spot::Canary(..)) => {
                if let Some(session) = self.session_mut() {
                    let last = session.rule.backends.len().saturating_sub(1);
                    session.at = session.at.saturating_add_signed(lines).min(last);
                }
            }
            Some(Spot::Screen(screen::Id::Compare)) if self.screens.compare.open => {
                self.screens.compare.scroll.step(lines);
            }
            Some(Spot::Screen(_)) | None => {
                if let Some(list) = self.lines_mut() {
                    list.step(lines);
                }
            }
        }
        Vec::new()
    }

    fn page(&mut self, pages: isize) -> Vec<Effect> {
        match self.spots.last() {
            Some(Spot::Help(scroll)) => scroll.step(pages * (scroll.height.get().max(2) as isize - 1)),
            Some(Spot::Detail(_)) => self.on_page(|page| page.turn(pages)),
            Some(Spot::Canary(..)) => return self.step(pages * 16),
            Some(Spot::Screen(screen::Id::Compare)) if self.screens.compare.open => {
                let scroll = &self.screens.compare.scroll;
                scroll.step(pages * (scroll.height.get().max(2) as isize - 1));
            }
            Some(Spot::Screen(_)) | None => {
                if let Some(list) = self.lines_mut() {
                    list.page(pages);
                }
            }
        }
        Vec::new()
    }

    fn turn_pane(&mut self, by: isize) -> Vec<Effect> {
        let Some(Spot::Screen(id)) = self.spots.last() else { return Vec::new() };
        let screen = self.screens.get_mut(*id);
        let panes = screen.panes() as isize;
        screen.set_pane((screen.pane() as isize + by).rem_euclid(panes.max(1)) as usize);
        Vec::new()
    }

    fn open(&mut self) -> Vec<Effect> {
        match self.spots.last() {
            Some(Spot::Screen(screen)) => self.screens.get(*screen).open()(self),
            Some(Spot::Canary(..)) => self.describe_selected(),
            Some(Spot::Detail(_) | Spot::Help(_)) | None => Vec::new(),
        }
    }

    /// Tells all about what is selected.
    pub fn describe_selected(&mut self) -> Vec<Effect> {
        match self.selected() {
            Some(about) => self.describe(about),
            None => self.note(Tone::Warn, "nothing is behind this line"),
        }
        Vec::new()
    }

    /// Tells all about something.
    pub fn describe(&mut self, about: About) {
        self.open_page(about, Face::Describe);
    }

    /// What is behind the selected line: one listener, several findings of one cause, or else an object.
    pub fn selected(&self) -> Option<About> {
        match self.spots.last()? {
            Spot::Screen(screen) if self.dialog.is_none() => self.screens.get(*screen).selected(),
            Spot::Detail(page) if self.dialog.is_none() => Some(page.about.clone()),
            _ => self.selected_object().map(About::Object),
        }
    }

    /// The object behind the selected line.
    pub fn selected_object(&self) -> Option<Key> {
        match self.spots.last()? {
            _ if self.dialog.is_some() => None,
            Spot::Screen(screen) => self.screens.get(*screen).object(),
            Spot::Canary(..) => {
                let session = self.session()?;
                session.rule.backends.get(session.at).map(|backend| backend.service.clone())
            }
            Spot::Detail(page) => page.about.key(),
            Spot::Help(_) => None,
        }
    }

    /// The first rule with weights of the selected route.
    pub fn selected_rule(&self) -> Option<rules::Rule> {
        let key = self.selected_object().filter(|key| key.kind.is_route())?;
        rules::of_route(self.screens.rules.list.all(), &key).first().cloned()
    }

    pub(super) fn back(&mut self) -> Vec<Effect> {
        if self.reads_difference() {
            self.screens.compare.open = false;
            return Vec::new();
        }
        if self.spots.len() > 1 {
            match self.spots.pop() {
                Some(page @ Spot::Detail(_)) => self.ahead.push(page),
                Some(Spot::Screen(_) | Spot::Canary(..) | Spot::Help(_)) | None => {
                    self.ahead.clear();
                    if !matches!(self.spots.last(), Some(Spot::Detail(_))) {
                        self.all_ingresses();
                    }
                }
            }
            self.with_page(|_| {});
        } else if let Some(filter) = self.filter_mut() {
            *filter = Filter::default();
            self.refilter();
        }
        Vec::new()
    }

    /// The list that has the keys.
    pub fn lines(&self) -> Option<&dyn Lines> {
        match self.spots.last()? {
            Spot::Screen(screen) => {
                let screen = self.screens.get(*screen);
                screen.list(screen.pane())
            }
            Spot::Canary(..) | Spot::Detail(_) | Spot::Help(_) => None,
        }
    }

    /// The list that has the keys, to be changed.
    pub fn lines_mut(&mut self) -> Option<&mut dyn Lines> {
        match self.spots.last()? {
            Spot::Screen(screen) => {
                let screen = self.screens.get_mut(*screen);
                screen.list_mut(screen.pane())
            }
            Spot::Canary(..) | Spot::Detail(_) | Spot::Help(_) => None,
        }
    }

    /// The filter of the list that has the keys.
    pub fn filter(&self) -> Option<&Filter> {
        self.lines().map(Lines::filter)
    }

    /// The filter of the list that has the keys, to be changed.
    pub(super) fn filter_mut(&mut self) -> Option<&mut Filter> {
        if self.dialog.is_some() {
            return None;
        }
        self.lines_mut().map(Lines::filter_mut)
    }
}
