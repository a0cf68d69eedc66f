//! The `:` line: how it is cut into words, what can stand at a place, and the state of typing it.
//!
//! What there is to type is told by [`Known`]; running a line is the business of who asked for it.

mod completion;
mod going;
mod line;
mod past;
mod prompt;

pub use completion::{Candidate, Known};
pub use going::{Going, Namespace};
pub use line::{Line, quoted};
pub use past::Past;
pub use prompt::{Outcome, Prompt};
