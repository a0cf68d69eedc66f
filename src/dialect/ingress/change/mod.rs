//! What a change of the World touches, and nothing else, compiled again.
//!
//! Objects ▸ Ingresses (`judge`) ▸ who names which host and upstream (`claims`) ▸ upstreams, servers, canaries, rules
//! (`nginx`, `upstreams`) ▸ hosts of the Table (`hosts`). What is made says whom it asked (`index`), and is made again when
//! one of those changes. What everything depends on (the controller's settings, the classes) makes everything again.

mod claims;
mod hosts;
mod index;
mod judge;
mod nginx;
mod plain;
mod upstreams;

use std::{collections::BTreeSet, sync::Arc};

pub(super) use claims::{Claim, Turn};
use hosts::Backends;
pub use hosts::ByHost;
use index::{Index, Product, Source};
use nginx::{Nginx, With};
use plain::Plain;

use super::{Classes, Compiled, Settings, certificate::Secrets, table};
use crate::{
    resource::{Key, Kind, Object},
    routing::{BackendId, Port, PortKey, Table},
    world::{Change, World},
};

/// What one compilation leaves to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    world: World,
    settings: Arc<Settings>,
    classes: Arc<Classes>,
    nginx: Nginx,
    plain: Plain,
    index: Index,
    /// Whom the rules ask that ingress-nginx is served by; the plain ones know theirs.
    asked: Backends,
}

/// Everything, from nothing.
pub(super) fn all(world: &World, settings: &Settings) -> Compiled {
    let old = Compiled::default();
    let kept = Kept {
        world: world.clone(),
        settings: Arc::new(settings.clone()),
        classes: Arc::new(Classes::of(world)),
        ..Kept::default()
    };
    let ingresses = world.list(&Kind::Ingress).map(|object| object.key.clone()).collect();
    compile(&old, kept, Touched { ingresses, objects: BTreeSet::new() })
}

/// What comes after `old`.
pub(super) fn next(old: &Compiled, world: &World, changes: &[Change]) -> Compiled {
    let Some(found) = old.found.as_ref() else { return super::compile(world) };
    let before = &old.kept.world;
    let keys: BTreeSet<&Key> = changes.iter().map(Change::key).collect();
    let changed: Vec<&Key> =
        keys.into_iter().filter(|key| differs(before.get(key), world.get(key))).collect();
    let concerned = changed.iter().any(|key| found.concerns(key, before.get(key), world.get(key)));
    let found = concerned.then(|| Settings::find(world)).filter(|new| new != found);
    let settings = found.as_ref().map_or(&*old.kept.settings, |found| &found.settings);
    let same = *settings == *old.kept.settings
        && !changed.iter().any(|key| settings.is_everywhere(key, before.get(key), world.get(key)))
        && !changed.iter().any(|key| key.kind == Kind::IngressClass)
        && is_silent(before) == is_silent(world);
    let mut next = if same {
        let kept = Kept { world: world.clone(), ..Kept::clone(&old.kept) };
        let touched = Touched::by(&old.kept, world, &changed);
        compile(old, kept, touched)
    } else {
        let mut next = all(world, settings);
        if !next.refused.is_empty() {
            next.go_on(old);
        }
        next
    };
    next.found = found.map_or_else(|| Arc::clone(&old.found), |found| Arc::new(Some(found)));
    next
}

/// Without a single EndpointSlice every Service counts as served.
fn is_silent(world: &World) -> bool {
    world.list(&Kind::EndpointSlice).next().is_none()
}

fn differs(was: Option<&Arc<Object>>, is: Option<&Arc<Object>>) -> bool {
    match (was, is) {
        (Some(was), Some(is)) => {
            was.text != is.text || was.meta != is.meta || was.assumed != is.assumed || was.origin != is.origin
        }
        (None, None) => false,
        (Some(_), None) | (None, Some(_)) => true,
    }
}

/// What has to be compiled again.
struct Touched {
    ingresses: BTreeSet<Key>,
    /// What Ingresses, servers and upstreams may be made of.
    objects: BTreeSet<Key>,
}

impl Touched {
    fn by(kept: &Kept, world: &World, changed: &[&Key]) -> Self {
        let mut touched = Self { ingresses: BTreeSet::new(), objects: BTreeSet::new() };
        for key in changed.iter().copied() {
            match &key.kind {
                Kind::Ingress => drop(touched.ingresses.insert(key.clone())),
                Kind::Service | Kind::Secret | Kind::ConfigMap => drop(touched.objects.insert(key.clone())),
                Kind::EndpointSlice => {
                    let both = [kept.world.get(key), world.get(key)].into_iter().flatten();
                    let services = both.filter_map(|slice| slice.label("kubernetes.io/service-name"));
                    let service = |name| Key::new(Kind::Service, Arc::clone(&key.namespace), name);
                    touched.objects.extend(services.map(service));
                }
                Kind::IngressClass
                | Kind::GatewayClass
                | Kind::Gateway
                | Kind::ListenerSet
                | Kind::HttpRoute
                | Kind::GrpcRoute
                | Kind::TlsRoute
                | Kind::TcpRoute
                | Kind::UdpRoute
                | Kind::ReferenceGrant
                | Kind::BackendTlsPolicy
                | Kind::Namespace
                | Kind::Other(..) => {}
            }
        }
        for object in &touched.objects {
            for product in kept.index.of(Source::Object(object.clone())) {
                if let Product::Ingress(key) = product {
                    touched.ingresses.insert(key.clone());
                }
            }
        }
        touched
    }
}

