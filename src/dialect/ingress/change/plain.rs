//! Ingresses of other controllers: each brings its rules, and nobody else's change with them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use imbl::OrdMap;

use super::{
    hosts::{Backends, count_all, uncount_all},
    index::{Index, Product, Source},
};
use crate::{
    dialect::ingress::{Ingress, Judged, Served, plain, port, upstream::Services},
    resource::Key,
    routing::{Candidate, HostMap, HostPattern, Table},
};

/// What one Ingress brings.
#[derive(Clone, Debug, PartialEq)]
struct Brought {
    controller: String,
    rules: Vec<(HostPattern, Vec<Arc<Candidate>>)>,
}

/// What all of them bring.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Plain {
    brought: OrdMap<Key, Arc<Brought>>,
    /// Hosts of each controller, and how many Ingresses it has.
    controllers: OrdMap<Arc<str>, (HostMap, usize)>,
    pub(super) backends: Backends,
}

impl Plain {
    /// Brings in what these Ingresses are now; gives the controllers whose ports are others.
    pub(super) fn change(
        &mut self,
        keys: &BTreeSet<Key>,
        ingresses: &OrdMap<Key, Arc<Judged>>,
        services: &mut Services<'_>,
        index: &mut Index,
    ) -> BTreeSet<Arc<str>> {
        let mut touched = BTreeSet::new();
        for key in keys {
            let product = Product::Plain(key.clone());
            let is = ingresses.get(key).and_then(|judged| match &judged.served {
                Served::Plain(ingress) => Some((judged, ingress)),
                Served::Nginx(_) | Served::Dropped(_) | Served::Left(_) | Served::Broken(_) => None,
            });
            let new = is.map(|(judged, ingress)| {
                let controller = judged.claim.controller.clone().unwrap_or_default();
                Brought { controller, rules: rules(ingress, services) }
            });
            index.set(&product, services.asked().into_iter().map(Source::Object).collect());
            let old = self.brought.get(key).cloned();
            if old.as_deref() == new.as_ref() {
                continue;
            }
            if let Some(old) = old {
                self.take_out(key, &old);
                touched.insert(old.controller.as_str().into());
            }
            if let Some(new) = new {
                touched.insert(new.controller.as_str().into());
                self.put_in(key, new);
            }
        }
        touched
    }

    fn put_in(&mut self, key: &Key, new: Brought) {
        let (hosts, number) = self.controllers.entry(new.controller.as_str().into()).or_default();
        *number += 1;
        for (pattern, candidates) in &new.rules {
            hosts.add(pattern, candidates.clone());
            count_all(&mut self.backends, candidates.iter());
        }
        self.brought.insert(key.clone(), Arc::new(new));
    }

    fn take_out(&mut self, key: &Key, old: &Brought) {
        self.brought.remove(key);
        let Some((hosts, number)) = self.controllers.get_mut(old.controller.as_str()) else { return };
        *number -= 1;
        for (pattern, candidates) in &old.rules {
            hosts.remove(pattern, candidates);
            uncount_all(&mut self.backends, candidates.iter());
        }
        if *number == 0 {
            self.controllers.remove(old.controller.as_str());
        }
    }

    /// Puts the ports of a controller into a Table, or takes them out.
    pub(super) fn show(&self, controller: &str, table: &mut Table) {
        if let Some((hosts, _)) = self.controllers.get(controller) {
            for made in plain::ports(controller, hosts) {
                table.ports.insert(made.key.clone(), made);
            }
            return;
        }
        let entry = plain::entry(controller);
        for number in [80, 443] {
            table.ports.remove(&port(&entry, number));
        }
    }
}

/// The rules of an Ingress, each host once.
fn rules(ingress: &Ingress, services: &mut Services<'_>) -> Vec<(HostPattern, Vec<Arc<Candidate>>)> {
    let mut all: BTreeMap<HostPattern, Vec<Arc<Candidate>>> = BTreeMap::new();
    for (pattern, candidates) in plain::candidates(ingress, services) {
        let known = all.entry(pattern).or_default();
        // The default backend stands once, however often the host does.
        let new = candidates.into_iter().filter(|one| !known.iter().any(|other| Arc::ptr_eq(one, other)));
        let new: Vec<_> = new.collect();
        known.extend(new);
    }
    all.into_iter().collect()
}
