//! Who may pass: passwords, auth requests, client certificates, source addresses, limits.

use std::{collections::BTreeMap, time::Duration};

use ipnet::IpNet;

use super::{Hidden, NsName, snippet::Snippet};

/// `auth-type` with its Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth {
    /// Basic or digest.
    pub scheme: AuthScheme,
    /// `auth-realm`; empty where it is not set.
    pub realm: String,
    /// The Secret.
    pub secret: NsName,
    /// What nginx reads as its password file: lines of `user:hash`. From `auth`, or for `auth-map` one line an entry.
    pub users: Hidden,
}

/// The scheme of [`Auth`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuthScheme {
    /// Exactly `basic`.
    Basic,
    /// Everything else that the controller lets pass.
    Digest,
}

/// `auth-url` and what belongs to it; also the setting `global-auth-url`. Texts may hold nginx variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExternalAuth {
    /// Where the auth request goes.
    pub url: String,
    /// The host in it, without a port.
    pub host: String,
    /// `auth-method`; the request's own where it is not set.
    pub method: Option<String>,
    /// `auth-signin`: where a 401 is redirected to.
    pub signin: Option<String>,
    /// `auth-signin-redirect-param`; `rd` where it is not set.
    pub signin_redirect_param: Option<String>,
    /// `auth-response-headers`: copied from the auth answer to the back end.
    pub response_headers: Vec<String>,
    /// `auth-request-redirect`: `X-Auth-Request-Redirect` of the auth request.
    pub request_redirect: Option<String>,
    /// Headers of the auth request from the ConfigMap of `auth-proxy-set-headers`.
    pub set_headers: BTreeMap<String, String>,
    /// `auth-snippet`, in the location of the auth request.
    pub snippet: Option<Snippet>,
    /// `auth-cache-key`.
    pub cache_key: Option<String>,
    /// `auth-cache-duration`, each as `200 202 10m`.
    pub cache_durations: Vec<String>,
    /// `auth-keepalive*`; `None`: a connection for each request.
    pub keepalive: Option<AuthKeepalive>,
    /// `auth-always-set-cookie`: the auth answer's cookie is passed on whatever the back end's status.
    pub always_set_cookie: bool,
}

/// `auth-keepalive*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthKeepalive {
    /// Idle connections kept.
    pub connections: u32,
    /// Variables are shared with the auth request.
    pub share_vars: bool,
    /// Requests on one connection.
    pub requests: u32,
    /// How long an idle connection is kept.
    pub timeout: Duration,
}

/// `auth-tls-*`: of the whole server; the first Ingress of a host that has it wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The Secret.
    pub secret: NsName,
    /// `ca.crt`. Without one nothing is asked of clients at all.
    pub ca: Option<Hidden>,
    /// `ca.crl`.
    pub crl: Option<Hidden>,
    /// `auth-tls-verify-client`.
    pub verify: VerifyClient,
    /// `auth-tls-verify-depth`.
    pub depth: i64,
    /// `auth-tls-error-page`: a URL, a path or a named location.
    pub error_page: Option<String>,
    /// `auth-tls-pass-certificate-to-upstream`: the header `ssl-client-cert`.
    pub pass_to_backend: bool,
    /// `auth-tls-match-cn`: the regular expression without its `CN=`; whose subject does not match gets 403.
    pub match_cn: Option<String>,
}

/// `auth-tls-verify-client`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VerifyClient {
    /// A valid certificate is needed.
    #[default]
    On,
    /// None is asked for.
    Off,
    /// A bad one is refused, none is fine.
    Optional,
    /// Any is fine.
    OptionalNoCa,
}

/// Lists of source addresses. `deny` is asked first; where `allow` has entries all others are refused with 403.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// `allowlist-source-range` (or `whitelist-source-range`), else the setting's.
    pub allow: Vec<IpNet>,
    /// `denylist-source-range`, else the setting's.
    pub deny: Vec<IpNet>,
}

/// `limit-*`: per client address and Ingress.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// `limit-rps`: requests a second, with the burst above it.
    pub per_second: Option<RateLimit>,
    /// `limit-rpm`: requests a minute, with the burst above it.
    pub per_minute: Option<RateLimit>,
    /// `limit-connections`: at the same time.
    pub connections: Option<u32>,
    /// `limit-rate`: bytes a second of an answer.
    pub rate: Option<u64>,
    /// `limit-rate-after`: the bytes before [`Self::rate`] begins.
    pub rate_after: Option<u64>,
    /// `limit-allowlist` (or `limit-whitelist`): who is exempt from the first three.
    pub exempt: Vec<IpNet>,
}

/// A limit of nginx's `limit_req` with `nodelay`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests in the unit of time.
    pub limit: u32,
    /// How many more may come at once.
    pub burst: u32,
}

/// `satisfy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Satisfy {
    /// Address lists or passwords: one is enough.
    Any,
    /// All of them.
    All,
}
