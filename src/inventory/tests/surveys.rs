//! All that a survey says of an Ingress.

use super::*;
use crate::resource::Severity;

#[test]
fn hosts_paths_and_tls_are_read() {
    let backend = |name: &str, port: Value| json!({"service": {"name": name, "port": port}});
    let spec = json!({
        "ingressClassName": "nginx",
        "defaultBackend": backend("rest", json!({"name": "http"})),
        "tls": [{"hosts": ["a.example"], "secretName": "cert"}, {"hosts": ["b.example"]}],
        "rules": [
            {"host": "a.example", "http": {"paths": [
                {"path": "/x", "pathType": "Exact", "backend": backend("x", json!({"number": 8080}))},
                {"pathType": "Prefix", "backend": backend("y", json!({}))},
            ]}},
            {"http": {"paths": [{"path": "/z", "pathType": "Prefix", "backend": {}}]}},
            {"host": "a.example"},
        ],
    });
    let facts = only([with_spec("a", json!({}), spec)]);
    assert_eq!(facts.hosts.iter().map(|host| &**host).collect::<Vec<_>>(), ["a.example", ""]);
    let paths: Vec<_> =
        facts.paths.iter().map(|one| (&*one.host, &*one.path, &*one.path_type, one.field.as_str())).collect();
    let expected = [
        ("a.example", "/x", "Exact", "spec.rules[0].http.paths[0]"),
        ("a.example", "", "Prefix", "spec.rules[0].http.paths[1]"),
        ("", "/z", "Prefix", "spec.rules[1].http.paths[0]"),
    ];
    assert_eq!(paths, expected);
    let service = |name: &str, port: &str| Backend::Service { name: name.into(), port: port.into() };
    let backends: Vec<_> = facts.paths.iter().map(|one| one.backend.clone()).collect();
    assert_eq!(backends, [service("x", "8080"), service("y", ""), Backend::Nothing]);
    assert_eq!(facts.default_backend, Some(service("rest", "http")));
    let tls: Vec<_> = facts.tls.iter().map(|one| (one.hosts.len(), one.secret.as_deref())).collect();
    assert_eq!(tls, [(1, Some("cert")), (1, None)]);
    assert_eq!(facts.origin.as_ref().map(|origin| origin.line), Some(7));
}

#[test]
fn a_survey_counts_and_orders() {
    let world = World::of([
        ingress("b/one", json!({nginx("limit-rps"): "5"})),
        ingress("a/two", json!({nginx("app-root"): "/x"})),
        ingress("a/one", json!({})),
    ]);
    let survey = look(&world);
    let names: Vec<_> = survey.ingresses.iter().map(|one| one.key.path()).collect();
    assert_eq!(names, ["a/one", "a/two", "b/one"]);
    assert_eq!(survey.totals, Totals { simple: 1, medium: 1, complex: 1 });
    assert_eq!(survey.totals.all(), 3);
    assert_eq!(survey.problems, []);
}

