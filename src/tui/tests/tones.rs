//! Every screen in every theme. A screen is drawn with a theme in which each meaning has a colour of its own: what that
//! shows is which meaning each cell has. Each other theme then has to show each meaning as its file says, everywhere
//! alike, so that a picture of the meanings and a list of a theme's styles are a picture of the screen in that theme.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use ratatui::{
    buffer::{Buffer, Cell},
    layout::Rect,
    style::{Color, Modifier},
};

use super::{looks::press, pictures::SCREENS, sides::BOTH};
use crate::tui::{
    app::State,
    facts::Tone,
    fixture,
    theme::{Depth, Shelf, Theme},
    view,
};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

/// Each meaning with its letter; the place in the list is its colour.
const LETTERS: &[(&str, char)] = &[
    ("background", ' '),
    ("text", 't'),
    ("strong", 's'),
    ("head", 'h'),
    ("dim", 'd'),
    ("rule", 'r'),
    ("accent", 'a'),
    ("selection", '+'),
    ("good", 'g'),
    ("warn", 'w'),
    ("bad", 'b'),
    ("old", 'o'),
    ("new", 'n'),
    ("source.demo", 'D'),
    ("source.files", 'F'),
    ("source.cluster", 'C'),
    ("source.production", 'P'),
];

fn color(at: usize) -> String {
    format!("#0000{at:02x}")
}

/// The theme in which each meaning has a colour of its own.
fn probe() -> Theme {
    let mut text = String::new();
    for (at, (slot, _)) in LETTERS.iter().enumerate() {
        let _ = writeln!(text, "{slot} = \"{}\"", color(at));
    }
    let series: Vec<String> = (0..10).map(|at| format!("\"{}\"", color(100 + at))).collect();
    let _ = writeln!(text, "series = [{}]", series.join(", "));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("probe.toml"), text).unwrap();
    Theme::on(Arc::new(Shelf::read(folder.path()).0), "probe", Depth::True).unwrap()
}

fn draw(state: &State, (width, height): (u16, u16)) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    view::draw_into(state, &mut buffer, area);
    buffer
}

/// The meaning of a cell: its letter; selected, reversed, underlined.
fn meaning(cell: &Cell) -> String {
    let letter = |color: Color| match color {
        Color::Rgb(0, 0, at @ 100..) => char::from(b'0' + (at - 100)),
        Color::Rgb(0, 0, at) => LETTERS.get(at as usize).map_or('?', |(_, letter)| *letter),
        _ => '?',
    };
    let mut out = String::new();
    let under = letter(cell.bg);
    let seen = cell.symbol() != " " || under != ' ' || cell.modifier.contains(Modifier::REVERSED);
    out.push(if seen { letter(cell.fg) } else { '.' });
    if under != ' ' {
        out.push(under);
    }
    for (modifier, sign) in [(Modifier::REVERSED, '!'), (Modifier::UNDERLINED, '_')] {
        if seen && cell.modifier.contains(modifier) {
            out.push(sign);
        }
    }
    out
}

/// Rows of meanings, each with how many cells it goes on for.
fn map(buffer: &Buffer) -> String {
    let mut out = String::new();
    for row in buffer.content.chunks(buffer.area.width as usize) {
        let mut runs: Vec<(String, usize)> = Vec::new();
        for cell in row {
            let meaning = meaning(cell);
            match runs.last_mut() {
                Some((last, count)) if *last == meaning => *count += 1,
                Some(_) | None => runs.push((meaning, 1)),
            }
        }
        // A space between two words is no end of what they mean.
        let mut at = 1;
        while at + 1 < runs.len() {
            if runs[at] == (".".to_owned(), 1) && runs[at - 1].0 == runs[at + 1].0 {
                runs[at - 1].1 += 1 + runs[at + 1].1;
                runs.drain(at..at + 2);
            } else {
                at += 1;
            }
        }
        let row: Vec<String> = runs.iter().map(|(meaning, count)| format!("{count}{meaning}")).collect();
        out.push_str(&row.join(" "));
        out.push('\n');
    }
    out
}

