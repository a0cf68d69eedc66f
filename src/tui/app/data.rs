//! A newer view comes in: what is derived from it follows, at the cost of what changed. What would take long, the
//! first view of many objects or a change of many, is made aside and taken in when it is there.

use std::{borrow::Cow, collections::HashSet, sync::Arc};

use super::{Deriving, Effect, Screen, Session, Spot, State};
use crate::{
    rehearsal::{ListenerView, StandInView, View},
    resource::{Key, Kind},
    tui::facts::{
        describe, difference,
        findings::{Finding, Findings},
        gateways::Tree,
        moving, rehearsal,
        routes::{self, Route},
        rules::{self, Rule},
        standing::Standing,
        text::Tone,
        told::Told,
    },
    world::Change,
};

/// Objects of a first view that are read at once.
const AT_ONCE: usize = 2_000;

/// Changes that are followed one by one.
const FEW: usize = 200;

/// Lists and findings of a view.
#[derive(Debug)]
pub struct Derived {
    view: Arc<View>,
    routes: Vec<Arc<Route>>,
    rules: Vec<Rule>,
    standing: Standing,
    tree: Tree,
}

impl Derived {
    /// Makes them. Takes a while for many objects.
    pub fn of(view: Arc<View>, mistakes: &Arc<Told>) -> Self {
        let routes = routes::routes(&view.world);
        Self {
            rules: rules::rules(&routes),
            routes,
            standing: Standing::of(&view, mistakes),
            tree: Tree::of(&view),
            view,
        }
    }
}

impl State {
    /// Takes the first view in.
    pub(super) fn begin(&mut self) {
        self.around();
        self.remember();
        if self.view.world.len() <= AT_ONCE {
            self.derived(Derived::of(Arc::clone(&self.view), &self.mistakes));
        } else {
            self.deriving = Deriving::Wanted;
        }
    }

    /// Takes a newer view in.
    pub(super) fn take(&mut self, view: Arc<View>) {
        let old = std::mem::replace(&mut self.view, view);
        self.view_at = self.clock;
        if !Arc::ptr_eq(&old.world, &self.view.world) || !Arc::ptr_eq(&old.compiled, &self.view.compiled) {
            self.unjudged = true;
        }
        self.around();
        if self.deriving == Deriving::Not {
            self.follow();
        }
    }

    /// Takes lists and findings in that were made aside, and what changed since.
    pub(super) fn derived(&mut self, derived: Derived) {
        let Derived { view, routes, rules, standing, tree } = derived;
        self.deriving = Deriving::Not;
        if self.based.is_some() {
            let moved: Vec<(Key, usize)> = rules
                .iter()
                .filter(|rule| {
                    rules::find(self.rules.all(), &rule.route, rule.index).is_some_and(|old| old != *rule)
                })
                .map(|rule| (rule.route.clone(), rule.index))
                .collect();
            self.moved.extend(moved.into_iter().map(|rule| (rule, view.now)));
        }
        self.routes.set(routes, route_text);
        self.rules.set(rules, rule_text);
        self.standing = standing;
        self.tree = tree;
        self.tree_stale = true;
        self.based = Some(view);
        self.sessions();
        self.follow();
        self.details();
    }

    /// Takes the mistakes that were found in a view.
    pub(super) fn judged(&mut self, mistakes: Arc<Told>) {
        self.judging = false;
        self.mistakes = mistakes;
        if self.deriving == Deriving::Not {
            self.standing.follow(&self.view, &self.mistakes, HashSet::new());
            self.moving();
        }
        self.details();
    }

    /// What shall be done aside; one of each at a time.
    pub fn wants(&mut self) -> Vec<Effect> {
        let mut wants = Vec::new();
        if self.deriving == Deriving::Wanted {
            self.deriving = Deriving::Asked;
            wants.push(Effect::Derive(Arc::clone(&self.view), Arc::clone(&self.mistakes)));
        }
        if self.unjudged && !self.judging {
            self.unjudged = false;
            self.judging = true;
            wants.push(Effect::Judge(Arc::clone(&self.view)));
        }
        wants
    }

    /// Brings lists and findings from the view that they were made of to the newest.
    fn follow(&mut self) {
        let new = Arc::clone(&self.view);
        let Some(old) = self.based.replace(Arc::clone(&new)) else { return };
        let objects = !Arc::ptr_eq(&old.world, &new.world) || !Arc::ptr_eq(&old.compiled, &new.compiled);
        let mut touched = HashSet::new();
        if objects {
            let changes = old.world.difference(&new.world);
            let (was, is) = (&old.compiled.status, &new.compiled.status);
            touched.extend(was.classes.diff(&is.classes).map(|item| difference(item).0.clone()));
            touched.extend(was.gateways.diff(&is.gateways).map(|item| difference(item).0.clone()));
            let parents: Vec<_> = was.routes.diff(&is.routes).map(difference).collect();
            if changes.len() + parents.len() + touched.len() > FEW {
                self.based = Some(old);
                self.deriving = Deriving::Wanted;
                return;
            }
            for (key, old, new) in parents {
                self.tree.patch(key, old.map(|all| &all[..]), new.map(|all| &all[..]));
                touched.insert(key.clone());
            }
            self.objects(&changes);
        }
        self.tree.refresh(&new);
        let told = self.standing.follow(&new, &self.mistakes, touched);
        self.sessions();
        self.moving();
        if objects || told || !Arc::ptr_eq(&old.listeners, &new.listeners) {
            self.details();
        }
        self.sync_tree();
    }

