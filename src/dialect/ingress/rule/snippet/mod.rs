//! What the idioms of snippets do: headers, answers, rewrites, times. The rest is said to be done by nobody.

mod condition;
mod place;

use std::{net::IpAddr, sync::Arc};

use ipnet::IpNet;

use super::returned;
use crate::{
    dialect::ingress::{
        annotation::snippet::{self, Condition, Directive, Line, RewriteFlag, Snippet, TimeoutOf},
        server::{Location, Server},
    },
    routing::{
        AnswerHeader, Conditions, How, Part, PathRewrite, Policy, Return, Rewrite, Sources, Statuses,
        Template, Test, Timeouts, ValueMatch, Variable, Why,
    },
};
pub(in crate::dialect::ingress) use condition::Conditional;
use condition::{End, asked, path_of};
use place::{Level, location};

/// What was read of the snippets of a location or server.
#[derive(Default)]
pub(in crate::dialect::ingress) struct Idioms {
    level: Level,
    sources: Vec<(bool, String, Arc<str>)>,
    pub(super) returns: Option<Return>,
    pub(super) rewrite: Option<Rewrite>,
    pub(super) conditional: Vec<Conditional>,
    /// Locations of a server's snippet.
    locations: Vec<Conditional>,
    /// What `set` gave, in order: name and text.
    variables: Vec<(String, String)>,
    default_type: Option<Arc<str>>,
    satisfies_any: bool,
    answer: Vec<AnswerHeader>,
    request: Vec<(Arc<str>, Template)>,
    hides: Vec<Arc<str>>,
    /// The last `client_max_body_size`; 0 is no limit, as it is written.
    max_body: Option<u64>,
    times: Vec<(TimeoutOf, std::time::Duration)>,
    left: Vec<Arc<str>>,
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
        if let Some(headers) = self.headers(line, known) {
            self.answer.extend(headers);
            return;
        }
        let text = |text: &str| Template::parse_with(&self.expanded(text), known);
        match &line.directive {
            Directive::SetInputHeaders(headers) => {
                let all: Vec<_> =
                    headers.iter().map(|(name, value)| (name.as_str().into(), text(value))).collect();
                self.request.extend(all);
            }
            Directive::ClearInputHeaders(names) if names.iter().all(|name| !name.ends_with('*')) => {
                self.request.extend(names.iter().map(|name| (name.as_str().into(), Template::default())));
            }
            // The controller's locations have their own, so that those of the server are lost.
            Directive::ProxySetHeader { .. } if self.level.is_server() => {}
            Directive::ProxySetHeader { name, value } => {
                let header = (name.as_str().into(), text(value));
                self.request.push(header);
            }
            Directive::ProxyHideHeader(name) => self.hides.push(name.to_ascii_lowercase().into()),
            Directive::Return(given) => {
                let why = Why::Said("a snippet answers".to_owned());
                let told = given.text.as_deref().map(|text| self.expanded(text));
                self.returns.get_or_insert_with(|| returned(given.code, told.as_deref(), why, known));
            }
            Directive::Set { variable, value } if !BUILT_IN.contains(&variable.as_str()) => {
                let value = self.expanded(value);
                self.variables.push((variable.clone(), value));
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
            | Directive::AddHeader { .. }
            | Directive::ClearInputHeaders(_)
            | Directive::Set { .. }
            | Directive::Expires(_) => self.leave(line),
            Directive::ByHand(text) => self.by_hand(line, text, known),
        }
    }

