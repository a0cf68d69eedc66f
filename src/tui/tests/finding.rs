//! Finding by keys and by name: filters, order, columns, namespaces, the `:` line, the palette.

use std::path::Path;

use crate::{
    config::Config,
    tui::{
        action::{self, Place},
        app::{Effect, Message, Overlay, Own, State, colon::Names},
        command::Known as _,
        fixture,
        keymap::Chord,
        screen::Id,
        selection::Sort,
    },
};

/// Presses keys; what is no key's name is typed letter by letter, `_` being a blank.
fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for word in keys.split_ascii_whitespace() {
        let chords: Vec<Chord> = match Chord::parse(word) {
            Some(chord) => vec![chord],
            None => word.chars().map(|c| Chord::parse(&c.to_string().replace('_', " ")).unwrap()).collect(),
        };
        for chord in chords {
            effects.extend(state.update(Message::Key(chord.event())));
        }
    }
    effects
}

fn after(keys: &str) -> State {
    let mut state = fixture::state();
    press(&mut state, keys);
    state
}

/// The names of the routes that are shown.
fn routes(state: &State) -> Vec<String> {
    let list = &state.screens.routes.list;
    (0..list.len()).filter_map(|line| list.item(line)).map(|route| route.object.key.path()).collect()
}

/// All routes of the fixture.
const ALL: [&str; 6] = ["media/img", "shop/app", "shop/books", "shop/chat", "shop/lost", "shop/search"];

fn note(state: &State) -> &str {
    state.notes.last().map_or("", |note| &note.text)
}

/// Why the `:` line was not run.
fn wrong(state: &State) -> &str {
    match &state.overlay {
        Some(Overlay::Command(line)) => line.wrong.as_deref().unwrap_or_default(),
        _ => "",
    }
}

#[test]
fn every_form_of_a_filter_works_as_it_is_typed() {
    let all = ALL;
    assert_eq!(routes(&after("3")), all, "the fixture");
    let cases: [(&str, &[&str], &str); 8] = [
        ("3 / APP", &["shop/app"], "a part"),
        ("3 / /^shop/.*[ps]$/", &["shop/app", "shop/books"], "a regex"),
        ("3 / !shop", &["media/img"], "the inverse"),
        ("3 / -f_shpk", &["shop/books"], "fuzzy"),
        ("3 / -l_track=none", &[], "labels that nobody has"),
        ("3 / /(/", &all, "what can not be read hides nothing"),
        ("3 / app esc", &all, "Esc clears"),
        ("3 / app enter esc", &all, "later too"),
    ];
    for (keys, expected, why) in cases {
        assert_eq!(routes(&after(keys)), expected, "{keys}: {why}");
    }
    let state = after("3 / /(/");
    assert_eq!(state.filter().unwrap().wrong().unwrap().to_string(), "unclosed group");
}

#[test]
fn a_filter_is_kept_for_each_screen() {
    let mut state = after("3 / app enter 4 / books enter");
    assert_eq!(state.filter().unwrap().text(), "books");
    press(&mut state, "3");
    assert_eq!((state.filter().unwrap().text(), routes(&state)), ("app", vec!["shop/app".to_owned()]));
    press(&mut state, "esc");
    assert!(state.filter().unwrap().is_empty());
    press(&mut state, "4");
    assert_eq!(state.filter().unwrap().text(), "books");
}

#[test]
fn only_what_is_broken_is_shown_until_all_is() {
    let mut state = after("3 f");
    let broken = routes(&state);
    assert!(!broken.is_empty() && broken.len() < ALL.len(), "{broken:?}");
    press(&mut state, "f");
    assert_eq!(routes(&state).len(), ALL.len());
    press(&mut state, "f esc");
    assert_eq!(routes(&state).len(), ALL.len(), "Esc shows all again");
    let tree = after("2 f");
    let healthy = after("2");
    assert!(tree.screens.gateways.list.len() < healthy.screens.gateways.list.len(), "the tree too");
    assert!(!tree.screens.gateways.list.is_empty());
}

