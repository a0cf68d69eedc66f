//! Keys and what becomes of them: where one is, what is selected, what is asked of the rehearsal.

use std::sync::Arc;

use crate::{
    rehearsal::View,
    source::{Edit, Planned},
    tui::{
        action::{self, Place},
        app::{Dialog, Effect, Intent, Message, Spot, State},
        facts::{Tone, told::Told},
        fixture,
        keymap::Chord,
    },
};

/// Presses keys; gives what was asked for.
pub(super) fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let chords =
        keys.split_ascii_whitespace().map(|key| Chord::parse(key).unwrap_or_else(|| panic!("{key}")));
    chords.flat_map(|chord| state.update(Message::Key(chord.event()))).collect()
}

fn after(keys: &str) -> State {
    let mut state = fixture::state();
    press(&mut state, keys);
    state
}

/// Where one is, and the object behind the selected line.
fn at(state: &State) -> (Place, String) {
    (state.place(), state.selected_object().map(|key| key.to_string()).unwrap_or_default())
}

#[test]
fn keys_lead_to_places_and_back_to_the_same_row() {
    let cases = [
        ("", Place::Overview, "Gateway infra/edge", "the worst first"),
        ("3", Place::Routes, "HTTPRoute media/img", "sorted by namespace"),
        ("3 j j", Place::Routes, "HTTPRoute shop/books", "down twice"),
        ("3 G", Place::Routes, "HTTPRoute shop/search", "the last"),
        ("3 G g", Place::Routes, "HTTPRoute media/img", "and the first"),
        ("3 k", Place::Routes, "HTTPRoute media/img", "not above the first"),
        ("3 j j enter", Place::Detail, "HTTPRoute shop/books", "in"),
        ("3 j j enter esc", Place::Routes, "HTTPRoute shop/books", "and back to the same row"),
        ("3 j w", Place::Canary, "Service shop/app-canary", "the weights of the route"),
        ("3 j w esc", Place::Routes, "HTTPRoute shop/app", "back to the route, not to the list of rules"),
        ("3 w", Place::Routes, "HTTPRoute media/img", "a route without weights has none to open"),
        ("4 enter k", Place::Canary, "Service shop/app-stable", "the other backend"),
        ("4 enter enter", Place::Detail, "Service shop/app-canary", "the backend's Service"),
        ("2 h", Place::Gateways, "GatewayClass cutover", "closed"),
        ("2 h j", Place::Gateways, "GatewayClass cutover", "nothing below a closed stem"),
        ("2 j j j h", Place::Gateways, "Gateway infra/edge", "a closed route goes to its listener"),
        ("2 j j j l j", Place::Gateways, "Service shop/app-stable", "a route opens to its backends"),
        ("6", Place::Rehearsal, "Gateway infra/edge", "listeners first"),
        ("6 tab", Place::Rehearsal, "Service media/img", "then stand-ins"),
        ("6 tab tab", Place::Rehearsal, "Gateway infra/edge", "and round"),
        ("?", Place::Help, "", "all keys"),
        ("? ?", Place::Help, "", "once"),
        ("? esc", Place::Overview, "Gateway infra/edge", "and back"),
        ("3 / b o o k s enter", Place::Routes, "HTTPRoute shop/books", "filtered as typed"),
        ("3 / b o o k s esc", Place::Routes, "HTTPRoute shop/books", "cleared, the selection stays"),
        (
            "3 / q enter esc",
            Place::Routes,
            "HTTPRoute media/img",
            "keys are letters while typing; Esc clears",
        ),
        ("2 / i m g enter", Place::Gateways, "GatewayClass cutover", "what leads to a hit is shown"),
        ("2 / i m g enter G", Place::Gateways, "HTTPRoute media/img", "down to it"),
    ];
    for (keys, place, object, why) in cases {
        assert_eq!(at(&after(keys)), (place, object.to_owned()), "{keys}: {why}");
    }
}

