//! Another service decides whether a request goes on: nginx's `auth_request`.
//!
//! 2xx lets it go on; 401 and 403 are handed to the client, all else is 500, also that nobody answers.

use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::Pin,
    rc::Rc,
    task::Poll,
    time::{Duration, Instant},
};

use tokio::io::AsyncWrite as _;

use super::Beside;
use crate::{
    proxy::{
        answer::{Own, field},
        buffer::Buffer,
        connection::prepare::Prepared,
        http1::{
            Refused,
            body::{Decoder, Step},
            framing::Framing,
            head,
        },
        response::AnswerFacts,
        upstream::{self, Connection, Endpoints},
        worker::Worker,
    },
    routing::{ExternalAuth, Timeouts},
};

/// Time for the whole question, where the rule has none.
const LONGEST: Duration = Duration::from_mins(1);

/// Most bytes of an answer's body that are thrown away; the connection ends with a longer one.
const MOST_BODY: u64 = 64 * 1024;

/// What came of a question.
pub(in crate::proxy) enum Asked {
    /// The request goes on, with these headers in place of the client's.
    GoesOn,
    /// The client is answered.
    Refused(Own),
}

/// What the other service answered.
struct Reply {
    status: u16,
    fields: Vec<(String, Vec<u8>)>,
}

impl Reply {
    /// The lines of a name, joined.
    fn header(&self, name: &str) -> Option<Vec<u8>> {
        let lines: Vec<_> = self
            .fields
            .iter()
            .filter(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_slice())
            .collect();
        (!lines.is_empty()).then(|| lines.join(b", ".as_slice()))
    }

    fn text(&self, name: &str) -> Option<String> {
        self.header(name).and_then(|value| String::from_utf8(value).ok())
    }
}

/// Asks whether a request goes on; `head` is the one that its backend gets, and is changed.
pub(in crate::proxy) async fn ask(
    worker: &Rc<Worker>,
    prepared: &Prepared,
    beside: &Beside,
    head: &mut Buffer,
) -> Asked {
    let external = prepared.target.policy().and_then(|policy| policy.access.external.as_ref());
    let (Some(question), Some(external)) = (&beside.question, external) else { return Asked::GoesOn };
    if question.is_broken {
        return failed("the service that decides takes no blank in its target");
    }
    let Some(endpoints) = &prepared.target.auth else {
        // A service outside is not asked here, and its answer is not made up.
        let known = external.backend.is_some();
        return if known { failed("the service that decides has no ready endpoint") } else { Asked::GoesOn };
    };
    let timeouts = prepared.target.rule.as_ref().map_or(Timeouts::default(), |rule| rule.timeouts);
    let time = timeouts.read_idle.unwrap_or(LONGEST);
    let reply =
        tokio::time::timeout(time, say(worker, endpoints, timeouts.connect, question.head.filled())).await;
    let Ok(Ok(reply)) = reply else { return failed("the service that decides does not answer") };
    if let Some(cookie) = reply.text("set-cookie") {
        beside.cookies.borrow_mut().push((cookie, external.always_sets_cookie));
    }
    match reply.status {
        200..=299 => {
            pass(head, external, &reply);
            Asked::GoesOn
        }
        401 => Asked::Refused(match &question.sign_in {
            Some(to) => Own { status: 302, location: Some(to.clone()), bare: true, ..Own::default() },
            None => Own {
                challenge: reply.text("www-authenticate").or_else(|| password(prepared)),
                ..Own::new(401, "the service that decides wants to know who asks")
            },
        }),
        403 => Asked::Refused(Own::new(403, "the service that decides refuses it")),
        _ => failed("the service that decides gave neither yes nor no"),
    }
}

/// Where a password would do as well, it is asked for.
fn password(prepared: &Prepared) -> Option<String> {
    let access = &prepared.target.policy()?.access;
    let basic = access.basic.as_ref().filter(|_| access.any)?;
    Some(format!("Basic realm=\"{}\"", basic.realm))
}

fn failed(why: &'static str) -> Asked {
    Asked::Refused(Own::new(500, why))
}

/// Puts headers of the reply in place of the client's.
fn pass(head: &mut Buffer, external: &ExternalAuth, reply: &Reply) {
    if external.passes.is_empty() {
        return;
    }
    let mut out = Buffer::default();
    for (at, line) in head.filled().split_inclusive(|byte| *byte == b'\n').enumerate() {
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        let passed = |passed: &std::sync::Arc<str>| passed.as_bytes().eq_ignore_ascii_case(name);
        if at > 0 && (line == b"\r\n" || external.passes.iter().any(passed)) {
            continue;
        }
        out.extend(line);
    }
    for name in &external.passes {
        if let Some(value) = reply.header(name).filter(|value| !value.is_empty()) {
            field(&mut out, name, &value);
        }
    }
    out.extend(b"\r\n");
    *head = out;
}

