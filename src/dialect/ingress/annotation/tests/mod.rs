//! What the controller does with each value; outcomes that it was asked about itself are marked so.

mod known;
mod objects;
mod values;

use std::{collections::BTreeMap, sync::Arc};

use proptest::prelude::*;

use super::{known::KNOWN, *};
use crate::{
    dialect::ingress::settings::Risk,
    resource::{Key, Kind},
};

/// A cluster of a few objects.
#[derive(Default)]
struct Objects {
    maps: BTreeMap<String, Arc<BTreeMap<String, String>>>,
    secrets: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    services: Vec<String>,
}

impl Objects {
    fn map(mut self, name: &str, data: &[(&str, &str)]) -> Self {
        let data = data.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        self.maps.insert(name.to_owned(), Arc::new(data));
        self
    }

    fn secret(mut self, name: &str, data: &[(&str, &str)]) -> Self {
        let data = data.iter().map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec())).collect();
        self.secrets.insert(name.to_owned(), data);
        self
    }
}

impl Lookup for Objects {
    fn config_map(&self, namespace: &str, name: &str) -> Option<Arc<BTreeMap<String, String>>> {
        self.maps.get(&format!("{namespace}/{name}")).cloned()
    }

    fn secret(&self, namespace: &str, name: &str) -> Option<BTreeMap<String, Vec<u8>>> {
        self.secrets.get(&format!("{namespace}/{name}")).cloned()
    }

    fn service(&self, namespace: &str, name: &str) -> bool {
        self.services.contains(&format!("{namespace}/{name}"))
    }
}

fn read_with(entries: &[(&str, &str)], settings: &Settings, objects: &dyn Lookup) -> Reading {
    let keys: Vec<String> =
        entries.iter().map(|(name, _)| format!("nginx.ingress.kubernetes.io/{name}")).collect();
    let pairs = keys.iter().map(String::as_str).zip(entries.iter().map(|(_, value)| *value));
    read(&Key::new(Kind::Ingress, "shop", "web"), pairs, settings, objects)
}

fn taken_with(entries: &[(&str, &str)], settings: &Settings, objects: &dyn Lookup) -> Annotations {
    match read_with(entries, settings, objects) {
        Reading::Taken(annotations) => *annotations,
        Reading::Dropped(findings) => panic!("{entries:?} is dropped: {findings:?}"),
    }
}

fn taken(entries: &[(&str, &str)]) -> Annotations {
    taken_with(entries, &Settings::default(), &Nothing)
}

/// The effects of an Ingress with these annotations, by key without prefix.
fn effects(entries: &[(&str, &str)]) -> Vec<(String, Effect)> {
    let findings = match read_with(entries, &Settings::default(), &Nothing) {
        Reading::Taken(annotations) => annotations.findings,
        Reading::Dropped(findings) => findings,
    };
    let name = |key: &str| key.split_once('/').map_or("", |(_, name)| name).to_owned();
    findings.iter().map(|finding| (name(&finding.key), finding.effect)).collect()
}

#[test]
fn no_annotations_mean_the_settings() {
    let mut settings = Settings::default();
    settings.proxy.body_size = None;
    settings.tls.redirect = false;
    settings.service_upstream = true;
    settings.allow = vec!["10.0.0.0/8".parse().unwrap()];
    let annotations = taken_with(&[], &settings, &Nothing);
    assert_eq!(annotations.proxy, settings.proxy);
    assert_eq!(annotations.sources.allow, settings.allow);
    assert!(annotations.service_upstream && annotations.global_auth && !annotations.tls.redirect);
    assert_eq!((annotations.findings, annotations.denied), (Vec::new(), None));
}

