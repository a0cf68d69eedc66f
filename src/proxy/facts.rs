//! What the headers of a request mean to a proxy, in one look at each. HTTP/1.1 and HTTP/2 requests are read alike.

use std::borrow::Cow;

use httparse::Header;
use smallvec::SmallVec;

use super::http1::{
    Refused,
    field::{Known, elements, known},
    framing::Declared,
};
use crate::routing::{self, Reading};

/// Headers in the order received.
pub(super) trait Fields {
    /// Shows each header's name and value.
    fn each<'a>(&'a self, see: impl FnMut(&'a str, &'a [u8]));
}

impl Fields for [Header<'_>] {
    fn each<'a>(&'a self, mut see: impl FnMut(&'a str, &'a [u8])) {
        for field in self {
            see(field.name, field.value);
        }
    }
}

impl Fields for http::HeaderMap {
    fn each<'a>(&'a self, mut see: impl FnMut(&'a str, &'a [u8])) {
        for (name, value) in self {
            see(name.as_str(), value.as_bytes());
        }
    }
}

/// What the headers of a request mean.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts<'a> {
    pub(super) declared: Declared,
    pub(super) host: Option<&'a str>,
    /// `Connection: close`
    pub(super) close: bool,
    /// `Connection: keep-alive`
    pub(super) keep_alive: bool,
    /// Other names in `Connection`: these headers are for one hop.
    pub(super) named: SmallVec<[&'a str; 2]>,
    /// `Connection: upgrade`
    asks_upgrade: bool,
    upgrade: Option<&'a str>,
    /// `Expect: 100-continue`
    pub(super) expects: bool,
    /// `TE: trailers`
    pub(super) trailers: bool,
    /// Headers for one hop travel on, but for those that nginx drops.
    pub(super) passes_hops: bool,
}

impl<'a> Facts<'a> {
    /// Reads the headers. Refuses what is ambiguous: two hosts, two framings, an expectation that nobody knows (417).
    pub(super) fn of(fields: &'a (impl Fields + ?Sized)) -> Result<Self, Refused> {
        Self::read(fields, Reading::Strict)
    }

    /// Reads the headers as a port wants it. nginx knows no names in `Connection`, takes any `Upgrade` for one and every
    /// expectation that it does not know for none.
    pub(super) fn read(fields: &'a (impl Fields + ?Sized), reading: Reading) -> Result<Self, Refused> {
        let nginx = matches!(reading, Reading::Nginx(_));
        let mut facts = Self { passes_hops: nginx, ..Self::default() };
        let mut refused = None;
        fields.each(|name, value| {
            if let Err(why) = facts.field(name, value) {
                refused.get_or_insert(why);
            }
        });
        refused.map_or(Ok(facts), Err)
    }

    fn field(&mut self, name: &'a str, value: &'a [u8]) -> Result<(), Refused> {
        let known = known(name);
        match known {
            Known::Other | Known::Hop | Known::ForwardedFor | Known::ForwardedOther => {}
            Known::Host => {
                if self.host.is_some() {
                    return Err(Refused::bad("there are two Host headers"));
                }
                self.host = Some(text(value).ok_or(Refused::bad("the host is not a valid one"))?);
            }
            Known::TransferEncoding if self.passes_hops && !value.eq_ignore_ascii_case(b"chunked") => {
                return Err(Refused { status: 501, what: "the Transfer-Encoding is not `chunked` alone" });
            }
            Known::ContentLength | Known::TransferEncoding => self.declared.field(known, value)?,
            Known::Connection if self.passes_hops => {
                let value = value.to_ascii_lowercase();
                let has = |word: &[u8]| memchr::memmem::find(&value, word).is_some();
                self.close |= has(b"close");
                self.keep_alive |= has(b"keep-alive");
            }
            Known::Upgrade if self.passes_hops => {
                self.upgrade = text(value).filter(|value| !value.is_empty());
                self.asks_upgrade = self.upgrade.is_some();
            }
            Known::Expect if self.passes_hops => self.expects |= value.eq_ignore_ascii_case(b"100-continue"),
            Known::Connection => {
                let value = text(value).ok_or(Refused::bad("the Connection header is not ASCII"))?;
                for option in elements(value) {
                    if option.eq_ignore_ascii_case("close") {
                        self.close = true;
                    } else if option.eq_ignore_ascii_case("keep-alive") {
                        self.keep_alive = true;
                    } else if option.eq_ignore_ascii_case("upgrade") {
                        self.asks_upgrade = true;
                    } else {
                        self.named.push(option);
                    }
                }
            }
            Known::Te => {
                let names = text(value).map(elements).into_iter().flatten();
                self.trailers |= names
                    .filter_map(|element| element.split(';').next())
                    .any(|coding| coding.trim_matches([' ', '\t']).eq_ignore_ascii_case("trailers"));
            }
            Known::Upgrade => self.upgrade = text(value),
            Known::Expect => {
                if !value.eq_ignore_ascii_case(b"100-continue") {
                    return Err(Refused { status: 417, what: "only 100-continue can be expected" });
                }
                self.expects = true;
            }
        }
        Ok(())
    }

