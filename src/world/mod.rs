//! The World: an immutable snapshot of every object we know, with the index of who refers to whom.
//!
//! A change makes a new World in O(log n) that shares all that did not change. No clock, no I/O.

mod assume;
mod census;
mod few;
mod references;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use imbl::{OrdMap, OrdSet, ordmap::DiffItem};

pub use assume::assume;
pub use references::{Reference, references};

use crate::resource::{Key, Kind, Object};
use census::Census;
use few::Few;
use references::{Ask, links};

/// Namespace and name within one kind.
type NsName = (Arc<str>, Arc<str>);

/// A snapshot of all objects. Cloning is cheap.
#[derive(Clone, Debug, Default)]
pub struct World {
    kinds: OrdMap<Kind, OrdMap<NsName, Arc<Object>>>,
    /// Target of a reference ▸ who holds it and what is asked of it.
    referrers: OrdMap<Key, Referrers>,
    census: Census,
    /// Assumed objects of which something else is asked than when they were put.
    loose: OrdSet<Key>,
}

/// Who refers to one object.
#[derive(Clone, Debug, Default, PartialEq)]
struct Referrers {
    by: Few<Key, ()>,
    /// What is asked of the object, and by how many.
    asks: Few<Ask, u32>,
}

/// One object that came, changed or went.
#[derive(Clone, Debug)]
pub enum Change {
    /// The object is new or has a new text.
    Put(Arc<Object>),
    /// The object is gone.
    Remove(Key),
}

impl Change {
    /// The object that changed.
    pub fn key(&self) -> &Key {
        match self {
            Self::Put(object) => &object.key,
            Self::Remove(key) => key,
        }
    }
}

impl World {
    /// A World of these objects; of two with one key the last counts.
    pub fn of(objects: impl IntoIterator<Item = Arc<Object>>) -> Self {
        let mut world = Self::default();
        for object in objects {
            world.put(object);
        }
        world
    }

    /// The next World.
    #[must_use]
    pub fn apply(&self, changes: &[Change]) -> Self {
        let mut next = self.clone();
        for change in changes {
            match change {
                Change::Put(object) => next.put(Arc::clone(object)),
                Change::Remove(key) => next.remove(key),
            }
        }
        next
    }

    /// What turns `self` into `next`, by kind, namespace and name; shared parts are skipped without a look inside.
    pub fn difference(&self, next: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (kind, old) in &self.kinds {
            let Some(new) = next.kinds.get(kind) else {
                changes.extend(old.values().map(|object| Change::Remove(object.key.clone())));
                continue;
            };
            changes.extend(old.diff(new).map(|item| match item {
                DiffItem::Add(_, object) | DiffItem::Update { new: (_, object), .. } => {
                    Change::Put(Arc::clone(object))
                }
                DiffItem::Remove(_, object) => Change::Remove(object.key.clone()),
            }));
        }
        for (_, new) in next.kinds.iter().filter(|(kind, _)| !self.kinds.contains_key(*kind)) {
            changes.extend(new.values().cloned().map(Change::Put));
        }
        changes
    }

    fn put(&mut self, object: Arc<Object>) {
        let key = object.key.clone();
        let of_kind = self.kinds.entry(key.kind.clone()).or_default();
        let old = of_kind.insert((Arc::clone(&key.namespace), Arc::clone(&key.name)), Arc::clone(&object));
        self.relink(&key, old.as_deref(), Some(&object));
        self.loose.remove(&key);
    }

    fn remove(&mut self, key: &Key) {
        let Some(of_kind) = self.kinds.get_mut(&key.kind) else { return };
        let old = of_kind.remove(&(Arc::clone(&key.namespace), Arc::clone(&key.name)));
        if of_kind.is_empty() {
            self.kinds.remove(&key.kind);
        }
        self.relink(key, old.as_deref(), None);
        self.loose.remove(key);
    }

    /// Brings the indexes from one state of an object to the next. What both refer to is not touched.
    fn relink(&mut self, key: &Key, old: Option<&Object>, new: Option<&Object>) {
        self.census.recount(old, new);
        let sorted = |object: Option<&Object>| {
            let mut links: Vec<(Key, Option<Ask>)> =
                object.map(links).unwrap_or_default().into_iter().map(|link| (link.to, link.ask)).collect();
            links.sort_unstable();
            links.dedup();
            links
        };
        let (old, new) = (sorted(old), sorted(new));
        if old == new {
            return;
        }
        let lost = old.iter().filter(|link| new.binary_search(link).is_err());
        let gained = new.iter().filter(|link| old.binary_search(link).is_err());
        for (to, ask) in lost {
            self.forget(key, to, ask.as_ref(), new.iter().any(|(kept, _)| kept == to));
        }
        for (to, ask) in gained {
            let referrers = self.referrers.entry(to.clone()).or_default();
            referrers.by.entry(key, ());
            let Some(ask) = ask else { continue };
            let count = referrers.asks.entry(ask, 0);
            *count += 1;
            if *count == 1 {
                self.loosen(to);
            }
        }
    }

