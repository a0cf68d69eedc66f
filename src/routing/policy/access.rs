//! Who may ask: addresses, passwords, and another service's word.

use std::{fmt, net::IpAddr, sync::Arc};

use base64::Engine as _;
use ipnet::IpNet;

use super::Speech;
use crate::routing::{BackendId, Template};

/// Who may ask.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Access {
    /// By address.
    pub sources: Sources,
    /// By password.
    pub basic: Option<BasicAuth>,
    /// By another service's word.
    pub external: Option<ExternalAuth>,
    /// One of these is enough (nginx `satisfy any`).
    pub any: bool,
}

/// Ranges of addresses. A denied one is refused; with allowed ones all others are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Refused, asked first.
    pub deny: Box<[IpNet]>,
    /// When not empty: the only ones.
    pub allow: Box<[IpNet]>,
}

/// Name and password (RFC 7617).
#[derive(Clone, Debug, PartialEq)]
pub struct BasicAuth {
    /// Shown by the browser.
    pub realm: Arc<str>,
    /// Who.
    pub users: Arc<Users>,
}

/// Names and hashes of passwords, as `htpasswd` writes them. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Users(Box<[(String, String)]>);

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Users({})", self.0.len())
    }
}

impl Users {
    /// From the lines of an `htpasswd` file: `name:hash`, `#` begins a comment.
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(lines.filter_map(|line| line.split_once(':')).map(|(a, b)| (a.into(), b.into())).collect())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nobody may come in.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The hash of a user; of several lines the first counts.
    pub fn hash_of(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(user, _)| user == name).map(|(_, hash)| &**hash)
    }

    /// Whether an `Authorization` header names one of them with the right password.
    pub fn admit(&self, authorization: Option<&str>, verify: impl Fn(&str, &str) -> bool) -> bool {
        credentials(authorization)
            .is_some_and(|(name, password)| self.hash_of(&name).is_some_and(|hash| verify(&password, hash)))
    }
}

/// Name and password of `Basic …`.
fn credentials(authorization: Option<&str>) -> Option<(String, String)> {
    let (scheme, coded) = authorization?.split_once(' ')?;
    let engine = base64::engine::general_purpose::STANDARD;
    let bytes = scheme.eq_ignore_ascii_case("basic").then(|| engine.decode(coded.trim()).ok())??;
    let text = String::from_utf8(bytes).ok()?;
    text.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()))
}

/// Another service is asked before the backend (nginx `auth_request`): 2xx lets in, 401 and 403 do not, all else is 500.
#[derive(Clone, Debug, PartialEq)]
pub struct ExternalAuth {
    /// As the annotation has it.
    pub url: Template,
    /// The Service that it names; none when it is not one that we know: then nothing is asked, and this is said.
    pub backend: Option<Arc<BackendId>>,
    /// Path and query that are asked.
    pub target: Template,
    /// `Host` of the question.
    pub host: Template,
    /// Method of the question; none: GET, whatever the request's is. It has no body.
    pub method: Option<Arc<str>>,
    /// Headers of the question, in place of the client's of these names; an empty value sends none.
    pub request: Box<[(Arc<str>, Template)]>,
    /// `Location` of a 302 in place of 401.
    pub sign_in: Option<Template>,
    /// Headers of its answer that the backend gets.
    pub passes: Box<[Arc<str>]>,
    /// Its cookies come with every answer, not only with good ones.
    pub always_sets_cookie: bool,
    /// How it is asked.
    pub speech: Speech,
}

/// What access comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Admission<'p> {
    /// The backend may be asked.
    Open,
    /// 403: the address.
    Forbidden,
    /// 401 with this realm.
    Unauthorized(&'p str),
    /// The other service decides.
    Ask(&'p ExternalAuth),
}

impl Sources {
    /// Whether every address may ask.
    pub fn is_open(&self) -> bool {
        self.deny.is_empty() && self.allow.is_empty()
    }

    /// Whether this address may ask.
    pub fn take(&self, address: IpAddr) -> bool {
        let within = |ranges: &[IpNet]| ranges.iter().any(|range| range.contains(&address));
        !within(&self.deny) && (self.allow.is_empty() || within(&self.allow))
    }
}

impl Access {
    /// Whether nothing is asked.
    pub fn is_open(&self) -> bool {
        self.sources.is_open() && self.basic.is_none() && self.external.is_none()
    }

    /// What is known without asking the other service. `client`: none when it is not known, which is let through;
    /// `verify` compares a password with its hash.
    pub fn admit(
        &self,
        client: Option<IpAddr>,
        authorization: Option<&str>,
        verify: impl Fn(&str, &str) -> bool,
    ) -> Admission<'_> {
        let listed = client.is_none_or(|client| self.sources.take(client));
        let has_sources = !self.sources.is_open();
        if self.any && has_sources && listed {
            return Admission::Open;
        }
        if !self.any && !listed {
            return Admission::Forbidden;
        }
        if let Some(basic) = &self.basic {
            let known = basic.users.admit(authorization, verify);
            match (known, self.any) {
                (true, true) => return Admission::Open,
                (false, true) if self.external.is_none() => return Admission::Unauthorized(&basic.realm),
                (false, false) => return Admission::Unauthorized(&basic.realm),
                (true, false) | (false, true) => {}
            }
        }
        match &self.external {
            Some(external) => Admission::Ask(external),
            None if self.any && has_sources && self.basic.is_none() => Admission::Forbidden,
            None => Admission::Open,
        }
    }
}
