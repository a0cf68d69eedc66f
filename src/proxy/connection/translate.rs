//! From the head of a backend's answer to the client's. Nothing waits here.

use super::prepare::{Asked, Prepared};
use crate::proxy::{
    UpstreamProtocol,
    answer::{field, status_line},
    beside::Beside,
    buffer::Buffer,
    decide::CorsFields,
    http1::{
        Refused,
        field::elements,
        flow::{Encode, Flow},
        framing::Framing,
        head,
    },
    response::{self, AnswerFacts},
    retry::Tries,
    worker::Worker,
};

/// A head from the backend that ends the waiting.
pub(in crate::proxy) enum Answered {
    /// The flow to the client, with its head, and what becomes of the connections.
    Head(Box<Flow>, Kept),
    /// One of the codes that are tried again.
    Retry,
    /// One of the codes for which somebody else gives a page.
    Replaced(u16),
    /// The head for the client, after which nobody here understands what is said.
    Upgraded(Buffer),
}

/// What an answer says about both connections.
#[derive(Clone, Copy)]
pub(in crate::proxy) struct Kept {
    pub(in crate::proxy) status: u16,
    pub(in crate::proxy) client: bool,
    pub(in crate::proxy) backend: bool,
    /// What the real entry point would make of the answer, and nobody does here.
    pub(in crate::proxy) note: Option<&'static str>,
}

/// What the client's head depends on beside the backend's.
pub(in crate::proxy) struct Context<'c> {
    pub(in crate::proxy) worker: &'c Worker,
    pub(in crate::proxy) prepared: &'c Prepared,
    pub(in crate::proxy) cors: &'c CorsFields,
    /// The connection of the client ends after this answer.
    pub(in crate::proxy) closing: bool,
    /// The request was read to its end.
    pub(in crate::proxy) sent: bool,
    /// Tries that are left, when the request can be sent again.
    pub(in crate::proxy) retries: Option<&'c Tries<'c>>,
}

/// Reads a head. `interim` has what the client did not get yet; a 1xx is added to it, and gives nothing.
pub(in crate::proxy) fn translate(
    context: &Context<'_>,
    bytes: &[u8],
    interim: &mut Buffer,
) -> Result<Option<Answered>, Refused> {
    let asked = &context.prepared.asked;
    let edits = &context.prepared.target.response;
    let mut lines = head::lines();
    let head = head::response(bytes, &mut lines)?;
    let most = context.prepared.target.policy().and_then(|policy| policy.max_answer_head);
    if most.is_some_and(|most| bytes.len() as u64 > most) {
        return Err(Refused { status: 502, what: "its head is larger than proxy-buffer-size" });
    }
    let mut facts = AnswerFacts::of(head.fields)?;
    let status = head.status;
    let target = &context.prepared.target;
    let is_grpc = target.endpoints.as_ref().is_some_and(|it| it.way.protocol == UpstreamProtocol::H2c);
    if status == 204 && is_grpc && target.policy().is_some() {
        // nginx writes the status line itself then, and forgets the type of what is not there.
        facts.named.push("content-type");
    }
    let dress = context.prepared.dress.as_deref().map(|dress| (dress, status));
    if status == 101 {
        let protocol =
            accepted(asked, &facts).ok_or(Refused::bad("it changes to a protocol that was not asked for"))?;
        let mut out = std::mem::take(interim);
        status_line(&mut out, status, Some(head.reason));
        response::headers(&mut out, head.fields, &facts, edits, context.cors, dress, context.worker);
        field(&mut out, "connection", b"upgrade");
        field(&mut out, "upgrade", protocol);
        out.extend(b"\r\n");
        return Ok(Some(Answered::Upgraded(out)));
    }
    if status < 200 {
        // 100 is for who waits for it; HTTP/1.0 knows none of them.
        if asked.modern && (status != 100 || asked.expects && !asked.invites) {
            status_line(interim, status, Some(head.reason));
            response::interim(interim, head.fields, &facts);
            interim.extend(b"\r\n");
        }
        return Ok(None);
    }
    if context.retries.is_some_and(|tries| tries.wants(status)) {
        return Ok(Some(Answered::Retry));
    }
    let beside = context.prepared.beside.as_deref();
    if beside.is_some_and(|beside| beside.page.is_some()) && replaces(context.prepared, status) {
        return Ok(Some(Answered::Replaced(status)));
    }
    let framing = facts.declared.of_response(head.modern, status, asked.to_head)?;
    let (encode, ends) = match framing {
        Framing::Length(_) => (Encode::Raw, false),
        Framing::Chunked | Framing::Close if asked.modern => (Encode::Chunked, false),
        Framing::Chunked | Framing::Close => (Encode::Raw, true),
    };
    let persistent = !facts.close && (head.modern || facts.keep_alive);
    let kept = Kept {
        status,
        client: asked.keep_alive && !ends && !context.closing && context.sent,
        backend: persistent && framing != Framing::Close,
        note: (target.policy().is_some() && moves(head.fields)).then_some(MOVES),
    };
    let mut out = std::mem::take(interim);
    status_line(&mut out, status, Some(head.reason));
    if let Some(cookie) = beside.and_then(Beside::sticky) {
        field(&mut out, "set-cookie", cookie.as_bytes());
    }
    response::headers(&mut out, head.fields, &facts, edits, context.cors, dress, context.worker);
    for cookie in beside.iter().flat_map(|beside| beside.cookies(status)) {
        field(&mut out, "set-cookie", cookie.as_bytes());
    }
    match (framing, encode) {
        (Framing::Length(0), _) if status == 204 => {}
        (Framing::Length(length), _) => {
            // An answer to HEAD, or 304, tells the length of what it would have.
            let bodiless = asked.to_head || status == 304;
            if let Some(length) = facts.declared.length().or((!bodiless).then_some(length)) {
                field(&mut out, "content-length", itoa::Buffer::new().format(length).as_bytes());
            }
        }
        (Framing::Chunked | Framing::Close, Encode::Chunked) => {
            field(&mut out, "transfer-encoding", b"chunked");
        }
        (Framing::Chunked | Framing::Close, Encode::Raw) => {}
    }
    if !kept.client {
        field(&mut out, "connection", b"close");
    } else if !asked.modern {
        field(&mut out, "connection", b"keep-alive");
    }
    out.extend(b"\r\n");
    Ok(Some(Answered::Head(Box::new(Flow::new(framing, encode, out)), kept)))
}

/// Said of an answer with `X-Accel-Redirect`.
const MOVES: &str = "the backend sends nginx to another path (X-Accel-Redirect), which is not done here";

fn moves(fields: &[httparse::Header<'_>]) -> bool {
    fields.iter().any(|line| line.name.eq_ignore_ascii_case("x-accel-redirect"))
}

/// Whether somebody else answers in place of a backend with this status.
fn replaces(prepared: &Prepared, status: u16) -> bool {
    let pages = prepared.target.policy().and_then(|policy| policy.errors.as_ref());
    pages.is_some_and(|pages| pages.of_backends && pages.codes.contains(&status))
}

/// The protocol that the backend changes to, when it is one that was asked for.
fn accepted<'a>(asked: &Asked, facts: &AnswerFacts<'a>) -> Option<&'a [u8]> {
    let wanted = asked.upgrade.as_deref()?;
    let given = facts.upgrade?;
    elements(wanted).any(|protocol| protocol.as_bytes().eq_ignore_ascii_case(given)).then_some(given)
}
