//! Pages as they are walked: from reference to reference and back, folded, searched, followed as objects change.

use super::*;
use crate::{
    resource::Kind,
    tui::{app::Message, fixture, keymap::Chord},
    world::Change,
};

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let chords =
        keys.split_ascii_whitespace().map(|key| Chord::parse(key).unwrap_or_else(|| panic!("{key}")));
    chords.flat_map(|chord| state.update(Message::Key(chord.event()))).collect()
}

fn bookshop() -> State {
    let view = Arc::new(fixture::bookshop());
    State::new(view, fixture::state().theme, fixture::clock(), jiff::tz::TimeZone::UTC)
}

/// Opens a page of the bookshop.
fn open(state: &mut State, kind: Kind, path: &str, face: Face) {
    let (namespace, name) = path.split_once('/').unwrap();
    state.open_page(About::Object(Key::new(kind, namespace, name)), face);
}

fn page(state: &State) -> &Page {
    state.page_seen().expect("a page")
}

/// Goes to the first line with this text.
fn go(state: &mut State, text: &str) {
    let at = page(state).lines.iter().position(|line| line.line.text().contains(text));
    let at = at.unwrap_or_else(|| panic!("no `{text}`"));
    state.on_page(|page| page.go(at));
}

/// Where one is: the page, its face, the text of its line.
fn at(state: &State) -> (String, Face, String) {
    let page = page(state);
    (
        page.about.name(),
        page.face,
        page.line().map(|line| line.line.text().trim().to_owned()).unwrap_or_default(),
    )
}

#[test]
fn references_are_followed_and_each_step_leads_back_to_its_line() {
    let mut state = bookshop();
    open(&mut state, Kind::HttpRoute, "ops/dash", Face::Describe);
    go(&mut state, "parent infra/edge ▸ admin");
    press(&mut state, "enter");
    assert_eq!(at(&state).0, "Gateway infra/edge ▸ admin", "route ▸ listener");
    go(&mut state, "certificate   Secret infra/admin-tls");
    press(&mut state, "enter");
    assert_eq!(at(&state).0, "Secret infra/admin-tls", "listener ▸ Secret");
    press(&mut state, "esc");
    assert!(at(&state).2.starts_with("certificate   Secret infra/admin-tls"), "{:?}", at(&state));
    press(&mut state, "[");
    assert!(at(&state).2.starts_with("parent infra/edge ▸ admin"), "{:?}", at(&state));
    press(&mut state, "] ]");
    assert_eq!(at(&state).0, "Secret infra/admin-tls", "and forward again");
    press(&mut state, "esc esc esc");
    assert!(state.page_seen().is_none(), "back on the screen");
}

#[test]
fn a_stand_in_is_gone_to_in_the_rehearsal_and_escape_comes_back() {
    let mut state = bookshop();
    open(&mut state, Kind::Service, "shop/app-canary", Face::Describe);
    go(&mut state, "stand-in 127");
    press(&mut state, "enter");
    let selected = state.screens.rehearsal.stand_ins.selected().unwrap();
    assert_eq!(selected.backend.service.to_string(), "shop/app-canary");
    assert_eq!(state.screen(), crate::tui::screen::Id::Rehearsal);
    press(&mut state, "j esc");
    assert_eq!(at(&state).0, "Service shop/app-canary");
}

#[test]
fn faces_keep_their_lines_and_tab_goes_round() {
    let mut state = bookshop();
    open(&mut state, Kind::HttpRoute, "shop/app", Face::Describe);
    press(&mut state, "j j");
    let first = at(&state);
    let cases = [
        ("tab", Face::Yaml),
        ("tab", Face::Topology),
        ("tab", Face::Diff),
        ("tab", Face::Describe),
        ("backtab", Face::Diff),
        ("y", Face::Yaml),
        ("T", Face::Topology),
        ("d", Face::Describe),
    ];
    for (keys, face) in cases {
        press(&mut state, keys);
        assert_eq!(at(&state).1, face, "{keys}");
    }
    assert_eq!(at(&state), first);
    press(&mut state, "esc");
    assert!(state.page_seen().is_none(), "faces are one step");
}

