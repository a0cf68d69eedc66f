//! Matching and hosts.

use super::*;

/// The five surprising behaviours first.
pub(super) fn cases() -> Vec<Case> {
    let mut all = surprising();
    all.extend(paths());
    all.extend(hosts());
    all
}

fn surprising() -> Vec<Case> {
    let plain = |name: &str, path: &str| ingress(name, &[], rules(&[("a.example", &[path])]));
    vec![
        Case {
            id: "M1",
            recorded: "regex-syntax",
            objects: with([ingress(
                "a",
                &[("use-regex", "true")],
                rules(&[("a.example", &["ImplementationSpecific /v[0-9]/x one"])]),
            )]),
            object: "Ingress shop/a",
            request: "GET http://a.example/V0/X-more",
            answer: "Service shop/one",
            says: "`~* \"^/v[0-9]/x\"`",
        },
        Case {
            id: "M2",
            recorded: "rewrite-of-one-ingress-makes-the-whole-host-regex",
            objects: with([
                ingress(
                    "a",
                    &[("use-regex", "true")],
                    rules(&[("a.example", &["ImplementationSpecific /v[0-9] one"])]),
                ),
                plain("other/b", "Exact /health one"),
            ]),
            object: "Ingress other/b",
            request: "GET http://a.example/HEALTH-more",
            answer: "Service other/one",
            says: "because of shop/a, nginx matches `~* \"^/health\"` here",
        },
        Case {
            id: "M3",
            recorded: "rewrite-only-on-one-path-of-the-host",
            objects: with([ingress(
                "a",
                &[("rewrite-target", "/")],
                rules(&[("a.example", &["Prefix /app one"])]),
            )]),
            object: "Ingress shop/a",
            request: "GET http://a.example/APP-more",
            answer: "Service shop/one",
            says: "`rewrite-target` alone",
        },
        Case {
            id: "M9",
            recorded: "prefix-path-with-trailing-slash-redirects",
            objects: with([plain("a", "Prefix /docs/ one")]),
            object: "Ingress shop/a",
            request: "GET http://a.example/docs",
            answer: "301 to http://a.example/docs/",
            says: "which nobody wrote",
        },
        Case {
            id: "M9",
            recorded: "prefix-with-and-without-slash-stops-the-controller",
            objects: with([ingress("a", &[], rules(&[("a.example", &["Prefix /a one", "Prefix /a/ two"])]))]),
            object: "Ingress shop/a",
            request: "",
            answer: "",
            says: "nginx refuses the whole configuration",
        },
        Case {
            id: "M10",
            recorded: "paths-are-normalized-for-matching-only",
            objects: with([plain("a", "Exact /ex one")]),
            object: "Ingress shop/a",
            request: "GET http://a.example//ex",
            answer: "Service shop/one",
            says: "the back end gets `//ex` as it was sent",
        },
    ]
}

