//! Text stands out from what it stands on, in every theme, also where colours come down to 256.

use super::measure::contrast;
use crate::tui::theme::{
    Shelf,
    ink::Rgb,
    slot::{Palette, Slot},
};

/// Slots that text is written in.
const TEXT: [(&str, Slot); 10] = [
    ("text", Slot::Text),
    ("strong", Slot::Strong),
    ("head", Slot::Head),
    ("dim", Slot::Dim),
    ("accent", Slot::Accent),
    ("good", Slot::Good),
    ("warn", Slot::Warn),
    ("bad", Slot::Bad),
    ("old", Slot::Old),
    ("new", Slot::New),
];
const SOURCES: [(&str, Slot); 4] = [
    ("source.demo", Slot::Demo),
    ("source.files", Slot::Files),
    ("source.cluster", Slot::Cluster),
    ("source.production", Slot::Production),
];

/// Every theme that has colours of its own.
fn themes() -> Vec<(String, Palette)> {
    let shelf = Shelf::default();
    let themes = shelf.names().map(|name| (name.to_owned(), shelf.palette(name).unwrap()));
    themes.filter(|(name, _)| !["terminal", "mono"].contains(&name.as_str())).collect()
}

#[test]
fn text_stands_out_from_its_background_and_marks_can_be_seen() {
    let mut weak = Vec::new();
    for (name, palette) in themes() {
        let least = if name.starts_with("high-contrast") { 7.0 } else { 4.5 };
        let rgb = |slot: Slot| palette.ink(slot).rich.unwrap();
        let (background, selection) = (rgb(Slot::Background), rgb(Slot::Selection));
        let mut check = |what: String, a: Rgb, b: Rgb, least: f64| {
            let measured = contrast(a, b);
            if measured < least {
                weak.push(format!("{name}: {what} has {measured:.2}, needs {least}"));
            }
            // In 256 colours each comes to its nearest; a tenth may get lost.
            let measured = contrast(Rgb::of(a.indexed()), Rgb::of(b.indexed()));
            if measured < least * 0.8 {
                weak.push(format!("{name}: {what} has {measured:.2} in 256 colours"));
            }
        };
        for (slot, meaning) in TEXT {
            check(format!("{slot} on background"), rgb(meaning), background, least);
            let quiet = [Slot::Dim, Slot::Head].contains(&meaning) && least < 7.0;
            check(format!("{slot} on selection"), rgb(meaning), selection, if quiet { 3.0 } else { 4.5 });
        }
        check("rule on background".to_owned(), rgb(Slot::Rule), background, 3.0);
        for at in 0..palette.series_len() {
            let series = palette.series(at).rich.unwrap();
            // Names of backends are written in them, too.
            check(format!("series {at} on background"), series, background, 4.5);
            check(format!("series {at} on selection"), series, selection, 3.0);
        }
        for (slot, meaning) in SOURCES {
            check(format!("background on {slot}"), background, rgb(meaning), 4.5);
        }
    }
    assert!(weak.is_empty(), "\n{}", weak.join("\n"));
}

#[test]
fn meanings_are_told_apart_by_eyes_that_see_all_colours() {
    use super::measure::{Eyes, apart};

    let mut alike = Vec::new();
    for (name, palette) in themes() {
        let mut check = |slots: &[(&str, Slot)], least: f64| {
            for (at, (one, a)) in slots.iter().enumerate() {
                for (other, b) in slots.iter().take(at) {
                    let (a, b) = (palette.ink(*a).rich.unwrap(), palette.ink(*b).rich.unwrap());
                    let measured = apart(a, b, Eyes::All);
                    if measured < least {
                        alike.push(format!("{name}: {one} and {other} are {measured:.0} apart"));
                    }
                }
            }
        };
        check(TEXT.get(5..).unwrap(), 25.0);
        check(&SOURCES, 15.0);
        assert!(palette.series_len() >= 6, "{name}");
        for at in 0..palette.series_len() {
            for other in 0..at {
                let (a, b) = (palette.series(at).rich.unwrap(), palette.series(other).rich.unwrap());
                let measured = apart(a, b, Eyes::All);
                if measured < 15.0 {
                    alike.push(format!("{name}: series {at} and {other} are {measured:.0} apart"));
                }
            }
        }
    }
    assert!(alike.is_empty(), "\n{}", alike.join("\n"));
}
