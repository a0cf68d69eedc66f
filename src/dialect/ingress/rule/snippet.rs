//! What the idioms of snippets do: headers, answers, rewrites, times. The rest is said to be done by nobody.

use std::{net::IpAddr, sync::Arc};

use ipnet::IpNet;
use regex::escape;

use super::returned;
use crate::{
    dialect::ingress::{
        annotation::snippet::{Condition, Directive, Line, RewriteFlag, Snippet, TimeoutOf},
        server::{Location, Server},
    },
    routing::{
        Action, AnswerHeader, Conditions, Field, FieldMatch, How, PathMatch, PathPattern, PathRewrite,
        Policy, Return, Rewrite, Rule, Sources, Statuses, Template, Timeouts, ValueMatch, Why,
    },
};

/// What was read of the snippets of a location or server.
#[derive(Default)]
pub(in crate::dialect::ingress) struct Idioms {
    level: Level,
    sources: Vec<(bool, String, Arc<str>)>,
    pub(super) returns: Option<Return>,
    pub(super) rewrite: Option<Rewrite>,
    pub(super) conditional: Vec<Conditional>,
    answer: Vec<AnswerHeader>,
    request: Vec<(Arc<str>, Template)>,
    hides: Vec<Arc<str>>,
    /// The last `client_max_body_size`; 0 is no limit, as it is written.
    max_body: Option<u64>,
    times: Vec<(TimeoutOf, std::time::Duration)>,
    left: Vec<Arc<str>>,
}

/// Where a snippet stands.
#[derive(Default)]
enum Level {
    #[default]
    Server,
    /// One that matches by the front of the path.
    Prefix {
        /// Its path.
        path: String,
        /// Paths of the host that go before it: longer ones.
        others: Vec<String>,
    },
    /// An exact one, or one by regular expression: what its snippets look for in the path can not be asked beside it.
    Other,
}

impl Level {
    /// A look for something in paths that come here.
    fn pattern(&self, text: &str) -> Option<PathMatch> {
        let pattern = match self {
            Self::Server => PathPattern::search(text).ok()?,
            Self::Other => return None,
            Self::Prefix { path, others } => {
                let own = Some(path).filter(|path| *path != "/").map(|path| format!("(?={})", escape(path)));
                let others = others.iter().map(|other| format!("(?!{})", escape(other)));
                let front: String = own.into_iter().chain(others).collect();
                let whole =
                    if front.is_empty() { text.to_owned() } else { format!("^{front}(?s:.*?)(?:{text})") };
                // It is asked before all locations.
                PathPattern { order: usize::MAX, ..PathPattern::search(&whole).ok()? }
            }
        };
        Some(PathMatch::Pattern(Arc::new(pattern)))
    }

    fn is_server(&self) -> bool {
        matches!(self, Self::Server)
    }

    /// Whether a path that was rewritten is looked for once, and found in the same location: the new front is not one of
    /// another location, and not one that the expression takes again.
    fn stays(&self, pattern: &str, replacement: &str) -> bool {
        let Self::Prefix { path, others } = self else { return false };
        let front = |text: &str, ends: &[char]| text.split(ends).next().unwrap_or_default().to_owned();
        let new = front(replacement, &['$', '?']);
        let old = front(
            pattern.strip_prefix('^').unwrap_or_default(),
            &['\\', '.', '(', '[', '{', '*', '+', '?', '|', '$'],
        );
        let apart = |one: &str, other: &str| !one.starts_with(other) && !other.starts_with(one);
        old.len() > 1
            && apart(&old, &new)
            && new.starts_with(path)
            && others.iter().all(|other| apart(other, &new))
    }
}

/// What comes first when a value of the request is as asked.
pub(in crate::dialect::ingress) struct Conditional {
    pub(in crate::dialect::ingress) conditions: Conditions,
    pub(in crate::dialect::ingress) path: Option<PathMatch>,
    returned: Return,
    /// The request goes on with this path instead of being answered.
    rewritten: Option<PathRewrite>,
    rule: Option<Arc<Rule>>,
}

