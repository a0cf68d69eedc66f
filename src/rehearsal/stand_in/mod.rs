//! A stand-in backend: a loopback server that answers for one Service port, says who it is and what it was
//! asked, and can be told to fail, to be slow, or to be down.

mod answer;
mod crowd;
mod http1;
mod http2;
mod sha1;
#[cfg(test)]
mod tests;
mod websocket;

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    io,
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU64,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
};

use super::Fault;
use crate::routing::BackendId;
pub(super) use crowd::Crowd;
use crowd::Seat;

const BACKLOG: u32 = 1024;
/// Pause before a door that could not be opened, or a connection that could not be taken, is tried again.
const AGAIN: Duration = Duration::from_millis(20);

/// A running stand-in. Dropping it closes its port; answers under way are finished.
#[derive(Debug)]
pub(super) struct StandIn {
    address: SocketAddr,
    shared: Arc<Shared>,
    fault_tx: watch::Sender<Fault>,
    /// Its place behind a socket that it shares with others.
    _seat: Option<Seat>,
}

/// What the connections of one stand-in share.
#[derive(Debug)]
struct Shared {
    backend: Arc<BackendId>,
    answers: AtomicU64,
    /// Where the row of deterministic random numbers begins.
    seed: u64,
}

/// The port, open or shut.
enum Door {
    Open(TcpListener),
    /// Bound, so that nobody else takes it, and not listening, so that connections are refused.
    Shut(TcpSocket),
    /// Could not be bound again; tried again soon.
    Lost,
}

impl StandIn {
    /// Listens on a loopback port that the system chooses. Must be called within a runtime.
    pub(super) fn open(backend: Arc<BackendId>, fault: Fault) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let address = socket.local_addr()?;
        let shared = Shared::of(backend);
        let (fault_tx, fault_rx) = watch::channel(fault);
        let door = if fault.down { Door::Shut(socket) } else { Door::Open(socket.listen(BACKLOG)?) };
        tokio::spawn(serve(door, address, Arc::clone(&shared), fault_rx));
        Ok(Self { address, shared, fault_tx, _seat: None })
    }

    /// Answers at an address of its own behind a socket that many share.
    pub(super) fn among(crowd: &Crowd, backend: Arc<BackendId>, fault: Fault) -> Self {
        let shared = Shared::of(backend);
        let (fault_tx, fault_rx) = watch::channel(fault);
        let seat = crowd.sit(Arc::clone(&shared), fault_rx);
        Self { address: seat.address(), shared, fault_tx, _seat: Some(seat) }
    }

    /// Where it answers.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it is told to do wrong.
    pub(super) fn fault(&self) -> Fault {
        *self.fault_tx.borrow()
    }

    /// Tells it what to do wrong, from the next answer on.
    pub(super) fn set_fault(&self, fault: Fault) {
        self.fault_tx.send_replace(fault);
    }

    /// Answers since the start, faulty ones too.
    pub(super) fn answers(&self) -> u64 {
        self.shared.answers.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn of(backend: Arc<BackendId>) -> Arc<Self> {
        let mut hasher = DefaultHasher::new();
        backend.hash(&mut hasher);
        Arc::new(Self { backend, answers: AtomicU64::new(0), seed: hasher.finish() })
    }

    /// Counts an answer, waits as long as it is told to, and says what the answer is to be.
    async fn decide(&self, fault: &watch::Receiver<Fault>) -> Told {
        let nth = self.answers.fetch_add(1, Ordering::Relaxed);
        let fault = *fault.borrow();
        let wait = fault.wait(chance(!self.seed, nth));
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        let status = match fault.code {
            _ if chance(self.seed, nth) >= fault.share => 200,
            200..=999 => fault.code,
            // No code that could end an exchange.
            _ => 500,
        };
        Told { status, pace: fault.pace }
    }
}

/// What an answer is to be.
struct Told {
    status: u16,
    /// Bytes a second of its body.
    pace: Option<NonZeroU64>,
}

/// Pieces of a slow body are this far apart.
const BEAT: Duration = Duration::from_millis(50);