#[test]
fn the_order_goes_from_column_to_column_and_the_selection_with_its_row() {
    let sort = |column, down| Some(Sort { column, down });
    let cases = [
        ("3 o", sort(0, false), "the first column"),
        ("3 o o", sort(1, false), "the next"),
        ("3 o o O", sort(1, true), "turned round"),
        ("3 o o o o o o", sort(5, true), "of numbers the greatest first"),
        ("3 o o o o o o o o o o", None, "behind the last: as it came"),
        ("3 : sort_hostnames enter", sort(4, false), "by name"),
        ("3 : sort_req_desc enter", sort(6, true), "by the beginning of a name"),
        ("3 : sort_p95-ms_asc enter", sort(8, false), "the other way"),
        ("3 o : sort enter", None, "as it came"),
        ("2 o", None, "a tree has its own order"),
    ];
    for (keys, expected, why) in cases {
        let state = after(keys);
        assert_eq!(
            state.lines().unwrap().sort(),
            expected,
            "{keys}: {why}: {} {}",
            note(&state),
            wrong(&state)
        );
    }
    let letters = [
        ("3 N", sort(1, false), "a letter of k9s: by name"),
        ("3 N N", sort(1, true), "again: turned round"),
        ("3 N N S", sort(0, false), "by how it is, the worst first"),
        ("3 R", sort(6, true), "by requests, the most first"),
        ("4 S", sort(0, false), "rules too"),
        ("7 A", sort(0, false), "by time"),
        ("6 tab N", sort(1, false), "in whatever pane has the keys"),
        ("3 A", None, "no column of an age"),
    ];
    for (keys, expected, why) in letters {
        assert_eq!(after(keys).lines().unwrap().sort(), expected, "{keys}: {why}");
    }
    assert_eq!(note(&after("3 A")), "sort-age: this table has no column age");
    assert_eq!(note(&after("2 N")), "sort-name: a tree has its own order");
    let mut state = after("3 j j");
    assert_eq!(state.selected_object().unwrap().path(), "shop/books");
    press(&mut state, ": sort_route_desc enter");
    assert_eq!(routes(&state)[0], "shop/search");
    assert_eq!(state.selected_object().unwrap().path(), "shop/books", "it went with its row");
    assert_eq!(
        wrong(&after("3 : sort_nonsense enter")).split(';').next(),
        Some("sort: there is no column `nonsense`")
    );
}

#[test]
fn former_filters_of_the_session_are_walked_with_up_and_down() {
    let past = "3 / img enter esc / books enter esc 2 / edge enter esc";
    let cases = [
        ("3 /", "", "an empty line first"),
        ("3 / up", "edge", "the newest, of whatever screen"),
        ("3 / up up", "books", "the one before"),
        ("3 / up up up up", "img", "no further than the oldest"),
        ("3 / up up down", "edge", "and newer again"),
        ("3 / up down", "", "to what was typed"),
        ("3 / b up", "books", "only those that begin so"),
        ("3 / up up x up", "booksx", "typing goes on from there"),
        ("3 : filter_lost enter esc / up", "lost", "those by name too"),
    ];
    for (keys, text, why) in cases {
        let mut state = after(past);
        press(&mut state, keys);
        assert_eq!(state.filter().unwrap().text(), text, "{keys}: {why}");
    }
    let mut state = after(past);
    press(&mut state, "3 / up up");
    assert_eq!(routes(&state), ["shop/books"], "what is shown follows");
    press(&mut state, "enter / up");
    assert_eq!(state.filter().unwrap().text(), "books", "nothing begins with it: it stays");
}

#[test]
fn columns_come_and_go() {
    let shown = |state: &State| {
        let lines = state.lines().unwrap();
        lines.shape().of(lines.columns()).iter().map(|at| lines.columns()[*at].name()).collect::<Vec<_>>()
    };
    let few = shown(&after("3"));
    assert!(!few.contains(&"labels".to_owned()));
    assert!(shown(&after("3 W")).contains(&"labels".to_owned()));
    assert_eq!(shown(&after("3 W ctrl-w")), few);
    let state = after("3 : columns_kind enter");
    assert!(!shown(&state).contains(&"kind".to_owned()));
    assert_eq!(state.place(), Place::Menu, "it is gone on with");
    let state = after("3 : columns enter down down enter esc");
    assert!(!shown(&state).contains(&"kind".to_owned()), "chosen from the menu");
    assert_eq!(shown(&after("3 : columns enter down down enter enter")), few, "and back in its place");
}

