//! Raw nginx configuration, read as far as its common idioms go.
//!
//! Directives are told apart as nginx does: words, quotes, comments, `;` and braces. Nothing is expanded or run.

use std::fmt;

/// One directive of a snippet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Its name and arguments, without quotes.
    pub words: Vec<String>,
    /// The line in the snippet, from 1.
    pub line: u32,
    /// True when it opens a block, or stands in one: what it does hangs on more than itself.
    pub nested: bool,
    /// What it is, when it is one that we know.
    pub idiom: Option<Idiom>,
}

/// Directives that have a field in Gateway API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Idiom {
    /// `more_set_headers "Name: value"`, `add_header Name value`
    SetResponseHeader,
    /// `more_clear_headers Name`, `proxy_hide_header Name`
    RemoveResponseHeader,
    /// `proxy_set_header Name value`
    SetRequestHeader,
    /// `proxy_set_header Name ""`
    RemoveRequestHeader,
    /// `return 301 https://…`
    Redirect,
    /// `rewrite ^/old$ /new redirect`
    RewriteRedirect,
    /// `rewrite ^/old/(.*)$ /new/$1 break`
    Rewrite,
}

impl Idiom {
    /// The field that it becomes.
    pub fn becomes(self) -> &'static str {
        match self {
            Self::SetResponseHeader => "HTTPRoute.spec.rules[].filters[].responseHeaderModifier.set",
            Self::RemoveResponseHeader => "HTTPRoute.spec.rules[].filters[].responseHeaderModifier.remove",
            Self::SetRequestHeader => "HTTPRoute.spec.rules[].filters[].requestHeaderModifier.set",
            Self::RemoveRequestHeader => "HTTPRoute.spec.rules[].filters[].requestHeaderModifier.remove",
            Self::Redirect | Self::RewriteRedirect => "HTTPRoute.spec.rules[].filters[].requestRedirect",
            Self::Rewrite => "HTTPRoute.spec.rules[].filters[].urlRewrite",
        }
    }
}

/// The directive in a few words.
impl fmt::Display for Directive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words.join(" "))
    }
}

/// Every directive of a snippet, those in blocks too. A text that breaks off keeps what it has.
pub fn directives(text: &str) -> Vec<Directive> {
    let mut reader = Reader { found: Vec::new(), words: Vec::new(), word: None, start: 1, line: 1, depth: 0 };
    let mut letters = text.chars().peekable();
    let mut quote = None;
    while let Some(c) = letters.next() {
        if c == '\n' {
            reader.line += 1;
        }
        match (quote, c) {
            (_, '\\') => {
                // nginx keeps the sign before letters that need none.
                match letters.next() {
                    Some(next) if matches!(next, '"' | '\'' | '\\' | ' ') => reader.letter(next),
                    Some(next) => {
                        reader.letter('\\');
                        reader.letter(next);
                    }
                    None => reader.letter('\\'),
                }
            }
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') if reader.word.is_none() => {
                reader.begin();
                reader.word = Some(String::new());
                quote = Some(c);
            }
            (None, '#') if reader.word.is_none() => while letters.next_if(|c| *c != '\n').is_some() {},
            (None, ';') => reader.end(false),
            (None, '{') if reader.word.as_deref().is_none_or(|word| !word.ends_with('$')) => {
                reader.end(true);
                reader.depth += 1;
            }
            (None, '}') if !reader.word.as_deref().is_some_and(|word| word.contains("${")) => {
                reader.end(false);
                reader.depth = reader.depth.saturating_sub(1);
            }
            (None, _) if c.is_whitespace() => reader.space(),
            (Some(_) | None, _) => reader.letter(c),
        }
    }
    reader.end(false);
    reader.found
}

/// What a snippet becomes when every directive in it is an idiom; none when one is left over, or there is none.
pub(super) fn becomes(text: &str) -> Option<String> {
    let all = directives(text);
    let mut idioms = Vec::new();
    for directive in &all {
        idioms.push(directive.idiom?.becomes());
    }
    idioms.sort_unstable();
    idioms.dedup();
    (!idioms.is_empty()).then(|| idioms.join(", "))
}

struct Reader {
    found: Vec<Directive>,
    words: Vec<String>,
    word: Option<String>,
    start: u32,
    line: u32,
    depth: u32,
}

impl Reader {
    fn begin(&mut self) {
        if self.words.is_empty() && self.word.is_none() {
            self.start = self.line;
        }
    }

    fn letter(&mut self, c: char) {
        self.begin();
        self.word.get_or_insert_default().push(c);
    }

    fn space(&mut self) {
        self.words.extend(self.word.take());
    }

    fn end(&mut self, block: bool) {
        self.space();
        let words = std::mem::take(&mut self.words);
        if words.is_empty() {
            return;
        }
        let nested = block || self.depth > 0;
        let idiom = if nested { None } else { idiom(&words) };
        self.found.push(Directive { words, line: self.start, nested, idiom });
    }
}

fn idiom(words: &[String]) -> Option<Idiom> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // A variable is what nginx knows at that moment; a field holds a fixed text.
    let fixed = |text: &str| !text.contains('$');
    match words.as_slice() {
        ["more_set_headers", headers @ ..] if !headers.is_empty() => headers
            .iter()
            .all(|header| !header.starts_with('-') && fixed(header) && header.contains(':'))
            .then_some(Idiom::SetResponseHeader),
        ["add_header", _, value] | ["add_header", _, value, "always"] => {
            fixed(value).then_some(Idiom::SetResponseHeader)
        }
        ["more_clear_headers", headers @ ..] if !headers.is_empty() => headers
            .iter()
            .all(|header| !header.starts_with('-') && !header.contains('*'))
            .then_some(Idiom::RemoveResponseHeader),
        ["proxy_hide_header", _] => Some(Idiom::RemoveResponseHeader),
        ["proxy_set_header", _, ""] => Some(Idiom::RemoveRequestHeader),
        ["proxy_set_header", _, value] => fixed(value).then_some(Idiom::SetRequestHeader),
        ["return", "301" | "302" | "303" | "307" | "308", to] => {
            let plain = to.replace("$host", "").replace("$request_uri", "");
            (fixed(&plain) && !plain.contains('?')).then_some(Idiom::Redirect)
        }
        ["rewrite", from, to, "redirect" | "permanent"] => {
            (literal(from) && fixed(to)).then_some(Idiom::RewriteRedirect)
        }
        ["rewrite", from, to, "break"] => {
            ((literal(from) && fixed(to)) || (prefix(from) && tail(to))).then_some(Idiom::Rewrite)
        }
        _ => None,
    }
}

/// `^/old$`: one path.
fn literal(pattern: &str) -> bool {
    let inner = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix('$'));
    inner.is_some_and(|path| {
        path.starts_with('/') && !path.contains(['(', '[', '*', '+', '?', '|', '.', '\\'])
    })
}

/// `^/old/(.*)$`, `^/old(/.*)$`: a path and all below.
fn prefix(pattern: &str) -> bool {
    let inner = pattern.strip_prefix('^').map(|rest| rest.strip_suffix('$').unwrap_or(rest));
    let head = inner.and_then(|path| path.strip_suffix("/(.*)").or_else(|| path.strip_suffix("(/.*)")));
    head.is_some_and(|path| !path.contains(['(', '[', '*', '+', '?', '|', '.', '\\']))
}

/// `/new/$1`: the rest of the path at the end.
fn tail(target: &str) -> bool {
    target.strip_suffix("$1").is_some_and(|head| !head.contains('$'))
}
