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
            head, nginx,
            target::{self, Target},
        },
        limits::Held,
        passed, request,
        tap::Seen,
        target::Target as Destination,
        variables::values,
        worker::Worker,
    },
    routing::{Host, Reading, Retry},
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
    /// The proxy says 100 itself, and nothing of the waiting to the backend.
    pub(in crate::proxy) invites: bool,
    /// A body in chunks is read to its end, when it is not too long, and gets a length.
    pub(in crate::proxy) measured: bool,
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
    let reading = link.entry.reading(&worker.generation());
    if matches!(reading, Reading::Nginx(_)) {
        return prepare_as_nginx(worker, link, bytes, reading, started);
    }
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
    let host = match authority {
        Some(authority) => Host::from_authority(authority).map_err(|_| INVALID_HOST)?,
        // HTTP/1.0 knows no Host: only a listener and a route without hostname take it.
        None => Cow::Borrowed(""),
    };
    let upgrade = facts.upgrade().filter(|_| head.modern && framing == Framing::Length(0));
    let asked = Asked {
        upgrade: upgrade.map(str::to_owned),
        ..Asked::read(head.method, head.modern, &facts, framing)
    };
    let protocol = if head.modern { "HTTP/1.1" } else { "HTTP/1.0" };
    let authority = authority.map(Cow::Borrowed);
    let parts = Parts { method: head.method, target: asks, authority, host, protocol };
    Ok(decided(worker, link, started, &parts, head.fields, &facts, asked))
}

/// The same for a port that reads as nginx does.
fn prepare_as_nginx(
    worker: &Worker,
    link: &Link,
    bytes: &[u8],
    reading: Reading,
    started: Instant,
) -> Result<Prepared, Refused> {
    let head = nginx::request(bytes, reading)?;
    let facts = Facts::read(&head.fields[..], reading)?;
    let framing = facts.declared.of_request(head.modern)?;
    let (host, told) = nginx::hosts(head.target.authority, facts.host, head.modern)?;
    let asked = Asked::read(head.method, head.modern, &facts, framing);
    let asked = Asked {
        upgrade: facts.upgrade().filter(|_| framing == Framing::Length(0)).map(str::to_owned),
        invites: asked.expects,
        measured: framing == Framing::Chunked,
        ..asked
    };
    let protocol = if head.modern { "HTTP/1.1" } else { "HTTP/1.0" };
    let parts = Parts { method: head.method, target: head.target, authority: Some(told), host, protocol };
    Ok(decided(worker, link, started, &parts, &head.fields[..], &facts, asked))
}

impl Asked {
    /// What a head says, but for an upgrade.
    fn read(method: &str, modern: bool, facts: &Facts<'_>, framing: Framing) -> Self {
        Self {
            to_head: method == "HEAD",
            modern,
            keep_alive: !facts.close && (modern || facts.keep_alive),
            expects: facts.expects && modern && framing != Framing::Length(0),
            invites: false,
            measured: false,
            idempotent: is_idempotent(method),
            upgrade: None,
            framing,
        }
    }
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
    asked: Asked,
) -> Prepared {
    let seen = worker.tap.is_watched().then(|| Box::new(Seen::of(parts, fields)));
    settled(worker, link, started, (parts, None), fields, facts, asked, seen)
}

