//! What a request knows of itself, by nginx's names. Nothing is copied that needs not be made.
//!
//! The proxy asks it of a request that came, an explanation of one that is only described. Where `X-Forwarded-*` is
//! believed, nginx believes scheme, host and port of everybody, and the address only of the peers named: so is it here.

use std::{
    borrow::Cow,
    cell::{Cell, OnceCell},
    net::IpAddr,
};

use super::{Forwarded, Groups, PathMatch, Policy, Request, Variable, Variables, normalized, path::bytes};

/// A request, how it came, and what was found for it.
pub struct RequestValues<'a, R> {
    /// The request.
    pub request: &'a R,
    /// How it came.
    pub arrival: Arrival<'a>,
    found: Cell<Option<(Option<&'a Policy>, &'a PathMatch)>>,
    client: OnceCell<(Option<IpAddr>, Option<String>)>,
    normal: OnceCell<Cow<'a, str>>,
    groups: OnceCell<Option<Groups>>,
    id: OnceCell<String>,
}

/// How a request came.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// Over TLS.
    pub encrypted: bool,
    /// The `Host` header or `:authority` as received; empty where HTTP/1.0 said nothing.
    pub authority: &'a str,
    /// The host in small letters, without port.
    pub host: &'a str,
    /// Path as received, `*` too.
    pub path: &'a str,
    /// What followed path and query, with its `#`; nginx takes it for a part of `$request_uri`.
    pub fragment: &'a str,
    /// `HTTP/1.1`
    pub protocol: &'static str,
    /// The port, as text.
    pub port: &'a str,
    /// The other end of the connection; none when nobody knows, as in an explanation.
    pub peer: Option<IpAddr>,
    /// The same as text.
    pub peer_text: &'a str,
    /// What the client showed of itself.
    pub certificate: Certificate<'a>,
    /// Makes an id for a request that brings none.
    pub new_id: fn() -> String,
}

/// What a client's certificate says, each as the variable `$ssl_client_…` has it; all empty where none was asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Certificate<'a> {
    /// `verify`: `SUCCESS`, `NONE`, or `FAILED:` and why.
    pub verify: &'a str,
    /// `s_dn`
    pub subject: &'a str,
    /// `i_dn`
    pub issuer: &'a str,
    /// `escaped_cert`: as PEM, percent-encoded.
    pub escaped: &'a str,
}

impl<'a> Certificate<'a> {
    fn named(&self, name: &str) -> &'a str {
        match name {
            "verify" => self.verify,
            "s_dn" => self.subject,
            "i_dn" => self.issuer,
            "escaped_cert" => self.escaped,
            _ => "",
        }
    }
}

impl Arrival<'_> {
    fn scheme(&self) -> &'static str {
        if self.encrypted { "https" } else { "http" }
    }
}

impl<'a, R: Request> RequestValues<'a, R> {
    /// Nothing was found for the request yet.
    pub fn new(request: &'a R, arrival: Arrival<'a>) -> Self {
        Self {
            request,
            arrival,
            found: Cell::new(None),
            client: OnceCell::new(),
            normal: OnceCell::new(),
            groups: OnceCell::new(),
            id: OnceCell::new(),
        }
    }

    /// A rule took the request. To be said before any value is asked for.
    pub fn found(&self, policy: Option<&'a Policy>, matched: &'a PathMatch) {
        self.found.set(Some((policy, matched)));
    }

    /// The client's address: the connection's, or what a header says that is believed; none when nobody knows.
    pub fn client(&self) -> Option<IpAddr> {
        self.client_and_text().0
    }

    fn forwarded(&self) -> &'a Forwarded {
        self.found.get().and_then(|(policy, _)| policy).map_or(&Forwarded::Nobody, |policy| &policy.forwarded)
    }

    /// A header that is believed, when one came.
    fn trusted(&self, name: &str) -> Option<Cow<'_, str>> {
        match self.forwarded() {
            Forwarded::Nobody | Forwarded::From { all: false, .. } => None,
            Forwarded::From { all: true, .. } => self.request.header(name),
        }
    }

    fn client_and_text(&self) -> &(Option<IpAddr>, Option<String>) {
        self.client.get_or_init(|| {
            let peer = self.arrival.peer;
            let Forwarded::From { header, peers, .. } = self.forwarded() else { return (peer, None) };
            let Some(listed) = self.request.header(header) else { return (peer, None) };
            let client = real(peer, &listed, |address| match address {
                Some(address) => peers.iter().any(|net| net.contains(&address)),
                // Nobody knows who it is, but everybody is believed.
                None => peers.iter().any(|net| net.prefix_len() == 0),
            });
            (client, client.filter(|_| client != peer).map(|client| client.to_string()))
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
            Some(_) | None => Cow::Borrowed(self.id.get_or_init(self.arrival.new_id)),
        }
    }

    fn target(&self) -> Cow<'_, str> {
        match self.request.query() {
            Some(query) => Cow::Owned([self.arrival.path, "?", query, self.arrival.fragment].concat()),
            None if self.arrival.fragment.is_empty() => Cow::Borrowed(self.arrival.path),
            None => Cow::Owned([self.arrival.path, self.arrival.fragment].concat()),
        }
    }
}

