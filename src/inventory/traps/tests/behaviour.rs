//! Limits, canaries, backends.

use super::*;

fn plain(annotations: &[(&str, &str)]) -> Arc<Object> {
    ingress("a", annotations, rules(&[("a.example", &["Prefix / one"])]))
}

/// A case of one annotated Ingress whose request goes to its Service.
fn simple(
    id: &'static str,
    recorded: &'static str,
    annotations: &[(&str, &str)],
    says: &'static str,
) -> Case {
    Case {
        id,
        recorded,
        objects: with([plain(annotations)]),
        object: "Ingress shop/a",
        request: "GET http://a.example/",
        answer: "Service shop/one",
        says,
    }
}

fn canary(annotations: &[(&str, &str)]) -> Vec<Arc<Object>> {
    let mut all = vec![("canary", "true")];
    all.extend(annotations);
    with([plain(&[]), ingress("c", &all, rules(&[("a.example", &["Prefix / two"])]))])
}

pub(super) fn cases() -> Vec<Case> {
    let mut all = vec![
        simple("B1", "proxy-body-size", &[("proxy-body-size", "8m")], "more than 8388608 bytes answers 413"),
        simple("B2", "proxy-read-timeout", &[("proxy-read-timeout", "3")], "3 s between two reads"),
        simple(
            "B3",
            "proxy-next-upstream-default",
            &[("proxy-next-upstream-tries", "5")],
            "nginx asks 4 more",
        ),
        simple(
            "B4",
            "proxy-http-version-and-buffering",
            &[("proxy-request-buffering", "off")],
            "a body is passed on as it comes",
        ),
        Case {
            request: "",
            ..simple(
                "B5",
                "",
                &[("proxy-body-size", "10m")],
                "10485760 bytes in nginx; as a Kubernetes quantity the same text is 10 thousandths",
            )
        },
        simple("B6", "limit-rps", &[("limit-rps", "5")], "answers 503"),
        // Whose address it is decides, which no request of a Table has.
        simple(
            "B7",
            "allow-and-deny-lists",
            &[("allowlist-source-range", "10.0.0.0/8")],
            "outside of the lists answers 403; its address is the connection's",
        ),
        simple("B8", "", &[("upstream-hash-by", "$remote_addr")], "by a hash of `$remote_addr`"),
        simple("B13", "affinity-cookie", &[("affinity", "cookie")], "the cookie `INGRESSCOOKIE`"),
        simple("B14", "backend-protocol", &[("backend-protocol", "HTTPS")], "takes any certificate"),
        simple("B15", "backend-protocol", &[("backend-protocol", "GRPC")], "speaks HTTP/2"),
        Case {
            objects: with([ingress("a", &[], rules(&[("a.example", &["Prefix / one:http"])]))]),
            ..simple("B16", "named-service-ports", &[], "now it is 80")
        },
    ];
    all.extend(canaries());
    let external = object(&json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "shop", "name": "far"},
        "spec": {"type": "ExternalName", "externalName": "far.example", "ports": [{"port": 80}]},
    }));
    all.push(Case {
        id: "B17",
        recorded: "external-name-service",
        objects: with([external, ingress("a", &[], rules(&[("a.example", &["Prefix / far"])]))]),
        object: "Ingress shop/a",
        request: "GET http://a.example/",
        answer: "Service shop/far",
        says: "an ExternalName for far.example",
    });
    let mut resource = rules(&[("a.example", &["Prefix / one"])]);
    resource["rules"][0]["http"]["paths"][0]["backend"] =
        json!({"resource": {"apiGroup": "k8s.example", "kind": "Bucket", "name": "images"}});
    all.push(Case {
        id: "B17",
        recorded: "resource-backend",
        objects: with([ingress("a", &[], resource)]),
        object: "Ingress shop/a",
        request: "",
        answer: "",
        says: "Bucket images",
    });
    all
}

fn canaries() -> Vec<Case> {
    let case = |id, recorded, annotations: &[(&str, &str)], says| Case {
        id,
        recorded,
        objects: canary(annotations),
        object: "Ingress shop/c",
        request: "GET http://a.example/",
        answer: "Service shop/one",
        says,
    };
    let sticky = with([
        plain(&[("affinity", "cookie")]),
        ingress(
            "c",
            &[("canary", "true"), ("canary-weight", "10")],
            rules(&[("a.example", &["Prefix / two"])]),
        ),
    ]);
    let shared = with([
        plain(&[]),
        ingress("b", &[], rules(&[("b.example", &["Prefix / one"])])),
        ingress(
            "c",
            &[("canary", "true"), ("canary-weight", "30")],
            rules(&[("a.example", &["Prefix / two"])]),
        ),
    ]);
    // Of one age the last name comes first.
    let claimed = |name| {
        with([
            plain(&[]),
            ingress(name, &[], rules(&[("b.example", &["Prefix / two"])])),
            ingress(
                "c",
                &[("canary", "true"), ("canary-weight", "30")],
                rules(&[("a.example", &["Prefix / two"])]),
            ),
        ])
    };
    let lonely = with([
        plain(&[]),
        ingress(
            "c",
            &[("canary", "true"), ("canary-weight", "30")],
            rules(&[("a.example", &["Exact /x two"])]),
        ),
    ]);
    let two = with([
        plain(&[]),
        ingress(
            "c",
            &[("canary", "true"), ("canary-weight", "30")],
            rules(&[("a.example", &["Prefix / two"])]),
        ),
        ingress(
            "d",
            &[("canary", "true"), ("canary-weight", "30")],
            rules(&[("a.example", &["Prefix / three"])]),
        ),
    ]);
    vec![
        case(
            "B9",
            "canary-precedence",
            &[("canary-by-header", "X-Canary"), ("canary-weight", "20")],
            "`X-Canary: something-else` decides nothing and falls through to what is next (one 80 %, two 20 %)",
        ),
        case(
            "B10",
            "canary-weight-total",
            &[("canary-weight", "20"), ("canary-weight-total", "50")],
            "less than 100, so 100 counts; 20 of 100 is 20.0 %",
        ),
        case(
            "B11",
            "canary-annotations-of-the-canary-are-ignored",
            &[("canary-weight", "20"), ("limit-rps", "5")],
            "limit-rps on a canary has no effect",
        ),
        Case { objects: two, ..case("B11", "canary-two-of-them", &[], "2 canaries share the path") },
        Case {
            objects: lonely,
            request: "",
            ..case("B11", "canary-with-another-path-type", &[], "the canary joins nothing")
        },
        Case {
            objects: shared,
            request: "GET http://b.example/",
            ..case(
                "B11",
                "canary-on-one-of-two-hosts",
                &[],
                "b.example has no canary of its own, and gets this one",
            )
        },
        Case {
            objects: claimed("b"),
            object: "Ingress shop/b",
            request: "GET http://b.example/",
            answer: "404",
            ..case(
                "B11",
                "canary-whose-service-another-ingress-names-after-it",
                &[],
                "serves it not: `/` answers 404",
            )
        },
        Case {
            objects: claimed("z"),
            answer: "Service shop/two",
            ..case(
                "B11",
                "canary-older-than-its-main-whose-service-another-names",
                &[],
                "so this one is none either: it takes `/` alone (Service shop/two), whatever its weight",
            )
        },
        Case {
            objects: sticky,
            ..case("B12", "affinity-and-canary-sticky", &[], "the canary keeps whom it once got")
        },
    ]
}
