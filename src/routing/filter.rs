//! Filters as pure functions: header edits, rewrites, redirects, mirrors, CORS.

use std::{borrow::Cow, sync::Arc};

use super::BackendId;

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

impl HeaderEdits {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.remove.is_empty() && self.set.is_empty() && self.add.is_empty()
    }
}

/// A new path and host for the backend.
#[derive(Clone, Debug, Default)]
pub struct Rewrite {
    /// Value for `Host`.
    pub host: Option<Arc<str>>,
    /// New path; the query stays.
    pub path: Option<PathRewrite>,
}

/// How a path is made from the request's.
#[derive(Clone, Debug)]
pub enum PathRewrite {
    /// This path instead.
    Full(Arc<str>),
    /// In place of the prefix that matched (Gateway API `ReplacePrefixMatch`).
    Prefix(Arc<str>),
    /// ingress-nginx `rewrite-target`: `$1` and so on from the expression that matched.
    Captures(Arc<str>),
}

impl PathRewrite {
    /// The new path. `matched` is how the path was matched.
    pub fn apply<'a>(&'a self, path: &'a str, matched: &super::PathMatch) -> Cow<'a, str> {
        let _ = (path, matched);
        unimplemented!()
    }
}

/// `RequestRedirect` and what Ingress annotations make of it.
#[derive(Clone, Debug)]
pub struct Redirect {
    /// New scheme.
    pub scheme: Option<Arc<str>>,
    /// New host.
    pub host: Option<Arc<str>>,
    /// New port.
    pub port: Option<u16>,
    /// New path.
    pub path: Option<PathRewrite>,
    /// Status code.
    pub status: u16,
}

impl Redirect {
    /// The `Location`, by the rules of `HTTPRequestRedirectFilter` (v1.7): port 80 of http and 443 of https are left
    /// out; without a port the listener's own counts, unless a scheme is given. The query is kept.
    pub fn location(
        &self,
        scheme: &str,
        host: &str,
        listener_port: u16,
        path: &str,
        query: Option<&str>,
        matched: &super::PathMatch,
    ) -> String {
        let _ = (scheme, host, listener_port, path, query, matched);
        unimplemented!()
    }
}

/// A copy of some requests to another backend, whose answer is thrown away.
#[derive(Clone, Debug)]
pub struct Mirror {
    /// Who gets it.
    pub backend: Arc<BackendId>,
    /// When set, nothing is sent.
    pub problem: Option<super::Why>,
    /// Share of the requests: numerator and denominator.
    pub fraction: (u32, u32),
}

/// Cross-origin resource sharing as Gateway API has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Cors {
    pub origins: Box<[Arc<str>]>,
    pub credentials: bool,
    pub methods: Box<[Arc<str>]>,
    pub headers: Box<[Arc<str>]>,
    pub expose: Box<[Arc<str>]>,
    /// Seconds.
    pub max_age: u32,
}

impl Cors {
    /// The headers for an answer to a request of this origin; empty when the origin is not allowed.
    /// `preflight` gives the asked method and headers of an `OPTIONS` request.
    pub fn answer(
        &self,
        origin: &str,
        preflight: Option<(&str, Option<&str>)>,
    ) -> Vec<(&'static str, String)> {
        let _ = (origin, preflight);
        unimplemented!()
    }
}
