//! HTTPRoute, standard channel of v1.7.

use serde::Deserialize;

use super::{BackendRef, NameValue, ParentRef, common::open_enum};

/// `HTTPRoute`
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct HttpRoute {
    /// `spec`
    pub spec: HttpRouteSpec,
}

/// `HTTPRouteSpec`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRouteSpec {
    /// Where to attach.
    #[serde(default)]
    pub parent_refs: Vec<ParentRef>,
    /// Hosts; empty means all hosts of the listener.
    #[serde(default)]
    pub hostnames: Vec<String>,
    /// Rules; absent means one rule that matches all and has no backend.
    #[serde(default = "default_rules")]
    pub rules: Vec<HttpRule>,
}

fn default_rules() -> Vec<HttpRule> {
    vec![HttpRule {
        name: None,
        matches: default_matches(),
        filters: Vec::new(),
        backend_refs: Vec::new(),
        timeouts: None,
        retry: None,
    }]
}

fn default_matches() -> Vec<HttpMatch> {
    vec![HttpMatch {
        path: PathMatchSpec::default(),
        headers: Vec::new(),
        query_params: Vec::new(),
        method: None,
    }]
}

/// `HTTPRouteRule`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRule {
    /// Name, unique within the route.
    pub name: Option<String>,
    /// Any of these; absent means the path prefix `/`.
    #[serde(default = "default_matches")]
    pub matches: Vec<HttpMatch>,
    /// What is done to every request that this rule takes.
    #[serde(default)]
    pub filters: Vec<Filter>,
    /// Where requests go.
    #[serde(default)]
    pub backend_refs: Vec<BackendRef>,
    /// Limits in time.
    pub timeouts: Option<HttpTimeouts>,
    /// When to try again.
    pub retry: Option<HttpRetry>,
}

/// `HTTPRouteMatch`: all of these together.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpMatch {
    /// Path; absent means the prefix `/`.
    #[serde(default)]
    pub path: PathMatchSpec,
    /// Headers, all of them; of equal names only the first counts.
    #[serde(default)]
    pub headers: Vec<ValueMatchSpec>,
    /// Query parameters, all of them; of equal names only the first counts.
    #[serde(default)]
    pub query_params: Vec<ValueMatchSpec>,
    /// Method.
    pub method: Option<String>,
}

open_enum! {
    /// `PathMatchType`
    PathMatchType { Exact = "Exact", PathPrefix = "PathPrefix", RegularExpression = "RegularExpression" }
}
open_enum! {
    /// `HeaderMatchType` and `QueryParamMatchType`
    ValueMatchType { Exact = "Exact", RegularExpression = "RegularExpression" }
}

/// `HTTPPathMatch`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PathMatchSpec {
    /// How `value` is read.
    #[serde(default = "path_prefix", rename = "type")]
    pub kind: PathMatchType,
    /// The path or the expression.
    #[serde(default = "slash")]
    pub value: String,
}

impl Default for PathMatchSpec {
    fn default() -> Self {
        Self { kind: path_prefix(), value: slash() }
    }
}

fn path_prefix() -> PathMatchType {
    PathMatchType::PathPrefix
}
fn slash() -> String {
    "/".to_owned()
}
fn exact() -> ValueMatchType {
    ValueMatchType::Exact
}

/// `HTTPHeaderMatch`, `HTTPQueryParamMatch`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ValueMatchSpec {
    /// How `value` is read.
    #[serde(default = "exact", rename = "type")]
    pub kind: ValueMatchType,
    /// Name of the header or parameter.
    pub name: String,
    /// The value or the expression.
    pub value: String,
}

open_enum! {
    /// `HTTPRouteFilterType`
    FilterType {
        RequestHeaderModifier = "RequestHeaderModifier",
        ResponseHeaderModifier = "ResponseHeaderModifier",
        RequestMirror = "RequestMirror",
        RequestRedirect = "RequestRedirect",
        UrlRewrite = "URLRewrite",
        Cors = "CORS",
        ExternalAuth = "ExternalAuth",
        ExtensionRef = "ExtensionRef",
    }
}