    fn by_hand(&mut self, line: &Line, text: &str, known: &impl Fn(&str) -> Option<String>) {
        let words: Vec<&str> = text.trim_end_matches(';').split_whitespace().collect();
        match words.as_slice() {
            ["satisfy", how] if !self.level.is_server() => self.satisfies_any = *how == "any",
            ["default_type", kind] => self.default_type = Some((*kind).into()),
            ["internal"] => {
                let why = Why::Said("a snippet makes the location internal".to_owned());
                self.returns.get_or_insert_with(|| returned(404, None, why, known));
            }
            ["limit_except", methods @ .., "{", "deny", "all;", "}"] => {
                let head = if methods.contains(&"GET") { "|HEAD" } else { "" };
                let pattern = format!("^(?:{}{head})$", methods.join("|"));
                let Ok(value) = ValueMatch::part(&pattern) else { return self.leave(line) };
                let tests = [Test { variable: Variable::Method, value, not: true }].into();
                // Within its braces nobody tells the controller's code where the request goes: that is 503, not 403.
                let said = returned(503, None, Why::Said("limit_except of a snippet".to_owned()), known);
                let conditions = Conditions { tests, ..Conditions::default() };
                self.conditional.push(Conditional::returns(conditions, None, said));
            }
            _ => match location(text, known).filter(|_| self.level.is_server()) {
                Some(conditional) => self.locations.push(conditional),
                None => self.leave(line),
            },
        }
    }

    /// Headers of answers, when a directive says nothing else.
    fn headers(&self, line: &Line, known: &impl Fn(&str) -> Option<String>) -> Option<Vec<AnswerHeader>> {
        let text = |text: &str| Template::parse_with(&self.expanded(text), known);
        let all: Vec<AnswerHeader> = match &line.directive {
            Directive::SetResponseHeaders { headers, statuses, types } if types.is_empty() => {
                let one = |(name, value): &(String, String)| AnswerHeader {
                    statuses: only(statuses),
                    ..AnswerHeader::set(name, text(value))
                };
                headers.iter().map(one).collect()
            }
            Directive::ClearResponseHeaders { names, statuses, types } if types.is_empty() => {
                let one = |name: &String| AnswerHeader {
                    statuses: only(statuses),
                    ..AnswerHeader::set(name, Template::default())
                };
                names.iter().map(one).collect()
            }
            Directive::AddHeader { name, value, always } => vec![AnswerHeader {
                how: How::Add,
                statuses: if *always { Statuses::All } else { Statuses::Good },
                ..AnswerHeader::set(name, text(value))
            }],
            Directive::Expires(time) => expires(time)?,
            _ => return None,
        };
        let known = |header: &AnswerHeader| {
            let unknown = |part: &Part| matches!(part, Part::Variable(Variable::Other(_)));
            !header.value.parts().iter().any(unknown)
        };
        all.iter().all(known).then_some(all)
    }

