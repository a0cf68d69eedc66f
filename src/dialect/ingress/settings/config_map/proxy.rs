//! `proxy-*`: the defaults of the annotations of the same names.

use std::time::Duration;

use super::{Set, flag};
use crate::dialect::ingress::{
    annotation::{Effect, HttpVersion, setting as s},
    settings::draft::Draft,
};

#[rustfmt::skip]
pub(super) const ROWS: &[(&str, Set)] = &[
    ("client-body-buffer-size", |d, key, value| if let Some(size) = d.size(key, value) { d.settings.proxy.client_body_buffer_size = Some(size); }),
    ("proxy-body-size", |d, key, value| {
        d.settings.proxy.body_size = match d.offset(key, value, "1 MiB") { Some(0) => None, Some(size) => Some(size), None => Some(1 << 20) };
    }),
    ("proxy-buffer-size", |d, key, value| if let Some(size) = d.size(key, value) { d.settings.proxy.buffers.size = size; }),
    ("proxy-buffering", |d, key, value| if let Some(on) = d.on_off(key, value) { d.settings.proxy.buffering = on; }),
    ("proxy-buffers-number", |d, key, value| if let Some(count) = d.count(key, value) {
        if count >= 2 { d.settings.proxy.buffers.number = count; } else { d.stops(key, value, "at least 2"); }
    }),
    ("proxy-busy-buffers-size", |d, key, value| if !value.is_empty() { d.settings.proxy.buffers.busy = d.size(key, value); }),
    ("proxy-connect-timeout", |d, key, value| if let Some(time) = d.seconds(key, value) { d.settings.proxy.connect_timeout = time; }),
    ("proxy-cookie-domain", |d, key, value| d.settings.proxy.cookie_domain = d.replace(key, value)),
    ("proxy-cookie-path", |d, key, value| d.settings.proxy.cookie_path = d.replace(key, value)),
    ("proxy-http-version", |d, key, value| match value {
        "1.0" => d.settings.proxy.http_version = HttpVersion::Http10,
        "1.1" => d.settings.proxy.http_version = HttpVersion::Http11,
        _ => d.stops(key, value, "`1.0` or `1.1`"),
    }),
    ("proxy-max-temp-file-size", |d, key, value| d.settings.proxy.buffers.max_temp_file = d.offset(key, value, "nginx's default of 1 GiB")),
    ("proxy-next-upstream", next_upstream),
    ("proxy-next-upstream-timeout", |d, key, value| if let Some(time) = d.seconds(key, value) {
        d.settings.proxy.next_upstream.timeout = (time > Duration::ZERO).then_some(time);
    }),
    ("proxy-next-upstream-tries", |d, key, value| if let Some(count) = d.count(key, value) { d.settings.proxy.next_upstream.tries = count; }),
    ("proxy-read-timeout", |d, key, value| if let Some(time) = d.seconds(key, value) { d.settings.proxy.read_timeout = time; }),
    ("proxy-redirect-from", |d, _, value| value.clone_into(&mut d.redirect_from)),
    ("proxy-redirect-to", |d, _, value| value.clone_into(&mut d.redirect_to)),
    ("proxy-request-buffering", |d, key, value| if let Some(on) = d.on_off(key, value) { d.settings.proxy.request_buffering = on; }),
    ("proxy-send-timeout", |d, key, value| if let Some(time) = d.seconds(key, value) { d.settings.proxy.send_timeout = time; }),
    ("retry-non-idempotent", flag!(settings.retry_non_idempotent)),
];

fn next_upstream(d: &mut Draft, key: &str, value: &str) {
    match s::conditions(value) {
        Ok((conditions, non_idempotent)) => {
            d.settings.proxy.next_upstream.conditions = conditions;
            d.settings.proxy.next_upstream.non_idempotent |= non_idempotent;
            if value.trim().is_empty() {
                let message = "it is empty; nginx refuses the whole configuration";
                d.tell(key, Effect::StopsConfiguration, message);
            }
        }
        Err(word) => d.stops(key, &word, "a word of nginx's `proxy_next_upstream`"),
    }
}
