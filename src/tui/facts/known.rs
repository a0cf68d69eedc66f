//! What is known when something is told of an object: the same for a command and for a screen.
//!
//! A command has the objects and what they mean. A rehearsal that runs adds what it serves and measures.

use jiff::Timestamp;

use super::ingresses::Inventory;
use super::{
    Health, Measures,
    gateways::Tree,
    measure::{self, Over},
    reasons,
    routes::parent_row,
    told::Told,
};
use crate::{
    dialect::gateway::{Compiled, ParentStatus},
    rehearsal::{Backing, StandInView, View},
    resource::{Condition, Key, Kind, Object, Problem},
    routing::ListenerId,
    traffic::Scope,
    world::World,
};

/// The word for what nobody gave and the rehearsal stands in for.
const ASSUMED: &str = "assumed";

/// Finds the line of a field in the file that an object came from; of its nearest parent when it is not written.
pub type LineOf<'a> = &'a dyn Fn(&Object, &str) -> Option<u32>;

/// All that can be told from.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The objects, with those that are assumed.
    pub world: &'a World,
    /// What they mean.
    pub compiled: &'a Compiled,
    /// The rehearsal, when one runs.
    pub view: Option<&'a View>,
    /// Who stands under whom, where that is kept.
    pub tree: Option<&'a Tree>,
    /// Mistakes that no condition shows.
    pub mistakes: Option<&'a Told>,
    /// The Ingresses, where they were looked at.
    pub inventory: Option<&'a Inventory>,
    /// Where a field stands.
    pub line_of: Option<LineOf<'a>>,
    /// Ages are counted from here.
    pub now: Timestamp,
}

/// How something is, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// How it is.
    pub health: Health,
    /// Why it is not well; empty when it is.
    pub words: String,
}

impl Mark {
    /// As it should be.
    pub fn well() -> Self {
        Self { health: Health::Ok, words: String::new() }
    }

    /// As said.
    pub fn of(health: Health, words: impl Into<String>) -> Self {
        Self { health, words: words.into() }
    }

    /// Sign and words where it is not well: `✗ does not exist`; only the word for what was assumed.
    pub fn note(&self) -> String {
        match (self.health, self.words.as_str()) {
            (Health::Ok, _) => String::new(),
            (Health::Note, ASSUMED) => ASSUMED.to_owned(),
            (health, words) => format!("{} {words}", health.sign()),
        }
    }

    /// What conditions say; `who` wrote them: `infra/edge ▸ https`.
    pub fn judged(conditions: &[Condition], who: &str) -> Self {
        let health = Health::of_all(conditions);
        let words = match super::health::deciding(conditions) {
            Some(condition) if health != Health::Ok => reasons::words(condition, who),
            _ => String::new(),
        };
        Self { health, words }
    }
}

impl<'a> Known<'a> {
    /// What a rehearsal knows.
    pub fn of(view: &'a View, now: Timestamp) -> Self {
        Self {
            world: &view.world,
            compiled: &view.compiled,
            view: Some(view),
            tree: None,
            mistakes: None,
            inventory: None,
            line_of: None,
            now,
        }
    }

    /// Traffic of a scope over 10 s; does not apply where nothing runs.
    pub fn measures(&self, scope: &Scope) -> Measures {
        self.view.map_or(Measures::NOTHING, |view| measure::measures(view, scope, Over::Short))
    }

