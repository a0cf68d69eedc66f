//! The palette: everything that can be done or gone to, found by a few of its letters.
//!
//! Each item says the key and the `:` line that do the same, so that it teaches both. Choosing an item runs its line.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    finding::{self, Fuzzy, Query},
    input::Input,
};

/// Items shown of those found: nobody looks further down than this.
pub const MOST: usize = 100;

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
    many: Arc<Part>,
}

/// The palette being used.
#[derive(Clone, Debug)]
pub struct Palette {
    /// What is looked for.
    pub input: Input,
    index: Index,
    /// The best of those found.
    shown: Vec<u32>,
    found: usize,
    at: usize,
}

/// What a key did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It goes on.
    Choosing,
    /// This line shall be run.
    Run(String),
    /// This line shall be put behind the `:` to be gone on with.
    Edit(String),
    /// It is given up.
    Closed,
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

impl Part {
    /// Items in the order that they are shown in when nothing is looked for.
    pub fn new(items: Vec<Item>) -> Self {
        // The line is searched too: who knows `:theme` finds it by that. That of an object says nothing more.
        let text = |item: &Item| match item.sort {
            Sort::Object => finding::fields([&*item.label, &*item.detail]),
            Sort::Action | Sort::Screen | Sort::Namespace | Sort::Theme => {
                finding::fields([&*item.label, &*item.detail, &*item.line])
            }
        };
        let texts = items.iter().map(text).collect();
        Self { items, texts }
    }
}

impl Index {
    /// All items; few ones first.
    pub fn new(few: Part, many: Arc<Part>) -> Self {
        Self { few: Arc::new(few), many }
    }

    fn len(&self) -> usize {
        self.few.items.len() + self.many.items.len()
    }

    fn item(&self, at: u32) -> Option<&Item> {
        let at = at as usize;
        self.few.items.get(at).or_else(|| self.many.items.get(at.checked_sub(self.few.items.len())?))
    }

    /// The best items and how many were found in all. `recent` are lines, the newest last.
    pub fn find(&self, typed: &str, recent: &[String]) -> (Vec<u32>, usize) {
        let age: HashMap<&str, usize> =
            recent.iter().rev().enumerate().map(|(age, line)| (line.as_str(), age)).collect();
        let age = |at: u32| {
            let item = self.item(at);
            item.and_then(|item| age.get(&*item.line)).copied().unwrap_or(usize::MAX)
        };
        if typed.trim().is_empty() {
            let mut all: Vec<u32> = (0..self.len() as u32).collect();
            if !recent.is_empty() {
                all.sort_by_key(|at| age(*at));
            }
            all.truncate(MOST);
            return (all, self.len());
        }
        let fuzzy = Fuzzy::new(typed);
        let mut found: Vec<(u32, u32)> = Vec::new();
        for (at, text) in (0..).zip(self.few.texts.iter().chain(&self.many.texts)) {
            let Some(score) = fuzzy.score_named(text) else { continue };
            // What can be done stands before what can not.
            let off = self.few.items.get(at as usize).is_some_and(|item| item.off.is_some());
            found.push((if off { score / 2 } else { score }, at));
        }
        let count = found.len();
        let better = |(score, at): &(u32, u32)| {
            let sort = self.item(*at).map(|item| item.sort);
            (std::cmp::Reverse(*score), age(*at), sort, *at)
        };
        if count > MOST {
            found.select_nth_unstable_by_key(MOST, better);
            found.truncate(MOST);
        }
        found.sort_by_key(better);
        (found.into_iter().map(|(_, at)| at).collect(), count)
    }
}

impl Palette {
    /// A palette over items, the ones used last first.
    pub fn new(index: Index, recent: &[String]) -> Self {
        let (shown, found) = index.find("", recent);
        Self { input: Input::default(), index, shown, found, at: 0 }
    }

    /// Takes newer items; what is selected stays so.
    pub fn set(&mut self, index: Index, recent: &[String]) {
        let line = self.selected().map(|item| item.line.clone());
        self.index = index;
        self.look(recent);
        let same = |at: &u32| self.index.item(*at).map(|item| &item.line) == line.as_ref();
        self.at = self.shown.iter().position(same).unwrap_or(0);
    }

    /// The items shown.
    pub fn shown(&self) -> impl ExactSizeIterator<Item = Option<&Item>> {
        self.shown.iter().map(|at| self.index.item(*at))
    }

    /// How many were found, shown or not.
    pub fn found(&self) -> usize {
        self.found
    }

    /// The line of the selection.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The selected item.
    pub fn selected(&self) -> Option<&Item> {
        self.index.item(*self.shown.get(self.at)?)
    }

    /// What is looked for, to mark it.
    pub fn query(&self) -> Query {
        Query::fuzzy(self.input.text())
    }

    /// Takes a key.
    pub fn handle(&mut self, key: KeyEvent, recent: &[String]) -> Outcome {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let last = self.shown.len().saturating_sub(1);
        match key.code {
            KeyCode::Esc => return Outcome::Closed,
            KeyCode::Char('g') if ctrl => return Outcome::Closed,
            KeyCode::Enter => {
                let line = self.selected().filter(|item| item.off.is_none()).map(|item| item.line.clone());
                return match line {
                    None => Outcome::Choosing,
                    // Something has to be typed behind it.
                    Some(line) if line.ends_with(' ') => Outcome::Edit(line),
                    Some(line) => Outcome::Run(line),
                };
            }
            KeyCode::Tab => {
                let line = self.selected().map(|item| item.line.clone());
                return line.map_or(Outcome::Choosing, Outcome::Edit);
            }
            KeyCode::Up => self.at = self.at.checked_sub(1).unwrap_or(last),
            KeyCode::Char('p' | 'k') if ctrl => self.at = self.at.checked_sub(1).unwrap_or(last),
            KeyCode::Down => self.at = if self.at >= last { 0 } else { self.at + 1 },
            KeyCode::Char('n' | 'j') if ctrl => self.at = if self.at >= last { 0 } else { self.at + 1 },
            KeyCode::PageUp => self.at = self.at.saturating_sub(10),
            KeyCode::PageDown => self.at = (self.at + 10).min(last),
            _ => {
                let before = self.input.text().to_owned();
                self.input.handle(key);
                if before != self.input.text() {
                    self.look(recent);
                }
            }
        }
        Outcome::Choosing
    }

