//! In what answers can differ.

use std::fmt;

/// In what two answers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The status, or whether anybody answers at all; and who is refused.
    Status,
    /// Who gets the request, or a copy of it.
    Backend,
    /// How much of it each gets, and which endpoint.
    Share,
    /// Where a redirect leads.
    Location,
    /// Path and query as the backend gets them.
    UpstreamPath,
    /// Headers as the backend gets them.
    UpstreamHeaders,
    /// Headers that the client gets.
    ResponseHeaders,
    /// How long a backend may take, and how often it is tried.
    Timeout,
    /// How large a body may be.
    BodyLimit,
    /// Whether TLS is spoken, and who shows which certificate.
    Tls,
}

/// A set of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kinds(u16);

impl Kind {
    /// All, in the order in which they are told.
    pub const ALL: [Self; 10] = [
        Self::Status,
        Self::Backend,
        Self::Share,
        Self::Location,
        Self::UpstreamPath,
        Self::UpstreamHeaders,
        Self::ResponseHeaders,
        Self::Timeout,
        Self::BodyLimit,
        Self::Tls,
    ];

    /// The word in scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Backend => "backend",
            Self::Share => "share",
            Self::Location => "location",
            Self::UpstreamPath => "upstream_path",
            Self::UpstreamHeaders => "upstream_headers",
            Self::ResponseHeaders => "response_headers",
            Self::Timeout => "timeout",
            Self::BodyLimit => "body_limit",
            Self::Tls => "tls",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Kinds {
    /// Whether it is one of them.
    pub fn has(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u16) != 0
    }

    /// Adds one.
    pub fn add(&mut self, kind: Kind) {
        self.0 |= 1 << kind as u16;
    }

    /// All of them, in order.
    pub fn iter(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(move |kind| self.has(*kind))
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Kind> for Kinds {
    fn from_iter<I: IntoIterator<Item = Kind>>(all: I) -> Self {
        let mut kinds = Self::default();
        all.into_iter().for_each(|kind| kinds.add(kind));
        kinds
    }
}