    /// What the parents of a route say.
    pub fn parents(&self, route: &Key) -> &'a [ParentStatus] {
        self.compiled.status.routes.get(route).map_or(&[], |all| all)
    }

    /// The conditions of a listener; none when there is no such listener.
    pub fn listener(&self, id: &ListenerId) -> Option<&'a crate::dialect::gateway::ListenerStatus> {
        let gateway = self.compiled.status.gateways.get(&gateway_of(id))?;
        gateway.listeners.iter().find(|listener| listener.id == *id)
    }

    /// A listener by its Gateway and its name.
    pub fn listener_named(&self, gateway: &Key, name: &str) -> Option<&'a ListenerId> {
        let status = self.compiled.status.gateways.get(gateway)?;
        status.listeners.iter().map(|listener| &listener.id).find(|id| *id.name == *name)
    }

    /// What was told of an object beside its conditions: of its file, of this machine, and mistakes.
    pub fn problems(&self, key: &Key) -> Vec<&'a Problem> {
        let told = self.view.into_iter().flat_map(|view| view.problems.iter());
        let told = told.filter(|problem| problem.object.as_ref() == Some(key));
        told.chain(self.mistakes.map_or(&[][..], |mistakes| mistakes.about(key))).collect()
    }

    /// `file:line` of a field of an object, where it came from a file.
    pub fn place(&self, object: &Object, field: &str) -> Option<String> {
        let origin = object.origin.as_ref()?;
        let line = self.line_of.and_then(|line_of| line_of(object, field)).unwrap_or(origin.line);
        Some(format!("{}:{line}", origin.file.display()))
    }

    /// How an object is, in one word.
    pub fn mark(&self, key: &Key) -> Mark {
        let status = &self.compiled.status;
        let Some(object) = self.world.get(key) else {
            return match key.kind {
                Kind::Other(..) => Mark::of(Health::Unknown, "not known here"),
                _ => Mark::of(Health::Broken, "does not exist"),
            };
        };
        if let Some(conditions) = status.classes.get(key) {
            return Mark::judged(conditions, "");
        }
        if let Some(gateway) = status.gateways.get(key) {
            return Mark::judged(&gateway.conditions, "");
        }
        if key.kind.is_route() {
            let rows = self.parents(key).iter().map(|parent| parent_row(&key.kind, parent));
            let Some(worst) = rows.min_by_key(|row| row.health) else {
                return Mark::of(Health::Unknown, "nobody says anything of it");
            };
            let words = if worst.health == Health::Ok { String::new() } else { worst.words };
            return Mark { health: worst.health, words };
        }
        match key.kind {
            Kind::Service => self.service(key),
            Kind::ListenerSet | Kind::BackendTlsPolicy => Mark::of(Health::Waiting, "not served yet"),
            Kind::ReferenceGrant => match self.problems(key).first() {
                Some(problem) => Mark::of(Health::Attention, problem.message.clone()),
                None => Mark::well(),
            },
            _ if object.assumed => Mark::of(Health::Note, ASSUMED),
            _ => Mark::well(),
        }
    }

    /// Whether somebody is ready to answer for a Service.
    fn service(&self, key: &Key) -> Mark {
        let here = self.view.map_or(&[][..], |view| stand_ins(view, key));
        let idle = !here.is_empty() && here.iter().all(|one| one.backing == Backing::NoEndpoint);
        let ready = super::words::ready(self.world, key);
        match ready {
            Some((0, all)) => Mark::of(Health::Attention, format!("none of {all} endpoints is ready: 503")),
            _ if idle => Mark::of(Health::Attention, "no ready endpoint: 503"),
            Some((ready, all)) if ready < all => {
                Mark::of(Health::Note, format!("{ready} of {all} endpoints are ready"))
            }
            _ if self.world.get(key).is_some_and(|object| object.assumed) => Mark::of(Health::Note, ASSUMED),
            Some(_) | None => Mark::well(),
        }
    }
}

/// The Gateway of a listener.
pub fn gateway_of(id: &ListenerId) -> Key {
    Key::new(Kind::Gateway, &*id.port.entry.namespace, &*id.port.entry.name)
}

/// Who answers for the ports of a Service; a view has them in the order of their backends.
pub fn stand_ins<'a>(view: &'a View, service: &Key) -> &'a [StandInView] {
    let wanted = (service.kind.name(), &*service.namespace, &*service.name);
    let own = |one: &StandInView| {
        let service = &one.backend.service;
        let own = (&*service.kind, &*service.namespace, &*service.name);
        own.cmp(&wanted)
    };
    let from = view.stand_ins.partition_point(|one| own(one).is_lt());
    let rest = view.stand_ins.get(from..).unwrap_or_default();
    rest.get(..rest.partition_point(|one| own(one).is_eq())).unwrap_or_default()
}
