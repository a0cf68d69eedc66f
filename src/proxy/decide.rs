//! What becomes of a request: the table is asked, nothing is sent yet.

use std::{borrow::Cow, rc::Rc, sync::Arc, time::Instant};

use super::{
    Upstreams,
    answer::Own,
    balance,
    entry::Link,
    guard,
    http1::framing::Framing,
    identity,
    limits::Held,
    target::{Generation, Target},
    variables::Values,
    worker::Worker,
};
use crate::routing::{Action, Found, Host, PathMatch, Port, Redirect, Request, Rule, Split, find};

/// What becomes of a request.
pub(super) enum Verdict<'t> {
    /// It goes to the target's backend.
    Forward(&'t PathMatch),
    Redirect(&'t Redirect, &'t PathMatch),
    /// The proxy answers a CORS preflight.
    Preflight,
    /// The proxy answers with this status, and why.
    Answer(u16, Cow<'t, str>),
    /// The proxy answers so.
    Own(Box<Own>),
    /// The answer of another path, by GET.
    Instead(Arc<str>),
}

/// A request's origin, when its rule has CORS, and what is added to the answer.
pub(super) type CorsFields = Vec<(&'static str, String)>;

/// All that was decided.
pub(super) struct Decided<'t> {
    pub(super) target: Rc<Target>,
    pub(super) verdict: Verdict<'t>,
    pub(super) cors: CorsFields,
    /// The request is counted as under way while this is kept.
    pub(super) held: Option<Held>,
    /// Another service decides whether it goes on.
    pub(super) asks: bool,
    /// The answer stands in a backend's place: limits and access were asked.
    pub(super) late: bool,
}

/// Asks the table; `again`: the request was led here in place of another.
#[expect(clippy::too_many_arguments, reason = "what one request is made of, used once")]
pub(super) fn decide<'t, R: Request>(
    worker: &Worker,
    link: &Link,
    generation: &Generation,
    port: Option<&'t Arc<Port>>,
    values: &Values<'t, R>,
    framing: Framing,
    now: Instant,
    again: bool,
) -> Decided<'t> {
    let request = values.request;
    let key = &link.entry.key;
    let target =
        |listener, rule| generation.target(&worker.counters, key, port.map(|port| &**port), listener, rule);
    let made =
        |target, verdict, cors| Decided { target, verdict, cors, held: None, asks: false, late: false };
    let refuse = |target, status, why: &'static str| {
        made(target, Verdict::Answer(status, Cow::Borrowed(why)), CorsFields::new())
    };
    let Some(table_port) = port else {
        return refuse(target(None, None), 404, "the table has no such port");
    };
    let found = find(table_port, Host(values.arrival.host), request);
    let listener = match found {
        Found::Match { listener, .. } | Found::NoRule(listener) => listener,
        Found::NoListener => return refuse(target(None, None), 404, "no listener takes this host"),
    };
    // Gateway API, listener isolation: a connection belongs to the listener that its TLS name chose.
    if link.listener.borrow().as_ref().is_some_and(|chosen| *chosen != listener.id.name) {
        let why = "this host belongs to another listener than the name in the TLS handshake";
        return refuse(target(Some(listener), None), 421, why);
    }
    let candidate = match found {
        Found::Match { candidate, .. } => candidate,
        Found::NoRule(_) | Found::NoListener => {
            return refuse(target(Some(listener), None), 404, "no route takes this request");
        }
    };
    let rule = &candidate.rule;
    values.found(rule.policy.as_deref(), &candidate.path);
    let mut added = CorsFields::new();
    if let Some(policy) = &rule.policy {
        if let Some(origins) = &policy.origins {
            added = origins.headers(request.header("origin").as_deref()).unwrap_or_default();
        }
        if let Some(refused) = identity::refusal(policy, link, values.arrival.host, values, again) {
            let verdict = match refused {
                identity::Refused::Answered(own) => Verdict::Own(own),
                identity::Refused::Instead(path) => Verdict::Instead(path),
            };
            return made(target(Some(listener), Some((rule, None))), verdict, CorsFields::new());
        }
        if let Some(own) = guard::first(policy, framing, request) {
            // nginx refuses a body before it looks for an origin.
            let fields = if own.status == 413 { CorsFields::new() } else { added };
            return made(target(Some(listener), Some((rule, None))), Verdict::Own(Box::new(own)), fields);
        }
    }
    let origin = rule.cors.as_ref().and_then(|cors| Some((cors, request.header("origin")?)));
    if let Some((cors, origin)) = origin {
        let asked = request.header("access-control-request-method").filter(|_| request.method() == "OPTIONS");
        if let Some(method) = asked {
            let headers = request.header("access-control-request-headers");
            let fields = cors.answer(&origin, Some((&method, headers.as_deref())));
            return made(target(Some(listener), Some((rule, None))), Verdict::Preflight, fields);
        }
        added = cors.answer(&origin, None);
    }
    let (chosen, verdict) = match &rule.action {
        Action::Redirect(redirect) => (None, Verdict::Redirect(redirect, &candidate.path)),
        Action::Answer(status, why) => {
            let policy = rule.policy.as_ref().filter(|_| rule.action.is_guarded());
            match policy.and_then(|policy| guard::https(policy, values)) {
                Some(own) => (None, Verdict::Own(Box::new(own))),
                // nginx asks its own default server, which wants a host.
                None if policy.is_some_and(|policy| {
                    let named = !policy.http_1_0 && !values.arrival.authority.is_empty();
                    named && guard::host(policy, values).is_some_and(|host| host.is_empty())
                }) =>
                {
                    (None, Verdict::Answer(400, Cow::Borrowed("the default server is told no host")))
                }
                None => (None, Verdict::Answer(*status, Cow::Owned(why.to_string()))),
            }
        }
        Action::Return(say) => (None, Verdict::Own(Box::new(guard::say(say, values)))),
        Action::Forward(split) => {
            chosen(rule, split, &candidate.path, &generation.snapshot.upstreams, values)
        }
    };
    let target = target(Some(listener), Some((rule, chosen)));
    let verdict = match verdict {
        Verdict::Forward(_) if target.endpoints.is_none() => {
            Verdict::Answer(503, Cow::Borrowed("the backend has no ready endpoint"))
        }
        verdict => verdict,
    };
    // What no Ingress leads anywhere goes to a backend of nginx: who may ask counts there too.
    let late = matches!((&rule.action, &verdict), (Action::Answer(..), Verdict::Answer(..)))
        && rule.action.is_guarded();
    if let (true, Some(policy)) = (late || matches!(verdict, Verdict::Forward(_)), &rule.policy) {
        match worker.guards.pass(policy, values, now) {
            Ok(passed) => {
                let (held, asks) = (passed.held, passed.ask.is_some());
                return Decided { target, verdict, cors: added, held, asks, late };
            }
            Err(own) => return made(target, Verdict::Own(Box::new(own)), added),
        }
    }
    made(target, verdict, added)
}

/// The position of the backend that gets the request.
fn chosen<'t, R: Request>(
    rule: &'t Rule,
    split: &'t Split,
    path: &'t PathMatch,
    upstreams: &Upstreams,
    values: &Values<'t, R>,
) -> (Option<usize>, Verdict<'t>) {
    if let Some(own) = rule.policy.as_ref().and_then(|policy| guard::https(policy, values)) {
        return (None, Verdict::Own(Box::new(own)));
    }
    if split.backends.is_empty() {
        return (None, Verdict::Answer(500, Cow::Borrowed("the rule has no backendRefs")));
    }
    // As ingress-nginx does it: a canary that can not answer leaves its requests to the main backend.
    let falls_back = rule.policy.is_some();
    match balance::backend(split, falls_back, upstreams, values.request, fastrand::u64(..)) {
        None => (None, Verdict::Answer(500, Cow::Borrowed("all weights are 0"))),
        Some(backend) => {
            let at = split.backends.iter().position(|other| std::ptr::eq(other, backend));
            match &backend.problem {
                Some(why) => (at, Verdict::Answer(500, Cow::Owned(why.to_string()))),
                None => (at, Verdict::Forward(path)),
            }
        }
    }
}
