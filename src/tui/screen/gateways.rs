//! The tree of what serves: GatewayClass ▸ Gateway ▸ listener ▸ route ▸ backend.

use std::{borrow::Cow, cell::Cell, sync::Arc};

use ratatui::layout::Rect;

use super::{Id, Screen};
use crate::{
    rehearsal::View,
    resource::Key,
    tui::{
        action::{Group, Place, Row},
        app::{Effect, State},
        facts::{
            Health, Line, Tone,
            describe::About,
            gateways::{Node, NodeRow, Opened, Shown, Tree},
        },
        finding::{Haystack, Query},
        format,
        paint::{self, Canvas},
        selection::{
            Around, Arranged, BUDGET_NS, Filter, Frozen, Job, Lines, List, Overtaken, Record, Same, Sort,
            SortKey,
        },
        view::{empty, strip},
        widget::table::{self, Column, Look, Shape, traffic},
    },
};

/// What opens and closes branches.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("expand", &["l", "right"], "open a branch", Group::Moving, here, |state, _| Ok(branch(state, true))),
    Row::new("close", &["h", "left"], "close a branch, or go to its stem", Group::Moving, here, |state, _| Ok(branch(state, false))),
];

fn here(place: Place) -> bool {
    place == Place::Gateways
}

/// Opens or closes a branch; a leaf, or a closed branch, goes to its stem.
fn branch(state: &mut State, open: bool) -> Vec<Effect> {
    let job = state.screens.gateways.branch(open, &state.around());
    state.arrange((Id::Gateways, 0), job);
    Vec::new()
}

/// Nodes between two looks whether something newer is wanted.
const LOOK: usize = 1_024;

/// The screen.
#[derive(Debug, Default)]
pub struct Gateways {
    /// The tree.
    pub tree: Arc<Tree>,
    /// Branches opened by hand.
    pub opened: Opened,
    /// Its lines.
    pub list: List<Shown>,
    /// Whether the lines are of an older tree.
    pub stale: bool,
}

impl Gateways {
    /// Makes the lines of the tree after a branch, the filter or the tree changed. In a large tree that takes long, and
    /// comes back as a job to be done aside.
    pub fn lay(&mut self, around: &Around) -> Option<Job> {
        self.stale = false;
        let sieve = Sieve {
            tree: Arc::clone(&self.tree),
            opened: self.opened.clone(),
            query: self.list.filter.query().clone(),
            broken: self.list.filter.broken,
            around: around.clone(),
        };
        self.list.make(sieve.is_quick(), move |overtaken| sieve.shown(overtaken))
    }

    fn branch(&mut self, open: bool, around: &Around) -> Option<Job> {
        let shown = self.list.selected().cloned()?;
        match (shown.open, open) {
            (Some(now), _) if now != open => {
                self.opened.set(shown.node, open);
                return self.lay(around);
            }
            (_, true) => self.list.step(1),
            (_, false) => {
                let at = self.list.at();
                let stem = (0..at)
                    .rev()
                    .find(|line| self.list.item(*line).is_some_and(|item| item.depth < shown.depth));
                if let Some(stem) = stem {
                    self.list.step(stem as isize - at as isize);
                }
            }
        }
        None
    }
}

/// All that the lines of the tree are made from. The tree filters itself: it keeps what leads to a match.
struct Sieve {
    tree: Arc<Tree>,
    opened: Opened,
    query: Query,
    broken: bool,
    around: Around,
}

impl Sieve {
    /// Whether every node is shown whose stem is open.
    fn is_all(&self) -> bool {
        self.query.is_all() && !self.broken && self.around.namespace.is_none()
    }

    /// Whether it is done before anybody notices.
    fn is_quick(&self) -> bool {
        let cost = if self.is_all() { 0 } else { 120 + self.query.cost() };
        self.tree.counts().2 * (80 + cost + if self.broken { 200 } else { 0 }) <= BUDGET_NS
    }

