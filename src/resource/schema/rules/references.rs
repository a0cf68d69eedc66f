//! Rules of references: parents, targets of policies, backends.

use serde_json::Value;

use super::{Here, Rule, has, items, rule, text, twins};
use crate::resource::schema::findings::Step::{Field, Item};

pub(super) const RULES: &[Rule] = &[
    rule("9b18e305", "parent-ref-ambiguous", |here, v| section_or_none(here, v, same_parent)),
    rule("41913111", "parent-ref-ambiguous", |here, v| section_once(here, v, same_parent)),
    rule("02c3d8a1", "target-ref-ambiguous", |here, v| section_or_none(here, v, same_object)),
    rule("0353c1b5", "target-ref-ambiguous", |here, v| section_once(here, v, same_object)),
    rule("bd51149a", "backend-port-missing", backend_port),
];

fn same_object(a: &Value, b: &Value) -> bool {
    ["group", "kind", "name"].iter().all(|member| a.get(member) == b.get(member))
}

fn same_parent(a: &Value, b: &Value) -> bool {
    // An empty namespace and none are the same to the CRDs; the route's own name written out is another.
    same_object(a, b) && text(a, "namespace") == text(b, "namespace")
}

fn section_or_none(here: &mut Here<'_, '_>, value: &Value, same: fn(&Value, &Value) -> bool) {
    let mixed = move |a: &Value, b: &Value| {
        same(a, b) && text(a, "sectionName").is_empty() != text(b, "sectionName").is_empty()
    };
    for (first, index) in twins(items(value), mixed) {
        let message = format!("names the same object as [{first}], and only one of them has a sectionName");
        here.tell(&[Item(index)], message, "give each a sectionName, or keep the one without");
    }
}

fn section_once(here: &mut Here<'_, '_>, value: &Value, same: fn(&Value, &Value) -> bool) {
    let twice = move |a: &Value, b: &Value| same(a, b) && text(a, "sectionName") == text(b, "sectionName");
    for (first, index) in twins(items(value), twice) {
        let differ = items(value).get(first).map(|item| item.get("port"))
            != items(value).get(index).map(|item| item.get("port"));
        let (message, fix) = match text(items(value).get(index).unwrap_or(&Value::Null), "sectionName") {
            "" if differ => (
                format!(
                    "names the same object as [{first}]: the standard CRDs do not tell them apart by port"
                ),
                "give each a sectionName (the experimental CRDs take ports)",
            ),
            "" => (format!("names the same object as [{first}]"), "give each a sectionName, or take it out"),
            section => (format!("names the same sectionName `{section}` as [{first}]"), "take it out"),
        };
        here.tell(&[Item(index)], message, fix);
    }
}

fn backend_port(here: &mut Here<'_, '_>, value: &Value) {
    if text(value, "group").is_empty() && text(value, "kind") == "Service" && !has(value, "port") {
        here.tell(
            &[Field("port")],
            "a Service needs a port",
            "add the port of the Service (not of its Pods)",
        );
    }
}
