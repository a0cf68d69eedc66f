//! How a rule looks at the path.

use std::sync::Arc;

/// A path as a rule wants it.
#[derive(Clone, Debug)]
pub enum PathMatch {
    /// The whole path, byte for byte.
    Exact(Arc<str>),
    /// By segments: `/a` takes `/a`, `/a/`, `/a/b`, not `/ab`. Kept without its final slash; the root is empty.
    Prefix(Arc<str>),
    /// By characters (ingress-nginx, ImplementationSpecific): `/a` takes `/ab` too.
    RawPrefix(Arc<str>),
    /// A regular expression.
    Pattern(Arc<PathPattern>),
}

/// A compiled expression over the path.
#[derive(Clone, Debug)]
pub struct PathPattern {
    /// As the user wrote it.
    pub written: Arc<str>,
    /// Compiled with its anchors: whole path (Gateway API), or anchored at the start and case-insensitive (ingress-nginx).
    pub regex: regex::Regex,
}
