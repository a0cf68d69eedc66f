//! Step by step gives what from scratch gives, and shares what did not change.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    resource::Meta,
    routing::{HostPattern, Port, VirtualHost},
    world::assume,
};

const PREFIX: &str = "nginx.ingress.kubernetes.io";

/// An object from its JSON, as a source would make it.
fn object(text: &Value) -> Arc<Object> {
    let word = |pointer: &str| text.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let labels = text.pointer("/metadata/labels").and_then(Value::as_object).cloned().unwrap_or_default();
    let labels = labels.iter().map(|(k, v)| (k.as_str().into(), v.as_str().unwrap_or_default().into()));
    Arc::new(Object {
        key: Key::new(
            Kind::from_api(&word("/apiVersion"), &word("/kind")),
            word("/metadata/namespace"),
            word("/metadata/name"),
        ),
        api_version: word("/apiVersion").into(),
        meta: Meta {
            labels: labels.collect(),
            created: word("/metadata/creationTimestamp").parse().ok(),
            generation: 1,
        },
        text: text.to_string().into(),
        origin: None,
        assumed: false,
    })
}

fn of(api: &str, kind: &str, (namespace, name): (&str, &str), rest: Value) -> Arc<Object> {
    let mut text =
        json!({"apiVersion": api, "kind": kind, "metadata": {"namespace": namespace, "name": name}});
    for (key, value) in rest.as_object().cloned().unwrap_or_default() {
        match (key.as_str(), value) {
            ("metadata", Value::Object(more)) => text["metadata"].as_object_mut().unwrap().extend(more),
            (_, value) => text[key] = value,
        }
    }
    object(&text)
}

fn service(at: (&str, &str), port: u16) -> Arc<Object> {
    of("v1", "Service", at, json!({"spec": {"ports": [{"name": "web", "port": port}]}}))
}

fn one_of(choices: &'static [&'static str]) -> impl Strategy<Value = &'static str> + Clone {
    prop::sample::select(choices)
}

// `a` and `b-c`, `a-b` and `c`: upstreams of two namespaces with one name.
const NAMESPACES: &[&str] = &["a", "a-b"];
const SERVICES: &[&str] = &["b-c", "c", "d", "e"];
const INGRESSES: &[&str] = &["one", "two", "three", "four"];
const HOSTS: &[&str] =
    &["", "x.io", "x.io", "www.x.io", "y.io", "y.io", "*.w.io", "X.io", "bad_host", "z.io", "*.io"];
const PATHS: &[&str] = &["/", "/", "/a", "/a", "/a/", "/ab", "/b(.*)", "/c d"];
const SECRETS: &[&str] = &["s", "t"];
const MAPS: &[&str] = &["m", "n"];

fn any_backend() -> impl Strategy<Value = Value> {
    let port = prop_oneof![8 => Just(json!({"number": 80})), 1 => Just(json!({"name": "web"})), 1 => Just(json!({}))];
    (one_of(SERVICES), port).prop_map(|(name, port)| json!({"service": {"name": name, "port": port}}))
}

fn any_rule() -> impl Strategy<Value = Value> {
    let path = (one_of(PATHS), one_of(&["Prefix", "Exact", "ImplementationSpecific"]), any_backend())
        .prop_map(|(path, kind, backend)| json!({"path": path, "pathType": kind, "backend": backend}));
    (one_of(HOSTS), prop::option::weighted(0.9, prop::collection::vec(path, 1..4))).prop_map(
        |(host, paths)| {
            let mut rule = json!({"host": host});
            if let Some(paths) = paths {
                rule["http"] = json!({ "paths": paths });
            }
            rule
        },
    )
}

/// What annotations may say, each with how often.
fn any_annotations() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let canary = prop::sample::select(vec![
        vec![("canary", "true"), ("canary-weight", "10")],
        vec![("canary", "true"), ("canary-weight", "30"), ("canary-by-header", "x-new")],
        vec![("canary", "true"), ("affinity-canary-behavior", "legacy")],
    ]);
    let other = prop::sample::select(vec![
        vec![("server-alias", "alias.io,y.io")],
        vec![("server-alias", "z.io")],
        vec![("from-to-www-redirect", "true")],
        vec![("affinity", "cookie")],
        vec![("affinity", "cookie"), ("affinity-mode", "persistent"), ("session-cookie-name", "other")],
        vec![("rewrite-target", "/x$1")],
        vec![("use-regex", "true")],
        vec![("auth-type", "basic"), ("auth-secret", "s")],
        vec![("auth-tls-secret", "a/s")],
        vec![("auth-url", "http://d.a.svc.cluster.local/")],
        vec![("custom-headers", "a/m")],
        vec![("mirror-target", "http://e.a.svc")],
        vec![("default-backend", "d")],
        vec![("custom-http-errors", "404"), ("default-backend", "e")],
        vec![("upstream-hash-by", "$uri")],
        vec![("proxy-ssl-secret", "a/t"), ("backend-protocol", "HTTPS"), ("proxy-ssl-verify", "on")],
        vec![("app-root", "/app")],
        vec![("server-snippet", "return 403;")],
        vec![("proxy-read-timeout", "7")],
        vec![("upstream-vhost", "$nonsense")],
    ]);
    (prop::option::weighted(0.3, canary), prop::collection::vec(other, 0..3))
        .prop_map(|(canary, others)| canary.into_iter().chain(others).flatten().collect())
}

