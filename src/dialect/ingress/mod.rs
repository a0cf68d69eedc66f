//! ingress-nginx: how it reads Ingresses, their annotations, and its own configuration.

pub mod annotation;
pub mod settings;

pub use annotation::{Annotations, Effect, Finding, Lookup, Reading};
pub use settings::{Found, SettingFinding, Settings};
