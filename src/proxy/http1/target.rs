//! Request targets: what a request asks for, checked before anything is matched.
//!
//! RFC 9112, 3.2: origin-form, absolute-form (its authority wins over `Host`) and `*` of OPTIONS. CONNECT is not served (501).
//! Refuses white space, controls, raw non-ASCII bytes and fragments; nothing is decoded or normalised here.

use super::{MAX_TARGET, Refused};

/// A target taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::proxy) struct Target<'a> {
    /// Authority of an absolute-form.
    pub(in crate::proxy) authority: Option<&'a str>,
    /// Path as received; `/` when it is empty, `*` of `OPTIONS *`.
    pub(in crate::proxy) path: &'a str,
    /// Query as received, without `?`.
    pub(in crate::proxy) query: Option<&'a str>,
    /// What follows both, with its `#`; nginx sends it on. Else empty.
    pub(in crate::proxy) fragment: &'a str,
}

/// Takes a target apart.
pub(in crate::proxy) fn parse<'a>(method: &str, target: &'a str) -> Result<Target<'a>, Refused> {
    if target.len() > MAX_TARGET {
        return Err(Refused { status: 414, what: "the request target is longer than 16 KiB" });
    }
    if method == "CONNECT" {
        return Err(Refused { status: 501, what: "CONNECT is not served" });
    }
    if !target.bytes().all(|byte| (0x21..=0x7e).contains(&byte)) {
        return Err(Refused::bad("the request target has bytes that must be percent-encoded"));
    }
    if target.contains('#') {
        return Err(Refused::bad("the request target has a fragment"));
    }
    if target == "*" {
        return match method {
            "OPTIONS" => Ok(Target { authority: None, path: "*", query: None, fragment: "" }),
            _ => Err(Refused::bad("only OPTIONS may ask for `*`")),
        };
    }
    if target.starts_with('/') {
        let (path, query) = split_query(target);
        return Ok(Target { authority: None, path, query, fragment: "" });
    }
    let rest = strip_scheme(target).ok_or(Refused::bad("the request target is neither a path nor a URL"))?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let (path, query) = split_query(rest);
    let path = match path {
        // RFC 9112, 3.2.4: so a proxy is asked for the server's own options.
        "" if method == "OPTIONS" && query.is_none() => "*",
        "" => "/",
        path => path,
    };
    Ok(Target { authority: Some(authority), path, query, fragment: "" })
}

fn strip_scheme(target: &str) -> Option<&str> {
    ["http://", "https://"].iter().find_map(|scheme| {
        let (front, rest) = target.split_at_checked(scheme.len())?;
        front.eq_ignore_ascii_case(scheme).then_some(rest)
    })
}

fn split_query(target: &str) -> (&str, Option<&str>) {
    match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_taken_apart_or_refused() {
        let ok = |authority, path, query| Ok(Target { authority, path, query, fragment: "" });
        let cases = [
            ("GET", "/a?b=c?d", ok(None, "/a", Some("b=c?d")), "the first `?` splits"),
            ("GET", "/?", ok(None, "/", Some("")), "an empty query is one"),
            (
                "GET",
                "//a/../b/%2e%2e/c%2Fd",
                ok(None, "//a/../b/%2e%2e/c%2Fd", None),
                "nothing is normalised",
            ),
            ("GET", "http://a.example:80/x", ok(Some("a.example:80"), "/x", None), "absolute-form"),
            ("GET", "HTTPS://a.example?q", ok(Some("a.example"), "/", Some("q")), "no path is the root"),
            ("OPTIONS", "*", ok(None, "*", None), "asterisk-form"),
            ("OPTIONS", "http://a", ok(Some("a"), "*", None), "asterisk-form for a proxy"),
            ("OPTIONS", "http://a/", ok(Some("a"), "/", None), "the root is another thing"),
            ("GET", "*", Err(400), "only OPTIONS"),
            ("GET", "a.example/x", Err(400), "neither path nor URL"),
            ("GET", "ftp://a.example/", Err(400), "another scheme"),
            ("GET", "/caf\u{e9}", Err(400), "raw UTF-8"),
            ("GET", "/a#b", Err(400), "a fragment never travels"),
            ("CONNECT", "a.example:443", Err(501), "no tunnels"),
        ];
        for (method, target, wanted, why) in cases {
            assert_eq!(parse(method, target).map_err(|refused| refused.status), wanted, "{why}: {target}");
        }
        let long = format!("/{}", "a".repeat(MAX_TARGET));
        assert_eq!(parse("GET", &long).map_err(|refused| refused.status), Err(414));
    }
}
