use super::*;
use crate::routing::{
    HostPattern, PathPattern, PortProtocol,
    fixture::{Plain, Spec, get, header, hosts, listener, port_key, query, spec},
};

pub(in crate::routing) mod oracle;

fn port(matches: &[(&str, Spec)]) -> Port {
    let key = port_key("infra/edge", 80);
    Port::new(key.clone(), PortProtocol::Http, [listener(&key, "http", "", hosts(matches))])
}

fn whole(text: &str) -> PathMatch {
    PathMatch::Pattern(std::sync::Arc::new(PathPattern::whole(text).unwrap()))
}

/// The name of the route that takes the request; `-` for no rule, `=` for no listener.
fn route(port: &Port, host: &str, request: &Plain) -> String {
    match find(port, Host(host), request) {
        Found::Match { candidate, .. } => candidate.rule.id.route.name.to_string(),
        Found::NoRule(_) => "-".into(),
        Found::NoListener => "=".into(),
    }
}

#[test]
fn the_path_decides_before_everything_but_the_host() {
    let older = |route, path| Spec { created: -1, method: Some("GET"), ..spec(route, path) };
    let port = port(&[
        ("", older("shop/root", PathMatch::prefix("/"))),
        ("", older("shop/api", PathMatch::prefix("/api"))),
        ("", spec("shop/v1", PathMatch::prefix("/api/v1"))),
        ("", spec("shop/pattern", whole("/api/v1/u.*"))),
        ("", spec("shop/exact", PathMatch::exact("/api/v1/users"))),
        ("", spec("shop/raw", PathMatch::raw_prefix("/apiary"))),
    ]);
    let cases = [
        ("/api/v1/users", "exact", "exact before all"),
        ("/api/v1/user", "pattern", "an expression before a prefix"),
        ("/api/v1/x", "v1", "the longest prefix, though newer and without a method"),
        ("/api/v1", "v1", "the prefix itself"),
        ("/api/v1/", "v1", "and its slash"),
        ("/api/v10", "api", "a segment is whole"),
        ("/api", "api", "shorter"),
        ("/apiary", "root", "prefixes by segments go before those by characters"),
        ("/", "root", "the root"),
        ("/x//y", "root", "empty segments"),
        ("*", "-", "no path"),
    ];
    for (path, wanted, why) in cases {
        assert_eq!(route(&port, "a.example", &get(path)), wanted, "{path}: {why}");
    }
}

#[test]
fn conditions_lead_on_to_shorter_paths_and_wider_hosts() {
    let port = port(&[
        (
            "a.example",
            Spec { fields: vec![header("x", "1")], ..spec("shop/header", PathMatch::prefix("/api")) },
        ),
        ("a.example", Spec { fields: vec![query("q", "1")], ..spec("shop/query", PathMatch::prefix("/")) }),
        ("*.example", spec("shop/wild", PathMatch::prefix("/api/long"))),
        ("", spec("shop/any", PathMatch::prefix("/"))),
    ]);
    let cases = [
        (get("/api/long").header("x", "1"), "header", "the host goes before the longer path"),
        (get("/api/long?q=1"), "query", "a shorter path of the same host goes before the next host"),
        (get("/api/long"), "wild", "no rule of the host: the next one"),
        (get("/api"), "any", "and the next"),
    ];
    for (request, wanted, why) in cases {
        assert_eq!(route(&port, "a.example", &request), wanted, "{why}");
    }
}

#[test]
fn hosts_are_asked_from_the_most_specific() {
    let port = port(&[
        ("a.b.example", spec("shop/exact", PathMatch::prefix("/"))),
        ("*.b.example", spec("shop/deep", PathMatch::prefix("/"))),
        ("*.example", spec("shop/wild", PathMatch::prefix("/"))),
        ("", spec("shop/any", PathMatch::prefix("/"))),
    ]);
    let cases = [
        ("a.b.example", "exact", "the name"),
        ("c.b.example", "deep", "the longer wildcard"),
        ("x.c.b.example", "deep", "over several labels"),
        ("b.example", "wild", "the name under a star is not in it"),
        ("example", "any", "nor here"),
        ("10.0.0.1", "any", "an address"),
        ("[::1]", "any", "an address"),
    ];
    for (host, wanted, why) in cases {
        assert_eq!(route(&port, host, &get("/")), wanted, "{host}: {why}");
    }
}

#[test]
fn between_listeners_nothing_falls_through() {
    let key = port_key("infra/edge", 80);
    let inner = hosts(&[("", spec("shop/inner", PathMatch::prefix("/in")))]);
    let outer = hosts(&[("", spec("shop/outer", PathMatch::prefix("/")))]);
    let listeners =
        [listener(&key, "outer", "*.example", outer), listener(&key, "inner", "a.example", inner)];
    let port = Port::new(key, PortProtocol::Http, listeners);
    assert_eq!(route(&port, "a.example", &get("/in")), "inner");
    assert_eq!(route(&port, "a.example", &get("/")), "-", "the listener is isolated");
    assert_eq!(route(&port, "b.example", &get("/")), "outer");
    assert_eq!(route(&port, "other", &get("/")), "=", "nobody takes this host");
}

#[test]
fn an_nginx_server_asks_its_best_host_only_and_reads_the_path_normalized() {
    let key = port_key("infra/edge", 80);
    let mut hosts = hosts(&[
        ("a.example", spec("shop/a", PathMatch::exact("/ex"))),
        ("", spec("shop/any", PathMatch::prefix("/"))),
    ]);
    let one = HostPattern::parse_one_label("*.b.example").unwrap();
    hosts.add(&one, vec![spec("shop/one", PathMatch::raw_prefix("/a")).build()]);
    hosts.add(&one, vec![spec("shop/longer", PathMatch::raw_prefix("/ab/")).build()]);
    let mut server = (*listener(&key, "http", "", hosts)).clone();
    server.host_policy = HostPolicy::BestOnly;
    server.path_policy = PathPolicy::Normalized;
    let port = Port::new(key, PortProtocol::Http, [std::sync::Arc::new(server)]);
    let cases = [
        ("a.example", "/ex", "a", "as it is"),
        ("a.example", "//%65x", "a", "decoded and merged"),
        ("a.example", "/a/../ex", "a", "dots"),
        ("a.example", "/ex%2f", "-", "a decoded slash counts, and no other server is asked"),
        ("x.b.example", "/abc", "one", "by characters"),
        ("x.b.example", "/ab//c", "longer", "the longest"),
        ("x.b.example", "/b", "-", "the wildcard's server only"),
        ("y.x.b.example", "/b", "any", "a wildcard is one label"),
    ];
    for (host, path, wanted, why) in cases {
        assert_eq!(route(&port, host, &get(path)), wanted, "{host}{path}: {why}");
    }
}

#[test]
fn a_path_of_thousands_of_slashes_costs_no_more_questions_than_there_are_lengths() {
    let port = port(&[("", spec("shop/a", PathMatch::prefix("/a/b")))]);
    let path = "/".repeat(100_000);
    let start = std::time::Instant::now();
    for _ in 0..100 {
        assert_eq!(route(&port, "a.example", &get(&path)), "-");
    }
    // Asking for each of them would hash 100 times 5 GB.
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
