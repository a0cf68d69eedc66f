//! What is told of hosts follows their counts.

use super::*;
use crate::rehearsal::clients::{census::Outcome, kind::KINDS};

const S: Duration = Duration::from_secs(1);

fn nobody() -> Census {
    Census::new(KINDS.iter().map(|kind| (kind, 10)))
}

fn send(census: &mut Census, side: Side, kept: bool, count: usize, now: Duration) {
    for _ in 0..count {
        census.went(1, None, Some(side), now);
        census.over(1, Some(side), kept, Outcome::Status(200, S / 100));
    }
}

#[test]
fn what_came_lately_is_told_by_side_and_by_kind_and_is_over_after_a_while() {
    let (mut follower, mut census, host) = (Follower::default(), nobody(), Arc::from("shop.example"));
    let mut facts = Facts::default();
    for second in 1..=20 {
        send(&mut census, Side::Old, second % 2 == 0, 4, S * second);
        send(&mut census, Side::New, true, 1, S * second);
        census.opened(1, Some(Side::Old));
        facts = follower.follow(S * second, &census, [(&host, 0.5, &census)].into_iter());
    }
    let told = facts.of("shop.example").unwrap();
    assert_eq!((told.recent.seconds, told.recent.old.requests, told.recent.new.requests), (10.0, 40, 10));
    assert_eq!((told.history.len(), told.history[0].new_share(), told.share), (20, Some(0.2), 0.5));
    assert_eq!((told.rest.per_second, told.rest.half_life, told.rest.last_seen), (4.0, None, Some(20 * S)));
    let [kind] = &*told.rest.kinds else { panic!("{:?}", told.rest.kinds) };
    assert_eq!(
        (&*kind.name, kind.per_second, kind.kept_per_second, kind.connections),
        ("browser", 4.0, 2.0, 20)
    );
    assert_eq!(facts.of("other.example"), None);
    assert_eq!(facts.all.census, told.census);
    let later = follower.follow(31 * S, &census, [(&host, 0.5, &census)].into_iter());
    let told = later.of("shop.example").unwrap();
    assert_eq!((told.recent.old.requests, told.rest.per_second, told.history.len()), (0, 0.0, 20));
    let kept = Arc::clone(&later.hosts[0]);
    let again = follower.follow(32 * S, &census, [(&host, 0.5, &census)].into_iter());
    assert!(Arc::ptr_eq(&kept, &again.hosts[0]), "nothing is made anew for a host that is quiet");
    let gone = follower.follow(1000 * S, &census, std::iter::empty());
    assert!(gone.hosts.is_empty());
}

#[test]
fn the_half_life_is_that_with_which_the_old_side_shrinks() {
    let half = 20.0;
    // At an old side that halves, at one that stays, and at one where less comes because less comes at all.
    type At<'a> = &'a dyn Fn(f64) -> (f64, f64);
    let cases: [(&str, At<'_>, bool); 4] = [
        ("halves", &|s| (200.0 * 0.5_f64.powf(s / half), 200.0 - 200.0 * 0.5_f64.powf(s / half)), true),
        ("stays", &|_| (100.0, 100.0), false),
        ("less load", &|s| (100.0 * 0.5_f64.powf(s / half), 100.0 * 0.5_f64.powf(s / half)), false),
        ("grows", &|s| (s, 200.0 - s), false),
    ];
    for (what, at, shrinks) in cases {
        let history: Vec<Tick> = (1..=40)
            .map(|second| {
                let (old, new) = at(f64::from(second));
                let brief = |requests: f64| Brief { requests: requests as u32, ..Brief::default() };
                Tick { at: S * second, old: brief(old), new: brief(new), open: [0; 2] }
            })
            .collect();
        let told = half_life(40 * S, &history).map(|time| time.as_secs_f64());
        assert_eq!(told.is_some(), shrinks, "{what}: {told:?}");
        if let Some(told) = told {
            assert!((told - half).abs() < 3.0, "{what}: {told}");
        }
    }
    assert_eq!(half_life(40 * S, &[]), None, "nothing at all");
}
