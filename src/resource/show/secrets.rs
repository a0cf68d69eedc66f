//! Secrets are never shown: in the place of each value stands how many bytes it has.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::resource::{Kind, Object};

/// Members of a Secret that hold nothing secret.
const OPEN: [&str; 6] = ["apiVersion", "kind", "metadata", "type", "immutable", "status"];

/// Holds the whole object once more, values and all, where `kubectl apply` made it.
const LAST_APPLIED: &str = "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration";

/// The object's text as a value. Of a Secret, every value of `data`, `stringData`, and of any member that Secrets do
/// not have (a `stringdata` is a password all the same) is `•• N bytes`, N after base64 is undone.
#[must_use]
pub fn shown(object: &Object) -> Value {
    let mut value = object.value();
    if object.key.kind == Kind::Secret {
        for (member, held) in value.as_object_mut().into_iter().flatten() {
            if !OPEN.contains(&member.as_str()) {
                hide(held, member != "stringData");
            }
        }
        if let Some(copy) = value.pointer_mut(LAST_APPLIED) {
            hide(copy, false);
        }
    }
    value
}

/// `•• 7 bytes`; of a text that should be base64 and is not, also that.
fn hidden(text: &str, encoded: bool) -> String {
    if !encoded {
        return format!("•• {} bytes", text.len());
    }
    let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    match STANDARD.decode(packed) {
        Ok(bytes) => format!("•• {} bytes", bytes.len()),
        Err(_) => format!("•• {} bytes, not base64", text.len()),
    }
}

fn hide(value: &mut Value, encoded: bool) {
    match value {
        Value::Object(entries) => entries.values_mut().for_each(|entry| hide(entry, encoded)),
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, encoded)),
        Value::String(text) => *text = hidden(text, encoded),
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => *value = "••".into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resource::{Key, Meta};

    fn object(kind: Kind, text: &Value) -> Object {
        Object {
            key: Key::new(kind, "shop", "a"),
            api_version: "v1".into(),
            meta: Meta::default(),
            text: text.to_string().into(),
            origin: None,
            assumed: false,
        }
    }

    #[test]
    fn values_of_a_secret_are_never_shown() {
        let cases = [
            ("data", json!({"k": "c2VjcmV0IQ=="}), json!({"k": "•• 7 bytes"}), "base64 is undone"),
            (
                "data",
                json!({"k": "c2Vj\ncmV0IQ=="}),
                json!({"k": "•• 7 bytes"}),
                "in lines, as `base64` writes",
            ),
            (
                "data",
                json!({"k": "hunter2!"}),
                json!({"k": "•• 8 bytes, not base64"}),
                "an API server refuses it",
            ),
            ("stringData", json!({"k": "hunter2"}), json!({"k": "•• 7 bytes"}), "as written"),
            ("data", json!("hunter2"), json!("•• 7 bytes, not base64"), "no mapping"),
            ("data", json!({"k": 1234}), json!({"k": "••"}), "a number may be a PIN"),
            (
                "data",
                json!({"k": {"k": ["hunter2"]}}),
                json!({"k": {"k": ["•• 7 bytes, not base64"]}}),
                "nested",
            ),
            ("data", json!({"k": null}), json!({"k": null}), "nothing is no secret"),
            ("stringdata", json!({"k": "aHVudGVyMg=="}), json!({"k": "•• 7 bytes"}), "a slip of the pen"),
            ("binaryData", json!({"k": "aHVudGVyMg=="}), json!({"k": "•• 7 bytes"}), "a ConfigMap's member"),
            ("type", json!("Opaque"), json!("Opaque"), "no secret"),
        ];
        for (member, held, expected, why) in cases {
            let value = shown(&object(Kind::Secret, &json!({"kind": "Secret", member: held})));
            assert_eq!(value, json!({"kind": "Secret", member: expected}), "{why}");
        }
    }

    #[test]
    fn the_copy_that_kubectl_apply_keeps_is_hidden_and_other_annotations_are_not() {
        let name = "kubectl.kubernetes.io/last-applied-configuration";
        let text =
            json!({"metadata": {"annotations": {name: r#"{"data":{"k":"aHVudGVyMg=="}}"#, "team": "shop"}}});
        let expected = json!({"metadata": {"annotations": {name: "•• 29 bytes", "team": "shop"}}});
        assert_eq!(shown(&object(Kind::Secret, &text)), expected);
    }

    #[test]
    fn a_config_map_is_shown_as_it_is() {
        let text = json!({"data": {"a": "hunter2"}, "binaryData": {"b": "aHVudGVyMg=="}});
        assert_eq!(shown(&object(Kind::ConfigMap, &text)), text);
    }
}
