//! Moving about: lines, branches, what is opened, and the way back.

use super::{Detail, Pane, Screen, Scroll, Spot, State};
use crate::{
    resource::Key,
    tui::{
        action::Place,
        facts::{
            Tone,
            describe::{self, About},
            findings::Finding,
            gateways::Node,
            rules,
        },
        selection::Filter,
    },
};

impl State {
    pub(super) fn show(&mut self, screen: Screen) {
        self.spots = vec![Spot::Screen(screen)];
        self.sync_tree();
    }

    pub(super) fn step(&mut self, lines: isize) {
        match self.spots.last() {
            Some(Spot::Detail(Detail { scroll, .. }) | Spot::Help(scroll)) => scroll.step(lines),
            Some(Spot::Canary(..)) => {
                if let Some(session) = self.session_mut() {
                    let last = session.rule.backends.len().saturating_sub(1);
                    session.at = session.at.saturating_add_signed(lines).min(last);
                }
            }
            Some(Spot::Screen(_)) | None => match (self.screen(), self.pane) {
                (Screen::Overview, _) => self.needs.step(lines),
                (Screen::Gateways, _) => self.branches.step(lines),
                (Screen::Routes, _) => self.routes.step(lines),
                (Screen::Rules, _) => self.rules.step(lines),
                (Screen::Rehearsal, Pane::Listeners) => self.listeners.step(lines),
                (Screen::Rehearsal, Pane::StandIns) => self.stand_ins.step(lines),
            },
        }
    }

    pub(super) fn page(&mut self, pages: isize) {
        match self.spots.last() {
            Some(Spot::Detail(Detail { scroll, .. }) | Spot::Help(scroll)) => {
                scroll.step(pages * (scroll.height.get().max(2) as isize - 1));
            }
            Some(Spot::Canary(..)) => self.step(pages * 16),
            Some(Spot::Screen(_)) | None => match (self.screen(), self.pane) {
                (Screen::Overview, _) => self.needs.page(pages),
                (Screen::Gateways, _) => self.branches.page(pages),
                (Screen::Routes, _) => self.routes.page(pages),
                (Screen::Rules, _) => self.rules.page(pages),
                (Screen::Rehearsal, Pane::Listeners) => self.listeners.page(pages),
                (Screen::Rehearsal, Pane::StandIns) => self.stand_ins.page(pages),
            },
        }
    }

    pub(super) fn end(&mut self, last: bool) {
        self.step(if last { isize::MAX } else { isize::MIN });
    }

    /// Opens or closes a branch; a leaf, or a closed branch, goes to its stem.
    pub(super) fn branch(&mut self, open: bool) {
        let Some(shown) = self.branches.selected().cloned() else { return };
        match (shown.open, open) {
            (Some(now), _) if now != open => {
                self.opened.set(shown.node, open);
                self.reshow_tree();
            }
            (_, true) => self.branches.step(1),
            (_, false) => {
                let at = self.branches.at();
                let stem = (0..at)
                    .rev()
                    .find(|line| self.branches.item(*line).is_some_and(|item| item.depth < shown.depth));
                if let Some(stem) = stem {
                    self.branches.step(stem as isize - at as isize);
                }
            }
        }
    }

    pub(super) fn open(&mut self) {
        match self.place() {
            Place::Gateways => match self.branches.selected().cloned() {
                Some(shown) if shown.open.is_some() && !matches!(shown.node, Node::Route(..)) => {
                    self.branch(shown.open == Some(false));
                }
                Some(_) | None => self.describe_selected(),
            },
            Place::Rules => {
                if let Some(rule) = self.rules.selected().cloned() {
                    self.open_rule_of(&rule);
                }
            }
            Place::Overview | Place::Routes | Place::Canary | Place::Rehearsal => self.describe_selected(),
            Place::Detail | Place::Help | Place::Dialog => {}
        }
    }

