//! What is known of the Ingresses follows the objects; the way between Ingresses and the keys of their annotations.

use std::{collections::HashSet, sync::Arc};

use super::{Deriving, Effect, Spot, State, data::AT_ONCE};
use crate::{
    config::RuleComplexity,
    inventory::{Complexity, Options, Rules, UserRule},
    rehearsal::View,
    tui::{
        facts::ingresses::{IngressRow, Inventory, touches},
        screen::{Id, Screen as _},
        selection::Lines as _,
    },
};

impl State {
    /// The first look.
    pub(super) fn survey_first(&mut self) {
        if self.view.world.len() <= AT_ONCE {
            let inventory = Inventory::of_view(&self.view, &self.survey_options());
            self.take_survey(Arc::new(inventory));
        } else {
            self.surveying = Deriving::Wanted;
        }
    }

    /// Looks again where something changed that can matter.
    pub(super) fn survey_follow(&mut self, old: &View) {
        let world = &self.view.world;
        let same = Arc::ptr_eq(&old.world, world) || !old.world.difference(world).iter().any(touches);
        if same && Arc::ptr_eq(&old.old, &self.view.old) {
            return;
        }
        if self.surveying == Deriving::Not {
            self.survey_first();
        } else {
            self.surveying = Deriving::Wanted;
        }
    }

    /// Looks again, after the user's own rules changed.
    pub fn survey_again(&mut self) {
        if self.surveying == Deriving::Not {
            self.survey_first();
        } else {
            self.surveying = Deriving::Wanted;
        }
    }

    /// A look that shall be done aside.
    pub(super) fn wants_survey(&mut self) -> Option<Effect> {
        if self.surveying != Deriving::Wanted {
            return None;
        }
        self.surveying = Deriving::Asked;
        Some(Effect::Survey(Arc::clone(&self.view), Box::new(self.survey_options())))
    }

    /// Takes what was found aside; what came meanwhile is looked at next.
    pub(super) fn surveyed(&mut self, inventory: Arc<Inventory>) {
        if self.surveying == Deriving::Asked {
            self.surveying = Deriving::Not;
        }
        self.take_survey(inventory);
        self.with_page(|_| {});
    }

    fn take_survey(&mut self, inventory: Arc<Inventory>) {
        let around = self.around();
        let job = self.screens.annotations.list.set(inventory.keys.clone(), &around);
        self.arrange((Id::Annotations, 0), job);
        self.inventory = Some(inventory);
        self.list_ingresses();
    }

    /// What the controller was told, and what the user says of annotations.
    fn survey_options(&self) -> Options {
        let mut options = Options::default();
        if let Some(found) = &*self.view.old.found {
            options.nginx_prefix.clone_from(&found.settings.flags.annotations_prefix);
        }
        let own = self.own.config.inventory_rules.iter().map(|rule| UserRule {
            annotation: rule.annotation.value.clone(),
            complexity: match rule.complexity {
                RuleComplexity::Simple => Complexity::Simple,
                RuleComplexity::Medium => Complexity::Medium,
                RuleComplexity::Complex => Complexity::Complex,
            },
            reason: rule.reason.clone(),
        });
        options.rules = Rules { own: own.collect() };
        options
    }

    /// The list of Ingresses: all, or those with one annotation.
    fn list_ingresses(&mut self) {
        let Some(inventory) = &self.inventory else { return };
        let rows: Vec<Arc<IngressRow>> = match &self.screens.ingresses.only {
            None => inventory.rows.clone(),
            Some(key) => {
                let counted = inventory.keys.iter().find(|row| row.count.key == *key);
                let users: HashSet<_> = counted.into_iter().flat_map(|row| &row.count.users).collect();
                let uses = |row: &&Arc<IngressRow>| {
                    let key = &row.facts.key;
                    users.contains(&(Arc::clone(&key.namespace), Arc::clone(&key.name)))
                };
                inventory.rows.iter().filter(uses).cloned().collect()
            }
        };
        let around = self.around();
        let job = self.screens.ingresses.list.set(rows, &around);
        self.arrange((Id::Ingresses, 0), job);
    }

    /// Lists all Ingresses again, after those with one annotation.
    pub(super) fn all_ingresses(&mut self) {
        if self.screens.ingresses.only.take().is_some() {
            self.list_ingresses();
            if let Some(key) = self.screens.ingresses.before.take() {
                self.screens.ingresses.list.find(&key, &self.view);
            }
        }
    }

    /// Goes to the keys of annotations; Esc comes back to the Ingresses.
    pub fn show_annotations(&mut self) -> Vec<Effect> {
        self.show(Id::Ingresses);
        self.spots.push(Spot::Screen(Id::Annotations));
        Vec::new()
    }

    /// Shows who uses the selected annotation; Esc comes back to it.
    pub fn show_users(&mut self) -> Vec<Effect> {
        if let Some(row) = self.screens.annotations.list.selected() {
            let key = Arc::clone(&row.count.key);
            let screen = &mut self.screens.ingresses;
            if screen.only.is_none() {
                screen.before = screen.object();
            }
            screen.only = Some(key);
            self.list_ingresses();
            self.spots.push(Spot::Screen(Id::Ingresses));
        }
        Vec::new()
    }
}
