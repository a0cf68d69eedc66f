//! What happened to an object: the cluster's Events about it, and the changes that were made from here.

use jiff::Timestamp;
use serde_json::Value;

use super::words::text;
use crate::{
    resource::{Key, Kind, Object},
    world::World,
};

/// The API groups that Events are of.
const GROUPS: [&str; 2] = ["", "events.k8s.io"];

/// One Event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When it was seen last.
    pub at: Option<Timestamp>,
    /// How often.
    pub count: u64,
    /// `Normal`, `Warning`
    pub kind: String,
    /// `reason`
    pub reason: String,
    /// Who says it.
    pub from: String,
    /// `message` or `note`
    pub message: String,
    /// The Event itself.
    pub key: Key,
}

/// Events about an object, the newest last. None when nobody gave any Event at all: then nothing is known.
pub fn events(world: &World, about: &Key) -> Option<Vec<Event>> {
    let mut any = false;
    let mut found = Vec::new();
    for group in GROUPS {
        for object in world.list(&Kind::Other(group.into(), "Event".into())) {
            any = true;
            // Most are about something else, and reading each would take long.
            if object.text.contains(&*about.name) {
                found.extend(event(object, about));
            }
        }
    }
    found.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
    any.then_some(found)
}

/// Reads an Event, if it is about this object.
fn event(object: &Object, about: &Key) -> Option<Event> {
    let value = object.value();
    let regarding = value.get("involvedObject").or_else(|| value.get("regarding"))?;
    let is = |member: &str, wanted: &str| text(regarding, member) == wanted;
    let version = text(regarding, "/apiVersion");
    let group = version.rsplit_once('/').map_or("", |(group, _)| group);
    let same = is("/kind", about.kind.name())
        && is("/name", &about.name)
        && (version.is_empty() || group == about.kind.group())
        && (!about.kind.namespaced() || is("/namespace", &about.namespace));
    if !same {
        return None;
    }
    let first = |pointers: &[&str]| {
        pointers.iter().map(|pointer| text(&value, pointer)).find(|text| !text.is_empty()).unwrap_or_default()
    };
    let seen = [
        "/series/lastObservedTime",
        "/lastTimestamp",
        "/deprecatedLastTimestamp",
        "/eventTime",
        "/firstTimestamp",
        "/metadata/creationTimestamp",
    ];
    let count = ["/series/count", "/count", "/deprecatedCount"];
    let count = count.iter().find_map(|pointer| value.pointer(pointer).and_then(Value::as_u64));
    Some(Event {
        at: first(&seen).parse().ok(),
        count: count.unwrap_or(1),
        kind: first(&["/type"]),
        reason: first(&["/reason"]),
        from: first(&[
            "/reportingController",
            "/reportingComponent",
            "/source/component",
            "/deprecatedSource/component",
        ]),
        message: first(&["/message", "/note"]),
        key: object.key.clone(),
    })
}

/// How often an Event was seen, when more than once: `x3`.
pub fn times(event: &Event) -> String {
    if event.count > 1 { format!("x{}", event.count) } else { String::new() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::resource::Meta;

    fn object(group: &str, name: &str, value: &Value) -> Arc<Object> {
        Arc::new(Object {
            key: Key::new(Kind::Other(group.into(), "Event".into()), "shop", name),
            api_version: "v1".into(),
            meta: Meta::default(),
            text: value.to_string().into(),
            origin: None,
            assumed: false,
        })
    }

    #[test]
    fn events_of_both_groups_are_found_by_what_they_are_about_and_the_newest_is_last() {
        let old = json!({"involvedObject": {"kind": "HTTPRoute", "namespace": "shop", "name": "app",
            "apiVersion": "gateway.networking.k8s.io/v1"}, "reason": "Synced", "message": "all well",
            "type": "Normal", "count": 3, "lastTimestamp": "2026-11-24T13:00:00Z", "source": {"component": "envoy"}});
        let new = json!({"regarding": {"kind": "HTTPRoute", "namespace": "shop", "name": "app"},
            "reason": "Refused", "note": "no listener", "type": "Warning",
            "eventTime": "2026-11-24T13:30:00.123456Z", "reportingController": "gw"});
        let others = [
            json!({"involvedObject": {"kind": "HTTPRoute", "namespace": "web", "name": "app"}}),
            json!({"involvedObject": {"kind": "Service", "namespace": "shop", "name": "app"}}),
            json!({"involvedObject": {"kind": "HTTPRoute", "namespace": "shop", "name": "app-2"}}),
            json!({"involvedObject": {"kind": "HTTPRoute", "namespace": "shop", "name": "app",
                "apiVersion": "example.com/v1"}}),
            json!({"message": "about app, and about nothing"}),
        ];
        let mut all = vec![object("events.k8s.io", "a", &new), object("", "b", &old)];
        all.extend(others.iter().enumerate().map(|(at, value)| object("", &format!("c{at}"), value)));
        let world = World::of(all);
        let found = events(&world, &Key::new(Kind::HttpRoute, "shop", "app")).unwrap();
        let said: Vec<_> = found.iter().map(|e| (&*e.reason, &*e.message, &*e.from, e.count)).collect();
        assert_eq!(said, [("Synced", "all well", "envoy", 3), ("Refused", "no listener", "gw", 1)]);
    }

    #[test]
    fn none_is_known_where_none_were_given() {
        let about = Key::new(Kind::HttpRoute, "shop", "app");
        assert_eq!(events(&World::default(), &about), None, "unknown is not none");
        let other = json!({"involvedObject": {"kind": "Service", "namespace": "shop", "name": "x"}});
        assert_eq!(events(&World::of([object("", "a", &other)]), &about), Some(Vec::new()));
    }
}
