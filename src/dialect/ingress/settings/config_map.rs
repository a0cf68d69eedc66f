//! The keys of the ConfigMap: what each does to the settings.

mod auth;
mod inert;
mod proxy;

use std::collections::BTreeMap;

use super::{
    Risk, SettingFinding, Settings,
    draft::{Draft, list},
};
use crate::dialect::ingress::annotation::{Effect, NsName, setting as s, snippet::Snippet};

/// Puts one key's value into the draft.
type Set = fn(&mut Draft, &str, &str);

/// Reads the data into `settings`.
pub(super) fn read(data: &BTreeMap<String, String>, settings: Settings) -> (Settings, Vec<SettingFinding>) {
    let mut draft = Draft::new(settings);
    for (key, value) in data {
        if let Some(set) = find(key).or_else(|| find(&key.to_ascii_lowercase())) {
            set(&mut draft, key, value);
        } else if inert::KEYS.contains(&key.as_str()) {
            draft.tell(key, Effect::Inert, "understood; it changes nothing that a rehearsal executes");
        } else {
            draft.tell(key, Effect::Unknown, unknown(key));
        }
    }
    auth::check(&mut draft, data);
    draft.finish()
}

fn find(key: &str) -> Option<Set> {
    [ROWS, proxy::ROWS, auth::ROWS]
        .iter()
        .flat_map(|rows| rows.iter())
        .find(|row| row.0 == key)
        .map(|row| row.1)
}

/// Whether the controller reads this key.
pub(super) fn knows(key: &str) -> bool {
    find(key).is_some() || inert::KEYS.contains(&key)
}

/// Every key that the controller reads.
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    let rows = [ROWS, proxy::ROWS, auth::ROWS].into_iter().flatten().map(|row| row.0);
    rows.chain(inert::KEYS.iter().copied())
}

fn unknown(key: &str) -> String {
    let nearest = (key.len() <= 64)
        .then(|| {
            keys()
                .map(|name| (strsim::damerau_levenshtein(key, name), name))
                .filter(|(distance, name)| *distance <= 1 + name.len() / 8)
                .min()
        })
        .flatten();
    match nearest {
        Some((_, name)) => format!("the controller reads no such key; `{name}` is the nearest"),
        None => "the controller reads no such key".to_owned(),
    }
}

macro_rules! flag {
    ($($field:ident).+) => {
        |d, key, value| {
            if let Some(read) = d.boolean(key, value) {
                d.$($field).+ = read;
            }
        }
    };
}
use flag;

/// A feature that is read and never executed.
fn not_executed(d: &mut Draft, key: &str, on: bool) {
    if on {
        d.tell(key, Effect::Inert, "the controller does this, and a rehearsal does not");
    }
}

