//! The controller's own configuration: its ConfigMap and its flags, with the defaults of release 1.15.1.

mod flags;

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

pub use flags::Flags;
use ipnet::IpNet;

use super::annotation::{ExternalAuth, Finding, LoadBalance, NsName, Proxy, snippet::Snippet};
use crate::{
    resource::{Key, Origin},
    world::World,
};

/// A finding about a setting or a flag.
pub type SettingFinding = Finding;

/// Everything of the ConfigMap and the flags that a client or a back end can see.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The flags.
    pub flags: Flags,
    /// What annotations are allowed.
    pub security: Security,
    /// `proxy-*`: the defaults of the annotations.
    pub proxy: Proxy,
    /// `retry-non-idempotent`: also in [`Proxy::next_upstream`] of [`Self::proxy`].
    pub retry_non_idempotent: bool,
    /// The way to https, HSTS, protocols.
    pub tls: TlsSettings,
    /// Where the client's address and host are taken from.
    pub forwarded: Forwarded,
    /// Headers.
    pub headers: HeaderSettings,
    /// `custom-http-errors`; those outside of 300 to 599 are left out.
    pub custom_http_errors: Vec<u16>,
    /// `disable-proxy-intercept-errors`
    pub disable_proxy_intercept_errors: bool,
    /// `global-auth-*`, where `global-auth-url` is one.
    pub global_auth: Option<ExternalAuth>,
    /// `no-auth-locations`: paths without any auth.
    pub no_auth_locations: Vec<String>,
    /// Whom nobody serves.
    pub block: Block,
    /// `whitelist-source-range`: the default of the annotation.
    pub allow: Vec<IpNet>,
    /// `denylist-source-range`: the default of the annotation.
    pub deny: Vec<IpNet>,
    /// Limits of clients.
    pub client: ClientSettings,
    /// Rates.
    pub limits: LimitSettings,
    /// Compression.
    pub compression: Compression,
    /// Snippets.
    pub snippets: SnippetSettings,
    /// `load-balance`
    pub load_balance: Option<LoadBalance>,
    /// `service-upstream`
    pub service_upstream: bool,
    /// `use-port-in-redirects`
    pub use_port_in_redirects: bool,
    /// `relative-redirects`
    pub relative_redirects: bool,
    /// `proxy-ssl-location-only`
    pub proxy_ssl_location_only: bool,
    /// `default-type`
    pub default_type: String,
    /// `enable-modsecurity`: not executed.
    pub modsecurity: bool,
    /// `enable-owasp-modsecurity-crs`: not executed.
    pub owasp_core_rules: bool,
    /// `enable-opentelemetry`: not executed.
    pub opentelemetry: bool,
    /// `bind-address`; empty: all.
    pub bind: Vec<IpAddr>,
}

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

/// The settings of a World, and how they were found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What counts.
    pub settings: Settings,
    /// The Deployment, DaemonSet or Pod of the controller.
    pub controller: Option<Place>,
    /// The ConfigMap that was read.
    pub config_map: Option<Place>,
    /// The controller's release, where its image says it: `v1.15.1`.
    pub release: Option<String>,
    /// What there is to tell about keys and flags.
    pub findings: Vec<SettingFinding>,
    /// What could not be found, with what depends on it; one sentence each.
    pub missing: Vec<String>,
}

/// An object and where it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The object.
    pub key: Key,
    /// File and line.
    pub origin: Option<Origin>,
}

impl Default for Settings {
    fn default() -> Self {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect();
        Self {
            flags: Flags::default(),
            security: Security {
                allow_snippets: false,
                risk_level: Risk::High,
                cross_namespace: false,
                word_blocklist: Vec::new(),
                allowed_response_headers: Vec::new(),
                strict_path_type: true,
            },
            proxy: Proxy::default(),
            retry_non_idempotent: false,
            tls: TlsSettings {
                redirect: true,
                force_redirect: false,
                preserve_trailing_slash: false,
                redirect_code: 308,
                no_redirect_locations: vec!["/.well-known/acme-challenge".into()],
                hsts: Some(Hsts { max_age: "31536000".into(), include_subdomains: true, preload: false }),
                protocols: "TLSv1.2 TLSv1.3".into(),
                ciphers: defaults::CIPHERS.into(),
                reject_handshake: false,
                http2: true,
            },
            forwarded: Forwarded {
                trust: false,
                real_ip: false,
                full: false,
                for_header: "X-Forwarded-For".into(),
                host_header: "X-Forwarded-Host".into(),
                proxy_protocol: false,
                trusted: vec![IpNet::default()],
            },
            headers: HeaderSettings {
                underscores: false,
                ignore_invalid: true,
                request_id: true,
                original_uri: false,
                proxy_set: None,
                add: None,
                hide: Vec::new(),
                server_tokens: false,
                backend_server: false,
            },
            custom_http_errors: Vec::new(),
            disable_proxy_intercept_errors: false,
            global_auth: None,
            no_auth_locations: vec!["/.well-known/acme-challenge".into()],
            block: Block::default(),
            allow: Vec::new(),
            deny: Vec::new(),
            client: ClientSettings {
                header_timeout: Duration::from_mins(1),
                body_timeout: Duration::from_mins(1),
                header_buffer: 1 << 10,
                large_header_buffers: (4, 8 << 10),
                keep_alive: Duration::from_secs(75),
                keep_alive_requests: 1000,
                http2_streams: 128,
            },
            limits: LimitSettings {
                request_status: 503,
                connection_status: 503,
                rate: None,
                rate_after: None,
            },
            compression: Compression {
                gzip: false,
                level: 1,
                min_length: 256,
                types: words(defaults::GZIP_TYPES),
                brotli: false,
            },
            snippets: SnippetSettings::default(),
            load_balance: None,
            service_upstream: false,
            use_port_in_redirects: false,
            relative_redirects: false,
            proxy_ssl_location_only: false,
            default_type: "text/html".into(),
            modsecurity: false,
            owasp_core_rules: false,
            opentelemetry: false,
            bind: Vec::new(),
        }
    }
}

/// Long defaults.
mod defaults {
    pub(super) const CIPHERS: &str = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:\
        ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:\
        ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256";
    pub(super) const GZIP_TYPES: &str = "application/atom+xml application/javascript application/x-javascript \
        application/json application/rss+xml application/vnd.ms-fontobject application/x-font-ttf \
        application/x-web-app-manifest+json application/xhtml+xml application/xml font/opentype image/svg+xml \
        image/x-icon text/css text/javascript text/plain text/x-component";
}

impl Settings {
    /// Reads the ConfigMap's data and the controller's arguments. Unknown keys and flags, malformed values, and what
    /// changes nothing here, are findings.
    pub fn read(config: &BTreeMap<String, String>, flags: &[String]) -> (Self, Vec<SettingFinding>) {
        let _ = (config, flags);
        (Self::default(), Vec::new())
    }

    /// The settings of the controller whose objects are in a World; the defaults where there are none.
    pub fn find(world: &World) -> Found {
        let _ = world;
        Found {
            settings: Self::default(),
            controller: None,
            config_map: None,
            release: None,
            findings: Vec::new(),
            missing: Vec::new(),
        }
    }
}
