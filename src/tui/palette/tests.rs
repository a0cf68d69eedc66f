use super::*;
use crate::{
    resource::{Key, Kind, Meta, Object},
    tui::keymap::Chord,
    world::World,
};
use std::sync::Arc;

fn item(sort: Sort, label: &'static str, detail: &'static str, line: &str) -> Item {
    Item {
        sort,
        label: label.into(),
        detail: detail.into(),
        keys: String::new(),
        line: line.into(),
        off: None,
    }
}

fn index() -> Index {
    let mut off = item(Sort::Action, "apply", "show the diff, then apply", "apply");
    off.off = Some("read-only".to_owned());
    let few = vec![
        off,
        item(Sort::Action, "load-stop", "no requests on routes", "load-stop"),
        item(Sort::Screen, "routes", "all routes", "routes"),
        item(Sort::Theme, "nord", "theme", "theme nord"),
    ];
    Index::new(
        Part::new(few),
        Arc::new(Many::of(&world([("HTTPRoute", "shop", "app"), ("Service", "shop", "north-d")]))),
    )
}

/// A World of these objects: kind, namespace, name.
fn world(objects: impl IntoIterator<Item = (&'static str, &'static str, impl Into<Arc<str>>)>) -> World {
    let object = |(kind, namespace, name): (&str, &'static str, _)| {
        let kind = Kind::from_typed(kind).unwrap();
        Arc::new(Object {
            key: Key::new(kind, namespace, Into::<Arc<str>>::into(name)),
            api_version: "v1".into(),
            meta: Meta::default(),
            text: "{}".into(),
            origin: None,
            assumed: false,
        })
    };
    World::of(objects.into_iter().map(object))
}

fn labels(palette: &Palette) -> Vec<String> {
    palette.shown().iter().map(|item| item.label.to_string()).collect()
}

fn press(palette: &mut Palette, keys: &str, recent: &[String]) -> Outcome {
    let mut outcome = Outcome::Choosing;
    for word in keys.split(' ') {
        let chords = match Chord::parse(word) {
            Some(chord) => vec![chord],
            None => word.chars().filter_map(|c| Chord::parse(&c.to_string())).collect(),
        };
        for chord in chords {
            outcome = palette.handle(chord.event(), recent);
        }
    }
    outcome
}

fn run(outcome: Outcome) -> String {
    match outcome {
        Outcome::Choosing => "choosing".to_owned(),
        Outcome::Looking(_) => "looking".to_owned(),
        Outcome::Run(line) => format!("run {line}"),
        Outcome::Edit(line) => format!("edit {line}"),
        Outcome::Closed => "closed".to_owned(),
    }
}

#[test]
fn a_few_letters_find_and_enter_runs() {
    let cases = [
        ("nord enter", "run theme nord", "whole words before scattered letters"),
        ("stop enter", "run load-stop", "within a name"),
        ("httproute space app enter", "run httproutes shop/app", "by its kind and its name"),
        ("service space north enter", "run services shop/north-d", "each word in a field of its own"),
        ("ns space shop enter", "run ns shop", "a namespace by the word that chooses it"),
        ("all space routes enter", "run routes", "by what it says of itself"),
        ("rout enter", "run routes", "a name before what is said of another"),
        ("xyz enter", "choosing", "nothing to run"),
        ("apply enter", "choosing", "what is off is not run"),
        ("nord tab", "edit theme nord", "to be gone on with"),
        ("nord esc", "closed", "given up"),
    ];
    for (keys, outcome, why) in cases {
        let mut palette = Palette::new(index(), &[]);
        assert_eq!(run(press(&mut palette, keys, &[])), outcome, "{keys}: {why}");
    }
}

#[test]
fn what_was_used_last_stands_first_when_nothing_is_looked_for() {
    let recent = ["theme nord", "gone", "httproutes shop/app"].map(str::to_owned);
    let palette = Palette::new(index(), &recent);
    let expected = ["shop/app", "nord", "load-stop", "routes", "apply", "shop", "shop/north-d"];
    assert_eq!(labels(&palette), expected);
    assert_eq!(
        labels(&Palette::new(index(), &[]))[..2],
        ["load-stop", "routes"],
        "else as told, what is off last"
    );
}

#[test]
fn the_selection_goes_round_and_follows_its_item() {
    let mut palette = Palette::new(index(), &[]);
    press(&mut palette, "up", &[]);
    assert_eq!(palette.selected().unwrap().label, "shop/north-d");
    palette.set(index(), &["services shop/north-d".to_owned()]);
    assert_eq!((palette.at(), &*palette.selected().unwrap().label), (0, "shop/north-d"));
    press(&mut palette, "down down", &[]);
    assert_eq!(palette.at(), 2);
    press(&mut palette, "o", &[]);
    assert_eq!(palette.at(), 0, "another text, another list");
    press(&mut palette, "backspace", &[]);
    palette.set(index(), &["load-stop".to_owned()]);
    assert_eq!(palette.selected().unwrap().label, "load-stop", "what nobody chose is the first");
}

/// So many routes, in seven namespaces.
fn many(count: usize) -> Index {
    const TEAMS: [&str; 7] = ["team-0", "team-1", "team-2", "team-3", "team-4", "team-5", "team-6"];
    let routes = (0..count).map(|at| ("HTTPRoute", TEAMS[at % 7], format!("app-{at}")));
    Index::new(Part::default(), Arc::new(Many::of(&world(routes))))
}

#[test]
fn of_many_the_best_are_shown_and_all_are_counted() {
    let index = many(5000);
    let find = |typed: &str| index.find(typed, &[], &|| false).map(|(shown, found)| (shown.len(), found));
    assert_eq!(find("app4999"), Some((1, 1)));
    assert_eq!(find("app"), Some((MOST, 5000)));
    assert_eq!(find("team-3 ns"), Some((1, 1)), "its namespaces are among them");
    assert_eq!(find(""), Some((MOST, 5007)));
    assert_eq!(index.find("app", &[], &|| true).map(|(_, found)| found), None, "overtaken");
}

#[test]
fn among_very_many_a_search_is_done_aside_and_only_the_newest_counts() {
    let key = |letter: &str| Chord::parse(letter).unwrap().event();
    let looking = |palette: &mut Palette, letter: &str| match palette.handle(key(letter), &[]) {
        Outcome::Looking(search) => search,
        other => panic!("not aside: {other:?}"),
    };
    let mut palette = Palette::new(Index::default(), &[]);
    assert!(palette.set(many(30_000), &[]).is_none(), "nothing is looked for yet");
    let before = labels(&palette);
    let first = looking(&mut palette, "7");
    let second = looking(&mut palette, "7");
    assert_eq!(labels(&palette), before, "what was found before stays until then");
    assert!(first.run().is_none(), "what is overtaken ends early");
    let found = second.run().unwrap();
    let third = looking(&mut palette, "backspace");
    palette.take(found);
    assert_eq!(labels(&palette), before, "what comes late changes nothing");
    palette.take(third.run().unwrap());
    assert_eq!(labels(&palette)[0], "team-0/app-7");
    let stranger = Palette::new(Index::default(), &[]).search(&[], None);
    palette.take(stranger.run().unwrap());
    assert!(palette.found() > 0, "nor does what was looked for in another palette");
    // Enter does not wait, and never runs what was found for another text.
    drop(looking(&mut palette, "7"));
    assert_eq!(run(palette.handle(key("enter"), &[])), "run httproutes team-0/app-77");
}
