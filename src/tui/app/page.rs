//! A page about one thing, with faces: its description, its text, its topology, what changed. A page follows its
//! object; the line that one is on and what is folded stay.

use std::{cell::Cell, sync::Arc};

use super::{Effect, Spot, State};
use crate::{
    resource::{Key, Object},
    source::Lines,
    tui::facts::{
        Known, Line, Tone,
        describe::{self, About},
        differ::{self, Side},
        export, links,
        page::{Folds, Link, PageLine},
        past::Before,
        topology, yaml,
    },
};

/// What of a thing is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Face {
    Describe,
    Yaml,
    Topology,
    Diff,
}

impl Face {
    /// All, in the order of Tab.
    pub const ALL: [Self; 4] = [Self::Describe, Self::Yaml, Self::Topology, Self::Diff];

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Describe => "Describe",
            Self::Yaml => "YAML",
            Self::Topology => "Topology",
            Self::Diff => "Diff",
        }
    }
}

/// Where one is in a face, and what is folded there.
#[derive(Clone, Debug, Default)]
struct Seen {
    at: usize,
    from: Cell<usize>,
    folds: Folds,
}

/// A page.
#[derive(Debug)]
pub struct Page {
    /// What it is about.
    pub about: About,
    /// The face that is seen.
    pub face: Face,
    /// The lines of that face.
    pub lines: Vec<PageLine>,
    /// What the diff is against; none: the object before it changed last.
    pub against: Option<Key>,
    /// Whether what it is about is gone: then these are its last lines.
    pub gone: bool,
    /// What is looked for.
    pub find: String,
    /// The object that the lines are of, and where its fields stand in the user's file.
    source: Option<(Arc<Object>, Option<Arc<Lines>>)>,
    seen: [Seen; 4],
    /// Lines of the window. Set by drawing.
    pub height: Cell<usize>,
    /// A field to go to as soon as the lines are there.
    wanted: Option<String>,
}

impl Page {
    /// A page that is not made yet.
    pub fn new(about: About, face: Face) -> Self {
        Self {
            about,
            face,
            lines: Vec::new(),
            against: None,
            gone: false,
            find: String::new(),
            source: None,
            seen: Default::default(),
            height: Cell::new(10),
            wanted: None,
        }
    }

    /// The same, on the line of a field.
    #[must_use]
    pub fn at_field(mut self, field: String) -> Self {
        self.wanted = Some(field);
        self
    }

    fn seen(&self) -> &Seen {
        &self.seen[self.face as usize]
    }

    fn seen_mut(&mut self) -> &mut Seen {
        &mut self.seen[self.face as usize]
    }

    /// The line that one is on.
    pub fn at(&self) -> usize {
        self.seen().at.min(self.lines.len().saturating_sub(1))
    }

    /// That line.
    pub fn line(&self) -> Option<&PageLine> {
        self.lines.get(self.at())
    }

    /// Where Enter leads.
    pub fn link(&self) -> Option<&Link> {
        self.line()?.links.first()
    }

    /// Goes to a line.
    pub fn go(&mut self, line: usize) {
        self.seen_mut().at = line.min(self.lines.len().saturating_sub(1));
    }

    /// Goes by lines.
    pub fn step(&mut self, lines: isize) {
        self.go(self.at().saturating_add_signed(lines));
    }

    /// Goes by windows.
    pub fn turn(&mut self, pages: isize) {
        self.step(pages * (self.height.get().max(2) as isize - 1));
    }

    /// First line seen, which drawing sets: it alone knows how lines break.
    pub fn from(&self) -> &Cell<usize> {
        &self.seen().from
    }

    /// Opens or closes what the line folds; false when it folds nothing.
    pub fn fold(&mut self, open: Option<bool>) -> bool {
        let Some(fold) = self.line().and_then(|line| line.fold.clone()) else { return false };
        let open = open.unwrap_or(!fold.open);
        if let Some(list) = fold.id.strip_suffix('+').filter(|_| open) {
            self.seen_mut().folds.show_more(list.into(), topology::MORE);
        } else {
            self.seen_mut().folds.set(fold.id, open);
        }
        true
    }

