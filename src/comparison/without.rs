//! What the old side would do without an annotation: its Ingresses compiled again, those of one host alone.

use std::{
    collections::{BTreeSet, HashMap},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::{
    dialect::ingress::{self, Server},
    resource::{Key, Kind as ObjectKind, Object},
    routing::{
        HostPattern, Side, Table,
        compare::{self, Kind, Place, Point, Witness},
    },
    world::{Change, World},
};

/// How many times Ingresses are compiled; after that, what was found for equal annotations counts.
const MOST_TRIALS: usize = 4000;
/// Ingresses of one host that are looked at.
const MOST_INGRESSES: usize = 16;

/// All that is needed to try.
pub(super) struct Without<'w> {
    world: &'w World,
    /// The World without Ingresses.
    base: World,
    servers: HashMap<String, &'w Server>,
    prefix: String,
    trials: AtomicUsize,
}

/// What one thread tried.
pub(super) struct Trials<'w> {
    of: &'w Without<'w>,
    /// Of this host: Ingress and annotation.
    tables: HashMap<(Key, Arc<str>), Arc<Table>>,
    /// Of this host: by the Ingress that was met, those that are looked at.
    casts: HashMap<Option<Key>, Arc<Cast>>,
    /// The last witness, and in what both sides differ for it without an annotation.
    asked: HashMap<(Key, Arc<str>), Vec<Point>>,
    witness: Option<Witness>,
    /// By the annotations of a host's Ingresses, and the point: which Ingress, and which annotation.
    known: HashMap<(u64, Kind, Arc<str>), Known>,
}

/// Ingresses of a host, with the annotations that their controller reads.
struct Cast {
    objects: Vec<Arc<Object>>,
    keys: Vec<BTreeSet<Arc<str>>>,
    /// Equal for hosts whose Ingresses have equal annotations.
    shape: u64,
}

/// Which Ingress of the host, and which annotation.
type Known = Option<(usize, Arc<str>)>;

/// How much an annotation has to do with a point.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// Without it the old side does something else.
    Changes,
    /// Without it both sides do the same.
    Decides,
}

impl<'w> Without<'w> {
    pub(super) fn new(world: &'w World, compiled: &'w ingress::Compiled) -> Self {
        let gone: Vec<Change> =
            world.list(&ObjectKind::Ingress).map(|object| Change::Remove(object.key.clone())).collect();
        let mut servers = HashMap::new();
        for server in compiled.servers.iter() {
            let own = if server.is_catch_all() { "*" } else { &*server.host };
            for name in std::iter::once(own).chain(server.aliases.iter().map(String::as_str)) {
                servers.entry(name.to_owned()).or_insert(server);
            }
        }
        let found = compiled.found.as_ref().as_ref();
        let prefix = found.map(|found| found.settings.flags.annotations_prefix.clone());
        Self {
            world,
            base: world.apply(&gone),
            servers,
            prefix: prefix.unwrap_or_else(|| crate::inventory::NGINX_PREFIX.to_owned()),
            trials: AtomicUsize::new(0),
        }
    }

    pub(super) fn trials(&'w self) -> Trials<'w> {
        Trials {
            of: self,
            tables: HashMap::new(),
            casts: HashMap::new(),
            asked: HashMap::new(),
            witness: None,
            known: HashMap::new(),
        }
    }

    /// The annotations of an Ingress that its controller reads.
    fn keys(&self, value: &serde_json::Value) -> BTreeSet<Arc<str>> {
        let annotations = value.pointer("/metadata/annotations").and_then(serde_json::Value::as_object);
        let own =
            |key: &&String| key.strip_prefix(self.prefix.as_str()).is_some_and(|rest| rest.starts_with('/'));
        annotations
            .into_iter()
            .flat_map(serde_json::Map::keys)
            .filter(own)
            .map(|key| key.as_str().into())
            .collect()
    }
}

/// The object without one of its annotations.
fn bare(object: &Object, annotation: &str) -> Object {
    let mut value = object.value();
    if let Some(all) = value.pointer_mut("/metadata/annotations").and_then(serde_json::Value::as_object_mut) {
        all.remove(annotation);
    }
    Object {
        key: object.key.clone(),
        api_version: Arc::clone(&object.api_version),
        meta: object.meta.clone(),
        text: value.to_string().into(),
        origin: object.origin.clone(),
        assumed: object.assumed,
    }
}

impl Trials<'_> {
    pub(super) fn next(&mut self) {
        self.tables.clear();
        self.casts.clear();
        self.asked.clear();
        self.witness = None;
    }

