//! Finding in lists: filters, what is broken, order, columns, namespaces.

use std::{collections::BTreeMap, sync::Arc};

use super::{Choice, Effect, Menu, State};
use crate::{
    config,
    tui::{
        action::{self, Action, Arg, ArgKind, Group, Place, Row},
        command::Past,
        facts::Tone,
        selection::{Lines, Sort},
        widget::table::Column,
    },
};

/// What finds.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("filter", &["/"], "show only rows with this: text, /regex/, !not, -l label=value, -f fuzzy", Group::Finding, Place::list, filter).hint("filter").takes(FILTER).off(no_list),
    Row::new("broken", &["f"], "show only what is not as it should be, or all", Group::Finding, Place::list, broken).hint("broken").saying(broken_word).off(no_list),
    Row::new("sort-next", &["o"], "order by the next column", Group::Finding, Place::list, sort_next).off(no_order),
    Row::new("sort-flip", &["O"], "turn the order round", Group::Finding, Place::list, sort_flip).off(no_order),
    Row::new("sort", &[], "order by a column; without one as it came", Group::Finding, Place::list, sort).takes(SORT).off(no_order),
    // The letters of k9s, where they are free: its Shift-P (namespace) is the name here, and M, T and D read.
    Row::new("sort-name", &["N"], "order by name; again turns it round", Group::Finding, Place::list, |state, _| sort_by(state, NAMES)).off(|state| no_column(state, NAMES)),
    Row::new("sort-age", &["A"], "order by age or time", Group::Finding, Place::list, |state, _| sort_by(state, AGES)).off(|state| no_column(state, AGES)),
    Row::new("sort-status", &["S"], "order by how it is: the worst first", Group::Finding, Place::list, |state, _| sort_by(state, STATUSES)).off(|state| no_column(state, STATUSES)),
    Row::new("sort-rate", &["R"], "order by requests a second", Group::Finding, Place::list, |state, _| sort_by(state, RATES)).off(|state| no_column(state, RATES)),
    Row::new("wide", &["W", "ctrl-w"], "more columns, or fewer", Group::Finding, Place::list, wide).off(no_wide),
    Row::new("columns", &[], "choose the columns", Group::Finding, Place::list, columns).takes(COLUMN).off(no_list),
    Row::new("ns", &[], "only one namespace, or all", Group::Finding, Place::free, namespace).takes(NAMESPACE),
    Row::new("favourite", &["alt-0", "alt-1", "alt-2", "alt-3", "alt-4", "alt-5", "alt-6", "alt-7", "alt-8", "alt-9"], "all namespaces, or a favourite", Group::Finding, Place::free, favourite).takes(FAVOURITE).digits(),
];

/// Filters that are remembered.
const FILTERS: usize = 100;

/// What the column is called that a letter orders by: the first that is there.
const NAMES: &[&str] = &["name", "route", "subject", "listener", "service", "path", "kind", "from"];
const AGES: &[&str] = &["age", "time"];
const STATUSES: &[&str] = &["health", "st", "level"];
const RATES: &[&str] = &["req/s"];

const FILTER: &[Arg] = &[Arg::optional("FILTER", ArgKind::Text)];
const SORT: &[Arg] =
    &[Arg::optional("COLUMN", ArgKind::Column), Arg::optional("ORDER", ArgKind::OneOf(&["asc", "desc"]))];
const COLUMN: &[Arg] = &[Arg::optional("COLUMN", ArgKind::Column)];
const NAMESPACE: &[Arg] = &[Arg::optional("NAMESPACE", ArgKind::Namespace)];
const FAVOURITE: &[Arg] = &[Arg::needed("NUMBER", ArgKind::Number)];

fn no_list(state: &State) -> Option<String> {
    state.lines().is_none().then(|| "there is no list here".to_owned())
}

fn no_order(state: &State) -> Option<String> {
    match state.lines() {
        None => no_list(state),
        Some(lines) => (!lines.sorts()).then(|| "a tree has its own order".to_owned()),
    }
}

fn no_wide(state: &State) -> Option<String> {
    match state.lines() {
        None => no_list(state),
        Some(lines) => {
            let more = lines.columns().iter().any(|column| column.wide);
            (!more).then(|| "this table has no more columns".to_owned())
        }
    }
}

fn filter(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    match args {
        [] => {
            if let Some(filter) = state.filter_mut() {
                filter.editing = true;
            }
            Ok(Vec::new())
        }
        words => state.filter_by(&words.join(" ")),
    }
}

fn broken(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    if let Some(filter) = state.filter_mut() {
        filter.broken = !filter.broken;
        state.refilter();
    }
    Ok(Vec::new())
}

fn broken_word(state: &State) -> String {
    let on = state.filter().is_some_and(|filter| filter.broken);
    if on { "all" } else { "broken" }.to_owned()
}

