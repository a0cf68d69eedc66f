//! Snippets of nginx configuration, read as far as they can be.
//!
//! The common idioms become [`Directive`]s; all else stays text, [`Directive::ByHand`]. Nothing is lost: each byte
//! that is no comment and no space is in one of them.

mod directives;
mod meaning;
mod places;
mod words;

#[cfg(test)]
mod tests;

pub(in crate::dialect::ingress) use meaning::time;
pub(in crate::dialect::ingress) use places::{Around, Misplaced, Place};
use words::{Block, Statement};

/// A snippet as read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snippet {
    /// As written.
    pub text: String,
    /// In order.
    pub directives: Vec<Line>,
    /// Why nginx refuses the configuration with this snippet in it, where that is certain: line from 1, and reason.
    pub faults: Vec<(u32, String)>,
}

/// A directive and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Line in the snippet, from 1.
    pub line: u32,
    /// What it says.
    pub directive: Directive,
}

/// What one directive of a snippet does. Values are without their quotes and may hold nginx variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directive {
    /// `more_set_headers`: sets response headers, whatever the status; `-s` and `-t` limit it. An empty value removes.
    SetResponseHeaders {
        /// Name and value.
        headers: Vec<(String, String)>,
        /// `-s`: only answers with these statuses.
        statuses: Vec<u16>,
        /// `-t`: only answers of these content types.
        types: Vec<String>,
    },
    /// `more_clear_headers`: removes response headers; a name may end with `*`.
    ClearResponseHeaders {
        /// The names.
        names: Vec<String>,
        /// `-s`: only answers with these statuses.
        statuses: Vec<u16>,
        /// `-t`: only answers of these content types.
        types: Vec<String>,
    },
    /// `more_set_input_headers`: sets headers of the request.
    SetInputHeaders(Vec<(String, String)>),
    /// `more_clear_input_headers`: removes headers of the request.
    ClearInputHeaders(Vec<String>),
    /// `add_header`: adds a response header to 200, 201, 204, 206, 301 to 304, 307 and 308, with `always` to all.
    AddHeader {
        /// The name.
        name: String,
        /// The value.
        value: String,
        /// Whatever the status.
        always: bool,
    },
    /// `proxy_set_header`: a header for the back end; an empty value removes it.
    ProxySetHeader {
        /// The name.
        name: String,
        /// The value.
        value: String,
    },
    /// `proxy_hide_header`: a response header of the back end that is not passed on.
    ProxyHideHeader(String),
    /// `return`.
    Return(Return),
    /// `rewrite`.
    Rewrite {
        /// The PCRE that is searched for in the path.
        pattern: String,
        /// What the path becomes; a URL with a scheme redirects.
        replacement: String,
        /// The flag.
        flag: RewriteFlag,
    },
    /// `if ($http_x …) { … }`.
    If {
        /// When.
        condition: Condition,
        /// What then.
        then: Vec<Line>,
    },
    /// `set`.
    Set {
        /// The name without its `$`.
        variable: String,
        /// The value.
        value: String,
    },
    /// `allow`: an address, a network, `unix:` or `all`.
    Allow(String),
    /// `deny`: the same.
    Deny(String),
    /// `client_max_body_size` in bytes; `None`: no limit.
    MaxBodySize(Option<u64>),
    /// `proxy_connect_timeout`, `proxy_send_timeout`, `proxy_read_timeout`: which, and how long.
    Timeout(TimeoutOf, std::time::Duration),
    /// `expires`, its arguments as written: `off`, `epoch`, `max`, `30d`, `modified +24h`…
    Expires(String),
    /// Anything else, as written, without the space around it.
    ByHand(String),
}

/// Whose time a timeout limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimeoutOf {
    /// `proxy_connect_timeout`
    Connect,
    /// `proxy_send_timeout`
    Send,
    /// `proxy_read_timeout`
    Read,
}

