use super::*;
use crate::routing::{
    Action, PathRewrite, Rewrite, Split,
    fixture::{backend, rule},
};

fn edits(remove: &[&str], set: &[(&str, &str)], add: &[(&str, &str)]) -> HeaderEdits {
    let pairs = |given: &[(&str, &str)]| given.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
    HeaderEdits {
        remove: remove.iter().map(|name| (*name).into()).collect(),
        set: pairs(set),
        add: pairs(add),
    }
}

#[test]
fn the_backend_ref_edits_what_the_rule_left() {
    let of_rule = edits(&["x-gone"], &[("X-Set", "rule"), ("X-Stays", " 1 ")], &[("X-Add", "rule")]);
    let of_backend = edits(&["x-add"], &[("x-set", "backend"), ("Host", "inner:81")], &[("X-Add", "b")]);
    let edited = Edited::of([&of_rule, &of_backend]);
    assert_eq!(edited.dropped, ["x-gone", "x-set", "x-stays", "x-add"]);
    let put: Vec<_> = edited.put.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(put, ["X-Stays=1", "x-set=backend", "X-Add=b"]);
    assert_eq!(edited.host.as_deref(), Some("inner:81"));
}

#[test]
fn an_edit_can_neither_inject_a_line_nor_touch_the_framing() {
    let hostile = edits(
        &["content-length", "connection"],
        &[("X-A", "b\r\nX-Evil: 1"), ("Transfer-Encoding", "chunked"), ("bad name", "x")],
        &[("X-B\r\nX-Evil", "1"), ("Connection", "close"), ("Host", "a/b"), ("Content-Length", "0")],
    );
    // `X-A` is set: what came of it goes, and nothing can be put in its place.
    assert_eq!(Edited::of([&hostile]), Edited { dropped: vec!["x-a".to_owned()], ..Edited::default() });
}

#[test]
fn target_and_host_are_the_backends_before_they_are_the_rules() {
    let rewrite = |host: Option<&str>, path: Option<&str>| {
        Some(Rewrite { host: host.map(Into::into), path: path.map(|path| PathRewrite::Prefix(path.into())) })
    };
    let cases = [
        (None, None, "/api/x?q=1", None, "as received"),
        (rewrite(Some("r"), Some("/")), None, "/x?q=1", Some("r"), "the rule's"),
        (
            rewrite(Some("r"), Some("/r")),
            rewrite(Some("b"), Some("/b")),
            "/b/x?q=1",
            Some("b"),
            "the backend's",
        ),
        (rewrite(Some("r"), Some("/r")), rewrite(None, Some("/b")), "/b/x?q=1", Some("r"), "each for itself"),
        (
            rewrite(Some("a b"), None),
            None,
            "/api/x?q=1",
            Some("edited"),
            "no host at all: the one that was set",
        ),
        (None, rewrite(None, Some("/b?own=1")), "/b?own=1/x&q=1", Some("edited"), "a query of its own"),
    ];
    for (of_rule, of_backend, wanted, host_wanted, why) in cases {
        let mut one = rule("shop/api", 0, Action::Forward(Split::new([backend("a", 1)])));
        one.rewrite = of_rule;
        let of = Backend { rewrite: of_backend, ..backend("a", 1) };
        let (path, between, query) =
            target(Some(&one), Some(&of), "/api/x", Some("q=1"), &PathMatch::prefix("/api"));
        assert_eq!(format!("{path}{between}{query}"), wanted, "{why}");
        let edited =
            Edited { host: (host_wanted == Some("edited")).then(|| "edited".into()), ..Edited::default() };
        assert_eq!(host(Some(&one), Some(&of), &edited), host_wanted, "{why}");
    }
    let (path, ..) = target(None, None, "*", None, &PathMatch::prefix("/"));
    assert_eq!(path, "*", "OPTIONS * has no path to rewrite");
}