impl Conditional {
    /// The same, as a rule beside the one whose location has the snippet.
    pub(super) fn on(self, rule: &Rule) -> Self {
        let rule = if let Some(path) = &self.rewritten {
            let rewrite = Some(Rewrite { host: None, path: Some(path.clone()) });
            Rule { rewrite, ..rule.clone() }
        } else {
            let action = Action::Return(Box::new(self.returned.clone()));
            Rule { action, rewrite: None, mirrors: Box::default(), ..rule.clone() }
        };
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
    /// Of the snippets of a location.
    pub(super) fn of(server: &Server, location: &Location) -> Self {
        let path = &location.path;
        let before = |other: &&Location| {
            !std::ptr::eq(*other, location)
                && other.path.starts_with(path.as_str())
                && other.path.len() > path.len()
                // An exact one has its requests already.
                && !other.exact
        };
        let level = if server.regex || location.exact {
            Level::Other
        } else {
            let others = server.locations.iter().filter(before).map(|other| other.path.clone());
            Level::Prefix { path: path.clone(), others: others.collect() }
        };
        Self { level, ..Self::default() }
    }

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
            Directive::Allow(who) | Directive::Deny(who) => {
                let denies = matches!(line.directive, Directive::Deny(_));
                self.sources.push((denies, who.clone(), left(line)));
            }
            Directive::If { condition, then } => self.conditional(line, condition, then, known),
            Directive::MaxBodySize(size) => self.max_body = Some(size.unwrap_or(0)),
            Directive::Timeout(what, time) => self.times.push((*what, *time)),
            Directive::SetResponseHeaders { .. }
            | Directive::ClearResponseHeaders { .. }
            | Directive::ClearInputHeaders(_)
            | Directive::Return(_)
            | Directive::Set { .. }
            | Directive::Expires(_) => self.leave(line),
            Directive::ByHand(text) => {
                let of_server = self.level.is_server();
                match location(text, known).filter(|_| of_server) {
                    Some(conditional) => self.conditional.push(conditional),
                    None => self.leave(line),
                }
            }
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
        let stays = match flag {
            RewriteFlag::Break => !self.level.is_server(),
            RewriteFlag::Last | RewriteFlag::None => self.level.stays(pattern, replacement),
            RewriteFlag::Redirect | RewriteFlag::Permanent => false,
        };
        match (status, self.level.pattern(pattern)) {
            (Some(status), Some(path)) => {
                let why = Why::Said("a rewrite of a snippet redirects".to_owned());
                // The query goes on, unless the text ends with `?`.
                let to = match replacement.strip_suffix('?') {
                    Some(bare) => bare.to_owned(),
                    None if replacement.contains('?') => replacement.to_owned(),
                    None => format!("{replacement}$is_args$args"),
                };
                self.conditional.push(Conditional {
                    conditions: Conditions::default(),
                    path: Some(path),
                    returned: returned(status, Some(&to), why, known),
                    rewritten: None,
                    rule: None,
                });
            }
            (None, Some(path)) if stays && groups_only(replacement) => {
                self.conditional.push(Conditional {
                    conditions: Conditions::default(),
                    path: Some(path),
                    returned: returned(500, None, Why::Said(String::new()), known),
                    rewritten: Some(PathRewrite::Captures(replacement.into())),
                    rule: None,
                });
            }
            (None, _) if flag == RewriteFlag::Break && pattern == "^" && groups_only(replacement) => {
                let path = Some(PathRewrite::Full(replacement.into()));
                self.rewrite = Some(Rewrite { host: None, path });
            }
            (Some(_) | None, Some(_) | None) => self.leave(line),
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
        let path = path_of(condition).and_then(|text| self.level.pattern(&text));
        let conditions = if path.is_some() { Some(Conditions::default()) } else { asked(condition) };
        match conditions {
            Some(conditions) => {
                self.conditional.push(Conditional {
                    conditions,
                    path,
                    returned,
                    rewritten: None,
                    rule: None,
                });
            }
            None => self.leave(line),
        }
    }

    fn leave(&mut self, line: &Line) {
        self.left.push(left(line));
    }

    /// `allow` and `deny`, where the first that takes an address decides: all of one kind, or some allowed and the rest
    /// denied. Other orders, and those beside lists of annotations, are left.
    fn sources(&mut self, sources: &mut Sources) {
        let mut rules = std::mem::take(&mut self.sources);
        if rules.last().is_some_and(|(denies, who, _)| !*denies && who == "all") {
            rules.pop();
        }
        let closed = rules.last().is_some_and(|(denies, who, _)| *denies && who == "all");
        if closed && rules.len() > 1 {
            rules.pop();
        }
        let (allows, denies) = (|| rules.iter().all(|rule| !rule.0), || rules.iter().all(|rule| rule.0));
        let ranges: Option<Vec<_>> = rules.iter().map(|(_, who, _)| ranges(who)).collect();
        let ranges = ranges.map(|ranges| ranges.concat());
        let in_location = !self.level.is_server();
        match ranges.filter(|_| in_location && sources.is_open()) {
            Some(ranges) if closed && allows() => {
                sources.allow = ranges.into();
            }
            Some(ranges) if denies() => sources.deny = ranges.into(),
            Some(_) | None => self.left.extend(rules.into_iter().map(|(_, _, text)| text)),
        }
    }

    /// Puts into a policy what belongs there.
    pub(in crate::dialect::ingress) fn apply(&mut self, policy: &mut Policy) {
        if !self.sources.is_empty() {
            self.sources(&mut policy.access.sources);
        }
        let extend = |list: &mut Box<[Arc<str>]>, more: &mut Vec<Arc<str>>| {
            *list = list.iter().cloned().chain(more.drain(..)).collect();
        };
        extend(&mut policy.hides, &mut self.hides);
        extend(&mut policy.not_executed, &mut self.left);
        // Of `add_header` those of the server are lost where the location has one; the controller writes one for the
        // cookie of an auth service.
        let adds = |header: &AnswerHeader| header.how == How::Add;
        let alone = !matches!(self.level, Level::Server)
            && (policy.access.external.is_some() || self.answer.iter().any(adds));
        let kept = policy.answer.iter().filter(|header| !(alone && adds(header))).cloned();
        policy.answer = kept.chain(self.answer.drain(..)).collect();
        policy.request = policy.request.iter().cloned().chain(self.request.drain(..)).collect();
        if let Some(size) = self.max_body {
            policy.max_body = Some(size).filter(|size| *size > 0);
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

/// A directive as it is told that nobody follows it.
fn left(line: &Line) -> Arc<str> {
    let text = match &line.directive {
        Directive::ByHand(text) => text.clone(),
        other => format!("{other:?}"),
    };
    let first = text.lines().next().unwrap_or_default();
    format!("line {} of a snippet: {first}", line.line).into()
}

/// The addresses that `allow` and `deny` name; none for sockets and what can not be read.
fn ranges(who: &str) -> Option<Vec<IpNet>> {
    if who == "all" {
        return Some(["0.0.0.0/0", "::/0"].iter().filter_map(|all| all.parse().ok()).collect());
    }
    let one = who.parse().ok().or_else(|| who.parse::<IpAddr>().ok().map(IpNet::from))?;
    Some(vec![one])
}

/// Whether the variables of a text are groups of an expression and nothing else.
fn groups_only(text: &str) -> bool {
    text.split('$').skip(1).all(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// What is looked for in the path, when a condition asks for the path.
fn path_of(condition: &Condition) -> Option<String> {
    match condition {
        Condition::Equals { variable, text, not: false } if is_path(variable) => {
            Some(format!("^{}$", escape(text)))
        }
        Condition::Matches { variable, pattern, any_case, not: false } if is_path(variable) => {
            Some(if *any_case { format!("(?i:{pattern})") } else { pattern.clone() })
        }
        Condition::Is(_) | Condition::Equals { .. } | Condition::Matches { .. } | Condition::Other(_) => None,
    }
}

fn is_path(variable: &str) -> bool {
    matches!(variable, "uri" | "document_uri")
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
        rewritten: None,
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
