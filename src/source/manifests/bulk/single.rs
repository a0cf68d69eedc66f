//! Texts that are read as a whole: what is counted of their objects, of two with one key the last.

use std::{collections::HashMap, path::Path, sync::Arc};

use super::{
    super::{
        input::text,
        object::{Maker, Spot, duplicate},
        read,
    },
    head::Head,
    items,
};
use crate::{
    resource::{Key, Object, Problem, Selector},
    source::yaml::{Budget, Data, Document},
};

/// What was read so far.
#[derive(Default)]
pub(super) struct Single {
    found: Vec<Found>,
    by_key: HashMap<Key, usize>,
    problems: Vec<Problem>,
}

/// An object without its text, with its annotations.
struct Found {
    object: Object,
    annotations: Vec<(Box<str>, Box<str>)>,
}

impl Single {
    /// Reads one text.
    pub(super) fn read(&mut self, path: &Path, bytes: &[u8]) {
        let file: Arc<Path> = path.into();
        let mut maker = Maker::new(Arc::clone(&file));
        match text(bytes, path) {
            Ok(text) => {
                for next in read::reader(text, &file) {
                    match next {
                        Ok(document) => self.document(&mut maker, &document),
                        Err(fault) => maker.tell(read::told(&fault, text), fault.line),
                    }
                }
            }
            Err(problem) => self.problems.push(problem),
        }
        self.problems.append(&mut maker.problems);
    }

    fn document(&mut self, maker: &mut Maker, document: &Document<'_>) {
        let Some(root) = document.root else { return };
        let data = document.tree.node(root).map(|node| &node.data);
        if !matches!(data, Some(Data::Mapping(_))) {
            return;
        }
        if let Some(problem) = read::foreign(maker, document, root) {
            return maker.tell(problem, document.line);
        }
        let mut budget = Budget::new(document.end - document.start, document.tree.nodes.len());
        let spot = Spot { node: root, item: None, given: None };
        items::open(maker, document, spot, &mut budget, &mut |mut object, document, spot| {
            let head = Head::of(&object, &document.tree, spot.node);
            let annotations =
                head.annotations.iter().map(|(key, value)| ((&**key).into(), (&**value).into()));
            let annotations = annotations.collect();
            object.text = Box::from("");
            self.add(Found { object, annotations });
        });
    }

    fn add(&mut self, found: Found) {
        let next = self.found.len();
        let before = *self.by_key.entry(found.object.key.clone()).or_insert(next);
        match self.found.get_mut(before) {
            Some(place) => {
                self.problems.push(duplicate(&place.object, &found.object));
                *place = found;
            }
            None => self.found.push(found),
        }
    }

    /// Gives all of them to `take`.
    pub(super) fn finish<S>(
        self,
        selector: Option<&Selector>,
        make: impl Fn() -> S,
        take: impl Fn(&mut S, &Head<'_>),
        problems: &mut Vec<Problem>,
    ) -> S {
        let mut state = make();
        for Found { object, annotations } in &self.found {
            if selector.is_none_or(|selector| selector.matches(object)) {
                take(&mut state, &Head::known(object, annotations));
            }
        }
        problems.extend(self.problems);
        state
    }
}
