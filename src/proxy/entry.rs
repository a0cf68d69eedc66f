//! A bound port of one worker, and the connections that came through it.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use tokio::sync::Notify;

use super::{identity::Identity, target::Generation, worker::Kept};
use crate::routing::{Port, PortKey, Reading};

/// A bound port.
pub(super) struct Entry {
    pub(super) key: PortKey,
    /// The port as text, for `X-Forwarded-Port`.
    pub(super) port_text: String,
    closing: Cell<bool>,
    /// Told when accepting is to end, and when it has.
    accepting: Notify,
    ended: Cell<bool>,
    /// The port in the table of a generation.
    found: RefCell<Option<(u64, Option<Arc<Port>>)>>,
}

impl Entry {
    pub(super) fn new(key: PortKey) -> Self {
        Self {
            port_text: key.port.to_string(),
            key,
            closing: Cell::new(false),
            accepting: Notify::new(),
            ended: Cell::new(false),
            found: RefCell::new(None),
        }
    }

    /// Nothing more is accepted, and connections end with the answer under way.
    pub(super) fn close(&self) {
        self.closing.set(true);
        self.accepting.notify_waiters();
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.get()
    }

    /// Waits until [`Self::close`] is called.
    pub(super) async fn closed(&self) {
        self.until(|| self.closing.get()).await;
    }

    /// The socket is closed now.
    pub(super) fn end_accepting(&self) {
        self.ended.set(true);
        self.accepting.notify_waiters();
    }

    /// Waits until the socket is closed.
    pub(super) async fn accepting_ended(&self) {
        self.until(|| self.ended.get()).await;
    }

    async fn until(&self, done: impl Fn() -> bool) {
        loop {
            let told = self.accepting.notified();
            tokio::pin!(told);
            told.as_mut().enable();
            if done() {
                return;
            }
            told.await;
        }
    }

    /// How its requests are read.
    pub(super) fn reading(&self, generation: &Generation) -> Reading {
        self.port(generation).map_or(Reading::Strict, |port| port.reading)
    }

    /// The port in the table; none when the table has it no more.
    pub(super) fn port(&self, generation: &Generation) -> Option<Arc<Port>> {
        if let Some((number, port)) = &*self.found.borrow()
            && *number == generation.number
        {
            return port.clone();
        }
        let port = generation.snapshot.table.ports.get(&self.key).cloned();
        *self.found.borrow_mut() = Some((generation.number, port.clone()));
        port
    }
}

/// What a connection is doing; decides how long it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Between requests.
    Idle,
    /// A head, or a TLS handshake, is coming.
    Head,
    /// The backend is waited for, or bytes move.
    Busy,
    /// The client is waited for in the middle of a message.
    Stalled,
    /// The backend is waited for by a client that said it will send nothing more: it may be gone.
    Leaving,
}

/// What [`Link::expire`] does beside waking.
type Release = Box<dyn FnOnce()>;

/// A connection of a client, or a stream of one, as others see it.
pub(super) struct Link {
    pub(super) entry: Rc<Entry>,
    pub(super) phase: Cell<Phase>,
    pub(super) since: Cell<Instant>,
    expired: Cell<bool>,
    aborted: Cell<bool>,
    waker: Kept,
    /// Gives back what is held for a client that stalls where nobody looks at the clock.
    release: RefCell<Option<Release>>,
    /// The client's address without port, for `X-Forwarded-For`.
    pub(super) client: Rc<str>,
    /// The client's address.
    pub(super) peer: SocketAddr,
    /// Over TLS: the listener that the name in the handshake chose.
    pub(super) listener: RefCell<Option<Arc<str>>>,
    pub(super) encrypted: Cell<bool>,
    /// The name in the handshake.
    pub(super) name: RefCell<Option<Rc<str>>>,
    /// What the client showed there, where it was asked.
    pub(super) identity: RefCell<Option<Rc<Identity>>>,
}

impl Link {
    pub(super) fn new(entry: Rc<Entry>, client: SocketAddr) -> Self {
        Self {
            entry,
            phase: Cell::new(Phase::Head),
            since: Cell::new(Instant::now()),
            expired: Cell::new(false),
            aborted: Cell::new(false),
            waker: Kept::default(),
            release: RefCell::new(None),
            client: client.ip().to_canonical().to_string().into(),
            peer: SocketAddr::new(client.ip().to_canonical(), client.port()),
            listener: RefCell::new(None),
            encrypted: Cell::new(false),
            name: RefCell::new(None),
            identity: RefCell::new(None),
        }
    }

    /// A stream of this connection, with a clock and a waker of its own.
    pub(super) fn stream(&self) -> Self {
        Self {
            entry: Rc::clone(&self.entry),
            phase: Cell::new(Phase::Busy),
            since: Cell::new(Instant::now()),
            expired: Cell::new(false),
            aborted: Cell::new(false),
            waker: Kept::default(),
            release: RefCell::new(None),
            client: Rc::clone(&self.client),
            peer: self.peer,
            listener: self.listener.clone(),
            encrypted: self.encrypted.clone(),
            name: self.name.clone(),
            identity: self.identity.clone(),
        }
    }

    /// `http` or `https`.
    pub(super) fn scheme(&self) -> &'static str {
        if self.encrypted.get() { "https" } else { "http" }
    }

    /// Begins to do something else.
    pub(super) fn enter(&self, phase: Phase) {
        self.enter_at(phase, Instant::now());
    }

    /// Begins to do something else, with the time known.
    pub(super) fn enter_at(&self, phase: Phase, now: Instant) {
        self.phase.set(phase);
        self.since.set(now);
        self.expired.set(false);
    }

    /// The time for what it does is over.
    pub(super) fn expire(&self) {
        self.expired.set(true);
        if let Some(release) = self.release.take() {
            release();
        }
        self.waker.wake();
    }

    /// What is to be done when the time is over, for a task that waits where it can not see that.
    pub(super) fn on_expiry(&self, release: Release) {
        *self.release.borrow_mut() = Some(release);
    }

    /// Ends the connection whatever it does.
    pub(super) fn abort(&self) {
        self.aborted.set(true);
        self.waker.wake();
    }

    pub(super) fn is_aborted(&self) -> bool {
        self.aborted.get()
    }

    pub(super) fn is_expired(&self) -> bool {
        self.expired.get()
    }

    /// Has the connection look again at what it waits for.
    pub(super) fn wake(&self) {
        self.waker.wake();
    }

    /// The task of this connection is polled now, and wants to be woken for [`Self::wake`].
    pub(super) fn keep(&self, cx: &Context<'_>) {
        self.waker.keep(cx.waker());
    }

    /// Ready when the time is over; for waits that have no other clock.
    pub(super) fn poll_expired(&self, cx: &Context<'_>) -> Poll<()> {
        self.keep(cx);
        if self.expired.get() { Poll::Ready(()) } else { Poll::Pending }
    }
}