fn any_ingress() -> impl Strategy<Value = Arc<Object>> {
    let class = prop_oneof![10 => Just("nginx"), 2 => Just("traefik"), 1 => Just("")];
    let created =
        prop_oneof![2 => Just(""), 1 => Just("2024-01-01T00:00:00Z"), 1 => Just("2025-01-01T00:00:00Z")];
    let tls = (one_of(HOSTS), one_of(SECRETS))
        .prop_map(|(host, secret)| json!([{"hosts": [host], "secretName": secret}]));
    (
        (one_of(NAMESPACES), one_of(INGRESSES), class, created),
        prop::collection::vec(any_rule(), 0..3),
        any_annotations(),
        prop::option::weighted(0.2, any_backend()),
        prop::option::weighted(0.3, tls),
    )
        .prop_map(|((namespace, name, class, created), rules, annotations, default, tls)| {
            let annotations: serde_json::Map<String, Value> = annotations
                .into_iter()
                .map(|(key, value)| (format!("{PREFIX}/{key}"), json!(value)))
                .collect();
            let mut spec = json!({"rules": rules});
            if !class.is_empty() {
                spec["ingressClassName"] = json!(class);
            }
            if let Some(default) = default {
                spec["defaultBackend"] = default;
            }
            if let Some(tls) = tls {
                spec["tls"] = tls;
            }
            let metadata = json!({"annotations": annotations, "creationTimestamp": created});
            let rest = json!({"metadata": metadata, "spec": spec});
            of("networking.k8s.io/v1", "Ingress", (namespace, name), rest)
        })
}

/// Certificates for `x.io`; as Secrets hold them.
fn secret(at: (&str, &str), kind: u8) -> Arc<Object> {
    static DATA: LazyLock<Value> = LazyLock::new(|| {
        let made = rcgen::generate_simple_self_signed(vec!["x.io".to_owned()]).unwrap();
        json!({
            "tls.crt": STANDARD.encode(made.cert.pem()),
            "tls.key": STANDARD.encode(made.signing_key.serialize_pem()),
            "ca.crt": STANDARD.encode(made.cert.pem()),
            "auth": STANDARD.encode("me:{PLAIN}secret\n")
        })
    });
    let data = if kind == 0 { json!({"auth": STANDARD.encode("you:{PLAIN}other\n")}) } else { DATA.clone() };
    of("v1", "Secret", at, json!({ "data": data }))
}

fn any_other() -> impl Strategy<Value = Arc<Object>> {
    let at = || (one_of(NAMESPACES), one_of(SERVICES));
    prop_oneof![
        6 => (at(), prop::sample::select(vec![80, 81])).prop_map(|(at, port)| service(at, port)),
        1 => at().prop_map(|at| {
            of("v1", "Service", at, json!({"spec": {"type": "ExternalName", "externalName": "far.example",
                "ports": [{"port": 80}]}}))
        }),
        3 => (at(), any::<bool>()).prop_map(|((namespace, name), ready)| {
            of("discovery.k8s.io/v1", "EndpointSlice", (namespace, name), json!({
                "metadata": {"labels": {"kubernetes.io/service-name": name}}, "addressType": "IPv4",
                "ports": [{"name": "web", "port": 8080}],
                "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": ready}}]
            }))
        }),
        3 => (one_of(NAMESPACES), one_of(SECRETS), 0..2_u8)
            .prop_map(|(namespace, name, kind)| secret((namespace, name), kind)),
        2 => (one_of(NAMESPACES), one_of(MAPS), one_of(&["1", "2"])).prop_map(|(namespace, name, value)| {
            of("v1", "ConfigMap", (namespace, name), json!({"data": {"X-Own": value}}))
        }),
        1 => one_of(&["308", "301"]).prop_map(|code| {
            let data = json!({"http-redirect-code": code, "proxy-set-headers": "a/n",
                "global-allowed-response-headers": "X-Own", "allow-snippet-annotations": "true",
                "annotations-risk-level": "Critical"});
            of("v1", "ConfigMap", ("ingress-nginx", "ingress-nginx-controller"), json!({ "data": data }))
        }),
        1 => one_of(&["nginx", "traefik"]).prop_map(|name| {
            let controller = if name == "nginx" { "k8s.io/ingress-nginx" } else { "traefik.io/ingress-controller" };
            of("networking.k8s.io/v1", "IngressClass", ("", name), json!({"spec": {"controller": controller}}))
        }),
        1 => one_of(&["d", "e"]).prop_map(|name| {
            let args = json!(["/nginx-ingress-controller", format!("--default-backend-service=a/{name}"),
                "--default-ssl-certificate=a/s",
                "--configmap=ingress-nginx/ingress-nginx-controller"]);
            let container = json!({"name": "c", "image": "ingress-nginx/controller:v1.15.1", "args": args});
            let spec = json!({"template": {"spec": {"containers": [container]}}});
            of("apps/v1", "Deployment", ("ingress-nginx", "c"), json!({ "spec": spec }))
        }),
    ]
}

