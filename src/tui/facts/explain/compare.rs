//! What came back from the gateway beside what was predicted. A difference is a defect: of the explanation, or of what
//! executes. What can not be known is said as that, and what a stand-in was told to do wrong is no difference.

use std::time::Duration;

use super::Backends;
use crate::{
    rehearsal::{Backing, Fault, Unanswered},
    routing::{Ask, Edited, Explanation, HeaderEdits, Outcome, Sent},
};

mod answer;
#[cfg(test)]
mod tests;

pub use answer::Answer;
use answer::{By, Seen};

/// Bytes that the body of a stand-in has at most, about: it tells what it got.
const LONGEST_BODY: f64 = 4096.0;

/// What should come of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// What was asked.
    pub ask: Ask,
    /// What was told.
    pub found: Explanation,
    /// Who may get it, with a share above 0.
    backends: Vec<Expected>,
}

/// A backend that may get the request.
#[derive(Clone, Debug, PartialEq)]
struct Expected {
    sent: Sent,
    fault: Fault,
    answers: Answers,
}

/// Who answers for a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answers {
    /// A stand-in of ours, which says what it saw.
    StandIn,
    /// A program of somebody else: its status is its own.
    Other,
    /// Nobody: the gateway answers 503.
    Nobody,
}

/// One thing that was compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// `status`, `backend`, `path`, `header x-a`
    pub what: String,
    /// What was predicted.
    pub predicted: String,
    /// What came.
    pub came: String,
    /// Whether that is the same.
    pub verdict: Verdict,
}

/// How prediction and answer stand to each other; the worst is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// As predicted.
    Same,
    /// Nobody can say.
    Unknown,
    /// Something else, because a stand-in was told to fail.
    FaultTold,
    /// Something else.
    Differs,
}

impl Verdict {
    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Same => "as predicted",
            Self::Unknown => "nothing to compare",
            Self::FaultTold => "as told to fail",
            Self::Differs => "DIFFERS",
        }
    }
}

/// All that was compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// What could be compared.
    pub points: Vec<Point>,
    /// What can not be known.
    pub unknown: Vec<String>,
}

impl Compared {
    /// All together: what differs decides, then what a fault explains.
    pub fn verdict(&self) -> Verdict {
        let worst =
            self.points.iter().map(|point| point.verdict).filter(|one| *one != Verdict::Unknown).max();
        worst.unwrap_or(Verdict::Unknown)
    }

    /// In a few words.
    #[cfg(test)]
    pub fn words(&self) -> &'static str {
        self.verdict().words()
    }

    /// What differs.
    pub fn differences(&self) -> impl Iterator<Item = &Point> {
        self.points.iter().filter(|point| point.verdict == Verdict::Differs)
    }

    fn add(&mut self, what: impl Into<String>, predicted: impl Into<String>, came: impl Into<String>) {
        let (predicted, came) = (predicted.into(), came.into());
        let verdict = if predicted == came { Verdict::Same } else { Verdict::Differs };
        self.points.push(Point { what: what.into(), predicted, came, verdict });
    }

    fn say(&mut self, verdict: Verdict, what: &str, predicted: impl Into<String>, came: impl Into<String>) {
        self.points.push(Point {
            what: what.into(),
            predicted: predicted.into(),
            came: came.into(),
            verdict,
        });
    }
}

impl Prediction {
    /// What an explanation predicts, by who answers for the backends now.
    pub fn of(ask: Ask, found: Explanation, backends: Backends<'_>) -> Self {
        let sent = found.executed.as_ref().map(|executed| executed.sent(&ask)).unwrap_or_default();
        let expected = |sent: Sent| {
            let stand_in = backends.stand_in(&sent.backend.service, sent.backend.port);
            Expected {
                fault: stand_in.map(|one| one.fault).unwrap_or_default(),
                answers: match stand_in.map(|one| &one.backing) {
                    Some(Backing::StandIn(_)) => Answers::StandIn,
                    Some(Backing::Own(_) | Backing::Direct(_)) => Answers::Other,
                    Some(Backing::NoEndpoint) | None => Answers::Nobody,
                },
                sent,
            }
        };
        let backends = sent.into_iter().filter(|sent| sent.share > 0.0).map(expected).collect();
        Self { ask, found, backends }
    }

