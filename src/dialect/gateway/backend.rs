//! What a backendRef comes to: a Service's port that may be used, or why not.

use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::Arc};

use super::{fault::Fault, grants, plan::origin};
use crate::{
    resource::{
        Key, Kind, Object,
        core::{self, ServiceView},
        gateway_api::{BackendRef, ViewError},
    },
    routing::{BackendId, Why},
    world::World,
};

/// Whose references are resolved.
pub(super) struct Referrer<'a> {
    pub(super) world: &'a World,
    pub(super) route: &'a Key,
    pub(super) services: &'a Services,
}

/// Services read so far in one compilation: many routes name the same ones.
#[derive(Default)]
pub(super) struct Services(RefCell<HashMap<Key, Service>>);

type Service = Rc<Result<ServiceView, ViewError>>;

impl Services {
    fn read(&self, object: &Object) -> Service {
        if let Some(known) = self.0.borrow().get(&object.key) {
            return Rc::clone(known);
        }
        let service = Rc::new(core::service(object));
        self.0.borrow_mut().insert(object.key.clone(), Rc::clone(&service));
        service
    }
}

/// A backend that was looked up.
pub(super) struct Resolved {
    pub(super) id: Arc<BackendId>,
    /// Why requests for it are answered with 500, and how a condition says it.
    pub(super) problem: Option<(Why, Fault)>,
}

impl Referrer<'_> {
    /// The object that a backendRef names.
    pub(super) fn target(&self, reference: &BackendRef) -> Key {
        let namespace =
            reference.namespace.as_deref().map_or_else(|| Arc::clone(&self.route.namespace), Arc::from);
        Key::new(reference.kind(), namespace, reference.name.as_str())
    }

    /// Looks a backendRef up: kind, then grant, then existence, then port and protocol.
    pub(super) fn resolve(&self, reference: &BackendRef, field: &str) -> Resolved {
        let target = self.target(reference);
        let port = reference.port.and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
        let id = BackendId { service: (*origin(&target)).clone(), port: port.unwrap_or(0) };
        let problem = self.problem(&target, reference.port, port).map(|(why, fault)| {
            let field = if fault.field.is_some() { format!("{field}.port") } else { field.to_owned() };
            (why, fault.at(field))
        });
        Resolved { id: Arc::new(id), problem }
    }

    /// A fault of the port alone stands at `port`; the others are the reference's.
    fn problem(&self, target: &Key, written: Option<i64>, port: Option<u16>) -> Option<(Why, Fault)> {
        if target.kind != Kind::Service {
            let fault =
                Fault::new("InvalidKind", format!("{target} can not be a backend: only Services can"))
                    .cure("name a Service");
            return Some((Why::InvalidKind(target.kind.to_string()), fault));
        }
        let Key { kind, namespace, .. } = self.route;
        if !grants::permits(self.world, kind, namespace, target) {
            let message = format!(
                "no ReferenceGrant in namespace {} lets {kind}s of namespace {namespace} use {target}",
                target.namespace
            );
            let cure = format!(
                "create a ReferenceGrant in namespace {}, from {kind} of namespace {namespace} to Service {}",
                target.namespace, target.name
            );
            let fault = Fault::new("RefNotPermitted", message).cure(cure);
            return Some((Why::RefNotPermitted(target.path()), fault));
        }
        let not_found = |what: String, message: String, cure: String| {
            Some((Why::BackendNotFound(what), Fault::new("BackendNotFound", message).cure(cure)))
        };
        let no_port = |has: &str| {
            let message = match written {
                Some(port) => format!("a port is 1 to 65535, not {port}"),
                None => format!("a reference to {target} needs a port{has}"),
            };
            not_found(format!("a port of {target}"), message, "write the Service's port".to_owned())
                .map(|(why, fault)| (why, fault.at("port")))
        };
        let Some(object) = self.world.get(target) else {
            // Nobody can tell which port to assume, so the Service may be missing for that alone.
            if port.is_none() {
                return no_port("");
            }
            return not_found(
                target.to_string(),
                format!("{target} does not exist"),
                "create the Service, or name one that exists".to_owned(),
            );
        };
        let service = self.services.read(object);
        let service = match &*service {
            Ok(service) => service,
            Err(error) => {
                let message = format!("{target} can not be read: {error}");
                return not_found(target.to_string(), message, "mend the Service".to_owned());
            }
        };
        let mut ports: Vec<String> = service.ports.iter().map(|port| port.port.to_string()).collect();
        ports.dedup();
        let has = match ports.as_slice() {
            [] => "it has no ports".to_owned(),
            ports => format!("it has {}", ports.join(", ")),
        };
        let Some(number) = port else {
            return no_port(&format!(": {has}"));
        };
        let Some(found) = service.port(number) else {
            return not_found(
                format!("port {number} of {target}"),
                format!("{target} has no port {number}: {has}"),
                "write a port of the Service (its port, not its targetPort)".to_owned(),
            );
        };
        let wanted = if *kind == Kind::UdpRoute { "UDP" } else { "TCP" };
        if found.protocol != wanted {
            let message = format!("port {number} of {target} is {}, not {wanted}", found.protocol);
            let fault =
                Fault::new("UnsupportedProtocol", message).cure(format!("name a port of protocol {wanted}"));
            return Some((Why::UnsupportedProtocol(found.protocol.clone()), fault));
        }
        let app = found.app_protocol.as_deref().filter(|_| *kind == Kind::HttpRoute)?;
        if speaks(app) {
            return None;
        }
        let message =
            format!("appProtocol {app} of port {number} of {target} can not be spoken to a backend");
        let cure = "leave appProtocol away for HTTP/1.1, or use kubernetes.io/h2c or kubernetes.io/ws";
        Some((
            Why::UnsupportedProtocol(app.to_owned()),
            Fault::new("UnsupportedProtocol", message).cure(cure),
        ))
    }
}

/// Whether the proxy speaks this to a backend (KEP-3726 and what people write beside it).
fn speaks(app_protocol: &str) -> bool {
    matches!(app_protocol, "" | "http" | "HTTP" | "http1" | "kubernetes.io/h2c" | "kubernetes.io/ws")
}