    /// The protocols that an upgrade is asked to. `h2c` is never passed on, but by nginx.
    pub(super) fn upgrade(&self) -> Option<&'a str> {
        let wanted = self.upgrade.filter(|_| self.asks_upgrade)?;
        if self.passes_hops {
            return Some(wanted);
        }
        let mut protocols = elements(wanted);
        let known = protocols.next().is_some() && !elements(wanted).any(|it| it.eq_ignore_ascii_case("h2c"));
        known.then_some(wanted)
    }

    /// Whether a header is named in `Connection`.
    pub(super) fn names(&self, name: &str) -> bool {
        !self.named.is_empty() && self.named.iter().any(|named| named.eq_ignore_ascii_case(name))
    }
}

/// ASCII that can be compared.
fn text(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok().filter(|value| value.is_ascii())
}

/// A request as the table's matches see it.
pub(super) struct View<'a, F: ?Sized> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    pub(super) fields: &'a F,
    pub(super) host: &'a str,
    pub(super) encrypted: bool,
}

impl<F: Fields + ?Sized> routing::Request for View<'_, F> {
    fn host(&self) -> &str {
        self.host
    }

    fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    fn method(&self) -> &str {
        self.method
    }

    fn path(&self) -> &str {
        self.path
    }

    fn query(&self) -> Option<&str> {
        self.query
    }

    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut joined: Option<Cow<'_, str>> = None;
        self.fields.each(|other, value| {
            if !other.eq_ignore_ascii_case(name) {
                return;
            }
            let value = String::from_utf8_lossy(value);
            joined = Some(match joined.take() {
                None => value,
                Some(before) => {
                    let between = if name == "cookie" { "; " } else { ", " };
                    Cow::Owned(format!("{before}{between}{value}"))
                }
            });
        });
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::Request as _;

    fn fields(given: &[(&'static str, &'static str)]) -> Vec<Header<'static>> {
        given.iter().map(|(name, value)| Header { name, value: value.as_bytes() }).collect()
    }

    #[test]
    fn an_upgrade_is_one_only_when_connection_says_so() {
        let cases = [
            (vec![("Connection", "keep-alive, Upgrade"), ("Upgrade", "websocket")], Some("websocket")),
            (vec![("Upgrade", "websocket")], None),
            (vec![("Connection", "upgrade")], None),
            (vec![("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c")], None),
        ];
        for (given, wanted) in cases {
            assert_eq!(Facts::of(&fields(&given)[..]).unwrap().upgrade(), wanted, "{given:?}");
        }
    }

    #[test]
    fn headers_of_one_name_are_matched_joined() {
        let given = fields(&[("X-A", "1"), ("x-a", "2"), ("Cookie", "a=1"), ("cookie", "b=2")]);
        let view =
            View { method: "GET", path: "/", query: None, fields: &given[..], host: "", encrypted: false };
        assert_eq!(view.header("x-a").as_deref(), Some("1, 2"));
        assert_eq!(view.header("cookie").as_deref(), Some("a=1; b=2"));
        assert_eq!(view.header("x-b"), None);
    }

    #[test]
    fn what_is_said_twice_or_not_understood_is_refused() {
        let cases = [
            (vec![("Host", "a"), ("host", "a")], 400),
            (vec![("Host", "a\u{e9}")], 400),
            (vec![("Expect", "200-maybe")], 417),
            (vec![("Content-Length", "1"), ("Content-Length", "2")], 400),
        ];
        for (given, status) in cases {
            assert_eq!(Facts::of(&fields(&given)[..]).unwrap_err().status, status, "{given:?}");
        }
    }
}
