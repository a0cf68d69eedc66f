//! Objects of any kind: at the left the kinds that there are, beside them the objects of one, in the columns of
//! `cutover get`.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use ratatui::layout::Rect;

use super::{Id, ListId, Screen};
use crate::{
    rehearsal::View,
    resource::{Key, Kind, Object},
    tui::{
        action::{Arg, ArgKind, Group, Place, Row},
        app::{Effect, State},
        facts::{
            Health, Known, Line, Measures, Tone,
            objects::{self, kind_typed, notes},
            topology,
        },
        format,
        paint::{self, Canvas},
        selection::{Around, Job, Lines, List, Record, Same, SortKey},
        view::{empty, strip},
        widget::table::{self, Column, Look, traffic},
    },
    world::{Change, World},
};

const KIND: &[Arg] = &[Arg::optional("KIND", ArgKind::Kind)];

/// What shows objects of a kind.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("objects", &["9"], "objects of any kind, in the columns of `cutover get`", Group::Screens, Place::free, show).takes(KIND),
];

fn show(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    let kind = match args.first() {
        Some(typed) => {
            let known = kind_typed(&state.view.world, typed);
            Some(known.ok_or_else(|| format!("there are no objects of a kind `{typed}`"))?)
        }
        None => None,
    };
    state.show(Id::Objects);
    if let Some(kind) = kind {
        state.list_objects(kind);
    }
    Ok(Vec::new())
}

/// Columns of the pane of kinds.
const KINDS: u16 = 26;

/// Cells that are kept.
const KEPT: usize = 2_000;

/// The screen.
#[derive(Debug, Default)]
pub struct Objects {
    /// The kinds that there are objects of.
    pub kinds: List<OfKind>,
    /// The objects of one kind.
    pub things: List<Thing>,
    /// Which kind; none before the first look.
    pub kind: Option<Kind>,
    /// Whether the objects have the keys, and not the kinds.
    pub inside: bool,
    /// The World that the objects are of.
    based: Option<Arc<World>>,
    cache: RefCell<Cells>,
}

/// Cells that were made, of one state of all objects: some take a walk over all routes of a Gateway.
#[derive(Debug, Default)]
struct Cells {
    of: Option<Arc<World>>,
    made: HashMap<Key, Vec<String>>,
}

/// A kind and how many objects it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfKind {
    /// The kind.
    pub kind: Kind,
    /// Its objects.
    pub count: usize,
}

/// An object in a list.
#[derive(Clone, Debug)]
pub struct Thing {
    /// The object.
    pub object: Arc<Object>,
    haystack: Box<str>,
}

impl Thing {
    fn of(object: &Arc<Object>) -> Self {
        let assumed = if object.assumed { " assumed" } else { "" };
        let haystack = format!("{} {}{assumed}", object.key.path(), object.key.kind).to_lowercase();
        Self { object: Arc::clone(object), haystack: haystack.into() }
    }
}

impl Screen for Objects {
    fn pane(&self) -> usize {
        usize::from(self.inside)
    }

    fn panes(&self) -> usize {
        2
    }

    fn set_pane(&mut self, pane: usize) {
        self.inside = pane > 0;
    }

    fn list(&self, pane: usize) -> Option<&dyn Lines> {
        if pane == 0 { Some(&self.kinds) } else { Some(&self.things) }
    }

    fn list_mut(&mut self, pane: usize) -> Option<&mut dyn Lines> {
        if pane == 0 { Some(&mut self.kinds) } else { Some(&mut self.things) }
    }

    fn object(&self) -> Option<Key> {
        let selected = self.things.selected().filter(|_| self.inside);
        selected.map(|thing| thing.object.key.clone())
    }

    fn open(&self) -> fn(&mut State) -> Vec<Effect> {
        if self.inside { State::describe_selected } else { State::list_selected_kind }
    }

    fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
        draw(canvas, area, state, self);
    }
}

impl State {
    /// Lists the objects of the selected kind.
    fn list_selected_kind(&mut self) -> Vec<Effect> {
        if let Some(kind) = self.screens.objects.kinds.selected().map(|of| of.kind.clone()) {
            self.list_objects(kind);
        }
        Vec::new()
    }

