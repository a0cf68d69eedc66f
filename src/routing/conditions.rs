//! What a match asks of a request beside its path.

use std::sync::Arc;

/// All of these must hold.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// Upper-case method.
    pub method: Option<Arc<str>>,
    /// Headers, cookies and query parameters.
    pub fields: Box<[FieldMatch]>,
}

/// Where a value is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// A header; names in lower case.
    Header,
    /// A query parameter; the first of its name counts, decoded.
    Query,
    /// A cookie (ingress-nginx canaries).
    Cookie,
}

/// One value that must be as asked.
#[derive(Clone, Debug)]
pub struct FieldMatch {
    /// Where.
    pub field: Field,
    /// Name.
    pub name: Arc<str>,
    /// How.
    pub value: ValueMatch,
}

/// How a value is compared.
#[derive(Clone, Debug)]
pub enum ValueMatch {
    /// Byte for byte.
    Exact(Arc<str>),
    /// A regular expression with its anchors compiled in, and as written.
    Pattern(Arc<str>, regex::Regex),
}