/// `return`: a status with a text or a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Return {
    /// The status; 302 where only a URL is written. 444 closes the connection.
    pub code: u16,
    /// The URL for 301, 302, 303, 307 and 308; else the body.
    pub text: Option<String>,
}

impl Return {
    /// Whether [`Self::text`] is a URL.
    pub fn redirects(&self) -> bool {
        matches!(self.code, 301 | 302 | 303 | 307 | 308)
    }
}

/// The flag of a `rewrite`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RewriteFlag {
    /// None: the next `rewrite` goes on with the result, then the location is chosen again.
    #[default]
    None,
    /// No further `rewrite`; the location is chosen again.
    Last,
    /// No further `rewrite`; the location stays.
    Break,
    /// 302
    Redirect,
    /// 301
    Permanent,
}

/// The condition of an `if`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `($x)`: not empty and not `0`.
    Is(String),
    /// `($x = text)` or `!=`.
    Equals {
        /// The variable without its `$`.
        variable: String,
        /// The text.
        text: String,
        /// `!=`
        not: bool,
    },
    /// `($x ~ re)`, `~*`, `!~`, `!~*`.
    Matches {
        /// The variable without its `$`.
        variable: String,
        /// The PCRE that is searched for.
        pattern: String,
        /// `~*` and `!~*`
        any_case: bool,
        /// `!~` and `!~*`
        not: bool,
    },
    /// `-f`, `-d`, `-e`, `-x` and what else there is: as written.
    Other(String),
}

impl Snippet {
    /// Reads a snippet.
    pub fn read(text: &str) -> Self {
        let words::Read { statements, mut faults, breaks_out, open_end } = words::read(text);
        if breaks_out {
            // It closes the controller's block and opens one of its own: nothing can be said of its parts.
            let whole = Line { line: 1, directive: Directive::ByHand(text.trim().to_owned()) };
            return Self { text: text.to_owned(), directives: vec![whole], faults };
        }
        if let Some(last) = statements.last().filter(|_| open_end && faults.is_empty())
            && !last.words.first().is_some_and(|name| directives::takes_any_number(name))
        {
            faults.push((last.line, format!("`{}` has no `;`", brief(&last.text))));
        }
        unknown(&statements, &mut faults);
        faults.sort();
        Self { text: text.to_owned(), directives: statements.iter().map(meaning::line).collect(), faults }
    }

    /// A snippet of another context, which is not read.
    pub(in crate::dialect::ingress) fn unchecked(text: &str) -> Self {
        let whole = Line { line: 1, directive: Directive::ByHand(text.trim().to_owned()) };
        Self { text: text.to_owned(), directives: vec![whole], faults: Vec::new() }
    }

    /// Whether there is nothing in it but comments and space.
    pub fn is_empty(&self) -> bool {
        self.directives.is_empty()
    }

    /// The directives that nothing here understands, those inside of an `if` included.
    pub fn by_hand(&self) -> Vec<&Line> {
        let mut found = Vec::new();
        gather(&self.directives, &mut found);
        found
    }
}

fn gather<'a>(lines: &'a [Line], found: &mut Vec<&'a Line>) {
    for line in lines {
        match &line.directive {
            Directive::ByHand(_) => found.push(line),
            Directive::If { then, .. } => gather(then, found),
            _ => {}
        }
    }
}

/// Names that no nginx knows.
fn unknown(statements: &[Statement], faults: &mut Vec<(u32, String)>) {
    for statement in statements {
        let name = statement.words.first().map_or("", String::as_str);
        if name.is_empty() {
            faults.push((statement.line, "a directive without a name".to_owned()));
        } else if !directives::exists(name) {
            faults.push((statement.line, format!("nginx knows no directive `{}`", brief(name))));
        }
        match &statement.block {
            Some(Block::Directives(inside)) if !directives::is_free_form(name) => unknown(inside, faults),
            Some(Block::Directives(_) | Block::Lua) | None => {}
        }
    }
}

/// The beginning of a text, on one line.
fn brief(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}
