//! The dialect as a function: objects in, Table out. What the real controller answers is held by `tests/ingress-nginx`.

use std::sync::Arc;

use super::*;
use crate::{
    resource::{Kind, Object},
    routing::{Ask, Explanation, Outcome, explain},
    source::{Input, Manifests},
    world::Change,
};

mod classes;
mod merging;
mod next;
mod odd;
mod refusing;

/// A World of one text.
pub(super) fn world(text: &str) -> World {
    let (_, loaded) = Manifests::open(&[Input::BuiltIn { name: "test.yaml", text: leak(text) }]).unwrap();
    // Services may be written for each Ingress anew.
    let wrong = loaded.problems.iter().filter(|problem| problem.code != "duplicate-object");
    assert_eq!(wrong.count(), 0, "{:?}\n{text}", loaded.problems);
    World::of(loaded.objects)
}

fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

/// A Service, and an Ingress of class `nginx` with one host and these paths (`path kind service`).
pub(super) fn ingress(
    name: &str,
    host: &str,
    annotations: &[(&str, &str)],
    paths: &[(&str, &str, &str)],
) -> String {
    let mut text = String::new();
    for (_, _, service) in paths {
        text.push_str(&format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {service}, namespace: shop}}\n\
             spec: {{ports: [{{port: 80}}]}}\n"
        ));
    }
    text.push_str(&format!(
        "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: {name}\n  namespace: shop\n  annotations:\n"
    ));
    text.push_str("    test: \"yes\"\n");
    for (key, value) in annotations {
        let value = serde_json::to_string(value).unwrap();
        text.push_str(&format!("    nginx.ingress.kubernetes.io/{key}: {value}\n"));
    }
    text.push_str(&format!(
        "spec:\n  ingressClassName: nginx\n  rules:\n  - host: {host}\n    http:\n      paths:\n"
    ));
    for (path, kind, service) in paths {
        let path = serde_json::to_string(path).unwrap();
        text.push_str(&format!(
            "      - {{path: {path}, pathType: {kind}, backend: {{service: {{name: {service}, port: {{number: 80}}}}}}}}\n"
        ));
    }
    text
}

/// What becomes of a plain request.
pub(super) fn ask(compiled: &Compiled, host: &str, path: &str) -> Explanation {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let ask = Ask {
        side: Side::Old,
        gateway: None,
        method: "GET".into(),
        scheme: "http".into(),
        host: host.into(),
        port: 80,
        path: path.into(),
        query: query.map(Into::into),
        headers: Vec::new(),
    };
    explain(&compiled.table, &ask)
}

/// The Service that a request goes to, or the status.
pub(super) fn goes_to(compiled: &Compiled, host: &str, path: &str) -> String {
    let found = ask(compiled, host, path);
    match found.outcome {
        Outcome::Forward => {
            found.backends.first().map(|one| one.backend.name.to_string()).unwrap_or_default()
        }
        Outcome::Redirect | Outcome::Refuse => {
            found.status.map(|status| status.to_string()).unwrap_or_default()
        }
    }
}

pub(super) fn object(text: &str, kind: &Kind) -> Arc<Object> {
    world(text).list(kind).next().unwrap().clone()
}

#[test]
fn what_touches_no_ingress_compiles_nothing_again() {
    let before = world(&ingress("a", "a.example", &[], &[("/", "Prefix", "web")]));
    let compiled = compile(&before);
    let route = object(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g, namespace: shop}\n\
         spec: {gatewayClassName: x, listeners: [{name: http, port: 80, protocol: HTTP}]}",
        &Kind::Gateway,
    );
    let changes = [Change::Put(route)];
    let next = compiled.next(&before.apply(&changes), &changes);
    assert!(Arc::ptr_eq(&next.table, &compiled.table));
}

#[test]
fn a_change_of_an_ingress_is_what_compiling_anew_gives() {
    let before = world(&ingress("a", "a.example", &[], &[("/", "Prefix", "web")]));
    let other = world(&ingress("b", "b.example", &[("rewrite-target", "/x")], &[("/b", "Prefix", "web")]));
    let changes: Vec<Change> = other.list(&Kind::Ingress).cloned().map(Change::Put).collect();
    let after = before.apply(&changes);
    let next = compile(&before).next(&after, &changes);
    assert_eq!(*next.table, *compile(&after).table);
    assert_eq!(goes_to(&next, "b.example", "/b"), "web");
}
