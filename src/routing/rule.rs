//! What happens to a request that a match took.

use std::{fmt, sync::Arc};

pub use std::time::Duration;

mod protocol;

pub use protocol::{BackendProtocol, BackendTls, Pem};

use super::{Balance, Cors, HeaderEdits, Mirror, Origin, Policy, Redirect, Request, Return, Rewrite, Steer};

/// Which rule of which route.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId {
    /// The route or Ingress.
    pub route: Arc<Origin>,
    /// Position in it, from 0.
    pub index: u32,
    /// The rule's own name.
    pub name: Option<Arc<str>>,
}

/// A compiled rule. Shared by all its matches and by all listeners that it is attached to.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Whose rule this is.
    pub id: RuleId,
    /// What is done in the end.
    pub action: Action,
    /// Edits of the request's headers.
    pub request: HeaderEdits,
    /// Edits of the answer's headers.
    pub response: HeaderEdits,
    /// New path or host for the backend.
    pub rewrite: Option<Rewrite>,
    /// Who gets a copy.
    pub mirrors: Box<[Mirror]>,
    /// Cross-origin rules, answered and added here.
    pub cors: Option<Cors>,
    /// Limits in time.
    pub timeouts: Timeouts,
    /// When to try again.
    pub retry: Option<Retry>,
    /// What goes beyond the core of Gateway API.
    pub policy: Option<Arc<Policy>>,
    /// Names of the filters in the order written, for explanations: `URLRewrite path ReplacePrefixMatch /`.
    pub filters_shown: Box<[String]>,
}

impl Rule {
    /// A rule that does this and nothing on the way.
    pub fn new(id: RuleId, action: Action) -> Self {
        Self {
            id,
            action,
            request: HeaderEdits::default(),
            response: HeaderEdits::default(),
            rewrite: None,
            mirrors: Box::default(),
            cors: None,
            timeouts: Timeouts::default(),
            retry: None,
            policy: None,
            filters_shown: Box::default(),
        }
    }
}

/// The end of a request's way.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// To one of the backends.
    Forward(Split),
    /// Answered with a redirect.
    Redirect(Redirect),
    /// Answered here with this status, in a backend's place: after https, limits and access.
    Answer(u16, Why),
    /// Answered here with what the manifest says (nginx `return`).
    Return(Box<Return>),
}

impl Action {
    /// Whether a policy's way to https, its limits and its list of who may ask come before this: before a backend, and
    /// before the 404, or 500, that stands for the default backend of a controller.
    pub fn is_guarded(&self) -> bool {
        match self {
            Self::Forward(_) | Self::Answer(404, _) | Self::Answer(500, Why::Said(_)) => true,
            Self::Answer(..) | Self::Redirect(_) | Self::Return(_) => false,
        }
    }
}

/// Why the proxy answers by itself, or a backend can not be used.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// A rule without backends.
    NoBackends,
    /// All weights are 0.
    NoWeight,
    /// The reference names a kind that can not be served.
    InvalidKind(String),
    /// The object does not exist.
    BackendNotFound(String),
    /// No ReferenceGrant allows it.
    RefNotPermitted(String),
    /// `appProtocol` can not be spoken.
    UnsupportedProtocol(String),
    /// A filter that can not be executed; it is never skipped.
    UnsupportedFilter(String),
    /// The part of the manifest is broken.
    Invalid(String),
    /// What the entry point answers by itself, in its own words.
    Said(String),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBackends => f.write_str("the rule has no backendRefs"),
            Self::NoWeight => f.write_str("all weights are 0"),
            Self::InvalidKind(kind) => write!(f, "kind {kind} can not be a backend"),
            Self::BackendNotFound(name) => write!(f, "{name} does not exist"),
            Self::RefNotPermitted(name) => write!(f, "no ReferenceGrant allows a reference to {name}"),
            Self::UnsupportedProtocol(name) => write!(f, "appProtocol {name} is not supported"),
            Self::UnsupportedFilter(name) => write!(f, "filter {name} can not be executed"),
            Self::Invalid(what) | Self::Said(what) => f.write_str(what),
        }
    }
}

/// Which Service port; what upstream addresses and counters are kept by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BackendId {
    /// Kind, namespace and name.
    pub service: Origin,
    /// The Service's port.
    pub port: u16,
}

