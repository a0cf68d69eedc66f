//! One of the two sides: a World, and what a dialect makes of it.

use std::sync::Arc;

use crate::{
    dialect::{gateway, ingress},
    routing::{Host, Listener, Side, Table, compare::Place},
    world::World,
};

/// One of the two sides.
#[derive(Clone, Debug)]
pub struct Face<'w> {
    /// The objects.
    pub world: &'w World,
    /// What they mean.
    pub compiled: Compiled,
}

/// What a dialect makes of a World.
#[derive(Clone, Debug)]
pub enum Compiled {
    /// The Ingresses, as their controllers serve them.
    Ingresses(Arc<ingress::Compiled>),
    /// The Gateways and routes.
    Gateways(Arc<gateway::Compiled>),
}

/// Says what certificate a host sees.
type Shown<'f> = Box<dyn Fn(&Listener, Host<'_>) -> Option<Arc<str>> + Sync + 'f>;

impl<'w> Face<'w> {
    /// The Ingresses of a World.
    pub fn ingresses(world: &'w World) -> Self {
        Self { world, compiled: Compiled::Ingresses(Arc::new(ingress::compile(world))) }
    }

    /// The Gateways and routes of a World.
    pub fn gateways(world: &'w World) -> Self {
        Self { world, compiled: Compiled::Gateways(Arc::new(gateway::compile(world))) }
    }

    /// What a proxy has to do.
    pub fn table(&self) -> &Arc<Table> {
        match &self.compiled {
            Compiled::Ingresses(compiled) => &compiled.table,
            Compiled::Gateways(compiled) => &compiled.table,
        }
    }

    /// Which side of the Table that is.
    pub fn side(&self) -> Side {
        match &self.compiled {
            Compiled::Ingresses(_) => Side::Old,
            Compiled::Gateways(_) => Side::New,
        }
    }

    /// The ingress-nginx side.
    pub(super) fn nginx(&self) -> Option<&ingress::Compiled> {
        match &self.compiled {
            Compiled::Ingresses(compiled) => Some(compiled),
            Compiled::Gateways(_) => None,
        }
    }

    pub(super) fn place<'f>(&'f self, certificates: &'f Shown<'f>) -> Place<'f> {
        Place { table: self.table(), side: self.side(), certificate: Some(&**certificates) }
    }

    /// What a client sees: a certificate that was given for the host, or one that no client believes. Whether the names in
    /// it fit is not looked at.
    pub(super) fn certificates(&self) -> Shown<'_> {
        const GIVEN: &str = "one that was given";
        const FAKE: &str = "the controller's own, which no client believes";
        match &self.compiled {
            Compiled::Ingresses(compiled) => {
                let exact: std::collections::HashSet<String> = compiled
                    .certificates
                    .iter()
                    .filter(|(_, certificate)| matches!(certificate, ingress::Certificate::Secret(_)))
                    .map(|(pattern, _)| pattern.to_string())
                    .collect();
                let default = compiled.default_certificate.is_some();
                Box::new(move |_, host| {
                    let parent = host.0.split_once('.').map(|(_, parent)| format!("*.{parent}"));
                    let given = exact.contains(host.0)
                        || parent.is_some_and(|parent| exact.contains(&parent))
                        || default;
                    Some(if given { GIVEN.into() } else { FAKE.into() })
                })
            }
            // A listener without a certificate is not served.
            Compiled::Gateways(_) => Box::new(|_, _| Some(GIVEN.into())),
        }
    }
}
