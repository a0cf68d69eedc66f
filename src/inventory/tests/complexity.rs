//! How hard an Ingress is.

use super::*;

/// Annotations, how hard, the first reason, and why so.
type Case<'a> = (&'a [(&'a str, &'a str)], Complexity, &'a str, &'a str);

#[test]
fn the_hardest_annotation_makes_the_ingress() {
    let cases: &[Case<'_>] = &[
        (&[], Complexity::Simple, "nothing but routing", "no annotation"),
        (
            &[("kubectl.kubernetes.io/last-applied-configuration", "{}"), ("meta.helm.sh/release-name", "a")],
            Complexity::Simple,
            "nothing but routing",
            "records of other tools",
        ),
        (
            &[("nginx.ingress.kubernetes.io/ssl-redirect", "true")],
            Complexity::Medium,
            "nginx.ingress.kubernetes.io/ssl-redirect: it has a standard field",
            "a standard field",
        ),
        (
            &[("nginx.ingress.kubernetes.io/affinity", "cookie")],
            Complexity::Medium,
            "nginx.ingress.kubernetes.io/affinity: its field is in the experimental channel",
            "an experimental field",
        ),
        (
            &[
                ("nginx.ingress.kubernetes.io/proxy-body-size", "8m"),
                ("nginx.ingress.kubernetes.io/app-root", "/a"),
            ],
            Complexity::Complex,
            "nginx.ingress.kubernetes.io/proxy-body-size: only a policy of an implementation says this",
            "the hardest counts, and comes first",
        ),
        (
            &[("nginx.ingress.kubernetes.io/satisfy", "any")],
            Complexity::Complex,
            "nginx.ingress.kubernetes.io/satisfy: authentication is a policy of each implementation, and must not be lost",
            "authentication",
        ),
        (
            &[("nginx.ingress.kubernetes.io/auth-url", "https://auth.example/x")],
            Complexity::Complex,
            "nginx.ingress.kubernetes.io/auth-url: authentication is a policy of each implementation, and must not be lost",
            "also where there is an experimental field",
        ),
        (
            &[("nginx.ingress.kubernetes.io/limit-rps", "5")],
            Complexity::Complex,
            "nginx.ingress.kubernetes.io/limit-rps: limits are a policy of each implementation",
            "limits",
        ),
        (
            &[("nginx.ingress.kubernetes.io/enable-modsecurity", "true")],
            Complexity::Complex,
            "nginx.ingress.kubernetes.io/enable-modsecurity: a web application firewall is outside of Gateway API",
            "a firewall",
        ),
        (
            &[("nginx.ingress.kubernetes.io/whitelist-source-range", "10.0.0.0/8")],
            Complexity::Complex,
            "nginx.ingress.kubernetes.io/whitelist-source-range: lists of clients are a policy of each implementation, \
             and must not be lost",
            "lists of clients",
        ),
        (
            &[("nginx.ingress.kubernetes.io/configuration-snippet", "more_set_headers \"A: b\";")],
            Complexity::Complex,
            "nginx.ingress.kubernetes.io/configuration-snippet: raw configuration of one proxy is read by hand",
            "a snippet, even one that we can read",
        ),
        (
            &[("nginx.ingress.kubernetes.io/rewrite-targte", "/")],
            Complexity::Complex,
            "nginx.ingress.kubernetes.io/rewrite-targte: no release of its controller that we know reads this key",
            "a misspelt key",
        ),
        (
            &[("example.com/team", "shop")],
            Complexity::Medium,
            "example.com/team: we do not know who reads this",
            "a key of nobody we know",
        ),
        (
            &[("nginx.ingress.kubernetes.io/secure-backends", "true")],
            Complexity::Simple,
            "nothing but routing",
            "a key that no release reads any more",
        ),
        (
            &[("nginx.ingress.kubernetes.io/rewrite-target", "/a/$1/$2")],
            Complexity::Complex,
            "nginx.ingress.kubernetes.io/rewrite-target: only a policy of an implementation says this",
            "the value decides",
        ),
        (
            &[
                ("nginx.ingress.kubernetes.io/cors-allow-origin", "*"),
                ("nginx.ingress.kubernetes.io/proxy-next-upstream", "off"),
            ],
            Complexity::Medium,
            "nginx.ingress.kubernetes.io/cors-allow-origin: it has a standard field",
            "no retry is what a route does by itself",
        ),
    ];
    for (annotations, expected, first, why) in cases {
        let annotations: serde_json::Map<String, Value> =
            annotations.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        let facts = only([ingress("a", Value::Object(annotations))]);
        assert_eq!(facts.complexity, *expected, "{why}: {:?}", facts.reasons);
        assert_eq!(facts.reasons[0].to_string(), *first, "{why}");
    }
}

