//! What stays the same thing in a list, whatever else changed about it.

use std::sync::Arc;

use crate::{
    rehearsal::{ListenerView, StandInView},
    tui::{
        facts::{findings::Finding, gateways::Shown, routes::Route, rules::Rule},
        selection::Same,
    },
};

impl Same for Finding {
    fn same(&self, other: &Self) -> bool {
        // Words may hold numbers, and a line of several may grow: it is known by its first object and its cause.
        self.object == other.object
            && self.cause == other.cause
            && (self.cause.is_some() || (&self.words, &self.detail) == (&other.words, &other.detail))
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