    /// Takes what is pasted.
    pub fn paste(&mut self, text: &str, recent: &[String]) {
        self.input.paste(text);
        self.look(recent);
    }

    fn look(&mut self, recent: &[String]) {
        (self.shown, self.found) = self.index.find(self.input.text(), recent);
        self.at = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::Chord;

    fn item(sort: Sort, label: &'static str, detail: &'static str, line: &str) -> Item {
        Item {
            sort,
            label: label.into(),
            detail: detail.into(),
            keys: String::new(),
            line: line.into(),
            off: None,
        }
    }

    fn index() -> Index {
        let mut off = item(Sort::Action, "apply", "show the diff, then apply", "apply");
        off.off = Some("read-only".to_owned());
        let few = vec![
            off,
            item(Sort::Action, "load-stop", "no requests on routes", "load-stop"),
            item(Sort::Screen, "routes", "all routes", "routes"),
            item(Sort::Theme, "nord", "theme", "theme nord"),
        ];
        let many = vec![
            item(Sort::Object, "shop/app", "HTTPRoute", "httproute shop/app"),
            item(Sort::Object, "shop/north-d", "Service", "service shop/north-d"),
        ];
        Index::new(Part::new(few), Arc::new(Part::new(many)))
    }

    fn labels(palette: &Palette) -> Vec<String> {
        palette.shown().flatten().map(|item| item.label.to_string()).collect()
    }

    fn press(palette: &mut Palette, keys: &str, recent: &[String]) -> Outcome {
        let mut outcome = Outcome::Choosing;
        for word in keys.split(' ') {
            let chords = match Chord::parse(word) {
                Some(chord) => vec![chord],
                None => word.chars().filter_map(|c| Chord::parse(&c.to_string())).collect(),
            };
            for chord in chords {
                outcome = palette.handle(chord.event(), recent);
            }
        }
        outcome
    }

    #[test]
    fn a_few_letters_find_and_enter_runs() {
        let cases = [
            ("nord", "theme nord", "whole words before scattered letters"),
            ("stop", "load-stop", "within a name"),
            ("httproute space app", "httproute shop/app", "by its kind and its name"),
            ("service space north", "service shop/north-d", "each word in a field of its own"),
            ("all space routes", "routes", "by what it says of itself"),
            ("rout", "routes", "a name before what is said of another"),
        ];
        for (typed, line, why) in cases {
            let mut palette = Palette::new(index(), &[]);
            assert_eq!(
                press(&mut palette, &format!("{typed} enter"), &[]),
                Outcome::Run(line.to_owned()),
                "{typed}: {why}"
            );
        }
        let mut palette = Palette::new(index(), &[]);
        assert_eq!(press(&mut palette, "xyz enter", &[]), Outcome::Choosing, "nothing to run");
        let mut palette = Palette::new(index(), &[]);
        assert_eq!(press(&mut palette, "apply enter", &[]), Outcome::Choosing, "what is off is not run");
        let mut palette = Palette::new(index(), &[]);
        assert_eq!(press(&mut palette, "nord tab", &[]), Outcome::Edit("theme nord".to_owned()));
        assert_eq!(press(&mut palette, "esc", &[]), Outcome::Closed);
    }

    #[test]
    fn what_was_used_last_stands_first_when_nothing_is_looked_for() {
        let recent = ["theme nord", "gone", "httproute shop/app"].map(str::to_owned);
        let palette = Palette::new(index(), &recent);
        assert_eq!(labels(&palette), ["shop/app", "nord", "apply", "load-stop", "routes", "shop/north-d"]);
        assert_eq!(labels(&Palette::new(index(), &[]))[..2], ["apply", "load-stop"], "else as told");
    }

    #[test]
    fn the_selection_goes_round_and_follows_its_item() {
        let mut palette = Palette::new(index(), &[]);
        press(&mut palette, "up", &[]);
        assert_eq!(palette.selected().unwrap().label, "shop/north-d");
        palette.set(index(), &["service shop/north-d".to_owned()]);
        assert_eq!((palette.at(), &*palette.selected().unwrap().label), (0, "shop/north-d"));
        press(&mut palette, "down down", &[]);
        assert_eq!(palette.at(), 2);
        press(&mut palette, "o", &[]);
        assert_eq!(palette.at(), 0, "another text, another list");
    }

    #[test]
    fn of_many_the_best_are_shown_and_all_are_counted() {
        let many = (0..5000).map(|at| Item {
            label: format!("team-{}/app-{at}", at % 7).into(),
            ..item(Sort::Object, "", "HTTPRoute", &format!("httproute {at}"))
        });
        let index = Index::new(Part::default(), Arc::new(Part::new(many.collect())));
        let (shown, found) = index.find("app4999", &[]);
        assert_eq!((shown.len(), found), (1, 1));
        let (shown, found) = index.find("app", &[]);
        assert_eq!((shown.len(), found), (MOST, 5000));
        assert_eq!(index.find("", &[]).0.len(), MOST);
    }
}
