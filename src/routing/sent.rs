//! What a rule and one of its backends make of a request and its answer: target, host, edits of headers.
//!
//! The proxy sends by these functions, and an explanation tells by them what will be sent.

use std::borrow::Cow;

use super::{Backend, HeaderEdits, Host, PathMatch, Rule};

#[cfg(test)]
mod tests;

/// Edits of several layers (the rule, then the backendRef), as they come out together.
///
/// Names that frame a message or speak of the connection can not be edited; neither can a value with control characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edited {
    /// Lower-case names that are taken out of what comes.
    pub dropped: Vec<String>,
    /// What is put in after that: name as written, value.
    pub put: Vec<(String, String)>,
    /// A `Host` that was set.
    pub host: Option<String>,
}

impl Edited {
    /// Merges edits, each applied to the result of the one before.
    pub fn of<'e>(layers: impl IntoIterator<Item = &'e HeaderEdits>) -> Self {
        let mut edited = Self::default();
        for layer in layers {
            let gone =
                layer.remove.iter().map(|name| &**name).chain(layer.set.iter().map(|(name, _)| &**name));
            for name in gone.filter(|name| may_edit(name)) {
                edited.put.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
                let name = name.to_ascii_lowercase();
                if !edited.dropped.contains(&name) {
                    edited.dropped.push(name);
                }
            }
            for (name, value) in layer.set.iter().chain(layer.add.iter()) {
                if may_edit(name) && is_value(value) {
                    edited.put.push((name.to_string(), value.trim_matches([' ', '\t']).to_owned()));
                } else if name.eq_ignore_ascii_case("host") && Host::from_authority(value).is_ok() {
                    edited.host = Some(value.to_string());
                }
            }
        }
        edited
    }

    /// The edits of a request on its way to a backend.
    pub fn of_request(rule: Option<&Rule>, backend: Option<&Backend>) -> Self {
        Self::of(rule.map(|rule| &rule.request).into_iter().chain(backend.map(|backend| &backend.request)))
    }

    /// The edits of the answer on its way to the client.
    pub fn of_answer(rule: Option<&Rule>, backend: Option<&Backend>) -> Self {
        Self::of(rule.map(|rule| &rule.response).into_iter().chain(backend.map(|backend| &backend.response)))
    }
}

/// The path, what stands between it and the query, and the query that a backend gets. A rewrite of the backendRef goes
/// over the rule's; one with a query of its own keeps the request's behind it.
pub fn target<'a>(
    rule: Option<&'a Rule>,
    backend: Option<&'a Backend>,
    path: &'a str,
    query: Option<&'a str>,
    matched: &PathMatch,
) -> (Cow<'a, str>, &'static str, &'a str) {
    let rewrites = [backend.and_then(|one| one.rewrite.as_ref()), rule.and_then(|one| one.rewrite.as_ref())];
    let (path, query) = match rewrites.into_iter().flatten().find_map(|rewrite| rewrite.path.as_ref()) {
        Some(rewrite) if path != "*" => (rewrite.apply(path, matched), rewrite.query(query)),
        Some(_) | None => (Cow::Borrowed(path), query),
    };
    match query {
        Some(query) => {
            let between = if path.contains('?') { "&" } else { "?" };
            (path, between, query)
        }
        None => (path, "", ""),
    }
}

/// What a backend gets for `Host`; none: what the client sent. A text that is no host is passed over.
pub fn host<'a>(
    rule: Option<&'a Rule>,
    backend: Option<&'a Backend>,
    request: &'a Edited,
) -> Option<&'a str> {
    let rewrites = [backend.and_then(|one| one.rewrite.as_ref()), rule.and_then(|one| one.rewrite.as_ref())];
    let host = rewrites.into_iter().flatten().find_map(|rewrite| rewrite.host.as_deref());
    host.filter(|host| Host::from_authority(host).is_ok()).or(request.host.as_deref())
}

fn may_edit(name: &str) -> bool {
    is_token(name) && !name.eq_ignore_ascii_case("host") && !HeaderEdits::is_fixed(name)
}

/// A header name by RFC 9110, 5.1.
fn is_token(name: &str) -> bool {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty() && name.bytes().all(token)
}

/// No controls but the tab: nothing that could end the line.
pub(in crate::routing) fn is_value(value: &str) -> bool {
    value.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
}
