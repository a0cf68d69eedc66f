//! Annotations that name other objects.

use super::*;

/// Why the locations are denied.
fn denied(entries: &[(&str, &str)], objects: &Objects) -> Option<String> {
    taken_with(entries, &Settings::default(), objects).denied
}

fn pem() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec!["a.example".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

#[test]
fn passwords_come_from_a_secret_of_the_own_namespace() {
    let objects = Objects::default()
        .secret("shop/users", &[("auth", "ann:$apr1$x")])
        .secret("shop/map", &[("ann", "h1"), ("bob", "h2")])
        .secret("other/users", &[("auth", "x:y")]);
    let basic = ("auth-type", "basic");
    let read = |entries: &[(&str, &str)]| taken_with(entries, &Settings::default(), &objects);
    let auth = read(&[basic, ("auth-secret", "users"), ("auth-realm", "The Shop")]).auth.unwrap();
    assert_eq!((&*auth.users.0, auth.realm.as_str()), (&b"ann:$apr1$x"[..], "The Shop"));
    assert!(!format!("{auth:?}").contains("apr1"), "hashes are not printed");
    let map = [basic, ("auth-secret", "shop/map"), ("auth-secret-type", "auth-map")];
    assert_eq!(&*read(&map).auth.unwrap().users.0, b"ann:h1\nbob:h2\n");
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[basic], "no Secret is named"),
        (&[basic, ("auth-secret", "none")], "there is none"),
        (&[basic, ("auth-secret", "other/users")], "another namespace"),
        (&[basic, ("auth-secret", "a/b/c")], "not a name"),
        (&[basic, ("auth-secret", "map")], "no key `auth`"),
        (&[basic, ("auth-secret", "")], "empty"),
    ];
    for (entries, why) in cases {
        let annotations = read(entries);
        assert!(annotations.denied.is_some() && annotations.auth.is_none(), "{why}");
    }
    let mut open = Settings::default();
    open.security.cross_namespace = true;
    let across = taken_with(&[basic, ("auth-secret", "other/users")], &open, &objects);
    assert!(across.denied.is_none() && across.auth.is_some(), "where the setting allows it");
}

#[test]
fn custom_headers_need_a_namespace_and_the_settings_permission() {
    let objects = Objects::default().map("shop/h", &[("X-A", "b")]).map("shop/bad", &[("X A", "b")]);
    let mut settings = Settings::default();
    settings.security.allowed_response_headers = vec!["X-A".into()];
    let headers = |value: &str| {
        let annotations = taken_with(&[("custom-headers", value)], &settings, &objects);
        (annotations.headers.custom.len(), annotations.denied.is_some())
    };
    assert_eq!(headers("shop/h"), (1, false));
    assert_eq!(headers("h"), (0, true), "without a namespace it is not found");
    assert_eq!(headers("shop/none"), (0, true));
    assert_eq!(headers("shop/bad"), (0, true));
    assert_eq!(headers("h;"), (0, false), "refused by the validator: ignored");
    let reason = denied(&[("custom-headers", "shop/h")], &objects).unwrap();
    assert!(reason.contains("global-allowed-response-headers"), "{reason}");
}

#[test]
fn an_auth_request_is_read_whole() {
    let objects = Objects::default().map("shop/h", &[("X-A", "b")]);
    let url = ("auth-url", "http://auth.shop.svc:8080/check?x=$host");
    let entries = [
        url,
        ("auth-method", "POST"),
        ("auth-response-headers", "X-User, X-Group"),
        ("auth-proxy-set-headers", "shop/h"),
        ("auth-cache-key", "$remote_user"),
        ("auth-cache-duration", "200 10m, 401 1s"),
        ("auth-keepalive", "5"),
    ];
    let auth = taken_with(&entries, &Settings::default(), &objects).external_auth.unwrap();
    assert_eq!((auth.host.as_str(), auth.method.as_deref()), ("auth.shop.svc", Some("POST")));
    assert_eq!(auth.response_headers, ["X-User", "X-Group"]);
    assert_eq!((auth.set_headers.len(), auth.cache_durations.len()), (1, 2));
    assert_eq!(auth.keepalive.map(|keepalive| keepalive.connections), Some(5));
    let cases: &[(&str, &str, &str)] = &[
        ("auth-response-headers", "X User", "a space in a name"),
        ("auth-proxy-set-headers", "shop/none", "no such ConfigMap"),
        ("auth-proxy-set-headers", "h", "no namespace"),
        ("auth-proxy-set-headers", "other/h", "another namespace"),
        ("auth-method", "get", "not in capitals"),
        ("auth-cache-duration", "10m 200", "a status after the time"),
    ];
    for (key, value, why) in cases {
        assert!(denied(&[url, ("auth-cache-key", "a"), (key, value)], &objects).is_some(), "{why}");
    }
    let variable = [("auth-url", "http://$host/"), ("auth-keepalive", "5")];
    assert_eq!(taken(&variable).external_auth.unwrap().keepalive, None, "the host is a variable");
}

