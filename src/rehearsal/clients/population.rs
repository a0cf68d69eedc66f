//! The clients with their sockets: names are resolved through the DNS server that was given, connections kept as each kind
//! keeps them, certificates checked for their name.
//!
//! Which client sends is drawn at random, so that gaps between the requests of one are as [`super::predict`] takes them.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::{
    sync::watch,
    time::{Instant, interval, timeout},
};
use tokio_rustls::TlsConnector;

use super::{
    census::{Census, Outcome},
    client::{Kept, Plan},
    crowd::{Crowd, Open, Sender},
    facts::{Facts, Follower},
    mix::ClientMix,
    requests::{Ask, Places, Requests},
    resolve::resolve,
};
use crate::rehearsal::{
    ClientsView, LoadSetting,
    http::{self, Body, Connection},
    load::pace,
};

/// How long a request may take, with all that goes before it.
const LIMIT: Duration = Duration::from_secs(10);
/// Between two looks for connections that rested too long.
const SWEEP: Duration = Duration::from_millis(100);
/// Between two looks for who only shows it.
const LOOK: Duration = Duration::from_secs(1);

/// How clients are started.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientOptions {
    /// Which there are.
    pub mix: ClientMix,
    /// How many, over all hosts and ports; each of them has at least one.
    pub count: usize,
    /// How much faster than ours their clocks run: a TTL of 300 s is over in 30 s with 10.
    pub speed: f64,
    /// Requests a second of theirs, beside a generator that sends the load; none: they send it in its place.
    pub beside: Option<f64>,
}

impl ClientOptions {
    /// How long resolvers that ignore the TTL believe an answer, at least.
    pub const IGNORED: Duration = Duration::from_hours(1);
}

/// The default mix, 200 of them, on our own clock.
impl Default for ClientOptions {
    fn default() -> Self {
        Self { mix: ClientMix::default(), count: 200, speed: 1.0, beside: None }
    }
}

/// Running clients. Dropping them ends them.
#[derive(Debug)]
pub(in crate::rehearsal) struct Clients {
    shared: Arc<Shared>,
    setting: watch::Sender<LoadSetting>,
}

/// Reads the counts.
#[derive(Clone, Debug)]
pub(in crate::rehearsal) struct ClientsReader {
    shared: Arc<Shared>,
}

