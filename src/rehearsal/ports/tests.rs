//! Ports that come and go, with a binder that remembers.

use std::cell::RefCell;

use super::*;
use crate::routing::{Origin, Side};

#[derive(Default)]
struct Remembering {
    open: RefCell<BTreeMap<PortKey, SocketAddr>>,
    binds: RefCell<usize>,
}

impl Binder for Remembering {
    fn bind(&self, key: PortKey, address: SocketAddr) -> io::Result<SocketAddr> {
        if address.port() == 7 {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        *self.binds.borrow_mut() += 1;
        self.open.borrow_mut().insert(key, address);
        Ok(address)
    }

    fn unbind(&self, key: &PortKey) {
        self.open.borrow_mut().remove(key);
    }
}

fn listener(gateway: &str, name: &str, port: u16, refused: Option<&str>) -> Wanted {
    let entry = Arc::new(Origin { kind: "Gateway".into(), namespace: "infra".into(), name: gateway.into() });
    Wanted {
        id: ListenerId { port: PortKey { side: Side::New, entry, port }, name: name.into() },
        protocol: PortProtocol::Http,
        hostname: "*".into(),
        certificate: CertificateView::None,
        refused: refused.map(Into::into),
    }
}

fn listeners(all: Vec<Wanted>) -> Listeners {
    Listeners { all, ..Listeners::default() }
}

#[test]
fn a_port_is_bound_once_for_all_its_listeners_and_stays() {
    let (mut ports, binder) = (Ports::default(), Remembering::default());
    let all = listeners(vec![listener("edge", "a", 80, None), listener("edge", "b", 80, None)]);
    ports.follow(&all, &binder);
    ports.follow(&all, &binder);
    assert_eq!(*binder.binds.borrow(), 1);
    let view = ports.view(&all);
    assert_eq!(view[0].address, view[1].address);
    assert_eq!(view[0].address.as_ref().unwrap().port(), 80);
}

#[test]
fn gateways_have_the_same_port_at_addresses_of_their_own() {
    let (mut ports, binder) = (Ports::default(), Remembering::default());
    let all = listeners(vec![listener("edge", "a", 80, None), listener("other", "a", 80, None)]);
    ports.follow(&all, &binder);
    let view = ports.view(&all);
    let (one, two) = (view[0].address.clone().unwrap(), view[1].address.clone().unwrap());
    assert!(one.ip() != two.ip() && one.port() == two.port());
}

#[test]
fn ports_that_nobody_wants_any_more_are_given_back() {
    let (mut ports, binder) = (Ports::default(), Remembering::default());
    ports.follow(&listeners(vec![listener("edge", "a", 80, None), listener("edge", "b", 81, None)]), &binder);
    let rest =
        listeners(vec![listener("edge", "a", 80, None), listener("edge", "b", 81, Some("Conflicted"))]);
    ports.follow(&rest, &binder);
    let open: Vec<_> = binder.open.borrow().keys().map(|key| key.port).collect();
    assert_eq!(open, [80]);
    assert_eq!(ports.view(&rest)[1].address, Err("Conflicted".to_owned()));
    assert_eq!(ports.address(&rest.all[1].id.port), None);
}

#[test]
fn a_port_in_use_is_told_and_the_next_is_taken() {
    let (mut ports, binder) = (Ports::default(), Remembering::default());
    let all = listeners(vec![listener("edge", "a", 7, None)]);
    ports.follow(&all, &binder);
    assert_eq!(ports.view(&all)[0].address.as_ref().unwrap().port(), 8007);
    assert!(ports.problems().is_empty(), "not before it is known by whom, which nobody waits for");
    let unnamed = ports.unnamed();
    assert_eq!(unnamed.iter().map(SocketAddr::port).collect::<Vec<_>>(), [7]);
    assert!(ports.unnamed().is_empty(), "asked once");
    ports.named(vec![(unnamed[0], Some("nginx (process 7)".to_owned()))]);
    let problems = ports.problems();
    assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["port-in-use"]);
    assert!(problems[0].message.contains("is in use by nginx (process 7); "), "{}", problems[0].message);
    ports.follow(&listeners(vec![]), &binder);
    ports.named(vec![(unnamed[0], None)]);
    assert!(ports.problems().is_empty(), "wanted no more");
    ports.follow(&all, &binder);
    assert_eq!(ports.unnamed(), unnamed, "another program may have it by now");
    ports.named(vec![(unnamed[0], None)]);
    assert!(ports.problems()[0].message.contains("is in use; "), "nobody can be seen");
}
