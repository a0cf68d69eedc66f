//! Both sides served: Ingresses, their annotations, and what the other screens say of old and new.

use std::sync::Arc;

use super::keys::press;
use crate::tui::{
    app::{Dialog, Effect, Message, Spot, State},
    facts::compare::Comparison,
    fixture,
    screen::Id,
    theme::{Depth, Letters, Theme},
    view,
};

/// Name of a picture and the keys that lead to it.
pub(super) const BOTH: &[(&str, &str)] = &[
    ("both_overview", "1"),
    ("both_ingresses", "5"),
    ("both_ingresses_wide", "5 W j j"),
    ("both_ingress", "5 j j j j enter"),
    ("both_annotations", "5 a"),
    ("both_annotation_users", "5 a enter"),
    ("both_compare", "C j"),
    ("both_compare_wide", "C W"),
    ("both_difference", "C enter"),
    ("both_rehearsal", "6"),
    ("both_requests", "7"),
    ("both_explain", "8 h t t p s : / / s h o p . e x a m p l e . c o m / a p i / v 1 esc"),
];

/// The state after some keys.
pub(super) fn after(keys: &str) -> State {
    let theme = Theme::named("dark", Depth::True).unwrap();
    let view = fixture::ingresses();
    let mut state = State::new(Arc::clone(&view), theme, fixture::clock(), jiff::tz::TimeZone::UTC);
    let mut tail = fixture::tail(&view, 12);
    let old = view.listeners.iter().find(|one| one.id.port.side == crate::routing::Side::Old).unwrap();
    for (at, record) in tail.records.iter_mut().enumerate() {
        if at % 3 == 0 {
            let mut record_of_old = (**record).clone();
            record_of_old.port = old.id.port.clone();
            record_of_old.listener = Some(Arc::clone(&old.id.name));
            *record = Arc::new(record_of_old);
        }
    }
    state.update(Message::Tail(tail));
    for key in keys.split_ascii_whitespace() {
        let effects = press(&mut state, key);
        compared(&mut state, effects);
    }
    state
}

/// Has both sides compared where that was asked for.
fn compared(state: &mut State, effects: Vec<Effect>) {
    for effect in effects {
        if let Effect::Compare(view, file, also) = effect {
            let facts = Comparison::of(&view, file.as_deref(), &also);
            state.update(Message::Compared(Arc::new(facts)));
        }
    }
}

#[test]
fn a_difference_is_accepted_with_a_reason_and_then_not_left() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = after("");
    state.screens.compare.file = Some(folder.path().join("accepted.yaml"));
    let effects = press(&mut state, "C");
    assert!(matches!(effects[..], [Effect::Compare(..)]), "aside: {effects:?}");
    let text = view::picture(&state, 120, 40);
    assert!(text.contains("both sides are being compared"), "nothing is known yet:\n{text}");
    compared(&mut state, effects);
    let all = state.screens.compare.list.len();
    let id = state.screens.compare.list.selected().unwrap().difference.id.clone();
    press(&mut state, "a enter");
    assert!(state.dialog.is_none(), "not without a reason");
    press(&mut state, "g o o d");
    press(&mut state, "enter");
    assert!(matches!(state.dialog, Some(Dialog::Accept(_))));
    let effects = press(&mut state, "enter");
    let [Effect::Accept(acceptable)] = &effects[..] else { panic!("{effects:?}") };
    acceptable.write().unwrap();
    let effects = state.update(Message::Accepted(Ok(acceptable.cause.clone())));
    compared(&mut state, effects);
    let row = state.screens.compare.list.selected().unwrap();
    assert_eq!(row.difference.id, id, "the selection stays");
    assert_eq!(row.accepted.as_ref().map(|it| it.reason.as_str()), Some("good"));
    press(&mut state, "f");
    assert_eq!(state.screens.compare.list.len(), all - 1, "only what nobody accepted");
    // Nothing is written by who may only read.
    let view = crate::rehearsal::View { writable: false, ..(*state.view).clone() };
    state.update(Message::View(Arc::new(view)));
    let effects = press(&mut state, "a");
    assert!(effects.is_empty() && state.overlay.is_none(), "read-only");
}

#[test]
fn what_changes_is_compared_again_and_what_was_known_is_told_to_be_old() {
    let mut state = after("C");
    let same = Arc::clone(&state.view);
    assert!(state.update(Message::View(same)).iter().all(|it| !matches!(it, Effect::Compare(..))));
    let object = state.view.world.list(&crate::resource::Kind::Ingress).next().unwrap().key.clone();
    let world = state.view.world.apply(&[crate::world::Change::Remove(object)]);
    let view = crate::rehearsal::View { world: Arc::new(world), ..(*state.view).clone() };
    let effects = state.update(Message::View(Arc::new(view)));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Compare(..))), "{effects:?}");
    let text = view::picture(&state, 120, 40);
    assert!(text.contains("◌ comparing again"), "{text}");
    compared(&mut state, effects);
    assert!(!view::picture(&state, 120, 40).contains("comparing again"));
}