    /// A text with the variables of `set` in it.
    fn expanded(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for (name, value) in self.variables.iter().rev() {
            out = out.replace(&format!("${{{name}}}"), value);
            let mut done = String::new();
            let mut rest = out.as_str();
            let wanted = format!("${name}");
            while let Some((before, after)) = rest.split_once(wanted.as_str()) {
                done.push_str(before);
                let goes_on = after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
                done.push_str(if goes_on { &wanted } else { value });
                rest = after;
            }
            done.push_str(rest);
            out = done;
        }
        out
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
                let to = with_query(replacement);
                let said = returned(status, Some(&to), why, known);
                self.conditional.push(Conditional::returns(Conditions::default(), Some(path), said));
            }
            (None, Some(path)) if stays && groups_only(replacement) => {
                self.conditional.push(Conditional {
                    conditions: Conditions::default(),
                    path: Some(path),
                    end: End::Rewritten(PathRewrite::Captures(replacement.into())),
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
        // Variables that are set there and nowhere used change nothing.
        let then: Vec<&Line> =
            then.iter().filter(|line| !matches!(line.directive, Directive::Set { .. })).collect();
        if then.is_empty() {
            return;
        }
        let why = || Why::Said("a condition of a snippet is met".to_owned());
        let in_location = !self.level.is_server();
        let headers = || -> Option<Vec<AnswerHeader>> {
            let all: Option<Vec<_>> = then.iter().map(|line| self.headers(line, known)).collect();
            all.map(|all| all.concat())
        };
        let is_any = |pattern: &str| ["^", ".*", "(.*)", "^.*", "^(.*)$", "^.*$"].contains(&pattern);
        let mut takes_groups = false;
        let end = match then.as_slice() {
            [Line { directive: Directive::Return(given), .. }] => {
                let text = given.text.as_deref().map(|text| self.expanded(text));
                takes_groups = text.as_deref().is_some_and(has_group);
                End::Return(returned(given.code, text.as_deref(), why(), known))
            }
            [Line { directive: Directive::Rewrite { pattern, replacement, flag }, .. }]
                if is_any(pattern) =>
            {
                let redirects = replacement.starts_with("http://") || replacement.starts_with("https://");
                takes_groups = has_group(replacement);
                match flag {
                    RewriteFlag::Permanent | RewriteFlag::Redirect => {
                        let status = if *flag == RewriteFlag::Permanent { 301 } else { 302 };
                        End::Return(returned(status, Some(&with_query(replacement)), why(), known))
                    }
                    _ if redirects => {
                        End::Return(returned(302, Some(&with_query(replacement)), why(), known))
                    }
                    RewriteFlag::Break if in_location && !replacement.contains(['$', '?']) => {
                        End::Rewritten(PathRewrite::Full(replacement.as_str().into()))
                    }
                    RewriteFlag::Break | RewriteFlag::Last | RewriteFlag::None => return self.leave(line),
                }
            }
            _ => match headers().filter(|_| in_location) {
                Some(headers) => End::Headers(headers),
                None => return self.leave(line),
            },
        };
        // Groups are those of the expression that takes the path.
        let path = path_of(condition).filter(|_| takes_groups).and_then(|text| self.level.pattern(&text));
        let conditions = if path.is_some() {
            Some(Conditions::default())
        } else {
            asked(condition).filter(|_| !takes_groups)
        };
        match conditions {
            Some(conditions) => self.conditional.push(Conditional { conditions, path, end, rule: None }),
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
        match ranges.filter(|_| sources.is_open()) {
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
        if self.default_type.is_some() {
            policy.default_type = self.default_type.take();
        }
        policy.access.any |= self.satisfies_any;
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
        let mut all = std::mem::take(&mut self.conditional);
        all.sort_by_key(Conditional::place);
        all
    }

    /// Locations that a server's snippet has beside the controller's.
    pub(in crate::dialect::ingress) fn take_locations(&mut self) -> Vec<Conditional> {
        std::mem::take(&mut self.locations)
    }
}

/// `expires` of a time from now, or of a fixed one: `Cache-Control`, and `Expires` where it does not depend on the clock.
fn expires(time: &str) -> Option<Vec<AnswerHeader>> {
    let header = |name: &str, value: &str| AnswerHeader {
        statuses: Statuses::Good,
        ..AnswerHeader::set(name, Template::literal(value))
    };
    Some(match time {
        "off" => Vec::new(),
        "epoch" => {
            vec![header("Expires", "Thu, 01 Jan 1970 00:00:01 GMT"), header("Cache-Control", "no-cache")]
        }
        "max" => vec![
            header("Expires", "Thu, 31 Dec 2037 23:55:55 GMT"),
            header("Cache-Control", "max-age=315360000"),
        ],
        _ if time.starts_with('-') => {
            snippet::time(&time[1..])?;
            vec![header("Cache-Control", "no-cache")]
        }
        _ => vec![header("Cache-Control", &format!("max-age={}", snippet::time(time)?.as_secs()))],
    })
}

/// Variables of the controller's own, which mean more than their text.
const BUILT_IN: &[&str] = &[
    "best_http_host",
    "ingress_name",
    "location_path",
    "namespace",
    "pass_access_scheme",
    "pass_port",
    "pass_server_port",
    "proxy_alternative_upstream_name",
    "proxy_host",
    "proxy_upstream_name",
    "service_name",
    "service_port",
];

/// Whether a text has a group of an expression in it.
fn has_group(text: &str) -> bool {
    text.split('$').skip(1).any(|rest| rest.trim_start_matches('{').starts_with(|c: char| c.is_ascii_digit()))
}

/// A redirect of nginx's `rewrite`: the query goes on, unless the text ends with `?` or has one of its own.
fn with_query(replacement: &str) -> String {
    match replacement.strip_suffix('?') {
        Some(bare) => bare.to_owned(),
        None if replacement.contains('?') => format!("{replacement}${{and_args}}"),
        None => format!("{replacement}$is_args$args"),
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

fn only(statuses: &[u16]) -> Statuses {
    if statuses.is_empty() { Statuses::All } else { Statuses::Only(statuses.into()) }
}