/// One destination of a split.
#[derive(Clone, Debug, PartialEq)]
pub struct Backend {
    /// Who.
    pub id: Arc<BackendId>,
    /// Its weight; 0 gets nothing.
    pub weight: u32,
    /// Position in the rule's `backendRefs`.
    pub index: u32,
    /// When set, its share of requests is answered with 500.
    pub problem: Option<Why>,
    /// Filters of the backendRef: edits of the request.
    pub request: HeaderEdits,
    /// Edits of the answer.
    pub response: HeaderEdits,
    /// New path or host.
    pub rewrite: Option<Rewrite>,
    /// Who gets a copy.
    pub mirrors: Box<[Mirror]>,
    /// How one of its endpoints is chosen.
    pub balance: Balance,
    /// What this rule speaks to it; none: what is known of the Service.
    pub protocol: Option<BackendProtocol>,
}

impl Backend {
    /// The first of a rule's backends, without filters.
    pub fn new(id: Arc<BackendId>, weight: u32) -> Self {
        Self {
            id,
            weight,
            index: 0,
            problem: None,
            request: HeaderEdits::default(),
            response: HeaderEdits::default(),
            rewrite: None,
            mirrors: Box::default(),
            balance: Balance::default(),
            protocol: None,
        }
    }
}

/// Backends and their shares.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// All backends in the order written, those of weight 0 too.
    pub backends: Box<[Backend]>,
    /// The first whose value the request has chooses, before the weights do (ingress-nginx canaries).
    pub steers: Box<[Steer]>,
    /// Running sums of the weights; the last is the total.
    cumulative: Box<[u64]>,
    /// A cookie may choose.
    sticky: bool,
}

impl Split {
    /// A split over these backends.
    pub fn new(backends: impl Into<Box<[Backend]>>) -> Self {
        let backends = backends.into();
        let cumulative = backends
            .iter()
            .scan(0_u64, |sum, backend| {
                *sum += u64::from(backend.weight);
                Some(*sum)
            })
            .collect();
        let sticky = backends.iter().any(|backend| matches!(backend.balance, Balance::Sticky(_)));
        Self { backends, steers: Box::default(), cumulative, sticky }
    }

    /// Whether only the weights choose.
    pub fn is_plain(&self) -> bool {
        self.steers.is_empty() && !self.sticky
    }

    /// Sum of the weights.
    pub fn total(&self) -> u64 {
        self.cumulative.last().copied().unwrap_or(0)
    }

    /// The same, with values of the request that choose before the weights.
    pub fn steered(mut self, steers: impl Into<Box<[Steer]>>) -> Self {
        self.steers = steers.into();
        self
    }

    /// The backend that a value of the request chooses, and the value; none: the weights decide.
    pub fn steer(&self, request: &impl Request) -> Option<(&Backend, &Steer)> {
        let steer = self.steers.iter().find(|steer| steer.when.met(request))?;
        Some((self.backends.get(steer.to as usize)?, steer))
    }

    /// The backend for a random number, or none when all weights are 0.
    pub fn pick(&self, random: u64) -> Option<&Backend> {
        let total = self.total();
        if total == 0 {
            return None;
        }
        let point = random % total;
        let at = self.cumulative.partition_point(|sum| *sum <= point);
        self.backends.get(at)
    }

    /// A backend's share, 0 to 1.
    pub fn share(&self, backend: &Backend) -> f64 {
        match self.total() {
            0 => 0.0,
            total => f64::from(backend.weight) / total as f64,
        }
    }
}

/// Limits in time; none means no limit (Gateway API `0s` too).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// From the request's head to the end of the answer's, all tries together.
    pub request: Option<Duration>,
    /// One try.
    pub backend: Option<Duration>,
    /// Until a connection to the backend stands.
    pub connect: Option<Duration>,
    /// Between two writes to the backend.
    pub send_idle: Option<Duration>,
    /// Between two reads from the backend.
    pub read_idle: Option<Duration>,
}

/// Gateway API v1.7 `retry` (GEP-1731), and nginx `proxy_next_upstream`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retry {
    /// Tries after the first; 0 switches retrying off.
    pub attempts: u32,
    /// Answers that are tried again; failures to connect always are.
    pub codes: Box<[u16]>,
    /// Pause before a try.
    pub backoff: Option<Duration>,
    /// Also when a connection breaks before the answer's head.
    pub on_error: bool,
    /// Also when the answer's head does not come in time.
    pub on_timeout: bool,
    /// Also requests that may not be repeated (RFC 9110, 9.2.2).
    pub non_idempotent: bool,
    /// No try begins after this time; none: no bound.
    pub within: Option<Duration>,
    /// nginx's rules and not Gateway API's: a connection that is not made is tried again only with `on_error` or
    /// `on_timeout`, and a request that may not be repeated not for its code either. When no try was good the last answer
    /// of a backend is given, else 502 or 504.
    pub next_endpoint_only: bool,
}

#[cfg(test)]
mod tests;
