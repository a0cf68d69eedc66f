//! From a head as received to a decision, and to the head that the backend gets. Nothing waits here.

use std::{borrow::Cow, cell::Cell, rc::Rc, time::Instant};

use crate::{
    proxy::{
        UpstreamProtocol,
        answer::{Own, field},
        beside::{Beside, Place},
        buffer::Buffer,
        decide::{CorsFields, Verdict, decide},
        dress::Dress,
        entry::Link,
        facts::{Facts, Fields, View},
        guard,
        http1::{
            Refused,
            framing::Framing,
            head,
            target::{self, Target},
        },
        limits::Held,
        passed, request,
        tap::Seen,
        target::Target as Destination,
        variables::values,
        worker::Worker,
    },
    routing::{Host, Retry},
};

/// What of a request its answer depends on.
#[derive(Debug)]
pub(in crate::proxy) struct Asked {
    /// HEAD: the answer has no body.
    pub(in crate::proxy) to_head: bool,
    /// HTTP/1.1
    pub(in crate::proxy) modern: bool,
    pub(in crate::proxy) keep_alive: bool,
    /// Waits for 100 before it sends its body.
    pub(in crate::proxy) expects: bool,
    /// May be sent twice (RFC 9110, 9.2.2).
    pub(in crate::proxy) idempotent: bool,
    pub(in crate::proxy) upgrade: Option<String>,
    pub(in crate::proxy) framing: Framing,
}

/// What is to be done with a request.
pub(in crate::proxy) enum Plan {
    Answer(Own),
    /// To the backend, with this head.
    Forward {
        head: Buffer,
        cors: CorsFields,
    },
}

/// A request, decided.
pub(in crate::proxy) struct Prepared {
    pub(in crate::proxy) target: Rc<Destination>,
    pub(in crate::proxy) started: Instant,
    pub(in crate::proxy) asked: Asked,
    pub(in crate::proxy) plan: Plan,
    /// What the rule's policy makes of the answer.
    pub(in crate::proxy) dress: Option<Rc<Dress>>,
    /// It is counted as under way while this is kept.
    pub(in crate::proxy) held: Cell<Option<Held>>,
    /// What was asked, for who watches; taken at the end.
    pub(in crate::proxy) seen: Cell<Option<Box<Seen>>>,
    /// What is said beside it.
    pub(in crate::proxy) beside: Option<Box<Beside>>,
}

impl Prepared {
    /// Most bytes of its body.
    pub(in crate::proxy) fn most_body(&self) -> Option<u64> {
        self.dress.as_ref()?.policy.max_body
    }
}

/// Most bytes of a body that are kept to be sent again.
pub(in crate::proxy) const REPLAYED: u64 = 64 * 1024;

/// Reads the head of an HTTP/1.1 request and decides.
pub(in crate::proxy) fn prepare(worker: &Worker, link: &Link, bytes: &[u8]) -> Result<Prepared, Refused> {
    let started = Instant::now();
    let mut lines = head::lines();
    let head = head::request(bytes, &mut lines)?;
    let asks = target::parse(head.method, head.target)?;
    let facts = Facts::of(head.fields)?;
    let framing = facts.declared.of_request(head.modern)?;
    let authority = match (asks.authority, facts.host) {
        (_, None) if head.modern => return Err(Refused::bad("there is no Host header")),
        (Some(authority), Some(host)) => {
            Host::from_authority(host).map_err(|_| INVALID_HOST)?;
            Some(authority)
        }
        (authority, host) => authority.or(host),
    };
    let asked = Asked {
        to_head: head.method == "HEAD",
        modern: head.modern,
        keep_alive: !facts.close && (head.modern || facts.keep_alive),
        expects: facts.expects && head.modern && framing != Framing::Length(0),
        idempotent: is_idempotent(head.method),
        upgrade: facts.upgrade().filter(|_| head.modern && framing == Framing::Length(0)).map(str::to_owned),
        framing,
    };
    let protocol = if head.modern { "HTTP/1.1" } else { "HTTP/1.0" };
    let parts = Parts { method: head.method, target: asks, authority, protocol };
    decided(worker, link, started, &parts, head.fields, &facts, asked)
}

/// May be sent twice (RFC 9110, 9.2.2).
pub(in crate::proxy) fn is_idempotent(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE" | "TRACE")
}

