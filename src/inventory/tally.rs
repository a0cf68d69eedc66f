//! How often each annotation stands on Ingresses: keys, namespaces, distinct values, and on which.
//!
//! Two tallies of two parts add up to that of the whole, so that parts can be read side by side.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher as _, BuildHasherDefault, Hasher, RandomState},
    sync::Arc,
};

use super::{
    catalogue::{Catalogue, Entry},
    verdict::Verdict,
    views,
};
use crate::{
    resource::{Kind, Object},
    world::World,
};

/// One key with all that was counted of it.
#[derive(Clone, Debug)]
pub struct AnnotationCount {
    /// The whole key.
    pub key: Arc<str>,
    /// Ingresses that have it.
    pub count: usize,
    /// Namespaces of these, by name.
    pub namespaces: Vec<Arc<str>>,
    /// How many different values it has.
    pub distinct_values: usize,
    /// What the catalogue has on it.
    pub entry: Option<&'static Entry>,
    /// Where its meaning goes, whatever its value.
    pub verdict: Verdict,
    /// Namespace and name of each Ingress that has it, in order; empty after [`Tally::without_users`].
    pub users: Vec<(Arc<str>, Arc<str>)>,
}

impl AnnotationCount {
    /// Our name of the controller or tool that reads it.
    pub fn controller(&self) -> Option<&'static str> {
        self.entry.map(|entry| entry.controller.as_str())
    }
}

/// A count that is under way.
#[derive(Debug, Default)]
pub struct Tally {
    keys: HashMap<Arc<str>, Slot>,
    /// How many were counted.
    count: u32,
    /// Their names, unless nobody wants them.
    ingresses: Vec<(Arc<str>, Arc<str>)>,
    nameless: bool,
    /// Of all namespaces seen.
    namespaces: HashMap<Arc<str>, u32>,
    hasher: RandomState,
}

/// A value is told apart by a keyed hash of 64 bits and its length: it may be large, and is not needed again. That two
/// of 100,000 are taken for one has a chance of one to a billion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Value {
    hash: u64,
    bytes: usize,
}

impl std::hash::Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// Of what is a hash already.
#[derive(Clone, Copy, Debug, Default)]
struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[derive(Debug, Default)]
struct Slot {
    count: u32,
    /// Number of the last Ingress that has it.
    last: u32,
    users: Vec<u32>,
    namespaces: Numbers,
    values: HashSet<Value, BuildHasherDefault<Same>>,
}

/// A set of small numbers, as bits.
#[derive(Debug, Default)]
struct Numbers(Vec<u64>);

impl Numbers {
    fn insert(&mut self, number: u32) {
        let word = number as usize / 64;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << (number % 64);
        }
    }

    fn contains(&self, number: u32) -> bool {
        self.0.get(number as usize / 64).is_some_and(|bits| bits & (1 << (number % 64)) != 0)
    }
}

