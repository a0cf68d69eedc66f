//! Names, snippets, logs, ModSecurity.

use std::collections::BTreeSet;

use crate::dialect::ingress::{
    annotation::{
        Effect, ModSecurity, Observe, Snippets,
        reader::{Fault, Reader},
        snippet::Snippet,
    },
    settings::Risk,
};

/// `server-alias`.
pub(in super::super) fn aliases(r: &mut Reader<'_>) -> Vec<String> {
    let text = r.text("server-alias");
    let text = r.or_dropped("server-alias", text, "there is none").unwrap_or_default();
    let names: BTreeSet<&str> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// Snippets that count.
pub(in super::super) fn snippets(r: &mut Reader<'_>) -> Snippets {
    Snippets {
        configuration: snippet(r, "configuration-snippet"),
        server: snippet(r, "server-snippet"),
        stream: snippet(r, "stream-snippet"),
    }
}

fn snippet(r: &mut Reader<'_>, name: &str) -> Option<Snippet> {
    let text = r.text(name);
    let text = r.or_ignored(name, text, "nothing is added")?;
    if !allowed(r, name) {
        return None;
    }
    let snippet = Snippet::read(&text);
    faults(r, name, &snippet);
    Some(snippet)
}

/// Tells what nginx refuses in a snippet.
pub(in super::super) fn faults(r: &mut Reader<'_>, name: &str, snippet: &Snippet) {
    for (line, why) in &snippet.faults {
        let message = format!(
            "line {line}: {why}; nginx refuses the whole configuration, so no later change takes effect"
        );
        r.tell(name, Effect::StopsConfiguration, message);
    }
}

/// Whether snippets count; told where not, unless their risk has dropped the Ingress already.
pub(in super::super) fn allowed(r: &mut Reader<'_>, name: &str) -> bool {
    let security = &r.settings.security;
    let (allowed, dropped) = (security.allow_snippets, security.risk_level < Risk::Critical);
    if !allowed && !dropped {
        r.tell(
            name,
            Effect::Ignored,
            "the setting `allow-snippet-annotations` is false; the snippet is left out",
        );
    }
    allowed
}

/// Logs and traces.
pub(in super::super) fn observe(r: &mut Reader<'_>) -> Observe {
    let mut flag = |name: &str, instead: &str| {
        let got = r.boolean(name);
        r.or_ignored(name, got, instead)
    };
    let access_log = flag("enable-access-log", "`true` is taken").unwrap_or(true);
    let rewrite_log = flag("enable-rewrite-log", "`false` is taken").unwrap_or_default();
    let opentelemetry = flag("enable-opentelemetry", "the setting is taken");
    let mut observe = Observe { access_log, rewrite_log, opentelemetry, ..Observe::default() };
    if opentelemetry == Some(true) {
        observe.trust_incoming_span = flag("opentelemetry-trust-incoming-span", "the setting is taken");
        let operation = r.text("opentelemetry-operation-name");
        observe.operation_name =
            r.or_dropped("opentelemetry-operation-name", operation, "the default is taken");
    }
    observe
}

/// ModSecurity.
pub(in super::super) fn modsecurity(r: &mut Reader<'_>) -> ModSecurity {
    let enabled = r.boolean("enable-modsecurity");
    let enabled = r.or_ignored("enable-modsecurity", enabled, "the setting is taken");
    let rules = r.boolean("enable-owasp-core-rules");
    let owasp_core_rules =
        r.or_ignored("enable-owasp-core-rules", rules, "`false` is taken").unwrap_or_default();
    let id = r.text("modsecurity-transaction-id");
    let transaction_id = r.or_ignored("modsecurity-transaction-id", id, "there is none");
    let snippet = match r.text("modsecurity-snippet") {
        Err(Fault::Missing) => None,
        other => r
            .or_ignored("modsecurity-snippet", other, "nothing is added")
            .filter(|_| allowed(r, "modsecurity-snippet")),
    };
    ModSecurity { enabled, owasp_core_rules, transaction_id, snippet }
}

/// `http2-push-preload`.
pub(in super::super) fn http2_push_preload(r: &mut Reader<'_>) -> bool {
    let got = r.boolean("http2-push-preload");
    r.or_dropped("http2-push-preload", got, "`false` is taken").unwrap_or_default()
}
