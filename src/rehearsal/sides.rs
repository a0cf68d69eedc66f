//! Which entry points a rehearsal serves: the Ingresses, the Gateways, or both; and the old one's listeners.

use std::sync::Arc;

use rustls_pki_types::{CertificateDer, pem::PemObject as _};

use super::{
    CertificateView,
    certificates::Certificates,
    ports::{Listeners, Wanted},
};
use crate::{
    dialect::{gateway, ingress},
    proxy::{Authorities, Named, Names},
    resource::{Problem, Severity},
    routing::{BackendId, HostPattern, Listener, PortProtocol, Table},
    world::{Change, World},
};

/// What is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sides {
    /// The Ingresses, as their controllers do.
    pub old: bool,
    /// The Gateways and routes.
    pub new: bool,
}

impl Sides {
    /// The Gateways alone.
    pub const NEW: Self = Self { old: false, new: true };
    /// Both.
    pub const BOTH: Self = Self { old: true, new: true };
}

/// What both sides mean, and the one Table that the proxy runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Meant {
    pub(super) new: Arc<gateway::Compiled>,
    pub(super) old: Arc<ingress::Compiled>,
    pub(super) table: Arc<Table>,
    /// Everybody whom the old side asks, in order.
    pub(super) old_backends: Arc<[Arc<BackendId>]>,
}

impl Meant {
    pub(super) fn of(world: &World, sides: Sides) -> Self {
        let new = if sides.new { gateway::compile(world) } else { gateway::Compiled::default() };
        let old = if sides.old { ingress::compile(world) } else { ingress::Compiled::default() };
        let asked = old.backends().into();
        Self::joined(new, old, asked)
    }

    pub(super) fn next(&self, world: &World, changes: &[Change], sides: Sides) -> Self {
        let new = if sides.new { self.new.next(world, changes) } else { gateway::Compiled::default() };
        let old = if sides.old { self.old.next(world, changes) } else { ingress::Compiled::default() };
        let same = Arc::ptr_eq(&old.table, &self.old.table);
        let asked = if same { Arc::clone(&self.old_backends) } else { old.backends().into() };
        Self::joined(new, old, asked)
    }

    fn joined(new: gateway::Compiled, old: ingress::Compiled, old_backends: Arc<[Arc<BackendId>]>) -> Self {
        let mut table = Arc::clone(&new.table);
        if !old.table.ports.is_empty() {
            let both = Arc::make_mut(&mut table);
            for (key, port) in &old.table.ports {
                both.ports.insert(key.clone(), Arc::clone(port));
            }
        }
        Self { new: Arc::new(new), old: Arc::new(old), table, old_backends }
    }
}

impl Listeners {
    /// Adds the listeners of the old side: one for each port of each controller.
    pub(super) fn add_old(
        &mut self,
        world: &World,
        compiled: &ingress::Compiled,
        certificates: &mut Certificates,
    ) {
        for port in compiled.table.ports.values() {
            for listener in &port.listeners {
                let mut certificate = CertificateView::None;
                if port.protocol == PortProtocol::Https {
                    certificate = self.present(world, compiled, listener, certificates);
                }
                self.all.push(Wanted {
                    id: listener.id.clone(),
                    protocol: port.protocol,
                    hostname: listener.hostname.to_string(),
                    certificate,
                    refused: None,
                });
            }
        }
        self.problems.extend(compiled.refused.iter().map(|refusal| {
            let mut problem = Problem::error(
                "nginx-refuses",
                format!("nginx refuses the whole configuration: {}", refusal.message),
            )
            .fix(refusal.cure.clone());
            let object = refusal.ingress.as_ref().and_then(|key| world.get(key));
            if let (Some(key), Some(object)) = (&refusal.ingress, object) {
                problem = problem.of(key, object.origin.as_ref());
            }
            problem.severity = Severity::Error;
            problem
        }));
    }

    /// The certificates of `https`: each host its own, all others the controller's fake one.
    fn present(
        &mut self,
        world: &World,
        compiled: &ingress::Compiled,
        listener: &Listener,
        certificates: &mut Certificates,
    ) -> CertificateView {
        let names = certificates.by_name(world, compiled);
        if names.default.is_none() {
            return CertificateView::Missing;
        }
        let given = compiled.default_certificate.is_some() || !names.exact.is_empty();
        self.names.insert(listener.id.clone(), Arc::new(names));
        if given { CertificateView::Given } else { CertificateView::MadeHere }
    }
}

/// The certificates of the old side's `https`, by host: from the Secrets of the World, the controller's fake one for all
/// others; and who signs certificates of clients. As of this day, for certificates made here.
pub fn old_certificates(world: &World, compiled: &ingress::Compiled, today: jiff::civil::Date) -> Names {
    Certificates::new(today).by_name(world, compiled)
}

impl Certificates {
    fn by_name(&mut self, world: &World, compiled: &ingress::Compiled) -> Names {
        let default = compiled.default_certificate.as_ref().and_then(|key| self.secret(world, key, &[]));
        let default = default.or_else(|| self.fake());
        let mut names = Names {
            default,
            known_only: compiled.rejects_names,
            http1_only: !compiled.http2,
            ..Names::default()
        };
        for (pattern, certificate) in compiled.certificates.iter() {
            let ingress::Certificate::Secret(key) = certificate else { continue };
            if let Some(key) = self.secret(world, key, &hosts_of(pattern)) {
                put(&mut names, pattern, |named| named.key = Some(key));
            }
        }
        for (pattern, client) in compiled.clients.iter() {
            let Some(ca) = &client.ca else { continue };
            let chain = CertificateDer::pem_slice_iter(&ca.0).filter_map(Result::ok).collect();
            let depth = usize::try_from(client.depth).unwrap_or(0);
            let clients = Authorities::new(chain, depth).map(Arc::new);
            put(&mut names, pattern, |named| named.clients = clients);
        }
        names
    }
}

/// Changes what a host has.
fn put(names: &mut Names, pattern: &HostPattern, change: impl FnOnce(&mut Named)) {
    let (map, name) = match pattern {
        HostPattern::Exact(name) => (&mut names.exact, name),
        HostPattern::OneLabel(name) | HostPattern::Under(name) => (&mut names.wildcard, name),
        HostPattern::Any => {
            let mut named = names.other.as_deref().cloned().unwrap_or_default();
            change(&mut named);
            names.other = Some(Arc::new(named));
            return;
        }
    };
    let mut named = map.get(name).map(|named| (**named).clone()).unwrap_or_default();
    change(&mut named);
    map.insert(Arc::clone(name), Arc::new(named));
}

/// Names that a certificate made here is for.
fn hosts_of(pattern: &HostPattern) -> Vec<String> {
    match pattern {
        HostPattern::Any => vec!["localhost".to_owned()],
        HostPattern::Exact(_) | HostPattern::Under(_) | HostPattern::OneLabel(_) => vec![pattern.to_string()],
    }
}
