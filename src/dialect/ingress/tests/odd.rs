//! Input that nobody wants to see.

use super::*;

#[test]
fn expressions_of_pcre_work_and_one_that_never_ends_takes_nothing() {
    let regex = [("use-regex", "true")];
    let text =
        ingress("ahead", "a.example", &regex, &[("/(?!admin)[a-z]+", "ImplementationSpecific", "web")])
            + &ingress("back", "b.example", &regex, &[("/(a|b)\\1$", "ImplementationSpecific", "web")])
            + &ingress("greedy", "c.example", &regex, &[("/a++b", "ImplementationSpecific", "web")])
            + &ingress(
                "endless",
                "d.example",
                &regex,
                &[("/(?=(a+)+$)((a+)+)+\\2c", "ImplementationSpecific", "web")],
            );
    let compiled = compile(&world(&text));
    for (host, path, wanted) in [
        ("a.example", "/shop", "web"),
        ("a.example", "/admin", "404"),
        ("b.example", "/aa", "web"),
        ("b.example", "/ab", "404"),
        ("c.example", "/aaab", "web"),
        ("d.example", "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "404"),
    ] {
        assert_eq!(goes_to(&compiled, host, path), wanted, "{host}{path}");
    }
}

#[test]
fn ten_thousand_paths_of_one_host_keep_their_order() {
    let paths: Vec<String> = (0..10_000).map(|n| format!("/p{n}")).collect();
    let given: Vec<(&str, &str, &str)> = paths.iter().map(|path| (path.as_str(), "Prefix", "web")).collect();
    let mut text = ingress("many", "x.example", &[], &given[..1]);
    for path in &paths[1..] {
        text.push_str(&format!(
            "      - {{path: {path}, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}\n"
        ));
    }
    let compiled = compile(&world(&text));
    assert_eq!(goes_to(&compiled, "x.example", "/p9999/x"), "web");
    assert_eq!(goes_to(&compiled, "x.example", "/p99999"), "404");
    assert_eq!(compiled.server("x.example").unwrap().locations.len(), 20_001);
}

#[test]
fn hundreds_of_annotations_huge_and_hostile_ones_are_told_or_passed_over() {
    let huge = "x".repeat(256 << 10);
    let keys: Vec<String> = (0..300).map(|n| format!("unknown-{n}")).collect();
    let mut annotations: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "1")).collect();
    annotations.extend([
        ("rewrite-target", "\u{1b}[31m\u{202e}"),
        ("proxy-read-timeout", "много"),
        ("upstream-vhost", huge.as_str()),
    ]);
    let text = ingress("odd", "x.example", &annotations, &[("/", "Prefix", "web")]);
    let compiled = compile(&world(&text));
    let judged = compiled.ingresses.values().next().unwrap();
    let findings = match &judged.served {
        Served::Nginx(taken) => &taken.annotations.findings,
        Served::Dropped(findings) => findings,
        Served::Plain(_) | Served::Left(_) | Served::Broken(_) => panic!("{judged:?}"),
    };
    assert!(findings.iter().any(|finding| finding.key.ends_with("proxy-read-timeout")), "{findings:?}");
}

#[test]
fn an_ingress_of_the_wrong_shape_is_told_and_the_others_are_served() {
    let bad = "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: bad, namespace: shop}\n\
               spec: {rules: [{host: 7}]}\n";
    let text = ingress("a", "a.example", &[], &[("/", "Prefix", "web")]) + bad;
    let compiled = compile(&world(&text));
    assert_eq!(goes_to(&compiled, "a.example", "/"), "web");
    let broken = compiled.ingresses.values().filter(|one| matches!(one.served, Served::Broken(_))).count();
    assert_eq!(broken, 1);
}
