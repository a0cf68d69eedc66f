//! What raw nginx configuration becomes.

use super::*;
use crate::dialect::ingress::annotation::snippet::Snippet;

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
        let found = Snippet::read(text).directives.last().and_then(|line| Idiom::of(&line.directive));
        assert_eq!(found, expected, "{why}: {text}");
    }
}
