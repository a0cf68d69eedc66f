use std::{sync::Arc, time::Duration};

use super::*;
use crate::{
    rehearsal::{Answered, Echo, Timing, Unanswered, View},
    tui::{
        app::{Message, Spot},
        facts::explain::Verdict,
        fixture,
        keymap::Chord,
    },
};

/// Presses keys by name, a space between; what is no key's name is typed letter by letter, `_` as a blank.
fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for word in keys.split(' ') {
        if word == "backspace" {
            let key = crossterm::event::KeyEvent::from(crossterm::event::KeyCode::Backspace);
            effects.extend(state.update(Message::Key(key)));
            continue;
        }
        let chords: Vec<Chord> = match Chord::parse(word) {
            Some(chord) => vec![chord],
            None => word
                .chars()
                .map(|letter| Chord::parse(&letter.to_string().replace('_', "space")).unwrap())
                .collect(),
        };
        for chord in chords {
            effects.extend(state.update(Message::Key(chord.event())));
        }
    }
    effects
}

fn text(state: &State, size: (u16, u16)) -> String {
    let area = Rect::new(0, 0, size.0, size.1);
    let mut buffer = ratatui::buffer::Buffer::empty(area);
    crate::tui::view::draw_into(state, &mut buffer, area);
    let row = |y: u16| (0..size.0).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..size.1).map(|y| row(y).trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

fn words(state: &mut State, line: &str) -> Vec<Effect> {
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    command(state, &words).unwrap()
}

/// What a stand-in answers to a request that came to it with this path.
fn answered(service: &str, status: u16, path: &str) -> Answered {
    Answered {
        status,
        headers: vec![
            ("date".into(), "Tue, 24 Nov 2026 14:02:11 GMT".into()),
            ("content-type".into(), "application/json".into()),
        ],
        body: Vec::new(),
        length: 312,
        timing: Timing {
            connected: Duration::from_micros(310),
            first_byte: Duration::from_micros(2840),
            total: Duration::from_micros(3120),
        },
        remote: ([127, 0, 0, 1], 8443).into(),
        stand_in: Some(Echo {
            service: ("shop".into(), service.into()),
            port: 8080,
            method: "GET".into(),
            path: path.into(),
            query: None,
            host: "app.example.com".into(),
            protocol: "HTTP/1.1".into(),
            headers: vec![("user-agent".into(), vec!["cutover".into()])],
        }),
        record: None,
    }
}

/// Asks about the route shop/app and sends; gives the number of the question.
fn send(state: &mut State) -> u64 {
    words(state, "GET https://app.example.com/x");
    let effects = press(state, "ctrl-r");
    let number = effects.iter().find_map(|effect| match effect {
        Effect::Ask(number, question) => {
            assert_eq!((question.ask.path.as_str(), question.ask.port), ("/x", 443));
            assert_eq!(
                question.ask.gateway,
                Some(("infra".into(), "edge".into())),
                "the one that was explained"
            );
            Some(*number)
        }
        _ => None,
    });
    number.expect("something was sent")
}

#[test]
fn it_looks_as_it_was_looked_at() {
    let filled = |state: &mut State| drop(press(state, "3 / s h o p / a p p enter e"));
    let nobody = |state: &mut State| drop(words(state, "GET https://nobody.example.com/api"));
    let mistakes = |state: &mut State| drop(words(state, "get app.example.com/x x-version a:1"));
    let good = |state: &mut State| {
        let number = send(state);
        state.update(Message::Answered(number, Box::new(Ok(answered("app-stable", 200, "/x")))));
    };
    let differs = |state: &mut State| {
        let number = send(state);
        state.update(Message::Answered(number, Box::new(Ok(answered("app-canary", 502, "/other")))));
    };
    let empty = |state: &mut State| drop(press(state, "8"));
    type Way<'a> = (&'a str, &'a dyn Fn(&mut State));
    let cases: [Way<'_>; 6] = [
        ("filled", &filled),
        ("nobody", &nobody),
        ("mistakes", &mistakes),
        ("predicted", &good),
        ("differs", &differs),
        ("empty", &empty),
    ];
    for (name, way) in cases {
        let mut state = fixture::state();
        way(&mut state);
        state.notes = crate::tui::app::Notes::default();
        for size in [(80, 24), (120, 40), (200, 60)] {
            insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), text(&state, size));
        }
    }
}