/// Makes what is touched anew and puts it in its places.
fn compile(old: &Compiled, mut kept: Kept, touched: Touched) -> Compiled {
    let (world, settings) = (kept.world.clone(), Arc::clone(&kept.settings));
    let mut ingresses = old.ingresses.clone();
    let moved = judge::all(&mut kept, &mut ingresses, &touched.ingresses);
    let mut with = With::new(&world, &settings);
    let Kept { nginx, plain, index, .. } = &mut kept;
    let is_moved = nginx.change(&moved, &touched.objects, &mut with, index);
    let mut others = touched.ingresses;
    for object in &touched.objects {
        for product in index.of(Source::Object(object.clone())) {
            if let Product::Plain(key) = product {
                others.insert(key.clone());
            }
        }
    }
    let controllers = plain.change(&others, &ingresses, &mut with.services, index);
    let mut next = Compiled {
        ingresses,
        servers: nginx.servers.clone(),
        upstreams: nginx.upstreams.clone(),
        default_certificate: default_certificate(&settings, &mut with.secrets),
        refused: nginx.refused().into(),
        ..old.clone()
    };
    let mut table = Table::clone(&old.table);
    for controller in &controllers {
        plain.show(controller, &mut table);
    }
    let is_first = ports(&old.table).next().is_none();
    let is_new = is_first || is_moved || !old.refused.is_empty();
    // The Ingress at fault, and all that came after it, never get to be served.
    let before = if is_first { nginx.before_refusal(&mut with) } else { None };
    let is_served = is_new && (next.refused.is_empty() || before.is_some());
    if is_served {
        let hosts = &before.as_ref().unwrap_or(nginx).hosts;
        for port in table::ports(&settings, &hosts.map, hosts.unread.as_ref()) {
            table.ports.insert(port.key.clone(), port);
        }
        (next.certificates, next.clients) = (hosts.certificates.clone(), hosts.clients.clone());
        (next.rejects_names, next.http2) = (settings.tls.reject_handshake, settings.tls.http2);
        kept.asked = hosts.backends.clone();
    }
    if is_served || !controllers.is_empty() {
        next.table = Arc::new(table);
    }
    next.kept = Arc::new(kept);
    next
}

/// ingress-nginx's ports in a Table.
fn ports(table: &Table) -> impl Iterator<Item = (&PortKey, &Arc<Port>)> {
    let entry = super::entry();
    table.ports.iter().filter(move |(key, _)| key.entry == entry)
}

fn default_certificate(settings: &Settings, secrets: &mut Secrets<'_>) -> Option<Key> {
    let name = settings.flags.default_certificate.as_ref()?;
    let key = Key::new(Kind::Secret, name.namespace.as_str(), name.name.as_str());
    secrets.get(&key).map(|_| key)
}

impl Compiled {
    /// Everybody whom the rules of the Table ask, each once, in order.
    pub fn backends(&self) -> Vec<Arc<BackendId>> {
        let (nginx, plain) = (&self.kept.asked, &self.kept.plain.backends);
        let mut all: Vec<_> = nginx.keys().chain(plain.keys()).cloned().collect();
        all.sort();
        all.dedup();
        all
    }

    /// Goes on with what was served before, where nginx refuses what there is now.
    fn go_on(&mut self, before: &Self) {
        if ports(&before.table).next().is_none() {
            return;
        }
        let mut table = Table::clone(&self.table);
        for (key, _) in ports(&self.table) {
            table.ports.remove(key);
        }
        for (key, port) in ports(&before.table) {
            table.ports.insert(key.clone(), Arc::clone(port));
        }
        self.table = Arc::new(table);
        (self.certificates, self.clients) = (before.certificates.clone(), before.clients.clone());
        (self.rejects_names, self.http2) = (before.rejects_names, before.http2);
        Arc::make_mut(&mut self.kept).asked = before.kept.asked.clone();
    }
}

#[cfg(test)]
impl Kept {
    /// Two ways to the same World have left the same.
    pub(super) fn agree(&self, other: &Self) -> Result<(), proptest::test_runner::TestCaseError> {
        use proptest::prop_assert_eq;
        prop_assert_eq!(&self.nginx.bare, &other.nginx.bare);
        prop_assert_eq!(&self.nginx.built, &other.nginx.built);
        prop_assert_eq!(&self.nginx.hosts, &other.nginx.hosts);
        prop_assert_eq!(&self.plain, &other.plain);
        prop_assert_eq!(&self.index, &other.index);
        Ok(())
    }
}