#[rustfmt::skip]
const ROWS: &[(&str, Set)] = &[
    ("add-headers", |d, key, value| d.settings.headers.add = reference(d, key, value)),
    ("allow-backend-server-header", flag!(settings.headers.backend_server)),
    ("allow-cross-namespace-resources", flag!(settings.security.cross_namespace)),
    ("allow-snippet-annotations", flag!(settings.security.allow_snippets)),
    ("annotation-value-word-blocklist", |d, _, value| {
        let words = value.trim().split(',').map(str::to_owned);
        d.settings.security.word_blocklist = if value.is_empty() { Vec::new() } else { words.collect() };
    }),
    ("annotations-risk-level", |d, key, value| d.settings.security.risk_level = risk(d, key, value)),
    ("bind-address", |d, key, value| {
        for item in list(value) {
            match item.parse() {
                Ok(address) => d.settings.bind.push(address),
                Err(_) => d.tell(key, Effect::Ignored, format!("`{}` is not an address and is left out", s::short(&item))),
            }
        }
    }),
    ("block-cidrs", |d, key, value| d.settings.block.cidrs = d.networks(key, value)),
    ("block-referers", |d, _, value| d.settings.block.referers = list(value)),
    ("block-user-agents", |d, _, value| d.settings.block.user_agents = list(value)),
    ("client-body-timeout", |d, key, value| { if let Some(time) = d.seconds(key, value) { d.settings.client.body_timeout = time; } }),
    ("client-header-buffer-size", |d, key, value| { if let Some(size) = d.size(key, value) { d.settings.client.header_buffer = size; } }),
    ("client-header-timeout", |d, key, value| { if let Some(time) = d.seconds(key, value) { d.settings.client.header_timeout = time; } }),
    ("compute-full-forwarded-for", flag!(settings.forwarded.full)),
    ("custom-http-errors", |d, key, value| d.settings.custom_http_errors = codes(d, key, value)),
    ("default-type", |d, _, value| value.clone_into(&mut d.settings.default_type)),
    ("denylist-source-range", |d, key, value| d.settings.deny = d.networks(key, value)),
    ("disable-proxy-intercept-errors", flag!(settings.disable_proxy_intercept_errors)),
    ("enable-brotli", |d, key, value| if let Some(on) = d.boolean(key, value) { d.settings.compression.brotli = on; not_executed(d, key, on); }),
    ("enable-modsecurity", |d, key, value| if let Some(on) = d.boolean(key, value) { d.settings.modsecurity = on; not_executed(d, key, on); }),
    ("enable-opentelemetry", |d, key, value| if let Some(on) = d.boolean(key, value) { d.settings.opentelemetry = on; not_executed(d, key, on); }),
    ("enable-owasp-modsecurity-crs", |d, key, value| if let Some(on) = d.boolean(key, value) { d.settings.owasp_core_rules = on; not_executed(d, key, on); }),
    ("enable-real-ip", flag!(settings.forwarded.real_ip)),
    ("enable-underscores-in-headers", flag!(settings.headers.underscores)),
    ("force-ssl-redirect", flag!(settings.tls.force_redirect)),
    ("forwarded-for-header", |d, _, value| value.clone_into(&mut d.settings.forwarded.for_header)),
    ("forwarded-host-header", |d, _, value| value.clone_into(&mut d.settings.forwarded.host_header)),
    ("generate-request-id", flag!(settings.headers.request_id)),
    ("global-allowed-response-headers", |d, key, value| d.settings.security.allowed_response_headers = header_names(d, key, value)),
    ("gzip-level", |d, key, value| if let Some(level) = d.count(key, value) {
        if (1..=9).contains(&level) { d.settings.compression.level = level; } else { d.stops(key, value, "from 1 to 9"); }
    }),
    ("gzip-min-length", |d, key, value| if let Some(length) = d.count(key, value) { d.settings.compression.min_length = length.into(); }),
    ("gzip-types", |d, _, value| d.settings.compression.types = value.split_ascii_whitespace().map(str::to_owned).collect()),
    ("hide-headers", |d, _, value| d.settings.headers.hide = list(value)),
    ("hsts", flag!(hsts_on)),
    ("hsts-include-subdomains", flag!(hsts.include_subdomains)),
    ("hsts-max-age", |d, _, value| value.clone_into(&mut d.hsts.max_age)),
    ("hsts-preload", flag!(hsts.preload)),
    ("http-redirect-code", |d, key, value| match s::integer(value) {
        Some(code @ (301 | 302 | 307 | 308)) => d.settings.tls.redirect_code = code as u16,
        _ => d.ignored(key, value, "301, 302, 307 or 308"),
    }),
    ("http-snippet", |d, key, value| d.settings.snippets.http = snippet(d, key, value)),
    ("http2-max-concurrent-streams", |d, key, value| if let Some(count) = d.count(key, value) { d.settings.client.http2_streams = count; }),
    ("ignore-invalid-headers", flag!(settings.headers.ignore_invalid)),
    ("keep-alive", |d, key, value| if let Some(time) = d.seconds(key, value) { d.settings.client.keep_alive = time; }),
    ("keep-alive-requests", |d, key, value| if let Some(count) = d.count(key, value) { d.settings.client.keep_alive_requests = count; }),
    ("large-client-header-buffers", |d, key, value| {
        let parts: Vec<&str> = value.split_ascii_whitespace().collect();
        match parts.as_slice() {
            [number, size] => match (number.parse::<u32>(), s::size(size, false)) {
                (Ok(number), Some(size)) if number > 0 && size > 0 => d.settings.client.large_header_buffers = (number, size),
                _ => d.stops(key, value, "a number and a size as `4 8k`"),
            },
            _ => d.stops(key, value, "a number and a size as `4 8k`"),
        }
    }),
    ("limit-conn-status-code", |d, key, value| if let Some(code) = limit_status(d, key, value) { d.settings.limits.connection_status = code; }),
    ("limit-rate", |d, key, value| if let Some(rate) = d.number(key, value) { d.settings.limits.rate = kilobytes(rate); }),
    ("limit-rate-after", |d, key, value| if let Some(rate) = d.number(key, value) { d.settings.limits.rate_after = kilobytes(rate); }),
    ("limit-req-status-code", |d, key, value| if let Some(code) = limit_status(d, key, value) { d.settings.limits.request_status = code; }),
    ("load-balance", |d, key, value| {
        d.settings.load_balance = s::algorithm(value);
        if d.settings.load_balance.is_none() && !value.is_empty() {
            d.tell(key, Effect::Ignored, format!("`{}` is no algorithm; round robin is taken", s::short(value)));
        }
    }),
    ("location-snippet", |d, key, value| d.settings.snippets.location = snippet(d, key, value)),
    ("main-snippet", |d, key, value| {
        d.settings.snippets.main = text(value).map(Snippet::unchecked);
        not_executed(d, key, !value.is_empty());
    }),
    ("no-tls-redirect-locations", |d, _, value| d.settings.tls.no_redirect_locations = locations(value)),
    ("preserve-trailing-slash", flag!(settings.tls.preserve_trailing_slash)),
    ("proxy-add-original-uri-header", flag!(settings.headers.original_uri)),
    ("proxy-real-ip-cidr", |d, key, value| d.settings.forwarded.trusted = d.networks(key, value)),
    ("proxy-set-headers", |d, key, value| d.settings.headers.proxy_set = reference(d, key, value)),
    ("proxy-ssl-location-only", flag!(settings.proxy_ssl_location_only)),
    ("relative-redirects", flag!(settings.relative_redirects)),
    ("server-snippet", |d, key, value| d.settings.snippets.server = snippet(d, key, value)),
    ("server-tokens", flag!(settings.headers.server_tokens)),
    ("service-upstream", flag!(settings.service_upstream)),
    ("ssl-ciphers", |d, _, value| value.clone_into(&mut d.settings.tls.ciphers)),
    ("ssl-protocols", |d, key, value| {
        let known = ["SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];
        match value.split_ascii_whitespace().find(|word| !known.contains(word)) {
            Some(word) => d.stops(key, word, "a version of TLS"),
            None => value.clone_into(&mut d.settings.tls.protocols),
        }
    }),
    ("ssl-redirect", flag!(settings.tls.redirect)),
    ("ssl-reject-handshake", flag!(settings.tls.reject_handshake)),
    ("stream-snippet", |d, key, value| {
        d.settings.snippets.stream = text(value).map(Snippet::unchecked);
        not_executed(d, key, !value.is_empty());
    }),
    ("strict-validate-path-type", flag!(settings.security.strict_path_type)),
    ("upstream-keepalive-connections", |d, key, value| if let Some(count) = d.number(key, value) { d.settings.keeps_upstreams = count > 0; }),
    ("use-forwarded-headers", flag!(settings.forwarded.trust)),
    ("use-gzip", flag!(settings.compression.gzip)),
    ("use-http2", flag!(settings.tls.http2)),
    ("use-port-in-redirects", flag!(settings.use_port_in_redirects)),
    ("use-proxy-protocol", flag!(settings.forwarded.proxy_protocol)),
    ("whitelist-source-range", |d, key, value| d.settings.allow = d.networks(key, value)),
];

/// Beginnings of paths; an empty one says nothing.
fn locations(value: &str) -> Vec<String> {
    list(value).into_iter().filter(|location| !location.is_empty()).collect()
}

fn text(value: &str) -> Option<&str> {
    (!value.is_empty()).then_some(value)
}

fn kilobytes(number: i64) -> Option<u64> {
    u64::try_from(number).ok().filter(|number| *number > 0).map(|number| number.saturating_mul(1024))
}

fn snippet(d: &mut Draft, key: &str, value: &str) -> Option<Snippet> {
    let snippet = Snippet::read(text(value)?);
    for (line, why) in &snippet.faults {
        let message = format!("line {line}: {why}; nginx refuses the whole configuration");
        d.tell(key, Effect::StopsConfiguration, message);
    }
    Some(snippet)
}

/// `namespace/name` of a ConfigMap; without a namespace the controller finds none.
fn reference(d: &mut Draft, key: &str, value: &str) -> Option<NsName> {
    match value.split_once('/') {
        Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() && !name.contains('/') => {
            Some(NsName { namespace: namespace.to_owned(), name: name.to_owned() })
        }
        _ if value.is_empty() => None,
        _ => {
            d.tell(
                key,
                Effect::Ignored,
                format!("`{}` is not `namespace/name`; no header is set", s::short(value)),
            );
            None
        }
    }
}

fn risk(d: &mut Draft, key: &str, value: &str) -> Risk {
    match value.to_lowercase().as_str() {
        "critical" => Risk::Critical,
        "high" => Risk::High,
        "medium" => Risk::Medium,
        "low" => Risk::Low,
        _ => {
            let message =
                format!("`{}` is not `Low`, `Medium`, `High` or `Critical`; `Low` is taken", s::short(value));
            d.tell(key, Effect::Ignored, message);
            Risk::Low
        }
    }
}

fn codes(d: &mut Draft, key: &str, value: &str) -> Vec<u16> {
    let mut codes = Vec::new();
    for item in list(value) {
        match s::integer(&item) {
            Some(499) => d.stops(key, &item, "a status that nginx takes here"),
            Some(code @ 300..=599) => codes.push(code as u16),
            _ => d.tell(
                key,
                Effect::Ignored,
                format!("`{}` is not a status from 300 to 599 and is left out", s::short(&item)),
            ),
        }
    }
    codes
}

fn header_names(d: &mut Draft, key: &str, value: &str) -> Vec<String> {
    let (good, bad): (Vec<_>, Vec<_>) = list(value).into_iter().partition(|name| s::header_name(name));
    for name in bad {
        d.tell(
            key,
            Effect::Ignored,
            format!("`{}` is not the name of a header and is left out", s::short(&name)),
        );
    }
    good
}

fn limit_status(d: &mut Draft, key: &str, value: &str) -> Option<u16> {
    let code = d.number(key, value)?;
    let fits = (400..=599).contains(&code);
    if !fits {
        d.stops(key, value, "from 400 to 599");
    }
    fits.then_some(code as u16)
}
