//! Sends one request through the gateway, to the very socket that a client would reach, and tells what came back.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use rustls_pki_types::ServerName;
use serde::Deserialize;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::TlsConnector;

use super::{Answered, Echo, Question, Timing, Unanswered, http::Connection, tail::Order};
use crate::{
    proxy::{self, Record},
    routing::{Ask, Explanation, PortKey, PortProtocol, Table, explain},
};

/// Most bytes of a body that are kept.
const MOST: usize = 64 * 1024;
/// How long the proxy's own record of a request is waited for.
const RECORDED: Duration = Duration::from_millis(500);

/// Where a request is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Destination {
    pub(super) address: SocketAddr,
    pub(super) protocol: PortProtocol,
}

/// What a question is asked with.
pub(super) struct Asker {
    pub(super) connector: TlsConnector,
    pub(super) tail: proxy::Tail,
    pub(super) orders: mpsc::UnboundedSender<Order>,
}

/// Finds the socket: that of the Gateway which the Table says takes it.
///
/// # Errors
/// Why there is none.
pub(super) fn destination(
    table: &Table,
    ask: &Ask,
    bound: impl Fn(&PortKey) -> Option<SocketAddr>,
) -> Result<Destination, Unanswered> {
    let wanted = wanted(ask)?;
    let is_meant = |key: &PortKey| {
        ask.gateway
            .as_ref()
            .is_none_or(|(namespace, name)| **namespace == *key.entry.namespace && **name == *key.entry.name)
    };
    let of_port =
        |key: &PortKey, port: u16| key.port == port || bound(key).is_some_and(|at| at.port() == port);
    let ports: Vec<_> = table
        .ports
        .iter()
        .filter(|(key, port)| key.side == ask.side && port.protocol == wanted && is_meant(key))
        .collect();
    // The port of the manifest goes before one that happens to be bound.
    let at_port = |by: &dyn Fn(&PortKey) -> bool| {
        let asked: Vec<_> = ports.iter().filter(|(key, _)| by(key)).map(|(key, _)| (*key).clone()).collect();
        (!asked.is_empty()).then_some(asked)
    };
    let keys = at_port(&|key| key.port == ask.port).or_else(|| at_port(&|key| of_port(key, ask.port)));
    let Some(keys) = keys else {
        return Err(Unanswered::NoListener(explain(table, ask).reason.unwrap_or_default()));
    };
    let chosen = match &keys[..] {
        [one] => one.clone(),
        many => {
            let Explanation { gateway, .. } = explain(table, ask);
            let chosen = many.iter().find(|key| gateway.as_ref().is_some_and(|it| *it == *key.entry));
            chosen.or(many.first()).cloned().unwrap_or_else(|| many[0].clone())
        }
    };
    let address = bound(&chosen).ok_or_else(|| {
        Unanswered::NoListener(format!("port {} of {} is not listened on here", chosen.port, chosen.entry))
    })?;
    Ok(Destination { address, protocol: wanted })
}

fn wanted(ask: &Ask) -> Result<PortProtocol, Unanswered> {
    match ask.scheme.to_ascii_lowercase().as_str() {
        "http" => Ok(PortProtocol::Http),
        "https" => Ok(PortProtocol::Https),
        other => Err(Unanswered::Invalid(format!("the scheme is http or https, not `{other}`"))),
    }
}

/// Puts a question.
pub(super) async fn ask(question: Question, to: Destination, asker: Asker) -> Result<Answered, Unanswered> {
    let Question { ask, within } = question;
    let request = written(&ask)?;
    let name = server_name(&ask, to);
    let begun = Instant::now();
    let end = begun + within;
    let late = |_| Unanswered::Late(to.address, within);
    // From here on, so that this request is among the recorded.
    let watching = asker.tail.watch();
    let tls = name.as_ref().map(|name| (&asker.connector, name));
    let mut connection = timeout_at(end, Connection::open(to.address, tls))
        .await
        .map_err(late)?
        .map_err(|error| Unanswered::Refused(to.address, error.to_string()))?;
    let connected = begun.elapsed();
    let (answer_tx, record) = oneshot::channel();
    let _ = asker.orders.send(Order::Find(connection.local(), answer_tx));
    let answer = timeout_at(end, connection.ask(&request, ask.method == "HEAD", MOST))
        .await
        .map_err(late)?
        .map_err(|error| Unanswered::Broken(to.address, error.to_string()))?;
    let total = begun.elapsed();
    drop(connection);
    let record: Option<Arc<Record>> = timeout(RECORDED, record).await.ok().and_then(Result::ok);
    drop(watching);
    Ok(Answered {
        status: answer.status,
        headers: answer.headers,
        stand_in: Echo::read(&answer.body),
        body: answer.body,
        length: answer.length,
        timing: Timing { connected, first_byte: answer.first_byte.duration_since(begun.into()), total },
        remote: to.address,
        record,
    })
}

