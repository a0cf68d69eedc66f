//! Sizes, times, retries, rewriting of cookies and `Location`.

use std::time::Duration;

use crate::dialect::ingress::annotation::{
    Effect, HttpVersion, NextUpstream, Proxy, ProxyRedirect, Replace, RetryOn, reader::Reader, units,
};

/// `proxy-*` and `client-body-buffer-size`.
pub(in super::super) fn proxy(r: &mut Reader<'_>) -> Proxy {
    let default = r.settings.proxy.clone();
    let connect_timeout = timeout(r, "proxy-connect-timeout", default.connect_timeout);
    let send_timeout = timeout(r, "proxy-send-timeout", default.send_timeout);
    let read_timeout = timeout(r, "proxy-read-timeout", default.read_timeout);
    let mut on = |name: &str, default: bool| {
        let word = r.text(name);
        r.or_ignored(name, word, "the setting's value is taken").map_or(default, |word| word == "on")
    };
    let buffering = on("proxy-buffering", default.buffering);
    let request_buffering = on("proxy-request-buffering", default.request_buffering);
    let version = r.text("proxy-http-version");
    let http_version =
        match r.or_ignored("proxy-http-version", version, "the setting's value is taken").as_deref() {
            Some("1.0") => HttpVersion::Http10,
            Some(_) => HttpVersion::Http11,
            None => default.http_version,
        };
    Proxy {
        body_size: body_size(r, default.body_size),
        client_body_buffer_size: body_buffer(r).or(default.client_body_buffer_size),
        connect_timeout,
        send_timeout,
        read_timeout,
        next_upstream: next_upstream(r, &default.next_upstream),
        buffering,
        request_buffering,
        buffers: super::proxy_buffers::buffers(r, &default.buffers),
        cookie_domain: replace(r, "proxy-cookie-domain", default.cookie_domain),
        cookie_path: replace(r, "proxy-cookie-path", default.cookie_path),
        redirect: redirect(r, &default.redirect),
        http_version,
    }
}

fn timeout(r: &mut Reader<'_>, name: &str, default: Duration) -> Duration {
    let got = r.number(name);
    let instead = format!("{} s are taken", default.as_secs());
    let Some(seconds) = r.or_ignored(name, got, &instead) else { return default };
    u64::try_from(seconds).map_or_else(
        |_| {
            r.stops(name, "a time is not below 0");
            default
        },
        Duration::from_secs,
    )
}

/// A size that the template takes for none is left to nginx, which has 1 MiB.
fn body_size(r: &mut Reader<'_>, default: Option<u64>) -> Option<u64> {
    let name = "proxy-body-size";
    let got = r.text(name);
    let Some(text) = r.or_ignored(name, got, "the setting's value is taken") else { return default };
    match units::size(&text, true) {
        Some(0) => None,
        Some(bytes) => Some(bytes),
        None => {
            r.tell(name, Effect::Ignored, format!("`{text}` is not a size of nginx; 1 MiB is taken"));
            Some(1 << 20)
        }
    }
}

fn body_buffer(r: &mut Reader<'_>) -> Option<u64> {
    let name = "client-body-buffer-size";
    let got = r.text(name);
    let text = r.or_dropped(name, got, "the setting's value is taken")?;
    let size = units::size(&text, false);
    if size.is_none() {
        r.tell(
            name,
            Effect::Ignored,
            format!("`{text}` is not a size of nginx; the setting's value is taken"),
        );
    }
    size
}

