//! The requests of one HTTP/1.1 connection, one after the other.

use std::rc::Rc;

use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    client::{Came, Client},
    forward::{Done, Outcome, forward},
    prepare::{Plan, Prepared, REPLAYED, prepare},
    tunnel,
};
use crate::proxy::{
    answer::Own,
    buffer::Buffer,
    counters::By,
    dress::{Dress, NoRequest},
    entry::{Link, Phase},
    h2,
    http1::{Refused, framing::Framing},
    limits::Held,
    tap::{Ended, Seen},
    worker::Worker,
};

/// Where HTTP/2 with prior knowledge looks like the head of a request (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\n";

/// Serves a connection. HTTP/2 is found by its preface.
pub(in crate::proxy) async fn serve<S>(worker: Rc<Worker>, link: Rc<Link>, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let mut client = Client::new(stream, link);
    let mut first = true;
    loop {
        let reading = client.link.entry.reading(&worker.generation());
        match client.head(reading).await {
            Came::Nothing => return,
            Came::Refused(refused) => return refuse(&worker, client, refused).await,
            Came::Head(length) => {
                let bytes = client.input.filled().get(..length).unwrap_or_default();
                if first && bytes == PREFACE {
                    let Client { stream, input, link, .. } = client;
                    // Boxed, as all that few connections come to: its room would be that of every idle one.
                    return Box::pin(h2::serve(worker, link, h2::Prefixed::new(input, stream))).await;
                }
                first = false;
                client.link.enter(Phase::Busy);
                let prepared = match prepare(&worker, &client.link, bytes) {
                    Ok(prepared) => prepared,
                    Err(refused) => return refuse(&worker, client, refused).await,
                };
                client.input.consume(length);
                match request(&worker, &mut client, prepared).await {
                    Next::Request => client.link.enter(Phase::Idle),
                    Next::End => return Box::pin(client.linger()).await,
                    Next::Drop => return,
                    Next::Tunnel(backend, head, _held) => {
                        return Box::pin(tunnel::run(client, backend, head)).await;
                    }
                }
                if client.input.is_empty() {
                    client.input.release();
                }
            }
        }
    }
}

/// What comes after a request.
enum Next {
    Request,
    /// The connection ends; the answer must arrive.
    End,
    /// The connection ends at once.
    Drop,
    Tunnel(crate::proxy::upstream::Connection, Buffer, Option<Held>),
}

async fn request<S: AsyncRead + AsyncWrite + Unpin>(
    worker: &Rc<Worker>,
    client: &mut Client<S>,
    mut prepared: Prepared,
) -> Next {
    let plan = std::mem::replace(&mut prepared.plan, Plan::Answer(Own::default()));
    let outcome = match plan {
        // Nothing of the body was read.
        Plan::Answer(answer) => return answer_unread(worker, client, &prepared, answer).await,
        Plan::Forward { head, cors } => {
            let outcome = forward(worker, client, &mut prepared, head, &cors).await;
            match outcome {
                Outcome::Own { mut answer, clean } => {
                    answer.cors.extend(cors);
                    answer.dress.clone_from(&prepared.dress);
                    Outcome::Own { answer, clean }
                }
                outcome => outcome,
            }
        }
    };
    let took = prepared.started.elapsed();
    match outcome {
        Outcome::Done(Done { status, by, keep, bytes, why }) => {
            prepared.target.series.answered(status, by, took);
            if let Some(seen) = prepared.seen.take() {
                let problem = why.map(Into::into);
                seen.end(worker, &client.link, &prepared.target, Ended { status, by, took, bytes, problem });
            }
            match (keep, by) {
                (true, _) => Next::Request,
                (false, By::Backend) => Next::End,
                (false, By::Proxy) => Next::Drop,
            }
        }
        Outcome::Own { answer, clean } => {
            let keep = clean && prepared.asked.keep_alive && !client.link.entry.is_closing();
            send(worker, client, &prepared, answer, keep).await
        }
        Outcome::Upgraded { backend, head } => {
            prepared.target.series.answered(101, By::Backend, took);
            if let Some(seen) = prepared.seen.take() {
                let ended = Ended { status: 101, by: By::Backend, took, bytes: 0, problem: None };
                seen.end(worker, &client.link, &prepared.target, ended);
            }
            Next::Tunnel(backend, head, prepared.held.take())
        }
    }
}