/// One question and its answer. A connection that had ended before it took the question is replaced once.
async fn say(
    worker: &Rc<Worker>,
    endpoints: &Endpoints,
    connect: Option<Duration>,
    question: &[u8],
) -> io::Result<Reply> {
    let none = || io::Error::from(io::ErrorKind::NotFound);
    let address = endpoints.next(&[]).ok_or_else(none)?;
    if let Some(idle) = upstream::idle(&worker.pools, &endpoints.way, address, false)
        && let Ok(reply) = exchange(worker, idle, question).await
    {
        return Ok(reply);
    }
    if let Ok(connection) = fresh(worker, endpoints, address, connect).await {
        return exchange(worker, connection, question).await;
    }
    // Nothing was said to it: another may be asked.
    let other = endpoints.next(&[address]).filter(|other| *other != address).ok_or_else(none)?;
    exchange(worker, fresh(worker, endpoints, other, connect).await?, question).await
}

async fn fresh(
    worker: &Rc<Worker>,
    endpoints: &Endpoints,
    address: SocketAddr,
    connect: Option<Duration>,
) -> io::Result<Connection> {
    upstream::fresh(worker, &worker.pools, &endpoints.way, address, connect)
        .await
        .map_err(|upstream::Failed(error)| error)
}

async fn exchange(worker: &Rc<Worker>, mut to: Connection, question: &[u8]) -> io::Result<Reply> {
    let mut rest = question;
    poll_fn(|cx| {
        while !rest.is_empty() {
            match Pin::new(&mut to.stream).poll_write(cx, rest) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::Error::from(io::ErrorKind::WriteZero))),
                Poll::Ready(Ok(count)) => rest = rest.get(count..).unwrap_or_default(),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
        Pin::new(&mut to.stream).poll_flush(cx)
    })
    .await?;
    let to_head = question.starts_with(b"HEAD ");
    loop {
        let length = read_head(&mut to).await?;
        let bytes = to.input.filled().get(..length).unwrap_or_default();
        let (reply, framing, keeps) = heading(bytes, to_head).map_err(io::Error::other)?;
        to.input.consume(length);
        if reply.status < 200 {
            continue;
        }
        // The connection serves the next question, if it comes to the end of this answer soon.
        if keeps && discard(&mut to, framing).await {
            worker.pools.http1.put(to, Instant::now());
        }
        return Ok(reply);
    }
}

/// A reply, how its body ends, and whether the connection goes on.
fn heading(bytes: &[u8], to_head: bool) -> Result<(Reply, Framing, bool), Refused> {
    let mut lines = head::lines();
    let head = head::response(bytes, &mut lines)?;
    let facts = AnswerFacts::of(head.fields)?;
    let framing = facts.declared.of_response(head.modern, head.status, to_head)?;
    let keeps = !facts.close && (head.modern || facts.keep_alive) && framing != Framing::Close;
    let fields = head.fields.iter().map(|line| (line.name.to_owned(), line.value.to_vec())).collect();
    Ok((Reply { status: head.status, fields }, framing, keeps))
}

async fn read_head(from: &mut Connection) -> io::Result<usize> {
    let mut scanned = 0;
    loop {
        if let Some(length) = head::end(from.input.filled(), &mut scanned).map_err(io::Error::other)? {
            return Ok(length);
        }
        if poll_fn(|cx| from.input.poll_fill(cx, &mut from.stream)).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Reads a body and forgets it. True when it ended well.
async fn discard(from: &mut Connection, framing: Framing) -> bool {
    let mut decoder = Decoder::new(framing);
    loop {
        match decoder.step(&mut from.input) {
            Ok(Step::End) => return true,
            Ok(Step::Data(count)) => {
                from.input.consume(count);
                decoder.took(count);
            }
            Ok(Step::More) if decoder.taken() < MOST_BODY => {
                match poll_fn(|cx| from.input.poll_fill(cx, &mut from.stream)).await {
                    Ok(0) | Err(_) => return false,
                    Ok(_) => {}
                }
            }
            Ok(Step::More) | Err(_) => return false,
        }
    }
}
