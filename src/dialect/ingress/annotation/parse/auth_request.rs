//! `auth-url` and what belongs to it.

use super::rest::{allowed, faults};
use std::{collections::BTreeMap, time::Duration};

use crate::dialect::ingress::annotation::{
    AuthKeepalive, Effect, ExternalAuth,
    reader::{Fault, Reader},
    snippet::Snippet,
    units, validate,
};

/// What answers are kept for where nothing is written.
pub(in crate::dialect::ingress) const CACHE: &str = "200 202 401 5m";

/// The auth request. The first value that can not be used decides what becomes of all of it.
pub(in super::super) fn external_auth(r: &mut Reader<'_>) -> Option<ExternalAuth> {
    let got = r.text("auth-url");
    if got == Err(Fault::Unusable) {
        r.tell("auth-url", Effect::Opens, "the value is empty; requests pass without an auth request");
        return None;
    }
    let url = r.or_dropped("auth-url", got, "")?;
    let host = match units::whole_url(&url) {
        Ok(parts) => parts.hostname().to_owned(),
        Err(why) => {
            r.deny("auth-url", format!("`{url}` is not a URL: {why}"));
            return None;
        }
    };
    let keeps_hosts = url
        .find("//")
        .is_none_or(|at| !url[at + 2..].split(['/', '?']).next().unwrap_or_default().contains('$'));
    let method = match r.text("auth-method") {
        Err(Fault::Refused) => {
            let complaint = r.complaint("auth-method");
            r.deny("auth-method", complaint);
            return None;
        }
        other => r.or_ignored("auth-method", other, "the method of the request is taken"),
    };
    let signin = r.text("auth-signin");
    let signin = r.or_ignored("auth-signin", signin, "a 401 is passed on without a redirect");
    let param = r.text("auth-signin-redirect-param");
    let signin_redirect_param = r.or_ignored("auth-signin-redirect-param", param, "`rd` is taken");
    let snippet = r.text("auth-snippet");
    let snippet = r
        .or_ignored("auth-snippet", snippet, "nothing is added")
        .filter(|_| allowed(r, "auth-snippet"))
        .map(|text| Snippet::read(&text));
    if let Some(snippet) = &snippet {
        faults(r, "auth-snippet", snippet);
    }
    let cache_key = r.text("auth-cache-key");
    let cache_key = r.or_ignored("auth-cache-key", cache_key, "each request asks anew");
    let keepalive = keepalive(r, keeps_hosts);
    let durations = r.text("auth-cache-duration");
    if durations == Err(Fault::Refused) {
        return opens(r, "auth-cache-duration");
    }
    let durations =
        r.or_ignored("auth-cache-duration", durations, "the default is taken").unwrap_or_default();
    let cache_durations = match cache_durations(&durations) {
        Ok(durations) => durations,
        Err(bad) => {
            r.deny("auth-cache-duration", format!("`{bad}` is not statuses and a time as `200 202 10m`"));
            return None;
        }
    };
    let response_headers = response_headers(r)?;
    let set_headers = set_headers(r)?;
    let redirect = r.text("auth-request-redirect");
    if redirect == Err(Fault::Refused) {
        return opens(r, "auth-request-redirect");
    }
    let request_redirect = r.or_ignored("auth-request-redirect", redirect, "no header is sent");
    if request_redirect.as_ref().is_some_and(|text| text.contains(char::is_whitespace)) {
        r.stops("auth-request-redirect", "it holds a space");
    }
    let always = r.boolean("auth-always-set-cookie");
    if always == Err(Fault::Refused) {
        return opens(r, "auth-always-set-cookie");
    }
    let always_set_cookie =
        r.or_ignored("auth-always-set-cookie", always, "`false` is taken").unwrap_or_default();
    Some(ExternalAuth {
        url,
        host,
        method,
        signin,
        signin_redirect_param,
        response_headers,
        request_redirect,
        set_headers,
        snippet,
        cache_key,
        cache_durations,
        keepalive,
        always_set_cookie,
    })
}

/// `enable-global-auth`.
pub(in super::super) fn global_auth(r: &mut Reader<'_>) -> bool {
    let got = r.boolean("enable-global-auth");
    r.or_ignored("enable-global-auth", got, "`true` is taken").unwrap_or(true)
}