#[test]
fn a_namespace_is_kept_to_on_every_screen() {
    let mut state = after("3 : ns_media enter");
    assert_eq!(routes(&state), ["media/img"]);
    press(&mut state, "2 G");
    assert!(state.selected_object().unwrap().path().starts_with("media/"), "the tree leads there");
    press(&mut state, "3 alt-0");
    assert_eq!(routes(&state).len(), ALL.len(), "all of them");
    let favourites = state.favourites();
    let at = favourites.iter().position(|name| &**name == "shop").unwrap();
    press(&mut state, &format!("alt-{}", at + 1));
    assert_eq!(routes(&state).len(), ALL.len() - 1, "a favourite");
    press(&mut state, ": ns_all enter");
    assert_eq!(state.namespace, None);
    press(&mut state, ": ns enter");
    assert_eq!(state.place(), Place::Menu);
    press(&mut state, "esc : ns_shpo enter");
    assert_eq!(wrong(&state), "ns: no object is in a namespace `shpo`; did you mean `shop`?");
    press(&mut state, "esc alt-9");
    assert_eq!(note(&state), "favourite: there is no favourite 9");
}

#[test]
fn lines_behind_the_colon_run_what_k9s_would() {
    let cases: [(&str, Id, &[&str], &str); 7] = [
        (": routes enter", Id::Routes, &ALL, "a screen"),
        (": routes_shop enter", Id::Routes, &ALL[1..], "of a namespace"),
        (": routes_/img enter", Id::Routes, &["media/img"], "with a filter"),
        (": routes_shop_/^shop/[bc]/ enter", Id::Routes, &["shop/books", "shop/chat"], "with both"),
        (": httproutes_-n_media enter", Id::Routes, &["media/img"], "a kind, as kubectl has it"),
        (": httproute_shop/search enter esc", Id::Routes, &ALL, "an object"),
        (": gw enter", Id::Gateways, &ALL, "a short name"),
    ];
    for (keys, screen, shown, why) in cases {
        let state = after(keys);
        assert_eq!(
            (state.screen(), routes(&state)),
            (screen, shown.iter().map(|s| (*s).to_owned()).collect()),
            "{keys}: {why}: {}",
            wrong(&state)
        );
        assert!(state.overlay.is_none(), "{keys}");
    }
    let mut state = after(": httproute_shop/search enter");
    assert_eq!(state.place(), Place::Detail);
    press(&mut state, "esc");
    assert_eq!(state.selected_object().unwrap().path(), "shop/search", "its row is chosen below");
    let asked = press(&mut after("4 enter l"), ": q! enter");
    assert!(matches!(asked[..], [Effect::Remember(_), Effect::Quit]), "at once, and remembered before");
    let asked = press(&mut after("4 enter l"), ": q enter");
    assert!(matches!(asked[..], [Effect::Remember(_)]), "asks, as the key does");
}

#[test]
fn what_can_not_be_run_says_why_and_stays_to_be_mended() {
    let cases = [
        (": rotues enter", "no command `rotues`: did you mean `routes`?"),
        (": xyzzy enter", "no command `xyzzy`: Tab shows all"),
        (": choose enter", "no command `choose`: did you mean `close`?"),
        (": redraw_now enter", "redraw: takes nothing behind it"),
        (": favourite enter", "favourite: needs NUMBER"),
        (": ns_a_b enter", "ns: `b` is one too many"),
        (": routes_a_b enter", "routes: `b` is one too many: name one namespace; a filter begins with /"),
        (": routes_@prod enter", "@prod: this console shows files; there are no contexts to choose from"),
        (": httproute_shop/nothing enter", "there is no HTTPRoute shop/nothing"),
        (": less enter", "less: no rule is open: choose one on Canary"),
        (": save_'my enter", "' is not closed"),
    ];
    for (keys, why) in cases {
        let mut state = after(keys);
        assert_eq!(wrong(&state), why, "{keys}");
        assert!(state.typed_before.is_empty(), "{keys}: what did not run is not remembered");
        press(&mut state, "x");
        assert_eq!(wrong(&state), "", "{keys}: typing goes on");
    }
}

