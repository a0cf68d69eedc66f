//! What listeners present, for Secrets of every sort.

use std::net::{IpAddr, Ipv4Addr};

use rustls::{RootCertStore, client::WebPkiServerVerifier, client::danger::ServerCertVerifier};
use rustls_pki_types::{ServerName, UnixTime};

use super::*;
use crate::{
    rehearsal::testing::world,
    resource::gateway_api::Gateway,
    world::{Change, World},
};

const GATEWAY: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  gatewayClassName: cutover
  listeners:
    - name: https
      hostname: shop.test
      port: 443
      protocol: HTTPS
      tls: {certificateRefs: [{name: shop-tls}]}
    - name: other
      port: 443
      protocol: HTTPS
      tls: {certificateRefs: [{name: far-tls, namespace: vault}]}
---
";

fn secret(namespace: &str, name: &str, cert: &str, key: &str) -> String {
    let indent = |pem: &str| pem.trim_end().replace('\n', "\n    ");
    format!(
        "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         stringData:\n  tls.crt: |\n    {}\n  tls.key: |\n    {}\n---\n",
        indent(cert),
        indent(key)
    )
}

fn pair(name: &str) -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

fn today() -> Date {
    jiff::Zoned::now().date()
}

fn of(certificates: &mut Certificates, world: &World, listener: usize, names: &[String]) -> Presented {
    let gateway = world.get(&Key::new(Kind::Gateway, "infra", "edge")).unwrap();
    let spec = gateway.view::<Gateway>().unwrap().spec;
    certificates.of(world, gateway, &spec.listeners[listener], names)
}

fn leaked(parts: &[&str]) -> World {
    world(Box::leak(parts.concat().into_boxed_str()))
}

/// Asks a client's own verifier, which trusts the authority and nobody else.
fn trusted(certificates: &Certificates, presented: &Presented, name: &str) -> bool {
    let mut roots = RootCertStore::empty();
    let pem = certificates.authority().unwrap().pem();
    roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider).build().unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    verifier.verify_server_cert(&presented.keys[0].cert[0], &[], &name, &[], UnixTime::now()).is_ok()
}

#[test]
fn a_secret_of_the_manifests_is_presented_and_read_once() {
    let (cert, key) = pair("shop.test");
    let world = leaked(&[GATEWAY, &secret("infra", "shop-tls", &cert, &key)]);
    let mut certificates = Certificates::new(today());
    let first = of(&mut certificates, &world, 0, &[]);
    assert_eq!(first.view(), CertificateView::Given);
    assert!(Arc::ptr_eq(&first.keys[0], &of(&mut certificates, &world, 0, &[]).keys[0]));
    assert!(certificates.authority().is_none(), "nothing had to be made");
}

#[test]
fn a_new_text_of_a_secret_is_presented_next() {
    let ((cert, key), (newer, newer_key)) = (pair("shop.test"), pair("shop.test"));
    let mut certificates = Certificates::new(today());
    let before = leaked(&[GATEWAY, &secret("infra", "shop-tls", &cert, &key)]);
    let after = leaked(&[GATEWAY, &secret("infra", "shop-tls", &newer, &newer_key)]);
    let first = of(&mut certificates, &before, 0, &[]);
    let next = of(&mut certificates, &after, 0, &[]);
    assert_ne!(first.keys[0].cert, next.keys[0].cert);
}

#[test]
fn an_assumed_secret_gets_a_certificate_that_the_authority_vouches_for() {
    let world = leaked(&[GATEWAY]);
    let mut certificates = Certificates::new(today());
    let names = names(Some("shop.test"), "127.0.0.7", &[]);
    let made = of(&mut certificates, &world, 0, &names);
    assert_eq!(made.view(), CertificateView::MadeHere);
    assert!(trusted(&certificates, &made, "shop.test"));
    assert!(!trusted(&certificates, &made, "other.test"));
    assert!(Arc::ptr_eq(&made.keys[0], &of(&mut certificates, &world, 0, &names).keys[0]), "made once");
}

#[test]
fn a_secret_that_is_missing_where_others_are_is_missing() {
    let (cert, key) = pair("shop.test");
    let world = leaked(&[GATEWAY, &secret("infra", "another", &cert, &key)]);
    let presented = of(&mut Certificates::new(today()), &world, 0, &[]);
    assert_eq!(presented.view(), CertificateView::Missing);
}

