//! Addresses and ports, with binds that are told what to answer, and with real ones.

use super::*;
use crate::routing::Side;

fn gateway(name: &str) -> Arc<Origin> {
    Arc::new(Origin { kind: "Gateway".into(), namespace: "infra".into(), name: name.into() })
}

fn key(name: &str, port: u16) -> PortKey {
    PortKey { side: Side::New, entry: gateway(name), port }
}

/// A system on which these ports answer so; all others are free.
fn system(taken: &[(u16, io::ErrorKind)]) -> impl FnMut(SocketAddr) -> io::Result<SocketAddr> {
    move |address| match taken.iter().find(|(port, _)| *port == address.port()) {
        Some((_, kind)) => Err((*kind).into()),
        None => Ok(address),
    }
}

#[test]
fn a_gateway_has_the_same_address_at_every_start() {
    let (mut first, mut second) = (Addresses::default(), Addresses::default());
    let early = first.of(&gateway("edge"));
    second.of(&gateway("other"));
    assert_eq!(second.of(&gateway("edge")), early);
    assert_eq!(early.octets()[..3], [127, 0, 0]);
    assert_ne!(early, Ipv4Addr::LOCALHOST);
}

#[test]
fn every_gateway_has_an_address_of_its_own() {
    let mut addresses = Addresses::default();
    let all: BTreeSet<_> = (0..2000).map(|nth| addresses.of(&gateway(&format!("edge-{nth}")))).collect();
    assert_eq!(all.len(), 2000);
    assert!(all.iter().all(|address| address.is_loopback() && !matches!(address.octets()[3], 0 | 1 | 255)));
    let resolver = [Ipv4Addr::new(127, 0, 0, 53), Ipv4Addr::new(127, 0, 0, 54)];
    assert!(resolver.iter().all(|address| !all.contains(address)));
}

#[test]
fn the_port_wanted_is_taken_or_the_next_best() {
    use io::ErrorKind::{AddrInUse, PermissionDenied};
    type Case = (u16, &'static [(u16, io::ErrorKind)], u16, bool, &'static str);
    let cases: &[Case] = &[
        (80, &[], 80, false, "this user may"),
        (80, &[(80, PermissionDenied)], 8080, false, "this user may not"),
        (443, &[(443, PermissionDenied)], 8443, false, "the stable one of https"),
        (80, &[(80, AddrInUse)], 8080, true, "another program has it"),
        (80, &[(80, PermissionDenied), (8080, AddrInUse)], 9080, true, "the stable one is taken"),
        (8080, &[(8080, AddrInUse)], 9080, true, "a high one is taken"),
        (65000, &[(65000, AddrInUse)], 0, true, "no step left: any"),
    ];
    for (wanted, taken, got, told, why) in cases {
        let mut addresses = Addresses::default();
        let bound = addresses.bind(&key("edge", *wanted), &BTreeSet::new(), system(taken)).unwrap();
        assert_eq!(bound.address.port(), *got, "{why}");
        assert_eq!(bound.instead_of.is_some(), *told, "{why}");
    }
}

#[test]
fn where_there_is_one_loopback_address_gateways_share_it_on_distinct_ports() {
    let mut addresses = Addresses::default();
    let mut mac = |address: SocketAddr| {
        if address.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST) {
            Ok(address)
        } else {
            Err(io::ErrorKind::AddrNotAvailable.into())
        }
    };
    let first = addresses.bind(&key("edge", 8000), &BTreeSet::new(), &mut mac).unwrap();
    let second = addresses.bind(&key("other", 8000), &[first.address].into(), &mut mac).unwrap();
    assert_eq!(first.address, "127.0.0.1:8000".parse().unwrap());
    assert_eq!(second.address, "127.0.0.1:9000".parse().unwrap());
    assert!(second.instead_of.is_none(), "it is ours");
}

#[test]
fn a_port_that_nobody_may_have_is_told_with_the_reason() {
    let mut addresses = Addresses::default();
    let refused =
        addresses.bind(&key("edge", 80), &BTreeSet::new(), |_| Err(io::ErrorKind::PermissionDenied.into()));
    assert!(refused.unwrap_err().contains("permission denied"));
}

#[test]
fn a_port_in_use_is_told_beside_the_one_that_is_used_instead() {
    let mut addresses = Addresses::default();
    let ip = addresses.of(&gateway("edge"));
    let held = std::net::TcpListener::bind((ip, 0)).unwrap();
    let port = held.local_addr().unwrap().port();
    let mut kept = Vec::new();
    let bound = addresses
        .bind(&key("edge", port), &BTreeSet::new(), |address| {
            let listener = std::net::TcpListener::bind(address)?;
            let bound = listener.local_addr();
            kept.push(listener);
            bound
        })
        .unwrap();
    assert_ne!(bound.address.port(), port);
    assert_eq!(bound.instead_of, Some(SocketAddr::from((ip, port))));
}
