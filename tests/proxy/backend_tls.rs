//! TLS to backends: what is said in the handshake, whose certificate is taken, and that connections are not mixed.

use std::{net::SocketAddr, sync::Arc};

use cutover::{
    proxy::{Upstream, UpstreamProtocol},
    routing::*,
};
use rustls::{RootCertStore, ServerConfig, ServerConnection, Stream, pki_types::CertificateDer};

use crate::{build::*, client::*, tls, upstream::*};

/// A backend over TLS that answers with the name that it was asked by; and its certificate as PEM.
fn secure(names: &[&str]) -> (SocketAddr, Arc<Seen>, Pem) {
    let certificate = tls::certificate(names, &mut RootCertStore::empty());
    let pem = pem(&certificate.cert[0]);
    let resolver = rustls::sign::SingleCertAndKey::from((*certificate).clone());
    let mut config = ServerConfig::builder_with_provider(tls::provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(resolver));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let config = Arc::new(config);
    let (address, seen) = custom(move |mut peer, seen| {
        use std::io::{Read as _, Write as _};
        let mut session = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut stream = Stream::new(&mut session, &mut peer.stream);
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut bytes) {
            seen.requests.lock().unwrap().push(String::from_utf8_lossy(&bytes[..count]).into_owned());
            let name = stream.conn.server_name().unwrap_or("no name").to_owned();
            let asked = stream.conn.alpn_protocol().map_or("", |it| std::str::from_utf8(it).unwrap());
            if stream.write_all(ok(&format!("{name} {asked}")).as_bytes()).is_err() {
                return;
            }
        }
    });
    (address, seen, pem)
}

fn pem(certificate: &CertificateDer<'_>) -> Pem {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(certificate);
    Pem(format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n").into_bytes().into())
}

fn to(name: &str, protocol: BackendProtocol) -> Rule {
    rule(vec![Backend { protocol: Some(protocol), ..backend(name, 1) }])
}

#[test]
fn certificates_are_taken_and_names_sent_as_the_rule_says() {
    let (endpoint, seen, own) = secure(&["backend.example"]);
    let (_, _, other) = secure(&["backend.example"]);
    let named = |name: &str| BackendTls { name: name.into(), sends_name: true, ..BackendTls::default() };
    let checked = |pem: &Pem, name| BackendTls { authorities: Some(pem.clone()), ..named(name) };
    let https = |tls| to("one", BackendProtocol::Https(Arc::new(tls)));
    let none = BackendTls { v12: false, v13: false, ..BackendTls::default() };
    let cases = [
        (
            "/any",
            https(BackendTls::default()),
            200,
            "no name ",
            "nginx looks at no certificate and sends no name",
        ),
        (
            "/named",
            https(named("upstream_balancer")),
            200,
            "upstream_balancer ",
            "not even the name of a host",
        ),
        ("/old", https(BackendTls { v13: false, ..named("a.example") }), 200, "a.example ", "TLS 1.2"),
        ("/checked", https(checked(&own, "backend.example")), 200, "backend.example ", "a known one"),
        ("/wrong", https(checked(&own, "other.example")), 502, "", "of another name"),
        ("/strange", https(checked(&other, "backend.example")), 502, "", "signed by nobody known"),
        ("/none", https(none), 502, "", "no version is left"),
    ];
    let mut world = World::default().endpoints("one", &[endpoint]);
    for (path, rule, ..) in &cases {
        world = world.rule(path, rule.clone());
    }
    let running = world.serve();
    for (path, _, status, body, why) in cases {
        let answer = ask(running.address, format!("GET {path} HTTP/1.1\r\nHost: shop.example\r\n\r\n"));
        assert_eq!(answer.status, status, "{why}");
        if status == 200 {
            assert_eq!(answer.body, body, "{why}");
        }
    }
    assert!(seen.last().contains("host: shop.example\r\n"), "{}", seen.last());
}

#[test]
fn connections_serve_again_but_only_those_made_in_the_same_way() {
    let (endpoint, seen, _) = secure(&["backend.example"]);
    let named = |name: &str| BackendTls { name: name.into(), sends_name: true, ..BackendTls::default() };
    let https = |name| to("one", BackendProtocol::Https(Arc::new(named(name))));
    let world = World::default().endpoints("one", &[endpoint]);
    let running = world
        .rule("/a", https("a.example"))
        .rule("/b", https("b.example"))
        .serve_with(cutover::proxy::Options { workers: 1, ..options() });
    for (path, name, connections) in
        [("/a", "a.example ", 1), ("/a", "a.example ", 1), ("/b", "b.example ", 2), ("/a", "a.example ", 2)]
    {
        let answer = ask(running.address, format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_eq!((answer.body, seen.connections()), (name.to_owned(), connections), "{path}");
    }
}

#[test]
fn grpcs_asks_for_http_2_and_plain_endpoints_get_no_tls() {
    let (endpoint, seen, _) = secure(&["backend.example"]);
    let (plain, heard) = named("plain");
    let tls = || Arc::new(BackendTls::default());
    let mut world = World::default()
        .endpoints("one", &[endpoint])
        .rule("/grpc", to("one", BackendProtocol::Grpcs(tls())))
        .rule("/asked", to("stand-in", BackendProtocol::AsAsked(tls())))
        .rule("/plain", to("stand-in", BackendProtocol::Https(tls())));
    let upstream = Upstream { protocol: UpstreamProtocol::Http1, endpoints: vec![plain], plain: true };
    world.snapshot.upstreams.insert(backend_id("stand-in"), Arc::new(upstream));
    let running = world.serve();
    let status = |path| ask(running.address, format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")).status;
    assert_eq!(status("/grpc"), 502, "this backend does not speak HTTP/2");
    assert!(seen.requests.lock().unwrap()[0].starts_with("PRI * HTTP/2.0"), "but was asked to");
    assert_eq!((status("/asked"), status("/plain")), (200, 200), "a stand-in speaks no TLS");
    assert_eq!(heard.count(), 2);
}
