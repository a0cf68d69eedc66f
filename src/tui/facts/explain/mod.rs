//! The path of a request through listener, hostname, route, rule, match, filters and backends: what `cutover explain`
//! prints and what the console shows. All of it comes from `routing::explain`, which asks what the gateway executes.

mod compare;
mod example;
mod fill;
mod form;
mod sides;
#[cfg(test)]
mod tests;

pub use compare::{Answer, Compared, Point, Prediction, Verdict};
pub use fill::of_record;
pub use fill::{Filled, of_ingress, of_listener, of_rule};
pub use form::{Form, Header, Place, Question, Which, Wrong};
pub use sides::{Difference, differences};

use super::{Tone, describe::About, endpoints::ready, rehearsal};
use crate::{
    rehearsal::{Backing, StandInView},
    resource::{Key, Kind},
    routing::{
        Ask, BackendShare, Explanation, ListenerId, Miss, NearMiss, Origin, Outcome, PathMatch, PortKey,
        Sent, Side,
    },
    world::World,
};

/// What is said of all that nobody does here.
const NOT_DONE: &str = "the old side does it, this rehearsal does not";

/// The way of a request, as both faces show it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    /// From the listener to the backends.
    pub steps: Vec<Step>,
    /// Which of several Gateways was asked, and why; none when there was no choice.
    pub choice: Option<String>,
    /// Why the winner goes before each other match that takes the request too; the strongest runner-up first.
    pub over: Vec<Near>,
    /// What failed in one thing only, the nearest first.
    pub misses: Vec<Near>,
}

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sign {
    /// It took the request.
    Taken,
    /// It did not.
    Failed,
    /// Nobody came so far.
    NotReached,
    /// What is sent on.
    Sent,
    /// Worth a look.
    Note,
}

/// What a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Part {
    Listener,
    Hostname,
    Route,
    Rule,
    Match,
    Filter,
    SentAs,
    Backend,
    /// What becomes of the request when no backend answers it.
    End,
    Note,
}

/// One step of the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it is.
    pub part: Part,
    /// How it went.
    pub sign: Sign,
    /// The left column: `rule 1 split`.
    pub label: String,
    /// What it is in words: a name, a match, a filter.
    pub name: String,
    /// More of it: a hostname, a share.
    pub detail: String,
    /// What is wrong or odd with it.
    pub note: String,
    /// What one can go to.
    pub about: Option<About>,
}

/// Something that did not take the request, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// `shop/web rule 2 match 1`
    pub what: String,
    /// The one thing that failed, or what goes before it.
    pub why: String,
    /// The rule of precedence by which it lost: in a word, and where it is written.
    pub by: Option<(&'static str, &'static str)>,
    /// What one can go to.
    pub about: Option<About>,
}

impl Sign {
    /// As it stands left of a step.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Taken => "✓",
            Self::Failed => "✗",
            Self::NotReached => "–",
            Self::Sent => "→",
            Self::Note => "!",
        }
    }

    /// Its tone.
    pub fn tone(self) -> Tone {
        match self {
            Self::Taken => Tone::Good,
            Self::Failed => Tone::Bad,
            Self::NotReached | Self::Sent => Tone::Dim,
            Self::Note => Tone::Warn,
        }
    }
}

/// What is known of backends beside the Table: Services, their endpoints, who answers for them.
#[derive(Clone, Copy)]
pub struct Backends<'a> {
    /// The objects.
    pub world: &'a World,
    /// Who answers in a rehearsal; empty outside of one.
    pub stand_ins: &'a [StandInView],
}

impl Backends<'_> {
    /// Who answers for a Service port.
    pub fn stand_in(&self, service: &Origin, port: u16) -> Option<&StandInView> {
        self.stand_ins.iter().find(|one| one.backend.service == *service && one.backend.port == port)
    }

    /// Why a backend that the Table would use answers 503 nevertheless.
    fn empty(&self, share: &BackendShare) -> Option<String> {
        let said = || "no ready endpoint: answers 503".to_owned();
        match self.stand_in(&share.backend, share.port).map(|one| &one.backing) {
            Some(Backing::NoEndpoint) => Some(said()),
            Some(Backing::StandIn(_) | Backing::Own(_) | Backing::Direct(_)) => None,
            None => {
                let (ready, all) = ready(self.world, &key(&share.backend)?)?;
                (ready == 0).then(|| format!("no ready endpoint (0 of {all}): answers 503"))
            }
        }
    }

    /// What is odd about who answers.
    fn note(&self, share: &BackendShare) -> String {
        let assumed = key(&share.backend).and_then(|key| self.world.get(&key)).is_some_and(|one| one.assumed);
        let fault = self.stand_in(&share.backend, share.port).map(|one| rehearsal::fault(&one.fault));
        match fault.filter(|fault| !fault.is_empty()) {
            Some(fault) => format!("told to fail: {fault}"),
            None if assumed => "assumed".to_owned(),
            None => String::new(),
        }
    }
}

