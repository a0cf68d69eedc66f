//! Who takes an Ingress.

use super::*;

const CLASSES: &str = "---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: edge}\n\
    spec: {controller: k8s.io/ingress-nginx}\n---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\n\
    metadata: {name: t}\nspec: {controller: traefik.io/ingress-controller}\n";

fn of(spec: &str, annotation: &str) -> String {
    format!(
        "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: a, namespace: shop{annotation}}}\n\
         spec: {{{spec}rules: [{{host: a.example, http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: \
         {{name: web, port: {{number: 80}}}}}}}}]}}}}]}}\n"
    )
}

#[test]
fn the_class_says_who_takes_an_ingress() {
    let default = "---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: d, annotations: \
        {ingressclass.kubernetes.io/is-default-class: \"true\"}}\nspec: {controller: k8s.io/ingress-nginx}\n";
    let noted = ", annotations: {kubernetes.io/ingress.class: nginx}";
    let other = ", annotations: {kubernetes.io/ingress.class: traefik}";
    let (spec, none) = (class::From::Spec, class::From::Nowhere);
    let annotation = class::From::Annotation;
    let nginx = Some("k8s.io/ingress-nginx");
    let traefik = Some("traefik.io/ingress-controller");
    let cases = [
        (CLASSES, "ingressClassName: edge, ", "", true, spec, nginx, "any class of this controller"),
        (CLASSES, "ingressClassName: t, ", "", false, spec, traefik, "a class of another"),
        (
            CLASSES,
            "ingressClassName: nginx, ",
            "",
            false,
            spec,
            None,
            "the usual name, but classes are there",
        ),
        ("", "ingressClassName: nginx, ", "", true, spec, nginx, "manifests seldom hold the class"),
        ("", "ingressClassName: traefik, ", "", false, spec, traefik, "known by its usual name"),
        ("", "ingressClassName: mine, ", "", false, spec, None, "nobody's"),
        (CLASSES, "", noted, true, annotation, nginx, "the old annotation"),
        (CLASSES, "", other, false, annotation, traefik, "the old annotation of another"),
        (
            CLASSES,
            "ingressClassName: t, ",
            noted,
            false,
            spec,
            traefik,
            "the field goes before the annotation",
        ),
        (default, "", "", true, class::From::Default, nginx, "the default class"),
        (CLASSES, "", "", false, none, None, "no class at all"),
    ];
    for (classes, given, noted, taken, from, controller, why) in cases {
        let world = world(&format!("{classes}{}", of(given, noted)));
        let compiled = compile(&world);
        let claim = &compiled.ingresses.values().next().unwrap().claim;
        let found = (claim.taken, claim.from, claim.controller.as_deref());
        assert_eq!(found, (taken, from, controller), "{why}");
    }
}

#[test]
fn an_ingress_without_class_is_taken_when_the_controller_is_told_so() {
    let world = world(&of("", ""));
    let mut settings = Settings::default();
    settings.flags.watch_without_class = true;
    assert!(compile_with(&world, &settings).ingresses.values().next().unwrap().claim.taken);
}

#[test]
fn another_controllers_ingress_is_served_by_the_specification_and_says_what_it_leaves_out() {
    let text = format!(
        "{CLASSES}---\napiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: shop}}\nspec: {{ports: [{{port: 80}}]}}\n{}",
        of("ingressClassName: t, ", ", annotations: {traefik.ingress.kubernetes.io/router.priority: \"7\"}")
    );
    let compiled = compile(&world(&text));
    let ask =
        Ask { gateway: Some((String::new(), "traefik.io/ingress-controller".into())), ..asked("a.example") };
    let found = explain(&compiled.table, &ask);
    assert_eq!(found.backends[0].backend.to_string(), "shop/web");
    assert_eq!(found.not_executed, ["its controller reads traefik.ingress.kubernetes.io/router.priority"]);
    let unknown = explain(&compiled.table, &Ask { host: "b.example".into(), ..ask });
    assert_eq!(unknown.status, Some(404));
}

fn asked(host: &str) -> Ask {
    Ask {
        side: Side::Old,
        gateway: None,
        method: "GET".into(),
        scheme: "http".into(),
        host: host.into(),
        port: 80,
        path: "/".into(),
        query: None,
        headers: Vec::new(),
    }
}
