//! The console's state: one owner, changed only by messages. Drawing reads it and nothing else.

mod act;
mod data;
mod dialog;
mod session;
mod update;

use std::{cell::Cell, sync::Arc};

use jiff::{Timestamp, tz::TimeZone};

pub use dialog::{Dialog, Intent, Prompt};
pub use session::Session;

use super::{
    action::{Action, Place},
    facts::{
        Line, Tone,
        findings::{Finding, Findings},
        gateways::{Opened, Shown, Tree},
        routes::Route,
        rules::Rule,
    },
    keymap::Keymap,
    selection::{List, Same},
    theme::Theme,
};
use crate::{
    rehearsal::{Fault, ListenerView, LoadSetting, StandInView, View},
    resource::{Key, Problem},
    rollout::WeightPlan,
    routing::BackendId,
    source::Planned,
};

/// A screen with a number of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Screen {
    Overview,
    Gateways,
    Routes,
    Rules,
    Rehearsal,
}

impl Screen {
    /// All, with the action that shows each and its title.
    pub const ALL: [(Self, Action, &'static str); 5] = [
        (Self::Overview, Action::Overview, "Overview"),
        (Self::Gateways, Action::Gateways, "Gateways"),
        (Self::Routes, Action::Routes, "Routes"),
        (Self::Rules, Action::Canary, "Canary"),
        (Self::Rehearsal, Action::Rehearsal, "Rehearsal"),
    ];

    /// Its title.
    pub fn title(self) -> &'static str {
        Self::ALL.iter().find(|(screen, ..)| *screen == self).map_or("", |(.., title)| title)
    }
}

/// A place on the way that Esc goes back.
#[derive(Debug)]
pub enum Spot {
    /// A screen; always the first.
    Screen(Screen),
    /// The weights of a rule: route and rule.
    Canary(Key, usize),
    /// All about an object.
    Detail(Detail),
    /// All keys; first line seen.
    Help(Scroll),
}

/// All about an object, as lines.
#[derive(Debug)]
pub struct Detail {
    /// The object.
    pub key: Key,
    /// Its text.
    pub lines: Vec<Line>,
    /// First line seen.
    pub scroll: Scroll,
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

/// What comes in.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one at a time passes through; a box would only add a step")]
pub enum Message {
    /// A key was pressed.
    Key(crossterm::event::KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size.
    Resize,
    /// There is a newer view.
    View(Arc<View>),
    /// Something happened that is worth a line.
    Note(Tone, String),
    /// The clock.
    Tick(Timestamp),
    /// An edit was tried.
    Planned(Intent, WeightPlan, Result<Planned, String>),
    /// An edit was made.
    Applied(String, Result<(), String>),
    /// An edit was taken back.
    Undone(Result<String, String>),
    /// Mistakes that no condition shows were looked for.
    Judged(Vec<Problem>),
    /// The rehearsal is gone.
    Closed,
}

/// What goes out.
#[derive(Debug)]
pub enum Effect {
    /// Try an edit.
    Plan(Intent, WeightPlan),
    /// Make it.
    Apply(Planned, String),
    /// Take back the newest change of a route.
    Undo(Key),
    /// Tell a stand-in what to do wrong.
    Fault(Arc<BackendId>, Fault),
    /// Set the load.
    Load(LoadSetting),
    /// Look for mistakes that no condition shows.
    Judge(Arc<View>),
    /// Draw everything again.
    Redraw,
    /// Stop, and come back.
    Suspend,
    /// End.
    Quit,
    /// End, because the rehearsal did by itself.
    Lost,
}

/// Which pane of the rehearsal has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Pane {
    #[default]
    Listeners,
    StandIns,
}

/// Everything that the console knows.
#[derive(Debug)]
pub struct State {
    /// What the rehearsal showed last.
    pub view: Arc<View>,
    /// When that came.
    pub view_at: Timestamp,
    /// The clock.
    pub clock: Timestamp,
    /// Time zone of what is shown.
    pub zone: TimeZone,
    /// Colours.
    pub theme: Theme,
    /// Keys.
    pub keymap: Keymap,
    /// The way to where one is.
    pub spots: Vec<Spot>,
    /// What asks for an answer.
    pub dialog: Option<Dialog>,
    /// What is being typed, other than a filter.
    pub prompt: Option<Prompt>,
    /// A line that goes after a while.
    pub note: Option<(Tone, String, Timestamp)>,
    /// What needs a person.
    pub findings: Findings,
    /// What objects, files and sockets say of that.
    standing: Findings,
    /// The list of it.
    pub needs: List<Finding>,
    /// The tree of Gateways.
    pub tree: Tree,
    /// Branches opened by hand.
    pub opened: Opened,
    /// The lines of the tree.
    pub branches: List<Shown>,
    /// All routes.
    pub routes: List<Arc<Route>>,
    /// All rules with weights.
    pub rules: List<Rule>,
    /// Rules whose weights were looked at.
    pub sessions: Vec<Session>,
    /// Listeners.
    pub listeners: List<ListenerView>,
    /// Stand-ins.
    pub stand_ins: List<StandInView>,
    /// Which of the two has the keys.
    pub pane: Pane,
    /// Whether the tree is of an older view.
    tree_stale: bool,
    /// Mistakes that no condition shows.
    mistakes: Vec<Problem>,
    /// Whether objects changed since these were looked for.
    unjudged: bool,
    /// Whether they are being looked for.
    judging: bool,
}

impl State {
    /// The state at the start.
    pub fn new(view: Arc<View>, theme: Theme, clock: Timestamp, zone: TimeZone) -> Self {
        let mut state = Self {
            view: Arc::clone(&view),
            view_at: clock,
            clock,
            zone,
            theme,
            keymap: Keymap::default(),
            spots: vec![Spot::Screen(Screen::Overview)],
            dialog: None,
            prompt: None,
            note: None,
            findings: Findings::default(),
            standing: Findings::default(),
            needs: List::default(),
            tree: Tree::default(),
            opened: Opened::default(),
            branches: List::default(),
            routes: List::default(),
            rules: List::default(),
            sessions: Vec::new(),
            listeners: List::default(),
            stand_ins: List::default(),
            pane: Pane::default(),
            tree_stale: true,
            mistakes: Vec::new(),
            unjudged: true,
            judging: false,
        };
        state.take_all(view);
        state
    }

