//! The newest requests that went through the gateway, for a face to show; and the one that a question waits for.
//!
//! Taken from the proxy at most ten times a second. However many come, a face sees a value with the newest of them and
//! how many it could not see: it is never behind.

use std::{collections::HashMap, net::SocketAddr, sync::Arc, time::Duration};

use imbl::Vector;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep_until},
};

use crate::proxy::{self, Batch, Record, Watching};

/// Requests that are kept.
pub(super) const KEPT: usize = 10_000;
/// Between two looks.
const EVERY: Duration = Duration::from_millis(100);

/// The newest requests, at most 10,000.
#[derive(Clone, Debug, Default)]
pub struct Tail {
    /// Oldest first, by the time at which they ended.
    pub records: Vector<Arc<Record>>,
    /// Number of the first of `records`, counted from 0 since the start: who remembers a number finds the same record.
    pub first: u64,
    /// Requests that went by while they were watched and were never among `records`: more came than could be taken.
    pub lost: u64,
    /// Whether new ones are followed.
    pub watched: bool,
}

/// What the follower is told.
pub(super) enum Order {
    /// Follow, or leave off.
    Follow(bool),
    /// Give the record of the request of this client.
    Find(SocketAddr, oneshot::Sender<Arc<Record>>),
}

impl Tail {
    /// The record with this number, while it is kept.
    pub fn get(&self, number: u64) -> Option<&Arc<Record>> {
        self.records.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    fn add(&mut self, record: Arc<Record>) {
        if self.records.len() >= KEPT {
            self.records.pop_front();
            self.first += 1;
        }
        self.records.push_back(record);
    }
}

/// Follows until nobody can give orders any more.
pub(super) async fn follow(
    tail: proxy::Tail,
    mut orders: mpsc::UnboundedReceiver<Order>,
    shown_tx: watch::Sender<Tail>,
) {
    let mut follower = Follower { tail, shown_tx, watching: None, wanted: HashMap::new() };
    // Set once something has come, until it is taken.
    let mut due: Option<Instant> = None;
    let mut next = Instant::now();
    loop {
        let look = async {
            match due {
                Some(due) => sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            order = orders.recv() => match order {
                Some(order) => follower.obey(order),
                None => return,
            },
            () = follower.tail.came(), if due.is_none() => due = Some(next.max(Instant::now())),
            () = look => {
                due = None;
                next = Instant::now() + EVERY;
                let batch = follower.tail.take();
                // Who asks says so before the request is sent: that order is here by now.
                while let Ok(order) = orders.try_recv() {
                    follower.obey(order);
                }
                follower.give(batch);
            }
        }
    }
}

/// Who follows.
struct Follower {
    tail: proxy::Tail,
    shown_tx: watch::Sender<Tail>,
    /// While the face wants to see.
    watching: Option<Watching>,
    /// Who waits for the record of a request, by the address that it comes from.
    wanted: HashMap<SocketAddr, oneshot::Sender<Arc<Record>>>,
}

impl Follower {
    fn obey(&mut self, order: Order) {
        match order {
            Order::Find(client, answer) => {
                self.wanted.insert(client, answer);
            }
            Order::Follow(on) => {
                self.watching = on.then(|| self.watching.take().unwrap_or_else(|| self.tail.watch()));
                self.shown_tx.send_if_modified(|shown| std::mem::replace(&mut shown.watched, on) != on);
            }
        }
    }

    fn give(&mut self, batch: Batch) {
        let Batch { records, lost } = batch;
        let records: Vec<_> = records.into_iter().map(Arc::new).collect();
        self.wanted.retain(|_, answer| !answer.is_closed());
        if !self.wanted.is_empty() {
            for record in &records {
                if let Some(answer) = self.wanted.remove(&record.client) {
                    let _ = answer.send(Arc::clone(record));
                }
            }
        }
        if self.watching.is_some() && !(records.is_empty() && lost == 0) {
            self.shown_tx.send_modify(|shown| {
                shown.lost += lost;
                for record in records {
                    shown.add(record);
                }
            });
        }
    }
}
