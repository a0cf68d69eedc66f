//! A theme as terminals of each depth show it.

use std::sync::Arc;

use ratatui::style::{Color, Modifier, Style};

use crate::tui::{
    facts::Tone,
    theme::{Depth, Shelf, Source, SourceKind, Theme},
};

const TONES: [Tone; 12] = [
    Tone::Plain,
    Tone::Strong,
    Tone::Dim,
    Tone::Head,
    Tone::Good,
    Tone::Warn,
    Tone::Bad,
    Tone::Accent,
    Tone::Old,
    Tone::New,
    Tone::Series(0),
    Tone::Series(7),
];

fn styles(theme: &Theme) -> Vec<Style> {
    let tones = TONES.map(|tone| theme.style(tone));
    tones.into_iter().chain([theme.base(), theme.rule(), theme.selection(true), theme.block()]).collect()
}

fn every(depth: Depth) -> Vec<Theme> {
    Theme::named("dark", depth).unwrap().names().map(|name| Theme::named(name, depth).unwrap()).collect()
}

#[test]
fn without_colour_every_theme_is_bold_dim_underlined_and_reversed_alone() {
    for theme in every(Depth::Mono) {
        for style in styles(&theme) {
            for color in [style.fg, style.bg] {
                assert!(matches!(color, None | Some(Color::Reset)), "{}: {style:?}", theme.name);
            }
        }
        let has = |style: Style, modifier| style.add_modifier.contains(modifier);
        assert!(has(theme.selection(true), Modifier::REVERSED), "the selected row is seen");
        assert!(has(theme.selection(false), Modifier::UNDERLINED), "and that of the other pane");
        assert!(has(theme.block(), Modifier::REVERSED));
        let (plain, warn, bad) = (Tone::Plain, Tone::Warn, Tone::Bad);
        assert_ne!(theme.style(bad), theme.style(warn), "three steps of trouble");
        assert_ne!(theme.style(warn), theme.style(plain));
        assert_ne!(theme.style(Tone::Series(0)), theme.style(Tone::Series(1)), "two curves");
    }
}

#[test]
fn in_sixteen_colours_every_theme_keeps_to_them_and_to_the_terminals_own_background() {
    for theme in every(Depth::Ansi16) {
        for style in styles(&theme) {
            for color in [style.fg, style.bg] {
                let rich = matches!(color, Some(Color::Rgb(..) | Color::Indexed(_)));
                assert!(!rich, "{}: {style:?}", theme.name);
            }
        }
        assert_eq!(theme.base().bg, Some(Color::Reset), "{}", theme.name);
        let distinct = [Tone::Good, Tone::Warn, Tone::Bad].map(|tone| theme.style(tone));
        let [good, warn, bad] = distinct;
        assert!(good != warn && warn != bad && good != bad, "{}: {distinct:?}", theme.name);
        assert_ne!(theme.style(Tone::Old), theme.style(Tone::New), "{}", theme.name);
        assert!(theme.selection(true).add_modifier.contains(Modifier::REVERSED), "{}", theme.name);
    }
}

#[test]
fn the_terminals_own_colours_stay_what_they_are_at_every_depth() {
    for depth in [Depth::Ansi16, Depth::Ansi256, Depth::True] {
        let theme = Theme::named("terminal", depth).unwrap();
        for style in styles(&theme) {
            for color in [style.fg, style.bg] {
                let rich = matches!(color, Some(Color::Rgb(..) | Color::Indexed(_)));
                assert!(!rich, "{depth:?}: {style:?}");
            }
        }
        assert_eq!(theme.base().bg, Some(Color::Reset), "transparent");
        assert_eq!(theme.style(Tone::Bad).fg, Some(Color::Red));
    }
}

#[test]
fn files_that_were_read_again_change_the_theme_and_a_broken_one_leaves_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    let read = |text: &str| {
        std::fs::write(&file, text).unwrap();
        Arc::new(Shelf::read(folder.path()).0)
    };
    let theme = Theme::on(read("inherits = \"dark\"\nbad = \"red\""), "mine", Depth::True).unwrap();
    let (theme, trouble) = theme.reshelved(read("inherits = \"dark\"\nbad = \"#010203\""));
    assert_eq!((theme.style(Tone::Bad).fg, trouble), (Some(Color::Rgb(1, 2, 3)), None));
    let (theme, trouble) = theme.reshelved(read("inherits = \"dark\"\nbad = \"rde\""));
    assert_eq!(theme.style(Tone::Bad).fg, Some(Color::Rgb(1, 2, 3)), "it stays as it was");
    assert!(trouble.unwrap().to_string().contains("mine.toml:2: slot `bad`: `rde` is no colour (`red`?)"));
}

#[test]
fn production_never_looks_like_the_demo() {
    let kinds = [SourceKind::Demo, SourceKind::Files, SourceKind::Cluster, SourceKind::Production];
    for depth in [Depth::True, Depth::Ansi256, Depth::Ansi16, Depth::Mono] {
        for mut theme in every(depth) {
            let blocks = kinds.map(|kind| {
                theme.source = Source::of(kind, None, None);
                (kind, theme.source.word.clone(), theme.block(), theme.edge())
            });
            let [.., (_, word, block, edge)] = blocks.clone();
            for (kind, other_word, other, other_edge) in blocks.iter().take(3) {
                assert_ne!(*other_word, word);
                assert_ne!(*other_edge, edge);
                let alike = theme.name == "mono" || depth == Depth::Mono;
                assert!(alike || *other != block, "{} {depth:?} {kind:?}", theme.name);
            }
            theme.source.accent = "#0000ff bright-blue".parse().ok();
            assert_eq!(theme.block().fg == block.fg, depth == Depth::Mono, "a user's own colour is shown");
        }
    }
}