fn any_change() -> impl Strategy<Value = Change> {
    let gone = |api: &'static str, kind: &'static str, name| {
        (one_of(NAMESPACES), name).prop_map(move |(namespace, name): (&str, &str)| {
            Change::Remove(Key::new(Kind::from_api(api, kind), namespace, name))
        })
    };
    prop_oneof![
        9 => any_ingress().prop_map(Change::Put),
        6 => any_other().prop_map(Change::Put),
        3 => gone("networking.k8s.io/v1", "Ingress", one_of(INGRESSES)),
        1 => gone("v1", "Service", one_of(SERVICES)),
        1 => gone("discovery.k8s.io/v1", "EndpointSlice", one_of(SERVICES)),
        1 => gone("v1", "Secret", one_of(SECRETS)),
        1 => gone("v1", "ConfigMap", one_of(MAPS)),
        1 => one_of(&["nginx", "traefik"]).prop_map(|name| Change::Remove(Key::new(Kind::IngressClass, "", name))),
    ]
}

fn ports(compiled: &Compiled, of_nginx: bool) -> Vec<Arc<Port>> {
    let entry = entry();
    let all = compiled.table.ports.values();
    all.filter(|port| (port.key.entry == entry) == of_nginx).cloned().collect()
}

/// Everything that two ways to the same World must agree on. What nginx refuses leaves it with what it had.
fn agree(step: &Compiled, scratch: &Compiled, before: &Compiled) -> Result<(), TestCaseError> {
    prop_assert_eq!(&step.found, &scratch.found);
    prop_assert_eq!(&step.ingresses, &scratch.ingresses);
    prop_assert_eq!(&step.servers, &scratch.servers);
    prop_assert_eq!(&step.upstreams, &scratch.upstreams);
    prop_assert_eq!(&step.default_certificate, &scratch.default_certificate);
    prop_assert_eq!(&step.refused, &scratch.refused);
    prop_assert_eq!(ports(step, false), ports(scratch, false));
    let kept = ports(before, true);
    if step.refused.is_empty() || kept.is_empty() {
        prop_assert_eq!(&step.table, &scratch.table);
        prop_assert_eq!(&step.certificates, &scratch.certificates);
        prop_assert_eq!(&step.clients, &scratch.clients);
        prop_assert_eq!(step.backends(), scratch.backends());
    } else {
        prop_assert_eq!(ports(step, true), kept);
        prop_assert_eq!(&step.certificates, &before.certificates);
        prop_assert_eq!(&step.clients, &before.clients);
    }
    step.kept.agree(&scratch.kept)
}

proptest! {
    #[test]
    fn step_by_step_is_from_scratch(
        steps in prop::collection::vec(prop::collection::vec(any_change(), 1..5), 1..14), assuming in any::<bool>()
    ) {
        let mut world = World::default();
        let mut compiled = compile(&world);
        for changes in steps {
            let mut changes = changes;
            world = world.apply(&changes);
            if assuming {
                let more = assume(&world, Some(&changes));
                world = world.apply(&more);
                changes.extend(more);
            }
            let next = compiled.next(&world, &changes);
            agree(&next, &compile(&world), &compiled)?;
            compiled = next;
        }
    }
}

fn virtual_host(compiled: &Compiled, host: &str) -> Arc<VirtualHost> {
    let pattern = HostPattern::parse_one_label(host).unwrap();
    Arc::clone(ports(compiled, true)[0].listeners[0].hosts.get(&pattern).unwrap())
}

