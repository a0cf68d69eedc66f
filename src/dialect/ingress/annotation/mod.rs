//! The annotations of one Ingress as the controller takes them: typed, with its defaults, and what it refuses.
//!
//! [`known`] lists every name. [`read`] follows the controller's parsers: each annotation is checked by its validator,
//! and what a refused value does differs from one to the next: ignored, all paths denied, the Ingress dropped, a
//! protection lost, or nginx stopped. [`Finding`]s tell each of these; nothing is passed over in silence.

mod access;
mod backend;
mod finding;
pub mod known;
mod lookup;
mod parse;
mod proxy;
mod reader;
mod route;
pub mod snippet;
mod units;
mod validate;
mod variables;

#[cfg(test)]
mod tests;

pub use access::{
    Auth, AuthKeepalive, AuthScheme, ClientCertificate, ExternalAuth, Limits, RateLimit, Satisfy, Sources,
    VerifyClient,
};
pub use backend::{
    Affinity, AffinityMode, BackendProtocol, Canary, CanaryBehavior, Cookie, Errors, Fastcgi, Headers,
    LoadBalance, Mirror, MirrorTarget, Protocol, UpstreamHash, UpstreamTls,
};
pub use finding::{Effect, Finding};
pub use lookup::{Hidden, Lookup, Nothing, NsName};
pub use proxy::{Buffers, HttpVersion, NextUpstream, Proxy, ProxyRedirect, Replace, RetryOn};
use reader::Reader;
pub use route::{Cors, Redirect, Redirects, Rewrite, Tls};
use snippet::Snippet;
pub(in crate::dialect::ingress) use variables::unknown as unknown_variable;

use super::Settings;
use crate::resource::Key;

/// What the settings are read with: values are the same in both places.
pub(in crate::dialect::ingress) mod setting {
    pub(in crate::dialect::ingress) use super::{
        parse::{algorithm, cache_durations, conditions},
        reader::short,
        units::{size, whole_url},
        validate::{boolean, header_name, integer, method, network},
    };
}

/// What became of an Ingress.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// The controller takes it.
    Taken(Box<Annotations>),
    /// The controller leaves it out; the findings with [`Effect::Dropped`] say why.
    Dropped(Vec<Finding>),
}

/// The effective values of one Ingress, the settings' defaults filled in.
///
/// Which of them count for the location, which for the host (the first Ingress of the host wins) and which for the
/// back end (shared by all that use the Service) is in [`known`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Annotations {
    /// Why every location answers 503.
    pub denied: Option<String>,
    /// What there is to tell, by key.
    pub findings: Vec<Finding>,
    /// Paths.
    pub rewrite: Rewrite,
    /// Redirects.
    pub redirects: Redirects,
    /// https.
    pub tls: Tls,
    /// CORS, where it is enabled.
    pub cors: Option<Cors>,
    /// Canary, where this Ingress is one.
    pub canary: Option<Canary>,
    /// Passwords.
    pub auth: Option<Auth>,
    /// Auth requests.
    pub external_auth: Option<ExternalAuth>,
    /// `enable-global-auth`: whether the setting `global-auth-url` counts here. [`Self::external_auth`] goes before it.
    pub global_auth: bool,
    /// Client certificates.
    pub client_certificate: Option<ClientCertificate>,
    /// Why the whole host answers 403: `auth-tls-secret` can not be used.
    pub client_certificate_error: Option<String>,
    /// `satisfy`.
    pub satisfy: Option<Satisfy>,
    /// Source addresses.
    pub sources: Sources,
    /// Rates and connections.
    pub limits: Limits,
    /// Passing on.
    pub proxy: Proxy,
    /// `backend-protocol`.
    pub backend_protocol: BackendProtocol,
    /// TLS to the back end.
    pub upstream_tls: Option<UpstreamTls>,
    /// Affinity.
    pub affinity: Affinity,
    /// `upstream-hash-by`.
    pub upstream_hash: Option<UpstreamHash>,
    /// `load-balance`.
    pub load_balance: Option<LoadBalance>,
    /// `service-upstream`: one endpoint, the Service's own address.
    pub service_upstream: bool,
    /// Mirror.
    pub mirror: Option<Mirror>,
    /// Error answers and default back end.
    pub errors: Errors,
    /// Headers.
    pub headers: Headers,
    /// `server-alias`: sorted, each once. Those that begin with `~` are regular expressions.
    pub aliases: Vec<String>,
    /// Snippets that count.
    pub snippets: Snippets,
    /// Logs and traces.
    pub observe: Observe,
    /// ModSecurity.
    pub modsecurity: ModSecurity,
    /// FastCGI.
    pub fastcgi: Fastcgi,
    /// `http2-push-preload`.
    pub http2_push_preload: bool,
}

