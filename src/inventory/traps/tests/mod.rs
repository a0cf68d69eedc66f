//! Every trap: objects that touch it, the request, the old side's answer, and what is said of it.

use std::{collections::BTreeSet, path::Path, sync::Arc, time::Instant};

use serde_json::{Value, json};

use super::{super::survey, *};
use crate::{
    dialect::ingress,
    inventory::{Options, Survey},
    resource::{Kind, Meta, Object, Origin},
    routing::explain,
};

mod around;
mod behaviour;
mod beside;
mod matching;
mod tls;

/// One trap, shown.
struct Case {
    id: &'static str,
    /// The recorded case of the real controller that shows it over the wire; empty where none does.
    recorded: &'static str,
    objects: Vec<Arc<Object>>,
    /// Kind and name of the object at fault.
    object: &'static str,
    /// Method and URL; empty where no request shows it.
    request: &'static str,
    /// What the old side answers: a Service, or a status with where it leads.
    answer: &'static str,
    /// A part of the message.
    says: &'static str,
}

fn cases() -> Vec<Case> {
    let mut all = matching::cases();
    all.extend(tls::cases());
    all.extend(behaviour::cases());
    all.extend(around::cases());
    all.extend(beside::cases());
    all
}

fn object(value: &Value) -> Arc<Object> {
    let word = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = Kind::from_api(&word("/apiVersion"), &word("/kind"));
    let labels = value.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten();
    let created = value.pointer("/metadata/creationTimestamp").and_then(Value::as_str);
    Arc::new(Object {
        key: Key::new(kind, word("/metadata/namespace"), word("/metadata/name")),
        api_version: word("/apiVersion").into(),
        meta: Meta {
            created: created.map(|text| text.parse().unwrap()),
            labels: labels
                .map(|(key, value)| (key.as_str().into(), value.as_str().unwrap().into()))
                .collect(),
            ..Meta::default()
        },
        text: value.to_string().into(),
        origin: Some(Origin { file: Path::new("a.yaml").into(), line: 7, start: 0, item: None }),
        assumed: false,
    })
}

fn nginx(annotations: &[(&str, &str)]) -> Value {
    let key = |name: &str| {
        if name.contains('/') { name.to_owned() } else { format!("nginx.ingress.kubernetes.io/{name}") }
    };
    annotations
        .iter()
        .map(|(name, value)| (key(name), json!(value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Paths as `Prefix /a one`: type, path, Service (`one:http` names the port).
fn rules(rules: &[(&str, &[&str])]) -> Value {
    let path = |text: &&str| {
        let (kind, rest) = text.split_once(' ').unwrap();
        let (path, service) = rest.rsplit_once(' ').unwrap();
        let (service, port) = match service.split_once(':') {
            Some((service, port)) => (service, json!({"name": port})),
            None => (service, json!({"number": 80})),
        };
        json!({"path": path, "pathType": kind, "backend": {"service": {"name": service, "port": port}}})
    };
    let rule = |(host, paths): &(&str, &[&str])| {
        let mut rule = json!({"http": {"paths": paths.iter().map(path).collect::<Vec<_>>()}});
        if !host.is_empty() {
            rule["host"] = json!(host);
        }
        rule
    };
    json!({"ingressClassName": "nginx", "rules": rules.iter().map(rule).collect::<Vec<_>>()})
}

fn ingress(name: &str, annotations: &[(&str, &str)], spec: Value) -> Arc<Object> {
    let (namespace, name) = name.split_once('/').unwrap_or(("shop", name));
    object(&json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"namespace": namespace, "name": name, "annotations": nginx(annotations)},
        "spec": spec,
    }))
}

/// With `tls` for these hosts, from the Secret `cert`.
fn with_tls(mut spec: Value, hosts: &[&str]) -> Value {
    spec["tls"] = json!([{"hosts": hosts, "secretName": "cert"}]);
    spec
}

fn service(name: &str) -> Arc<Object> {
    let (namespace, name) = name.split_once('/').unwrap_or(("shop", name));
    object(&json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"namespace": namespace, "name": name},
        "spec": {"ports": [{"name": "http", "port": 80}]},
    }))
}

fn services() -> Vec<Arc<Object>> {
    ["one", "two", "three", "other/one"].map(service).to_vec()
}

/// Services `one`, `two`, `three`, and these objects.
fn with(objects: impl IntoIterator<Item = Arc<Object>>) -> Vec<Arc<Object>> {
    let mut all = services();
    all.extend(objects);
    all
}

