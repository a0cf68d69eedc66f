//! With very many objects no key waits: what takes long is done aside, and only the newest counts.

use std::sync::Arc;

use crate::{
    rehearsal::View,
    resource::{Key, Kind, Meta, Object},
    tui::{
        app::{Effect, Message, Overlay, State},
        chord::Chord,
        fixture,
        palette::Many,
        screen::Id,
        selection::Lines,
        theme::{Depth, Theme},
    },
    world::Change,
};

/// The fixture's view with very many routes like one that it has.
fn routes() -> View {
    let mut view = (*fixture::view()).clone();
    let mut compiled = (*view.compiled).clone();
    let app = Key::new(Kind::HttpRoute, "shop", "app");
    let parents = Arc::clone(&compiled.status.routes[&app]);
    for nth in 0..45_000 {
        let key = Key::new(Kind::HttpRoute, "many", format!("app-{nth}"));
        compiled.status.routes.insert(key, Arc::clone(&parents));
    }
    view.compiled = Arc::new(compiled);
    view
}

/// The fixture's view with very many Services.
fn services() -> View {
    let mut view = (*fixture::view()).clone();
    let object = |nth: usize| Object {
        key: Key::new(Kind::Service, "many", format!("app-{nth}")),
        api_version: "v1".into(),
        meta: Meta::default(),
        text: "{}".into(),
        origin: None,
        assumed: false,
    };
    let changes: Vec<Change> = (0..30_000).map(|nth| Change::Put(Arc::new(object(nth)))).collect();
    view.world = Arc::new(view.world.apply(&changes));
    view
}

fn console(view: View) -> State {
    let theme = Theme::named("dark", Depth::True).unwrap();
    State::new(Arc::new(view), theme, fixture::clock(), jiff::tz::TimeZone::UTC)
}

fn key(state: &mut State, key: &str) -> Vec<Effect> {
    state.update(Message::Key(Chord::parse(key).unwrap().event()))
}

/// The job among effects.
fn job(effects: Vec<Effect>) -> crate::tui::selection::Job {
    let arrange = |effect| match effect {
        Effect::Arrange((Id::Gateways, 0), job) => Some(job),
        _ => None,
    };
    effects.into_iter().find_map(arrange).unwrap_or_else(|| panic!("nothing is done aside"))
}

#[test]
fn the_tree_is_filtered_aside_and_only_the_newest_counts() {
    let mut state = console(routes());
    key(&mut state, "2");
    let whole = state.screens.gateways.len();
    assert!(whole < 100, "a listener with so many routes is closed");
    key(&mut state, "/");
    let first = job(key(&mut state, "7"));
    let second = job(key(&mut state, "8"));
    assert_eq!(state.screens.gateways.len(), whole, "the lines stay until then");
    assert!(first.run().is_none(), "what is overtaken ends early");
    let late = second.run().unwrap();
    let third = job(key(&mut state, "9"));
    state.update(Message::Arranged((Id::Gateways, 0), late));
    assert_eq!(state.screens.gateways.len(), whole, "what comes late changes nothing");
    state.update(Message::Arranged((Id::Gateways, 0), third.run().unwrap()));
    let found = state.screens.gateways.len();
    assert!(found > 0 && found < 1_000, "those with 789 and what leads to them: {found}");
    assert_eq!(state.screens.gateways.total(), found);
    // All of those routes are well.
    key(&mut state, "esc");
    let broken = job(key(&mut state, "f"));
    state.update(Message::Arranged((Id::Gateways, 0), broken.run().unwrap()));
    assert!(state.screens.gateways.len() < 100, "{}", state.screens.gateways.len());
}

