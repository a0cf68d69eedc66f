//! Hostnames that have a zone, and the names that are asked for.

use std::{fmt, net::IpAddr, str::FromStr, sync::Arc};

use hickory_proto::rr::Name;

/// A lower-case DNS name without its final dot, or all names under one: `*.example.com`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hostname {
    /// Without `*.`; the apex of its zone.
    apex: Arc<str>,
    wildcard: bool,
}

/// Why a text is no hostname, with the part at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHostname {
    /// An address has no zone of this kind.
    #[error("hostname `{0}` is an IP address; give a DNS name")]
    Address(String),
    /// RFC 1123 section 2.1.
    #[error("label `{label}` of hostname `{given}` is not 1 to 63 of a-z, 0-9, inner `-`")]
    Label {
        /// The whole text.
        given: String,
        /// The part at fault.
        label: String,
    },
    /// RFC 1035 section 2.3.4, as text.
    #[error("hostname `{given}` has {length} characters; at most 253 are possible")]
    Length {
        /// The whole text.
        given: String,
        /// Its length in bytes.
        length: usize,
    },
}

impl Hostname {
    /// Name of its zone: itself, or what is under the star.
    pub fn apex(&self) -> &Arc<str> {
        &self.apex
    }

    /// Whether it stands for all names under [`Self::apex`].
    pub fn is_wildcard(&self) -> bool {
        self.wildcard
    }
}

impl FromStr for Hostname {
    type Err = InvalidHostname;

    fn from_str(given: &str) -> Result<Self, InvalidHostname> {
        let text = given.strip_suffix('.').unwrap_or(given);
        let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        if inner.parse::<IpAddr>().is_ok() {
            return Err(InvalidHostname::Address(given.into()));
        }
        if text.len() > 253 {
            return Err(InvalidHostname::Length { given: given.into(), length: text.len() });
        }
        let lower = text.to_ascii_lowercase();
        let (wildcard, name) = match lower.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, lower.as_str()),
        };
        match name.split('.').find(|label| !is_label(label)) {
            Some(label) => Err(InvalidHostname::Label { given: given.into(), label: label.into() }),
            None => Ok(Self { apex: name.into(), wildcard }),
        }
    }
}

/// As it was written, in small letters.
impl fmt::Display for Hostname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.wildcard { "*." } else { "" }, self.apex)
    }
}

/// A name of a question, in small letters, and where its labels begin.
pub(super) struct Asked {
    text: String,
    starts: Vec<usize>,
}

impl Asked {
    pub(super) fn of(name: &Name) -> Self {
        let mut text = String::with_capacity(name.len());
        let mut starts = Vec::with_capacity(usize::from(name.num_labels()) + 1);
        for label in name {
            if !text.is_empty() {
                text.push('.');
            }
            starts.push(text.len());
            text.extend(label.iter().map(|byte| match byte {
                b'a'..=b'z' | b'0'..=b'9' | b'-' => char::from(*byte),
                b'A'..=b'Z' => char::from(byte.to_ascii_lowercase()),
                // No hostname has such a byte, a dot inside a label least of all: what has one is nobody's name.
                _ => '?',
            }));
        }
        Self { text, starts }
    }

    /// The name itself, then the names above it; with how many labels each has.
    pub(super) fn upwards(&self) -> impl Iterator<Item = (usize, &str)> {
        let count = self.starts.len();
        self.starts.iter().enumerate().map(move |(nth, start)| (count - nth, &self.text[*start..]))
    }
}

/// RFC 1123 section 2.1.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostname_is_read_once_and_shown_in_small_letters() {
        let cases = [
            ("App.Example.COM", Some(("app.example.com", "app.example.com")), "letters become small"),
            ("app.example.com.", Some(("app.example.com", "app.example.com")), "the final dot goes"),
            ("*.example.com", Some(("*.example.com", "example.com")), "all names under one"),
            ("localhost", Some(("localhost", "localhost")), "one label is a name"),
            (
                "xn--bcher-kva.example",
                Some(("xn--bcher-kva.example", "xn--bcher-kva.example")),
                "as on the wire",
            ),
            ("", None, "nothing"),
            ("*", None, "every host is no name"),
            ("*.", None, "a star under nothing"),
            ("a.*.example.com", None, "a star inside"),
            ("a..b", None, "an empty label"),
            ("under_score.example", None, "no letter, digit or dash"),
            ("-a.example", None, "a dash outside"),
            ("127.0.0.1", None, "an address"),
            ("[::1]", None, "an address in brackets"),
            ("bücher.example", None, "not as on the wire"),
        ];
        for (given, expected, why) in cases {
            let read = given.parse::<Hostname>().ok();
            let shown = read.as_ref().map(|name| (name.to_string(), name.apex().to_string()));
            let expected = expected.map(|(shown, apex)| (shown.to_owned(), apex.to_owned()));
            assert_eq!(shown, expected, "{why}");
        }
        let long = format!("{}.example", "a".repeat(64));
        assert!(matches!(long.parse::<Hostname>(), Err(InvalidHostname::Label { .. })));
        let longer = vec!["a"; 128].join(".");
        assert!(matches!(longer.parse::<Hostname>(), Err(InvalidHostname::Length { length: 255, .. })));
    }

    #[test]
    fn a_dot_inside_a_label_does_not_make_two_of_it() {
        let name = Name::from_labels([&b"a.b"[..], b"Example", b"com"]).unwrap();
        let asked = Asked::of(&name);
        let all: Vec<_> = asked.upwards().collect();
        assert_eq!(all, [(3, "a?b.example.com"), (2, "example.com"), (1, "com")]);
        assert_eq!(Asked::of(&Name::root()).upwards().count(), 0);
    }
}
