//! How a request is passed on: sizes, times, buffers, retries, rewriting of cookies and `Location`.

use std::time::Duration;

/// `proxy-*`: the effective values. The ConfigMap's defaults are of the same form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// `proxy-body-size` in bytes; `None`: no limit (written as `0`).
    pub body_size: Option<u64>,
    /// `client-body-buffer-size` in bytes; `None` where it is not set or not a size.
    pub client_body_buffer_size: Option<u64>,
    /// `proxy-connect-timeout`.
    pub connect_timeout: Duration,
    /// `proxy-send-timeout`: between two writes.
    pub send_timeout: Duration,
    /// `proxy-read-timeout`: between two reads.
    pub read_timeout: Duration,
    /// `proxy-next-upstream*`.
    pub next_upstream: NextUpstream,
    /// `proxy-buffering`: of answers.
    pub buffering: bool,
    /// `proxy-request-buffering`.
    pub request_buffering: bool,
    /// `proxy-buffers-number`, `proxy-buffer-size` and what belongs to them.
    pub buffers: Buffers,
    /// `proxy-cookie-domain`; `None`: off.
    pub cookie_domain: Option<Replace>,
    /// `proxy-cookie-path`; `None`: off.
    pub cookie_path: Option<Replace>,
    /// `proxy-redirect-from` and `-to`.
    pub redirect: ProxyRedirect,
    /// `proxy-http-version` towards the back end.
    pub http_version: HttpVersion,
}

/// When, and how often, another endpoint is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextUpstream {
    /// What counts as a failure; empty: no retry at all (`off`).
    pub conditions: Vec<RetryOn>,
    /// POST, LOCK and PATCH are repeated too: `non_idempotent`, or the setting `retry-non-idempotent`.
    pub non_idempotent: bool,
    /// All attempts, the first one included; 0: as many as there are endpoints.
    pub tries: u32,
    /// How long after the first attempt another may begin; `None`: no limit.
    pub timeout: Option<Duration>,
}

/// One word of `proxy-next-upstream`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RetryOn {
    /// No connection, or it broke.
    Error,
    /// Connecting, sending or reading took too long.
    Timeout,
    /// An empty or malformed answer.
    InvalidHeader,
    /// An answer with this status: 403, 404, 429, 500, 502, 503 or 504.
    Status(u16),
}

/// Memory for answers. In bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buffers {
    /// `proxy-buffers-number`.
    pub number: u32,
    /// `proxy-buffer-size`: also the limit of an answer's header.
    pub size: u64,
    /// `proxy-busy-buffers-size`; nginx chooses where it is not set.
    pub busy: Option<u64>,
    /// `proxy-max-temp-file-size`; nginx's own default of 1 GiB where it is not a size.
    pub max_temp_file: Option<u64>,
}

/// Replacement of a domain or path in `Set-Cookie`. Either side may hold nginx variables; `from` with a leading `~`
/// is a regular expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replace {
    /// What is replaced.
    pub from: String,
    /// By what.
    pub to: String,
}

/// What happens to the back end's `Location`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyRedirect {
    /// Passed through.
    Off,
    /// nginx's `default`: `http://upstream_balancer/` becomes the location's path. Also what holds where a `from` is
    /// written without a `to`.
    Default,
    /// A prefix, or with a leading `~` a regular expression, is replaced.
    Replace {
        /// What is replaced.
        from: String,
        /// By what.
        to: String,
    },
}

/// HTTP version towards the back end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HttpVersion {
    /// 1.0
    Http10,
    /// 1.1
    Http11,
}

impl Default for Proxy {
    /// The controller's own defaults.
    fn default() -> Self {
        Self {
            body_size: Some(1 << 20),
            client_body_buffer_size: None,
            connect_timeout: Duration::from_secs(5),
            send_timeout: Duration::from_mins(1),
            read_timeout: Duration::from_mins(1),
            next_upstream: NextUpstream {
                conditions: vec![RetryOn::Error, RetryOn::Timeout],
                non_idempotent: false,
                tries: 3,
                timeout: None,
            },
            buffering: false,
            request_buffering: true,
            buffers: Buffers { number: 4, size: 4 << 10, busy: None, max_temp_file: Some(1 << 30) },
            cookie_domain: None,
            cookie_path: None,
            redirect: ProxyRedirect::Off,
            http_version: HttpVersion::Http11,
        }
    }
}