    /// Opens or closes all.
    pub fn fold_all(&mut self, open: bool) {
        self.seen_mut().folds.set_all(open);
    }

    /// Goes to the line that holds what the line one is on is a part of.
    pub fn go_stem(&mut self) {
        let depth = |line: &PageLine| line.line.text().chars().take_while(|c| " -│├└─".contains(*c)).count();
        let Some(own) = self.line().map(depth) else { return };
        let stem = (0..self.at())
            .rev()
            .find(|at| self.lines.get(*at).is_some_and(|line| line.fold.is_some() && depth(line) < own));
        if let Some(stem) = stem {
            self.go(stem);
        }
    }

    /// Lines in which a text is found, whatever its case.
    pub fn found(&self, find: &str) -> Vec<usize> {
        if find.is_empty() {
            return Vec::new();
        }
        let find = find.to_lowercase();
        let has = |line: &PageLine| line.line.text().to_lowercase().contains(&find);
        self.lines.iter().enumerate().filter(|(_, line)| has(line)).map(|(at, _)| at).collect()
    }

    /// The next line in which a text is found, from the line one is on; round to the other end.
    pub fn next_found(&self, find: &str, back: bool, here: bool) -> Option<usize> {
        let found = self.found(find);
        let at = self.at();
        if back {
            found.iter().rev().find(|line| **line < at).or(found.last()).copied()
        } else {
            let after = |line: &&usize| if here { **line >= at } else { **line > at };
            found.iter().find(after).or(found.first()).copied()
        }
    }

    /// Takes new lines; one stays on the line that says the same.
    fn take(&mut self, lines: Vec<PageLine>) {
        let old = std::mem::replace(&mut self.lines, lines);
        let at = self.seen().at;
        let Some(was) = old.get(at) else { return };
        let place = |at: &usize| self.lines.get(*at).is_some_and(|line| same(was, line));
        let found = (0..old.len().max(self.lines.len()))
            .flat_map(|away| [at.checked_sub(away), Some(at + away)])
            .flatten()
            .find(place);
        if let Some(found) = found {
            let seen = self.seen_mut();
            seen.from.set(seen.from.get().saturating_add_signed(found as isize - at as isize));
            seen.at = found;
        }
        self.seen_mut().at = self.at();
    }

    /// Goes to the field that was asked for.
    fn go_wanted(&mut self, field: &str) {
        // The first field of a list's item stands on the item's line.
        let is = |line: &PageLine, field: &str| {
            line.path.as_deref().is_some_and(|path| links::within(path, field))
        };
        let mut field = field.to_owned();
        while !field.is_empty() {
            if let Some(at) = self.lines.iter().position(|line| is(line, &field)) {
                self.go(at);
                return;
            }
            let end = field.rfind(['.', '[']).unwrap_or(0);
            field.truncate(end);
        }
    }
}

