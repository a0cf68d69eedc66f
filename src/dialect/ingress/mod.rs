//! Ingress ▸ Table: what ingress-nginx does with a set of Ingresses, quirks and all.
//!
//! The way: who takes an Ingress ([`class`]), what its annotations say ([`annotation`]), the controller's order, upstreams
//! and servers ([`server`]), each location as a rule (`rule`), hosts and ports (`table`). Ingresses of other controllers
//! are served by the rules of the Ingress specification (`plain`).
//!
//! Where nginx would refuse the whole configuration, [`Compiled::refused`] says so, and nothing new is served: the real
//! controller goes on with the configuration before.

pub mod annotation;
mod canary;
mod certificate;
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

use annotation::VerifyClient;
pub use annotation::{Annotations, ClientCertificate, Effect, Finding, Lookup, Reading};
pub use certificate::Certificate;
pub use class::{Claim, Class, Classes};
pub use object::{BackendSpec, Ingress, PathKind, PathSpec, PortSpec, RuleSpec, TlsSpec};
pub use refuse::Refusal;
pub use server::{Location, Server, Taken};
pub use settings::{Found, SettingFinding, Settings};
pub use upstream::{Upstream, Upstreams};

use crate::{
    resource::{Key, Kind, gateway_api::ViewError},
    routing::{HostPattern, Origin, PortKey, Side, Table},
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
    pub servers: Arc<[Server]>,
    /// Upstreams by name.
    pub upstreams: Arc<Upstreams>,
    /// `--default-ssl-certificate`, when it holds one.
    pub default_certificate: Option<Key>,
    /// Certificates by the hosts of the port `https`.
    pub certificates: Arc<[(HostPattern, Certificate)]>,
    /// Client certificates by the hosts of the port `https`.
    pub clients: Arc<[(HostPattern, ClientCertificate)]>,
    /// A TLS name that no Ingress has is refused (`ssl-reject-handshake`).
    pub rejects_names: bool,
    /// HTTP/2 is spoken over TLS (`use-http2`).
    pub http2: bool,
    /// Why nginx refuses the configuration.
    pub refused: Arc<[Refusal]>,
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
    let settings = found.settings.clone();
    Compiled { found: Arc::new(Some(found)), ..compile_with(world, &settings) }
}

