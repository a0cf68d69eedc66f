//! Steering a rehearsal through its admin address: `GET /dns` and `POST /dns`, and the DNS counters of `/metrics`.
//!
//! Whoever reaches the port may read. Only this machine may change something, and no page in a browser: such a page can
//! send to any address, but neither `application/json` nor a header of its own without being allowed to before; and one
//! that has its own name lead here (rebinding) comes with that name as `Host`.

use std::{fmt::Write as _, net::SocketAddr, sync::Arc, time::Duration};

use http::{HeaderMap, Method, Response, StatusCode, header, request::Parts};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc::WeakUnboundedSender, oneshot};

use super::{
    Command, NameView, NamesView, Switch, Switched, Unswitched, Which,
    http::{Body, Connection},
};
use crate::{
    dns::{Addresses, Counted, Hostname, Reader},
    proxy::{Annex, Answering, Asked},
    switch::{Done, Event, Pointing},
};

/// The header that a browser does not send for a page without asking first.
pub(super) const GUARD: &str = "x-cutover";
/// The path of all of it.
const PATH: &str = "/dns";
/// For a whole answer of a rehearsal.
const WAIT: Duration = Duration::from_secs(30);
/// Most bytes of one.
const MOST: usize = 64 * 1024 * 1024;

/// What the admin address has besides the proxy's.
pub(super) struct Steer {
    /// Weak: a rehearsal that nobody holds ends.
    pub(super) commands: WeakUnboundedSender<Command>,
    /// None without DNS.
    pub(super) names: Option<Reader>,
}

/// `POST /dns`
#[derive(Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Order {
    /// Those to switch.
    pub hostnames: Vec<String>,
    /// Every one that can be.
    pub all: bool,
    /// `old`, `new`, or a share of the new side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u32>,
    /// Also to a side that does not serve it.
    pub force: bool,
}

/// `GET /dns`
#[derive(Debug, Serialize)]
struct Shown {
    address: String,
    port: u16,
    forward: Option<String>,
    version: u64,
    changed: Option<String>,
    names: Vec<Name>,
    queries: Queries,
}

#[derive(Debug, Serialize)]
struct Name {
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
struct Answers {
    old: u64,
    new: u64,
    nodata: u64,
    nxdomain: u64,
    other: u64,
}

#[derive(Debug, Serialize)]
struct Queries {
    asked: u64,
    refused: u64,
    forwarded: u64,
    unanswered: u64,
    malformed: u64,
    truncated: u64,
}

/// What came of a `POST`.
#[derive(Debug, Serialize)]
struct Outcome {
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
struct Reason {
    hostname: Option<String>,
    message: String,
    fix: String,
}

impl Annex for Steer {
    fn metrics(&self, text: &mut String) {
        if let Some(names) = &self.names {
            metrics(names, text);
        }
    }