struct Shared {
    options: ClientOptions,
    /// Whom they ask for names.
    dns: SocketAddr,
    /// What was answered once is believed for an hour.
    ignore_ttl: AtomicBool,
    connector: TlsConnector,
    begun: Instant,
    aim: ArcSwap<(Requests, Places)>,
    facts: ArcSwap<Facts>,
    crowd: Mutex<Crowd<Connection>>,
    /// The request that is next, where they have an order.
    turn: AtomicUsize,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Clients {
    /// Starts them. Must be called within a runtime.
    pub(in crate::rehearsal) fn start(
        options: ClientOptions,
        dns: SocketAddr,
        setting: LoadSetting,
    ) -> Result<Self, rustls::Error> {
        let shared = Arc::new(Shared {
            connector: http::naming_connector()?,
            begun: Instant::now(),
            aim: ArcSwap::default(),
            facts: ArcSwap::default(),
            crowd: Mutex::new(Crowd::new(options.mix.clone())),
            turn: AtomicUsize::new(0),
            dns,
            ignore_ttl: AtomicBool::new(false),
            options,
        });
        let (setting_tx, setting_rx) = watch::channel(setting);
        let (sender, alive) = (Arc::clone(&shared), setting_rx.clone());
        let mut random = fastrand::Rng::with_seed(5);
        tokio::spawn(pace(setting_rx.clone(), move |place, _| {
            let aim = sender.aim.load_full();
            let (requests, _) = &*aim;
            let ask = if requests.in_order {
                let turn = sender.turn.fetch_add(1, Ordering::Relaxed);
                requests.list.get(turn % requests.list.len().max(1))
            } else {
                random.choice(&requests.list)
            };
            let Some(ask) = ask.cloned() else { return };
            let Some(site) = requests.sites.get(ask.site) else { return };
            let now = sender.now();
            let chosen = sender.crowd().choose(site, &mut random, now);
            let Some((who, plan)) = chosen else { return };
            let (shared, mut alive) = (Arc::clone(&sender), alive.clone());
            tokio::spawn(async move {
                tokio::select! {
                    () = shared.send(&ask, &who, plan) => {}
                    // They are gone; nobody counts any more.
                    () = async { while alive.changed().await.is_ok() {} } => {}
                }
                drop(place);
            });
        }));
        tokio::spawn(sweep(Arc::clone(&shared), setting_rx.clone()));
        tokio::spawn(look(Arc::clone(&shared), setting_rx));
        Ok(Self { shared, setting: setting_tx })
    }

    /// Whether a generator sends the load beside them.
    pub(in crate::rehearsal) fn are_beside(&self) -> bool {
        self.shared.options.beside.is_some()
    }

    /// Changes rate and concurrency, from the next request on.
    pub(in crate::rehearsal) fn set(&self, setting: LoadSetting) {
        self.setting.send_replace(setting);
    }

    /// Changes what is asked for and where. Clients of sites that stay as they are go on.
    pub(in crate::rehearsal) fn aim(&self, requests: Requests, places: Places) {
        self.shared.crowd().deal(&requests, self.shared.options.count);
        self.shared.aim.store(Arc::new((requests, places)));
    }

    /// Counts over all hosts.
    pub(in crate::rehearsal) fn census(&self) -> Census {
        self.shared.crowd().census().clone()
    }

    /// For who only reads.
    pub(in crate::rehearsal) fn reader(&self) -> ClientsReader {
        ClientsReader { shared: Arc::clone(&self.shared) }
    }

    /// Has resolvers keep what they are told from now on, or not any more.
    pub(in crate::rehearsal) fn ignore_ttl(&self, on: bool) {
        self.shared.ignore_ttl.store(on, Ordering::Relaxed);
    }

    /// What a face shows.
    pub(in crate::rehearsal) fn view(&self) -> ClientsView {
        ClientsView {
            options: self.shared.options.clone(),
            setting: *self.setting.borrow(),
            at: self.shared.begun.elapsed(),
            census: self.census(),
            hosts: self.shared.crowd().shares(),
            facts: self.shared.facts.load_full(),
        }
    }
}

async fn sweep(shared: Arc<Shared>, mut alive: watch::Receiver<LoadSetting>) {
    let mut ticks = interval(SWEEP);
    loop {
        tokio::select! {
            _ = ticks.tick() => shared.crowd().sweep(shared.now()),
            changed = alive.changed() => if changed.is_err() { return },
        }
    }
}

impl ClientsReader {
    /// Counts over all hosts.
    pub(in crate::rehearsal) fn census(&self) -> Census {
        self.shared.crowd().census().clone()
    }
}

/// Follows the counts, so that whoever shows them needs no more than a pointer.
async fn look(shared: Arc<Shared>, mut alive: watch::Receiver<LoadSetting>) {
    let (mut ticks, mut follower) = (interval(LOOK), Follower::default());
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                let facts = shared.crowd().follow(&mut follower, shared.begun.elapsed());
                shared.facts.store(Arc::new(facts));
            }
            changed = alive.changed() => if changed.is_err() { return },
        }
    }
}

/// A request under way: where it is, for the count of failures.
struct Way {
    side: Option<crate::routing::Side>,
    /// Over a connection that was open before.
    kept: bool,
    at: Option<SocketAddr>,
}

impl Shared {
    fn now(&self) -> Duration {
        self.begun.elapsed().mul_f64(self.options.speed)
    }

    fn crowd(&self) -> MutexGuard<'_, Crowd<Connection>> {
        self.crowd.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send(&self, ask: &Ask, who: &Sender, plan: Plan<Open<Connection>>) {
        let mut way = Way { side: None, kept: false, at: None };
        let result = timeout(LIMIT, self.exchange(ask, who, plan, &mut way)).await;
        let result = result.unwrap_or_else(|_| Err(format!("no answer within {} s", LIMIT.as_secs())));
        let now = self.now();
        match result {
            Ok((outcome, connection)) => {
                self.crowd().over(who, way.side, way.kept, Ok(outcome), connection, now);
            }
            Err(why) => {
                let why = way.at.map_or_else(
                    || format!("{}: {why}", who.site.host),
                    |at| format!("{} at {at}: {why}", who.site.host),
                );
                self.crowd().over(who, way.side, way.kept, Err(why), None, now);
            }
        }
    }

