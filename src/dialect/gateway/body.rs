//! A route without its parents: rules, references, hostnames. It does not change when a Gateway does.

use std::sync::Arc;

use serde::Deserialize;

use super::{
    backend::{Referrer, Services},
    fault::Fault,
    plan::origin,
    rule,
};
use crate::{
    resource::{
        Key, Kind, Object,
        gateway_api::{AnyRoute, HttpRoute, ParentRef, ViewError},
    },
    routing::{Candidate, HostPattern, Origin},
    world::World,
};

/// What a route comes to before anyone asks where it is attached.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Body {
    pub(super) key: Key,
    pub(super) origin: Arc<Origin>,
    pub(super) generation: i64,
    pub(super) parents: Vec<ParentRef>,
    /// Hostnames that can be used. Empty means all hosts of the listener.
    pub(super) hosts: Vec<HostPattern>,
    /// Matches for the Table; none for kinds that are not served.
    pub(super) candidates: Vec<Arc<Candidate>>,
    /// Why the route can not be accepted by anyone; all its rules are at fault.
    pub(super) refused: Vec<Fault>,
    /// What was dropped or answers 500 while the rest works.
    pub(super) partial: Vec<Fault>,
    /// References that do not resolve.
    pub(super) unresolved: Vec<Fault>,
    /// What no condition tells.
    pub(super) notes: Vec<Fault>,
    /// Other namespaces that it refers to: grants there concern it.
    pub(super) foreign: Vec<Arc<str>>,
}

/// The one part of a route that is needed to say anything about a broken one.
#[derive(Deserialize)]
struct Parents {
    spec: ParentsSpec,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ParentsSpec {
    #[serde(default)]
    parent_refs: Vec<ParentRef>,
}

impl Body {
    /// Compiles a route of any kind.
    pub(super) fn of(world: &World, services: &Services, object: &Object) -> Self {
        let mut body = Self {
            key: object.key.clone(),
            origin: origin(&object.key),
            generation: object.meta.generation,
            parents: Vec::new(),
            hosts: Vec::new(),
            candidates: Vec::new(),
            refused: Vec::new(),
            partial: Vec::new(),
            unresolved: Vec::new(),
            notes: Vec::new(),
            foreign: Vec::new(),
        };
        let read = match &object.key.kind {
            Kind::HttpRoute => {
                object.view().map(|route: HttpRoute| body.http(world, services, object, route))
            }
            _ => AnyRoute::of(object).map(|route| body.any(world, services, route)),
        };
        if let Err(ViewError { field, message }) = read {
            body.parents = object.view().map(|view: Parents| view.spec.parent_refs).unwrap_or_default();
            body.refused.push(
                Fault::new("UnsupportedValue", format!("the route can not be read: {field}: {message}"))
                    .at(field),
            );
        }
        let own = Arc::clone(&object.key.namespace);
        body.foreign = crate::world::references(object)
            .into_iter()
            .filter(|reference| !reference.to.kind.namespaced() || reference.to.namespace != own)
            .map(|reference| reference.to.namespace)
            .collect();
        body.foreign.sort_unstable();
        body.foreign.dedup();
        body
    }

    fn http(&mut self, world: &World, services: &Services, object: &Object, route: HttpRoute) {
        let spec = route.spec;
        self.parents = spec.parent_refs;
        self.read_hosts(&spec.hostnames);
        let referrer = Referrer { world, route: &object.key, services };
        let created = object.meta.created.map(jiff::Timestamp::as_microsecond);
        let mut usable = false;
        let (mut dropped, mut fallen) = (Vec::new(), Vec::new());
        for (n, spec) in spec.rules.iter().enumerate() {
            let rule = rule::compile(&referrer, &self.origin, created, n, spec);
            let whole_rule =
                |fault: &Fault| fault.field.as_deref().is_none_or(|at| !at.contains(".backendRefs["));
            let works = rule.dropped.is_empty() && !rule.fallen.iter().any(whole_rule);
            usable |= works;
            let tell = |fault: Fault| {
                let all = if works || !rule.dropped.is_empty() { "" } else { ": it answers 500" };
                fault.within(&format!("rule {}", n + 1)).so(all)
            };
            fallen.extend(rule.fallen.iter().cloned().map(tell));
            dropped.extend(rule.dropped.iter().cloned().map(tell));
            self.candidates.extend(rule.candidates);
            let in_rule = |fault: Fault| fault.within(&format!("rule {}", n + 1));
            self.unresolved.extend(rule.unresolved.into_iter().map(in_rule));
            self.notes.extend(rule.notes.into_iter().map(in_rule));
        }
        if usable || spec.rules.is_empty() {
            // The words that `PartiallyInvalid` begins with (v1.7).
            self.partial.extend(dropped.into_iter().map(|fault| fault.within("Dropped Rule")));
            self.partial.extend(fallen.into_iter().map(|fault| fault.within("Fall Back")));
        } else {
            self.refused.extend(dropped.into_iter().chain(fallen));
        }
        if self.hosts.is_empty() && !spec.hostnames.is_empty() {
            self.candidates.clear();
        }
    }

    /// A kind of route that is not served yet: its references are judged like all others.
    fn any(&mut self, world: &World, services: &Services, route: AnyRoute) {
        self.parents = route.spec.parent_refs;
        self.read_hosts(&route.spec.hostnames);
        let key = self.key.clone();
        let referrer = Referrer { world, route: &key, services };
        for (n, rule) in route.spec.rules.iter().enumerate() {
            for (m, reference) in rule.backend_refs.iter().enumerate() {
                let resolved = referrer.resolve(reference, &format!("spec.rules[{n}].backendRefs[{m}]"));
                let fault = resolved.problem.map(|(_, fault)| fault.within(&format!("rule {}", n + 1)));
                self.unresolved.extend(fault);
            }
        }
    }

    fn read_hosts(&mut self, hostnames: &[String]) {
        let mut faults = Vec::new();
        for (n, hostname) in hostnames.iter().enumerate() {
            match HostPattern::parse(hostname) {
                Ok(HostPattern::Any) => faults.push(
                    Fault::new("UnsupportedValue", "an empty hostname is ignored")
                        .at(format!("spec.hostnames[{n}]")),
                ),
                Ok(pattern) if self.hosts.contains(&pattern) => {}
                Ok(pattern) => self.hosts.push(pattern),
                Err(error) => faults.push(
                    Fault::new("UnsupportedValue", format!("{error}; it is ignored"))
                        .cure("give a DNS name, or *. and a DNS name")
                        .at(format!("spec.hostnames[{n}]")),
                ),
            }
        }
        // Without a usable hostname the route would take every host: it takes none instead.
        if self.hosts.is_empty() && !hostnames.is_empty() {
            self.refused.extend(faults);
        } else {
            self.partial.extend(faults.into_iter().map(|fault| fault.within("Fall Back")));
        }
    }
}
