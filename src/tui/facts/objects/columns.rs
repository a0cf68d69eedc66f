//! The columns of each kind, after kubectl's and gwctl's, with what our status adds.

use super::cells::{self, Row};
use crate::resource::Kind;

/// One column.
pub struct Column {
    /// Head.
    pub head: &'static str,
    /// Only with `-o wide`.
    pub wide: bool,
    /// Its text for a row.
    pub cell: fn(&Row<'_>) -> String,
}

const fn column(head: &'static str, cell: fn(&Row<'_>) -> String) -> Column {
    Column { head, wide: false, cell }
}

const fn wide(head: &'static str, cell: fn(&Row<'_>) -> String) -> Column {
    Column { head, wide: true, cell }
}

const AGE: Column = column("AGE", cells::age);
const FROM: Column = wide("FROM", cells::from);

const GATEWAY_CLASS: &[Column] = &[
    column("CONTROLLER", cells::controller_name),
    column("ACCEPTED", cells::accepted),
    AGE,
    wide("GATEWAYS", cells::referrers),
    FROM,
];
const GATEWAY: &[Column] = &[
    column("CLASS", cells::class),
    column("ADDRESS", cells::addresses),
    column("PORTS", cells::gateway_ports),
    column("PROGRAMMED", cells::programmed),
    column("ROUTES", cells::attached_routes),
    AGE,
    wide("ACCEPTED", cells::accepted),
    wide("LISTENERS", cells::listeners),
    FROM,
];
const LISTENER_SET: &[Column] =
    &[column("PARENT", cells::set_parent), column("LISTENERS", cells::listener_names), AGE, FROM];
const ROUTE: &[Column] = &[
    column("HOSTNAMES", cells::hostnames),
    column("PARENTS", cells::parents),
    column("ACCEPTED", cells::accepted),
    column("RESOLVED", cells::resolved),
    column("RULES", cells::rules),
    AGE,
    wide("BACKENDS", cells::backends),
    FROM,
];
/// TCPRoute and UDPRoute have no hostnames.
const PORT_ROUTE: &[Column] = match ROUTE {
    [_hostnames, rest @ ..] => rest,
    [] => ROUTE,
};
const REFERENCE_GRANT: &[Column] =
    &[column("FROM", cells::grant_from), column("TO", cells::grant_to), AGE, wide("FILE", cells::from)];
const BACKEND_TLS_POLICY: &[Column] =
    &[column("TARGETS", cells::policy_targets), column("HOSTNAME", cells::policy_hostname), AGE, FROM];
const INGRESS_CLASS: &[Column] =
    &[column("CONTROLLER", cells::controller), column("INGRESSES", cells::referrers), AGE, FROM];
const INGRESS: &[Column] = &[
    column("CLASS", cells::ingress_class),
    column("HOSTS", cells::ingress_hosts),
    column("PORTS", cells::ingress_ports),
    column("ANNOTATIONS", cells::annotations),
    AGE,
    wide("BACKENDS", cells::backends),
    FROM,
];
const NAMESPACE: &[Column] =
    &[column("LABELS", cells::labels), column("OBJECTS", cells::objects_within), AGE, FROM];
const SERVICE: &[Column] = &[
    column("TYPE", cells::service_type),
    column("PORTS", cells::service_ports),
    column("READY", cells::endpoints),
    column("REFERRED-BY", cells::referrers),
    AGE,
    wide("SELECTOR", cells::service_selector),
    FROM,
];
const ENDPOINT_SLICE: &[Column] = &[
    column("SERVICE", cells::slice_service),
    column("READY", cells::slice_ready),
    column("PORTS", cells::slice_ports),
    AGE,
    FROM,
];
const SECRET: &[Column] = &[
    column("TYPE", cells::secret_type),
    column("DATA", cells::data),
    column("REFERRED-BY", cells::referrers),
    AGE,
    FROM,
];
const CONFIG_MAP: &[Column] = &[column("DATA", cells::data), AGE, FROM];
const OTHER: &[Column] = &[column("API-VERSION", cells::api_version), AGE, FROM];

/// The columns of a kind, after NAMESPACE and NAME.
pub fn columns(kind: &Kind) -> &'static [Column] {
    match kind {
        Kind::GatewayClass => GATEWAY_CLASS,
        Kind::Gateway => GATEWAY,
        Kind::ListenerSet => LISTENER_SET,
        Kind::HttpRoute | Kind::GrpcRoute | Kind::TlsRoute => ROUTE,
        Kind::TcpRoute | Kind::UdpRoute => PORT_ROUTE,
        Kind::ReferenceGrant => REFERENCE_GRANT,
        Kind::BackendTlsPolicy => BACKEND_TLS_POLICY,
        Kind::IngressClass => INGRESS_CLASS,
        Kind::Ingress => INGRESS,
        Kind::Namespace => NAMESPACE,
        Kind::Service => SERVICE,
        Kind::EndpointSlice => ENDPOINT_SLICE,
        Kind::Secret => SECRET,
        Kind::ConfigMap => CONFIG_MAP,
        Kind::Other(..) => OTHER,
    }
}