    /// What is predicted, in words: `200 from shop/app-stable:8080 90 % or shop/app-canary:8080 10 %`.
    pub fn words(&self) -> String {
        match (self.found.outcome, self.found.status) {
            (Outcome::Redirect, Some(status)) => {
                format!("{status} to {}", self.found.location.as_deref().unwrap_or_default())
            }
            (_, Some(status)) => format!("{status} from the gateway"),
            (Outcome::Forward, None) => self.who(),
            (Outcome::Refuse | Outcome::Redirect, None) => "no answer: nobody listens".to_owned(),
        }
    }

    fn who(&self) -> String {
        let one = |expected: &Expected| {
            let Sent { backend, share, problem, .. } = &expected.sent;
            let share = super::percent(*share);
            let status = match (problem, expected.answers) {
                (Some(_), _) => "500 for ",
                (None, Answers::Nobody) => "503 for ",
                (None, Answers::StandIn | Answers::Other) => "",
            };
            format!("{status}{}:{} {share}", backend.service, backend.port)
        };
        self.backends.iter().map(one).collect::<Vec<_>>().join(" or ")
    }

    /// Compares with what came.
    pub fn compare(&self, answer: &Answer) -> Compared {
        let mut compared = Compared { points: Vec::new(), unknown: Vec::new() };
        match (self.found.outcome, self.found.status) {
            (_, Some(status)) => self.own(status, answer, &mut compared),
            (Outcome::Forward, None) => self.forwarded(answer, &mut compared),
            (Outcome::Refuse | Outcome::Redirect, None) => {
                compared.add("answer", "none: nobody listens", answer.status.to_string());
            }
        }
        let rule = self.found.executed.as_ref().map(|executed| &executed.rule);
        if rule.is_some_and(|rule| rule.retry.is_some()) {
            compared.unknown.push("retries: only the last try is seen".to_owned());
        }
        if rule.is_some_and(|rule| !rule.mirrors.is_empty()) {
            compared.unknown.push("copies to mirrors are not seen here".to_owned());
        }
        compared
    }

    /// An answer that the gateway makes itself.
    fn own(&self, status: u16, answer: &Answer, compared: &mut Compared) {
        compared.add("status", status.to_string(), answer.status.to_string());
        match answer.who() {
            Some(who) => compared.add("answered by", "the gateway", who),
            None => compared.unknown.push("who answered".to_owned()),
        }
        if let Some(location) = &self.found.location {
            let came = answer.header("location").unwrap_or("none");
            compared.add("location", location.clone(), came);
        }
        if let Some(executed) = &self.found.executed {
            edits(&executed.answer_edits(), |name| answer.headers(name), "answer's header", compared);
        }
        self.cors(answer, compared);
    }

    /// What CORS adds to the answer. `Vary` grows by what others say, so it is not compared.
    fn cors(&self, answer: &Answer, compared: &mut Compared) {
        let rule = self.found.executed.as_ref().map(|executed| &executed.rule);
        let asked =
            |name: &str| self.ask.headers.iter().find(|(given, _)| given == name).map(|(_, v)| v.as_str());
        let Some((cors, origin)) = rule.and_then(|rule| rule.cors.as_ref()).zip(asked("origin")) else {
            return;
        };
        let method = asked("access-control-request-method").filter(|_| self.ask.method == "OPTIONS");
        let preflight = method.map(|method| (method, asked("access-control-request-headers")));
        for (name, value) in cors.answer(origin, preflight).into_iter().filter(|(name, _)| *name != "vary") {
            let came = answer.header(name).unwrap_or("none").to_owned();
            compared.add(format!("answer's header {name}"), value, came);
        }
    }

    fn forwarded(&self, answer: &Answer, compared: &mut Compared) {
        let named = |expected: &&Expected| {
            let id = &expected.sent.backend;
            answer.backend().is_some_and(|(namespace, name, port)| {
                *id.service.namespace == *namespace && *id.service.name == *name && id.port == port
            })
        };
        match (self.backends.iter().find(named), answer.backend()) {
            (Some(expected), _) => self.by(expected, answer, compared),
            (None, Some((namespace, name, port))) => {
                compared.add("backend", self.who(), format!("{namespace}/{name}:{port}"));
            }
            (None, None) => self.by_nobody_known(answer, compared),
        }
    }

