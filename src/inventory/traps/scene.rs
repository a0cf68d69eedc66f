//! What detectors look at, and how they ask the old side.

use std::{collections::HashMap, sync::Arc};

use super::{super::facts::IngressFacts, Sample};
use crate::{
    dialect::ingress::{
        Annotations, Compiled, Location, PathKind, PathSpec, Served, Server, Settings, Taken, Upstream,
    },
    resource::{Key, Kind, Origin, Severity},
    routing::{Ask, Explanation, Side, way},
    world::World,
};

/// The input, as detectors see it.
pub(super) struct Scene<'s> {
    pub(super) world: &'s World,
    pub(super) compiled: &'s Compiled,
    pub(super) settings: Settings,
    by_key: HashMap<&'s Key, &'s IngressFacts>,
    /// A path of each Ingress on its first host.
    first: HashMap<&'s Key, Spot<'s>>,
    pub(super) facts: &'s [IngressFacts],
}

/// What a detector says of one place.
pub(super) struct Draft {
    pub(super) object: Key,
    pub(super) field: Option<String>,
    pub(super) request: Option<Sample>,
    pub(super) message: String,
    /// Another cure than the trap's.
    pub(super) cure: Option<String>,
    /// Another severity than the trap's.
    pub(super) severity: Option<Severity>,
}

impl Draft {
    pub(super) fn new(object: &Key, message: impl Into<String>) -> Self {
        Self {
            object: object.clone(),
            field: None,
            request: None,
            message: message.into(),
            cure: None,
            severity: None,
        }
    }

    pub(super) fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    pub(super) fn shown(mut self, request: Sample) -> Self {
        self.request = Some(request);
        self
    }

    pub(super) fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }

    pub(super) fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }
}

/// A path of an Ingress, as a server has it.
#[derive(Clone, Copy)]
pub(super) struct Spot<'s> {
    pub(super) server: &'s Server,
    pub(super) location: &'s Location,
    pub(super) taken: &'s Arc<Taken>,
    pub(super) path: &'s PathSpec,
    place: (usize, usize),
}

impl<'s> Scene<'s> {
    pub(super) fn new(world: &'s World, compiled: &'s Compiled, facts: &'s [IngressFacts]) -> Self {
        let found = compiled.found.as_ref().as_ref();
        let by_key: HashMap<&Key, &IngressFacts> = facts.iter().map(|one| (&one.key, one)).collect();
        let mut first = HashMap::new();
        for server in compiled.servers.iter() {
            let host = if server.is_catch_all() { "" } else { &*server.host };
            for spot in spots(server) {
                let hosts = by_key.get(spot.key()).map(|facts| &facts.hosts);
                if hosts.and_then(|hosts| hosts.first()).is_some_and(|first| **first == *host) {
                    first.entry(spot.key()).or_insert(spot);
                }
            }
        }
        Self {
            first,
            settings: found.map(|found| found.settings.clone()).unwrap_or_default(),
            by_key,
            world,
            compiled,
            facts,
        }
    }

    pub(super) fn origin(&self, object: &Key) -> Option<&'s Origin> {
        self.world.get(object)?.origin.as_ref()
    }

    /// Whether the input has no object of this kind in a namespace: what is missed there may be in the cluster.
    pub(super) fn is_silent(&self, kind: &Kind, namespace: &str) -> bool {
        self.world.list_in(kind, namespace).all(|object| object.assumed)
    }

    pub(super) fn facts(&self, key: &Key) -> Option<&'s IngressFacts> {
        self.by_key.get(key).copied()
    }

    pub(super) fn servers(&self) -> impl Iterator<Item = &'s Server> + use<'s> {
        self.compiled.servers.iter()
    }

    /// Every Ingress that ingress-nginx serves, by name.
    pub(super) fn taken(&self) -> impl Iterator<Item = &'s Arc<Taken>> + use<'s> {
        self.compiled.ingresses.values().filter_map(|judged| match &judged.served {
            Served::Nginx(taken) => Some(taken),
            Served::Dropped(_) | Served::Plain(_) | Served::Left(_) | Served::Broken(_) => None,
        })
    }

    /// A path of the Ingress on its first host, as its server has it.
    pub(super) fn spot_of(&self, key: &Key) -> Option<Spot<'s>> {
        self.first.get(key).copied()
    }

    /// Asks the old side.
    pub(super) fn ask(&self, sample: &Sample) -> Explanation {
        way(&self.compiled.table, &self.question(sample))
    }

    /// A request, as the old side is asked.
    pub(super) fn question(&self, sample: &Sample) -> Ask {
        let flags = &self.settings.flags;
        let (path, query) = match sample.path.split_once('?') {
            Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
            None => (sample.path.clone(), None),
        };
        let mut headers: Vec<(String, String)> =
            sample.headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect();
        if !headers.iter().any(|(name, _)| name == "host") {
            headers.push(("host".to_owned(), sample.host.clone()));
        }
        Ask {
            side: Side::Old,
            gateway: Some((String::new(), "ingress-nginx".to_owned())),
            method: sample.method.to_owned(),
            scheme: sample.scheme.to_owned(),
            host: sample.host.clone(),
            port: if sample.scheme == "https" { flags.https_port } else { flags.http_port },
            path,
            query,
            headers,
        }
    }

    /// The upstream that a location leads to.
    pub(super) fn upstream(&self, location: &Location) -> Option<&'s Upstream> {
        self.compiled.upstreams.get(&location.upstream)
    }

    pub(super) fn has(&self, kind: Kind, namespace: &str, name: &str) -> bool {
        self.world.get(&Key::new(kind, namespace, name)).is_some_and(|object| !object.assumed)
    }
}

