//! Who answers, by the Worlds that decide it.

use super::*;
use crate::rehearsal::testing::world;

const ROUTE: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
    - backendRefs:
        - {name: web, port: 80}
        - {name: web, port: 81, weight: 0}
        - {name: img, namespace: media, port: 80}
      filters:
        - type: RequestMirror
          requestMirror: {backendRef: {name: copy, port: 80}}
    - backendRefs: [{name: web, port: 80}, {group: example.com, kind: Bucket, name: store}]
---
";
const SERVICE: &str = "
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {ports: [{name: http, port: 80, targetPort: 8080}, {name: grpc, port: 81, appProtocol: kubernetes.io/h2c}]}
---
";
const READY: &str = "
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080}, {name: grpc, port: 9090}]
endpoints:
  - {addresses: [10.0.0.1]}
  - {addresses: [10.0.0.2], conditions: {ready: false}}
---
";
const NOT_READY: &str = "
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-2, namespace: shop, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints: [{addresses: [10.0.0.3], conditions: {ready: false}}]
";

fn leaked(parts: &[&str]) -> World {
    world(Box::leak(parts.concat().into_boxed_str()))
}

fn web(port: u16) -> BackendId {
    BackendId { service: origin(&Key::new(Kind::Service, "shop", "web")), port }
}

fn puts(world: &World) -> Vec<Change> {
    [Kind::EndpointSlice, Kind::Service, Kind::HttpRoute]
        .iter()
        .flat_map(|kind| world.list(kind).cloned().map(Change::Put).collect::<Vec<_>>())
        .collect()
}

#[test]
fn every_service_port_that_a_rule_or_a_mirror_names_is_asked_for_once() {
    let mut backends = Backends::default();
    let names: Vec<String> = backends
        .update(&puts(&leaked(&[ROUTE])))
        .iter()
        .map(|id| format!("{}:{}", id.service, id.port))
        .collect();
    assert_eq!(names, ["media/img:80", "shop/copy:80", "shop/web:80", "shop/web:81"]);
}

#[test]
fn a_change_touches_the_ports_of_its_service_and_no_others() {
    let world = leaked(&[ROUTE, SERVICE, READY]);
    let mut backends = Backends::default();
    backends.update(&puts(&world));
    let of = |key: &Key| Change::Put(Arc::clone(world.get(key).unwrap()));
    let slice = Key::new(Kind::EndpointSlice, "shop", "web-1");
    let service = Key::new(Kind::Service, "shop", "web");
    let both = [Arc::new(web(80)), Arc::new(web(81))];
    assert_eq!(backends.update(&[of(&service)]), both);
    assert_eq!(backends.update(&[of(&slice)]), both);
    assert_eq!(backends.update(&[Change::Remove(slice)]), both, "a slice that goes is remembered");
    let route = Key::new(Kind::HttpRoute, "shop", "web");
    assert_eq!(backends.update(&[Change::Remove(route)]).len(), 4);
    assert!(!backends.is_named(&web(80)));
    assert_eq!(backends.update(&[of(&service)]), [], "nobody names it any more");
}

#[test]
fn who_answers_is_decided_by_slices_and_wishes() {
    let own: SocketAddr = "127.0.0.1:3000".parse().unwrap();
    let ready: SocketAddr = "10.0.0.1:8080".parse().unwrap();
    let all = |port| Wishes { own: vec![("shop".into(), "web".into(), port, own)], direct: false };
    let direct = Wishes { own: Vec::new(), direct: true };
    let none = Wishes::default();
    let cases = [
        (&[ROUTE, SERVICE][..], &none, Answerer::StandIn, "no slice is given"),
        (&[ROUTE, SERVICE, READY], &none, Answerer::StandIn, "one is ready"),
        (&[ROUTE, SERVICE, NOT_READY], &none, Answerer::NoEndpoint, "none is ready"),
        (&[ROUTE, SERVICE, READY, NOT_READY], &none, Answerer::StandIn, "one of two slices has a ready one"),
        (&[ROUTE, SERVICE, NOT_READY], &all(None), Answerer::Own(own), "the user's own wins"),
        (&[ROUTE, SERVICE], &all(Some(80)), Answerer::Own(own), "of that port"),
        (&[ROUTE, SERVICE], &all(Some(81)), Answerer::StandIn, "of another port"),
        (
            &[ROUTE, SERVICE, READY],
            &direct,
            Answerer::Direct(vec![ready]),
            "ready ones at the port of that name",
        ),
        (&[ROUTE, SERVICE, NOT_READY], &direct, Answerer::NoEndpoint, "nobody to dial"),
        (&[ROUTE, SERVICE], &direct, Answerer::NoEndpoint, "no slice to dial"),
    ];
    for (manifests, wishes, answerer, why) in cases {
        let plan = wishes.plan(&leaked(manifests), &web(80)).unwrap();
        assert_eq!(plan.answerer, answerer, "{why}");
    }
}

#[test]
fn a_service_that_is_not_there_has_nobody_and_an_assumed_one_is_marked() {
    let none = Wishes::default();
    let given = leaked(&[ROUTE, SERVICE]);
    let plan = |world: &World, port| none.plan(world, &web(port));
    assert_eq!(plan(&given, 82), None, "no such port");
    assert_eq!(plan(&World::default(), 80), None, "no such Service");
    assert!(!plan(&given, 80).unwrap().assumed);
    assert!(plan(&leaked(&[ROUTE]), 80).unwrap().assumed);
    assert_eq!(plan(&given, 81).unwrap().protocol, UpstreamProtocol::H2c);
    assert_eq!(plan(&given, 80).unwrap().protocol, UpstreamProtocol::Http1);
}

#[test]
fn an_own_backend_of_an_unknown_service_or_port_is_told() {
    let own = "127.0.0.1:3000".parse().unwrap();
    let wishes = Wishes {
        own: vec![
            ("shop".into(), "web".into(), None, own),
            ("shop".into(), "web".into(), Some(81), own),
            ("shop".into(), "web".into(), Some(82), own),
            ("shop".into(), "wbe".into(), None, own),
        ],
        direct: false,
    };
    let unknown: Vec<_> = wishes.unknown(&leaked(&[ROUTE, SERVICE])).collect();
    let service = |name| Key::new(Kind::Service, "shop", name);
    assert_eq!(unknown, [(service("web"), Some(82)), (service("wbe"), None)]);
}