/// Decides about a request that was read, whatever it came by.
pub(in crate::proxy) fn decided(
    worker: &Worker,
    link: &Link,
    started: Instant,
    parts: &Parts<'_>,
    fields: &(impl Fields + ?Sized),
    facts: &Facts<'_>,
    mut asked: Asked,
) -> Result<Prepared, Refused> {
    let host = match parts.authority {
        Some(authority) => Host::from_authority(authority).map_err(|_| INVALID_HOST)?,
        // HTTP/1.0 knows no Host: only a listener and a route without hostname take it.
        None => Cow::Borrowed(""),
    };
    let Target { path: as_sent, query, .. } = parts.target;
    let seen = worker.tap.is_watched().then(|| Box::new(Seen::of(parts, fields)));
    let generation = worker.generation();
    let port = link.entry.port(&generation);
    let path = if as_sent == "*" { "/" } else { as_sent };
    let view = View { method: parts.method, path, query, fields };
    let authority = parts.authority.unwrap_or_default();
    let identity = link.identity.borrow().clone();
    let values = values(&view, link, identity.as_deref(), (authority, &host), as_sent, parts.protocol);
    let decided = decide(worker, link, &generation, port.as_ref(), &values, asked.framing, started);
    let (target, verdict, cors) = (decided.target, decided.verdict, decided.cors);
    let policy = target.rule.as_ref().and_then(|rule| rule.policy.as_ref());
    let dress = policy.map(|policy| Rc::new(Dress::new(policy, link.encrypted.get(), &values)));
    let mut location = None;
    let plan = match verdict {
        Verdict::Forward(matched) => {
            location = Some(matched);
            let mut head = Buffer::default();
            let (path, between, query) = request::path_for(&target, as_sent, query, matched);
            if path.is_empty() {
                let answer = Own::new(500, "the rewritten path is empty");
                let (plan, held) =
                    (Plan::Answer(Own { cors, dress: dress.clone(), ..answer }), Cell::default());
                let (beside, seen) = (None, Cell::new(seen));
                return Ok(Prepared { target, started, asked, plan, dress, held, seen, beside });
            }
            let line = [parts.method, " ", &path, between, query, " HTTP/1.1\r\n"];
            head.extend_all(&line.map(str::as_bytes));
            let told = policy.and_then(|policy| guard::host(policy, &values));
            match target.host.as_deref().or(told.as_deref()).or(parts.authority) {
                Some(host) => field(&mut head, "host", host.as_bytes()),
                None => field(&mut head, "host", service(&target).as_bytes()),
            }
            match policy {
                Some(policy) => passed::headers(&mut head, fields, facts, &target, policy, &values),
                None => request::headers(&mut head, fields, facts, &target, link, authority),
            }
            if asked.expects && !buffers(&target, &asked) {
                field(&mut head, "expect", b"100-continue");
            }
            match (policy.and_then(|policy| policy.connection.as_deref()), &asked.upgrade) {
                (Some(connection), _) => field(&mut head, "connection", connection.as_bytes()),
                (None, Some(_)) => field(&mut head, "connection", b"upgrade"),
                (None, None) => {}
            }
            if let Some(upgrade) = &asked.upgrade {
                field(&mut head, "upgrade", upgrade.as_bytes());
            }
            request::framing(&mut head, asked.framing, facts.declared.length().is_some());
            head.extend(b"\r\n");
            Plan::Forward { head, cors }
        }
        Verdict::Redirect(redirect, matched) => {
            let location = redirect.location(link.scheme(), &host, link.entry.key.port, path, query, matched);
            let location = Some(location);
            Plan::Answer(Own {
                status: redirect.status,
                location,
                cors,
                dress: dress.clone(),
                ..Own::default()
            })
        }
        Verdict::Preflight => Plan::Answer(Own { status: 204, cors, ..Own::default() }),
        Verdict::Answer(status, why) => {
            Plan::Answer(Own { cors, dress: dress.clone(), ..Own::new(status, why.into_owned()) })
        }
        Verdict::Own(own) => Plan::Answer(Own { cors, dress: dress.clone(), ..*own }),
    };
    // An upgrade is the backend's to grant; nobody else speaks it.
    if matches!(plan, Plan::Answer(_)) {
        asked.upgrade = None;
    }
    let (beside, plan) = if target.is_plain {
        (None, plan)
    } else {
        let (variables, request, matched) = (&values, &view, location);
        let (asks, late) = (decided.asks, decided.late);
        Place { target: &target, link, parts, fields, facts, request, variables, matched, asks, late }.beside(plan)
    };
    let held = Cell::new(decided.held);
    Ok(Prepared { target, started, asked, plan, dress, held, seen: Cell::new(seen), beside })
}

/// A host for who named none: HTTP/1.1 needs one.
fn service(target: &Destination) -> String {
    let service = target.backend().map(|backend| &backend.id.service);
    service.map(|it| format!("{}.{}", it.name, it.namespace)).unwrap_or_default()
}

const INVALID_HOST: Refused = Refused::bad("the host is not a valid one");

/// Whether the body is read whole before it is sent, so that it can be sent again.
pub(in crate::proxy) fn buffers(target: &Destination, asked: &Asked) -> bool {
    // A connection that was never made took nothing of the body.
    let again = target.rule.as_ref().is_some_and(|rule| {
        let repeats = |retry: &Retry| {
            if retry.next_endpoint_only {
                let any = retry.on_error || retry.on_timeout || !retry.codes.is_empty();
                any && (asked.idempotent || retry.non_idempotent)
            } else {
                !retry.codes.is_empty() || rule.timeouts.backend.is_some()
            }
        };
        rule.retry.as_ref().filter(|retry| retry.attempts > 0).is_some_and(repeats)
    });
    // The page of an error is asked for with the body. gRPC talks both ways: it can not wait for a body's end.
    let spoken = target.endpoints.as_ref().map(|endpoints| endpoints.way.protocol);
    let paged = target.errors.is_some() && spoken != Some(UpstreamProtocol::H2c);
    (again || paged)
        && match asked.framing {
            Framing::Length(length) => length > 0 && length <= REPLAYED,
            Framing::Chunked => true,
            Framing::Close => false,
        }
}

/// What a request asks for.
pub(in crate::proxy) struct Parts<'a> {
    pub(in crate::proxy) method: &'a str,
    pub(in crate::proxy) target: Target<'a>,
    /// None only where HTTP/1.0 said nothing.
    pub(in crate::proxy) authority: Option<&'a str>,
    /// `HTTP/1.1`
    pub(in crate::proxy) protocol: &'static str,
}
