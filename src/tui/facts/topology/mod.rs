//! The way of requests around anything, as a tree both ways: who sends to it, and what it sends to.
//!
//! Only what is open is looked at, of a list only its first lines; so 50,000 routes behind one Gateway cost no more
//! than fifty. What stands above itself on its own way is cut there.

mod down;
mod row;
mod up;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use row::{Row, traffic};

use super::{
    Health, Known, Line, Reading, Tone,
    describe::About,
    page::{Fold, Folds, PageLine},
};
use crate::{
    resource::Key,
    routing::{BackendId, ListenerId},
    tui::format,
};

/// Lines of one list before the rest is asked for.
pub const MOST: usize = 50;

/// Lines that `and N more` adds.
pub const MORE: usize = 500;

/// A list with more than this is closed at first.
const WIDE: usize = 20;

/// Deeper branches are closed at first.
const DEEP: usize = 5;

/// Which way one looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To who sends.
    Up,
    /// To what is sent to.
    Down,
}

/// A place on the way of requests.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// An object.
    Object(Key),
    /// A listener of a Gateway.
    Listener(ListenerId),
    /// The routes that name a Gateway and are attached to none of its listeners.
    Apart(Key),
    /// A parentRef of a route that takes it nowhere: position in its status.
    Parent(Key, usize),
    /// A rule of a route.
    Rule(Key, usize),
    /// What a rule of a route sends to, or mirrors to: the field that says so.
    Backend {
        /// The route.
        route: Key,
        /// Its rule.
        rule: usize,
        /// `spec.rules[0].backendRefs[1]`
        field: String,
        /// What it names.
        to: Key,
    },
    /// Any other reference, seen from who holds it: the holder, the field, and what it names.
    Reference(Key, String, Key),
    /// The same seen from what it names: the holder and the field.
    Holder(Key, String),
    /// Who answers for a Service port here.
    StandIn(Arc<BackendId>),
    /// An address of an EndpointSlice.
    Endpoint(Key, usize),
}

impl Node {
    /// The object that stands here: what must not stand under itself.
    fn stands(&self) -> Option<&Key> {
        match self {
            Self::Object(key)
            | Self::Reference(_, _, key)
            | Self::Holder(key, _)
            | Self::Backend { to: key, .. } => Some(key),
            Self::Listener(_)
            | Self::Apart(_)
            | Self::Parent(..)
            | Self::Rule(..)
            | Self::StandIn(_)
            | Self::Endpoint(..) => None,
        }
    }

    /// Its name among its siblings.
    fn id(&self) -> String {
        match self {
            Self::Object(key) => key.to_string(),
            Self::Listener(id) => format!("{} ▸ {}", id.port.entry, id.name),
            Self::Apart(key) => format!("apart {key}"),
            Self::Parent(key, at) => format!("{key} parent {at}"),
            Self::Rule(key, at) => format!("{key} rule {at}"),
            Self::Backend { field, to, .. } => format!("{field} {to}"),
            Self::Reference(from, field, to) => format!("{from} {field} {to}"),
            Self::Holder(from, field) => format!("{from} {field}"),
            Self::StandIn(id) => format!("{}:{}", id.service, id.port),
            Self::Endpoint(key, at) => format!("{key} {at}"),
        }
    }
}

/// The first of a list, and how many there are.
#[derive(Debug, Default)]
pub struct Children {
    /// At most as many as were asked for.
    pub first: Vec<Node>,
    /// All.
    pub count: usize,
}

impl Children {
    fn of(all: impl Iterator<Item = Node>, most: usize) -> Self {
        let mut children = Self::default();
        for node in all {
            children.put(node, most);
        }
        children
    }

    /// Counts one, and keeps it while there is room.
    fn put(&mut self, node: Node, most: usize) {
        self.count += 1;
        if self.first.len() < most {
            self.first.push(node);
        }
    }
}

/// What stands under a node.
pub fn children(known: &Known<'_>, way: Way, node: &Node, most: usize) -> Children {
    match way {
        Way::Up => up::children(known, node, most),
        Way::Down => down::children(known, node, most),
    }
}

/// The topology of something as lines.
pub fn page(known: &Known<'_>, about: &About, folds: &Folds) -> Vec<PageLine> {
    let root = match about {
        About::Object(key) => Node::Object(key.clone()),
        About::Listener(id) => Node::Listener(id.clone()),
        About::Findings(_) => return Vec::new(),
    };
    let mut walk = Walk { known, folds, above: Vec::new(), out: Vec::new() };
    let own = Row { target: None, ..row::row(known, &root) };
    walk.out.push(Drawn { stem: String::new(), row: own, fold: None });
    for (way, title) in [(Way::Up, "who sends to it"), (Way::Down, "what it sends to")] {
        let id = if way == Way::Up { "up" } else { "down" };
        let most = folds.most(id, MOST);
        let children = children(known, way, &root, most);
        walk.out.push(Drawn::head(title, children.count));
        walk.above = vec![root.clone()];
        walk.under(way, children, id, "", most);
    }
    lines(walk.out)
}

/// A line before its columns are set.
struct Drawn {
    stem: String,
    row: Row,
    fold: Option<Fold>,
}

impl Drawn {
    fn head(title: &str, count: usize) -> Self {
        let note = if count == 0 { "nobody".to_owned() } else { String::new() };
        Self {
            stem: String::new(),
            row: Row { head: true, name: title.to_owned(), note, ..Row::default() },
            fold: None,
        }
    }
}

