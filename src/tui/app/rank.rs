//! Which rules are worth a look first.

use super::State;
use crate::{
    rehearsal::Fault,
    resource::{Key, Kind},
    tui::{
        facts::{moving::Moving, rules},
        screen::Id,
    },
};

/// Why a rule stands before the others; the first of several counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Its weights were changed in this session, or are being.
    Changed,
    /// A backend that can be reached answers more 5xx than the rest, beyond chance.
    Worse,
    /// A backend is told to fail.
    Faulty,
    /// A backend that can not be reached answers for more 5xx than the rest.
    Missing,
}

impl State {
    /// Lifts the rules that are worth a look, by what traffic says and what was done.
    pub(super) fn rank(&mut self, moving: &Moving) {
        let mut ranks: Vec<(Rank, Key, usize)> = Vec::new();
        ranks.extend(self.moved.keys().map(|(key, rule)| (Rank::Changed, key.clone(), *rule)));
        let wished = self.sessions.iter().filter(|session| session.changes() > 0);
        ranks.extend(wished.map(|s| (Rank::Changed, s.rule.route.clone(), s.rule.index)));
        for (key, rule, at) in &moving.worse {
            let backend = rules::find(self.screens.rules.list.all(), key, *rule)
                .and_then(|rule| rule.backends.get(*at));
            let there = backend.is_some_and(|backend| self.view.world.get(&backend.service).is_some());
            ranks.push((if there { Rank::Worse } else { Rank::Missing }, key.clone(), *rule));
        }
        for stand_in in self.view.stand_ins.iter().filter(|stand_in| stand_in.fault != Fault::default()) {
            let service = &stand_in.backend.service;
            let key = Key::new(Kind::from_group("", &service.kind), &*service.namespace, &*service.name);
            // A fault told to what all routes name would lift all: only a few are worth it.
            for route in self.view.world.referrers(&key).filter(|key| key.kind.is_route()).take(20) {
                for rule in rules::of_route(self.screens.rules.list.all(), route) {
                    if rule.backends.iter().any(|backend| backend.service == key) {
                        ranks.push((Rank::Faulty, route.clone(), rule.index));
                    }
                }
            }
        }
        ranks.sort_by(|(a, one, i), (b, two, j)| {
            (a, &one.namespace, &one.name, i).cmp(&(b, &two.namespace, &two.name, j))
        });
        self.screens.rules.lifted.clear();
        let mut first = Vec::new();
        for (rank, key, rule) in ranks {
            let Some(at) = rules::position(self.screens.rules.list.all(), &key, rule) else { continue };
            let reasons = self.screens.rules.lifted.entry((key, rule)).or_default();
            if reasons.is_empty() {
                first.push(at as u32);
            }
            reasons.push(rank);
        }
        let around = self.around();
        let job = self.screens.rules.list.lift(first, &around);
        self.arrange((Id::Rules, 0), job);
    }
}
