//! Settings in the making: values by key, and what there is to tell about them.

use std::time::Duration;

use super::{Hsts, SettingFinding, Settings};
use crate::dialect::ingress::annotation::{Effect, ExternalAuth, ProxyRedirect, Replace, setting as s};

/// What is not yet in its final form.
pub(super) struct Draft {
    pub(super) settings: Settings,
    pub(super) hsts_on: bool,
    pub(super) hsts: Hsts,
    pub(super) redirect_from: String,
    pub(super) redirect_to: String,
    /// `global-auth-*`, whether there is a URL or not.
    pub(super) auth: ExternalAuth,
    pub(super) findings: Vec<SettingFinding>,
}

impl Draft {
    pub(super) fn new(settings: Settings) -> Self {
        let hsts = settings.tls.hsts.clone().unwrap_or_else(|| Hsts {
            max_age: "31536000".into(),
            include_subdomains: true,
            preload: false,
        });
        Self {
            hsts_on: true,
            hsts,
            redirect_from: "off".into(),
            redirect_to: "off".into(),
            auth: ExternalAuth::default(),
            findings: Vec::new(),
            settings,
        }
    }

    pub(super) fn tell(&mut self, key: &str, effect: Effect, message: impl Into<String>) {
        self.findings.push(SettingFinding::new(key, effect, message));
    }

    pub(super) fn ignored(&mut self, key: &str, value: &str, wants: &str) {
        self.tell(
            key,
            Effect::Ignored,
            format!("`{}` is not {wants}; the default is taken", s::short(value)),
        );
    }

    pub(super) fn stops(&mut self, key: &str, value: &str, wants: &str) {
        let value = s::short(value);
        let message = format!("`{value}` is not {wants}; nginx refuses the whole configuration");
        self.tell(key, Effect::StopsConfiguration, message);
    }

    /// A boolean: an empty text is `false`.
    pub(super) fn boolean(&mut self, key: &str, value: &str) -> Option<bool> {
        let read = if value.is_empty() { Some(false) } else { s::boolean(value) };
        if read.is_none() {
            self.ignored(key, value, "`true` or `false`");
        }
        read
    }

    /// A whole number: an empty text is 0, and `0x10` is one too.
    pub(super) fn number(&mut self, key: &str, value: &str) -> Option<i64> {
        let digits = value.strip_prefix("0x").or_else(|| value.strip_prefix("0X"));
        let read = match (value, digits) {
            ("", _) => Some(0),
            (_, Some(digits)) => i64::from_str_radix(digits, 16).ok(),
            (_, None) if value.len() > 1 && value.starts_with('0') => i64::from_str_radix(value, 8).ok(),
            (_, None) => s::integer(value),
        };
        if read.is_none() {
            self.ignored(key, value, "a whole number");
        }
        read
    }

    pub(super) fn seconds(&mut self, key: &str, value: &str) -> Option<Duration> {
        let number = self.number(key, value)?;
        let seconds = u64::try_from(number).ok();
        if seconds.is_none() {
            self.stops(key, value, "a time of 0 s or more");
        }
        seconds.map(Duration::from_secs)
    }

    pub(super) fn count(&mut self, key: &str, value: &str) -> Option<u32> {
        let number = self.number(key, value)?;
        let count = u32::try_from(number).ok();
        if count.is_none() {
            self.stops(key, value, "a number of 0 or more");
        }
        count
    }

    /// A size that goes into the configuration as it is.
    pub(super) fn size(&mut self, key: &str, value: &str) -> Option<u64> {
        let size = s::size(value, false);
        if size.is_none() {
            self.stops(key, value, "a size of nginx as `8k` or `1m`");
        }
        size
    }

    /// A size that the template leaves out where it is none.
    pub(super) fn offset(&mut self, key: &str, value: &str, instead: &str) -> Option<u64> {
        let size = s::size(value, true);
        if size.is_none() {
            let message = format!("`{}` is not a size of nginx; {instead} is taken", s::short(value));
            self.tell(key, Effect::Ignored, message);
        }
        size
    }

    pub(super) fn on_off(&mut self, key: &str, value: &str) -> Option<bool> {
        match value {
            "on" => Some(true),
            "off" => Some(false),
            _ => {
                self.stops(key, value, "`on` or `off`");
                None
            }
        }
    }

    pub(super) fn replace(&mut self, key: &str, value: &str) -> Option<Replace> {
        match value.split_ascii_whitespace().collect::<Vec<_>>().as_slice() {
            ["off"] => None,
            [from, to] => Some(Replace { from: (*from).to_owned(), to: (*to).to_owned() }),
            _ => {
                self.stops(key, value, "`off` or two words");
                None
            }
        }
    }

    /// Addresses and networks, each checked by nginx.
    pub(super) fn networks(&mut self, key: &str, value: &str) -> Vec<ipnet::IpNet> {
        let mut networks = Vec::new();
        for item in list(value) {
            match s::network(&item) {
                Some(network) => networks.push(network),
                None => self.stops(key, &item, "an address or a network"),
            }
        }
        networks
    }

    /// The settings, put together.
    pub(super) fn finish(mut self) -> (Settings, Vec<SettingFinding>) {
        self.settings.tls.hsts = self.hsts_on.then_some(self.hsts);
        self.settings.proxy.redirect = match (self.redirect_from.as_str(), self.redirect_to.as_str()) {
            ("off", _) => ProxyRedirect::Off,
            ("default", _) | (_, "off") => ProxyRedirect::Default,
            (from, to) => ProxyRedirect::Replace { from: from.to_owned(), to: to.to_owned() },
        };
        self.settings.proxy.next_upstream.non_idempotent |= self.settings.retry_non_idempotent;
        if !self.auth.url.is_empty() {
            self.settings.global_auth = Some(self.auth);
        }
        self.findings.sort();
        (self.settings, self.findings)
    }
}

/// The parts of a list without the space around them; empty ones are skipped, those of spaces only are not.
pub(super) fn list(value: &str) -> Vec<String> {
    value.split(',').filter(|part| !part.is_empty()).map(|part| part.trim().to_owned()).collect()
}