    /// Takes out one reference; `still` says that the referrer keeps another to the same object.
    fn forget(&mut self, from: &Key, to: &Key, ask: Option<&Ask>, still: bool) {
        let Some(referrers) = self.referrers.get_mut(to) else { return };
        if !still {
            referrers.by.remove(from);
        }
        let last = ask.is_some_and(|ask| match referrers.asks.get_mut(ask) {
            Some(count) if *count > 1 => {
                *count -= 1;
                false
            }
            _ => referrers.asks.remove(ask).is_some(),
        });
        if referrers.by.is_empty() {
            self.referrers.remove(to);
        }
        if last {
            self.loosen(to);
        }
    }

    /// Notes that an assumed object, or the assumed namespace it is in, may not be what is needed any more.
    fn loosen(&mut self, key: &Key) {
        let is_assumed = |key: &Key| self.get(key).is_some_and(|object| object.assumed);
        let namespace = Key::new(Kind::Namespace, "", Arc::clone(&key.namespace));
        let idle = is_assumed(&namespace) && !assume::is_used(self, &key.namespace);
        if is_assumed(key) {
            self.loose.insert(key.clone());
        }
        if idle {
            self.loose.insert(namespace);
        }
    }

    /// The object with this key.
    pub fn get(&self, key: &Key) -> Option<&Arc<Object>> {
        self.kinds.get(&key.kind)?.get(&(Arc::clone(&key.namespace), Arc::clone(&key.name)))
    }

    /// All objects of a kind, by namespace and name.
    pub fn list(&self, kind: &Kind) -> impl Iterator<Item = &Arc<Object>> {
        self.kinds.get(kind).into_iter().flat_map(|objects| objects.values())
    }

    /// Namespaces and names of all objects of a kind, in order; cheaper than [`Self::list`] where that is enough.
    pub fn names(&self, kind: &Kind) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        let objects = self.kinds.get(kind).into_iter();
        objects.flat_map(|objects| objects.keys().map(|(namespace, name)| (namespace, name)))
    }

    /// Objects of a kind in one namespace, by name.
    pub fn list_in<'a>(&'a self, kind: &Kind, namespace: &str) -> impl Iterator<Item = &'a Arc<Object>> {
        let from: NsName = (namespace.into(), "".into());
        let namespace = Arc::clone(&from.0);
        self.kinds
            .get(kind)
            .into_iter()
            .flat_map(move |objects| objects.range(from.clone()..))
            .map(|(_, object)| object)
            .take_while(move |object| object.key.namespace == namespace)
    }

    /// The kinds that have objects, with their number.
    pub fn kinds(&self) -> impl Iterator<Item = (&Kind, usize)> {
        self.kinds.iter().map(|(kind, objects)| (kind, objects.len()))
    }

    /// Number of objects.
    pub fn len(&self) -> usize {
        self.kinds.values().map(OrdMap::len).sum()
    }

    /// Whether there is no object at all.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Who refers to an object, whether it exists or not; by kind, namespace and name.
    pub fn referrers(&self, key: &Key) -> impl Iterator<Item = &Key> {
        self.referrers.get(key).into_iter().flat_map(|referrers| referrers.by.keys())
    }

    /// What is referred to of a kind in one namespace, whether it exists or not; by name.
    pub fn targets_in<'a>(&'a self, kind: &Kind, namespace: &str) -> impl Iterator<Item = &'a Key> {
        let from = Key::new(kind.clone(), namespace, "");
        let (kind, namespace) = (kind.clone(), Arc::clone(&from.namespace));
        let targets = self.referrers.range(from..).map(|(to, _)| to);
        targets.take_while(move |to| to.kind == kind && to.namespace == namespace)
    }

    /// The EndpointSlices of a Service (label `kubernetes.io/service-name`).
    pub fn slices_of<'a>(&'a self, service: &Key) -> impl Iterator<Item = &'a Arc<Object>> {
        self.referrers(service).filter(|key| key.kind == Kind::EndpointSlice).filter_map(|key| self.get(key))
    }
}
