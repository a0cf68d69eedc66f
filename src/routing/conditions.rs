//! What a match asks of a request beside its path.

use std::{borrow::Cow, fmt, sync::Arc};

use super::{
    Expression, InvalidPattern, Request, Variable,
    path::{Decoded, compile},
};

#[cfg(test)]
mod tests;

/// All of these must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    /// Upper-case method.
    pub method: Option<Arc<str>>,
    /// Headers, cookies and query parameters. Of several with one name only the first counts.
    pub fields: Box<[FieldMatch]>,
    /// Values by nginx's variables (`if` of a snippet); one that is missing is empty.
    pub tests: Box<[Test]>,
}

/// A variable that must be, or must not be, as asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// The variable: one of the request itself, which is known before a rule is.
    pub variable: Variable,
    /// What it is compared with.
    pub value: ValueMatch,
    /// It must not be so.
    pub not: bool,
}

impl Test {
    /// Whether the variable is known before a rule is found.
    pub fn knows(variable: &Variable) -> bool {
        matches!(
            variable,
            Variable::Scheme
                | Variable::Host
                | Variable::HttpHost
                | Variable::RequestUri
                | Variable::Uri
                | Variable::Args
                | Variable::IsArgs
                | Variable::Arg(_)
                | Variable::Method
                | Variable::Header(_)
                | Variable::Cookie(_)
                | Variable::Https
        )
    }

    /// Whether the request is as asked.
    pub fn met(&self, request: &impl Request) -> bool {
        self.value.takes(&value_of(&self.variable, request)) != self.not
    }
}

/// What a variable says before a rule is found.
pub(super) fn value_of<'r>(variable: &Variable, request: &'r impl Request) -> Cow<'r, str> {
    let header = |name: &str| request.header(name).unwrap_or_default();
    let query = || request.query().unwrap_or_default();
    match variable {
        Variable::Scheme => Cow::Borrowed(if request.is_encrypted() { "https" } else { "http" }),
        Variable::Https => Cow::Borrowed(if request.is_encrypted() { "on" } else { "" }),
        Variable::Host => Cow::Borrowed(request.host()),
        Variable::HttpHost => header("host"),
        Variable::RequestUri => match request.query() {
            Some(query) => Cow::Owned([request.path(), "?", query].concat()),
            None => Cow::Borrowed(request.path()),
        },
        Variable::Uri => super::normalized(request.path()),
        Variable::Args => Cow::Borrowed(query()),
        Variable::IsArgs => Cow::Borrowed(if query().is_empty() { "" } else { "?" }),
        Variable::Arg(name) => Cow::Borrowed(super::values::argument(request.query(), name)),
        Variable::Method => Cow::Borrowed(request.method()),
        Variable::Header(name) => header(name),
        Variable::Cookie(name) => super::values::cookie(header("cookie"), name),
        _ => Cow::Borrowed(""),
    }
}

/// Where a value is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// A header; names in lower case.
    Header,
    /// A query parameter; the first of its name counts, decoded.
    Query,
    /// A cookie (ingress-nginx canaries).
    Cookie,
}

/// One value that must be as asked.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldMatch {
    /// Where.
    pub field: Field,
    /// Name.
    pub name: Arc<str>,
    /// How.
    pub value: ValueMatch,
}

/// How a value is compared.
#[derive(Clone, Debug)]
pub enum ValueMatch {
    /// Byte for byte.
    Exact(Arc<str>),
    /// A regular expression with its anchors compiled in, and as written.
    Pattern(Arc<str>, Expression),
}

/// A condition that a request does not meet.
#[derive(Clone, Debug, PartialEq)]
pub enum Unmet<'a> {
    /// Another method is wanted.
    Method(&'a str),
    /// The value is missing or another.
    Field(&'a FieldMatch),
    /// The variable says something else.
    Test(&'a Test),
}

impl Conditions {
    /// Whether the request meets all of them. Copies nothing unless a value is encoded and compared with an expression.
    pub fn met(&self, request: &impl Request) -> bool {
        self.unmet(request).next().is_none()
    }

    /// The conditions that the request does not meet, in the order method, fields.
    pub fn unmet<'a>(&'a self, request: &'a impl Request) -> impl Iterator<Item = Unmet<'a>> {
        let method = self.method.as_deref().filter(|wanted| *wanted != request.method()).map(Unmet::Method);
        let fields = self.fields.iter().enumerate();
        let fields = fields.filter(|(at, field)| {
            !self.fields.iter().take(*at).any(|earlier| earlier.is_of(field)) && !field.met(request)
        });
        let tests = self.tests.iter().filter(|test| !test.met(request)).map(Unmet::Test);
        method.into_iter().chain(fields.map(|(_, field)| Unmet::Field(field))).chain(tests)
    }
}

impl FieldMatch {
    /// Whether the request has the value.
    pub fn met(&self, request: &impl Request) -> bool {
        match self.field {
            Field::Header => request.header(&self.name).is_some_and(|value| self.value.takes(&value)),
            Field::Cookie => request.header("cookie").is_some_and(|cookies| {
                cookie(&cookies, &self.name).is_some_and(|value| self.value.takes(value))
            }),
            Field::Query => request
                .query()
                .and_then(|query| parameter(query, &self.name))
                .is_some_and(|value| self.value.takes_encoded(value)),
        }
    }

    /// The value that the request has, as it is compared.
    pub fn value_in<'r>(&self, request: &'r impl Request) -> Option<Cow<'r, str>> {
        match self.field {
            Field::Header => request.header(&self.name),
            Field::Cookie => match request.header("cookie")? {
                Cow::Borrowed(cookies) => cookie(cookies, &self.name).map(Cow::Borrowed),
                Cow::Owned(cookies) => cookie(&cookies, &self.name).map(|value| Cow::Owned(value.to_owned())),
            },
            Field::Query => parameter(request.query()?, &self.name).map(decoded),
        }
    }

    /// Whether both look at the same value.
    fn is_of(&self, other: &Self) -> bool {
        self.field == other.field
            && match self.field {
                Field::Header => self.name.eq_ignore_ascii_case(&other.name),
                Field::Query | Field::Cookie => self.name == other.name,
            }
    }
}

