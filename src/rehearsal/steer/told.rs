//! What the admin address says of names, as JSON: a contract with scripts.

use http::{Response, StatusCode, header};
use serde::Serialize;

use crate::{
    dns::{Addresses, Counted},
    rehearsal::{NameView, NamesView, Switched, Unswitched},
    switch::Done,
};

/// `GET /dns`
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    address: String,
    port: u16,
    forward: Option<String>,
    version: u64,
    changed: Option<String>,
    names: Vec<Name>,
    queries: Queries,
}

#[derive(Debug, Serialize)]
pub(super) struct Name {
    hostname: String,
    to: String,
    before: Option<String>,
    since: String,
    moved_by: Option<String>,
    ttl: u32,
    ttl_before: Option<u32>,
    ttl_counts_from: String,
    held: bool,
    finished: bool,
    sides: Vec<&'static str>,
    old: Vec<String>,
    new: Vec<String>,
    answers: Answers,
}

#[derive(Debug, Serialize)]
pub(super) struct Answers {
    old: u64,
    new: u64,
    nodata: u64,
    nxdomain: u64,
    other: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Queries {
    asked: u64,
    refused: u64,
    forwarded: u64,
    unanswered: u64,
    malformed: u64,
    truncated: u64,
}

/// What came of a `POST`.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    hostname: String,
    done: &'static str,
    from: Option<String>,
    to: String,
    at: String,
    moved_by: Option<String>,
    ttl: u32,
    ttl_counts_from: String,
    why: Option<String>,
}

/// One reason why nothing was done.
#[derive(Debug, Serialize)]
pub(super) struct Reason {
    pub(super) hostname: Option<String>,
    pub(super) message: String,
    pub(super) fix: String,
}

impl Shown {
    pub(super) fn of(view: &NamesView) -> Self {
        let totals = view.totals;
        Self {
            address: view.address.ip().to_string(),
            port: view.address.port(),
            forward: view.forward.map(|to| to.to_string()),
            version: view.version,
            changed: view.changed.map(|at| at.to_string()),
            names: view.names.iter().map(Name::of).collect(),
            queries: Queries {
                asked: totals.asked,
                refused: totals.refused,
                forwarded: totals.forwarded,
                unanswered: totals.unanswered,
                malformed: totals.malformed,
                truncated: totals.truncated,
            },
        }
    }
}

impl Name {
    pub(super) fn of(name: &NameView) -> Self {
        let journey = &name.journey;
        let ttl = journey.ttl();
        let texts = |addresses: &Addresses| {
            let v4 = addresses.v4.iter().map(ToString::to_string);
            v4.chain(addresses.v6.iter().map(ToString::to_string)).collect()
        };
        let sides = [("old", name.sides.old), ("new", name.sides.new)];
        let Counted { old, new, empty, absent, other } = name.counts.read();
        Self {
            hostname: name.hostname.to_string(),
            to: journey.pointing().to_string(),
            before: journey.before().map(|before| before.to_string()),
            since: journey.since().to_string(),
            moved_by: journey.moved_by().map(|by| by.to_string()),
            ttl: ttl.seconds(),
            ttl_before: ttl.before(),
            ttl_counts_from: ttl.settled().to_string(),
            held: journey.is_held(),
            finished: journey.is_finished(),
            sides: sides.into_iter().filter(|(_, on)| *on).map(|(side, _)| side).collect(),
            old: texts(&name.old),
            new: texts(&name.new),
            answers: Answers { old, new, nodata: empty, nxdomain: absent, other },
        }
    }
}

impl Outcome {
    pub(super) fn of(switched: &Switched) -> Self {
        let Switched { hostname, done, journey } = switched;
        let word = match done {
            Ok(Done::Pointed { .. }) => "switched",
            Ok(Done::Ttl { .. }) => "ttl",
            Ok(Done::Marked) => "marked",
            Ok(Done::Already) => "already",
            Err(_) => "left",
        };
        Self {
            hostname: hostname.to_string(),
            done: word,
            from: journey.before().map(|before| before.to_string()),
            to: journey.pointing().to_string(),
            at: journey.since().to_string(),
            moved_by: journey.moved_by().map(|by| by.to_string()),
            ttl: journey.ttl().seconds(),
            ttl_counts_from: journey.ttl().settled().to_string(),
            why: done.as_ref().err().cloned(),
        }
    }
}

impl Reason {
    pub(super) fn of(unswitched: Unswitched) -> Self {
        let Unswitched { hostname, message, fix } = unswitched;
        Self { hostname: Some(hostname.to_string()), message, fix }
    }
}

pub(super) fn reason(message: &str, fix: &str) -> Reason {
    Reason { hostname: None, message: message.to_owned(), fix: fix.to_owned() }
}

pub(super) fn said(status: StatusCode, reasons: &[Reason]) -> Response<String> {
    json(status, &serde_json::json!({ "errors": reasons }))
}

pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Response<String> {
    let mut text = serde_json::to_string(value).unwrap_or_default();
    text.push('\n');
    let mut response = Response::new(text);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}
