//! Rules of routes and their rules: names, numbers of matches, redirects, prefixes, timeouts, methods, hostnames.

use std::net::IpAddr;

use serde_json::Value;

use super::{Here, Rule, filters::one_replaces_prefix, has, items, list, rule, text, twins};
use crate::resource::schema::{
    findings::{
        Step::{Field, Item},
        shown,
    },
    metadata::is_subdomain,
};

pub(super) const RULES: &[Rule] = &[
    rule("b9632356", "rule-name-repeated", rule_names),
    rule("823b3264", "too-many-matches", matches_in_all),
    rule("fb648a61", "too-many-matches", matches_in_all),
    rule("274f78fd", "redirect-with-backends", redirect_with_backends),
    rule("ebaa6f3a", "prefix-without-prefix-match", |here, v| prefix(here, v, "requestRedirect")),
    rule("9f7edf77", "prefix-without-prefix-match", |here, v| prefix(here, v, "urlRewrite")),
    rule("d9052424", "prefix-without-prefix-match", |here, v| backend_prefix(here, v, "requestRedirect")),
    rule("446a6273", "prefix-without-prefix-match", |here, v| backend_prefix(here, v, "urlRewrite")),
    rule("040b9860", "timeout-order", timeouts),
    rule("a4e6153d", "grpc-method", service_or_method),
    rule("7cc2e8ba", "grpc-method", |here, v| grpc_name(here, v, "service")),
    rule("2df0a37e", "grpc-method", |here, v| grpc_name(here, v, "method")),
    rule("1b5eb266", "tls-hostname", |here, v| {
        tls_hostname(
            here,
            v,
            |h| h.parse::<IpAddr>().is_err(),
            "is an IP address, and SNI carries names only",
        );
    }),
    rule("8e3d4ece", "tls-hostname", |here, v| {
        tls_hostname(here, v, |h| h.contains('*') || is_subdomain(h), "is no hostname");
    }),
    rule("59a32b5e", "tls-hostname", |here, v| {
        let fits = |h: &str| !h.contains('*') || h.strip_prefix("*.").is_some_and(is_subdomain);
        tls_hostname(here, v, fits, "has its `*` elsewhere than as the first label, or no hostname after it");
    }),
];

fn rule_names(here: &mut Here<'_, '_>, value: &Value) {
    let same = |a: &Value, b: &Value| has(a, "name") && a.get("name") == b.get("name");
    for (first, index) in twins(items(value), same) {
        let message = format!("the rule's name is that of rule [{first}]: names are unique within a route");
        here.tell(&[Item(index), Field("name")], message, "rename it, or take the name out");
    }
}

fn matches_in_all(here: &mut Here<'_, '_>, value: &Value) {
    const MOST: usize = 128;
    let count: usize = items(value).iter().map(|rule| list(rule, "matches").len()).sum();
    if count > MOST {
        let message = format!("{count} matches in all rules are too many: {MOST} are allowed");
        here.tell(&[], message, "split the route");
    }
}

fn redirect_with_backends(here: &mut Here<'_, '_>, value: &Value) {
    if list(value, "backendRefs").is_empty() {
        return;
    }
    if let Some(index) = list(value, "filters").iter().position(|filter| has(filter, "requestRedirect")) {
        let message = "a rule that redirects has no backendRefs: no request would reach them";
        here.tell(&[Field("filters"), Item(index)], message, "take the backendRefs out, or the redirect");
    }
}

/// Whether the rule has one match, and that a prefix: only then is it clear which part is to be replaced.
fn one_prefix(rule: &Value) -> bool {
    match list(rule, "matches") {
        [only] => only.get("path").is_some_and(|path| text(path, "type") == "PathPrefix"),
        _ => false,
    }
}

fn prefix(here: &mut Here<'_, '_>, value: &Value, member: &str) {
    if one_replaces_prefix(value, member) && !one_prefix(value) {
        let message = format!(
            "{member} with replacePrefixMatch needs exactly one match in the rule, of the type PathPrefix"
        );
        here.tell(&[Field("filters")], message, "split the rule, or use ReplaceFullPath");
    }
}

fn backend_prefix(here: &mut Here<'_, '_>, value: &Value, member: &str) {
    let mut replacing = list(value, "backendRefs")
        .iter()
        .enumerate()
        .filter(|(_, backend)| one_replaces_prefix(backend, member));
    if let (Some((index, _)), None) = (replacing.next(), replacing.next())
        && !one_prefix(value)
    {
        let message = format!(
            "{member} with replacePrefixMatch needs exactly one match in the rule, of the type PathPrefix"
        );
        here.tell(
            &[Field("backendRefs"), Item(index), Field("filters")],
            message,
            "split the rule, or use ReplaceFullPath",
        );
    }
}

fn timeouts(here: &mut Here<'_, '_>, value: &Value) {
    let of = |name: &str| value.get(name).and_then(Value::as_str).and_then(milliseconds);
    if let (Some(request), Some(backend)) = (of("request"), of("backendRequest"))
        && request != 0
        && backend > request
    {
        let message = format!(
            "backendRequest `{}` is longer than request `{}`, which bounds all tries together",
            text(value, "backendRequest"),
            text(value, "request")
        );
        here.tell(&[Field("backendRequest")], message, "make it at most as long");
    }
}

/// A duration of GEP-2257; `None` for a text of another form, which the pattern refuses.
fn milliseconds(text: &str) -> Option<u64> {
    let (mut sum, mut rest) = (0u64, text);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at_checked(digits)?;
        let number: u64 = number.parse().ok()?;
        let (unit, left) = [("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)]
            .into_iter()
            .find_map(|(name, unit)| Some((unit, after.strip_prefix(name)?)))?;
        sum = sum.checked_add(number.checked_mul(unit)?)?;
        rest = left;
    }
    Some(sum)
}

fn service_or_method(here: &mut Here<'_, '_>, value: &Value) {
    if has(value, "type") && !has(value, "service") && !has(value, "method") {
        here.tell(&[], "needs a service, a method or both", "add service or method");
    }
}

fn grpc_name(here: &mut Here<'_, '_>, value: &Value, member: &str) {
    let Some(name) = value.get(member).and_then(Value::as_str) else { return };
    if !matches!(text(value, "type"), "" | "Exact") {
        return;
    }
    let word = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    // A service may be qualified, and fully so with a dot in front.
    let fits = match member {
        "service" => name.strip_prefix('.').unwrap_or(name).split('.').all(word),
        _ => word(name),
    };
    if !fits {
        let message = format!("{} is no name of a gRPC {member}", shown(&Value::from(name)));
        here.tell(
            &[Field(member)],
            message,
            "write letters, digits and `_`; for an expression write type: RegularExpression",
        );
    }
}

fn tls_hostname(here: &mut Here<'_, '_>, value: &Value, fits: impl Fn(&str) -> bool, why: &str) {
    for (index, hostname) in items(value).iter().enumerate() {
        if let Some(hostname) = hostname.as_str().filter(|hostname| !fits(hostname)) {
            let message = format!("{} {why}", shown(&Value::from(hostname)));
            here.tell(
                &[Item(index)],
                message,
                "write a name in lower case, like app.example.com or *.example.com",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn durations_are_read_as_gep_2257_writes_them() {
        let cases = [
            ("10s", Some(10_000)),
            ("1h30m", Some(5_400_000)),
            ("1m500ms", Some(60_500)),
            ("0s", Some(0)),
            ("1.5s", None),
            ("10", None),
            ("s", None),
        ];
        for (text, expected) in cases {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }
}
