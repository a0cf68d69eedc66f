//! Problems by the object that they are told of, so that one object's are found without a walk over all.

use std::collections::{HashMap, HashSet};

use crate::resource::{Key, Problem};

/// Problems, apart by object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    by_object: HashMap<Key, Vec<Problem>>,
    /// Those that are no object's.
    pub loose: Vec<Problem>,
}

impl Told {
    /// Sorts problems out.
    pub fn of(problems: impl IntoIterator<Item = Problem>) -> Self {
        let mut told = Self::default();
        for problem in problems {
            match &problem.object {
                Some(key) => told.by_object.entry(key.clone()).or_default().push(problem),
                None => told.loose.push(problem),
            }
        }
        told
    }

    /// Those of one object.
    pub fn about(&self, key: &Key) -> &[Problem] {
        self.by_object.get(key).map_or(&[], Vec::as_slice)
    }

    /// All objects of which something is told.
    pub fn objects(&self) -> impl Iterator<Item = &Key> {
        self.by_object.keys()
    }

    /// The objects of which the other tells something else.
    pub fn changed(&self, other: &Self) -> HashSet<Key> {
        let mut keys: HashSet<Key> = HashSet::new();
        for (one, two) in [(self, other), (other, self)] {
            keys.extend(one.objects().filter(|key| one.about(key) != two.about(key)).cloned());
        }
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Kind;

    #[test]
    fn what_came_went_or_changed_is_found() {
        let key = |name: &str| Key::new(Kind::Service, "shop", name);
        let problem = |name: &str, message: &str| {
            let mut problem = Problem::warning("redirect-loop", message);
            problem.object = Some(key(name));
            problem
        };
        let before = Told::of([problem("a", "1"), problem("b", "1"), problem("c", "1")]);
        let after = Told::of([problem("a", "1"), problem("b", "2"), problem("d", "1")]);
        assert_eq!(before.changed(&after), HashSet::from([key("b"), key("c"), key("d")]));
        assert_eq!(before.changed(&before), HashSet::new(), "nothing changed");
        assert_eq!(after.about(&key("c")), &[], "nothing is told of it");
    }
}
