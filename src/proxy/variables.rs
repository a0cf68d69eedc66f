//! What a request in the proxy knows of itself, by nginx's names. Nothing is copied that needs not be made.
//!
//! Where `X-Forwarded-*` is believed, nginx believes scheme, host and port of everybody, and the address only of the
//! peers named: so is it done here.

use std::{
    borrow::Cow,
    cell::{Cell, OnceCell},
    net::IpAddr,
};

use super::entry::Link;
use crate::routing::{Forwarded, Groups, PathMatch, Policy, Request, Variable, Variables, normalized};

/// A request and what was found for it.
pub(super) struct Values<'a, R> {
    pub(super) request: &'a R,
    pub(super) link: &'a Link,
    /// The `Host` header or `:authority` as received; empty where HTTP/1.0 said nothing.
    pub(super) authority: &'a str,
    /// The host in small letters, without port.
    pub(super) host: &'a str,
    /// Path as received, `*` too.
    pub(super) path: &'a str,
    pub(super) protocol: &'static str,
    found: Cell<Option<(Option<&'a Policy>, &'a PathMatch)>>,
    client: OnceCell<(IpAddr, Option<String>)>,
    normal: OnceCell<Cow<'a, str>>,
    groups: OnceCell<Option<Groups>>,
    id: OnceCell<String>,
}

impl<'a, R: Request> Values<'a, R> {
    pub(super) fn new(
        request: &'a R,
        link: &'a Link,
        (authority, host): (&'a str, &'a str),
        path: &'a str,
        protocol: &'static str,
    ) -> Self {
        Self {
            request,
            link,
            authority,
            host,
            path,
            protocol,
            found: Cell::new(None),
            client: OnceCell::new(),
            normal: OnceCell::new(),
            groups: OnceCell::new(),
            id: OnceCell::new(),
        }
    }

    /// A rule took the request. To be said before any value is asked for.
    pub(super) fn found(&self, policy: Option<&'a Policy>, matched: &'a PathMatch) {
        self.found.set(Some((policy, matched)));
    }

    fn policy(&self) -> Option<&'a Policy> {
        self.found.get().and_then(|(policy, _)| policy)
    }

    fn trusts(&self) -> bool {
        self.policy().is_some_and(|policy| policy.forwarded != Forwarded::Nobody)
    }

    /// A header that is believed, when one came.
    fn trusted(&self, name: &str) -> Option<Cow<'_, str>> {
        if self.trusts() { self.request.header(name) } else { None }
    }

    /// The client's address: the connection's, or what a trusted header says of it.
    pub(super) fn client(&self) -> IpAddr {
        self.client_and_text().0
    }

    fn client_and_text(&self) -> &(IpAddr, Option<String>) {
        self.client.get_or_init(|| {
            let peer = self.link.peer.ip();
            let Some(Forwarded::From { header, peers }) = self.policy().map(|policy| &policy.forwarded)
            else {
                return (peer, None);
            };
            let Some(listed) = self.request.header(header) else { return (peer, None) };
            let client = real(peer, &listed, |address| peers.iter().any(|net| net.contains(&address)));
            (client, (client != peer).then(|| client.to_string()))
        })
    }

    fn uri(&self) -> &str {
        self.normal.get_or_init(|| normalized(self.request.path()))
    }

    fn group(&self, number: u8) -> &str {
        let groups = self.groups.get_or_init(|| match self.found.get()?.1 {
            PathMatch::Pattern(pattern) => pattern.regex.groups(self.uri()),
            PathMatch::Exact(_) | PathMatch::Prefix(_) | PathMatch::RawPrefix(_) => None,
        });
        groups.as_ref().map_or("", |groups| groups.get(usize::from(number)))
    }

    fn request_id(&self) -> Cow<'_, str> {
        match self.request.header("x-request-id") {
            Some(given) if !given.is_empty() => given,
            Some(_) | None => Cow::Borrowed(self.id.get_or_init(|| format!("{:032x}", fastrand::u128(..)))),
        }
    }

    fn target(&self) -> Cow<'_, str> {
        match self.request.query() {
            Some(query) => Cow::Owned([self.path, "?", query].concat()),
            None => Cow::Borrowed(self.path),
        }
    }
}