/// Whether two lines tell of the same thing.
fn same(a: &PageLine, b: &PageLine) -> bool {
    match (&a.fold, &b.fold) {
        (Some(one), Some(other)) => one.id == other.id,
        (None, None) if a.path.is_some() || b.path.is_some() => a.path == b.path,
        (None, None) if !a.links.is_empty() => a.links == b.links,
        (None, None) => a.line == b.line,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

impl State {
    /// What pages are told from.
    pub fn known(&self) -> Known<'_> {
        Known {
            tree: Some(self.screens.gateways.tree.as_ref()),
            mistakes: Some(&self.mistakes),
            inventory: self.inventory.as_deref(),
            ..Known::of(&self.view, self.clock)
        }
    }

    /// Makes the lines of a page.
    pub(super) fn fill(&mut self, page: &mut Page) {
        let known = self.known();
        let key = page.about.key();
        let object = key.as_ref().and_then(|key| known.world.get(key));
        let missing = match &page.about {
            About::Object(_) => object.is_none(),
            About::Listener(id) => known.listener(id).is_none(),
            About::Findings(_) => false,
        };
        // Where the fields stand is asked for once for each state of the object.
        let fresh =
            object.filter(|object| page.source.as_ref().is_none_or(|(of, _)| !Arc::ptr_eq(of, object)));
        if let Some(object) = fresh {
            let lines = page.source.take().and_then(|(_, lines)| lines);
            page.source = Some((Arc::clone(object), lines));
            let origin = object.origin.clone();
            if let Some(origin) = origin {
                self.outbox.push(Effect::Source(object.key.clone(), origin));
            }
        }
        if missing && !page.lines.is_empty() && page.face != Face::Diff {
            // What is gone stays to be read.
            page.gone = true;
            return;
        }
        page.gone = missing && page.source.is_some();
        let lines = self.lines_of(page);
        page.take(lines);
        if let Some(field) = page.wanted.take() {
            page.go_wanted(&field);
        }
    }

    fn lines_of(&self, page: &Page) -> Vec<PageLine> {
        let source = page.source.as_ref().and_then(|(object, lines)| Some((object, lines.as_deref()?)));
        let line_of = |object: &Object, field: &str| {
            let (of, lines) = source?;
            (of.key == object.key).then(|| lines.nearest(field)).flatten()
        };
        let known = Known { line_of: Some(&line_of), ..self.known() };
        let folds = &page.seen().folds;
        match page.face {
            Face::Describe => describe::page(&known, &page.about),
            Face::Yaml => yaml::page(&known, &page.about, folds, source.map(|(_, lines)| lines)),
            Face::Topology => topology::page(&known, &page.about, folds),
            Face::Diff => self.difference(&known, page, folds),
        }
    }

    fn difference(&self, known: &Known<'_>, page: &Page, folds: &Folds) -> Vec<PageLine> {
        let Some(key) = page.about.key() else { return Vec::new() };
        let side = |key: &Key, name: String| {
            let value = known.world.get(key).map(|object| export::with_status(known, object));
            Side { name, value }
        };
        if let Some(other) = &page.against {
            return differ::page(&side(other, other.to_string()), &side(&key, key.to_string()), folds);
        }
        let now =
            side(&key, if known.world.get(&key).is_some() { "now" } else { "now: it is gone" }.to_owned());
        let before = match self.past.before(known, &self.view.journal, &key) {
            Before::Was(value) => Side { name: "before its last change".to_owned(), value: Some(value) },
            Before::New => Side { name: "before: it did not exist".to_owned(), value: None },
            Before::Same => {
                let told = Line::dim("· it did not change since the console began");
                let hint =
                    Line::dim("  M marks an object; D on another of its kind shows how the two differ");
                return vec![told.into(), PageLine::from(Line::of(Tone::Plain, "")), hint.into()];
            }
        };
        differ::page(&before, &now, folds)
    }

    /// The page that is seen.
    pub fn page_seen(&self) -> Option<&Page> {
        match self.spots.last()? {
            Spot::Detail(page) => Some(page),
            Spot::Screen(_) | Spot::Canary(..) | Spot::Help(_) => None,
        }
    }

    /// Changes the page that is seen and makes its lines anew.
    pub(super) fn with_page(&mut self, change: impl FnOnce(&mut Page)) {
        let Some(Spot::Detail(_)) = self.spots.last() else { return };
        let Some(Spot::Detail(mut page)) = self.spots.pop() else { return };
        change(&mut page);
        self.fill(&mut page);
        self.spots.push(Spot::Detail(page));
    }

    /// Takes the lines of an object's fields in the user's file.
    pub(super) fn sourced(&mut self, key: &Key, lines: Option<Arc<Lines>>) {
        self.with_page(|page| {
            if let Some((object, own)) = &mut page.source
                && object.key == *key
            {
                *own = lines;
            }
        });
    }
}

#[cfg(test)]
mod tests;