    /// Lists the objects of a kind and gives them the keys.
    pub fn list_objects(&mut self, kind: Kind) {
        let screen = &mut self.screens.objects;
        if screen.kind.as_ref() != Some(&kind) {
            screen.kind = Some(kind);
            screen.based = None;
            screen.things = List::default();
        }
        screen.inside = true;
        self.sync_objects();
    }

    /// Kinds and objects follow the newest World, while they are looked at.
    pub fn sync_objects(&mut self) {
        let around = self.around();
        for (list, job) in self.screens.objects.follow(&around) {
            self.arrange(list, job);
        }
    }
}

impl Objects {
    fn follow(&mut self, around: &Around) -> Vec<(ListId, Option<Job>)> {
        let world = &around.view.world;
        if self.based.as_ref().is_some_and(|based| Arc::ptr_eq(based, world)) {
            return Vec::new();
        }
        let kinds: Vec<OfKind> =
            world.kinds().map(|(kind, count)| OfKind { kind: kind.clone(), count }).collect();
        let first = kinds.iter().find(|of| of.kind == Kind::HttpRoute).or(kinds.first());
        let kind = self.kind.clone().or_else(|| first.map(|of| of.kind.clone()));
        let mut jobs = vec![((Id::Objects, 0), self.kinds.set(kinds, around))];
        if let Some(kind) = kind {
            let job = match self.based.take() {
                Some(based) => {
                    let changes = based.difference(world);
                    let own = changes.into_iter().filter(|change| change.key().kind == kind);
                    let own: Vec<Change> = own.collect();
                    self.things.patch(|all| patch(all, &own), around)
                }
                None => self.things.set(world.list(&kind).map(Thing::of).collect(), around),
            };
            jobs.push(((Id::Objects, 1), job));
            if let Some(at) =
                (0..self.kinds.len()).find(|at| self.kinds.item(*at).is_some_and(|of| of.kind == kind))
            {
                self.kinds.step(at as isize - self.kinds.at() as isize);
            }
            self.kind = Some(kind);
        }
        self.based = Some(Arc::clone(world));
        jobs
    }

    /// The cells of an object behind its name, made once for each state of all objects.
    fn cells(&self, state: &State, object: &Object) -> Vec<String> {
        let mut cache = self.cache.borrow_mut();
        let world = &state.view.world;
        if cache.made.len() > KEPT || cache.of.as_ref().is_none_or(|of| !Arc::ptr_eq(of, world)) {
            *cache = Cells { of: Some(Arc::clone(world)), made: HashMap::new() };
        }
        if let Some(cells) = cache.made.get(&object.key) {
            return cells.clone();
        }
        let known = state.known();
        let text = object.value();
        let row = objects::Row { known: &known, object, text: &text };
        let cells: Vec<String> =
            objects::columns(&object.key.kind).iter().map(|column| (column.cell)(&row)).collect();
        cache.made.insert(object.key.clone(), cells.clone());
        cells
    }
}

/// Brings objects, which stand by namespace and name, to the next World.
fn patch(all: &mut Vec<Thing>, changes: &[Change]) {
    for change in changes {
        let key = change.key();
        let place = |thing: &Thing| {
            let own = &thing.object.key;
            (&own.namespace, &own.name).cmp(&(&key.namespace, &key.name))
        };
        match (all.binary_search_by(place), change) {
            (Ok(at), Change::Put(object)) => {
                if let Some(thing) = all.get_mut(at) {
                    *thing = Thing::of(object);
                }
            }
            (Ok(at), Change::Remove(_)) => drop(all.remove(at)),
            (Err(at), Change::Put(object)) => all.insert(at, Thing::of(object)),
            (Err(_), Change::Remove(_)) => {}
        }
    }
}

