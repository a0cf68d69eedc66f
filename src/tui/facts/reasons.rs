//! Reasons of conditions in plain words, for lines that have room for half a sentence.

use crate::resource::Condition;

/// Reason ▸ words; `{}` stands for the parent.
const WORDS: &[(&str, &str)] = &[
    ("NotAllowedByListeners", "not allowed by {}"),
    ("NoMatchingListenerHostname", "no hostname in common with {}"),
    ("NoMatchingParent", "{} has no such listener"),
    ("NoMatchingListeners", "{} has no such listener"),
    ("InvalidKind", "a reference of a kind that can not be served"),
    ("RefNotPermitted", "a reference that no ReferenceGrant allows"),
    ("BackendNotFound", "a backend that does not exist"),
    ("UnsupportedProtocol", "a protocol that is not served"),
    ("UnsupportedValue", "a value that is not supported"),
    ("IncompatibleFilters", "filters that exclude each other"),
    ("UnsupportedFilter", "a filter that is not supported"),
    ("InvalidCertificateRef", "its certificate can not be used"),
    ("InvalidRouteKinds", "a kind of route that it can not take"),
    ("HostnameConflict", "another listener has its port and hostname"),
    ("ProtocolConflict", "another listener has its port with another protocol"),
    ("OverlappingHostnames", "its hostnames overlap with another listener's"),
    ("OverlappingCertificates", "its certificate covers another listener's hostname"),
    ("PortUnavailable", "its port can not be had"),
    ("AddressNotAssigned", "waits for an address"),
    ("AddressNotUsable", "its address can not be used"),
    ("Pending", "not programmed yet"),
    ("Invalid", "not valid"),
    ("ListenersNotValid", "listeners that are not valid"),
    ("InvalidParameters", "parameters that can not be used"),
    ("NotServedYet", "not served yet"),
];

/// The kind that a pending condition waits for in vain: `Gateway infra/egde does not exist: …`.
fn missing(condition: &Condition) -> Option<&'static str> {
    if condition.reason != "Pending" {
        return None;
    }
    let (kind, rest) = condition.message.split_once(' ')?;
    let (_, rest) = rest.split_once(' ')?;
    let kind = ["Gateway", "GatewayClass", "ListenerSet"].into_iter().find(|known| *known == kind)?;
    rest.starts_with("does not exist").then_some(kind)
}

/// The reason of a condition in words; `parent` is who wrote it: `infra/edge ▸ https`.
pub fn words(condition: &Condition, parent: &str) -> String {
    if let Some(kind) = missing(condition) {
        return format!("its {kind} does not exist");
    }
    match WORDS.iter().find(|(reason, _)| *reason == condition.reason) {
        Some((_, words)) => words.replace("{}", parent),
        None => condition.reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        resource::{Key, Kind},
        tui::{
            facts::routes::{Route, row},
            fixture,
        },
    };

    #[test]
    fn a_parent_that_does_not_exist_is_told_as_such() {
        let route = |parent: &str| {
            format!(
                "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{ name: r, namespace: shop }}\n\
                 spec: {{ parentRefs: [{{ {parent} }}] }}\n"
            )
        };
        let cases = [
            ("name: egde, namespace: infra", "its Gateway does not exist"),
            ("name: egde", "its Gateway does not exist"),
            ("kind: Service, group: '', name: app", "not programmed yet"),
        ];
        for (parent, words) in cases {
            let view = fixture::view_of(route(parent).leak());
            let object = view.world.get(&Key::new(Kind::HttpRoute, "shop", "r")).unwrap();
            let row = row(&view, &Route::of(object));
            assert_eq!(row.deciding().unwrap().words, words, "{parent}");
        }
    }
}
