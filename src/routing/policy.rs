//! What an entry point does beyond the core of Gateway API: limits, authentication, stickiness, headers by variables.
//!
//! Made from ingress-nginx's annotations, and fit for the policies of others. The order is nginx's: front (server),
//! body size, the rule's own answer, plain requests sent to https, no endpoint, limits, access, backend.

use std::{fmt, sync::Arc};

use ipnet::IpNet;

use super::{BackendId, Duration, Template, Why};

mod access;
mod answer;
mod certificate;
mod early;
mod page;
mod password;
mod speech;
#[cfg(test)]
mod tests;

pub use access::{Access, Admission, BasicAuth, ExternalAuth, Sources, Users};
pub use answer::{AnswerHeader, CookieEdit, How, LocationEdit, Statuses};
pub use certificate::{ClientCertificate, ErrorPage, Refusal, Shown, Verify};
pub use early::{Early, Size};
pub use password::{Scheme, verify as verify_password};
pub use speech::Speech;

/// What goes beyond Gateway API's core for the requests of a rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// What a client's certificate must be.
    pub client_certificate: Option<ClientCertificate>,
    /// Largest body of a request, bytes; a larger one is answered with 413. None: any size.
    pub max_body: Option<u64>,
    /// Plain requests are sent to https.
    pub https: Option<ToHttps>,
    /// How often a client may ask.
    pub limits: Box<[Limit]>,
    /// Who may ask.
    pub access: Access,
    /// Cross-origin answers as ingress-nginx gives them.
    pub origins: Option<Origins>,
    /// Headers that the backend gets instead of what the client sent under these names; an empty value sends none.
    pub request: Box<[(Arc<str>, Template)]>,
    /// Which headers of the client are dropped for their names.
    pub names: Names,
    /// `Connection` for the backend, whatever the client says.
    pub connection: Option<Arc<str>>,
    /// A connection to the backend serves one request: `Connection: close`, where nothing else is said.
    pub closes: bool,
    /// Headers of answers, the backend's and most of the proxy's own.
    pub answer: Box<[AnswerHeader]>,
    /// Lower-case names that are taken out of a backend's answer.
    pub hides: Box<[Arc<str>]>,
    /// What becomes of `Location` and `Refresh` of a backend's answer.
    pub location: LocationEdit,
    /// What becomes of `Domain` of a backend's cookies.
    pub cookie_domain: Option<CookieEdit>,
    /// What becomes of `Path` of a backend's cookies.
    pub cookie_path: Option<CookieEdit>,
    /// Most bytes of the head of a backend's answer; a larger one is a failure (502).
    pub max_answer_head: Option<u64>,
    /// A body in chunks is sent on while it comes; else it is read first and gets a length, where requests are read as
    /// nginx reads them.
    pub streams: bool,
    /// The backend is asked by HTTP/1.0.
    pub http_1_0: bool,
    /// Who answers instead of a backend, or of the proxy, that failed.
    pub errors: Option<ErrorPages>,
    /// Whose `X-Forwarded-*` is believed: what `$pass_access_scheme` and the like are.
    pub forwarded: Forwarded,
    /// How answers of the proxy itself look.
    pub pages: Pages,
    /// What bodies are that a manifest says; none: as [`Pages`] has it.
    pub default_type: Option<Arc<str>>,
    /// What the real entry point does too and nobody does here, for explanations.
    pub not_executed: Box<[Arc<str>]>,
}

/// Sends plain requests to https.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToHttps {
    /// 308, unless the controller is told otherwise.
    pub status: u16,
    /// A final `/` of the target stays; else it is cut, even from a query.
    pub keeps_slash: bool,
    /// A port to name in the `Location`.
    pub port: Option<u16>,
    /// Only requests that name no host: to ingress-nginx they are for `_`, and for that it has its own certificate.
    pub nameless: bool,
}

/// How often a client may ask, by its address.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// Limits of one name count together.
    pub zone: Arc<str>,
    /// What is counted.
    pub rate: Rate,
    /// Addresses that are not counted.
    pub exempt: Box<[IpNet]>,
    /// The answer beyond it: 503, unless told otherwise.
    pub status: u16,
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// Requests in a time, a leaky bucket that holds `burst` more; nothing waits.
    Requests {
        /// So many.
        count: u32,
        /// In this time.
        within: Duration,
        /// How many may be ahead of the rate.
        burst: u32,
    },
    /// Requests being answered at one time.
    Concurrent(u32),
}

/// Cross-origin answers as ingress-nginx gives them: any `OPTIONS` of an allowed origin is answered with 204, and the
/// headers replace the backend's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Origins {
    /// As written; `*` alone takes a request without `Origin` too. A `*` stands for one label.
    pub allowed: Box<[Arc<str>]>,
    pub credentials: bool,
    pub methods: Arc<str>,
    pub headers: Arc<str>,
    pub expose: Arc<str>,
    /// Seconds.
    pub max_age: Arc<str>,
}

