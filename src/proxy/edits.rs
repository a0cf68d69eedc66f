//! Header edits of a rule and its backendRef, written out once per table, not per request.

use http::{HeaderName, HeaderValue};

use crate::routing::Edited;

/// Edits ready to be applied: the rule's first, then the backendRef's.
#[derive(Debug, Default)]
pub(super) struct Edits {
    /// Lower-case names that are taken out of what comes.
    dropped: Box<[String]>,
    /// Lines that are put in, with CR LF.
    pub(super) lines: Box<[u8]>,
    /// The same as values.
    pub(super) values: Box<[(HeaderName, HeaderValue)]>,
}

impl Edits {
    /// Writes merged edits out.
    pub(super) fn new(edited: Edited) -> Self {
        // A host that was set goes where hosts go: `sent::host`.
        let Edited { dropped, put, host: _ } = edited;
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
        Self { dropped: dropped.into(), lines: lines.into(), values }
    }

    /// Whether a header that came is taken out.
    pub(super) fn drops(&self, name: &str) -> bool {
        !self.dropped.is_empty() && self.dropped.iter().any(|dropped| dropped.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        proxy::http1::field::{Known, known},
        routing::HeaderEdits,
    };

    #[test]
    fn merged_edits_are_written_as_lines() {
        let pairs = |given: &[(&str, &str)]| given.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
        let rule = HeaderEdits {
            remove: ["x-gone".into()].into(),
            set: pairs(&[("X-Set", "rule"), ("X-Stays", "1")]),
            add: pairs(&[("X-Add", "rule")]),
        };
        let backend = HeaderEdits {
            remove: ["x-add".into()].into(),
            set: pairs(&[("x-set", "backend")]),
            add: pairs(&[("X-Add", "backend")]),
        };
        let merged = Edits::new(Edited::of([&rule, &backend]));
        let lines = String::from_utf8(merged.lines.to_vec()).unwrap();
        assert_eq!(lines, "X-Stays: 1\r\nx-set: backend\r\nX-Add: backend\r\n");
        assert_eq!(merged.values.len(), 3);
        for (name, drops) in [("X-GONE", true), ("x-Set", true), ("x-add", true), ("x-other", false)] {
            assert_eq!(merged.drops(name), drops, "{name}");
        }
    }

    #[test]
    fn the_names_that_are_said_to_be_fixed_are_those_that_frame_or_speak_of_the_connection() {
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
            let may = matches!(known(name), Known::Other | Known::ForwardedFor | Known::ForwardedOther);
            assert_eq!(HeaderEdits::is_fixed(name), !may, "{name}");
        }
        assert!(!HeaderEdits::is_fixed("host"), "it has a way of its own");
    }
}
