//! The members of a mapping, taken one by one; what is left at the end is unknown.

use super::Mistake;
use crate::{
    config::nearest,
    source::yaml::{Child, Data, Tree},
};

/// All mistakes of a file.
#[derive(Debug, Default)]
pub(super) struct Mistakes(Vec<Mistake>);

impl Mistakes {
    pub(super) fn add(&mut self, line: u32, message: impl Into<String>) {
        self.0.push(Mistake { line, message: message.into() });
    }

    /// In the order of the lines.
    pub(super) fn all(mut self) -> Vec<Mistake> {
        self.0.sort_by_key(|mistake| mistake.line);
        self.0.dedup();
        self.0
    }
}

/// A document, and the text that it was read from.
#[derive(Clone, Copy)]
pub(super) struct Source<'t, 'a> {
    pub(super) tree: &'t Tree<'a>,
    pub(super) text: &'t str,
}

impl Source<'_, '_> {
    /// A value as it is written: YAML would make `false` of `off`.
    pub(super) fn scalar(self, child: Child) -> Option<String> {
        let node = self.tree.node(child)?;
        match &node.data {
            Data::Text(text) => Some(text.trim().to_owned()),
            Data::Number(_) | Data::Bool(_) => {
                self.text.get(node.place.range()).map(|text| text.trim().to_owned())
            }
            Data::Null | Data::Sequence(_) | Data::Mapping(_) => None,
        }
    }
}

/// A mapping.
pub(super) struct Fields<'t, 'a> {
    source: Source<'t, 'a>,
    /// Key, its line, its value.
    left: Vec<(&'t str, u32, Child)>,
    /// Names that were asked for.
    known: Vec<String>,
    all: Vec<(&'t str, u32)>,
    line: u32,
    what: &'static str,
}

impl<'t, 'a> Fields<'t, 'a> {
    /// The members of a mapping; `what` it is, for a message when it is none.
    pub(super) fn of(
        source: Source<'t, 'a>,
        child: Child,
        what: &'static str,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let node = source.tree.node(child)?;
        let Data::Mapping(members) = &node.data else {
            mistakes.add(node.place.line, format!("{what} is a mapping, not {}", node.what()));
            return None;
        };
        let left: Vec<_> =
            members.iter().map(|member| (&*member.key, member.key_place.line, member.value)).collect();
        let all: Vec<_> = left.iter().map(|(name, line, _)| (*name, *line)).collect();
        let line = all.first().map_or(node.place.line, |(_, line)| *line);
        Some(Self { source, left, known: Vec::new(), all, line, what })
    }

    pub(super) fn source(&self) -> Source<'t, 'a> {
        self.source
    }

    /// Where the mapping begins.
    pub(super) fn line(&self) -> u32 {
        self.line
    }

    /// Where a member stands; where the mapping begins when it has none.
    pub(super) fn line_of(&self, name: &str) -> u32 {
        self.all.iter().find(|(known, _)| *known == name).map_or(self.line, |(_, line)| *line)
    }

    /// Whether it has this member, taken or not.
    pub(super) fn had(&self, name: &str) -> bool {
        self.all.iter().any(|(known, _)| *known == name)
    }

    /// What is left.
    pub(super) fn names(&self) -> impl Iterator<Item = &'t str> {
        self.left.iter().map(|(name, ..)| *name)
    }

    /// Takes a member.
    pub(super) fn take(&mut self, name: &str) -> Option<Child> {
        self.known.push(name.to_owned());
        let at = self.left.iter().position(|(known, ..)| *known == name)?;
        Some(self.left.remove(at).2)
    }

    /// Takes a text, a number or a boolean, as it is written.
    pub(super) fn scalar(&mut self, name: &str, mistakes: &mut Mistakes) -> Option<String> {
        let child = self.take(name)?;
        let scalar = self.source.scalar(child);
        if scalar.is_none()
            && let Some(node) = self.source.tree.node(child)
        {
            mistakes.add(self.line_of(name), format!("`{name}` is a value, not {}", node.what()));
        }
        scalar
    }

    /// The same, of several lines if need be, without the blank ends.
    pub(super) fn text(&mut self, name: &str, mistakes: &mut Mistakes) -> Option<String> {
        self.scalar(name, mistakes).map(|text| text.trim().to_owned())
    }

    /// Takes a value and reads it.
    pub(super) fn parsed<T>(
        &mut self,
        name: &str,
        mistakes: &mut Mistakes,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.scalar(name, mistakes)?;
        match read(text.trim()) {
            Ok(value) => Some(value),
            Err(why) => {
                mistakes.add(self.line_of(name), format!("`{name}`: {why}"));
                None
            }
        }
    }

    /// Takes a list; an absent one is empty.
    pub(super) fn items(&mut self, name: &str, mistakes: &mut Mistakes) -> Vec<Child> {
        let Some(child) = self.take(name) else { return Vec::new() };
        match self.source.tree.node(child).map(|node| (&node.data, node.what())) {
            Some((Data::Sequence(items), _)) => items.clone(),
            Some((Data::Null, _)) | None => Vec::new(),
            Some((Data::Bool(_) | Data::Number(_) | Data::Text(_) | Data::Mapping(_), what)) => {
                mistakes.add(self.line_of(name), format!("`{name}` is a list, not {what}"));
                Vec::new()
            }
        }
    }

    /// Tells of what is left.
    pub(super) fn end(self, mistakes: &mut Mistakes) {
        for (name, line, _) in &self.left {
            let known = self.known.iter().map(String::as_str);
            let message = if let Some(near) = nearest(name, known.clone()) {
                format!("{} has no `{name}`; did you mean `{near}`?", self.what)
            } else {
                let all: Vec<_> = known.map(|name| format!("`{name}`")).collect();
                format!("{} has no `{name}`; it has {}", self.what, all.join(", "))
            };
            mistakes.add(*line, message);
        }
    }
}
