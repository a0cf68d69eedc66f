//! The console's state: one owner, changed only by messages. Drawing reads it and nothing else.

mod act;
pub mod colon;
mod comparing;
mod data;
mod dialog;
pub mod document;
pub mod find;
pub mod general;
pub mod looks;
pub mod menu;
mod message;
mod mouse;
pub mod moves;
mod notes;
mod own;
mod page;
pub mod pages;
mod rank;
mod session;
mod spot;
pub mod steps;
mod survey;
mod update;
pub mod weights;

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::Arc,
};

use jiff::{Timestamp, tz::TimeZone};
use ratatui::layout::Rect;

pub use comparing::Accepting;
pub use data::Derived;
pub use dialog::{Choice, CommandLine, Consent, Deed, Dialog, Intent, Menu, Overlay, Prompt};
pub use document::{Asked, Draft};
pub use message::{Effect, Message};
pub use mouse::{Pointer, Target};
pub use notes::Notes;
pub use own::Own;
pub use page::{Face, Page};
pub use rank::Rank;
pub use session::Session;
pub use spot::{Scroll, Spot};

use super::{
    action::Place,
    command,
    facts::{findings::Findings, ingresses::Inventory, past::Past, standing::Standing, told::Told},
    input::Input,
    keymap::Keymap,
    palette,
    screen::{self, ListId, Screens},
    selection::{Around, Job},
    theme::Theme,
};
use crate::{rehearsal::View, resource::Key, traffic::Moment, world::World};

/// Whether lists and findings are being made anew aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deriving {
    Not,
    /// Shall be.
    Wanted,
    /// Is being done.
    Asked,
}

/// A World, and namespaces with the number of objects in them.
type Counted = (Arc<World>, Arc<BTreeMap<Arc<str>, usize>>);

/// Everything that the console knows.
#[derive(Debug)]
pub struct State {
    /// What the rehearsal showed last.
    pub view: Arc<View>,
    /// When that came.
    pub view_at: Timestamp,
    /// The clock.
    pub clock: Timestamp,
    /// Whether tmux stands between the console and its terminal.
    pub tmux: bool,
    /// Time zone of what is shown.
    pub zone: TimeZone,
    /// Colours.
    pub theme: Theme,
    /// Keys.
    pub keymap: Keymap,
    /// The way to where one is.
    pub spots: Vec<Spot>,
    /// Where one came back from: what `forward` goes to.
    pub ahead: Vec<Spot>,
    /// What is to be compared with another.
    pub marked: Option<Key>,
    /// What objects were before.
    past: Past,
    /// What asks for an answer.
    pub dialog: Option<Dialog>,
    /// What lies over the screen and has the keys.
    pub overlay: Option<Overlay>,
    /// The line of a prompt with its cursor; the prompt keeps the text.
    pub line: Input,
    /// What just happened.
    pub notes: Notes,
    /// A document that is being written: what for, and the editor's file.
    editing: Option<(String, PathBuf)>,
    /// What is a user's own.
    pub own: Own,
    /// What needs a person.
    pub findings: Findings,
    /// What objects, files and sockets say of that.
    standing: Standing,
    /// The screens.
    pub screens: Screens,
    /// Only rows of this namespace are shown; none: of all.
    pub namespace: Option<Arc<str>>,
    /// `:` lines of before, oldest first.
    pub typed_before: Vec<String>,
    /// How many objects of a World are in each namespace.
    counted: RefCell<Option<Counted>>,
    /// Namespaces and objects of a World as the palette finds them.
    palette_many: Option<(Arc<World>, Arc<palette::Many>)>,
    /// Whether newer ones are being made aside.
    indexing: bool,
    /// Filters of before, oldest first: of this session, whatever list they were typed for.
    filtered_before: Vec<String>,
    /// A filter of before that stands in the line.
    recalled: Option<command::Past>,
    /// What was drawn where, for the mouse. Set by drawing.
    pub hits: RefCell<Vec<(Rect, Target)>>,
    /// The mouse.
    pub pointer: Pointer,
    /// The theme before a preview.
    before: Option<Theme>,
    /// Columns and rows of the terminal. Set by drawing, which alone knows.
    pub size: Cell<(u16, u16)>,
    /// What shall be done outside and was not asked for yet.
    pub outbox: Vec<Effect>,
    /// When the weights of a rule changed last, on the clock of what was measured.
    moved: HashMap<(Key, usize), Moment>,
    /// Rules whose weights were looked at.
    pub sessions: Vec<Session>,
    /// What is drawn below the weights of a rule.
    pub chart: weights::Shown,
    /// The view that lists and findings were made from; none before the first were made.
    based: Option<Arc<View>>,
    /// Whether they are being made anew aside.
    deriving: Deriving,
    /// Mistakes that no condition shows.
    mistakes: Arc<Told>,
    /// Whether objects changed since these were looked for.
    unjudged: bool,
    /// Whether they are being looked for.
    judging: bool,
    /// What is known of the Ingresses; none before the first look.
    pub inventory: Option<Arc<Inventory>>,
    /// Whether that is being made anew aside.
    surveying: Deriving,
}