/// Answers a request whose body is still to come: a short one is read, so that the connection can go on.
async fn answer_unread<S: AsyncRead + AsyncWrite + Unpin>(
    worker: &Worker,
    client: &mut Client<S>,
    prepared: &Prepared,
    answer: Own,
) -> Next {
    let asked = &prepared.asked;
    let short = matches!(asked.framing, Framing::Length(length) if length <= REPLAYED) && !asked.expects;
    let keep = short && asked.keep_alive && !client.link.entry.is_closing();
    match send(worker, client, prepared, answer, keep).await {
        Next::Request if client.discard(asked.framing).await => Next::Request,
        Next::Request | Next::Drop => Next::Drop,
        next @ (Next::End | Next::Tunnel(..)) => next,
    }
}

/// Writes and counts an answer of the proxy.
async fn send<S: AsyncRead + AsyncWrite + Unpin>(
    worker: &Worker,
    client: &mut Client<S>,
    prepared: &Prepared,
    answer: Own,
    keep: bool,
) -> Next {
    let asked = &prepared.asked;
    if answer.status == 444 {
        // nginx's own: the connection ends without a word.
        prepared.target.series.answered(444, By::Proxy, prepared.started.elapsed());
        return Next::Drop;
    }
    let edits = prepared.target.rule.is_some().then_some(&prepared.target.response);
    let connection = match (keep, asked.modern) {
        (false, _) => Some("close"),
        (true, false) => Some("keep-alive"),
        (true, true) => None,
    };
    let mut out = Buffer::default();
    answer.write(worker, &mut out, edits, asked.to_head, connection);
    let written = client.write(&mut out).await;
    let status = if written.is_ok() { answer.status } else { 499 };
    let took = prepared.started.elapsed();
    prepared.target.series.answered(status, By::Proxy, took);
    if let Some(seen) = prepared.seen.take() {
        let ended = Ended::own(&answer, asked.to_head, written.is_ok(), took);
        seen.end(worker, &client.link, &prepared.target, ended);
    }
    match (written, keep) {
        (Err(_), _) => Next::Drop,
        (Ok(()), true) => Next::Request,
        (Ok(()), false) => Next::End,
    }
}

/// Answers what can not be read as a request, and ends the connection: where the next one begins is not known.
async fn refuse<S>(worker: &Worker, mut client: Client<S>, refused: Refused)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let started = client.link.since.get();
    let generation = worker.generation();
    let entry = Rc::clone(&client.link.entry);
    let port = entry.port(&generation);
    let target = generation.target(&worker.counters, &entry.key, port.as_deref(), None, None);
    let mut out = Buffer::default();
    let unread = port.as_ref().and_then(|port| port.unread.as_ref());
    let dress = unread.map(|policy| Rc::new(Dress::new(policy, client.link.encrypted.get(), &NoRequest)));
    let answer = Own { dress, ..Own::unread(refused, entry.reading(&generation)) };
    answer.write(worker, &mut out, None, false, Some("close"));
    let written = client.write(&mut out).await.is_ok();
    let status = if written { refused.status } else { 499 };
    let took = started.elapsed();
    target.series.answered(status, By::Proxy, took);
    if worker.tap.is_watched() {
        let ended = Ended::own(&answer, false, written, took);
        Seen::unread(took).end(worker, &client.link, &target, ended);
    }
    if written {
        Box::pin(client.linger()).await;
    }
}