impl<R: Request> Variables for RequestValues<'_, R> {
    fn value(&self, variable: &Variable) -> Cow<'_, str> {
        let (request, arrival) = (self.request, &self.arrival);
        let header = |name: &str| request.header(name).unwrap_or_default();
        match variable {
            Variable::Scheme => Cow::Borrowed(arrival.scheme()),
            Variable::AccessScheme => {
                self.trusted("x-forwarded-proto").unwrap_or(Cow::Borrowed(arrival.scheme()))
            }
            Variable::Host => Cow::Borrowed(arrival.host),
            Variable::HttpHost => Cow::Borrowed(arrival.authority),
            Variable::BestHost => match self.trusted("x-forwarded-host") {
                Some(hosts) => first(hosts),
                None => Cow::Borrowed(arrival.authority),
            },
            Variable::RequestUri => self.target(),
            Variable::RequestUriCut => match self.target() {
                Cow::Borrowed(target) => Cow::Borrowed(target.strip_suffix('/').unwrap_or(target)),
                Cow::Owned(mut target) => {
                    if target.ends_with('/') {
                        target.pop();
                    }
                    Cow::Owned(target)
                }
            },
            Variable::EscapedRequestUri => Cow::Owned(escaped(&self.target())),
            Variable::Uri => Cow::Borrowed(self.uri()),
            Variable::Args => Cow::Borrowed(request.query().unwrap_or_default()),
            Variable::IsArgs => {
                let has = request.query().is_some_and(|query| !query.is_empty());
                Cow::Borrowed(if has { "?" } else { "" })
            }
            Variable::AndArgs => match request.query() {
                Some(query) if !query.is_empty() => Cow::Owned(["&", query].concat()),
                Some(_) | None => Cow::Borrowed(""),
            },
            Variable::Arg(name) => Cow::Borrowed(argument(request.query(), name)),
            Variable::Method => Cow::Borrowed(request.method()),
            Variable::ClientAddress => match &self.client_and_text().1 {
                Some(text) => Cow::Borrowed(text),
                None => Cow::Borrowed(arrival.peer_text),
            },
            Variable::PeerAddress => Cow::Borrowed(arrival.peer_text),
            Variable::FullForwardedFor => match header("x-forwarded-for") {
                list if list.is_empty() => Cow::Borrowed(arrival.peer_text),
                list => Cow::Owned([&list, ", ", arrival.peer_text].concat()),
            },
            Variable::ServerPort => Cow::Borrowed(arrival.port),
            Variable::PassPort => {
                let own = if arrival.encrypted { "443" } else { arrival.port };
                self.trusted("x-forwarded-port").unwrap_or(Cow::Borrowed(own))
            }
            Variable::Protocol => Cow::Borrowed(arrival.protocol),
            Variable::RequestId => self.request_id(),
            Variable::Header(name) => header(name),
            Variable::Cookie(name) => cookie(header("cookie"), name),
            Variable::Group(number) => Cow::Borrowed(self.group(*number)),
            Variable::RedirectGroup(number) => {
                let received = self.request.path();
                if received.contains(['%', '+']) {
                    Cow::Owned(redirected(self.group(*number)))
                } else {
                    Cow::Borrowed(self.group(*number))
                }
            }
            Variable::Https => Cow::Borrowed(if arrival.encrypted { "on" } else { "" }),
            Variable::Client(name) => Cow::Borrowed(arrival.certificate.named(name)),
            Variable::Other(_) => Cow::Borrowed(""),
        }
    }
}

/// A group as nginx writes it into a redirect by `rewrite`: encoded as an argument, then decoded but for controls, blanks,
/// `!`, `"`, `#`, `$`, `%` and what is no ASCII.
fn redirected(group: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(group.len() + 16);
    for byte in bytes(group).iter() {
        match byte {
            b'!' | b'$' | b'&'..=b'~' => out.push(char::from(*byte)),
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    out
}

/// nginx's `real_ip_recursive on`: from the last address of the list to the first that nobody trusts.
fn real(peer: Option<IpAddr>, listed: &str, trusted: impl Fn(Option<IpAddr>) -> bool) -> Option<IpAddr> {
    let mut client = peer;
    for text in listed.rsplit(',').map(str::trim).filter(|text| !text.is_empty()) {
        if !trusted(client) {
            break;
        }
        let Some(address) = address(text) else { break };
        client = Some(address.to_canonical());
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
pub(super) fn argument<'q>(query: Option<&'q str>, name: &str) -> &'q str {
    let pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
}

pub(super) fn cookie<'c>(cookies: Cow<'c, str>, name: &str) -> Cow<'c, str> {
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

/// Percent-encoded as a value of a query, as nginx's `set_escape_uri` does.
fn escaped(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len() * 3 / 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$'()*,@`|".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests;
