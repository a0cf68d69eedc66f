//! A request that is over, as who watches the proxy sees it.

use std::{
    borrow::Cow,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::{
    proxy::facts::Fields,
    routing::{BackendId, PortKey, RuleId},
};

/// Most bytes of headers that are kept of one request.
const MOST_HEADERS: usize = 4 * 1024;

/// A request that is over: what was asked, who answered, and what went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When its head was read.
    pub at: SystemTime,
    /// Who asked.
    pub client: SocketAddr,
    /// The port that it came by, as the Table knows it.
    pub port: PortKey,
    /// It came over TLS.
    pub encrypted: bool,
    /// Name of the listener; none when no listener takes the host.
    pub listener: Option<Arc<str>>,
    /// What was asked. Empty when it could not be read as a request.
    pub head: Head,
    /// Of the answer; 499 when the client left before.
    pub status: u16,
    /// The proxy answered by itself, or had to break an answer off.
    pub by_proxy: bool,
    /// Route and rule that took it.
    pub rule: Option<RuleId>,
    /// The backend that was chosen; it need not have answered.
    pub backend: Option<Arc<BackendId>>,
    /// From the head of the request to the end of the answer; for an upgrade to its 101.
    pub took: Duration,
    /// Bytes of the answer's body that were taken for the client, without chunk sizes.
    pub bytes: u64,
    /// What went wrong, as far as the proxy knows; in the words that the client got, if it got any.
    pub problem: Option<Cow<'static, str>>,
}

/// The head of a request, kept as one text: most are never looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Method, host, target, and a line for each header.
    text: Box<str>,
    method: u32,
    host: u32,
    target: u32,
    /// Headers that were too many to be kept.
    left_out: u32,
}

impl Head {
    /// A head made of its parts; `target` is path and query.
    pub fn new(method: &str, host: &str, target: &str, headers: &[(&str, &str)]) -> Self {
        let fields: Vec<_> =
            headers.iter().map(|(name, value)| httparse::Header { name, value: value.as_bytes() }).collect();
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        Self::of(method, host, (path, query), &fields[..])
    }

    /// Keeps a head. Bytes of headers that are no UTF-8 are shown as U+FFFD.
    pub(in crate::proxy) fn of(
        method: &str,
        host: &str,
        (path, query): (&str, Option<&str>),
        fields: &(impl Fields + ?Sized),
    ) -> Self {
        let mut text = String::with_capacity(256);
        text.push_str(method);
        text.push_str(host);
        text.push_str(path);
        if let Some(query) = query {
            text.push('?');
            text.push_str(query);
        }
        let target = text.len();
        let mut left_out = 0;
        fields.each(|name, value| {
            if name.eq_ignore_ascii_case("host") {
                return;
            }
            if text.len() - target + name.len() + value.len() + 2 > MOST_HEADERS {
                left_out += 1;
                return;
            }
            text.push_str(name);
            text.push(':');
            text.push_str(&String::from_utf8_lossy(value));
            text.push('\n');
        });
        let end = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        Self {
            method: end(method.len()),
            host: end(method.len() + host.len()),
            target: end(target),
            text: text.into(),
            left_out,
        }
    }

    /// `GET`
    pub fn method(&self) -> &str {
        self.between(0, self.method)
    }

    /// The host as the client wrote it, with the port if it gave one; empty when it named none.
    pub fn host(&self) -> &str {
        self.between(self.method, self.host)
    }

    /// Path and query as received.
    pub fn target(&self) -> &str {
        self.between(self.host, self.target)
    }

    /// The target up to the first `?`.
    pub fn path(&self) -> &str {
        self.target().split_once('?').map_or(self.target(), |(path, _)| path)
    }

    /// The target after the first `?`; none without one.
    pub fn query(&self) -> Option<&str> {
        self.target().split_once('?').map(|(_, query)| query)
    }

    /// Headers in the order received, without `Host`.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.between(self.target, end).lines().filter_map(|line| line.split_once(':'))
    }

    /// How many headers were too long, in sum more than 4 KiB, to be kept.
    pub fn left_out(&self) -> u32 {
        self.left_out
    }

    fn between(&self, from: u32, to: u32) -> &str {
        self.text.get(from as usize..to as usize).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use httparse::Header;

    #[test]
    fn a_head_gives_back_its_parts_as_they_came() {
        let fields = [("Host", "a:80"), ("X-V", "v2"), ("cookie", "a=b: c"), ("x-empty", "")]
            .map(|(name, value)| Header { name, value: value.as_bytes() });
        let cases = [
            (("/x//%2F", Some("q=1?2")), "/x//%2F?q=1?2", "a query is all after the first `?`"),
            (("/", None), "/", "no query"),
            (("/x", Some("")), "/x?", "an empty query"),
            (("*", None), "*", "OPTIONS for the whole server"),
        ];
        for (asked, target, why) in cases {
            let head = Head::of("GET", "a:80", asked, &fields[..]);
            assert_eq!((head.method(), head.host(), head.target()), ("GET", "a:80", target), "{why}");
            assert_eq!((head.path(), head.query()), asked, "{why}");
            let headers: Vec<_> = head.headers().collect();
            assert_eq!(headers, [("X-V", "v2"), ("cookie", "a=b: c"), ("x-empty", "")], "{why}");
        }
    }

    #[test]
    fn headers_beyond_4_kib_are_counted_and_not_kept() {
        let long = vec![b'x'; 3000];
        let fields =
            [("a", &long[..]), ("b", &long[..]), ("c", b"\xffz")].map(|(name, value)| Header { name, value });
        let head = Head::of("GET", "", ("/", None), &fields[..]);
        assert_eq!(head.left_out(), 1);
        assert_eq!(head.headers().map(|(name, _)| name).collect::<String>(), "ac");
        assert_eq!(head.headers().last(), Some(("c", "\u{fffd}z")));
    }
}
