//! The lookup: which rule takes a request.
//!
//! Gateway API v1.7, precedence of `HTTPRoute`: the hostname as the route wrote it, then the path, then [`super::Rank`].
//! Maps are asked with borrowed keys; nothing is allocated unless a path must be normalized. What it costs: a look at
//! each listener of the port (a Gateway has at most 64), one question for each label of the host, one for each end of a
//! segment of the path at which some prefix could end, and the candidates of the paths that match. Regular expressions
//! are tried one after the other: their number in one host counts.

use std::borrow::Cow;

use imbl::Vector;

use super::{
    Bucket, Candidate, Host, HostMap, HostPolicy, Listener, PathMatch, PathPolicy, Port, VirtualHost,
    normalized,
};

#[cfg(test)]
pub(super) mod tests;

/// What matching needs of a request. Implemented by the proxy over its buffers: nothing is copied to be looked at.
pub trait Request {
    /// Method as received.
    fn method(&self) -> &str;
    /// Path as received, without the query.
    fn path(&self) -> &str;
    /// Query as received, without `?`.
    fn query(&self) -> Option<&str>;
    /// A header by its lower-case name; several of one name joined with `, ` (`cookie`: with `; `, RFC 9113
    /// section 8.2.3).
    fn header(&self, name: &str) -> Option<Cow<'_, str>>;
    /// The host in small letters, without port; empty where nobody knows it.
    #[expect(clippy::unnecessary_literal_bound, reason = "others give their own")]
    fn host(&self) -> &str {
        ""
    }
    /// Whether it came over TLS.
    fn is_encrypted(&self) -> bool {
        false
    }
}

/// The answer of a lookup.
#[derive(Clone, Copy, Debug)]
pub enum Found<'t> {
    /// This match of this rule.
    Match {
        /// Listener that took the host.
        listener: &'t Listener,
        /// Host under which the match stands.
        host: &'t VirtualHost,
        /// The match.
        candidate: &'t Candidate,
    },
    /// The listener has no match for the request: 404.
    NoRule(&'t Listener),
    /// No listener takes the host: 404.
    NoListener,
}

/// Finds the rule for a request on a port.
pub fn find<'t>(port: &'t Port, host: Host<'_>, request: &impl Request) -> Found<'t> {
    // Isolation: the first listener that takes the host is the only one that is asked.
    let Some(listener) = port.listeners.iter().find(|listener| listener.hostname.takes(host)) else {
        return Found::NoListener;
    };
    let path = match listener.path_policy {
        PathPolicy::AsReceived => Cow::Borrowed(request.path()),
        PathPolicy::Normalized => normalized(request.path()),
    };
    let ask = |virtual_host: &'t VirtualHost| {
        virtual_host.find(&path, request).map(|candidate| (virtual_host, candidate))
    };
    let mut hosts = listener.hosts.taking(host);
    let found = match listener.host_policy {
        HostPolicy::Cascade => hosts.find_map(ask),
        HostPolicy::BestOnly => hosts.next().and_then(ask),
    };
    match found {
        Some((host, candidate)) => Found::Match { listener, host, candidate },
        None => Found::NoRule(listener),
    }
}

impl HostMap {
    /// The hosts that take this one, the most specific first.
    pub fn taking<'t, 'h>(&'t self, host: Host<'h>) -> impl Iterator<Item = &'t VirtualHost> + use<'t, 'h> {
        // What follows each dot, from the left: the longest first. A host has at most 253 bytes.
        let dots = memchr::memchr_iter(b'.', host.0.as_bytes()).filter(|at| *at > 0);
        let mut parents = dots.filter_map(move |at| host.0.get(at + 1..));
        let parent = host.0.split_once('.').filter(|(label, _)| !label.is_empty()).map(|(_, parent)| parent);
        let one_label = parent.and_then(|name| self.one_label.get(name));
        let none = self.under.is_empty();
        let under =
            std::iter::from_fn(
                move || {
                    if none { None } else { parents.find_map(|name| self.under.get(name)) }
                },
            );
        let exact = self.exact.get(host.0);
        let expressions = self
            .expressions
            .iter()
            .filter(move |(wanted, _)| wanted.is_match(host.0))
            .map(|(_, found)| found);
        exact.into_iter().chain(one_label).chain(under).chain(expressions).chain(&self.any).map(AsRef::as_ref)
    }
}

