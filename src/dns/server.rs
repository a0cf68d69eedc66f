//! The sockets of the name server, on a thread of their own: a busy rehearsal does not make names slow.

use std::{
    io,
    net::{SocketAddr, TcpListener, UdpSocket},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net,
    sync::{Semaphore, oneshot},
    time::{sleep, timeout},
};

use super::{
    answer::{Desk, Over, Reply},
    counts::{Total, Totals, count},
    forward,
    zones::Zones,
};

/// Connections at most; further ones wait to be accepted.
const CONNECTIONS: usize = 256;
/// Questions that wait for another server's answer at most.
const FORWARDS: usize = 512;
/// For the next question of a connection, and for each answer to be taken: RFC 7766 section 6.2.3 has it in seconds.
const IDLE: Duration = Duration::from_secs(10);
/// After an error of a socket, so that it is not met a million times.
const PAUSE: Duration = Duration::from_millis(20);
/// How often a port is looked for that is free for both.
const TRIES: usize = 16;

/// How a name server is run.
#[derive(Debug)]
pub struct Options {
    /// UDP and TCP; with port 0 the system chooses.
    pub address: SocketAddr,
    /// Who is asked for names of no zone; they are refused when nobody is.
    pub forward: Option<SocketAddr>,
    /// Draws the lots of names that point at both sides.
    pub random: fastrand::Rng,
}

/// Why it can not listen.
#[derive(Debug, thiserror::Error)]
#[error("{protocol} port {} of {} can not be bound", address.port(), address.ip())]
pub struct BindError {
    /// Where.
    pub address: SocketAddr,
    /// `UDP` or `TCP`
    pub protocol: &'static str,
    /// Why.
    pub source: io::Error,
}

/// A running name server; dropping it ends it.
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Looks at what is answered, and counts; keeps nothing running.
#[derive(Clone)]
pub struct Reader(Arc<Shared>);

struct Shared {
    zones: ArcSwap<Zones>,
    totals: Totals,
    forward: Option<SocketAddr>,
    random: Mutex<fastrand::Rng>,
    forwards: Arc<Semaphore>,
}

impl Server {
    /// Listens, with no zone yet.
    ///
    /// # Errors
    /// [`BindError`], also when its thread can not be made.
    pub fn start(options: Options) -> Result<Self, BindError> {
        let Options { address, forward, random } = options;
        let (bound, udp, tcp) = bind(address)?;
        let failed = |source| BindError { address: bound, protocol: "UDP", source };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let shared = Arc::new(Shared {
            zones: ArcSwap::default(),
            totals: Totals::default(),
            forward,
            random: Mutex::new(random),
            forwards: Arc::new(Semaphore::new(FORWARDS)),
        });
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("cutover-dns".into())
            .spawn(move || {
                runtime.block_on(async {
                    let sockets = net::UdpSocket::from_std(udp)
                        .and_then(|udp| Ok((udp, net::TcpListener::from_std(tcp)?)));
                    match sockets {
                        Ok((udp, tcp)) => {
                            tokio::spawn(packets(Arc::clone(&serving), Arc::new(udp)));
                            tokio::spawn(connections(serving, tcp));
                            let _ = stopped.await;
                        }
                        Err(error) => tracing::error!(%error, "the sockets for DNS can not be used"),
                    }
                });
            })
            .map_err(failed)?;
        Ok(Self { shared, address: bound, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens, over UDP and TCP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Who is asked for names of no zone.
    pub fn forward(&self) -> Option<SocketAddr> {
        self.shared.forward
    }

    /// What is answered now.
    pub fn zones(&self) -> Arc<Zones> {
        self.shared.zones.load_full()
    }

    /// Answers so from the next question on.
    pub fn publish(&self, zones: Zones) {
        self.shared.zones.store(Arc::new(zones));
    }

    /// For who only looks.
    pub fn reader(&self) -> Reader {
        Reader(Arc::clone(&self.shared))
    }
}

impl Reader {
    /// What is answered now.
    pub fn zones(&self) -> Arc<Zones> {
        self.0.zones.load_full()
    }

    /// What belongs to no hostname.
    pub fn totals(&self) -> Total {
        self.0.totals.read()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn reply(&self, packet: &[u8], over: Over) -> Reply {
        let zones = self.zones.load();
        let desk = Desk { zones: &zones, totals: &self.totals, forwards: self.forward.is_some() };
        desk.reply(packet, over, &mut || {
            self.random.lock().unwrap_or_else(PoisonError::into_inner).u8(0..100)
        })
    }

    /// Asks the other server; who gave no answer in time has failed.
    async fn elsewhere(&self, packet: &[u8], most: usize, failed: Vec<u8>) -> Vec<u8> {
        let Some(to) = self.forward else { return failed };
        match forward::ask(to, packet, most).await {
            Ok(answer) => {
                count(&self.totals.forwarded);
                answer
            }
            Err(error) => {
                tracing::debug!(%error, %to, "a question was handed on and not answered");
                count(&self.totals.unanswered);
                failed
            }
        }
    }
}

async fn packets(shared: Arc<Shared>, socket: Arc<net::UdpSocket>) {
    let mut buffer = vec![0; usize::from(u16::MAX)];
    loop {
        let (length, from) = match socket.recv_from(&mut buffer).await {
            Ok(received) => received,
            Err(error) => {
                tracing::debug!(%error, "a packet could not be received");
                sleep(PAUSE).await;
                continue;
            }
        };
        let packet = buffer.get(..length).unwrap_or_default();
        let answer = match shared.reply(packet, Over::Udp) {
            Reply::Answer(answer) => answer,
            Reply::Silence => continue,
            Reply::Forward(question) => match Arc::clone(&shared.forwards).try_acquire_owned() {
                Ok(permit) => {
                    let (shared, socket, packet) =
                        (Arc::clone(&shared), Arc::clone(&socket), packet.to_vec());
                    tokio::spawn(async move {
                        let answer = shared.elsewhere(&packet, question.most, question.failed).await;
                        send(&socket, &answer, from).await;
                        drop(permit);
                    });
                    continue;
                }
                Err(_) => question.failed,
            },
        };
        send(&socket, &answer, from).await;
    }
}

async fn send(socket: &net::UdpSocket, answer: &[u8], to: SocketAddr) {
    if let Err(error) = socket.send_to(answer, to).await {
        tracing::debug!(%error, %to, "an answer could not be sent");
    }
}

async fn connections(shared: Arc<Shared>, listener: net::TcpListener) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, from)) => {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    if let Err(error) = converse(&shared, stream).await {
                        tracing::debug!(%error, %from, "a connection for DNS ended");
                    }
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::debug!(%error, "a connection for DNS could not be accepted");
                sleep(PAUSE).await;
            }
        }
    }
}

