//! Who is dealt where, and that the counts are those of the clients.

use std::sync::Arc;

use super::*;
use crate::rehearsal::clients::requests::Ask;

fn requests(by_host: &[(&str, usize)]) -> Requests {
    let mut requests = Requests::default();
    for (host, count) in by_host {
        let ask = Ask {
            site: requests.sites.len(),
            server_name: None,
            request: Arc::from(*b"GET / HTTP/1.1\r\n\r\n"),
            head_only: false,
        };
        requests.list.extend(std::iter::repeat_n(ask, *count));
        requests.sites.push(Site { host: Arc::from(*host), port: 80 });
        requests.hostnames.push(Arc::from(*host));
    }
    requests
}

#[test]
fn clients_are_dealt_by_requests_and_every_site_has_one() {
    let mut crowd = Crowd::<()>::new(ClientMix::default());
    crowd.deal(&requests(&[("a", 9), ("b", 1), ("c", 0)]), 100);
    let count = |crowd: &Crowd<()>, host: &str| {
        crowd.of_host(host).unwrap().kinds.iter().map(|kind| kind.clients).sum::<usize>()
    };
    assert_eq!(["a", "b", "c"].map(|host| count(&crowd, host)), [90, 10, 1]);
    let kinds: Vec<_> = crowd.census().kinds.iter().map(|kind| (&*kind.name, kind.clients)).collect();
    // 50, 30, 10, 5, 5 of a hundred, and one for the third.
    assert_eq!(kinds, [("obey", 51), ("browser", 30), ("jvm", 10), ("pool", 5), ("forever", 5)]);
    assert_eq!(crowd.of_host("d"), None);
}

#[test]
fn clients_of_a_site_that_stays_go_on_and_those_of_others_are_no_longer_counted() {
    let mut crowd = Crowd::<()>::new(ClientMix::only(super::super::kind::KINDS[1].clone()));
    let both = requests(&[("a", 1), ("b", 1)]);
    crowd.deal(&both, 10);
    let mut random = fastrand::Rng::with_seed(1);
    let mut send = |crowd: &mut Crowd<()>, site: &Site| {
        let (sender, _) = crowd.choose(site, &mut random, Duration::ZERO).unwrap();
        crowd.goes(&sender, Some(Side::Old), Duration::ZERO);
        crowd.opened(&sender, Some(Side::Old));
        let open = Open { connection: (), side: Some(Side::Old) };
        let kept = Kept::new(open, [127, 0, 0, 2].into(), Duration::ZERO);
        crowd.over(
            &sender,
            Some(Side::Old),
            false,
            Ok(Outcome::Status(200, Duration::ZERO)),
            Some(kept),
            Duration::ZERO,
        );
        sender
    };
    send(&mut crowd, &both.sites[0]);
    let gone = send(&mut crowd, &both.sites[1]);
    assert_eq!((crowd.census().clients_at(Side::Old), crowd.census().connections_to(Side::Old)), (2, 2));
    crowd.deal(&both, 10);
    assert_eq!(crowd.census().connections_to(Side::Old), 2, "nothing changed");
    crowd.deal(&requests(&[("a", 1)]), 5);
    assert_eq!((crowd.census().clients_at(Side::Old), crowd.census().connections_to(Side::Old)), (1, 1));
    crowd.closed(&gone, Some(Side::Old));
    assert_eq!(crowd.census().connections_to(Side::Old), 1, "a late word of one that is gone");
    assert_eq!(crowd.census().old.requests, 2, "what happened stays");
    crowd.sweep(Duration::from_secs(75));
    assert_eq!(crowd.census().connections_to(Side::Old), 0, "it rested for 75 s");
}
