//! Ingresses of other controllers, by the Ingress specification alone (networking.k8s.io/v1).
//!
//! A wildcard host is one label. Exact goes before Prefix, the longer path before the shorter, the older Ingress first;
//! ImplementationSpecific is taken for Prefix. Annotations are not executed, and this is said.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    object::{BackendSpec, Ingress, PathKind},
    port,
    server::order,
    upstream::Services,
};
use crate::{
    resource::{Key, Kind},
    routing::{
        Action, Backend, Candidate, HostMap, HostPattern, HostPolicy, Listener, ListenerId, Origin,
        PathMatch, PathPolicy, Policy, Port, PortProtocol, Rule, RuleId, Split, Table, Why,
    },
    world::World,
};

/// Puts the ports of other controllers into a Table, one entry for each.
pub(super) fn add(world: &World, ingresses: &[(String, Arc<Ingress>)], table: &mut Table) {
    let mut by_controller: BTreeMap<&str, Vec<&Arc<Ingress>>> = BTreeMap::new();
    for (controller, ingress) in ingresses {
        by_controller.entry(controller).or_default().push(ingress);
    }
    let settings = super::Settings::default();
    let mut services = Services::new(world, &settings);
    for (controller, mut ingresses) in by_controller {
        ingresses.sort_by(|a, b| order(a, b));
        let entry = Arc::new(Origin {
            kind: "IngressController".into(),
            namespace: "".into(),
            name: controller.into(),
        });
        let mut hosts = HostMap::default();
        let mut next = 0;
        for ingress in ingresses {
            for (pattern, candidates) in candidates(ingress, &mut services, &mut next) {
                hosts.add(&pattern, candidates);
            }
        }
        for (number, name, protocol) in
            [(80, "http", PortProtocol::Http), (443, "https", PortProtocol::Https)]
        {
            let key = port(&entry, number);
            let listener = Listener {
                id: ListenerId { port: key.clone(), name: name.into() },
                hostname: HostPattern::Any,
                host_policy: HostPolicy::Cascade,
                path_policy: PathPolicy::AsReceived,
                hosts: hosts.clone(),
            };
            table.ports.insert(key.clone(), Arc::new(Port::new(key, protocol, [Arc::new(listener)])));
        }
    }
}

fn candidates(
    ingress: &Ingress,
    services: &mut Services<'_>,
    next: &mut i64,
) -> Vec<(HostPattern, Vec<Arc<Candidate>>)> {
    let annotations = ingress.annotations.keys().filter(|key| !is_bookkeeping(key));
    let not_executed: Box<[Arc<str>]> =
        annotations.map(|key| format!("its controller reads {key}").into()).collect();
    let policy = (!not_executed.is_empty()).then(|| Arc::new(Policy { not_executed, ..Policy::default() }));
    let mut rule = |index: usize, backend: &BackendSpec| {
        let action = match backend {
            BackendSpec::Service { name, port } => {
                let key = Key::new(Kind::Service, Arc::clone(&ingress.key.namespace), name.as_str());
                match services.resolve(&key, port) {
                    (Some(id), _) => Action::Forward(Split::new([Backend::new(id, 1)])),
                    (None, _) => Action::Answer(503, Why::BackendNotFound(format!("{key} port {port}"))),
                }
            }
            BackendSpec::Resource(what) => Action::Answer(503, Why::InvalidKind(what.clone())),
        };
        let id = RuleId { route: ingress.origin(), index: index as u32, name: None };
        Arc::new(Rule { policy: policy.clone(), ..Rule::new(id, action) })
    };
    let mut candidate = |path, rule, at: usize| {
        let mut candidate = Candidate::by_path(path, rule);
        candidate.rank.created = *next;
        candidate.match_index = at as u32;
        *next += 1;
        Arc::new(candidate)
    };
    let mut all = Vec::new();
    for (index, spec) in ingress.rules.iter().enumerate() {
        let Ok(pattern) = HostPattern::parse_one_label(&spec.host) else { continue };
        let made = spec.paths.iter().flatten().enumerate().map(|(at, path)| {
            let matched = match path.kind {
                PathKind::Exact => PathMatch::exact(&path.path),
                PathKind::Prefix | PathKind::ImplementationSpecific => PathMatch::prefix(&path.path),
            };
            candidate(matched, rule(index, &path.backend), at)
        });
        all.push((pattern, made.collect::<Vec<_>>()));
    }
    if let Some(backend) = &ingress.default_backend {
        let index = ingress.rules.len();
        let made = vec![candidate(PathMatch::prefix("/"), rule(index, backend), 0)];
        let hosts: Vec<HostPattern> = all.iter().map(|(pattern, _)| pattern.clone()).collect();
        all.extend(hosts.into_iter().map(|host| (host, made.clone())));
        all.push((HostPattern::Any, made));
    }
    all
}

/// Annotations that no controller of traffic reads.
fn is_bookkeeping(key: &str) -> bool {
    let fronts = ["kubectl.kubernetes.io/", "meta.helm.sh/", "argocd.argoproj.io/", "cert-manager.io/"];
    key == super::class::CLASS_ANNOTATION || fronts.iter().any(|front| key.starts_with(front))
}
