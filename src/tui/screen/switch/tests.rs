use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::{
    comparison::AcceptedFile,
    dns::{Addresses, Counts, Hostname, Total},
    rehearsal::{
        ClientsView, LoadSetting, NameView, NamesView, Sides, View,
        clients::{
            Brief, Census, ClientMix, ClientOptions, Facts, HostFacts, KindCount, KindRest, Recent, Rest,
            SideCount, Tick, Times,
        },
        names_key,
    },
    rollout::Entry,
    source::{Edit, FieldEdit},
    switch::{Event, Finding, Item, Journey, Pointing, Waves},
    tui::{
        app::{Dialog, Effect, Message, State},
        facts::switch::{Found, Looked},
        fixture,
        keymap::Chord,
        offline::Offline,
        screen::Id,
        theme::{Depth, Theme},
        view,
    },
};

fn ago(seconds: i64) -> Timestamp {
    fixture::clock().checked_sub(SignedDuration::from_secs(seconds)).unwrap()
}

fn name(hostname: &str, journey: Journey, sides: Sides) -> NameView {
    let one = |last: u8| [std::net::IpAddr::from([127, 0, 0, last])].into_iter().collect::<Addresses>();
    NameView {
        hostname: hostname.parse().unwrap(),
        journey: Arc::new(journey),
        sides,
        old: one(2),
        new: one(3),
        counts: Arc::new(Counts::default()),
        alternates: false,
    }
}

fn names(all: Vec<NameView>) -> NamesView {
    NamesView {
        address: "127.0.0.1:1053".parse().unwrap(),
        forward: None,
        version: all.len() as u64,
        changed: None,
        names: all.into(),
        totals: Total { asked: 1286, ..Total::default() },
    }
}

/// Clients of one hostname that was switched 40 s ago.
fn clients() -> ClientsView {
    let at = Duration::from_mins(2);
    let tick = |second: u32| {
        let after = second.saturating_sub(80);
        let old = if second < 80 { 40 } else { 40_u32.saturating_sub(after * 2).max(4) };
        let brief = |requests: u32| Brief { requests, ..Brief::default() };
        Tick {
            at: Duration::from_secs(second.into()),
            old: brief(old),
            new: brief(40 - old),
            open: [old as usize, 40 - old as usize],
        }
    };
    let mut times = Times::default();
    times.add(Duration::from_millis(14));
    let count = |requests, server_errors| SideCount {
        requests,
        server_errors,
        times: times.clone(),
        ..SideCount::default()
    };
    let kind = |name: &'static str, connections| KindCount {
        name: name.into(),
        connections,
        ..KindCount::default()
    };
    let census = Census { kinds: vec![kind("jvm", [3, 20]), kind("forever", [34, 0])], ..Census::default() };
    let rest = |name: &'static str, per_second, connections| KindRest {
        name: name.into(),
        per_second,
        connections,
        ..KindRest::default()
    };
    let facts = HostFacts {
        hostname: "shop.example.com".into(),
        share: 1.0,
        census: census.clone(),
        recent: Recent { seconds: 10.0, old: count(120, 0), new: count(280, 3), lost: SideCount::default() },
        rest: Rest {
            per_second: 12.0,
            half_life: Some(Duration::from_secs(21)),
            last_seen: Some(Duration::from_secs(119)),
            connections: 37,
            kinds: Box::new([rest("jvm", 9.0, 3), rest("forever", 3.0, 34)]),
        },
        history: (0..120).map(tick).collect(),
    };
    let facts = Facts { at, all: Arc::default(), hosts: [Arc::new(facts)].into() };
    ClientsView {
        options: ClientOptions { mix: ClientMix::default(), count: 200, speed: 1.0, beside: None },
        setting: LoadSetting { rate: 40.0, concurrency: 16 },
        at,
        census,
        hosts: Arc::new([]),
        requests: 12,
        facts: Arc::new(facts),
    }
}