#[test]
fn from_a_text_one_goes_to_texts_and_from_a_condition_to_the_field() {
    let mut state = bookshop();
    open(&mut state, Kind::HttpRoute, "shop/app", Face::Yaml);
    go(&mut state, "name: app-canary");
    press(&mut state, "enter");
    assert_eq!(
        (at(&state).0.as_str(), at(&state).1),
        ("Service shop/app-canary", Face::Yaml),
        "the text of it"
    );
    press(&mut state, "esc");
    open(&mut state, Kind::HttpRoute, "shop/search", Face::Describe);
    go(&mut state, "at:  spec.rules[0].backendRefs[1]");
    press(&mut state, "enter");
    assert_eq!(at(&state), ("HTTPRoute shop/search".to_owned(), Face::Yaml, "- name: search-v2".to_owned()));
    open(&mut state, Kind::Gateway, "infra/edge", Face::Yaml);
    go(&mut state, "name: admin-tls");
    press(&mut state, "enter");
    assert_eq!(
        (at(&state).0.as_str(), at(&state).1),
        ("Secret infra/admin-tls", Face::Describe),
        "what is not there has no text"
    );
}

#[test]
fn folds_open_and_close_and_the_line_stays() {
    let mut state = bookshop();
    open(&mut state, Kind::HttpRoute, "shop/app", Face::Yaml);
    go(&mut state, "  rules:");
    let all = page(&state).lines.len();
    press(&mut state, "h");
    assert!(page(&state).lines.len() < all && at(&state).2.starts_with("rules:  # "), "{:?}", at(&state));
    press(&mut state, "h");
    assert_eq!(at(&state).2, "spec:", "what is closed goes to what holds it");
    press(&mut state, "- +");
    go(&mut state, "  rules:");
    press(&mut state, "space");
    let folded = page(&state).lines.len();
    press(&mut state, "space");
    assert!(folded < page(&state).lines.len(), "space turns it");
    press(&mut state, "-");
    assert!(page(&state).lines.len() < 8, "all closed");
}

#[test]
fn n_and_shift_n_go_through_what_is_found_and_round() {
    let mut state = bookshop();
    open(&mut state, Kind::HttpRoute, "shop/app", Face::Yaml);
    press(&mut state, "/ W E I G H T enter");
    let lines = page(&state).found("weight");
    assert_eq!((lines.len(), page(&state).at()), (2, lines[0]), "case does not matter");
    press(&mut state, "n");
    assert_eq!(page(&state).at(), lines[1]);
    press(&mut state, "n");
    assert_eq!(page(&state).at(), lines[0], "round");
    press(&mut state, "N");
    assert_eq!(page(&state).at(), lines[1], "and back");
    press(&mut state, "/ n o w h e r e enter");
    assert!(state.overlay.is_some(), "what was typed stays to be mended");
    press(&mut state, "esc");
    assert!(state.notes.last().is_some_and(|note| note.text.contains("`nowhere` is not on this page")));
    assert_eq!(page(&state).at(), lines[1], "one stays");
}

#[test]
fn a_page_follows_its_object_and_says_when_it_is_gone() {
    let mut state = bookshop();
    open(&mut state, Kind::HttpRoute, "shop/app", Face::Yaml);
    go(&mut state, "name: testers");
    let change = |state: &mut State, change: Change| {
        let mut view = (*state.view).clone();
        let changes = [change];
        let world = view.world.apply(&changes);
        view.compiled = Arc::new(view.compiled.next(&world, &changes));
        view.world = Arc::new(world);
        state.update(Message::View(Arc::new(view)));
    };
    let key = Key::new(Kind::HttpRoute, "shop", "app");
    let old = state.view.world.get(&key).unwrap().clone();
    let text =
        old.text.replace("\"hostnames\":[", "\"hostnames\":[\"a.bookshop.example\",\"b.bookshop.example\",");
    change(&mut state, Change::Put(Arc::new(Object { text: text.into(), ..(*old).clone() })));
    let text: Vec<String> = page(&state).lines.iter().map(|line| line.line.text()).collect();
    assert!(text.contains(&"  - a.bookshop.example".to_owned()), "{text:#?}");
    assert_eq!(at(&state).2, "name: testers", "two lines came above, and one stays on the line");

    press(&mut state, "D");
    let diff: Vec<String> = page(&state).lines.iter().map(|line| line.line.text()).collect();
    assert!(diff.contains(&"+   - b.bookshop.example".to_owned()), "{diff:#?}");
    press(&mut state, "y");
    change(&mut state, Change::Remove(key));
    assert!(page(&state).gone && !page(&state).lines.is_empty(), "what is gone stays to be read");
    assert_eq!(at(&state).2, "name: testers");
}