    /// The lines; none when something newer is wanted.
    fn shown(&self, overtaken: &Overtaken) -> Option<Vec<Shown>> {
        let (seen, late) = (Cell::new(0_usize), Cell::new(false));
        let found = |node: &Node| {
            seen.set(seen.get() + 1);
            if seen.get().is_multiple_of(LOOK) && overtaken.yet() {
                late.set(true);
            }
            !late.get() && self.finds(node)
        };
        let shown = self.tree.shown(&self.opened, (!self.is_all()).then_some(&found));
        (!late.get()).then_some(shown)
    }

    fn finds(&self, node: &Node) -> bool {
        let Around { view, namespace } = &self.around;
        if self.broken && self.tree.health(node) > Health::Waiting {
            return false;
        }
        let object =
            if namespace.is_some() || self.query.asks_labels() { node.object(&self.tree) } else { None };
        let here = |wanted: &Arc<str>| object.as_ref().is_some_and(|key| key.namespace == *wanted);
        if !namespace.as_ref().is_none_or(here) {
            return false;
        }
        let object = object.filter(|_| self.query.asks_labels());
        let object = object.and_then(|key| view.world.get(&key)).map(|object| &**object);
        self.query.matches(&Haystack { text: &self.tree.haystack(node), object })
    }
}

impl Screen for Gateways {
    fn list(&self, _: usize) -> Option<&dyn Lines> {
        Some(self)
    }

    fn list_mut(&mut self, _: usize) -> Option<&mut dyn Lines> {
        Some(self)
    }

    fn selected(&self) -> Option<About> {
        match &self.list.selected()?.node {
            Node::Listener(id) => Some(About::Listener(id.clone())),
            Node::Class(_)
            | Node::Gateway(_)
            | Node::Set(_)
            | Node::Detached(_)
            | Node::Route(..)
            | Node::Backend(..) => self.object().map(About::Object),
        }
    }

    fn object(&self) -> Option<Key> {
        self.list.selected()?.node.object(&self.tree)
    }

    fn open(&self) -> fn(&mut State) -> Vec<Effect> {
        match self.list.selected() {
            Some(shown) if !matches!(shown.node, Node::Route(..)) => match shown.open {
                Some(true) => |state| branch(state, false),
                Some(false) => |state| branch(state, true),
                None => State::describe_selected,
            },
            Some(_) | None => State::describe_selected,
        }
    }

    fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
        draw(canvas, area, state);
    }
}

impl Lines for Gateways {
    fn columns(&self) -> &'static [Column] {
        Shown::COLUMNS
    }

    fn len(&self) -> usize {
        self.list.len()
    }

    fn total(&self) -> usize {
        self.list.total()
    }

    fn at(&self) -> usize {
        self.list.at()
    }

    fn step(&mut self, lines: isize) {
        self.list.step(lines);
    }

    fn page(&mut self, pages: isize) {
        self.list.page(pages);
    }

    fn filter(&self) -> &Filter {
        &self.list.filter
    }

    fn filter_mut(&mut self) -> &mut Filter {
        &mut self.list.filter
    }

    /// A tree has its own order.
    fn sort(&self) -> Option<Sort> {
        None
    }

    fn set_sort(&mut self, _: Option<Sort>) {}

    fn sorts(&self) -> bool {
        false
    }

    fn find(&mut self, key: &Key, _: &View) -> bool {
        let is = |shown: &Shown| match &shown.node {
            Node::Class(own) | Node::Gateway(own) | Node::Set(own) | Node::Route(own, _) => own == key,
            Node::Listener(_) | Node::Detached(_) | Node::Backend(..) => false,
        };
        let line = (0..self.list.len()).find(|line| self.list.item(*line).is_some_and(is));
        if let Some(line) = line {
            self.list.step(line as isize - self.list.at() as isize);
        }
        line.is_some()
    }

    fn shape(&self) -> &Shape {
        &self.list.shape
    }

    fn shape_mut(&mut self) -> &mut Shape {
        &mut self.list.shape
    }

    fn arrange(&mut self, around: &Around) -> Option<Job> {
        self.lay(around)
    }

    fn arranged(&mut self, arranged: Arranged) {
        Lines::arranged(&mut self.list, arranged);
    }

    fn cells(&self, line: usize, state: &State) -> Option<Vec<Line>> {
        Lines::cells(&self.list, line, state)
    }

    fn frozen(&self) -> Box<dyn Frozen> {
        Lines::frozen(&self.list)
    }
}

