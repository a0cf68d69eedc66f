//! Pages of errors: another backend answers in place of one, or of the proxy, that failed (nginx's `error_page` to a
//! location of its own). Its answer goes to the client as it is, status and all.

use std::{cell::Cell, rc::Rc, time::Instant};

use super::Beside;
use crate::proxy::{
    answer::{Own, field},
    buffer::Buffer,
    connection::prepare::{Asked, Plan, Prepared},
    edits::Edits,
    http1::{
        flow::{Encode, Flow},
        framing::Framing,
    },
    target::Target,
};

/// The question for the page of a status: what is sent, and as what request. `body`: what of the request lies in
/// `upload` behind a head of so many bytes. None when nobody gives pages, which is a failure of its own (500).
pub(in crate::proxy) fn page(
    prepared: &Prepared,
    beside: &Beside,
    status: u16,
    upload: &mut Flow,
    head: usize,
) -> Result<Prepared, Box<Own>> {
    let target = &prepared.target;
    let other = target.other_errors.as_ref().filter(|_| beside.page_of_other);
    let (Some(page), Some(endpoints)) = (&beside.page, other.or(target.errors.as_ref())) else {
        let pages = prepared.target.policy().and_then(|policy| policy.errors.as_ref());
        let otherwise = pages.map_or(500, |pages| pages.otherwise);
        let own = Own::new(otherwise, format!("nobody gives the page for {status}"));
        return Err(Box::new(Own { bare: true, ..own }));
    };
    let read = upload.is_encoded();
    let mut out = Buffer::default();
    out.extend(page.filled());
    field(&mut out, "x-code", itoa::Buffer::new().format(status).as_bytes());
    let has_body = prepared.asked.framing != Framing::Length(0);
    if has_body && read && beside.whole.get() {
        upload.rewind();
        let body = upload.out.filled().get(head..).unwrap_or_default();
        if upload.encode == Encode::Chunked {
            field(&mut out, "transfer-encoding", b"chunked");
        } else {
            field(&mut out, "content-length", itoa::Buffer::new().format(body.len()).as_bytes());
        }
        out.extend(b"\r\n");
        out.extend(body);
    } else {
        if has_body {
            // What was sent on already is not there any more.
            field(&mut out, "content-length", b"0");
        }
        out.extend(b"\r\n");
    }
    *upload = Flow::new(Framing::Length(0), Encode::Raw, out);
    let Prepared { target, asked, .. } = prepared;
    let target = Target {
        series: std::sync::Arc::clone(&target.series),
        rule: None,
        listener: target.listener.clone(),
        backend: None,
        request: Edits::default(),
        response: Edits::default(),
        host: None,
        endpoints: Some(Rc::clone(endpoints)),
        mirrors: Box::default(),
        auth: None,
        errors: None,
        other_errors: None,
        is_plain: true,
    };
    let asked = Asked {
        to_head: asked.to_head,
        modern: asked.modern,
        // Where the next request begins is not known while this one is not read.
        keep_alive: asked.keep_alive && read,
        invites: false,
        measured: false,
        expects: false,
        idempotent: asked.idempotent,
        upgrade: None,
        framing: Framing::Length(0),
    };
    Ok(Prepared {
        target: Rc::new(target),
        started: Instant::now(),
        asked,
        plan: Plan::Answer(Own::default()),
        seen: Cell::new(None),
        beside: None,
        dress: beside.page_dress.clone(),
        held: Cell::default(),
    })
}