/// Which headers of a client are dropped for their names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// None.
    #[default]
    All,
    /// Those with other characters than letters, digits and `-`; `underscores` says whether `_` is one of the good.
    Plain {
        /// `_` may stand in a name.
        underscores: bool,
    },
}

/// Whose `X-Forwarded-*` is believed. Like nginx, scheme, host and port of everybody once it is switched on, and the
/// address only of the peers named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Forwarded {
    /// Nobody's.
    #[default]
    Nobody,
    /// That of peers in these ranges; the client's address comes from this header (lower case).
    From {
        /// The name, in lower case: `x-forwarded-for`.
        header: Arc<str>,
        /// `proxy-real-ip-cidr`
        peers: Box<[IpNet]>,
        /// Scheme, host and port are believed too, of everybody (`use-forwarded-headers`); else the address alone
        /// (`enable-real-ip`).
        all: bool,
    },
}

/// Who answers instead of a backend that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorPages {
    /// Status codes that are taken away.
    pub codes: Box<[u16]>,
    /// Who answers; none: the proxy, with [`ErrorPages::otherwise`].
    pub backend: Option<Arc<BackendId>>,
    /// The status where there is no backend.
    pub otherwise: u16,
    /// What it is told: headers of its request. `X-Code` comes from the status.
    pub request: Box<[(Arc<str>, Template)]>,
    /// Answers of backends too, not only the proxy's own.
    pub of_backends: bool,
    /// The second backend of the rule answers where it would get the request: the split is asked again.
    pub by_split: bool,
    /// How it is asked.
    pub speech: Speech,
    /// What becomes of its answer: headers of the server, not of the location.
    pub dress: Arc<Policy>,
}

/// How answers of the proxy itself look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pages {
    /// A line of plain text.
    #[default]
    Plain,
    /// nginx's page.
    Html,
}

/// How one of a backend's endpoints is chosen.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Balance {
    /// One after the other.
    #[default]
    Turns,
    /// The Service's own address: one endpoint, whatever stands behind it.
    Service,
    /// By a hash of this text; `subset`: to so many endpoints at random.
    Hash {
        /// The text.
        by: Template,
        /// Endpoints of one hash.
        subset: Option<u32>,
    },
    /// By a cookie.
    Sticky(Arc<Affinity>),
}

/// A cookie that leads back to an endpoint, as ingress-nginx sets it. It names the backend too, so that who came to a
/// canary stays there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affinity {
    /// The cookie.
    pub cookie: Arc<str>,
    /// Names the backend in the cookie's value.
    pub key: Arc<str>,
    /// Its `Path`; none: the path of the location.
    pub path: Option<Arc<str>>,
    /// Its `Domain`.
    pub domain: Option<Arc<str>>,
    /// Its `SameSite`.
    pub same_site: Option<Arc<str>>,
    /// `SameSite=None` is left out for browsers that do not know it.
    pub conditional_none: bool,
    /// Its `Secure`; none: over TLS only.
    pub secure: Option<bool>,
    /// Its `Expires`, seconds from now.
    pub expires: Option<i64>,
    /// Its `Max-Age`, seconds.
    pub max_age: Option<i64>,
    /// A new endpoint, and cookie, when the old one fails.
    pub change_on_failure: bool,
    /// The cookie names the endpoint itself: when there are more of them, who is at one stays (`affinity-mode`).
    pub persistent: bool,
    /// The Service's own address is the only endpoint ([`Balance::Service`] with a cookie).
    pub of_service: bool,
    /// The cookie is followed here and set elsewhere: a location of another Ingress that uses the same Service.
    pub silent: bool,
}

/// An answer that needs no backend: nginx's `return`.
#[derive(Clone, Debug, PartialEq)]
pub struct Return {
    /// The status.
    pub status: u16,
    /// `Location`.
    pub location: Option<Template>,
    /// The body, as plain text; none: the page of the status.
    pub text: Option<Template>,
    /// Why, for explanations.
    pub why: Why,
}

/// What a header, cookie or method must be so that a backend is chosen before the weights are asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Steer {
    /// The value asked for.
    pub when: super::FieldMatch,
    /// Position in the split.
    pub to: u32,
}

impl Names {
    /// Whether a header of this name is taken from a client.
    pub fn take(self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Plain { underscores } => {
                name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || underscores && b == b'_')
            }
        }
    }
}

impl Return {
    /// Its `Location` for a request. As in nginx one that begins with `/` becomes absolute, without a port.
    pub fn location_for(&self, request: &impl super::Variables) -> Option<String> {
        let location = self.location.as_ref()?.render(request);
        if !location.starts_with('/') {
            return Some(location.into_owned());
        }
        let (scheme, host) = (request.value(&super::Variable::Scheme), request.value(&super::Variable::Host));
        Some(format!("{scheme}://{host}{location}"))
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rate {
            Rate::Requests { count, within, burst } => {
                write!(f, "{count} requests per {} s and client, burst {burst}", within.as_secs())
            }
            Rate::Concurrent(count) => write!(f, "{count} requests at a time per client"),
        }
    }
}
