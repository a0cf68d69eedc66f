//! Objects and their text for people's eyes: what the command line and the console both do before they print.

mod clean;
mod secrets;
mod yaml;

pub use clean::{clean, clean_json, clean_lines, is_harmful};
pub use secrets::shown;
pub use yaml::{to_yaml, yaml_item};