#[test]
fn weights_go_from_a_wish_to_a_diff_to_consent() {
    let mut state = fixture::state();
    let asked = press(&mut state, "4 enter L L L a");
    let Some(Effect::Plan(intent, plan)) = asked.into_iter().next() else { panic!("no plan") };
    let weights: Vec<(String, i64)> = plan.weights.iter().map(|w| (w.backend.clone(), w.new)).collect();
    assert_eq!(weights, [("app-stable:8080".to_owned(), 75), ("app-canary:8080".to_owned(), 25)]);
    let planned = Planned { edit: plan.edit(), diff: "-90\n+75\n".to_owned(), file: "shop.yaml".into() };
    state.update(Message::Planned(intent, plan, Ok(planned)));
    let Some(Dialog::Edit { consequence, .. }) = &state.dialog else { panic!("no dialog") };
    let told: Vec<String> = consequence.iter().map(crate::tui::facts::Line::text).collect();
    assert!(told.contains(&"app-canary  10 ▸ 25   30/s ▸ 75/s".to_owned()), "{told:?}");
    assert!(press(&mut state, "esc").is_empty() && state.dialog.is_none(), "nothing without consent");
    assert_eq!(state.session().unwrap().changes(), 2, "the wish is kept");
    let quit = press(&mut state, "q");
    assert!(
        quit.is_empty() && matches!(state.dialog, Some(Dialog::Quit { .. })),
        "asks before wishes are lost"
    );
    press(&mut state, "n");
    press(&mut state, "u");
    assert_eq!(state.session().unwrap().changes(), 0, "what is not applied is cleared first");
    assert!(
        matches!(press(&mut state, "u")[..], [Effect::PlanUndo(_)]),
        "then the last change's way back is asked"
    );
    assert!(matches!(press(&mut state, "q")[..], [Effect::Quit]));
}

#[test]
fn undo_shows_what_it_would_write_and_asks() {
    let mut state = fixture::state();
    let asked = press(&mut state, "4 enter u");
    let [Effect::PlanUndo(route)] = &asked[..] else { panic!("{asked:?}") };
    let edit = state.view.journal[1].edit.inverse();
    let planned = || Planned { edit: edit.clone(), diff: "-10\n+5\n".to_owned(), file: "shop.yaml".into() };
    state.update(Message::UndoPlanned(route.clone(), Ok(planned())));
    let Some(Dialog::Edit { intent: Intent::Undo, consequence, .. }) = &state.dialog else {
        panic!("no dialog")
    };
    let told: Vec<String> = consequence.iter().map(crate::tui::facts::Line::text).collect();
    assert!(told.contains(&"app-canary  10 ▸ 5   30/s ▸ 15/s".to_owned()), "{told:?}");
    assert!(press(&mut state, "esc").is_empty() && state.dialog.is_none(), "nothing without consent");
    state.update(Message::UndoPlanned(route.clone(), Ok(planned())));
    let asked = press(&mut state, "enter");
    assert!(matches!(&asked[..], [Effect::Undo(undone)] if undone == route), "{asked:?}");
}

#[test]
fn consent_writes_what_was_shown() {
    for key in ["enter", "y"] {
        let mut state = fixture::state();
        let Some(Effect::Plan(intent, plan)) = press(&mut state, "4 enter l a").into_iter().next() else {
            panic!()
        };
        let edit: Edit = plan.edit();
        let planned = Planned { edit: edit.clone(), diff: String::new(), file: "shop.yaml".into() };
        state.update(Message::Planned(intent, plan, Ok(planned)));
        let asked = press(&mut state, key);
        let [Effect::Apply(written, summary)] = &asked[..] else { panic!("{asked:?}") };
        assert_eq!(written.edit, edit);
        assert!(summary.contains("app-canary"), "{summary}");
    }
}

#[test]
fn a_typed_weight_is_taken_and_nonsense_is_refused() {
    let cases = [
        ("4 enter = 4 0 enter", (60, 40), None),
        ("4 enter = 4 0 esc", (90, 10), None),
        ("4 enter = - 5 enter", (90, 10), Some("a weight is 0 to 1000000, not -5")),
        ("4 enter = x enter", (90, 10), Some("`x` is no whole number")),
        ("4 enter = 2 0 0 enter", (90, 200), None),
        ("4 enter b = 4 0 enter", (90, 40), None),
    ];
    for (keys, weights, note) in cases {
        let state = after(keys);
        let session = state.session().unwrap();
        assert_eq!((session.wanted(0), session.wanted(1)), weights, "{keys}");
        assert_eq!(state.notes.last().map(|note| note.text.as_str()), note, "{keys}");
    }
}