/// Puts what the Table can not know into an explanation: Services whose endpoints are not ready.
pub fn with_endpoints(mut found: Explanation, backends: Backends<'_>) -> Explanation {
    for share in &mut found.backends {
        if share.problem.is_none() {
            share.problem = backends.empty(share);
        }
    }
    found
}

impl Path {
    /// The way that an explanation tells, for the request that was asked about.
    pub fn of(ask: &Ask, found: &Explanation, backends: Backends<'_>) -> Self {
        let mut steps = Vec::new();
        listener(ask, found, &mut steps);
        hostnames(ask.side, found, &mut steps);
        rule(ask.side, found, &mut steps);
        let sent = found.executed.as_ref().map(|executed| executed.sent(ask)).unwrap_or_default();
        sent_as(ask, found, &mut steps);
        for (at, share) in found.backends.iter().enumerate() {
            steps.push(backend(found, share, sent.get(at), backends));
        }
        if steps.iter().all(|step| step.part != Part::Backend) && found.executed.is_none() {
            steps.push(Step::not_reached(Part::Backend, "backend"));
        }
        let notes = found.conditions.iter().map(|text| ("depends", text));
        let notes = notes.chain(found.not_executed.iter().map(|text| ("not done", text)));
        let note = |label: &str| if label == "not done" { NOT_DONE } else { "" };
        steps.extend(notes.map(|(label, text)| Step {
            note: note(label).to_owned(),
            ..Step::new(Part::Note, Sign::Note, label, text.clone())
        }));
        end(found, &mut steps);
        let lost = |near: &&NearMiss| matches!(near.kind, Miss::Lost(_));
        let (over, misses): (Vec<_>, Vec<_>) = found.near_misses.iter().partition(lost);
        Self {
            steps,
            choice: choice(ask, found),
            over: over.into_iter().map(|near| Near::of(ask.side, near)).collect(),
            misses: misses.into_iter().map(|near| Near::of(ask.side, near)).collect(),
        }
    }

    /// Puts in near misses that were looked for aside.
    pub fn with_misses(mut self, side: Side, near_misses: &[NearMiss]) -> Self {
        let (over, misses): (Vec<_>, Vec<_>) =
            near_misses.iter().partition(|near| matches!(near.kind, Miss::Lost(_)));
        self.over = over.into_iter().map(|near| Near::of(side, near)).collect();
        self.misses = misses.into_iter().map(|near| Near::of(side, near)).collect();
        self
    }
}

impl Step {
    fn new(part: Part, sign: Sign, label: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            part,
            sign,
            label: label.into(),
            name: name.into(),
            detail: String::new(),
            note: String::new(),
            about: None,
        }
    }

    fn not_reached(part: Part, label: &str) -> Self {
        Self::new(part, Sign::NotReached, label, "")
    }

    fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    fn about(mut self, about: Option<About>) -> Self {
        self.about = about;
        self
    }
}

impl Near {
    fn of(side: Side, near: &NearMiss) -> Self {
        let by = match near.kind {
            // Where Gateway API's order is written is no place of the old side's.
            Miss::Lost(_) if side == Side::Old => None,
            Miss::Lost(by) => Some((by.word(), by.place())),
            Miss::Method
            | Miss::Header
            | Miss::Query
            | Miss::Cookie
            | Miss::Path
            | Miss::Host
            | Miss::Listener => None,
        };
        Self {
            what: near.what.clone(),
            why: near.failed.clone(),
            by,
            about: near.route.as_ref().and_then(object),
        }
    }
}

fn key(origin: &Origin) -> Option<Key> {
    let kind = Kind::from_typed(&origin.kind)?;
    Some(Key::new(kind, origin.namespace.clone(), origin.name.clone()))
}

fn object(origin: &Origin) -> Option<About> {
    key(origin).map(About::Object)
}

fn listener(ask: &Ask, found: &Explanation, steps: &mut Vec<Step>) {
    let step = match (&found.gateway, &found.listener) {
        (Some(gateway), Some((name, hostname))) => {
            let port = PortKey { side: ask.side, entry: gateway.clone().into(), port: ask.port };
            let about = About::Listener(ListenerId { port, name: name.as_str().into() });
            Step::new(Part::Listener, Sign::Taken, "listener", format!("{gateway} ▸ {name}"))
                .detail(hostname.clone())
                .about(Some(about))
        }
        (_, None) | (None, Some(_)) => match found.status {
            None => {
                let why = format!("nobody listens for {} on port {}", ask.scheme, ask.port);
                Step::new(Part::Listener, Sign::Failed, "listener", why)
            }
            Some(400) => Step::not_reached(Part::Listener, "listener"),
            Some(_) => {
                let why = format!("none on port {} takes this host", ask.port);
                let about = found.gateway.as_ref().and_then(object);
                Step::new(Part::Listener, Sign::Failed, "listener", why).about(about)
            }
        },
    };
    steps.push(step);
}

