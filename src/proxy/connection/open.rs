//! Finds a backend that answers: endpoints, tries, deadlines, and what the client gets when all fail.
//!
//! Both kinds of clients come this way. What stands for an HTTP/2 client reads its body and takes no bytes.

use std::{net::SocketAddr, rc::Rc, time::Instant};

use smallvec::SmallVec;
use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    around,
    client::Client,
    deadline::Deadline,
    exchange::{Exchange, Failure},
    prepare::{Asked, Prepared, REPLAYED, buffers},
    translate::{Answered, Context, Kept, translate},
};
use crate::{
    proxy::{
        UpstreamProtocol,
        answer::Own,
        beside::Beside,
        buffer::Buffer,
        decide::CorsFields,
        entry::Phase,
        http1::{Refused, flow::Flow},
        mirror,
        retry::Tries,
        upstream::{self, Connection, Endpoints},
        worker::Worker,
    },
    routing::Timeouts,
};

/// Heads with 1xx that are put up with for one request.
const MOST_INTERIM: usize = 16;

/// What came of looking for an answer.
pub(in crate::proxy) enum Opened {
    /// An answer begins.
    Head {
        backend: Connection,
        deadline: Deadline,
        /// The backend takes no more of the request.
        refuses_more: bool,
        /// The head for the client, and where the answer's body ends.
        download: Box<Flow>,
        kept: Kept,
    },
    /// The backend changed protocols; the client has to get this head.
    Upgraded { backend: Connection, head: Buffer },
    /// The proxy has to answer; nothing was written yet. `clean`: the request was read to its end.
    Own { answer: Own, clean: bool },
    /// The client is gone.
    Gone,
}

/// Finds an answer, and asks before and after whom the rule says.
pub(in crate::proxy) async fn open<S: AsyncRead + AsyncWrite + Unpin>(
    worker: &Rc<Worker>,
    client: &mut Client<S>,
    prepared: &Prepared,
    upload: &mut Flow,
    cors: &CorsFields,
) -> Opened {
    if let Some(beside) = &prepared.beside {
        // Boxed: its room would be that of every other request.
        return Box::pin(around::open(worker, client, prepared, beside, upload, cors)).await;
    }
    copy(worker, prepared, upload);
    attempt(worker, client, prepared, upload, cors).await
}

/// Starts the copies of a request.
pub(super) fn copy(worker: &Rc<Worker>, prepared: &Prepared, upload: &mut Flow) {
    let Prepared { target, asked, beside, .. } = prepared;
    // nginx copies them too, where nobody has to change the protocol.
    if (asked.upgrade.is_none() || target.policy().is_some()) && !target.mirrors.is_empty() {
        let heads = beside.as_ref().map_or(&[] as &[_], |beside| &beside.copies);
        upload.tees = mirror::start(worker, target, heads, &upload.out, asked.framing);
    }
}

