//! How a rule looks at the path.

use std::{fmt, sync::Arc};

mod expression;
mod normal;
mod pattern;
#[cfg(test)]
mod tests;

pub use expression::{Expression, Groups};
pub use normal::normalized;
pub(super) use normal::{Decoded, bytes, is_readable};
pub(super) use pattern::compile;
pub use pattern::{InvalidPattern, PathPattern};

/// A path as a rule wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl PathMatch {
    /// Gateway API `Exact`.
    pub fn exact(path: &str) -> Self {
        Self::Exact(path.into())
    }

    /// Gateway API `PathPrefix`: a final slash makes no difference.
    pub fn prefix(path: &str) -> Self {
        Self::Prefix(path.strip_suffix('/').unwrap_or(path).into())
    }

    /// ingress-nginx `location PATH`.
    pub fn raw_prefix(path: &str) -> Self {
        Self::RawPrefix(path.into())
    }

    /// Whether a path is taken, read as the listener's `PathPolicy` wants it.
    pub fn takes(&self, path: &str) -> bool {
        match self {
            Self::Exact(whole) => **whole == *path,
            Self::Prefix(prefix) => {
                path.strip_prefix(&**prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            Self::RawPrefix(prefix) => path.starts_with(&**prefix),
            Self::Pattern(pattern) => pattern.regex.is_match(path),
        }
    }
}

/// In the words of the API, the value as written but for a prefix's final slash: `PathPrefix /api`.
impl fmt::Display for PathMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(path) => write!(f, "Exact {path}"),
            Self::Prefix(path) if path.is_empty() => f.write_str("PathPrefix /"),
            Self::Prefix(path) => write!(f, "PathPrefix {path}"),
            Self::RawPrefix(path) => write!(f, "ImplementationSpecific {path}"),
            Self::Pattern(pattern) => write!(f, "RegularExpression {}", pattern.written),
        }
    }
}
