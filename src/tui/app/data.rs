//! A newer view comes in: what is derived from it follows, at the cost of what changed. What would take long, the
//! first view of many objects or a change of many, is made aside and taken in when it is there.

use std::{collections::HashSet, sync::Arc};

use super::{Deriving, Effect, Session, Spot, State};
use crate::{
    rehearsal::{Sides, View},
    resource::{Key, Kind},
    tui::{
        facts::{
            difference,
            findings::Findings,
            gateways::Tree,
            moving,
            routes::{self, Route},
            rules::{self, Rule},
            standing::Standing,
            text::Tone,
            told::Told,
        },
        screen::{CARDS, Id},
        selection::Lines,
    },
    world::Change,
};

/// Objects of a first view that are read at once.
pub(super) const AT_ONCE: usize = 2_000;

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
        self.tell_sides();
        self.listed();
        self.remember();
        self.survey_first();
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
        self.listed();
        self.explain_follow(&old);
        if self.deriving == Deriving::Not {
            self.follow();
        }
        self.survey_follow(&old);
        self.compare_follow(&old);
        if !Arc::ptr_eq(&old.world, &self.view.world) {
            self.refresh_palette();
            self.refresh_command();
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
                    rules::find(self.screens.rules.list.all(), &rule.route, rule.index)
                        .is_some_and(|old| old != *rule)
                })
                .map(|rule| (rule.route.clone(), rule.index))
                .collect();
            self.moved.extend(moved.into_iter().map(|rule| (rule, view.now)));
        }
        let around = self.around();
        let job = self.screens.routes.list.set(routes, &around);
        self.arrange((Id::Routes, 0), job);
        let job = self.screens.rules.list.set(rules, &around);
        self.arrange((Id::Rules, 0), job);
        self.standing = standing;
        self.screens.gateways.tree = Arc::new(tree);
        self.screens.gateways.stale = true;
        self.based = Some(view);
        self.sessions();
        self.follow();
        self.pages(true);
    }

    /// Takes the mistakes that were found in a view.
    pub(super) fn judged(&mut self, mistakes: Arc<Told>) {
        self.judging = false;
        self.mistakes = mistakes;
        if self.deriving == Deriving::Not {
            self.standing.follow(&self.view, &self.mistakes, HashSet::new());
            self.moving();
        }
        self.pages(true);
    }

    /// What shall be done aside; one of each at a time.
    pub fn wants(&mut self) -> Vec<Effect> {
        let mut wants = Vec::new();
        if self.deriving == Deriving::Wanted {
            self.deriving = Deriving::Asked;
            wants.push(Effect::Derive(Arc::clone(&self.view), Arc::clone(&self.mistakes)));
        }
        wants.extend(self.wants_survey());
        wants.extend(self.wants_compare());
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
                let tree = Arc::make_mut(&mut self.screens.gateways.tree);
                tree.patch(key, old.map(|all| &all[..]), new.map(|all| &all[..]));
                touched.insert(key.clone());
            }
            self.past.follow(&old.world, &changes);
            self.objects(&changes);
        }
        Arc::make_mut(&mut self.screens.gateways.tree).refresh(&new);
        let told = self.standing.follow(&new, &self.mistakes, touched);
        self.sessions();
        self.moving();
        self.pages(objects || told || !Arc::ptr_eq(&old.listeners, &new.listeners));
        self.sync_tree();
    }

    fn objects(&mut self, changes: &[Change]) {
        let mut changed = Vec::new();
        let around = self.around();
        let job = self.screens.routes.list.patch(|all| changed = routes::patch(all, changes), &around);
        self.arrange((Id::Routes, 0), job);
        let mut moved = Vec::new();
        let change = |all: &mut Vec<Rule>| {
            for (key, route) in &changed {
                let of = rules::patch(all, key, route.as_deref());
                moved.extend(of.into_iter().map(|rule| (key.clone(), rule)));
            }
        };
        if !changed.is_empty() {
            let job = self.screens.rules.list.patch(change, &around);
            self.arrange((Id::Rules, 0), job);
        }
        // The view came after the Table that it shows: what is counted from now on went by these weights.
        self.moved.extend(moved.into_iter().map(|rule| (rule, self.view.now)));
        let gateways = |change: &Change| matches!(change.key().kind, Kind::Gateway | Kind::GatewayClass);
        if changes.iter().any(gateways) {
            Arc::make_mut(&mut self.screens.gateways.tree).reclass(&self.view);
        }
        self.screens.gateways.stale = true;
    }

    /// Lists of both sides say which side each line is of.
    fn tell_sides(&mut self) {
        let both = self.view.sides == Sides::BOTH;
        for card in CARDS {
            let screen = self.screens.get_mut(card.id);
            for pane in 0..screen.panes() {
                if let Some(lines) = screen.list_mut(pane) {
                    lines.shape_mut().sides = both;
                }
            }
        }
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
        let moving = moving::moving(&self.view, self.screens.rules.list.all());
        self.rank(&moving);
        let [broken, attention, waiting] = self.standing.counts();
        let counts = [broken, attention + moving.list.len(), waiting];
        self.findings = Findings::of(moving.list.iter().chain(self.standing.all()), counts);
        let around = self.around();
        let job = self.screens.overview.list.set(self.findings.list.clone(), &around);
        self.arrange((Id::Overview, 0), job);
        self.resort();
    }

    /// Listeners and stand-ins.
    fn listed(&mut self) {
        let around = self.around();
        let job = self.screens.rehearsal.listeners.set(around.view.listeners.to_vec(), &around);
        self.arrange((Id::Rehearsal, 0), job);
        let job = self.screens.rehearsal.stand_ins.set(around.view.stand_ins.to_vec(), &around);
        self.arrange((Id::Rehearsal, 1), job);
        let job = self.screens.switch.take(&around);
        self.arrange((Id::Switch, 0), job);
    }

    /// A list that is looked at and sorted, or shows only what is broken, follows what was measured.
    fn resort(&mut self) {
        let id = self.screen();
        let pane = self.screens.get(id).pane();
        let moves = |lines: &dyn Lines| lines.sort().is_some() || lines.filter().broken;
        if id != Id::Overview && self.screens.get(id).list(pane).is_some_and(moves) {
            let around = self.around();
            let job = self.screens.get_mut(id).list_mut(pane).and_then(|list| list.arrange(&around));
            self.arrange((id, pane), job);
        }
    }

    /// Sessions follow their rules; one whose rule is gone goes too.
    fn sessions(&mut self) {
        let view = Arc::clone(&self.view);
        let mut lost = Vec::new();
        let (rules, moved) = (self.screens.rules.list.all(), &self.moved);
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

    /// The page that is seen follows; those under it when one comes back to them. Of traffic only some faces tell.
    fn pages(&mut self, objects: bool) {
        let telling = |page: &super::Page| matches!(page.face, super::Face::Describe | super::Face::Topology);
        if self.page_seen().is_some_and(|page| objects || telling(page)) {
            self.with_page(|_| {});
        }
    }

    /// The lines of the tree, and those of objects of any kind, are made when they are looked at.
    pub(super) fn sync_tree(&mut self) {
        if self.screen() == Id::Gateways && self.screens.gateways.stale {
            let around = self.around();
            let job = self.screens.gateways.lay(&around);
            self.arrange((Id::Gateways, 0), job);
        }
        if self.screen() == Id::Objects {
            self.sync_objects();
        }
    }

    /// Arranges the list that has the keys anew after what it is filtered or sorted by changed.
    pub fn refilter(&mut self) {
        let around = self.around();
        let id = self.screen();
        let pane = self.screens.get(id).pane();
        let job = self.lines_mut().and_then(|list| list.arrange(&around));
        self.arrange((id, pane), job);
    }

    /// Opens the weights of a rule.
    pub fn open_rule_of(&mut self, rule: &Rule) {
        if !self.sessions.iter().any(|session| Rule::same(&session.rule, rule)) {
            let now = rules::now(&self.view, rule, self.moved(&rule.route, rule.index));
            self.sessions.push(Session::of(rule.clone(), now));
        }
        self.spots.push(Spot::Canary(rule.route.clone(), rule.index));
    }
}