impl VirtualHost {
    /// The first match for a request, whose path is read as the listener wants it.
    pub fn find(&self, path: &str, request: &impl Request) -> Option<&Candidate> {
        self.front(path, request)
            .or_else(|| first(self.exact.get(path), request))
            .or_else(|| self.pattern(path, request))
            .or_else(|| self.prefix(path, request))
            .or_else(|| self.raw_prefix(path, request))
    }

    fn front(&self, path: &str, request: &impl Request) -> Option<&Candidate> {
        let candidates = self.front.iter().map(AsRef::as_ref);
        candidates.filter(|one: &&Candidate| one.conditions.met(request)).find(|one| one.path.takes(path))
    }

    fn pattern(&self, path: &str, request: &impl Request) -> Option<&Candidate> {
        let candidates = self.patterns.iter().map(AsRef::as_ref);
        // Conditions first: they cost less than an expression.
        candidates.filter(|one: &&Candidate| one.conditions.met(request)).find(|one| one.path.takes(path))
    }

    /// Asks for the path up to each end of a segment, from the longest that some prefix has.
    fn prefix(&self, path: &str, request: &impl Request) -> Option<&Candidate> {
        let longest = self.prefix_lengths.get_max()?.0;
        let mut end = Some(path.len());
        while let Some(at) = end {
            if at <= longest && self.prefix_lengths.contains_key(&at) {
                let found = path.get(..at).and_then(|prefix| first(self.prefix.get(prefix), request));
                if found.is_some() {
                    return found;
                }
            }
            let within = at.min(longest.saturating_add(1));
            end = path.as_bytes().get(..within).and_then(|front| memchr::memrchr(b'/', front));
        }
        None
    }

    /// Asks for the path's beginning at each length that some prefix has, from the longest.
    fn raw_prefix(&self, path: &str, request: &impl Request) -> Option<&Candidate> {
        let list = &self.raw_prefix;
        let mut at = after(list, |text| text.len() > path.len());
        while let Some(length) = list.get(at).map(|one| raw(one).len()) {
            if let Some(wanted) = path.get(..length) {
                at = after(list, |text| text.len() > length || text.len() == length && text < wanted);
                let group = (at..).map_while(|at| list.get(at)).take_while(|one| raw(one) == wanted);
                let found = group.map(AsRef::as_ref).find(|one: &&Candidate| one.conditions.met(request));
                if found.is_some() {
                    return found;
                }
            }
            at = after(list, |text| text.len() >= length);
        }
        None
    }
}

fn first<'t>(bucket: Option<&'t Bucket>, request: &impl Request) -> Option<&'t Candidate> {
    bucket?.iter().map(AsRef::as_ref).find(|candidate| candidate.conditions.met(request))
}

fn raw(candidate: &Candidate) -> &str {
    match &candidate.path {
        PathMatch::RawPrefix(text) => text,
        PathMatch::Exact(_) | PathMatch::Prefix(_) | PathMatch::Pattern(_) => "",
    }
}

/// The position of the first prefix of which `earlier` is not true; it is true of a front part of the list.
fn after(list: &Vector<std::sync::Arc<Candidate>>, earlier: impl Fn(&str) -> bool) -> usize {
    let order = |one: &std::sync::Arc<Candidate>| {
        if earlier(raw(one)) { std::cmp::Ordering::Less } else { std::cmp::Ordering::Greater }
    };
    list.binary_search_by(order).unwrap_or_else(|at| at)
}