fn config_map(data: Value) -> Arc<Object> {
    object(&json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"namespace": "ingress-nginx", "name": "ingress-nginx-controller"},
        "data": data,
    }))
}

fn controller(arguments: &[&str]) -> Arc<Object> {
    let mut all = vec!["/nginx-ingress-controller", "--configmap=$(POD_NAMESPACE)/ingress-nginx-controller"];
    all.extend(arguments);
    object(&json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"namespace": "ingress-nginx", "name": "controller"},
        "spec": {"template": {"spec": {"containers": [
            {"name": "controller", "image": "registry.k8s.io/ingress-nginx/controller:v1.15.1", "args": all},
        ]}}},
    }))
}

fn look(objects: Vec<Arc<Object>>) -> (World, ingress::Compiled, Survey) {
    let world = World::of(objects);
    let compiled = ingress::compile(&world);
    let survey = survey(&world, &compiled, &Options::default());
    (world, compiled, survey)
}

#[test]
fn each_trap_is_found_with_the_request_that_shows_it() {
    let wrong: Vec<String> = cases().into_iter().filter_map(|case| fault(case).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with what is found of a case.
fn fault(case: Case) -> Result<(), String> {
    let id = case.id;
    let (world, compiled, survey) = look(case.objects);
    let of_id: Vec<&Arc<TrapFinding>> = survey.traps.iter().filter(|trap| trap.id == id).collect();
    let is_it = |trap: &&&Arc<TrapFinding>| {
        format!("{} {}", trap.object.kind, trap.object.path()) == case.object
            && trap.message.contains(case.says)
    };
    let found = of_id.iter().find(is_it).ok_or_else(|| {
        format!("{id}: no `{}` of {}: {of_id:#?} {:?}", case.says, case.object, compiled.refused)
    })?;
    let request =
        found.request.as_ref().map(|it| format!("{} {}://{}{}", it.method, it.scheme, it.host, it.path));
    let request = request.as_deref().unwrap_or_default();
    if request != case.request {
        return Err(format!("{id}: {request} is not {}: {found:#?}", case.request));
    }
    if found.line != Some(7) || found.cure.is_empty() || found.title.is_empty() {
        return Err(format!("{id}: a part is missing: {found:#?}"));
    }
    if let Some(request) = &found.request {
        let scene = Scene::new(&world, &compiled, &survey.ingresses);
        let answer = scene::told(&explain(&compiled.table, &scene.question(request)));
        if answer != case.answer {
            return Err(format!("{id}: `{answer}` is not `{}`: {found:#?}", case.answer));
        }
    }
    let facts = survey.ingresses.iter().find(|facts| facts.key == found.object);
    if facts.is_some_and(|facts| !facts.traps.contains(found)) {
        return Err(format!("{id}: not with its Ingress"));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ingress-nginx/cases").join(case.recorded);
    if folder.is_dir() { Ok(()) } else { Err(format!("{id}: there is no recorded case {}", case.recorded)) }
}

/// The rows of the four tables: matching, redirects and TLS, behaviour, global.
fn rows() -> BTreeSet<String> {
    let tables = [('M', 19), ('T', 15), ('B', 17), ('G', 12)];
    tables.iter().flat_map(|(table, rows)| (1..=*rows).map(move |row| format!("{table}{row}"))).collect()
}

#[test]
fn every_row_has_a_detector_and_a_case() {
    let detectors: Vec<String> = all().map(|trap| trap.id.to_owned()).collect();
    assert_eq!(detectors.len(), rows().len(), "a row stands twice, or not at all");
    assert_eq!(detectors.iter().cloned().collect::<BTreeSet<_>>(), rows());
    let shown: BTreeSet<String> = cases().iter().map(|case| case.id.to_owned()).collect();
    let missing: Vec<_> = detectors.iter().filter(|id| !shown.contains(*id)).collect();
    assert!(missing.is_empty(), "detectors without a case: {missing:?}");
    for trap in all() {
        assert_eq!(trap.code, format!("trap-{}", trap.id.to_lowercase()));
    }
}

#[test]
fn the_five_surprising_behaviours_come_first() {
    let first: Vec<_> = all().take(5).map(|trap| trap.id).collect();
    assert_eq!(first, ["M1", "M2", "M3", "M9", "M10"]);
    let (.., survey) = look(with([
        ingress("a", &[("limit-rps", "5")], rules(&[("a.example", &["Prefix /x/ one"])])),
        ingress("b", &[("use-regex", "true")], rules(&[("b.example", &["Prefix /x two"])])),
    ]));
    let ids: Vec<_> = survey.traps.iter().map(|trap| trap.id).collect();
    assert_eq!(ids[..3], ["M1", "M9", "M10"], "{ids:?}");
    let rest: Vec<_> =
        survey.traps.iter().filter(|trap| !first.contains(&trap.id)).map(|trap| trap.severity).collect();
    assert!(rest.is_sorted(), "{rest:?}");
}

#[test]
fn a_plain_ingress_touches_little() {
    let plain = rules(&[("a.example", &["Prefix / one"])]);
    let (.., survey) = look(with([config_map(json!({})), ingress("a", &[], plain)]));
    let ids: Vec<_> = survey.traps.iter().map(|trap| (trap.id, &*trap.object.name)).collect();
    let settings = "ingress-nginx-controller";
    let expected = [
        ("M18", "a"),
        ("T12", settings),
        ("B1", settings),
        ("B2", settings),
        ("B3", settings),
        ("B4", settings),
    ];
    assert_eq!(ids, expected);
    assert!(survey.traps.iter().all(|trap| trap.severity == Severity::Info));
    let (.., nothing) = look(services());
    assert_eq!(nothing.traps, []);
}

#[test]
fn findings_of_one_host_are_bounded_and_the_rest_is_counted() {
    let paths: Vec<String> = (0..40).map(|n| format!("Prefix /p{n}/ one")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let (.., survey) =
        look(with([ingress("a", &[], rules(&[("a.example", &paths), ("b.example", &paths[..2])]))]));
    let of = |host: &str| {
        survey.traps.iter().filter(|trap| trap.id == "M9" && trap.host.as_deref() == Some(host)).count()
    };
    assert_eq!((of("a.example"), of("b.example")), (MOST, 2));
    let more = survey.more_traps.iter().find(|more| more.id == "M9").unwrap();
    assert_eq!((more.host.as_deref(), more.count), (Some("a.example"), 40 - MOST));
}

#[test]
fn ten_times_the_ingresses_take_no_more_than_some_ten_times_the_time() {
    let many = |count: usize, one_host: bool| {
        let objects: Vec<_> = (0..count)
            .map(|n| {
                let host = if one_host { "a.example".to_owned() } else { format!("h{n}.example") };
                let path = format!("Prefix /p{n}/ one");
                let annotations: &[(&str, &str)] =
                    if n % 50 == 0 { &[("use-regex", "true")] } else { &[("limit-rps", "5")] };
                ingress(&format!("i{n}"), annotations, rules(&[(&host, &[&path])]))
            })
            .collect();
        let world = World::of(with(objects));
        let compiled = ingress::compile(&world);
        let start = Instant::now();
        let survey = survey(&world, &compiled, &Options::default());
        assert_eq!(survey.ingresses.len(), count);
        start.elapsed()
    };
    for one_host in [false, true] {
        let (few, more) = (many(300, one_host), many(3000, one_host));
        println!("one host: {one_host}: 300 in {few:?}, 3000 in {more:?}");
        assert!(more < few * 40, "one host: {one_host}: 300 in {few:?}, 3000 in {more:?}");
    }
}

#[test]
fn a_request_can_be_pasted_into_a_shell() {
    let sample = Sample {
        method: "POST",
        scheme: "https",
        host: "a.example".to_owned(),
        path: "/it's?x={1}".to_owned(),
        headers: vec![("X-A".to_owned(), "$b".to_owned())],
    };
    let expected = "curl -i -k -X POST -H 'X-A: $b' -g --path-as-is 'https://a.example/it'\\''s?x={1}'";
    assert_eq!(sample.to_string(), expected);
}

#[test]
fn each_trap_is_documented() {
    let docs = include_str!("../../../../docs/problems.md");
    for trap in all() {
        let row = docs.lines().find(|line| line.starts_with(&format!("| `{}` |", trap.code)));
        let row = row.unwrap_or_else(|| panic!("docs/problems.md has no {}", trap.code));
        let severity = format!("{:?}", trap.severity).to_lowercase();
        assert!(row.contains(&severity), "{row}");
        assert!(row.to_lowercase().contains(&trap.title.to_lowercase()), "{row}");
    }
    let written = docs.lines().filter(|line| line.starts_with("| `trap-")).count();
    assert_eq!(written, all().count(), "a row for a trap that is not there");
}
