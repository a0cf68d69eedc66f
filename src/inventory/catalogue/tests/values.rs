//! Values held against types, and what the controller does with those that do not fit.

use super::*;

#[test]
fn a_value_is_held_against_its_type() {
    let nginx = |short: &str| format!("nginx.ingress.kubernetes.io/{short}");
    let cases: &[(String, &[&str], &[&str])] = &[
        (nginx("ssl-redirect"), &["true", "false", "1", "T", "False"], &["yes", "on", "", " true", "tRuE"]),
        ("haproxy.org/check".to_owned(), &["true", "ON", "disabled"], &["yes", ""]),
        (nginx("canary-weight"), &["0", "30", "+5"], &["-1", "30%", "3.5", " 3", "", "99999999999999999999"]),
        (nginx("permanent-redirect-code"), &["300", "308"], &["299", "309", "abc"]),
        (nginx("proxy-body-size"), &["0", "8m", "1024", "1G", "10b"], &["8 MB", "8mb", "-1", "1.5m", ""]),
        (nginx("affinity"), &["cookie", " cookie "], &["Cookie", "ip", ""]),
        (nginx("backend-protocol"), &["HTTPS", "https", "Grpc"], &["h2c", "HTTP/2"]),
        (
            nginx("proxy-next-upstream"),
            &["error timeout", "off", "http_502,http_503"],
            &["error  http_501", "", "500"],
        ),
        (
            nginx("allowlist-source-range"),
            &["10.0.0.0/8", "10.0.0.1, ::1/128", "192.168.1.1"],
            &["", " ", ",", "10.0.0.0/33", "10.0.0", "office"],
        ),
        (
            nginx("auth-url"),
            &["https://auth.example.com/check?x=1", "http://a.b.svc.cluster.local:80/$request_uri"],
            &["auth.example.com", "/check", "https://", "https://a b|c"],
        ),
        (nginx("rewrite-target"), &["/$1", "/", "/a/$2/b", "a"], &["/a?x=1", "/a b", "/a;b", "/a\n/b"]),
        (
            nginx("permanent-redirect"),
            &["https://a.example/x?y=1"],
            &["https://a.example$request_uri", "a b|"],
        ),
        (
            nginx("cors-allow-origin"),
            &["*", "https://*.a.example:8443, https://b", "null"],
            &["https://a/b", "é"],
        ),
        (nginx("custom-http-errors"), &["404", "404,500", "404, 503"], &["4xx", "200"]),
        (nginx("canary-by-header-pattern"), &["^(a|b)$", "(?=x)y", "(a)\\1", "a++"], &["(", "*"]),
        (nginx("custom-headers"), &["shop/headers", "headers"], &["a/b/c", "", "Shop/x"]),
        (nginx("default-backend"), &["errors"], &["Errors", "a.b", "", "-a"]),
        (nginx("auth-tls-secret"), &["shop/ca"], &["ca", "shop/", "/ca"]),
        (nginx("session-cookie-expires"), &["0", "3600", "-5"], &["1h", "007"]),
        (nginx("configuration-snippet"), &["", "anything; {"], &[]),
        (nginx("ssl-ciphers"), &["HIGH:!aNULL@STRENGTH"], &["HIGH;x"]),
        (
            "traefik.ingress.kubernetes.io/router.tls.domains.0.main".to_owned(),
            &["example.com", "*.example.com"],
            &["a b", "", "a..b"],
        ),
        ("traefik.ingress.kubernetes.io/service.sticky.cookie.path".to_owned(), &["/a"], &["a", "/a b"]),
        (
            "haproxy.org/timeout-server".to_owned(),
            &["30s", "1m30s", "500ms", "50", "1h"],
            &["soon", "", "1x"],
        ),
        ("alb.ingress.kubernetes.io/listen-ports".to_owned(), &["[{\"HTTP\": 80}]"], &["[{HTTP: 80}]", ""]),
        ("alb.ingress.kubernetes.io/tags".to_owned(), &["a=b,c=d", "a="], &["a", "=b", ""]),
        ("konghq.com/methods".to_owned(), &["GET,POST", "get"], &["", "G T", "GE-T"]),
        ("k8s.apisix.apache.org/auth-uri".to_owned(), &["https://a:80/x"], &["a/x", "http://a..b"]),
        ("haproxy.org/src-ip-header".to_owned(), &["X-Real-IP"], &["X Real", ""]),
        ("nginx.org/proxy-hide-headers".to_owned(), &["Server,X-Powered-By"], &["", "a b", "a,b:c"]),
        ("nginx.org/mergeable-ingress-type".to_owned(), &["master", "minion"], &["Master"]),
        ("external-dns.alpha.kubernetes.io/hostname".to_owned(), &["a.example, b.example"], &["", "a b"]),
    ];
    for (key, good, bad) in cases {
        let entry = Catalogue::get().find(key, NGINX_PREFIX).unwrap_or_else(|| panic!("{key}"));
        for value in *good {
            assert_eq!(entry.check(value), Ok(()), "{key}: {value:?}");
        }
        for value in *bad {
            assert!(entry.check(value).is_err(), "{key}: {value:?}");
        }
    }
}

#[test]
fn a_message_says_what_is_wrong_and_what_the_controller_does() {
    let cases = [
        ("proxy-connect-timeout", "5s", "`5s` is not a whole number: the annotation is ignored"),
        ("canary-weight", "-1", "`-1` is not a number from 0: the annotation is ignored"),
        ("limit-rps", "many", "`many` is not a whole number: the whole Ingress is left out"),
        (
            "auth-url",
            "x",
            "`x` is not a text that the controller takes: the paths of this Ingress answer 503",
        ),
        (
            "proxy-read-timeout",
            "-1",
            "`-1` is not a number from 1: the controller takes over no later change, of any Ingress",
        ),
        (
            "auth-request-redirect",
            "a|b",
            "`a|b` is not a text that the controller takes: the protection falls away and the site is open",
        ),
        ("secure-backends", "true", "not read since 0.21: it does nothing"),
    ];
    for (short, value, expected) in cases {
        let entry = Catalogue::get().find(&format!("{NGINX_PREFIX}/{short}"), NGINX_PREFIX).unwrap();
        assert_eq!(entry.problem(value).as_deref(), Some(expected), "{short}");
    }
    let entry = Catalogue::get().find("nginx.ingress.kubernetes.io/affinity", NGINX_PREFIX).unwrap();
    let long = entry.check(&"ö".repeat(100_000)).unwrap_err();
    assert!(long.chars().count() < 120, "a huge value is not repeated whole: {long}");
}
