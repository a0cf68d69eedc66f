//! `global-auth-*`.

use std::collections::BTreeMap;

use super::{Set, header_names, locations, snippet};
use crate::dialect::ingress::{
    annotation::{Effect, setting as s},
    settings::draft::Draft,
};

#[rustfmt::skip]
pub(super) const ROWS: &[(&str, Set)] = &[
    ("global-auth-always-set-cookie", |d, key, value| match s::boolean(value) {
        Some(on) => d.auth.always_set_cookie = on,
        None => d.ignored(key, value, "`true` or `false`"),
    }),
    ("global-auth-cache-duration", |d, key, value| if s::cache_durations(value).is_err() {
        d.ignored(key, value, "statuses and a time as `200 202 10m`");
    }),
    ("global-auth-cache-key", |d, _, value| d.auth.cache_key = some(value)),
    ("global-auth-method", |d, key, value| if value.is_empty() || s::method(value) {
        d.auth.method = some(value);
    } else {
        d.ignored(key, value, "an HTTP method in capitals");
    }),
    ("global-auth-request-redirect", |d, _, value| d.auth.request_redirect = some(value)),
    ("global-auth-response-headers", |d, key, value| d.auth.response_headers = header_names(d, key, value)),
    ("global-auth-signin", |d, key, value| match s::whole_url(value) {
        Ok(_) => d.auth.signin = some(value),
        Err(why) => d.tell(key, Effect::Ignored, format!("`{}` is not a URL: {why}; a 401 is passed on", s::short(value))),
    }),
    // Needs the URL above, whatever the order of the keys: `check`.
    ("global-auth-signin-redirect-param", |_, _, _| {}),
    ("global-auth-snippet", |d, key, value| d.auth.snippet = snippet(d, key, value)),
    ("global-auth-url", |d, key, value| match s::whole_url(value) {
        Ok(url) => {
            url.hostname().clone_into(&mut d.auth.host);
            value.clone_into(&mut d.auth.url);
        }
        Err(why) => {
            let message = format!("`{}` is not a URL: {why}; all sites are served without auth", s::short(value));
            d.tell(key, Effect::Opens, message);
        }
    }),
    ("no-auth-locations", |d, _, value| d.settings.no_auth_locations = locations(value)),
];

fn some(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

/// What needs another key's value.
pub(super) fn check(d: &mut Draft, data: &BTreeMap<String, String>) {
    let name = "global-auth-signin-redirect-param";
    if let Some(value) = data.get(name) {
        let signin = d.auth.signin.clone().unwrap_or_default();
        if s::whole_url(&format!("{signin}?{}=a", value.trim())).is_ok() {
            d.auth.signin_redirect_param = some(value.trim());
        } else {
            d.tell(name, Effect::Ignored, "it has no effect without a good `global-auth-signin`");
        }
    }
    let durations = data.get("global-auth-cache-duration").map_or("", String::as_str);
    d.auth.cache_durations =
        s::cache_durations(durations).or_else(|_| s::cache_durations("")).unwrap_or_default();
    if d.auth.url.is_empty() && !data.contains_key("global-auth-url") {
        let idle: Vec<&String> = data.keys().filter(|key| key.starts_with("global-auth-")).collect();
        for key in idle {
            d.tell(key, Effect::Ignored, "it has no effect without `global-auth-url`");
        }
    }
}
