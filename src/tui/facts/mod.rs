//! What screens show, as plain values: rows, trees and texts made from a rehearsal's view.
//!
//! No terminal and no colour here, so that a command can print what a screen shows. Names and messages keep
//! their bytes; whoever shows them takes out what could harm a terminal.

pub mod chart;
pub mod describe;
pub mod findings;
pub mod gateways;
pub mod health;
pub mod measure;
pub mod reasons;
pub mod rehearsal;
pub mod routes;
pub mod rules;
pub mod text;
pub mod yaml;

pub use health::Health;
pub use measure::{Measures, Reading};
pub use text::{Line, Tone};
