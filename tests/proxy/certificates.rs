//! Certificates by name for many hosts on one listener, and certificates that clients show.

use std::sync::Arc;

use cutover::{
    proxy::{Authorities, Named, Names},
    routing::*,
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer},
};

use crate::{build::*, tls, upstream::*};

/// An authority, and certificates that it signed.
struct Authority {
    params: CertificateParams,
    key: KeyPair,
    certificate: CertificateDer<'static>,
}

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().der().clone();
    Authority { params, key, certificate }
}

type Shown = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

impl Authority {
    fn sign(&self, name: &str, expired: bool) -> Shown {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        if expired {
            (params.not_before, params.not_after) =
                (rcgen::date_time_ymd(2019, 1, 1), rcgen::date_time_ymd(2020, 1, 1));
        }
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::from_params(&self.params, &self.key);
        let made = params.signed_by(&key, &issuer).unwrap();
        (vec![made.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
    }

    fn own(&self) -> Shown {
        (vec![self.certificate.clone()], PrivateKeyDer::try_from(self.key.serialize_der()).unwrap())
    }
}

fn config(trust: &RootCertStore, shown: Option<Shown>, alpn: &[&[u8]]) -> Arc<ClientConfig> {
    let config = ClientConfig::builder_with_provider(tls::provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(trust.clone());
    let mut config = match shown {
        Some((chain, key)) => config.with_client_auth_cert(chain, key).unwrap(),
        None => config.with_no_client_auth(),
    };
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
    Arc::new(config)
}

/// Hosts by name: exact ones, a wildcard, and the certificate for all others.
fn world() -> (World, RootCertStore, Names) {
    let mut trust = RootCertStore::empty();
    let mut names = Names::default();
    let mut named = |names: &[&str], clients: Option<Arc<Authorities>>| {
        Arc::new(Named { key: Some(tls::certificate(names, &mut trust)), clients })
    };
    names.exact.insert("shop.example".into(), named(&["shop.example", "one.shop.example"], None));
    names.wildcard.insert("wild.example".into(), named(&["*.wild.example"], None));
    for number in 0..10_000 {
        names.exact.insert(format!("h{number}.many.example").into(), Arc::new(Named::default()));
    }
    names.default = Some(tls::certificate(&["fake.test", "nobody.test", "h7.many.example"], &mut trust));
    let (endpoint, _) = self::named("one");
    let world = World { port: 443, protocol: PortProtocol::Https, ..World::to("one", endpoint) };
    (world, trust, names)
}

fn publish(world: &mut World, names: Names) {
    let id = world.listener_id("http");
    world.snapshot.names.insert(id, Arc::new(names));
}

#[test]
fn the_name_finds_its_certificate_and_any_host_is_served() {
    let (mut world, trust, names) = world();
    publish(&mut world, names);
    let running = world.serve();
    let config = config(&trust, None, &[]);
    let cases = [
        ("shop.example", true, "its own"),
        ("SHOP.example", true, "any case"),
        ("a.wild.example", true, "the wildcard's"),
        ("nobody.test", true, "the one for all others"),
        ("h7.many.example", true, "a host without one has it too"),
        ("a.b.wild.example", false, "a wildcard is one label"),
        ("one.shop.example", false, "a name of a certificate is not asked"),
    ];
    for (name, good, why) in cases {
        let connected = tls::handshake(running.address, &config, name);
        assert_eq!(connected.is_ok(), good, "{why}");
        let Ok(mut client) = connected else { continue };
        let answer = client.say("GET / HTTP/1.1\r\nHost: other.example\r\n\r\n").answer().expect(why);
        assert_eq!((answer.status, answer.body.as_str()), (200, "one"), "{why}: another Host is served");
    }
    let mut bare = (*config).clone();
    bare.enable_sni = false;
    let mut client = tls::handshake(running.address, &Arc::new(bare), "fake.test").expect("no name");
    assert_eq!(client.say("GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n").answer().unwrap().status, 200);
}

#[test]
fn a_client_shows_who_it_is() {
    let (mut world, mut trust, mut names) = world();
    let (known, stranger) = (authority("client-ca"), authority("stranger"));
    let clients = Arc::new(Authorities::new(vec![known.certificate.clone()], 1).unwrap());
    let key = tls::certificate(&["on.example", "maybe.example", "page.example"], &mut trust);
    let hosts = [
        ("on.example", Verify::On, None),
        ("maybe.example", Verify::Optional, None),
        ("page.example", Verify::On, Some("https://login.example$request_uri")),
    ];
    let told = [
        ("ssl-client-verify", "$ssl_client_verify"),
        ("ssl-client-subject-dn", "$ssl_client_s_dn"),
        ("ssl-client-issuer-dn", "$ssl_client_i_dn"),
        ("ssl-client-cert", "$ssl_client_escaped_cert"),
    ];
    let (endpoint, seen) = named("two");
    world = world.endpoints("two", &[endpoint]);
    for (host, mode, page) in hosts {
        names.exact.insert(
            host.into(),
            Arc::new(Named { key: Some(Arc::clone(&key)), clients: Some(Arc::clone(&clients)) }),
        );
        let error_page = page.map(|page| ErrorPage::Url(Template::parse(page)));
        let wanted = ClientCertificate { mode, subject: None, error_page, dress: None };
        let policy = Policy {
            client_certificate: Some(wanted),
            request: crate::auth::templates(&told),
            ..Policy::default()
        };
        let it = Rule { policy: Some(Arc::new(policy)), ..rule(vec![backend("two", 1)]) };
        world = world.rule(&format!("/{}", host.split('.').next().unwrap()), it);
    }
    publish(&mut world, names);
    let running = world.serve();
    let good = || Some(known.sign("ada", false));
    let cases = [
        ("on.example", good(), 200, "SUCCESS", "CN=ada", "a good one"),
        ("on.example", Some(known.own()), 200, "SUCCESS", "CN=client-ca", "the authority itself"),
        ("on.example", None, 400, "", "", "none"),
        ("on.example", Some(stranger.sign("eve", false)), 400, "", "", "a stranger's"),
        ("on.example", Some(known.sign("old", true)), 400, "", "", "one that is over"),
        ("maybe.example", None, 200, "NONE", "", "none is needed"),
        ("maybe.example", Some(stranger.sign("eve", false)), 400, "", "", "but a good one"),
        ("page.example", None, 302, "", "", "sent away"),
    ];
    for (host, shown, status, verify, subject, why) in cases {
        let config = config(&trust, shown, &[]);
        let path = host.split('.').next().unwrap();
        // The second comes with a session that was resumed.
        for _ in 0..2 {
            let before = seen.count();
            let mut client = tls::handshake(running.address, &config, host).expect(why);
            let text = format!(
                "GET /{path} HTTP/1.1\r\nHost: {host}\r\nssl-client-verify: SUCCESS\r\nssl-client-cert: forged\r\n\r\n"
            );
            let answer = client.say(text).answer().expect(why);
            assert_eq!(answer.status, status, "{why}: {answer:?}");
            assert_eq!(seen.count() - before, usize::from(status == 200), "{why}");
            if status == 200 {
                let request = seen.last();
                let said = |name: &str| crate::auth::said(&request, name).unwrap_or_default().to_owned();
                assert_eq!(
                    (said("ssl-client-verify"), said("ssl-client-subject-dn")),
                    (verify.into(), subject.into())
                );
                let shows = said("ssl-client-cert").starts_with("-----BEGIN%20CERTIFICATE-----%0A");
                assert!(shows != subject.is_empty() && !request.contains("forged"), "{why}: {request}");
            }
            let location = answer.header("location");
            assert_eq!(location.as_deref(), (status == 302).then_some("https://login.example/page"), "{why}");
        }
    }
    let config = config(&trust, good(), &[]);
    let mut client =
        tls::handshake(running.address, &config, "shop.example").expect("a host that asks for none");
    let answer = client.say("GET /on HTTP/1.1\r\nHost: on.example\r\n\r\n").answer().unwrap();
    // A name that no host of the listener has says nothing of who was meant: not 421.
    assert_eq!(answer.status, 400, "its certificate was not asked for");
}