    fn answer(&self, request: Asked) -> Option<Answering> {
        let Asked { from, head, body } = request;
        if head.uri.path() != PATH {
            return None;
        }
        let commands = self.commands.clone();
        let (dns, ask) = (self.names.is_some(), order(from, &head, &body));
        Some(Box::pin(async move {
            if !dns {
                let fix = "start it with `--side both --dns`";
                return said(StatusCode::NOT_FOUND, &[reason("this rehearsal has no DNS", fix)]);
            }
            let answered = match ask {
                Ok(None) => show(&commands).await,
                Ok(Some(order)) => switch(&commands, order).await,
                Err((status, why)) => return said(status, &[why]),
            };
            answered.unwrap_or_else(|| {
                said(StatusCode::SERVICE_UNAVAILABLE, &[reason("the rehearsal is ending", "")])
            })
        }))
    }
}

/// What a request wants: a change, or none to read.
fn order(from: SocketAddr, head: &Parts, body: &[u8]) -> Result<Option<Switch>, (StatusCode, Reason)> {
    if matches!(head.method, Method::GET | Method::HEAD) {
        return Ok(None);
    }
    if head.method != Method::POST {
        return Err((StatusCode::METHOD_NOT_ALLOWED, reason("there are GET /dns and POST /dns", "")));
    }
    if let Some(why) = forbidden(from, &head.headers) {
        return Err((
            StatusCode::FORBIDDEN,
            reason(why, "use `cutover switch` on the machine of the rehearsal"),
        ));
    }
    let order: Order = serde_json::from_slice(body)
        .map_err(|error| (StatusCode::BAD_REQUEST, reason(&format!("no order: {error}"), "")))?;
    order.read().map(Some).map_err(|why| (StatusCode::BAD_REQUEST, why))
}

/// Why a request may change nothing.
fn forbidden(from: SocketAddr, headers: &HeaderMap) -> Option<&'static str> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = text("host").unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let kind = text("content-type").unwrap_or_default();
    if !from.ip().to_canonical().is_loopback() {
        Some("only the machine of the rehearsal may change something")
    } else if bare.parse::<std::net::IpAddr>().is_err() && name != "localhost" {
        Some("the request came by a name that is not this machine's")
    } else if headers.contains_key(header::ORIGIN)
        || text("sec-fetch-site").is_some_and(|site| site != "none")
    {
        Some("a page in a browser may change nothing")
    } else if !kind.starts_with("application/json") || !headers.contains_key(GUARD) {
        Some("an order is application/json with the header x-cutover")
    } else {
        None
    }
}

impl Order {
    /// Checks and reads it.
    fn read(&self) -> Result<Switch, Reason> {
        let which = match (self.all, self.hostnames.is_empty()) {
            (true, true) => Which::All,
            (false, false) => {
                let read = |name: &String| {
                    name.parse::<Hostname>()
                        .map_err(|error| reason(&error.to_string(), "give a DNS name, or `*.` before one"))
                };
                Which::These(self.hostnames.iter().map(read).collect::<Result<_, _>>()?)
            }
            (true, false) | (false, true) => {
                return Err(reason("an order has either `hostnames` or `all`", ""));
            }
        };
        let event = match (&self.to, self.ttl) {
            (Some(to), None) => {
                let to: Pointing = to.parse().map_err(|error| reason(&format!("{error}"), ""))?;
                Event::Point(to)
            }
            (None, Some(ttl)) => Event::Ttl(ttl),
            (Some(_), Some(_)) | (None, None) => {
                return Err(reason("an order has either `to` or `ttl`", ""));
            }
        };
        Ok(Switch { which, event, force: self.force })
    }
}

async fn show(commands: &WeakUnboundedSender<Command>) -> Option<Response<String>> {
    let (answer, names) = oneshot::channel();
    commands.upgrade()?.send(Command::Names(answer)).ok()?;
    let view = names.await.ok()??;
    Some(json(StatusCode::OK, &Shown::of(&view)))
}

async fn switch(commands: &WeakUnboundedSender<Command>, order: Switch) -> Option<Response<String>> {
    let (answer, switched) = oneshot::channel();
    commands.upgrade()?.send(Command::Switch(order, answer)).ok()?;
    Some(match switched.await.ok()? {
        Ok(all) => {
            let all: Vec<_> = all.iter().map(Outcome::of).collect();
            json(StatusCode::OK, &serde_json::json!({ "switched": all }))
        }
        Err(wrong) => {
            let reasons: Vec<_> = wrong.into_iter().map(Reason::of).collect();
            said(StatusCode::CONFLICT, &reasons)
        }
    })
}

impl Shown {
    fn of(view: &NamesView) -> Self {
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
    fn of(name: &NameView) -> Self {
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
    fn of(switched: &Switched) -> Self {
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
    fn of(unswitched: Unswitched) -> Self {
        let Unswitched { hostname, message, fix } = unswitched;
        Self { hostname: Some(hostname.to_string()), message, fix }
    }
}

fn reason(message: &str, fix: &str) -> Reason {
    Reason { hostname: None, message: message.to_owned(), fix: fix.to_owned() }
}

fn said(status: StatusCode, reasons: &[Reason]) -> Response<String> {
    json(status, &serde_json::json!({ "errors": reasons }))
}

fn json(status: StatusCode, value: &impl Serialize) -> Response<String> {
    let mut text = serde_json::to_string(value).unwrap_or_default();
    text.push('\n');
    let mut response = Response::new(text);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

/// Answers by hostname, and what belongs to none; only what happened is written.
fn metrics(names: &Reader, text: &mut String) {
    text.push_str("# HELP cutover_dns_answers_total Answers of the name server, by hostname.\n");
    text.push_str("# TYPE cutover_dns_answers_total counter\n");
    for (hostname, record) in names.zones().iter() {
        let Counted { old, new, empty, absent, other } = record.counts.read();
        let kinds = [("old", old), ("new", new), ("nodata", empty), ("nxdomain", absent), ("other", other)];
        for (kind, count) in kinds.into_iter().filter(|(_, count)| *count > 0) {
            let _ = writeln!(
                text,
                "cutover_dns_answers_total{{hostname=\"{hostname}\",answer=\"{kind}\"}} {count}"
            );
        }
    }
    text.push_str(
        "# HELP cutover_dns_other_total Questions by what became of them, beside answers about a hostname.\n",
    );
    text.push_str("# TYPE cutover_dns_other_total counter\n");
    let totals = names.totals();
    let kinds = [
        ("refused", totals.refused),
        ("forwarded", totals.forwarded),
        ("unanswered", totals.unanswered),
        ("malformed", totals.malformed),
        ("truncated", totals.truncated),
    ];
    for (kind, count) in kinds {
        let _ = writeln!(text, "cutover_dns_other_total{{outcome=\"{kind}\"}} {count}");
    }
}

/// Asks a running rehearsal for its names, or to switch some: the status, and the JSON of the answer. Blocks.
///
/// # Errors
/// Nobody listens there, or nobody answers in time.
pub fn steer(admin: SocketAddr, order: Option<&Order>) -> std::io::Result<(u16, Vec<u8>)> {
    let request = match order {
        None => format!("GET {PATH} HTTP/1.1\r\nHost: {admin}\r\nConnection: close\r\n\r\n"),
        Some(order) => {
            let body = serde_json::to_string(order)?;
            format!(
                "POST {PATH} HTTP/1.1\r\nHost: {admin}\r\nConnection: close\r\n{GUARD}: 1\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let exchange = async {
            let mut connection = Connection::open(admin, None).await?;
            connection.exchange(request.as_bytes(), Body::Keep(MOST), &mut false).await
        };
        let answer = tokio::time::timeout(WAIT, exchange).await??;
        Ok((answer.status, answer.body))
    })
}

/// The annex of a rehearsal.
pub(super) fn annex(commands: WeakUnboundedSender<Command>, names: Option<Reader>) -> Arc<dyn Annex> {
    Arc::new(Steer { commands, names })
}

#[cfg(test)]
mod tests;
