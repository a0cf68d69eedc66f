//! Which back end, by which protocol, which endpoint: canary, affinity, hashing, TLS, mirrors, errors.

use std::collections::BTreeMap;

use super::{Hidden, NsName};

/// `canary*` of an Ingress with `canary: "true"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canary {
    /// `canary-weight` of [`Self::total`]; 0 or less: none.
    pub weight: i64,
    /// `canary-weight-total`; less than 100 counts as 100.
    pub total: i64,
    /// `canary-by-header`.
    pub header: Option<String>,
    /// `canary-by-header-value`: instead of `always` and `never`.
    pub header_value: Option<String>,
    /// `canary-by-header-pattern`: a PCRE that is searched for; only where there is no [`Self::header_value`].
    pub header_pattern: Option<String>,
    /// `canary-by-cookie`.
    pub cookie: Option<String>,
}

/// `affinity` and `session-cookie-*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affinity {
    /// The cookie, where `affinity` is `cookie`.
    pub cookie: Option<Cookie>,
    /// `affinity-mode`.
    pub mode: AffinityMode,
    /// `affinity-canary-behavior`: counts only on a canary Ingress.
    pub canary: CanaryBehavior,
}

/// `affinity-mode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AffinityMode {
    /// Some sessions move when endpoints come.
    #[default]
    Balanced,
    /// None do.
    Persistent,
}

/// `affinity-canary-behavior`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CanaryBehavior {
    /// Who was served by the canary stays there.
    #[default]
    Sticky,
    /// The canary gives no cookie.
    Legacy,
}

/// `session-cookie-*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    /// The name.
    pub name: String,
    /// `Path`; else the location's path, or `/` where it matches by regular expression.
    pub path: Option<String>,
    /// `Domain`.
    pub domain: Option<String>,
    /// `Expires`: seconds from now.
    pub expires: Option<i64>,
    /// `Max-Age`, seconds.
    pub max_age: Option<i64>,
    /// `SameSite`: `None`, `Lax` or `Strict`; other spellings pass and are left out of the cookie.
    pub same_site: Option<String>,
    /// `SameSite=None` is left out for clients that misread it.
    pub conditional_same_site_none: bool,
    /// True: always `Secure`. False, written or not: `Secure` on https only.
    pub secure: bool,
    /// A new cookie where the endpoint of the old one failed.
    pub change_on_failure: bool,
}

/// `upstream-hash-by*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamHash {
    /// The text with nginx variables that is hashed.
    pub by: String,
    /// A subset of endpoints is chosen, then one of it at random.
    pub subset: bool,
    /// Endpoints in a subset.
    pub subset_size: i64,
}

/// `load-balance`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum LoadBalance {
    RoundRobin,
    Ewma,
    Chash,
    ChashSubset,
    StickyBalanced,
    StickyPersistent,
}

/// `backend-protocol`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// `HTTP`
    #[default]
    Http,
    /// `HTTPS`: without a look at the certificate, unless `proxy-ssl-verify` is on.
    Https,
    /// `AUTO_HTTP`: the scheme of the request.
    AutoHttp,
    /// `GRPC`: HTTP/2 without TLS.
    Grpc,
    /// `GRPCS`
    Grpcs,
    /// `FCGI`
    Fcgi,
}

/// `backend-protocol` as read and as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BackendProtocol {
    /// What is spoken.
    pub protocol: Protocol,
    /// True where `grpc`, `grpcs` or `fcgi` is not in capitals: the template then sets Host and the forwarded headers
    /// by the wrong directive, so that they are lost.
    pub loses_headers: bool,
}

/// `proxy-ssl-*`: only with a Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamTls {
    /// The Secret.
    pub secret: NsName,
    /// `ca.crt`: without it nothing is verified, whatever [`Self::verify`] says.
    pub ca: Option<Hidden>,
    /// `tls.crt` and `tls.key`: sent to the back end when it asks; used only where the Secret has a `ca.crt` too.
    pub client: Option<(Hidden, Hidden)>,
    /// `proxy-ssl-ciphers`.
    pub ciphers: String,
    /// `proxy-ssl-protocols`.
    pub protocols: String,
    /// `proxy-ssl-name`: for SNI and verification; `upstream_balancer` where it is not set.
    pub name: Option<String>,
    /// `proxy-ssl-verify`.
    pub verify: bool,
    /// `proxy-ssl-verify-depth`.
    pub depth: i64,
    /// `proxy-ssl-server-name`: whether SNI is sent.
    pub server_name: bool,
}

/// `mirror-*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// Where copies go.
    pub target: MirrorTarget,
    /// `mirror-request-body`.
    pub body: bool,
}

/// Where copies go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MirrorTarget {
    /// To a URL, which may hold nginx variables, with this `Host`.
    Url {
        /// `mirror-target`
        url: String,
        /// `mirror-host`, else the host of the URL.
        host: String,
    },
    /// To whatever the host has at `/_mirror-<uid>`: the target was refused, or no host could be found.
    Own,
}

/// `custom-http-errors`, `default-backend`, `disable-proxy-intercept-errors`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors {
    /// The statuses that the default back end answers; those of the settings are not in here.
    pub codes: Vec<u16>,
    /// `default-backend`: a Service of the Ingress's namespace, which exists.
    pub default_backend: Option<String>,
    /// `disable-proxy-intercept-errors`.
    pub disable_intercept: bool,
}

/// Headers that annotations set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    /// `upstream-vhost`: Host for the back end.
    pub upstream_vhost: Option<String>,
    /// `x-forwarded-prefix`: may hold `$1`…; only with a rewrite.
    pub x_forwarded_prefix: Option<String>,
    /// Response headers from the ConfigMap of `custom-headers`; they replace the back end's.
    pub custom: BTreeMap<String, String>,
    /// `connection-proxy-header`: `close` or `keep-alive`.
    pub connection: Option<String>,
}

/// `fastcgi-*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fastcgi {
    /// `fastcgi-index`.
    pub index: Option<String>,
    /// Parameters from the ConfigMap of `fastcgi-params-configmap`.
    pub params: BTreeMap<String, String>,
}
