//! What objects were before they changed last: kept as changes come in, for as many objects as fit.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use serde_json::Value;

use super::{Known, export, links::pointer};
use crate::{
    resource::{Key, Object},
    rollout::Entry,
    world::{Change, World},
};

/// Objects whose earlier state is kept.
const KEPT: usize = 2_000;

/// Earlier states of objects, one of each.
#[derive(Clone, Debug, Default)]
pub struct Past {
    before: HashMap<Key, Option<Arc<Object>>>,
    /// The order in which they changed: the first is forgotten first.
    order: VecDeque<Key>,
}

/// How an object was before its last change.
#[derive(Clone, Debug, PartialEq)]
pub enum Before {
    /// Nothing is known to have changed.
    Same,
    /// It did not exist.
    New,
    /// It was this.
    Was(Value),
}

impl Past {
    /// Takes changes in: `old` is the World before them.
    pub fn follow(&mut self, old: &World, changes: &[Change]) {
        for change in changes {
            let key = change.key();
            let was = old.get(key);
            // An object that only moved in its file is the object it was.
            if let (Some(was), Change::Put(is)) = (was, change)
                && was.text == is.text
            {
                continue;
            }
            if self.before.insert(key.clone(), was.cloned()).is_some() {
                self.order.retain(|other| other != key);
            }
            self.order.push_back(key.clone());
        }
        while self.order.len() > KEPT {
            if let Some(key) = self.order.pop_front() {
                self.before.remove(&key);
            }
        }
    }

    /// The object as it was before its last change: as seen here, or else as the journal tells.
    pub fn before(&self, known: &Known<'_>, journal: &[Entry], key: &Key) -> Before {
        match self.before.get(key) {
            Some(Some(was)) => return Before::Was(export::with_status(known, was)),
            Some(None) => return Before::New,
            None => {}
        }
        let last = journal.iter().rfind(|entry| entry.edit.object == *key);
        let (Some(entry), Some(now)) = (last, known.world.get(key)) else { return Before::Same };
        let mut value = export::with_status(known, now);
        for field in &entry.edit.fields {
            set(&mut value, &pointer(&field.field), field.old.as_ref());
        }
        Before::Was(value)
    }
}

/// Puts an earlier value in; none takes the field out. Where there is nothing to be set, nothing is.
fn set(value: &mut Value, pointer: &str, to: Option<&Value>) {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    let Some(parent) = value.pointer_mut(parent) else { return };
    let name = name.replace("~1", "/").replace("~0", "~");
    match (parent, to) {
        (Value::Object(map), Some(to)) => {
            map.insert(name, to.clone());
        }
        (Value::Object(map), None) => {
            map.remove(&name);
        }
        (Value::Array(items), Some(to)) => {
            if let Some(item) = name.parse().ok().and_then(|at: usize| items.get_mut(at)) {
                *item = to.clone();
            }
        }
        (Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{resource::Kind, tui::fixture};

    fn key() -> Key {
        Key::new(Kind::HttpRoute, "shop", "app")
    }

    fn weight(before: &Before) -> Option<i64> {
        match before {
            Before::Was(value) => value.pointer("/spec/rules/0/backendRefs/1/weight")?.as_i64(),
            Before::Same | Before::New => None,
        }
    }

    #[test]
    fn an_object_was_what_it_was_before_the_last_change_that_was_seen() {
        let view = fixture::view();
        let known = Known::of(&view, fixture::clock());
        let mut past = Past::default();
        assert_eq!(weight(&past.before(&known, &view.journal, &key())), Some(5), "the journal tells");
        assert_eq!(past.before(&known, &[], &key()), Before::Same, "nothing is known");

        let old = view.world.get(&key()).unwrap();
        let with = |text: &str| {
            let mut next = (**old).clone();
            next.text = next.text.replace("\"weight\":10", text).into();
            Change::Put(Arc::new(next))
        };
        let first = [with("\"weight\":30")];
        past.follow(&view.world, &first);
        let world = view.world.apply(&first);
        past.follow(&world, &[with("\"weight\":60")]);
        assert_eq!(weight(&past.before(&known, &view.journal, &key())), Some(30), "the last but one");

        let moved = [Change::Put(Arc::new(Object { origin: None, ..(**old).clone() }))];
        past.follow(&view.world, &moved);
        assert_eq!(weight(&past.before(&known, &[], &key())), Some(30), "only its place changed");
        past.follow(&world, &[Change::Remove(key())]);
        let now = world.get(&key()).map(|object| object.text.contains("\"weight\":30"));
        assert_eq!(
            (weight(&past.before(&known, &[], &key())), now),
            (Some(30), Some(true)),
            "before it went"
        );
    }

    #[test]
    fn what_came_new_was_not_there_and_only_so_many_are_kept() {
        let view = fixture::view();
        let known = Known::of(&view, fixture::clock());
        let mut past = Past::default();
        let object = view.world.get(&key()).unwrap();
        let new = |n: usize| {
            let key = Key::new(Kind::HttpRoute, "shop", format!("new-{n}"));
            Change::Put(Arc::new(Object { key, ..(**object).clone() }))
        };
        past.follow(&view.world, &[new(0)]);
        assert_eq!(past.before(&known, &[], new(0).key()), Before::New);
        past.follow(&view.world, &(1..=KEPT).map(new).collect::<Vec<_>>());
        assert_eq!(past.before(&known, &[], new(0).key()), Before::Same, "the oldest is forgotten");
        assert_eq!((past.before.len(), past.order.len()), (KEPT, KEPT));
    }
}