/// The request as it goes over the wire.
fn written(ask: &Ask) -> Result<Vec<u8>, Unanswered> {
    let Ask { side: _, gateway: _, method, scheme, host, port, path, query, headers } = ask;
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    let refuse = |what: &str, given: &str| {
        Err(Unanswered::Invalid(format!("`{}` is no {what}", given.escape_debug())))
    };
    if method.is_empty() || !method.bytes().all(token) {
        return refuse("method", method);
    }
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_graphic());
    if !plain(path) || !query.as_deref().is_none_or(plain) || !(path.starts_with('/') || path == "*") {
        return Err(Unanswered::Invalid(format!(
            "`{}` is no path: it begins with `/`, and what is no ASCII is encoded as %XX",
            path.escape_debug()
        )));
    }
    if host.is_empty() || !plain(host) {
        return refuse("host", host);
    }
    let usual = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
    let authority = if *port == usual { host.clone() } else { format!("{host}:{port}") };
    let mut text = format!("{method} {path}");
    if let Some(query) = query {
        text.push('?');
        text.push_str(query);
    }
    text.push_str(&format!(" HTTP/1.1\r\nHost: {authority}\r\n"));
    let given = |wanted: &str| headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
    if !given("user-agent") {
        text.push_str(concat!("User-Agent: cutover/", env!("CARGO_PKG_VERSION"), "\r\n"));
    }
    if !given("accept") {
        text.push_str("Accept: */*\r\n");
    }
    for (name, value) in headers {
        if name.is_empty() || !name.bytes().all(token) {
            return refuse("header name", name);
        }
        if value.bytes().any(|b| (b < b' ' && b != b'\t') || b == 0x7f) {
            return refuse(&format!("value of header {name}"), value);
        }
        // There is no body, and the host is the URL's.
        if ["host", "content-length", "transfer-encoding", "expect", "connection"]
            .iter()
            .any(|ours| name.eq_ignore_ascii_case(ours))
        {
            return Err(Unanswered::Invalid(format!("header {name} is written by cutover; leave it out")));
        }
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if matches!(method.as_str(), "POST" | "PUT" | "PATCH") {
        text.push_str("Content-Length: 0\r\n");
    }
    text.push_str("Connection: close\r\n\r\n");
    Ok(text.into_bytes())
}

fn server_name(ask: &Ask, to: Destination) -> Option<ServerName<'static>> {
    match to.protocol {
        PortProtocol::Http => None,
        PortProtocol::Https => {
            let host = ask.host.trim_start_matches('[').trim_end_matches(']');
            Some(ServerName::try_from(host.to_owned()).unwrap_or_else(|_| to.address.ip().into()))
        }
    }
}

#[derive(Deserialize)]
struct Said {
    service: Service,
    request: Received,
}

#[derive(Deserialize)]
struct Service {
    namespace: String,
    name: String,
    port: u16,
}

#[derive(Deserialize)]
struct Received {
    method: String,
    path: String,
    query: Option<String>,
    host: String,
    protocol: String,
    headers: serde_json::Map<String, serde_json::Value>,
}

impl Echo {
    /// What a stand-in said; none when the body is somebody else's.
    fn read(body: &[u8]) -> Option<Self> {
        let Said { service, request } = serde_json::from_slice(body).ok()?;
        let values = |value: serde_json::Value| serde_json::from_value(value).unwrap_or_default();
        Some(Self {
            service: (service.namespace, service.name),
            port: service.port,
            method: request.method,
            path: request.path,
            query: request.query,
            host: request.host,
            protocol: request.protocol,
            headers: request.headers.into_iter().map(|(name, value)| (name, values(value))).collect(),
        })
    }
}
