//! A request to ask about, from what was typed: read at once, each mistake told where it stands.

use serde::{Deserialize, Serialize};

use crate::{
    rehearsal::Url,
    routing::{Ask, Side},
};

#[cfg(test)]
mod tests;

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
    /// Which side is asked.
    pub side: Side,
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
    /// Which side is asked.
    #[serde(default)]
    pub which: Which,
}

/// Which sides a request is asked of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Which {
    /// All that are served.
    #[default]
    Both,
    /// The Ingresses.
    Old,
    /// The Gateways and routes.
    New,
}

impl Which {
    /// All, in the order in which they are gone through.
    pub const ALL: [Self; 3] = [Self::Both, Self::Old, Self::New];

    /// As it is typed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Old => "old",
            Self::New => "new",
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|one| one.word() == word);
        found.ok_or_else(|| format!("`{word}` is no side: old, new or both"))
    }
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
/// What stands before a side.
const SIDE: &str = "--side";
/// Headers whose values are secrets: history keeps their names only.
const SECRET: [&str; 6] =
    ["authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token", "x-csrf-token"];

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
    /// In one line: `GET https://app.example.com:8443/x?y`; the port only where it is not the scheme's own.
    pub fn line(&self) -> String {
        let Self { method, url, .. } = self;
        let own = matches!((url.scheme.as_str(), url.port), ("http", 80) | ("https", 443));
        let port = if own { String::new() } else { format!(":{}", url.port) };
        format!("{method} {}://{}{port}{}", url.scheme, url.host, url.target())
    }

    /// As the Table is asked.
    pub fn ask(&self) -> Ask {
        let headers = self.headers.iter().map(|one| (one.name.clone(), one.value.clone())).collect();
        Ask { side: self.side, gateway: self.gateway.clone(), ..self.url.ask(&self.method, headers) }
    }
}

impl Default for Form {
    fn default() -> Self {
        Self {
            method: "GET".to_owned(),
            url: String::new(),
            headers: Vec::new(),
            gateway: None,
            which: Which::Both,
        }
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
        if let Some(word) = words.next_if(|word| word.starts_with(SIDE)) {
            let side = match word.strip_prefix(SIDE).and_then(|rest| rest.strip_prefix('=')) {
                Some(side) => side,
                None => words.next().ok_or("which side: old, new or both")?,
            };
            form.which = Which::parse(side)?;
        }
        if let Some(method) = words.next_if(|word| is_token(word) && !word.contains('.')) {
            method.clone_into(&mut form.method);
        }
        let url = words.next().ok_or("write an address: `explain GET https://app.example.com/`")?;
        url.clone_into(&mut form.url);
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
        let side = match self.which {
            Which::Both => String::new(),
            one @ (Which::Old | Which::New) => format!("{SIDE} {} ", one.word()),
        };
        let mut line = format!("{side}{} {}", self.method, self.url);
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
                Ok(Question { method, url, headers, gateway: self.gateway.clone(), side: Side::New })
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