fn paths() -> Vec<Case> {
    vec![
        Case {
            id: "M4",
            recorded: "regex-paths-are-tried-longest-first",
            objects: with([ingress(
                "a",
                &[("use-regex", "true")],
                rules(&[(
                    "a.example",
                    &["Prefix /foo/bar/bar one", "ImplementationSpecific /foo/bar/[A-Z0-9]{3} two"],
                )]),
            )]),
            object: "Ingress shop/a",
            request: "GET http://a.example/foo/bar/bar",
            answer: "Service shop/two",
            says: "its text is longer",
        },
        Case {
            id: "M5",
            recorded: "implementation-specific-is-prefix",
            objects: with([ingress(
                "a",
                &[],
                rules(&[("a.example", &["ImplementationSpecific /impl one"])]),
            )]),
            object: "Ingress shop/a",
            request: "GET http://a.example/implmore",
            answer: "404",
            says: "by whole segments",
        },
        Case {
            id: "M6",
            recorded: "prefix-path-matches-whole-segments",
            objects: with([
                ingress("a", &[], rules(&[("a.example", &["Prefix /shop one"])])),
                ingress("b", &[], rules(&[("a.example", &["Prefix / two"])])),
            ]),
            object: "Ingress shop/a",
            request: "GET http://a.example/shopmore",
            answer: "Service shop/two",
            says: "goes to Prefix / of shop/b (Service shop/two): nginx and PathPrefix both match by whole segments",
        },
        Case {
            id: "M8",
            recorded: "exact-beats-prefix-of-the-same-path",
            objects: with([
                ingress("a", &[], rules(&[("a.example", &["Prefix / one"])])),
                ingress("b", &[], rules(&[("a.example", &["Exact /login two"])])),
            ]),
            object: "Ingress shop/b",
            request: "GET http://a.example/login",
            answer: "Service shop/two",
            says: "is under Prefix / of shop/a too; Exact goes first",
        },
        Case {
            id: "M7",
            recorded: "rewrite-of-one-ingress-makes-the-whole-host-regex",
            objects: with([
                ingress(
                    "a",
                    &[("use-regex", "true")],
                    rules(&[("a.example", &["ImplementationSpecific /v[0-9] one"])]),
                ),
                ingress("b", &[], rules(&[("a.example", &["Prefix /foo two"])])),
            ]),
            object: "Ingress shop/b",
            request: "GET http://a.example/foomore",
            answer: "Service shop/two",
            says: "PathPrefix is by whole segments",
        },
        Case {
            id: "M11",
            recorded: "rewritten-uri-is-normalized-and-re-encoded",
            objects: with([ingress(
                "a",
                &[("rewrite-target", "/$2")],
                rules(&[("a.example", &["ImplementationSpecific /app(/|$)(.*) one"])]),
            )]),
            object: "Ingress shop/a",
            request: "GET http://a.example/app/a/a%20b//c?q=1",
            answer: "Service shop/one",
            says: "the back end gets `/a/a%20b/c",
        },
        Case {
            id: "M14",
            recorded: "same-path-same-age-name-decides",
            objects: with([
                ingress("a", &[], rules(&[("a.example", &["Prefix /x one"])])),
                ingress("b", &[], rules(&[("a.example", &["Prefix /x two"])])),
            ]),
            object: "Ingress shop/a",
            request: "GET http://a.example/x",
            answer: "Service shop/two",
            says: "shop/b, which has it (of one age the last name wins); this one gets nothing. Gateway API takes the oldest \
                   route, and of one age the first name: shop/a",
        },
        Case {
            id: "M19",
            recorded: "no-endpoints-is-503",
            objects: with([ingress("a", &[], rules(&[("a.example", &["Prefix / gone"])]))]),
            object: "Ingress shop/a",
            request: "GET http://a.example/",
            answer: "Service shop/gone",
            says: "does not exist",
        },
    ]
}

fn hosts() -> Vec<Case> {
    let mut with_default = rules(&[("a.example", &["Prefix /x one"])]);
    with_default["defaultBackend"] = json!({"service": {"name": "two", "port": {"number": 80}}});
    vec![
        Case {
            id: "M12",
            recorded: "exact-host-beats-wildcard",
            objects: with([ingress("a", &[], rules(&[("*.a.example", &["Prefix / one"])]))]),
            object: "Ingress shop/a",
            request: "GET http://a.b.a.example/",
            answer: "404",
            says: "takes one label",
        },
        Case {
            id: "M13",
            recorded: "no-host-is-the-catch-all",
            objects: with([
                ingress("a", &[], rules(&[("", &["Prefix /all one"])])),
                ingress("b", &[], rules(&[("b.example", &["Prefix /x two"])])),
            ]),
            object: "Ingress shop/a",
            request: "GET http://b.example/all",
            answer: "404",
            says: "takes it for b.example too",
        },
        Case {
            id: "M15",
            recorded: "server-level-annotations-first-ingress-wins",
            objects: with([
                ingress(
                    "a",
                    &[("server-alias", "alias.example")],
                    rules(&[("a.example", &["Prefix /x one"])]),
                ),
                ingress("b", &[], rules(&[("a.example", &["Prefix /y two"])])),
            ]),
            object: "Ingress shop/a",
            request: "GET http://alias.example/y",
            answer: "Service shop/two",
            says: "the paths of shop/b",
        },
        Case {
            id: "M16",
            recorded: "same-host-in-two-namespaces-is-merged",
            objects: with([
                ingress("shop/z", &[], rules(&[("a.example", &["Prefix /x one"])])),
                ingress("other/b", &[], rules(&[("a.example", &["Prefix /y one"])])),
            ]),
            object: "Ingress other/b",
            request: "GET http://a.example/y",
            answer: "Service other/one",
            says: "namespace other serves",
        },
        Case {
            id: "M17",
            recorded: "default-backend-of-the-spec-with-rules-and-regex",
            objects: with([ingress("a", &[], with_default)]),
            object: "Ingress shop/a",
            request: "GET http://a.example/no-path-is-written-so",
            answer: "Service shop/two",
            says: "a gateway answers 404 itself",
        },
        Case {
            id: "M18",
            recorded: "unknown-host-and-unknown-path",
            objects: with([ingress("a", &[], rules(&[("a.example", &["Prefix / one"])]))]),
            object: "Ingress shop/a",
            request: "GET https://a.example/",
            answer: "Service shop/one",
            says: "made-up certificate",
        },
    ]
}