/// `HTTPRouteFilter`: a type and the member of that name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Filter {
    /// Which member counts.
    #[serde(rename = "type")]
    pub kind: FilterType,
    /// For `RequestHeaderModifier`.
    pub request_header_modifier: Option<HeaderModifier>,
    /// For `ResponseHeaderModifier`.
    pub response_header_modifier: Option<HeaderModifier>,
    /// For `RequestMirror`.
    pub request_mirror: Option<RequestMirror>,
    /// For `RequestRedirect`.
    pub request_redirect: Option<RequestRedirect>,
    /// For `URLRewrite`.
    pub url_rewrite: Option<UrlRewrite>,
    /// For `CORS`.
    pub cors: Option<CorsSpec>,
    /// For `ExtensionRef`.
    pub extension_ref: Option<LocalRef>,
}

/// `LocalObjectReference`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[allow(missing_docs)]
pub struct LocalRef {
    pub group: String,
    pub kind: String,
    pub name: String,
}

/// `HTTPHeaderFilter`
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct HeaderModifier {
    /// Replace, or add when absent.
    #[serde(default)]
    pub set: Vec<NameValue>,
    /// Add one more.
    #[serde(default)]
    pub add: Vec<NameValue>,
    /// Remove all of that name.
    #[serde(default)]
    pub remove: Vec<String>,
}

/// `HTTPRequestMirrorFilter`: without percent or fraction all requests are copied.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestMirror {
    /// Who gets the copy.
    pub backend_ref: BackendRef,
    /// 0 to 100.
    pub percent: Option<i64>,
    /// Finer than percent.
    pub fraction: Option<Fraction>,
}

/// `Fraction`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Fraction {
    /// Numerator.
    pub numerator: i64,
    /// Denominator, 100 when absent.
    #[serde(default = "hundred")]
    pub denominator: i64,
}

const fn hundred() -> i64 {
    100
}

/// `HTTPRequestRedirectFilter`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestRedirect {
    /// `http` or `https`; the request's own when absent.
    pub scheme: Option<String>,
    /// Host; the request's own when absent.
    pub hostname: Option<String>,
    /// Path; the request's own when absent.
    pub path: Option<PathModifier>,
    /// Port; see the rules of the specification for when it is absent.
    pub port: Option<i64>,
    /// 301, 302, 303, 307 or 308.
    #[serde(default = "found")]
    pub status_code: i64,
}

const fn found() -> i64 {
    302
}

open_enum! {
    /// `HTTPPathModifierType`
    PathModifierType { ReplaceFullPath = "ReplaceFullPath", ReplacePrefixMatch = "ReplacePrefixMatch" }
}

/// `HTTPPathModifier`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PathModifier {
    /// Which member counts.
    #[serde(rename = "type")]
    pub kind: PathModifierType,
    /// For `ReplaceFullPath`.
    pub replace_full_path: Option<String>,
    /// For `ReplacePrefixMatch`.
    pub replace_prefix_match: Option<String>,
}

/// `HTTPURLRewriteFilter`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct UrlRewrite {
    /// New host for the backend.
    pub hostname: Option<String>,
    /// New path for the backend.
    pub path: Option<PathModifier>,
}

/// `HTTPCORSFilter`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CorsSpec {
    /// Origins: exact, with a wildcard host, or `*`.
    #[serde(default)]
    pub allow_origins: Vec<String>,
    /// Whether credentials may be sent.
    #[serde(default)]
    pub allow_credentials: Option<bool>,
    /// Methods, or `*`.
    #[serde(default)]
    pub allow_methods: Vec<String>,
    /// Request headers, or `*`.
    #[serde(default)]
    pub allow_headers: Vec<String>,
    /// Response headers that scripts may read, or `*`.
    #[serde(default)]
    pub expose_headers: Vec<String>,
    /// Seconds a preflight may be cached.
    #[serde(default = "five")]
    pub max_age: i64,
}

const fn five() -> i64 {
    5
}

/// `HTTPRouteTimeouts`: GEP-2257 durations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpTimeouts {
    /// All tries together.
    pub request: Option<String>,
    /// One try.
    pub backend_request: Option<String>,
}

/// `HTTPRouteRetry`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct HttpRetry {
    /// Answers that are tried again.
    #[serde(default)]
    pub codes: Vec<i64>,
    /// Tries after the first.
    #[serde(default = "one")]
    pub attempts: i64,
    /// GEP-2257 duration between tries.
    pub backoff: Option<String>,
}

const fn one() -> i64 {
    1
}
