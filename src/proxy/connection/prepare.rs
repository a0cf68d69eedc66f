//! From a head as received to a decision, and to the head that the backend gets. Nothing waits here.

use std::{rc::Rc, time::Instant};

use crate::{
    proxy::{
        answer::{Own, field},
        buffer::Buffer,
        decide::{CorsFields, Verdict, decide},
        entry::Link,
        facts::{Facts, View},
        http1::{Refused, framing::Framing, head, target},
        request,
        target::Target,
        worker::Worker,
    },
    routing::{Host, PathMatch},
};

/// What of a request its answer depends on.
#[derive(Debug)]
pub(super) struct Asked {
    /// HEAD: the answer has no body.
    pub(super) to_head: bool,
    /// HTTP/1.1
    pub(super) modern: bool,
    pub(super) keep_alive: bool,
    /// Waits for 100 before it sends its body.
    pub(super) expects: bool,
    /// May be sent twice (RFC 9110, 9.2.2).
    pub(super) idempotent: bool,
    pub(super) upgrade: Option<String>,
    pub(super) framing: Framing,
}

/// What is to be done with a request.
pub(super) enum Plan {
    Answer(Own),
    /// To the backend, with this head.
    Forward { head: Buffer, cors: CorsFields },
}

/// A request, decided.
pub(super) struct Prepared {
    pub(super) target: Rc<Target>,
    pub(super) started: Instant,
    pub(super) asked: Asked,
    pub(super) plan: Plan,
}

/// Most bytes of a body that are kept to be sent again.
pub(super) const REPLAYED: u64 = 64 * 1024;

/// Reads a head and decides.
pub(super) fn prepare(worker: &Worker, link: &Link, bytes: &[u8]) -> Result<Prepared, Refused> {
    let started = Instant::now();
    let mut lines = head::lines();
    let head = head::request(bytes, &mut lines)?;
    let asks = target::parse(head.method, head.target)?;
    let facts = Facts::of(head.fields)?;
    let framing = facts.declared.of_request(head.modern)?;
    let authority = match (asks.authority, facts.host) {
        (None, None) if head.modern => return Err(Refused::bad("there is no Host header")),
        (Some(authority), Some(host)) => {
            Host::from_authority(host).map_err(|_| INVALID_HOST)?;
            authority
        }
        (Some(authority), None) | (None, Some(authority)) => authority,
        (None, None) => "",
    };
    let host = if authority.is_empty() && facts.host.is_none() && asks.authority.is_none() {
        // HTTP/1.0 knows no Host: only a listener and a route without hostname take it.
        std::borrow::Cow::Borrowed("")
    } else {
        Host::from_authority(authority).map_err(|_| INVALID_HOST)?
    };
    let keep_alive = !facts.close && (head.modern || facts.keep_alive);
    let mut asked = Asked {
        to_head: head.method == "HEAD",
        modern: head.modern,
        keep_alive,
        expects: facts.expects && head.modern && framing != Framing::Length(0),
        idempotent: matches!(head.method, "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE" | "TRACE"),
        upgrade: facts
            .upgrade()
            .filter(|_| head.modern && framing == Framing::Length(0))
            .map(str::to_owned),
        framing,
    };
    let generation = worker.generation();
    let port = link.entry.port(&generation);
    let path = if asks.path == "*" { "/" } else { asks.path };
    let view = View { method: head.method, path, query: asks.query, fields: head.fields };
    let (target, verdict, cors) = decide(worker, link, &generation, port.as_ref(), Host(&host), &view);
    let plan = match verdict {
        Verdict::Forward(matched) => {
            let mut out = Buffer::default();
            let passes_expect = asked.expects && !buffers(&target, framing);
            let parts = Parts { method: head.method, path: asks.path, query: asks.query, authority };
            write_head(&mut out, &parts, head.fields, &facts, &target, link, matched, &asked, passes_expect);
            Plan::Forward { head: out, cors }
        }
        Verdict::Redirect(redirect, matched) => {
            let location =
                redirect.location(link.scheme(), &host, link.entry.key.port, path, asks.query, matched);
            let location = Some(location);
            Plan::Answer(Own { status: redirect.status, location, cors, ..Own::default() })
        }
        Verdict::Preflight => Plan::Answer(Own { status: 204, cors, ..Own::default() }),
        Verdict::Answer(status, why) => Plan::Answer(Own { cors, ..Own::new(status, why.into_owned()) }),
    };
    // An upgrade is the backend's to grant; nobody else speaks it.
    if matches!(plan, Plan::Answer(_)) {
        asked.upgrade = None;
    }
    Ok(Prepared { target, started, asked, plan })
}

const INVALID_HOST: Refused = Refused::bad("the host is not a valid one");

/// Whether the body is read whole before it is sent, so that it can be sent again.
pub(super) fn buffers(target: &Target, framing: Framing) -> bool {
    // A connection that was never made took nothing of the body.
    let again = target.rule.as_ref().is_some_and(|rule| {
        let retried = rule.retry.as_ref().filter(|retry| retry.attempts > 0);
        retried.is_some_and(|retry| !retry.codes.is_empty() || rule.timeouts.backend.is_some())
    });
    again
        && match framing {
            Framing::Length(length) => length > 0 && length <= REPLAYED,
            Framing::Chunked => true,
            Framing::Close => false,
        }
}

struct Parts<'a> {
    method: &'a str,
    path: &'a str,
    query: Option<&'a str>,
    authority: &'a str,
}

#[allow(clippy::too_many_arguments)]
fn write_head(
    out: &mut Buffer,
    parts: &Parts<'_>,
    fields: &[httparse::Header<'_>],
    facts: &Facts<'_>,
    target: &Target,
    link: &Link,
    matched: &PathMatch,
    asked: &Asked,
    passes_expect: bool,
) {
    let (path, between, query) = request::path_for(target, parts.path, parts.query, matched);
    for part in [parts.method, " ", &path, between, query, " HTTP/1.1\r\n"] {
        out.extend(part.as_bytes());
    }
    field(out, "host", target.host.as_deref().unwrap_or(parts.authority).as_bytes());
    request::headers(out, fields, facts, target, link, parts.authority);
    if passes_expect {
        field(out, "expect", b"100-continue");
    }
    if let Some(upgrade) = &asked.upgrade {
        field(out, "connection", b"upgrade");
        field(out, "upgrade", upgrade.as_bytes());
    }
    request::framing(out, asked.framing, facts.declared.length().is_some());
    out.extend(b"\r\n");
}
