//! One list, and what is made of its items.

use std::{
    collections::{HashMap, hash_map::Entry},
    io::Read,
    path::Path,
    sync::Arc,
};

use serde::{Deserialize, de::IgnoredAny};

use super::{
    super::{
        Loaded,
        input::{text, unreadable},
        object::{Maker, Spot, duplicate},
        read,
    },
    begin::{Begin, begin},
    head::Head,
    spread::{Batch, End, Item, spread},
};
use crate::{
    resource::{Key, Object, Problem, Selector},
    source::yaml::{Budget, Child, Data, Document, Reader},
};

/// What an item without a kind is, in a list that does not say so before its items.
const USUAL: (&str, &str) = ("networking.k8s.io/v1", "Ingress");

/// A list whose beginning was read.
pub(super) struct List {
    name: Arc<Path>,
    from: Box<dyn Read>,
    /// What was read of it; the items begin at `items`.
    held: Vec<u8>,
    items: usize,
    /// Version and kind of items that have none.
    given: (String, String),
}

/// What stands behind the items.
#[derive(Deserialize)]
struct Rest {
    #[serde(default)]
    kind: Option<String>,
    #[serde(rename = "items")]
    _items: IgnoredAny,
}

/// What a thread has.
struct Worker<S> {
    state: S,
    maker: Maker,
}

impl List {
    /// A list by its beginning.
    ///
    /// # Errors
    /// The reader and what was read, when it is no list.
    pub(super) fn begun(name: &Path, held: Vec<u8>, from: Box<dyn Read>) -> Result<Self, Box<dyn Read>> {
        let Begin::List { items, version, kind } = begin(&held) else { return Err(from) };
        let single =
            kind.as_deref().and_then(|kind| kind.strip_suffix("List")).filter(|kind| !kind.is_empty());
        let given = match (version, single) {
            (Some(version), Some(single)) => (version, single.to_owned()),
            (Some(_) | None, Some(_) | None) => (USUAL.0.to_owned(), USUAL.1.to_owned()),
        };
        Ok(Self { name: name.into(), from, held, items, given })
    }

    /// The same with another reader of what follows.
    pub(super) fn going_on(self, from: Box<dyn Read>) -> Self {
        Self { from, ..self }
    }

    /// Gives the head of each object to `take`.
    pub(super) fn heads<S: Send>(
        self,
        selector: Option<&Selector>,
        make: impl Fn() -> S + Sync,
        take: impl Fn(&mut S, &Head<'_>) + Sync,
        problems: &mut Vec<Problem>,
    ) -> Vec<S> {
        let work = |worker: &mut Worker<S>, item: Item<'_>, batch: &Batch, given: (&str, &str)| {
            // Labels are read the slower way only.
            let quick = if selector.is_none() { Head::quick(item.text, given) } else { None };
            if let Some(head) = quick {
                return take(&mut worker.state, &head);
            }
            let state = &mut worker.state;
            whole(&mut worker.maker, batch, item, given, |object, document, spot| {
                if selector.is_none_or(|selector| selector.matches(&object)) {
                    take(state, &Head::of(&object, &document.tree, spot.node));
                }
            });
        };
        self.each(make, work, problems)
    }

    /// Makes objects of all items.
    pub(super) fn objects(self, loaded: &mut Loaded) {
        let work = |worker: &mut Worker<Vec<(u32, Arc<Object>)>>,
                    item: Item<'_>,
                    batch: &Batch,
                    given: (&str, &str)| {
            let state = &mut worker.state;
            whole(&mut worker.maker, batch, item, given, |object, _, _| {
                state.push((item.number, Arc::new(object)));
            });
        };
        let parts = self.each(Vec::new, work, &mut loaded.problems);
        let mut all: Vec<_> = parts.into_iter().flatten().collect();
        all.sort_by_key(|(number, _)| *number);
        let mut last: HashMap<Key, usize> = HashMap::with_capacity(all.len());
        loaded.files += 1;
        for (_, object) in all {
            let next = loaded.objects.len();
            match last.entry(object.key.clone()) {
                Entry::Vacant(free) => {
                    free.insert(next);
                    loaded.objects.push(object);
                }
                Entry::Occupied(before) => {
                    if let Some(place) = loaded.objects.get_mut(*before.get()) {
                        loaded.problems.push(duplicate(place, &object));
                        *place = object;
                    }
                }
            }
        }
    }