impl Tally {
    /// An empty tally whose values can be compared with those of `self`, for another part of the same input.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self { hasher: self.hasher.clone(), nameless: self.nameless, ..Self::default() }
    }

    /// An empty tally that does not remember who uses what: of use for very many Ingresses.
    #[must_use]
    pub fn without_users() -> Self {
        Self { nameless: true, ..Self::default() }
    }

    /// Counts the annotations of one Ingress.
    pub fn add<'t>(
        &mut self,
        namespace: &str,
        name: &str,
        annotations: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) {
        let space = self.namespace(namespace);
        let user = self.count;
        self.count += 1;
        if !self.nameless {
            let shared = self.namespaces.get_key_value(namespace).map(|(shared, _)| Arc::clone(shared));
            self.ingresses.push((shared.unwrap_or_else(|| namespace.into()), name.into()));
        }
        for (key, value) in annotations {
            let value = Value { hash: self.hasher.hash_one(value), bytes: value.len() };
            let slot = match self.keys.get_mut(key) {
                Some(slot) => slot,
                None => self.keys.entry(key.into()).or_default(),
            };
            // The same key twice in one text is one annotation.
            if slot.count == 0 || slot.last != user {
                (slot.count, slot.last) = (slot.count + 1, user);
                if !self.nameless {
                    slot.users.push(user);
                }
            }
            slot.namespaces.insert(space);
            slot.values.insert(value);
        }
    }

    /// Takes in another part, which [`Self::beside`] began.
    pub fn merge(&mut self, other: Self) {
        let first = self.count;
        self.count += other.count;
        let mut names: Vec<(u32, Arc<str>)> =
            other.namespaces.into_iter().map(|(name, number)| (number, name)).collect();
        names.sort_unstable_by_key(|(number, _)| *number);
        let spaces: Vec<u32> = names.iter().map(|(_, name)| self.namespace(name)).collect();
        self.ingresses.extend(other.ingresses);
        for (key, slot) in other.keys {
            let own = self.keys.entry(key).or_default();
            (own.count, own.last) = (own.count + slot.count, slot.last + first);
            own.users.extend(slot.users.into_iter().map(|user| user + first));
            for (number, space) in (0..).zip(&spaces) {
                if slot.namespaces.contains(number) {
                    own.namespaces.insert(*space);
                }
            }
            own.values.extend(slot.values);
        }
    }

    /// Number of Ingresses, those without annotations too.
    pub fn ingresses(&self) -> usize {
        self.count as usize
    }

    /// Namespace and name of each Ingress, with its keys in order: by namespace and name. Nothing after
    /// [`Self::without_users`].
    pub fn by_ingress(&self) -> Vec<(&str, &str, Vec<&str>)> {
        let mut all: Vec<(&str, &str, Vec<&str>)> =
            self.ingresses.iter().map(|(namespace, name)| (&**namespace, &**name, Vec::new())).collect();
        for (key, slot) in &self.keys {
            for user in &slot.users {
                if let Some((_, _, keys)) = all.get_mut(*user as usize) {
                    keys.push(key);
                }
            }
        }
        for (_, _, keys) in &mut all {
            keys.sort_unstable();
        }
        all.sort_unstable();
        all
    }

    /// The largest count first, then by key.
    pub fn counts(&self, nginx_prefix: &str) -> Vec<AnnotationCount> {
        let mut names: Vec<(&Arc<str>, u32)> = self.namespaces.iter().map(|(name, n)| (name, *n)).collect();
        names.sort_unstable();
        let mut counts: Vec<AnnotationCount> = Vec::with_capacity(self.keys.len());
        for (key, slot) in &self.keys {
            let entry = Catalogue::get().find(key, nginx_prefix);
            let verdict = match entry {
                _ if Catalogue::is_unread(key, nginx_prefix) => Verdict::Internal,
                Some(entry) => entry.class,
                None => Verdict::Unknown,
            };
            let users = slot.users.iter().filter_map(|user| self.ingresses.get(*user as usize).cloned());
            let mut users: Vec<_> = users.collect();
            users.sort_unstable();
            let namespaces = names.iter().filter(|(_, number)| slot.namespaces.contains(*number));
            counts.push(AnnotationCount {
                key: Arc::clone(key),
                count: slot.count as usize,
                namespaces: namespaces.map(|(name, _)| Arc::clone(name)).collect(),
                distinct_values: slot.values.len(),
                entry,
                verdict,
                users,
            });
        }
        counts.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.key.cmp(&b.key)));
        counts
    }

    fn namespace(&mut self, name: &str) -> u32 {
        if let Some(number) = self.namespaces.get(name) {
            return *number;
        }
        let number = self.namespaces.len() as u32;
        self.namespaces.insert(name.into(), number);
        number
    }
}

/// The counts of all Ingresses of a World: the largest first, then by key.
pub fn annotations(world: &World, nginx_prefix: &str) -> Vec<AnnotationCount> {
    let mut tally = Tally::default();
    for object in world.list(&Kind::Ingress) {
        count(&mut tally, object);
    }
    tally.counts(nginx_prefix)
}

fn count(tally: &mut Tally, object: &Object) {
    let head = serde_json::from_str::<views::Head<'_>>(&object.text).unwrap_or_default();
    let pairs = head.metadata.annotations.0.iter().map(|(key, value)| {
        let value = match value {
            views::Loose::Text(text) => &**text,
            views::Loose::Other(text, _) => text.as_str(),
        };
        (&*key.0, value)
    });
    tally.add(&object.key.namespace, &object.key.name, pairs);
}