/// Compiles a World with these settings.
pub fn compile_with(world: &World, settings: &Settings) -> Compiled {
    let classes = Classes::of(world);
    let mut ingresses = OrdMap::new();
    let mut taken: Vec<Arc<Taken>> = Vec::new();
    let mut plain: Vec<(String, Arc<Ingress>)> = Vec::new();
    for object in world.list(&Kind::Ingress) {
        let judged = match Ingress::of(object) {
            Ok(ingress) => judge(world, settings, &classes, ingress),
            Err(error) => Judged {
                claim: Claim {
                    class: None,
                    from: class::From::Nowhere,
                    controller: None,
                    taken: false,
                    why: Some("it can not be read".to_owned()),
                },
                served: Served::Broken(error),
            },
        };
        match &judged.served {
            Served::Nginx(one) => taken.push(Arc::clone(one)),
            Served::Plain(one) => {
                plain.push((judged.claim.controller.clone().unwrap_or_default(), Arc::clone(one)));
            }
            Served::Dropped(_) | Served::Left(_) | Served::Broken(_) => {}
        }
        ingresses.insert(object.key.clone(), Arc::new(judged));
    }
    taken.sort_by(|a, b| server::order(&a.ingress, &b.ingress));
    let build = |taken: &[Arc<Taken>]| {
        let builder = server::Builder {
            settings,
            services: upstream::Services::new(world, settings),
            secrets: certificate::Secrets::new(world),
            upstreams: Upstreams::default(),
            servers: std::collections::BTreeMap::new(),
        };
        builder.build(taken)
    };
    let server::Builder { servers, upstreams, mut secrets, .. } = build(&taken);
    let default_certificate = settings.flags.default_certificate.as_ref().and_then(|name| {
        let key = Key::new(Kind::Secret, name.namespace.as_str(), name.name.as_str());
        secrets.get(&key).map(|_| key)
    });
    let servers: Arc<[Server]> = servers.into_values().collect();
    let refused = refuse::all(&servers, &taken, settings);
    let mut table = Table::default();
    let (mut served, mut ups) = (Arc::clone(&servers), upstreams.clone());
    // The Ingress at fault, and all that came after it, never get to be served.
    let (mut before, mut faults) = (taken, refused.clone());
    while !faults.is_empty() {
        before = refuse::before(before, &faults);
        let builder = build(&before);
        served = builder.servers.into_values().collect();
        ups = builder.upstreams;
        faults = refuse::all(&served, &before, settings);
    }
    let certificates = table::nginx(world, settings, &served, &ups, &mut table);
    let clients = served.iter().filter_map(|server| {
        let asks = |client: &&ClientCertificate| client.ca.is_some() && client.verify != VerifyClient::Off;
        let client = server.client.as_ref().filter(asks)?;
        Some(table::names(server).into_iter().map(|name| (name.pattern, client.clone())))
    });
    let clients = clients.flatten().collect();
    plain::add(world, &plain, &mut table);
    Compiled {
        table: Arc::new(table),
        found: Arc::new(None),
        ingresses,
        servers,
        upstreams: Arc::new(upstreams),
        default_certificate,
        certificates: certificates.into(),
        clients,
        rejects_names: settings.tls.reject_handshake,
        http2: settings.tls.http2,
        refused: refused.into(),
    }
}

fn judge(world: &World, settings: &Settings, classes: &Classes, ingress: Ingress) -> Judged {
    let claim = classes.claim(&ingress, settings);
    if claim.taken {
        let watched = &settings.flags.watch_namespace;
        if watched.as_ref().is_some_and(|namespace| **namespace != *ingress.key.namespace) {
            let why =
                format!("the controller watches namespace {} only", watched.as_deref().unwrap_or_default());
            let claim = Claim { taken: false, why: Some(why), ..claim };
            return Judged { claim, served: Served::Left(Arc::new(ingress)) };
        }
        let pairs = ingress.annotations.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let reading = annotation::read(&ingress.key, pairs, settings, &lookup::Objects(world));
        let served = match reading {
            Reading::Taken(annotations) => {
                Served::Nginx(Arc::new(Taken { ingress, annotations: *annotations }))
            }
            Reading::Dropped(findings) => Served::Dropped(findings),
        };
        return Judged { claim, served };
    }
    let served = if claim.controller.is_some() {
        Served::Plain(Arc::new(ingress))
    } else {
        Served::Left(Arc::new(ingress))
    };
    Judged { claim, served }
}

impl Compiled {
    /// Compiles what `changes` touch; `world` is the World after them. When nginx refuses the new configuration, what
    /// was served before is served on, as by the controller.
    #[must_use]
    pub fn next(&self, world: &World, changes: &[Change]) -> Self {
        let touched = changes.iter().any(|change| {
            matches!(
                change.key().kind,
                Kind::Ingress
                    | Kind::IngressClass
                    | Kind::Service
                    | Kind::EndpointSlice
                    | Kind::Secret
                    | Kind::ConfigMap
                    | Kind::Other(..)
            )
        });
        if !touched {
            return self.clone();
        }
        let next = compile(world);
        if next.refused.is_empty() || self.table.ports.is_empty() {
            return next;
        }
        let (table, certificates) = (Arc::clone(&self.table), Arc::clone(&self.certificates));
        Self { table, certificates, clients: Arc::clone(&self.clients), ..next }
    }

    /// The servers that have a host, and the catch-all.
    pub fn server(&self, host: &str) -> Option<&Server> {
        self.servers.iter().find(|server| *server.host == *host)
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
