//! One stream: a request decided, sent to its backend, and the head of the answer.

use std::{borrow::Cow, rc::Rc, time::Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, request::Parts as Head};
use http_body::Body as _;
use hyper::body::Incoming;

use super::{
    Open,
    relay::{Backend, Counted, Relay},
    source::Source,
};
use crate::proxy::{
    answer::Own,
    connection::{
        client::Client,
        open::{Opened, open},
        prepare::{Asked, INVALID_HOST, Parts, Plan, Prepared, decided, is_idempotent},
    },
    counters::By,
    edits::Edits,
    entry::Link,
    facts::Facts,
    http1::{
        MAX_FIELDS, MAX_TARGET, Refused,
        field::{Known, known},
        flow::{Encode, Flow},
        framing::Framing,
        head,
        target::Target,
    },
    tap::Seen,
    worker::Worker,
};
use crate::routing::{Host, Reading};

/// Answers a request.
pub(super) async fn serve(
    worker: Rc<Worker>,
    link: Rc<Link>,
    request: Request<Incoming>,
    stream: Open,
) -> Response<Relay> {
    let (mut head, body) = request.into_parts();
    join_cookies(&mut head.headers);
    let started = Instant::now();
    let mut prepared = match prepare(&worker, &link, &head, &body, started) {
        Ok(prepared) => prepared,
        Err(refused) => {
            let generation = worker.generation();
            let port = link.entry.port(&generation);
            let target = generation.target(&worker.counters, &link.entry.key, port.as_deref(), None, None);
            let status = refused.status;
            let counted = Counted {
                seen: worker.tap.is_watched().then(|| Box::new(Seen::unread(started.elapsed()))),
                worker: Rc::clone(&worker),
                target,
                started,
                status,
                by: By::Proxy,
                bytes: 0,
                why: Some(refused.what.into()),
                held: None,
                open: stream,
            };
            let answer = Own::unread(refused, link.entry.reading(&generation));
            return own(&worker, &answer, None, head.method == http::Method::HEAD, counted);
        }
    };
    // Dropped unanswered, the stream was given up by the client.
    let mut counted = Counted {
        worker: Rc::clone(&worker),
        target: Rc::clone(&prepared.target),
        started,
        status: 499,
        by: By::Proxy,
        bytes: 0,
        why: Some("the client left before the answer".into()),
        seen: prepared.seen.take(),
        held: prepared.held.take(),
        open: stream,
    };
    let plan = std::mem::replace(&mut prepared.plan, Plan::Answer(Own::default()));
    let answer = match plan {
        Plan::Answer(answer) => answer,
        Plan::Forward { head, cors } => {
            let source = Source::new(body, prepared.asked.framing == Framing::Chunked);
            let (framing, encode) = match prepared.asked.framing {
                // The length is the stream's own matter: hyper holds the client to it.
                Framing::Chunked | Framing::Close => (Framing::Close, Encode::Chunked),
                framing @ Framing::Length(_) => (framing, Encode::Raw),
            };
            let mut upload = Flow::new(framing, encode, head);
            upload.trailers = Some(Rc::clone(&source.trailers));
            upload.most = prepared.most_body();
            let mut client = Client::new(source, Rc::clone(&link));
            match open(&worker, &mut client, &prepared, &mut upload, &cors).await {
                Opened::Head { backend, deadline, refuses_more, download, kept } => {
                    counted.status = kept.status;
                    counted.by = By::Backend;
                    counted.why = None;
                    let mut response = parse(download.out.filled());
                    let backend = Backend {
                        worker,
                        connection: Some(backend),
                        decoder: download.decoder,
                        client,
                        upload,
                        refuses_more,
                        deadline,
                        kept,
                        counted,
                        given_up: false,
                    };
                    *response.status_mut() =
                        StatusCode::from_u16(kept.status).unwrap_or(StatusCode::BAD_GATEWAY);
                    return response.map(|()| Relay::new(backend));
                }
                Opened::Own { mut answer, .. } => {
                    answer.cors.extend(cors.into_iter().filter(|_| !answer.apart));
                    answer.dress.clone_from(&prepared.dress);
                    answer
                }
                // Nothing was asked to be upgraded, so this can not come; and who is gone reads no answer.
                Opened::Upgraded { .. } | Opened::Gone => {
                    let status = if link.is_expired() { 408 } else { 400 };
                    Own::new(status, "the request was not sent to its end")
                }
            }
        }
    };
    counted.status = answer.status;
    counted.why = (!answer.text.is_empty()).then(|| answer.text.clone().into());
    let edits = prepared.target.rule.is_some().then_some(&prepared.target.response);
    own(&worker, &answer, edits, prepared.asked.to_head, counted)
}

