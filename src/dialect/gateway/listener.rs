//! One listener of a Gateway: what it takes, and whether it can be served.

use std::sync::Arc;

use super::{
    certificate::{self, Certificates},
    fault::{Fault, gathered, noted},
};
use crate::{
    resource::{
        Condition, Key, Kind, Truth,
        gateway_api::{AllowedRoutes, FromNamespaces, LabelSelector, ListenerSpec, Protocol, TlsMode},
    },
    routing::{HostPattern, ListenerId, Origin, PortKey, PortProtocol, Side},
    world::World,
};

/// A listener as far as it can be judged without its routes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ListenerPlan {
    /// What routes and the Table see of it.
    pub(super) surface: Surface,
    /// Conditions, attached routes not counted.
    pub(super) conditions: Vec<Condition>,
    /// All that is wrong, one by one.
    pub(super) faults: Vec<Fault>,
    /// Secrets whose certificates it serves.
    pub(super) certificates: Vec<Key>,
}

/// What routes and the Table see of a listener: when this does not change, they need not.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Surface {
    pub(super) id: ListenerId,
    /// Position in the spec.
    pub(super) index: usize,
    /// None when the text is no hostname.
    pub(super) hostname: Option<HostPattern>,
    /// Kinds of routes that may attach.
    pub(super) kinds: Vec<Kind>,
    pub(super) from: From,
    /// `Accepted`
    pub(super) accepted: bool,
    /// What is spoken when it is in the Table.
    pub(super) served: Option<PortProtocol>,
}

/// Namespaces whose routes may attach.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum From {
    All,
    Same,
    Selector(LabelSelector),
    Nowhere,
    /// A value that we do not know.
    Unknown(String),
}

impl From {
    fn of(allowed: &AllowedRoutes) -> Self {
        match &allowed.namespaces.from {
            FromNamespaces::All => Self::All,
            FromNamespaces::Same => Self::Same,
            FromNamespaces::None => Self::Nowhere,
            // Without a selector nothing is selected; an empty one selects all.
            FromNamespaces::Selector => {
                allowed.namespaces.selector.clone().map_or(Self::Nowhere, Self::Selector)
            }
            FromNamespaces::Other(text) => Self::Unknown(text.clone()),
        }
    }
}

/// Kinds of routes that a protocol carries.
pub(super) fn kinds_of(protocol: &Protocol) -> &'static [Kind] {
    match protocol {
        Protocol::Http | Protocol::Https => &[Kind::HttpRoute, Kind::GrpcRoute],
        Protocol::Tls => &[Kind::TlsRoute],
        Protocol::Tcp => &[Kind::TcpRoute],
        Protocol::Udp => &[Kind::UdpRoute],
        Protocol::Other(_) => &[],
    }
}

/// Why a listener is in conflict with others of its Gateway.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Conflict(pub(super) Fault);

/// Judges one listener. `conflict` is what its neighbours make of it.
pub(super) fn plan(
    world: &World,
    gateway: &Key,
    entry: &Arc<Origin>,
    index: usize,
    spec: &ListenerSpec,
    conflict: Option<&Conflict>,
    generation: i64,
) -> ListenerPlan {
    let place = format!("spec.listeners[{index}]");
    let port = u16::try_from(spec.port).unwrap_or(0);
    let id = ListenerId {
        port: PortKey { side: Side::New, entry: Arc::clone(entry), port },
        name: spec.name.as_str().into(),
    };
    let hostname = HostPattern::parse(spec.hostname.as_deref().unwrap_or_default());
    let (kinds, mut unresolved) = kinds(spec, &place);
    let mut refused: Vec<Fault> = unsupported(spec, port, &place);
    if let Err(error) = &hostname {
        refused.push(
            Fault::new("UnsupportedValue", error.to_string())
                .cure("give a DNS name, or *. and a DNS name")
                .at(format!("{place}.hostname")),
        );
    }
    let passes = spec.tls.as_ref().is_some_and(|tls| tls.mode == TlsMode::Passthrough);
    let terminates = matches!(spec.protocol, Protocol::Https) || spec.protocol == Protocol::Tls && !passes;
    let certificates = if terminates {
        certificate::judge(world, gateway, &place, spec.tls.as_ref())
    } else {
        Certificates::default()
    };
    unresolved.extend(certificates.faults);
    let conflicted = conflict.map(|Conflict(fault)| fault.clone());
    if let Some(fault) = &conflicted {
        refused.insert(0, fault.clone());
    }
    let accepted = refused.is_empty();
    let served = match &spec.protocol {
        Protocol::Http if accepted => Some(PortProtocol::Http),
        Protocol::Https if accepted && !certificates.good.is_empty() => Some(PortProtocol::Https),
        Protocol::Http
        | Protocol::Https
        | Protocol::Tls
        | Protocol::Tcp
        | Protocol::Udp
        | Protocol::Other(_) => None,
    };
    let mut conditions = vec![
        gathered(&refused, "Accepted", Truth::False, generation)
            .unwrap_or_else(|| Condition::good("Accepted", "Accepted", generation)),
        gathered(&unresolved, "ResolvedRefs", Truth::False, generation)
            .unwrap_or_else(|| Condition::good("ResolvedRefs", "ResolvedRefs", generation)),
        programmed(spec, served, accepted, generation),
    ];
    conditions.extend(conflicted.map(|fault| fault.condition("Conflicted", Truth::True, generation)));
    let faults = refused.into_iter().chain(unresolved).collect();
    let surface = Surface {
        id,
        index,
        hostname: hostname.ok(),
        kinds,
        from: From::of(&spec.allowed_routes),
        accepted,
        served,
    };
    ListenerPlan { surface, conditions, faults, certificates: certificates.good }
}

