use std::sync::Arc;

use super::Request;
use crate::{
    rehearsal::Tail,
    tui::{
        action::Place,
        app::{Effect, Message, State},
        fixture,
        keymap::Chord,
    },
};

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let chords = keys.split_ascii_whitespace().map(|key| Chord::parse(key).unwrap());
    chords.flat_map(|chord| state.update(Message::Key(chord.event()))).collect()
}

fn with(last: u64) -> State {
    let mut state = fixture::state();
    press(&mut state, "7");
    came(&mut state, last);
    state
}

fn came(state: &mut State, last: u64) {
    let tail = fixture::tail(&state.view, last);
    state.update(Message::Tail(tail));
}

/// The selected request, and how many are shown.
fn at(state: &State) -> (u64, usize) {
    let list = &state.screens.requests.list;
    (list.selected().map_or(0, |request| request.number), list.len())
}

#[test]
fn requests_are_followed_only_while_the_screen_is_on_the_way() {
    let mut state = fixture::state();
    let told = |asked: Vec<Effect>| -> Vec<bool> {
        let watch = |effect: Effect| if let Effect::Watch(on) = effect { Some(on) } else { None };
        asked.into_iter().filter_map(watch).collect()
    };
    assert!(told(press(&mut state, "3 4 5")).is_empty(), "nobody looks");
    assert_eq!(told(press(&mut state, "7")), [true]);
    assert!(told(press(&mut state, "d esc space space")).is_empty(), "it stays on the way");
    assert_eq!(told(press(&mut state, "1")), [false]);
}

#[test]
fn the_newest_is_followed_until_one_moves_up() {
    let mut state = with(9);
    assert_eq!(at(&state), (9, 10), "the newest, at the bottom");
    came(&mut state, 19);
    assert_eq!(at(&state), (19, 20), "followed");
    press(&mut state, "k k");
    came(&mut state, 29);
    assert_eq!(at(&state), (17, 30), "stays on its request");
    press(&mut state, "G");
    came(&mut state, 39);
    assert_eq!(at(&state), (39, 40), "followed again");
}

#[test]
fn what_is_held_stays_as_it_is_and_goes_on_with_the_newest() {
    let mut state = with(9);
    press(&mut state, "space");
    came(&mut state, 24);
    assert_eq!((at(&state), state.screens.requests.waiting()), ((9, 10), 15));
    press(&mut state, "space");
    assert_eq!((at(&state), state.screens.requests.waiting()), ((24, 25), 0));
}

#[test]
fn what_is_not_kept_any_more_goes_and_numbers_stay() {
    let mut state = with(9);
    press(&mut state, "g j j j");
    let mut tail = fixture::tail(&state.view, 19);
    tail.records = tail.records.split_off(3);
    tail.first = 3;
    tail.lost = 7;
    state.update(Message::Tail(tail));
    assert_eq!(at(&state), (3, 17), "the same request, now the first");
    let numbers: Vec<u64> = state.screens.requests.list.all().iter().map(|it| it.number).collect();
    assert_eq!(numbers, (3..20).collect::<Vec<_>>());
    let mut jump = fixture::tail(&state.view, 999);
    jump.records = jump.records.split_off(990);
    jump.first = 990;
    state.update(Message::Tail(jump));
    assert_eq!(state.screens.requests.list.all()[0].number, 990, "all of them went");
    assert_eq!(state.screens.requests.list.total(), 10);
}

#[test]
fn requests_are_found_by_all_that_is_known_of_them() {
    let state = with(6);
    let cases = [
        ("503", vec![2, 4]),
        ("5xx", vec![2, 4]),
        ("4xx", vec![3, 5]),
        ("post", vec![2]),
        ("img.example.com/covers", vec![3]),
        ("app-canary", vec![1, 2]),
        ("two host", vec![5]),
        ("gateway", vec![3, 4, 5]),
        ("shop/app 1", vec![0, 1, 2, 4, 6]),
    ];
    for (text, wanted) in cases {
        let found: Vec<u64> = state
            .screens
            .requests
            .list
            .all()
            .iter()
            .filter(|request| crate::tui::selection::Record::haystack(*request).contains(text))
            .map(|request| request.number)
            .collect();
        assert_eq!(found, wanted, "{text}");
    }
}

#[test]
fn why_opens_explain_filled_from_the_request_and_esc_comes_back_to_it() {
    let mut state = with(6);
    press(&mut state, "g j");
    press(&mut state, "e");
    assert_eq!(state.place(), Place::Explain);
    let form = state.screens.explain.fields.form();
    assert_eq!((form.method.as_str(), form.url.as_str()), ("GET", "http://shop.example.com/cart?id=7"));
    assert!(form.headers.iter().any(|header| header == "x-version: v2"), "{:?}", form.headers);
    press(&mut state, "esc");
    assert_eq!((state.place(), at(&state)), (Place::Requests, (1, 7)));
    press(&mut state, "g j j j j j e");
    let note = &state.notes.last().unwrap().text;
    assert!(note.contains("could not be read as a request"), "{note}");
}

#[test]
fn details_hide_what_logs_somebody_in() {
    let mut state = with(6);
    press(&mut state, "g enter");
    let request: &Arc<Request> = state.screens.requests.list.selected().unwrap();
    let lines = super::detail::lines(&state, request, true, 100);
    let text: Vec<String> = lines.iter().map(crate::tui::facts::Line::text).collect();
    assert!(text.iter().any(|line| line == "cookie: (not shown)"), "{text:?}");
    assert!(text.iter().any(|line| line == "x-version: v2"), "{text:?}");
    assert!(!text.iter().any(|line| line.contains("abc")), "{text:?}");
}

#[test]
fn ten_thousand_requests_and_five_thousand_more_are_taken_in_milliseconds() {
    let mut state = with(0);
    let mut tail = fixture::tail(&state.view, 14_999);
    let late: Tail = Tail { records: tail.records.clone().split_off(5_000), first: 5_000, ..tail.clone() };
    tail.records = tail.records.take(10_000);
    state.update(Message::Tail(tail));
    let begun = std::time::Instant::now();
    state.update(Message::Tail(late));
    let took = begun.elapsed();
    assert_eq!((at(&state), state.screens.requests.list.all()[0].number), ((14_999, 10_000), 5_000));
    // A debug build, on a machine that others use too.
    assert!(took < std::time::Duration::from_millis(100), "{took:?}");
}