/// Question after question, each answered before the next is read.
async fn converse(shared: &Shared, mut stream: net::TcpStream) -> io::Result<()> {
    let _ = stream.set_nodelay(true);
    loop {
        let packet = timeout(IDLE, async {
            let mut packet = vec![0; usize::from(stream.read_u16().await?)];
            stream.read_exact(&mut packet).await?;
            io::Result::Ok(packet)
        });
        let packet = match packet.await? {
            Ok(packet) => packet,
            // Who has no more questions leaves.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        };
        let answer = match shared.reply(&packet, Over::Tcp) {
            Reply::Answer(answer) => answer,
            Reply::Silence => continue,
            Reply::Forward(question) => {
                let permit = shared.forwards.acquire().await.map_err(io::Error::other)?;
                let answer = shared.elsewhere(&packet, question.most, question.failed).await;
                drop(permit);
                answer
            }
        };
        let length = u16::try_from(answer.len()).map_err(io::Error::other)?;
        let mut framed = length.to_be_bytes().to_vec();
        framed.extend_from_slice(&answer);
        timeout(IDLE, stream.write_all(&framed)).await??;
    }
}

/// The same port for both.
fn bind(address: SocketAddr) -> Result<(SocketAddr, UdpSocket, TcpListener), BindError> {
    let tries = if address.port() == 0 { TRIES } else { 1 };
    let mut last = None;
    for _ in 0..tries {
        match both(address) {
            Ok(bound) => return Ok(bound),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or(BindError { address, protocol: "UDP", source: io::ErrorKind::AddrInUse.into() }))
}

fn both(address: SocketAddr) -> Result<(SocketAddr, UdpSocket, TcpListener), BindError> {
    let failed = |protocol, address| move |source| BindError { address, protocol, source };
    let udp = UdpSocket::bind(address).map_err(failed("UDP", address))?;
    let bound = udp.local_addr().map_err(failed("UDP", address))?;
    udp.set_nonblocking(true).map_err(failed("UDP", bound))?;
    let tcp = TcpListener::bind(bound).map_err(failed("TCP", bound))?;
    tcp.set_nonblocking(true).map_err(failed("TCP", bound))?;
    Ok((bound, udp, tcp))
}
