//! Kubernetes objects as we see them: an object is its text, and views are made from it when asked.
//!
//! Nothing here reads a file, a clock or a network.

pub mod condition;
pub mod core;
pub mod gateway_api;
mod kind;
mod object;
mod problem;
pub mod schema;
mod selector;
pub mod show;

pub use condition::{Condition, Truth};
pub use kind::{GATEWAY_GROUP, Kind};
pub use object::{Key, Meta, NAMESPACE_NAME, Object, Origin};
pub use problem::{Problem, Severity};
pub use selector::Selector;
