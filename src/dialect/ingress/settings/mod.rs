//! The controller's own configuration: its ConfigMap and its flags, with the defaults of release 1.15.1.

mod args;
mod concern;
mod config_map;
mod default;
mod draft;
mod find;
mod flags;
mod parts;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, net::IpAddr};

pub use flags::Flags;
use ipnet::IpNet;
pub use parts::{
    Block, ClientSettings, Compression, Forwarded, HeaderSettings, Hsts, LimitSettings, Risk, Security,
    SnippetSettings, TlsSettings,
};

use super::annotation::{ExternalAuth, Finding, LoadBalance, Proxy};
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
    /// `upstream-keepalive-connections`: connections to back ends serve more than one request, unless it is 0.
    pub keeps_upstreams: bool,
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

/// The settings of a World, and how they were found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What counts.
    pub settings: Settings,
    /// The Deployment, DaemonSet or Pod of the controller.
    pub controller: Option<Place>,
    /// Further ones, which are not looked at.
    pub others: Vec<Place>,
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

impl Settings {
    /// Reads the ConfigMap's data and the controller's arguments. Unknown keys and flags, malformed values, and what
    /// changes nothing here, are findings.
    pub fn read(config: &BTreeMap<String, String>, flags: &[String]) -> (Self, Vec<SettingFinding>) {
        let (flags, mut findings) = args::read(flags);
        let (settings, told) = config_map::read(config, Self { flags, ..Self::default() });
        findings.extend(told);
        (settings, findings)
    }

    /// The settings of the controller whose objects are in a World; the defaults where there are none.
    pub fn find(world: &World) -> Found {
        find::find(world)
    }
}
