//! Mistakes in a rule that are no fault: it does what it says, and not what its author may think.

use std::sync::LazyLock;

use regex::Regex;

use super::fault::Fault;
use crate::{
    resource::{
        Severity,
        gateway_api::{Filter, HeaderModifier, HttpRule, PathModifier},
    },
    routing::HeaderEdits,
};

/// All that is worth a word about one rule.
pub(super) fn of(spec: &HttpRule, place: &str) -> Vec<Fault> {
    let mut notes = Vec::new();
    if !spec.backend_refs.is_empty() && spec.backend_refs.iter().all(|backend| backend.weight == 0) {
        notes.push(
            Fault::note(
                Severity::Warning,
                "weight-all-zero",
                "all weights are 0: all requests of the rule answer 500",
            )
            .cure("give at least one backend a weight")
            .at(format!("{place}.backendRefs")),
        );
    }
    filters(&spec.filters, &format!("{place}.filters"), &mut notes);
    for (n, backend) in spec.backend_refs.iter().enumerate() {
        filters(&backend.filters, &format!("{place}.backendRefs[{n}].filters"), &mut notes);
    }
    notes
}

fn filters(filters: &[Filter], place: &str, notes: &mut Vec<Fault>) {
    for (n, filter) in filters.iter().enumerate() {
        let place = format!("{place}[{n}]");
        let modifiers = [
            ("requestHeaderModifier", &filter.request_header_modifier),
            ("responseHeaderModifier", &filter.response_header_modifier),
        ];
        for (member, modifier) in modifiers {
            let Some(modifier) = modifier else { continue };
            notes.extend(fixed(modifier, &format!("{place}.{member}")));
            for (list, pairs) in [("set", &modifier.set), ("add", &modifier.add)] {
                for (m, pair) in pairs.iter().enumerate() {
                    if let Some(template) = in_header(&pair.value) {
                        let who =
                            if member == "requestHeaderModifier" { "the backend" } else { "the client" };
                        let field = format!("{place}.{member}.{list}[{m}].value");
                        notes.push(literal(template, who, &format!("in header {}", pair.name)).at(field));
                    }
                }
            }
        }
        let paths = [
            (
                "urlRewrite.path",
                filter.url_rewrite.as_ref().and_then(|rewrite| rewrite.path.as_ref()),
                "the backend",
            ),
            (
                "requestRedirect.path",
                filter.request_redirect.as_ref().and_then(|r| r.path.as_ref()),
                "the client",
            ),
        ];
        for (member, path, who) in paths {
            let Some((value_of, template)) = path.and_then(in_path) else { continue };
            notes.push(literal(template, who, "in the path").at(format!("{place}.{member}.{value_of}")));
        }
    }
}

/// Edits of headers that a proxy keeps to itself.
fn fixed(modifier: &HeaderModifier, place: &str) -> Vec<Fault> {
    let pairs = [("set", &modifier.set), ("add", &modifier.add)];
    let names = pairs.into_iter().flat_map(|(list, pairs)| {
        pairs
            .iter()
            .enumerate()
            .map(move |(n, pair)| (pair.name.as_str(), format!("{place}.{list}[{n}].name")))
    });
    let removed =
        modifier.remove.iter().enumerate().map(|(n, name)| (name.as_str(), format!("{place}.remove[{n}]")));
    names
        .chain(removed)
        .filter(|(name, _)| HeaderEdits::is_fixed(name))
        .map(|(name, field)| {
            let message = format!(
                "header {name} frames the message or speaks of one connection: the proxy writes it, and no filter"
            );
            Fault::note(Severity::Warning, "fixed-header", message).cure("take the header out").at(field)
        })
        .collect()
}

fn literal(template: &str, who: &str, whereabouts: &str) -> Fault {
    Fault::note(
        Severity::Warning,
        "literal-template",
        format!("`{template}` is no template in Gateway API: {who} gets these very characters {whereabouts}"),
    )
    .cure("write the value itself, or use an extension of your implementation that has variables")
}

/// Go templates, shell and nginx variables, Envoy's command operators.
const TEMPLATES: &str = r"\{\{.*?\}\}|\$\{[^}]*\}|\$[a-z][a-z0-9_]+|%[A-Z][A-Z_]+(?:\([^)]*\))?%";

#[expect(clippy::expect_used, reason = "the expression is a constant, and a test compiles it")]
fn in_header(value: &str) -> Option<&str> {
    static HEADER: LazyLock<Regex> = LazyLock::new(|| Regex::new(TEMPLATES).expect("a constant"));
    let may = value.contains("{{") || value.contains('$') || value.contains('%');
    may.then(|| HEADER.find(value)).flatten().map(|found| found.as_str())
}

/// In a path a `$1` is one too: nginx's captures.
#[expect(clippy::expect_used, reason = "the expression is a constant, and a test compiles it")]
fn in_path(path: &PathModifier) -> Option<(&'static str, &str)> {
    static PATH: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(&format!(r"{TEMPLATES}|\$[0-9]|\\[0-9]")).expect("a constant"));
    [("replaceFullPath", &path.replace_full_path), ("replacePrefixMatch", &path.replace_prefix_match)]
        .into_iter()
        .find_map(|(member, value)| Some((member, PATH.find(value.as_deref()?)?.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::gateway_api::PathModifierType;

    #[test]
    fn templates_of_other_tools_are_seen_and_prices_are_not() {
        let cases = [
            ("{{ .RemoteAddr }}", Some("{{ .RemoteAddr }}"), "Go, as the article has it"),
            ("a ${request_id} b", Some("${request_id}"), "shell"),
            ("$remote_addr", Some("$remote_addr"), "nginx"),
            ("%DOWNSTREAM_REMOTE_ADDRESS%", Some("%DOWNSTREAM_REMOTE_ADDRESS%"), "Envoy"),
            ("%REQ(X-ID)%", Some("%REQ(X-ID)%"), "Envoy with an argument"),
            ("costs $5", None, "a price"),
            ("100%", None, "a share"),
            ("a%20b%2Fc", None, "percent-encoded"),
            ("max-age=31536000; includeSubDomains", None, "an ordinary value"),
        ];
        for (value, found, why) in cases {
            assert_eq!(in_header(value), found, "{value}: {why}");
        }
    }

    #[test]
    fn headers_that_no_filter_reaches_are_told_with_their_fields() {
        let modifier: HeaderModifier = serde_json::from_value(serde_json::json!({
            "set": [{"name": "X-A", "value": "1"}, {"name": "Content-Length", "value": "5"}],
            "add": [{"name": "connection", "value": "close"}, {"name": "Host", "value": "a.example"}],
            "remove": ["Cookie", "Transfer-Encoding"],
        }))
        .unwrap();
        let fields: Vec<_> = fixed(&modifier, "f").into_iter().filter_map(|fault| fault.field).collect();
        assert_eq!(fields, ["f.set[1].name", "f.add[0].name", "f.remove[1]"]);
    }

    #[test]
    fn captures_in_a_path_are_seen() {
        let full = |value: &str| PathModifier {
            kind: PathModifierType::ReplaceFullPath,
            replace_full_path: Some(value.to_owned()),
            replace_prefix_match: None,
        };
        assert_eq!(in_path(&full("/$1")), Some(("replaceFullPath", "$1")), "as in rewrite-target");
        assert_eq!(in_path(&full("/x$request_uri")), Some(("replaceFullPath", "$request_uri")), "nginx");
        assert_eq!(in_path(&full("/plain")), None);
    }
}
