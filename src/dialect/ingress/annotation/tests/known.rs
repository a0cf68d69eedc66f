//! The table of names.

use super::super::known::{KNOWN, known, nearest, obsolete};
use super::*;

#[test]
fn no_name_stands_twice_and_each_need_is_known() {
    let mut names: Vec<&str> =
        KNOWN.iter().flat_map(|known| std::iter::once(known.name).chain(known.alias)).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!((names.len(), KNOWN.len()), (all, 136));
    for one in KNOWN {
        assert!(one.needs.is_none_or(|needs| known(needs).is_some()), "{}", one.name);
        assert!(obsolete(one.name).is_none(), "{}", one.name);
        assert!(!one.wants().is_empty() && one.accepts(""), "{}", one.name);
    }
}

#[test]
fn a_misspelling_has_its_nearest_name() {
    let cases = [
        ("rewrite-traget", Some("rewrite-target")),
        ("Rewrite-Target", Some("rewrite-target")),
        ("proxy_body_size", Some("proxy-body-size")),
        ("white-list-source-range", Some("whitelist-source-range")),
        ("something-else", None),
    ];
    for (written, expected) in cases {
        assert_eq!(nearest(written), expected, "{written}");
    }
    assert_eq!(effects(&[("secure-backends", "true")]), [("secure-backends".into(), Effect::Obsolete)]);
}

#[test]
fn each_validator_takes_what_the_controllers_takes() {
    let cases = [
        ("use-regex", "True", true, "Go's spellings"),
        ("use-regex", " true", false, "no space around"),
        ("proxy-read-timeout", "+5", true, "a sign"),
        ("proxy-read-timeout", "5.0", false, "whole numbers only"),
        ("allowlist-source-range", "10.0.0.1, ::/0", true, "addresses and networks"),
        ("allowlist-source-range", "10.0.0.0/8,", false, "an empty part is none"),
        ("rewrite-target", "/a/$1", true, "captures"),
        ("rewrite-target", "/a?b", false, "no query"),
        ("permanent-redirect", "https://a/$request_uri", false, "no variables"),
        ("permanent-redirect", "https://a/?b=c,d", true, "a query and commas"),
        ("auth-url", "http://$host/a b", true, "spaces are taken out first"),
        ("cors-allow-origin", "app.example", true, "the scheme may be missing here"),
        ("cors-allow-origin", "https://*.a.example:8443, null", true, "one star, a port, null"),
        ("cors-allow-origin", "https://a.example/", false, "no path"),
        ("cors-allow-headers", "X Token", true, "the space is taken out first"),
        ("session-cookie-expires", "x5", true, "the pattern has its brackets misplaced"),
        ("session-cookie-expires", "-0", false, "ends with no number above 0"),
        ("session-cookie-max-age", "week", false, "no number"),
        ("auth-type", "not basic", true, "it only holds the word"),
        ("auth-tls-match-cn", "CN=a.*", true, "a regular expression"),
        ("auth-tls-match-cn", "CN=(", false, "a broken one"),
        ("auth-tls-match-cn", "a", false, "without CN="),
        ("custom-http-errors", "404, 503", true, "spaces are taken out first"),
        ("custom-http-errors", "302", false, "4xx and 5xx"),
        ("default-backend", "a.b", false, "no dots in a Service"),
        ("proxy-cookie-domain", "a b", true, "two words"),
        ("proxy-cookie-domain", "a", false, "one word"),
        ("proxy-next-upstream", "error http_503", true, "words"),
        ("proxy-ssl-protocols", "TLSv1.2 TLSv1.3", true, "both"),
        ("proxy-ssl-protocols", "TLSv1.1", false, "too old"),
        ("ssl-ciphers", "ALL:!aNULL@SECLEVEL=1", true, "with a level"),
        ("upstream-hash-by", "$request_uri${host}", true, "variables"),
        ("server-alias", "~^a\\d+\\.b$, *.c", true, "regular expressions"),
        ("proxy-body-size", "8M", true, "any case"),
        ("proxy-body-size", "8Mi", false, "not Kubernetes' units"),
        ("load-balance", "ip_hash", false, "no algorithm of the controller"),
        ("satisfy", "Any", false, "the case counts"),
        ("session-cookie-samesite", "LAX", true, "the case does not"),
    ];
    for (key, value, accepted, why) in cases {
        assert_eq!(check(key, value).is_ok(), accepted, "{why}: {key}: {value}");
    }
}
