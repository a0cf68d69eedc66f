//! YAML as kubectl reads it (`sigs.k8s.io/yaml`), and JSON, with the place of every node in the text.
//!
//! granit-parser gives events with byte ranges; the scalars are resolved here, because no Rust reader agrees with
//! kubectl on `yes`, `0755` or `1.0`. A document becomes a [`Tree`]; an alias is a second way to a node, so nothing
//! is expanded until the tree is written as JSON, and that is capped.

mod events;
mod grow;
mod json;
mod path;
mod scalar;
mod tree;
mod write;

pub use path::{Found, Step, item_path, member_path, parse_path};
pub use tree::{Child, Data, Document, Fault, FaultKind, Member, Node, Place, Repeated, Style, Tree};
pub use write::{Budget, Trim, write, write_text};

/// Deepest nesting of a document. The readers of the compact text stop at 128.
pub const MAX_DEPTH: usize = 120;

/// Reads the documents of one text, one after the other.
pub struct Reader<'a> {
    inner: Inner<'a>,
}

enum Inner<'a> {
    Yaml(Box<events::Yaml<'a>>),
    Json(json::Json<'a>),
}

impl<'a> Reader<'a> {
    /// Reads `text`, which begins at byte `base` and line `line` of its file (0 and 1 for a whole file).
    ///
    /// A text that begins with `{` or `[` is read as JSON as far as it is JSON, else as YAML.
    pub fn new(text: &'a str, base: usize, line: u32) -> Self {
        let looks_like_json = text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[']);
        let inner = if looks_like_json && json::Json::accepts(text) {
            Inner::Json(json::Json::new(text, base, line))
        } else {
            Inner::Yaml(Box::new(events::Yaml::new(text, base, line)))
        };
        Self { inner }
    }

    /// Reads `text` as JSON only, so that its mistakes are told in JSON's words.
    pub fn json(text: &'a str) -> Self {
        Self { inner: Inner::Json(json::Json::new(text, 0, 1)) }
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Result<Document<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.inner {
            Inner::Yaml(yaml) => yaml.next_document(),
            Inner::Json(json) => json.next_document(),
        }
    }
}

#[cfg(test)]
mod tests;