/// The controller drops the whole of the auth because of this value, and serves the site all the same.
fn opens(r: &mut Reader<'_>, name: &str) -> Option<ExternalAuth> {
    let message = format!(
        "{}; the controller drops the whole of `auth-url` and serves the site without",
        r.complaint(name)
    );
    r.tell(name, Effect::Opens, message);
    None
}

fn keepalive(r: &mut Reader<'_>, keeps_hosts: bool) -> Option<AuthKeepalive> {
    let mut number = |name: &str, default: i64| {
        let got = r.number(name);
        r.or_ignored(name, got, &format!("{default} is taken")).unwrap_or(default)
    };
    let connections = number("auth-keepalive", 0);
    let requests = number("auth-keepalive-requests", 1000);
    let timeout = number("auth-keepalive-timeout", 60);
    let share = r.boolean("auth-keepalive-share-vars");
    let share_vars = r.or_ignored("auth-keepalive-share-vars", share, "`false` is taken").unwrap_or_default();
    if connections <= 0 {
        return None;
    }
    if requests <= 0 || timeout <= 0 || !keeps_hosts {
        let why =
            if keeps_hosts { "requests or timeout is not above 0" } else { "the URL's host is a variable" };
        r.tell("auth-keepalive", Effect::Ignored, format!("{why}; no connection is kept"));
        return None;
    }
    Some(AuthKeepalive {
        connections: u32::try_from(connections).unwrap_or(u32::MAX),
        share_vars,
        requests: u32::try_from(requests).unwrap_or(u32::MAX),
        timeout: Duration::from_secs(timeout.unsigned_abs()),
    })
}

/// The durations, the default where there are none.
///
/// # Errors
/// The first that is none.
pub(in crate::dialect::ingress) fn cache_durations(text: &str) -> Result<Vec<String>, String> {
    let mut durations = Vec::new();
    for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        if !is_duration(item) {
            return Err(item.to_owned());
        }
        durations.push(item.to_owned());
    }
    if durations.is_empty() {
        durations.push(CACHE.to_owned());
    }
    Ok(durations)
}

/// Statuses, then a time; other words are passed over, as the controller does.
fn is_duration(item: &str) -> bool {
    let mut timed = false;
    for word in item.split(' ').filter(|word| !word.is_empty()) {
        if word.len() == 3 && word.bytes().all(|b| b.is_ascii_digit()) {
            if timed {
                return false;
            }
            continue;
        }
        let digits = word.trim_start_matches(|c: char| c.is_ascii_digit());
        timed |= digits.len() < word.len() && ["ms", "s", "m", "h", "d", "w", "M", "y"].contains(&digits);
    }
    timed
}

fn response_headers(r: &mut Reader<'_>) -> Option<Vec<String>> {
    let name = "auth-response-headers";
    let text = r.text(name);
    if text == Err(Fault::Refused) {
        let complaint = r.complaint(name);
        r.deny(name, complaint);
        return None;
    }
    let text = r.or_ignored(name, text, "nothing is copied").unwrap_or_default();
    let names: Vec<String> =
        text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if let Some(bad) = names.iter().find(|name| !validate::header_name(name)) {
        r.deny(name, format!("`{bad}` is not the name of a header"));
        return None;
    }
    Some(names)
}

fn set_headers(r: &mut Reader<'_>) -> Option<BTreeMap<String, String>> {
    let name = "auth-proxy-set-headers";
    let written = r.text(name);
    let Some(written) = r.or_ignored(name, written, "nothing is added") else { return Some(BTreeMap::new()) };
    let Some(reference) = r.reference(&written) else {
        r.deny(name, format!("`{written}` is not `namespace/name`"));
        return None;
    };
    if !r.may_use(&reference.namespace) {
        r.deny(name, format!("the ConfigMap `{reference}` is in another namespace"));
        return None;
    }
    let found =
        written.contains('/').then(|| r.lookup.config_map(&reference.namespace, &reference.name)).flatten();
    let Some(data) = found else {
        let why = if written.contains('/') { "there is none" } else { "the namespace must be written too" };
        r.deny(name, format!("the ConfigMap `{written}` is not found: {why}"));
        return None;
    };
    if let Some(bad) = data.keys().find(|key| !validate::header_name(key)) {
        r.deny(name, format!("`{bad}` in the ConfigMap `{reference}` is not the name of a header"));
        return None;
    }
    Some((*data).clone())
}
