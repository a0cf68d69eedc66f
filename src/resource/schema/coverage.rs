//! The views are kept honest: every field of the standard channel changes what a view holds, or `unread` names it with
//! the reason why no view reads it.
//!
//! How it is found out: an object is made with every field of the table set; then each single value is changed and
//! taken out in turn, and the view is made again. A field that changes nothing is not read.

use serde_json::{Map, Value, json};

use super::{
    table::{Node, TABLE, Type},
    unread::NOT_READ,
};
use crate::resource::gateway_api::{Gateway, GatewayClass, HttpRoute, ReferenceGrant, view};

/// A value with everything that the standard channel has below this part, none of it a default.
fn full(node: &Node) -> Value {
    match node.kind {
        Type::Object => {
            let mut map = Map::new();
            for field in node.fields.iter().filter(|field| !field.experimental) {
                map.insert(field.name.clone(), below(field.node, field.default.as_ref()));
            }
            if let Some(values) = node.values {
                map.insert("key".to_owned(), below(values, None));
            }
            Value::Object(map)
        }
        Type::Array => json!([below(node.items.unwrap(), None)]),
        Type::String | Type::Integer | Type::Boolean => Value::Null,
    }
}

fn below(number: usize, default: Option<&Value>) -> Value {
    let node = TABLE.node(number).unwrap();
    let differs = |value: &Value| Some(value) != default;
    match node.kind {
        Type::Object | Type::Array => full(node),
        Type::Boolean => [json!(true), json!(false)].into_iter().find(differs).unwrap(),
        Type::Integer => [json!(7), json!(8)].into_iter().find(differs).unwrap(),
        Type::String => {
            let words = node.allowed.iter().cloned().chain([json!("one"), json!("two")]);
            words.into_iter().find(differs).unwrap()
        }
    }
}

/// Pointers to all single values, as JSON and as a person writes the field.
fn leaves(value: &Value, pointer: &str, field: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (name, part) in map {
                let dot = if field.is_empty() { "" } else { "." };
                leaves(part, &format!("{pointer}/{name}"), &format!("{field}{dot}{name}"), found);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            leaves(&items[0], &format!("{pointer}/0"), &format!("{field}[]"), found);
        }
        _ => found.push((pointer.to_owned(), field.to_owned())),
    }
}

fn changed(object: &Value, pointer: &str) -> [Value; 2] {
    let (mut other, mut without) = (object.clone(), object.clone());
    let value = other.pointer_mut(pointer).unwrap();
    *value = match value {
        Value::Bool(truth) => json!(!*truth),
        Value::Number(number) => json!(number.as_i64().unwrap() + 1),
        _ => json!("another"),
    };
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    match without.pointer_mut(parent).unwrap() {
        Value::Object(map) => drop(map.remove(last)),
        Value::Array(items) => drop(items.remove(0)),
        _ => unreachable!("a value has an object or a list above it"),
    }
    [other, without]
}

/// The fields of a kind that a view does not read.
fn unread<T: serde::de::DeserializeOwned + PartialEq>(kind: &str) -> (Vec<String>, Vec<String>) {
    let row = TABLE.kinds.iter().find(|row| row.kind == kind && row.version == "v1").unwrap();
    let mut object = full(TABLE.node(row.root).unwrap());
    for identity in ["apiVersion", "kind", "metadata"] {
        object.as_object_mut().unwrap().remove(identity); // read by the source
    }
    let whole: T = view(&object.to_string()).unwrap();
    let mut all = Vec::new();
    leaves(&object, "", "", &mut all);
    assert!(all.len() > 3, "{kind} has fields");
    let same = |changed: &Value| view::<T>(&changed.to_string()).is_ok_and(|view| view == whole);
    let (unread, read): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(pointer, _)| changed(&object, pointer).iter().all(same));
    let fields = |list: Vec<(String, String)>| list.into_iter().map(|(_, field)| field).collect();
    (fields(unread), fields(read))
}

fn is_below(field: &str, prefix: &str) -> bool {
    field.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[test]
fn every_field_of_the_standard_channel_is_read_by_a_view_or_named_as_not_read() {
    let kinds = [
        ("GatewayClass", unread::<GatewayClass>("GatewayClass")),
        ("Gateway", unread::<Gateway>("Gateway")),
        ("HTTPRoute", unread::<HttpRoute>("HTTPRoute")),
        ("ReferenceGrant", unread::<ReferenceGrant>("ReferenceGrant")),
    ];
    let mut wrong = Vec::new();
    for (kind, (unread, read)) in &kinds {
        let listed: Vec<&str> =
            NOT_READ.iter().filter(|row| row.kind == *kind).map(|row| row.field).collect();
        for field in unread.iter().filter(|field| !listed.iter().any(|prefix| is_below(field, prefix))) {
            wrong.push(format!("{kind} {field} is neither read nor named"));
        }
        for prefix in &listed {
            if !unread.iter().any(|field| is_below(field, prefix)) {
                wrong.push(format!("{kind} {prefix} is named and there is nothing unread"));
            }
            for field in read.iter().filter(|field| is_below(field, prefix)) {
                wrong.push(format!("{kind} {field} is read and named as not read ({prefix})"));
            }
        }
    }
    for row in NOT_READ {
        if !kinds.iter().any(|(known, _)| *known == row.kind) || row.reason.is_empty() {
            wrong.push(format!("{} {}: no such kind, or no reason", row.kind, row.field));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
