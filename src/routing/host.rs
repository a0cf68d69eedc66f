//! Hostnames as listeners, routes and Ingress rules write them; checked and lower-cased once.
//!
//! No DNS, no Kubernetes. Precedence goes by the route's own name, so callers keep both it and the listener's.

use std::{borrow::Cow, cmp::Ordering, fmt, net::IpAddr, sync::Arc};

mod authority;
#[cfg(test)]
mod tests;

pub use authority::InvalidAuthority;

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
    /// Gateway API, type `Hostname`: `maxLength`.
    #[error("hostname `{given}` has {length} characters; at most 253 are possible")]
    Length {
        /// The whole text.
        given: String,
        /// Its length in bytes.
        length: usize,
    },
}

impl<'a> Host<'a> {
    /// Reads a `Host` header or `:authority`: the port and the final dot go, letters become small. Nothing is copied
    /// when it was in that form already. An IPv6 address keeps its brackets.
    ///
    /// # Errors
    /// When it is no authority without user information (RFC 9110 section 7.2: answer 400), or an ambiguous one:
    /// percent-encoded, a list, with empty labels.
    pub fn from_authority(authority: &'a str) -> Result<Cow<'a, str>, InvalidAuthority> {
        authority::host(authority)
    }

    /// As nginx reads it: most bytes are taken, and whatever stands after the colon.
    ///
    /// # Errors
    /// When it is empty, or has blanks, controls, slashes or empty labels.
    pub fn from_authority_as_nginx(authority: &'a str) -> Result<Cow<'a, str>, InvalidAuthority> {
        authority::nginx(authority)
    }
}

impl HostPattern {
    /// Reads a hostname of Gateway API (types `Hostname` and `PreciseHostname`); nothing is [`HostPattern::Any`].
    ///
    /// # Errors
    /// [`InvalidHost`], with the part at fault.
    pub fn parse(given: &str) -> Result<Self, InvalidHost> {
        Self::read(given, Self::Under)
    }

    /// Reads a host of an Ingress rule as ingress-nginx serves it: `*` stands for one label.
    ///
    /// # Errors
    /// [`InvalidHost`], with the part at fault.
    pub fn parse_one_label(given: &str) -> Result<Self, InvalidHost> {
        Self::read(given, Self::OneLabel)
    }

    fn read(given: &str, wildcard: fn(Arc<str>) -> Self) -> Result<Self, InvalidHost> {
        if given.is_empty() {
            return Ok(Self::Any);
        }
        if is_address(given) {
            return Err(InvalidHost::Address(given.into()));
        }
        if given.len() > 253 {
            return Err(InvalidHost::Length { given: given.into(), length: given.len() });
        }
        let lower = given.to_ascii_lowercase();
        let (pattern, name): (fn(Arc<str>) -> Self, _) = match lower.strip_prefix("*.") {
            Some(rest) => (wildcard, rest),
            None => (Self::Exact, lower.as_str()),
        };
        match name.split('.').find(|label| !is_label(label)) {
            Some(label) => Err(InvalidHost::Label { given: given.into(), label: label.into() }),
            None => Ok(pattern(name.into())),
        }
    }

    /// Whether a request's host belongs to the set.
    pub fn takes(&self, host: Host<'_>) -> bool {
        match self {
            Self::Exact(name) => **name == *host.0,
            Self::Under(name) => front(host.0, name).is_some(),
            Self::OneLabel(name) => front(host.0, name).is_some_and(is_one_label),
            Self::Any => true,
        }
    }

    /// Whether every host of `other` is one of this set too.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) => true,
            (Self::Exact(a), Self::Exact(b)) | (Self::OneLabel(a), Self::OneLabel(b)) => a == b,
            (Self::Under(_) | Self::OneLabel(_), Self::Exact(b)) => self.takes(Host(b)),
            (Self::Under(a), Self::Under(b) | Self::OneLabel(b)) => a == b || front(b, a).is_some(),
            (Self::Exact(_), Self::Under(_) | Self::OneLabel(_))
            | (Self::OneLabel(_), Self::Under(_))
            | (Self::Exact(_) | Self::Under(_) | Self::OneLabel(_), Self::Any) => false,
        }
    }

    /// The hosts that belong to both: the narrower of the two, or none.
    pub fn intersection<'a>(&'a self, other: &'a Self) -> Option<&'a Self> {
        if self.covers(other) {
            return Some(other);
        }
        other.covers(self).then_some(self)
    }

    /// Whether some host belongs to both (Gateway API: a route's hostname and a listener's).
    pub fn intersects(&self, other: &Self) -> bool {
        self.intersection(other).is_some()
    }

    /// The order in which hostnames that take the same host are asked: a name, then wildcards from the longest, then
    /// any host. `Less` goes first.
    pub fn by_specificity(&self, other: &Self) -> Ordering {
        self.breadth().cmp(&other.breadth())
    }

    /// Small for few hosts: kind, then length downwards.
    fn breadth(&self) -> (u8, usize, u8) {
        match self {
            Self::Exact(name) => (0, usize::MAX - name.len(), 0),
            Self::OneLabel(name) => (1, usize::MAX - name.len(), 0),
            Self::Under(name) => (1, usize::MAX - name.len(), 1),
            Self::Any => (2, 0, 0),
        }
    }
}

/// As it was written, in small letters; `*` for every host.
impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(name) => f.write_str(name),
            Self::Under(name) | Self::OneLabel(name) => write!(f, "*.{name}"),
            Self::Any => f.write_str("*"),
        }
    }
}

/// The labels of `host` in front of `.name`, when there are any.
fn front<'h>(host: &'h str, name: &str) -> Option<&'h str> {
    host.strip_suffix(name)?.strip_suffix('.').filter(|front| !front.is_empty())
}

/// Whether a text stands for the star of one label: as nginx has it, `[\w-]+`.
pub(super) fn is_one_label(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn is_address(text: &str) -> bool {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    inner.parse::<IpAddr>().is_ok()
}

/// RFC 1123 section 2.1.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}
