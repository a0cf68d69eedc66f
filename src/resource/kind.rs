//! The kinds of objects that cutover knows by name, and all others as they are.

use std::{fmt, sync::Arc};

/// An object's kind, without its version: versions of one kind are the same object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Kind {
    GatewayClass,
    Gateway,
    ListenerSet,
    HttpRoute,
    GrpcRoute,
    TlsRoute,
    TcpRoute,
    UdpRoute,
    ReferenceGrant,
    BackendTlsPolicy,
    IngressClass,
    Ingress,
    Namespace,
    Service,
    EndpointSlice,
    Secret,
    ConfigMap,
    /// A kind that cutover reads only as text: API group and kind.
    Other(Arc<str>, Arc<str>),
}

/// Name on the wire, API group, namespaced, plural, short names.
type Row = (Kind, &'static str, &'static str, bool, &'static str, &'static [&'static str]);

/// API group of the Gateway API.
pub const GATEWAY_GROUP: &str = "gateway.networking.k8s.io";

const ROWS: &[Row] = &[
    (Kind::GatewayClass, "GatewayClass", GATEWAY_GROUP, false, "gatewayclasses", &["gc"]),
    (Kind::Gateway, "Gateway", GATEWAY_GROUP, true, "gateways", &["gtw", "gw"]),
    (Kind::ListenerSet, "ListenerSet", GATEWAY_GROUP, true, "listenersets", &["lset"]),
    (Kind::HttpRoute, "HTTPRoute", GATEWAY_GROUP, true, "httproutes", &[]),
    (Kind::GrpcRoute, "GRPCRoute", GATEWAY_GROUP, true, "grpcroutes", &[]),
    (Kind::TlsRoute, "TLSRoute", GATEWAY_GROUP, true, "tlsroutes", &[]),
    (Kind::TcpRoute, "TCPRoute", GATEWAY_GROUP, true, "tcproutes", &[]),
    (Kind::UdpRoute, "UDPRoute", GATEWAY_GROUP, true, "udproutes", &[]),
    (Kind::ReferenceGrant, "ReferenceGrant", GATEWAY_GROUP, true, "referencegrants", &["refgrant"]),
    (Kind::BackendTlsPolicy, "BackendTLSPolicy", GATEWAY_GROUP, true, "backendtlspolicies", &["btlspolicy"]),
    (Kind::IngressClass, "IngressClass", "networking.k8s.io", false, "ingressclasses", &[]),
    (Kind::Ingress, "Ingress", "networking.k8s.io", true, "ingresses", &["ing"]),
    (Kind::Namespace, "Namespace", "", false, "namespaces", &["ns"]),
    (Kind::Service, "Service", "", true, "services", &["svc"]),
    (Kind::EndpointSlice, "EndpointSlice", "discovery.k8s.io", true, "endpointslices", &[]),
    (Kind::Secret, "Secret", "", true, "secrets", &[]),
    (Kind::ConfigMap, "ConfigMap", "", true, "configmaps", &["cm"]),
];

impl Kind {
    /// Every kind that has a variant of its own, in the order of the console's lists.
    pub fn known() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.0.clone())
    }

    /// The kinds of routes, HTTPRoute first.
    pub const ROUTES: [Self; 5] =
        [Self::HttpRoute, Self::GrpcRoute, Self::TlsRoute, Self::TcpRoute, Self::UdpRoute];

    /// Reads `apiVersion` and `kind` as an object has them.
    pub fn from_api(api_version: &str, kind: &str) -> Self {
        Self::from_group(api_version.rsplit_once('/').map_or("", |(group, _)| group), kind)
    }

    /// Reads a group and a kind as a reference has them.
    pub fn from_group(group: &str, kind: &str) -> Self {
        ROWS.iter()
            .find(|row| row.1 == kind && row.2 == group)
            .map_or_else(|| Self::Other(group.into(), kind.into()), |row| row.0.clone())
    }

    /// Reads a kind as a person types it: `httproute`, `HTTPRoutes`, `gtw`, `ingresses.networking.k8s.io`.
    pub fn from_typed(typed: &str) -> Option<Self> {
        let lower = typed.to_ascii_lowercase();
        let (word, group) = lower.split_once('.').map_or((lower.as_str(), None), |(w, g)| (w, Some(g)));
        ROWS.iter()
            .find(|row| {
                (row.1.eq_ignore_ascii_case(word) || row.4 == word || row.5.contains(&word))
                    && group.is_none_or(|group| row.2.starts_with(group))
            })
            .map(|row| row.0.clone())
    }

    fn row(&self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.0 == *self)
    }

    /// The kind as it stands in manifests: `HTTPRoute`.
    pub fn name(&self) -> &str {
        match self {
            Self::Other(_, kind) => kind,
            known => known.row().map_or("", |row| row.1),
        }
    }

    /// The API group; empty for the core group.
    pub fn group(&self) -> &str {
        match self {
            Self::Other(group, _) => group,
            known => known.row().map_or("", |row| row.2),
        }
    }

    /// Lower-case plural, as kubectl has it; for a kind we do not know, the lower-case kind with an `s`.
    pub fn plural(&self) -> String {
        match self.row() {
            Some(row) => row.4.to_owned(),
            None => format!("{}s", self.name().to_ascii_lowercase()),
        }
    }

    /// The name of a kind that is known, and its plural: texts that are always there.
    pub fn known_names(&self) -> Option<(&'static str, &'static str)> {
        self.row().map(|row| (row.1, row.4))
    }

    /// Short names, as kubectl has them.
    pub fn short_names(&self) -> &'static [&'static str] {
        self.row().map_or(&[], |row| row.5)
    }

    /// Whether objects of this kind live in a namespace; unknown kinds are taken to.
    pub fn namespaced(&self) -> bool {
        self.row().is_none_or(|row| row.3)
    }

    /// The name of a kind of route; none for all others.
    pub fn route_name(&self) -> Option<&'static str> {
        self.row().filter(|row| row.0.is_route()).map(|row| row.1)
    }

    /// Whether this is one of [`Kind::ROUTES`].
    pub fn is_route(&self) -> bool {
        Self::ROUTES.contains(self)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_have_their_names_and_others_none() {
        let names: Vec<_> = Kind::known().filter_map(|kind| kind.route_name()).collect();
        assert_eq!(names, ["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"]);
        assert_eq!(Kind::Other("x.io".into(), "HTTPRoute".into()).route_name(), None, "of another group");
    }

    #[test]
    fn a_kind_is_found_by_what_people_type() {
        let cases = [
            ("httproute", Some(Kind::HttpRoute)),
            ("HTTPRoutes", Some(Kind::HttpRoute)),
            ("gtw", Some(Kind::Gateway)),
            ("ing", Some(Kind::Ingress)),
            ("ingresses.networking.k8s.io", Some(Kind::Ingress)),
            ("ingresses.extensions", None),
            ("pods", None),
        ];
        for (typed, kind) in cases {
            assert_eq!(Kind::from_typed(typed), kind, "{typed}");
        }
    }
}
