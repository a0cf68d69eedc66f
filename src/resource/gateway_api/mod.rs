//! Views of Gateway API objects (v1.7): what routing reads, with the API server's defaults applied.
//!
//! Defaults stand here and nowhere else, as serde defaults. Enums have a variant for what we do not know;
//! unknown fields are not an error here: the schema check names them.

mod common;
mod gateway;
mod grant;
mod http_route;
mod route;

pub use common::*;
pub use gateway::*;
pub use grant::*;
pub use http_route::*;
pub use route::*;

/// A text that a view can not be made from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct ViewError {
    /// Path of the field: `spec.rules[0].backendRefs[1].weight`; empty for the object itself.
    pub field: String,
    /// What the reader said.
    pub message: String,
}

/// Reads a view from an object's text. As on a server, a field that is `null` (in YAML: a key with nothing after it)
/// counts as absent and gets its default.
///
/// # Errors
/// The first field that does not fit, and why.
pub fn view<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, ViewError> {
    if let Ok(view) = serde_json::from_str(text) {
        return Ok(view);
    }
    let mut value = serde_json::from_str(text).unwrap_or_default();
    drop_nulls(&mut value);
    serde_path_to_error::deserialize(value).map_err(|error| {
        // The reader writes a dot for the object itself.
        let field = error.path().to_string();
        let field = if field == "." { String::new() } else { field };
        ViewError { field, message: error.inner().to_string() }
    })
}

/// Takes out the members that are null; items of lists stay.
fn drop_nulls(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(map) => {
            map.retain(|_, member| !member.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_is_null_gets_its_default() {
        let route: HttpRoute = view(
            r#"{"spec":{"hostnames":null,"rules":[{"matches":null,"filters":null,
                "backendRefs":[{"name":"web","port":80,"weight":null,"kind":null}]}]}}"#,
        )
        .unwrap();
        let absent: HttpRoute =
            view(r#"{"spec":{"rules":[{"backendRefs":[{"name":"web","port":80}]}]}}"#).unwrap();
        assert_eq!(route, absent);
        assert_eq!(route.spec.rules[0].backend_refs[0].weight, 1);
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_field() {
        let cases = [
            (
                r#"{"spec":{"rules":[{"backendRefs":[{"name":"a","weight":"1"}]}]}}"#,
                "spec.rules[0].backendRefs[0].weight",
            ),
            (r#"{"spec":{"rules":[null]}}"#, "spec.rules[0]"),
            (r#"{"spec":null}"#, ""),
            ("no object", ""),
        ];
        for (text, field) in cases {
            assert_eq!(view::<HttpRoute>(text).unwrap_err().field, field, "{text}");
        }
    }
}