#[test]
fn the_way_follows_every_key() {
    let mut state = fixture::state();
    press(&mut state, "8");
    assert_eq!(state.place(), Place::Form, "an empty form has the keys at once");
    press(&mut state, "https://app.example.com");
    let told = |state: &State| {
        let told = state.screens.explain.told.first();
        told.and_then(|told| told.found.route.clone()).map(|route| route.to_string())
    };
    assert_eq!(told(&state).as_deref(), Some("shop/app"), "{:?}", state.screens.explain.fields.form());
    press(&mut state, "m");
    assert_eq!(told(&state), None, "another host");
    press(&mut state, "backspace");
    assert_eq!(told(&state).as_deref(), Some("shop/app"));
    press(&mut state, "q");
    assert_eq!(state.screens.explain.fields.url.text(), "https://app.example.comq", "letters are text here");
    press(&mut state, "backspace ctrl-n x-v");
    assert_eq!(state.screens.explain.wrong.len(), 1, "half a header");
    press(&mut state, ":_1");
    assert_eq!(told(&state).as_deref(), Some("shop/app"));
    press(&mut state, "ctrl-x");
    assert!(state.screens.explain.fields.headers.is_empty());
    press(&mut state, "ctrl-n backspace");
    assert!(state.screens.explain.fields.headers.is_empty(), "an empty header goes with its next letter");
    state.update(Message::Paste("/pasted\r\n x-v: 2\n\n".into()));
    let form = state.screens.explain.fields.form();
    assert_eq!(form.line(), "GET https://app.example.com/pasted x-v: 2", "further lines are headers");
}

#[test]
fn fields_follow_each_other_and_behind_the_last_is_the_way() {
    let mut state = fixture::state();
    words(&mut state, "GET https://app.example.com/ a:1");
    assert_eq!(state.place(), Place::Explain, "the way has the keys first");
    let mut seen = Vec::new();
    for _ in 0..3 {
        press(&mut state, "tab");
        seen.push((state.place(), state.screens.explain.fields.at));
    }
    use crate::tui::facts::explain::Place::{Header, Url};
    assert_eq!(seen, [(Place::Form, Url), (Place::Form, Header(0)), (Place::Explain, Url)], "{seen:?}");
    press(&mut state, "i backtab");
    assert_eq!(state.screens.explain.fields.at, crate::tui::facts::explain::Place::Method);
    press(&mut state, "esc");
    assert_eq!(state.place(), Place::Explain);
}

#[test]
fn what_is_selected_fills_the_form_and_esc_comes_back() {
    let cases = [
        ("3 / s h o p / a p p enter", "GET https://app.example.com/", "a route"),
        ("4", "GET https://app.example.com/", "a rule"),
        ("4 enter", "GET https://app.example.com/", "a rule that is open"),
        ("6", "GET http://example.com/", "a listener"),
    ];
    for (keys, line, why) in cases {
        let mut state = fixture::state();
        press(&mut state, keys);
        let before = (state.place(), state.spots.len());
        press(&mut state, "e");
        let form = state.screens.explain.fields.form();
        assert_eq!((form.line().as_str(), state.place()), (line, Place::Explain), "{why}");
        press(&mut state, "esc");
        assert_eq!((state.place(), state.spots.len()), before, "{why}");
    }
    let mut state = fixture::state();
    press(&mut state, "6 tab e");
    let note = state.notes.last().map(|note| note.text.clone()).unwrap_or_default();
    assert!(note.contains("not of Service"), "{note}");
}

#[test]
fn a_step_leads_to_its_object() {
    let mut state = fixture::state();
    words(&mut state, "GET https://app.example.com/");
    press(&mut state, "j j enter");
    let Some(Spot::Detail(detail)) = state.spots.last() else { panic!("{:?}", state.spots) };
    assert_eq!(detail.about.name(), "HTTPRoute shop/app");
    press(&mut state, "esc");
    assert_eq!(state.place(), Place::Explain);
}

#[test]
fn an_answer_stands_beside_its_prediction_and_a_difference_is_shouted() {
    let cases: [(Result<Answered, Unanswered>, Verdict, bool); 4] = [
        (Ok(answered("app-stable", 200, "/x")), Verdict::Same, false),
        (Ok(answered("app-canary", 503, "/x")), Verdict::FaultTold, false),
        (Ok(answered("app-canary", 200, "/other")), Verdict::Differs, true),
        (
            Err(Unanswered::Late(([127, 0, 0, 1], 8443).into(), Duration::from_secs(15))),
            Verdict::Differs,
            true,
        ),
    ];
    for (answer, verdict, shouted) in cases {
        let mut state = fixture::state();
        let number = send(&mut state);
        assert!(state.off(crate::tui::action::named("send").unwrap()).is_some(), "one at a time");
        state.update(Message::Answered(number + 1, Box::new(Ok(answered("other", 200, "/")))));
        assert_eq!(
            state.screens.explain.sent.first().and_then(Sent::verdict),
            None,
            "not the answer to this one"
        );
        state.update(Message::Answered(number, Box::new(answer.clone())));
        assert_eq!(state.screens.explain.sent.first().and_then(Sent::verdict), Some(verdict), "{answer:?}");
        let note = state.notes.last().is_some_and(|note| note.text.contains("DIFFERS"));
        assert_eq!(note, shouted, "{answer:?}");
        assert_eq!(text(&state, (120, 40)).contains("DIFFERS"), shouted);
    }
}