fn simple(name: &str, host: &str, annotations: Value, service: &str) -> Arc<Object> {
    let backend = json!({"service": {"name": service, "port": {"number": 80}}});
    let paths = json!([{"path": "/", "pathType": "Prefix", "backend": backend}]);
    let spec = json!({"ingressClassName": "nginx", "rules": [{"host": host, "http": {"paths": paths}}]});
    let rest = json!({"metadata": {"annotations": annotations}, "spec": spec});
    of("networking.k8s.io/v1", "Ingress", ("a", name), rest)
}

fn three() -> World {
    World::of([
        simple("one", "x.io", json!({}), "c"),
        simple("two", "y.io", json!({}), "d"),
        simple("three", "z.io", json!({}), "d"),
        service(("a", "c"), 80),
        service(("a", "d"), 80),
        service(("a", "e"), 80),
    ])
}

/// Which hosts a change leaves as they were, to the very pointer.
fn shared(before: &World, changes: &[Change]) -> Vec<&'static str> {
    let old = compile(before);
    let new = old.next(&before.apply(changes), changes);
    let same = |host: &&str| Arc::ptr_eq(&virtual_host(&old, host), &virtual_host(&new, host));
    ["x.io", "y.io", "z.io"].into_iter().filter(same).collect()
}

#[test]
fn a_change_makes_again_only_the_hosts_that_it_touches() {
    let timeout = json!({"nginx.ingress.kubernetes.io/proxy-read-timeout": "7"});
    let canary = json!({"nginx.ingress.kubernetes.io/canary": "true", "nginx.ingress.kubernetes.io/canary-weight": "5"});
    let settings = json!({"data": {"proxy-read-timeout": "7"}});
    let settings = of("v1", "ConfigMap", ("ingress-nginx", "ingress-nginx-controller"), settings);
    let ports = json!([{"port": 81, "targetPort": 80}]);
    let renumbered = of("v1", "Service", ("a", "d"), json!({"spec": {"ports": ports}}));
    let cases: [(Change, &[&str], &str); 9] = [
        (Change::Put(simple("one", "x.io", timeout, "c")), &["y.io", "z.io"], "an annotation"),
        (Change::Put(simple("zero", "y.io", json!({}), "c")), &["x.io", "z.io"], "one more of a host"),
        (
            Change::Put(simple("four", "y.io", canary, "e")),
            &["x.io"],
            "a canary: all that share its main's Service",
        ),
        (Change::Put(renumbered), &["x.io"], "a Service's port"),
        (
            Change::Put(service(("a", "d"), 81)),
            &["x.io", "y.io", "z.io"],
            "nobody is there now: the same name is asked",
        ),
        (Change::Put(service(("a", "e"), 81)), &["x.io", "y.io", "z.io"], "a Service that nobody uses"),
        (Change::Put(settings), &[], "the controller's ConfigMap"),
        (Change::Put(service(("b", "c"), 80)), &["x.io", "y.io", "z.io"], "a Service of another namespace"),
        (Change::Put(simple("four", "v.io", json!({}), "c")), &["x.io", "y.io", "z.io"], "one more host"),
    ];
    for (change, expected, why) in cases {
        assert_eq!(shared(&three(), &[change]), expected, "{why}");
    }
}

#[test]
fn what_says_the_same_changes_nothing() {
    let before = three();
    let old = compile(&before);
    let key = Key::new(Kind::Ingress, "a", "one");
    let mut moved = (**before.get(&key).unwrap()).clone();
    moved.text = moved.text.replace("\"spec\":{", "\"status\":{\"x\":1},\"spec\":{").into();
    let mut labelled = (*service(("a", "c"), 80)).clone();
    labelled.text = labelled.text.replace("\"spec\":{", "\"spec\":{\"selector\":{\"app\":\"a\"},").into();
    let changes = [Change::Put(Arc::new(moved)), Change::Put(Arc::new(labelled))];
    let new = old.next(&before.apply(&changes), &changes);
    assert!(Arc::ptr_eq(&old.table, &new.table), "a status, a selector");
}

#[test]
fn what_nginx_refuses_leaves_other_controllers_alone() {
    let mut text = simple("other", "t.io", json!({}), "c").text.to_string();
    text = text.replace("\"nginx\"", "\"traefik\"");
    let before = three();
    let old = compile(&before);
    let bad = simple("four", "v.io", json!({}), "c").text.replace("\"path\":\"/\"", "\"path\":\"/a b\"");
    let changes = [bad, text].map(|text| Change::Put(object(&serde_json::from_str(&text).unwrap())));
    let new = old.next(&before.apply(&changes), &changes);
    assert_eq!(new.refused.len(), 2, "the path and its twin: {:?}", new.refused);
    assert_eq!(ports(&new, true), ports(&old, true));
    assert_eq!(ports(&new, false).len(), 2, "Traefik's ports");
}
