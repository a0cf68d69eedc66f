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
    /// Path of the field: `spec.rules[0].backendRefs[1].weight`.
    pub field: String,
    /// What the reader said.
    pub message: String,
}

/// Reads a view from an object's text.
///
/// # Errors
/// The first field that does not fit, and why.
pub fn view<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, ViewError> {
    serde_json::from_str(text).map_err(|_| {
        let mut reader = serde_json::Deserializer::from_str(text);
        match serde_path_to_error::deserialize::<_, T>(&mut reader) {
            Err(error) => {
                let full = error.inner().to_string();
                let message = full.split(" at line ").next().unwrap_or(&full).to_owned();
                ViewError { field: error.path().to_string(), message }
            }
            Ok(_) => ViewError { field: String::new(), message: "the text is no object".to_owned() },
        }
    })
}
