//! Which letters of a cell a query found.

use std::ops::Range;

use memchr::memmem::Finder;
use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;

use super::folded::fold_with_origins;

/// Places in a text, in bytes: in order, apart, each at least one letter.
pub type Marks = Vec<Range<usize>>;

/// Every place of a text that was folded.
pub(super) fn of_text(finder: &Finder<'_>, cell: &str) -> Marks {
    let length = finder.needle().len();
    if cell.is_ascii() {
        let lower = cell.to_ascii_lowercase();
        return merged(finder.find_iter(lower.as_bytes()).map(|at| at..at + length));
    }
    let (lower, origins) = fold_with_origins(cell);
    let place = |at: usize| {
        let from = origins.get(at).copied().unwrap_or(cell.len());
        // Past the last character found, however many bytes it became.
        let last = (at + length).checked_sub(1).and_then(|last| origins.get(last));
        let end = last.map_or(from, |last| cell.ceil_char_boundary(last + 1));
        from..end
    };
    whole_letters(cell, finder.find_iter(lower.as_bytes()).map(place))
}

/// Every match of a regex that is not empty.
pub(super) fn of_regex(regex: &Regex, cell: &str) -> Marks {
    let found = regex.find_iter(cell).map(|found| found.range()).filter(|range| !range.is_empty());
    if cell.is_ascii() { merged(found) } else { whole_letters(cell, found) }
}

/// Ranges in order, those that touch made one.
pub(super) fn merged(ranges: impl Iterator<Item = Range<usize>>) -> Marks {
    let mut out = Marks::new();
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            Some(_) | None => out.push(range),
        }
    }
    out
}

/// Ranges in order, grown to what is drawn as one letter.
fn whole_letters(cell: &str, ranges: impl Iterator<Item = Range<usize>>) -> Marks {
    let mut letters = cell.grapheme_indices(true).map(|(at, letter)| at..at + letter.len()).peekable();
    let grown = ranges.filter_map(|range| {
        while letters.next_if(|letter| letter.end <= range.start).is_some() {}
        let start = letters.peek()?.start;
        let mut end = letters.peek()?.end;
        while let Some(letter) = letters.next_if(|letter| letter.end < range.end) {
            end = letter.end;
        }
        if let Some(letter) = letters.peek()
            && letter.start < range.end
        {
            end = letter.end;
        }
        Some(start..end)
    });
    merged(grown)
}
