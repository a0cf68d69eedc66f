//! Texts with variables, in nginx's notation: `https://$host$request_uri`, `${scheme}`.
//!
//! A name that nobody knows is kept as [`Variable::Other`]; nginx would refuse the configuration, the dialect says so.

use std::{borrow::Cow, fmt, sync::Arc};

#[cfg(test)]
mod tests;

/// A text with variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    parts: Box<[Part]>,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// As it stands.
    Text(Arc<str>),
    /// What the request has in its place.
    Variable(Variable),
}

/// What a request knows of itself, by nginx's names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Variable {
    /// `$scheme`: `http` or `https`, by the port.
    Scheme,
    /// `$pass_access_scheme`: the same, or what a trusted `X-Forwarded-Proto` says.
    AccessScheme,
    /// `$host`: the host in small letters, without port.
    Host,
    /// `$http_host`: the `Host` header as received.
    HttpHost,
    /// `$best_http_host`: the same, or what a trusted `X-Forwarded-Host` says.
    BestHost,
    /// `$request_uri`: path and query as received.
    RequestUri,
    /// The same without its final slash, which some redirects cut.
    RequestUriCut,
    /// `$escaped_request_uri`: the same, percent-encoded as a value of a query.
    EscapedRequestUri,
    /// `$uri`: the path, normalized.
    Uri,
    /// `$args`: the query.
    Args,
    /// `$is_args`: `?` when there is a query.
    IsArgs,
    /// The query with `&` in front, when there is one: what nginx's `rewrite` puts behind a query of its own. Made here, as
    /// `$and_args`.
    AndArgs,
    /// `$arg_NAME`: the first parameter of this name, as received.
    Arg(Arc<str>),
    /// `$request_method`
    Method,
    /// `$remote_addr`: the client's address, or what a trusted `X-Forwarded-For` says.
    ClientAddress,
    /// `$realip_remote_addr`: the address that the connection came from.
    PeerAddress,
    /// `$full_x_forwarded_for`: the client's `X-Forwarded-For` with that address behind it.
    FullForwardedFor,
    /// `$server_port`
    ServerPort,
    /// `$pass_port`: the same, or what a trusted `X-Forwarded-Port` says.
    PassPort,
    /// `$server_protocol`: `HTTP/1.1`.
    Protocol,
    /// `$req_id`: the client's `X-Request-ID`, or 32 random hexadecimal digits.
    RequestId,
    /// `$http_NAME`: a header, `_` for `-`; several of one name joined with `, `.
    Header(Arc<str>),
    /// `$cookie_NAME`
    Cookie(Arc<str>),
    /// `$1` to `$9` of the expression that took the path.
    Group(u8),
    /// The same in a redirect by nginx's `rewrite`, which writes some of its characters percent-encoded. Made here, as
    /// `$redirect_1`; nginx has no name for it.
    RedirectGroup(u8),
    /// `$ssl_client_…` and the like, which only the connection knows: `s_dn`, `i_dn`, `verify`, `escaped_cert`.
    Client(Arc<str>),
    /// `$https`: `on` over TLS, else empty.
    Https,
    /// A name that is not known here.
    Other(Arc<str>),
}

/// Who knows the values.
pub trait Variables {
    /// The value; empty when there is none.
    fn value(&self, variable: &Variable) -> Cow<'_, str>;
}

impl Template {
    /// A text without variables, `$` and all.
    pub fn literal(text: &str) -> Self {
        let parts = if text.is_empty() { Box::default() } else { [Part::Text(text.into())].into() };
        Self { parts }
    }

    /// Reads nginx's notation. A `$` that begins no name stays.
    pub fn parse(text: &str) -> Self {
        Self::parse_with(text, |_| None)
    }

    /// As [`Template::parse`]; `known` gives the values of variables that are known beforehand.
    pub fn parse_with(text: &str, known: impl Fn(&str) -> Option<String>) -> Self {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            plain.push_str(before);
            let Some((name, after)) = name(after) else {
                plain.push('$');
                rest = after;
                continue;
            };
            rest = after;
            if let Some(value) = known(name) {
                plain.push_str(&value);
                continue;
            }
            if !plain.is_empty() {
                parts.push(Part::Text(plain.as_str().into()));
                plain.clear();
            }
            parts.push(Part::Variable(Variable::named(name)));
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain.into()));
        }
        Self { parts: parts.into() }
    }

    /// The pieces, in order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The text, when nothing in it depends on the request.
    pub fn as_literal(&self) -> Option<&str> {
        match &*self.parts {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether it is empty whatever is asked.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The names that nobody knows.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(Variable::Other(name)) => Some(&**name),
            Part::Variable(_) | Part::Text(_) => None,
        })
    }

    /// The text for a request. Copies nothing when it is one piece.
    pub fn render<'a>(&'a self, request: &'a impl Variables) -> Cow<'a, str> {
        let one = |part: &'a Part| match part {
            Part::Text(text) => Cow::Borrowed(&**text),
            Part::Variable(variable) => request.value(variable),
        };
        match &*self.parts {
            [] => Cow::Borrowed(""),
            [part] => one(part),
            parts => {
                let mut out = String::with_capacity(64);
                for part in parts {
                    out.push_str(&one(part));
                }
                Cow::Owned(out)
            }
        }
    }
}