fn hostnames(side: Side, found: &Explanation, steps: &mut Vec<Step>) {
    let word = match side {
        Side::Old => "server",
        Side::New => "hostname",
    };
    for tried in &found.hosts {
        let (sign, detail) =
            if tried.taken { (Sign::Taken, "") } else { (Sign::Failed, "no match of it takes the request") };
        steps.push(Step::new(Part::Hostname, sign, word, tried.hostname.clone()).detail(detail));
    }
    if found.hosts.is_empty() {
        steps.push(match found.listener {
            Some(_) => Step::new(Part::Hostname, Sign::Failed, word, "no route has this host"),
            None => Step::not_reached(Part::Hostname, word),
        });
    }
}

/// A location's path as nginx's configuration has it: `= /a`, `/a/`, `~* "^/a"`.
pub fn nginx_location(path: &PathMatch) -> String {
    match path {
        PathMatch::Exact(path) => format!("= {path}"),
        PathMatch::RawPrefix(path) if path.is_empty() => "any".to_owned(),
        PathMatch::RawPrefix(path) | PathMatch::Prefix(path) => path.to_string(),
        PathMatch::Pattern(pattern) => format!("~* \"^{}\"", pattern.written),
    }
}

fn rule(side: Side, found: &Explanation, steps: &mut Vec<Step>) {
    let (Some(route), Some((index, name))) = (&found.route, &found.rule) else {
        let parts = [(Part::Route, "route"), (Part::Rule, "rule"), (Part::Match, "match")];
        steps.extend(parts.map(|(part, label)| Step::not_reached(part, label)));
        return;
    };
    let about = || object(route);
    let taken = |part, label: &str, name: String| Step::new(part, Sign::Taken, label, name).about(about());
    steps.push(taken(Part::Route, "route", format!("{} {route}", route.kind)));
    let label = format!("rule {}", index + 1);
    steps.push(taken(Part::Rule, &label, name.clone().unwrap_or_default()));
    let location = found.executed.as_ref().filter(|_| side == Side::Old);
    steps.push(match location {
        Some(executed) => taken(Part::Match, "location", nginx_location(&executed.path)),
        None => taken(Part::Match, "match", found.matched.clone().unwrap_or_default()),
    });
    steps.extend(found.filters.iter().map(|filter| taken(Part::Filter, "filter", filter.clone())));
}

/// Path and host as the backend gets them, where they are not as received.
fn sent_as(ask: &Ask, found: &Explanation, steps: &mut Vec<Step>) {
    if let Some((path, host)) = &found.rewritten
        && (*path != ask.path || *host != ask.host)
    {
        let step = Step::new(Part::SentAs, Sign::Sent, "sent as", path.clone());
        steps.push(step.detail(format!("Host: {host}")));
    }
}

fn backend(found: &Explanation, share: &BackendShare, sent: Option<&Sent>, backends: Backends<'_>) -> Step {
    let kind = if &*share.backend.kind == "Service" { "" } else { &share.backend.kind };
    let name = format!("{kind} {}:{}", share.backend, share.port);
    let (sign, note) = match &share.problem {
        Some(problem) => (Sign::Failed, problem.clone()),
        None if share.share == 0.0 => (Sign::NotReached, backends.note(share)),
        None => (Sign::Taken, backends.note(share)),
    };
    let mut detail = format!("{}   weight {}", percent(share.share), share.weight);
    // A rewrite of its own is told where it is.
    if let (Some(sent), Some((path, host))) = (sent, &found.rewritten)
        && (sent.path != *path || sent.host != *host)
    {
        detail.push_str(&format!("   as {} Host: {}", sent.path, sent.host));
    }
    let mut step = Step::new(Part::Backend, sign, "backend", name.trim_start()).detail(detail);
    step.note = note;
    step.about(object(&share.backend))
}

fn end(found: &Explanation, steps: &mut Vec<Step>) {
    let status = |other: &str| found.status.map_or_else(|| other.to_owned(), |status| status.to_string());
    let reason = found.reason.clone().unwrap_or_default();
    let step = match found.outcome {
        Outcome::Forward if found.status.is_some() => Step::new(Part::End, Sign::Sent, status(""), reason),
        Outcome::Forward if reason.is_empty() => return,
        Outcome::Forward => Step::new(Part::Note, Sign::Note, "note", reason),
        Outcome::Redirect => {
            Step::new(Part::End, Sign::Sent, status("302"), found.location.clone().unwrap_or_default())
        }
        Outcome::Refuse => Step::new(Part::End, Sign::Failed, status("refused"), reason),
    };
    steps.push(step);
}

/// Which Gateway was asked where several listen on the port.
fn choice(ask: &Ask, found: &Explanation) -> Option<String> {
    let gateway = found.gateway.as_ref().filter(|_| found.gateways.len() > 1)?;
    let others: Vec<String> =
        found.gateways.iter().filter(|other| *other != gateway).map(ToString::to_string).collect();
    let shown = match others.as_slice() {
        [] => return None,
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    };
    Some(format!(
        "{} Gateways listen on port {}, each at an address of its own: this is {gateway}; {shown} may answer otherwise",
        found.gateways.len(),
        ask.port
    ))
}

/// A share of 0 to 1 with its unit, at most one decimal: `33.3 %`.
pub fn percent(share: f64) -> String {
    format!("{} %", (share * 1000.0).round() / 10.0)
}