/// The shop with names: one was switched a moment ago, after its TTL was lowered.
fn shop() -> Arc<View> {
    let begin = Journey::new(Pointing::OLD, 300, Waves::default(), ago(3600));
    let (lowered, _) = begin.apply(Event::Ttl(60), ago(660)).unwrap();
    let (switched, _) = lowered.apply(Event::Point(Pointing::NEW), ago(40)).unwrap();
    let field = |field: &str, old, new| FieldEdit { field: field.to_owned(), old: Some(old), new: Some(new) };
    let entry = |seconds, field| Entry {
        at: ago(seconds),
        who: "ana".to_owned(),
        summary: "shop.example.com ▸ new".to_owned(),
        edit: Edit { object: names_key(), fields: vec![field] },
        undo_of: None,
    };
    let journal = [
        entry(660, field("shop.example.com ttl", json!(300), json!(60))),
        entry(40, field("shop.example.com pointing", json!("old"), json!("new"))),
    ];
    let view = fixture::ingresses();
    let all = vec![
        name("img.example.com", begin.clone(), Sides { old: true, new: false }),
        name("shop.example.com", switched, Sides::BOTH),
        name("www.example.com", begin, Sides::BOTH),
    ];
    Arc::new(View {
        names: Some(names(all)),
        clients: Some(clients()),
        journal: view.journal.iter().cloned().chain(journal).collect(),
        ..(*view).clone()
    })
}

fn state(view: Arc<View>) -> State {
    let theme = Theme::named("dark", Depth::True).unwrap();
    State::new(view, theme, fixture::clock(), jiff::tz::TimeZone::UTC)
}

/// What preflight finds here: the comparison may find more tomorrow, and pictures stay the same.
fn found() -> Looked {
    let green = |text: &str| Finding::Green(text.to_owned());
    let differences =
        Finding::Red("2 differences are not accepted: rewrite-1a2b3c4d, hsts-5e6f7a8b".to_owned());
    let endpoints = Finding::Unknown("no EndpointSlice of shop/app is among the manifests".to_owned());
    let points = vec![
        (Item::Route, green("infra/edge ▸ https")),
        (Item::Certificate, green("that of the old side, good until 2027-02-01")),
        (Item::Differences, differences),
        (Item::Endpoints, endpoints),
        (Item::Redirects, green("4 addresses lead somewhere")),
        (Item::WayBack, green("the new side adds nothing that clients keep")),
    ];
    Looked::by_hand(points, vec!["rewrite-1a2b3c4d".to_owned()], Some(green("both answer")))
}

/// Presses keys, and does what preflight would have done aside.
fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let mut all = Vec::new();
    for key in keys.split_ascii_whitespace() {
        let effects = state.update(Message::Key(Chord::parse(key).unwrap().event()));
        for effect in effects {
            if let Effect::Preflight(looking, _) = &effect {
                let all = looking.hostnames.iter().map(|hostname| (hostname.clone(), found())).collect();
                let found = Found { compared: Arc::default(), all };
                state.update(Message::Preflighted(Arc::clone(&looking.view), found));
            }
            all.push(effect);
        }
    }
    all
}