/// As written.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Variable(variable) => write!(f, "${}", variable.name()),
        })
    }
}

/// The name after a `$`, and what follows it.
fn name(text: &str) -> Option<(&str, &str)> {
    if let Some(rest) = text.strip_prefix('{') {
        return rest.split_once('}').filter(|(name, _)| is_name(name));
    }
    if let Some(digit) = text.get(..1).filter(|digit| digit.as_bytes()[0].is_ascii_digit()) {
        return Some((digit, text.get(1..).unwrap_or_default()));
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    (!name.is_empty()).then_some((name, rest))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

impl Variable {
    /// The variable of a name, without `$`.
    pub fn named(name: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        match lower.as_str() {
            "scheme" => Self::Scheme,
            "pass_access_scheme" => Self::AccessScheme,
            "host" => Self::Host,
            "http_host" => Self::HttpHost,
            "best_http_host" => Self::BestHost,
            "request_uri" => Self::RequestUri,
            "request_uri_cut" => Self::RequestUriCut,
            "escaped_request_uri" => Self::EscapedRequestUri,
            "uri" | "document_uri" => Self::Uri,
            "args" | "query_string" => Self::Args,
            "is_args" => Self::IsArgs,
            "and_args" => Self::AndArgs,
            "request_method" => Self::Method,
            "remote_addr" => Self::ClientAddress,
            "realip_remote_addr" => Self::PeerAddress,
            "full_x_forwarded_for" => Self::FullForwardedFor,
            "server_port" | "pass_server_port" => Self::ServerPort,
            "pass_port" => Self::PassPort,
            "server_protocol" => Self::Protocol,
            "req_id" | "request_id" => Self::RequestId,
            "https" => Self::Https,
            other => Self::of_family(other).unwrap_or_else(|| Self::Other(name.into())),
        }
    }

    fn of_family(name: &str) -> Option<Self> {
        type Family = (&'static str, fn(Arc<str>) -> Variable);
        if let [digit @ b'1'..=b'9'] = name.as_bytes() {
            return Some(Self::Group(digit - b'0'));
        }
        if let Some([digit @ b'1'..=b'9']) = name.strip_prefix("redirect_").map(str::as_bytes) {
            return Some(Self::RedirectGroup(digit - b'0'));
        }
        let families: [Family; 4] = [
            ("http_", |rest| Self::Header(rest.replace('_', "-").into())),
            ("cookie_", Self::Cookie),
            ("arg_", Self::Arg),
            ("ssl_client_", Self::Client),
        ];
        families.iter().find_map(|(prefix, make)| Some(make(name.strip_prefix(prefix)?.into())))
    }

    /// Its name, without `$`.
    pub fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Scheme => "scheme",
            Self::AccessScheme => "pass_access_scheme",
            Self::Host => "host",
            Self::HttpHost => "http_host",
            Self::BestHost => "best_http_host",
            Self::RequestUri => "request_uri",
            Self::RequestUriCut => "request_uri_cut",
            Self::EscapedRequestUri => "escaped_request_uri",
            Self::Uri => "uri",
            Self::Args => "args",
            Self::IsArgs => "is_args",
            Self::AndArgs => "and_args",
            Self::Method => "request_method",
            Self::ClientAddress => "remote_addr",
            Self::PeerAddress => "realip_remote_addr",
            Self::FullForwardedFor => "full_x_forwarded_for",
            Self::ServerPort => "server_port",
            Self::PassPort => "pass_port",
            Self::Protocol => "server_protocol",
            Self::RequestId => "req_id",
            Self::Https => "https",
            Self::Other(name) => name,
            Self::Arg(name) => return Cow::Owned(format!("arg_{name}")),
            Self::Header(name) => return Cow::Owned(format!("http_{}", name.replace('-', "_"))),
            Self::Cookie(name) => return Cow::Owned(format!("cookie_{name}")),
            Self::Client(name) => return Cow::Owned(format!("ssl_client_{name}")),
            Self::RedirectGroup(number) => return Cow::Owned(format!("redirect_{number}")),
            Self::Group(number) => return Cow::Owned(number.to_string()),
        })
    }
}
