//! Hostnames as listeners, routes and Ingress rules write them; checked and lower-cased once.

use std::sync::Arc;

/// A request's host: lower-case, without port and final dot. May be an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Host<'a>(pub &'a str);

/// A set of hosts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostPattern {
    /// This very name.
    Exact(Arc<str>),
    /// Gateway API's `*.name`: one label or more in front of `name`, never the name itself.
    Under(Arc<str>),
    /// ingress-nginx's `*.name`: exactly one label in front.
    OneLabel(Arc<str>),
    /// Every host.
    Any,
}

/// Why a text is no hostname.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHost {
    /// Gateway API forbids addresses.
    #[error("hostname `{0}` is an IP address; give a DNS name")]
    Address(String),
    /// RFC 1123 section 2.1.
    #[error("label `{label}` of hostname `{given}` is not 1 to 63 of a-z, 0-9, inner `-`")]
    Label {
        /// The whole text.
        given: String,
        /// The part at fault.
        label: String,
    },
}
