//! A request to ask about, from what was typed: read at once, each mistake told where it stands.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::routing::{Ask, Side};

#[cfg(test)]
mod tests;

/// A request's address. The path and the query stay as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// `http` or `https`.
    pub scheme: String,
    /// Lower-case, without port.
    pub host: String,
    /// 80 or 443 when not typed.
    pub port: u16,
    /// `/` when not typed.
    pub path: String,
    /// Without its `?`.
    pub query: Option<String>,
}

/// A request header; the name in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Header {
    pub name: String,
    pub value: String,
}

/// What was asked, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Request method.
    pub method: String,
    /// Where to.
    pub url: Url,
    /// With which headers.
    pub headers: Vec<Header>,
    /// Only this Gateway.
    pub gateway: Option<(String, String)>,
}

/// What was asked, as typed; what history remembers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// The method.
    pub method: String,
    /// The address.
    pub url: String,
    /// `name: value`, one each; an empty one is none.
    #[serde(default)]
    pub headers: Vec<String>,
    /// Only this Gateway: namespace and name.
    #[serde(default)]
    pub gateway: Option<(String, String)>,
}

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The method.
    Method,
    /// The address.
    Url,
    /// One of the headers, from 0.
    Header(usize),
}

/// What is wrong with a field, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Where.
    pub place: Place,
    /// In words.
    pub why: String,
}

/// Methods that people mean when they type them in small letters (RFC 9110, 9.3; RFC 5789).
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
/// Headers whose values are secrets: history keeps their names only.
const SECRET: [&str; 6] =
    ["authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token", "x-csrf-token"];

impl Url {
    /// Reads an address as one types it for curl.
    ///
    /// # Errors
    /// What is missing or can not be read.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let (scheme, rest) = typed.split_once("://").ok_or_else(|| {
            format!("write `https://{typed}` or `http://{typed}`: the scheme chooses the listener")
        })?;
        let scheme = scheme.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            other => return Err(format!("the scheme is http or https, not `{other}`")),
        };
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let split = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(split);
        let (host, port) = host_and_port(authority)?;
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        if let Some(bad) = target.chars().find(|c| c.is_control() || *c == ' ') {
            return Err(format!(
                "{bad:?} can not stand in a request's target; encode it as %{:02X}",
                u32::from(bad)
            ));
        }
        let path = if path.is_empty() { "/" } else { path }.to_owned();
        Ok(Self { scheme, host, port: port.unwrap_or(default_port), path, query })
    }

    /// Host and port as they stand in a `Host` header: the port only where it is not the scheme's own.
    pub fn authority(&self) -> String {
        let own = matches!((self.scheme.as_str(), self.port), ("http", 80) | ("https", 443));
        if own { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }

    /// Path and query.
    pub fn target(&self) -> String {
        let query = self.query.as_ref().map_or_else(String::new, |query| format!("?{query}"));
        format!("{}{query}", self.path)
    }
}

/// `https://app.example.com:8443/x?y`
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority(), self.target())
    }
}

fn host_and_port(authority: &str) -> Result<(String, Option<u16>), String> {
    if authority.contains('@') {
        return Err("a user name in the address has no meaning for routing; leave it out".to_owned());
    }
    let (host, port) = match authority.rfind(':') {
        // In `[::1]` the last colon belongs to the address.
        Some(at) if !authority[at..].contains(']') => (&authority[..at], Some(&authority[at + 1..])),
        Some(_) | None => (authority, None),
    };
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    if host.is_empty() || host.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("the address has no host".to_owned());
    }
    Ok((host, port.map(port_number).transpose()?))
}

/// A port as typed.
///
/// # Errors
/// When it is none.
pub fn port_number(typed: &str) -> Result<u16, String> {
    let number = typed.parse().ok().filter(|&port| port != 0);
    number.ok_or_else(|| format!("a port is a number from 1 to 65535, not `{typed}`"))
}

impl Header {
    /// Reads `name: value`, as curl's `-H`.
    ///
    /// # Errors
    /// When there is no colon or the name is none.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let (name, value) = typed.split_once(':').ok_or("a header is `name: value`")?;
        if !is_token(name) {
            return Err(format!("`{}` is no header name", name.escape_debug()));
        }
        Ok(Self { name: name.to_ascii_lowercase(), value: value.trim().to_owned() })
    }
}

/// RFC 9110, 5.6.2.
fn is_token(text: &str) -> bool {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !text.is_empty() && text.chars().all(token)
}

