//! Header edits of a rule and its backendRef, merged and written out once per table, not per request.
//!
//! Names that frame a message or speak of the connection can not be edited; neither can a value with control characters.

use http::{HeaderName, HeaderValue};

use super::http1::field::{Known, is_token, is_value, known};
use crate::routing::HeaderEdits;

/// Edits ready to be applied: the rule's first, then the backendRef's.
#[derive(Debug, Default)]
pub(super) struct Edits {
    /// Lower-case names that are taken out of what comes.
    dropped: Box<[String]>,
    /// Lines that are put in, with CR LF.
    pub(super) lines: Box<[u8]>,
    /// The same as values.
    pub(super) values: Box<[(HeaderName, HeaderValue)]>,
    /// A `Host` that was set.
    pub(super) host: Option<String>,
}

impl Edits {
    /// Merges edits, each applied to the result of the one before.
    pub(super) fn new(layers: &[&HeaderEdits]) -> Self {
        let mut dropped: Vec<String> = Vec::new();
        let mut put: Vec<(String, String)> = Vec::new();
        let mut host = None;
        for layer in layers {
            let gone =
                layer.remove.iter().map(|name| &**name).chain(layer.set.iter().map(|(name, _)| &**name));
            for name in gone.filter(|name| may_edit(name)) {
                put.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
                let name = name.to_ascii_lowercase();
                if !dropped.contains(&name) {
                    dropped.push(name);
                }
            }
            for (name, value) in layer.set.iter().chain(layer.add.iter()) {
                if may_edit(name) && is_value(value.as_bytes()) {
                    put.push((name.to_string(), value.trim_matches([' ', '\t']).to_owned()));
                } else if name.eq_ignore_ascii_case("host")
                    && crate::routing::Host::from_authority(value).is_ok()
                {
                    host = Some(value.to_string());
                }
            }
        }
        let mut lines = Vec::new();
        for (name, value) in &put {
            for part in [name.as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                lines.extend_from_slice(part);
            }
        }
        let values = put
            .iter()
            .filter_map(|(name, value)| {
                let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
                Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
            })
            .collect();
        Self { dropped: dropped.into(), lines: lines.into(), values, host }
    }

    /// Whether a header that came is taken out.
    pub(super) fn drops(&self, name: &str) -> bool {
        !self.dropped.is_empty() && self.dropped.iter().any(|dropped| dropped.eq_ignore_ascii_case(name))
    }
}

fn may_edit(name: &str) -> bool {
    is_token(name.as_bytes())
        && matches!(known(name), Known::Other | Known::ForwardedFor | Known::ForwardedOther)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edits(remove: &[&str], set: &[(&str, &str)], add: &[(&str, &str)]) -> HeaderEdits {
        let pairs = |given: &[(&str, &str)]| given.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
        HeaderEdits {
            remove: remove.iter().map(|name| (*name).into()).collect(),
            set: pairs(set),
            add: pairs(add),
        }
    }

    #[test]
    fn the_backend_ref_edits_what_the_rule_left() {
        let rule = edits(&["x-gone"], &[("X-Set", "rule"), ("X-Stays", "1")], &[("X-Add", "rule")]);
        let backend = edits(&["x-add"], &[("x-set", "backend")], &[("X-Add", "backend")]);
        let merged = Edits::new(&[&rule, &backend]);
        let lines = String::from_utf8(merged.lines.to_vec()).unwrap();
        assert_eq!(lines, "X-Stays: 1\r\nx-set: backend\r\nX-Add: backend\r\n");
        for (name, drops) in [("X-GONE", true), ("x-Set", true), ("x-add", true), ("x-other", false)] {
            assert_eq!(merged.drops(name), drops, "{name}");
        }
    }

    #[test]
    fn the_names_that_are_said_to_be_fixed_are_those_that_no_edit_reaches() {
        let names = [
            "Connection",
            "Content-Length",
            "Expect",
            "HTTP2-Settings",
            "Keep-Alive",
            "Proxy-Authenticate",
            "Proxy-Authorization",
            "Proxy-Connection",
            "TE",
            "Transfer-Encoding",
            "Upgrade",
            "X-Forwarded-For",
            "X-Forwarded-Proto",
            "Cookie",
            "Trailer",
            "x-any",
        ];
        for name in names {
            assert_eq!(HeaderEdits::is_fixed(name), !may_edit(name), "{name}");
        }
        assert!(!may_edit("Host") && !HeaderEdits::is_fixed("host"), "it has a way of its own");
    }

    #[test]
    fn an_edit_can_neither_inject_a_line_nor_touch_the_framing() {
        let hostile = edits(
            &["content-length", "connection"],
            &[("X-A", "b\r\nX-Evil: 1"), ("Transfer-Encoding", "chunked"), ("bad name", "x")],
            &[("X-B\r\nX-Evil", "1"), ("Connection", "close"), ("Host", "a/b"), ("Content-Length", "0")],
        );
        let merged = Edits::new(&[&hostile]);
        assert!(merged.lines.is_empty(), "{:?}", String::from_utf8_lossy(&merged.lines));
        assert!(merged.host.is_none() && !merged.drops("content-length") && !merged.drops("connection"));
    }
}