fn sort_next(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    state.order(|lines| {
        let shown = lines.shape().of(lines.columns());
        let next = match lines.sort() {
            None => shown.first(),
            // Behind the last is the order in which rows came.
            Some(now) => shown.iter().position(|at| *at == now.column).and_then(|at| shown.get(at + 1)),
        };
        next.map(|column| Sort { column: *column, down: downward(lines, *column) })
    });
    Ok(Vec::new())
}

fn column_of(lines: &dyn Lines, called: &[&str]) -> Option<usize> {
    called.iter().find_map(|name| lines.columns().iter().position(|column| column.name() == *name))
}

fn no_column(state: &State, called: &[&str]) -> Option<String> {
    no_order(state).or_else(|| {
        let there = state.lines().is_some_and(|lines| column_of(lines, called).is_some());
        (!there).then(|| format!("this table has no column {}", called.first().unwrap_or(&"")))
    })
}

fn sort_by(state: &mut State, called: &[&str]) -> Result<Vec<Effect>, String> {
    state.order(|lines| {
        let column = column_of(lines, called)?;
        let down = match lines.sort().filter(|now| now.column == column) {
            Some(now) => !now.down,
            None => downward(lines, column),
        };
        Some(Sort { column, down })
    });
    Ok(Vec::new())
}

fn sort_flip(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    if state.lines().is_some_and(|lines| lines.sort().is_none()) {
        return sort_next(state, args);
    }
    state.order(|lines| lines.sort().map(|sort| Sort { down: !sort.down, ..sort }));
    Ok(Vec::new())
}

fn sort(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    let Some(name) = args.first() else {
        state.order(|_| None);
        return Ok(Vec::new());
    };
    let lines = state.lines().ok_or("there is no list here")?;
    let column = column(lines, name)?;
    let down = match args.get(1).map(String::as_str) {
        None => downward(lines, column),
        Some("asc" | "up") => false,
        Some("desc" | "down") => true,
        Some(other) => return Err(format!("`{other}` is no order: asc or desc")),
    };
    state.order(|_| Some(Sort { column, down }));
    Ok(Vec::new())
}

/// Of numbers the greatest is looked for.
fn downward(lines: &dyn Lines, column: usize) -> bool {
    lines.columns().get(column).is_some_and(|column| column.right)
}

/// A column by its name, or by how it begins where only one does.
pub fn column(lines: &dyn Lines, name: &str) -> Result<usize, String> {
    let names: Vec<String> = lines.columns().iter().map(Column::name).collect();
    let lower = name.to_lowercase();
    let begins: Vec<usize> =
        (0..names.len()).filter(|at| names.get(*at).is_some_and(|n| n.starts_with(&lower))).collect();
    match (names.iter().position(|name| *name == lower), &begins[..]) {
        (Some(at), _) => Ok(at),
        (None, [at]) => Ok(*at),
        _ => Err(format!("there is no column `{name}`; there are {}", names.join(", "))),
    }
}

fn wide(state: &mut State, _: &[String]) -> Result<Vec<Effect>, String> {
    if let Some(lines) = state.lines_mut() {
        let shape = lines.shape_mut();
        shape.wide = !shape.wide;
        shape.chosen = None;
    }
    Ok(Vec::new())
}

/// With a name that column comes or goes; without, all are shown to choose from, and again after each choice.
fn columns(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    let lines = state.lines_mut().ok_or("there is no list here")?;
    let all = lines.columns();
    let mut at = 0;
    if let Some(name) = args.first() {
        at = column(lines, name)?;
        let mut chosen = lines.shape().of(all);
        match chosen.iter().position(|shown| *shown == at) {
            Some(_) if chosen.len() == 1 => return Err("one column stays".to_owned()),
            Some(place) => drop(chosen.remove(place)),
            // It comes back to where it stands in the table.
            None => chosen.insert(chosen.iter().position(|shown| *shown > at).unwrap_or(chosen.len()), at),
        }
        lines.shape_mut().chosen = Some(chosen);
    }
    let shown = lines.shape().of(all);
    let items = all.iter().enumerate().map(|(at, column)| Choice {
        key: None,
        label: format!("{} {}", if shown.contains(&at) { "●" } else { "○" }, column.name()),
        detail: column.head.to_owned(),
        off: None,
        action: named("columns"),
        args: vec![column.name()],
    });
    let menu = Menu { title: "Columns".to_owned(), items: items.collect(), at, moved: None, left: None };
    state.menu(menu);
    Ok(Vec::new())
}

fn named(name: &str) -> Action {
    action::named(name).unwrap_or(&ACTIONS[0])
}

fn namespace(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    match args.first().map(String::as_str) {
        None => {
            state.choose_namespace();
            Ok(Vec::new())
        }
        Some("all" | "*") => Ok(state.keep_to(None)),
        Some(name) => {
            let known = state.namespaces();
            if !known.contains_key(name) {
                let near = config::nearest(name, known.keys().map(|name| &**name));
                let near = near.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
                return Err(format!("no object is in a namespace `{name}`{near}"));
            }
            Ok(state.keep_to(Some(name.into())))
        }
    }
}

