//! The console's state: one owner, changed only by messages. Drawing reads it and nothing else.

mod act;
mod data;
mod dialog;
mod message;
mod moves;
mod rank;
mod same;
mod session;
mod spot;
mod update;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use jiff::{Timestamp, tz::TimeZone};

pub use data::Derived;
pub use dialog::{Dialog, Intent, Prompt};
pub use message::{Effect, Message};
pub use rank::Rank;
pub use session::Session;
pub use spot::{Detail, Pane, Screen, Scroll, Spot};

use super::{
    action::Place,
    facts::{
        Tone,
        findings::{Finding, Findings},
        gateways::{Opened, Shown, Tree},
        routes::Route,
        rules::Rule,
        standing::Standing,
        told::Told,
    },
    keymap::Keymap,
    selection::List,
    theme::Theme,
};
use crate::{
    rehearsal::{ListenerView, StandInView, View},
    resource::Key,
    traffic::Moment,
};

/// Whether lists and findings are being made anew aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deriving {
    Not,
    /// Shall be.
    Wanted,
    /// Is being done.
    Asked,
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
    standing: Standing,
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
    /// Rules that are worth a look first, and why.
    pub lifted: BTreeMap<(Key, usize), Vec<Rank>>,
    /// When the weights of a rule changed last, on the clock of what was measured.
    moved: HashMap<(Key, usize), Moment>,
    /// Rules whose weights were looked at.
    pub sessions: Vec<Session>,
    /// Listeners.
    pub listeners: List<ListenerView>,
    /// Stand-ins.
    pub stand_ins: List<StandInView>,
    /// Which of the two has the keys.
    pub pane: Pane,
    /// The view that lists and findings were made from; none before the first were made.
    based: Option<Arc<View>>,
    /// Whether they are being made anew aside.
    deriving: Deriving,
    /// Whether the lines of the tree are of an older one.
    tree_stale: bool,
    /// Mistakes that no condition shows.
    mistakes: Arc<Told>,
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
            standing: Standing::default(),
            needs: List::default(),
            tree: Tree::default(),
            opened: Opened::default(),
            branches: List::default(),
            routes: List::default(),
            rules: List::default(),
            lifted: BTreeMap::new(),
            moved: HashMap::new(),
            sessions: Vec::new(),
            listeners: List::default(),
            stand_ins: List::default(),
            pane: Pane::default(),
            based: None,
            deriving: Deriving::Not,
            tree_stale: true,
            mistakes: Arc::default(),
            unjudged: true,
            judging: false,
        };
        state.begin();
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

    /// Whether lists and findings were made at least once.
    pub fn ready(&self) -> bool {
        self.based.is_some()
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
