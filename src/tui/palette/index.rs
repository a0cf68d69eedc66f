//! What the palette finds, and how the best of it is found.

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{MOST, Many};
use crate::tui::{
    command,
    finding::{self, Fuzzy},
};

/// Items between two looks whether something newer is wanted.
const LOOK: u32 = 1_024;

/// What an item is: its heading, and its place among items that fit as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// Something to do.
    Action,
    /// A screen.
    Screen,
    /// A choice of namespace.
    Namespace,
    /// A choice of colours.
    Theme,
    /// An object.
    Object,
}

/// Something that can be done or gone to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub sort: Sort,
    /// Its name.
    pub label: Cow<'static, str>,
    /// More about it, dim.
    pub detail: Cow<'static, str>,
    /// Keys that do the same; empty when there are none.
    pub keys: String,
    /// The line that does it.
    pub line: String,
    /// Why it can not be done now.
    pub off: Option<String>,
}

/// Items made ready to be searched.
#[derive(Debug, Default)]
pub struct Part {
    items: Vec<Item>,
    texts: Vec<String>,
}

/// All items: the few that change with the moment, and the many that change with the World.
#[derive(Clone, Debug, Default)]
pub struct Index {
    few: Arc<Part>,
    many: Arc<Many>,
}

/// An item as it is searched.
#[derive(Clone, Copy)]
struct Entry<'a> {
    sort: Sort,
    line: &'a str,
    text: &'a str,
    off: bool,
}

impl Sort {
    /// The word beside an item.
    pub fn word(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Screen => "screen",
            Self::Namespace => "namespace",
            Self::Theme => "theme",
            Self::Object => "object",
        }
    }
}

impl Item {
    /// One of several things that can stand behind a word.
    pub fn choice(sort: Sort, word: &str, name: &str) -> Self {
        Self {
            sort,
            label: name.to_owned().into(),
            detail: sort.word().into(),
            keys: String::new(),
            line: format!("{word} {}", command::quoted(name)),
            off: None,
        }
    }
}

impl Part {
    /// Items in the order that they are shown in when nothing is looked for.
    pub fn new(items: Vec<Item>) -> Self {
        // The line is searched too: who knows `:theme` finds it by that.
        let text = |item: &Item| finding::fields([&*item.label, &*item.detail, &*item.line]);
        let texts = items.iter().map(text).collect();
        Self { items, texts }
    }

    fn len(&self) -> usize {
        self.items.len()
    }

    fn entry(&self, at: usize) -> Option<Entry<'_>> {
        let (item, text) = (self.items.get(at)?, self.texts.get(at)?);
        Some(Entry { sort: item.sort, line: &item.line, text, off: item.off.is_some() })
    }
}

impl Index {
    /// All items; few ones first.
    pub fn new(few: Part, many: Arc<Many>) -> Self {
        Self { few: Arc::new(few), many }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.few.len() + self.many.places.len() + self.many.objects.len()
    }

    /// The part that a position is in, and the position there.
    fn place(&self, at: u32) -> Place {
        let at = at as usize;
        let (few, places) = (self.few.len(), self.many.places.len());
        match at.checked_sub(few) {
            None => Place::Few(at),
            Some(at) => at.checked_sub(places).map_or(Place::Namespace(at), Place::Object),
        }
    }

    fn entry(&self, at: u32) -> Option<Entry<'_>> {
        match self.place(at) {
            Place::Few(at) => self.few.entry(at),
            Place::Namespace(at) => self.many.places.entry(at),
            Place::Object(at) => {
                let (line, text) = self.many.objects.get(at)?;
                Some(Entry { sort: Sort::Object, line, text, off: false })
            }
        }
    }

    fn item(&self, at: u32) -> Option<Item> {
        match self.place(at) {
            Place::Few(at) => self.few.items.get(at).cloned(),
            Place::Namespace(at) => self.many.places.items.get(at).cloned(),
            Place::Object(at) => self.many.objects.item(at),
        }
    }

    /// The best items and how many were found in all; nothing when something newer is wanted meanwhile. `recent` are
    /// lines, the newest last.
    pub fn find(
        &self,
        typed: &str,
        recent: &[String],
        overtaken: &dyn Fn() -> bool,
    ) -> Option<(Vec<Item>, usize)> {
        let ages: HashMap<&str, usize> =
            recent.iter().rev().enumerate().map(|(age, line)| (line.as_str(), age)).collect();
        // Most often there are none, and all lines are hashed for nothing.
        let age = |line: &str| if ages.is_empty() { None } else { ages.get(line).copied() };
        let all = 0..self.len() as u32;
        let items = |found: Vec<u32>| found.into_iter().filter_map(|at| self.item(at)).collect();
        if typed.trim().is_empty() {
            let mut used: Vec<(usize, u32)> = Vec::new();
            if !ages.is_empty() {
                used.extend(all.clone().filter_map(|at| Some((age(self.entry(at)?.line)?, at))));
                used.sort_unstable();
            }
            let seen: HashSet<u32> = used.iter().map(|(_, at)| *at).collect();
            // What can be done stands before what can not.
            let few = self.few.len() as u32;
            let (can, off): (Vec<u32>, Vec<u32>) =
                (0..few).partition(|at| self.entry(*at).is_none_or(|entry| !entry.off));
            let rest = can.into_iter().chain(off).chain(few..all.end).filter(|at| !seen.contains(at));
            return Some((
                items(used.into_iter().map(|(_, at)| at).chain(rest).take(MOST).collect()),
                self.len(),
            ));
        }
        let fuzzy = Fuzzy::new(typed);
        let mut found: Vec<(Reverse<u32>, usize, Sort, u32)> = Vec::new();
        for at in all {
            if at % LOOK == LOOK - 1 && overtaken() {
                return None;
            }
            let Some(entry) = self.entry(at) else { continue };
            let Some(score) = fuzzy.score_named(entry.text) else { continue };
            // What can be done stands before what can not.
            let score = if entry.off { score / 2 } else { score };
            found.push((Reverse(score), age(entry.line).unwrap_or(usize::MAX), entry.sort, at));
        }
        let count = found.len();
        if count > MOST {
            found.select_nth_unstable(MOST);
            found.truncate(MOST);
        }
        found.sort_unstable();
        Some((items(found.into_iter().map(|(.., at)| at).collect()), count))
    }
}

enum Place {
    Few(usize),
    Namespace(usize),
    Object(usize),
}
