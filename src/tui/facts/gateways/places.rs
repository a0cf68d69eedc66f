//! Who stands under whom, kept as objects change: a route that changed costs its own places, not all there are.

use std::collections::HashMap;

use super::Tree;
use crate::{
    dialect::gateway::ParentStatus,
    rehearsal::View,
    resource::{Key, Kind, gateway_api::Gateway},
    routing::ListenerId,
};

impl Tree {
    /// The classes with their Gateways, as they are in a newer view.
    pub fn reclass(&mut self, view: &View) {
        self.classes = classes(view);
    }

    /// A route's parents changed, or it came or went.
    pub fn patch(&mut self, route: &Key, old: Option<&[ParentStatus]>, new: Option<&[ParentStatus]>) {
        for place in old.map(places).unwrap_or_default() {
            self.take_out(route, &place);
        }
        if let Some(parents) = new {
            self.add(route, parents);
        }
        self.routes = (self.routes + usize::from(new.is_some())).saturating_sub(usize::from(old.is_some()));
    }

    pub(super) fn add(&mut self, route: &Key, parents: &[ParentStatus]) {
        for place in places(parents) {
            let under = match place {
                Place::Under(id) => self.by_listener.entry(id).or_default(),
                Place::Apart(gateway) => self.detached.entry(gateway).or_default(),
            };
            match under.last() {
                // Most often they come in order.
                Some(last) if last >= route => {
                    if let Err(at) = under.binary_search(route) {
                        under.insert(at, route.clone());
                    }
                }
                Some(_) | None => under.push(route.clone()),
            }
        }
    }

    fn take_out(&mut self, route: &Key, place: &Place) {
        let list = match place {
            Place::Under(id) => self.by_listener.get_mut(id),
            Place::Apart(gateway) => self.detached.get_mut(gateway),
        };
        let Some(list) = list else { return };
        if let Ok(at) = list.binary_search(route) {
            list.remove(at);
        }
        if list.is_empty() {
            match place {
                Place::Under(id) => drop(self.by_listener.remove(id)),
                Place::Apart(gateway) => drop(self.detached.remove(gateway)),
            }
        }
    }

    /// Routes attached to a listener, by kind, namespace and name.
    pub fn attached(&self, id: &ListenerId) -> &[Key] {
        self.by_listener.get(id).map_or(&[], Vec::as_slice)
    }

    /// Routes that name a Gateway and are attached to none of the listeners that they mean, in the same order.
    pub fn apart(&self, gateway: &Key) -> &[Key] {
        self.detached.get(gateway).map_or(&[], Vec::as_slice)
    }
}

/// A list that a route stands in.
enum Place {
    Under(ListenerId),
    /// Attached to no listener of this Gateway.
    Apart(Key),
}

fn places(parents: &[ParentStatus]) -> Vec<Place> {
    let under = parents.iter().flat_map(|parent| &parent.listeners);
    let apart = parents.iter().filter(|parent| parent.listeners.is_empty());
    let under = under.map(|id| Place::Under(id.clone()));
    under.chain(apart.map(|parent| Place::Apart(parent.gateway.clone()))).collect()
}

fn classes(view: &View) -> Vec<(Key, Vec<Key>)> {
    let mut classes: Vec<(Key, Vec<Key>)> =
        view.world.list(&Kind::GatewayClass).map(|class| (class.key.clone(), Vec::new())).collect();
    let mut places: HashMap<Key, usize> =
        classes.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect();
    for gateway in view.world.list(&Kind::Gateway) {
        let name = gateway.view::<Gateway>().map(|g| g.spec.gateway_class_name).unwrap_or_default();
        let class = Key::new(Kind::GatewayClass, "", name);
        let at = *places.entry(class.clone()).or_insert_with(|| {
            classes.push((class, Vec::new()));
            classes.len() - 1
        });
        if let Some((_, gateways)) = classes.get_mut(at) {
            gateways.push(gateway.key.clone());
        }
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixture;

    #[test]
    fn a_patched_tree_is_the_tree_of_the_newer_view() {
        let old = fixture::view();
        let mut new = (*old).clone();
        let removed = Key::new(Kind::HttpRoute, "shop", "books");
        let changes = [crate::world::Change::Remove(removed)];
        let world = new.world.apply(&changes);
        new.compiled = std::sync::Arc::new(new.compiled.next(&world, &changes));
        new.world = std::sync::Arc::new(world);
        let new = std::sync::Arc::new(new);
        let lists = |tree: &Tree| {
            let mut lists: Vec<(String, Vec<Key>)> =
                tree.by_listener.iter().map(|(id, keys)| (format!("{id:?}"), keys.clone())).collect();
            lists.extend(tree.detached.iter().map(|(key, keys)| (key.to_string(), keys.clone())));
            lists.sort();
            (lists, tree.routes)
        };
        for (from, to) in [(&old, &new), (&new, &old)] {
            let mut tree = Tree::of(from);
            for item in from.compiled.status.routes.diff(&to.compiled.status.routes) {
                let (key, old, new) = crate::tui::facts::difference(item);
                tree.patch(key, old.map(|all| &all[..]), new.map(|all| &all[..]));
            }
            assert_eq!(lists(&tree), lists(&Tree::of(to)));
        }
    }
}