#[test]
fn a_session_that_only_reads_sends_only_what_asks() {
    let mut view = (*fixture::view()).clone();
    view.writable = false;
    let mut state = fixture::state();
    state.update(Message::View(Arc::new(view)));
    for (method, sent) in
        [("GET", true), ("HEAD", true), ("OPTIONS", true), ("POST", false), ("PURGE", false)]
    {
        words(&mut state, &format!("{method} https://app.example.com/"));
        let asked = press(&mut state, "ctrl-r").iter().any(|effect| matches!(effect, Effect::Ask(..)));
        assert_eq!(asked, sent, "{method}");
    }
}

/// The shop with a rule that answers /x no more.
fn changed() -> View {
    let text = include_str!("../../fixture.yaml").replace("app.example.com", "other.example.com");
    fixture::view_of(Box::leak(text.into_boxed_str()))
}

#[test]
fn rules_that_change_meanwhile_may_have_answered() {
    let mut state = fixture::state();
    let number = send(&mut state);
    state.update(Message::View(Arc::new(changed())));
    let told = state.screens.explain.told.first().map(|told| told.found.route.clone());
    assert_eq!(told, Some(None), "the way follows the rules");
    let mut late = answered("app-stable", 404, "/x");
    late.stand_in = None;
    state.update(Message::Answered(number, Box::new(Ok(late))));
    let sent = state.screens.explain.sent.first().unwrap();
    assert_eq!(sent.verdict(), Some(Verdict::Same), "by the new rules: {:#?}", sent.came);
}

#[test]
fn what_was_asked_before_comes_back_and_so_does_what_was_typed() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = fixture::state();
    assert_eq!(state.screens.explain.remember_in(Some(folder.path())), None);
    for path in ["one", "two"] {
        words(&mut state, &format!("GET https://app.example.com/{path} authorization:secret"));
        press(&mut state, "ctrl-r");
        state.screens.explain.sent.clear();
    }
    let mut next = fixture::state();
    next.screens.explain.remember_in(Some(folder.path()));
    press(&mut next, "8 https://typed/ up");
    let url = |state: &State| state.screens.explain.fields.url.text().to_owned();
    assert_eq!(url(&next), "https://app.example.com/two");
    assert_eq!(next.screens.explain.fields.form().headers, ["authorization:"], "no credentials in a file");
    press(&mut next, "up up");
    assert_eq!(url(&next), "https://app.example.com/one", "the oldest stays");
    press(&mut next, "down down");
    assert_eq!(url(&next), "https://typed/");
}

#[test]
fn the_port_of_this_machine_means_its_listener() {
    let mut state = fixture::state();
    words(&mut state, "GET https://app.example.com:8443/");
    let told = state.screens.explain.told.first().unwrap();
    assert_eq!((told.ask.port, told.found.route.is_some()), (443, true));
    let choice = told.path.choice.as_deref();
    assert_eq!(choice, Some("port 8443 of this machine is port 443 of infra/edge"));
}

#[test]
fn among_many_routes_near_misses_come_later_and_old_ones_never() {
    let mut view = (*fixture::view()).clone();
    let many = (0..asking::AT_ONCE).map(|at| {
        let mut object = (**view.world.list(&crate::resource::Kind::Service).next().unwrap()).clone();
        object.key = Key::new(crate::resource::Kind::Service, "many", format!("s{at}"));
        crate::world::Change::Put(Arc::new(object))
    });
    view.world = Arc::new(view.world.apply(&many.collect::<Vec<_>>()));
    let mut state = fixture::state();
    state.update(Message::View(Arc::new(view)));
    words(&mut state, "GET https://app.example.com/");
    let mut looks: Vec<Box<Looking>> = Vec::new();
    let mut take = |effects: Vec<Effect>| {
        looks.extend(effects.into_iter().filter_map(|effect| match effect {
            Effect::Look(looking) => Some(looking),
            _ => None,
        }));
    };
    take(std::mem::take(&mut state.outbox));
    assert!(text(&state, (80, 24)).contains("looking for near misses"));
    take(press(&mut state, "i x"));
    let [old, new] = <[Box<Looking>; 2]>::try_from(looks).unwrap();
    assert!(old.run().is_none(), "nobody wants it any more");
    let looked = new.run().unwrap();
    state.update(Message::Looked(looked));
    let told = state.screens.explain.told.first().unwrap();
    assert!(!told.path.misses.is_empty(), "{told:?}");
    assert!(!text(&state, (80, 24)).contains("looking for near misses"));
}