#[test]
fn every_screen_of_both_sides_is_drawn_as_it_was_looked_at() {
    for (name, keys) in BOTH {
        let state = after(keys);
        for (width, height) in [(80, 24), (120, 40), (200, 60)] {
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), view::picture(&state, width, height));
        }
    }
}

#[test]
fn every_screen_of_both_sides_can_be_drawn_in_ascii() {
    for (name, keys) in BOTH {
        let mut state = after(keys);
        state.theme.letters = Letters::Ascii;
        let text = view::picture(&state, 200, 60);
        let other: String = text.chars().filter(|letter| !letter.is_ascii()).collect();
        assert_eq!(other, "", "{name}\n{text}");
    }
}

fn selected(state: &State) -> Option<String> {
    state.screens.ingresses.list.selected().map(|row| row.facts.key.path())
}

#[test]
fn a_key_leads_to_who_uses_it_and_back_to_where_one_was() {
    let mut state = after("5 j j");
    let before = (selected(&state), state.screens.ingresses.list.len());
    press(&mut state, "a / r e w r i t e - t a r g e t enter enter");
    assert_eq!(state.screen(), Id::Ingresses);
    assert_eq!(selected(&state).as_deref(), Some("shop/api"), "the only one");
    assert_eq!(state.screens.ingresses.list.total(), 1);
    press(&mut state, "enter");
    assert!(matches!(state.spots.last(), Some(Spot::Detail(_))));
    press(&mut state, "esc");
    assert_eq!(state.screens.ingresses.list.total(), 1, "back from the page: still those");
    press(&mut state, "esc");
    assert_eq!(state.screen(), Id::Annotations);
    assert_eq!(state.screens.annotations.list.len(), 1, "its filter stays");
    press(&mut state, "esc");
    assert_eq!(state.screen(), Id::Ingresses);
    assert_eq!((selected(&state), state.screens.ingresses.list.len()), before, "all of them, where one was");
}

#[test]
fn ingresses_are_found_by_key_host_class_and_how_hard_they_are() {
    let cases = [
        ("/ rewrite-target enter", &["shop/api"][..], "a key"),
        ("/ /^ops/ enter", &["ops/dash"], "a namespace"),
        ("/ admin.example enter", &["shop/admin"], "a host"),
    ];
    for (typed, wanted, why) in cases {
        let mut state = after("5");
        for word in typed.split(' ') {
            match crate::tui::keymap::Chord::parse(word) {
                Some(_) => drop(press(&mut state, word)),
                None => word.chars().for_each(|letter| drop(press(&mut state, &letter.to_string()))),
            }
        }
        let list = &state.screens.ingresses.list;
        let found: Vec<String> =
            (0..list.len()).filter_map(|at| Some(list.item(at)?.facts.key.path())).collect();
        assert_eq!(found, wanted, "{why}");
    }
}

#[test]
fn a_request_is_asked_of_both_sides_and_each_answer_is_its_own() {
    let mut state = after("8 h t t p s : / / s h o p . e x a m p l e . c o m / a p i / v 1");
    let effects = press(&mut state, "ctrl-r");
    let asked: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Ask(number, question) => Some((*number, question.ask.side, question.ask.port)),
            _ => None,
        })
        .collect();
    assert_eq!(asked.len(), 2, "{effects:?}");
    assert_eq!(asked.iter().map(|one| one.2).collect::<Vec<_>>(), [443, 443]);
    let text = view::picture(&state, 120, 40);
    assert!(text.contains("OLD side") && text.contains("NEW side"), "{text}");
    let text = view::picture(&state, 80, 24);
    assert!(text.contains("≠ backend"), "what differs comes first:\n{text}");
    press(&mut state, "esc s");
    let only = view::picture(&state, 120, 40);
    assert!(only.contains("● old") && !only.contains("NEW side") && only.contains("location"), "{only}");
    press(&mut state, "s s");
    assert!(view::picture(&state, 120, 40).contains("● both"));
}

#[test]
fn a_side_can_be_typed_and_one_that_is_none_is_told() {
    let mut state = after("1");
    let explain = crate::tui::action::named("explain").unwrap();
    let args = ["--side", "old", "GET https://shop.example.com/ x-a:1"].map(str::to_owned);
    (explain.run)(&mut state, &args).unwrap();
    assert_eq!(state.screens.explain.fields.form().line(), "--side old GET https://shop.example.com/ x-a:1");
    let wrong = ["--side", "left", "https://a/"].map(str::to_owned);
    assert_eq!((explain.run)(&mut state, &wrong).unwrap_err(), "`left` is no side: old, new or both");
}

#[test]
fn where_one_side_is_served_there_is_none_to_choose() {
    let state = fixture::state();
    let why = state.off(crate::tui::action::named("ask-side").unwrap());
    assert_eq!(why.as_deref(), Some("only one side is served"));
}

#[test]
fn an_ingress_is_asked_by_its_own_host_and_path() {
    let state = after("5 / s h o p / a p i enter e");
    assert_eq!(state.screens.explain.fields.form().url, "https://shop.example.com/api");
    let text = view::picture(&state, 120, 40);
    assert!(text.contains("~* \"^/api(/|$)(.*)\""), "{text}");
}
