//! Paths: for every text that some rule has, the ways in which a path can stand to it.
//!
//! A path's class is which texts it equals, begins with, and goes on behind with a slash; so of each text four paths are
//! enough: itself, with a letter more, with a slash, with a segment more. Where one side reads paths in nginx's way, and
//! the other as they come, every way to come is paired with every path that is meant.

use std::collections::{BTreeSet, HashSet};

use super::{reach::Lookup, sample};
use crate::routing::{Candidate, PathMatch, PathPattern};

/// Most combinations of two paths that are made for one host.
const MOST_PAIRS: usize = 4096;

/// The paths to ask for.
#[derive(Debug, Default)]
pub(super) struct Paths {
    /// The simplest first.
    pub(super) all: Vec<String>,
    /// Beginnings with which a path can come that means another: `/a/x/../..`; the empty one too.
    pub(super) detours: Vec<String>,
    /// How many of them were drawn by chance.
    pub(super) sampled: u64,
    /// Expressions that were not enumerated.
    pub(super) open: Vec<String>,
}

/// Gathers texts and expressions of both sides.
#[derive(Default)]
struct Texts<'t> {
    texts: BTreeSet<&'t str>,
    /// Of each side.
    patterns: [Vec<&'t PathPattern>; 2],
}

impl<'t> Texts<'t> {
    fn of(lookups: &[Lookup<'t>; 2]) -> Self {
        let mut all = Self::default();
        for (at, lookup) in lookups.iter().enumerate() {
            let mut seen = HashSet::new();
            for candidate in lookup.candidates() {
                all.add(candidate, at, &mut seen);
            }
        }
        all
    }

    fn add(&mut self, candidate: &'t Candidate, side: usize, seen: &mut HashSet<&'t str>) {
        match &candidate.path {
            PathMatch::Exact(text) | PathMatch::Prefix(text) | PathMatch::RawPrefix(text) => {
                self.texts.insert(text);
            }
            PathMatch::Pattern(pattern) => {
                if seen.insert(pattern.regex.as_str())
                    && let Some(list) = self.patterns.get_mut(side)
                {
                    list.push(pattern);
                }
                if sample::is_literal(&pattern.written) {
                    self.texts.insert(&pattern.written);
                }
            }
        }
    }
}

/// The paths to ask for at a host.
pub(super) fn of(lookups: &[Lookup<'_>; 2], samples: usize, random: &mut fastrand::Rng) -> Paths {
    let texts = Texts::of(lookups);
    let mut paths = Paths::default();
    let mut list = List::default();
    let rooted = || texts.texts.iter().map(|text| if text.starts_with('/') { *text } else { "/" });
    let more = |front: &str, between: &str| {
        let mut tail = "x".to_owned();
        // What goes on must not be another text's beginning.
        while texts.texts.iter().any(|text| text.starts_with(&format!("{front}{between}{tail}"))) {
            tail.push('q');
        }
        format!("{front}{between}{tail}")
    };
    list.push("/".to_owned());
    for text in rooted() {
        list.push(text.to_owned());
    }
    for text in rooted() {
        if !text.ends_with('/') {
            list.push(format!("{text}/"));
            list.push(more(text, "/"));
        }
        list.push(more(text, ""));
        let bare = text.trim_end_matches('/');
        if let Some((parent, _)) = bare.rsplit_once('/') {
            list.push(if parent.is_empty() { "/".to_owned() } else { parent.to_owned() });
        }
        if !bare.is_empty() {
            list.push(bare.to_owned());
        }
    }
    expressions(&texts, samples, random, &mut list, &mut paths);
    if texts.patterns.iter().any(|list| !list.is_empty()) {
        // Most expressions of nginx take any case.
        for path in list.all.clone() {
            list.push(path.to_ascii_uppercase());
        }
    } else if let Some(text) = rooted().find(|text| text.len() > 1) {
        list.push(text.to_ascii_uppercase());
    }
    if lookups[0].normalizes() != lookups[1].normalizes() {
        paths.detours.push(String::new());
        // One that no text takes.
        paths.detours.push(detour(&more("", "/")));
        for text in rooted() {
            let bare = text.trim_end_matches('/');
            if !bare.is_empty() {
                paths.detours.push(detour(&more(bare, "/")));
            }
            if lookups.iter().any(|lookup| takes_letters(lookup, text)) {
                paths.detours.push(detour(&more(text, "")));
            }
        }
        for (lookup, patterns) in lookups.iter().zip(&texts.patterns) {
            for pattern in patterns.iter().filter(|_| !lookup.normalizes()) {
                let each = sample::Shape::of(&pattern.regex).map(|shape| shape.each()).unwrap_or_default();
                let taken = each.iter().filter(|text| text.starts_with('/') && pattern.regex.is_match(text));
                let detours = taken.map(|path| detour(&format!("{}/x", path.trim_end_matches('/'))));
                paths.detours.extend(detours);
            }
        }
        let mut seen = HashSet::new();
        paths.detours.retain(|path| seen.insert(path.clone()));
    }
    paths.all = list.all;
    paths
}

/// A beginning that leads back to the root.
fn detour(path: &str) -> String {
    let depth = path.matches('/').count();
    format!("{path}{}", "/..".repeat(depth))
}

/// Whether a text is a prefix by letters of a side that reads paths as they come.
fn takes_letters(lookup: &Lookup<'_>, text: &str) -> bool {
    !lookup.normalizes()
        && lookup.candidates().any(|one| matches!(&one.path, PathMatch::RawPrefix(raw) if **raw == *text))
}

/// Paths that come by a detour and mean `path`; nothing is made beyond a limit.
pub(super) fn detours<'p>(
    detours: &'p [String],
    meant: &'p [String],
) -> impl Iterator<Item = String> + use<'p> {
    let pairs = meant.iter().flat_map(move |path| detours.iter().map(move |detour| (detour, path)));
    pairs.take(MOST_PAIRS).map(
        |(detour, path)| {
            if detour.is_empty() { encoded(path) } else { format!("{detour}{path}") }
        },
    )
}

