//! A request's way to a backend and back: endpoints, tries, deadlines, and what the client gets when all fail.

use std::{net::SocketAddr, rc::Rc, time::Instant};

use smallvec::SmallVec;
use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    client::Client,
    exchange::{Deadline, Exchange, Failure},
    prepare::{Asked, Prepared, REPLAYED, buffers},
    translate::{Answered, Context, Kept, translate},
};
use crate::{
    proxy::{
        answer::Own,
        buffer::Buffer,
        counters::By,
        decide::CorsFields,
        entry::Phase,
        http1::{
            Refused,
            flow::{Encode, Flow},
            framing::Framing,
        },
        mirror,
        retry::Tries,
        upstream::{self, Connection},
        worker::Worker,
    },
    routing::Timeouts,
};

/// How a request ended.
pub(super) enum Outcome {
    /// The answer was written, or what could be. `keep`: the connection can take the next request.
    Done { status: u16, by: By, keep: bool },
    /// The proxy has to answer; nothing was written yet. `clean`: the request was read to its end.
    Own { answer: Own, clean: bool },
    /// The backend changed protocols; the client has to get this head.
    Upgraded { backend: Connection, head: Buffer },
}

/// Heads with 1xx that are put up with for one request.
const MOST_INTERIM: usize = 16;

/// Sends a request, and its answer back.
pub(super) async fn forward<S: AsyncRead + AsyncWrite + Unpin>(
    worker: &Rc<Worker>,
    client: &mut Client<S>,
    prepared: &Prepared,
    out: Buffer,
    cors: &CorsFields,
) -> Outcome {
    let Prepared { target, started, asked, .. } = prepared;
    let encode = if asked.framing == Framing::Chunked { Encode::Chunked } else { Encode::Raw };
    let mut upload = Flow::new(asked.framing, encode, out);
    if asked.upgrade.is_none() {
        upload.tees = mirror::start(worker, target, &upload.out, asked.framing);
    }
    let rule = target.rule.as_deref();
    let timeouts = rule.map_or(Timeouts::default(), |rule| rule.timeouts);
    let request_end = timeouts.request.map(|time| *started + time);
    if buffers(target, asked.framing)
        && let Err(outcome) = buffer(client, asked, &mut upload, request_end).await
    {
        return outcome;
    }
    let Some(endpoints) = &target.endpoints else {
        return own(503, "the backend has no ready endpoint", upload.is_encoded());
    };
    // Until a part of the body was taken from the client beyond what is kept, all can be sent again.
    let replayable = upload.is_encoded();
    let mut tries = Tries::new(rule.and_then(|rule| rule.retry.as_ref()));
    let mut failed: SmallVec<[SocketAddr; 2]> = SmallVec::new();
    let mut renew: Option<SocketAddr> = None;
    let mut renewed = false;
    loop {
        let again = renew.take();
        let Some(address) = again.or_else(|| endpoints.next(&failed)) else {
            return own(503, "the backend has no ready endpoint", upload.is_encoded());
        };
        let try_end = timeouts.backend.map(|time| Instant::now() + time);
        let end = [request_end, try_end].into_iter().flatten().min();
        let last_end = request_end.is_some() && end == request_end;
        let mut deadline = Deadline::at(end);
        let connected = match again {
            Some(_) => deadline.within(upstream::fresh(worker, address)).await,
            None => match worker.pool.take(address) {
                Some(connection) => Some(Ok(connection)),
                None => deadline.within(upstream::fresh(worker, address)).await,
            },
        };
        let connection = match connected {
            Some(Ok(connection)) => connection,
            Some(Err(upstream::Failed(error))) => {
                failed.push(address);
                if tries.again() {
                    pause(&tries, request_end).await;
                    continue;
                }
                return own(502, format!("the endpoint {address} takes no connection: {error}"), upload.is_encoded());
            }
            None if !last_end && tries.again() => {
                failed.push(address);
                continue;
            }
            None => return own(504, "the backend did not answer in time", upload.is_encoded()),
        };
        let reused = connection.reused;
        let mut exchange = Exchange::new(client, connection, &mut upload, deadline);
        let failure = match answer(worker, prepared, &mut exchange, cors, &tries, replayable).await {
            Ok(Answered::Retry) => {
                tries.again();
                drop(exchange);
                failed.push(address);
                upload.rewind();
                pause(&tries, request_end).await;
                continue;
            }
            Ok(Answered::Head(mut download, kept)) => return finish(worker, prepared, exchange, &mut download, kept).await,
            Ok(Answered::Upgraded(head)) => return Outcome::Upgraded { backend: exchange.backend, head },
            Err(failure) => failure,
        };
        let silent = exchange.backend.input.is_empty() && !exchange.interim;
        drop(exchange);
        match failure {
            Failure::Backend(_) if silent && reused && replayable && asked.idempotent && !renewed => {
                // The connection was closed while it was idle; nobody has seen the request.
                renewed = true;
                renew = Some(address);
                upload.rewind();
            }
            Failure::Late if !last_end && silent && replayable && tries.again() => {
                failed.push(address);
                upload.rewind();
            }
            Failure::Late => return own(504, "the backend did not answer in time", upload.is_encoded()),
            Failure::Client => return Outcome::Done { status: 499, by: By::Proxy, keep: false },
            Failure::Body(refused) => return own(refused.status, refused.what, false),
            Failure::Backend(error) => {
                let why = format!("the endpoint {address} ended the connection without an answer: {error}");
                return own(502, why, upload.is_encoded());
            }
            Failure::Answer(refused) => {
                return own(502, format!("the answer of {address} is not valid: {refused}"), upload.is_encoded());
            }
        }
    }
}

