//! Steady load over the routes' own matches, or over what was recorded: real requests over real sockets, at a rate that
//! can be changed at any time.
//!
//! A request that finds every connection busy is left out, not sent later: after a stall there is no burst.

mod pace;
mod pool;
mod probe;
mod replay;
mod sample;
mod targets;
#[cfg(test)]
mod tests;

use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::{sync::watch, time::timeout};
use tokio_rustls::TlsConnector;

use super::{LoadSetting, LoadView, Mix, RecordedView, http};
use crate::routing::{BackendId, PortKey, Table};
pub(super) use pace::pace;
use pool::Pool;
pub(super) use probe::shared_host;
pub(super) use sample::on_listener;
pub use sample::sample;
use targets::Target;
pub(super) use targets::Targets;

/// How long an answer may take before the request counts as failed.
const LIMIT: Duration = Duration::from_secs(10);

/// The generator. Dropping it stops it.
#[derive(Debug)]
pub(super) struct Load {
    shared: Arc<Shared>,
    setting_tx: watch::Sender<LoadSetting>,
    mix: Mix,
}

#[derive(Debug)]
struct Shared {
    targets: ArcSwap<Targets>,
    pool: Pool,
    sent: AtomicU64,
    failed: AtomicU64,
    last_failure: Mutex<Option<String>>,
    /// The target that is next, where they have an order.
    turn: AtomicUsize,
}

impl Load {
    /// Starts sending. Must be called within a runtime.
    pub(super) fn start(setting: LoadSetting, mix: Mix) -> Result<Self, rustls::Error> {
        let shared = Arc::new(Shared {
            targets: ArcSwap::default(),
            pool: Pool::default(),
            sent: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            last_failure: Mutex::new(None),
            turn: AtomicUsize::new(0),
        });
        let (setting_tx, setting_rx) = watch::channel(setting);
        let (sender, connector) = (Arc::clone(&shared), http::connector()?);
        let alive = setting_rx.clone();
        // Same order at every start.
        let mut random = fastrand::Rng::with_seed(4);
        tokio::spawn(pace(setting_rx, move |place, concurrency| {
            let targets = sender.targets.load();
            let target = if targets.in_order {
                let turn = sender.turn.fetch_add(1, Ordering::Relaxed);
                targets.list.get(turn % targets.list.len().max(1))
            } else {
                random.choice(&targets.list)
            };
            let Some(target) = target.cloned() else { return };
            let (shared, connector, alive) = (Arc::clone(&sender), connector.clone(), alive.clone());
            tokio::spawn(async move {
                send(&shared, &connector, &target, concurrency, alive).await;
                drop(place);
            });
        }));
        Ok(Self { shared, setting_tx, mix })
    }

    /// Changes rate and concurrency, from the next request on.
    pub(super) fn set(&self, setting: LoadSetting) {
        self.setting_tx.send_replace(setting);
    }

    /// Changes what is asked for, from the next [`Load::aim`] on.
    pub(super) fn mix(&mut self, mix: Mix) {
        if self.mix != mix {
            self.shared.turn.store(0, Ordering::Relaxed);
        }
        self.mix = mix;
    }

    /// Asks for what the mix gives over a Table.
    pub(super) fn aim_at(
        &self,
        table: &Table,
        bound: impl Fn(&PortKey) -> Option<SocketAddr>,
        answered: impl Fn(&BackendId) -> bool,
    ) {
        self.aim(self.targets(table, bound, answered));
    }

    /// What the mix gives over a Table.
    pub(super) fn targets(
        &self,
        table: &Table,
        bound: impl Fn(&PortKey) -> Option<SocketAddr>,
        answered: impl Fn(&BackendId) -> bool,
    ) -> Targets {
        match &self.mix {
            Mix::Routes => Targets::of(table, bound, answered),
            Mix::Recorded(recording) => Targets::recorded(recording, table, bound),
        }
    }

    /// Changes what is asked for; connections to addresses that are gone are closed.
    fn aim(&self, targets: Targets) {
        let addresses: HashSet<_> = targets.list.iter().map(|target| target.address).collect();
        self.shared.pool.keep_only(|address| addresses.contains(address));
        self.shared.targets.store(Arc::new(targets));
    }

    /// The generator now.
    pub(super) fn view(&self) -> LoadView {
        let targets = self.shared.targets.load();
        LoadView {
            setting: *self.setting_tx.borrow(),
            sent: self.shared.sent.load(Ordering::Relaxed),
            failed: self.shared.failed.load(Ordering::Relaxed),
            last_failure: self.shared.last_failure.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            targets: targets.different,
            by_side: targets.by_side,
            recorded: match &self.mix {
                Mix::Routes => None,
                Mix::Recorded(recording) => Some(RecordedView {
                    recording: Arc::clone(recording),
                    unserved: targets.skipped,
                    why: targets.why.clone(),
                }),
            },
        }
    }
}

async fn send(
    shared: &Shared,
    connector: &TlsConnector,
    target: &Target,
    concurrency: usize,
    mut alive: watch::Receiver<LoadSetting>,
) {
    shared.sent.fetch_add(1, Ordering::Relaxed);
    let outcome = tokio::select! {
        outcome = timeout(LIMIT, shared.pool.exchange(connector, target, concurrency)) => outcome,
        // The generator is gone; nobody counts any more.
        () = async { while alive.changed().await.is_ok() {} } => return,
    };
    let why = match outcome {
        Ok(Ok(())) => return,
        Ok(Err(error)) => format!("{}: {error}", target.address),
        Err(_) => format!("{}: no answer within {} s", target.address, LIMIT.as_secs()),
    };
    shared.failed.fetch_add(1, Ordering::Relaxed);
    *shared.last_failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
}
