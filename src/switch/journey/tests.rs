use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn journey(ttl: u32) -> Journey {
    Journey::new(Pointing::OLD, ttl, Waves::default(), at(0))
}

/// Applies all; the last one's outcome.
fn play(start: &Journey, events: &[(i64, Event)]) -> (Journey, Result<Done, Refused>) {
    let mut now = start.clone();
    let mut last = Ok(Done::Already);
    for (second, event) in events {
        last = now.apply(*event, at(*second)).map(|(next, done)| {
            now = next;
            done
        });
    }
    (now, last)
}

/// `Pointed 0>10 by 160`
fn told(outcome: &Result<Done, Refused>) -> String {
    match outcome {
        Ok(Done::Pointed { from, to, moved_by }) => {
            format!("{}>{} by {}", from.percent(), to.percent(), moved_by.as_second())
        }
        Ok(Done::Ttl { from, to, settled }) => format!("ttl {from}>{to} from {}", settled.as_second()),
        Ok(Done::Marked) => "marked".into(),
        Ok(Done::Already) => "already".into(),
        Err(refused) => refused.to_string(),
    }
}

#[test]
fn each_event_does_what_the_state_allows() {
    use Event::*;
    let new = Point(Pointing::NEW);
    let held = "it is held; let it go on first, or roll it back";
    let finished = "it is finished, and the old side may be gone; open it again first";
    type Case<'c> = (&'c [(i64, Event)], &'c str, &'c str);
    let cases: &[Case<'_>] = &[
        (&[(1000, new)], "0>100 by 1300", "the switch takes the TTL that was served before it"),
        (&[(1000, Point(Pointing::OLD))], "already", "it is there"),
        (&[(500, Ttl(60)), (1000, new)], "0>100 by 1060", "lowered in good time"),
        (&[(900, Ttl(60)), (1000, new)], "0>100 by 1200", "lowered too late"),
        (&[(900, Ttl(60))], "ttl 300>60 from 1200", "when the lower one counts"),
        (&[(900, Ttl(600))], "ttl 300>600 from 0", "a longer one counts at once"),
        (&[(1000, Wave)], "0>10 by 1300", "first wave"),
        (&[(1000, Wave), (1010, Wave)], "10>50 by 1310", "second"),
        (&[(1000, Wave), (1010, Wave), (1020, Wave)], "50>100 by 1320", "third"),
        (&[(1000, new), (1010, Wave)], "no wave is left: it points at the new side alone", "no fourth"),
        (&[(1000, Point(Pointing::share(30).unwrap())), (1010, Wave)], "30>50 by 1310", "from between"),
        (&[(1000, new), (1010, RollBack)], "100>0 by 1310", "the way back is as slow"),
        (
            &[(1000, new), (1005, Ttl(5)), (1010, RollBack)],
            "100>0 by 1305",
            "and a TTL lowered late helps little",
        ),
        (&[(1000, RollBack)], "already", "nothing to roll back"),
        (&[(1000, Hold)], "marked", "held"),
        (&[(1000, Hold), (1001, Hold)], "already", "held twice"),
        (&[(1000, Wave), (1001, Hold), (1002, Wave)], held, "no wave while held"),
        (&[(1000, Wave), (1001, Hold), (1002, new)], held, "nor a switch"),
        (&[(1000, Wave), (1001, Hold), (1002, RollBack)], "10>0 by 1302", "the way back is always open"),
        (&[(1000, Hold), (1001, Ttl(5))], "ttl 300>5 from 1301", "and so is the TTL"),
        (&[(1000, Hold), (1001, Resume), (1002, Wave)], "0>10 by 1302", "let go"),
        (&[(1000, Resume)], "already", "was not held"),
        (&[(1000, Finish)], "0 % of it point at the new side; finish needs all of it", "not begun"),
        (
            &[(1000, Wave), (9000, Finish)],
            "10 % of it point at the new side; finish needs all of it",
            "not all",
        ),
        (
            &[(1000, new), (1299, Finish)],
            "some that obey the TTL still use the answer from before, until 1970-01-01T00:21:40Z",
            "a second too early",
        ),
        (&[(1000, new), (1300, Finish)], "marked", "all have moved"),
        (&[(1000, new), (1300, Finish), (1301, Finish)], "already", "finished twice"),
        (&[(1000, new), (1300, Finish), (1301, RollBack)], finished, "the old side may be gone"),
        (&[(1000, new), (1300, Finish), (1301, Hold)], finished, "nothing goes on that could be held"),
        (&[(1000, new), (1300, Finish), (1301, Reopen), (1302, RollBack)], "100>0 by 1602", "on purpose"),
        (&[(1000, Reopen)], "already", "was not finished"),
        (&[(1000, new), (1001, Hold), (2000, Finish)], held, "held at the new side"),
    ];
    for (events, expected, why) in cases {
        assert_eq!(told(&play(&journey(300), events).1), *expected, "{why}");
    }
}

