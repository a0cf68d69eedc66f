use hickory_proto::rr::Name;

use super::*;

fn record(ttl: u32) -> Arc<Record> {
    let addresses = |text: &str| [text.parse().unwrap()].into_iter().collect();
    Arc::new(Record {
        ttl,
        share: Share::OLD,
        old: addresses("127.0.0.2"),
        new: addresses("127.0.0.3"),
        counts: Arc::default(),
    })
}

fn zones(hostnames: &[(&str, u32)]) -> Zones {
    let records = hostnames.iter().map(|(name, ttl)| (name.parse().unwrap(), record(*ttl))).collect();
    Zones::default().next(&records, jiff::Timestamp::UNIX_EPOCH)
}

fn found(zones: &Zones, name: &str) -> String {
    let name = Name::from_ascii(name).unwrap();
    let zone = |zone: Zone<'_>| format!("of {} ttl {}", name.trim_to(zone.labels), zone.ttl);
    match zones.find(&Asked::of(&name)) {
        Found::Here(record, of) => format!("here {} {}", record.ttl, zone(of)),
        Found::Empty(of) => format!("empty {}", zone(of)),
        Found::Nothing(of) => format!("nothing {}", zone(of)),
        Found::Outside => "outside".to_owned(),
    }
}

#[test]
fn the_deepest_zone_answers_with_the_closest_name() {
    let zones = zones(&[
        ("app.example.com", 1),
        ("*.example.com", 2),
        ("a.b.example.com", 3),
        ("both.example.org", 4),
        ("*.both.example.org", 5),
    ]);
    let cases = [
        ("app.example.com.", "here 1 of app.example.com. ttl 1", "a hostname"),
        ("APP.Example.com.", "here 1 of APP.Example.com. ttl 1", "letters' case is the client's"),
        ("x.app.example.com.", "nothing of app.example.com. ttl 1", "a zone of its own, without that name"),
        ("shop.example.com.", "here 2 of example.com. ttl 2", "under the wildcard"),
        ("x.y.shop.example.com.", "here 2 of example.com. ttl 2", "at any depth"),
        ("*.example.com.", "here 2 of example.com. ttl 2", "the wildcard itself"),
        ("example.com.", "empty of example.com. ttl 2", "the apex is not under itself"),
        ("b.example.com.", "empty of example.com. ttl 2", "there, for the sake of the name under it"),
        (
            "c.b.example.com.",
            "nothing of example.com. ttl 2",
            "RFC 4592: b is closer than the wildcard's apex",
        ),
        ("a.b.example.com.", "here 3 of a.b.example.com. ttl 3", "a zone within a zone"),
        ("both.example.org.", "here 4 of both.example.org. ttl 4", "a name and all under it: the name"),
        (
            "x.both.example.org.",
            "here 5 of both.example.org. ttl 4",
            "and one under it; the least TTL for nothing",
        ),
        ("example.org.", "outside", "above a zone"),
        ("other.example.org.", "outside", "beside a zone"),
        ("com.", "outside", "far above"),
        (".", "outside", "the root"),
        ("myexample.com.", "outside", "labels, not letters"),
    ];
    for (name, expected, why) in cases {
        assert_eq!(found(&zones, name), expected, "{name}: {why}");
    }
}

#[test]
fn each_change_is_a_new_version_and_leaves_the_old_one_as_it_was() {
    let before = zones(&[("a.example", 1), ("b.example", 1)]);
    let (a, b): (Hostname, Hostname) = ("a.example".parse().unwrap(), "b.example".parse().unwrap());
    let gone: Hostname = "gone.example".parse().unwrap();
    let at = jiff::Timestamp::from_second(5).unwrap();
    let switched = Arc::new(Record { share: Share::NEW, ..(*record(9)).clone() });
    let after = before.with([(&a, Arc::clone(&switched)), (&gone, switched)], at);
    assert_eq!((before.version(), after.version()), (1, 2));
    assert_eq!(after.changed(), Some(at));
    assert_eq!(before.get(&a).unwrap().share, Share::OLD);
    assert_eq!((after.get(&a).unwrap().share, after.get(&b).unwrap().share), (Share::NEW, Share::OLD));
    assert!(after.get(&gone).is_none(), "only what is there changes");
    let less = after.next(&[(b.clone(), record(1))].into(), at);
    assert!(less.get(&a).is_none() && less.get(&b).is_some());
    assert_eq!(found(&less, "a.example."), "outside");
}

#[test]
fn addresses_are_told_once_and_by_kind() {
    let texts = ["127.0.0.3", "::1", "127.0.0.2", "127.0.0.3"];
    let addresses: Addresses = texts.iter().map(|text| text.parse::<IpAddr>().unwrap()).collect();
    assert_eq!(addresses.v4, [Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 0, 0, 3)]);
    assert_eq!(addresses.v6, [Ipv6Addr::LOCALHOST]);
    assert_eq!(Share::new(101), None);
}

#[test]
fn ten_thousand_hostnames_are_made_and_switched_at_once() {
    let names: Vec<Hostname> =
        (0..10_000).map(|n| format!("h{n}.team{}.example.com", n % 100).parse().unwrap()).collect();
    let records = names.iter().map(|name| (name.clone(), record(60))).collect();
    let zones = Zones::default().next(&records, jiff::Timestamp::UNIX_EPOCH);
    let new = Arc::new(Record { share: Share::NEW, ..(*record(60)).clone() });
    let all = zones.with(names.iter().map(|name| (name, Arc::clone(&new))), jiff::Timestamp::UNIX_EPOCH);
    assert!(names.iter().all(|name| all.get(name).unwrap().share == Share::NEW));
    assert_eq!(zones.nodes.len(), 10_000 + 100 + 2, "a node for each name and each name above one");
    assert_eq!(found(&all, "h1.team1.example.com."), "here 60 of h1.team1.example.com. ttl 60");
}
