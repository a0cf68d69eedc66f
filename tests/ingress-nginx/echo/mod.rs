//! Back ends in the test's own process, which behave as the kit's `echo/main.go`: one socket for each endpoint of each
//! port, HTTP/1.1, HTTP/2 by prior knowledge and TLS on all of them. What they got is kept by `X-Oracle-Id`.

mod answer;
mod http1;
mod http2;

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use rustls::pki_types::PrivateKeyDer;
use serde_json::Value;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    task::AbortHandle,
};
use tokio_rustls::TlsAcceptor;

/// A request as a back end got it.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Counts over all back ends.
    pub number: u64,
    pub address: SocketAddr,
    /// Namespace, Service and port that the address stands for.
    pub owner: Arc<Value>,
    pub method: String,
    /// The target as it stood in the request.
    pub path: String,
    pub host: String,
    /// `HTTP/1.1`
    pub protocol: &'static str,
    /// Over TLS: the name asked for, empty for none.
    pub sni: Option<String>,
    /// By lower-case name, without `X-Oracle-Id`.
    pub headers: BTreeMap<String, Vec<String>>,
    pub body_bytes: usize,
}

/// What all back ends got.
#[derive(Default)]
struct Book {
    hits: AtomicU64,
    by_id: Mutex<HashMap<String, Vec<Hit>>>,
}

/// All back ends.
pub struct Echo {
    runtime: Runtime,
    tls: TlsAcceptor,
    book: Arc<Book>,
}

/// One open back end; dropping it closes the socket.
pub struct Endpoint {
    pub address: SocketAddr,
    task: AbortHandle,
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What an accepted connection needs to know.
#[derive(Clone)]
struct Seat {
    address: SocketAddr,
    owner: Arc<Value>,
    book: Arc<Book>,
    sni: Option<String>,
}

impl Echo {
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let names = vec!["backend.example".to_owned()];
        let mut params = rcgen::CertificateParams::new(names).expect("a good name");
        params.distinguished_name.push(rcgen::DnType::CommonName, "backend.example");
        let key = rcgen::KeyPair::generate().expect("a key");
        let made = params.self_signed(&key).expect("a certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key in DER");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring knows them")
            .with_no_client_auth()
            .with_single_cert(vec![made.der().clone()], key)
            .expect("key and certificate belong together");
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Self {
            runtime: runtime.expect("a runtime"),
            tls: TlsAcceptor::from(Arc::new(tls)),
            book: Arc::default(),
        }
    }

    /// Opens one endpoint of one port of a Service.
    pub fn open(&self, owner: &Arc<Value>) -> Endpoint {
        let local = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = self.runtime.block_on(TcpListener::bind(local)).expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let seat = Seat { address, owner: Arc::clone(owner), book: Arc::clone(&self.book), sni: None };
        let task = self.runtime.spawn(accept(listener, seat, self.tls.clone())).abort_handle();
        Endpoint { address, task }
    }

    /// What came with an id.
    pub fn hits(&self, id: &str) -> Vec<Hit> {
        self.book.by_id.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned().unwrap_or_default()
    }
}

impl Book {
    /// Numbers and keeps a request; whether its id is new.
    fn record(&self, mut hit: Hit, id: &str) -> (Hit, bool) {
        let mut by_id = self.by_id.lock().unwrap_or_else(PoisonError::into_inner);
        hit.number = self.hits.fetch_add(1, Ordering::Relaxed) + 1;
        let hits = by_id.entry(id.to_owned()).or_default();
        hits.push(hit.clone());
        (hit, hits.len() == 1)
    }
}

async fn accept(listener: TcpListener, seat: Seat, tls: TlsAcceptor) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(connection(stream, seat.clone(), tls.clone()));
    }
}

/// The first byte says whether it is TLS, the first line whether it is HTTP/2.
async fn connection(stream: TcpStream, mut seat: Seat, tls: TlsAcceptor) {
    let _ = stream.set_nodelay(true);
    let Ok(address) = stream.local_addr() else { return };
    seat.address = address;
    let mut first = [0; 3];
    let Ok(1..) = stream.peek(&mut first).await else { return };
    if first.starts_with(&[0x16]) {
        let Ok(stream) = tls.accept(stream).await else { return };
        let session = stream.get_ref().1;
        seat.sni = Some(session.server_name().unwrap_or_default().to_owned());
        if session.alpn_protocol() == Some(b"h2") {
            http2::serve(stream, &seat).await;
        } else {
            http1::serve(stream, &seat).await;
        }
        return;
    }
    while matches!(first, [b'P', 0 | b'R', 0]) {
        // The rest of the word is under way.
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        let Ok(1..) = stream.peek(&mut first).await else { return };
    }
    if first == *b"PRI" {
        http2::serve(stream, &seat).await;
    } else {
        http1::serve(stream, &seat).await;
    }
}
