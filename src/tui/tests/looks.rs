//! Themes chosen and read again; the mouse on what was drawn; where the hardware cursor stands.

use std::sync::Arc;

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use jiff::SignedDuration;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Color,
};

use super::pictures::SCREENS;
use crate::tui::{
    action::{self, Place},
    app::{Effect, Message, State},
    facts::Tone,
    fixture,
    keymap::Chord,
    selection::Sort,
    theme::{Depth, Shelf, Theme},
    view,
};

const AREA: Rect = Rect { x: 0, y: 0, width: 120, height: 40 };

pub(super) fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for word in keys.split_ascii_whitespace() {
        let chords = match Chord::parse(word) {
            Some(chord) => vec![chord],
            None => word.chars().filter_map(|letter| Chord::parse(letter.encode_utf8(&mut [0; 4]))).collect(),
        };
        effects.extend(chords.into_iter().flat_map(|chord| state.update(Message::Key(chord.event()))));
    }
    effects
}

/// Draws; gives the rows as text, and the place of the cursor.
fn draw(state: &State) -> (Vec<String>, Position) {
    let mut buffer = Buffer::empty(AREA);
    let cursor = view::draw_into(state, &mut buffer, AREA).unwrap();
    let row = |y: u16| {
        (0..AREA.width).filter_map(|x| buffer.cell((x, y))).map(ratatui::buffer::Cell::symbol).collect()
    };
    ((0..AREA.height).map(row).collect(), cursor.into())
}

/// The place of a text.
fn find(state: &State, text: &str) -> (u16, u16) {
    let (rows, _) = draw(state);
    let found = rows
        .iter()
        .enumerate()
        .find_map(|(y, row)| row.find(text).map(|at| (row[..at].chars().count() as u16, y as u16)));
    found.unwrap_or_else(|| panic!("no `{text}` in\n{}", rows.join("\n")))
}

fn mouse(state: &mut State, kind: MouseEventKind, (column, row): (u16, u16)) -> Vec<Effect> {
    draw(state);
    state.update(Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
}

fn click(state: &mut State, place: (u16, u16)) -> Vec<Effect> {
    mouse(state, MouseEventKind::Down(MouseButton::Left), place)
}

fn later(state: &mut State, millis: i64) {
    state.clock = state.clock.checked_add(SignedDuration::from_millis(millis)).unwrap();
}

fn with_mouse(keys: &str) -> State {
    let mut state = fixture::state();
    assert!(matches!(press(&mut state, "m")[..], [Effect::Mouse(true)]));
    press(&mut state, keys);
    state
}

#[test]
fn a_theme_is_shown_while_one_looks_and_taken_back_or_kept() {
    let cases = [
        ("t", "dark", "opened on the one that is shown"),
        ("t down", "light", "shown at once"),
        ("t down down", "nord", "each"),
        ("t down down up", "light", "back"),
        ("t down down esc", "dark", "taken back"),
        ("t down down enter", "nord", "kept"),
        ("t down enter t down esc", "light", "taken back to the last one kept"),
    ];
    for (keys, theme, why) in cases {
        let mut state = fixture::state();
        press(&mut state, keys);
        assert_eq!(state.theme.name, theme, "{keys}: {why}");
        let shown = Theme::named(theme, Depth::True).unwrap();
        assert_eq!(state.theme.style(Tone::Bad), shown.style(Tone::Bad), "{keys}");
    }
    let mut state = fixture::state();
    press(&mut state, "t");
    let (rows, _) = draw(&state);
    let text = rows.join("\n");
    for name in state.theme.names() {
        assert!(text.contains(name), "{name} is not in\n{text}");
    }
}

#[test]
fn a_theme_is_chosen_by_name_and_an_unknown_one_is_told() {
    let mut state = fixture::state();
    let theme = action::named("theme").unwrap();
    state.act(theme, &["nord".to_owned()]);
    assert_eq!(state.theme.name, "nord");
    state.act(theme, &["nrod".to_owned()]);
    assert_eq!(state.theme.name, "nord");
    let (rows, _) = draw(&state);
    assert!(rows.iter().any(|row| row.contains("there is no theme `nrod` (`nord`?)")), "{rows:?}");
}

#[test]
fn a_users_theme_is_read_again_when_it_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let read = |text: &str| {
        std::fs::write(folder.path().join("mine.toml"), text).unwrap();
        Arc::new(Shelf::read(folder.path()).0)
    };
    let mut state = fixture::state();
    state.theme = Theme::on(read("inherits = \"dark\"\nbad = \"red\""), "mine", Depth::True).unwrap();
    press(&mut state, "t up");
    assert_ne!(state.theme.name, "mine");
    state.update(Message::Themes(read("inherits = \"dark\"\nbad = \"blue\""), Vec::new()));
    press(&mut state, "esc");
    assert_eq!(state.theme.name, "mine");
    assert_eq!(state.theme.style(Tone::Bad).fg, Some(Color::Blue), "also when it comes back from a preview");
    state.update(Message::Themes(read("inherits = \"dark\"\nbda = \"blue\""), Vec::new()));
    assert_eq!(state.theme.style(Tone::Bad).fg, Some(Color::Blue), "a broken one changes nothing");
    let (rows, _) = draw(&state);
    let told = |row: &String| row.contains("mine.toml:2: there is no slot `bda`; `bad` is near");
    assert!(rows.iter().any(told), "{rows:?}");
}

