use super::*;

fn list(names: &[&str]) -> Box<[Arc<str>]> {
    names.iter().map(|name| Arc::from(*name)).collect()
}

fn header<'a>(answer: &'a [(&'static str, String)], name: &str) -> Option<&'a str> {
    answer.iter().find(|(given, _)| *given == name).map(|(_, value)| value.as_str())
}

#[test]
fn origins_are_compared_by_scheme_host_and_port() {
    let cases = [
        ("https://www.foo.com", "https://www.foo.com", true, "equal"),
        ("https://www.foo.com", "https://WWW.foo.com", true, "hosts have no case"),
        ("https://www.foo.com", "http://www.foo.com", false, "another scheme"),
        ("https://www.foo.com", "https://www.foo.com:443", true, "443 is assumed for https"),
        ("http://www.foo.com:80", "http://www.foo.com", true, "80 is assumed for http"),
        ("https://www.foo.com", "https://www.foo.com:8443", false, "another port"),
        ("https://*.bar.com", "https://www.bar.com", true, "one label"),
        ("https://*.bar.com", "https://xpto.www.bar.com", true, "several labels"),
        ("https://*.bar.com", "https://bar.com", false, "not the name itself"),
        ("https://*.bar.com", "https://foobar.com", false, "labels, not letters"),
        ("https://*.bar.com", "https://www.bar.com.evil.com", false, "to the end"),
        ("https://*.bar.com:8443", "https://a.bar.com:8443", true, "a wildcard with a port"),
        ("https://*", "https://anything.example", true, "every host"),
        ("https://*", "http://anything.example", false, "of this scheme"),
        ("https://*", "https://a.example:8443", false, "and port"),
        ("*", "https://foobar.com:12345", true, "every origin"),
        ("*", "null", true, "even an opaque one"),
        ("https://a", "null", false, "which is no other"),
        ("http://[::1]:3000", "http://[::1]:3000", true, "an address"),
        ("https://a.example", "https://a.example:x", false, "no port"),
    ];
    for (allowed, origin, takes, why) in cases {
        let cors = Cors { origins: list(&[allowed]), ..Cors::default() };
        assert_eq!(cors.allows(origin), takes, "{allowed} {origin}: {why}");
        assert_eq!(cors.answer(origin, None).is_empty(), !takes, "{allowed} {origin}: {why}");
    }
}

#[test]
fn a_preflight_gets_what_the_conformance_suite_asks_for() {
    let cors = Cors {
        origins: list(&["https://www.foo.com", "https://*.bar.com"]),
        credentials: true,
        methods: list(&["GET", "OPTIONS"]),
        headers: list(&["x-header-1", "x-header-2"]),
        expose: list(&["x-header-3", "x-header-4"]),
        max_age: 3600,
    };
    let answer = cors.answer("https://xpto.www.bar.com", Some(("GET", Some("x-header-1, x-header-2"))));
    let wanted = [
        ("access-control-allow-origin", "https://xpto.www.bar.com"),
        ("access-control-allow-methods", "GET, OPTIONS"),
        ("access-control-allow-headers", "x-header-1, x-header-2"),
        ("access-control-expose-headers", "x-header-3, x-header-4"),
        ("access-control-max-age", "3600"),
        ("access-control-allow-credentials", "true"),
    ];
    for (name, value) in wanted {
        assert_eq!(header(&answer, name), Some(value), "{name}");
    }
    assert!(header(&answer, "vary").is_some_and(|vary| vary.starts_with("origin")), "caches are told");
    assert_eq!(cors.answer("https://foobar.com", Some(("GET", None))), [], "another origin gets nothing");
}

#[test]
fn a_simple_request_gets_no_preflight_headers() {
    let cors = Cors {
        origins: list(&["*"]),
        methods: list(&["PUT"]),
        headers: list(&["a"]),
        max_age: 5,
        ..Cors::default()
    };
    let answer = cors.answer("https://a.example", None);
    assert_eq!(answer, [("access-control-allow-origin", "*".to_owned())]);
}

#[test]
fn a_star_is_never_said_with_credentials() {
    let stars = list(&["*"]);
    let open = Cors {
        origins: stars.clone(),
        credentials: false,
        methods: stars.clone(),
        headers: stars.clone(),
        expose: stars.clone(),
        max_age: 5,
    };
    let closed = Cors { credentials: true, ..open.clone() };
    let asked = Some(("PUT", Some("x-a, x-b")));
    let cases = [
        ("access-control-allow-origin", Some("*"), Some("https://a.example")),
        ("access-control-allow-methods", Some("*"), Some("PUT")),
        ("access-control-allow-headers", Some("*"), Some("x-a, x-b")),
        ("access-control-expose-headers", Some("*"), None),
        ("access-control-allow-credentials", None, Some("true")),
    ];
    for (name, without, with) in cases {
        assert_eq!(
            header(&open.answer("https://a.example", asked), name),
            without,
            "{name} without credentials"
        );
        assert_eq!(header(&closed.answer("https://a.example", asked), name), with, "{name} with credentials");
    }
    let none = closed.answer("https://a.example", Some(("PUT", None)));
    assert_eq!(header(&none, "access-control-allow-headers"), None, "no headers were asked for");
}
