//! What stands behind: protocols, ports, kinds of backends.

use super::{
    Finder, Trap,
    scene::{Draft, Scene, annotation, spots, told},
};
use crate::{
    dialect::ingress::{BackendSpec, PortSpec, annotation::Protocol},
    resource::{Severity, core},
};

pub(super) const TRAPS: &[Trap] = &[
    Trap::new(
        "B14",
        "trap-b14",
        Severity::Warning,
        "TLS to the back end is not verified",
        unverified,
        "give the back end a certificate that a BackendTLSPolicy can verify: it always does, and there is no standard way not to",
    ),
    Trap::new(
        "B15",
        "trap-b15",
        Severity::Warning,
        "gRPC by annotation",
        grpc,
        "use a GRPCRoute, or `appProtocol: kubernetes.io/h2c` at the Service's port; give gRPC a hostname of its own",
    ),
    Trap::new(
        "B16",
        "trap-b16",
        Severity::Warning,
        "a Service's port by name",
        named_port,
        "write the number into the backendRef: it takes no names",
    ),
    Trap::new(
        "B17",
        "trap-b17",
        Severity::Warning,
        "a backend that is no Service with Pods",
        unusual,
        "put a Service with Pods, or with EndpointSlices of your own, in its place",
    ),
];

fn unverified(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for taken in scene.taken() {
        let annotations = &taken.annotations;
        let protocol = annotations.backend_protocol.protocol;
        let tls = matches!(protocol, Protocol::Https | Protocol::Grpcs);
        if !tls || annotations.upstream_tls.as_ref().is_some_and(|tls| tls.verify) {
            continue;
        }
        let Some(spot) = scene.spot_of(&taken.ingress.key) else { continue };
        finder.add(Some(&spot.server.host), || {
            let request = spot.plain();
            let found = scene.ask(&request);
            let name = annotations.upstream_tls.as_ref().and_then(|tls| tls.name.as_deref());
            let sni = match (&annotations.upstream_tls, name) {
                (None, _) => "and `proxy-ssl-*` do nothing without `proxy-ssl-secret`".to_owned(),
                (Some(_), Some(name)) => format!("the name sent is `{name}`"),
                (Some(_), None) => "the name sent is `upstream_balancer`, if one is".to_owned(),
            };
            spot.took(&found).then(|| {
                let message = format!(
                    "the controller speaks TLS to {} and takes any certificate, {sni}; a BackendTLSPolicy verifies, and the \
                     request would answer 502 or 503",
                    told(&found),
                );
                let field = annotation(&scene.settings, "backend-protocol");
                Draft::new(spot.key(), message).field(field).shown(request)
            })
        });
    }
}

fn grpc(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    let speaks = |protocol: Protocol| matches!(protocol, Protocol::Grpc | Protocol::Grpcs);
    for server in scene.servers() {
        let Some(spot) = spots(server).find(|spot| speaks(spot.annotations().backend_protocol.protocol))
        else {
            continue;
        };
        let plain = spots(server).find(|spot| !speaks(spot.annotations().backend_protocol.protocol));
        finder.add(Some(&server.host), || {
            let request = spot.plain();
            let found = scene.ask(&request);
            let beside = plain.map(|other| {
                format!("; {} serves plain HTTP on the same host, which a GRPCRoute and an HTTPRoute may not share", other.key().path())
            });
            let loses = if spot.annotations().backend_protocol.loses_headers {
                "; written in small letters it also loses Host and every X-Forwarded header"
            } else {
                ""
            };
            spot.took(&found).then(|| {
                let message = format!(
                    "the controller speaks HTTP/2 to {}; an HTTPRoute speaks HTTP/1.1 unless the Service's port says \
                     otherwise{loses}{}",
                    told(&found),
                    beside.unwrap_or_default(),
                );
                let field = annotation(&scene.settings, "backend-protocol");
                Draft::new(spot.key(), message).field(field).shown(request)
            })
        });
    }
}

fn named_port(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for server in scene.servers() {
        for spot in spots(server) {
            let BackendSpec::Service { name, port: PortSpec::Name(port) } = &spot.path.backend else {
                continue;
            };
            finder.add(Some(&server.host), || {
                let request = spot.plain();
                let found = scene.ask(&request);
                let number = scene.upstream(spot.location).and_then(|upstream| upstream.id.as_ref());
                let number = number.map_or_else(
                    || "the Service, or a port of this name, is not in the input".to_owned(),
                    |id| format!("now it is {}", id.port),
                );
                let message = format!(
                    "port `{port}` of Service {name} is a name, which backendRefs do not take; {number} ({})",
                    told(&found),
                );
                let field = format!("{}.backend.service.port.name", spot.entry());
                Some(Draft::new(spot.key(), message).field(field).shown(request))
            });
        }
    }
}

fn unusual(scene: &Scene<'_>, finder: &mut Finder<'_>) {
    for server in scene.servers() {
        for spot in spots(server) {
            let Some(upstream) = scene.upstream(spot.location) else { continue };
            let Some(object) = scene.world.get(&upstream.service) else { continue };
            if !object.text.contains("ExternalName") {
                continue;
            }
            finder.add(Some(&server.host), || {
                let external = core::service(object).ok()?.external_name?;
                let request = spot.plain();
                let message = format!(
                    "{} is an ExternalName for {external}: the controller passes on to it ({}); many gateways refuse it, as \
                     it opens other namespaces' Services",
                    upstream.service,
                    told(&scene.ask(&request)),
                );
                Some(Draft::new(spot.key(), message).field(format!("{}.backend", spot.entry())).shown(request))
            });
        }
    }
    for taken in scene.taken() {
        for (at, rule) in taken.ingress.rules.iter().enumerate() {
            for (n, path) in rule.paths.iter().flatten().enumerate() {
                let BackendSpec::Resource(resource) = &path.backend else { continue };
                let message = format!(
                    "the backend is {resource}, which the controller does not read: {} is not served by this Ingress",
                    path.path
                );
                let host = if rule.host.is_empty() { "_" } else { rule.host.as_str() };
                let field = format!("spec.rules[{at}].http.paths[{n}].backend.resource");
                finder.tell(Some(&host.into()), Draft::new(&taken.ingress.key, message).field(field));
            }
        }
    }
}
