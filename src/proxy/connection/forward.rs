//! A request of an HTTP/1.1 client on its way to a backend, and the answer on its way back.

use std::{rc::Rc, time::Instant};

use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    client::Client,
    exchange::{Exchange, Failure},
    measure::{Measured, measure, with_length},
    open::{Opened, open},
    prepare::Prepared,
    translate::Kept,
};
use crate::proxy::{
    answer::Own,
    buffer::Buffer,
    counters::By,
    decide::CorsFields,
    http1::{
        flow::{Encode, Flow},
        framing::Framing,
    },
    upstream::Connection,
    worker::Worker,
};

/// How a request ended.
pub(super) enum Outcome {
    /// The answer was written, or what could be.
    Done(Done),
    /// The proxy has to answer; nothing was written yet. `clean`: the request was read to its end.
    Own { answer: Own, clean: bool },
    /// The backend changed protocols; the client has to get this head.
    Upgraded { backend: Connection, head: Buffer },
}

/// An answer that was written, or what could be.
pub(super) struct Done {
    pub(super) status: u16,
    pub(super) by: By,
    /// The connection can take the next request.
    pub(super) keep: bool,
    /// Of the body.
    pub(super) bytes: u64,
    /// What went wrong.
    pub(super) why: Option<&'static str>,
}

/// Sends a request, and its answer back.
pub(super) async fn forward<S: AsyncRead + AsyncWrite + Unpin>(
    worker: &Rc<Worker>,
    client: &mut Client<S>,
    prepared: &mut Prepared,
    mut out: Buffer,
    cors: &CorsFields,
) -> Outcome {
    let asked = &prepared.asked;
    if asked.invites && client.write(&mut go_on()).await.is_err() {
        return gone();
    }
    if asked.measured {
        match measure(client, prepared).await {
            Measured::Whole(length) => {
                prepared.asked.framing = Framing::Length(length);
                out = with_length(&out, length);
            }
            Measured::Longer => {}
            Measured::Refused(refused) => {
                return Outcome::Own { answer: Own::new(refused.status, refused.what), clean: false };
            }
            Measured::Gone => return gone(),
        }
    }
    let asked = &prepared.asked;
    let encode = if asked.framing == Framing::Chunked { Encode::Chunked } else { Encode::Raw };
    let mut upload = Flow::new(asked.framing, encode, out);
    upload.most = prepared.most_body();
    match open(worker, client, prepared, &mut upload, cors).await {
        Opened::Head { backend, deadline, refuses_more, mut download, kept } => {
            let mut exchange = Exchange::new(client, backend, &mut upload, deadline);
            exchange.refuses_more = refuses_more;
            finish(worker, prepared, exchange, &mut download, kept).await
        }
        Opened::Upgraded { backend, head } => Outcome::Upgraded { backend, head },
        Opened::Own { answer, clean } => Outcome::Own { answer, clean },
        Opened::Gone => gone(),
    }
}

fn gone() -> Outcome {
    let why = Some("the client left before the answer");
    Outcome::Done(Done { status: 499, by: By::Proxy, keep: false, bytes: 0, why })
}

fn go_on() -> Buffer {
    let mut go_on = Buffer::default();
    go_on.extend(b"HTTP/1.1 100 Continue\r\n\r\n");
    go_on
}

/// Relays the answer and settles both connections.
async fn finish<S: AsyncRead + AsyncWrite + Unpin>(
    worker: &Worker,
    prepared: &Prepared,
    mut exchange: Exchange<'_, S>,
    download: &mut Flow,
    kept: Kept,
) -> Outcome {
    let done = exchange.relay(download).await;
    let sent = exchange.upload.is_finished();
    let Exchange { mut backend, .. } = exchange;
    let bytes = download.decoder.taken();
    let broken = |status, by, why| Outcome::Done(Done { status, by, keep: false, bytes, why: Some(why) });
    match done {
        Ok(()) => {
            if kept.backend && sent {
                backend.suspect = prepared.asked.to_head || matches!(kept.status, 204 | 304);
                worker.pools.http1.put(backend, Instant::now());
            }
            let keep = kept.client && sent;
            Outcome::Done(Done { status: kept.status, by: By::Backend, keep, bytes, why: kept.note })
        }
        // The client left: the answer was the backend's all the same.
        Err(Failure::Client | Failure::Body(_)) => {
            broken(kept.status, By::Backend, "the client left before the end of the answer")
        }
        Err(Failure::Late | Failure::Stalled) => broken(504, By::Proxy, "the answer did not end in time"),
        Err(Failure::Backend(error)) => {
            tracing::debug!(listener = %prepared.target.series.labels.listener, %error, "an answer was cut short");
            broken(502, By::Proxy, "the answer was cut short")
        }
        Err(Failure::Answer(refused)) => {
            tracing::debug!(listener = %prepared.target.series.labels.listener, %refused, "an answer broke off");
            broken(502, By::Proxy, "the answer is not valid")
        }
    }
}
