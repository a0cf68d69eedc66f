//! The ConfigMap, the flags, and how both are found.

use std::{sync::Arc, time::Duration};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    dialect::ingress::annotation::{Effect, NsName, ProxyRedirect, RetryOn},
    resource::{Kind, Meta, Object},
};

fn config(entries: &[(&str, &str)]) -> (Settings, Vec<SettingFinding>) {
    let data = entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Settings::read(&data, &[])
}

fn flags(words: &[&str]) -> (Flags, Vec<SettingFinding>) {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let (settings, findings) = Settings::read(&BTreeMap::new(), &words);
    (settings.flags, findings)
}

#[test]
fn an_empty_config_map_gives_the_defaults() {
    assert_eq!(Settings::read(&BTreeMap::new(), &[]), (Settings::default(), Vec::new()));
    let hsts = Settings::default().tls.hsts.unwrap().value();
    assert_eq!(hsts, "max-age=31536000; includeSubDomains");
}

#[test]
fn each_key_changes_its_setting() {
    type Change = fn(&mut Settings);
    let cases: &[(&[(&str, &str)], Change)] = &[
        (&[("hsts", "false")], |s| s.tls.hsts = None),
        (&[("hsts-max-age", "5"), ("hsts-preload", "true")], |s| {
            let hsts = s.tls.hsts.as_mut().unwrap();
            hsts.max_age = "5".into();
            hsts.preload = true;
        }),
        (&[("proxy-read-timeout", "3")], |s| s.proxy.read_timeout = Duration::from_secs(3)),
        (&[("proxy-body-size", "0")], |s| s.proxy.body_size = None),
        (&[("proxy-body-size", "2g")], |s| s.proxy.body_size = Some(2 << 30)),
        (&[("retry-non-idempotent", "true")], |s| {
            s.retry_non_idempotent = true;
            s.proxy.next_upstream.non_idempotent = true;
        }),
        (&[("proxy-next-upstream", "error http_502")], |s| {
            s.proxy.next_upstream.conditions = vec![RetryOn::Error, RetryOn::Status(502)];
        }),
        (&[("proxy-redirect-from", "http://a/"), ("proxy-redirect-to", "/")], |s| {
            s.proxy.redirect = ProxyRedirect::Replace { from: "http://a/".into(), to: "/".into() };
        }),
        (&[("custom-http-errors", "404, 503")], |s| s.custom_http_errors = vec![404, 503]),
        (&[("http-redirect-code", "301")], |s| s.tls.redirect_code = 301),
        (&[("Use-Gzip", "1")], |s| s.compression.gzip = true),
        (&[("allow-snippet-annotations", "")], |_| {}),
        (&[("annotations-risk-level", "critical")], |s| s.security.risk_level = Risk::Critical),
        (&[("whitelist-source-range", "10.1.2.3/8, ::1")], |s| {
            s.allow = vec!["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        }),
        (&[("no-tls-redirect-locations", "/a, ,/b")], |s| {
            s.tls.no_redirect_locations = vec!["/a".into(), "/b".into()];
        }),
        (&[("keep-alive", "0x10")], |s| s.client.keep_alive = Duration::from_secs(16)),
    ];
    for (entries, change) in cases {
        let mut expected = Settings::default();
        change(&mut expected);
        assert_eq!(config(entries), (expected, Vec::new()), "{entries:?}");
    }
}

#[test]
fn what_is_not_used_is_told_with_its_effect() {
    let cases = [
        ("hsts", "yes", Effect::Ignored, "Go reads no `yes`"),
        ("http-redirect-code", "303", Effect::Ignored, "not one of the four"),
        ("annotations-risk-level", "hi", Effect::Ignored, "a misspelling is the strictest level"),
        ("proxy-body-size", "big", Effect::Ignored, "the template leaves it out"),
        ("proxy-read-timeout", "-1", Effect::StopsConfiguration, "nginx takes no such time"),
        ("proxy-buffering", "true", Effect::StopsConfiguration, "nginx wants on or off"),
        ("block-cidrs", "x", Effect::StopsConfiguration, "nginx wants an address"),
        ("limit-req-status-code", "200", Effect::StopsConfiguration, "nginx wants 400 to 599"),
        ("server-snippet", "return 200", Effect::StopsConfiguration, "no semicolon"),
        ("global-auth-url", "auth", Effect::Opens, "all sites are served without auth"),
        ("global-auth-method", "GET", Effect::Ignored, "nothing without a URL"),
        ("worker-processes", "4", Effect::Inert, "known, and of no consequence here"),
        ("enable-modsecurity", "true", Effect::Inert, "known, and not executed"),
        ("proxy-read-timout", "4", Effect::Unknown, "a misspelling"),
    ];
    for (key, value, effect, why) in cases {
        let (_, findings) = config(&[(key, value)]);
        let [finding] = &findings[..] else { panic!("{why}: {findings:?}") };
        assert_eq!((finding.key.as_str(), finding.effect), (key, effect), "{why}");
    }
    assert!(
        config(&[("proxy-read-timout", "4")]).1[0].message.contains("`proxy-read-timeout` is the nearest")
    );
}

#[test]
fn global_auth_is_read_whole() {
    let (settings, findings) = config(&[
        ("global-auth-url", "http://auth.shop.svc:8080/check"),
        ("global-auth-signin", "https://login.example"),
        ("global-auth-signin-redirect-param", "back"),
        ("global-auth-response-headers", "X-User, X Bad"),
    ]);
    let auth = settings.global_auth.unwrap();
    assert_eq!((auth.host.as_str(), auth.signin_redirect_param.as_deref()), ("auth.shop.svc", Some("back")));
    assert_eq!(
        (auth.response_headers, auth.cache_durations),
        (vec!["X-User".into()], vec!["200 202 401 5m".into()])
    );
    assert_eq!(findings.len(), 1, "{findings:?}");
}

#[test]
fn flags_are_read_in_every_spelling() {
    let (read, findings) = flags(&[
        "/nginx-ingress-controller",
        "--configmap=ns/cm",
        "--annotations-prefix",
        "example.com",
        "--watch-ingress-without-class",
        "--enable-ssl-passthrough=false",
        "--http-port=8080",
        "--v=2",
        "--no-such-flag",
        "--https-port=x",
    ]);
    let expected = Flags {
        config_map: Some(NsName { namespace: "ns".into(), name: "cm".into() }),
        annotations_prefix: "example.com".into(),
        watch_without_class: true,
        http_port: 8080,
        ..Flags::default()
    };
    assert_eq!(read, expected);
    let told: Vec<_> = findings.iter().map(|finding| (finding.key.as_str(), finding.effect)).collect();
    let expected =
        [("--v", Effect::Inert), ("--no-such-flag", Effect::Unknown), ("--https-port", Effect::Ignored)];
    assert_eq!(told, expected);
}

fn object(value: &Value) -> Arc<Object> {
    let word = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let labels = value.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten();
    Arc::new(Object {
        key: Key::new(
            Kind::from_api(&word("/apiVersion"), &word("/kind")),
            word("/metadata/namespace"),
            word("/metadata/name"),
        ),
        api_version: word("/apiVersion").into(),
        meta: Meta {
            labels: labels
                .map(|(key, value)| (key.as_str().into(), value.as_str().unwrap().into()))
                .collect(),
            ..Meta::default()
        },
        text: value.to_string().into(),
        origin: None,
        assumed: false,
    })
}

fn config_map(namespace: &str, name: &str, labels: &Value, data: &Value) -> Arc<Object> {
    object(&json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"namespace": namespace, "name": name, "labels": labels}, "data": data
    }))
}

