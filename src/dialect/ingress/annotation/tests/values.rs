//! Good values, and how they go together.

use std::time::Duration;

use super::*;

type Redirected<'a> = (&'a [(&'a str, &'a str)], Option<Redirect>, &'a str);

#[test]
fn a_temporal_redirect_wins_and_codes_have_their_range() {
    let to = |url: &str, code| Some(Redirect { url: url.to_owned(), code });
    let (temporal, permanent) = (("temporal-redirect", "https://t/"), ("permanent-redirect", "https://p/"));
    let cases: &[Redirected<'_>] = &[
        (&[permanent], to("https://p/", 301), "the default"),
        (&[temporal, permanent], to("https://t/", 302), "temporal before permanent"),
        (&[permanent, ("permanent-redirect-code", "308")], to("https://p/", 308), "the last of the range"),
        (&[permanent, ("permanent-redirect-code", "200")], to("https://p/", 301), "out of range"),
        (&[temporal, ("temporal-redirect-code", "308")], to("https://t/", 302), "308 is not temporal"),
        (&[temporal, ("temporal-redirect-code", "307")], to("https://t/", 307), "307 is"),
        (&[("temporal-redirect", "/a"), permanent], None, "not http: all redirects are lost"),
        (&[("temporal-redirect", ""), permanent], None, "empty: all redirects are lost"),
        (&[permanent, ("from-to-www-redirect", "")], None, "and so with any other of them"),
        (&[("permanent-redirect", "x")], to("x", 301), "not looked at any further"),
    ];
    for (entries, expected, why) in cases {
        assert_eq!(&taken(entries).redirects.to, expected, "{why}");
    }
}

#[test]
fn a_canary_is_one_only_where_it_is_enabled() {
    let canary = taken(&[("canary", "true"), ("canary-weight", "20"), ("canary-weight-total", "50")]).canary;
    let canary = canary.unwrap();
    assert_eq!((canary.weight, canary.total), (20, 100), "a total below 100 is 100");
    let value = ("canary-by-header-value", "eu");
    let both =
        taken(&[("canary", "true"), ("canary-by-header", "X-A"), value, ("canary-by-header-pattern", "^e")]);
    assert_eq!(both.canary.unwrap().header_pattern, None, "the value counts");
    assert_eq!(both.findings.len(), 1);
    for entries in
        [&[("canary", "yes"), ("canary-weight", "20")][..], &[("canary", "false"), ("canary-weight", "20")]]
    {
        let main = taken(entries);
        assert_eq!(
            (main.canary, main.findings.is_empty()),
            (None, false),
            "served as a main Ingress, and told"
        );
    }
}

#[test]
fn cors_has_its_defaults_and_leaves_bad_origins_out() {
    let on = ("enable-cors", "true");
    assert_eq!(taken(&[on]).cors, Some(Cors::default()));
    assert_eq!(taken(&[("enable-cors", "yes")]).cors, None);
    let origins = |value: &str| taken(&[on, ("cors-allow-origin", value)]).cors.unwrap().origins;
    let cases: [(&str, &[&str], &str); 5] = [
        ("https://a.example, app.example, null", &["https://a.example", "null"], "no scheme: left out"),
        ("https://a.example, *", &["*"], "a star takes all"),
        ("app.example", &[], "none is left"),
        ("https://a.example/", &["*"], "refused: every origin"),
        ("", &["*"], "empty: every origin"),
    ];
    for (value, expected, why) in cases {
        assert_eq!(origins(value), expected, "{why}");
    }
    let cors = taken(&[
        on,
        ("cors-allow-methods", "GET; POST"),
        ("cors-max-age", "ten"),
        ("cors-allow-headers", "X A"),
    ]);
    let cors = cors.cors.unwrap();
    assert_eq!((cors.methods, cors.max_age), (Cors::default().methods, 1_728_000), "defaults");
    assert_eq!(cors.headers, "X A", "the check takes the space out, the header has it");
}

#[test]
fn the_proxy_values_are_typed() {
    let proxy = taken(&[
        ("proxy-body-size", "2M"),
        ("proxy-read-timeout", "90"),
        ("proxy-next-upstream", "error http_503 non_idempotent"),
        ("proxy-next-upstream-tries", "0"),
        ("proxy-next-upstream-timeout", "5"),
        ("proxy-cookie-path", "/a /"),
        ("proxy-redirect-from", "http://web/"),
        ("proxy-redirect-to", "https://shop/"),
        ("proxy-http-version", "1.0"),
        ("proxy-request-buffering", " off "),
        ("client-body-buffer-size", "16k"),
    ])
    .proxy;
    let expected = Proxy {
        body_size: Some(2 << 20),
        client_body_buffer_size: Some(16 << 10),
        read_timeout: Duration::from_secs(90),
        next_upstream: NextUpstream {
            conditions: vec![RetryOn::Error, RetryOn::Status(503)],
            non_idempotent: true,
            tries: 0,
            timeout: Some(Duration::from_secs(5)),
        },
        cookie_path: Some(Replace { from: "/a".into(), to: "/".into() }),
        redirect: ProxyRedirect::Replace { from: "http://web/".into(), to: "https://shop/".into() },
        http_version: HttpVersion::Http10,
        request_buffering: false,
        ..Proxy::default()
    };
    assert_eq!(proxy, expected);
}