    /// One of those that were predicted got the request.
    fn by(&self, expected: &Expected, answer: &Answer, compared: &mut Compared) {
        let Expected { sent, fault, answers } = expected;
        let name = format!("{}:{}", sent.backend.service, sent.backend.port);
        let share = format!("{name} ({})", super::percent(sent.share));
        compared.say(Verdict::Same, "backend", share, name);
        let wanted = match (&sent.problem, answers) {
            (Some(_), _) => Some(500),
            (None, Answers::Nobody) => Some(503),
            (None, Answers::StandIn) => Some(200),
            (None, Answers::Other) => None,
        };
        let status = answer.status.to_string();
        match wanted {
            Some(wanted) if wanted == answer.status => {
                compared.say(Verdict::Same, "status", wanted.to_string(), status);
            }
            Some(_) | None if self.told(fault, answer, false).is_some() => {
                let told = self.told(fault, answer, false).unwrap_or_default();
                compared.say(Verdict::FaultTold, "status", format!("told to fail: {told}"), status);
            }
            Some(wanted) => compared.add("status", wanted.to_string(), status),
            None => {
                compared.say(Verdict::Unknown, "status", "the backend's own", status);
                compared
                    .unknown
                    .push(format!("{}:{} is a program of your own", sent.backend.service, sent.backend.port));
            }
        }
        match &answer.seen {
            Some(seen) => self.seen(sent, seen, compared),
            None if sent.problem.is_none() => {
                compared.unknown.push("the request as the backend saw it".to_owned());
            }
            None => {}
        }
        edits(&sent.answer, |name| answer.headers(name), "answer's header", compared);
        self.cors(answer, compared);
    }

    /// The part of a fault that explains the status; `own`: the gateway may have answered in the backend's place.
    fn told(&self, fault: &Fault, answer: &Answer, own: bool) -> Option<Fault> {
        let Fault { share, code, latency, jitter, pace: _, down } = *fault;
        if !own {
            return (share > 0.0 && code == answer.status).then(|| Fault { share, code, ..Fault::default() });
        }
        if down && matches!(answer.status, 502..=504) {
            return Some(Fault { down, ..Fault::default() });
        }
        // The head is waited for: how slowly the body comes after it has nothing to do with a 504.
        let late = Fault { latency, jitter, ..Fault::default() };
        let enough = self.deadline().is_none_or(|end| slowest(&late).saturating_mul(self.tries()) >= end);
        (answer.status == 504 && !late.is_off() && enough).then_some(late)
    }

    /// The shortest time in which the rule wants an answer.
    fn deadline(&self) -> Option<Duration> {
        let timeouts = &self.found.executed.as_ref()?.rule.timeouts;
        [timeouts.request, timeouts.backend].into_iter().flatten().min()
    }

    fn tries(&self) -> u32 {
        let retry = self.found.executed.as_ref().and_then(|executed| executed.rule.retry.as_ref());
        retry.map_or(1, |retry| retry.attempts.saturating_add(1))
    }

    /// No answer came, within this time: whether that was predicted, and what a stand-in was told that explains it.
    pub fn silence(&self, why: &Unanswered, within: Duration) -> (Verdict, String) {
        let nobody = self.found.status.is_none() && self.found.gateway.is_none();
        let end = match why {
            Unanswered::NoListener(_) if nobody => return (Verdict::Same, String::new()),
            Unanswered::NoListener(_) | Unanswered::Invalid(_) | Unanswered::Refused(..) => None,
            Unanswered::Late(..) => Some(within),
            // The gateway breaks off an answer whose body does not come in time.
            Unanswered::Broken(..) => self.deadline(),
        };
        let slow = |expected: &&Expected| {
            let fault = &expected.fault;
            let asked = matches!(why, Unanswered::Late(..)) || fault.pace.is_some();
            expected.answers == Answers::StandIn && asked && end.is_some_and(|end| slowest(fault) >= end)
        };
        match self.backends.iter().find(slow) {
            Some(Expected { sent, fault, .. }) => {
                let Fault { latency, jitter, pace, .. } = *fault;
                let told = Fault { latency, jitter, pace, ..Fault::default() };
                (Verdict::FaultTold, format!("{} is told to be slow: {told}", sent.backend.service))
            }
            None => (Verdict::Differs, String::new()),
        }
    }