struct Walk<'a> {
    known: &'a Known<'a>,
    folds: &'a Folds,
    /// The way from the root.
    above: Vec<Node>,
    out: Vec<Drawn>,
}

impl Walk<'_> {
    fn under(&mut self, way: Way, children: Children, id: &str, stem: &str, most: usize) {
        let left = children.count.saturating_sub(children.first.len());
        let last = children.first.len();
        for (at, node) in children.first.into_iter().enumerate() {
            let ends = left == 0 && at + 1 == last;
            let (branch, below) = if ends { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            self.node(
                way,
                &node,
                &format!("{id}/{}", node.id()),
                format!("{stem}{branch}"),
                &format!("{stem}{below}"),
            );
        }
        if left > 0 {
            let name = format!("and {} more", format::grouped(left as u64));
            let fold = Fold { id: format!("{id}+").into(), open: false };
            debug_assert!(most > 0, "a list shows something");
            let row = Row { name, ..Row::default() };
            self.out.push(Drawn { stem: format!("{stem}└─ "), row, fold: Some(fold) });
        }
    }

    fn node(&mut self, way: Way, node: &Node, id: &str, stem: String, below: &str) {
        let mut row = row::row(self.known, node);
        // Below its route a rule needs no more than its number.
        if let (Way::Down, Node::Rule(..), Some((_, rule))) = (way, node, row.name.split_once(" ▸ ")) {
            row.name = rule.into();
        }
        // A thing may be reached on many ways, but not by way of itself.
        let again = self
            .above
            .iter()
            .any(|above| above == node || above.stands().is_some_and(|key| node.stands() == Some(key)));
        if again {
            "↺ stands above already".clone_into(&mut row.note);
            self.out.push(Drawn { stem, row, fold: None });
            return;
        }
        let most = self.folds.most(id, MOST);
        let peek = children(self.known, way, node, 1).count;
        if peek == 0 {
            self.out.push(Drawn { stem, row, fold: None });
            return;
        }
        let open = self.folds.open(id, peek <= WIDE && self.above.len() < DEEP);
        self.out.push(Drawn { stem, row, fold: Some(Fold { id: id.into(), open }) });
        if open {
            self.above.push(node.clone());
            let inner = children(self.known, way, node, most);
            self.under(way, inner, id, below, most);
            self.above.pop();
        }
    }
}

/// Columns of names at most, so that the numbers are seen at 80 columns.
const NAMES: usize = 48;

/// Names left, requests a second and errors in columns right of them, then what is wrong.
fn lines(drawn: Vec<Drawn>) -> Vec<PageLine> {
    let width = |one: &Drawn| format::width(&one.stem) + 4 + format::width(&one.row.name);
    let names = drawn.iter().filter(|one| !one.row.head).map(width).max().unwrap_or(0).min(NAMES);
    let mut out = Vec::new();
    for one in drawn {
        let Drawn { stem, row, fold } = one;
        if row.head {
            out.push(PageLine::default());
            let line = Line::of(Tone::Head, row.name).and(Tone::Dim, format!("  {}", row.note));
            out.push(line.into());
            continue;
        }
        let mark = match &fold {
            Some(fold) if fold.open => "▾ ",
            Some(_) => "▸ ",
            None => "  ",
        };
        let used = format::width(&stem) + 4 + format::width(&row.name);
        let mut line = Line::default();
        if !stem.is_empty() {
            line = line.and(Tone::Dim, stem);
        }
        line = line.and(Tone::Dim, mark);
        let Some(health) = row.health else {
            out.push(PageLine { fold, ..line.and(Tone::Dim, row.name).into() });
            continue;
        };
        line = line.and(health.tone(), format!("{} ", health.sign()));
        let tone = if health == Health::Broken { Tone::Bad } else { Tone::Plain };
        line = line.and(tone, row.name);
        line = line.and(Tone::Plain, " ".repeat(names.saturating_sub(used)));
        line = line.and(Tone::Strong, format!("{:>8}", rate(row.traffic.rate)));
        line = line.and(error_tone(row.traffic.errors), format!("{:>8}", errors(row.traffic.errors)));
        if !row.note.is_empty() {
            line = line.and(Tone::Dim, format!("  {}", row.note));
        }
        if !row.words.is_empty() {
            line = line.and(health.tone(), format!("  {}", row.words));
        }
        let mut line = PageLine { fold, ..line.into() };
        if let Some((role, target)) = row.target {
            line = line.to(role, target);
        }
        out.push(line);
    }
    out
}

fn rate(rate: Reading<f64>) -> String {
    match rate {
        Reading::Is(rate) => format!("{}/s", format::rate(rate)),
        Reading::Nothing => String::new(),
        Reading::Unknown(_) => "?/s".to_owned(),
    }
}

fn errors(errors: Reading<f64>) -> String {
    match errors {
        Reading::Is(share) => format!("{} %", format::percent(share)),
        Reading::Nothing | Reading::Unknown(_) => String::new(),
    }
}

fn error_tone(errors: Reading<f64>) -> Tone {
    match errors {
        Reading::Is(share) if share > 0.01 => Tone::Warn,
        Reading::Is(_) | Reading::Nothing | Reading::Unknown(_) => Tone::Dim,
    }
}