impl State {
    /// The state at the start.
    pub fn new(view: Arc<View>, theme: Theme, clock: Timestamp, zone: TimeZone) -> Self {
        let mut state = Self {
            view: Arc::clone(&view),
            view_at: clock,
            clock,
            tmux: false,
            zone,
            theme,
            keymap: Keymap::default(),
            spots: vec![Spot::Screen(screen::Id::Overview)],
            ahead: Vec::new(),
            marked: None,
            past: Past::default(),
            dialog: None,
            overlay: None,
            line: Input::default(),
            notes: Notes::default(),
            editing: None,
            own: Own::default(),
            findings: Findings::default(),
            standing: Standing::default(),
            screens: Screens::default(),
            namespace: None,
            typed_before: Vec::new(),
            counted: RefCell::default(),
            palette_many: None,
            indexing: false,
            filtered_before: Vec::new(),
            recalled: None,
            hits: RefCell::default(),
            pointer: Pointer::default(),
            before: None,
            size: Cell::new((80, 24)),
            outbox: Vec::new(),
            moved: HashMap::new(),
            sessions: Vec::new(),
            chart: weights::Shown::default(),
            based: None,
            deriving: Deriving::Not,
            mistakes: Arc::default(),
            unjudged: true,
            judging: false,
            inventory: None,
            surveying: Deriving::Not,
        };
        state.begin();
        state
    }

    /// Where one is.
    pub fn place(&self) -> Place {
        if self.dialog.is_some() {
            return Place::Dialog;
        }
        match self.overlay {
            Some(Overlay::Prompt(_) | Overlay::Command(_) | Overlay::Palette(_)) => return Place::Input,
            Some(Overlay::Menu(_)) => return Place::Menu,
            None if self.filter().is_some_and(|filter| filter.editing) => return Place::Input,
            None => {}
        }
        match self.spots.last() {
            Some(Spot::Screen(screen::Id::Explain)) if self.screens.explain.typing => Place::Form,
            Some(spot) => spot.place(),
            None => Place::Overview,
        }
    }

    /// Where one was when the help was asked for.
    pub fn place_below(&self) -> Place {
        let below = self.spots.iter().rev().find(|spot| !matches!(spot, Spot::Help(_)));
        below.map_or(Place::Overview, Spot::place)
    }

    /// The screen that one is on, or came from last.
    pub fn screen(&self) -> screen::Id {
        let last = self.spots.iter().rev().find_map(|spot| match spot {
            Spot::Screen(screen) => Some(*screen),
            Spot::Canary(..) | Spot::Detail(_) | Spot::Help(_) => None,
        });
        last.unwrap_or(screen::Id::Overview)
    }

    /// What lists are arranged by beside themselves.
    pub fn around(&self) -> Around {
        Around { view: Arc::clone(&self.view), namespace: self.namespace.clone() }
    }

    /// Arranges all lists anew after what all of them depend on changed.
    fn rearrange(&mut self) {
        let around = self.around();
        for card in screen::CARDS {
            for pane in 0..self.screens.get(card.id).panes() {
                let job = self.screens.get_mut(card.id).list_mut(pane).and_then(|list| list.arrange(&around));
                self.arrange((card.id, pane), job);
            }
        }
    }

    /// Has a list arranged aside, when that is wanted.
    pub fn arrange(&mut self, list: ListId, job: Option<Job>) {
        self.outbox.extend(job.map(|job| Effect::Arrange(list, job)));
    }

    /// The session that is open.
    pub fn session(&self) -> Option<&Session> {
        let (route, rule) = self.open_rule()?;
        self.sessions.iter().find(|session| session.rule.route == *route && session.rule.index == rule)
    }

    pub fn session_mut(&mut self) -> Option<&mut Session> {
        let (route, rule) = self.open_rule().map(|(route, rule)| (route.clone(), rule))?;
        self.sessions.iter_mut().find(|session| session.rule.route == route && session.rule.index == rule)
    }

    pub fn open_rule(&self) -> Option<(&Key, usize)> {
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

    /// Whether text is being typed.
    pub fn typing(&self) -> bool {
        self.place() == Place::Input
    }
}