    fn objects(&mut self, changes: &[Change]) {
        let mut changed = Vec::new();
        self.routes.patch(|all| changed = routes::patch(all, changes), route_text);
        let mut moved = Vec::new();
        let change = |all: &mut Vec<Rule>| {
            for (key, route) in &changed {
                let of = rules::patch(all, key, route.as_deref());
                moved.extend(of.into_iter().map(|rule| (key.clone(), rule)));
            }
        };
        if !changed.is_empty() {
            self.rules.patch(change, rule_text);
        }
        // The view came after the Table that it shows: what is counted from now on went by these weights.
        self.moved.extend(moved.into_iter().map(|rule| (rule, self.view.now)));
        let gateways = |change: &Change| matches!(change.key().kind, Kind::Gateway | Kind::GatewayClass);
        if changes.iter().any(gateways) {
            self.tree.reclass(&self.view);
        }
        self.tree_stale = true;
    }

    /// Changes made before the console began.
    fn remember(&mut self) {
        for entry in self.view.journal.iter() {
            let ago = self.view_at.duration_since(entry.at).as_secs_f64();
            for field in &entry.edit.fields {
                let rule = field.field.strip_prefix("spec.rules[").and_then(|rest| rest.split(']').next());
                if let Some(rule) = rule.and_then(|rule| rule.parse().ok()) {
                    self.moved.insert((entry.edit.object.clone(), rule), self.view.now - ago);
                }
            }
        }
    }

    /// When the weights of a rule changed last.
    pub(super) fn moved(&self, route: &Key, rule: usize) -> Option<crate::traffic::Moment> {
        self.moved.get(&(route.clone(), rule)).copied()
    }

    /// What traffic says.
    fn moving(&mut self) {
        let moving = moving::moving(&self.view, self.rules.all());
        self.rank(&moving);
        let [broken, attention, waiting] = self.standing.counts();
        let counts = [broken, attention + moving.list.len(), waiting];
        self.findings = Findings::of(moving.list.iter().chain(self.standing.all()), counts);
        self.needs.set(self.findings.list.clone(), needs_text);
    }

    /// Listeners and stand-ins.
    pub(super) fn around(&mut self) {
        let view = Arc::clone(&self.view);
        self.listeners.set(view.listeners.to_vec(), listener_text);
        self.stand_ins.set(view.stand_ins.to_vec(), stand_in_text);
    }

    /// Sessions follow their rules; one whose rule is gone goes too.
    fn sessions(&mut self) {
        let view = Arc::clone(&self.view);
        let mut lost = Vec::new();
        let (rules, moved) = (self.rules.all(), &self.moved);
        self.sessions.retain_mut(|session| {
            let Some(rule) = rules::find(rules, &session.rule.route, session.rule.index) else {
                lost.push(session.rule.route.path());
                return false;
            };
            let since = moved.get(&(rule.route.clone(), rule.index)).copied();
            if session.refresh(rule, rules::now(&view, rule, since)) {
                lost.push(session.rule.route.path());
            }
            true
        });
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
                detail.lines = describe::describe(&self.view, &self.mistakes, &self.tree, &detail.about);
            }
        }
    }

    /// The lines of the tree are made when it is looked at.
    pub(super) fn sync_tree(&mut self) {
        if self.screen() == Screen::Gateways && self.tree_stale {
            self.tree_stale = false;
            self.reshow_tree();
        }
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
        self.branches.set(shown, |_| Cow::Borrowed(""));
        self.branches.filter = filter;
    }

    /// Makes the lines of a list again after its filter changed.
    pub(super) fn refilter(&mut self) {
        match self.screen() {
            Screen::Overview => self.needs.filtered(needs_text),
            Screen::Gateways => self.reshow_tree(),
            Screen::Routes => self.routes.filtered(route_text),
            Screen::Rules => self.rules.filtered(rule_text),
            Screen::Rehearsal => self.around(),
        }
    }

    /// Opens the weights of a rule.
    pub(super) fn open_rule_of(&mut self, rule: &Rule) {
        if !self.sessions.iter().any(|session| Rule::same(&session.rule, rule)) {
            let now = rules::now(&self.view, rule, self.moved(&rule.route, rule.index));
            self.sessions.push(Session::of(rule.clone(), now));
        }
        self.spots.push(Spot::Canary(rule.route.clone(), rule.index));
    }

    /// A line that goes after a while.
    pub(super) fn note(&mut self, tone: Tone, text: impl Into<String>) {
        self.note = Some((tone, text.into(), self.clock));
    }
}

fn needs_text(finding: &Finding) -> Cow<'_, str> {
    let also: Vec<&str> = finding.also.iter().map(|also| also.subject.as_str()).collect();
    let Finding { subject, words, detail, .. } = finding;
    format!("{subject} {} {words} {detail}", also.join(" ")).to_lowercase().into()
}

fn route_text(route: &Arc<Route>) -> Cow<'_, str> {
    Cow::Borrowed(&route.haystack)
}

pub(super) fn rule_text(rule: &Rule) -> Cow<'_, str> {
    let backends: Vec<&str> = rule.backends.iter().map(|backend| backend.plan_name.as_str()).collect();
    format!("{} {} {}", rule.route.path(), rule.hostnames.join(" "), backends.join(" ")).to_lowercase().into()
}

fn listener_text(listener: &ListenerView) -> Cow<'_, str> {
    format!("{} ▸ {} {}", listener.id.port.entry, listener.id.name, listener.hostname).to_lowercase().into()
}

fn stand_in_text(stand_in: &StandInView) -> Cow<'_, str> {
    let backend = &stand_in.backend;
    let (backing, fault) = (rehearsal::backing(&stand_in.backing), rehearsal::fault(&stand_in.fault));
    format!("{}:{} {backing} {fault}", backend.service, backend.port).to_lowercase().into()
}