#[test]
fn a_tree_that_changes_while_it_is_filtered_is_filtered_anew() {
    let view = routes();
    let mut state = console(view.clone());
    key(&mut state, "2");
    key(&mut state, "/");
    let first = job(key(&mut state, "7"));
    let mut newer = view;
    let mut compiled = (*newer.compiled).clone();
    compiled.status.routes.remove(&Key::new(Kind::HttpRoute, "many", "app-7"));
    newer.compiled = Arc::new(compiled);
    let second = job(state.update(Message::View(Arc::new(newer))));
    assert!(first.run().is_none(), "overtaken by the change");
    state.update(Message::Arranged((Id::Gateways, 0), second.run().unwrap()));
    let name = |line: usize| {
        let cells = state.screens.gateways.cells(line, &state).unwrap();
        cells.iter().map(crate::tui::facts::Line::text).collect::<String>()
    };
    let names: Vec<String> = (0..state.screens.gateways.len()).map(name).collect();
    assert!(names.iter().any(|name| name.contains("many/app-70")), "{:?}", names.first());
    assert!(!names.iter().any(|name| name.trim_end().ends_with("many/app-7")));
}

#[test]
fn the_palette_opens_with_the_few_and_gets_the_many_aside() {
    let mut state = console(services());
    let effects = key(&mut state, "ctrl-p");
    let world = effects.into_iter().find_map(|effect| match effect {
        Effect::Index(world) => Some(world),
        _ => None,
    });
    let world = world.unwrap_or_else(|| panic!("the objects are not made ready aside"));
    let found = |state: &State| match &state.overlay {
        Some(Overlay::Palette(palette)) => palette.found(),
        _ => panic!("no palette"),
    };
    let few = found(&state);
    assert!(few > 50 && few < 1_000, "actions, screens and themes are there at once: {few}");
    assert!(
        key(&mut state, "b").iter().all(|effect| !matches!(effect, Effect::Search(_))),
        "and found at once"
    );
    let many = Arc::new(Many::of(&world));
    let effects = state.update(Message::Indexed(world, many));
    let search = effects.into_iter().find_map(|effect| match effect {
        Effect::Search(search) => Some(search),
        _ => None,
    });
    let search = search.unwrap_or_else(|| panic!("the many are not searched aside"));
    key(&mut state, "backspace");
    assert!(found(&state) > 30_000, "nothing is looked for: all are there");
    assert!(search.run().is_none(), "and what was looked for is overtaken");
    key(&mut state, "esc");
    assert!(
        key(&mut state, "ctrl-p").iter().all(|effect| !matches!(effect, Effect::Index(_))),
        "once a World"
    );
    assert!(found(&state) > 30_000);
}

#[test]
fn behind_a_kind_all_objects_are_looked_through_for_what_is_typed() {
    let mut state = console(services());
    for letter in ":|s|e|r|v|i|c|e|s|space|A|P|P|-|2|9|9|9|9".split('|') {
        key(&mut state, letter);
    }
    let Some(Overlay::Command(line)) = &state.overlay else { panic!("no line") };
    let (candidates, _) = line.prompt.candidates();
    let names: Vec<&str> = candidates.iter().map(|candidate| candidate.text.as_str()).collect();
    assert_eq!(names, ["many/app-29999"], "though it is not among the first");
}

#[test]
fn namespaces_are_counted_once_for_each_world() {
    let view = (*fixture::view()).clone();
    let mut state = console(view.clone());
    let counted = state.namespaces();
    assert!(Arc::ptr_eq(&counted, &state.namespaces()));
    let one = view.world.list(&Kind::Service).next().unwrap().key.clone();
    let world = Arc::new(view.world.apply(&[Change::Remove(one.clone())]));
    state.update(Message::View(Arc::new(View { world, ..view })));
    let left = state.namespaces();
    assert_eq!(left.get(&one.namespace).copied().unwrap_or_default() + 1, counted[&one.namespace]);
    let all: usize = left.values().sum();
    let named = state.view.world.kinds().flat_map(|(kind, _)| state.view.world.names(kind));
    assert_eq!(all, named.filter(|(namespace, _)| !namespace.is_empty()).count(), "every object once");
}
