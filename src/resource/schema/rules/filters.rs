//! Rules of filters: a type and the member of that name, how often, and what they hold.

use serde_json::Value;

use super::{Here, Rule, has, items, list, rule, text};
use crate::resource::schema::findings::Step::{Field, Item};

pub(super) const RULES: &[Rule] = &[
    rule("fa75d1f4", "filter-member", |here, v| {
        unwanted(here, v, "requestHeaderModifier", "RequestHeaderModifier");
    }),
    rule("d54dabf5", "filter-member", |here, v| {
        wanted(here, v, "requestHeaderModifier", "RequestHeaderModifier");
    }),
    rule("fdeffba7", "filter-member", |here, v| {
        unwanted(here, v, "responseHeaderModifier", "ResponseHeaderModifier");
    }),
    rule("9842e6a4", "filter-member", |here, v| {
        wanted(here, v, "responseHeaderModifier", "ResponseHeaderModifier");
    }),
    rule("6c3fd05a", "filter-member", |here, v| unwanted(here, v, "requestMirror", "RequestMirror")),
    rule("98def0bb", "filter-member", |here, v| wanted(here, v, "requestMirror", "RequestMirror")),
    rule("a436a30e", "filter-member", |here, v| unwanted(here, v, "extensionRef", "ExtensionRef")),
    rule("af772e69", "filter-member", |here, v| wanted(here, v, "extensionRef", "ExtensionRef")),
    rule("d768deac", "filter-member", |here, v| unwanted(here, v, "cors", "CORS")),
    rule("8a5e2b41", "filter-member", |here, v| wanted(here, v, "cors", "CORS")),
    rule("f2302b8b", "filter-member", |here, v| unwanted(here, v, "requestRedirect", "RequestRedirect")),
    rule("67b1f510", "filter-member", |here, v| wanted(here, v, "requestRedirect", "RequestRedirect")),
    rule("541d321e", "filter-member", |here, v| unwanted(here, v, "urlRewrite", "URLRewrite")),
    rule("0ac91885", "filter-member", |here, v| wanted(here, v, "urlRewrite", "URLRewrite")),
    rule("9d403db2", "filter-member", |here, v| unwanted(here, v, "externalAuth", "ExternalAuth")),
    rule("64bcb0b4", "filter-member", |here, v| wanted(here, v, "externalAuth", "ExternalAuth")),
    rule("4c54e4fe", "filter-repeated", |here, v| once(here, v, "RequestHeaderModifier")),
    rule("b341b2c5", "filter-repeated", |here, v| once(here, v, "ResponseHeaderModifier")),
    rule("4d2192ec", "filter-repeated", |here, v| once(here, v, "CORS")),
    rule("44206c53", "filter-repeated", |here, v| once(here, v, "RequestRedirect")),
    rule("604dc0fc", "filter-repeated", |here, v| once(here, v, "URLRewrite")),
    rule("c7738f33", "redirect-and-rewrite", redirect_and_rewrite),
    rule("08a86df4", "mirror-share", percent_or_fraction),
    rule("fe29963e", "mirror-share", at_most_one),
    rule("651072d0", "cors-wildcard", wildcard_alone),
    rule("1bd81730", "cors-wildcard", wildcard_alone),
    rule("3d2184b7", "cors-wildcard", wildcard_alone),
    rule("70e145ab", "path-modifier-member", |here, v| wanted(here, v, "replaceFullPath", "ReplaceFullPath")),
    rule("b142ed73", "path-modifier-member", |here, v| {
        unwanted(here, v, "replaceFullPath", "ReplaceFullPath");
    }),
    rule("644301a2", "path-modifier-member", |here, v| {
        wanted(here, v, "replacePrefixMatch", "ReplacePrefixMatch");
    }),
    rule("95d55bff", "path-modifier-member", |here, v| {
        unwanted(here, v, "replacePrefixMatch", "ReplacePrefixMatch");
    }),
];

/// The member stands beside another type.
fn unwanted(here: &mut Here<'_, '_>, value: &Value, member: &str, of: &str) {
    let kind = text(value, "type");
    if has(value, member) && kind != of {
        let message = format!("`{member}` belongs to the type {of}, and the type is {kind}");
        here.tell(&[Field(member)], message, format!("write type: {of}, or take `{member}` out"));
    }
}

/// The type lacks its member.
fn wanted(here: &mut Here<'_, '_>, value: &Value, member: &str, of: &str) {
    if !has(value, member) && text(value, "type") == of {
        here.tell(
            &[],
            format!("the type {of} needs `{member}`"),
            format!("add `{member}`, or change the type"),
        );
    }
}

fn once(here: &mut Here<'_, '_>, value: &Value, kind: &str) {
    let same = items(value).iter().enumerate().filter(|(_, filter)| text(filter, "type") == kind);
    for (index, _) in same.skip(1) {
        let message = format!("a filter of the type {kind} is there before: it can not be repeated");
        here.tell(&[Item(index)], message, "put both into one filter");
    }
}

fn redirect_and_rewrite(here: &mut Here<'_, '_>, value: &Value) {
    let of = |kind: &str| items(value).iter().any(|filter| text(filter, "type") == kind);
    if of("RequestRedirect") && of("URLRewrite") {
        here.tell(&[], "RequestRedirect and URLRewrite exclude each other", "keep one of the two");
    }
}

fn percent_or_fraction(here: &mut Here<'_, '_>, value: &Value) {
    if has(value, "percent") && has(value, "fraction") {
        here.tell(&[Field("fraction")], "percent and fraction exclude each other", "keep one of the two");
    }
}

fn at_most_one(here: &mut Here<'_, '_>, value: &Value) {
    let number = |name: &str| value.get(name).and_then(Value::as_i64);
    if let (Some(numerator), Some(denominator)) = (number("numerator"), number("denominator"))
        && numerator > denominator
    {
        let message = format!("numerator `{numerator}` is larger than denominator `{denominator}`");
        here.tell(&[Field("numerator")], message, "a share is at most 1");
    }
}

fn wildcard_alone(here: &mut Here<'_, '_>, value: &Value) {
    let list = items(value);
    if list.len() > 1
        && let Some(index) = list.iter().position(|entry| entry == "*")
    {
        here.tell(&[Item(index)], "`*` stands alone or not at all", "keep `*`, or the names");
    }
}

/// Whether a filter replaces a matched prefix, in the member given.
pub(super) fn replaces_prefix(filter: &Value, member: &str) -> bool {
    filter
        .get(member)
        .and_then(|member| member.get("path"))
        .is_some_and(|path| text(path, "type") == "ReplacePrefixMatch" && has(path, "replacePrefixMatch"))
}

/// Whether exactly one filter of this object's list replaces a matched prefix: the CRDs ask for one, not for any.
pub(super) fn one_replaces_prefix(of: &Value, member: &str) -> bool {
    list(of, "filters").iter().filter(|filter| replaces_prefix(filter, member)).count() == 1
}
