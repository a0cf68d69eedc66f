use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};

use super::*;
use crate::{
    comparison::{Face, compare},
    routing::compare::Options,
    source::{Input, Manifests},
    world::assume,
};

const BASE: &str = r"
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: v1
kind: Service
metadata: {name: app, namespace: shop}
spec: {ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: app, namespace: shop}
spec:
  ingressClassName: nginx
  tls: [{hosts: [app.example], secretName: tls}]
  rules:
    - host: app.example
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: app, port: {number: 80}}}}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: cutover}
spec: {controllerName: cutover.dev/gateway}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: cutover
  listeners:
    - {name: http, port: 80, protocol: HTTP}
    - name: https
      port: 443
      protocol: HTTPS
      tls: {certificateRefs: [{name: tls}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: app, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  hostnames: [app.example]
  rules:
    - backendRefs: [{name: app, port: 80}]
";

const SLICE: &str = r"
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: app-1, namespace: shop, labels: {kubernetes.io/service-name: app}}
addressType: IPv4
ports: [{port: 8080}]
endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]
";

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

/// A Secret with a chain, from a certificate authority or signed by itself.
fn secret(name: &str, host: &str, until: i32, by_authority: bool) -> String {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([host.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    let chain = if by_authority {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        format!("{}{}", params.signed_by(&key, &issuer).unwrap().pem(), issuer.pem())
    } else {
        params.self_signed(&key).unwrap().pem()
    };
    let indented = |text: &str| text.lines().fold(String::new(), |all, line| all + "    " + line + "\n");
    format!(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: shop}}\ntype: kubernetes.io/tls\n\
         stringData:\n  tls.crt: |\n{}  tls.key: |\n{}",
        indented(&chain),
        indented(&key.serialize_pem())
    )
}

/// What is found of a hostname: `route green`, with its reason.
fn look(text: &str, hostname: &str, accept: bool) -> Vec<(Item, Finding)> {
    let text: &'static str = Box::leak(text.to_owned().into_boxed_str());
    let (_, loaded) = Manifests::open(&[Input::BuiltIn { name: "a.yaml", text }]).unwrap();
    let world = World::of(loaded.objects);
    let world = world.apply(&assume(&world, None));
    let (old, new) = (ingress::compile(&world), gateway::compile(&world));
    let report = compare(&Face::ingresses(&world), &Face::gateways(&world), &Options::default());
    let mut accepted = Accepted::default();
    for one in report.differences.iter().filter(|_| accept) {
        let (id, reason) = (one.id.clone(), "known".to_owned());
        accepted.put(crate::comparison::Acceptance { id, reason, date: "2026-11-24".to_owned() });
    }
    let compared = Some((&report, &accepted));
    Known::new(Evidence { world: &world, old: &old, new: &new, compared, now: now() }).look(hostname)
}

fn found(all: &[(Item, Finding)], item: Item) -> (&'static str, &str) {
    all.iter().find(|(of, _)| *of == item).map(|(_, finding)| (finding.name(), finding.reason())).unwrap()
}

#[test]
fn each_point_is_found_by_its_evidence() {
    let good = secret("tls", "app.example", 2027, true);
    let base = format!("{BASE}{SLICE}{good}");
    let replaced = |from: &str, to: &str| {
        assert!(base.contains(from), "{from}");
        base.replace(from, to)
    };
    let two = |new: &str| {
        format!("{}{new}", replaced("certificateRefs: [{name: tls}]", "certificateRefs: [{name: other}]"))
    };
    let redirect = "- filters: [{type: RequestRedirect, requestRedirect: {scheme: http, statusCode: 302}}]";
    let cases: [(String, Item, &str, &str); 19] = [
        (base.clone(), Item::Route, "green", "shop/edge ▸ http, shop/edge ▸ https"),
        (replaced("hostnames: [app.example]", "hostnames: [other.example]"), Item::Route, "red", "no accepted route is for it"),
        (replaced("port: 443", "port: 8443"), Item::Route, "red", "no https listener at port 443 takes it"),
        (replaced("kind: GatewayClass\nmetadata: {name: cutover}", "kind: GatewayClass\nmetadata: {name: cutover}"), Item::Route, "green", ""),
        (replaced("parentRefs: [{name: edge}]", "parentRefs: [{name: edge, sectionName: tls}]"), Item::Route, "red", "HTTPRoute shop/app: NoMatchingParent"),
        (base.clone(), Item::Certificate, "green", "that of the old side, good until 2027-01-01"),
        (two(&secret("other", "app.example", 2026, true)), Item::Certificate, "red", "ran out on 2026-01-01"),
        (two(&secret("other", "else.example", 2027, true)), Item::Certificate, "red", "is not for app.example"),
        (two(&secret("other", "app.example", 2027, false)), Item::Certificate, "unknown", "signed by itself"),
        (two(&secret("other", "app.example", 2027, true)), Item::Certificate, "unknown", "from another authority"),
        (replaced(&good, ""), Item::Certificate, "unknown", "is not among the manifests"),
        (base.clone(), Item::Endpoints, "green", "1 of 1"),
        (replaced("ready: true", "ready: false"), Item::Endpoints, "red", "shop/app has no ready endpoint"),
        (replaced(SLICE, "\n"), Item::Endpoints, "unknown", "no EndpointSlice of shop/app"),
        (replaced("backendRefs: [{name: app, port: 80}]", "backendRefs: [{name: app, port: 81}]"), Item::Endpoints, "red", "shop/app"),
        (base.clone(), Item::Redirects, "green", "lead somewhere"),
        // nginx sends http to https; the new side sends https back.
        (replaced("- backendRefs: [{name: app, port: 80}]", redirect), Item::Redirects, "red", "go round"),
        (base.clone(), Item::WayBack, "green", ""),
        (
            replaced("  tls: [{hosts: [app.example], secretName: tls}]\n", "").replace(
                "- backendRefs: [{name: app, port: 80}]",
                "- filters: [{type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: Strict-Transport-Security, value: max-age=60}]}}]\n      backendRefs: [{name: app, port: 80}]",
            ),
            Item::WayBack,
            "red",
            "Strict-Transport-Security (max-age=60)",
        ),
    ];
    for (text, item, name, reason) in cases {
        let all = look(&text, "app.example", true);
        let (is, why) = found(&all, item);
        assert!(is == name && why.contains(reason), "{item}: {is}: {why}\nwanted {name}: {reason}");
    }
}

