//! One Ingress by itself: who takes it, and what its annotations come to.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use imbl::OrdMap;

use super::{
    Kept,
    index::{Product, Source},
    nginx::Moved,
};
use crate::{
    dialect::{
        ingress::{
            Claim, Classes, Ingress, Judged, Lookup, Reading, Served, Settings, Taken, annotation, class,
            lookup::Objects,
        },
        spread,
    },
    resource::{Key, Kind, Object, gateway_api::ViewError},
    world::World,
};

/// Judges Ingresses anew; gives those that ingress-nginx takes, or took, and takes otherwise now.
pub(super) fn all(
    kept: &mut Kept,
    ingresses: &mut OrdMap<Key, Arc<Judged>>,
    keys: &BTreeSet<Key>,
) -> Vec<Moved> {
    let keys: Vec<&Key> = keys.iter().collect();
    let (world, settings, classes) = (&kept.world, &*kept.settings, &*kept.classes);
    let each = |keys: &[&Key]| -> Vec<Option<(Judged, Vec<Key>)>> {
        keys.iter().map(|key| Some(judge(world, settings, classes, world.get(key)?))).collect()
    };
    let judged = spread(&keys, each);
    let mut moved = Vec::new();
    for (key, judged) in keys.into_iter().zip(judged) {
        let (new, asked) = judged.map_or((None, Vec::new()), |(new, asked)| (Some(new), asked));
        kept.index.set(&Product::Ingress(key.clone()), asked.into_iter().map(Source::Object).collect());
        let old = ingresses.get(key).cloned();
        if old.as_deref() == new.as_ref() {
            continue;
        }
        let new = new.map(Arc::new);
        match &new {
            Some(new) => drop(ingresses.insert(key.clone(), Arc::clone(new))),
            None => drop(ingresses.remove(key)),
        }
        let (was, is) = (taken(old.as_deref()), taken(new.as_deref()));
        if was != is {
            moved.push((was, is));
        }
    }
    moved
}

fn taken(judged: Option<&Judged>) -> Option<Arc<Taken>> {
    match &judged?.served {
        Served::Nginx(taken) => Some(Arc::clone(taken)),
        Served::Dropped(_) | Served::Plain(_) | Served::Left(_) | Served::Broken(_) => None,
    }
}

/// What an Ingress is, and whom its annotations asked for.
fn judge(world: &World, settings: &Settings, classes: &Classes, object: &Object) -> (Judged, Vec<Key>) {
    let asked = Noted { objects: Objects(world), asked: RefCell::default() };
    let judged = match Ingress::of(object) {
        Ok(ingress) => read(&asked, settings, classes, ingress),
        Err(error) => broken(error),
    };
    (judged, asked.asked.into_inner())
}

fn broken(error: ViewError) -> Judged {
    let claim = Claim {
        class: None,
        from: class::From::Nowhere,
        controller: None,
        taken: false,
        why: Some("it can not be read".to_owned()),
    };
    Judged { claim, served: Served::Broken(error) }
}

fn read(lookup: &Noted<'_>, settings: &Settings, classes: &Classes, ingress: Ingress) -> Judged {
    let claim = classes.claim(&ingress, settings);
    if claim.taken {
        let watched = &settings.flags.watch_namespace;
        if watched.as_ref().is_some_and(|namespace| **namespace != *ingress.key.namespace) {
            let why =
                format!("the controller watches namespace {} only", watched.as_deref().unwrap_or_default());
            let claim = Claim { taken: false, why: Some(why), ..claim };
            return Judged { claim, served: Served::Left(Arc::new(ingress)) };
        }
        let pairs = ingress.annotations.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let reading = annotation::read(&ingress.key, pairs, settings, lookup);
        let served = match reading {
            Reading::Taken(annotations) => {
                Served::Nginx(Arc::new(Taken { ingress, annotations: *annotations }))
            }
            Reading::Dropped(findings) => Served::Dropped(findings),
        };
        return Judged { claim, served };
    }
    let served = if claim.controller.is_some() {
        Served::Plain(Arc::new(ingress))
    } else {
        Served::Left(Arc::new(ingress))
    };
    Judged { claim, served }
}

/// The objects of a World; who is asked for is noted.
struct Noted<'w> {
    objects: Objects<'w>,
    asked: RefCell<Vec<Key>>,
}

impl Noted<'_> {
    fn note(&self, kind: Kind, namespace: &str, name: &str) {
        self.asked.borrow_mut().push(Key::new(kind, namespace, name));
    }
}

impl Lookup for Noted<'_> {
    fn config_map(&self, namespace: &str, name: &str) -> Option<Arc<BTreeMap<String, String>>> {
        self.note(Kind::ConfigMap, namespace, name);
        self.objects.config_map(namespace, name)
    }

    fn secret(&self, namespace: &str, name: &str) -> Option<BTreeMap<String, Vec<u8>>> {
        self.note(Kind::Secret, namespace, name);
        self.objects.secret(namespace, name)
    }

    fn service(&self, namespace: &str, name: &str) -> bool {
        self.note(Kind::Service, namespace, name);
        self.objects.service(namespace, name)
    }
}