/// The same for what is asked, and for what is asked in its place; then the target as it came is told too.
#[expect(clippy::too_many_arguments, reason = "all that is known of a request")]
fn settled(
    worker: &Worker,
    link: &Link,
    started: Instant,
    (parts, came): (&Parts<'_>, Option<&str>),
    fields: &(impl Fields + ?Sized),
    facts: &Facts<'_>,
    mut asked: Asked,
    seen: Option<Box<Seen>>,
) -> Prepared {
    let host = &*parts.host;
    let Target { path: as_sent, query, fragment, .. } = parts.target;
    let generation = worker.generation();
    let port = link.entry.port(&generation);
    let path = if as_sent == "*" { "/" } else { as_sent };
    let view = View { method: parts.method, path, query, fields, host, encrypted: link.encrypted.get() };
    let authority = parts.authority.as_deref().unwrap_or_default();
    let identity = link.identity.borrow().clone();
    let told = (came.unwrap_or(as_sent), fragment);
    let values = values(&view, link, identity.as_deref(), (authority, host), told, parts.protocol);
    let decided =
        decide(worker, link, &generation, port.as_ref(), &values, asked.framing, started, came.is_some());
    if let Verdict::Instead(path) = &decided.verdict {
        let came = match query {
            Some(query) => [as_sent, "?", query].concat(),
            None => as_sent.to_owned(),
        };
        let target = Target { authority: None, path, query: None, fragment: "" };
        let method = if asked.to_head { "HEAD" } else { "GET" };
        let (authority, host) = (parts.authority.clone(), parts.host.clone());
        let parts = Parts { method, target, authority, host, protocol: parts.protocol };
        let asked = Asked { idempotent: true, ..asked };
        return settled(worker, link, started, (&parts, Some(&came)), fields, facts, asked, seen);
    }
    let (target, verdict, cors) = (decided.target, decided.verdict, decided.cors);
    let policy = target.rule.as_ref().and_then(|rule| rule.policy.as_ref());
    let dress = policy.map(|policy| Rc::new(Dress::new(policy, link.encrypted.get(), &values)));
    // Refused before a location was chosen.
    let of_server = || {
        let server = policy?.client_certificate.as_ref()?.dress.as_ref()?;
        Some(Rc::new(Dress::new(server, link.encrypted.get(), &values)))
    };
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
                return Prepared { target, started, asked, plan, dress, held, seen, beside };
            }
            // Only what is sent as it came has a fragment.
            let fragment = if fragment.is_empty() || target.rewrites_path() { "" } else { fragment };
            let version =
                if policy.is_some_and(|policy| policy.http_1_0) { " HTTP/1.0\r\n" } else { " HTTP/1.1\r\n" };
            let line = [parts.method, " ", &path, between, query, fragment, version];
            head.extend_all(&line.map(str::as_bytes));
            let told = policy.and_then(|policy| guard::host(policy, &values));
            let is_named = parts.authority.as_deref().is_some_and(|it| !it.is_empty());
            let told = told.filter(|host| is_named || !host.is_empty());
            match target.host.as_deref().or(told.as_deref()).or(parts.authority.as_deref()) {
                // A variable that came to nothing: nginx sends no host then.
                Some("") if told.is_some() => {}
                Some(host) => field(&mut head, "host", host.as_bytes()),
                None => field(&mut head, "host", service(&target).as_bytes()),
            }
            match policy {
                Some(policy) => passed::headers(&mut head, fields, facts, &target, policy, &values),
                None => request::headers(&mut head, fields, facts, &target, link, authority),
            }
            if asked.expects && !asked.invites && !buffers(&target, &asked) {
                field(&mut head, "expect", b"100-continue");
            }
            // nginx tells it beside a body too, where nobody can change the protocol.
            let upgrade = asked.upgrade.as_deref().or_else(|| facts.upgrade().filter(|_| facts.passes_hops));
            match (policy.and_then(|policy| policy.connection.as_deref()), upgrade) {
                (Some(connection), _) => field(&mut head, "connection", connection.as_bytes()),
                (None, Some(_)) => field(&mut head, "connection", b"upgrade"),
                (None, None) if policy.is_some_and(|policy| policy.closes) => {
                    field(&mut head, "connection", b"close");
                }
                (None, None) => {}
            }
            if let Some(upgrade) = upgrade {
                field(&mut head, "upgrade", upgrade.as_bytes());
            }
            request::framing(&mut head, asked.framing, facts.declared.length().is_some());
            head.extend(b"\r\n");
            Plan::Forward { head, cors }
        }
        Verdict::Redirect(redirect, matched) => {
            // nginx forgets a `?` behind which nothing stands.
            let query = query.filter(|query| policy.is_none() || !query.is_empty());
            let location = redirect.location(link.scheme(), host, link.entry.key.port, path, query, matched);
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
        Verdict::Own(own) => {
            let server = if own.bare { of_server() } else { None };
            let bare = own.bare && server.is_none();
            Plan::Answer(Own { cors, bare, dress: server.or_else(|| dress.clone()), ..*own })
        }
        // It was asked above.
        Verdict::Instead(_) => Plan::Answer(Own::new(500, "one path leads to another without end")),
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
        Place { target: &target, link, parts, fields, facts, request, variables, matched, asks, late }
            .beside(plan)
    };
    let held = Cell::new(decided.held);
    Prepared { target, started, asked, plan, dress, held, seen: Cell::new(seen), beside }
}

/// A host for who named none: HTTP/1.1 needs one.
fn service(target: &Destination) -> String {
    let service = target.backend().map(|backend| &backend.id.service);
    service.map(|it| format!("{}.{}", it.name, it.namespace)).unwrap_or_default()
}

pub(in crate::proxy) const INVALID_HOST: Refused = Refused::bad("the host is not a valid one");

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
    // nginx reads the body before it copies the request, whatever becomes of the request itself.
    let copied = target.policy().is_some() && !target.mirrors.is_empty();
    (again || paged || copied)
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
    /// What backends are told. None only where HTTP/1.0 said nothing.
    pub(in crate::proxy) authority: Option<Cow<'a, str>>,
    /// What the table is asked; empty where HTTP/1.0 said nothing.
    pub(in crate::proxy) host: Cow<'a, str>,
    /// `HTTP/1.1`
    pub(in crate::proxy) protocol: &'static str,
}
