//! The types of values.

use std::sync::OnceLock;

use regex::Regex;

/// What values an annotation takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// As Go reads it: `1`, `t`, `T`, `TRUE`, `true`, `True` and their opposites.
    Bool,
    /// The same, and `on`, `off`, `enabled`, `disabled` in any case.
    Flag,
    /// A whole number within bounds, both included.
    Int {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// A number, with a fraction or without.
    Number,
    /// A number with a unit of time, several of them, or a number alone.
    Duration,
    /// A number of bytes with `k`, `m` or `g`, as nginx writes it.
    Size,
    /// Any text.
    Text,
    /// One of these words.
    Enum {
        /// The words.
        words: Vec<String>,
        /// Whether case matters.
        exact: bool,
    },
    /// Any number of these words, apart by `,` or blank.
    Words {
        /// The words.
        words: Vec<String>,
    },
    /// Texts, apart by commas.
    List,
    /// Addresses and networks, apart by commas.
    Cidrs,
    /// A URL with scheme and host.
    Url,
    /// A path from `/`.
    Path,
    /// A regular expression as PCRE takes it.
    Regex,
    /// Raw configuration of a proxy.
    Snippet,
    /// One hostname.
    Host,
    /// Hostnames, apart by commas.
    Hosts,
    /// `name` or `namespace/name` of a ConfigMap.
    ConfigMap,
    /// `name` or `namespace/name` of a Secret.
    Secret,
    /// Name of a Service.
    Service,
    /// JSON.
    Json,
    /// Name of a header.
    Header,
    /// Names of headers, apart by commas.
    Headers,
    /// Methods, apart by commas.
    Methods,
    /// Status codes, apart by commas.
    Codes,
    /// `name=value`, apart by commas.
    Pairs,
    /// A text of a form.
    Form(Form),
}

/// A regular expression over a whole value, compiled when it is first asked: most never are.
#[derive(Clone, Debug)]
pub struct Form {
    text: String,
    compiled: OnceLock<Option<Regex>>,
}

impl PartialEq for Form {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Form {}

impl Form {
    /// A form by its text.
    pub(super) fn new(text: String) -> Self {
        Self { text, compiled: OnceLock::new() }
    }

    /// Whether a value has the form; none does when the expression is none.
    pub(super) fn takes(&self, value: &str) -> bool {
        self.compiled().is_some_and(|form| form.is_match(value))
    }

    /// The expression, if it is one.
    pub(super) fn compiled(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(&format!("^(?:{})$", self.text)).ok()).as_ref()
    }
}

impl ValueKind {
    /// In a word or two, for a person.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Bool | Self::Flag => "true or false",
            Self::Int { .. } => "whole number",
            Self::Number => "number",
            Self::Duration => "time",
            Self::Size => "size in bytes",
            Self::Text | Self::Form(_) => "text",
            Self::Enum { .. } => "one word of a list",
            Self::Words { .. } => "words of a list",
            Self::List => "list",
            Self::Cidrs => "networks",
            Self::Url => "URL",
            Self::Path => "path",
            Self::Regex => "regular expression",
            Self::Snippet => "raw configuration",
            Self::Host => "hostname",
            Self::Hosts => "hostnames",
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
            Self::Service => "Service",
            Self::Json => "JSON",
            Self::Header => "name of a header",
            Self::Headers => "names of headers",
            Self::Methods => "methods",
            Self::Codes => "status codes",
            Self::Pairs => "name=value pairs",
        }
    }
}