/// Sends a request until some backend answers.
pub(super) async fn attempt<S: AsyncRead + AsyncWrite + Unpin>(
    worker: &Rc<Worker>,
    client: &mut Client<S>,
    prepared: &Prepared,
    upload: &mut Flow,
    cors: &CorsFields,
) -> Opened {
    let Prepared { target, started, asked, .. } = prepared;
    let rule = target.rule.as_deref();
    let timeouts = rule.map_or(Timeouts::default(), |rule| rule.timeouts);
    let request_end = timeouts.request.map(|time| *started + time);
    let mut kept = true;
    if buffers(target, asked) {
        match buffer(client, asked, upload, request_end).await {
            Ok(whole) => kept = whole,
            Err(outcome) => return outcome,
        }
        client.link.enter(Phase::Busy);
    }
    let beside = prepared.beside.as_deref();
    if let Some(beside) = beside {
        beside.whole.set(kept && upload.is_encoded());
    }
    let Some(endpoints) = &target.endpoints else {
        return own(503, "the backend has no ready endpoint", upload.is_encoded());
    };
    // Until a part of the body was taken from the client beyond what is kept, all can be sent again.
    let replayable = upload.is_encoded() && kept;
    let is_grpc = endpoints.way.protocol == UpstreamProtocol::H2c && target.policy().is_some();
    let mut tries = Tries::new(rule.and_then(|rule| rule.retry.as_ref()), asked.idempotent);
    let mut failed: SmallVec<[SocketAddr; 2]> = SmallVec::new();
    let mut renew: Option<SocketAddr> = None;
    let mut renewed = false;
    loop {
        let again = renew.take();
        let Some(address) = again.or_else(|| next(beside, endpoints, &failed)) else {
            let status = if failed.is_empty() { 503 } else { 502 };
            return own(status, "the backend has no ready endpoint", upload.is_encoded());
        };
        let try_end = timeouts.backend.map(|time| Instant::now() + time);
        let end = [request_end, try_end].into_iter().flatten().min();
        let last_end = request_end.is_some() && end == request_end;
        let mut deadline = Deadline::at(end).with_idle(&timeouts);
        // What can not be sent twice goes to no connection that only seems to be open.
        let sure = !(replayable && asked.idempotent);
        let idle = match again {
            Some(_) => None,
            None => upstream::idle(&worker.pools, &endpoints.way, address, sure),
        };
        let connected = if let Some(connection) = idle {
            Some(Ok(connection))
        } else {
            let fresh = upstream::fresh(worker, &worker.pools, &endpoints.way, address, timeouts.connect);
            match present(client, upload, deadline.within(fresh)).await {
                Some(connected) => connected,
                None => return Opened::Gone,
            }
        };
        let connection = match connected {
            Some(Ok(connection)) => connection,
            Some(Err(upstream::Failed(error))) => {
                failed.push(address);
                let late = error.kind() == std::io::ErrorKind::TimedOut;
                if tries.unmade(late) {
                    match present(client, upload, pause(&tries, request_end)).await {
                        Some(()) => continue,
                        None => return Opened::Gone,
                    }
                }
                return own(
                    if late && timeouts.connect.is_some() { 504 } else { 502 },
                    format!("the endpoint {address} takes no connection: {error}"),
                    upload.is_encoded(),
                );
            }
            None if !last_end && tries.again() => {
                failed.push(address);
                continue;
            }
            None => return own(504, "the backend did not answer in time", upload.is_encoded()),
        };
        let reused = connection.reused;
        let mut exchange = Exchange::new(client, connection, upload, deadline);
        let failure = match answer(worker, prepared, &mut exchange, cors, &tries, replayable).await {
            Ok(Answered::Retry) => {
                tries.again();
                drop(exchange);
                failed.push(address);
                upload.rewind();
                match present(client, upload, pause(&tries, request_end)).await {
                    Some(()) => continue,
                    None => return Opened::Gone,
                }
            }
            Ok(Answered::Head(download, kept)) => {
                let Exchange { backend, deadline, refuses_more, .. } = exchange;
                return Opened::Head { backend, deadline, refuses_more, download, kept };
            }
            Ok(Answered::Replaced(status)) => {
                drop(exchange);
                return own(status, "the backend failed, and a page comes in its place", upload.is_encoded());
            }
            Ok(Answered::Upgraded(head)) => return Opened::Upgraded { backend: exchange.backend, head },
            Err(failure) => failure,
        };
        let silent = exchange.backend.input.is_empty() && !exchange.interim;
        drop(exchange);
        // A stream that the backend gave up is no connection that broke, to nginx.
        let given_up = is_grpc
            && matches!(&failure, Failure::Backend(error) if error.kind() == std::io::ErrorKind::ConnectionReset);
        match failure {
            // The connection had ended before it took a byte: nobody has seen the request, whatever it asks for.
            Failure::Backend(_) if silent && reused && !upload.touched && !renewed && !given_up => {
                renewed = true;
                renew = Some(address);
            }
            // It ended while it was idle or just then: the request may be sent again if it does no harm.
            Failure::Backend(_)
                if silent && reused && replayable && asked.idempotent && !renewed && !given_up =>
            {
                renewed = true;
                renew = Some(address);
                if beside.is_some() {
                    // Who follows a cookie may be told to change the endpoint when it fails.
                    failed.push(address);
                    renew = next(beside, endpoints, &failed);
                }
                upload.rewind();
            }
            Failure::Late if !last_end && silent && replayable && tries.again() => {
                failed.push(address);
                upload.rewind();
            }
            Failure::Backend(_) if silent && replayable && !given_up && tries.broken() => {
                failed.push(address);
                upload.rewind();
            }
            Failure::Stalled if silent && replayable && tries.stalled() => {
                failed.push(address);
                upload.rewind();
            }
            Failure::Late | Failure::Stalled => {
                return own(504, "the backend did not answer in time", upload.is_encoded());
            }
            Failure::Client => return Opened::Gone,
            Failure::Body(refused) => return own(refused.status, refused.what, false),
            Failure::Backend(error) => {
                let why = format!("the endpoint {address} ended the connection without an answer: {error}");
                return own(502, why, upload.is_encoded());
            }
            Failure::Answer(refused) => {
                return own(
                    502,
                    format!("the answer of {address} is not valid: {refused}"),
                    upload.is_encoded(),
                );
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
        if let Some(answered) = answered {
            return Ok(answered);
        }
        count += 1;
        if count > MOST_INTERIM {
            return Err(Failure::Answer(Refused::bad("there are too many 1xx answers")));
        }
        exchange.interim |= !interim.is_empty();
    }
}

/// The endpoint for the next try.
fn next(beside: Option<&Beside>, endpoints: &Endpoints, failed: &[SocketAddr]) -> Option<SocketAddr> {
    beside.map_or_else(|| endpoints.next(failed), |beside| beside.choice.next(endpoints, failed))
}

fn own(status: u16, text: impl Into<std::borrow::Cow<'static, str>>, clean: bool) -> Opened {
    Opened::Own { answer: Own::new(status, text), clean }
}

/// Another future, unless the client leaves before. While its body is still to come, nobody looks.
pub(super) async fn present<S: AsyncRead + AsyncWrite + Unpin, T>(
    client: &mut Client<S>,
    upload: &Flow,
    future: impl Future<Output = T>,
) -> Option<T> {
    if upload.is_encoded() { client.unless_gone(future).await } else { Some(future.await) }
}

/// Waits before the next try, never beyond the request's end.
async fn pause(tries: &Tries<'_>, end: Option<Instant>) {
    let time = tries.pause();
    if !time.is_zero() {
        let until = Instant::now() + time;
        tokio::time::sleep_until(end.map_or(until, |end| end.min(until)).into()).await;
    }
}

/// Reads the body into the upload, as far as it may be kept. Whether that is all of it.
pub(super) async fn buffer<S: AsyncRead + AsyncWrite + Unpin>(
    client: &mut Client<S>,
    asked: &Asked,
    upload: &mut Flow,
    end: Option<Instant>,
) -> Result<bool, Opened> {
    if asked.expects && !asked.invites {
        let mut go_on = Buffer::default();
        go_on.extend(b"HTTP/1.1 100 Continue\r\n\r\n");
        if client.write(&mut go_on).await.is_err() {
            return Err(Opened::Gone);
        }
    }
    let head = upload.out.len() as u64;
    let mut deadline = Deadline::at(end);
    loop {
        client.link.enter(Phase::Stalled);
        if let Err(refused) = upload.encode(&mut client.input, usize::MAX) {
            return Err(own(refused.status, refused.what, false));
        }
        // The sizes of chunks are kept with them.
        let whole = upload.out.len() as u64 <= head + REPLAYED + 1024;
        if upload.is_encoded() || !whole {
            return Ok(whole);
        }
        let Client { stream, input, link, .. } = &mut *client;
        let read = std::future::poll_fn(|cx| match input.poll_fill(cx, stream) {
            std::task::Poll::Ready(read) => std::task::Poll::Ready(read.is_ok_and(|count| count > 0)),
            std::task::Poll::Pending => link.poll_expired(cx).map(|()| false),
        });
        match deadline.within(read).await {
            Some(true) => {}
            Some(false) => return Err(Opened::Gone),
            None => return Err(own(504, "the request did not come in time", false)),
        }
    }
}