    /// The request as the backend saw it.
    fn seen(&self, sent: &Sent, seen: &Seen, compared: &mut Compared) {
        compared.add("path", sent.target.clone(), seen.target.clone());
        compared.add("host", without_port(&sent.host), without_port(&seen.host));
        edits(&sent.request, |name| seen.headers(name), "header", compared);
        for (name, value) in &self.ask.headers {
            let edited = |one: &str| one.eq_ignore_ascii_case(name);
            let of_edits = sent.request.dropped.iter().any(|one| edited(one))
                || sent.request.put.iter().any(|(one, _)| edited(one));
            // What the gateway says itself of the client, or keeps to its own connection.
            let kept = HeaderEdits::is_fixed(name) || name.starts_with("x-forwarded-") || name.contains('_');
            if !of_edits && !kept && !seen.headers(name).contains(&value.as_str()) {
                let came = seen.headers(name).first().copied().unwrap_or("none");
                compared.add(format!("header {name}"), value.clone(), came);
            }
        }
    }

    /// The answer names no backend: the gateway's own, or one without a body.
    fn by_nobody_known(&self, answer: &Answer, compared: &mut Compared) {
        let status = answer.status;
        let came = match &answer.by {
            Some(By::Gateway(Some(why))) => format!("{status}: {why}"),
            Some(By::Gateway(None)) => format!("{status} from the gateway"),
            Some(By::Backend(..)) | None => status.to_string(),
        };
        let own = answer.by.is_none() || matches!(answer.by, Some(By::Gateway(_)));
        let fits = |expected: &Expected| match (&expected.sent.problem, expected.answers) {
            (Some(_), _) => status == 500,
            (None, Answers::Nobody) => status == 503,
            (None, Answers::StandIn) => status == 200 && (answer.bodiless || answer.by.is_none()),
            (None, Answers::Other) => !matches!(answer.by, Some(By::Gateway(_))),
        };
        let fault = self.backends.iter().find_map(|expected| {
            let told = self.told(&expected.fault, answer, own);
            let told = told.or_else(|| self.told(&expected.fault, answer, false).filter(|_| answer.bodiless));
            Some((expected, told?))
        });
        if self.backends.iter().any(fits) {
            compared.say(Verdict::Same, "answer", self.who(), came);
            compared.unknown.push("which backend answered, and what it saw".to_owned());
        } else if let Some((expected, fault)) = fault {
            let backend = &expected.sent.backend.service;
            compared.say(Verdict::FaultTold, "answer", format!("{backend} is told to fail: {fault}"), came);
        } else {
            compared.add("answer", self.who(), came);
        }
    }
}

/// The longest that an answer with this fault may take.
fn slowest(fault: &Fault) -> Duration {
    let Fault { latency, jitter, pace, .. } = *fault;
    // No answer of a stand-in is longer, whatever headers it tells of.
    let body = pace.map(|pace| Duration::from_secs_f64(LONGEST_BODY / pace.get() as f64));
    latency.saturating_add(jitter).saturating_add(body.unwrap_or_default())
}

/// Whether edits were made: what was put in is there, what was taken out is not.
fn edits<'a>(edited: &Edited, came: impl Fn(&str) -> Vec<&'a str>, what: &str, compared: &mut Compared) {
    for (name, value) in &edited.put {
        let values = came(name);
        let found = values.iter().find(|one| *one == value).or(values.first()).copied();
        compared.add(format!("{what} {name}"), value.clone(), found.unwrap_or("none"));
    }
    for name in &edited.dropped {
        if !edited.put.iter().any(|(put, _)| put.eq_ignore_ascii_case(name)) {
            compared.add(format!("{what} {name}"), "none", came(name).first().copied().unwrap_or("none"));
        }
    }
}

/// A host as it is compared: small letters, no port.
fn without_port(host: &str) -> String {
    crate::routing::Host::from_authority(host).map_or_else(|_| host.to_owned(), std::borrow::Cow::into_owned)
}