    fn cast(&mut self, host: &HostPattern, own: Option<&Key>) -> Arc<Cast> {
        if let Some(cast) = self.casts.get(&own.cloned()) {
            return Arc::clone(cast);
        }
        let server = self.of.servers.get(&host.to_string()).copied();
        let mut ingresses: Vec<&Key> = own.into_iter().collect();
        ingresses
            .extend(server.into_iter().flat_map(|server| &server.ingresses).filter(|key| Some(*key) != own));
        ingresses.truncate(MOST_INGRESSES);
        let objects: Vec<Arc<Object>> = ingresses
            .iter()
            .filter_map(|key| self.of.world.get(key))
            .filter(|it| it.key.kind == ObjectKind::Ingress)
            .cloned()
            .collect();
        let values: Vec<serde_json::Value> = objects.iter().map(|object| object.value()).collect();
        let mut hasher = DefaultHasher::new();
        for value in &values {
            value.pointer("/metadata/annotations").map(ToString::to_string).hash(&mut hasher);
        }
        let keys = values.iter().map(|value| self.of.keys(value)).collect();
        let cast = Arc::new(Cast { objects, keys, shape: hasher.finish() });
        self.casts.insert(own.cloned(), Arc::clone(&cast));
        cast
    }

    /// The annotation that makes the point: the Ingress's own first, then those of others of the host.
    pub(super) fn cause(
        &mut self,
        host: &HostPattern,
        own: Option<&Key>,
        witness: &Witness,
        point: &Point,
        new: Place<'_>,
    ) -> Option<(Key, Arc<str>)> {
        let cast = self.cast(host, own);
        let Cast { objects, keys, .. } = &*cast;
        if keys.iter().all(BTreeSet::is_empty) {
            return None;
        }
        let shape = (cast.shape, point.kind, Arc::clone(&point.what));
        if self.of.trials.load(Ordering::Relaxed) > MOST_TRIALS
            && let Some(known) = self.known.get(&shape)
        {
            let (at, key) = known.as_ref()?;
            return Some((objects.get(*at)?.key.clone(), Arc::clone(key)));
        }
        let mut best: Option<(Weight, usize, &Arc<str>)> = None;
        for (at, (object, keys)) in objects.iter().zip(keys).enumerate() {
            for key in keys {
                let weight = self.weight(objects, object, key, witness, point, new);
                if let Some(weight) = weight
                    && best.is_none_or(|(known, ..)| known < weight)
                {
                    best = Some((weight, at, key));
                }
            }
            if best.is_some() {
                break;
            }
        }
        let found = best.map(|(_, at, key)| (at, Arc::clone(key)));
        self.known.insert(shape, found.clone());
        let (at, key) = found?;
        Some((objects.get(at)?.key.clone(), key))
    }

    fn weight(
        &mut self,
        all: &[Arc<Object>],
        object: &Arc<Object>,
        annotation: &Arc<str>,
        witness: &Witness,
        point: &Point,
        new: Place<'_>,
    ) -> Option<Weight> {
        if self.witness.as_ref() != Some(witness) {
            self.asked.clear();
            self.witness = Some(witness.clone());
        }
        let id = (object.key.clone(), Arc::clone(annotation));
        if !self.asked.contains_key(&id) {
            let table = self.table(all, object, &id);
            // The same certificate on both sides: an annotation has nothing to do with it.
            let old = Place { table: &table, side: Side::Old, certificate: None };
            let new = Place { certificate: None, ..new };
            // With a body beyond the limit nothing but the limit would be seen.
            let points = compare::points(old, new, &Witness { body: None, ..witness.clone() });
            self.asked.insert(id.clone(), points);
        }
        let points = self.asked.get(&id)?;
        let same = points.iter().find(|one| (one.kind, &one.what) == (point.kind, &point.what));
        match same {
            None => Some(Weight::Decides),
            Some(same) if same.old != point.old => Some(Weight::Changes),
            Some(_) => None,
        }
    }

    /// The host's Ingresses without one annotation.
    fn table(&mut self, all: &[Arc<Object>], object: &Arc<Object>, id: &(Key, Arc<str>)) -> Arc<Table> {
        if let Some(table) = self.tables.get(id) {
            return Arc::clone(table);
        }
        self.of.trials.fetch_add(1, Ordering::Relaxed);
        let put = all.iter().map(|one| {
            Change::Put(if one.key == object.key { Arc::new(bare(one, &id.1)) } else { Arc::clone(one) })
        });
        let world = self.of.base.apply(&put.collect::<Vec<_>>());
        let table = ingress::compile(&world).table;
        self.tables.insert(id.clone(), Arc::clone(&table));
        table
    }
}