fn next_upstream(r: &mut Reader<'_>, default: &NextUpstream) -> NextUpstream {
    let text = r.text("proxy-next-upstream");
    let text = r.or_ignored("proxy-next-upstream", text, "the setting's value is taken");
    let (conditions, non_idempotent) = match text {
        None => (default.conditions.clone(), default.non_idempotent),
        Some(text) => match conditions(&text) {
            Ok((conditions, non_idempotent)) => {
                (conditions, non_idempotent || r.settings.retry_non_idempotent)
            }
            Err(word) => {
                r.stops("proxy-next-upstream", format!("`{word}` is none of its words"));
                (default.conditions.clone(), default.non_idempotent)
            }
        },
    };
    let tries = r.number("proxy-next-upstream-tries");
    let tries = match r.or_ignored("proxy-next-upstream-tries", tries, "the setting's value is taken") {
        Some(tries) if tries < 0 => {
            r.stops("proxy-next-upstream-tries", "a number of tries is not below 0");
            default.tries
        }
        Some(tries) => u32::try_from(tries).unwrap_or(u32::MAX),
        None => default.tries,
    };
    let limit = r.number("proxy-next-upstream-timeout");
    let timeout = match r.or_ignored("proxy-next-upstream-timeout", limit, "the setting's value is taken") {
        Some(seconds) if seconds < 0 => {
            r.stops("proxy-next-upstream-timeout", "a time is not below 0");
            default.timeout
        }
        Some(0) => None,
        Some(seconds) => Some(Duration::from_secs(seconds.unsigned_abs())),
        None => default.timeout,
    };
    NextUpstream { conditions, non_idempotent, tries, timeout }
}

/// The conditions, and whether `non_idempotent` is among the words.
///
/// # Errors
/// The first word that is none of nginx's.
pub(in crate::dialect::ingress) fn conditions(text: &str) -> Result<(Vec<RetryOn>, bool), String> {
    let (mut conditions, mut non_idempotent, mut off) = (Vec::new(), false, false);
    for word in text.split_ascii_whitespace() {
        let condition = match word {
            "error" => RetryOn::Error,
            "timeout" => RetryOn::Timeout,
            "invalid_header" => RetryOn::InvalidHeader,
            "non_idempotent" => {
                non_idempotent = true;
                continue;
            }
            "off" => {
                off = true;
                continue;
            }
            word => match word.strip_prefix("http_").and_then(|code| code.parse().ok()) {
                Some(code @ (403 | 404 | 429 | 500 | 502 | 503 | 504)) => RetryOn::Status(code),
                _ => return Err(word.to_owned()),
            },
        };
        if !conditions.contains(&condition) {
            conditions.push(condition);
        }
    }
    if off {
        conditions.clear();
    }
    Ok((conditions, non_idempotent))
}

fn replace(r: &mut Reader<'_>, name: &str, default: Option<Replace>) -> Option<Replace> {
    let got = r.text(name);
    let Some(text) = r.or_ignored(name, got, "the setting's value is taken") else { return default };
    match text.split_ascii_whitespace().collect::<Vec<_>>().as_slice() {
        ["off"] => None,
        [from, to] => Some(Replace { from: (*from).to_owned(), to: (*to).to_owned() }),
        _ => {
            r.stops(name, "it is neither `off` nor two words");
            None
        }
    }
}

fn redirect(r: &mut Reader<'_>, default: &ProxyRedirect) -> ProxyRedirect {
    let (default_from, default_to) = match default {
        ProxyRedirect::Off => ("off", "off"),
        ProxyRedirect::Default => ("default", "off"),
        ProxyRedirect::Replace { from, to } => (from.as_str(), to.as_str()),
    };
    let from = r.text("proxy-redirect-from");
    let from = r.or_ignored("proxy-redirect-from", from, "the setting's value is taken");
    let to = r.text("proxy-redirect-to");
    let to = r.or_ignored("proxy-redirect-to", to, "the setting's value is taken");
    let wrote_to = to.is_some();
    let (from, to) = (from.unwrap_or(default_from.to_owned()), to.unwrap_or(default_to.to_owned()));
    match from.as_str() {
        word @ ("off" | "default") => {
            if wrote_to && to != "off" {
                let message = format!("`proxy-redirect-from` is `{word}`; nothing is replaced by it");
                r.tell("proxy-redirect-to", Effect::Ignored, message);
            }
            if word == "off" { ProxyRedirect::Off } else { ProxyRedirect::Default }
        }
        _ if to == "off" => {
            let message = "`proxy-redirect-to` is `off`; nginx's `default` holds instead";
            r.tell("proxy-redirect-from", Effect::Ignored, message);
            ProxyRedirect::Default
        }
        _ => {
            if from.contains(' ') || to.contains(' ') {
                r.stops("proxy-redirect-from", "with `proxy-redirect-to` it is more than two words");
            }
            ProxyRedirect::Replace { from, to }
        }
    }
}
