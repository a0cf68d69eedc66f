//! Ingresses of other controllers, by the Ingress specification alone (networking.k8s.io/v1).
//!
//! A wildcard host is one label. Exact goes before Prefix, the longer path before the shorter, the older Ingress first,
//! of one age by `namespace/name`; ImplementationSpecific is taken for Prefix. Annotations are not executed, and this is said.

use std::sync::Arc;

use super::{
    object::{BackendSpec, Ingress, PathKind},
    port,
    upstream::Services,
};
use crate::{
    resource::{Key, Kind},
    routing::{
        Action, Backend, Candidate, HostMap, HostPattern, HostPolicy, Listener, ListenerId, Origin,
        PathMatch, PathPolicy, Policy, Port, PortProtocol, Rule, RuleId, Split, Why,
    },
};

/// The entry of another controller.
pub(super) fn entry(controller: &str) -> Arc<Origin> {
    Arc::new(Origin { kind: "IngressController".into(), namespace: "".into(), name: controller.into() })
}

/// The ports of another controller with these hosts: the same on both.
pub(super) fn ports(controller: &str, hosts: &HostMap) -> [Arc<Port>; 2] {
    let entry = entry(controller);
    [(80, "http", PortProtocol::Http), (443, "https", PortProtocol::Https)].map(|(number, name, protocol)| {
        let key = port(&entry, number);
        let listener = Listener {
            id: ListenerId { port: key.clone(), name: name.into() },
            hostname: HostPattern::Any,
            host_policy: HostPolicy::Cascade,
            path_policy: PathPolicy::AsReceived,
            hosts: hosts.clone(),
        };
        Arc::new(Port::new(key, protocol, [Arc::new(listener)]))
    })
}

/// The rules of an Ingress, by host.
pub(super) fn candidates(
    ingress: &Ingress,
    services: &mut Services<'_>,
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
    let created = ingress.created.map_or(i64::MAX, |time| time.div_euclid(1_000_000));
    let candidate = |path, rule, at: usize| {
        let mut candidate = Candidate::by_path(path, rule);
        candidate.rank.created = created;
        candidate.rank.matched = at as u32;
        candidate.match_index = at as u32;
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
