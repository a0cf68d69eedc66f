//! What the words of a directive mean.

use std::time::Duration;

use super::{
    Condition, Directive, Line, Return, RewriteFlag, TimeoutOf,
    words::{Block, Statement},
};
use crate::dialect::ingress::annotation::units;

/// A statement as a line.
pub(super) fn line(statement: &Statement) -> Line {
    let directive = read(statement).unwrap_or_else(|| Directive::ByHand(statement.text.clone()));
    Line { line: statement.line, directive }
}

fn read(statement: &Statement) -> Option<Directive> {
    let words: Vec<&str> = statement.words.iter().map(String::as_str).collect();
    let (name, arguments) = words.split_first()?;
    if let Some(block) = &statement.block {
        return match (*name, block) {
            ("if", Block::Directives(inside)) => Some(Directive::If {
                condition: condition(arguments)?,
                then: inside.iter().map(line).collect(),
            }),
            _ => None,
        };
    }
    match (*name, arguments) {
        ("more_set_headers", arguments) => {
            let (rest, statuses, types) = options(arguments)?;
            Some(Directive::SetResponseHeaders {
                headers: rest.into_iter().map(header).collect(),
                statuses,
                types,
            })
        }
        ("more_clear_headers", arguments) => {
            let (rest, statuses, types) = options(arguments)?;
            let names = rest.into_iter().map(|text| header(text).0).collect();
            Some(Directive::ClearResponseHeaders { names, statuses, types })
        }
        ("more_set_input_headers", arguments) => {
            Some(Directive::SetInputHeaders(plain(arguments)?.into_iter().map(header).collect()))
        }
        ("more_clear_input_headers", arguments) => Some(Directive::ClearInputHeaders(
            plain(arguments)?.into_iter().map(|text| header(text).0).collect(),
        )),
        ("add_header", [name, value]) => Some(add_header(name, value, false)),
        ("add_header", [name, value, "always"]) => Some(add_header(name, value, true)),
        ("proxy_set_header", [name, value]) => {
            Some(Directive::ProxySetHeader { name: (*name).to_owned(), value: (*value).to_owned() })
        }
        ("proxy_hide_header", [name]) => Some(Directive::ProxyHideHeader((*name).to_owned())),
        ("return", arguments) => returns(arguments).map(Directive::Return),
        ("rewrite", [pattern, replacement, flag @ ..]) => Some(Directive::Rewrite {
            pattern: (*pattern).to_owned(),
            replacement: (*replacement).to_owned(),
            flag: rewrite_flag(flag)?,
        }),
        ("set", [variable, value]) => Some(Directive::Set {
            variable: variable.strip_prefix('$')?.to_owned(),
            value: (*value).to_owned(),
        }),
        ("allow", [who]) => Some(Directive::Allow((*who).to_owned())),
        ("deny", [who]) => Some(Directive::Deny((*who).to_owned())),
        ("client_max_body_size", [size]) => {
            units::size(size, true).map(|size| Directive::MaxBodySize((size > 0).then_some(size)))
        }
        ("proxy_connect_timeout", [value]) => Some(Directive::Timeout(TimeoutOf::Connect, time(value)?)),
        ("proxy_send_timeout", [value]) => Some(Directive::Timeout(TimeoutOf::Send, time(value)?)),
        ("proxy_read_timeout", [value]) => Some(Directive::Timeout(TimeoutOf::Read, time(value)?)),
        ("expires", [_] | [_, _]) => Some(Directive::Expires(arguments.join(" "))),
        _ => None,
    }
}

fn add_header(name: &str, value: &str, always: bool) -> Directive {
    Directive::AddHeader { name: name.to_owned(), value: value.to_owned(), always }
}

/// `Name: value`; without a colon the value is empty, which removes.
fn header(text: &str) -> (String, String) {
    let (name, value) = text.split_once(':').unwrap_or((text, ""));
    (name.trim().to_owned(), value.trim().to_owned())
}

type Limited<'a> = (Vec<&'a str>, Vec<u16>, Vec<String>);

