//! What the directives of a snippet become in Gateway API.

use crate::dialect::ingress::annotation::snippet::{Directive, RewriteFlag, Snippet};

/// Directives that have a field in Gateway API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Idiom {
    /// `more_set_headers "Name: value"`, `add_header Name value`
    SetResponseHeader,
    /// `more_clear_headers Name`, `proxy_hide_header Name`
    RemoveResponseHeader,
    /// `proxy_set_header Name value`
    SetRequestHeader,
    /// `proxy_set_header Name ""`
    RemoveRequestHeader,
    /// `return 301 https://…`
    Redirect,
    /// `rewrite ^/old$ /new redirect`
    RewriteRedirect,
    /// `rewrite ^/old/(.*)$ /new/$1 break`
    Rewrite,
}

impl Idiom {
    /// The field that it becomes.
    pub fn becomes(self) -> &'static str {
        match self {
            Self::SetResponseHeader => "HTTPRoute.spec.rules[].filters[].responseHeaderModifier.set",
            Self::RemoveResponseHeader => "HTTPRoute.spec.rules[].filters[].responseHeaderModifier.remove",
            Self::SetRequestHeader => "HTTPRoute.spec.rules[].filters[].requestHeaderModifier.set",
            Self::RemoveRequestHeader => "HTTPRoute.spec.rules[].filters[].requestHeaderModifier.remove",
            Self::Redirect | Self::RewriteRedirect => "HTTPRoute.spec.rules[].filters[].requestRedirect",
            Self::Rewrite => "HTTPRoute.spec.rules[].filters[].urlRewrite",
        }
    }

    /// What a directive is; none when it has no field.
    pub fn of(directive: &Directive) -> Option<Self> {
        match directive {
            // For some statuses or types only there is no field.
            Directive::SetResponseHeaders { headers, statuses, types } => {
                let all = statuses.is_empty() && types.is_empty() && !headers.is_empty();
                (all && headers.iter().all(|(_, value)| fixed(value) && !value.is_empty()))
                    .then_some(Self::SetResponseHeader)
            }
            Directive::ClearResponseHeaders { names, statuses, types } => {
                let all = statuses.is_empty() && types.is_empty() && !names.is_empty();
                (all && names.iter().all(|name| !name.contains('*'))).then_some(Self::RemoveResponseHeader)
            }
            Directive::SetInputHeaders(headers) => {
                headers.iter().all(|(_, value)| fixed(value)).then_some(Self::SetRequestHeader)
            }
            Directive::ClearInputHeaders(names) => {
                names.iter().all(|name| !name.contains('*')).then_some(Self::RemoveRequestHeader)
            }
            Directive::AddHeader { value, .. } => fixed(value).then_some(Self::SetResponseHeader),
            Directive::ProxySetHeader { value, .. } if value.is_empty() => Some(Self::RemoveRequestHeader),
            Directive::ProxySetHeader { value, .. } => fixed(value).then_some(Self::SetRequestHeader),
            Directive::ProxyHideHeader(_) => Some(Self::RemoveResponseHeader),
            Directive::Return(said) => {
                let to = said.text.as_deref().filter(|_| said.redirects())?;
                let plain = to.replace("$host", "").replace("$request_uri", "");
                (fixed(&plain) && !plain.contains('?')).then_some(Self::Redirect)
            }
            Directive::Rewrite { pattern, replacement, flag } => match flag {
                RewriteFlag::Redirect | RewriteFlag::Permanent => {
                    (literal(pattern) && fixed(replacement)).then_some(Self::RewriteRedirect)
                }
                RewriteFlag::Break => ((literal(pattern) && fixed(replacement))
                    || (prefix(pattern) && tail(replacement)))
                .then_some(Self::Rewrite),
                RewriteFlag::None | RewriteFlag::Last => None,
            },
            Directive::If { .. }
            | Directive::Set { .. }
            | Directive::Allow(_)
            | Directive::Deny(_)
            | Directive::MaxBodySize(_)
            | Directive::Timeout(..)
            | Directive::Expires(_)
            | Directive::ByHand(_) => None,
        }
    }
}

/// What a snippet becomes when every directive in it is an idiom; none when one is left over, or there is none.
pub(super) fn becomes(text: &str) -> Option<String> {
    let mut idioms = Vec::new();
    for line in &Snippet::read(text).directives {
        idioms.push(Idiom::of(&line.directive)?.becomes());
    }
    idioms.sort_unstable();
    idioms.dedup();
    (!idioms.is_empty()).then(|| idioms.join(", "))
}

/// A variable is what nginx knows at that moment; a field holds a fixed text.
fn fixed(text: &str) -> bool {
    !text.contains('$')
}

/// `^/old$`: one path.
fn literal(pattern: &str) -> bool {
    let inner = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix('$'));
    inner.is_some_and(|path| {
        path.starts_with('/') && !path.contains(['(', '[', '*', '+', '?', '|', '.', '\\'])
    })
}

/// `^/old/(.*)$`, `^/old(/.*)$`: a path and all below.
fn prefix(pattern: &str) -> bool {
    let inner = pattern.strip_prefix('^').map(|rest| rest.strip_suffix('$').unwrap_or(rest));
    let head = inner.and_then(|path| path.strip_suffix("/(.*)").or_else(|| path.strip_suffix("(/.*)")));
    head.is_some_and(|path| !path.contains(['(', '[', '*', '+', '?', '|', '.', '\\']))
}

/// `/new/$1`: the rest of the path at the end.
fn tail(target: &str) -> bool {
    target.strip_suffix("$1").is_some_and(|head| !head.contains('$'))
}
