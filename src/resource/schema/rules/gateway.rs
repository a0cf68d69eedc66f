//! Rules of a Gateway's addresses and infrastructure.

use std::net::IpAddr;

use serde_json::Value;

use super::{Here, Rule, has, items, rule, text, twins};
use crate::resource::schema::{
    findings::{
        Step::{Field, Item, Key},
        shown,
    },
    metadata::{is_label_value, is_subdomain, is_wildcard_hostname},
};

pub(super) const RULES: &[Rule] = &[
    rule("842965de", "address-repeated", |here, v| repeated(here, v, "IPAddress")),
    rule("c78adfe8", "address-repeated", |here, v| repeated(here, v, "Hostname")),
    rule("c4ceedb9", "address-value", hostname),
    rule("de0689bb", "address-value", ip_address),
    rule("5a8ba7d0", "infrastructure-key", key_form),
    rule("1e367258", "infrastructure-key", key_form),
    rule("5d4778a1", "infrastructure-key", key_prefix),
    rule("24254f6b", "infrastructure-key", key_prefix),
];

fn repeated(here: &mut Here<'_, '_>, value: &Value, kind: &str) {
    let same = |a: &Value, b: &Value| {
        text(a, "type") == kind
            && text(b, "type") == kind
            && has(a, "value")
            && a.get("value") == b.get("value")
    };
    for (_, index) in twins(items(value), same) {
        let address = items(value).get(index).map(|a| text(a, "value")).unwrap_or_default();
        here.tell(&[Item(index)], format!("the address `{address}` is there before"), "take it out");
    }
}

fn hostname(here: &mut Here<'_, '_>, value: &Value) {
    let Some(name) = value.get("value").and_then(Value::as_str) else { return };
    if text(value, "type") == "Hostname" && !is_wildcard_hostname(name) {
        let message = format!("{} is no hostname", shown(&Value::from(name)));
        here.tell(&[Field("value")], message, "write a name in lower case, like gateway.example.com");
    }
}

fn ip_address(here: &mut Here<'_, '_>, value: &Value) {
    let Some(address) = value.get("value").and_then(Value::as_str) else { return };
    if text(value, "type") == "IPAddress" && address.parse::<IpAddr>().is_err() {
        let message = format!("{} is no IP address", shown(&Value::from(address)));
        here.tell(&[Field("value")], message, "write an IPv4 or IPv6 address, or type: Hostname");
    }
}

fn keys(value: &Value) -> impl Iterator<Item = &String> {
    value.as_object().into_iter().flat_map(|map| map.keys())
}

fn key_form(here: &mut Here<'_, '_>, value: &Value) {
    for key in keys(value) {
        let (prefix, name) = key.split_once('/').map_or((None, key.as_str()), |(p, n)| (Some(p), n));
        if prefix.is_some_and(|prefix| !is_subdomain(prefix)) || name.is_empty() || !is_label_value(name) {
            let message = format!("{} is no key", shown(&Value::from(key.as_str())));
            here.tell(&[Key(key)], message, "write NAME or DOMAIN/NAME, the name of at most 63 characters");
        }
    }
}

fn key_prefix(here: &mut Here<'_, '_>, value: &Value) {
    for key in keys(value) {
        let prefix = key.split('/').next().unwrap_or_default().chars().count();
        if prefix >= 253 {
            let message = format!("the part before the slash has {prefix} characters: 252 are allowed");
            here.tell(&[Key(key)], message, "shorten it");
        }
    }
}
