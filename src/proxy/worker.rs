//! One worker: a thread with its own runtime, sockets, pools and counters. Nothing here is shared but the snapshot.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    io,
    rc::Rc,
    sync::{Arc, atomic::Ordering::Relaxed, mpsc as std_mpsc},
    task::Waker,
    time::{Duration, Instant, SystemTime},
};

use arc_swap::{ArcSwap, Cache};
use tokio::{
    sync::{Notify, mpsc},
    task::LocalSet,
};

use super::{
    Options, Snapshot, accept,
    counters::Counters,
    entry::{Entry, Link, Phase},
    guard::Guards,
    hash::Map,
    tap::Tap,
    target::Generation,
    upstream::Pools,
};
use crate::routing::{PortKey, Side};

/// Most open connections of clients to one worker; further ones wait in the sockets' queues.
pub(super) const MAX_CONNECTIONS: usize = 16 * 1024;

/// A client that neither sends the body it announced nor reads its answer is left after four times the idle timeout, and
/// at the latest after this time.
const LONGEST_STALL: Duration = Duration::from_mins(2);

/// How long an answer is waited for when the client has closed its sending side: from outside it looks the same whether
/// it still reads or is gone.
const LEAVING: Duration = Duration::from_secs(5);

/// What a worker is told.
pub(super) enum Command {
    Bind(PortKey, std::net::TcpListener),
    /// Answered when the socket is closed.
    Unbind(PortKey, std_mpsc::SyncSender<()>),
    /// Finish within this time.
    Stop(Duration),
}

/// The state of one worker. Lives on its thread.
pub(super) struct Worker {
    pub(super) options: Options,
    pub(super) counters: Arc<Counters>,
    pub(super) tap: Tap,
    pub(super) pools: Pools,
    /// Connections for copies: a slow receiver of copies must not cost the others theirs.
    pub(super) mirror_pools: Pools,
    /// Copies under way.
    pub(super) mirrors: Cell<usize>,
    /// Shared by all listeners, so that a session resumes at any worker.
    pub(super) ticketer: Option<Arc<dyn rustls::server::ProducesTickets>>,
    /// Limits and passwords, with the other workers.
    pub(super) guards: Arc<Guards>,
    published: RefCell<Cache<Arc<ArcSwap<Snapshot>>, Arc<Snapshot>>>,
    generation: RefCell<Rc<Generation>>,
    entries: RefCell<HashMap<PortKey, Rc<Entry>>>,
    links: RefCell<Map<u64, Rc<Link>>>,
    /// Streams of HTTP/2.
    streams: RefCell<Map<u64, Rc<Link>>>,
    last_link: Cell<u64>,
    /// Told when a connection ends.
    pub(super) left: Notify,
    date: RefCell<(u64, String)>,
}

impl Worker {
    pub(super) fn new(
        options: Options,
        published: Arc<ArcSwap<Snapshot>>,
        counters: Arc<Counters>,
        tap: Tap,
        ticketer: Option<Arc<dyn rustls::server::ProducesTickets>>,
        guards: Arc<Guards>,
    ) -> Self {
        let snapshot = published.load_full();
        Self {
            options,
            counters,
            tap,
            pools: Pools::default(),
            mirror_pools: Pools::default(),
            mirrors: Cell::new(0),
            ticketer,
            guards,
            published: RefCell::new(Cache::new(published)),
            generation: RefCell::new(Rc::new(Generation::new(0, snapshot))),
            entries: RefCell::default(),
            links: RefCell::default(),
            streams: RefCell::default(),
            last_link: Cell::new(0),
            left: Notify::new(),
            date: RefCell::default(),
        }
    }

    /// What is executed now, with what this worker prepared from it. Asked once per request.
    pub(super) fn generation(&self) -> Rc<Generation> {
        let mut published = self.published.borrow_mut();
        let snapshot = published.load();
        let mut generation = self.generation.borrow_mut();
        if !Arc::ptr_eq(snapshot, &generation.snapshot) {
            *generation = Rc::new(Generation::new(generation.number + 1, Arc::clone(snapshot)));
        }
        Rc::clone(&generation)
    }

    /// Takes a connection into account until the guard is dropped.
    pub(super) fn register(self: &Rc<Self>, link: Rc<Link>) -> Registered {
        let id = self.next_id();
        let side = link.entry.key.side;
        self.links.borrow_mut().insert(id, link);
        self.counters.connections(side).fetch_add(1, Relaxed);
        Registered { worker: Rc::clone(self), id, side }
    }

    /// Watches the clock of a stream until the guard is dropped.
    pub(super) fn watch(self: &Rc<Self>, stream: Rc<Link>) -> Watched {
        let id = self.next_id();
        self.streams.borrow_mut().insert(id, stream);
        Watched { worker: Rc::clone(self), id }
    }

    fn next_id(&self) -> u64 {
        let id = self.last_link.get() + 1;
        self.last_link.set(id);
        id
    }

    /// Open connections of clients.
    pub(super) fn connections(&self) -> usize {
        self.links.borrow().len()
    }

    /// The value of a `Date` header.
    pub(super) fn with_date<T>(&self, use_it: impl FnOnce(&str) -> T) -> T {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut date = self.date.borrow_mut();
        if date.0 != now {
            *date = (now, super::answer::date(now));
        }
        use_it(&date.1)
    }