#[test]
fn lines_are_remembered_each_once() {
    let mut state = after(": ns_shop enter : routes enter : ns_shop enter");
    assert_eq!(state.typed_before, ["routes", "ns shop"]);
    press(&mut state, ": up up");
    let Some(Overlay::Command(line)) = &state.overlay else { panic!("no line") };
    assert_eq!(line.prompt.input.text(), "routes");
    let mut state = after("");
    let text = "favourites = [\"shop\", \"media\"]\n[aliases]\nrt = \"routes shop\"\n[columns]\nroutes = [\"route\", \"file\"]\n";
    let config = Config::parse(text, Path::new("c.toml")).unwrap();
    state.set_own(Own { config, ..Own::default() });
    assert_eq!(state.favourites().iter().map(|name| &**name).collect::<Vec<_>>(), ["shop", "media"]);
    let lines = state.screens.get(Id::Routes).list(0).unwrap();
    assert_eq!(lines.shape().of(lines.columns()).len(), 2, "columns of the config");
    press(&mut state, ": rt_/chat enter");
    assert_eq!(routes(&state), ["shop/chat"], "an alias is put in full");
    assert_eq!(state.typed_before, ["rt /chat"], "and remembered as typed");
}

#[test]
fn the_palette_runs_what_it_finds() {
    let mut state = after("ctrl-p books enter");
    assert_eq!(state.place(), Place::Detail, "an object: {}", note(&state));
    press(&mut state, "esc ctrl-p rehearsal enter");
    assert_eq!(state.screen(), Id::Rehearsal, "a screen");
    press(&mut state, "ctrl-p ns_media enter");
    assert_eq!(state.namespace.as_deref(), Some("media"));
    press(&mut state, "ctrl-p favourite enter");
    let Some(Overlay::Command(line)) = &state.overlay else { panic!("no line") };
    assert_eq!(line.prompt.input.text(), "favourite ", "what needs more is gone on with");
    press(&mut state, "esc ctrl-p");
    let Some(Overlay::Palette(palette)) = &state.overlay else { panic!("no palette") };
    assert_eq!(palette.selected().unwrap().line, "ns media", "the newest first");
}

#[test]
fn a_weight_is_wished_by_name_wherever_one_is() {
    let wished = |state: &State| {
        let session = state.session()?;
        Some((session.rule.route.path(), session.wanted(0), session.wanted(1)))
    };
    let mut state = after("3 : weight_app-canary_25 enter");
    assert_eq!(wished(&state), Some(("shop/app".to_owned(), 75, 25)), "{}", wrong(&state));
    press(&mut state, ": weight_app-canary:8080_40 enter");
    assert_eq!(wished(&state), Some(("shop/app".to_owned(), 60, 40)), "of the rule that is open");
    let state = after("3 : weight_app-canry_25 enter");
    assert_eq!(
        wrong(&state),
        "weight: no rule shares with a backend `app-canry`; did you mean `app-canary`?"
    );
    assert_eq!(state.place(), Place::Input, "and nothing else was opened");
}

#[test]
fn what_is_pasted_into_the_line_is_not_run() {
    let mut state = after(":");
    state.update(Message::Paste("q!\n".to_owned()));
    let Some(Overlay::Command(line)) = &state.overlay else { panic!("no line") };
    assert_eq!(line.prompt.input.text(), "q!");
}

#[test]
fn every_action_can_be_typed_completed_and_found() {
    let state = after("");
    let names: Vec<String> = Names(&state).names().into_iter().map(|name| name.text).collect();
    let mut palette = after("ctrl-p");
    for row in action::all() {
        let free = row.by_name();
        assert_eq!(names.iter().filter(|name| *name == row.name).count(), usize::from(free), "{}", row.name);
        palette.update(Message::Paste(row.name.to_owned()));
        let Some(Overlay::Palette(open)) = &palette.overlay else { panic!("no palette") };
        let item = open.shown().iter().find(|item| item.label == row.name);
        assert_eq!(item.is_some(), free, "{} in the palette", row.name);
        if let Some(item) = item {
            assert_eq!(item.keys, state.keymap.shown(row).join(" "), "{}: it teaches the key", row.name);
            assert_eq!(item.line.trim_end(), row.name, "and the name");
        }
        press(&mut palette, "ctrl-u");
    }
    let mut settings = crate::tui::example_config();
    for row in action::all() {
        let line = format!("\n# {} = [", row.name);
        assert!(settings.contains(&line), "{} can be set in the config", row.name);
        settings = settings.replacen(&line, "\n", 1);
    }
}
