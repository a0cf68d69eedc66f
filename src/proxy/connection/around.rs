//! A request for which others are asked too: before its backend who decides about it, after it who gives the page of an
//! error.

use std::rc::Rc;

use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    client::Client,
    open::{Opened, attempt, buffer, copy, present},
    prepare::{Prepared, REPLAYED, buffers},
};
use crate::proxy::{
    answer::Own,
    beside::{self, Asked, Beside},
    buffer::Buffer,
    decide::CorsFields,
    entry::Phase,
    http1::{flow::Flow, framing::Framing},
    worker::Worker,
};

/// As [`super::open::open`], for a request with something beside it.
pub(super) async fn open<S: AsyncRead + AsyncWrite + Unpin>(
    worker: &Rc<Worker>,
    client: &mut Client<S>,
    prepared: &Prepared,
    beside: &Beside,
    upload: &mut Flow,
    cors: &CorsFields,
) -> Opened {
    let mut tried = false;
    let decided = match ask(worker, client, prepared, beside, upload).await {
        Some(Asked::GoesOn) => {
            let instead = beside.instead.take();
            if instead.is_some() && beside.late {
                copy(worker, prepared, upload);
            }
            instead
        }
        Some(Asked::Refused(own)) => Some(own),
        None => return Opened::Gone,
    };
    let head = upload.out.len();
    let opened = if let Some(answer) = decided {
        // A short body is read, so that the connection can go on.
        let asked = &prepared.asked;
        let short = matches!(asked.framing, Framing::Length(length) if length <= REPLAYED) && !asked.expects;
        if short && let Err(opened) = read(client, prepared, beside, upload).await {
            return opened;
        }
        Opened::Own { answer, clean: upload.is_encoded() }
    } else {
        tried = true;
        copy(worker, prepared, upload);
        attempt(worker, client, prepared, upload, cors).await
    };
    let (mut answer, clean) = match opened {
        Opened::Own { answer, clean } => (answer, clean),
        opened @ (Opened::Head { .. } | Opened::Upgraded { .. } | Opened::Gone) => return opened,
    };
    let pages = prepared.target.policy().and_then(|policy| policy.errors.as_ref());
    if !pages.is_some_and(|pages| pages.codes.contains(&answer.status)) {
        let cookies = beside.sticky().into_iter().chain(beside.cookies(answer.status));
        answer.cors.extend(cookies.map(|cookie| ("set-cookie", cookie)));
        return Opened::Own { answer, clean };
    }
    if !tried
        && buffers(&prepared.target, &prepared.asked)
        && let Err(opened) = read(client, prepared, beside, upload).await
    {
        return opened;
    }
    page(worker, client, prepared, beside, upload, (&answer, head)).await
}

/// Reads the body, as far as it may be kept.
async fn read<S: AsyncRead + AsyncWrite + Unpin>(
    client: &mut Client<S>,
    prepared: &Prepared,
    beside: &Beside,
    upload: &mut Flow,
) -> Result<(), Opened> {
    if !upload.is_encoded() {
        let whole = buffer(client, &prepared.asked, upload, None).await?;
        beside.whole.set(whole && upload.is_encoded());
        client.link.enter(Phase::Busy);
    }
    Ok(())
}

/// Asks who decides; none when the client is gone.
async fn ask<S: AsyncRead + AsyncWrite + Unpin>(
    worker: &Rc<Worker>,
    client: &mut Client<S>,
    prepared: &Prepared,
    beside: &Beside,
    upload: &mut Flow,
) -> Option<Asked> {
    if beside.question.is_none() {
        return Some(Asked::GoesOn);
    }
    let mut head: Buffer = std::mem::take(&mut upload.out);
    let asked = present(client, upload, beside::ask(worker, prepared, beside, &mut head)).await;
    upload.out = head;
    asked
}

/// Asks for the page of the error, which is answered with whatever comes.
async fn page<S: AsyncRead + AsyncWrite + Unpin>(
    worker: &Rc<Worker>,
    client: &mut Client<S>,
    prepared: &Prepared,
    beside: &Beside,
    upload: &mut Flow,
    (failed, head): (&Own, usize),
) -> Opened {
    let read = upload.is_encoded();
    // Whoever was asked before has set it already.
    let cookies = beside.sticky().into_iter().map(|cookie| ("set-cookie", cookie));
    match beside::page(prepared, beside, failed.status, upload, head) {
        Err(mut answer) => {
            answer.cors.extend(cookies);
            Opened::Own { answer: *answer, clean: read }
        }
        Ok(second) => match attempt(worker, client, &second, upload, &cookies.collect()).await {
            // What was sent is read whole; what the client sends may not be.
            Opened::Own { answer, clean } => Opened::Own { answer, clean: clean && read },
            opened @ (Opened::Head { .. } | Opened::Upgraded { .. } | Opened::Gone) => opened,
        },
    }
}
