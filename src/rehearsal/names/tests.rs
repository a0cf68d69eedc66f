use std::collections::BTreeSet;

use super::*;
use crate::{dns::Addresses, rehearsal::sited::Place};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn place(last: u8, served: bool) -> Place {
    let ip = std::net::IpAddr::from([127, 0, 0, last]);
    let addresses = if last == 0 { Addresses::default() } else { [ip].into_iter().collect() };
    Place { addresses, served }
}

fn sited(hosts: &[(&str, Place, Place)]) -> Sited {
    let hosts = hosts
        .iter()
        .map(|(name, old, new)| (name.parse().unwrap(), Site { old: old.clone(), new: new.clone() }));
    Sited { hosts: hosts.collect(), strange: BTreeSet::new() }
}

fn usual() -> Sited {
    sited(&[
        ("app.example", place(2, true), place(3, true)),
        ("shop.example", place(2, true), place(3, true)),
        ("left.example", place(2, true), place(3, false)),
        ("fresh.example", place(2, false), place(3, true)),
        ("alone.example", place(2, true), place(0, false)),
    ])
}

fn started(ttl: u32) -> Names {
    let address = "127.0.0.1:0".parse().unwrap();
    let mut names = Names::start(&DnsOptions { address, ttl, forward: None, seed: 1 }).unwrap();
    names.follow(usual(), at(0));
    names
}

fn these(hosts: &[&str]) -> Which {
    Which::These(hosts.iter().map(|host| host.parse().unwrap()).collect())
}

fn share(names: &Names, host: &str) -> Option<u8> {
    names.server.zones().get(&host.parse().unwrap()).map(|record| record.share.percent())
}

#[test]
fn a_hostname_begins_where_it_is_served() {
    let names = started(60);
    let begins: Vec<_> =
        ["app.example", "fresh.example", "left.example"].map(|host| share(&names, host)).into();
    assert_eq!(begins, [Some(0), Some(100), Some(0)]);
    assert_eq!(names.view().names.len(), 5);
    assert_eq!(names.view().version, 1);
}

#[test]
fn several_are_switched_in_one_step_or_none_is() {
    let mut names = started(60);
    let order = Switch::point(these(&["app.example", "shop.example"]), Pointing::NEW);
    let switched = names.switch(&order, at(100)).unwrap();
    assert_eq!(switched.len(), 2);
    assert!(switched.iter().all(|one| one.journey.moved_by() == Some(at(160))));
    assert_eq!((share(&names, "app.example"), names.view().version), (Some(100), 2));
    let wrong = names
        .switch(
            &Switch::point(these(&["app.example", "gone.example", "left.example"]), Pointing::OLD),
            at(200),
        )
        .unwrap_err();
    let told: Vec<_> = wrong.iter().map(|one| format!("{}: {}", one.hostname, one.message)).collect();
    assert_eq!(
        told,
        ["gone.example: no Ingress and no route has this hostname"],
        "left is at the old side already"
    );
    assert_eq!((share(&names, "app.example"), names.view().version), (Some(100), 2), "nothing was done");
}

#[test]
fn only_who_insists_points_a_hostname_at_a_side_that_does_not_serve_it() {
    let mut names = started(60);
    let mut point = |host: &str, to, force| {
        let order = Switch { force, ..Switch::point(these(&[host]), to) };
        names.switch(&order, at(100)).map(|done| done.len()).map_err(|wrong| wrong[0].message.clone())
    };
    let left = "only the old side serves it; at the new side it would not be found";
    let fresh = "only the new side serves it; at the old side it would not be found";
    assert_eq!(point("left.example", Pointing::NEW, false), Err(left.to_owned()));
    assert_eq!(point("left.example", Pointing::share(1).unwrap(), false), Err(left.to_owned()));
    assert_eq!(point("fresh.example", Pointing::OLD, false), Err(fresh.to_owned()));
    assert_eq!(point("fresh.example", Pointing::NEW, false), Ok(1), "it is there already");
    assert_eq!(
        point("alone.example", Pointing::NEW, true),
        Err("the new side has no address at all".to_owned())
    );
    assert_eq!(point("left.example", Pointing::NEW, true), Ok(1));
    assert_eq!(point("left.example", Pointing::OLD, false), Ok(1), "the way back needs no force");
}

#[test]
fn who_says_all_leaves_those_that_can_not() {
    let mut names = started(60);
    let switched = names.switch(&Switch::point(Which::All, Pointing::NEW), at(100)).unwrap();
    let told: Vec<_> = switched
        .iter()
        .map(|one| (one.hostname.to_string(), one.done.as_ref().map(|_| ()).is_ok()))
        .collect();
    let expected = [
        ("alone.example", false),
        ("app.example", true),
        ("fresh.example", true),
        ("left.example", false),
        ("shop.example", true),
    ];
    assert_eq!(told, expected.map(|(name, done)| (name.to_owned(), done)));
    let notices = switched.iter().filter_map(|one| notice(one, at(100))).count();
    assert_eq!(notices, 2, "fresh.example was there already");
}

#[test]
fn a_hostname_that_comes_back_is_where_it_was() {
    let mut names = started(60);
    names.switch(&Switch::point(these(&["app.example"]), Pointing::NEW), at(100)).unwrap();
    names.follow(sited(&[("shop.example", place(2, true), place(3, true))]), at(200));
    assert_eq!((share(&names, "app.example"), names.view().names.len()), (None, 1));
    names.follow(usual(), at(300));
    assert_eq!(share(&names, "app.example"), Some(100));
    let version = names.view().version;
    names.follow(usual(), at(400));
    assert_eq!(names.view().version, version, "what did not change is not made anew");
    let order = Switch { which: these(&["app.example"]), event: Event::Ttl(5), force: false };
    let done = names.switch(&order, at(500)).unwrap();
    let Some(Notice::Note(note)) = notice(&done[0], at(500)) else { panic!("not told") };
    assert_eq!(note, "TTL of app.example: 5 s, before 60 s; it counts from 1970-01-01T00:09:20Z on");
}

#[test]
fn an_address_that_can_not_be_had_is_told_with_its_cure() {
    let options =
        |address: &str| DnsOptions { address: address.parse().unwrap(), ttl: 1, forward: None, seed: 0 };
    let why = |options: &DnsOptions| {
        Names::start(options).err().map(|problem| (problem.message, problem.fix)).unwrap()
    };
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let (message, fix) = why(&options(&address.to_string()));
    let own =
        if cfg!(target_os = "linux") { format!("(process {})", std::process::id()) } else { String::new() };
    assert!(
        message.starts_with(&format!("DNS address {address} can not be bound over UDP: it is in use")),
        "{message}"
    );
    assert!(message.ends_with(&own) && fix.contains("port 0"), "{message}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (message, _) = why(&options(&taken.local_addr().unwrap().to_string()));
    assert!(message.contains("over TCP: it is in use"), "{message}");
    let (message, _) = why(&options("192.0.2.1:5300"));
    assert!(message.ends_with("no interface of this machine has that address"), "{message}");
    let itself = DnsOptions { forward: Some("127.0.0.1:5300".parse().unwrap()), ..options("127.0.0.1:5300") };
    assert!(why(&itself).0.contains("forward to itself"));
    let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    let error = dns::BindError { address: "127.0.0.1:53".parse().unwrap(), protocol: "UDP", source: denied };
    let problem = not_bound(&error);
    assert!(
        problem.message.ends_with("this user may not listen below port 1024")
            && problem.fix.contains("127.0.0.1:1053")
    );
}