#[test]
fn a_broken_key_is_told_and_not_presented() {
    let ((cert, _), (_, other)) = (pair("shop.test"), pair("shop.test"));
    let cases = [(other.as_str(), "does not belong"), ("nonsense", "no private key")];
    for (key, why) in cases {
        let world = leaked(&[GATEWAY, &secret("infra", "shop-tls", &cert, key)]);
        let presented = of(&mut Certificates::new(today()), &world, 0, &[]);
        assert_eq!(presented.view(), CertificateView::Missing);
        let [problem] = &presented.problems[..] else { panic!("one problem") };
        assert!(problem.message.contains(why), "{}", problem.message);
        assert_eq!((problem.code, problem.line.is_some()), ("certificate-unusable", true));
    }
}

#[test]
fn a_secret_of_another_namespace_needs_a_grant() {
    let (cert, key) = pair("shop.test");
    let far = secret("vault", "far-tls", &cert, &key);
    let grant = |from: &str, to: &str| {
        format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: ReferenceGrant\nmetadata: {{name: g, namespace: vault}}\n\
             spec:\n  from: [{{group: gateway.networking.k8s.io, kind: Gateway, namespace: {from}}}]\n  to: [{to}]\n---\n"
        )
    };
    let cases = [
        (String::new(), CertificateView::Missing, "no grant"),
        (grant("infra", "{kind: Secret, group: ''}"), CertificateView::Given, "all Secrets"),
        (grant("infra", "{kind: Secret, group: '', name: far-tls}"), CertificateView::Given, "this Secret"),
        (grant("infra", "{kind: Secret, group: '', name: x}"), CertificateView::Missing, "another Secret"),
        (grant("shop", "{kind: Secret, group: ''}"), CertificateView::Missing, "another namespace"),
    ];
    for (grant, view, why) in cases {
        let world = leaked(&[GATEWAY, &far, &grant]);
        assert_eq!(of(&mut Certificates::new(today()), &world, 1, &[]).view(), view, "{why}");
    }
}

#[test]
fn what_is_gone_is_forgotten() {
    let (cert, key) = pair("shop.test");
    let world = leaked(&[GATEWAY, &secret("infra", "shop-tls", &cert, &key)]);
    let mut certificates = Certificates::new(today());
    of(&mut certificates, &world, 0, &[]);
    certificates.keep_only(&world);
    assert_eq!(certificates.read.len(), 1);
    certificates.keep_only(&world.apply(&[Change::Remove(Key::new(Kind::Secret, "infra", "shop-tls"))]));
    assert_eq!(certificates.read.len(), 0);
}

#[test]
fn a_certificate_made_here_is_for_all_that_the_listener_takes() {
    let routes: [Arc<str>; 2] = ["b.shop.test".into(), "a.x.shop.test".into()];
    let cases = [
        (Some("Shop.Test"), &["shop.test"][..], "an exact host is all there is"),
        (Some("*.shop.test"), &["*.shop.test", "a.x.shop.test", "b.shop.test"], "a star is one label in TLS"),
        (
            None,
            &["localhost", "127.0.0.7", "a.x.shop.test", "b.shop.test"],
            "every host: those of the routes",
        ),
        (Some(""), &["localhost", "127.0.0.7", "a.x.shop.test", "b.shop.test"], "empty is absent"),
    ];
    for (hostname, wanted, why) in cases {
        assert_eq!(names(hostname, "127.0.0.7", &routes), wanted, "{why}");
    }
    let made = Authority::new(today()).unwrap().issue(&names(None, "127.0.0.7", &routes)).unwrap();
    assert_eq!(made.cert.len(), 1);
}

#[test]
fn an_address_can_be_named_and_is_trusted() {
    let world = leaked(&[GATEWAY]);
    let mut certificates = Certificates::new(today());
    let address = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 7));
    let made = of(&mut certificates, &world, 0, &names(None, &address.to_string(), &[]));
    assert!(trusted(&certificates, &made, "127.0.0.7") && trusted(&certificates, &made, "localhost"));
}

#[test]
fn the_authority_is_offered_as_a_file_and_its_key_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(today()).unwrap();
    let path = authority.write(&folder.path().join("state")).unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(text, authority.pem());
    assert!(text.starts_with("-----BEGIN CERTIFICATE-----") && !text.contains("PRIVATE"));
}
