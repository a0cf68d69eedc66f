//! Many stand-ins behind one socket, for when more are needed than files may be open.
//!
//! On Linux a socket that is bound to the loopback device hears every address of 127.0.0.0/8 and nothing from
//! outside; the address that was dialled says which stand-in is meant. Elsewhere there is no such socket.
//! A stand-in here that is down resets connections instead of refusing them.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use socket2::{Domain, SockRef, Socket, Type};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

use super::{AGAIN, BACKLOG, Shared, connection};
use crate::rehearsal::Fault;

/// Stand-ins have the upper half of 127.0.0.0/8; Gateways are far below.
const FIRST: Ipv4Addr = Ipv4Addr::new(127, 128, 0, 1);

/// The socket. It closes when this and all seats are dropped.
#[derive(Clone, Debug)]
pub(in crate::rehearsal) struct Crowd {
    port: u16,
    seats: Arc<Mutex<Seats>>,
    _alive: Arc<watch::Sender<()>>,
}

#[derive(Debug, Default)]
struct Seats {
    taken: HashMap<Ipv4Addr, (Arc<Shared>, watch::Receiver<Fault>)>,
    given: u32,
}

/// One stand-in's place; given back when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    crowd: Crowd,
    address: Ipv4Addr,
}

impl Crowd {
    /// Opens the socket. Must be called within a runtime.
    ///
    /// # Errors
    /// Those of bind; `Unsupported` where loopback can not be heard as a whole.
    pub(in crate::rehearsal) fn open() -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        only_loopback(&socket)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)).into())?;
        socket.listen(BACKLOG as i32)?;
        socket.set_nonblocking(true)?;
        let listener = TcpListener::from_std(socket.into())?;
        let port = listener.local_addr()?.port();
        let seats = Arc::<Mutex<Seats>>::default();
        let (alive, ended) = watch::channel(());
        tokio::spawn(serve(listener, Arc::clone(&seats), ended));
        Ok(Self { port, seats, _alive: Arc::new(alive) })
    }

    pub(super) fn sit(&self, shared: Arc<Shared>, fault: watch::Receiver<Fault>) -> Seat {
        let mut seats = lock(&self.seats);
        let address = Ipv4Addr::from(u32::from(FIRST) + seats.given);
        seats.given += 1;
        seats.taken.insert(address, (shared, fault));
        Seat { crowd: self.clone(), address }
    }
}

impl Seat {
    pub(super) fn address(&self) -> SocketAddr {
        (self.address, self.crowd.port).into()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        lock(&self.crowd.seats).taken.remove(&self.address);
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn only_loopback(socket: &Socket) -> io::Result<()> {
    socket.bind_device(Some(b"lo"))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn only_loopback(_: &Socket) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

async fn serve(listener: TcpListener, seats: Arc<Mutex<Seats>>, mut ended: watch::Receiver<()>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = ended.changed() => return,
        };
        match accepted {
            Ok((stream, _)) => seat(stream, &seats),
            Err(error) => {
                tracing::debug!(%error, "stand-ins could not accept");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

/// Hands a connection to whom it is meant for; reset when that one is down or gone.
fn seat(stream: TcpStream, seats: &Mutex<Seats>) {
    let meant = match stream.local_addr().map(|address| address.ip()) {
        Ok(IpAddr::V4(address)) => lock(seats).taken.get(&address).cloned(),
        Ok(IpAddr::V6(_)) | Err(_) => None,
    };
    match meant {
        Some((shared, fault)) if !fault.borrow().down => {
            tokio::spawn(connection(stream, shared, fault));
        }
        Some(_) | None => {
            let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
        }
    }
}

fn lock(seats: &Mutex<Seats>) -> MutexGuard<'_, Seats> {
    seats.lock().unwrap_or_else(PoisonError::into_inner)
}