/// The same path, written in a way that only who decodes understands.
pub(super) fn encoded(path: &str) -> String {
    let letter = path.char_indices().find(|(_, c)| c.is_ascii_alphanumeric());
    match letter {
        Some((at, c)) => {
            let (front, rest) = path.split_at(at);
            format!("{front}%{:02x}{}", c as u32, rest.get(1..).unwrap_or_default())
        }
        None => format!("/{path}"),
    }
}

/// Samples of every expression: alone, behind every text of the other side, and against its expressions by chance.
fn expressions(
    texts: &Texts<'_>,
    samples: usize,
    random: &mut fastrand::Rng,
    list: &mut List,
    paths: &mut Paths,
) {
    let fronts: Vec<String> = list.all.clone();
    for (side, patterns) in texts.patterns.iter().enumerate() {
        let meets = texts.patterns.get(1 - side).is_some_and(|other| !other.is_empty());
        for pattern in patterns {
            let Some(shape) = sample::Shape::of(&pattern.regex) else {
                paths.open.push(pattern.written.to_string());
                continue;
            };
            let takes = |path: &str| path.starts_with('/') && pattern.regex.is_match(path);
            for text in shape.each().into_iter().filter(|text| takes(text)) {
                for more in ["", "x", "/", "/x"] {
                    list.push(format!("{text}{more}"));
                }
            }
            for front in &fronts {
                if let Some(text) = shape.first(front).filter(|text| takes(text)) {
                    list.push(text);
                }
            }
            if meets || patterns.len() > 1 {
                for _ in 0..samples {
                    if let Some(text) = shape.random(random).filter(|text| takes(text)) {
                        paths.sampled += u64::from(list.push(text));
                    }
                }
                // The neighbours of a plain text are all among the paths.
                if meets && !sample::is_literal(&pattern.written) {
                    paths.open.push(pattern.written.to_string());
                }
            }
        }
    }
}

/// Each path once, in the order in which they came.
#[derive(Default)]
struct List {
    all: Vec<String>,
    seen: HashSet<String>,
}

impl List {
    fn push(&mut self, path: String) -> bool {
        let plain =
            path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic() && b != b'?' && b != b'#');
        let fresh = plain && self.seen.insert(path.clone());
        if fresh {
            self.all.push(path);
        }
        fresh
    }
}