fn favourite(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    let number = args.first().and_then(|digit| digit.parse::<usize>().ok());
    let number = number.ok_or("which one: 0 to 9; 0 is all")?;
    let Some(at) = number.checked_sub(1) else { return Ok(state.keep_to(None)) };
    let favourites = state.favourites();
    let name = favourites.get(at).cloned().ok_or_else(|| format!("there is no favourite {number}"))?;
    Ok(state.keep_to(Some(name)))
}

impl State {
    /// Filters the list that has the keys.
    pub fn filter_by(&mut self, text: &str) -> Result<Vec<Effect>, String> {
        let filter = self.filter_mut().ok_or("there is no list here")?;
        filter.set(text);
        filter.editing = false;
        let wrong = filter.wrong().map(ToString::to_string);
        self.refilter();
        self.remember_filter(text);
        wrong.map_or(Ok(Vec::new()), Err)
    }

    /// Keeps a filter for this session.
    pub(super) fn remember_filter(&mut self, text: &str) {
        self.recalled = None;
        if !text.trim().is_empty() {
            Past::keep(&mut self.filtered_before, text, FILTERS);
        }
    }

    /// Puts a filter of before in the place of what is typed.
    pub(super) fn recall_filter(&mut self, older: bool) {
        let Some(now) = self.filter().map(|filter| filter.text().to_owned()) else { return };
        let line = Past::step(&mut self.recalled, &now, &self.filtered_before, older);
        if let (Some(line), Some(filter)) = (line, self.filter_mut()) {
            filter.set(&line);
            self.refilter();
        }
    }

    /// Orders the list that has the keys.
    fn order(&mut self, by: impl FnOnce(&dyn Lines) -> Option<Sort>) {
        if let Some(lines) = self.lines_mut() {
            let sort = by(lines);
            lines.set_sort(sort);
            self.refilter();
        }
    }

    /// Namespaces that objects are in, each with how many. Counted once for each World.
    pub fn namespaces(&self) -> Arc<BTreeMap<Arc<str>, usize>> {
        let world = &self.view.world;
        if let Some((of, counted)) = &*self.counted.borrow()
            && Arc::ptr_eq(of, world)
        {
            return Arc::clone(counted);
        }
        let counted = Arc::new(self.count_namespaces());
        *self.counted.borrow_mut() = Some((Arc::clone(world), Arc::clone(&counted)));
        counted
    }

    fn count_namespaces(&self) -> BTreeMap<Arc<str>, usize> {
        let world = &self.view.world;
        let mut all = BTreeMap::new();
        let mut put = |namespace: &Arc<str>, count: usize| {
            if !namespace.is_empty() {
                *all.entry(Arc::clone(namespace)).or_default() += count;
            }
        };
        for (kind, _) in world.kinds() {
            // Those of one namespace stand together.
            let mut run: Option<(&Arc<str>, usize)> = None;
            for (namespace, _) in world.names(kind) {
                match &mut run {
                    Some((of, count)) if **of == *namespace => *count += 1,
                    _ => {
                        if let Some((of, count)) = run.replace((namespace, 1)) {
                            put(of, count);
                        }
                    }
                }
            }
            if let Some((of, count)) = run {
                put(of, count);
            }
        }
        all
    }

    /// The namespaces that number keys choose: those of the config, else the first by name.
    pub fn favourites(&self) -> Vec<Arc<str>> {
        let chosen = &self.own.config.favourites;
        if chosen.is_empty() {
            return self.namespaces().keys().take(9).cloned().collect();
        }
        chosen.iter().map(|name| name.value.as_str().into()).collect()
    }

    /// Keeps all lists to one namespace, or to none.
    pub fn keep_to(&mut self, namespace: Option<Arc<str>>) -> Vec<Effect> {
        let told =
            namespace.as_deref().map_or("all namespaces".to_owned(), |name| format!("namespace {name}"));
        self.namespace = namespace;
        self.rearrange();
        self.note(Tone::Dim, told);
        Vec::new()
    }

    fn choose_namespace(&mut self) {
        let favourites = self.favourites();
        let number = |name: &str| favourites.iter().position(|favourite| **favourite == *name);
        let all = self.namespaces();
        let total: usize = all.values().sum();
        let item = |label: String, count: usize, key: Option<usize>| Choice {
            key: key.and_then(|at| char::from_digit(at as u32, 10)),
            detail: format!("{count} objects"),
            off: None,
            action: named("ns"),
            args: vec![label.clone()],
            label,
        };
        let mut items = vec![item("all".to_owned(), total, Some(0))];
        items.extend(
            all.iter().map(|(name, count)| item(name.to_string(), *count, number(name).map(|at| at + 1))),
        );
        let now = self.namespace.as_deref().unwrap_or("all");
        let at = items.iter().position(|item| item.label == now).unwrap_or(0);
        self.menu(Menu { title: "Namespace".to_owned(), items, at, moved: None, left: None });
    }
}
