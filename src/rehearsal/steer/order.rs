//! An order to switch names: what is written, how it is sent, how it is read.

use std::{io, net::SocketAddr, time::Duration};

use serde::{Deserialize, Serialize};

use super::told::{Reason, reason};
use crate::{
    dns::Hostname,
    rehearsal::{
        Switch, Which,
        http::{Body, Connection},
    },
    switch::{Event, Pointing},
};

/// The header that a browser does not send for a page without asking first.
pub(super) const GUARD: &str = "x-cutover";
/// The path of all of it.
pub(super) const PATH: &str = "/dns";
/// For a whole answer of a rehearsal.
const WAIT: Duration = Duration::from_secs(30);
/// Most bytes of one.
const MOST: usize = 64 * 1024 * 1024;

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

impl Order {
    /// Checks and reads it.
    pub(super) fn read(&self) -> Result<Switch, Reason> {
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

/// Asks a running rehearsal for its names, or to switch some: the status, and the JSON of the answer. Blocks.
///
/// # Errors
/// Nobody listens there, or nobody answers in time.
pub fn steer(admin: SocketAddr, order: Option<&Order>) -> io::Result<(u16, Vec<u8>)> {
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