impl Question {
    /// As the Table is asked.
    pub fn ask(&self) -> Ask {
        Ask {
            side: Side::New,
            gateway: self.gateway.clone(),
            method: self.method.clone(),
            scheme: self.url.scheme.clone(),
            host: self.url.host.clone(),
            port: self.url.port,
            path: self.url.path.clone(),
            query: self.url.query.clone(),
            headers: self.headers.iter().map(|one| (one.name.clone(), one.value.clone())).collect(),
        }
    }
}

impl Default for Form {
    fn default() -> Self {
        Self { method: "GET".to_owned(), url: String::new(), headers: Vec::new(), gateway: None }
    }
}

impl Form {
    /// Reads words as they follow `:explain`: a method (GET when there is none), an address, headers as `name:value`.
    /// A word that begins no header goes on with the value before it.
    ///
    /// # Errors
    /// When no word is an address.
    pub fn of_words<W: AsRef<str>>(words: &[W]) -> Result<Self, String> {
        let mut words = words.iter().map(AsRef::as_ref).peekable();
        let mut form = Self::default();
        if let Some(method) = words.next_if(|word| is_token(word) && !word.contains('.')) {
            form.method = method.to_owned();
        }
        form.url = words.next().ok_or("write an address: `explain GET https://app.example.com/`")?.to_owned();
        for word in words {
            let begins = word.split_once(':').is_some_and(|(name, _)| is_token(name));
            match form.headers.last_mut() {
                Some(value) if !begins => {
                    value.push(' ');
                    value.push_str(word);
                }
                Some(_) | None => form.headers.push(word.to_owned()),
            }
        }
        Ok(form)
    }

    /// The same as words, for a line of history or of the log.
    pub fn line(&self) -> String {
        let mut line = format!("{} {}", self.method, self.url);
        for header in self.headers.iter().filter(|header| !header.trim().is_empty()) {
            line.push(' ');
            line.push_str(header);
        }
        line
    }

    /// Reads what was typed.
    ///
    /// # Errors
    /// All that is wrong, in the order of the fields.
    pub fn read(&self) -> Result<Question, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let method = method(&self.method).map_err(|why| wrong.push(Wrong { place: Place::Method, why }));
        let typed = self.url.trim();
        let url = if typed.is_empty() {
            Err("write an address: https://app.example.com/".to_owned())
        } else {
            Url::parse(typed)
        };
        let url = url.map_err(|why| wrong.push(Wrong { place: Place::Url, why }));
        let mut headers = Vec::new();
        for (at, typed) in self.headers.iter().enumerate().filter(|(_, typed)| !typed.trim().is_empty()) {
            match header(typed) {
                Ok(header) => headers.push(header),
                Err(why) => wrong.push(Wrong { place: Place::Header(at), why }),
            }
        }
        match (method, url) {
            (Ok(method), Ok(url)) if wrong.is_empty() => {
                Ok(Question { method, url, headers, gateway: self.gateway.clone() })
            }
            _ => Err(wrong),
        }
    }

    /// What may be written to a file: credentials are left out, their names stay.
    pub fn remembered(&self) -> Self {
        let mut form = self.clone();
        for header in &mut form.headers {
            if let Some((name, _)) = header.split_once(':')
                && SECRET.contains(&name.trim().to_ascii_lowercase().as_str())
            {
                *header = format!("{}:", name.trim());
            }
        }
        form
    }
}

fn method(typed: &str) -> Result<String, String> {
    let typed = typed.trim();
    let upper = typed.to_ascii_uppercase();
    match typed {
        "" => Err("write a method: GET".to_owned()),
        _ if typed != upper && METHODS.contains(&upper.as_str()) => {
            Err(format!("methods are written in capitals: {upper}"))
        }
        _ if is_token(typed) => Ok(typed.to_owned()),
        _ => Err(format!("`{}` is no method", typed.escape_debug())),
    }
}

/// A header that may be sent: what would end its line can not.
fn header(typed: &str) -> Result<Header, String> {
    let header = Header::parse(typed.trim_start())?;
    match header.name.as_str() {
        "host" => Err("the host is the address's: write it there".to_owned()),
        "content-length" | "transfer-encoding" | "connection" | "expect" => {
            Err(format!("{} frames the message; it is set on sending", header.name))
        }
        _ => match header.value.chars().find(|c| c.is_control() && *c != '\t') {
            Some(bad) => Err(format!("{bad:?} can not stand in a header")),
            None => Ok(header),
        },
    }
}
