//! Snippets, each with what is read in it and why.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn one(text: &str) -> Directive {
    let mut snippet = Snippet::read(text);
    assert_eq!((snippet.directives.len(), &snippet.faults[..]), (1, &[][..]), "{text}");
    snippet.directives.remove(0).directive
}

fn text(text: &str) -> String {
    text.to_owned()
}

#[test]
fn the_common_idioms_become_values() {
    let set = |headers: &[(&str, &str)]| Directive::SetResponseHeaders {
        headers: headers.iter().map(|(name, value)| (text(name), text(value))).collect(),
        statuses: Vec::new(),
        types: Vec::new(),
    };
    let cases = [
        (r#"more_set_headers "X-A: b";"#, set(&[("X-A", "b")]), "quotes are not part of it"),
        (
            r#"more_set_headers 'X-A: "b"' "X-B: c: d";"#,
            set(&[("X-A", "\"b\""), ("X-B", "c: d")]),
            "several at once",
        ),
        ("more_set_headers Server;", set(&[("Server", "")]), "no colon: removed"),
        (
            "more_set_headers -s '404 500' -t text/html 'X-A: b';",
            Directive::SetResponseHeaders {
                headers: vec![(text("X-A"), text("b"))],
                statuses: vec![404, 500],
                types: vec![text("text/html")],
            },
            "statuses and types",
        ),
        (
            "more_clear_headers Server 'X-Powered-*';",
            Directive::ClearResponseHeaders {
                names: vec![text("Server"), text("X-Powered-*")],
                statuses: Vec::new(),
                types: Vec::new(),
            },
            "names with a star",
        ),
        (
            "more_set_input_headers 'X-A: $host';",
            Directive::SetInputHeaders(vec![(text("X-A"), text("$host"))]),
            "of the request",
        ),
        (
            "add_header X-A 'b c' always;",
            Directive::AddHeader { name: text("X-A"), value: text("b c"), always: true },
            "whatever the status",
        ),
        (
            "add_header X-A b;",
            Directive::AddHeader { name: text("X-A"), value: text("b"), always: false },
            "good ones only",
        ),
        (
            "proxy_set_header X-A \"\";",
            Directive::ProxySetHeader { name: text("X-A"), value: text("") },
            "an empty word is a word",
        ),
        ("proxy_hide_header X-A;", Directive::ProxyHideHeader(text("X-A")), "hidden"),
        (
            "return 301 https://b.example$request_uri;",
            Directive::Return(Return { code: 301, text: Some(text("https://b.example$request_uri")) }),
            "a redirect",
        ),
        ("return 403;", Directive::Return(Return { code: 403, text: None }), "a status"),
        (
            "return https://b.example/;",
            Directive::Return(Return { code: 302, text: Some(text("https://b.example/")) }),
            "a URL alone is 302",
        ),
        (
            r"rewrite ^/a/(\d+)$ /b?x=$1 permanent;",
            Directive::Rewrite {
                pattern: text(r"^/a/(\d+)$"),
                replacement: text("/b?x=$1"),
                flag: RewriteFlag::Permanent,
            },
            "an escape that nginx does not know keeps its backslash",
        ),
        (
            "rewrite \"^/a{2}$\" /b break;",
            Directive::Rewrite {
                pattern: text("^/a{2}$"),
                replacement: text("/b"),
                flag: RewriteFlag::Break,
            },
            "a brace in quotes",
        ),
        (
            "set $x '${host}-a';",
            Directive::Set { variable: text("x"), value: text("${host}-a") },
            "a variable",
        ),
        ("deny all;", Directive::Deny(text("all")), "deny"),
        ("allow 10.0.0.0/8;", Directive::Allow(text("10.0.0.0/8")), "allow"),
        ("client_max_body_size 2g;", Directive::MaxBodySize(Some(2 << 30)), "an offset may be gigabytes"),
        ("client_max_body_size 0;", Directive::MaxBodySize(None), "no limit"),
        (
            "proxy_read_timeout 1m30s;",
            Directive::Timeout(TimeoutOf::Read, Duration::from_secs(90)),
            "units add up",
        ),
        ("expires modified +24h;", Directive::Expires(text("modified +24h")), "as written"),
        ("etag off;", Directive::ByHand(text("etag off;")), "known to nginx, not read here"),
        (
            "more_set_headers -r 'X-A: b';",
            Directive::ByHand(text("more_set_headers -r 'X-A: b';")),
            "an option that is not read",
        ),
    ];
    for (written, expected, why) in cases {
        assert_eq!(one(written), expected, "{why}: {written}");
    }
}

#[test]
fn an_if_has_its_condition_and_what_is_inside() {
    let cases = [
        ("($http_x_a)", Condition::Is(text("http_x_a")), "set and not 0"),
        (
            "( $request_method = POST )",
            Condition::Equals { variable: text("request_method"), text: text("POST"), not: false },
            "spaces inside the brackets",
        ),
        (
            "($http_origin != \"\")",
            Condition::Equals { variable: text("http_origin"), text: text(""), not: true },
            "an empty text",
        ),
        (
            "($http_user_agent ~* \"(bot|spider)\")",
            Condition::Matches {
                variable: text("http_user_agent"),
                pattern: text("(bot|spider)"),
                any_case: true,
                not: false,
            },
            "a pattern in quotes that ends with a bracket",
        ),
        ("(!-f $request_filename)", Condition::Other(text("!-f $request_filename")), "files"),
    ];
    for (written, expected, why) in cases {
        let snippet = Snippet::read(&format!("if {written} {{\n  return 403; # no\n}}"));
        assert_eq!(snippet.faults, [], "{why}");
        let [Line { line: 1, directive: Directive::If { condition, then } }] = &snippet.directives[..] else {
            panic!("{why}: {snippet:?}")
        };
        assert_eq!(condition, &expected, "{why}");
        let inside = Line { line: 2, directive: Directive::Return(Return { code: 403, text: None }) };
        assert_eq!(then, &[inside], "{why}");
    }
}

#[test]
fn what_nginx_refuses_for_certain_is_told_with_its_line() {
    let cases = [
        (
            "more_set_headers 'X-A: b';\nmore_set_heders 'X-B: c';",
            Some((2, "more_set_heders")),
            "no such directive",
        ),
        ("if ($a) {\n return 403;", Some((2, "not closed")), "a brace is missing"),
        ("return 403;\n}", Some((2, "closes nothing")), "a brace too many"),
        ("add_header X-A b", Some((1, "no `;`")), "the next line of the template becomes a part of it"),
        ("more_set_headers 'X-A: b'", None, "it takes what follows for headers"),
        ("if ($a) { return 403 }", Some((1, "no `;`")), "before a brace"),
        ("add_header X-A \"b;\nreturn 403;", Some((1, "not closed")), "a quote is missing"),
        ("add_header X-A \"b\"c;", Some((1, "closing quote")), "words need a space between"),
        ("location /x { return 200 x; }", None, "a block that is known"),
        ("} location /x {\n return 200;", None, "it breaks out of its place: nothing is certain"),
        ("content_by_lua_block { ngx.say('}') if x then y = {} end }", None, "Lua is not looked into"),
        ("map $a $b { default x; other y; }", None, "the inside of a map is no directives"),
        ("# only a comment }", None, "comments are nothing"),
        ("", None, "an empty one"),
    ];
    for (written, expected, why) in cases {
        let faults = Snippet::read(written).faults;
        match (expected, &faults[..]) {
            (None, []) => {}
            (Some((line, part)), [(at, message)]) => {
                assert!(*at == line && message.contains(part), "{why}: {faults:?}");
            }
            _ => panic!("{why}: {faults:?}"),
        }
    }
}

#[test]
fn what_is_not_understood_is_found_inside_of_an_if_too() {
    let snippet = Snippet::read("etag off;\nif ($a) {\n  set $b c;\n  break;\n}");
    let lines: Vec<u32> = snippet.by_hand().iter().map(|line| line.line).collect();
    assert_eq!(lines, [1, 4]);
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in r#"([ \n;{}"'\\#$()a-z0-9]|if |location |return |_by_lua_block|\PC){0,60}"#) {
        let snippet = Snippet::read(&text);
        prop_assert_eq!(&snippet.text, &text);
        let _ = snippet.by_hand();
    }
}