#[test]
fn two_objects_of_a_kind_are_compared_and_others_are_not() {
    let mut state = bookshop();
    open(&mut state, Kind::HttpRoute, "shop/app", Face::Describe);
    press(&mut state, "M esc");
    open(&mut state, Kind::HttpRoute, "shop/api", Face::Describe);
    press(&mut state, "D");
    let text = |state: &State| page(state).lines.iter().map(|line| line.line.text()).collect::<Vec<_>>();
    assert_eq!(text(&state)[..2], ["- HTTPRoute shop/app", "+ HTTPRoute shop/api"]);
    open(&mut state, Kind::Service, "shop/catalogue", Face::Diff);
    assert!(
        text(&state)[0].contains("did not change"),
        "a Service is compared with no route: {:?}",
        text(&state)
    );
}

#[test]
fn objects_are_found_as_people_type_them() {
    let state = bookshop();
    let typed = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        state.object_typed(&words).map(|key| key.to_string())
    };
    let cases = [
        (&["httproute", "shop/app"][..], Ok("HTTPRoute shop/app"), "kind and path"),
        (&["httproute/shop/checkout"], Ok("HTTPRoute shop/checkout"), "kind/path"),
        (&["svc", "ledger"], Ok("Service payments/ledger"), "a short kind and a name that is one"),
        (&["gc", "bookshop"], Ok("GatewayClass bookshop"), "no namespace"),
        (&["payments/ledger"], Ok("Service payments/ledger"), "only one has this path"),
        (&["shop-may-pay"], Ok("ReferenceGrant payments/shop-may-pay"), "or this name"),
        (&["shop/nothing"], Err("`shop/nothing` is not among the objects"), "none"),
    ];
    for (words, expected, why) in cases {
        assert_eq!(typed(words), expected.map(str::to_owned).map_err(str::to_owned), "{why}");
    }
    assert!(typed(&["shop/app"]).unwrap_err().contains("is 2 objects: HTTPRoute shop/app, Ingress shop/app"));
}

#[test]
fn the_source_is_asked_once_for_a_state_of_an_object() {
    let mut state = bookshop();
    let asked =
        |effects: &[Effect]| effects.iter().filter(|effect| matches!(effect, Effect::Source(..))).count();
    press(&mut state, "3");
    assert_eq!(asked(&press(&mut state, "y")), 1);
    assert_eq!(asked(&press(&mut state, "d y T tab j")), 0, "the object is the same");
    let key = page(&state).about.key().unwrap();
    press(&mut state, "y");
    state.update(Message::Source(key.clone(), None));
    assert!(page(&state).lines.iter().all(|line| line.number.is_none()));
}

#[test]
fn what_an_object_refers_to_is_chosen_from_a_menu() {
    let mut state = bookshop();
    open(&mut state, Kind::HttpRoute, "shop/app", Face::Describe);
    press(&mut state, "J");
    let Some(crate::tui::app::Overlay::Menu(menu)) = &state.overlay else { panic!("no menu") };
    let labels: Vec<&str> = menu.items.iter().map(|item| item.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "Namespace shop",
            "Gateway infra/edge ▸ https",
            "Service shop/app-stable",
            "Service shop/app-canary"
        ],
    );
    press(&mut state, "down enter");
    assert_eq!(at(&state).0, "Gateway infra/edge ▸ https");
    press(&mut state, "esc");
    assert_eq!(at(&state).0, "HTTPRoute shop/app");
}