/// The arguments of headers-more without `-s` and `-t`; `None` with any other option.
fn options<'a>(arguments: &[&'a str]) -> Option<Limited<'a>> {
    let (mut rest, mut statuses, mut types) = (Vec::new(), Vec::new(), Vec::new());
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match *argument {
            "-s" => {
                for status in arguments.next()?.split_ascii_whitespace() {
                    statuses.push(status.parse().ok()?);
                }
            }
            "-t" => types.extend(arguments.next()?.split_ascii_whitespace().map(str::to_owned)),
            option if option.starts_with('-') => return None,
            text => rest.push(text),
        }
    }
    (!rest.is_empty()).then_some((rest, statuses, types))
}

fn plain<'a>(arguments: &[&'a str]) -> Option<Vec<&'a str>> {
    let fits = !arguments.is_empty() && !arguments.iter().any(|argument| argument.starts_with('-'));
    fits.then(|| arguments.to_vec())
}

fn returns(arguments: &[&str]) -> Option<Return> {
    match arguments {
        [code] if code.bytes().all(|b| b.is_ascii_digit()) => {
            Some(Return { code: status(code)?, text: None })
        }
        [url] if is_url(url) => Some(Return { code: 302, text: Some((*url).to_owned()) }),
        [code, text] => Some(Return { code: status(code)?, text: Some((*text).to_owned()) }),
        _ => None,
    }
}

fn is_url(text: &str) -> bool {
    ["http://", "https://", "$scheme"].iter().any(|start| text.starts_with(start))
}

fn status(code: &str) -> Option<u16> {
    code.parse().ok().filter(|code| *code <= 999)
}

fn rewrite_flag(flag: &[&str]) -> Option<RewriteFlag> {
    match flag {
        [] => Some(RewriteFlag::None),
        ["last"] => Some(RewriteFlag::Last),
        ["break"] => Some(RewriteFlag::Break),
        ["redirect"] => Some(RewriteFlag::Redirect),
        ["permanent"] => Some(RewriteFlag::Permanent),
        _ => None,
    }
}

/// The words between `if` and its brace.
fn condition(words: &[&str]) -> Option<Condition> {
    let mut words: Vec<&str> = words.to_vec();
    let first = words.first_mut()?;
    *first = first.strip_prefix('(')?;
    let last = words.last_mut()?;
    *last = last.strip_suffix(')')?;
    words.retain(|word| !word.is_empty());
    let named = |word: &str| word.strip_prefix('$').map(str::to_owned);
    match words.as_slice() {
        [variable] => named(variable).map(Condition::Is),
        [variable, sign @ ("=" | "!="), text] => Some(Condition::Equals {
            variable: named(variable)?,
            text: (*text).to_owned(),
            not: *sign == "!=",
        }),
        // An empty text in quotes.
        [variable, sign @ ("=" | "!=")] => {
            Some(Condition::Equals { variable: named(variable)?, text: String::new(), not: *sign == "!=" })
        }
        [variable, sign @ ("~" | "~*" | "!~" | "!~*"), pattern] => Some(Condition::Matches {
            variable: named(variable)?,
            pattern: (*pattern).to_owned(),
            any_case: sign.ends_with('*'),
            not: sign.starts_with('!'),
        }),
        words => Some(Condition::Other(words.join(" "))),
    }
}

/// A time as nginx reads it: `60`, `1m30s`, `500ms`.
pub(in crate::dialect::ingress) fn time(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        rest = &rest[digits..];
        let (unit, length) = match rest.as_bytes() {
            [b'm', b's', ..] => (Duration::from_millis(1), 2),
            [b'm', ..] => (Duration::from_mins(1), 1),
            [b'h', ..] => (Duration::from_hours(1), 1),
            [b'd', ..] => (Duration::from_hours(24), 1),
            [b'w', ..] => (Duration::from_hours(24 * 7), 1),
            [b'M', ..] => (Duration::from_hours(24 * 30), 1),
            [b'y', ..] => (Duration::from_hours(24 * 365), 1),
            [b's', ..] => (Duration::from_secs(1), 1),
            [] => (Duration::from_secs(1), 0),
            _ => return None,
        };
        rest = &rest[length..];
        total = total.checked_add(unit.checked_mul(u32::try_from(number).ok()?)?)?;
    }
    Some(total)
}