#[test]
fn a_journey_says_where_it_is_and_how_long_the_way_back_takes() {
    let start = journey(300);
    assert!(start.has_moved(at(0)), "nobody has to move before the first change");
    assert_eq!((start.moved_by(), start.before()), (None, None));
    let (gone, _) = play(&start, &[(1000, Event::Point(Pointing::NEW))]);
    assert_eq!(
        (gone.pointing(), gone.before(), gone.since()),
        (Pointing::NEW, Some(Pointing::OLD), at(1000))
    );
    assert!(!gone.has_moved(at(1299)) && gone.has_moved(at(1300)));
    assert_eq!(gone.back_by(at(5000)), at(5300));
    let (lowered, _) = play(&gone, &[(5000, Event::Ttl(10))]);
    assert_eq!(lowered.back_by(at(5001)), at(5300), "lowered just now: no faster yet");
    assert_eq!(lowered.back_by(at(5300)), at(5310), "then it is");
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (0..1000u32).prop_map(Event::Ttl),
        (0..=100u8).prop_map(|share| Event::Point(Pointing::share(share).unwrap())),
        Just(Event::Wave),
        Just(Event::Hold),
        Just(Event::Resume),
        Just(Event::RollBack),
        Just(Event::Finish),
        Just(Event::Reopen),
    ]
}

proptest! {
    /// Against every cache there could be: somebody asks at each moment, and keeps the answer for as long as it says.
    #[test]
    fn when_all_have_moved_is_when_the_last_answer_from_before_runs_out(
        ttl in 0..1000u32,
        events in prop::collection::vec((1..400i64, event()), 1..30),
    ) {
        let mut now = journey(ttl);
        let mut second = 0;
        // When each answer runs out that was given just before an event, the worst moment to ask.
        let mut kept: Vec<i64> = Vec::new();
        let mut expected = None;
        for (gap, event) in events {
            second += gap;
            kept.push(second + i64::from(now.ttl().seconds()));
            let before = now.clone();
            match now.apply(event, at(second)) {
                Ok((next, done)) => {
                    if let Done::Pointed { from, to, moved_by } = done {
                        expected = kept.iter().copied().max();
                        prop_assert_eq!(Some(moved_by.as_second()), expected);
                        prop_assert_eq!((from, to), (before.pointing(), next.pointing()));
                        prop_assert_ne!(from, to);
                        prop_assert_eq!(before.back_by(at(second)), moved_by, "any change is as slow as another");
                    } else {
                        prop_assert_eq!(next.pointing(), before.pointing());
                        prop_assert_eq!(next.since(), before.since());
                    }
                    if done == Done::Already {
                        prop_assert_eq!(&next, &before);
                    }
                    now = next;
                }
                Err(refused) => {
                    prop_assert!(refused != Refused::Held || before.is_held());
                    prop_assert!(refused != Refused::Finished || before.is_finished());
                }
            }
            prop_assert_eq!(now.moved_by().map(Timestamp::as_second), expected);
            prop_assert!(!now.is_finished() || now.pointing() == Pointing::NEW);
            prop_assert!(!(now.is_finished() && now.is_held()));
        }
    }
}
