//! TLS on a port: the name in the handshake picks the listener, the listener its certificates.
//!
//! A client that names no host gets a listener without hostname. Where no listener takes the name, or the listener has no
//! certificate, the handshake is refused with an alert. A listener with [`Names`] takes the certificate by name, and may
//! ask the client for one.

use std::{
    fmt,
    rc::Rc,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use rustls::{
    ServerConfig,
    pki_types::ServerName,
    server::{Acceptor, ClientHello, ParsedCertificate, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};

use super::{
    connection,
    entry::Link,
    h2,
    identity::{Anyone, Authorities, Identity},
    names::Names,
    target::Generation,
    worker::Worker,
};
use crate::routing::{Host, HostPattern, Listener, Port};

/// Time for a handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Does the handshake and serves what is spoken after it.
pub(super) async fn begin(worker: Rc<Worker>, link: Rc<Link>, stream: TcpStream) {
    // The phase of the handshake has a clock of its own.
    link.enter(super::entry::Phase::Busy);
    let done = tokio::time::timeout(HANDSHAKE, handshake(&worker, &link, stream)).await;
    let Some(stream) = done.ok().flatten() else {
        let failures = &worker.counters.tls_failures;
        failures.store(failures.load(Relaxed) + 1, Relaxed);
        return;
    };
    link.encrypted.set(true);
    link.enter(super::entry::Phase::Head);
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
        h2::serve(worker, link, stream).await;
    } else {
        connection::serve(worker, link, stream).await;
    }
}

async fn handshake<S>(worker: &Worker, link: &Link, stream: S) -> Option<TlsStream<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await.ok()?;
    let generation = worker.generation();
    let port = link.entry.port(&generation);
    let clients;
    let config = {
        let hello = start.client_hello();
        let name = hello.server_name().map(str::to_ascii_lowercase);
        let name = name.map(|name| name.strip_suffix('.').map(str::to_owned).unwrap_or(name));
        let listener = port.as_ref().and_then(|port| choose(port, name.as_deref()));
        *link.listener.borrow_mut() = listener.map(|listener| Arc::clone(&listener.id.name));
        let names = listener.and_then(|listener| generation.snapshot.names.get(&listener.id));
        let is_known = |listener: &Listener| {
            let found = name.as_deref().and_then(|name| listener.hosts.taking(Host(name)).next());
            found.is_some_and(|host| host.pattern != HostPattern::Any)
        };
        let known = listener.is_some_and(is_known);
        let stranger = names.is_some_and(|names| names.known_only) && !known;
        let (listener, names) = if stranger { (None, None) } else { (listener, names) };
        let named = names.and_then(|names| names.find(name.as_deref()));
        clients = named.and_then(|named| named.clients.clone());
        // A name of nobody says nothing of who the client meant.
        *link.name.borrow_mut() = name.filter(|_| known).map(Rc::from);
        config(worker, &generation, listener, names, clients.as_ref())?
    };
    let stream = start.into_stream(config).await.ok()?;
    if let Some(clients) = clients {
        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
        *link.identity.borrow_mut() = Some(Rc::new(Identity::of(&clients, chain)));
    }
    Some(stream)
}

/// The listener for a name: the most specific that takes it.
fn choose<'p>(port: &'p Port, name: Option<&str>) -> Option<&'p Listener> {
    let mut listeners = port.listeners.iter();
    match name {
        Some(name) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            listeners.find(|listener| listener.hostname.takes(Host(name)))
        }
        None => listeners.find(|listener| listener.hostname == HostPattern::Any),
    }
    .map(|listener| &**listener)
}

/// The settings of a listener and of whom it asks for certificates, made once per table. Without listener or certificate:
/// settings that refuse.
fn config(
    worker: &Worker,
    generation: &Generation,
    listener: Option<&Listener>,
    names: Option<&Arc<Names>>,
    clients: Option<&Arc<Authorities>>,
) -> Option<Arc<ServerConfig>> {
    let place = (
        listener.map_or(0, |listener| std::ptr::from_ref(listener).addr()),
        clients.map_or(0, |clients| Arc::as_ptr(clients).addr()),
    );
    if let Some(config) = generation.tls.borrow().get(&place) {
        return Some(Arc::clone(config));
    }
    let listed = || {
        let keys = listener.and_then(|listener| generation.snapshot.certificates.get(&listener.id));
        Arc::new(Keys(keys.cloned())) as Arc<dyn ResolvesServerCert>
    };
    let keys = names.map_or_else(listed, |names| Arc::new(ByName(Arc::clone(names))));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .ok()?;
    let mut config = match clients {
        Some(clients) => {
            config.with_client_cert_verifier(Arc::new(Anyone::new(Arc::clone(clients), provider)))
        }
        None => config.with_no_client_auth(),
    }
    .with_cert_resolver(keys);
    let http1_only = names.is_some_and(|names| names.http1_only);
    config.alpn_protocols =
        if http1_only { vec![b"http/1.1".to_vec()] } else { vec![b"h2".to_vec(), b"http/1.1".to_vec()] };
    if let Some(ticketer) = &worker.ticketer {
        config.ticketer = Arc::clone(ticketer);
    }
    let config = Arc::new(config);
    generation.tls.borrow_mut().insert(place, Arc::clone(&config));
    Some(config)
}

/// The certificates of a listener.
#[derive(Debug)]
struct Keys(Option<Arc<[Arc<CertifiedKey>]>>);

impl ResolvesServerCert for Keys {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let keys = self.0.as_deref()?;
        let name = hello.server_name().and_then(|name| ServerName::try_from(name).ok());
        let named = name.and_then(|name| keys.iter().find(|key| keys.len() > 1 && covers(key, &name)));
        named.or_else(|| keys.first()).cloned()
    }
}

/// The certificates of a listener by name.
struct ByName(Arc<Names>);

impl fmt::Debug for ByName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ByName({})", self.0.exact.len() + self.0.wildcard.len())
    }
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().map(str::to_ascii_lowercase);
        self.0.key(name.as_deref()).cloned()
    }
}

fn covers(key: &CertifiedKey, name: &ServerName<'_>) -> bool {
    let certificate = key.cert.first().and_then(|certificate| ParsedCertificate::try_from(certificate).ok());
    certificate.is_some_and(|certificate| rustls::client::verify_server_name(&certificate, name).is_ok())
}