#[test]
fn a_difference_is_red_until_it_is_accepted_and_only_at_its_own_host() {
    let text = format!("{BASE}{SLICE}{}", secret("tls", "app.example", 2027, true));
    let all = look(&text, "app.example", false);
    let (name, why) = found(&all, Item::Differences);
    assert!(name == "red" && why.contains("not accepted: "), "{name}: {why}");
    assert_eq!(found(&look(&text, "app.example", true), Item::Differences).0, "green");
    assert_eq!(found(&look(&text, "other.example", false), Item::Differences).0, "green", "nothing is there");
}

#[test]
fn nobody_compared_is_not_known() {
    let world = World::of(Vec::new());
    let (old, new) = (ingress::compile(&world), gateway::compile(&world));
    let known = Known::new(Evidence { world: &world, old: &old, new: &new, compared: None, now: now() });
    let all = known.look("app.example");
    assert_eq!(found(&all, Item::Differences), ("unknown", "both sides are being compared"));
    assert_eq!(found(&all, Item::Route).0, "red");
}

#[test]
fn a_chain_that_does_not_hold_together_is_red() {
    let one = secret("tls", "app.example", 2027, true);
    let other = secret("tls", "app.example", 2027, true);
    // The leaf of the one, the authority of the other.
    let end = "-----END CERTIFICATE-----\n";
    let leaf = one.split_inclusive(end).next().unwrap();
    let rest = other.split_inclusive(end).nth(1).unwrap();
    let key = one.split_once("  tls.key: |\n").unwrap().1;
    let broken = format!("{leaf}{rest}  tls.key: |\n{key}");
    let all = look(&format!("{BASE}{SLICE}{broken}"), "app.example", true);
    assert_eq!(found(&all, Item::Certificate).0, "red", "{all:?}");
}

#[test]
fn what_came_over_the_wire_is_judged_by_both_answers() {
    let text = format!("{BASE}{SLICE}");
    let text: &'static str = Box::leak(text.into_boxed_str());
    let (_, loaded) = Manifests::open(&[Input::BuiltIn { name: "a.yaml", text }]).unwrap();
    let world = World::of(loaded.objects);
    let world = world.apply(&assume(&world, None));
    let (old, new) = (ingress::compile(&world), gateway::compile(&world));
    let known = Known::new(Evidence { world: &world, old: &old, new: &new, compared: None, now: now() });
    let probe = known.probe("app.example");
    assert_eq!(probe.url(), "https://app.example/");
    let nothing = || Came::Nothing("refused".to_owned());
    let cases = [
        (Came::Status(200), Came::Status(204), "green", "both answer"),
        (Came::Status(404), Came::Status(404), "green", "both say that nobody is there"),
        (Came::Status(200), Came::Status(503), "red", "the new side is broken"),
        (Came::Status(502), Came::Status(200), "red", "so is the old one: no way back"),
        (Came::Status(200), Came::Status(301), "red", "they answer differently"),
        (Came::Status(200), nothing(), "red", "nobody listens"),
        (nothing(), Came::Status(200), "red", "nobody listens at the old side"),
    ];
    for (old, new, expected, why) in cases {
        assert_eq!(probe.judge(&old, &new).name(), expected, "{why}");
    }
}
