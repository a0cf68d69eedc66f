//! Ingress ▸ Table: what ingress-nginx does with a set of Ingresses, quirks and all.
//!
//! The way: who takes an Ingress ([`class`]), what its annotations say ([`annotation`]), the controller's order, upstreams
//! and servers ([`server`]), each location as a rule (`rule`), hosts and ports (`table`). Ingresses of other controllers
//! are served by the rules of the Ingress specification (`plain`).
//!
//! [`Compiled::next`] compiles again only what a change touches (`change`) and gives exactly what [`compile`] would have
//! given (held to it by a property test).
//!
//! Where nginx would refuse the whole configuration, [`Compiled::refused`] says so, and nothing new is served: the real
//! controller goes on with the configuration before.

pub mod annotation;
mod canary;
mod certificate;
mod change;
pub mod class;
pub mod known_differences;
mod lookup;
mod object;
mod plain;
mod refuse;
mod rule;
mod server;
pub mod settings;
mod table;
mod upstream;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use imbl::OrdMap;

pub use annotation::{Annotations, ClientCertificate, Effect, Finding, Lookup, Reading};
pub use certificate::Certificate;
pub use change::ByHost;
pub use class::{Claim, Class, Classes};
pub use object::{BackendSpec, Ingress, PathKind, PathSpec, PortSpec, RuleSpec, TlsSpec};
pub use refuse::Refusal;
pub use server::{Location, Server, Servers, Taken};
pub use settings::{Found, SettingFinding, Settings};
pub use upstream::{Upstream, Upstreams};

use crate::{
    resource::{Key, gateway_api::ViewError},
    routing::{Origin, PortKey, Side, Table},
    world::{Change, World},
};

/// What the Ingresses of a World mean.
#[derive(Clone, Debug, Default)]
pub struct Compiled {
    /// What a proxy has to do, on [`Side::Old`].
    pub table: Arc<Table>,
    /// The controller's settings, and where they were found.
    pub found: Arc<Option<Found>>,
    /// Every Ingress.
    pub ingresses: OrdMap<Key, Arc<Judged>>,
    /// ingress-nginx's servers, by host.
    pub servers: Servers,
    /// Upstreams by name.
    pub upstreams: Upstreams,
    /// `--default-ssl-certificate`, when it holds one.
    pub default_certificate: Option<Key>,
    /// Certificates by the hosts of the port `https`.
    pub certificates: ByHost<Certificate>,
    /// Client certificates by the hosts of the port `https`.
    pub clients: ByHost<ClientCertificate>,
    /// A TLS name that no Ingress has is refused (`ssl-reject-handshake`).
    pub rejects_names: bool,
    /// HTTP/2 is spoken over TLS (`use-http2`).
    pub http2: bool,
    /// Why nginx refuses the configuration.
    pub refused: Arc<[Refusal]>,
    /// What the next one goes on from.
    kept: Arc<change::Kept>,
}

/// What became of one Ingress.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// Who takes it.
    pub claim: Claim,
    /// How it is served.
    pub served: Served,
}

/// How an Ingress is served.
#[derive(Clone, Debug, PartialEq)]
pub enum Served {
    /// By ingress-nginx.
    Nginx(Arc<Taken>),
    /// By ingress-nginx, which leaves it out; why.
    Dropped(Vec<Finding>),
    /// By another controller, whose annotations nobody executes here.
    Plain(Arc<Ingress>),
    /// By nobody.
    Left(Arc<Ingress>),
    /// It can not be read.
    Broken(ViewError),
}

/// Compiles a World with the settings that it holds.
pub fn compile(world: &World) -> Compiled {
    let found = Settings::find(world);
    let mut compiled = compile_with(world, &found.settings);
    compiled.found = Arc::new(Some(found));
    compiled
}

/// Compiles a World with these settings.
pub fn compile_with(world: &World, settings: &Settings) -> Compiled {
    change::all(world, settings)
}

impl Compiled {
    /// Compiles what `changes` touch; `world` is the World after them. When nginx refuses the new configuration, what
    /// was served before is served on, as by the controller; Ingresses of others go their way.
    #[must_use]
    pub fn next(&self, world: &World, changes: &[Change]) -> Self {
        change::next(self, world, changes)
    }

    /// The server of this very host; `_` is the catch-all.
    pub fn server(&self, host: &str) -> Option<&Server> {
        self.servers.get(host)
    }
}

/// Who ingress-nginx's ports belong to.
pub fn entry() -> Arc<Origin> {
    Arc::new(Origin { kind: "IngressController".into(), namespace: "".into(), name: "ingress-nginx".into() })
}

/// The port `http` (80) or `https` (443) of an entry.
fn port(entry: &Arc<Origin>, port: u16) -> PortKey {
    PortKey { side: Side::Old, entry: Arc::clone(entry), port }
}
