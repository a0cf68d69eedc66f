//! The World: an immutable snapshot of every object we know, with the index of who refers to whom.
//!
//! A change makes a new World in O(log n) that shares all that did not change. No clock, no I/O.

mod assume;
mod references;

use std::sync::Arc;

use imbl::{HashMap, OrdMap, OrdSet};

pub use assume::assume;
pub use references::{Reference, references};

use crate::resource::{Key, Kind, Object};

/// Namespace and name within one kind.
type NsName = (Arc<str>, Arc<str>);

/// A snapshot of all objects. Cloning is cheap.
#[derive(Clone, Debug, Default)]
pub struct World {
    kinds: OrdMap<Kind, OrdMap<NsName, Arc<Object>>>,
    /// Target of a reference ▸ the objects that hold it.
    referrers: HashMap<Key, OrdSet<Key>>,
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

    /// What turns `self` into `next`; shared parts are skipped without a look inside.
    pub fn difference(&self, next: &Self) -> Vec<Change> {
        let _ = next;
        unimplemented!()
    }

    fn put(&mut self, object: Arc<Object>) {
        let _ = object;
        unimplemented!()
    }

    fn remove(&mut self, key: &Key) {
        let _ = key;
        unimplemented!()
    }

    /// The object with this key.
    pub fn get(&self, key: &Key) -> Option<&Arc<Object>> {
        self.kinds.get(&key.kind)?.get(&(Arc::clone(&key.namespace), Arc::clone(&key.name)))
    }

    /// All objects of a kind, by namespace and name.
    pub fn list(&self, kind: &Kind) -> impl Iterator<Item = &Arc<Object>> {
        self.kinds.get(kind).into_iter().flat_map(|objects| objects.values())
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

    /// Who refers to an object, whether it exists or not.
    pub fn referrers(&self, key: &Key) -> impl Iterator<Item = &Key> {
        self.referrers.get(key).into_iter().flatten()
    }

    /// The EndpointSlices of a Service (label `kubernetes.io/service-name`).
    pub fn slices_of<'a>(&'a self, service: &Key) -> impl Iterator<Item = &'a Arc<Object>> {
        self.referrers(service).filter(|key| key.kind == Kind::EndpointSlice).filter_map(|key| self.get(key))
    }
}
