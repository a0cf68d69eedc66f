//! What the idioms of snippets do: headers, answers, rewrites, times. The rest is said to be done by nobody.

use std::sync::Arc;

use super::returned;
use crate::{
    dialect::ingress::annotation::snippet::{Condition, Directive, Line, RewriteFlag, Snippet, TimeoutOf},
    routing::{
        Action, AnswerHeader, Conditions, Field, FieldMatch, How, PathMatch, PathPattern, PathRewrite,
        Policy, Return, Rewrite, Rule, Statuses, Template, Timeouts, ValueMatch, Why,
    },
};

/// What was read of the snippets of a location or server.
#[derive(Default)]
pub(in crate::dialect::ingress) struct Idioms {
    pub(super) returns: Option<Return>,
    pub(super) rewrite: Option<Rewrite>,
    pub(super) conditional: Vec<Conditional>,
    answer: Vec<AnswerHeader>,
    request: Vec<(Arc<str>, Template)>,
    hides: Vec<Arc<str>>,
    max_body: Option<Option<u64>>,
    times: Vec<(TimeoutOf, std::time::Duration)>,
    left: Vec<Arc<str>>,
}

/// An answer that comes first when a value of the request is as asked.
pub(in crate::dialect::ingress) struct Conditional {
    pub(in crate::dialect::ingress) conditions: Conditions,
    pub(in crate::dialect::ingress) path: Option<PathMatch>,
    returned: Return,
    rule: Option<Arc<Rule>>,
}

impl Conditional {
    /// The same, as a rule beside the one whose location has the snippet.
    pub(super) fn on(self, rule: &Rule) -> Self {
        let action = Action::Return(Box::new(self.returned.clone()));
        let rule = Rule { action, rewrite: None, mirrors: Box::default(), ..rule.clone() };
        Self { rule: Some(Arc::new(rule)), ..self }
    }

    /// Its rule: the location's with another end.
    pub(in crate::dialect::ingress) fn rule(&self) -> Option<&Arc<Rule>> {
        self.rule.as_ref()
    }

    /// What it answers.
    pub(in crate::dialect::ingress) fn returned(&self) -> &Return {
        &self.returned
    }
}

impl Idioms {
    /// Reads a snippet.
    pub(in crate::dialect::ingress) fn read(
        &mut self,
        snippet: &Snippet,
        known: &impl Fn(&str) -> Option<String>,
    ) {
        for line in &snippet.directives {
            self.line(line, known);
        }
    }

    fn line(&mut self, line: &Line, known: &impl Fn(&str) -> Option<String>) {
        let text = |text: &str| Template::parse_with(text, known);
        match &line.directive {
            Directive::SetResponseHeaders { headers, statuses, types } if types.is_empty() => {
                for (name, value) in headers {
                    let header = AnswerHeader::set(name, text(value));
                    self.answer.push(AnswerHeader { statuses: only(statuses), ..header });
                }
            }
            Directive::ClearResponseHeaders { names, statuses, types }
                if types.is_empty() && names.iter().all(|name| !name.ends_with('*')) =>
            {
                for name in names {
                    let header = AnswerHeader::set(name, Template::default());
                    self.answer.push(AnswerHeader { statuses: only(statuses), ..header });
                }
            }
            Directive::SetInputHeaders(headers) => {
                self.request.extend(headers.iter().map(|(name, value)| (name.as_str().into(), text(value))));
            }
            Directive::ClearInputHeaders(names) if names.iter().all(|name| !name.ends_with('*')) => {
                self.request.extend(names.iter().map(|name| (name.as_str().into(), Template::default())));
            }
            Directive::AddHeader { name, value, always } => self.answer.push(AnswerHeader {
                how: How::Add,
                statuses: if *always { Statuses::All } else { Statuses::Good },
                ..AnswerHeader::set(name, text(value))
            }),
            Directive::ProxySetHeader { name, value } => {
                self.request.push((name.as_str().into(), text(value)));
            }
            Directive::ProxyHideHeader(name) => self.hides.push(name.to_ascii_lowercase().into()),
            Directive::Return(given) if given.code != 444 => {
                let why = Why::Said("a snippet answers".to_owned());
                self.returns.get_or_insert_with(|| returned(given.code, given.text.as_deref(), why, known));
            }
            Directive::Rewrite { pattern, replacement, flag } => {
                self.rewrite(line, pattern, replacement, *flag, known);
            }
            Directive::If { condition, then } => self.conditional(line, condition, then, known),
            Directive::MaxBodySize(size) => self.max_body = Some(*size),
            Directive::Timeout(what, time) => self.times.push((*what, *time)),
            Directive::SetResponseHeaders { .. }
            | Directive::ClearResponseHeaders { .. }
            | Directive::ClearInputHeaders(_)
            | Directive::Return(_)
            | Directive::Set { .. }
            | Directive::Allow(_)
            | Directive::Deny(_)
            | Directive::Expires(_) => self.leave(line),
            Directive::ByHand(text) => match location(text, known) {
                Some(conditional) => self.conditional.push(conditional),
                None => self.leave(line),
            },
        }
    }