fn programmed(
    spec: &ListenerSpec,
    served: Option<PortProtocol>,
    accepted: bool,
    generation: i64,
) -> Condition {
    if served.is_some() {
        return Condition::good("Programmed", "Programmed", generation);
    }
    let fault = if !accepted {
        Fault::new("Invalid", "the listener is not accepted, so it is not served")
    } else if matches!(spec.protocol, Protocol::Https) {
        Fault::new("Invalid", "the listener has no certificate that can serve, so it is not served")
    } else {
        Fault::new("Pending", format!("{} listeners are not served yet", spec.protocol))
    };
    fault.condition("Programmed", Truth::False, generation)
}

/// Values that can not be served.
fn unsupported(spec: &ListenerSpec, port: u16, place: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    if port == 0 {
        faults.push(
            Fault::new("UnsupportedValue", format!("a port is 1 to 65535, not {}", spec.port))
                .at(format!("{place}.port")),
        );
    }
    if let Protocol::Other(protocol) = &spec.protocol {
        faults.push(
            Fault::new("UnsupportedProtocol", format!("protocol `{protocol}` is not known"))
                .cure("use HTTP, HTTPS, TLS, TCP or UDP")
                .at(format!("{place}.protocol")),
        );
    }
    let mode = spec.tls.as_ref().map(|tls| &tls.mode);
    match (&spec.protocol, mode) {
        (Protocol::Https, Some(TlsMode::Passthrough)) => faults.push(
            Fault::new("UnsupportedValue", "an HTTPS listener terminates TLS; it can not pass it through")
                .cure("use protocol TLS for passthrough")
                .at(format!("{place}.tls.mode")),
        ),
        (_, Some(TlsMode::Other(mode))) => faults.push(
            Fault::new("UnsupportedValue", format!("TLS mode `{mode}` is not known"))
                .cure("use Terminate or Passthrough")
                .at(format!("{place}.tls.mode")),
        ),
        (_, Some(TlsMode::Terminate | TlsMode::Passthrough) | None) => {}
    }
    if let FromNamespaces::Other(from) = &spec.allowed_routes.namespaces.from {
        faults.push(
            Fault::new("UnsupportedValue", format!("allowedRoutes.namespaces.from `{from}` is not known"))
                .cure("use All, Same, Selector or None")
                .at(format!("{place}.allowedRoutes.namespaces.from")),
        );
    }
    faults
}

/// The kinds that may attach, and what is wrong with those that are asked for.
fn kinds(spec: &ListenerSpec, place: &str) -> (Vec<Kind>, Vec<Fault>) {
    let possible = kinds_of(&spec.protocol);
    if spec.allowed_routes.kinds.is_empty() {
        return (possible.to_vec(), Vec::new());
    }
    let (mut kinds, mut faults) = (Vec::new(), Vec::new());
    for (n, asked) in spec.allowed_routes.kinds.iter().enumerate() {
        let kind = Kind::from_group(&asked.group, &asked.kind);
        if !possible.contains(&kind) {
            let names: Vec<&str> = possible.iter().map(Kind::name).collect();
            let cure = match names.as_slice() {
                [] => String::new(),
                names => format!("a {} listener takes {}", spec.protocol, names.join(" and ")),
            };
            faults.push(
                Fault::new(
                    "InvalidRouteKinds",
                    format!("routes of kind {kind} can not attach to a {} listener", spec.protocol),
                )
                .cure(cure)
                .at(format!("{place}.allowedRoutes.kinds[{n}]")),
            );
        } else if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    (kinds, faults)
}

/// A note that the hostnames of two TLS listeners of one port overlap (GEP-3567).
pub(super) fn overlapping(other: &str, generation: i64) -> Condition {
    noted(
        "OverlappingTLSConfig",
        "OverlappingHostnames",
        generation,
        format!(
            "its hosts overlap with those of listener {other}: a client that reuses a connection may reach the wrong one"
        ),
    )
}
