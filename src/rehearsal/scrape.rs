//! Scrapes the admin address as any Prometheus would: over HTTP, again and again, failures told as failures.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval, timeout},
};

use super::http::{Body, Connection};
use crate::traffic::exposition::{self, Page};

const LIMIT: Duration = Duration::from_secs(5);
const MOST: usize = 256 * 1024 * 1024;

/// Scrapes until nobody takes the pages any more.
pub(super) async fn run(address: SocketAddr, every: Duration, pages_tx: mpsc::Sender<Result<Page, String>>) {
    let mut connection = None;
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let page = match timeout(LIMIT, scrape(address, &mut connection)).await {
            Ok(Ok(text)) => Ok(exposition::parse(&text, |_| true)),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no answer within {} s", LIMIT.as_secs())),
        };
        if page.is_err() {
            connection = None;
        }
        if pages_tx.send(page).await.is_err() {
            return;
        }
    }
}

async fn scrape(address: SocketAddr, kept: &mut Option<Connection>) -> io::Result<String> {
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nAccept: text/plain\r\n\r\n");
    let mut begun = false;
    if let Some(mut connection) = kept.take() {
        match connection.exchange(request.as_bytes(), Body::Keep(MOST), &mut begun).await {
            Ok(answer) => return page(answer, connection, kept),
            // The server closed it meanwhile; that is no failure.
            Err(_) if !begun => {}
            Err(error) => return Err(error),
        }
    }
    let mut connection = Connection::open(address, None).await?;
    let answer = connection.exchange(request.as_bytes(), Body::Keep(MOST), &mut begun).await?;
    page(answer, connection, kept)
}

fn page(
    answer: super::http::Answer,
    connection: Connection,
    kept: &mut Option<Connection>,
) -> io::Result<String> {
    if answer.reusable {
        *kept = Some(connection);
    }
    if answer.status != 200 {
        return Err(io::Error::other(format!("status {}", answer.status)));
    }
    String::from_utf8(answer.body).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests;
