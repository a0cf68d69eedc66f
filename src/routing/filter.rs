//! Filters as pure functions: header edits and mirrors; rewrites, redirects and CORS in files of their own.

use std::sync::Arc;

use super::{BackendId, Speech, Template};

mod cors;
mod rewrite;

pub use cors::Cors;
pub use rewrite::{PathRewrite, Redirect, Rewrite};

/// Edits of a head: remove, then set, then add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderEdits {
    /// Lower-case names.
    pub remove: Box<[Arc<str>]>,
    /// Name as written and value; replaces all of that name.
    pub set: Box<[(Arc<str>, Arc<str>)]>,
    /// Name as written and value.
    pub add: Box<[(Arc<str>, Arc<str>)]>,
}

/// Names that frame a message or speak of one connection (RFC 9110, 7.6.1): no edit reaches them.
const FIXED: [&str; 11] = [
    "connection",
    "content-length",
    "expect",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

impl HeaderEdits {
    /// Whether a proxy keeps this header to itself, whatever a filter says; in any case of letters. `Host` is not one:
    /// a request's may be set.
    pub fn is_fixed(name: &str) -> bool {
        FIXED.iter().any(|fixed| name.eq_ignore_ascii_case(fixed))
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.remove.is_empty() && self.set.is_empty() && self.add.is_empty()
    }
}

/// A copy of some requests to another backend, whose answer is thrown away.
#[derive(Clone, Debug, PartialEq)]
pub struct Mirror {
    /// Who gets it.
    pub backend: Arc<BackendId>,
    /// When set, nothing is sent.
    pub problem: Option<super::Why>,
    /// Share of the requests: numerator and denominator.
    pub fraction: (u32, u32),
    /// Path and query of the copy; none: those that the backend gets.
    pub target: Option<Template>,
    /// `Host` of the copy; none: the one that the backend gets.
    pub host: Option<Template>,
    /// The copy has no body.
    pub without_body: bool,
    /// Of requests with a body above this many bytes there is no copy.
    pub max_body: Option<u64>,
    /// How a copy with a host of its own is said.
    pub speech: Speech,
}

impl Mirror {
    /// A copy of every request, as the backend gets it.
    pub fn new(backend: Arc<BackendId>) -> Self {
        Self {
            backend,
            problem: None,
            fraction: (1, 1),
            target: None,
            host: None,
            without_body: false,
            max_body: None,
            speech: Speech::default(),
        }
    }

    /// Whether the request with this random number is copied.
    pub fn takes(&self, random: u64) -> bool {
        let (part, whole) = self.fraction;
        whole > 0 && random % u64::from(whole) < u64::from(part)
    }
}

#[cfg(test)]
mod tests;