#[test]
fn a_backend_without_endpoint_refuses_weight_with_its_reason() {
    let state = after("4 j enter l");
    assert_eq!(state.session().unwrap().changes(), 0);
    assert_eq!(state.notes.last().unwrap().text, "more: it gets no weight: no ready endpoint");
}

#[test]
fn nothing_is_changed_when_read_only() {
    let view = View { writable: false, ..(*fixture::view()).clone() };
    let mut state = fixture::state();
    state.update(Message::View(Arc::new(view)));
    press(&mut state, "4 enter L");
    for row in action::all().filter(|row| row.writes) {
        let mut asked = press(&mut state, row.keys[0]);
        // A key of Switch means another thing here: it goes to the differences, and those are only read.
        asked.retain(|effect| !matches!(effect, Effect::Compare(..)));
        assert!(asked.is_empty(), "{} asked for {} effects", row.name, asked.len());
        assert!(state.off(row).unwrap().starts_with("read-only"), "{}", row.name);
    }
}

#[test]
fn only_stand_ins_of_ours_can_be_told_to_fail() {
    let mut state = fixture::state();
    assert!(press(&mut state, "6 X").is_empty(), "a listener can not fail");
    let asked = press(&mut state, "tab X");
    let [Effect::Fault(backend, fault)] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((backend.service.to_string().as_str(), fault.down), ("media/img", true));
    assert!(press(&mut state, "j j X").is_empty(), "a program of the user's own can not be told");
}

#[test]
fn what_is_pasted_is_text_and_never_a_command() {
    let mut state = fixture::state();
    state.update(Message::Paste("q".to_owned()));
    assert!(state.dialog.is_none() && state.filter().unwrap().text().is_empty(), "nothing asks for text");
    press(&mut state, "3 /");
    state.update(Message::Paste("bo\u{1b}[31mok\nq".to_owned()));
    assert_eq!(state.filter().unwrap().text(), "bo[31mok q", "one line, cleaned");
}

#[test]
fn the_selection_follows_its_route_when_others_come() {
    let mut state = after("3 j j");
    let mut view = (*fixture::view()).clone();
    let world = view.world.apply(&[crate::world::Change::Remove(crate::resource::Key::new(
        crate::resource::Kind::HttpRoute,
        "media",
        "img",
    ))]);
    view.compiled = Arc::new(crate::dialect::gateway::compile(&world));
    view.world = Arc::new(world);
    state.update(Message::View(Arc::new(view)));
    assert_eq!(at(&state), (Place::Routes, "HTTPRoute shop/books".to_owned()));
    assert_eq!(state.screens.routes.list.at(), 1, "one line further up");
}

#[test]
fn ctrl_c_ends_from_everywhere() {
    for keys in ["", "?", "3 /", "4 enter =", "4 enter l q", "3 enter"] {
        let mut state = after(keys);
        let moved = keys.ends_with("l q");
        let asked = press(&mut state, "ctrl-c");
        assert!(matches!(asked[..], [Effect::Quit]), "{keys} {moved}");
    }
}

#[test]
fn an_error_from_outside_is_told() {
    let mut state = fixture::state();
    state.update(Message::Undone(Err("shop.yaml changed since it was read".to_owned())));
    assert_eq!(state.notes.last().unwrap().tone, Tone::Bad);
    assert!(state.spots.iter().all(|spot| matches!(spot, Spot::Screen(_))));
    assert!(state.off(action::named("back").unwrap()).is_some());
}

#[test]
fn mistakes_that_no_condition_shows_are_asked_for_once_and_told() {
    let mut state = fixture::state();
    let [Effect::Judge(view)] = &state.wants()[..] else { panic!("not asked") };
    assert!(state.wants().is_empty(), "one question at a time");
    let before = state.findings.list.len();
    let mistakes = view.compiled.problems(&view.world);
    assert!(!mistakes.is_empty());
    let mistakes = Arc::new(Told::of(mistakes));
    assert!(state.update(Message::Judged(mistakes)).is_empty(), "nothing changed meanwhile");
    assert_eq!(state.findings.list.len(), before, "what conditions and files told is not told again");
    let more = Told::of([crate::resource::Problem::warning("redirect-loop", "goes to itself")]);
    state.update(Message::Judged(Arc::new(more)));
    assert!(state.findings.list.iter().any(|finding| finding.words == "goes to itself"));
}