/// Each path of a server once, in nginx's order.
pub(super) fn spots(server: &Server) -> impl Iterator<Item = Spot<'_>> {
    let mut before: Option<(*const Taken, (usize, usize))> = None;
    server.locations.iter().filter_map(move |location| {
        let (taken, place) = (location.taken.as_ref()?, location.place?);
        // A Prefix stands twice, one after the other.
        let this = Some((Arc::as_ptr(taken), place));
        if this == before {
            return None;
        }
        before = this;
        let path = taken.ingress.rules.get(place.0)?.paths.as_ref()?.get(place.1)?;
        Some(Spot { server, location, taken, path, place })
    })
}

/// A host that this server takes.
pub(super) fn host(server: &Server) -> String {
    match (server.is_catch_all(), server.host.strip_prefix("*.")) {
        (true, _) => "any.example".to_owned(),
        (false, Some(parent)) => format!("any.{parent}"),
        (false, None) => server.host.to_string(),
    }
}

impl<'s> Spot<'s> {
    pub(super) fn key(&self) -> &'s Key {
        &self.taken.ingress.key
    }

    pub(super) fn annotations(&self) -> &'s Annotations {
        &self.taken.annotations
    }

    pub(super) fn field(&self) -> String {
        format!("spec.rules[{}].http.paths[{}].path", self.place.0, self.place.1)
    }

    /// The whole path: `spec.rules[0].http.paths[1]`.
    pub(super) fn entry(&self) -> String {
        format!("spec.rules[{}].http.paths[{}]", self.place.0, self.place.1)
    }

    /// As the Ingress writes it: `Prefix /a`.
    pub(super) fn written(&self) -> String {
        format!("{} {}", kind(self.path.kind), self.path.path)
    }

    pub(super) fn is_https(&self) -> bool {
        self.server.certificate.is_some() || self.annotations().tls.force_redirect
    }

    /// A request for a path, by https where http would only redirect.
    pub(super) fn request(&self, path: impl Into<String>) -> Sample {
        Sample {
            method: "GET",
            scheme: if self.is_https() { "https" } else { "http" },
            host: host(self.server),
            path: path.into(),
            headers: Vec::new(),
        }
    }

    /// A path that it ought to take.
    pub(super) fn sample(&self) -> String {
        if self.server.regex { super::pattern::example(&self.path.path) } else { self.path.path.clone() }
    }

    /// A request that it takes.
    pub(super) fn plain(&self) -> Sample {
        self.request(self.sample())
    }

    /// Whether a request was taken by this path.
    pub(super) fn took(&self, found: &Explanation) -> bool {
        let key = self.key();
        let route = found.route.as_ref();
        route.is_some_and(|it| *it.kind == *"Ingress" && it.namespace == key.namespace && it.name == key.name)
            && found.rule.as_ref().is_some_and(|(index, name)| {
                *index as usize == self.place.0
                    && name.as_deref() == Some(format!("paths[{}]", self.place.1).as_str())
            })
    }

    /// Whether the Ingress specification gives a path to it: Exact by the whole, Prefix by segments.
    pub(super) fn takes_by_specification(&self, path: &str) -> bool {
        by_specification(self.path, path)
    }
}

/// Whether the Ingress specification lets a path take a request's path.
pub(super) fn by_specification(given: &PathSpec, path: &str) -> bool {
    match given.kind {
        PathKind::Exact => given.path == path,
        PathKind::Prefix | PathKind::ImplementationSpecific => {
            let front = given.path.strip_suffix('/').unwrap_or(&given.path);
            path.strip_prefix(front).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
    }
}

/// Who has a path by the Ingress specification: Exact first, then the longest.
pub(super) fn specified<'s>(server: &'s Server, path: &str) -> Option<Spot<'s>> {
    spots(server)
        .filter(|spot| spot.takes_by_specification(path))
        .max_by_key(|spot| (spot.path.kind == PathKind::Exact, spot.path.path.len()))
}

/// `Exact`…
pub(super) fn kind(kind: PathKind) -> &'static str {
    match kind {
        PathKind::Exact => "Exact",
        PathKind::Prefix => "Prefix",
        PathKind::ImplementationSpecific => "ImplementationSpecific",
    }
}

/// What became of a request, in a few words.
pub(super) fn told(found: &Explanation) -> String {
    let route = found.route.as_ref().map(|route| format!("{}/{}", route.namespace, route.name));
    match (found.status, &found.location, found.backends.first(), route) {
        (Some(status), Some(location), _, _) => format!("{status} to {location}"),
        (Some(status), None, _, _) => format!("{status}"),
        (None, _, Some(backend), _) => {
            format!("Service {}/{}", backend.backend.namespace, backend.backend.name)
        }
        (None, _, None, Some(route)) => format!("Ingress {route}"),
        (None, _, None, None) => "nobody".to_owned(),
    }
}

/// A field for an annotation.
pub(super) fn annotation(settings: &Settings, name: &str) -> String {
    format!("metadata.annotations[\"{}/{name}\"]", settings.flags.annotations_prefix)
}

impl<'s> Scene<'s> {
    /// All that the controller serves, counted: `3 Ingresses`.
    pub(super) fn all(&self) -> String {
        match self.taken().count() {
            1 => "one Ingress".to_owned(),
            count => format!("all {count} Ingresses"),
        }
    }

    /// The controller's ConfigMap, where the input has it.
    pub(super) fn config_map(&self) -> Option<&'s Key> {
        Some(&self.compiled.found.as_ref().as_ref()?.config_map.as_ref()?.key)
    }

    /// The controller's Deployment, DaemonSet or Pod, where the input has it.
    pub(super) fn controller(&self) -> Option<&'s Key> {
        Some(&self.compiled.found.as_ref().as_ref()?.controller.as_ref()?.key)
    }
}
