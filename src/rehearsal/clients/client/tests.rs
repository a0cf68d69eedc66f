//! What a client does next, by tables and by properties.

use std::net::Ipv4Addr;

use proptest::prelude::*;

use super::*;
use crate::rehearsal::clients::kind::{Caching, KINDS, Keep};

const OLD: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const NEW: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Sends one request at `now`, DNS saying `dns`. Gives where it went and whether DNS was asked.
fn send(client: &mut Client<()>, kind: &Kind, dns: IpAddr, ttl: u64, now: Duration) -> (IpAddr, bool) {
    client.expired(kind, now);
    let (kept, asked) = match client.plan(kind, now) {
        Plan::Use(kept) => (kept, false),
        Plan::Connect(address) => (Kept::new((), address, now), false),
        Plan::Ask => {
            client.told(kind, dns, s(ttl), 1.0, now);
            (Kept::new((), dns, now), true)
        }
        Plan::Busy => panic!("nothing is in use"),
    };
    let address = kept.address;
    client.done(kind, Some(kept), now);
    (address, asked)
}

#[test]
fn a_switch_is_seen_by_the_first_request_that_has_to_ask() {
    let named = |name: &str| Kind::named(name).unwrap();
    let aged = Kind {
        keep: Some(Keep { age: Some(s(20)), ..Keep::default() }),
        caching: Caching::OBEYS,
        ..named("jvm")
    };
    let counted = Kind { keep: Some(Keep { requests: Some(4), ..Keep::default() }), ..aged.clone() };
    // A request every 5 s, the switch at 12 s: when is the first at the new side?
    let cases = [
        (named("obey"), 10, Some(20), "asked at 0 and 10, then at 20"),
        (named("obey"), 5, Some(15), "a shorter TTL"),
        (named("obey"), 0, Some(15), "nothing is kept"),
        (named("browser"), 5, None, "a connection in use is kept, however short the TTL"),
        (named("jvm"), 5, None, "the same"),
        (named("forever"), 5, None, "never"),
        (aged, 5, Some(20), "the connection is too old at 20"),
        (counted, 5, Some(20), "the fifth request needs a new connection"),
    ];
    for (kind, ttl, wanted, why) in cases {
        let mut client = Client::default();
        let first = (0..60).map(|nth| nth * 5).find(|at| {
            let dns = if *at < 12 { OLD } else { NEW };
            send(&mut client, &kind, dns, ttl, s(*at)).0 == NEW
        });
        assert_eq!(first, wanted, "{}: {why}", kind.name);
    }
}

#[test]
fn one_that_never_asks_goes_on_where_it_went_even_with_new_connections() {
    let kind = Kind::named("forever").unwrap();
    let mut client = Client::default();
    assert_eq!(send(&mut client, &kind, OLD, 5, s(0)), (OLD, true));
    assert_eq!(send(&mut client, &kind, NEW, 5, s(10_000)), (OLD, false), "its connection rested too long");
    client.forget();
    client.expired(&kind, s(20_000));
    assert_eq!(send(&mut client, &kind, NEW, 5, s(20_000)), (NEW, true), "until it is restarted");
}

#[test]
fn a_pool_fills_first_and_then_takes_its_connections_in_turn() {
    let kind = Kind { pool: 3, ..Kind::named("pool").unwrap() };
    let mut client = Client::default();
    let seen: Vec<_> =
        (0..6).map(|at| send(&mut client, &kind, if at < 2 { OLD } else { NEW }, 1, s(at))).collect();
    let wanted = [(OLD, true), (OLD, true), (NEW, true), (OLD, false), (OLD, false), (NEW, false)];
    assert_eq!(seen, wanted, "two of three stay at the old side");
}

#[test]
fn a_client_whose_connections_are_all_in_use_does_not_send() {
    let kind = Kind::named("jvm").unwrap();
    let mut client = Client::<()>::default();
    assert!(matches!(client.plan(&kind, s(0)), Plan::Ask));
    assert!(matches!(client.plan(&kind, s(0)), Plan::Busy), "before the first is open");
    assert!(client.done(&kind, None, s(0)).is_none(), "it failed");
    assert!(matches!(client.plan(&kind, s(1)), Plan::Ask), "nothing was learned");
}

proptest! {
    #[test]
    fn dns_is_asked_only_when_nothing_is_believed_and_never_more_connections_are_open_than_the_pool_has(
        which in 0..KINDS.len(),
        pool in 1_usize..5,
        ttl in 0_u64..100,
        gaps in prop::collection::vec(0_u64..120, 1..60),
    ) {
        let kind = Kind { pool, ..KINDS[which].clone() };
        let mut client = Client::default();
        let mut now = s(0);
        let mut asked_at: Option<Duration> = None;
        for gap in gaps {
            now += s(gap);
            let (_, asked) = send(&mut client, &kind, OLD, ttl, now);
            if asked && let Some(before) = asked_at.replace(now) {
                let lifetime = kind.caching.lifetime(s(ttl));
                prop_assert!(lifetime.is_some_and(|lifetime| now.saturating_sub(before) >= lifetime));
            }
            prop_assert!(client.idle.len() <= pool);
            prop_assert_eq!(client.busy, 0);
            prop_assert_eq!(client.rests(), kind.keep.is_some());
        }
    }
}
