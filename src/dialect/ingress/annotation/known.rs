//! Every annotation that the last releases of the controller read: one table.

mod table;

use super::{Effect, validate::Validator};
use crate::dialect::ingress::settings::Risk;

pub use table::KNOWN;

/// One annotation.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The name without the prefix.
    pub name: &'static str,
    /// Another spelling, which counts where this one is absent or empty.
    pub alias: Option<&'static str>,
    /// How dangerous the controller rates it.
    pub risk: Risk,
    /// What it belongs to.
    pub scope: Scope,
    /// What a value that the validator refuses does.
    pub refused: Effect,
    /// The name without which this one has no effect.
    pub needs: Option<&'static str>,
    validator: Validator,
}

/// What an annotation belongs to, however the Ingress is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The paths of this Ingress.
    Location,
    /// The whole host, over all Ingresses; the first that has it wins.
    Server,
    /// The Service and port, over all hosts that use it.
    Backend,
    /// The whole controller.
    Controller,
}

impl Known {
    /// Whether the controller's validator lets a value pass. An empty one always passes; that does not make it useful.
    pub fn accepts(&self, value: &str) -> bool {
        value.is_empty() || (self.validator.accepts)(value)
    }

    /// What it takes: `a whole number`.
    pub fn wants(&self) -> &'static str {
        self.validator.wants
    }
}

/// The annotation with this name, or alias, without its prefix.
pub fn known(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.name == name || known.alias == Some(name))
}

/// Names that earlier releases read, with what to do instead.
const OBSOLETE: &[(&str, &str)] = &[
    ("add-base-url", "no longer read; nothing replaces it"),
    ("base-url-scheme", "no longer read; nothing replaces it"),
    ("enable-dynamic-tls-records", "no longer read; it changed no answer"),
    ("enable-influxdb", "no longer read"),
    ("enable-opentracing", "no longer read; `enable-opentelemetry` is read instead"),
    ("enable-owasp-modsecurity-crs", "a key of the ConfigMap; on an Ingress it is `enable-owasp-core-rules`"),
    ("global-rate-limit", "no longer read; nothing limits the rate now"),
    ("global-rate-limit-header-based", "no longer read; nothing limits the rate now"),
    ("global-rate-limit-ignored-cidrs", "no longer read; nothing limits the rate now"),
    ("global-rate-limit-key", "no longer read; nothing limits the rate now"),
    ("global-rate-limit-window", "no longer read; nothing limits the rate now"),
    ("grpc-backend", "no longer read; `backend-protocol: GRPC` is read instead"),
    ("influxdb-host", "no longer read"),
    ("influxdb-measurement", "no longer read"),
    ("influxdb-port", "no longer read"),
    ("influxdb-server-name", "no longer read"),
    ("lua-resty-waf", "no longer read; there is no firewall now"),
    ("lua-resty-waf-allow-unknown-content-types", "no longer read; there is no firewall now"),
    ("lua-resty-waf-debug", "no longer read; there is no firewall now"),
    ("lua-resty-waf-extra-rules", "no longer read; there is no firewall now"),
    ("lua-resty-waf-ignore-rulesets", "no longer read; there is no firewall now"),
    ("lua-resty-waf-process-multipart-body", "no longer read; there is no firewall now"),
    ("lua-resty-waf-score-threshold", "no longer read; there is no firewall now"),
    ("opentracing-operation-name", "no longer read; `opentelemetry-operation-name` is read instead"),
    (
        "opentracing-trust-incoming-span",
        "no longer read; `opentelemetry-trust-incoming-span` is read instead",
    ),
    ("secure-backends", "no longer read; `backend-protocol: HTTPS` is read instead"),
    ("secure-verify-ca-secret", "no longer read; `proxy-ssl-secret` is read instead"),
    ("session-cookie-hash", "no longer read; it changed no answer"),
];

/// What became of a name that earlier releases read.
pub fn obsolete(name: &str) -> Option<&'static str> {
    OBSOLETE.iter().find(|(old, _)| *old == name).map(|(_, became)| *became)
}

/// The known name that is most like this one, if any is.
pub fn nearest(name: &str) -> Option<&'static str> {
    if name.len() > 64 {
        return None;
    }
    let lower = name.to_ascii_lowercase().replace('_', "-");
    let names = KNOWN.iter().flat_map(|known| std::iter::once(known.name).chain(known.alias));
    names
        .map(|known| (strsim::damerau_levenshtein(&lower, known), known))
        .filter(|(distance, known)| *distance <= 1 + known.len() / 8)
        .min()
        .map(|(_, known)| known)
}
