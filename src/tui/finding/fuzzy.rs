//! Fuzzy search: the letters of a word in their order, with others between them. The matcher is that of the helix
//! editor (nucleo): fast enough to run at each key, and its ranking is what people know from pickers.

use std::cell::RefCell;

use nucleo_matcher::{
    Matcher, Utf32Str,
    pattern::{Atom, AtomKind, CaseMatching, Normalization},
};
use unicode_segmentation::UnicodeSegmentation;

use super::{
    folded::BETWEEN,
    marks::{self, Marks},
};

/// Words typed at once that are looked for; the others are not.
const MOST_WORDS: usize = 8;
/// Letters of a field that are looked at: a message may be long, and the matcher's time grows with it.
const LONGEST: usize = 512;

/// Words of which each must be found in a field.
#[derive(Clone, Debug)]
pub struct Fuzzy {
    words: Vec<Atom>,
}

/// The matcher's room, large to make and made once for each thread.
struct Room {
    matcher: Matcher,
    letters: Vec<char>,
    found: Vec<u32>,
}

thread_local! {
    static ROOM: RefCell<Room> = RefCell::new(Room {
        matcher: Matcher::default(),
        letters: Vec::new(),
        found: Vec::new(),
    });
}

impl Fuzzy {
    /// Words with space between.
    pub fn new(words: &str) -> Self {
        let atom = |word: &str| {
            Atom::new(
                &word.chars().map(fold).collect::<String>(),
                CaseMatching::Ignore,
                Normalization::Smart,
                AtomKind::Fuzzy,
                false,
            )
        };
        Self { words: words.split_whitespace().take(MOST_WORDS).map(atom).collect() }
    }

    /// How well fields, a line each, fit; more is better. None when a word is in no field.
    pub fn score(&self, text: &str) -> Option<u32> {
        self.weighed(text, 2)
    }

    /// As [`Self::score`], where the first field is a name and counts half as much again.
    pub fn score_named(&self, text: &str) -> Option<u32> {
        self.weighed(text, 3)
    }

    /// Each word where it fits best; the first field counts `first` halves.
    fn weighed(&self, text: &str, first: u32) -> Option<u32> {
        ROOM.with_borrow_mut(|Room { matcher, letters, .. }| {
            self.words.iter().try_fold(0, |sum, word| {
                let of = |(at, field): (usize, &str)| {
                    let score = word.score(letters_of(field, letters), matcher)?;
                    Some(u32::from(score) * if at == 0 { first } else { 2 })
                };
                text.split(BETWEEN).enumerate().filter_map(of).max().map(|score| sum + score)
            })
        })
    }

    /// The letters of a cell that fit.
    pub fn marks(&self, cell: &str) -> Marks {
        ROOM.with_borrow_mut(|Room { matcher, letters, found }| {
            found.clear();
            for word in &self.words {
                word.indices(letters_of(cell, letters), matcher, found);
            }
            found.sort_unstable();
            found.dedup();
            if found.is_empty() {
                return Marks::new();
            }
            // The matcher counts what is drawn as one letter as one.
            let mut wanted = found.iter().map(|at| *at as usize).peekable();
            let letters = cell.grapheme_indices(true).enumerate();
            let marked = letters.filter(|(at, _)| wanted.next_if_eq(at).is_some());
            marks::merged(marked.map(|(_, (from, letter))| from..from + letter.len()))
        })
    }
}

/// One lower-case character for each. (The matcher folds twice, and of some letters not alike: a final sigma.)
fn fold(letter: char) -> char {
    match letter.to_lowercase().next() {
        Some('ς') => 'σ',
        Some(lower) => lower,
        None => letter,
    }
}

/// What the matcher looks at: of what is drawn as one letter, the first character. (The matcher's own way from text
/// counts bytes where all of those are ASCII and what stands on them is not.)
fn letters_of<'a>(field: &'a str, letters: &'a mut Vec<char>) -> Utf32Str<'a> {
    let end = if field.len() <= LONGEST { field.len() } else { field.floor_char_boundary(LONGEST) };
    let field = field.get(..end).unwrap_or(field);
    if field.is_ascii() {
        return Utf32Str::Ascii(field.as_bytes());
    }
    letters.clear();
    letters.extend(field.graphemes(true).filter_map(|letter| letter.chars().next()).map(fold));
    Utf32Str::Unicode(letters)
}
