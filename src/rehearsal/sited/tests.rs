use super::*;
use crate::rehearsal::{Sides, sides::Meant, testing};

const BOTH: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  gatewayClassName: cutover
  listeners:
    - {name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
    - {name: only, port: 8080, protocol: HTTP, hostname: only.example, allowedRoutes: {namespaces: {from: All}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: other, namespace: infra}
spec:
  gatewayClassName: cutover
  listeners: [{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: app, namespace: shop}
spec:
  parentRefs: [{name: edge, namespace: infra, sectionName: http}]
  hostnames: [app.example, '*.wild.example', fresh.example]
  rules: [{backendRefs: [{name: app, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: twice, namespace: shop}
spec:
  parentRefs: [{name: edge, namespace: infra, sectionName: http}, {name: other, namespace: infra}]
  hostnames: [twice.example]
  rules: [{backendRefs: [{name: app, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: bare, namespace: shop}
spec:
  parentRefs: [{name: edge, namespace: infra, sectionName: only}]
  rules: [{backendRefs: [{name: app, port: 80}]}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: app, namespace: shop}
spec:
  ingressClassName: nginx
  rules:
    - {host: app.example, http: &web {paths: [{path: /, pathType: Prefix, backend: {service: {name: app, port: {number: 80}}}}]}}
    - {host: a.wild.example, http: *web}
    - {host: '*.wild.example', http: *web}
    - {host: '*.deep.wild.example', http: *web}
    - {host: gone.example, http: *web}
    - {host: twice.example, http: *web}
---
apiVersion: v1
kind: Service
metadata: {name: app, namespace: shop}
spec: {ports: [{port: 80}]}
";

/// 10.0.0.1 is the old side, 10.0.0.2 the Gateway `edge`, 10.0.0.3 the other one.
#[allow(clippy::unnecessary_wraps, reason = "another system might not have bound it")]
fn address(key: &PortKey) -> Option<SocketAddr> {
    let last = match (key.side, &*key.entry.name) {
        (Side::Old, _) => 1,
        (Side::New, "edge") => 2,
        (Side::New, _) => 3,
    };
    Some(SocketAddr::from(([10, 0, 0, last], key.port)))
}

fn told(place: &Place) -> String {
    let addresses: Vec<_> = place.addresses.v4.iter().map(|ip| ip.octets()[3].to_string()).collect();
    format!("{}{}", addresses.join("+"), if place.served { "" } else { "?" })
}

#[test]
fn each_hostname_has_the_addresses_of_those_that_serve_it() {
    let world = testing::world(BOTH);
    let meant = Meant::of(&world, Sides::BOTH);
    let sited = Sited::of(&meant.table, address);
    let found: Vec<_> = sited
        .hosts
        .iter()
        .map(|(hostname, site)| (hostname.to_string(), told(&site.old), told(&site.new)))
        .collect();
    let expected = [
        ("a.wild.example", "1", "2", "under the new side's wildcard"),
        ("app.example", "1", "2", "named by both"),
        ("*.deep.wild.example", "1", "2", "a wildcard under one of Gateway API"),
        ("fresh.example", "1?", "2", "not at the old side: where that is, for who insists"),
        ("gone.example", "1", "2?", "not at the new side"),
        ("only.example", "1?", "2", "the listener's, of a route that names none"),
        ("twice.example", "1", "2+3", "two Gateways serve it"),
        ("*.wild.example", "1", "2", "one label and many are one DNS name"),
    ];
    let shown: Vec<_> =
        expected.iter().map(|(h, o, n, _)| (h.to_string(), o.to_string(), n.to_string())).collect();
    let why: Vec<_> = expected.iter().map(|(h, .., why)| format!("{h}: {why}")).collect();
    assert_eq!(found, shown, "{why:#?}");
    assert!(sited.strange.is_empty());
}

#[test]
fn a_port_that_is_not_bound_has_no_address() {
    let world = testing::world(BOTH);
    let meant = Meant::of(&world, Sides::BOTH);
    let sited = Sited::of(&meant.table, |key| address(key).filter(|_| key.side == Side::Old));
    let app = &sited.hosts[&"app.example".parse().unwrap()];
    assert_eq!((told(&app.old), told(&app.new)), ("1".to_owned(), "?".to_owned()));
    assert!(!sited.hosts.contains_key(&"fresh.example".parse().unwrap()), "nobody serves it");
}

#[test]
fn what_every_host_is_answered_by_is_no_hostname_and_covers_all() {
    let text: &'static str = "
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  gatewayClassName: cutover
  listeners: [{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: all, namespace: shop}
spec:
  parentRefs: [{name: edge, namespace: infra}]
  rules: [{backendRefs: [{name: app, port: 80}]}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: app, namespace: shop}
spec:
  ingressClassName: nginx
  rules: [{host: app.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: app, port: {number: 80}}}}]}}]
";
    let world = testing::world(text);
    let sited = Sited::of(&Meant::of(&world, Sides::BOTH).table, address);
    let all: Vec<_> = sited
        .hosts
        .iter()
        .map(|(name, site)| format!("{name} {} {}", told(&site.old), told(&site.new)))
        .collect();
    assert_eq!(all, ["app.example 1 2"]);
}