    /// Ends what waited too long, closes idle connections to backends.
    fn sweep(&self) {
        let now = Instant::now();
        let stalled = self.options.idle_timeout.saturating_mul(4).min(LONGEST_STALL);
        let is_late = |link: &&Rc<Link>| {
            let longest = match link.phase.get() {
                Phase::Idle => self.options.idle_timeout,
                Phase::Head => self.options.head_timeout,
                Phase::Stalled => stalled,
                Phase::Leaving => LEAVING,
                Phase::Busy => return false,
            };
            now.saturating_duration_since(link.since.get()) >= longest
        };
        let mut late: Vec<_> = self.links.borrow().values().filter(is_late).cloned().collect();
        late.extend(self.streams.borrow().values().filter(is_late).cloned());
        // Nothing is borrowed here: what expires may take itself out of the lists.
        for link in late {
            link.expire();
        }
    }

    fn close(&self, key: Option<&PortKey>) {
        for entry in self.entries.borrow().values() {
            if key.is_none_or(|key| *key == entry.key) {
                entry.close();
            }
        }
        self.wake_closing();
    }

    /// Has the connections of closing ports look whether they can end now.
    fn wake_closing(&self) {
        for link in self.links.borrow().values() {
            if link.entry.is_closing() {
                link.wake();
            }
        }
    }
}

/// Takes a connection out of the list when dropped.
pub(super) struct Registered {
    worker: Rc<Worker>,
    id: u64,
    side: Side,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.worker.links.borrow_mut().remove(&self.id);
        self.worker.counters.connections(self.side).fetch_sub(1, Relaxed);
        self.worker.left.notify_waiters();
    }
}

/// Takes a stream out of the list when dropped.
pub(super) struct Watched {
    worker: Rc<Worker>,
    id: u64,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.worker.streams.borrow_mut().remove(&self.id);
    }
}

/// The thread of a worker: serves until told to stop.
pub(super) fn run(
    runtime: &tokio::runtime::Runtime,
    worker: Worker,
    commands: mpsc::UnboundedReceiver<Command>,
) {
    let local = LocalSet::new();
    local.block_on(runtime, obey(Rc::new(worker), commands));
}

async fn obey(worker: Rc<Worker>, mut commands: mpsc::UnboundedReceiver<Command>) {
    let shortest = worker.options.head_timeout.min(worker.options.idle_timeout) / 8;
    let mut sweeps = tokio::time::interval(shortest.clamp(Duration::from_millis(20), Duration::from_secs(1)));
    sweeps.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let grace = loop {
        tokio::select! {
            command = commands.recv() => match command {
                Some(Command::Bind(key, listener)) => bind(&worker, key, listener),
                Some(Command::Unbind(key, done)) => {
                    worker.close(Some(&key));
                    let entry = worker.entries.borrow_mut().remove(&key);
                    if let Some(entry) = entry {
                        tokio::task::spawn_local(async move {
                            entry.accepting_ended().await;
                            let _ = done.send(());
                        });
                    }
                }
                Some(Command::Stop(grace)) => break grace,
                None => break Duration::ZERO,
            },
            _ = sweeps.tick() => {
                worker.sweep();
                let now = Instant::now();
                worker.pools.http1.sweep(now, worker.options.idle_timeout);
                worker.mirror_pools.http1.sweep(now, worker.options.idle_timeout);
            }
        }
    };
    worker.close(None);
    if grace.is_zero() {
        return;
    }
    let deadline = tokio::time::Instant::now() + grace;
    let entries: Vec<_> = worker.entries.borrow().values().cloned().collect();
    for entry in entries {
        let _ = tokio::time::timeout_at(deadline, entry.accepting_ended()).await;
    }
    loop {
        let left = worker.left.notified();
        tokio::pin!(left);
        left.as_mut().enable();
        if worker.connections() == 0 && worker.mirrors.get() == 0 {
            return;
        }
        let tick = (tokio::time::Instant::now() + Duration::from_millis(50)).min(deadline);
        let _ = tokio::time::timeout_at(tick, left).await;
        worker.sweep();
        if tokio::time::Instant::now() >= deadline {
            return;
        }
    }
}

fn bind(worker: &Rc<Worker>, key: PortKey, listener: std::net::TcpListener) {
    let listener: io::Result<_> = tokio::net::TcpListener::from_std(listener);
    match listener {
        Ok(listener) => {
            let entry = Rc::new(Entry::new(key.clone()));
            let before = worker.entries.borrow_mut().insert(key, Rc::clone(&entry));
            if let Some(before) = before {
                before.close();
                worker.wake_closing();
            }
            tokio::task::spawn_local(accept::run(Rc::clone(worker), entry, listener));
        }
        Err(error) => tracing::error!(port = key.port, %error, "a listening socket can not be used"),
    }
}

/// A waker that is kept while its task waits.
#[derive(Default)]
pub(super) struct Kept(RefCell<Option<Waker>>);

impl Kept {
    /// Remembers the waker of the task that is polled.
    pub(super) fn keep(&self, waker: &Waker) {
        let mut kept = self.0.borrow_mut();
        if !kept.as_ref().is_some_and(|kept| kept.will_wake(waker)) {
            *kept = Some(waker.clone());
        }
    }

    /// Wakes the task.
    pub(super) fn wake(&self) {
        if let Some(waker) = &*self.0.borrow() {
            waker.wake_by_ref();
        }
    }
}