/// Each asked of the real controller.
#[test]
fn a_malformed_value_does_what_the_controller_answered() {
    use Effect::{Denied, Dropped, Ignored, Unknown};
    let cases = [
        ("allowlist-source-range", "x", Some(Denied)),
        ("auth-type", "x", Some(Dropped)),
        ("auth-url", "x", Some(Denied)),
        ("auth-url", "http://a b/", Some(Denied)),
        ("proxy-body-size", "x", Some(Ignored)),
        ("proxy-body-size", "8 m; x", Some(Ignored)),
        ("proxy-read-timeout", "x", Some(Ignored)),
        ("proxy-read-timeout", "1s", Some(Ignored)),
        ("proxy-next-upstream", "sometimes", Some(Ignored)),
        ("proxy-next-upstream-tries", "many", Some(Ignored)),
        ("enable-cors", "x", Some(Ignored)),
        ("limit-rps", "x", Some(Dropped)),
        ("permanent-redirect", "x", None),
        ("app-root", "x", Some(Ignored)),
        ("upstream-vhost", "x y", Some(Dropped)),
        ("server-alias", "x y;", Some(Dropped)),
        ("upstream-hash-by", "x y;", Some(Dropped)),
        ("load-balance", "x y", Some(Dropped)),
        ("backend-protocol", "x", Some(Ignored)),
        ("service-upstream", "x", Some(Ignored)),
        ("custom-http-errors", "x", Some(Dropped)),
        ("default-backend", "x y", Some(Dropped)),
        ("satisfy", "x", Some(Ignored)),
        ("proxy-buffering", "x", Some(Ignored)),
        ("proxy-cookie-path", "x;", Some(Ignored)),
        ("mirror-target", "x y;", Some(Ignored)),
        ("x-forwarded-prefix", "x y;", Some(Dropped)),
        ("auth-tls-secret", "x", Some(Denied)),
        ("ssl-ciphers", "x y;", Some(Dropped)),
        ("use-regex", "yes", Some(Ignored)),
        ("rewrite-target", "/x y", Some(Ignored)),
        ("rewrite-target", "/x{1}", Some(Ignored)),
        ("rewrite-target", "https://other.example/x", None),
        ("affinity", "x y;", Some(Ignored)),
        ("connection-proxy-header", "maybe; x", Some(Dropped)),
        ("from-to-www-redirect", "x", Some(Dropped)),
        ("no-such-annotation", "x", Some(Unknown)),
        ("configuration-snippet", "deny all;", Some(Dropped)),
    ];
    for (key, value, effect) in cases {
        let expected: Vec<_> = effect.map(|effect| (key.to_owned(), effect)).into_iter().collect();
        assert_eq!(effects(&[(key, value)]), expected, "{key}: {value}");
    }
}

#[test]
fn what_nginx_refuses_is_told_as_stopping_it() {
    // Each tried with `nginx -t`.
    let cases: &[&[(&str, &str)]] = &[
        &[("proxy-read-timeout", "-1")],
        &[("proxy-next-upstream-tries", "-1")],
        &[("proxy-next-upstream-timeout", "-1")],
        &[("proxy-buffer-size", "1g")],
        &[("proxy-buffer-size", "8 k")],
        &[("proxy-buffers-number", "1")],
        &[("proxy-buffers-number", "2")],
        &[("proxy-busy-buffers-size", "16k")],
        &[("proxy-busy-buffers-size", "2k")],
        &[("proxy-buffer-size", "8k"), ("proxy-max-temp-file-size", "4k")],
        &[("proxy-cookie-path", "/a")],
        &[("proxy-redirect-from", "a b"), ("proxy-redirect-to", "c")],
        &[("limit-connections", "65536")],
        &[("limit-rps", "1"), ("limit-burst-multiplier", "0")],
        &[("custom-http-errors", "499")],
        &[("custom-http-errors", ",12")],
    ];
    for entries in cases {
        let told = effects(entries);
        let stopped = |(_, effect): &(String, Effect)| *effect == Effect::StopsConfiguration;
        assert!(told.iter().any(stopped), "{entries:?}: {told:?}");
    }
    for entries in [
        &[("proxy-buffers-number", "3")][..],
        &[("proxy-buffers-number", "2"), ("proxy-busy-buffers-size", "4k")],
        &[("proxy-busy-buffers-size", "12k")],
        &[("limit-burst-multiplier", "0")],
    ] {
        assert_eq!(effects(entries), [], "{entries:?}");
    }
}