/// Waits for the answer's head and turns it into the client's.
async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
    worker: &Worker,
    prepared: &Prepared,
    exchange: &mut Exchange<'_, S>,
    cors: &CorsFields,
    tries: &Tries<'_>,
    replayable: bool,
) -> Result<Answered, Failure> {
    let mut interim = Buffer::default();
    let mut count = 0;
    loop {
        let length = exchange.head(&mut interim).await?;
        let context = Context {
            worker,
            prepared,
            cors,
            closing: exchange.client.link.entry.is_closing(),
            sent: exchange.upload.is_encoded(),
            retries: Some(tries).filter(|_| replayable && !exchange.interim),
        };
        let bytes = exchange.backend.input.filled().get(..length).unwrap_or_default();
        let answered = translate(&context, bytes, &mut interim).map_err(Failure::Answer)?;
        exchange.backend.input.consume(length);
        match answered {
            Some(answered) => return Ok(answered),
            None => {
                count += 1;
                if count > MOST_INTERIM {
                    return Err(Failure::Answer(Refused::bad("there are too many 1xx answers")));
                }
                exchange.interim |= !interim.is_empty();
            }
        }
    }
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
    let Exchange { backend, .. } = exchange;
    match done {
        Ok(()) => {
            if kept.backend && sent {
                worker.pool.put(backend, Instant::now());
            }
            Outcome::Done { status: kept.status, by: By::Backend, keep: kept.client && sent }
        }
        // The client left: the answer was the backend's all the same.
        Err(Failure::Client | Failure::Body(_)) => {
            Outcome::Done { status: kept.status, by: By::Backend, keep: false }
        }
        Err(Failure::Late) => Outcome::Done { status: 504, by: By::Proxy, keep: false },
        Err(Failure::Backend(error)) => {
            tracing::debug!(listener = %prepared.target.series.labels.listener, %error, "an answer was cut short");
            Outcome::Done { status: 502, by: By::Proxy, keep: false }
        }
        Err(Failure::Answer(refused)) => {
            tracing::debug!(listener = %prepared.target.series.labels.listener, %refused, "an answer broke off");
            Outcome::Done { status: 502, by: By::Proxy, keep: false }
        }
    }
}

fn own(status: u16, text: impl Into<std::borrow::Cow<'static, str>>, clean: bool) -> Outcome {
    Outcome::Own { answer: Own::new(status, text), clean }
}

/// Waits before the next try, never beyond the request's end.
async fn pause(tries: &Tries<'_>, end: Option<Instant>) {
    let time = tries.pause();
    if !time.is_zero() {
        let until = Instant::now() + time;
        tokio::time::sleep_until(end.map_or(until, |end| end.min(until)).into()).await;
    }
}

/// Reads the body into the upload, as far as it may be kept.
async fn buffer<S: AsyncRead + AsyncWrite + Unpin>(
    client: &mut Client<S>,
    asked: &Asked,
    upload: &mut Flow,
    end: Option<Instant>,
) -> Result<(), Outcome> {
    if asked.expects {
        let mut go_on = Buffer::default();
        go_on.extend(b"HTTP/1.1 100 Continue\r\n\r\n");
        if client.write(&mut go_on).await.is_err() {
            return Err(Outcome::Done { status: 499, by: By::Proxy, keep: false });
        }
    }
    let head = upload.out.len() as u64;
    let mut deadline = Deadline::at(end);
    loop {
        client.link.enter(Phase::Stalled);
        if let Err(refused) = upload.encode(&mut client.input, usize::MAX) {
            return Err(own(refused.status, refused.what, false));
        }
        if upload.is_encoded() || upload.out.len() as u64 > head + REPLAYED + 1024 {
            return Ok(());
        }
        let Client { stream, input, link, .. } = &mut *client;
        let read = std::future::poll_fn(|cx| match input.poll_fill(cx, stream) {
            std::task::Poll::Ready(read) => std::task::Poll::Ready(read.is_ok_and(|count| count > 0)),
            std::task::Poll::Pending => link.poll_expired(cx).map(|()| false),
        });
        match deadline.within(read).await {
            Some(true) => {}
            Some(false) => return Err(Outcome::Done { status: 499, by: By::Proxy, keep: false }),
            None => return Err(own(504, "the request did not come in time", false)),
        }
    }
}
