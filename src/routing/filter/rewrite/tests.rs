use super::*;
use crate::routing::PathPattern;

#[test]
fn a_prefix_is_replaced_as_the_table_of_the_api_has_it() {
    let cases = [
        ("/foo/bar", "/foo", "/xyz", "/xyz/bar", "row 1"),
        ("/foo/bar", "/foo", "/xyz/", "/xyz/bar", "row 2"),
        ("/foo/bar", "/foo/", "/xyz", "/xyz/bar", "row 3"),
        ("/foo/bar", "/foo/", "/xyz/", "/xyz/bar", "row 4"),
        ("/foo", "/foo", "/xyz", "/xyz", "row 5"),
        ("/foo/", "/foo", "/xyz", "/xyz/", "row 6"),
        ("/foo/bar", "/foo", "", "/bar", "row 7"),
        ("/foo/", "/foo", "", "/", "row 8"),
        ("/foo", "/foo", "", "/", "row 9"),
        ("/foo/", "/foo", "/", "/", "row 10"),
        ("/foo", "/foo", "/", "/", "row 11"),
        ("/foo/bar", "/foo", "/", "/bar", "no doubled slash"),
        ("/a", "/", "/xyz", "/xyz/a", "the root is a prefix too"),
        ("/", "/", "/xyz", "/xyz/", "and keeps its slash"),
        ("/foo/bar", "/foo", "xyz", "/xyz/bar", "a path is absolute"),
        ("/foo/b%20c", "/foo", "/x", "/x/b%20c", "what the client encoded stays so"),
        ("/foo/b", "/foo", "/x y\r\nA: b", "/x%20y%0D%0AA:%20b/b", "no line ends from a manifest"),
    ];
    for (path, prefix, replace, wanted, why) in cases {
        let rewrite = PathRewrite::Prefix(replace.into());
        assert_eq!(
            rewrite.apply(path, &PathMatch::prefix(prefix)),
            wanted,
            "{path} {prefix} {replace}: {why}"
        );
    }
}

#[test]
fn a_full_path_is_put_in_whole() {
    let cases = [
        ("/new", "/new", "as it is"),
        ("", "/", "a request has a path"),
        ("new", "/new", "an absolute one"),
        ("/ü", "/%C3%BC", "in ASCII"),
    ];
    for (text, wanted, why) in cases {
        let rewrite = PathRewrite::Full(text.into());
        assert_eq!(rewrite.apply("/old/path", &PathMatch::prefix("/")), wanted, "{why}");
    }
}

#[test]
fn captures_are_taken_from_the_normalized_path_and_encoded_again() {
    let cases = [
        ("/something(/|$)(.*)", "/$2", "/something/new", "/new", "the documentation's example"),
        ("/something(/|$)(.*)", "/$2", "/something", "/", "nothing to take"),
        ("/app(/|$)(.*)", "/$2", "/app/a%20b", "/a%20b", "encoded again"),
        ("/app(/|$)(.*)", "/$2", "/app//a", "/a", "slashes are merged before"),
        ("/app/(.*)", "/$1", "/app/100%25%3Fx", "/100%25%3Fx", "% and ? stay data"),
        ("/app/(.*)", "/x?p=$1", "/app/a", "/x?p=a", "a query of one's own"),
        ("/(a)|/(b)", "/x$2", "/a", "/x", "a group that took no part"),
        ("/(a)", "/$2$9$0$host$", "/a", "/$0$host$", "what is no group stays"),
        ("/(a)(b)", "$1$2", "/ab", "/ab", "absolute"),
        ("/in/(.*)", "/out/$1", "/in/a%2Fb", "/out/a/b", "M11: a slash is one"),
        ("/in/(.*)", "/out/$1", "/in/%C3%A9", "/out/%C3%A9", "encoded again"),
        ("/in/(.*)", "/out/$1", "/in/a%23b", "/out/a%23b", "no fragment"),
        ("/in/(.*)", "/out/$1", "/in/a%3Bb", "/out/a;b", "what needs no encoding comes without"),
        ("/in/(.*)", "/out/$1", "/in/a%22b", "/out/a%22b", "a quote needs it"),
        ("/in/(.*)", "/out/$1", "/in/%7Etilde", "/out/~tilde", "a tilde does not"),
        ("/in/(.*)", "/out/$1", "/in/a+b", "/out/a+b", "no space"),
        ("/in/(.*)", "/o%20/$1", "/in/a", "/o%2520/a", "a text's own % too"),
        ("/in/(.*)", "/o%20/$1", "/in/%61", "/o%2520/a", "whatever was received"),
        ("/in/(.*)", "/x?p=$1", "/in/a%26b", "/x?p=a%26b", "a group stays one value"),
        ("/in/(.*)", "/x?p=$1", "/in/a&b", "/x?p=a&b", "unless nothing was encoded"),
        ("/in/(.*)", "/x?p=$1", "/in/a+b", "/x?p=a%2Bb", "or a + was there"),
        ("/in/(.*)", "/x?p=$1?", "/in/a", "/x?p=a", "the last ? is a sign"),
        ("/in(.*)", "$1", "/in", "", "nothing: 500"),
        ("/in(.*)", "$1?a=b", "/in", "", "nothing but a query: 500"),
    ];
    for (pattern, text, path, wanted, why) in cases {
        let matched = PathMatch::Pattern(PathPattern::start(pattern).unwrap().into());
        let rewrite = PathRewrite::Captures(text.into());
        assert_eq!(rewrite.apply(path, &matched), wanted, "{pattern} {text} {path}: {why}");
    }
}

