//! By which rule one match goes before another that takes the request too, and where that rule is written.

use std::{cmp::Ordering, fmt};

use crate::routing::{Candidate, PathMatch, VirtualHost};

/// A rule of precedence, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precedence {
    /// The listener with the more specific hostname takes the request; no other is asked.
    Listener,
    /// Another Gateway answers on this port.
    Gateway,
    /// The more specific hostname of a route.
    Hostname,
    /// Once a hostname takes the request no wider one is asked (an nginx server).
    OneHost,
    /// Of an nginx server: an exact location, then expressions in their order, then the longest prefix.
    Location,
    /// An exact path, then an expression, then a prefix.
    PathKind,
    /// The longer path.
    PathLength,
    /// A match that names the method.
    Method,
    /// More headers.
    Headers,
    /// More query parameters.
    Queries,
    /// The older route.
    Age,
    /// The route's `namespace/name` in alphabetical order.
    Name,
    /// The earlier rule of a route.
    Rule,
    /// The earlier match of a rule.
    Match,
}

impl Precedence {
    /// The place in Gateway API v1.7 that says so; for what it leaves open, who does.
    pub fn place(self) -> &'static str {
        match self {
            Self::Listener => "Gateway spec.listeners: listener isolation",
            Self::Gateway => "each Gateway has an address of its own",
            Self::Hostname => "HTTPRoute spec.hostnames",
            Self::OneHost => "ingress-nginx: one server takes a host",
            Self::Location => "nginx: order of a server's locations",
            Self::PathKind
            | Self::PathLength
            | Self::Method
            | Self::Headers
            | Self::Queries
            | Self::Age
            | Self::Name
            | Self::Rule
            | Self::Match => "HTTPRoute spec.rules[].matches",
        }
    }

    /// In a word or two, as it stands before the two that are compared.
    pub fn word(self) -> &'static str {
        match self {
            Self::Listener => "listener more specific",
            Self::Gateway => "another Gateway",
            Self::Hostname | Self::OneHost => "host more specific",
            Self::Location => "location goes first",
            Self::PathKind => "kind of path",
            Self::PathLength => "longer path",
            Self::Method => "method match",
            Self::Headers => "more headers",
            Self::Queries => "more query parameters",
            Self::Age => "older route",
            Self::Name => "name of the route",
            Self::Rule => "earlier rule",
            Self::Match => "earlier match",
        }
    }
}

impl fmt::Display for Precedence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The rule by which the first goes before the second, both having matched, and that rule in words.
pub(super) fn precedence(
    won: (&VirtualHost, &Candidate),
    lost: (&VirtualHost, &Candidate),
) -> (Precedence, String) {
    let by = rule(won, lost);
    told(by, won, lost)
}

/// The same among the locations of an nginx server.
pub(super) fn of_locations(
    won: (&VirtualHost, &Candidate),
    lost: (&VirtualHost, &Candidate),
) -> (Precedence, String) {
    let same = won.0.pattern == lost.0.pattern;
    told(if same { Precedence::Location } else { Precedence::OneHost }, won, lost)
}

fn told(
    by: Precedence,
    won: (&VirtualHost, &Candidate),
    lost: (&VirtualHost, &Candidate),
) -> (Precedence, String) {
    let (a, b) = (&won.1.path, &lost.1.path);
    let (x, y) = (&won.1.rank, &lost.1.rank);
    let words = match by {
        Precedence::Listener | Precedence::Gateway => by.word().to_owned(),
        Precedence::OneHost => format!("{by}: only the server {} is asked", won.0.pattern),
        Precedence::Location => format!("{by}: {a} before {b}"),
        Precedence::Hostname => {
            format!("{by}: {} goes before {}", won.0.pattern, lost.0.pattern)
        }
        Precedence::PathKind => {
            let kind = match a {
                PathMatch::Exact(_) => "exact path",
                PathMatch::Pattern(_) => "regular expression",
                PathMatch::Prefix(_) | PathMatch::RawPrefix(_) => "path by segments",
            };
            format!("{kind}: {a} goes before {b}")
        }
        Precedence::PathLength => format!("{by}: {a} goes before {b}"),
        Precedence::Method => format!("{by}: a match of the method goes first"),
        Precedence::Headers => format!("{by}: {} go before {}", x.headers.0, y.headers.0),
        Precedence::Queries => format!("{by}: {} go before {}", x.queries.0, y.queries.0),
        Precedence::Age => format!("{by}: {} was created before {}", x.route, y.route),
        Precedence::Name => format!("{by}: {} goes before {}", x.route, y.route),
        Precedence::Rule => format!("{by}: rule {} goes before rule {}", x.rule + 1, y.rule + 1),
        Precedence::Match => {
            format!("{by}: match {} goes before match {}", x.matched + 1, y.matched + 1)
        }
    };
    (by, words)
}

fn rule(won: (&VirtualHost, &Candidate), lost: (&VirtualHost, &Candidate)) -> Precedence {
    let (a, b) = (&won.1.path, &lost.1.path);
    let (x, y) = (&won.1.rank, &lost.1.rank);
    match () {
        () if won.0.pattern != lost.0.pattern => Precedence::Hostname,
        () if kind(a) != kind(b) => Precedence::PathKind,
        () if text(a).len() != text(b).len() => Precedence::PathLength,
        () if x.method != y.method => Precedence::Method,
        () if x.headers != y.headers => Precedence::Headers,
        () if x.queries != y.queries => Precedence::Queries,
        () if x.created != y.created => Precedence::Age,
        () if x.route != y.route => Precedence::Name,
        () if x.rule != y.rule => Precedence::Rule,
        () => Precedence::Match,
    }
}

/// The order in which two that match are taken.
pub(super) fn in_precedence(a: (&VirtualHost, &Candidate), b: (&VirtualHost, &Candidate)) -> Ordering {
    a.0.pattern
        .by_specificity(&b.0.pattern)
        .then_with(|| kind(&a.1.path).cmp(&kind(&b.1.path)))
        .then_with(|| text(&b.1.path).len().cmp(&text(&a.1.path).len()))
        .then_with(|| a.1.rank.cmp(&b.1.rank))
        .then_with(|| a.0.pattern.cmp(&b.0.pattern))
        .then_with(|| text(&a.1.path).cmp(text(&b.1.path)))
}

fn kind(path: &PathMatch) -> u8 {
    match path {
        PathMatch::Exact(_) => 0,
        PathMatch::Pattern(_) => 1,
        PathMatch::Prefix(_) => 2,
        PathMatch::RawPrefix(_) => 3,
    }
}

/// The path as it was written.
pub(super) fn text(path: &PathMatch) -> &str {
    match path {
        PathMatch::Exact(text) | PathMatch::Prefix(text) | PathMatch::RawPrefix(text) => text,
        PathMatch::Pattern(pattern) => &pattern.written,
    }
}
