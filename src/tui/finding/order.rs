//! The order of a column: numbers as numbers, `a2` before `a10`, and what is missing last either way.

use std::cmp::Ordering;

use super::folded::fold;

/// What a row sorts by: numbers before texts, what is missing last whichever way.
#[derive(Clone, Debug, PartialEq)]
pub enum SortKey {
    /// A measured or counted number; see [`SortKey::number`] for one that may be none.
    Number(f64),
    /// A text; numbers in it count as numbers: `a2` before `a10`.
    Text(Box<str>),
    /// Nothing, or unknown.
    Missing,
}

impl SortKey {
    /// A number; one that is none (0 of 0 requests) is missing.
    pub fn number(number: f64) -> Self {
        if number.is_nan() { Self::Missing } else { Self::Number(number) }
    }

    /// A text, its case of no weight; an empty one is missing.
    pub fn text(text: &str) -> Self {
        if text.is_empty() { Self::Missing } else { Self::Text(text.into()) }
    }

    /// The order, turned round when `down`; what is missing stays last.
    pub fn order(&self, other: &Self, down: bool) -> Ordering {
        let turned = |order: Ordering| if down { order.reverse() } else { order };
        match (self, other) {
            (Self::Missing, Self::Missing) => Ordering::Equal,
            (Self::Missing, Self::Number(_) | Self::Text(_)) => Ordering::Greater,
            (Self::Number(_) | Self::Text(_), Self::Missing) => Ordering::Less,
            // Adding zero makes the negative zero an ordinary one.
            (Self::Number(a), Self::Number(b)) => turned((a + 0.0).total_cmp(&(b + 0.0))),
            (Self::Text(a), Self::Text(b)) => turned(natural(a, b)),
            (Self::Number(_), Self::Text(_)) => turned(Ordering::Less),
            (Self::Text(_), Self::Number(_)) => turned(Ordering::Greater),
        }
    }
}

/// Compares texts as people do: numbers by value, and case decides only between texts that are else the same.
pub fn natural(one: &str, other: &str) -> Ordering {
    let order = ascii(one.as_bytes(), other.as_bytes());
    order.unwrap_or_else(|| letters(&fold(one), &fold(other))).then_with(|| one.cmp(other))
}

/// As far as ASCII goes; nothing when another letter has to be looked at.
fn ascii(mut one: &[u8], mut other: &[u8]) -> Option<Ordering> {
    while let ([left, ..], [right, ..]) = (one, other) {
        if !left.is_ascii() || !right.is_ascii() {
            return None;
        }
        let order = if left.is_ascii_digit() && right.is_ascii_digit() {
            numbers(&mut one, &mut other)
        } else {
            (one, other) = (one.get(1..)?, other.get(1..)?);
            left.to_ascii_lowercase().cmp(&right.to_ascii_lowercase())
        };
        if order.is_ne() {
            return Some(order);
        }
    }
    Some(one.len().cmp(&other.len()))
}

/// Of texts in one case.
fn letters(mut one: &str, mut other: &str) -> Ordering {
    while let (Some(left), Some(right)) = (one.chars().next(), other.chars().next()) {
        let order = if left.is_ascii_digit() && right.is_ascii_digit() {
            let (mut first, mut second) = (one.as_bytes(), other.as_bytes());
            let order = numbers(&mut first, &mut second);
            one = one.get(one.len() - first.len()..).unwrap_or_default();
            other = other.get(other.len() - second.len()..).unwrap_or_default();
            order
        } else {
            one = one.get(left.len_utf8()..).unwrap_or_default();
            other = other.get(right.len_utf8()..).unwrap_or_default();
            left.cmp(&right)
        };
        if order.is_ne() {
            return order;
        }
    }
    one.len().cmp(&other.len())
}

/// Takes the numbers at which two texts begin, of any size, and compares them.
fn numbers(one: &mut &[u8], other: &mut &[u8]) -> Ordering {
    let (left, right) = (number(one), number(other));
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

/// Takes the number at which a text begins; its digits without the zeros in front.
fn number<'a>(text: &mut &'a [u8]) -> &'a [u8] {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (mut digits, rest) = text.split_at_checked(end).unwrap_or((text, &[]));
    *text = rest;
    while let Some(rest) = digits.strip_prefix(b"0") {
        digits = rest;
    }
    digits
}