#[test]
fn certificates_come_from_secrets_with_a_ca() {
    let (certificate, key) = pem();
    let objects = Objects::default()
        .secret("shop/ca", &[("ca.crt", &certificate)])
        .secret("shop/both", &[("ca.crt", &certificate), ("tls.crt", &certificate), ("tls.key", &key)])
        .secret("shop/pair", &[("tls.crt", &certificate), ("tls.key", &key)])
        .secret("shop/bad", &[("ca.crt", "x")])
        .secret("shop/none", &[("a", "b")]);
    let client = |secret: &str| {
        let entries = [
            ("auth-tls-secret", secret),
            ("auth-tls-verify-client", "optional"),
            ("auth-tls-match-cn", "CN=a"),
        ];
        taken_with(&entries, &Settings::default(), &objects)
    };
    let read = client("shop/ca").client_certificate.unwrap();
    assert_eq!((read.verify, read.match_cn.as_deref(), read.depth), (VerifyClient::Optional, Some("a"), 1));
    let open = client("shop/pair");
    assert!(open.client_certificate.unwrap().ca.is_none());
    assert_eq!(open.findings[0].effect, Effect::Opens, "without a `ca.crt` nobody is asked");
    for secret in ["shop/bad", "shop/none", "shop/absent", "ca", "other/ca"] {
        let annotations = client(secret);
        assert!(annotations.client_certificate_error.is_some() && annotations.denied.is_some(), "{secret}");
    }
    let upstream = |secret: &str| {
        let entries = [
            ("proxy-ssl-secret", secret),
            ("proxy-ssl-verify", "on"),
            ("proxy-ssl-protocols", "TLSv1.3 TLSv1.2"),
        ];
        taken_with(&entries, &Settings::default(), &objects)
    };
    let tls = upstream("shop/both").upstream_tls.unwrap();
    assert!(tls.client.is_some() && tls.verify && !tls.server_name);
    assert_eq!(tls.protocols, "TLSv1.2 TLSv1.3");
    let pair = upstream("shop/pair");
    assert!(pair.upstream_tls.unwrap().client.is_none(), "sent only beside a `ca.crt`");
    assert_eq!(pair.findings[0].effect, Effect::Opens, "verification is asked for and is not there");
    assert!(upstream("none").denied.is_some());
}

#[test]
fn a_default_back_end_must_exist() {
    let objects = Objects { services: vec!["shop/errors".into()], ..Objects::default() };
    let read = |name: &str| taken_with(&[("default-backend", name)], &Settings::default(), &objects);
    assert_eq!(read("errors").errors.default_backend.as_deref(), Some("errors"));
    let absent = read("absent");
    assert_eq!((absent.errors.default_backend, absent.findings[0].effect), (None, Effect::Ignored));
}

#[test]
fn fastcgi_parameters_come_from_the_own_namespace() {
    let objects = Objects::default().map("shop/p", &[("A", "$b")]).map("shop/bad", &[("A", "b c")]);
    let read = |map: &str| read_with(&[("fastcgi-params-configmap", map)], &Settings::default(), &objects);
    assert!(matches!(read("shop/p"), Reading::Taken(a) if a.fastcgi.params.len() == 1));
    assert!(matches!(read("p"), Reading::Taken(a) if a.fastcgi.params.len() == 1));
    assert!(
        matches!(read("other/p"), Reading::Taken(a) if a.denied.is_none() && a.fastcgi.params.is_empty())
    );
    assert!(matches!(read("absent"), Reading::Taken(a) if a.denied.is_some()));
    assert!(matches!(read("bad"), Reading::Dropped(_)));
}
