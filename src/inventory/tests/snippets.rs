//! Raw nginx configuration, told apart.

use super::*;

#[test]
fn directives_are_told_apart_as_nginx_does() {
    let cases: &[(&str, &[&str], &str)] = &[
        ("a b;c d ;", &["1 a b", "1 c d"], "a semicolon ends, blanks part"),
        ("a\n  b\n;\nc;", &["1 a b", "4 c"], "a line is where it begins"),
        ("a 'b;c' \"d e\";", &["1 a b;c d e"], "quotes keep blanks and semicolons"),
        ("a \"b \\\"c\\\"\";", &["1 a b \"c\""], "an escaped quote"),
        ("a ^/x\\.y$;", &["1 a ^/x\\.y$"], "a sign before a letter that needs none stays"),
        ("# a;\nb; # c\nd;", &["2 b", "3 d"], "comments"),
        ("a#b;", &["1 a#b"], "a hash inside of a word is a letter"),
        ("if ($a = b) { c d; } e;", &["1 if ($a = b) !", "1 c d !", "1 e"], "a block and what is in it"),
        ("a ${b}c;", &["1 a ${b}c"], "a variable in braces is a word"),
        ("a b", &["1 a b"], "what breaks off is kept"),
        ("a { b", &["1 a !", "1 b !"], "a block that breaks off"),
        ("}};;", &[], "braces and semicolons without a word"),
        ("a \"b", &["1 a b"], "a quote that breaks off"),
        ("a \\", &["1 a \\"], "an escape that breaks off"),
        ("", &[], "nothing"),
        ("größe \u{1b}[2J;", &["1 größe \u{1b}[2J"], "bytes are kept as they are"),
    ];
    for (text, expected, why) in cases {
        let found: Vec<String> = directives(text)
            .iter()
            .map(|one| format!("{} {one}{}", one.line, if one.nested { " !" } else { "" }))
            .collect();
        assert_eq!(found, *expected, "{why}: {text:?}");
    }
}

#[test]
fn idioms_are_known_and_what_looks_like_one_is_not() {
    let cases = [
        ("more_set_headers \"X-A: b\" 'X-C: d';", Some(Idiom::SetResponseHeader), "several headers"),
        ("more_set_headers -s 404 \"X-A: b\";", None, "for a status only"),
        ("more_set_headers \"X-A: $host\";", None, "a variable"),
        ("add_header X-A b;", Some(Idiom::SetResponseHeader), "one header"),
        ("add_header X-A b always;", Some(Idiom::SetResponseHeader), "on errors too"),
        ("add_header X-A $upstream_addr;", None, "a variable"),
        ("more_clear_headers Server;", Some(Idiom::RemoveResponseHeader), "a header less"),
        ("more_clear_headers 'X-*';", None, "a pattern"),
        ("proxy_hide_header X-Powered-By;", Some(Idiom::RemoveResponseHeader), "a header less"),
        ("proxy_set_header X-A b;", Some(Idiom::SetRequestHeader), "a fixed text"),
        ("proxy_set_header X-A \"\";", Some(Idiom::RemoveRequestHeader), "the empty text takes it away"),
        ("proxy_set_header X-A $remote_addr;", None, "a variable"),
        ("return 301 https://b.example;", Some(Idiom::Redirect), "a fixed URL"),
        ("return 308 https://b.example$request_uri;", Some(Idiom::Redirect), "the path stays"),
        ("return 301 https://$host/b;", Some(Idiom::Redirect), "the host stays"),
        ("return 302 https://b.example/?from=$uri;", None, "a variable elsewhere"),
        ("return 301 https://b.example/?a=b;", None, "a query"),
        ("return 403;", None, "a response of its own"),
        ("rewrite ^/old$ /new permanent;", Some(Idiom::RewriteRedirect), "one path"),
        ("rewrite ^/old$ /new break;", Some(Idiom::Rewrite), "one path, inside"),
        ("rewrite ^/old/(.*)$ /new/$1 break;", Some(Idiom::Rewrite), "a prefix"),
        ("rewrite ^/old/(.*)/x$ /new/$1 break;", None, "more than a prefix"),
        ("rewrite ^/old$ /new last;", None, "starts the search anew"),
        ("rewrite ^/o.d$ /new permanent;", None, "an expression"),
        ("if ($a) { return 301 https://b.example; }", None, "under a condition"),
        ("gzip on;", None, "another directive"),
    ];
    for (text, expected, why) in cases {
        let found = directives(text).last().and_then(|one| one.idiom);
        assert_eq!(found, expected, "{why}: {text}");
    }
}

proptest::proptest! {
    #[test]
    fn no_snippet_makes_it_panic(text in "[a-c ;{}#'\"\\\\$\nö]{0,60}") {
        let lines = text.lines().count() as u32 + 1;
        for directive in directives(&text) {
            proptest::prop_assert!(directive.line >= 1 && directive.line <= lines);
            proptest::prop_assert!(!directive.words.is_empty());
        }
    }
}