fn dialog(state: &State) -> String {
    match &state.dialog {
        Some(Dialog::Names(consent)) => {
            let lines: Vec<String> = consent.lines.iter().map(crate::tui::facts::Line::text).collect();
            format!("{}\n{}", consent.title, lines.join("\n"))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_screen_is_drawn_as_it_was_looked_at() {
    for (picture, keys) in [("list", "0"), ("alone", "0 enter"), ("asked", "0 j s"), ("marked", "0 a w")] {
        let mut state = state(shop());
        press(&mut state, keys);
        for (width, height) in [(80, 24), (120, 40), (200, 60)] {
            insta::assert_snapshot!(
                format!("{picture}_{width}x{height}"),
                view::picture(&state, width, height)
            );
        }
    }
}

#[test]
fn a_change_is_agreed_to_first_and_says_what_it_does() {
    let mut state = state(shop());
    press(&mut state, "0 j s");
    let text = dialog(&state);
    assert!(text.starts_with("Switch www.example.com to new\nwww.example.com   old ▸ new   all that obey have moved by 14:07:11 (in 5 min)"), "{text}");
    assert!(text.contains("✗ differences: "), "preflight is told before: {text}");
    assert!(text.contains("? not known: endpoints"), "and what nobody knows: {text}");
    assert!(text.contains("Rolling back is as slow as the TTL: up to 5 min"), "{text}");
    let asked = press(&mut state, "enter");
    let [Effect::Switch(order)] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(format!("{:?}", order.event), "Point(Pointing(100))");
    assert!(state.dialog.is_none() && press(&mut state, "s esc").is_empty(), "left, nothing is done");
}

#[test]
fn what_can_not_be_done_says_why() {
    let cases = [
        (
            "0 j j s",
            "switch-to: img.example.com: only the old side serves it; at the new side it would not be found",
        ),
        ("0 w", "wave: no wave is left: it points at the new side alone"),
        ("0 j b", "roll-back: it points at old already"),
        (
            "0 x",
            "finish: some that obey the TTL still use the answer from before, until 2026-11-24T14:02:31Z",
        ),
        ("0 j x", "finish: 0 % of it point at the new side; finish needs all of it"),
    ];
    for (keys, why) in cases {
        let mut state = state(shop());
        let asked = press(&mut state, keys);
        assert!(
            !asked.iter().any(|effect| matches!(effect, Effect::Switch(_))) && state.dialog.is_none(),
            "{keys}"
        );
        assert_eq!(state.notes.last().unwrap().text, why, "{keys}");
    }
}

#[test]
fn a_way_back_says_before_and_during_that_it_is_as_slow_as_the_ttl() {
    let mut state = state(shop());
    press(&mut state, "0 b");
    assert!(dialog(&state).contains("Rolling back is as slow as the TTL"), "{}", dialog(&state));
    press(&mut state, "esc");
    let mut view = (*shop()).clone();
    let mut all = view.names.clone().unwrap();
    let back = all.names[1].journey.apply(Event::RollBack, ago(5)).unwrap().0;
    let mut list = all.names.to_vec();
    list[1].journey = Arc::new(back);
    (all.names, all.version) = (list.into(), 99);
    view.names = Some(all);
    state.update(Message::View(Arc::new(view)));
    let picture = view::picture(&state, 120, 40);
    assert!(picture.contains("under way: as slow as the TTL, 55 s left for those that obey"), "{picture}");
}

#[test]
fn orders_are_for_all_that_are_marked_and_leave_those_that_can_not() {
    let mut state = state(shop());
    press(&mut state, "0 a s");
    let text = dialog(&state);
    assert!(text.starts_with("Switch www.example.com to new"), "{text}");
    assert!(
        text.contains("! left as they are: shop.example.com (it points at new already), and 1 more"),
        "{text}"
    );
    press(&mut state, "esc a");
    assert!(state.screens.switch.marked.is_empty(), "marked all, then none");
}

#[test]
fn the_last_change_of_names_is_taken_back() {
    let mut state = state(shop());
    press(&mut state, "0 u");
    let text = dialog(&state);
    assert!(
        text.starts_with("Take back: shop.example.com ▸ new\nshop.example.com   pointing new ▸ old"),
        "{text}"
    );
    let asked = press(&mut state, "enter");
    assert!(matches!(&asked[..], [Effect::Undo(key)] if *key == names_key()), "{asked:?}");
    let mut view = (*shop()).clone();
    view.journal = fixture::view().journal.clone();
    state.update(Message::View(Arc::new(view)));
    press(&mut state, "u");
    assert_eq!(state.notes.last().unwrap().text, "undo-switch: no change of names is left to take back");
}

#[test]
fn nothing_is_switched_where_nothing_may_be_written_or_there_is_no_dns() {
    let mut state = state(Arc::new(View { writable: false, ..(*shop()).clone() }));
    press(&mut state, "0 j s");
    assert_eq!(state.notes.last().unwrap().text, "switch-to: read-only: nothing is written");
    let mut state = self::state(fixture::ingresses());
    press(&mut state, "0 s");
    assert_eq!(state.screen(), Id::Switch);
    assert_eq!(
        state.notes.last().unwrap().text,
        "switch-to: no name can be switched: start with --side both --dns"
    );
}

#[test]
fn ten_thousand_hostnames_are_drawn_without_looking_at_all_of_them() {
    let journey = Journey::new(Pointing::OLD, 60, Waves::default(), ago(100));
    let all = (0..10_000).map(|nth| name(&format!("h{nth:05}.example.com"), journey.clone(), Sides::BOTH));
    let view = View { names: Some(names(all.collect())), ..(*fixture::ingresses()).clone() };
    let mut console = Offline::of(state(Arc::new(view)));
    console.keys("0 G");
    let text = console.text(120, 40);
    assert!(text.contains("10 000 hostnames") && text.contains("h09999.example.com"), "{text}");
    console.keys("a");
    assert!(console.text(120, 40).contains("10 000 marked"));
    let hostname: Hostname = "h00007.example.com".parse().unwrap();
    console.keys("/ h 0 0 0 0 7 enter");
    assert!(console.text(120, 40).contains(&hostname.to_string()));
}

#[test]
fn what_differs_is_accepted_with_a_reason_or_not_at_all() {
    let mut state = state(shop());
    press(&mut state, "0 C enter");
    assert_eq!(state.notes.last().unwrap().text, "nothing is accepted without a reason");
    assert!(state.screens.switch.accepted.get("rewrite-1a2b3c4d").is_none());
    press(&mut state, "o k enter");
    let accepted = state.screens.switch.accepted.get("rewrite-1a2b3c4d").unwrap();
    assert_eq!(
        (accepted.reason.as_str(), accepted.date.as_str()),
        ("ok", "2026-11-24"),
        "the demo has no file"
    );
    let mut state = self::state(Arc::new(View { source: "./manifests".to_owned(), ..(*shop()).clone() }));
    let asked = press(&mut state, "0 C o k enter");
    assert!(
        asked.iter().all(|effect| !matches!(effect, Effect::Accept(_))),
        "not before the diff: {asked:?}"
    );
    let text = view::picture(&state, 120, 40);
    assert!(text.contains("+id = \"rewrite-1a2b3c4d\"") && text.contains("+reason = \"ok\""), "{text}");
    let asked = press(&mut state, "enter");
    let accepted = asked.iter().find_map(|effect| match effect {
        Effect::Accept(acceptable) => acceptable.file.as_ref().map(AcceptedFile::path),
        _ => None,
    });
    assert_eq!(accepted.unwrap(), std::path::Path::new("cutover-accepted.toml"), "{asked:?}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("accepted.toml");
    std::fs::write(&file, "accepted = 3").unwrap();
    state.screens.compare.file = Some(file);
    let asked = press(&mut state, "C o k enter");
    assert!(asked.is_empty() && state.dialog.is_none(), "what can not be read is not written over");
    assert!(state.notes.last().unwrap().text.contains("accepted.toml"), "{:?}", state.notes.last());
}

#[test]
fn both_sides_are_compared_once_for_a_view_and_looked_at_again_when_something_was_accepted() {
    let looks = |effects: &[Effect]| -> Vec<(usize, bool)> {
        let one = |effect: &Effect| match effect {
            Effect::Preflight(looking, _) => Some((looking.hostnames.len(), looking.compared.is_some())),
            _ => None,
        };
        effects.iter().filter_map(one).collect()
    };
    let mut state = state(shop());
    assert_eq!(looks(&press(&mut state, "0")), [(1, false)], "nobody compared yet");
    assert_eq!(looks(&press(&mut state, "j")), [(1, true)], "what differs is known");
    assert_eq!(looks(&press(&mut state, "k")), [], "it was looked at");
    assert_eq!(looks(&press(&mut state, "C o k enter")), [(2, true)], "less is left, no more differs");
    assert_eq!(looks(&press(&mut state, "j")), []);
}