/// Snippets; the one of `auth-snippet` is in [`ExternalAuth`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snippets {
    /// `configuration-snippet`: in each location.
    pub configuration: Option<Snippet>,
    /// `server-snippet`: in the server.
    pub server: Option<Snippet>,
    /// `stream-snippet`: beside TCP and UDP services.
    pub stream: Option<Snippet>,
}

/// `enable-access-log` and its like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observe {
    /// `enable-access-log`
    pub access_log: bool,
    /// `enable-rewrite-log`
    pub rewrite_log: bool,
    /// `enable-opentelemetry`
    pub opentelemetry: Option<bool>,
    /// `opentelemetry-trust-incoming-span`
    pub trust_incoming_span: Option<bool>,
    /// `opentelemetry-operation-name`
    pub operation_name: Option<String>,
}

impl Default for Observe {
    fn default() -> Self {
        Self {
            access_log: true,
            rewrite_log: false,
            opentelemetry: None,
            trust_incoming_span: None,
            operation_name: None,
        }
    }
}

/// `enable-modsecurity` and its like. Never executed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModSecurity {
    /// `enable-modsecurity`; the setting's where it is not written.
    pub enabled: Option<bool>,
    /// `enable-owasp-core-rules`
    pub owasp_core_rules: bool,
    /// `modsecurity-transaction-id`
    pub transaction_id: Option<String>,
    /// `modsecurity-snippet`: not nginx's language.
    pub snippet: Option<String>,
}

/// Reads the annotations of one Ingress; keys without the controller's prefix are passed over.
pub fn read<'a>(
    ingress: &Key,
    annotations: impl Iterator<Item = (&'a str, &'a str)>,
    settings: &Settings,
    lookup: &dyn Lookup,
) -> Reading {
    let annotations: Vec<(&str, &str)> = annotations.collect();
    let r = &mut Reader::new(ingress, annotations.into_iter(), settings, lookup);
    r.names();
    let (client_certificate, client_certificate_error) = parse::client_certificate(r);
    let mut taken = Annotations {
        denied: None,
        findings: Vec::new(),
        rewrite: parse::rewrite(r),
        redirects: parse::redirects(r),
        tls: parse::tls(r),
        cors: parse::cors(r),
        canary: parse::canary(r),
        auth: parse::auth(r),
        external_auth: parse::external_auth(r),
        global_auth: parse::global_auth(r),
        client_certificate,
        client_certificate_error,
        satisfy: parse::satisfy(r),
        sources: parse::sources(r),
        limits: parse::limits(r),
        proxy: parse::proxy(r),
        backend_protocol: parse::backend_protocol(r),
        upstream_tls: parse::upstream_tls(r),
        affinity: parse::affinity(r),
        upstream_hash: parse::upstream_hash(r),
        load_balance: parse::load_balance(r),
        service_upstream: parse::service_upstream(r),
        mirror: parse::mirror(r),
        errors: parse::errors(r),
        headers: parse::headers(r),
        aliases: parse::aliases(r),
        snippets: parse::snippets(r),
        observe: parse::observe(r),
        modsecurity: parse::modsecurity(r),
        fastcgi: parse::fastcgi(r),
        http2_push_preload: parse::http2_push_preload(r),
    };
    let mut findings = std::mem::take(&mut r.findings);
    findings.sort();
    findings.dedup();
    if findings.iter().any(|finding| finding.effect == Effect::Dropped) {
        return Reading::Dropped(findings);
    }
    taken.findings = findings;
    taken.denied = r.denied.take();
    Reading::Taken(Box::new(taken))
}

/// Checks one value against its validator; `key` is the name without the prefix.
///
/// # Errors
/// What the controller does with an Ingress that has this value.
pub fn check(key: &str, value: &str) -> Result<(), Finding> {
    let Some(known) = known::known(key) else {
        return Err(match known::obsolete(key) {
            Some(became) => Finding::new(key, Effect::Obsolete, became),
            None => Finding::new(key, Effect::Unknown, "no release reads this name"),
        });
    };
    if known.accepts(value) {
        return Ok(());
    }
    let message = format!("`{}` is not {}", reader::short(value), known.wants());
    Err(Finding::new(key, known.refused, message))
}