    /// Where one is.
    pub fn place(&self) -> Place {
        if self.dialog.is_some() {
            return Place::Dialog;
        }
        match self.spots.last() {
            Some(Spot::Screen(Screen::Overview)) | None => Place::Overview,
            Some(Spot::Screen(Screen::Gateways)) => Place::Gateways,
            Some(Spot::Screen(Screen::Routes)) => Place::Routes,
            Some(Spot::Screen(Screen::Rules)) => Place::Rules,
            Some(Spot::Screen(Screen::Rehearsal)) => Place::Rehearsal,
            Some(Spot::Canary(..)) => Place::Canary,
            Some(Spot::Detail(_)) => Place::Detail,
            Some(Spot::Help(_)) => Place::Help,
        }
    }

    /// The screen at the bottom of the way.
    pub fn screen(&self) -> Screen {
        match self.spots.first() {
            Some(Spot::Screen(screen)) => *screen,
            Some(Spot::Canary(..) | Spot::Detail(_) | Spot::Help(_)) | None => Screen::Overview,
        }
    }

    /// The session that is open.
    pub fn session(&self) -> Option<&Session> {
        let (route, rule) = self.open_rule()?;
        self.sessions.iter().find(|session| session.rule.route == *route && session.rule.index == rule)
    }

    fn session_mut(&mut self) -> Option<&mut Session> {
        let (route, rule) = self.open_rule().map(|(route, rule)| (route.clone(), rule))?;
        self.sessions.iter_mut().find(|session| session.rule.route == route && session.rule.index == rule)
    }

    fn open_rule(&self) -> Option<(&Key, usize)> {
        match self.spots.last()? {
            Spot::Canary(route, rule) => Some((route, *rule)),
            Spot::Screen(_) | Spot::Detail(_) | Spot::Help(_) => None,
        }
    }

    /// Seconds since the view came.
    pub fn since_view(&self) -> f64 {
        self.clock.duration_since(self.view_at).as_secs_f64().max(0.0)
    }

    /// Age of what was measured, when it is older than it should be.
    pub fn stale(&self) -> Option<f64> {
        super::facts::measure::stale(&self.view, self.since_view())
    }

    /// The filter of the list that has the keys.
    pub fn filter(&self) -> Option<&super::selection::Filter> {
        match self.spots.last()? {
            Spot::Screen(Screen::Overview) => Some(&self.needs.filter),
            Spot::Screen(Screen::Gateways) => Some(&self.branches.filter),
            Spot::Screen(Screen::Routes) => Some(&self.routes.filter),
            Spot::Screen(Screen::Rules) => Some(&self.rules.filter),
            Spot::Screen(Screen::Rehearsal) => match self.pane {
                Pane::Listeners => Some(&self.listeners.filter),
                Pane::StandIns => Some(&self.stand_ins.filter),
            },
            Spot::Canary(..) | Spot::Detail(_) | Spot::Help(_) => None,
        }
    }

    /// Whether text is being typed.
    pub fn typing(&self) -> bool {
        self.prompt.is_some() || self.filter().is_some_and(|filter| filter.editing)
    }
}

impl Same for Finding {
    fn same(&self, other: &Self) -> bool {
        self.object == other.object && self.subject == other.subject && self.words == other.words
    }
}

impl Same for Shown {
    fn same(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl Same for Arc<Route> {
    fn same(&self, other: &Self) -> bool {
        self.object.key == other.object.key
    }
}

impl Same for Rule {
    fn same(&self, other: &Self) -> bool {
        Rule::same(self, other)
    }
}

impl Same for ListenerView {
    fn same(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Same for StandInView {
    fn same(&self, other: &Self) -> bool {
        self.backend == other.backend
    }
}
