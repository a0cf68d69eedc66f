//! A newer view comes in: what is derived from it is made again, and only what changed.

use std::sync::Arc;

use super::{Effect, Session, Spot, State};
use crate::{
    rehearsal::View,
    resource::Problem,
    tui::facts::{
        describe, findings, rehearsal,
        routes::{self, Route},
        rules::{self, Rule},
        text::Tone,
    },
};

impl State {
    /// Takes a newer view.
    pub(super) fn take(&mut self, view: Arc<View>) {
        let old = std::mem::replace(&mut self.view, view);
        self.view_at = self.clock;
        let view = Arc::clone(&self.view);
        let objects = !Arc::ptr_eq(&old.world, &view.world) || !Arc::ptr_eq(&old.compiled, &view.compiled);
        let around = !Arc::ptr_eq(&old.listeners, &view.listeners)
            || !Arc::ptr_eq(&old.stand_ins, &view.stand_ins)
            || !Arc::ptr_eq(&old.problems, &view.problems);
        let traffic = !Arc::ptr_eq(&old.traffic, &view.traffic);
        if objects {
            self.objects();
        }
        if objects || around {
            self.standing = findings::standing(&view, &self.mistakes);
        }
        if objects || around || traffic {
            let moving = findings::moving(&view, self.rules.all());
            self.findings = findings::joined(&self.standing, &moving);
            self.needs.set(self.findings.list.clone(), needs_text);
        }
        if around || objects {
            self.around();
        }
        self.sessions(objects);
        if objects || around {
            self.details();
        }
        if objects {
            self.tree_stale = true;
            self.unjudged = true;
        } else {
            self.tree.refresh(&view);
        }
        self.sync_tree();
    }

    /// Takes the first view.
    pub(super) fn take_all(&mut self, view: Arc<View>) {
        self.view = view;
        self.objects();
        self.standing = findings::standing(&self.view, &self.mistakes);
        let moving = findings::moving(&self.view, self.rules.all());
        self.findings = findings::joined(&self.standing, &moving);
        self.needs.set(self.findings.list.clone(), needs_text);
        self.around();
    }

    /// Takes the mistakes that were found in a view.
    pub(super) fn judged(&mut self, mistakes: Vec<Problem>) {
        self.judging = false;
        self.mistakes = mistakes;
        self.standing = findings::standing(&self.view, &self.mistakes);
        let moving = findings::moving(&self.view, self.rules.all());
        self.findings = findings::joined(&self.standing, &moving);
        self.needs.set(self.findings.list.clone(), needs_text);
        self.details();
    }

    /// Asks for mistakes when objects changed; one question at a time.
    pub fn ask_for_mistakes(&mut self) -> Option<Effect> {
        if !self.unjudged || self.judging {
            return None;
        }
        self.unjudged = false;
        self.judging = true;
        Some(Effect::Judge(Arc::clone(&self.view)))
    }

    fn objects(&mut self) {
        let all = routes::routes(&self.view.world, self.routes.all());
        self.rules.set(rules::rules(&all), rule_text);
        self.routes.set(all, route_text);
    }

    fn around(&mut self) {
        let view = Arc::clone(&self.view);
        self.listeners.set(view.listeners.to_vec(), |listener| {
            format!("{} ▸ {} {}", listener.id.port.entry, listener.id.name, listener.hostname).to_lowercase()
        });
        self.stand_ins.set(view.stand_ins.to_vec(), |stand_in| {
            let row = rehearsal::stand_in(&view, stand_in);
            format!("{} {} {}", row.name, row.backing, row.fault).to_lowercase()
        });
    }

    /// Sessions follow their rules; one whose rule is gone goes too.
    fn sessions(&mut self, objects: bool) {
        let view = Arc::clone(&self.view);
        let mut lost = Vec::new();
        if objects {
            let all = self.rules.all().to_vec();
            self.sessions.retain_mut(|session| {
                let Some(rule) = all.iter().find(|rule| Rule::same(rule, &session.rule)) else {
                    lost.push(session.rule.route.path());
                    return false;
                };
                let now = rules::now(&view, rule);
                if session.refresh(rule.clone(), now) {
                    lost.push(session.rule.route.path());
                }
                true
            });
        } else {
            for session in &mut self.sessions {
                session.now = rules::now(&view, &session.rule);
            }
        }
        let gone = self.open_rule().is_some() && self.session().is_none();
        if gone {
            self.spots.pop();
        }
        if let Some(route) = lost.first() {
            self.note(
                Tone::Warn,
                format!("{route}: its backends are others now; what was wished is given up"),
            );
        }
    }

    fn details(&mut self) {
        for spot in &mut self.spots {
            if let Spot::Detail(detail) = spot {
                detail.lines = describe::describe(&self.view, &self.mistakes, &detail.key);
            }
        }
    }

    /// The tree is made when it is looked at.
    pub(super) fn sync_tree(&mut self) {
        if self.screen() != super::Screen::Gateways {
            return;
        }
        if self.tree_stale {
            self.tree = crate::tui::facts::gateways::Tree::of(&self.view);
            self.tree_stale = false;
        } else {
            return;
        }
        self.reshow_tree();
    }

    /// Makes the lines of the tree after a branch or the filter changed.
    pub(super) fn reshow_tree(&mut self) {
        let matcher = self.branches.filter.matcher();
        let lower = matcher.map(|matches| move |text: &str| matches(&text.to_lowercase()));
        let shown = match &lower {
            Some(matches) => self.tree.shown(&self.opened, Some(matches)),
            None => self.tree.shown(&self.opened, None),
        };
        // The tree filtered itself, so every line fits.
        let filter = std::mem::take(&mut self.branches.filter);
        self.branches.set(shown, |_| String::new());
        self.branches.filter = filter;
    }

    /// Makes the lines of a list again after its filter changed.
    pub(super) fn refilter(&mut self) {
        match self.screen() {
            super::Screen::Overview => self.needs.filtered(needs_text),
            super::Screen::Gateways => self.reshow_tree(),
            super::Screen::Routes => self.routes.filtered(route_text),
            super::Screen::Rules => self.rules.filtered(rule_text),
            super::Screen::Rehearsal => self.around(),
        }
    }

    /// Opens the weights of a rule.
    pub(super) fn open_rule_of(&mut self, rule: &Rule) {
        if !self.sessions.iter().any(|session| Rule::same(&session.rule, rule)) {
            let now = rules::now(&self.view, rule);
            self.sessions.push(Session::of(rule.clone(), now));
        }
        self.spots.push(Spot::Canary(rule.route.clone(), rule.index));
    }

    /// A line that goes after a while.
    pub(super) fn note(&mut self, tone: Tone, text: impl Into<String>) {
        self.note = Some((tone, text.into(), self.clock));
    }
}

fn needs_text(finding: &findings::Finding) -> String {
    format!("{} {} {}", finding.subject, finding.words, finding.detail).to_lowercase()
}

fn route_text(route: &Arc<Route>) -> String {
    route.haystack.to_string()
}

fn rule_text(rule: &Rule) -> String {
    let backends: Vec<&str> = rule.backends.iter().map(|backend| backend.plan_name.as_str()).collect();
    format!("{} {} {}", rule.route.path(), rule.hostnames.join(" "), backends.join(" ")).to_lowercase()
}
