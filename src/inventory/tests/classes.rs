//! Which class, and which controller.

use super::*;

#[test]
fn the_class_is_that_of_the_spec_then_of_the_annotation_then_the_default() {
    let none = json!({});
    let default = json!({"ingressclass.kubernetes.io/is-default-class": "true"});
    let nginx = || class("nginx", "k8s.io/ingress-nginx", json!({}));
    let traefik = || class("web", "traefik.io/ingress-controller", default.clone());
    let spec = json!({"ingressClassName": "nginx"});
    let annotation = json!({"kubernetes.io/ingress.class": "web"});
    type Expected = (Option<&'static str>, ClassFrom, Option<&'static str>, Option<&'static str>);
    type Case<'a> = (Vec<Arc<Object>>, &'a Value, Value, Expected, &'a str);
    let cases: Vec<Case<'_>> = vec![
        (
            vec![nginx(), traefik()],
            &annotation,
            spec.clone(),
            (Some("nginx"), ClassFrom::Spec, Some("k8s.io/ingress-nginx"), Some("ingress-nginx")),
            "the spec wins",
        ),
        (
            vec![nginx(), traefik()],
            &annotation,
            json!({}),
            (Some("web"), ClassFrom::Annotation, Some("traefik.io/ingress-controller"), Some("traefik")),
            "then the annotation",
        ),
        (
            vec![nginx(), traefik()],
            &none,
            json!({}),
            (Some("web"), ClassFrom::Default, Some("traefik.io/ingress-controller"), Some("traefik")),
            "then the default class",
        ),
        (vec![nginx()], &none, json!({}), (None, ClassFrom::Nowhere, None, None), "else nothing"),
        (
            vec![],
            &none,
            spec.clone(),
            (Some("nginx"), ClassFrom::Spec, Some("k8s.io/ingress-nginx"), Some("ingress-nginx")),
            "without an IngressClass its usual name tells",
        ),
        (
            vec![class("nginx", "example.com/own", json!({}))],
            &none,
            spec,
            (Some("nginx"), ClassFrom::Spec, Some("example.com/own"), None),
            "an IngressClass says more than the name",
        ),
    ];
    for (classes, annotations, spec, (name, from, controller, family), why) in cases {
        let one = with_spec("a", annotations.clone(), spec);
        let facts = only(classes.into_iter().chain([one]));
        assert_eq!(facts.class.as_deref(), name, "{why}");
        assert_eq!(facts.class_from, from, "{why}");
        assert_eq!(facts.controller.as_deref(), controller, "{why}");
        assert_eq!(facts.family, family, "{why}");
    }
}

#[test]
fn of_two_controllers_with_one_usual_name_the_annotations_choose() {
    let cases = [
        (json!({"nginx.org/hsts": "true"}), "nginx-inc", "F5's"),
        (json!({nginx("app-root"): "/"}), "ingress-nginx", "the community's"),
        (json!({nginx("app-root"): "/", "nginx.org/hsts": "true"}), "ingress-nginx", "both: the likelier"),
        (json!({}), "ingress-nginx", "none: the likelier"),
    ];
    for (annotations, family, why) in cases {
        assert_eq!(only([ingress("a", annotations)]).family, Some(family), "{why}");
    }
}

#[test]
fn annotations_of_its_services_count_where_its_controller_reads_them() {
    let service = |annotations: Value| {
        object(json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"namespace": "shop", "name": "shop", "annotations": annotations},
        }))
    };
    let sticky = json!({
        "traefik.ingress.kubernetes.io/service.sticky.cookie": "true",
        "service.beta.kubernetes.io/aws-load-balancer-type": "nlb",
        "argocd.argoproj.io/sync-wave": "1",
    });
    let backend = json!({"service": {"name": "shop", "port": {"number": 80}}});
    let of = |class: &str| {
        let spec = json!({"ingressClassName": class, "defaultBackend": backend});
        only([with_spec("a", json!({}), spec), service(sticky.clone())])
    };
    let traefik = of("traefik");
    assert_eq!(traefik.complexity, Complexity::Medium);
    let keys: Vec<_> =
        traefik.services.iter().flat_map(|one| &one.annotations).map(|one| &*one.key).collect();
    assert_eq!(keys, ["traefik.ingress.kubernetes.io/service.sticky.cookie"]);
    assert_eq!(&*traefik.services[0].key.name, "shop");
    assert!(of("nginx").services.is_empty(), "another controller does not read it");
    assert_eq!(of("nginx").complexity, Complexity::Simple);
}

#[test]
fn an_annotation_of_another_controller_is_not_read() {
    let annotations = json!({
        "traefik.ingress.kubernetes.io/router.entrypoints": "web",
        "konghq.com/strip-path": "true",
        "nginx.ingress.kubernetes.io/app-root": "/shop",
        "cert-manager.io/cluster-issuer": "main",
    });
    let facts = only([ingress("a", annotations)]);
    let read: Vec<_> =
        facts.annotations.iter().map(|one| (&*one.key, one.reading, one.problem.is_some())).collect();
    let expected = [
        ("cert-manager.io/cluster-issuer", Reading::Read, false),
        ("konghq.com/strip-path", Reading::OtherController, true),
        ("nginx.ingress.kubernetes.io/app-root", Reading::Read, false),
        ("traefik.ingress.kubernetes.io/router.entrypoints", Reading::OtherController, true),
    ];
    assert_eq!(read, expected);
    assert!(facts.reasons.iter().all(|reason| !reason.to_string().contains("konghq")), "{:?}", facts.reasons);
}

#[test]
fn the_usual_prefix_is_not_read_by_a_controller_with_its_own() {
    let annotations = json!({"nginx.ingress.kubernetes.io/limit-rps": "x", "own.example/app-root": "/shop"});
    let options = Options { nginx_prefix: "own.example".to_owned(), ..Options::default() };
    let world = World::of([ingress("a", annotations)]);
    let survey = survey(&world, &ingress::compile(&world), &options);
    let facts = &survey.ingresses[0];
    let usual = facts.annotation("nginx.ingress.kubernetes.io/limit-rps").unwrap();
    assert_eq!(usual.reading, Reading::OtherPrefix);
    let told = "not read by this controller, whose annotations begin with `own.example/`";
    assert_eq!(usual.problem.as_deref(), Some(told));
    let own = facts.annotation("own.example/app-root").unwrap();
    assert_eq!((own.reading, own.verdict, own.problem.as_deref()), (Reading::Read, Verdict::Standard, None));
    assert_eq!(facts.complexity, Complexity::Medium, "the limit does nothing here");
}