/// How many bytes go in one piece, and how long after it the next one goes.
fn beat(pace: NonZeroU64) -> (usize, Duration) {
    let piece = pace.get().saturating_mul(BEAT.as_millis() as u64) / 1000;
    let piece = usize::try_from(piece.max(1)).unwrap_or(usize::MAX);
    (piece, Duration::from_secs_f64((piece as f64 / pace.get() as f64).min(3600.0)))
}

/// The n-th number of a seed's row, 0 to 1: SplitMix64, so that a rehearsal can be repeated.
fn chance(seed: u64, nth: u64) -> f64 {
    let mut z = seed.wrapping_add(nth.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

async fn serve(mut door: Door, address: SocketAddr, shared: Arc<Shared>, mut fault: watch::Receiver<Fault>) {
    loop {
        let down = fault.borrow_and_update().down;
        door = turn(door, down, address);
        let changed = match &door {
            Door::Open(listener) => tokio::select! {
                accepted = listener.accept() => {
                    match accepted {
                        Ok((stream, _)) => {
                            tokio::spawn(connection(stream, Arc::clone(&shared), fault.clone()));
                        }
                        Err(error) => {
                            tracing::debug!(%error, "stand-in could not accept");
                            tokio::time::sleep(AGAIN).await;
                        }
                    }
                    Ok(())
                }
                changed = fault.changed() => changed,
            },
            Door::Shut(_) => fault.changed().await,
            Door::Lost => tokio::time::timeout(AGAIN, fault.changed()).await.unwrap_or(Ok(())),
        };
        if changed.is_err() {
            return;
        }
    }
}

/// Opens or shuts the door, on the same port.
fn turn(door: Door, down: bool, address: SocketAddr) -> Door {
    let reserve = || {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        io::Result::Ok(socket)
    };
    let turned = match (door, down) {
        (door @ Door::Open(_), false) | (door @ Door::Shut(_), true) => Ok(door),
        (Door::Open(listener), true) => {
            drop(listener);
            reserve().map(Door::Shut)
        }
        (Door::Shut(socket), false) => socket.listen(BACKLOG).map(Door::Open),
        (Door::Lost, true) => reserve().map(Door::Shut),
        (Door::Lost, false) => reserve().and_then(|socket| socket.listen(BACKLOG)).map(Door::Open),
    };
    turned.unwrap_or_else(|error| {
        tracing::debug!(%error, %address, "stand-in could not take its port again");
        Door::Lost
    })
}

async fn connection(stream: TcpStream, shared: Arc<Shared>, fault: watch::Receiver<Fault>) {
    let watched = fault.clone();
    tokio::select! {
        () = speak(stream, shared, fault) => {}
        // What is down answers nobody, not even those who came before.
        () = downed(watched) => {}
    }
}

/// Waits until the stand-in is told to be down; a stand-in that is dropped never is.
async fn downed(mut fault: watch::Receiver<Fault>) {
    if fault.wait_for(|fault| fault.down).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// HTTP/2 begins with a preface that no HTTP/1 request begins with (RFC 9113 section 3.4).
async fn speak(stream: TcpStream, shared: Arc<Shared>, mut fault: watch::Receiver<Fault>) {
    let _ = stream.set_nodelay(true);
    let mut first = [0; 4];
    loop {
        let peeked = tokio::select! {
            peeked = stream.peek(&mut first) => peeked,
            () = gone(&mut fault) => return,
        };
        match peeked {
            Ok(0) | Err(_) => return,
            Ok(4) => break,
            Ok(few) if b"PRI "[..few.min(4)] != first[..few.min(4)] => break,
            Ok(_) => tokio::time::sleep(Duration::from_millis(1)).await,
        }
    }
    if first == *b"PRI " {
        http2::serve(stream, shared, fault).await;
    } else if let Err(error) = http1::serve(stream, shared, fault).await {
        tracing::trace!(%error, "stand-in lost a connection");
    }
}

/// Waits until the stand-in is dropped.
async fn gone(fault: &mut watch::Receiver<Fault>) {
    while fault.changed().await.is_ok() {}
}
