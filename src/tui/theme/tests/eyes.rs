//! The themes for eyes that see fewer colours, seen as those eyes see them.

use super::measure::{Eyes, apart};
use crate::tui::theme::{Shelf, ink::Rgb, slot::Slot};

/// Good, warn, bad, old and new, each with each.
fn least(theme: &str, eyes: Eyes) -> (f64, String) {
    let palette = Shelf::default().palette(theme).unwrap();
    let slots: Vec<(&str, Rgb)> = Slot::ALL
        .into_iter()
        .filter(|(_, slot)| [Slot::Good, Slot::Warn, Slot::Bad, Slot::Old, Slot::New].contains(slot))
        .map(|(name, slot)| (name, palette.ink(slot).rich.unwrap()))
        .collect();
    let pairs = slots.iter().enumerate().flat_map(|(at, a)| slots.iter().take(at).map(move |b| (*a, *b)));
    pairs
        .map(|((a, x), (b, y))| (apart(x, y, eyes), format!("{a} and {b}")))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .unwrap()
}

#[test]
fn each_of_these_themes_keeps_its_meanings_apart_for_the_eyes_that_it_is_for() {
    let cases = [
        ("deuteranopia", Eyes::Deuteranopia),
        ("deuteranopia", Eyes::Protanopia),
        ("deuteranopia", Eyes::All),
        ("tritanopia", Eyes::Tritanopia),
        ("tritanopia", Eyes::All),
    ];
    for (theme, eyes) in cases {
        let (measured, pair) = least(theme, eyes);
        assert!(measured >= 20.0, "{theme} for {eyes:?}: {pair} are {measured:.0} apart");
        let palette = Shelf::default().palette(theme).unwrap();
        for at in 0..palette.series_len() {
            for other in 0..at {
                let (a, b) = (palette.series(at).rich.unwrap(), palette.series(other).rich.unwrap());
                let measured = apart(a, b, eyes);
                assert!(
                    measured >= 10.0,
                    "{theme} for {eyes:?}: series {at} and {other} are {measured:.0} apart"
                );
            }
        }
    }
}

#[test]
fn the_common_themes_do_not_so_these_are_needed() {
    let (measured, _) = least("dark", Eyes::Deuteranopia);
    assert!(measured < 20.0, "dark serves all eyes now ({measured:.0}): say so in the README");
}