    /// Every item, on all cores. Problems of the list come last.
    fn each<S: Send>(
        mut self,
        make: impl Fn() -> S + Sync,
        work: impl Fn(&mut Worker<S>, Item<'_>, &Batch, (&str, &str)) + Sync,
        problems: &mut Vec<Problem>,
    ) -> Vec<S> {
        let line =
            1 + memchr::memchr_iter(b'\n', self.held.get(..self.items).unwrap_or_default()).count() as u32;
        let held = self.held.split_off(self.items);
        let given = (&*self.given.0, &*self.given.1);
        let name = &self.name;
        let (workers, end) = spread(
            self.from,
            held,
            (self.items, line),
            || Worker { state: make(), maker: Maker::new(Arc::clone(name)) },
            |worker, batch| batch.items().for_each(|item| work(worker, item, batch, given)),
        );
        let mut told: Vec<Problem> = Vec::new();
        let states = workers.into_iter().map(|worker| {
            told.extend(worker.maker.problems);
            worker.state
        });
        let states = states.collect();
        told.sort_by_key(|problem| problem.line);
        problems.extend(told);
        problems.extend(wrong_end(&self.name, end));
        states
    }
}

/// What is wrong with the end of a list.
fn wrong_end(name: &Path, end: End) -> Option<Problem> {
    let problem = |code, message: String, line, fix: &str| {
        let mut problem = Problem::error(code, message).fix(fix);
        problem.file = Some(name.to_path_buf());
        problem.line = line;
        problem
    };
    match end {
        End::Failed(error) => Some(unreadable(name, &error)),
        End::Broken { message, line } => Some(problem(
            "json-syntax",
            message,
            Some(line),
            "give the whole list; what came before is counted",
        )),
        End::Rest(rest) => {
            let mut text = b"{\"items\":[]".to_vec();
            text.extend_from_slice(&rest);
            match serde_json::from_slice::<Rest>(&text) {
                Ok(Rest { kind: Some(kind), .. }) if !kind.ends_with("List") => {
                    let message = format!("the text has `items` and is no list: its kind is `{kind}`");
                    Some(problem("no-kind", message, None, "give what `kubectl get -o json` prints"))
                }
                Ok(Rest { .. }) => None,
                Err(error) => Some(problem(
                    "json-syntax",
                    format!("behind the list's items: {error}"),
                    None,
                    "end the file with the list; give another list with a `-f` of its own",
                )),
            }
        }
    }
}

/// An item read as every manifest is, with everything that is wrong told. Lists in it are opened.
fn whole(
    maker: &mut Maker,
    batch: &Batch,
    item: Item<'_>,
    given: (&str, &str),
    mut take: impl FnMut(Object, &Document<'_>, Spot<'_>),
) {
    let (base, line) = batch.place(item);
    let text = match text(item.text, &Arc::clone(&maker.file)) {
        Ok(text) => text,
        Err(problem) => return maker.tell(problem, line),
    };
    for next in Reader::new(text, base, line) {
        match next {
            Ok(document) => {
                let mut budget = Budget::new(text.len(), document.tree.nodes.len());
                let Some(root) = document.root else { continue };
                let spot = Spot { node: root, item: Some(item.number), given: Some(given) };
                open(maker, &document, spot, &mut budget, &mut take);
            }
            Err(fault) => maker.tell(read::told(&fault, text), fault.line),
        }
    }
}

/// The objects of a node: itself, or those of the list that it is. The depth is that of the text, which is limited.
pub(super) fn open(
    maker: &mut Maker,
    document: &Document<'_>,
    spot: Spot<'_>,
    budget: &mut Budget,
    take: &mut impl FnMut(Object, &Document<'_>, Spot<'_>),
) {
    let node = document.tree.node(spot.node);
    match node.map(|node| &node.data) {
        Some(Data::Mapping(_)) => match read::items_of(document, spot.node) {
            Some((items, given)) => {
                for (number, item) in items.iter().enumerate() {
                    let inner: Child = *item;
                    let spot = Spot { node: inner, item: Some(number as u32), given: given.or(spot.given) };
                    open(maker, document, spot, budget, take);
                }
            }
            None => {
                if let Some(object) = maker.object(document, spot, budget) {
                    take(object, document, spot);
                }
            }
        },
        Some(Data::Null) | None => {}
        Some(Data::Bool(_) | Data::Number(_) | Data::Text(_) | Data::Sequence(_)) => {
            let (what, line) = node.map_or(("nothing", document.line), |node| (node.what(), node.place.line));
            let number = spot.item.unwrap_or(0);
            let message = format!("item {number} of this list is {what}, not an object");
            maker.tell(Problem::error("no-kind", message), line);
        }
    }
}
