//! Several Ingresses of one host, canaries, and what belongs to a Service.

use super::*;

#[test]
fn of_equal_age_the_greater_name_has_the_path() {
    let text = ingress("a", "x.example", &[], &[("/", "Prefix", "one")])
        + &ingress("b", "x.example", &[], &[("/", "Prefix", "two"), ("/b", "Exact", "three")]);
    let compiled = compile(&world(&text));
    assert_eq!(goes_to(&compiled, "x.example", "/"), "two");
    assert_eq!(goes_to(&compiled, "x.example", "/b"), "three");
    assert_eq!(goes_to(&compiled, "x.example", "/b/c"), "two");
    assert_eq!(goes_to(&compiled, "y.example", "/"), "404");
    let server = compiled.server("x.example").unwrap();
    let names: Vec<_> = server.ingresses.iter().map(|key| &*key.name).collect();
    assert_eq!(names, ["b", "a"]);
}

#[test]
fn a_regular_expression_of_one_ingress_takes_the_whole_host() {
    let text = ingress(
        "a",
        "x.example",
        &[("use-regex", "true")],
        &[("/re[0-9]+", "ImplementationSpecific", "one")],
    ) + &ingress("b", "x.example", &[], &[("/foo", "Prefix", "two"), ("/bar", "Exact", "three")]);
    let compiled = compile(&world(&text));
    for (path, wanted) in [
        ("/re7x", "one"),
        ("/RE7", "one"),
        ("/foobar", "two"),
        ("/FOO", "two"),
        ("/barrier", "three"),
        ("/re", "404"),
    ] {
        assert_eq!(goes_to(&compiled, "x.example", path), wanted, "{path}");
    }
    assert!(compiled.server("x.example").unwrap().regex);
}

#[test]
fn a_path_with_a_final_slash_redirects_the_one_without_unless_somebody_has_it() {
    let text = ingress("a", "x.example", &[], &[("/docs/", "Prefix", "docs"), ("/", "Prefix", "home")])
        + &ingress("b", "y.example", &[], &[("/docs/", "Prefix", "docs"), ("/docs", "Exact", "home")]);
    let compiled = compile(&world(&text));
    let found = ask(&compiled, "x.example", "/docs?a=b");
    assert_eq!((found.status, found.location.as_deref()), (Some(301), Some("http://x.example/docs/?a=b")));
    assert_eq!(goes_to(&compiled, "y.example", "/docs"), "home");
}

#[test]
fn a_canary_belongs_to_the_service_and_so_to_every_host_that_uses_it() {
    let canary = [("canary", "true"), ("canary-by-header", "X-New"), ("canary-weight", "30")];
    let text = ingress("a", "x.example", &[], &[("/", "Prefix", "stable")])
        + &ingress("other", "y.example", &[], &[("/", "Prefix", "stable")])
        + &ingress("c", "x.example", &canary, &[("/", "Prefix", "new")]);
    let compiled = compile(&world(&text));
    for host in ["x.example", "y.example"] {
        let found = ask(&compiled, host, "/");
        let shares: Vec<_> = found.backends.iter().map(|one| (&*one.backend.name, one.weight)).collect();
        assert_eq!(shares, [("stable", 70), ("new", 30)], "{host}");
    }
}

#[test]
fn a_wildcard_is_one_label_and_an_alias_more() {
    let text =
        ingress("a", "\"*.x.example\"", &[("server-alias", "*.alias.example")], &[("/", "Prefix", "web")]);
    let compiled = compile(&world(&text));
    for (host, wanted) in [
        ("a.x.example", "web"),
        ("a.b.x.example", "404"),
        ("x.example", "404"),
        ("a.alias.example", "web"),
        ("a.b.alias.example", "web"),
    ] {
        assert_eq!(goes_to(&compiled, host, "/"), wanted, "{host}");
    }
}