impl Same for OfKind {
    fn same(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Record for OfKind {
    const COLUMNS: &'static [Column] =
        &[Column::text("KIND", 12, 17, 255), Column::number("OBJECTS", 7, 255)];

    fn cells(&self, _: &State) -> Vec<Line> {
        vec![Line::plain(self.kind.name()), Line::dim(format::grouped(self.count as u64))]
    }

    fn haystack(&self) -> Cow<'_, str> {
        format!("{} {}", self.kind.name(), self.kind.plural()).to_lowercase().into()
    }

    fn key(&self, _: &View, column: usize) -> SortKey {
        match column {
            0 => SortKey::text(self.kind.name()),
            _ => SortKey::Number(self.count as f64),
        }
    }
}

impl Same for Thing {
    fn same(&self, other: &Self) -> bool {
        self.object.key == other.object.key
    }
}

/// Columns in front of those of `cutover get`: the sign and the name.
const FRONT: usize = 2;

/// Columns of a kind; behind them the traffic, where requests are counted.
static COLUMNS: LazyLock<HashMap<Kind, Vec<Column>>> =
    LazyLock::new(|| Kind::known().map(|kind| (kind.clone(), columns_of(&kind))).collect());

/// Columns of all kinds that cutover only reads.
static OTHERS: LazyLock<Vec<Column>> = LazyLock::new(|| columns_of(&Kind::Other("".into(), "".into())));

fn columns_of(kind: &Kind) -> Vec<Column> {
    let mut columns = vec![Column::text("", 1, 1, 255), Column::text("NAME", 14, 34, 255)];
    for (at, column) in objects::columns(kind).iter().enumerate() {
        let worth = if column.wide { 1 } else { 60_u8.saturating_sub(at as u8) };
        let number = matches!(
            column.head,
            "RULES" | "ROUTES" | "DATA" | "OBJECTS" | "REFERRED-BY" | "AGE" | "ANNOTATIONS"
        );
        columns.push(if number {
            Column::number(column.head, (column.head.len() as u16).max(5), worth)
        } else {
            Column::text(column.head, (column.head.len() as u16).max(8), 40, worth)
        });
    }
    if counted(kind) {
        columns.extend([Column::number("REQ/S", 6, 90), Column::number("5XX %", 5, 80)]);
    }
    columns
}

/// Whether requests are counted for objects of a kind.
fn counted(kind: &Kind) -> bool {
    matches!(kind, Kind::Gateway | Kind::HttpRoute | Kind::Service)
}

impl Thing {
    fn traffic(&self, known: &Known<'_>) -> Option<Measures> {
        counted(&self.object.key.kind).then(|| topology::traffic(known, &self.object.key))
    }
}

impl Record for Thing {
    const COLUMNS: &'static [Column] = &[];

    fn columns(all: &[Self]) -> &'static [Column] {
        let kind = all.first().map(|thing| &thing.object.key.kind);
        kind.and_then(|kind| COLUMNS.get(kind)).unwrap_or(&OTHERS)
    }

    fn cells(&self, state: &State) -> Vec<Line> {
        let key = &self.object.key;
        let known = state.known();
        let mark = known.mark(key);
        let name = if key.kind.namespaced() { key.path() } else { key.name.to_string() };
        let note = notes(&self.object);
        let name = match note.as_str() {
            "" => Line::plain(name),
            note => Line::plain(name).and(Tone::Dim, format!(" {note}")),
        };
        let mut cells = vec![Line::of(mark.health.tone(), mark.health.sign()), name];
        cells.extend(state.screens.objects.cells(state, &self.object).into_iter().map(|cell| {
            let dim = matches!(cell.as_str(), "–" | "?" | "0");
            if dim { Line::dim(cell) } else { Line::plain(cell) }
        }));
        if let Some(measures) = self.traffic(&known) {
            let [rate, errors, _] = traffic(&measures, state.stale().is_some());
            cells.extend([rate, errors]);
        }
        cells
    }

    fn haystack(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.haystack)
    }

    fn namespace(&self) -> Option<&str> {
        self.object.key.kind.namespaced().then_some(&*self.object.key.namespace)
    }

    fn health(&self, view: &View) -> Option<Health> {
        let known = Known::of(view, jiff::Timestamp::UNIX_EPOCH);
        Some(known.mark(&self.object.key).health)
    }

    fn key(&self, view: &View, column: usize) -> SortKey {
        let known = Known::of(view, jiff::Timestamp::UNIX_EPOCH);
        let columns = objects::columns(&self.object.key.kind);
        match column {
            0 => SortKey::Number(f64::from(known.mark(&self.object.key).health as u8)),
            1 => SortKey::text(&self.object.key.path()),
            _ => match columns.get(column - FRONT) {
                // The age as it is shown has no order: `2m` and `10d`.
                Some(column) if column.head == "AGE" => self
                    .object
                    .meta
                    .created
                    .map_or(SortKey::Missing, |created| SortKey::Number(-(created.as_second() as f64))),
                Some(column) => {
                    let text = self.object.value();
                    let cell =
                        (column.cell)(&objects::Row { known: &known, object: &self.object, text: &text });
                    match cell.as_str() {
                        "–" | "?" | "" => SortKey::Missing,
                        cell => cell.parse().map_or_else(|_| SortKey::text(cell), SortKey::Number),
                    }
                }
                None => self.traffic(&known).map_or(SortKey::Missing, |measures| {
                    table::traffic_key(&measures, column - FRONT - columns.len())
                }),
            },
        }
    }
}

fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, screen: &Objects) {
    let left = Rect { width: KINDS, ..area };
    let right = Rect { x: area.x + KINDS + 1, width: area.width.saturating_sub(KINDS + 1), ..area };
    canvas.upright(area.x + KINDS, area.y, area.bottom());
    strip(canvas, paint::top(left, 1), state, &screen.kinds, ("kind", "kinds"), !screen.inside);
    let look = |focused: bool| Look { focused, heads: true };
    table::draw(canvas, paint::below(left, 1), &screen.kinds, look(!screen.inside), state);
    let plural = screen.kind.as_ref().map(Kind::plural).unwrap_or_default();
    let one = screen.kind.as_ref().map_or("object", |kind| kind.name());
    strip(canvas, paint::top(right, 1), state, &screen.things, (one, &plural), screen.inside);
    table::draw(canvas, paint::below(right, 1), &screen.things, look(screen.inside), state);
    empty(canvas, paint::below(right, 1), state, &screen.things, "no object of this kind");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::{app::Message, fixture, keymap::Chord};

    fn press(state: &mut State, keys: &str) {
        for key in keys.split_ascii_whitespace() {
            state.update(Message::Key(Chord::parse(key).unwrap().event()));
        }
    }

    fn names(state: &State) -> Vec<String> {
        let list = &state.screens.objects.things;
        (0..list.len()).filter_map(|at| list.item(at)).map(|thing| thing.object.key.path()).collect()
    }

    #[test]
    fn every_kind_can_be_reached_and_its_objects_described() {
        let view = Arc::new(fixture::bookshop());
        let mut state =
            State::new(Arc::clone(&view), fixture::state().theme, fixture::clock(), jiff::tz::TimeZone::UTC);
        press(&mut state, "9");
        assert_eq!(state.screens.objects.kinds.len(), view.world.kinds().count());
        for (kind, count) in view.world.kinds() {
            show(&mut state, &[kind.plural()]).unwrap();
            assert_eq!(names(&state).len(), count, "{kind}");
            let columns = Thing::columns(state.screens.objects.things.all());
            let cells = state.screens.objects.things.item(0).unwrap().cells(&state);
            assert_eq!(columns.len(), cells.len(), "{kind}: a cell for each column");
            press(&mut state, "enter");
            let page = state.page_seen().unwrap();
            assert_eq!(page.about.key().map(|key| key.kind), Some(kind.clone()));
            press(&mut state, "esc");
        }
        assert!(show(&mut state, &["pods".to_owned()]).unwrap_err().contains("`pods`"));
    }

    #[test]
    fn short_names_are_kinds() {
        let mut state = fixture::state();
        for (typed, kind) in [
            ("svc", Kind::Service),
            ("secrets", Kind::Secret),
            ("ns", Kind::Namespace),
            ("gtw", Kind::Gateway),
        ] {
            show(&mut state, &[typed.to_owned()]).unwrap();
            assert_eq!(state.screens.objects.kind, Some(kind), "{typed}");
        }
    }

    #[test]
    fn objects_follow_the_world_and_the_selection_its_object() {
        let mut state = fixture::state();
        show(&mut state, &["svc".to_owned()]).unwrap();
        press(&mut state, "j j");
        let selected = state.selected_object().unwrap();
        let object = state.view.world.get(&selected).unwrap();
        let new = Key::new(Kind::Service, "aaa", "first");
        let changes = [
            Change::Put(Arc::new(Object { key: new.clone(), ..(**object).clone() })),
            Change::Remove(Key::new(Kind::Service, "shop", "beta")),
        ];
        let mut view = (*state.view).clone();
        view.world = Arc::new(view.world.apply(&changes));
        state.update(Message::View(Arc::new(view)));
        let fresh: Vec<String> =
            state.view.world.list(&Kind::Service).map(|object| object.key.path()).collect();
        assert_eq!(names(&state), fresh);
        assert_eq!(
            state.selected_object(),
            Some(selected),
            "two lines moved, and the selection with its object"
        );
    }
}
