//! Connections kept open between requests, no more than allowed over all addresses together.

use std::{
    collections::HashMap,
    fmt, io,
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rustls_pki_types::ServerName;
use tokio_rustls::TlsConnector;

use super::Target;
use crate::rehearsal::http::{Body, Connection};

/// What connections are kept by: over TLS each server name has its own.
type PoolKey = (SocketAddr, Option<ServerName<'static>>);

#[derive(Default)]
pub(super) struct Pool {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    idle: HashMap<PoolKey, Vec<Connection>>,
    /// Idle ones and those in use.
    open: usize,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("open", &self.kept().open).finish_non_exhaustive()
    }
}

impl Pool {
    /// Sends a target's request and reads the answer to its end; the answer's status does not matter here.
    pub(super) async fn exchange(
        &self,
        connector: &TlsConnector,
        target: &Target,
        most: usize,
    ) -> io::Result<()> {
        let key = (target.address, target.server_name.clone());
        let body = if target.head_only { Body::Absent } else { Body::Discard };
        let mut place = Place { pool: self, connection: None };
        if let Some(connection) = self.idle(&key) {
            let mut begun = false;
            let connection = place.connection.insert(connection);
            match connection.exchange(&target.request, body, &mut begun).await {
                Ok(answer) => {
                    place.keep(key, answer.reusable);
                    return Ok(());
                }
                // Closed by the other side while idle: that is no failure, a new one is opened.
                Err(_) if !begun => place.connection = None,
                Err(error) => return Err(error),
            }
        } else {
            self.make_room(most);
        }
        let tls = target.server_name.as_ref().map(|name| (connector, name));
        let connection = place.connection.insert(Connection::open(target.address, tls).await?);
        let answer = connection.exchange(&target.request, body, &mut false).await?;
        place.keep(key, answer.reusable);
        Ok(())
    }

    /// Closes idle connections to other addresses.
    pub(super) fn keep_only(&self, wanted: impl Fn(&SocketAddr) -> bool) {
        let mut kept = self.kept();
        let gone: usize =
            kept.idle.iter().filter(|(key, _)| !wanted(&key.0)).map(|(_, idle)| idle.len()).sum();
        kept.open = kept.open.saturating_sub(gone);
        kept.idle.retain(|key, _| wanted(&key.0));
    }

    /// Connections open now, idle ones among them.
    #[cfg(test)]
    pub(super) fn open(&self) -> usize {
        self.kept().open
    }

    fn idle(&self, key: &PoolKey) -> Option<Connection> {
        self.kept().idle.get_mut(key).and_then(Vec::pop)
    }

    /// Counts a new connection; an idle one of another address is closed when there are too many.
    fn make_room(&self, most: usize) {
        let mut kept = self.kept();
        if kept.open >= most && kept.idle.values_mut().find_map(Vec::pop).is_some() {
            kept.open -= 1;
        }
        kept.open += 1;
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection in use: counted as open until dropped, also when the request is given up.
struct Place<'p> {
    pool: &'p Pool,
    connection: Option<Connection>,
}

impl Place<'_> {
    fn keep(mut self, key: PoolKey, reusable: bool) {
        if let Some(connection) = self.connection.take().filter(|_| reusable) {
            let mut kept = self.pool.kept();
            kept.idle.entry(key).or_default().push(connection);
            // Dropping the place takes it back off.
            kept.open += 1;
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut kept = self.pool.kept();
        kept.open = kept.open.saturating_sub(1);
    }
}
