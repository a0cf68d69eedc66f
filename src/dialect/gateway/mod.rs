//! Gateway API ▸ Table and the status conditions that a conformant controller would write (v1.7).
//!
//! A pure function of the World. [`Compiled::next`] compiles again only what a change touches and gives exactly
//! what [`compile`] would have given (held to it by a property test).
//!
//! A route is compiled in two halves: its rules (`body`), which depend on Services and grants, and its parents
//! (`attach`), which depend on Gateways and Namespaces; so a change of a Gateway compiles no rule again.
//! An object is judged as a controller of every class would: all GatewayClasses are accepted.

mod attach;
mod backend;
mod body;
mod certificate;
mod change;
mod conflict;
mod duration;
mod fault;
mod filters;
mod grants;
mod listener;
mod matches;
mod notes;
mod plan;
mod problems;
mod rule;
mod table;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use imbl::OrdMap;

pub use self::grants::permits;
use self::{attach::RoutePlan, plan::GatewayPlan};
use crate::{
    resource::{Condition, Key, Problem, gateway_api::ParentRef},
    routing::{ListenerId, Table},
    world::{Change, World},
};

/// What the Gateway API objects of a World mean.
#[derive(Clone, Debug, Default)]
pub struct Compiled {
    /// What a proxy has to do.
    pub table: Arc<Table>,
    /// What a controller would say.
    pub status: Status,
    /// The World that this was compiled from.
    world: World,
    gateways: OrdMap<Key, Arc<GatewayPlan>>,
    routes: OrdMap<Key, Arc<RoutePlan>>,
}

/// Status of every object that has one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// GatewayClasses.
    pub classes: OrdMap<Key, Arc<[Condition]>>,
    /// Gateways and their listeners.
    pub gateways: OrdMap<Key, Arc<GatewayStatus>>,
    /// Routes of every kind, by parentRef.
    pub routes: OrdMap<Key, Arc<[ParentStatus]>>,
}

/// `GatewayStatus`
#[derive(Clone, Debug, PartialEq)]
pub struct GatewayStatus {
    /// The Gateway's own conditions.
    pub conditions: Vec<Condition>,
    /// In the order of the spec.
    pub listeners: Vec<ListenerStatus>,
}

/// `ListenerStatus`
#[derive(Clone, Debug, PartialEq)]
pub struct ListenerStatus {
    /// The listener.
    pub id: ListenerId,
    /// `attachedRoutes`
    pub attached_routes: u32,
    /// `supportedKinds`, by name.
    pub supported_kinds: Vec<&'static str>,
    /// Conditions.
    pub conditions: Vec<Condition>,
    /// Whether the proxy serves it: in the Table, with a certificate where one is needed.
    pub served: bool,
}

/// `RouteParentStatus`
#[derive(Clone, Debug, PartialEq)]
pub struct ParentStatus {
    /// As in the spec, defaults filled in.
    pub parent: ParentRef,
    /// The Gateway, when the reference names one, whether it exists or not; else what it names.
    pub gateway: Key,
    /// Listeners that the route is attached to.
    pub listeners: Vec<ListenerId>,
    /// `Accepted`, `ResolvedRefs`, `PartiallyInvalid`.
    pub conditions: Vec<Condition>,
    /// False for kinds that load, list and describe but are not served yet.
    pub served: bool,
}

/// Compiles a World from scratch.
pub fn compile(world: &World) -> Compiled {
    change::all(world)
}

impl Compiled {
    /// Compiles what `changes` touch; `world` is the World after them.
    #[must_use]
    pub fn next(&self, world: &World, changes: &[Change]) -> Self {
        change::next(self, world, changes)
    }

    /// The Secrets whose certificates a listener serves, in the order of its certificateRefs; the first is for clients
    /// that name no host. Assumed ones hold nothing: who serves the listener makes their certificate.
    pub fn certificates(&self, listener: &ListenerId) -> &[Key] {
        self.gateways
            .get(&change::gateway_of(listener))
            .and_then(|plan| plan.listeners.iter().find(|one| one.surface.id == *listener))
            .map_or(&[], |one| &one.certificates)
    }

    /// Every condition that is not as it should be, and every mistake that no condition shows: a ReferenceGrant
    /// without effect, a literal `{{ }}` in a header value, a redirect to where the client already is, routes that
    /// claim the same match (who wins, and why), a rule that can never be reached. Ordered by severity, then by object.
    ///
    /// `world` is the one that this was compiled from. Costs a walk over the Table.
    pub fn problems(&self, world: &World) -> Vec<Problem> {
        problems::all(self, world)
    }
}
