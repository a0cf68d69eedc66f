//! Names that are switched: where each points, who is still at the old side, how both sides do, and the way back.

pub mod doing;
mod draw;
mod row;
#[cfg(test)]
mod tests;
mod wrong;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ratatui::layout::Rect;

use super::Screen;
use crate::{
    comparison::{Accepted, Report},
    dns::Hostname,
    rehearsal::{NameView, View},
    resource::Key,
    tui::{
        app::{Effect, State},
        facts::switch::{Found, Looked},
        paint::Canvas,
        selection::{Around, Lines, List},
    },
};

pub use doing::ACTIONS;
pub use row::Row;

/// The screen.
#[derive(Debug, Default)]
pub struct Switching {
    /// All hostnames.
    pub list: List<Arc<Row>>,
    /// Those that an order is meant for; none: the selected one.
    pub marked: BTreeSet<Hostname>,
    /// Whether one hostname has all the room.
    pub alone: bool,
    /// What preflight found.
    pub looked: BTreeMap<Hostname, Arc<Looked>>,
    /// Differences that were accepted where there is no file for it.
    pub accepted: Accepted,
    /// The view that it was found in, and what differs there.
    based: Option<(Arc<View>, Arc<Report>)>,
    /// What was accepted is other than when the last look at all of them began.
    outdated: bool,
    /// Whether it is being looked for.
    pub looking: bool,
    /// The names that the list was made of.
    version: Option<u64>,
}

impl Screen for Switching {
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
        |state| {
            state.screens.switch.alone = !state.screens.switch.alone;
            Vec::new()
        }
    }

    fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
        draw::draw(self, canvas, area, state);
    }
}

impl Switching {
    /// The selected hostname.
    pub fn selected(&self) -> Option<&NameView> {
        self.list.selected().map(|row| &row.name)
    }

    /// Takes the names of a view; the job is to arrange the list aside.
    pub fn take(&mut self, around: &Around) -> Option<crate::tui::selection::Job> {
        let names = around.view.names.as_ref();
        let version = names.map(|names| names.version);
        if version == self.version {
            return None;
        }
        self.version = version;
        let mut all: Vec<Arc<Row>> =
            names.iter().flat_map(|names| names.names.iter()).map(|name| Arc::new(Row::of(name))).collect();
        // Those that can be switched come first, then those that are left behind.
        let rank = |row: &Arc<Row>| match (row.name.sides.old, row.name.sides.new) {
            (true, true) => 0,
            (true, false) => 1,
            (false, _) => 2,
        };
        all.sort_by_key(rank);
        let there: BTreeSet<&Hostname> = all.iter().map(|row| &row.name.hostname).collect();
        self.marked.retain(|hostname| there.contains(hostname));
        self.looked.retain(|hostname, _| there.contains(hostname));
        self.list.set(all, around)
    }

    /// Those that an order is meant for.
    pub fn meant(&self) -> impl Iterator<Item = &NameView> {
        let alone = self.selected().filter(|_| self.marked.is_empty());
        let marked = |row: &&Arc<Row>| self.marked.contains(&row.name.hostname);
        let all = if self.marked.is_empty() { &[][..] } else { self.list.all() };
        alone.into_iter().chain(all.iter().filter(marked).map(|row| &row.name))
    }

    /// Whom preflight is to look at again: those that it looked at, when what it looked at changed; and the selected one.
    pub fn stale(&self, view: &Arc<View>) -> Vec<Hostname> {
        let holds = self.compared(view).is_some() && !self.outdated;
        let mut all: Vec<Hostname> = if holds { Vec::new() } else { self.looked.keys().cloned().collect() };
        let selected = self.selected().map(|name| &name.hostname);
        all.extend(selected.filter(|hostname| !self.looked.contains_key(*hostname)).cloned());
        all
    }

    /// What was found may not hold any more.
    pub fn look_again(&mut self) {
        self.outdated = true;
    }

    /// All that is stale is looked at now.
    pub fn begins_to_look(&mut self) {
        self.looking = true;
        self.outdated = false;
    }

    /// What differs in a view; none where nobody compared it yet.
    pub fn compared(&self, view: &View) -> Option<&Arc<Report>> {
        let (based, report) = self.based.as_ref()?;
        let same = Arc::ptr_eq(&based.compiled, &view.compiled)
            && Arc::ptr_eq(&based.old, &view.old)
            && Arc::ptr_eq(&based.world, &view.world);
        same.then_some(report)
    }

    /// Takes what preflight found in a view.
    pub fn looked(&mut self, view: Arc<View>, found: Found) {
        self.looking = false;
        self.based = Some((view, found.compared));
        for (hostname, looked) in found.all {
            let before = self.looked.get(&hostname).map(AsRef::as_ref);
            let looked = looked.after(before);
            self.looked.insert(hostname, Arc::new(looked));
        }
    }
}