#[test]
fn the_small_rules_of_the_proxy_values_hold() {
    let redirect = |from: &str, to: &str| {
        taken(&[("proxy-redirect-from", from), ("proxy-redirect-to", to)]).proxy.redirect
    };
    assert_eq!(redirect("off", "https://a/"), ProxyRedirect::Off);
    assert_eq!(redirect("default", ""), ProxyRedirect::Default);
    assert_eq!(redirect("http://a/", "off"), ProxyRedirect::Default, "no directive is nginx's default");
    assert_eq!(taken(&[("proxy-body-size", "0")]).proxy.body_size, None);
    assert_eq!(taken(&[("proxy-body-size", "1b")]).proxy.body_size, Some(1 << 20), "nginx knows no `b`");
    assert_eq!(taken(&[("proxy-body-size", "")]).proxy.body_size, Some(1 << 20));
    let off = taken(&[("proxy-next-upstream", "error off")]).proxy.next_upstream;
    assert_eq!(off.conditions, [], "`off` wins");
}

#[test]
fn affinity_and_hashing_are_read_whole() {
    let annotations = taken(&[
        ("affinity", "cookie"),
        ("affinity-mode", "persistent"),
        ("affinity-canary-behavior", "legacy"),
        ("session-cookie-name", "SID"),
        ("session-cookie-max-age", "7200"),
        ("session-cookie-expires", "x5"),
        ("session-cookie-samesite", "Maybe"),
        ("upstream-hash-by", "$request_uri"),
        ("upstream-hash-by-subset", "true"),
    ]);
    let cookie = annotations.affinity.cookie.unwrap();
    assert_eq!((cookie.name.as_str(), cookie.max_age, cookie.expires), ("SID", Some(7200), None));
    assert_eq!((cookie.same_site, annotations.findings.len()), (None, 2));
    assert_eq!(annotations.affinity.canary, CanaryBehavior::Legacy);
    let expected = UpstreamHash { by: "$request_uri".into(), subset: true, subset_size: 3 };
    assert_eq!(annotations.upstream_hash, Some(expected));
    let lost = taken(&[("upstream-hash-by", "$host"), ("upstream-hash-by-subset", "")]).upstream_hash;
    assert_eq!(lost, None, "an empty one takes the others with it");
}

#[test]
fn the_alias_counts_where_the_name_is_empty() {
    let allow = |entries: &[(&str, &str)]| {
        let allow = taken(entries).sources.allow;
        allow.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let (old, new) = (("whitelist-source-range", "10.0.0.1"), ("allowlist-source-range", "10.0.0.2"));
    assert_eq!(allow(&[old]), ["10.0.0.1/32"]);
    assert_eq!(allow(&[old, new]), ["10.0.0.2/32"]);
    assert_eq!(allow(&[old, ("allowlist-source-range", "")]), ["10.0.0.1/32"]);
    assert_eq!(effects(&[old, new]), [("whitelist-source-range".to_owned(), Effect::Ignored)]);
    assert!(taken(&[("allowlist-source-range", "")]).denied.is_some(), "an empty list denies");
    assert_eq!(
        effects(&[("whitelist-source-range", "x")]),
        [("whitelist-source-range".to_owned(), Effect::Denied)]
    );
}

#[test]
fn limits_have_their_bursts() {
    let limits =
        taken(&[("limit-rps", "5"), ("limit-rpm", "-1"), ("limit-connections", "2"), ("limit-rate", "3")]);
    let limits = limits.limits;
    assert_eq!(limits.per_second, Some(RateLimit { limit: 5, burst: 25 }));
    assert_eq!((limits.per_minute, limits.connections, limits.rate), (None, Some(2), Some(3072)));
}

#[test]
fn a_mirror_without_a_good_target_asks_the_own_back_end() {
    let mirror = |entries: &[(&str, &str)]| taken(entries).mirror.map(|mirror| mirror.target);
    let url = "https://copy.example:8443$request_uri";
    let target = |host: &str| Some(MirrorTarget::Url { url: url.into(), host: host.into() });
    assert_eq!(mirror(&[("mirror-target", url)]), target("copy.example"));
    assert_eq!(mirror(&[("mirror-target", url), ("mirror-host", "h")]), target("h"));
    assert_eq!(mirror(&[("mirror-target", "x y;")]), Some(MirrorTarget::Own));
    assert_eq!(mirror(&[("mirror-target", "copy")]), Some(MirrorTarget::Own), "no host in it");
    assert_eq!(mirror(&[("mirror-target", "")]), None);
}

#[test]
fn what_has_no_effect_alone_is_told() {
    for (key, value) in
        [("auth-method", "GET"), ("cors-max-age", "5"), ("proxy-ssl-verify", "on"), ("canary-weight", "5")]
    {
        assert_eq!(effects(&[(key, value)]), [(key.to_owned(), Effect::Ignored)], "{key}");
    }
    assert_eq!(effects(&[("ssl-passthrough", "true")]), [("ssl-passthrough".to_owned(), Effect::Ignored)]);
    assert_eq!(effects(&[("backend-protocol", "grpc")]), [("backend-protocol".to_owned(), Effect::Ignored)]);
}
