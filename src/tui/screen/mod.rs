//! One file a screen: its rows, what it draws, its own actions. A new screen adds its file, and itself to the lists here.

pub mod annotations;
pub mod compare;
pub mod explain;
pub mod gateways;
pub mod ingresses;
pub mod log;
pub mod objects;
pub mod overview;
pub mod rehearsal;
pub mod requests;
pub mod routes;
pub mod rules;
pub mod switch;

use ratatui::layout::Rect;

use super::{
    action::{Arg, ArgKind, Group, Place, Row},
    app::{Effect, State},
    facts::describe::About,
    paint::Canvas,
    selection::Lines,
};
use crate::resource::Key;

/// A screen with a number of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Id {
    Overview,
    Gateways,
    Routes,
    Rules,
    Ingresses,
    Annotations,
    Compare,
    Rehearsal,
    Switch,
    Requests,
    Explain,
    Objects,
    Log,
}

/// What the head says of a screen.
#[derive(Clone, Copy, Debug)]
pub struct Card {
    /// Which.
    pub id: Id,
    /// Its title.
    pub title: &'static str,
    /// Where one is on it.
    pub place: Place,
    /// The screen that it belongs to: it has no place of its own in the head.
    pub under: Option<Id>,
}

/// The screens in the order of their numbers.
pub const CARDS: &[Card] = &[
    Card { id: Id::Overview, title: "Overview", place: Place::Overview, under: None },
    Card { id: Id::Gateways, title: "Gateways", place: Place::Gateways, under: None },
    Card { id: Id::Routes, title: "Routes", place: Place::Routes, under: None },
    Card { id: Id::Rules, title: "Canary", place: Place::Rules, under: None },
    Card { id: Id::Ingresses, title: "Ingresses", place: Place::Ingresses, under: None },
    Card { id: Id::Annotations, title: "Annotations", place: Place::Annotations, under: Some(Id::Ingresses) },
    Card { id: Id::Compare, title: "Compare", place: Place::Compare, under: Some(Id::Ingresses) },
    Card { id: Id::Rehearsal, title: "Rehearsal", place: Place::Rehearsal, under: None },
    Card { id: Id::Switch, title: "Switch", place: Place::Switch, under: None },
    Card { id: Id::Requests, title: "Requests", place: Place::Requests, under: None },
    Card { id: Id::Explain, title: "Explain", place: Place::Explain, under: None },
    Card { id: Id::Objects, title: "Objects", place: Place::Objects, under: None },
    Card { id: Id::Log, title: "Log", place: Place::Log, under: None },
];

/// What shows each.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("overview", &["1"], "what needs you", Group::Screens, Place::free, |state, _| Ok(state.show(Id::Overview))),
    Row::new("gateways", &["2"], "classes, Gateways, listeners, routes, backends", Group::Screens, Place::free, |state, _| Ok(state.show(Id::Gateways))),
    Row::new("routes", &["3"], "routes of all kinds and what each parent says", Group::Screens, Place::free, |state, _| Ok(state.show(Id::Routes))),
    Row::new("canary", &["4"], "weights: wanted, programmed, observed", Group::Screens, Place::free, |state, _| Ok(state.show(Id::Rules))),
    Row::new("ingresses", &["5"], "Ingresses: whose each is, how hard it is to move, and why", Group::Screens, Place::free, |state, _| Ok(state.show(Id::Ingresses))),
    Row::new("rehearsal", &["6"], "listeners, stand-ins and load on this machine", Group::Screens, Place::free, |state, _| Ok(state.show(Id::Rehearsal))),
    Row::new("switch", &["0"], "names: where each points, who is still at the old side, the switch and the way back", Group::Screens, but_rehearsal, |state, _| Ok(state.show(Id::Switch))),
    Row::new("requests", &["7"], "requests as they go through the gateway", Group::Screens, Place::free, |state, _| Ok(state.show(Id::Requests))),
    Row::new("explain", &["8"], "the way of a request, and why; `explain GET https://app.example.com/ x-version:v2`", Group::Screens, Place::free, explain::command).takes(&[Arg::optional("METHOD", ArgKind::Text), Arg::optional("URL", ArgKind::Text), Arg::optional("HEADER:VALUE", ArgKind::Text)]),
];

/// Where `0` is free: in the rehearsal it stops the load.
fn but_rehearsal(place: Place) -> bool {
    place.free() && place != Place::Rehearsal
}

impl Id {
    /// What the head says of it.
    pub fn card(self) -> Option<&'static Card> {
        CARDS.iter().find(|card| card.id == self)
    }
}

/// A list of a screen: which screen, and which of its panes.
pub type ListId = (Id, usize);

/// A screen.
pub trait Screen {
    /// The pane that has the keys.
    fn pane(&self) -> usize {
        0
    }

    /// Number of panes.
    fn panes(&self) -> usize {
        1
    }

    /// Gives the keys to a pane.
    fn set_pane(&mut self, _pane: usize) {}

    /// The list of a pane; none for what is no list.
    fn list(&self, pane: usize) -> Option<&dyn Lines>;

    /// The list of a pane, to be changed.
    fn list_mut(&mut self, pane: usize) -> Option<&mut dyn Lines>;

    /// What is behind the selected line, where that is more than its object.
    fn selected(&self) -> Option<About> {
        self.object().map(About::Object)
    }

    /// The object behind the selected line.
    fn object(&self) -> Option<Key>;

    /// What Enter does.
    fn open(&self) -> fn(&mut State) -> Vec<Effect> {
        State::describe_selected
    }

    /// Draws it.
    fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, state: &State);
}

/// The screens.
#[derive(Debug, Default)]
#[allow(missing_docs)]
pub struct Screens {
    pub overview: overview::Overview,
    pub gateways: gateways::Gateways,
    pub routes: routes::Routes,
    pub rules: rules::Rules,
    pub ingresses: ingresses::Ingresses,
    pub annotations: annotations::Annotations,
    pub compare: compare::Compare,
    pub rehearsal: rehearsal::Rehearsal,
    pub switch: switch::Switching,
    pub requests: requests::Requests,
    pub explain: explain::Explain,
    pub objects: objects::Objects,
    pub log: log::Log,
}

impl Screens {
    /// One of them.
    pub fn get(&self, id: Id) -> &dyn Screen {
        match id {
            Id::Overview => &self.overview,
            Id::Gateways => &self.gateways,
            Id::Routes => &self.routes,
            Id::Rules => &self.rules,
            Id::Ingresses => &self.ingresses,
            Id::Annotations => &self.annotations,
            Id::Compare => &self.compare,
            Id::Rehearsal => &self.rehearsal,
            Id::Switch => &self.switch,
            Id::Requests => &self.requests,
            Id::Explain => &self.explain,
            Id::Objects => &self.objects,
            Id::Log => &self.log,
        }
    }

    /// One of them, to be changed.
    pub fn get_mut(&mut self, id: Id) -> &mut dyn Screen {
        match id {
            Id::Overview => &mut self.overview,
            Id::Gateways => &mut self.gateways,
            Id::Routes => &mut self.routes,
            Id::Rules => &mut self.rules,
            Id::Ingresses => &mut self.ingresses,
            Id::Annotations => &mut self.annotations,
            Id::Compare => &mut self.compare,
            Id::Rehearsal => &mut self.rehearsal,
            Id::Switch => &mut self.switch,
            Id::Requests => &mut self.requests,
            Id::Explain => &mut self.explain,
            Id::Objects => &mut self.objects,
            Id::Log => &mut self.log,
        }
    }
}