#[test]
fn what_a_controller_can_not_read_is_a_problem_with_its_place() {
    let annotations = json!({
        nginx("limit-rps"): "many",
        nginx("canary-weight"): "30%",
        nginx("auth-url"): "http://auth.example/ask",
        nginx("auth-request-redirect"): "a|b",
        nginx("ssl-redirect"): true,
        nginx("secure-backends"): "true",
        "konghq.com/strip-path": "yes",
    });
    let survey = look(&World::of([ingress("a", annotations)]));
    let told: Vec<_> = survey.problems.iter().map(|one| (one.severity, one.message.as_str())).collect();
    let expected = [
        (Severity::Error, "auth-request-redirect`: `a|b` is not"),
        (Severity::Warning, "canary-weight`: `30%` is not a whole number; 0 is taken"),
        (
            Severity::Error,
            "limit-rps`: `many` is not a whole number; the controller leaves the whole Ingress out",
        ),
        (Severity::Warning, "ssl-redirect`: its value is a boolean; Kubernetes takes only texts: quote it"),
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for ((severity, message), (wanted, text)) in told.iter().zip(expected) {
        assert!(*severity == wanted && message.contains(text), "{severity:?} {message}: {text}");
    }
    let first = &survey.problems[0];
    assert_eq!((first.code, first.line), ("annotation-malformed", Some(7)));
    let field = "metadata.annotations[\"nginx.ingress.kubernetes.io/auth-request-redirect\"]";
    assert_eq!(first.field.as_deref(), Some(field));
    let removed = survey.ingresses[0].annotation(&nginx("secure-backends")).unwrap();
    assert_eq!(removed.problem.as_deref(), Some("not read since 0.21: it does nothing"));
}

#[test]
fn obstacles_say_what_stands_against_a_move() {
    let annotations = json!({
        nginx("satisfy"): "any",
        nginx("proxy-body-size"): "8m",
        nginx("app-root"): "/a",
        "example.com/x": "y",
    });
    let spec = json!({"ingressClassName": "own", "rules": []});
    let facts = only([with_spec("a", annotations, spec)]);
    let expected = [
        "there is no IngressClass `own`, so its controller can not be told",
        "nginx.ingress.kubernetes.io/satisfy: no equivalent",
        "nginx.ingress.kubernetes.io/proxy-body-size: needs a limit on request bodies",
        "example.com/x: not known",
    ];
    assert_eq!(facts.obstacles, expected);
    let facts = only([with_spec("a", json!({}), json!({}))]);
    assert_eq!(facts.obstacles, ["it has no class, so which controller serves it can not be told"]);
    assert_eq!(only([ingress("a", json!({nginx("app-root"): "/a"}))]).obstacles, [""; 0]);
}

#[test]
fn an_ingress_that_does_not_fit_is_told_and_keeps_its_annotations() {
    let spec = json!({"ingressClassName": "nginx", "rules": [{"host": 3}]});
    let survey = look(&World::of([with_spec("a", json!({nginx("app-root"): "/a"}), spec)]));
    let facts = &survey.ingresses[0];
    assert!(
        facts.unreadable.as_deref().unwrap().starts_with("spec.rules[0].host: "),
        "{:?}",
        facts.unreadable
    );
    assert_eq!(facts.annotations.len(), 1);
    assert_eq!(facts.complexity, Complexity::Complex);
    assert_eq!(survey.problems[0].code, "ingress-unreadable");
    for text in ["", "{", "null", "{\"metadata\":3}", "{\"metadata\":{\"annotations\":[]}}"] {
        let mut broken = Object::clone(&ingress("a", json!({})));
        broken.text = text.into();
        let facts = only([Arc::new(broken)]);
        assert_eq!(facts.annotations.len(), 0, "{text}");
        assert!(facts.unreadable.is_some(), "{text}");
    }
}

#[test]
fn hostile_annotations_are_kept_as_they_are() {
    let mut annotations = serde_json::Map::new();
    for n in 0..300 {
        annotations.insert(format!("例え.example/キー{n}"), json!("x".repeat(1000)));
    }
    annotations.insert(nginx("app-root"), json!("/\u{1b}[2J\u{202e}"));
    annotations.insert(nginx("configuration-snippet"), json!("# ".repeat(128 * 1024)));
    annotations.insert("a\"b".to_owned(), json!("{"));
    let facts = only([ingress("a", Value::Object(annotations))]);
    assert_eq!(facts.annotations.len(), 303);
    let root = facts.annotation(&nginx("app-root")).unwrap();
    assert_eq!(root.value.as_deref(), Some("/\u{1b}[2J\u{202e}"));
    assert!(root.problem.is_some());
    assert_eq!(facts.annotation("a\"b").unwrap().field(), "metadata.annotations['a\"b']");
}

#[test]
fn a_copy_of_the_whole_object_is_shown_by_its_key_only() {
    let key = "kubectl.kubernetes.io/last-applied-configuration";
    let facts = only([ingress("a", json!({key: "{\"secret\":1}"}))]);
    let one = facts.annotation(key).unwrap();
    assert_eq!((one.value.as_deref(), one.verdict), (None, Verdict::Internal));
}

#[test]
fn scripts_get_the_survey_in_the_form_of_the_contract() {
    let annotations = json!({nginx("rewrite-target"): "/$1/$2", nginx("canary-weight"): "x"});
    let survey =
        look(&World::of([class("nginx", "k8s.io/ingress-nginx", json!({})), ingress("a", annotations)]));
    let mut shown = serde_json::to_value(SurveyView::of(&survey, &survey.problems)).unwrap();
    // Traps have their own tests; here is their form.
    let traps = shown["ingresses"][0]["traps"].take();
    let fields: Vec<_> = traps[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["field", "fix", "host", "id", "message", "request", "title"]);
    let missing = shown["missing"].take();
    assert_eq!(missing.as_array().unwrap().len(), 2, "neither the controller nor its ConfigMap is here");
    let expected = json!({
        "ingresses": [{
            "namespace": "shop",
            "name": "a",
            "class": "nginx",
            "class_from": "ingressClassName",
            "controller": "k8s.io/ingress-nginx",
            "hosts": ["shop.example"],
            "complexity": "complex",
            "reasons": [
                "nginx.ingress.kubernetes.io/rewrite-target: only a policy of an implementation says this",
                "nginx.ingress.kubernetes.io/canary-weight: it has a standard field",
            ],
            "obstacles": [
                "nginx.ingress.kubernetes.io/rewrite-target: needs a rewrite by regular expression",
                "nginx.ingress.kubernetes.io/canary-weight: `x` is not a whole number; 0 is taken",
            ],
            "annotations": [
                {
                    "key": "nginx.ingress.kubernetes.io/canary-weight",
                    "value": "x",
                    "verdict": "standard",
                    "becomes": "HTTPRoute.spec.rules[].backendRefs[].weight",
                    "problem": "`x` is not a whole number; 0 is taken",
                },
                {
                    "key": "nginx.ingress.kubernetes.io/rewrite-target",
                    "value": "/$1/$2",
                    "verdict": "policy",
                    "becomes": "a rewrite by regular expression",
                    "problem": null,
                },
            ],
            "traps": null,
            "source": {"file": "a.yaml", "line": 7},
        }],
        "traps": [],
        "missing": null,
        "totals": {"simple": 0, "medium": 0, "complex": 1},
        "problems": [{
            "severity": "warning",
            "code": "annotation-malformed",
            "object": {"kind": "Ingress", "namespace": "shop", "name": "a"},
            "file": "a.yaml",
            "line": 7,
            "field": "metadata.annotations[\"nginx.ingress.kubernetes.io/canary-weight\"]",
            "message": "annotation `nginx.ingress.kubernetes.io/canary-weight`: `x` is not a whole number; 0 is taken",
            "fix": "correct the value, or take it out",
        }],
    });
    assert_eq!(shown, expected);
}
