//! TLS: the name in the handshake picks the listener and its certificate; a Host of another listener is misdirected.

use std::{net::SocketAddr, sync::Arc};

use cutover::routing::*;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{PrivateKeyDer, ServerName},
    sign::CertifiedKey,
};

use crate::{build::*, client::*, upstream::*};

pub fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// A certificate for these names, and the same as trust.
pub fn certificate(names: &[&str], trust: &mut RootCertStore) -> Arc<CertifiedKey> {
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    trust.add(made.cert.der().clone()).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let key = provider().key_provider.load_private_key(key).unwrap();
    Arc::new(CertifiedKey::new(vec![made.cert.der().clone()], key))
}

pub fn config(trust: &RootCertStore, alpn: &[&[u8]]) -> Arc<ClientConfig> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(trust.clone())
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
    Arc::new(config)
}

pub type Tls = StreamOwned<ClientConnection, std::net::TcpStream>;

pub fn handshake(address: SocketAddr, config: &Arc<ClientConfig>, name: &str) -> Result<Client<Tls>, String> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut connection = ClientConnection::new(Arc::clone(config), name).unwrap();
    let mut socket = connect(address).stream;
    while connection.is_handshaking() {
        connection.complete_io(&mut socket).map_err(|error| error.to_string())?;
    }
    Ok(Client { stream: StreamOwned::new(connection, socket), buffer: Vec::new() })
}

/// Three listeners on one port; each answers with its own name.
fn world() -> (World, RootCertStore) {
    let mut trust = RootCertStore::empty();
    let mut world = World {
        port: 443,
        protocol: PortProtocol::Https,
        listeners: vec![("shop", "shop.example"), ("wild", "*.example"), ("bare", "bare.other")],
        ..World::default()
    };
    for name in ["shop", "wild"] {
        let (endpoint, _) = named(name);
        world = world.endpoints(name, &[endpoint]);
        world.rules.push((Some(name), PathMatch::prefix("/"), Arc::new(rule(vec![backend(name, 1)]))));
    }
    let shop = [certificate(&["old.example"], &mut trust), certificate(&["shop.example"], &mut trust)];
    let wild =
        [certificate(&["a.example", "b.example"], &mut trust), certificate(&["c.example"], &mut trust)];
    let id = |name: &str| ListenerId { port: key(443), name: name.into() };
    world.snapshot.certificates.insert(id("shop"), shop.into());
    world.snapshot.certificates.insert(id("wild"), wild.into());
    (world, trust)
}

#[test]
fn the_name_picks_listener_and_certificate() {
    let (world, trust) = world();
    let running = world.serve();
    let config = config(&trust, &[]);
    let cases = [
        ("shop.example", "shop.example", 200, "shop", "its own certificate, the second"),
        ("SHOP.example", "Shop.Example:443", 200, "shop", "any case, a port"),
        ("a.example", "a.example", 200, "wild", "the wildcard's"),
        ("c.example", "c.example", 200, "wild", "its second certificate"),
        ("a.example", "b.example", 200, "wild", "another host of the same listener"),
        ("a.example", "shop.example", 421, "", "another listener is more specific"),
        ("shop.example", "a.example", 421, "", "another listener takes the host"),
        ("shop.example", "other.test", 404, "", "no listener takes the host"),
    ];
    for (name, host, status, body, why) in cases {
        let mut client = handshake(running.address, &config, name).expect(why);
        let answer = client.say(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).answer().expect(why);
        assert_eq!(answer.status, status, "{why}: {answer:?}");
        if status == 200 {
            assert_eq!(answer.body, body, "{why}");
            let again = client.say(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).answer();
            assert_eq!(again.map(|answer| answer.status), Some(200), "{why}: kept");
        }
    }
    for (name, why) in
        [("other.test", "no listener"), ("bare.other", "no certificate"), ("127.0.0.1", "no name")]
    {
        assert!(handshake(running.address, &config, name).is_err(), "{why}");
    }
    running.wait_for(&["cutover_tls_failures_total"], 3.0);
}

#[test]
fn bodies_of_all_sizes_pass_tls_and_backends_are_told() {
    let (endpoint, seen) = answering(|request| ok(request.split_once("\r\n\r\n").unwrap().1));
    let mut trust = RootCertStore::empty();
    let mut world = World { port: 443, protocol: PortProtocol::Https, ..World::to("one", endpoint) };
    let id = world.listener_id("http");
    world.snapshot.certificates.insert(id, [certificate(&["a.example"], &mut trust)].into());
    let running = world.serve();
    let mut client = handshake(running.address, &config(&trust, &[b"http/1.1"]), "a.example").unwrap();
    for size in [0, 1, 16_000, 16_384, 1_000_000] {
        let body = "y".repeat(size);
        client.say(format!("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: {size}\r\n\r\n{body}"));
        assert!(client.answer().expect("an answer").body == body, "{size}");
    }
    assert!(
        seen.last().contains("x-forwarded-proto: https\r\n")
            && seen.last().contains("x-forwarded-port: 443\r\n")
    );
}

#[test]
fn sessions_resume_at_any_worker() {
    let (world, trust) = world();
    let running = world.serve();
    let config = config(&trust, &[]);
    let resumed = (0..12)
        .filter(|_| {
            let mut client = handshake(running.address, &config, "shop.example").unwrap();
            client.say("GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n").answer().unwrap();
            client.stream.conn.handshake_kind() == Some(rustls::HandshakeKind::Resumed)
        })
        .count();
    assert_eq!(resumed, 11, "all but the first, whichever worker takes the connection");
}