    /// Sends it, on what the plan says. Gives the connection back when it can be used again.
    async fn exchange(
        &self,
        ask: &Ask,
        who: &Sender,
        plan: Plan<Open<Connection>>,
        way: &mut Way,
    ) -> Result<(Outcome, Option<Kept<Open<Connection>>>), String> {
        let address = match plan {
            Plan::Use(kept) => {
                let mut guard = Guard { shared: self, who, kept: Some(kept) };
                way.kept = true;
                match self.over(ask, who, &mut guard, way).await {
                    Ok(done) => return Ok(done),
                    Err((false, _)) => {
                        // Closed by the other side while it rested: that is no failure, a new one is opened.
                        drop(guard);
                        way.kept = false;
                        let believed = self.crowd().client(who, |client, _| client.believed(self.now()));
                        believed.flatten()
                    }
                    Err((true, error)) => return Err(error.to_string()),
                }
            }
            Plan::Connect(address) => Some(address),
            Plan::Ask | Plan::Busy => None,
        };
        let address = match address {
            Some(address) => address,
            None => self.ask(who).await?,
        };
        let connection = match self.connect(ask, who, address, way).await {
            Ok(connection) => connection,
            Err(error) => {
                let retries = self.crowd().client(who, |client, kind| {
                    if kind.retries {
                        client.forget();
                    }
                    kind.retries
                });
                if retries != Some(true) {
                    return Err(error.to_string());
                }
                let address = self.ask(who).await?;
                self.connect(ask, who, address, way).await.map_err(|error| error.to_string())?
            }
        };
        let mut guard = Guard { shared: self, who, kept: Some(connection) };
        self.over(ask, who, &mut guard, way).await.map_err(|(_, error)| error.to_string())
    }

    /// Asks DNS.
    async fn ask(&self, who: &Sender) -> Result<IpAddr, String> {
        self.crowd().asked(who);
        let told = resolve(self.dns, &who.site.host).await.map_err(|error| error.to_string())?;
        let now = self.now();
        let longer =
            if self.ignore_ttl.load(Ordering::Relaxed) { ClientOptions::IGNORED } else { Duration::ZERO };
        let ttl = told.ttl.max(longer);
        let left = fastrand::f64();
        self.crowd().client(who, |client, kind| client.told(kind, told.address, ttl, left, now));
        Ok(told.address)
    }

    async fn connect(
        &self,
        ask: &Ask,
        who: &Sender,
        address: IpAddr,
        way: &mut Way,
    ) -> io::Result<Kept<Open<Connection>>> {
        let (at, side) = {
            let aim = self.aim.load();
            (aim.1.dial(address, who.site.port), aim.1.side(address))
        };
        (way.at, way.side) = (Some(at), side);
        self.crowd().goes(who, side, self.begun.elapsed());
        let tls = ask.server_name.as_ref().map(|name| (&self.connector, name));
        let connection = Connection::open(at, tls).await?;
        self.crowd().opened(who, side);
        Ok(Kept::new(Open { connection, side }, address, self.now()))
    }

    /// Sends the request over a connection. The flag of an error says whether it is a failure of the request.
    async fn over(
        &self,
        ask: &Ask,
        who: &Sender,
        guard: &mut Guard<'_>,
        way: &mut Way,
    ) -> Result<(Outcome, Option<Kept<Open<Connection>>>), (bool, io::Error)> {
        let Some(kept) = &mut guard.kept else { return Err((true, io::Error::other("no connection"))) };
        way.side = kept.connection.side;
        way.at = Some(self.aim.load().1.dial(kept.address, who.site.port));
        self.crowd().goes(who, way.side, self.begun.elapsed());
        let body = if ask.head_only { Body::Absent } else { Body::Discard };
        let (mut begun, sent) = (false, Instant::now());
        let answer = kept.connection.connection.exchange(&ask.request, body, &mut begun).await;
        let answer = answer.map_err(|error| (begun, error))?;
        let kept = if answer.reusable { guard.kept.take() } else { None };
        Ok((Outcome::Status(answer.status, sent.elapsed()), kept))
    }
}

/// A connection in use: counted as closed when it is not given back.
struct Guard<'s> {
    shared: &'s Shared,
    who: &'s Sender,
    kept: Option<Kept<Open<Connection>>>,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if let Some(kept) = self.kept.take() {
            self.shared.crowd().closed(self.who, kept.connection.side);
        }
    }
}

#[cfg(test)]
mod tests;
