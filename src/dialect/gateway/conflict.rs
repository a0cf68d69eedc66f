//! Listeners of one Gateway that can not stand beside each other: none of them wins (v1.7, `Listener`).

use super::{fault::Fault, listener::Conflict};
use crate::{
    resource::gateway_api::{ListenerSpec, Protocol, TlsMode},
    routing::HostPattern,
};

/// What may share a port.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Http,
    /// HTTPS and TLS: told apart by SNI.
    Tls,
    Tcp,
    /// Another transport: never in the way of the others.
    Udp,
}

fn family(protocol: &Protocol) -> Option<Family> {
    match protocol {
        Protocol::Http => Some(Family::Http),
        Protocol::Https | Protocol::Tls => Some(Family::Tls),
        Protocol::Tcp => Some(Family::Tcp),
        Protocol::Udp => Some(Family::Udp),
        Protocol::Other(_) => None,
    }
}

/// For each listener, why it is in conflict, if it is.
pub(super) fn conflicts(listeners: &[ListenerSpec]) -> Vec<Option<Conflict>> {
    listeners
        .iter()
        .enumerate()
        .map(|(n, listener)| {
            let others = listeners.iter().enumerate().filter(|(m, _)| *m != n);
            let mut faults = others.filter_map(|(_, other)| between(n, listener, other));
            let first = faults.next()?;
            // A protocol conflict is told before one of hostnames: it is what must be mended first.
            let fault = std::iter::once(first.clone())
                .chain(faults)
                .find(|fault| fault.reason == "ProtocolConflict")
                .unwrap_or(first);
            Some(Conflict(fault))
        })
        .collect()
}

fn between(n: usize, listener: &ListenerSpec, other: &ListenerSpec) -> Option<Fault> {
    if listener.name == other.name {
        return Some(
            Fault::new("HostnameConflict", format!("two listeners are called {}", listener.name))
                .cure("give each listener a name of its own")
                .at(format!("spec.listeners[{n}].name")),
        );
    }
    if listener.port != other.port {
        return None;
    }
    let (one, two) = (family(&listener.protocol)?, family(&other.protocol)?);
    let (a, b, port) = (&listener.name, &other.name, listener.port);
    if one != two {
        if one == Family::Udp || two == Family::Udp {
            return None;
        }
        let message = format!(
            "listener {a} wants {} and listener {b} wants {} on port {port}; neither is served",
            listener.protocol, other.protocol
        );
        return Some(
            Fault::new("ProtocolConflict", message)
                .cure("give them different ports")
                .at(format!("spec.listeners[{n}].protocol")),
        );
    }
    let mode =
        |listener: &ListenerSpec| listener.tls.as_ref().map_or(TlsMode::Terminate, |tls| tls.mode.clone());
    let both_tls = matches!((&listener.protocol, &other.protocol), (Protocol::Tls, Protocol::Tls));
    if both_tls && mode(listener) != mode(other) {
        let message =
            format!("listeners {a} and {b} terminate and pass through TLS on port {port}; neither is served");
        return Some(
            Fault::new("ProtocolConflict", message)
                .cure("give them different ports")
                .at(format!("spec.listeners[{n}].tls.mode")),
        );
    }
    let same = match one {
        Family::Tcp | Family::Udp => true,
        Family::Http | Family::Tls => host(listener) == host(other),
    };
    same.then(|| {
        let host = match host(listener) {
            HostPattern::Any => "every host".to_owned(),
            host => format!("host {host}"),
        };
        Fault::new(
            "HostnameConflict",
            format!("listeners {a} and {b} both want port {port} for {host}; neither is served"),
        )
        .cure("give them different hostnames or ports, or make them one")
        .at(format!("spec.listeners[{n}].hostname"))
    })
}

fn host(listener: &ListenerSpec) -> HostPattern {
    HostPattern::parse(listener.hostname.as_deref().unwrap_or_default()).unwrap_or(HostPattern::Any)
}
