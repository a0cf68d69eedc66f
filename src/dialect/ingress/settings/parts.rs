//! The parts of the settings.

use std::time::Duration;

use ipnet::IpNet;

use crate::dialect::ingress::annotation::{NsName, snippet::Snippet};

/// How dangerous the controller rates an annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Risk {
    Low,
    Medium,
    High,
    Critical,
}

/// What annotations are allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Security {
    /// `allow-snippet-annotations`
    pub allow_snippets: bool,
    /// `annotations-risk-level`: an annotation above it drops its Ingress.
    pub risk_level: Risk,
    /// `allow-cross-namespace-resources`
    pub cross_namespace: bool,
    /// `annotation-value-word-blocklist`: a value that holds one of these drops its Ingress.
    pub word_blocklist: Vec<String>,
    /// `global-allowed-response-headers`: what `custom-headers` may set, case included.
    pub allowed_response_headers: Vec<String>,
    /// `strict-validate-path-type`: only the admission webhook looks at it.
    pub strict_path_type: bool,
}

/// The way to https, HSTS, protocols.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSettings {
    /// `ssl-redirect`
    pub redirect: bool,
    /// `force-ssl-redirect`
    pub force_redirect: bool,
    /// `preserve-trailing-slash`
    pub preserve_trailing_slash: bool,
    /// `http-redirect-code`: 301, 302, 307 or 308. Also of from-to-www.
    pub redirect_code: u16,
    /// `no-tls-redirect-locations`: Ingress paths that begin so are not redirected.
    pub no_redirect_locations: Vec<String>,
    /// `hsts` and its like; `None`: off.
    pub hsts: Option<Hsts>,
    /// `ssl-protocols`
    pub protocols: String,
    /// `ssl-ciphers`
    pub ciphers: String,
    /// `ssl-reject-handshake`: a name that no Ingress has gets no certificate at all.
    pub reject_handshake: bool,
    /// `use-http2`
    pub http2: bool,
}

/// HSTS on answers over https.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hsts {
    /// `hsts-max-age`, as written.
    pub max_age: String,
    /// `hsts-include-subdomains`
    pub include_subdomains: bool,
    /// `hsts-preload`
    pub preload: bool,
}

impl Hsts {
    /// The header's value.
    pub fn value(&self) -> String {
        let subdomains = if self.include_subdomains { "; includeSubDomains" } else { "" };
        let preload = if self.preload { "; preload" } else { "" };
        format!("max-age={}{subdomains}{preload}", self.max_age)
    }
}

/// Where the client's address and host are taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarded {
    /// `use-forwarded-headers`: the client's `X-Forwarded-*` are believed.
    pub trust: bool,
    /// `enable-real-ip`: the client's address is taken from the header, the others are not believed.
    pub real_ip: bool,
    /// `compute-full-forwarded-for`: the client's list is kept and added to.
    pub full: bool,
    /// `forwarded-for-header`
    pub for_header: String,
    /// `forwarded-host-header`
    pub host_header: String,
    /// `use-proxy-protocol`
    pub proxy_protocol: bool,
    /// `proxy-real-ip-cidr`: who may say so.
    pub trusted: Vec<IpNet>,
}

/// Headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderSettings {
    /// `enable-underscores-in-headers`: otherwise such headers are dropped.
    pub underscores: bool,
    /// `ignore-invalid-headers`: otherwise they are passed on.
    pub ignore_invalid: bool,
    /// `generate-request-id`
    pub request_id: bool,
    /// `proxy-add-original-uri-header`: `X-Original-URI`.
    pub original_uri: bool,
    /// `proxy-set-headers`: the ConfigMap with headers for the back end.
    pub proxy_set: Option<NsName>,
    /// `add-headers`: the ConfigMap with response headers.
    pub add: Option<NsName>,
    /// `hide-headers`: response headers of the back end that are not passed on.
    pub hide: Vec<String>,
    /// `server-tokens`: `Server: nginx` with the version.
    pub server_tokens: bool,
    /// `allow-backend-server-header`: the back end's own `Server`.
    pub backend_server: bool,
}

/// Whom nobody serves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// `block-cidrs`: 403.
    pub cidrs: Vec<IpNet>,
    /// `block-user-agents`: as written; with a leading `~` a regular expression. 403.
    pub user_agents: Vec<String>,
    /// `block-referers`: as written; with a leading `~` a regular expression. 403.
    pub referers: Vec<String>,
}

/// Limits of clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSettings {
    /// `client-header-timeout`
    pub header_timeout: Duration,
    /// `client-body-timeout`
    pub body_timeout: Duration,
    /// `client-header-buffer-size` in bytes.
    pub header_buffer: u64,
    /// `large-client-header-buffers`: how many, and the bytes of each: the longest request line or header.
    pub large_header_buffers: (u32, u64),
    /// `keep-alive`: how long an idle connection is kept; zero: not at all.
    pub keep_alive: Duration,
    /// `keep-alive-requests`
    pub keep_alive_requests: u32,
    /// `http2-max-concurrent-streams`
    pub http2_streams: u32,
}

/// Rates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitSettings {
    /// `limit-req-status-code`
    pub request_status: u16,
    /// `limit-conn-status-code`
    pub connection_status: u16,
    /// `limit-rate` in bytes a second.
    pub rate: Option<u64>,
    /// `limit-rate-after` in bytes.
    pub rate_after: Option<u64>,
}

/// Compression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compression {
    /// `use-gzip`
    pub gzip: bool,
    /// `gzip-level`
    pub level: u32,
    /// `gzip-min-length` in bytes.
    pub min_length: u64,
    /// `gzip-types`; `text/html` always is one.
    pub types: Vec<String>,
    /// `enable-brotli`
    pub brotli: bool,
}

/// Snippets of the ConfigMap: no flag turns them off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SnippetSettings {
    /// `main-snippet`
    pub main: Option<Snippet>,
    /// `http-snippet`
    pub http: Option<Snippet>,
    /// `server-snippet`: in every server.
    pub server: Option<Snippet>,
    /// `location-snippet`: in every location.
    pub location: Option<Snippet>,
    /// `stream-snippet`
    pub stream: Option<Snippet>,
}