#[test]
fn the_query_goes_with_the_new_path_unless_a_question_mark_ends_it() {
    let captures = |text: &str| PathRewrite::Captures(text.into());
    let cases = [
        (captures("/x"), Some("a=b"), Some("a=b")),
        (captures("/x"), Some(""), None),
        (captures("/x?c=d"), Some("a=b"), Some("a=b")),
        (captures("/x?c=d?"), Some("a=b"), None),
        (captures("/x?"), Some("a=b"), None),
        (PathRewrite::Full("/x?".into()), Some(""), Some("")),
    ];
    for (rewrite, query, wanted) in cases {
        assert_eq!(rewrite.query(query), wanted, "{rewrite:?}");
    }
}

/// `scheme`, `host`, `port` of the filter; the request's scheme, the listener's port; the start of `Location`.
type Case =
    (Option<&'static str>, Option<&'static str>, Option<u16>, &'static str, u16, &'static str, &'static str);

#[test]
fn the_location_has_the_port_that_the_api_says() {
    let cases: &[Case] = &[
        (None, None, None, "http", 80, "http://a.example", "80 of http is left out"),
        (None, None, None, "https", 443, "https://a.example", "443 of https too"),
        (None, None, None, "http", 8080, "http://a.example:8080", "the listener's port"),
        (None, None, None, "https", 8443, "https://a.example:8443", "the listener's port"),
        (None, None, None, "http", 443, "http://a.example:443", "443 is nothing to http"),
        (Some("https"), None, None, "http", 8080, "https://a.example", "a scheme brings its own port"),
        (Some("http"), None, None, "https", 8443, "http://a.example", "the other way too"),
        (Some("https"), None, Some(8443), "http", 80, "https://a.example:8443", "a port given counts"),
        (Some("https"), None, Some(443), "http", 80, "https://a.example", "and is left out when well known"),
        (Some("http"), None, Some(443), "http", 80, "http://a.example:443", "to this scheme only"),
        (None, None, Some(80), "http", 8080, "http://a.example", "without a scheme too"),
        (None, None, Some(80), "https", 443, "https://a.example:80", "by the request's scheme"),
        (None, Some("b.example"), None, "http", 8080, "http://b.example:8080", "a host alone moves no port"),
        (Some("ws"), None, None, "http", 8080, "ws://a.example:8080", "no well-known port"),
        (Some("HTTPS"), None, None, "http", 80, "https://a.example", "small letters"),
    ];
    for (scheme, host, port, request, listener, wanted, why) in cases {
        let redirect = Redirect {
            scheme: scheme.map(Into::into),
            host: host.map(Into::into),
            port: *port,
            path: None,
            status: 302,
        };
        let location =
            redirect.location(request, "a.example:9999", *listener, "/p", None, &PathMatch::prefix("/"));
        assert_eq!(location, format!("{wanted}/p"), "{why}");
    }
}

#[test]
fn the_location_keeps_path_and_query_unless_told() {
    let plain = Redirect { scheme: None, host: None, port: None, path: None, status: 301 };
    let prefix = Redirect { path: Some(PathRewrite::Prefix("/new".into())), ..plain.clone() };
    let full = Redirect { path: Some(PathRewrite::Full("/x?a=1".into())), ..plain.clone() };
    let outside = Redirect { path: Some(PathRewrite::Full("//evil.example".into())), ..plain.clone() };
    let cases = [
        (&plain, "/old/a", Some("q=1"), "http://a.example/old/a?q=1", "both stay"),
        (&plain, "/old/a", Some(""), "http://a.example/old/a?", "an empty query is one"),
        (&plain, "*", None, "http://a.example/*", "a path is absolute"),
        (&prefix, "/old/a", Some("q=1"), "http://a.example/new/a?q=1", "the prefix that matched"),
        (&full, "/old/a", Some("q=1"), "http://a.example/x?a=1&q=1", "two queries become one"),
        (&outside, "/old", None, "http://a.example//evil.example", "a path never becomes a host"),
    ];
    for (redirect, path, query, wanted, why) in cases {
        let location = redirect.location("http", "a.example", 80, path, query, &PathMatch::prefix("/old"));
        assert_eq!(location, wanted, "{why}");
    }
    let v6 = plain.location("http", "[::1]:8080", 80, "/", None, &PathMatch::prefix("/"));
    assert_eq!(v6, "http://[::1]/", "brackets stay");
}