fn deployment(args: &Value) -> Arc<Object> {
    object(&json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "edge", "name": "nginx"},
        "spec": {"template": {"spec": {"containers": [
            {"name": "other", "image": "busybox"},
            {"name": "controller", "image": "registry.k8s.io/ingress-nginx/controller:v1.12.1@sha256:00", "args": args,
             "env": [{"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}]}
        ]}}}
    }))
}

#[test]
fn the_controllers_objects_are_found_in_a_world() {
    let found = Settings::find(&World::of([
        deployment(&json!(["/nginx-ingress-controller", "--configmap=$(POD_NAMESPACE)/settings"])),
        config_map("edge", "settings", &json!({}), &json!({"hsts": "false", "keep-alive": 5})),
        config_map("ingress-nginx", "ingress-nginx-controller", &json!({}), &json!({"use-gzip": "true"})),
    ]));
    assert_eq!(found.controller.unwrap().key.path(), "edge/nginx");
    assert_eq!(found.config_map.unwrap().key.path(), "edge/settings");
    assert_eq!(found.release.as_deref(), Some("v1.12.1"));
    assert_eq!((found.settings.tls.hsts, found.settings.compression.gzip), (None, false));
    assert_eq!(found.missing, Vec::<String>::new());
    let [number] = &found.findings[..] else { panic!("{:?}", found.findings) };
    assert_eq!(number.key, "keep-alive", "a number is no text");
}

#[test]
fn what_is_not_found_is_told_with_what_depends_on_it() {
    let labels = json!({"app.kubernetes.io/name": "ingress-nginx"});
    let ours = config_map("ns", "a", &labels, &json!({"use-gzip": "true", "add-headers": "ns/x"}));
    let cases = [
        (vec![], 2, None, "nothing at all: flags and ConfigMap"),
        (vec![deployment(&json!(["--configmap=a/b"]))], 1, None, "the ConfigMap that the flag names"),
        (vec![deployment(&json!([]))], 0, None, "without the flag the controller reads none"),
        (vec![ours], 2, Some("ns/a"), "found by its label: the flags and the headers are missing"),
        (
            vec![config_map("ns", "a", &labels, &json!({"some": "thing"}))],
            2,
            None,
            "the label, and none of the controller's keys",
        ),
    ];
    for (objects, missing, map, why) in cases {
        let found = Settings::find(&World::of(objects));
        assert_eq!(found.missing.len(), missing, "{why}: {:?}", found.missing);
        assert_eq!(found.config_map.map(|place| place.key.path()).as_deref(), map, "{why}");
    }
}

#[test]
fn no_key_stands_twice() {
    assert!(!config_map::knows("no-such-key"));
    for key in config_map::keys() {
        assert!(config_map::knows(key));
    }
    let mut keys: Vec<_> = config_map::keys().collect();
    let all = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), all);
}

proptest! {
    #[test]
    fn no_value_makes_the_reader_panic(at in 0_usize..200, value in r"(\PC|[-0-9kmg, /.:$;{}]){0,20}") {
        let keys: Vec<&str> = config_map::keys().collect();
        let key = keys[at % keys.len()];
        let _ = config(&[(key, &value)]);
        let _ = flags(&[&value, &format!("--{value}"), &format!("--http-port={value}")]);
    }
}