#[test]
fn the_cursor_stands_where_the_eye_is() {
    for (name, keys) in SCREENS {
        let mut state = fixture::state();
        press(&mut state, keys);
        let (rows, cursor) = draw(&state);
        let row = &rows[cursor.y as usize];
        let marked = rows.iter().any(|row| row.contains('▎'));
        assert!(!marked || state.overlay.is_some() || state.typing() || row.contains('▎'), "{name}: {row}");
        let typed = state.overlay.is_some() && cursor.y == AREA.height - 1;
        assert!(typed || (3..AREA.height - 2).contains(&cursor.y), "{name}: in the body, or where one types");
    }
    let cases = [
        ("3 / i m g", "/img", "behind what is typed of a filter"),
        ("4 enter =", "weight", "in the line that is typed"),
        ("t down", "light", "on the line of a menu"),
        ("4 enter L q", "not applied", "on the question"),
    ];
    for (keys, words, why) in cases {
        let mut state = fixture::state();
        press(&mut state, keys);
        let (rows, cursor) = draw(&state);
        assert!(rows[cursor.y as usize].contains(words), "{why}: {}", rows[cursor.y as usize]);
    }
    let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 4));
    assert!(view::draw_into(&fixture::state(), &mut buffer, Rect::new(0, 0, 10, 4)).is_some(), "in any size");
}

#[test]
fn a_click_selects_and_two_open() {
    let mut state = with_mouse("3");
    let place = find(&state, "shop/books");
    click(&mut state, place);
    assert_eq!(state.selected_object().unwrap().name.as_ref(), "books");
    assert_eq!(state.place(), Place::Routes);
    later(&mut state, 900);
    click(&mut state, place);
    assert_eq!(state.place(), Place::Routes, "too late for a second one");
    later(&mut state, 200);
    click(&mut state, place);
    assert_eq!(state.place(), Place::Detail);
}

#[test]
fn the_mouse_is_the_terminals_until_somebody_wants_it() {
    let mut state = fixture::state();
    press(&mut state, "3");
    let before = state.selected_object();
    let place = find(&state, "shop/books");
    click(&mut state, place);
    assert_eq!(state.selected_object(), before);
    assert!(matches!(press(&mut state, "m m")[..], [Effect::Mouse(true), Effect::Mouse(false)]));
    click(&mut state, place);
    assert_eq!(state.selected_object(), before);
}

#[test]
fn a_click_that_brings_the_focus_does_nothing_else() {
    let mut state = with_mouse("3");
    let before = state.selected_object();
    let place = find(&state, "shop/books");
    state.update(Message::Focus(true));
    later(&mut state, 20);
    click(&mut state, place);
    assert_eq!(state.selected_object(), before);
    later(&mut state, 500);
    click(&mut state, place);
    assert_ne!(state.selected_object(), before);
}

#[test]
fn a_column_is_sorted_by_a_click_on_its_head() {
    let mut state = with_mouse("3");
    let sorts = [Some(false), Some(true), None, Some(false)];
    for (nth, down) in sorts.into_iter().enumerate() {
        let place = find(&state, "ROUTE");
        click(&mut state, place);
        later(&mut state, 1000);
        assert_eq!(
            state.screens.routes.list.sort(),
            down.map(|down| Sort { column: 1, down }),
            "click {nth}"
        );
    }
}

#[test]
fn tabs_hints_panes_and_lines_of_a_menu_are_clicked() {
    let mut state = with_mouse("");
    let place = find(&state, "Routes");
    click(&mut state, place);
    assert_eq!(state.place(), Place::Routes);
    let place = find(&state, "/ filter");
    click(&mut state, place);
    assert_eq!(state.place(), Place::Input);
    press(&mut state, "esc t");
    assert_eq!(state.place(), Place::Menu);
    let tab = find(&state, "Gateways");
    click(&mut state, tab);
    assert_eq!(state.place(), Place::Menu, "what lies below a menu is not reached");
    let place = find(&state, "nord");
    click(&mut state, place);
    assert_eq!((state.theme.name.as_str(), state.place()), ("nord", Place::Routes));
    press(&mut state, "6");
    let first = state.screens.get(state.screen()).pane();
    let place = find(&state, "shop/app-canary");
    click(&mut state, place);
    assert_ne!(state.screens.get(state.screen()).pane(), first, "the other pane has the keys");
    let place = find(&state, "? help");
    click(&mut state, place);
    assert_eq!(state.place(), Place::Help);
}

#[test]
fn a_backend_is_selected_by_a_click_and_a_dialog_is_answered() {
    let mut state = with_mouse("4 enter");
    let place = find(&state, "app-stable");
    click(&mut state, place);
    assert_eq!(state.session().unwrap().at, 0);
    press(&mut state, "L q");
    let place = find(&state, "app-stable");
    click(&mut state, place);
    assert_eq!(state.place(), Place::Dialog);
    let place = find(&state, "leave it");
    click(&mut state, place);
    assert_eq!(state.place(), Place::Canary);
}

#[test]
fn the_wheel_moves_by_lines_and_a_flood_of_it_is_one() {
    let mut state = with_mouse("3");
    let place = find(&state, "shop/books");
    for millis in [1, 1, 1, 30] {
        mouse(&mut state, MouseEventKind::ScrollDown, place);
        later(&mut state, millis);
    }
    let at = |state: &State| state.lines().unwrap().at();
    assert_eq!(at(&state), 3, "one turn");
    mouse(&mut state, MouseEventKind::ScrollUp, place);
    assert_eq!(at(&state), 0);
    press(&mut state, "?");
    later(&mut state, 100);
    let before = draw(&state).0;
    mouse(&mut state, MouseEventKind::ScrollDown, place);
    assert_ne!(draw(&state).0, before, "a text is scrolled too");
}