#[test]
fn a_protection_that_is_lost_is_told_as_open() {
    let url = ("auth-url", "http://a/");
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[url, ("auth-request-redirect", "http://a/;")], "auth-request-redirect"),
        (&[url, ("auth-always-set-cookie", "maybe")], "auth-always-set-cookie"),
        (&[url, ("auth-cache-key", "$host"), ("auth-cache-duration", "1;")], "auth-cache-duration"),
        (&[("auth-url", "")], "auth-url"),
        (&[("auth-tls-secret", "")], "auth-tls-secret"),
        (&[("auth-secret", "users")], "auth-secret"),
    ];
    for (entries, key) in cases {
        let told = effects(entries);
        assert!(told.contains(&((*key).to_owned(), Effect::Opens)), "{entries:?}: {told:?}");
        let annotations = taken(entries);
        assert_eq!((annotations.external_auth, annotations.auth, annotations.denied), (None, None, None));
    }
}

#[test]
fn the_risk_level_the_blocklist_and_the_prefix_of_the_settings_count() {
    let mut settings = Settings::default();
    settings.security.risk_level = Risk::Critical;
    let snippet = &[("configuration-snippet", "deny all;")][..];
    let annotations = taken_with(snippet, &settings, &Nothing);
    assert_eq!(annotations.snippets.configuration, None, "allowed by its risk, and snippets are off");
    assert_eq!(annotations.findings[0].effect, Effect::Ignored);
    settings.security.allow_snippets = true;
    let annotations = taken_with(snippet, &settings, &Nothing);
    assert_eq!(annotations.snippets.configuration.unwrap().directives.len(), 1);

    settings.security.word_blocklist = vec!["all".into()];
    assert!(matches!(read_with(snippet, &settings, &Nothing), Reading::Dropped(_)), "a word of the list");

    settings.flags.annotations_prefix = "example.com".into();
    let annotations = taken_with(&[("use-regex", "true")], &settings, &Nothing);
    assert!(!annotations.rewrite.use_regex, "another prefix");
    assert_eq!(annotations.findings[0].effect, Effect::Ignored);

    let mut lax = Settings::default();
    lax.flags.annotation_validation = false;
    let vhost = taken_with(&[("upstream-vhost", "x y")], &lax, &Nothing).headers.upstream_vhost;
    assert_eq!(vhost.as_deref(), Some("x y"), "nothing is checked");
}

proptest! {
    #[test]
    fn no_annotations_make_the_reader_panic(
        entries in prop::collection::vec((0..KNOWN.len(), r#"(\PC|[-0-9a-z/:$.,;{}\n "'=]|http://|CN=|on|true|basic|shop/a){0,12}"#), 0..12),
        validated: bool,
    ) {
        let mut settings = Settings::default();
        settings.flags.annotation_validation = validated;
        settings.security.risk_level = Risk::Critical;
        settings.security.allow_snippets = true;
        let objects = Objects::default().map("shop/a", &[("A b", "c")]).secret("shop/a", &[("auth", "x"), ("ca.crt", "y")]);
        let entries: Vec<(&str, &str)> =
            entries.iter().map(|(at, value)| (KNOWN[*at].name, value.as_str())).collect();
        let reading = read_with(&entries, &settings, &objects);
        prop_assert_eq!(&reading, &read_with(&entries, &settings, &objects), "the same twice");
        if let Reading::Taken(annotations) = reading {
            let told = annotations.findings.iter().any(|finding| finding.effect == Effect::Denied);
            prop_assert_eq!(annotations.denied.is_some(), told, "denied and told");
        }
    }
}
