//! Steering a rehearsal through its admin address: `GET /dns` and `POST /dns`, and the DNS counters of `/metrics`.
//!
//! Whoever reaches the port may read. Only this machine may change something, and no page in a browser: such a page can
//! send to any address, but neither `application/json` nor a header of its own without being allowed to before; and one
//! that has its own name lead here (rebinding) comes with that name as `Host`.

mod metrics;
mod order;
mod told;

use std::{net::SocketAddr, sync::Arc};

use http::{HeaderMap, Method, Response, StatusCode, header, request::Parts};
use tokio::sync::{mpsc::WeakUnboundedSender, oneshot};

pub use order::{Order, steer};

use self::{
    order::{GUARD, PATH},
    told::{Outcome, Reason, Shown, json, reason, said},
};
use super::{Command, Switch, clients::ClientsReader};
use crate::{
    dns::Reader,
    proxy::{Annex, Answering, Asked},
};

/// What the admin address has besides the proxy's.
pub(super) struct Steer {
    /// Weak: a rehearsal that nobody holds ends.
    pub(super) commands: WeakUnboundedSender<Command>,
    /// None without DNS.
    pub(super) names: Option<Reader>,
    /// None without clients.
    pub(super) clients: Option<ClientsReader>,
}

impl Annex for Steer {
    fn metrics(&self, text: &mut String) {
        if let Some(names) = &self.names {
            metrics::write(names, text);
        }
        if let Some(clients) = &self.clients {
            metrics::write_clients(&clients.census(), text);
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

/// The annex of a rehearsal.
pub(super) fn annex(
    commands: WeakUnboundedSender<Command>,
    names: Option<Reader>,
    clients: Option<ClientsReader>,
) -> Arc<dyn Annex> {
    Arc::new(Steer { commands, names, clients })
}

#[cfg(test)]
mod tests;
