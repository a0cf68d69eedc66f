//! The palette: everything that can be done or gone to, found by a few of its letters.
//!
//! Each item says the key and the `:` line that do the same, so that it teaches both. Choosing an item runs its line.
//! Among many items a search is a job to be done aside, which a newer letter overtakes.

mod index;
mod objects;

use std::sync::{Arc, atomic::AtomicU64};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    finding::Query,
    input::Input,
    selection::{BUDGET_NS, Overtaken},
};
pub use index::{Index, Item, Part, Sort};
pub use objects::Many;

/// Items shown of those found: nobody looks further down than this.
pub const MOST: usize = 100;

/// The palette being used.
#[derive(Debug)]
pub struct Palette {
    /// What is looked for.
    pub input: Input,
    index: Index,
    /// The best of those found.
    shown: Vec<Item>,
    found: usize,
    at: usize,
    /// Whether a person chose the item: until then it is the best, whatever comes to be that.
    chosen: bool,
    newest: Arc<AtomicU64>,
    /// Whether what is shown was found for an older text.
    waiting: bool,
}

/// What a key did.
#[derive(Debug)]
pub enum Outcome {
    /// It goes on.
    Choosing,
    /// It goes on, with a search to be done aside.
    Looking(Box<Search>),
    /// This line shall be run.
    Run(String),
    /// This line shall be put behind the `:` to be gone on with.
    Edit(String),
    /// It is given up.
    Closed,
}

/// A search to be done aside.
#[derive(Debug)]
pub struct Search {
    index: Index,
    typed: String,
    /// Lines that were run before, the newest last.
    recent: Vec<String>,
    /// The line of the item that stays selected.
    keep: Option<String>,
    overtaken: Overtaken,
}

/// What a search found.
#[derive(Debug)]
pub struct Found {
    shown: Vec<Item>,
    found: usize,
    keep: Option<String>,
    overtaken: Overtaken,
}

impl Search {
    /// Looks; finds nothing when something newer is wanted meanwhile.
    pub fn run(self) -> Option<Found> {
        let Self { index, typed, recent, keep, overtaken } = self;
        let (shown, found) = index.find(&typed, &recent, &|| overtaken.yet())?;
        Some(Found { shown, found, keep, overtaken })
    }
}

impl Palette {
    /// A palette over few items, the ones used last first.
    pub fn new(few: Index, recent: &[String]) -> Self {
        let (shown, found) = few.find("", recent, &|| false).unwrap_or_default();
        Self {
            input: Input::default(),
            index: few,
            shown,
            found,
            at: 0,
            chosen: false,
            newest: Arc::default(),
            waiting: false,
        }
    }

    /// Takes newer items; what a person selected stays so.
    pub fn set(&mut self, index: Index, recent: &[String]) -> Option<Search> {
        self.index = index;
        let keep = self.selected().filter(|_| self.chosen).map(|item| item.line.clone());
        self.look(recent, keep)
    }

    /// Takes what a search found, unless it is overtaken.
    pub fn take(&mut self, found: Found) {
        let Found { shown, found, keep, overtaken } = found;
        if !overtaken.is_of(&self.newest) || overtaken.yet() {
            return;
        }
        self.waiting = false;
        (self.shown, self.found) = (shown, found);
        self.at = keep.and_then(|line| self.shown.iter().position(|item| item.line == line)).unwrap_or(0);
    }

    /// The items shown.
    pub fn shown(&self) -> &[Item] {
        &self.shown
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
        self.shown.get(self.at)
    }

    /// What is looked for, to mark it.
    pub fn query(&self) -> Query {
        Query::fuzzy(self.input.text())
    }

    /// Takes a key.
    pub fn handle(&mut self, key: KeyEvent, recent: &[String]) -> Outcome {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let last = self.shown.len().saturating_sub(1);
        let before = self.at;
        match key.code {
            KeyCode::Esc => return Outcome::Closed,
            KeyCode::Char('g') if ctrl => return Outcome::Closed,
            KeyCode::Enter => {
                self.settle(recent);
                let line = self.selected().filter(|item| item.off.is_none()).map(|item| item.line.clone());
                return match line {
                    None => Outcome::Choosing,
                    // Something has to be typed behind it.
                    Some(line) if line.ends_with(' ') => Outcome::Edit(line),
                    Some(line) => Outcome::Run(line),
                };
            }
            KeyCode::Tab => {
                self.settle(recent);
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
                let text = self.input.text().to_owned();
                self.input.handle(key);
                if text != self.input.text() {
                    self.chosen = false;
                    let search = self.look(recent, None).map(Box::new);
                    return search.map_or(Outcome::Choosing, Outcome::Looking);
                }
            }
        }
        self.chosen |= self.at != before;
        Outcome::Choosing
    }

    /// Takes what is pasted.
    pub fn paste(&mut self, text: &str, recent: &[String]) -> Option<Search> {
        self.input.paste(text);
        self.chosen = false;
        self.look(recent, None)
    }

    /// What is chosen is of what was typed: nobody wants what was shown before.
    fn settle(&mut self, recent: &[String]) {
        if self.waiting
            && let Some(found) = self.search(recent, None).run()
        {
            self.take(found);
        }
    }

    /// Looks for what is typed: here, or aside among many.
    fn look(&mut self, recent: &[String], keep: Option<String>) -> Option<Search> {
        let each = if self.input.text().trim().is_empty() { 50 } else { 400 };
        let search = self.search(recent, keep);
        self.waiting = self.index.len() * each > BUDGET_NS;
        if self.waiting {
            return Some(search);
        }
        if let Some(found) = search.run() {
            self.take(found);
        }
        None
    }

    /// A search that overtakes all before it.
    fn search(&self, recent: &[String], keep: Option<String>) -> Search {
        Search {
            index: self.index.clone(),
            typed: self.input.text().to_owned(),
            recent: recent.to_vec(),
            keep,
            overtaken: Overtaken::newest(&self.newest),
        }
    }
}

#[cfg(test)]
mod tests;