#[test]
fn the_rest_of_the_ingress_counts_too() {
    let path = |kind: &str, path: &str, backend: Value| json!([{"http": {"paths": [{"path": path, "pathType": kind, "backend": backend}]}}]);
    let service = json!({"service": {"name": "a", "port": {"number": 80}}});
    let bucket = json!({"resource": {"apiGroup": "k8s.example", "kind": "Bucket", "name": "a"}});
    let cases = [
        ("nginx", path("Prefix", "/", service.clone()), Complexity::Simple, "plain"),
        ("nginx", path("Prefix", "/", bucket.clone()), Complexity::Complex, "a bucket behind a path"),
        (
            "nginx",
            path("ImplementationSpecific", "/a", service.clone()),
            Complexity::Simple,
            "ingress-nginx has one meaning",
        ),
        (
            "traefik",
            path("ImplementationSpecific", "/a", service.clone()),
            Complexity::Medium,
            "others have their own",
        ),
        (
            "traefik",
            path("ImplementationSpecific", "/", service),
            Complexity::Simple,
            "everything is everything",
        ),
    ];
    for (class, rules, expected, why) in cases {
        let facts = only([with_spec("a", json!({}), json!({"ingressClassName": class, "rules": rules}))]);
        assert_eq!(facts.complexity, expected, "{why}: {:?}", facts.reasons);
    }
    let facts =
        only([with_spec("a", json!({}), json!({"ingressClassName": "nginx", "defaultBackend": bucket}))]);
    assert_eq!(facts.complexity, Complexity::Complex, "a bucket behind everything else");
}

#[test]
fn a_users_rule_goes_before_ours_and_the_first_of_them_counts() {
    let own = |annotation: &str, complexity, reason: Option<&str>| UserRule {
        annotation: annotation.to_owned(),
        complexity,
        reason: reason.map(str::to_owned),
    };
    let rules = Rules {
        own: vec![
            own("*/limit-rps", Complexity::Simple, Some("the new limits are in place")),
            own("meta.helm.sh/*", Complexity::Complex, None),
            own("*", Complexity::Medium, None),
        ],
    };
    let cases = [
        (nginx("limit-rps"), "5", Complexity::Simple, "the new limits are in place", "easier than ours"),
        (
            "meta.helm.sh/release-name".to_owned(),
            "a",
            Complexity::Complex,
            "your rule for `meta.helm.sh/*`",
            "harder",
        ),
        (nginx("satisfy"), "any", Complexity::Medium, "your rule for `*`", "the last of them"),
        (
            "konghq.com/strip-path".to_owned(),
            "true",
            Complexity::Medium,
            "your rule for `*`",
            "not read, but named",
        ),
    ];
    for (key, value, expected, text, why) in cases {
        let world = World::of([ingress("a", json!({&key: value}))]);
        let survey = survey(
            &world,
            &ingress::compile(&world),
            &Options { rules: rules.clone(), ..Options::default() },
        );
        assert_eq!(survey.ingresses[0].complexity, expected, "{why}");
        assert_eq!(survey.ingresses[0].reasons[0].to_string(), format!("{key}: {text}"), "{why}");
    }
}