impl Same for Shown {
    fn same(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl Record for Shown {
    const COLUMNS: &'static [Column] = &[
        Column::text("", 1, 1, 255),
        Column::text("NAME", 26, 50, 255),
        Column::text("STATUS", 18, 60, 9),
        Column::text("LISTENS ON", 15, 21, 5),
        Column::number("ROUTES", 6, 3),
        Column::number("REQ/S", 6, 8),
        Column::number("5XX %", 5, 7),
        Column::number("P95 MS", 6, 2),
    ];

    fn cells(&self, state: &State) -> Vec<Line> {
        cells(self, &state.screens.gateways.tree.row(&self.node), state.stale().is_some())
    }

    fn haystack(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn key(&self, _: &View, _: usize) -> SortKey {
        SortKey::Missing
    }
}

fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let (gateways, listeners, routes) = state.screens.gateways.tree.counts();
    let count = |count: usize, one: &str| {
        format!("{} {one}{}", format::grouped(count as u64), if count == 1 { "" } else { "s" })
    };
    let whole = format!(
        "{}  {}  {}",
        count(gateways, "Gateway"),
        count(listeners, "listener"),
        count(routes, "route")
    );
    let (one, many) = (format!("line   {whole}"), format!("lines   {whole}"));
    strip(canvas, paint::top(area, 1), state, &state.screens.gateways.list, (&one, &many), true);
    let list = paint::below(area, 1);
    let look = Look { focused: true, heads: true };
    table::draw(canvas, list, &state.screens.gateways.list, look, state);
    empty(
        canvas,
        list,
        state,
        &state.screens.gateways.list,
        "no GatewayClass and no Gateway in what was read",
    );
}

fn cells(shown: &Shown, row: &NodeRow, stale: bool) -> Vec<Line> {
    let branch = match shown.open {
        Some(true) => "▾ ",
        Some(false) => "▸ ",
        None => "  ",
    };
    let name_tone = match shown.depth {
        0 => Tone::Strong,
        _ if row.kind.is_empty() => Tone::Dim,
        _ => Tone::Plain,
    };
    // In front of the name, where no width cuts it away.
    let mark = if row.assumed || !row.rests_on.is_empty() { "~ " } else { "" };
    let mut name =
        Line::dim(format!("{}{branch}{mark}", "  ".repeat(shown.depth))).and(name_tone, row.name.clone());
    if row.assumed {
        name = name.and(Tone::Dim, " assumed");
    }
    let label = match row.kind {
        "HTTPRoute" | "backend" | "listener" | "gateway" => "",
        kind => kind,
    };
    if !label.is_empty() {
        name = name.and(Tone::Dim, format!("  {label}"));
    }
    if !row.note.is_empty() {
        name = name.and(Tone::Dim, format!("  {}", row.note));
    }
    let sign =
        if row.kind.is_empty() { Line::default() } else { Line::of(row.health.tone(), row.health.sign()) };
    let status = match row.health {
        Health::Ok => Line::dim(match row.kind {
            "class" | "gateway" | "listener" if row.rests_on.is_empty() => "ok".to_owned(),
            "class" | "gateway" | "listener" => format!("ok  {}", row.rests_on),
            _ => row.rests_on.clone(),
        }),
        Health::Waiting | Health::Note | Health::Unknown => Line::dim(row.words.clone()),
        Health::Broken | Health::Attention => Line::of(row.health.tone(), row.words.clone()),
    };
    let [rate, errors, p95] = traffic(&row.traffic, stale);
    vec![
        sign,
        name,
        status,
        Line::plain(row.place.clone()),
        row.routes.map_or_else(Line::default, |routes| Line::plain(format::grouped(u64::from(routes)))),
        rate,
        errors,
        p95,
    ]
}
