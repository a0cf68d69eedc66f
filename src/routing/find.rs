//! The lookup: which rule takes a request.

use std::borrow::Cow;

use super::{Candidate, Host, Listener, Port, VirtualHost};

/// What matching needs of a request. Implemented by the proxy over its buffers: nothing is copied to be looked at.
pub trait Request {
    /// Method as received.
    fn method(&self) -> &str;
    /// Path as received, without the query.
    fn path(&self) -> &str;
    /// Query as received, without `?`.
    fn query(&self) -> Option<&str>;
    /// A header by its lower-case name; several of one name joined with `, `.
    fn header(&self, name: &str) -> Option<Cow<'_, str>>;
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
    let _ = (port, host, request);
    unimplemented!()
}