    fn rewrite(
        &mut self,
        line: &Line,
        pattern: &str,
        replacement: &str,
        flag: RewriteFlag,
        known: &impl Fn(&str) -> Option<String>,
    ) {
        let redirects = replacement.starts_with("http://") || replacement.starts_with("https://");
        let status = match flag {
            RewriteFlag::Redirect => Some(302),
            RewriteFlag::Permanent => Some(301),
            RewriteFlag::None | RewriteFlag::Last | RewriteFlag::Break => redirects.then_some(302),
        };
        match (status, PathPattern::search(pattern)) {
            (Some(status), Ok(path)) => {
                let why = Why::Said("a rewrite of a snippet redirects".to_owned());
                let replacement = replacement.strip_suffix('?').unwrap_or(replacement);
                self.conditional.push(Conditional {
                    conditions: Conditions::default(),
                    path: Some(PathMatch::Pattern(Arc::new(path))),
                    returned: returned(status, Some(replacement), why, known),
                    rule: None,
                });
            }
            (None, Ok(_)) if flag == RewriteFlag::Break && pattern == "(.*)" || pattern == "^" => {
                let path = Some(PathRewrite::Full(replacement.into()));
                self.rewrite = Some(Rewrite { host: None, path });
            }
            (Some(_) | None, Ok(_) | Err(_)) => self.leave(line),
        }
    }

    fn conditional(
        &mut self,
        line: &Line,
        condition: &Condition,
        then: &[Line],
        known: &impl Fn(&str) -> Option<String>,
    ) {
        let returned = match then {
            [Line { directive: Directive::Return(given), .. }] if given.code != 444 => {
                let why = Why::Said("a condition of a snippet is met".to_owned());
                returned(given.code, given.text.as_deref(), why, known)
            }
            _ => return self.leave(line),
        };
        match asked(condition) {
            Some(conditions) => {
                self.conditional.push(Conditional { conditions, path: None, returned, rule: None });
            }
            None => self.leave(line),
        }
    }

    fn leave(&mut self, line: &Line) {
        let text = match &line.directive {
            Directive::ByHand(text) => text.clone(),
            other => format!("{other:?}"),
        };
        let first = text.lines().next().unwrap_or_default();
        self.left.push(format!("line {} of a snippet: {first}", line.line).into());
    }

    /// Puts into a policy what belongs there.
    pub(in crate::dialect::ingress) fn apply(&mut self, policy: &mut Policy) {
        let extend = |list: &mut Box<[Arc<str>]>, more: &mut Vec<Arc<str>>| {
            *list = list.iter().cloned().chain(more.drain(..)).collect();
        };
        extend(&mut policy.hides, &mut self.hides);
        extend(&mut policy.not_executed, &mut self.left);
        policy.answer = policy.answer.iter().cloned().chain(self.answer.drain(..)).collect();
        policy.request = policy.request.iter().cloned().chain(self.request.drain(..)).collect();
        if let Some(size) = self.max_body {
            policy.max_body = size;
        }
    }

    pub(super) fn timeouts(&self, timeouts: &mut Timeouts) {
        for (what, time) in &self.times {
            match what {
                TimeoutOf::Connect => timeouts.connect = Some(*time),
                TimeoutOf::Send => timeouts.send_idle = Some(*time),
                TimeoutOf::Read => timeouts.read_idle = Some(*time),
            }
        }
    }

    /// The answer that comes whatever is asked.
    pub(in crate::dialect::ingress) fn take_return(&mut self) -> Option<Return> {
        self.returns.take()
    }

    /// Answers that come when a value is as asked.
    pub(in crate::dialect::ingress) fn take_conditional(&mut self) -> Vec<Conditional> {
        std::mem::take(&mut self.conditional)
    }
}

/// `location = /path { return CODE TEXT; }` of a server's snippet. Of a prefix it is taken too: it seldom lies in the way.
fn location(text: &str, known: &impl Fn(&str) -> Option<String>) -> Option<Conditional> {
    let (head, body) = text.strip_prefix("location")?.split_once('{')?;
    let words: Vec<&str> = head.split_whitespace().collect();
    let path = match words.as_slice() {
        ["=", path] => PathMatch::exact(path),
        ["^~", path] | [path] if path.starts_with('/') => PathMatch::raw_prefix(path),
        _ => return None,
    };
    let inner = Snippet::read(body.trim_end().strip_suffix('}')?);
    let [Line { directive: Directive::Return(given), .. }] = inner.directives.as_slice() else { return None };
    let why = Why::Said("a location of a snippet answers".to_owned());
    (given.code != 444).then(|| Conditional {
        conditions: Conditions::default(),
        path: Some(path),
        returned: returned(given.code, given.text.as_deref(), why, known),
        rule: None,
    })
}

fn only(statuses: &[u16]) -> Statuses {
    if statuses.is_empty() { Statuses::All } else { Statuses::Only(statuses.into()) }
}

/// A condition over one value of the request; none when it asks for something else.
fn asked(condition: &Condition) -> Option<Conditions> {
    let pattern = |text: &str| ValueMatch::part(text).ok();
    let (variable, value) = match condition {
        // Not empty and not `0`.
        Condition::Is(variable) => (variable, pattern("^(?!0$).+$")?),
        Condition::Equals { variable, text, not: false } => (variable, ValueMatch::exact(text)),
        Condition::Matches { variable, pattern: text, any_case, not: false } => {
            (variable, pattern(&if *any_case { format!("(?i){text}") } else { text.clone() })?)
        }
        Condition::Equals { not: true, .. } | Condition::Matches { not: true, .. } | Condition::Other(_) => {
            return None;
        }
    };
    if variable == "request_method" {
        return match value {
            ValueMatch::Exact(method) => Some(Conditions { method: Some(method), fields: Box::default() }),
            ValueMatch::Pattern(..) => None,
        };
    }
    let families = [("http_", Field::Header), ("cookie_", Field::Cookie), ("arg_", Field::Query)];
    let (field, name) =
        families.iter().find_map(|(front, field)| Some((*field, variable.strip_prefix(front)?)))?;
    let name = if field == Field::Header { name.replace('_', "-") } else { name.to_owned() };
    let fields = [FieldMatch { field, name: name.into(), value }].into();
    Some(Conditions { method: None, fields })
}