/// Each picture's name and state: those of the Gateways alone, and those of both sides.
fn states() -> impl Iterator<Item = (&'static str, State)> {
    let both = BOTH.iter().map(|(name, keys)| (*name, super::sides::after(keys)));
    let new = SCREENS.iter().map(|(name, keys)| {
        let mut state = fixture::state();
        press(&mut state, keys);
        (*name, state)
    });
    new.chain(both)
}

#[test]
fn the_meanings_of_every_screen_are_as_they_were_looked_at() {
    let probe = probe();
    for (name, mut state) in states() {
        state.theme = probe.clone();
        let maps = SIZES.map(|size| format!("{}x{}\n{}", size.0, size.1, map(&draw(&state, size))));
        insta::assert_snapshot!(format!("tones_{name}"), maps.join("\n"));
    }
}

#[test]
fn every_theme_shows_each_meaning_alike_wherever_it_is() {
    let probe = probe();
    for theme in Theme::named("dark", Depth::True).unwrap().names() {
        for depth in [Depth::True, Depth::Ansi16, Depth::Mono] {
            let theme = Theme::named(theme, depth).unwrap();
            let sizes = if theme.name == "light" || depth == Depth::Mono { &SIZES[..] } else { &SIZES[1..2] };
            let mut shown: BTreeMap<String, (String, &str)> = BTreeMap::new();
            for (name, mut state) in states() {
                for size in sizes {
                    state.theme = probe.clone();
                    let meant = draw(&state, *size);
                    state.theme = theme.clone();
                    for (meant, cell) in meant.content.iter().zip(&draw(&state, *size).content) {
                        let why = format!("{} {depth:?}: {name} {size:?}", theme.name);
                        assert_eq!(meant.symbol(), cell.symbol(), "{why}");
                        let key = format!("{:?}", (meant.fg, meant.bg, meant.modifier));
                        let style = format!("{:?}", (cell.fg, cell.bg, cell.modifier));
                        let (known, first) =
                            shown.entry(key.clone()).or_insert_with(|| (style.clone(), name));
                        assert_eq!(*known, style, "{why} shows {key} otherwise than {first}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_styles_of_every_theme_are_as_they_were_looked_at() {
    for depth in [Depth::True, Depth::Ansi16, Depth::Mono] {
        let mut out = String::new();
        for name in Theme::named("dark", depth).unwrap().names() {
            let theme = Theme::named(name, depth).unwrap();
            let tones = [
                Tone::Plain,
                Tone::Strong,
                Tone::Head,
                Tone::Dim,
                Tone::Accent,
                Tone::Good,
                Tone::Warn,
                Tone::Bad,
                Tone::Old,
                Tone::New,
                Tone::Series(0),
                Tone::Series(1),
                Tone::Series(2),
            ];
            let mut line = |what: String, style: ratatui::style::Style| {
                let fg = style.fg.map_or_else(|| "-".to_owned(), |color| color.to_string());
                let bg = style.bg.map_or_else(|| "-".to_owned(), |color| color.to_string());
                let modifier = if style.add_modifier.is_empty() {
                    String::new()
                } else {
                    format!(" {:?}", style.add_modifier)
                };
                let _ = writeln!(out, "{name:20} {what:10} {fg} on {bg}{modifier}");
            };
            line("base".to_owned(), theme.base());
            for tone in tones {
                line(format!("{tone:?}"), theme.style(tone));
            }
            line("rule".to_owned(), theme.rule());
            line("selection".to_owned(), theme.selection(true));
            line("block".to_owned(), theme.block());
            // All themes are one without colour.
            if depth == Depth::Mono {
                break;
            }
        }
        insta::assert_snapshot!(format!("styles_{depth:?}"), out);
    }
}
