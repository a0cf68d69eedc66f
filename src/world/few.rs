//! An ordered map that mostly holds one or two: as a list while it is short, since a node of a tree has room for many.

use imbl::OrdMap;

/// Until here it is a list.
const MOST: usize = 8;

/// Keys in order, each with a value. One of the two is empty.
#[derive(Clone, Debug)]
pub(super) struct Few<K: Ord, V> {
    list: Vec<(K, V)>,
    tree: OrdMap<K, V>,
}

impl<K: Ord, V> Default for Few<K, V> {
    fn default() -> Self {
        Self { list: Vec::new(), tree: OrdMap::new() }
    }
}

impl<K: Ord + Clone, V: Clone + PartialEq> PartialEq for Few<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<K: Ord + Clone, V: Clone> Few<K, V> {
    /// The value of a key, which begins with this one.
    pub(super) fn entry(&mut self, key: &K, first: V) -> &mut V {
        let place = self.list.binary_search_by(|(known, _)| known.cmp(key));
        if let Err(at) = place
            && self.tree.is_empty()
            && self.list.len() < MOST
        {
            self.list.reserve_exact(1);
            self.list.insert(at, (key.clone(), first.clone()));
        } else if place.is_err() {
            self.tree.extend(std::mem::take(&mut self.list));
        }
        let (Ok(at) | Err(at)) = place;
        match self.list.get_mut(at) {
            Some((_, value)) => value,
            None => self.tree.entry(key.clone()).or_insert(first),
        }
    }

    /// The value of a key.
    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        match self.list.binary_search_by(|(known, _)| known.cmp(key)) {
            Ok(at) => self.list.get_mut(at).map(|(_, value)| value),
            Err(_) => self.tree.get_mut(key),
        }
    }

    /// Takes a key out.
    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        match self.list.binary_search_by(|(known, _)| known.cmp(key)) {
            Ok(at) => Some(self.list.remove(at).1),
            Err(_) => self.tree.remove(key),
        }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty() && self.tree.is_empty()
    }

    /// All, by key.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.list.iter().map(|(key, value)| (key, value)).chain(&self.tree)
    }

    /// The keys in order.
    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_the_map_of_the_standard_library(
            steps in prop::collection::vec((any::<bool>(), 0_u8..24, any::<u16>()), 0..80)
        ) {
            let (mut ours, mut theirs) = (Few::default(), BTreeMap::new());
            for (put, key, value) in steps {
                if put {
                    prop_assert_eq!(*ours.entry(&key, value), *theirs.entry(key).or_insert(value));
                } else {
                    prop_assert_eq!(ours.remove(&key), theirs.remove(&key));
                }
                prop_assert_eq!(ours.get_mut(&key), theirs.get_mut(&key));
                prop_assert!(ours.iter().eq(&theirs));
                prop_assert_eq!(ours.is_empty(), theirs.is_empty());
            }
        }
    }

    #[test]
    fn what_it_holds_makes_two_equal_and_not_how() {
        let (mut long, mut short) = (Few::default(), Few::default());
        (0..20).for_each(|key| *long.entry(&key, 0) = key);
        for key in 1..20 {
            assert_eq!(long.remove(&key), Some(key));
        }
        short.entry(&0, 0);
        assert_eq!(long, short);
    }
}
