//! Rules of listeners, of Gateways and of ListenerSets.

use serde_json::Value;

use super::{Here, Rule, by_table, has, items, list, rule, text, twins};
use crate::resource::schema::findings::Step::{Field, Item};

pub(super) const RULES: &[Rule] = &[
    by_table("1b2e3601", "duplicate-entry"),
    rule("e115b398", "listener-tls-unwanted", no_tls),
    rule("246c95ec", "listener-tls-mode", https_terminates),
    rule("0f5ba1a9", "listener-tls-mode", tls_has_mode),
    rule("4de814d0", "listener-certificate-missing", certificate),
    rule("2a709bba", "listener-hostname-unwanted", no_hostname),
    rule("c270847b", "listener-conflict", unique),
    rule("e1990b60", "listener-conflict", unique),
    by_table("3d8f94e3", "duplicate-entry"),
    rule("ebb1bfd7", "listener-filters-unwanted", no_filters),
];

fn of_protocol<'v>(value: &'v Value, protocols: &'v [&str]) -> impl Iterator<Item = (usize, &'v Value)> {
    items(value).iter().enumerate().filter(|(_, listener)| protocols.contains(&text(listener, "protocol")))
}

fn no_tls(here: &mut Here<'_, '_>, value: &Value) {
    for (index, listener) in of_protocol(value, &["HTTP", "TCP", "UDP"]).filter(|(_, l)| has(l, "tls")) {
        let message = format!("a listener of the protocol {} has no tls", text(listener, "protocol"));
        here.tell(&[Item(index), Field("tls")], message, "write protocol: HTTPS or TLS, or take tls out");
    }
}

fn mode(listener: &Value) -> &str {
    listener.get("tls").map_or("", |tls| text(tls, "mode"))
}

fn https_terminates(here: &mut Here<'_, '_>, value: &Value) {
    for (index, listener) in of_protocol(value, &["HTTPS"]) {
        if has(listener, "tls") && !matches!(mode(listener), "" | "Terminate") {
            let message =
                format!("HTTPS is terminated at the Gateway: the mode can not be {}", mode(listener));
            let fix = "write mode: Terminate, or protocol: TLS";
            here.tell(&[Item(index), Field("tls"), Field("mode")], message, fix);
        }
    }
}

fn tls_has_mode(here: &mut Here<'_, '_>, value: &Value) {
    for (index, _) in of_protocol(value, &["TLS"]).filter(|(_, listener)| mode(listener).is_empty()) {
        let message = "a listener of the protocol TLS needs tls with a mode";
        here.tell(&[Item(index), Field("tls")], message, "add tls with mode: Terminate or Passthrough");
    }
}

fn certificate(here: &mut Here<'_, '_>, value: &Value) {
    let options = value.get("options").and_then(Value::as_object).is_some_and(|options| !options.is_empty());
    if text(value, "mode") == "Terminate" && list(value, "certificateRefs").is_empty() && !options {
        here.tell(
            &[],
            "mode Terminate needs certificateRefs or options",
            "name the Secret in certificateRefs",
        );
    }
}

fn no_hostname(here: &mut Here<'_, '_>, value: &Value) {
    for (index, listener) in of_protocol(value, &["TCP", "UDP"]) {
        if !text(listener, "hostname").is_empty() {
            let message =
                format!("a listener of the protocol {} has no hostname", text(listener, "protocol"));
            here.tell(&[Item(index), Field("hostname")], message, "take the hostname out");
        }
    }
}

fn unique(here: &mut Here<'_, '_>, value: &Value) {
    let listeners = items(value);
    let same = |a: &Value, b: &Value| {
        // A listener of a ListenerSet may leave the port open: it conflicts with none here.
        has(b, "port")
            && a.get("port") == b.get("port")
            && a.get("protocol") == b.get("protocol")
            && a.get("hostname") == b.get("hostname")
    };
    for (first, index) in twins(listeners, same) {
        let name = |at: usize| listeners.get(at).map(|l| text(l, "name")).unwrap_or_default();
        let message = format!(
            "the listeners `{}` and `{}` have the same port, protocol and hostname",
            name(first),
            name(index)
        );
        here.tell(&[Item(index)], message, "give one of them another hostname or port");
    }
}

fn no_filters(here: &mut Here<'_, '_>, value: &Value) {
    if has(value, "filters") && !matches!(text(value, "protocol"), "HTTP" | "HTTPS") {
        here.tell(&[Field("filters")], "only HTTP and HTTPS listeners have filters", "take the filters out");
    }
}
