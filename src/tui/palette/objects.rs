//! The objects of a World as the palette finds them. There may be very many, so that their letters lie in two texts: made
//! in one go, and let go of at once.

use std::{borrow::Cow, collections::BTreeSet};

use super::{Item, Part, Sort};
use crate::{resource::Kind, tui::finding, world::World};

/// What changes with the World: namespaces and objects.
#[derive(Debug, Default)]
pub struct Many {
    /// Namespaces that objects are in.
    pub(super) places: Part,
    /// The objects.
    pub(super) objects: Objects,
}

impl Many {
    /// Those of a World. Takes a while when there are many.
    pub fn of(world: &World) -> Self {
        let mut places: BTreeSet<&str> = BTreeSet::new();
        let mut objects = Objects::default();
        for (kind, _) in world.kinds() {
            objects.begin(kind);
            let mut last = "";
            for (namespace, name) in world.names(kind) {
                objects.push(namespace, name);
                if **namespace != *last {
                    places.insert(namespace);
                    last = namespace;
                }
            }
        }
        let places = places.into_iter().map(|name| Item::choice(Sort::Namespace, "ns", name));
        Self { places: Part::new(places.collect()), objects }
    }
}

/// Objects, by kind, namespace and name.
#[derive(Debug, Default)]
pub(super) struct Objects {
    /// The lines that show them: `httproutes shop/app`.
    lines: String,
    /// What is searched: name and kind, as [`finding::fields`] has it.
    texts: String,
    /// Where the line and the text of each end.
    ends: Vec<(usize, usize)>,
    kinds: Vec<Of>,
}

/// Objects of one kind.
#[derive(Debug)]
struct Of {
    /// Position of the first.
    first: usize,
    /// The kind's name.
    name: Cow<'static, str>,
    /// The same as it is searched.
    searched: String,
    /// What a line begins with, with the space behind it.
    word: String,
}

impl Objects {
    /// What is pushed from now on is of this kind.
    fn begin(&mut self, kind: &Kind) {
        let (name, mut word) = match kind.known_names() {
            Some((name, plural)) => (Cow::Borrowed(name), plural.to_owned()),
            None => (Cow::Owned(kind.name().to_owned()), kind.plural()),
        };
        word.push(' ');
        let searched = finding::fields(["", &*name]);
        self.kinds.push(Of { first: self.ends.len(), name, searched, word });
    }

    fn push(&mut self, namespace: &str, name: &str) {
        let Some(of) = self.kinds.last() else { return };
        self.lines.push_str(&of.word);
        let from = self.lines.len();
        if !namespace.is_empty() {
            self.lines.push_str(namespace);
            self.lines.push('/');
        }
        self.lines.push_str(name);
        finding::fold_into(self.lines.get(from..).unwrap_or_default(), &mut self.texts);
        self.texts.push_str(&of.searched);
        self.ends.push((self.lines.len(), self.texts.len()));
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The line and the text of one.
    pub(super) fn get(&self, at: usize) -> Option<(&str, &str)> {
        let (line, text) = *self.ends.get(at)?;
        let from = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        Some((self.lines.get(from.0..line)?, self.texts.get(from.1..text)?))
    }

    pub(super) fn item(&self, at: usize) -> Option<Item> {
        let (line, _) = self.get(at)?;
        let of = self.kinds.get(self.kinds.partition_point(|of| of.first <= at).checked_sub(1)?)?;
        Some(Item {
            sort: Sort::Object,
            label: line.strip_prefix(&*of.word)?.to_owned().into(),
            detail: of.name.clone(),
            keys: String::new(),
            line: line.to_owned(),
            off: None,
        })
    }
}