impl ValueMatch {
    /// Gateway API `Exact`.
    pub fn exact(value: &str) -> Self {
        Self::Exact(value.into())
    }

    /// Gateway API `RegularExpression`: the whole value must match.
    ///
    /// # Errors
    /// [`InvalidPattern`]
    pub fn whole(written: &str) -> Result<Self, InvalidPattern> {
        Ok(Self::Pattern(written.into(), compile(written, "^(?:", ")$")?))
    }

    /// ingress-nginx `canary-by-header-pattern`: a part of the value is enough.
    ///
    /// # Errors
    /// [`InvalidPattern`]
    pub fn part(written: &str) -> Result<Self, InvalidPattern> {
        let compiled = Expression::pcre(written, 1 << 20);
        let expression =
            compiled.map_err(|message| InvalidPattern::Syntax { written: written.into(), message })?;
        Ok(Self::Pattern(written.into(), expression))
    }

    /// Whether this value is as asked.
    pub fn takes(&self, value: &str) -> bool {
        match self {
            Self::Exact(wanted) => **wanted == *value,
            Self::Pattern(_, regex) => regex.is_match(value),
        }
    }

    fn takes_encoded(&self, value: &str) -> bool {
        match self {
            Self::Exact(wanted) => Decoded(value.as_bytes()).eq(wanted.bytes()),
            Self::Pattern(_, regex) => regex.is_match(&decoded(value)),
        }
    }
}

/// Expressions are compared as compiled, by their text.
impl PartialEq for ValueMatch {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exact(a), Self::Exact(b)) => a == b,
            (Self::Pattern(a, x), Self::Pattern(b, y)) => a == b && x.as_str() == y.as_str(),
            (Self::Exact(_), Self::Pattern(..)) | (Self::Pattern(..), Self::Exact(_)) => false,
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Query => "query",
            Self::Cookie => "cookie",
        })
    }
}

/// `header x-api-version = v2`, `query a ~ re`
impl fmt::Display for FieldMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            ValueMatch::Exact(value) => write!(f, "{} {} = {value}", self.field, self.name),
            ValueMatch::Pattern(written, _) => write!(f, "{} {} ~ {written}", self.field, self.name),
        }
    }
}

/// `$host != a.example`
impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = if self.not { "!" } else { "" };
        match &self.value {
            ValueMatch::Exact(value) => write!(f, "${} {not}= {value}", self.variable.name()),
            ValueMatch::Pattern(written, _) => write!(f, "${} {not}~ {written}", self.variable.name()),
        }
    }
}

/// `method GET, header a = b`; nothing when nothing is asked.
impl fmt::Display for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        if let Some(method) = &self.method {
            write!(f, "method {method}")?;
            between = ", ";
        }
        for field in &self.fields {
            write!(f, "{between}{field}")?;
            between = ", ";
        }
        for test in &self.tests {
            write!(f, "{between}{test}")?;
            between = ", ";
        }
        Ok(())
    }
}

/// The value of the first parameter of this name, as received. `+` is no space: only `%20` is (RFC 3986).
fn parameter<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    query.split('&').filter(|pair| !pair.is_empty()).find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Decoded(key.as_bytes()).eq(name.bytes()).then_some(value)
    })
}

/// The value of the first cookie of this name (RFC 6265 section 4.2.1), in any case of letters as nginx finds it.
fn cookie<'c>(cookies: &'c str, name: &str) -> Option<&'c str> {
    cookies.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn decoded(value: &str) -> Cow<'_, str> {
    if !value.contains('%') {
        return Cow::Borrowed(value);
    }
    let bytes: Vec<u8> = Decoded(value.as_bytes()).collect();
    Cow::Owned(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}