impl<R: Request> Variables for Values<'_, R> {
    fn value(&self, variable: &Variable) -> Cow<'_, str> {
        let header = |name: &str| self.request.header(name).unwrap_or_default();
        match variable {
            Variable::Scheme => Cow::Borrowed(self.link.scheme()),
            Variable::AccessScheme => {
                self.trusted("x-forwarded-proto").unwrap_or(Cow::Borrowed(self.link.scheme()))
            }
            Variable::Host => Cow::Borrowed(self.host),
            Variable::HttpHost => Cow::Borrowed(self.authority),
            Variable::BestHost => match self.trusted("x-forwarded-host") {
                Some(hosts) => first(hosts),
                None => Cow::Borrowed(self.authority),
            },
            Variable::RequestUri => self.target(),
            Variable::EscapedRequestUri => Cow::Owned(escaped(&self.target())),
            Variable::Uri => Cow::Borrowed(self.uri()),
            Variable::Args => Cow::Borrowed(self.request.query().unwrap_or_default()),
            Variable::IsArgs => {
                let has = self.request.query().is_some_and(|query| !query.is_empty());
                Cow::Borrowed(if has { "?" } else { "" })
            }
            Variable::Arg(name) => Cow::Borrowed(argument(self.request.query(), name)),
            Variable::Method => Cow::Borrowed(self.request.method()),
            Variable::ClientAddress => match &self.client_and_text().1 {
                Some(text) => Cow::Borrowed(text),
                None => Cow::Borrowed(&self.link.client),
            },
            Variable::PeerAddress => Cow::Borrowed(&self.link.client),
            Variable::ServerPort => Cow::Borrowed(&self.link.entry.port_text),
            Variable::PassPort => {
                let own = if self.link.encrypted.get() { "443" } else { &*self.link.entry.port_text };
                self.trusted("x-forwarded-port").unwrap_or(Cow::Borrowed(own))
            }
            Variable::Protocol => Cow::Borrowed(self.protocol),
            Variable::RequestId => self.request_id(),
            Variable::Header(name) => header(name),
            Variable::Cookie(name) => cookie(header("cookie"), name),
            Variable::Group(number) => Cow::Borrowed(self.group(*number)),
            Variable::Https => Cow::Borrowed(if self.link.encrypted.get() { "on" } else { "" }),
            Variable::Client(name) => {
                let identity = self.link.identity.borrow();
                Cow::Owned(identity.as_ref().map(|it| it.variable(name)).unwrap_or_default())
            }
            Variable::Other(_) => Cow::Borrowed(""),
        }
    }
}

/// nginx's `real_ip_recursive on`: from the last address of the list to the first that nobody trusts.
fn real(peer: IpAddr, listed: &str, trusted: impl Fn(IpAddr) -> bool) -> IpAddr {
    let mut client = peer;
    for text in listed.rsplit(',').map(str::trim).filter(|text| !text.is_empty()) {
        if !trusted(client) {
            break;
        }
        let Some(address) = address(text) else { break };
        client = address.to_canonical();
    }
    client
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|it| it.ip()))
}

/// What stands before the first comma.
fn first(list: Cow<'_, str>) -> Cow<'_, str> {
    let end = list.find(',').unwrap_or(list.len());
    match list {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(..end).unwrap_or(text)),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}

/// nginx finds a parameter whatever the case of its name, and takes it as it came.
fn argument<'q>(query: Option<&'q str>, name: &str) -> &'q str {
    let pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
}

fn cookie<'c>(cookies: Cow<'c, str>, name: &str) -> Cow<'c, str> {
    let find = |text: &str| {
        let pairs = text.split(';').filter_map(|pair| pair.split_once('='));
        let value = pairs.into_iter().find(|(key, _)| key.trim().eq_ignore_ascii_case(name))?.1.trim();
        Some((value.as_ptr().addr() - text.as_ptr().addr(), value.len()))
    };
    let Some((at, length)) = find(&cookies) else { return Cow::Borrowed("") };
    match cookies {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(at..at + length).unwrap_or_default()),
        Cow::Owned(text) => Cow::Owned(text.get(at..at + length).unwrap_or_default().to_owned()),
    }
}

/// Percent-encoded as a value of a query: only RFC 3986's unreserved characters stay.
fn escaped(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len() * 3 / 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
