//! What becomes of a request: the table is asked, nothing is sent yet.

use std::{borrow::Cow, rc::Rc, sync::Arc};

use super::{
    entry::Link,
    target::{Generation, Target},
    worker::Worker,
};
use crate::routing::{Action, Found, Host, PathMatch, Port, Redirect, Request, find};

/// What becomes of a request.
pub(super) enum Verdict<'t> {
    /// It goes to the target's backend.
    Forward(&'t PathMatch),
    Redirect(&'t Redirect, &'t PathMatch),
    /// The proxy answers a CORS preflight.
    Preflight,
    /// The proxy answers with this status, and why.
    Answer(u16, Cow<'t, str>),
}

/// A request's origin, when its rule has CORS, and what is added to the answer.
pub(super) type CorsFields = Vec<(&'static str, String)>;

/// Asks the table.
pub(super) fn decide<'t>(
    worker: &Worker,
    link: &Link,
    generation: &Generation,
    port: Option<&'t Arc<Port>>,
    host: Host<'_>,
    request: &impl Request,
) -> (Rc<Target>, Verdict<'t>, CorsFields) {
    let key = &link.entry.key;
    let target =
        |listener, rule| generation.target(&worker.counters, key, port.map(|port| &**port), listener, rule);
    let refuse = |target, status, why: &'static str| {
        (target, Verdict::Answer(status, Cow::Borrowed(why)), CorsFields::new())
    };
    let Some(table_port) = port else {
        return refuse(target(None, None), 404, "the table has no such port");
    };
    let found = find(table_port, host, request);
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
    let origin = rule.cors.as_ref().and_then(|cors| Some((cors, request.header("origin")?)));
    let mut added = CorsFields::new();
    if let Some((cors, origin)) = origin {
        let asked = request.header("access-control-request-method").filter(|_| request.method() == "OPTIONS");
        if let Some(method) = asked {
            let headers = request.header("access-control-request-headers");
            let fields = cors.answer(&origin, Some((&method, headers.as_deref())));
            return (target(Some(listener), Some((rule, None))), Verdict::Preflight, fields);
        }
        added = cors.answer(&origin, None);
    }
    let (chosen, verdict) = match &rule.action {
        Action::Redirect(redirect) => (None, Verdict::Redirect(redirect, &candidate.path)),
        Action::Answer(status, why) => (None, Verdict::Answer(*status, Cow::Owned(why.to_string()))),
        Action::Return(say) => (None, Verdict::Answer(say.status, Cow::Owned(say.why.to_string()))),
        Action::Forward(split) if split.backends.is_empty() => {
            (None, Verdict::Answer(500, Cow::Borrowed("the rule has no backendRefs")))
        }
        Action::Forward(split) => match split.pick(fastrand::u64(..)) {
            None => (None, Verdict::Answer(500, Cow::Borrowed("all weights are 0"))),
            Some(backend) => {
                let at = split.backends.iter().position(|other| std::ptr::eq(other, backend));
                match &backend.problem {
                    Some(why) => (at, Verdict::Answer(500, Cow::Owned(why.to_string()))),
                    None => (at, Verdict::Forward(&candidate.path)),
                }
            }
        },
    };
    let target = target(Some(listener), Some((rule, chosen)));
    let verdict = match verdict {
        Verdict::Forward(_) if target.endpoints.is_none() => {
            Verdict::Answer(503, Cow::Borrowed("the backend has no ready endpoint"))
        }
        verdict => verdict,
    };
    (target, verdict, added)
}