fn prepare(
    worker: &Worker,
    link: &Link,
    head: &Head,
    body: &Incoming,
    started: Instant,
) -> Result<Prepared, Refused> {
    if head.method == http::Method::CONNECT {
        return Err(Refused { status: 501, what: "CONNECT is not served" });
    }
    if head.headers.len() > MAX_FIELDS {
        return Err(Refused { status: 431, what: "the head has more than 100 headers" });
    }
    let reading = link.entry.reading(&worker.generation());
    let facts = Facts::read(&head.headers, reading)?;
    let authority = match (head.uri.authority().map(http::uri::Authority::as_str), facts.host) {
        (Some(authority), Some(host)) if !authority.eq_ignore_ascii_case(host) => {
            return Err(Refused::bad("`:authority` and Host differ"));
        }
        (None, None) => return Err(Refused::bad("there is no `:authority`")),
        (authority, host) => authority.or(host),
    };
    let path = if head.uri.path().is_empty() { "/" } else { head.uri.path() };
    let query = head.uri.query();
    if path.len() + query.map_or(0, str::len) > MAX_TARGET {
        return Err(Refused { status: 414, what: "the request target is longer than 16 KiB" });
    }
    let wide = matches!(reading, Reading::Nginx(_));
    let plain = |text: &str| text.bytes().all(|byte| (0x21..=0x7e).contains(&byte) || wide && byte > 0x7f);
    let whole = path == "*" && head.method == http::Method::OPTIONS;
    if !plain(path) || !query.is_none_or(plain) || !(path.starts_with('/') || whole) {
        return Err(Refused::bad("the path is not valid"));
    }
    if let Some((status, what)) = reading.refusal(head.method.as_str(), path) {
        return Err(Refused { status, what });
    }
    let authority = authority.unwrap_or_default();
    let host = Host::from_authority(authority).map_err(|_| INVALID_HOST)?;
    let framing = match facts.declared.of_request(true)? {
        Framing::Length(0) if facts.declared.length().is_none() && !body.is_end_stream() => Framing::Chunked,
        framing => framing,
    };
    let asked = Asked {
        to_head: head.method == http::Method::HEAD,
        modern: true,
        keep_alive: true,
        expects: false,
        invites: false,
        measured: false,
        idempotent: is_idempotent(head.method.as_str()),
        upgrade: None,
        framing,
    };
    let target = Target { authority: None, path, query, fragment: "" };
    let (method, authority) = (head.method.as_str(), Some(Cow::Borrowed(authority)));
    let parts = Parts { method, target, authority, host, protocol: "HTTP/2.0" };
    Ok(decided(worker, link, started, &parts, &head.headers, &facts, asked))
}

/// HTTP/2 may split a cookie header, and HTTP/1.1 must not get it so (RFC 9113, 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let mut all = headers.get_all(http::header::COOKIE).iter();
    let (Some(first), Some(second)) = (all.next(), all.next()) else { return };
    let mut joined = first.as_bytes().to_vec();
    for value in [second].into_iter().chain(all) {
        joined.extend_from_slice(b"; ");
        joined.extend_from_slice(value.as_bytes());
    }
    if let Ok(joined) = HeaderValue::from_bytes(&joined) {
        headers.insert(http::header::COOKIE, joined);
    }
}

/// A head that was written for HTTP/1.1, as HTTP/2 wants it.
fn parse(bytes: &[u8]) -> Response<()> {
    let mut response = Response::new(());
    let mut lines = head::wide_lines();
    let Ok(head) = head::response(bytes, &mut lines) else { return response };
    response.headers_mut().reserve(head.fields.len());
    for line in head.fields {
        if matches!(
            known(line.name),
            Known::Connection | Known::TransferEncoding | Known::Upgrade | Known::Hop
        ) {
            continue;
        }
        let name = HeaderName::from_bytes(line.name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(line.value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

fn own(
    worker: &Worker,
    answer: &Own,
    edits: Option<&Edits>,
    to_head: bool,
    mut counted: Counted,
) -> Response<Relay> {
    let body = answer.body();
    let length = body.len();
    counted.bytes = if to_head || answer.status == 204 { 0 } else { length as u64 };
    let text = (!to_head && !body.is_empty() && answer.status != 204).then(|| Bytes::from(body.into_owned()));
    let mut response = Response::new(Relay::Own(text, counted));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    worker.with_date(|date| {
        for (name, value) in answer.fields(date) {
            if !edits.is_some_and(|edits| edits.drops(name))
                && let (Ok(name), Ok(value)) =
                    (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()))
            {
                headers.append(name, value);
            }
        }
    });
    if answer.status != 204 {
        headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    for (name, value) in edits.iter().flat_map(|edits| &edits.values) {
        headers.append(name, value.clone());
    }
    response
}
