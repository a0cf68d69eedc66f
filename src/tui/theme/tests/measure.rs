//! What numbers say of colours: contrast, distance, and what eyes that lack one kind of cones see.

use crate::tui::theme::ink::Rgb;

/// Eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eyes {
    All,
    Deuteranopia,
    Protanopia,
    Tritanopia,
}

/// Viénot, Brettel, Mollon 1999, in linear light.
const DEUTAN: [[f64; 3]; 3] = [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]];
const PROTAN: [[f64; 3]; 3] = [[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]];
/// Brettel, Viénot, Mollon 1997: two half planes, and what divides them.
const TRITAN: [[[f64; 3]; 3]; 2] = [
    [[1.01277, 0.13548, -0.14826], [-0.01243, 0.86812, 0.14431], [0.07589, 0.80500, 0.11911]],
    [[0.93678, 0.18979, -0.12657], [0.06154, 0.81526, 0.12320], [-0.37562, 1.12767, 0.24796]],
];
const DIVIDE: [f64; 3] = [0.03901, -0.02788, -0.01113];

fn linear(Rgb(r, g, b): Rgb) -> [f64; 3] {
    [r, g, b].map(|value| {
        let v = f64::from(value) / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    })
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// WCAG 2.1 contrast ratio.
pub fn contrast(a: Rgb, b: Rgb) -> f64 {
    let luminance = |rgb| dot([0.2126, 0.7152, 0.0722], linear(rgb));
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Linear light as these eyes see it.
fn seen(rgb: Rgb, eyes: Eyes) -> [f64; 3] {
    let light = linear(rgb);
    let by = |matrix: [[f64; 3]; 3]| matrix.map(|row| dot(row, light).clamp(0.0, 1.0));
    match eyes {
        Eyes::All => light,
        Eyes::Deuteranopia => by(DEUTAN),
        Eyes::Protanopia => by(PROTAN),
        Eyes::Tritanopia => by(TRITAN[usize::from(dot(DIVIDE, light) < 0.0)]),
    }
}

/// CIE 1976 L*a*b* under D65.
fn lab(light: [f64; 3]) -> [f64; 3] {
    let f = |t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    let x = f(dot([0.4124, 0.3576, 0.1805], light) / 0.950_47);
    let y = f(dot([0.2126, 0.7152, 0.0722], light));
    let z = f(dot([0.0193, 0.1192, 0.9505], light) / 1.088_83);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// How far two colours are from each other for these eyes: ΔE of 1976. From about 2 on they can be told apart side by
/// side; from 20 on, at a glance and apart.
pub fn apart(a: Rgb, b: Rgb, eyes: Eyes) -> f64 {
    let (a, b) = (lab(seen(a, eyes)), lab(seen(b, eyes)));
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn the_measures_know_what_is_known() {
    let (black, white) = (Rgb(0, 0, 0), Rgb(255, 255, 255));
    assert!((contrast(black, white) - 21.0).abs() < 1e-9);
    assert!((apart(black, white, Eyes::All) - 100.0).abs() < 0.1);
    // Pairs that are known to be taken for each other.
    let (red, green) = (Rgb(0xc0, 0x50, 0x20), Rgb(0x80, 0x70, 0x20));
    assert!(apart(red, green, Eyes::All) > 40.0 && apart(red, green, Eyes::Deuteranopia) < 15.0);
    let (blue, green) = (Rgb(0x00, 0x80, 0xa0), Rgb(0x00, 0x86, 0x7a));
    assert!(apart(blue, green, Eyes::Tritanopia) < apart(blue, green, Eyes::All) / 2.0);
    for eyes in [Eyes::Deuteranopia, Eyes::Protanopia, Eyes::Tritanopia] {
        assert!(apart(white, Rgb(250, 250, 250), eyes) < 3.0, "grey stays grey: {eyes:?}");
    }
}
