//! Cross-origin resource sharing: `HTTPCORSFilter` of Gateway API v1.7.

use std::sync::Arc;

/// Cross-origin resource sharing as Gateway API has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Cors {
    pub origins: Box<[Arc<str>]>,
    pub credentials: bool,
    pub methods: Box<[Arc<str>]>,
    pub headers: Box<[Arc<str>]>,
    pub expose: Box<[Arc<str>]>,
    /// Seconds.
    pub max_age: u32,
}

impl Cors {
    /// The headers for an answer to a request of this origin; empty when the origin is not allowed.
    /// `preflight` gives the asked method and headers of an `OPTIONS` request.
    pub fn answer(
        &self,
        origin: &str,
        preflight: Option<(&str, Option<&str>)>,
    ) -> Vec<(&'static str, String)> {
        if !self.allows(origin) {
            return Vec::new();
        }
        let mut headers = Vec::with_capacity(8);
        // With credentials `*` means nothing to a browser: what was asked for is said back.
        let anyone = !self.credentials && self.origins.iter().any(|allowed| &**allowed == "*");
        let mut vary = Vec::new();
        if anyone {
            headers.push(("access-control-allow-origin", "*".to_owned()));
        } else {
            headers.push(("access-control-allow-origin", origin.to_owned()));
            vary.push("origin");
        }
        if self.credentials {
            headers.push(("access-control-allow-credentials", "true".to_owned()));
        }
        if let Some((method, asked)) = preflight {
            vary.push("access-control-request-method");
            vary.push("access-control-request-headers");
            let methods = self.list(&self.methods, Some(method));
            headers.extend(methods.map(|value| ("access-control-allow-methods", value)));
            let names = self.list(&self.headers, asked);
            headers.extend(names.map(|value| ("access-control-allow-headers", value)));
            headers.push(("access-control-max-age", self.max_age.to_string()));
        }
        if let Some(value) = self.list(&self.expose, None) {
            headers.push(("access-control-expose-headers", value));
        }
        if !vary.is_empty() {
            headers.push(("vary", vary.join(", ")));
        }
        headers
    }

    /// Whether a page of this origin may read the answers.
    pub fn allows(&self, origin: &str) -> bool {
        self.origins.iter().any(|allowed| takes(allowed, origin))
    }

    /// The names as a list. `*` among credentials becomes what was asked, or nothing.
    fn list(&self, names: &[Arc<str>], asked: Option<&str>) -> Option<String> {
        if names.is_empty() {
            return None;
        }
        if self.credentials && names.iter().any(|name| &**name == "*") {
            return asked.map(str::to_owned);
        }
        Some(names.join(", "))
    }
}

/// `*` alone takes every origin; in front of a host it stands for any labels.
fn takes(allowed: &str, origin: &str) -> bool {
    if allowed == "*" {
        return true;
    }
    let (Some((scheme, host, port)), Some(given)) = (parts(allowed), parts(origin)) else {
        return allowed.eq_ignore_ascii_case(origin);
    };
    let same_host = match host.strip_prefix('*') {
        Some(end) => {
            let at = given.1.len().checked_sub(end.len()).filter(|at| *at > 0);
            at.and_then(|at| given.1.get(at..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
        }
        None => host.eq_ignore_ascii_case(given.1),
    };
    same_host && scheme.eq_ignore_ascii_case(given.0) && port == given.2
}

/// Scheme, host and port of an origin; the port of its scheme when none is written.
fn parts(origin: &str) -> Option<(&str, &str, u16)> {
    let (scheme, rest) = origin.split_once("://")?;
    let standard = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
    match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => Some((scheme, host, port.parse().ok()?)),
        Some(_) | None => Some((scheme, rest, standard)),
    }
}

#[cfg(test)]
mod tests;