    fn describe_selected(&mut self) {
        match self.selected() {
            Some(about) => self.describe(about),
            None => self.note(Tone::Warn, "nothing is behind this line"),
        }
    }

    pub(super) fn describe(&mut self, about: About) {
        let lines = describe::describe(&self.view, &self.mistakes, &self.tree, &about);
        self.spots.push(Spot::Detail(Detail { about, lines, scroll: Scroll::default() }));
    }

    /// What is behind the selected line: one listener, several findings of one cause, or else an object.
    pub fn selected(&self) -> Option<About> {
        let own = match self.place() {
            Place::Overview => self.needs.selected().and_then(|finding| {
                let first = Finding { also: Vec::new(), ..finding.clone() };
                let all = || About::Findings(std::iter::once(first).chain(finding.also.clone()).collect());
                (finding.object.is_none() || finding.also.iter().any(|also| also.object != finding.object))
                    .then(all)
            }),
            Place::Gateways => self.branches.selected().and_then(|shown| match &shown.node {
                Node::Listener(id) => Some(About::Listener(id.clone())),
                Node::Class(_)
                | Node::Gateway(_)
                | Node::Set(_)
                | Node::Detached(_)
                | Node::Route(..)
                | Node::Backend(..) => None,
            }),
            Place::Rehearsal => match self.pane {
                Pane::Listeners => {
                    self.listeners.selected().map(|listener| About::Listener(listener.id.clone()))
                }
                Pane::StandIns => None,
            },
            Place::Routes | Place::Rules | Place::Canary | Place::Detail | Place::Help | Place::Dialog => {
                None
            }
        };
        own.or_else(|| self.selected_object().map(About::Object))
    }

    /// The object behind the selected line.
    pub fn selected_object(&self) -> Option<Key> {
        match self.place() {
            Place::Overview => self.needs.selected()?.object.clone(),
            Place::Gateways => self.branches.selected()?.node.object(&self.tree),
            Place::Routes => self.routes.selected().map(|route| route.object.key.clone()),
            Place::Rules => self.rules.selected().map(|rule| rule.route.clone()),
            Place::Canary => {
                let session = self.session()?;
                session.rule.backends.get(session.at).map(|backend| backend.service.clone())
            }
            Place::Rehearsal => match self.pane {
                Pane::Listeners => self.listeners.selected().map(|listener| {
                    let entry = &listener.id.port.entry;
                    Key::new(crate::resource::Kind::Gateway, &*entry.namespace, &*entry.name)
                }),
                Pane::StandIns => self.stand_ins.selected().map(|stand_in| {
                    let service = &stand_in.backend.service;
                    let kind = crate::resource::Kind::from_group("", &service.kind);
                    Key::new(kind, &*service.namespace, &*service.name)
                }),
            },
            Place::Detail | Place::Help | Place::Dialog => None,
        }
    }

    pub(super) fn selected_rule(&self) -> Option<rules::Rule> {
        let key = self.selected_object().filter(|key| key.kind.is_route())?;
        rules::of_route(self.rules.all(), &key).first().cloned()
    }

    pub(super) fn back(&mut self) {
        if self.spots.len() > 1 {
            self.spots.pop();
        } else if let Some(filter) = self.filter_mut() {
            *filter = Filter::default();
            self.refilter();
        }
    }

    /// The filter of the list that has the keys.
    pub(super) fn filter_mut(&mut self) -> Option<&mut Filter> {
        match self.place() {
            Place::Overview => Some(&mut self.needs.filter),
            Place::Gateways => Some(&mut self.branches.filter),
            Place::Routes => Some(&mut self.routes.filter),
            Place::Rules => Some(&mut self.rules.filter),
            Place::Rehearsal => match self.pane {
                Pane::Listeners => Some(&mut self.listeners.filter),
                Pane::StandIns => Some(&mut self.stand_ins.filter),
            },
            Place::Canary | Place::Detail | Place::Help | Place::Dialog => None,
        }
    }
}
