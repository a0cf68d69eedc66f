use crate::{
    dns::{Addresses, Counts},
    rehearsal::{NameView, Sides},
    switch::{Event, Journey, Pointing, Waves},
};

use jiff::Timestamp;

use super::{chart::Step, *};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn named(sides: Sides, to: Pointing) -> NameView {
    NameView {
        hostname: "app.example".parse().unwrap(),
        journey: std::sync::Arc::new(Journey::new(to, 60, Waves::default(), at(0))),
        sides,
        old: Addresses::default(),
        new: Addresses::default(),
        counts: std::sync::Arc::new(Counts::default()),
        alternates: false,
    }
}

#[test]
fn an_order_says_what_it_does_or_why_it_can_not() {
    let both = Sides::BOTH;
    let old = Sides { old: true, new: false };
    let share = |percent| Pointing::share(percent).unwrap();
    let cases = [
        (
            both,
            Pointing::OLD,
            Event::Point(Pointing::NEW),
            "old ▸ new   all that obey have moved by 160 (in 1 min)",
        ),
        (both, Pointing::OLD, Event::Wave, "old ▸ 10 % new   all that obey have moved by 160 (in 1 min)"),
        (both, share(10), Event::RollBack, "10 % new ▸ old   all that obey have moved by 160 (in 1 min)"),
        (both, Pointing::OLD, Event::RollBack, "✗ it points at old already"),
        (both, Pointing::NEW, Event::Wave, "✗ no wave is left: it points at the new side alone"),
        (
            old,
            Pointing::OLD,
            Event::Wave,
            "✗ only the old side serves it; at the new side it would not be found",
        ),
        (
            Sides::NEW,
            Pointing::NEW,
            Event::RollBack,
            "✗ only the new side serves it; at the old side it would not be found",
        ),
        (both, Pointing::OLD, Event::Ttl(5), "TTL 60 s ▸ 5 s   it counts from 160 on (in 1 min)"),
        (both, Pointing::OLD, Event::Ttl(60), "✗ its TTL is 60 s already"),
        (both, Pointing::OLD, Event::Hold, "held: only the way back is open"),
        (both, Pointing::OLD, Event::Finish, "✗ 0 % of it point at the new side; finish needs all of it"),
        (both, Pointing::NEW, Event::Finish, "finished: the old side is needed no more"),
    ];
    for (sides, to, event, expected) in cases {
        let name = named(sides, to);
        let told = match possible(&name, event, at(100)) {
            Ok((journey, done)) => {
                consequence(&name, &journey, done, at(100), |at| at.as_second().to_string()).text()
            }
            Err(why) => format!("app.example   ✗ {why}"),
        };
        assert_eq!(told, format!("app.example   {expected}"));
    }
}

#[test]
fn what_dns_said_is_drawn_as_steps() {
    let share = |percent| Pointing::share(percent).unwrap();
    let step = |second, from, to| Step { at: at(second), label: String::new(), pointing: Some((from, to)) };
    let steps = [step(60, Pointing::OLD, share(50)), step(80, share(50), Pointing::NEW)];
    let drawn: Vec<f64> = dns(&steps, Pointing::NEW, at(100), 100.0, 11).into_iter().flatten().collect();
    assert_eq!(drawn, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.5, 1.0, 1.0, 1.0]);
    let quiet: Vec<f64> = dns(&[], Pointing::NEW, at(100), 100.0, 3).into_iter().flatten().collect();
    assert_eq!(quiet, [1.0, 1.0, 1.0], "nothing was changed");
}
