//! A client's connection: TLS first where the port wants it, then HTTP/1.1 or HTTP/2.

mod around;
pub(super) mod client;
pub(super) mod deadline;
pub(super) mod exchange;
mod forward;
mod measure;
pub(super) mod open;
pub(super) mod prepare;
mod serve;
#[cfg(test)]
mod tests;
pub(super) mod translate;
mod tunnel;

use std::rc::Rc;

use tokio::net::TcpStream;

use super::{entry::Link, tls, worker::Worker};
use crate::routing::PortProtocol;

pub(super) use serve::serve;

/// Serves a connection to its end.
pub(super) async fn begin(worker: Rc<Worker>, link: Rc<Link>, stream: TcpStream) {
    let protocol = link.entry.port(&worker.generation()).map(|port| port.protocol);
    match protocol {
        Some(PortProtocol::Https) => Box::pin(tls::begin(worker, link, stream)).await,
        // A port that left the table answers 404 until it is unbound.
        Some(PortProtocol::Http) | None => serve(worker, link, stream).await,
    }
}
